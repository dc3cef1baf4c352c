"""Authentication methods: the authenticators of the MFA API as the Management API groups and names them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import RECOVERY
from pytest_auth0_mfa.tenant.enrollment import add, is_email, remove
from pytest_auth0_mfa.tenant.entities import Authenticator, RecoveryCode, User
from pytest_auth0_mfa.tenant.methods import (
    PHONES,
    describe,
    lead_of,
    leading,
    members_of,
    preferred_channel,
    recovery_born,
)
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import timestamp

from .call import ManagementCall, checked, invalid_body, refused, unsupported

_TYPE = {"otp": "totp", "sms": "phone", "voice": "phone", "email": "email", "push": "push"}
_NEW: dict[str, type] = {
    "type": str,
    "name": str,
    "email": str,
    "phone_number": str,
    "preferred_authentication_method": str,
    "totp_secret": str,
}
_NEEDS = {"email": "email", "phone": "phone_number", "totp": "totp_secret"}
_NOT_HERE = ("webauthn-roaming", "webauthn-platform", "passkey", "push", "guardian")
_SECRET = re.compile(r"[A-Z2-7]+")
_PHONE_NUMBER = re.compile(r"\+[0-9]{1,15}")


def methods(tenant: Tenant, user: User) -> list[Authenticator]:
    """The first authenticator of each listed method, in the recorded order: phones last.

    Pending ones are listed only if the profile says so (entry D-14 of the contract). A verified email that nobody
    enrolled is not listed: a recorded list of a user who has only that is empty.
    """
    pending = tenant.rules.management_lists_pending
    listed = [entry for entry in leading(user) if entry.active or pending]
    return sorted(listed, key=lambda entry: entry.factor in PHONES)


def view(tenant: Tenant, entry: Authenticator, *, masked: bool = True, stored: bool = True) -> dict[str, Json]:
    """A method as it is answered. ``stored`` adds whether it is confirmed; new and changed methods are answered
    without."""
    kind = _TYPE[entry.factor]
    suffix = entry.id.partition("|")[2]
    body: dict[str, Json] = {"id": f"phone|{suffix}" if kind == "phone" else entry.id, "type": kind}
    if stored:
        body["confirmed"] = entry.active
    name = entry.label or (entry.name if entry.factor == "push" else None)
    if name is not None:
        body["name"] = name
    if kind in ("email", "phone"):
        body["email" if kind == "email" else "phone_number"] = entry.name if masked else entry.address
    body["created_at"] = timestamp(entry.created_at)
    if kind == "phone":
        channels = [member.factor for member in members_of(entry)]
        body["preferred_authentication_method"] = preferred_channel(entry)
        body["authentication_methods"] = [{"id": f"{c}|{suffix}", "type": c} for c in PHONES if c in channels]
    elif entry.twin is not None:
        pair = entry if entry.factor == "push" else entry.twin
        body["link_id"] = pair.id.partition("|")[2]  # methods with the same link_id are deleted together
    return body


def _recovery_view(recovery: RecoveryCode, user: User) -> dict[str, Json]:
    born = timestamp(recovery_born(user))
    return {"id": recovery.id, "type": RECOVERY, "confirmed": recovery.active, "created_at": born}


def rows(tenant: Tenant, user: User) -> list[dict[str, Json]]:
    """Every listed method, the recovery code last."""
    listed = [view(tenant, entry) for entry in methods(tenant, user)]
    recovery = user.recovery
    if recovery is not None and (recovery.active or tenant.rules.management_lists_pending):
        listed.append(_recovery_view(recovery, user))
    return listed


def list_methods(call: ManagementCall) -> Json:
    """A page of the user's methods."""
    return call.page(rows(call.tenant, call.user()), "authenticators")


def _unknown() -> Exception:
    return refused(404, "Authentication method not found.", "authentication_method_not_found")


def _found(call: ManagementCall, user: User) -> Authenticator:
    """The authenticator that the path names by its own id, or by the id of its phone."""
    kind, _, suffix = call.parts["method_id"].partition("|")
    kinds = PHONES if kind == "phone" else (kind,)
    for entry in user.entries:
        own, _, end = entry.id.partition("|")
        if end == suffix and own in kinds:
            return entry
    raise _unknown()


def get_method(call: ManagementCall) -> Json:
    """One method, if it would be listed."""
    user = call.user()
    recovery = user.recovery
    if recovery is not None and recovery.id == call.parts["method_id"]:
        shown = [row for row in rows(call.tenant, user) if row["id"] == recovery.id]
        if shown:
            return shown[0]
        raise _unknown()
    entry = _found(call, user)
    if not entry.active and not call.tenant.rules.management_lists_pending:
        raise _unknown()
    return view(call.tenant, lead_of(entry))


