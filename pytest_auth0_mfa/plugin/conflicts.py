"""Other plugins and mocks that stand between a test and its tenant: what to do about each, said where a test fails.

None of them is imported: what they raise is known by its name. Imported when a test fails that may have tenants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from pytest_auth0_mfa.transports.attempts import chain, trust_advice

from .keys import TENANTS


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a plugin or mock raises, as package and class; a pattern tells its errors from others of that class.

    ``advice`` is a sentence, with the ``{host}`` of the tenant that could not be reached. ``names_url``: the error says
    whose request it was, and it is ours only if it was a tenant's.
    """

    error: str
    advice: str
    text: str = ""
    names_url: bool = True

    def raised(self, error: BaseException, url: str) -> bool:
        """Whether this is its error, about a request to this URL."""
        kind, message = type(error), str(error)
        return (
            self.error == f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
            and re.search(self.text, message) is not None
            and (url in message or not self.names_url)
        )


CONFLICTS = (
    Conflict(
        "pytest_socket.SocketBlockedError",
        "pytest-socket forbids sockets here, and a server is one: add --allow-hosts=localhost, or "
        "@pytest.mark.enable_socket to the test; an event loop also wants --allow-unix-socket.",
        names_url=False,
    ),
    Conflict(
        "pytest_socket.SocketConnectBlockedError",
        "pytest-socket forbids connections to the server: add localhost to --allow-hosts or to the marker allow_hosts.",
        text=r'host "(127\.0\.0\.1|::1|localhost)"',
        names_url=False,
    ),
    Conflict(
        "builtins.RuntimeError",
        "pytest-recording forbids connections to the server: add --allowed-hosts=127.0.0.1,::1, or "
        'mark the test block_network(allowed_hosts=["127.0.0.1", "::1"]).',
        text=r"Network is disabled for host '(127\.0\.0\.1|::1|localhost)'",
        names_url=False,
    ),
    Conflict(
        "respx.AllMockedAssertionError",
        'respx has no route to the tenant: add one to the router that is active, route(host="{host}").pass_through().',
    ),
    Conflict(
        "requests_mock.NoMockAddress",
        "requests-mock has no answer for the tenant: let its requests through with "
        "register_uri(ANY, re.compile(tenant.url), real_http=True) on the active mock.",
    ),
    Conflict(
        "httpx.TimeoutException",
        "pytest-httpx answers for the tenant: let its requests through with "
        '@pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != "{host}").',
        text="No response can be found for",
    ),
    Conflict(
        "vcr.CannotOverwriteExistingCassetteException",
        "vcrpy plays a cassette where the tenant would answer: begin it before auth0_mfa is set up; leave a server, "
        "whose port is another one in each run, out with ignore_localhost=True; or record with auth0_mfa_cassette.",
    ),
    Conflict(
        "hypothesis.FailedHealthCheck",
        "a fixture's tenant would be the same for all examples: make one for each, with in_process(Tenant()) in the "
        "test's body, or reset() it and suppress the health check.",
        text="function-scoped fixture",
        names_url=False,
    ),
)


def note_advice(item: pytest.Item, error: BaseException) -> None:
    """Note what to do on the exception itself, before the report quotes it, if the test asked for a fixture of ours."""
    trusts = (trust_advice(error, tenant) for tenant in item.stash.get(TENANTS, []))
    if advised := advice(error, _urls(item)) or next(filter(None, trusts), None):
        error.add_note(f"pytest-auth0-mfa: {advised}")


def advice(error: BaseException, urls: list[str]) -> str | None:
    """What to do when this error, or one that led to it, comes from something that is in the way of these URLs."""
    for cause in chain(error):
        for conflict in CONFLICTS:
            for url in urls:
                if conflict.raised(cause, url):
                    host = url.removeprefix("https://").partition(":")[0]
                    return conflict.advice.format(host=host)
    return None


def _urls(item: pytest.Item) -> list[str]:
    """Where the test's tenants are; one that could not even be made is somewhere."""
    made = [tenant.url for tenant in item.stash.get(TENANTS, [])]
    cassette = getattr(item, "funcargs", {}).get("auth0_mfa_cassette")
    if cassette is not None:
        made.append(cassette.url)
    ours = any("auth0_mfa" in name for name in getattr(item, "fixturenames", ()))
    return made or (["https://localhost"] if ours else [])
