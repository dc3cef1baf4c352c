"""The Management API's factors, policies, tickets and Guardian enrollments."""

from __future__ import annotations

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import RECOVERY, TenantFactor
from pytest_auth0_mfa.tenant.enrollment import remove
from pytest_auth0_mfa.tenant.entities import Authenticator, User
from pytest_auth0_mfa.tenant.entropy import CODE_LENGTH, CODE_LENGTHS, CODE_LIFETIME, CODE_LIFETIMES
from pytest_auth0_mfa.tenant.policies import POLICIES, known_factors
from pytest_auth0_mfa.tenant.tokens import timestamp

from .call import ManagementCall, invalid_body, refused, unsupported

_FACTORS: dict[str, TenantFactor] = {
    "push-notification": "push",
    "otp": "otp",
    "email": "email",
    RECOVERY: "recovery-code",
}
_NOT_HERE = ("duo", "webauthn-roaming", "webauthn-platform")
_PHONE = frozenset({"sms", "voice"})
# The names of factors in Guardian enrollments, which do not include email.
_AUTH_METHOD = {"otp": "authenticator", "push": "guardian", "sms": "sms", "voice": "sms"}
_TICKET: dict[str, type] = {
    "user_id": str,
    "email": str,
    "send_mail": bool,
    "email_locale": str,
    "factor": str,
    "allow_multiple_enrollments": bool,
}


def list_factors(call: ManagementCall) -> Json:
    """Every factor of Auth0, and whether it is on."""
    on = call.tenant.factors
    names = ("sms", "push-notification", "otp", "email", *_NOT_HERE, RECOVERY)
    enabled = {name: bool(_PHONE & on) if name == "sms" else _FACTORS.get(name) in on for name in names}
    return [{"name": name, "enabled": enabled[name], "trial_expired": False} for name in names]


def set_factor(call: ManagementCall) -> Json:
    """Switch a factor on or off. Here sms means phone; its channels are the message types."""
    name, factors = call.parts["factor"], call.tenant.factors
    enabled: bool = call.members({"enabled": bool}, ("enabled",))["enabled"]
    if name == "sms":
        factors -= _PHONE
        factors |= known_factors((call.tenant.message_types or {"sms"}) if enabled else ())
    elif name in _FACTORS:
        (factors.add if enabled else factors.discard)(_FACTORS[name])
    elif name not in _NOT_HERE:
        raise refused(400, "Path validation error: 'No enum match' on property name.", "invalid_uri")
    elif enabled:
        raise unsupported(f"factor {name!r}: the MFA API does not serve it either")
    return {"enabled": enabled}


def get_message_types(call: ManagementCall) -> Json:
    """The channels of the phone factor."""
    return {"message_types": [kind for kind in ("sms", "voice") if kind in _phone_channels(call)]}


def _phone_channels(call: ManagementCall) -> frozenset[str]:
    return frozenset(_PHONE & call.tenant.factors) or call.tenant.message_types


def set_message_types(call: ManagementCall) -> Json:
    """Set the channels of the phone factor. It stays off if it is off. An empty list is allowed, as recorded."""
    given = call.members({"message_types": list}, ("message_types",))["message_types"]
    if any(kind not in _PHONE for kind in given):
        raise invalid_body("No enum match on property message_types")
    tenant = call.tenant
    tenant.message_types = frozenset(given)
    if _PHONE & tenant.factors:
        tenant.factors -= _PHONE
        tenant.factors |= known_factors(tenant.message_types)
    return get_message_types(call)


def get_phone_settings(call: ManagementCall) -> Json:
    """Length and lifetime of codes by SMS and voice: section 9 of the contract."""
    return _code_settings(call, "sms")


def set_phone_settings(call: ManagementCall) -> Json:
    """Set the length and lifetime (seconds) of codes by SMS and voice."""
    return _set_code_settings(call, "sms")


def get_email_settings(call: ManagementCall) -> Json:
    """Length and lifetime of codes by email."""
    return _code_settings(call, "email")


def set_email_settings(call: ManagementCall) -> Json:
    """Set the length and lifetime (seconds) of codes by email."""
    return _set_code_settings(call, "email")


