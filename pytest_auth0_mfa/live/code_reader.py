"""Reads the code that belongs to a call: messages come late, and some of them nobody asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pytest_auth0_mfa.contract.tenant.subjects import Person

from .people.codes import NoCodeError, OtpSource
from .people.settings import SourceError, reached

SKEW = 5.0
"""Seconds by which the tenant's clock may be behind ours."""


T = TypeVar("T")


@dataclass(slots=True)
class _Sent:
    channel: str
    at: float
    code: str | None = None


class CodeReader:
    """The newest code of each user, read in the order in which the messages were sent.

    A message that nobody asked for is read before the next one is sent: what arrives after that is
    the next one.
    """

    def __init__(self, source: OtpSource) -> None:
        self._source = source
        self._sent: dict[Person, _Sent] = {}

    def before_send(self, person: Person | None) -> None:
        """A message is about to be sent to the person, or to somebody unknown."""
        for known, sent in self._sent.items():
            if sent.code is None and sent.channel and (person is None or person == known):
                sent.code = self._tried(known, sent)

    def sent(self, person: Person, channel: str, at: float) -> None:
        """A message was sent, at that moment in epoch seconds; the channel is empty when it is not known."""
        self._sent[person] = _Sent(channel, at)

    def read(self, person: Person, channel: str, since: float) -> str:
        """The code of the newest message to the person. Raises NoCodeError."""
        sent = self._sent.get(person)
        if sent is None:
            raise NoCodeError(f"no message was sent to {person.username}")
        if sent.channel not in ("", channel):
            raise NoCodeError(f"the newest message to {person.username} went by {sent.channel}, not by {channel}")
        if not sent.code:
            sent.code = self._asked(person, channel, sent.at)
        return sent.code

    def drain(self) -> None:
        """Take everything that is there as old."""
        self._reached(self._source.drain)

    def _asked(self, person: Person, channel: str, at: float) -> str:
        return self._reached(lambda: self._source.code(to_of(person, channel), channel, at - SKEW))

    def _reached(self, action: Callable[[], T]) -> T:
        """What the source gives; it is asked once more when it fails. Raises SourceError that names it."""
        name = f"the source of codes ({type(self._source).__name__})"
        with contextlib.suppress(SourceError):
            return reached(name, action, passing=NoCodeError)
        return reached(name, action, passing=NoCodeError)

    def _tried(self, person: Person, sent: _Sent) -> str:
        try:
            return self._asked(person, sent.channel, sent.at)
        except NoCodeError:
            return ""  # it never came; who asks for it now is told so


def to_of(person: Person, channel: str) -> str:
    """Where a channel's messages to the person go."""
    return person.username if channel == "email" else person.phone_number
