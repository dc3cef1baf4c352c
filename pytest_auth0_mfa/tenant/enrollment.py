"""Authenticators: enrolling, confirming, listing and deleting them, with their twins and the recovery code."""

from __future__ import annotations

import re
from typing import TypeGuard
from urllib.parse import quote

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CHANNEL, CUSTOMIZABLE_TYPE, FACTOR_OF_CHANNEL, KIND, RECOVERY, TYPE

from .arguments import check_factor
from .challenges import new_challenge
from .entities import Authenticator, RecoveryCode, User
from .issued import Session
from .limits import AUTHENTICATORS
from .state import TenantState

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+\.[^\s@\x00-\x1f]+")
LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
PROVIDER_NAMES = {"sms": "SMS", "voice": "Voice", "email": "Email", "push": "Push Notification"}


def is_email(address: str) -> bool:
    """Whether the text looks like an email address. Long texts are refused first: matching is not linear."""
    return len(address) <= LONGEST_EMAIL and _EMAIL.fullmatch(address) is not None


def is_phone_number(number: str) -> bool:
    """Whether the text is a phone number of E.164, with its plus sign."""
    return _PHONE.fullmatch(number) is not None


def chosen_factor(tenant: TenantState, types: list[str], channels: list[str]) -> str:
    """The factor that an association requests: section 4 of the contract."""
    for kind in types:
        if kind not in ("otp", "oob"):
            raise tenant.refusal("unsupported_authenticator", name=kind)
    for channel in channels:
        if channel not in FACTOR_OF_CHANNEL and "oob" in types:
            raise tenant.refusal("unsupported_authenticator", name=channel)
    if (len(types) > 1 or len(channels) > 1) and tenant.rules.several_values == "refused":
        raise tenant.refusal("wrong_type", name="authenticator_types" if len(types) > 1 else "oob_channels")
    if "oob" in types and not channels and types[0] == "oob":
        raise tenant.refusal("missing_parameter", name="oob_channels")
    wanted: list[str] = []
    for kind in dict.fromkeys(types):
        wanted += ["otp"] if kind == "otp" else [FACTOR_OF_CHANNEL[c] for c in dict.fromkeys(channels)]
    for factor in wanted:
        if factor in tenant.factors:
            return factor
    raise tenant.refusal("disabled_factor", name=wanted[0] if wanted else types[0])


def address_for(
    tenant: TenantState, user: User, factor: str, email: str | None, phone_number: str | None
) -> str | None:
    """The checked address or number for messages of ``factor``; None for otp and push."""
    if factor in ("sms", "voice"):
        if phone_number is None:
            raise tenant.refusal("missing_parameter", name="phone_number")
        number = phone_number
        if not is_phone_number(number) and tenant.rules.spaces_in_phone_number:
            number = re.sub(r"[ \-()]", "", number)
        if not is_phone_number(number):
            raise tenant.refusal("invalid_phone_number")
        return number
    if factor == "email":
        if email is None and not tenant.rules.email_optional:
            raise tenant.refusal("missing_parameter", name="email")
        address = email or user.email
        if not is_email(address):
            raise tenant.refusal("invalid_email")
        return address
    return None


def associate(
    tenant: TenantState,
    session: Session,
    types: list[str],
    channels: list[str],
    email: str | None,
    phone_number: str | None,
) -> dict[str, Json]:
    """Enroll a pending authenticator and send its first code or push request: entries A1 to A13."""
    user = session.user
    factor = chosen_factor(tenant, types, channels)
    if session.demand.enroll is not None and factor not in session.demand.enroll:
        raise tenant.refusal("disabled_factor", name=factor)
    address = address_for(tenant, user, factor, email, phone_number)
    if session.is_mfa_token and user.enrolled:
        raise tenant.refusal("already_enrolled")
    if len(user.authenticators) + new_entries(tenant, factor) > AUTHENTICATORS:
        raise tenant.refusal("authenticator_limit")
    twice = factor == "email" and any(a.active and a.factor == "email" and a.address == address for a in user.entries)
    if twice and not tenant.rules.duplicate_email:
        raise tenant.refusal("email_enrolled_twice")
    if factor != "otp":
        tenant.check_message(user, factor)
        if tenant.outbox.provider_fails(factor):
            raise tenant.refusal("provider_failure", what=PROVIDER_NAMES[factor])
    authenticator = add(tenant, user, factor, address)
    return _answer(tenant, session, authenticator, first_recovery_code(tenant, user, authenticator))


def new_entries(tenant: TenantState, factor: str) -> int:
    """How many authenticators an association adds to the user's list."""
    return 2 if factor == "push" or (factor in ("sms", "voice") and {"sms", "voice"} <= tenant.factors) else 1