def _code_settings(call: ManagementCall, channel: str) -> Json:
    tenant = call.tenant
    return {"otp_length": tenant.code_lengths[channel], "otp_expiration_time": tenant.code_lifetimes[channel]}


def _set_code_settings(call: ManagementCall, channel: str) -> Json:
    given = call.members({"otp_length": int, "otp_expiration_time": int})
    for name, (low, high) in (("otp_length", CODE_LENGTHS), ("otp_expiration_time", CODE_LIFETIMES)):
        number = given.get(name, low)
        if isinstance(number, bool):
            raise invalid_body(f"Expected type integer on property {name}")
        if not low <= number <= high:
            raise invalid_body(f"Expected a value from {low} to {high} on property {name}")
    tenant = call.tenant
    tenant.code_lengths[channel] = given.get("otp_length", CODE_LENGTH)
    tenant.code_lifetimes[channel] = given.get("otp_expiration_time", CODE_LIFETIME)
    return _code_settings(call, channel)


def get_policies(call: ManagementCall) -> Json:
    """The list of policies in force: none or one."""
    return ["all-applications"] if call.tenant.policy == "all-applications" else []


def set_policies(call: ManagementCall) -> Json:
    """Set the policies."""
    given = call.body()
    if not isinstance(given, list) or not all(isinstance(policy, str) for policy in given):
        raise invalid_body("Expected type array")
    if "confidence-score" in given:
        raise unsupported("Adaptive MFA (the policy 'confidence-score')")
    if any(policy not in POLICIES or policy == "never" for policy in given):
        raise invalid_body("No enum match on property policies")
    call.tenant.policy = "all-applications" if given else "never"
    return get_policies(call)


def create_ticket(call: ManagementCall) -> Json:
    """Make a ticket for Auth0's enrollment page. The fake does not have that page."""
    given = call.members(_TICKET, ("user_id",))
    call.user_by_id(given["user_id"])
    ticket = call.tenant.entropy.transaction()
    return {"ticket_id": ticket, "ticket_url": f"{call.tenant.url}/mfa/enrollment?ticket={ticket}"}


def list_enrollments(call: ManagementCall) -> Json:
    """A user's confirmed Guardian enrollments."""
    user = call.user()
    return [_enrollment(entry) for entry in user.entries if entry.active and _is_enrollment(entry)]


def _is_enrollment(entry: Authenticator) -> bool:
    """Whether an authenticator is an enrollment. Two twins are one enrollment."""
    lesser = entry.factor in ("otp", "voice") and entry.twin is not None and not entry.twin.deleted
    return entry.factor in _AUTH_METHOD and not lesser


def _enrollment(entry: Authenticator) -> dict[str, Json]:
    body: dict[str, Json] = {
        "id": entry.id.partition("|")[2],
        "status": "confirmed" if entry.active else "pending",
        "enrolled_at": timestamp(entry.created_at),
        "auth_method": _AUTH_METHOD[entry.factor],
    }
    if entry.factor in _PHONE:
        return body | {"phone_number": entry.name}
    return body | {"name": entry.name} if entry.name else body


def _found(call: ManagementCall) -> tuple[User, Authenticator]:
    for user in call.tenant.users.values():
        for entry in user.entries:
            if _is_enrollment(entry) and entry.id.partition("|")[2] == call.parts["enrollment_id"]:
                return user, entry
    raise refused(404, "Enrollment not found", "enrollment_not_found")


def delete_enrollment(call: ManagementCall) -> None:
    """Delete an enrollment with its twin."""
    remove(call.tenant, *_found(call))


def delete_provider(call: ManagementCall) -> None:
    """Reset a provider. That google-authenticator deletes one-time passwords is a guess."""
    user, provider = call.user(), call.parts["provider"]
    if provider not in ("duo", "google-authenticator"):
        raise refused(400, "Path validation error: 'No enum match' on property provider.", "invalid_uri")
    for entry in [e for e in user.entries if e.factor == "otp" and e.twin is None and provider != "duo"]:
        remove(call.tenant, user, entry)


def forget_browsers(call: ManagementCall) -> None:
    """Forget remembered browsers. There are none, because the MFA API does not remember browsers."""
    call.user()
