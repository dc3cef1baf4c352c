"""What the tenant "sent": emails, SMS, calls and push notifications."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.factors import CHANNELS, Channel

from .entities import User


def check_channel(channel: str) -> None:
    """Refuse what is no channel."""
    if channel not in CHANNELS:
        raise ConfigurationError(f"no such channel: {channel!r}. {closest(str(channel), CHANNELS)}")


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One message. ``code`` is None for push; ``sent_at`` is in epoch seconds."""

    channel: str
    to: str
    code: str | None
    user: User
    authenticator_id: str
    sent_at: float

    def __repr__(self) -> str:  # without the code: reprs end up in logs
        return f"<Message {self.channel} to {self.to} at {self.sent_at:.0f}>"


class Outbox(Sequence[Message]):
    """All messages since the last reset, oldest first."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()
        self.on_send: Callable[[Message], None] | None = None
        """Called with each message, for those who deliver it for real."""

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        return self._messages[index]

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(list(self._messages))

    def __repr__(self) -> str:
        return f"<Outbox of {len(self)}>"

    def latest(self, user: User | None = None, channel: Channel | None = None) -> Message:
        """The newest message, to ``user`` and by ``channel`` if given.

        Raises LookupError that lists what was sent instead.
        """
        if channel is not None:
            check_channel(channel)
        if isinstance(user, str):
            raise ConfigurationError(f"outbox.latest({user!r}): expected the User that add_user() returned")
        for message in reversed(self._messages):
            if (user is None or message.user is user) and (channel is None or message.channel == channel):
                return message
        wanted = f"{f' by {channel}' if channel else ''}{f' to {user.email}' if user is not None else ''}"
        sent = ", ".join(f"{m.channel} to {m.to}" for m in self._messages[-10:]) or "nothing"
        raise LookupError(
            f"no message was sent{wanted}. Sent: {sent}. "
            "A message is sent by POST /mfa/associate and POST /mfa/challenge."
        )

    def fail_next(self, channel: Channel, times: int = 1) -> None:
        """Let the provider of ``channel`` fail the next ``times`` messages (rows A12 and H8)."""
        check_channel(channel)
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ConfigurationError(f"outbox.fail_next(times={times!r}): expected a whole number of at least 1")
        with self._lock:
            self._failures[channel] = self._failures.get(channel, 0) + times

    def provider_fails(self, channel: str) -> bool:
        """Whether the provider fails this message; uses up one asked-for failure."""
        if not self._failures:
            return False
        with self._lock:
            left = self._failures.get(channel, 0)
            if left:
                self._failures[channel] = left - 1
            return left > 0

    def failing(self) -> dict[str, int]:
        """How many failures are asked for and not used up, by channel."""
        return {channel: left for channel, left in self._failures.items() if left}

    def send(self, message: Message) -> None:
        """Record a message as sent."""
        self._messages.append(message)
        if self.on_send is not None:
            self.on_send(message)

    def clear(self) -> None:
        """Forget messages and asked-for failures."""
        self._messages.clear()
        self._failures.clear()