def add(tenant: TenantState, user: User, factor: str, address: str | None) -> Authenticator:
    """Add a pending authenticator and its twin: sms and voice have the same id suffix; push comes with a totp."""
    suffix = tenant.entropy.device_suffix()

    def entry(kind: str, suffix: str) -> Authenticator:
        secret = tenant.entropy.totp_secret() if kind == "otp" else None
        made = Authenticator(f"{KIND[kind]}|{suffix}", kind, tenant, address=address, secret=secret)
        user.entries.append(made)
        return made

    first = entry(factor, suffix)
    twin: Authenticator | None = None
    if factor == "push":
        twin = entry("otp", tenant.entropy.device_suffix())
        twin.address = None
    elif factor in ("sms", "voice") and {"sms", "voice"} <= tenant.factors:
        twin = entry("voice" if factor == "sms" else "sms", suffix)
    if twin is not None:
        first.twin, twin.twin = twin, first
    return first


def first_recovery_code(tenant: TenantState, user: User, authenticator: Authenticator) -> str | None:
    """The recovery code that is issued with the first association: entry A5. None for later ones."""
    if RECOVERY not in tenant.factors:
        return None
    if user.recovery is not None:
        if user.recovery.active or not tenant.rules.recovery_code_reissued:
            return None
        user.recovery.code = tenant.entropy.recovery_code()
        return user.recovery.code
    user.recovery = RecoveryCode(f"{RECOVERY}|{tenant.entropy.device_suffix()}", tenant.entropy.recovery_code())
    user.recovery.created_with = authenticator
    return user.recovery.code


def set_recovery_code(tenant: TenantState, user: User, code: str) -> None:
    """Set a user's recovery code, as a test does. A new one is active; one that is still pending stays pending."""
    if user.recovery is None:
        user.recovery = RecoveryCode(f"{RECOVERY}|{tenant.entropy.device_suffix()}", code)
        user.recovery.active = True
    user.recovery.code = code


def _answer(
    tenant: TenantState, session: Session, authenticator: Authenticator, recovery_code: str | None
) -> dict[str, Json]:
    factor = authenticator.factor
    body: dict[str, Json] = {"authenticator_type": "otp" if factor == "otp" else "oob"}
    if factor == "otp":
        body["secret"] = authenticator.secret
        body["barcode_uri"] = otp_uri(tenant, session.user.email, authenticator)
    elif factor == "push":
        base = "https://tenant.guardian.us.auth0.com" if tenant.rules.guardian_base_url else tenant.url
        body["barcode_uri"] = guardian_uri(tenant, session.user.email, base)
    else:
        body["binding_method"] = "prompt"
    if recovery_code is not None:
        body["recovery_codes"] = [recovery_code]
    if factor != "otp":
        body[tenant.rules.oob_channel_name] = CHANNEL[factor]
        body["oob_code"] = new_challenge(tenant, session, authenticator).oob_code
    return body


def otp_uri(tenant: TenantState, account: str, authenticator: Authenticator) -> str:
    """The otpauth URI in the QR code for an authenticator app. ``account`` is how the app names the user."""
    return (
        f"otpauth://totp/{_label(tenant, account)}?secret={authenticator.secret}&issuer={quote(tenant.domain, safe='')}"
        "&algorithm=SHA1&digits=6&period=30"
    )


def guardian_uri(tenant: TenantState, account: str, base: str) -> str:
    """The URI in the QR code for Guardian, which receives push requests."""
    transaction = tenant.entropy.transaction()
    return f"otpauth://totp/{_label(tenant, account)}?enrollment_tx_id={transaction}&base_url={quote(base, safe='')}"


def _label(tenant: TenantState, account: str) -> str:
    return f"{quote(tenant.domain, safe='')}:{quote(account, safe='')}"


def enroll(
    tenant: TenantState, user: User, factor: str, *, email: str | None, phone_number: str | None, active: bool
) -> Authenticator:
    """Add an authenticator as if the user had enrolled it before. Raises ConfigurationError."""
    check_factor(factor)
    if factor not in tenant.factors:
        on = ", ".join(repr(f) for f in sorted({*tenant.factors, factor}))
        raise ConfigurationError(f"the factor {factor!r} is off on this tenant: add it, as in Tenant(factors={{{on}}})")
    if (email is not None and factor != "email") or (phone_number is not None and factor not in ("sms", "voice")):
        raise ConfigurationError(f"enroll({factor!r}): email is for 'email', phone_number for 'sms' and 'voice'")
    address = None
    if factor == "email":
        address = email or user.email
        if not is_email(address):
            raise ConfigurationError(f"enroll('email'): {address!r} is no email address")
    elif factor in ("sms", "voice"):
        address = phone_number or user.phone_number
        if not is_phone_number(address):
            raise ConfigurationError(f"enroll({factor!r}): {address!r} is no E.164 number, such as +15550100123")
    authenticator = add(tenant, user, factor, address)
    first_recovery_code(tenant, user, authenticator)
    if active:
        confirm(tenant, user, authenticator)
    return authenticator


