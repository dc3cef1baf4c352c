"""The table of the plugin's settings. Options, ini entries, variables and the header are made from it.

Every run of pytest imports this module, so it imports nothing else from this package.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Setting(NamedTuple):
    """A setting. Option, ini entry and variable are named after it, unless Auth0's tools already use a variable."""

    name: str
    metavar: str = ""
    """The value's name in ``--help``; empty for a setting without option and ini entry."""
    type: type = str
    help: str = ""
    variable: str = ""

    @property
    def ini(self) -> str:
        """The name of the ini entry: ``auth0_mfa_seed``."""
        return f"auth0_mfa_{self.name}"

    @property
    def option(self) -> str:
        """The option: ``--auth0-mfa-seed``."""
        return f"--{self.ini.replace('_', '-')}"

    @property
    def environment(self) -> str:
        """The environment variable: ``AUTH0_MFA_SEED``."""
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
"""The settings with an option and an ini entry."""
