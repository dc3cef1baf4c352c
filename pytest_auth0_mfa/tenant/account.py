"""The user's own page: enrolling, confirming, changing and deleting one's authentication methods (entries M4 to M13).

They are the authenticators of the MFA API, with the same challenges, codes and limits. What is new is the session of an
enrollment, and that it takes two steps, always.
"""

from __future__ import annotations

from typing import TypeAlias

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import RECOVERY

from .challenges import new_challenge
from .enrollment import add, confirm, guardian_uri, is_email, is_phone_number, new_entries, otp_uri, remove
from .entities import Authenticator, RecoveryCode, User
from .issued import AuthSession
from .limits import AUTHENTICATORS
from .methods import PHONES, describe, lead_of, leading, preferred_channel, recovery_born
from .state import TenantState
from .tokens import timestamp
from .verification import approved, attempt, normal_code, refill, takes_code, takes_otp

Method: TypeAlias = Authenticator | RecoveryCode

TYPES = ("phone", "push-notification", "totp", "email", RECOVERY)
"""What the fake can enroll, in the order in which factors are listed."""
ALL_TYPES = (*TYPES, "password", "passkey", "webauthn-platform", "webauthn-roaming")
MOST_LISTED = 20
_TYPE_OF = {
    "sms": "phone",
    "voice": "phone",
    "push": "push-notification",
    "otp": "totp",
    "email": "email",
    RECOVERY: RECOVERY,
}
_FACTOR_OF = {"push-notification": "push", "totp": "otp", "email": "email", RECOVERY: RECOVERY}
_SECONDARY: list[Json] = ["secondary"]


def invalid(tenant: TenantState, refusal_id: str, pointer: str, fault: str) -> Exception:
    """The refusal of a body or query that is not as documented. ``fault`` is in the words of a validator."""
    detail = f"data{pointer} {fault}"
    return tenant.refusal(refusal_id, extra={"validation_errors": [{"pointer": pointer, "detail": detail}]})


def factors(tenant: TenantState) -> list[dict[str, Json]]:
    """The factors that are on."""
    on = {_TYPE_OF[factor] for factor in tenant.factors}
    return [{"type": kind, "usage": _SECONDARY} for kind in TYPES if kind in on]


def type_of(method: Method) -> str:
    """The type of a method."""
    return _TYPE_OF[method.factor] if isinstance(method, Authenticator) else RECOVERY


def id_of(method: Method) -> str:
    """The id of a method: its type and the suffix of its authenticators in the MFA API."""
    return f"{type_of(method)}|{method.id.partition('|')[2]}"


def methods(tenant: TenantState, user: User) -> list[Method]:
    """The methods that exist for the user's own page: oldest first, the recovery code behind what it came with, a
    verified email last."""
    rules, recovery = tenant.rules, user.recovery
    brought = recovery.created_with if recovery is not None else None
    if brought is not None:
        brought = lead_of(brought)
    found: list[Method] = []
    for entry in leading(user):
        if entry.factor != "otp" or entry.twin is None or rules.me_lists_push_app:
            found.append(entry)
        if recovery is not None and entry is brought:
            found.append(recovery)
    if recovery is not None and recovery not in found:
        found.append(recovery)
    if not all(method.active for method in found) and not rules.me_lists_unconfirmed:
        found = [method for method in found if method.active]
    implicit = tenant.implicit_email(user)
    if implicit is not None and rules.me_lists_verified_email:
        found.append(implicit)
    return found


def rows(tenant: TenantState, user: User, kind: str | None) -> list[dict[str, Json]]:
    """The list of methods, of one type if ``kind`` is given."""
    listed = [method for method in methods(tenant, user) if kind is None or type_of(method) == kind]
    return [row(tenant, user, method) for method in listed[:MOST_LISTED]]


def row(tenant: TenantState, user: User, method: Method) -> dict[str, Json]:
    """A method as it is answered."""
    kind = type_of(method)
    body: dict[str, Json] = {"id": id_of(method), "type": kind, "confirmed": method.active}
    if isinstance(method, RecoveryCode):
        return body | {"created_at": timestamp(recovery_born(user)), "usage": _SECONDARY}
    name = method.label or (method.name if method.factor == "push" else None)
    if name is not None:
        body["name"] = name
    if method.address is not None:
        member = "email" if kind == "email" else "phone_number"
        body[member] = method.name if tenant.rules.me_masks_addresses else method.address
    if kind == "phone":
        body["preferred_authentication_method"] = preferred_channel(method)
    return body | {"created_at": timestamp(method.created_at), "usage": _SECONDARY}