@dataclass(frozen=True, slots=True)
class NewMethod:
    """A checked request for a new method."""

    factor: str
    address: str | None
    secret: str | None
    label: str | None
    preferred: str | None


def new_method(value: Json) -> NewMethod:
    """Check the request for a new method. Refuses what is not as documented."""
    given = checked(value, _NEW, ("type",))
    kind = given["type"]
    if kind in _NOT_HERE:
        raise unsupported(f"authentication method of type {kind!r} that this call could create")
    if kind not in _NEEDS:
        raise invalid_body("No enum match on property type")
    if _NEEDS[kind] not in given:
        raise invalid_body(f"Missing required property: {_NEEDS[kind]}")
    preferred = given.get("preferred_authentication_method")
    if preferred not in (None, *PHONES):
        raise invalid_body("No enum match on property preferred_authentication_method")
    if kind == "totp":
        if not _SECRET.fullmatch(given["totp_secret"]):
            raise invalid_body("String does not match pattern ^[A-Z2-7]+$ on property totp_secret")
        return NewMethod("otp", None, given["totp_secret"], given.get("name"), None)
    if kind == "email" and not is_email(given["email"]):
        raise invalid_body("Object didn't pass validation for format email")
    if kind == "phone" and not _PHONE_NUMBER.fullmatch(given["phone_number"]):
        raise invalid_body("String does not match pattern ^\\+[0-9]{1,15}$ on property phone_number")
    factor = "email" if kind == "email" else preferred or "sms"
    return NewMethod(factor, given[_NEEDS[kind]], None, given.get("name"), preferred if kind == "phone" else None)


def create(tenant: Tenant, user: User, new: NewMethod) -> Authenticator:
    """Add a confirmed method, without a recovery code."""
    entry = add(tenant, user, new.factor, new.address)
    entry.activate()
    for member in members_of(entry):
        member.label, member.preferred = new.label, new.preferred
    if new.secret is not None:
        entry.secret = new.secret
    return lead_of(entry)


def create_method(call: ManagementCall) -> Json:
    """Create a method. Refuses an address that the user has already enrolled."""
    user = call.user()
    new = new_method(call.body())
    if new.address is not None and any(
        e.active and e.address == new.address and _TYPE[e.factor] == _TYPE[new.factor] for e in user.entries
    ):
        raise refused(409, "The authentication method already exists.", "authentication_method_already_exists")
    return view(call.tenant, create(call.tenant, user, new), stored=False)


def replace_methods(call: ManagementCall) -> Json:
    """Delete all methods and create those of the body. Addresses in the answer are not masked."""
    user = call.user()
    given = call.body()
    if not isinstance(given, list):
        raise invalid_body("Expected type array")
    new = [new_method(item) for item in given]
    remove_all(user)
    made = [create(call.tenant, user, method) for method in new]
    return [view(call.tenant, entry, masked=False, stored=False) for entry in made]


def update_method(call: ManagementCall) -> Json:
    """Rename a method, or set the preferred channel of a phone."""
    user = call.user()
    entry = _found(call, user)
    given = call.members({"name": str, "preferred_authentication_method": str})
    preferred = given.get("preferred_authentication_method")
    if preferred is not None and (entry.factor not in PHONES or preferred not in PHONES):
        raise invalid_body("No enum match on property preferred_authentication_method")
    describe(entry, given.get("name"), preferred)
    return view(call.tenant, lead_of(entry), stored=False)


def remove_all(user: User) -> None:
    """Delete all enrolled authenticators and the recovery code. A verified email remains."""
    for entry in user.entries:
        entry.deleted = True
    user.entries.clear()
    user.recovery = None


def delete_method(call: ManagementCall) -> None:
    """Delete a method and its twin, even a pending one."""
    user = call.user()
    if user.recovery is not None and user.recovery.id == call.parts["method_id"]:
        user.recovery = None
        return
    remove(call.tenant, user, _found(call, user))


def delete_methods(call: ManagementCall) -> None:
    """Delete all methods."""
    remove_all(call.user())


def regenerate_recovery_code(call: ManagementCall) -> Json:
    """Give the user a new recovery code. The old one no longer works."""
    tenant, user = call.tenant, call.user()
    if user.recovery is None:
        user.recovery = RecoveryCode(f"{RECOVERY}|{tenant.entropy.device_suffix()}", "")
    user.recovery.code = tenant.entropy.recovery_code()
    user.recovery.active = True
    return {"recovery_code": user.recovery.code}
