"""Challenges: making them and choosing their authenticator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CHANNEL, TYPE

from .entities import DEVICE, Authenticator, Challenge, User, life_of_oob_code
from .entropy import CODE_LIFETIME, OOB_CODE_LENGTH
from .issued import Session
from .outbox import Message
from .state import TenantState

_MOST_PENDING = 1000
"""How many challenges of one authenticator are kept; nobody answers older ones."""


class Holder(Protocol):
    """What a challenge belongs to: the session of an mfa_token, or of an enrollment on the user's own page."""

    token: str
    user: User


def new_challenge(tenant: TenantState, session: Holder, authenticator: Authenticator) -> Challenge:
    """Send a code or a push notification, and keep the challenge that it belongs to."""
    now = tenant.clock.now()
    user = session.user
    is_push = authenticator.factor == "push"
    earlier = pending(authenticator)
    code, lifetime = None, CODE_LIFETIME
    if not is_push:
        digits, lifetime = tenant.code_lengths[authenticator.factor], tenant.code_lifetimes[authenticator.factor]
        code = repeated_code(tenant, earlier) or tenant.fixed_code or tenant.entropy.code(digits)
    oob_code = tenant.entropy.sealed(now + life_of_oob_code(tenant, lifetime), OOB_CODE_LENGTH)
    made = Challenge(oob_code, session.token, user, authenticator, code, now, lifetime)
    for other in earlier:
        other.superseded = True
    authenticator.challenges.append(made)
    del authenticator.challenges[:-_MOST_PENDING]
    tenant.challenges[made.oob_code] = made
    if is_push:
        made.approve_after = tenant.push.after(user)
        user.push_requests.append(made)
        del user.push_requests[:-_MOST_PENDING]
    to = authenticator.address if authenticator.address is not None else DEVICE
    tenant.outbox.send(Message(authenticator.factor, to, code, user, authenticator.id, now))
    return made


def pending(authenticator: Authenticator) -> list[Challenge]:
    """The unanswered challenges of an authenticator, oldest first."""
    authenticator.challenges[:] = [c for c in authenticator.challenges if c.state == "pending"]
    return list(authenticator.challenges)


def repeated_code(tenant: TenantState, earlier: list[Challenge]) -> str | None:
    """The code of the previous challenge, if it is still valid and the profile says that it is sent again."""
    alive = [challenge.code for challenge in earlier if not challenge.code_expired(tenant)]
    return alive[-1] if alive and tenant.rules.challenge_repeats_code else None


def choose(
    tenant: TenantState,
    user: User,
    types: list[str],
    authenticator_id: str | None,
    channel: str | None,
    demanded: Sequence[str] | None = None,
) -> Authenticator:
    """The active authenticator that a challenge is for: section 7 of the contract."""
    listed = user.authenticators
    active = [a for a in listed if a.active and a.factor in tenant.factors]
    if demanded is not None:  # only the factors that the policy demanded
        active = [a for a in active if a.factor in demanded]
    if authenticator_id is not None and any(a.active for a in listed):
        named = [a for a in active if a.id == authenticator_id]
        if not named:
            raise tenant.refusal("unknown_authenticator")
        if TYPE[named[0].factor] in types:
            return named[0]
        raise unsupported_by_named(tenant, types, named[0])
    if not any(a.active for a in listed):
        raise tenant.refusal("association_required")
    fitting = [a for a in active if TYPE[a.factor] in types and (channel is None or CHANNEL.get(a.factor) == channel)]
    if not fitting:
        raise unsupported(tenant, types, (TYPE[a.factor] for a in active))
    if len(fitting) == 1:
        return fitting[0]
    return fitting[0 if tenant.rules.default_authenticator == "oldest" else -1]


def unsupported(tenant: TenantState, requested: list[str], supported: Iterable[str]) -> Exception:
    """The refusal of an unsupported challenge type, in the singular or plural: entry H5."""
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


def unsupported_by_named(tenant: TenantState, requested: list[str], named: Authenticator) -> Exception:
    """The same refusal for a challenge that names its authenticator: entries H5 and D-30."""
    if tenant.rules.unsupported_challenge_text == "supported-types":
        return unsupported(tenant, requested, (TYPE[named.factor],))
    refusal = tenant.refusal("unsupported_challenge_type", requested="", supported="")
    kinds = ", ".join(requested)
    refusal.description = f"User does not have any enrolled authenticator with the supported challenge type ({kinds})"
    return refusal


def challenge(
    tenant: TenantState, session: Session, types: list[str], authenticator_id: str | None, channel: str | None
) -> dict[str, Json]:
    """Request a challenge: entries H1 to H10."""
    user = session.user
    authenticator = choose(tenant, user, types, authenticator_id, channel, session.demand.challenge)
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
