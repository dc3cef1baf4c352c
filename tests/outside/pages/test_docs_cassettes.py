"""docs/howto-cassettes.md: its test runs, its message is what is said, its names are what there is."""

from __future__ import annotations

import re

import pytest
from helpers.forked_pytest import run_forked
from helpers.places import PROJECT

from pytest_auth0_mfa.cassettes.session import FIELDS, MODES, CassetteUser
from pytest_auth0_mfa.plugin.cassette import Auth0MfaCassette

pytest.importorskip("vcr")

PAGE = PROJECT / "docs" / "howto-cassettes.md"
CONFTEST = """
    import pytest
    from pytest_auth0_mfa import Tenant

    @pytest.fixture(autouse=True)
    def tenant(monkeypatch, request):
        if request.config.option.auth0_mfa_record_mode is None:
            return
        from pytest_auth0_mfa.transports.server import serve
        tenant = request.getfixturevalue("monkeypatch") and Tenant()
        user = tenant.add_user()
        server = serve(tenant)
        server.__enter__()
        request.addfinalizer(lambda: server.__exit__(None, None, None))
        known = {"AUTH0_MFA_USER_1_EMAIL": user.email, "AUTH0_MFA_USER_1_PASSWORD": user.password}
        for name, value in {**tenant.env, **known}.items():
            monkeypatch.setenv(name, value)
"""


def test_the_first_cassette_is_recorded_and_played(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's test passes against a tenant and, without one, from its file."""
    monkeypatch.delenv("AUTH0_DOMAIN", raising=False)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_first=code)
    run_forked(pytester, "--auth0-mfa-record-mode=once").assert_outcomes(passed=1)
    assert (pytester.path / "cassettes" / "test_first" / "test_mfa_is_demanded.yaml").exists()
    run_forked(pytester).assert_outcomes(passed=1)


def test_the_page_knows_every_name() -> None:
    """Record modes, what the fixture offers, and what a user has."""
    text = PAGE.read_text(encoding="utf-8")
    for mode in MODES:
        assert f"| `{mode}` |" in text
    names = [name for name in vars(Auth0MfaCassette) if not name.startswith("_") and name not in ("path",)]
    for name in [*names, "domain", "client_id", "client_secret"]:
        assert f"tenant.{name}" in text, name
    for name in FIELDS:
        assert f".{name}`" in text, name
        assert isinstance(getattr(CassetteUser, name), property)
