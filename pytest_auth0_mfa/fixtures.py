"""What the fixtures of `plugin` do; imported when a test first asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .plugin import TENANTS
from .settings import marker_keywords, setting
from .tenant import Tenant
from .transports.in_process import in_process
from .transports.server import Server, serve
from .usage import note_calls

_IN_PROCESS = pytest.StashKey[Tenant]()


def in_process_tenant(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """The fixture `auth0_mfa`. A test that asks for the server too has one tenant, the server's."""
    if "auth0_mfa_server" in request.fixturenames:
        tenant: Tenant = request.getfixturevalue("auth0_mfa_server")
        with in_process(tenant):
            yield tenant
        return
    domain = request.getfixturevalue("auth0_mfa_domain")
    tenant = request.node.stash[_IN_PROCESS] = _tenant(request, {} if domain is None else {"domain": domain})
    with in_process(tenant):
        yield tenant
    note_calls(request.node, [tenant])


def served_tenant(request: pytest.FixtureRequest, server: Server) -> Iterator[Tenant]:
    """The fixture `auth0_mfa_server`: the session's socket, the test's tenant."""
    asked_later = request.node.stash.get(_IN_PROCESS, None)  # by getfixturevalue, or another fixture's
    if asked_later is not None:
        with server.serving(asked_later):
            yield asked_later
        return
    tenant = _tenant(request, {})
    with server.serving(tenant):
        yield tenant
    note_calls(request.node, [tenant])


def server_factory(request: pytest.FixtureRequest) -> Iterator[Callable[..., Tenant]]:
    """The fixture `make_auth0_mfa_server`: each call opens a port that closes with the test."""
    made: list[Tenant] = []
    with ExitStack() as stack:

        def make(**keywords: Any) -> Tenant:
            tenant = _tenant(request, keywords)
            made.append(tenant)
            return stack.enter_context(serve(tenant, ssl_context=request.getfixturevalue("auth0_mfa_ssl_context")))

        yield make
    note_calls(request.node, made)


def listener(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The one server of a session (and of a worker)."""
    address = request.getfixturevalue("auth0_mfa_listen_address")
    with Server(request.getfixturevalue("auth0_mfa_ssl_context"), address) as server:
        yield server


def _tenant(request: pytest.FixtureRequest, keywords: dict[str, Any]) -> Tenant:
    """A tenant as ``keywords`` say, then fixtures that may be overridden, then the marker."""
    made: dict[str, Any] = {
        name: value
        for name, value in marker_keywords(request.node).items()
        if name not in _FIXTURES and name != "domain"
    }
    for name in _FIXTURES:
        made[name] = request.getfixturevalue(f"auth0_mfa_{name}")
    if (factors := setting(request.config, "factors", marker_keywords(request.node))) is not None:
        made["factors"] = factors
    tenant = Tenant(**{**made, **keywords})
    request.node.stash.setdefault(TENANTS, []).append(tenant)
    return tenant


_FIXTURES = ("client_id", "client_secret", "profile", "seed")
