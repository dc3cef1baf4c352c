"""The keywords of `Tenant` as a type, for functions that hand them on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypedDict, Unpack

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CodeChannel, Policy, TenantFactor
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.claims import Claims
from pytest_auth0_mfa.tenant.clock import Clock
from pytest_auth0_mfa.tenant.codes import CodeSettings
from pytest_auth0_mfa.tenant.policies import Decide
from pytest_auth0_mfa.tenant.tenant import Tenant


class TenantKeywords(TypedDict, total=False):
    """What `Tenant` takes."""

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


class MakeServer(Protocol):
    """What the fixture `make_auth0_mfa_server` returns."""

    def __call__(self, **keywords: Unpack[TenantKeywords]) -> Tenant:
        """Serve one more tenant, on a port of its own, until the test ends."""
