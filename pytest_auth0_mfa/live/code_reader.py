"""Reads the code that belongs to a call: messages come late, and some of them nobody asks for."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_auth0_mfa.contract.tenant.subjects import Person

from .people.codes import NoCodeError, OtpSource

SKEW = 5.0
"""Seconds by which the tenant's clock may be behind ours."""


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
            sent.code = self._source.code(to_of(person, channel), channel, sent.at - SKEW)
        return sent.code

    def drain(self) -> None:
        """Take everything that is there as old."""
        self._source.drain()

    def _tried(self, person: Person, sent: _Sent) -> str:
        try:
            return self._source.code(to_of(person, sent.channel), sent.channel, sent.at - SKEW)
        except NoCodeError:
            return ""  # it never came; who asks for it now is told so


def to_of(person: Person, channel: str) -> str:
    """Where a channel's messages to the person go."""
    return person.username if channel == "email" else person.phone_number
