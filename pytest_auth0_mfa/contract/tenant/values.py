"""Symbols for values that are different on subject and oracle, such as tokens and ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pytest_auth0_mfa.messages import Handler, Json
from pytest_auth0_mfa.spec.people import PLAIN, Sort
from pytest_auth0_mfa.tenant.totp import PERIOD, matching_step, other_code, totp

from .subjects import Person

SUBJECT, ORACLE = 0, 1


class Side(Protocol):
    """One of the two tenants on which a step is played."""

    index: int
    handler: Handler
    domain: str
    """The tenant's host, with a port if there is one."""

    def now(self) -> float:
        """The side's time in epoch seconds."""
        ...


class Symbol:
    """A value that depends on the side."""

    __slots__ = ()

    def on(self, side: Side) -> str:
        """The value on this side."""
        raise NotImplementedError


Value: TypeAlias = "Symbol | str | int | float | bool | list[Value] | dict[str, Value] | None"


def resolve(value: Value, side: Side) -> Json:
    """A value with all symbols replaced by their values on one side."""
    kind = type(value)
    if kind is str:
        return value
    if isinstance(value, Symbol):
        return value.on(side)
    if isinstance(value, list):
        return [resolve(item, side) for item in value]
    if isinstance(value, dict):
        return {name: resolve(item, side) for name, item in value.items()}
    return value


class Pair(Symbol):
    """An opaque value of the subject and the corresponding one of the oracle.

    ``kind`` is the field that it came from: ``mfa_token oob_code access_token refresh_token secret recovery_code id
    code dpop_nonce``. ``about`` holds further facts about its origin, such as user and time.
    """

    __slots__ = ("about", "kind", "values")

    def __init__(self, kind: str, subject: str, oracle: str) -> None:
        self.kind = kind
        self.values = [subject, oracle]
        self.about: dict[str, Json] = {}

    def on(self, side: Side) -> str:
        return self.values[side.index]

    def __repr__(self) -> str:
        return f"<Pair {self.kind}>"


class Slots:
    """Pairs from earlier plays of a step, which get the values of the next play: later steps refer to them.

    A play without earlier steps may be answered with other fields, so each field finds its own pair again.
    """

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self.left = list(pairs)

    def pair(self, kind: str, subject: str, oracle: str) -> Pair:
        """The first one left of this kind, or a new one, with these values."""
        pair = next((pair for pair in self.left if pair.kind == kind), None)
        if pair is None:
            return Pair(kind, subject, oracle)
        self.left.remove(pair)
        pair.values[:] = [subject, oracle]
        return pair


class UserSymbol(Symbol):
    """A user on both sides. Its value is the username."""

    __slots__ = ("email_verified", "number", "person", "sort")

    def __init__(self, number: int, email_verified: bool, sort: Sort = PLAIN) -> None:
        self.number = number
        self.sort = sort
        self.email_verified = email_verified
        self.person: Person | None = None

    @property
    def known(self) -> Person:
        """The user's values. The user must have been created."""
        assert self.person is not None, "the user is created before the first step that names it"
        return self.person

    def on(self, side: Side) -> str:
        return self.known.username


@dataclass(frozen=True, slots=True)
class Of(Symbol):
    """A field of a user: ``password`` or ``phone_number``."""

    user: UserSymbol
    field: str

    def on(self, side: Side) -> str:
        return str(getattr(self.user.known, self.field))


def address_of(user: UserSymbol, factor: str) -> Value:
    """The user's address for messages of a factor; None if associations of the factor have none."""
    return user if factor == "email" else Of(user, "phone_number") if factor in ("sms", "voice") else None


@dataclass(frozen=True, slots=True)
class Changed(Symbol):
    """A value that was changed."""

    value: Symbol
    change: Callable[[str], str]

    def on(self, side: Side) -> str:
        value = self.value.on(side)
        if isinstance(self.value, Pair) and any(self.change(one) == one for one in self.value.values):
            return value  # otherwise it would be wrong on only one side
        return self.change(value)


@dataclass(frozen=True, slots=True)
class Totp(Symbol):
    """The code that an authenticator app shows ``steps_off`` time steps from now."""

    secret: Symbol
    steps_off: int = 0

    def on(self, side: Side) -> str:
        return totp(self.secret.on(side), side.now() + self.steps_off * PERIOD)


def needed(value: Value) -> Iterator[Pair | UserSymbol]:
    """The pairs and users that a value is made from."""
    if isinstance(value, Pair | UserSymbol):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from needed(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from needed(item)
    elif isinstance(value, Symbol) and not isinstance(value, WrongOtp):  # a wrong code is wrong without them too
        for name in getattr(value, "__dataclass_fields__", ()):
            yield from needed(getattr(value, name))


@dataclass(frozen=True, slots=True)
class WrongOtp(Symbol):
    """A code that none of the secrets shows around now."""

    secrets: tuple[Symbol, ...]

    def on(self, side: Side) -> str:
        return wrong_otp([secret.on(side) for secret in self.secrets], side.now())


def wrong_otp(secrets: list[str], now: float) -> str:
    """A code of six digits that none of ``secrets`` shows within five steps of ``now`` (epoch seconds)."""
    for number in range(len(secrets) * 11 + 1):
        code = f"{number:06d}"
        if all(matching_step(secret, code, now, 5) is None for secret in secrets):
            return code
    raise AssertionError("more codes than were tried cannot all be right")


@dataclass(frozen=True, slots=True)
class CodeOf(Symbol):
    """The code of another challenge. It is never right by chance on only one side."""

    code: Pair
    right: Pair

    def on(self, side: Side) -> str:
        same = [a == b for a, b in zip(self.code.values, self.right.values, strict=True)]
        return other_code(self.right.on(side)) if any(same) and not all(same) else self.code.on(side)
