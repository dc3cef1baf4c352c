"""Advice for failures caused by other plugins or mocks that keep a test from its tenant.

None of them is imported: their errors are recognized by name. This module is imported when a test with tenants fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from pytest_auth0_mfa.transports.attempts import chain, trust_advice

from .keys import TENANTS


@dataclass(frozen=True, slots=True)
class Conflict:
    """The error of a plugin or mock, and what to do about it.

    ``error`` is the package and class of the error; ``text`` is a pattern for its message. ``advice`` is a sentence
    with the placeholder ``{host}``. ``names_url``: the message holds the URL of the request, which has to be the
    tenant's.
    """

    error: str
    advice: str
    text: str = ""
    names_url: bool = True

    def raised(self, error: BaseException, url: str) -> bool:
        """Whether this is the conflict's error, about a request to this URL."""
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
    """Add advice to the exception, before the report quotes it, if the test uses a fixture of this plugin."""
    trusts = (trust_advice(error, tenant) for tenant in item.stash.get(TENANTS, []))
    if advised := advice(error, _urls(item)) or next(filter(None, trusts), None):
        error.add_note(f"pytest-auth0-mfa: {advised}")


def advice(error: BaseException, urls: list[str]) -> str | None:
    """The advice for an error, or for one of its causes, about these URLs; None without a known conflict."""
    for cause in chain(error):
        for conflict in CONFLICTS:
            for url in urls:
                if conflict.raised(cause, url):
                    host = url.removeprefix("https://").partition(":")[0]
                    return conflict.advice.format(host=host)
    return None


def _urls(item: pytest.Item) -> list[str]:
    """The URLs of the test's tenants; https://localhost for a tenant that could not be made."""
    made = [tenant.url for tenant in item.stash.get(TENANTS, [])]
    cassette = getattr(item, "funcargs", {}).get("auth0_mfa_cassette")
    if cassette is not None:
        made.append(cassette.url)
    ours = any("auth0_mfa" in name for name in getattr(item, "fixturenames", ()))
    return made or (["https://localhost"] if ours else [])
