"""A tenant behind a base URL as a subject: it can do what it was given the means for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.spec.profile import Profile

from .subjects import Person, Subject


class LiveSubject(Subject):
    """A tenant behind a base URL. What it cannot do is not among its controls."""

    def __init__(
        self,
        handler: Handler,
        domain: str,
        client_id: str,
        client_secret: str | None,
        users: Iterator[Person],
        *,
        factors: Set[str],
        profile: Profile | None,
        code: Callable[[Person, str, float], str] | None,
        answer_push: Callable[[Person, bool], None] | None,
    ) -> None:
        self.handler = handler
        self.domain = domain
        self.client_id = client_id
        self.client_secret = client_secret
        self.profile = profile
        self.factors: Set[str] = frozenset(factors)
        self._users = users
        self._code = code
        self._answer_push = answer_push
        able = {"outbox": code, "push": answer_push}
        self.controls = frozenset(name for name, way in able.items() if way is not None)

    def new_user(self, *, email_verified: bool = False) -> Person:
        """The next of the given users. Raises LookupError when all were used."""
        for person in self._users:
            if person.email_verified == email_verified:
                return person
        raise LookupError("no user is left for this run: give more users, or credentials that may create them")

    def code(self, user: Person, channel: str, since: float) -> str:
        """The code, from where messages arrive."""
        if self._code is None:
            raise LookupError("codes cannot be read here: override the fixture auth0_mfa_otp_source")
        return self._code(user, channel, since)

    def answer_push(self, user: Person, approve: bool) -> None:
        """Let somebody answer."""
        if self._answer_push is None:
            raise LookupError("push requests cannot be answered here: override auth0_mfa_push_approver")
        self._answer_push(user, approve)


def live_subject(
    domain: str,
    client_id: str,
    client_secret: str | None = None,
    *,
    users: Iterator[Person],
    handler: Handler | None = None,
    factors: Set[str] = frozenset({"otp", "recovery-code"}),
    profile: Profile | None = None,
    code: Callable[[Person, str, float], str] | None = None,
    answer_push: Callable[[Person, bool], None] | None = None,
    ca_file: str | None = None,
) -> LiveSubject:
    """A subject over ``https://{domain}``; ``profile=None`` measures its disputed behaviour."""
    if handler is None:
        from pytest_auth0_mfa.transports.live import live

        handler = live(f"https://{domain}", ca_file=ca_file)
    return LiveSubject(
        handler,
        domain,
        client_id,
        client_secret,
        users,
        factors=factors,
        profile=profile,
        code=code,
        answer_push=answer_push,
    )
