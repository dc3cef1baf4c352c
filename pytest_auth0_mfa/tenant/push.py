"""Push requests, and the person with the phone who answers them."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from pytest_auth0_mfa.errors import ConfigurationError

from .entities import Challenge, Conditions, User


class Push:
    """The person with the phone: approves and rejects push requests."""

    def __init__(self, conditions: Conditions, users: Mapping[str, User], lock: threading.RLock) -> None:
        self._conditions = conditions
        self._users = users
        self._lock = lock
        self._after: dict[User | None, int] = {}

    def open_requests(self, user: User) -> list[Challenge]:
        """Requests that wait for an answer, oldest first."""
        user.push_requests[:] = [
            c
            for c in user.push_requests
            if c.state == "pending" and not (c.expired(self._conditions) or c.useless(self._conditions))
        ]
        return list(user.push_requests)

    def approve(self, user: User) -> None:
        """Approve the newest open request. Raises LookupError when there is none."""
        self._answer(user, "approved")

    def reject(self, user: User) -> None:
        """Reject the newest open request. Raises LookupError when there is none."""
        self._answer(user, "rejected")

    def approve_after(self, polls: int, user: User | None = None) -> None:
        """Approve requests by themselves: ``polls`` polls are answered as pending, the next one succeeds.

        Holds for open and coming requests, of ``user`` or of everybody.
        """
        if isinstance(polls, bool) or not isinstance(polls, int) or polls < 0:
            raise ConfigurationError(f"push.approve_after({polls!r}): expected a whole number of polls, 0 or more")
        with self._lock:
            self._after[user] = polls
            for one in [user] if user is not None else list(self._users.values()):
                for request in self.open_requests(one):
                    request.approve_after = request.polls + polls

    def after(self, user: User | None) -> int | None:
        """After how many polls a new request of ``user`` (None: of anybody) is approved, or None."""
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
        """Forget what was asked for."""
        self._after.clear()
