"""The messages that the tenant "sent" (emails, SMS, calls, push requests), and the person who answers push
requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.spec.factors import CHANNELS, Channel

from .entities import Challenge, Conditions, User
from .issued import NEWEST


def check_channel(channel: str) -> None:
    """Refuse an unknown channel."""
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

    def __repr__(self) -> str:  # without the code, because a repr may be logged
        return f"<Message {self.channel} to {self.to} at {self.sent_at:.0f}>"


class Outbox(Sequence[Message]):
    """The messages since the last reset, oldest first. At least the newest 10,000 are kept; ``dropped`` counts the
    others."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self.dropped = 0
        self._failures: dict[str, int] = {}
        self._lock = threading.Lock()
        self.on_send: Callable[[Message], None] | None = None
        """Called with each message, so that it can really be delivered (by SMTP, for instance)."""

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
        """The newest message; with ``user`` or ``channel``, the newest to that user or by that channel.

        Raises LookupError, which lists what was sent, if there is none.
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
            "A message is sent by POST /mfa/associate, POST /mfa/challenge and POST /me/v1/authentication-methods."
        )

    def fail_next(self, channel: Channel, times: int = 1) -> None:
        """Let the provider of ``channel`` fail for the next ``times`` messages (entries A12 and H8 of the
        contract)."""
        check_channel(channel)
        if isinstance(times, bool) or not isinstance(times, int) or times < 1:
            raise ConfigurationError(f"outbox.fail_next(times={times!r}): expected a whole number of at least 1")
        with self._lock:
            self._failures[channel] = self._failures.get(channel, 0) + times

    def provider_fails(self, channel: str) -> bool:
        """Whether the provider fails for this message. Uses up one requested failure."""
        if not self._failures:
            return False
        with self._lock:
            left = self._failures.get(channel, 0)
            if left:
                self._failures[channel] = left - 1
            return left > 0

    def failing(self) -> dict[str, int]:
        """How many requested failures are left, by channel."""
        return {channel: left for channel, left in self._failures.items() if left}

    def send(self, message: Message) -> None:
        """Record a message as sent."""
        self._messages.append(message)
        if len(self._messages) > NEWEST + NEWEST // 4:
            gone = len(self._messages) - NEWEST
            del self._messages[:gone]
            self.dropped += gone
        if self.on_send is not None:
            self.on_send(message)

    def clear(self) -> None:
        """Remove all messages and requested failures."""
        self._messages.clear()
        self.dropped = 0
        self._failures.clear()


class Push:
    """Answers push requests as the person with the phone would."""

    def __init__(self, conditions: Conditions, users: Mapping[str, User], lock: threading.RLock) -> None:
        self._conditions = conditions
        self._users = users
        self._lock = lock
        self._after: dict[User | None, int] = {}

    def open_requests(self, user: User) -> list[Challenge]:
        """The push requests of a user that wait for an answer, oldest first."""
        user.push_requests[:] = [
            c
            for c in user.push_requests
            if c.state == "pending" and not (c.expired(self._conditions) or c.useless(self._conditions))
        ]
        return list(user.push_requests)

    def approve(self, user: User) -> None:
        """Approve the newest open request. Raises LookupError if there is none."""
        self._answer(user, "approved")

    def reject(self, user: User) -> None:
        """Reject the newest open request. Raises LookupError if there is none."""
        self._answer(user, "rejected")

    def approve_after(self, polls: int, user: User | None = None) -> None:
        """Approve requests automatically: ``polls`` polls are answered with authorization_pending, the next one
        succeeds.

        Applies to open and future requests, of ``user`` or (by default) of everybody.
        """
        if isinstance(polls, bool) or not isinstance(polls, int) or polls < 0:
            raise ConfigurationError(f"push.approve_after({polls!r}): expected a whole number of polls, 0 or more")
        with self._lock:
            self._after[user] = polls
            for asked in [user] if user is not None else list(self._users.values()):
                for request in self.open_requests(asked):
                    request.approve_after = request.polls + polls

    def after(self, user: User | None) -> int | None:
        """After how many polls a new request of ``user`` (None: of anybody) is approved automatically; None:
        never."""
        return self._after.get(user, self._after.get(None))

    def _answer(self, user: User, state: str) -> None:
        with self._lock:
            requests = self.open_requests(user)
            if not requests:
                raise LookupError(
                    f"{user.email} has no open push request: it was answered, expired or never sent. "
                    "POST /mfa/challenge with a push authenticator sends one, POST /mfa/associate with oob_channels "
                    "['auth0'] too."
                )
            requests[-1].state = state

    def clear(self) -> None:
        """Approve nothing automatically any more."""
        self._after.clear()
