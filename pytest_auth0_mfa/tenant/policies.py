"""The factors of a tenant, and its policy: when a login demands MFA."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, cast

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import ALL_FACTORS, TenantFactor

from .entities import Application, MfaDemand, User

_KNOWN = frozenset(ALL_FACTORS)


class Factors(set[TenantFactor]):
    """A set of factors. Adding an unknown name raises ConfigurationError (a ValueError) and leaves the set
    unchanged."""

    __slots__ = ()

    def __init__(self, names: Iterable[TenantFactor] = ()) -> None:
        super().__init__(known_factors(names))

    def add(self, name: TenantFactor) -> None:
        """Switch a factor on."""
        self.update((name,))

    def update(self, *others: Iterable[TenantFactor]) -> None:
        """Switch factors on."""
        super().update(*[known_factors(names) for names in others])

    def symmetric_difference_update(self, names: Iterable[TenantFactor]) -> None:
        """Switch those of the factors off that are on, and the others on."""
        super().symmetric_difference_update(known_factors(names))

    def __ior__(self, names: Set[TenantFactor]) -> Self:  # type: ignore[override,misc]  # the same elements only
        self.update(names)
        return self

    def __ixor__(self, names: Set[TenantFactor]) -> Self:  # type: ignore[override,misc]
        self.symmetric_difference_update(names)
        return self


def known_factors(names: Iterable[str]) -> frozenset[TenantFactor]:
    """The names as factors. An unknown name raises ConfigurationError, which suggests the closest."""
    try:
        if isinstance(names, str):
            raise TypeError
        listed = frozenset(names)
    except TypeError:
        raise ConfigurationError(f"factors={names!r}: expected a set of names, such as {{'otp', 'email'}}") from None
    if not listed <= _KNOWN:
        unknown = min(listed - _KNOWN, key=str)
        raise ConfigurationError(f"factors: no such factor: {unknown!r}. {closest(str(unknown), _KNOWN)}")
    return cast(frozenset[TenantFactor], listed)


POLICIES = ("all-applications", "never")

Decision: TypeAlias = "bool | MfaDemand | Sequence[MfaDemand]"
Decide: TypeAlias = Callable[[User, Application, "str | None", "tuple[str, ...]"], Decision]


@dataclass(frozen=True, slots=True)
class DemandFor:
    """Demands MFA for logins with one of these audiences, from one of these applications.

    None means any audience or application.
    """

    audiences: frozenset[str] | None = None
    applications: frozenset[str] | None = None

    def __call__(self, user: User, application: Application, audience: str | None, scopes: tuple[str, ...]) -> bool:
        fits = self.audiences is None or audience in self.audiences
        return fits and (self.applications is None or application.client_id in self.applications)


@dataclass(frozen=True, slots=True)
class InTurn:
    """Demands several factors in turn from some users (entry V20 of the contract); for others another policy
    decides."""

    factors: Mapping[str, Sequence[str]]
    """Email of a user -> factors in order."""
    otherwise: str | Decide

    def __call__(self, user: User, application: Application, audience: str | None, scopes: tuple[str, ...]) -> Decision:
        if user.email in self.factors:
            return [MfaDemand(challenge=tuple(known_factors([factor]))) for factor in self.factors[user.email]]
        if callable(self.otherwise):
            return self.otherwise(user, application, audience, scopes)
        return self.otherwise == POLICIES[0]


def in_turn(policy: str | Decide, email: str, factors: Sequence[str]) -> InTurn:
    """The policy, with several factors in turn demanded from one more user."""
    if isinstance(policy, InTurn):
        return InTurn({**policy.factors, email: factors}, policy.otherwise)
    return InTurn({email: factors}, policy)


def untouched(policy: str | Decide) -> str | Decide:
    """The policy without what `in_turn` added."""
    return policy.otherwise if isinstance(policy, InTurn) else policy


def checked_policy(policy: Any) -> str | Decide:
    """The policy, if it is a known name or a function; a `DemandFor` for a mapping. Raises ConfigurationError."""
    if isinstance(policy, Mapping):
        return _demand_for(policy)
    if callable(policy):
        decide: Decide = policy
        return decide
    if policy not in POLICIES:
        raise ConfigurationError(
            f"policy={policy!r}: {closest(str(policy), POLICIES)} A function of user, application, audience and "
            "scopes will do too."
        )
    return str(policy)


def _demand_for(given: Mapping[str, Iterable[str]]) -> DemandFor:
    known = ("audiences", "applications")
    for name, values in given.items():
        if name not in known:
            raise ConfigurationError(f"policy: no such key: {name!r}. {closest(str(name), known)}")
        if isinstance(values, str):
            raise ConfigurationError(f"policy[{name!r}]={values!r}: expected a list of strings")
    if not given:
        raise ConfigurationError("policy={}: expected audiences, applications or both")
    return DemandFor(**{name: frozenset(values) for name, values in given.items()})


def demands(decision: object) -> tuple[MfaDemand, ...]:
    """What a policy decided, as demands to be verified one after the other. Raises ConfigurationError."""
    if isinstance(decision, MfaDemand):
        return (decision,)
    if isinstance(decision, bool):
        return (MfaDemand(),) if decision else ()
    if isinstance(decision, Sequence) and decision and all(isinstance(demand, MfaDemand) for demand in decision):
        return tuple(decision)
    raise ConfigurationError(
        f"policy: the function returned {type(decision).__name__}: expected True, False, an MfaDemand or a list of them"
    )


def described(policy: str | Decide) -> Json:
    """A policy as JSON: a name, an object of audiences and applications, or ``custom`` for a function."""
    if not isinstance(policy, DemandFor):
        return policy if isinstance(policy, str) else "custom"
    parts = {"audiences": policy.audiences, "applications": policy.applications}
    return {name: sorted(values) for name, values in parts.items() if values is not None}