def find(tenant: TenantState, user: User, id: str, refusal_id: str = "me_unknown_method") -> Method:
    """The user's method with this id. Refuses an unknown one."""
    for method in methods(tenant, user):
        if id_of(method) == id:
            return method
    raise tenant.refusal(refusal_id)


# -- enrolling ------------------------------------------------------------------------------


def begin(tenant: TenantState, user: User, kind: str, address: str | None, channel: str | None) -> dict[str, Json]:
    """Begin to enroll a method: entries M6 to M9. Returns the answer, which names its session.

    ``address`` is that of an email or phone, ``channel`` the preferred one of a phone.
    """
    factor = _phone_factor(tenant, channel) if kind == "phone" else _FACTOR_OF[kind]
    if factor not in tenant.factors:
        raise tenant.refusal("me_disabled_factor", name=kind)
    session = AuthSession(tenant.entropy.transaction(), user, tenant.clock.now())
    if kind == RECOVERY:
        more = _begin_recovery_code(tenant, session)
    else:
        _check(tenant, user, factor, kind, address)
        more = _begin_authenticator(tenant, session, factor, address)
    tenant.tokens.enrollments[session.token] = session
    return {"id": new_id(tenant, session), "auth_session": session.token, **more}


def _phone_factor(tenant: TenantState, channel: str | None) -> str:
    if channel is not None:
        return channel
    usual = tenant.rules.me_phone_channel
    return next((one for one in (usual, *PHONES) if one in tenant.factors), usual)


def _check(tenant: TenantState, user: User, factor: str, kind: str, address: str | None) -> None:
    """Refuse an address that is none, one method or message too many, and what no provider sends."""
    if address is not None:
        if kind == "email" and not is_email(address):
            raise invalid(tenant, "me_invalid_address", "/email", 'must match format "email"')
        if kind == "phone" and not is_phone_number(address):
            raise invalid(tenant, "me_invalid_address", "/phone_number", 'must match pattern "^\\+[1-9][0-9]{6,14}$"')
        same = (entry for entry in leading(user) if entry.active and entry.address == address)
        if any(type_of(entry) == kind for entry in same) and tenant.rules.me_duplicate_method != "202":
            raise tenant.refusal("me_duplicate_method")
    if len(user.authenticators) + new_entries(tenant, factor) > AUTHENTICATORS:
        raise tenant.refusal("me_method_limit")
    if factor != "otp":
        tenant.check_message(user, factor, "me_too_many_messages")
        if tenant.outbox.provider_fails(factor):
            raise tenant.refusal("me_provider_failure")


def _begin_authenticator(
    tenant: TenantState, session: AuthSession, factor: str, address: str | None
) -> dict[str, Json]:
    """Add the pending authenticator. Unlike an association it brings no recovery code: no answer could show it."""
    user = session.user
    entry = session.authenticator = add(tenant, user, factor, address)
    if factor == "otp":
        return {"barcode_uri": otp_uri(tenant, user.id, entry), "manual_input_code": entry.secret}
    if factor in PHONES:
        describe(entry, None, factor)
    session.challenge = new_challenge(tenant, session, entry)
    if factor != "push":
        return {}
    if tenant.rules.me_push_barcode == "key" and entry.twin is not None:
        return {"barcode_uri": otp_uri(tenant, user.id, entry.twin)}
    return {"barcode_uri": guardian_uri(tenant, user.id, f"{tenant.url}/appliance-mfa")}


def _begin_recovery_code(tenant: TenantState, session: AuthSession) -> dict[str, Json]:
    new = RecoveryCode(f"{RECOVERY}|{tenant.entropy.device_suffix()}", tenant.entropy.recovery_code(), session.made_at)
    session.recovery = new
    if tenant.rules.me_recovery_code_replaces == "at-once":
        session.user.recovery = new
    return {"recovery_code": new.code}


def enrolled(session: AuthSession) -> Method:
    """What the session enrolls."""
    method = session.recovery or session.authenticator
    assert method is not None
    return method if isinstance(method, RecoveryCode) else lead_of(method)


