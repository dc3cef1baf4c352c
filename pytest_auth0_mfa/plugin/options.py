"""The settings of the plugin: one table, from which options, ini entries, variables and the header are made.

Every run of pytest reads it, so it imports nothing of ours.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Setting(NamedTuple):
    """One setting. Option and ini entry are named after it, and so is the variable unless Auth0's tools have a name."""

    name: str
    metavar: str = ""
    """How ``--help`` shows the value; empty: it has neither option nor ini entry."""
    type: type = str
    help: str = ""
    variable: str = ""

    @property
    def ini(self) -> str:
        """The name in the configuration file; with hyphens that of the option, in capitals that of the variable."""
        return f"auth0_mfa_{self.name}"

    @property
    def option(self) -> str:
        """As it is typed."""
        return f"--{self.ini.replace('_', '-')}"

    @property
    def environment(self) -> str:
        """The environment variable."""
        return self.variable or self.ini.upper()


SETTINGS: Final = {
    setting.name: setting
    for setting in (
        Setting("domain", variable="AUTH0_DOMAIN"),
        Setting("client_id", variable="AUTH0_CLIENT_ID"),
        Setting("client_secret", variable="AUTH0_CLIENT_SECRET"),
        Setting("profile", "FILE", str, "a Profile saved as TOML: the disputed behaviour of the fake"),
        Setting("factors", "LIST", str, "the factors that are on, a comma-separated list of otp, sms, voice, email, "
                "push, recovery-code"),
        Setting("max_examples", "N", int, "how many examples a contract's machine plays"),
        Setting("seed", "N", int, "the seed of tenants and contract runs: same seed, same ids, tokens and codes"),
        Setting("rate_limit", "{auto,N/m}", str, "how fast a real tenant is called (auto: as its headers say)"),
        Setting("record_mode", "MODE", str, "cassettes: none (default), once, new_episodes, all or rewrite"),
        Setting("report", "LIST", str, "reports of contract runs, a comma-separated list of json, md, html"),
        Setting("report_dir", "DIR", str, "where they are written (default: auth0-mfa-report)"),
        Setting("reproducer", "{curl,python}", str, "the language of the reproducers of findings (default: curl)"),
    )
}  # fmt: skip
"""All settings by name."""

OPTIONS: Final = tuple(setting for setting in SETTINGS.values() if setting.metavar)
"""Those with an option and an ini entry."""