def confirm(tenant: TenantState, user: User, authenticator: Authenticator) -> None:
    """Activate an authenticator, its twin and the recovery code: section 3.2 of the contract."""
    authenticator.activate()
    if user.recovery is not None:
        user.recovery.active = True


def authenticator_rows(tenant: TenantState, session: Session) -> list[dict[str, Json]]:
    """The authenticators of a session's user as ``GET /mfa/authenticators`` shows them: section 5 of the contract.

    By default: in order of creation, the recovery code right after the factor that it came with, a verified email
    last.
    """
    user, typed = session.user, _has_type(tenant, session)
    listed = []
    recovery = user.recovery
    brought = None if recovery is None else recovery.created_with
    if brought in user.entries and _is_phone_pair(brought) and tenant.rules.recovery_code_after_twin:
        brought = brought.twin
    for entry in user.entries:
        listed.append(_row(tenant, entry.id, entry.factor, entry.active, entry.name, typed=typed))
        if recovery is not None and brought is entry:
            listed.append(_row(tenant, recovery.id, RECOVERY, recovery.active, None, typed=typed))
    if recovery is not None and brought not in user.entries:
        listed.append(_row(tenant, recovery.id, RECOVERY, recovery.active, None, typed=typed))
    if len(listed) > 1 and tenant.rules.newest_first:
        listed.reverse()
    implicit = tenant.implicit_email(user)
    if implicit is not None:
        first = bool(listed) and tenant.rules.implicit_email_first
        listed.insert(0 if first else len(listed), _row(tenant, implicit.id, "email", True, implicit.name, typed=typed))
    return listed


def _is_phone_pair(entry: Authenticator | None) -> TypeGuard[Authenticator]:
    """Whether the authenticator is sms or voice, enrolled together with the other one."""
    return entry is not None and entry.factor in ("sms", "voice") and entry.twin is not None


def _has_type(tenant: TenantState, session: Session) -> bool:
    """Whether listed authenticators carry ``type``: section 2.3 of the contract.

    If mfa_required named factors, clients need ``type`` to find the authenticators of those factors.
    """
    shown = tenant.rules.rows_have_type
    # From `profile`, not `rules`: this read must not be recorded, since `rows_have_type` already explains the list.
    named = tenant.profile.mfa_requirements or session.demand.names_factors
    return shown == "always" or (shown == "with-requirements" and named)


def _row(tenant: TenantState, id: str, factor: str, active: bool, name: str | None, *, typed: bool) -> dict[str, Json]:
    row: dict[str, Json] = {"type": CUSTOMIZABLE_TYPE[factor]} if typed else {}
    row |= {"id": id, "authenticator_type": TYPE[factor], "active": active}
    if factor in CHANNEL:
        row[tenant.rules.oob_channel_name] = CHANNEL[factor]
    if name is not None:
        row["name"] = name
    return row


def delete_authenticator(tenant: TenantState, user: User, authenticator_id: str) -> None:
    """Delete an authenticator and its twin: section 6 of the contract."""
    implicit = tenant.implicit_email(user)
    if implicit is not None and implicit.id == authenticator_id:
        raise tenant.refusal("delete_implicit_email")
    if user.recovery is not None and user.recovery.id == authenticator_id:
        if tenant.rules.delete_recovery_code != "204":
            raise tenant.refusal("delete_recovery_code")
        user.recovery = None
        return
    found = next((entry for entry in user.entries if entry.id == authenticator_id), None)
    if found is None:
        raise tenant.refusal("delete_unknown")
    if not found.active and tenant.rules.delete_pending != "204":
        raise tenant.refusal("delete_pending")
    remove(tenant, user, found)


def remove(tenant: TenantState, user: User, authenticator: Authenticator) -> None:
    """Delete an authenticator and its twin; with the last one goes the recovery code, if the profile says so."""
    for gone in (authenticator, authenticator.twin):
        if gone is not None:
            gone.deleted = True
    user.entries[:] = [entry for entry in user.entries if not entry.deleted]
    if not user.entries and user.recovery is not None and tenant.rules.last_deletion_removes_recovery_code:
        user.recovery = None
