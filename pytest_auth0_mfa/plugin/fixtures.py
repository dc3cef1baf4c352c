"""The implementation of the fixtures in `plugin`, imported when a test first uses one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack

import pytest

from pytest_auth0_mfa.errors import MissingExtraError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CodeChannel, Policy, TenantFactor
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.clock import Clock
from pytest_auth0_mfa.tenant.entropy import CodeSettings
from pytest_auth0_mfa.tenant.policies import Decide
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import Claims
from pytest_auth0_mfa.transports.in_process import in_process

from .compat import is_overridden
from .failing import fail_plainly, marker_keywords
from .keys import SESSION_TENANT, TENANTS
from .settings import settings_of
from .usage import begin, note_calls
from .user_lines import watched

if TYPE_CHECKING:
    from pytest_auth0_mfa.transports.server import Server


class TenantKeywords(TypedDict, total=False):
    """The keywords of `Tenant`."""

    domain: str
    client_id: str | None
    client_secret: str | None
    factors: Iterable[TenantFactor] | None
    policy: Policy | Decide | Mapping[str, Iterable[str]]
    profile: Profile | Mapping[str, Json] | None
    clock: Clock | Callable[[], float] | None
    seed: int | None
    fixed_code: str | None
    rate_limit: str | int | None
    audiences: Iterable[str] | None
    code_lengths: CodeSettings | Mapping[CodeChannel, int] | None
    code_lifetimes: CodeSettings | Mapping[CodeChannel, int] | None
    claims: Claims | None
    proof_of_possession: Mapping[str, bool] | None


class MakeServer(Protocol):
    """The function that the fixture `make_auth0_mfa_server` returns."""

    def __call__(self, **keywords: Unpack[TenantKeywords]) -> Tenant:
        """Serve another tenant, on its own port, until the test ends."""


_IN_PROCESS = pytest.StashKey[Tenant]()


def in_process_tenant(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """The fixture `auth0_mfa`. A test that also uses `auth0_mfa_server` has one tenant, the server's."""
    begin(request.config)
    if "auth0_mfa_server" in request.fixturenames:
        tenant: Tenant = request.getfixturevalue("auth0_mfa_server")
        with in_process(tenant, handler=watched(request.node, tenant)):
            yield tenant
        return
    tenant = request.node.stash[_IN_PROCESS] = _tenant(request, {}, ("domain", *_FIXTURES))
    with in_process(tenant, handler=watched(request.node, tenant)):
        yield tenant
    del request.node.stash[_IN_PROCESS]
    note_calls(request.node, tenant.calls.operations)


def served_tenant(request: pytest.FixtureRequest, server: Server) -> Iterator[Tenant]:
    """The fixture `auth0_mfa_server`: the session's server with a tenant for this test."""
    asked_later = request.node.stash.get(_IN_PROCESS, None)  # if `auth0_mfa` was set up first
    if asked_later is not None:
        with server.serving(asked_later, watched(request.node, asked_later)):
            yield asked_later
        return
    tenant = _tenant(request, {})
    with server.serving(tenant, watched(request.node, tenant)):
        yield tenant
    note_calls(request.node, tenant.calls.operations)


def server_factory(request: pytest.FixtureRequest) -> Iterator[MakeServer]:
    """The fixture `make_auth0_mfa_server`. Each call starts a server that stops when the test ends."""
    from pytest_auth0_mfa.transports.server import serve

    begin(request.config)
    made: list[Tenant] = []
    with ExitStack() as stack:

        def make(**keywords: Unpack[TenantKeywords]) -> Tenant:
            tenant = _tenant(request, {**keywords})
            made.append(tenant)
            context = request.getfixturevalue("auth0_mfa_ssl_context")
            try:
                return fail_plainly(
                    lambda: stack.enter_context(
                        serve(tenant, ssl_context=context, handler=watched(request.node, tenant))
                    )
                )
            except pytest.fail.Exception:
                request.node.stash[TENANTS].remove(tenant)  # it was never served
                raise

        yield make
    note_calls(request.node, (operation for tenant in made for operation in tenant.calls.operations))


def session_tenant(request: pytest.FixtureRequest) -> Iterator[Tenant]:
    """The fixture `auth0_mfa_session_server`: one tenant on its own port until the session ends."""
    from pytest_auth0_mfa.transports.server import serve

    begin(request.config)
    settings = settings_of(request.config)
    given = {name: settings.get(name) for name in ("client_id", "client_secret", "factors", "profile", "seed")}
    with ExitStack() as stack:
        tenant = fail_plainly(lambda: Tenant(**{name: value for name, value in given.items() if value is not None}))
        context = request.getfixturevalue("auth0_mfa_ssl_context")
        fail_plainly(lambda: stack.enter_context(serve(tenant, ssl_context=context)))
        request.config.stash[SESSION_TENANT] = tenant
        yield tenant
    del request.config.stash[SESSION_TENANT]


def listener(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server of the session, or of a worker's session. Its tenant changes from test to test."""
    from pytest_auth0_mfa.transports.server import Server

    begin(request.config)
    address = request.getfixturevalue("auth0_mfa_listen_address")
    context = request.getfixturevalue("auth0_mfa_ssl_context")
    # MissingExtraError propagates: a client contract has its own advice for it.
    with fail_plainly(lambda: Server(context, address), reraise=MissingExtraError) as server:
        yield server


def setting_of_test(request: pytest.FixtureRequest, name: str) -> Any:
    """The value of a setting for the requesting test; None when it is not set."""
    return _setting(request, name, marker_keywords(request.node))


def _setting(request: pytest.FixtureRequest, name: str, marked: dict[str, Any]) -> Any:
    settings = settings_of(request.config)
    return fail_plainly(lambda: settings.get(name, marked), pytest.UsageError)


_FIXTURES = ("client_id", "client_secret", "profile", "seed")


def _tenant(request: pytest.FixtureRequest, keywords: dict[str, Any], fixtures: tuple[str, ...] = _FIXTURES) -> Tenant:
    """A tenant made from ``keywords``, the overridable fixtures and the marker, in this order of precedence.

    A fixture that nobody overrides is not set up, only its value is computed: setting up five fixtures would take
    three times as long as everything else.
    """
    node = request.node
    marked = marker_keywords(node)
    made = {name: value for name, value in marked.items() if name not in _FIXTURES and name != "domain"}
    to_set_up = _overridden(request).union(request.fixturenames)  # a requested fixture may be parametrized
    for name in fixtures:
        fixture = f"auth0_mfa_{name}"
        value = request.getfixturevalue(fixture) if fixture in to_set_up else _setting(request, name, marked)
        if value is not None:
            made[name] = value
    if (factors := _setting(request, "factors", marked)) is not None:
        made["factors"] = factors
    tenant = fail_plainly(lambda: Tenant(**{**made, **keywords}))
    node.stash.setdefault(TENANTS, []).append(tenant)
    return tenant


_OVERRIDDEN = pytest.StashKey[frozenset[str]]()


def _overridden(request: pytest.FixtureRequest) -> frozenset[str]:
    """The fixtures of this plugin that are overridden for the tests of this module or class."""
    scope = request.node.parent
    assert scope is not None  # tests have one
    found: frozenset[str] | None = scope.stash.get(_OVERRIDDEN, None)
    if found is None:
        found = scope.stash[_OVERRIDDEN] = frozenset(
            fixture
            for fixture in (f"auth0_mfa_{name}" for name in ("domain", *_FIXTURES))
            if is_overridden(request, fixture)
        )
    return found
