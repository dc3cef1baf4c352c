"""The checks of the three MFA grants: one-time password, out-of-band, recovery code."""

from __future__ import annotations

import hmac

from pytest_auth0_mfa.spec.factors import TYPE

from .challenges import pending, unsupported
from .enrollment import confirm
from .entities import Authenticator, Challenge, User
from .issued import Session
from .limits import RECOVERY_CODES, Bucket, attempts
from .state import TenantState
from .totp import matching_step


def same(left: str, right: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    if left.isascii() and right.isascii():
        return hmac.compare_digest(left, right)
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def normal_code(tenant: TenantState, code: str) -> str:
    """The code without spaces and dashes, if the profile ignores them."""
    if code.isdigit() or not tenant.rules.spaces_in_code:
        return code
    return code.replace(" ", "").replace("-", "")


def code_bucket(tenant: TenantState, user: User, factor: str) -> Bucket:
    """The user's bucket for wrong codes, one per factor or one for all: entries V19, D-18 and U-18 of the
    contract."""
    capacity, refill = RECOVERY_CODES if factor == "recovery-code" else attempts(tenant.rules.wrong_codes)
    key = "codes" if tenant.rules.one_bucket_for_codes else f"codes:{factor}"
    return user.buckets.setdefault(key, Bucket(capacity, refill, tenant.clock.now()))


def attempt(tenant: TenantState, user: User, factor: str, refusal_id: str = "too_many_codes") -> Bucket:
    """The bucket that a wrong code takes a token from. If it is empty, right codes are refused too."""
    bucket = code_bucket(tenant, user, factor)
    if bucket.level(tenant.clock.now()) < 1 - 1e-9:
        raise tenant.refusal(refusal_id)
    return bucket


def success(tenant: TenantState, session: Session, bucket: Bucket | None) -> None:
    """Mark the session as succeeded, and refill the bucket of wrong codes if the profile says so."""
    if bucket is not None:
        refill(tenant, bucket)
    session.succeeded = True


def refill(tenant: TenantState, bucket: Bucket) -> None:
    """Refill the bucket of wrong codes after a right one, if the profile says so."""
    if bucket.level(tenant.clock.now()) < bucket.capacity and tenant.rules.success_resets_codes:
        bucket.fill()


def verify_otp(tenant: TenantState, session: Session, code: str) -> None:
    """Check a TOTP. The code of a pending authenticator confirms it: entries V1 to V3 of the contract."""
    user = session.user
    listed = user.authenticators
    if not listed:
        raise tenant.refusal("not_enrolled")
    candidates = otp_candidates(tenant, session)
    if session.demand.challenge is not None and "otp" not in session.demand.challenge:
        candidates = [candidate for candidate in candidates if not candidate.active]
    if not candidates:
        raise unsupported(tenant, ["otp"], (TYPE[a.factor] for a in listed if a.active))
    bucket = attempt(tenant, user, "otp")
    code = normal_code(tenant, code)
    for authenticator in candidates:
        if not takes_otp(tenant, authenticator, code):
            continue
        if not authenticator.active:
            confirm(tenant, user, authenticator)
        success(tenant, session, bucket)
        return
    bucket.take(tenant.clock.now())
    raise tenant.refusal("wrong_otp")


def takes_otp(tenant: TenantState, authenticator: Authenticator, code: str) -> bool:
    """Whether a normal code is a TOTP of the authenticator that can be used now. It is used up by that."""
    if len(code) != 6:
        return False
    step = matching_step(authenticator.secret or "", code, tenant.clock.now(), tenant.rules.totp_window)
    if step is None or (step <= authenticator.last_step and tenant.rules.totp_replay == "refused"):
        return False
    authenticator.last_step = step
    return True


def otp_candidates(tenant: TenantState, session: Session) -> list[Authenticator]:
    """The authenticators whose code may have been sent.

    With an mfa_token these are the active ones, or pending ones while none is active; with an access token only
    pending ones, to confirm them: entries H4 and U-5, section 7a of the contract.
    """
    user = session.user
    otps = [a for a in user.entries if a.factor == "otp" and "otp" in tenant.factors]
    active = [a for a in otps if a.active]
    # The totp twin of a push authenticator is confirmed by the push, never by its own code.
    waiting = [a for a in otps if not a.active and a.twin is None]
    if session.is_mfa_token and user.enrolled:
        return active
    if len(waiting) > 1 and tenant.rules.pending_otp == "newest":
        waiting = waiting[-1:]
    return waiting


def verify_oob(tenant: TenantState, session: Session, oob_code: str, binding_code: str | None) -> str:
    """Check an oob_code with its binding code or push answer, and return the factor: entries V4 to V12 of the
    contract."""
    challenge = tenant.challenges.get(oob_code)
    if challenge is None:
        raise tenant.refusal("malformed_oob_code")
    if challenge.session != session.token:
        raise tenant.refusal("foreign_oob_code")
    if challenge.expired(tenant):
        raise tenant.refusal("expired_oob_code")
    if challenge.useless(tenant):
        raise tenant.refusal("used_oob_code")
    bucket = None
    if challenge.code is None:
        poll(tenant, challenge)
    else:
        bucket = check_binding_code(tenant, challenge, binding_code)
    for same_code in repeats(tenant, challenge):
        same_code.state = "used"
    challenge.state = "used"
    if not challenge.authenticator.active:
        confirm(tenant, session.user, challenge.authenticator)
    success(tenant, session, bucket)
    return challenge.authenticator.factor


def repeats(tenant: TenantState, challenge: Challenge) -> list[Challenge]:
    """Other challenges that sent the same code. A code is valid once, with whichever oob_code it is used."""
    if tenant.fixed_code is not None or challenge.code is None or not tenant.rules.challenge_repeats_code:
        return []
    return [other for other in pending(challenge.authenticator) if other.code == challenge.code]


def check_binding_code(tenant: TenantState, challenge: Challenge, binding_code: str | None) -> Bucket:
    """Check the code of a message. After a wrong code the mfa_token and the challenge can still be used."""
    if binding_code is None:
        raise tenant.refusal("missing_binding_code")
    bucket = attempt(tenant, challenge.user, challenge.authenticator.factor)
    if not takes_code(tenant, challenge, normal_code(tenant, binding_code)):
        bucket.take(tenant.clock.now())
        raise tenant.refusal("wrong_binding_code")
    return bucket


def takes_code(tenant: TenantState, challenge: Challenge, code: str) -> bool:
    """Whether a normal code is the one in the challenge's message, and still valid."""
    return same(code, challenge.code or "") and not challenge.code_expired(tenant)


def approved(challenge: Challenge) -> bool:
    """Whether the user has approved a push request. Asking counts as a poll."""
    challenge.polls += 1
    if (
        challenge.state == "pending"
        and challenge.approve_after is not None
        and challenge.polls > challenge.approve_after
    ):
        challenge.state = "approved"
    return challenge.state == "approved"


def poll(tenant: TenantState, challenge: Challenge) -> None:
    """Poll a push request. Refused unless the request is approved."""
    if approved(challenge):
        return
    if challenge.state == "rejected":
        raise tenant.refusal("push_rejected")
    now = tenant.clock.now()
    last, challenge.last_poll = challenge.last_poll, now
    interval = tenant.rules.polling_interval
    if last is not None and now - last < interval - 1e-6:
        headers = {"retry-after": str(interval)} if tenant.rules.slow_down_retry_after else None
        raise tenant.refusal("slow_down", headers=headers, seconds=interval)
    raise tenant.refusal("authorization_pending")


def verify_recovery_code(tenant: TenantState, session: Session, code: str) -> str:
    """Check a recovery code and return the new one that replaces it: entries V16 to V18 of the contract."""
    user = session.user
    recovery = user.recovery
    usable = recovery is not None and "recovery-code" in tenant.factors
    if recovery is None or not usable or not (recovery.active or tenant.rules.recovery_code_before_confirmation):
        raise tenant.refusal("no_recovery_code")
    bucket = attempt(tenant, user, "recovery-code")
    if not same(code, recovery.code) and not (
        tenant.rules.recovery_code_any_case and same(code.upper(), recovery.code)
    ):
        bucket.take(tenant.clock.now())
        raise tenant.refusal("wrong_recovery_code")
    recovery.code = tenant.entropy.recovery_code()
    success(tenant, session, bucket)
    return recovery.code
