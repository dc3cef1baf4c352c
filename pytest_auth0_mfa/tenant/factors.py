"""The factors that are on: a set that takes no name it does not know."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Self, cast

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.factors import ALL_FACTORS, TenantFactor

_KNOWN = frozenset(ALL_FACTORS)


class Factors(set[TenantFactor]):
    """A set of factors. What would put in another name raises ConfigurationError (a ValueError) and changes nothing."""

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
        """Switch off those that are on, and the others on."""
        super().symmetric_difference_update(known_factors(names))

    def __ior__(self, names: Set[TenantFactor]) -> Self:  # type: ignore[override,misc]  # the same elements only
        self.update(names)
        return self

    def __ixor__(self, names: Set[TenantFactor]) -> Self:  # type: ignore[override,misc]
        self.symmetric_difference_update(names)
        return self


def known_factors(names: Iterable[str]) -> frozenset[TenantFactor]:
    """The names, as factors. Raises ConfigurationError for one that is none, naming the closest."""
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
