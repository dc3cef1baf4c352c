"""What a contract is held against: a handler, and what is needed to act on it as a person would."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.spec.profile import Profile

CONTROLS = frozenset({"clock", "outbox", "push", "factors"})
"""What a harness may be able to do besides calling: move the clock, read messages, answer push
requests, switch factors."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the contract knows one. ``username`` is an email address."""

    username: str
    password: str = field(repr=False)
    phone_number: str
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """How an application names itself."""

    client_id: str
    client_secret: str | None = field(repr=False)


class Subject(Protocol):
    """A tenant under contract."""

    factors: Set[str]
    """What is on. Can be set when ``factors`` is among the controls."""

    @property
    def handler(self) -> Handler:
        """What is judged."""
        ...

    @property
    def domain(self) -> str:
        """Host, and port if there is one."""
        ...

    @property
    def client_id(self) -> str:
        """The application."""
        ...

    @property
    def client_secret(self) -> str | None:
        """Its secret, or None for an application that has none."""
        ...

    @property
    def profile(self) -> Profile | None:
        """Its disputed behaviour; None: unknown, and then it is measured."""
        ...

    @property
    def controls(self) -> frozenset[str]:
        """What a harness can do: a subset of ``clock outbox push factors``."""
        ...

    def new_user(self, *, email_verified: bool = False) -> Person:
        """A user who never logged in."""
        ...

    def code(self, user: Person, channel: str, since: float) -> str:
        """The newest code sent to ``user`` by ``channel`` (``email sms voice``) since that moment (epoch seconds)."""
        ...

    def answer_push(self, user: Person, approve: bool) -> None:
        """Answer the newest open push request. Raises LookupError when there is none."""
        ...

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


@contextmanager
def factors_on(subject: Subject, factors: Set[str]) -> Iterator[None]:
    """Switch the subject's factors and restore them afterwards."""
    before = subject.factors
    if factors != before:
        subject.factors = factors
    try:
        yield
    finally:
        if subject.factors != before:
            subject.factors = before
