"""The pages of the client contract: what they show runs, and is what the project itself runs."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest
from helpers.forked_pytest import run_forked
from helpers.places import PROJECT, TESTS

from pytest_auth0_mfa.contract.client.calling import METHODS
from pytest_auth0_mfa.contract.client.person import KINDS
from pytest_auth0_mfa.contract.client.run import ClientRun

DOCS = PROJECT / "docs"
BLOCK = re.compile(r"^```(?:python|toml)\n# file: (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCES = {
    "howto-client-requests.md": ("my_client.py", "requests_client.py"),
    "howto-client-httpx.md": ("my_httpx_client.py", "httpx_client.py"),
    "howto-client-auth0-server-python.md": ("server_python.py", "auth0_server_python_client.py"),
}


def files(page: str) -> dict[str, str]:
    """The files that a page shows."""
    return dict(BLOCK.findall((DOCS / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", SOURCES)
def test_a_page_shows_the_client_that_is_tested(page: str) -> None:
    """Word for word: there is one adapter, not two."""
    shown, source = SOURCES[page]
    assert files(page)[shown] == (TESTS / "contract" / "client_zoo" / source).read_text(encoding="utf-8")


def write(pytester: pytest.Pytester, shown: dict[str, str]) -> None:
    """The files of a page, in a folder of their own."""
    for name, text in shown.items():
        (pytester.path / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", ["howto-client-requests.md", "howto-client-httpx.md"])
def test_a_page_passes(page: str, pytester: pytest.Pytester) -> None:
    """The contract class of a page passes with the client of the page."""
    write(pytester, files(page))
    result = run_forked(pytester, "-q", "--auth0-mfa-max-examples=3", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    assert result.parseoutcomes()["passed"] > 60


MY_AUTH = """
class LoginFailed(Exception):
    error, description = "invalid_grant", "Wrong email or password."

class MfaRequired(Exception):
    token = "a-token"

class Auth:
    def __init__(self, *about): pass
    def log_in(self, username, password, audience, scope):
        raise MfaRequired if password == "right" else LoginFailed
"""
TEST_MY_ADAPTER = """
import pytest
from my_adapter import Adapter
from pytest_auth0_mfa.contract import AuthError

@pytest.mark.parametrize(("password", "error", "token"), [("right", "mfa_required", "a-token"),
                                                          ("wrong", "invalid_grant", None)])
def test_the_adapter_renames(password, error, token):
    with pytest.raises(AuthError) as failed:
        Adapter("tenant.example", "id", "secret").log_in("ada", password)
    assert (failed.value.error, failed.value.mfa_token) == (error, token)
"""


def test_the_guide_passes(pytester: pytest.Pytester) -> None:
    """The guide's class runs with the client of the next page; its baseline is read, and stale for a right client."""
    shown = files("howto-client-contract.md") | {"my_client.py": files("howto-client-requests.md")["my_client.py"]}
    shown |= {"my_auth.py": MY_AUTH, "test_my_adapter.py": TEST_MY_ADAPTER}
    write(pytester, shown)
    pytester.makeini("[pytest]\nauth0_mfa_baseline = accepted.toml\n")
    result = run_forked(pytester, "-q", "--auth0-mfa-max-examples=3", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    result.stdout.fnmatch_lines(["auth0-mfa: stale in the baseline: MFA210 (client TestMyClient, *"])


@pytest.mark.slow
@pytest.mark.skipif(find_spec("auth0_server_python") is None, reason="only tox -e sdk installs the SDK")
def test_the_sdk_passes_with_its_baseline(pytester: pytest.Pytester) -> None:
    """auth0-server-python has the findings that the page says, and no other."""
    write(pytester, files("howto-client-auth0-server-python.md"))
    pytester.makeini("[pytest]\nauth0_mfa_baseline = accepted.toml\n")
    result = run_forked(pytester, "-q", "--auth0-mfa-max-examples=15", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    accepted = {line.split()[2] for line in result.outlines if line.startswith("auth0-mfa: accepted ")}
    assert accepted == {"MFA202", "MFA203", "MFA206"}


def test_the_guide_names_every_method_and_kind() -> None:
    """Methods of the adapter, kinds of questions and attributes of the class are in the guide."""
    text = (DOCS / "howto-client-contract.md").read_text(encoding="utf-8")
    assert [method for method in (*METHODS, "close") if f"`{method}(" not in text] == []
    assert [kind for kind in KINDS if f'`"{kind}"`' not in text] == []
    assert [name for name in ("reach", "polls") if f"`{name}`" not in text or not hasattr(ClientRun, name)] == []
