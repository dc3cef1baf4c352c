"""Challenges: an oob_code, its binding code or push approval, and their life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CHANNEL, TYPE

from .authenticators import DEVICE, Authenticator
from .outbox import Message

if TYPE_CHECKING:
    from .directory import User
    from .tenant import Tenant
    from .tokens import Session

CODE_LIFETIME = 300  # of a code in a message: section 9 of the contract


@dataclass(slots=True, eq=False, repr=False)
class Challenge:
    """One oob_code. ``state``: pending, approved, rejected or used.

    As with sessions, what its age and its successors mean is judged when it is used.
    """

    oob_code: str
    session: str
    user: User
    authenticator: Authenticator
    code: str | None
    made_at: float
    state: str = "pending"
    superseded: bool = False
    """Whether the authenticator was challenged again."""
    polls: int = 0
    last_poll: float | None = None
    approve_after: int | None = None

    def expired(self, tenant: Tenant) -> bool:
        """Whether the time of the oob_code is over: row V12."""
        return tenant.clock.now() >= self.made_at + tenant.rules.oob_code_lifetime

    def code_expired(self, tenant: Tenant) -> bool:
        """Whether the time of the code in the message is over."""
        return tenant.clock.now() >= self.made_at + CODE_LIFETIME

    def useless(self, tenant: Tenant) -> bool:
        """Whether it gave tokens, lost its authenticator or made way for a newer one: rows U-4 and U-7."""
        if self.state == "used" or self.authenticator.deleted:
            return True
        return self.superseded and tenant.rules.challenge_replaces_earlier


def new_challenge(tenant: Tenant, session: Session, authenticator: Authenticator) -> Challenge:
    """Send a code or a push notification and remember what answers it."""
    now = tenant.clock.now()
    user = session.user
    is_push = authenticator.factor == "push"
    earlier = pending(authenticator)
    code = None if is_push else repeated_code(tenant, earlier) or tenant.fixed_code or tenant.entropy.code()
    oob_code = tenant.entropy.sealed(now + tenant.rules.oob_code_lifetime)
    made = Challenge(oob_code, session.token, user, authenticator, code, now)
    for one in earlier:
        one.superseded = True
    authenticator.challenges.append(made)
    tenant.challenges[made.oob_code] = made
    if is_push:
        made.approve_after = tenant.push.after(user)
        user.push_requests.append(made)
    to = authenticator.address if authenticator.address is not None else DEVICE
    tenant.outbox.send(Message(authenticator.factor, to, code, user, authenticator.id, now))
    return made


def pending(authenticator: Authenticator) -> list[Challenge]:
    """The challenges of an authenticator that nothing has answered yet, oldest first."""
    authenticator.challenges[:] = [c for c in authenticator.challenges if c.state == "pending"]
    return list(authenticator.challenges)


def repeated_code(tenant: Tenant, earlier: list[Challenge]) -> str | None:
    """The code of the challenge before, where the profile says that it is sent again."""
    alive = [challenge.code for challenge in earlier if not challenge.code_expired(tenant)]
    return alive[-1] if alive and tenant.rules.challenge_repeats_code else None


def choose(
    tenant: Tenant, user: User, types: list[str], authenticator_id: str | None, channel: str | None
) -> Authenticator:
    """The active authenticator a challenge is for: section 7 of the contract."""
    listed = user.authenticators
    active = [a for a in listed if a.active and a.factor in tenant.factors]
    if authenticator_id is not None and any(a.active for a in listed):
        named = [a for a in active if a.id == authenticator_id]
        if not named:
            raise tenant.refusal("unknown_authenticator")
        if TYPE[named[0].factor] in types:
            return named[0]
        raise unsupported(tenant, types, (TYPE[a.factor] for a in active))
    if not any(a.active for a in listed):
        raise tenant.refusal("association_required")
    fitting = [a for a in active if TYPE[a.factor] in types and (channel is None or CHANNEL.get(a.factor) == channel)]
    if not fitting:
        raise unsupported(tenant, types, (TYPE[a.factor] for a in active))
    if len(fitting) == 1:
        return fitting[0]
    return fitting[0 if tenant.rules.default_authenticator == "oldest" else -1]


def unsupported(tenant: Tenant, requested: list[str], supported: Iterable[str]) -> Exception:
    """Row H5, in the singular or plural."""
    has = list(dict.fromkeys(supported))
    asked = (
        f"the requested challenge type ({requested[0]})"
        if len(requested) == 1
        else f"any of the requested challenge types ({', '.join(requested)})"
    )
    return tenant.refusal(
        "unsupported_challenge_type",
        requested=asked,
        supported=f"Supported type{'s' if len(has) > 1 else ''}: {', '.join(has)}."
        if has
        else "Currently there is no supported challenge available.",
    )


def challenge(
    tenant: Tenant, session: Session, types: list[str], authenticator_id: str | None, channel: str | None
) -> dict[str, Json]:
    """Request a challenge: rows H1 to H10."""
    user = session.user
    authenticator = choose(tenant, user, types, authenticator_id, channel)
    session.challenged_at = tenant.clock.now()
    if authenticator.factor == "otp":
        return {"challenge_type": "otp"}
    tenant.check_message(user, authenticator.factor)
    if tenant.outbox.provider_fails(authenticator.factor):
        raise tenant.refusal("challenge_unavailable")
    body: dict[str, Json] = {
        "challenge_type": "oob",
        "oob_code": new_challenge(tenant, session, authenticator).oob_code,
    }
    if authenticator.factor != "push":
        body["binding_method"] = "prompt"
    return body


class Push:
    """The person with the phone: approves and rejects push requests."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._after: dict[User | None, int] = {}

    def open_requests(self, user: User) -> list[Challenge]:
        """Requests that wait for an answer, oldest first."""
        user.push_requests[:] = [
            c
            for c in user.push_requests
            if c.state == "pending" and not (c.expired(self._tenant) or c.useless(self._tenant))
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
        with self._tenant.lock:
            self._after[user] = polls
            for one in [user] if user is not None else list(self._tenant.users.values()):
                for request in self.open_requests(one):
                    request.approve_after = request.polls + polls

    def after(self, user: User) -> int | None:
        """After how many polls a new request of ``user`` is approved, or None."""
        return self._after.get(user, self._after.get(None))

    def _answer(self, user: User, state: str) -> None:
        with self._tenant.lock:
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