def new_id(tenant: TenantState, session: AuthSession) -> str:
    """The id of what the session enrolls, until it is verified."""
    method = enrolled(session)
    return id_of(method) if tenant.rules.me_new_ids == "device" else f"{type_of(method)}|new"


def verify(tenant: TenantState, user: User, id: str, auth_session: str, otp_code: str | None) -> Method:
    """Confirm the method of a session: entry M10."""
    session = _session(tenant, user, id, auth_session)
    method = enrolled(session)
    if type_of(method) in ("push-notification", RECOVERY):
        if otp_code is not None:
            raise invalid(tenant, "me_invalid_body", "", "must NOT have additional properties")
        if session.challenge is not None and not approved(session.challenge):
            raise tenant.refusal("me_push_not_approved")
    elif otp_code is None:
        raise invalid(tenant, "me_invalid_body", "", "must have required property 'otp_code'")
    else:
        _check_code(tenant, session, normal_code(tenant, otp_code))
    session.used = True
    if session.challenge is not None:
        session.challenge.state = "used"
    if isinstance(method, RecoveryCode):
        user.recovery = method
        method.active = True
    else:
        confirm(tenant, user, method)
    return method


def _session(tenant: TenantState, user: User, id: str, auth_session: str) -> AuthSession:
    session = tenant.tokens.enrollments.get(auth_session)
    why = _useless(tenant, user, session)
    if session is None or why is not None:
        raise tenant.refusal("me_invalid_session", hint=why)
    if id not in (id_of(enrolled(session)), new_id(tenant, session)):
        find(tenant, user, id, "me_unknown_method_changed")
        raise tenant.refusal("me_invalid_session", hint="the auth_session is that of another method of the user")
    return session


def _useless(tenant: TenantState, user: User, session: AuthSession | None) -> str | None:
    """Why a session cannot be verified, in words; None: it can."""
    if session is None:
        return "the tenant issued no such auth_session"
    if session.user is not user:
        return "the auth_session is that of another user"
    if session.expired(tenant):
        return f"the auth_session has expired: it lives {tenant.rules.me_auth_session_lifetime} s"
    if session.used and tenant.rules.me_auth_session_once:
        return "the auth_session has verified its method already"
    if session.authenticator is not None and session.authenticator.deleted:
        return "the method of the auth_session was deleted"
    return None


def _check_code(tenant: TenantState, session: AuthSession, code: str) -> None:
    """Check the code of a message or app. Wrong ones are counted as those of the MFA API."""
    entry, challenge = session.authenticator, session.challenge
    assert entry is not None
    bucket = attempt(tenant, session.user, entry.factor, "me_too_many_codes")
    if not (takes_otp(tenant, entry, code) if challenge is None else takes_code(tenant, challenge, code)):
        bucket.take(tenant.clock.now())
        raise tenant.refusal("me_wrong_code")
    refill(tenant, bucket)


# -- changing -------------------------------------------------------------------------------


def change(tenant: TenantState, user: User, id: str, name: str | None, channel: str | None) -> Method:
    """Rename a method, or set the preferred channel of a phone: entry M12."""
    method = find(tenant, user, id, "me_unknown_method_changed")
    kind, rules = type_of(method), tenant.rules
    if name is not None and kind == RECOVERY and rules.me_rename_recovery_code != "200":
        raise invalid(tenant, "me_rename_recovery_code", "", "must NOT have additional properties")
    if channel is not None and kind != "phone":
        if rules.me_not_a_phone != "200":
            raise invalid(tenant, "me_not_a_phone", "", "must NOT have additional properties")
        channel = None
    if channel is not None and channel not in tenant.factors:
        raise tenant.refusal("me_disabled_factor", name=kind)
    if isinstance(method, Authenticator):
        describe(method, name, channel)
    return method


def delete(tenant: TenantState, user: User, id: str) -> None:
    """Delete a method and what belongs to it in the MFA API: entry M13."""
    method = find(tenant, user, id, "me_unknown_method_changed")
    if isinstance(method, Authenticator) and method.implicit:
        raise tenant.refusal("me_delete_verified_email")
    if method.active and tenant.rules.me_delete_last != "204":
        others = (other for other in methods(tenant, user) if other is not method)
        if not any(other.active for other in others):
            raise tenant.refusal("me_delete_last")
    if isinstance(method, RecoveryCode):
        user.recovery = None
    else:
        remove(tenant, user, method)
