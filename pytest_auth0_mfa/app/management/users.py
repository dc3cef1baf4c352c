"""The users of the Management API."""

from __future__ import annotations

import re
from typing import Any

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.enrollment import is_email
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import picture, timestamp

from .call import ManagementCall, invalid_body, refused

CONNECTION = "Username-Password-Authentication"
_SHOWN = ("name", "nickname", "given_name", "family_name", "picture", "username", "phone_number", "phone_verified")
_METADATA = ("user_metadata", "app_metadata")
ATTRIBUTES: dict[str, type] = dict.fromkeys(_SHOWN, str) | {"phone_verified": bool} | dict.fromkeys(_METADATA, dict)
_COMMON: dict[str, type] = {
    **ATTRIBUTES,
    "connection": str,
    "email": str,
    "email_verified": bool,
    "blocked": bool,
    "password": str,
    "verify_email": bool,
}
_CREATE = {**_COMMON, "user_id": str}
_UPDATE = {**_COMMON, "client_id": str, "verify_phone_number": bool, "verify_password": bool}
_TERM = re.compile(r'(?P<field>email|user_id):(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"*]+))')


def view(user: User) -> dict[str, Json]:
    """A user as it is answered, its members in the recorded order."""
    kept = user.attributes
    provider, _, number = user.id.partition("|")
    body: dict[str, Json] = {"blocked": True} if user.blocked else {}
    body |= {
        "created_at": timestamp(user.created_at),
        "email": user.email,
        "email_verified": user.email_verified,
        "identities": [
            {
                "connection": kept.get("connection", CONNECTION),
                "user_id": number or user.id,
                "provider": provider,
                "isSocial": False,
            }
        ],
        "name": user.email,
        "nickname": user.email.partition("@")[0],
        "picture": picture(user),
        "updated_at": timestamp(kept.get("updated_at", user.created_at)),
        "user_id": user.id,
    }
    return body | {name: kept[name] for name in (*_SHOWN, *_METADATA) if name in kept}


def list_users(call: ManagementCall) -> Json:
    """List all users, or search them by email or id."""
    found = list(call.tenant.users.values())
    query = call.query("q")
    if query is not None:
        term = _TERM.fullmatch(query.strip())
        if term is None:
            raise refused(
                400,
                'pytest-auth0-mfa: the fake searches by email:"..." or user_id:"..." only.',
                "invalid_query_string",
            )
        wanted = (term["quoted"] if term["quoted"] is not None else term["plain"]).lower()
        found = [u for u in found if (u.email if term["field"] == "email" else u.id).lower() == wanted]
    return call.page([_fields(call, view(user)) for user in found], "users")


def _fields(call: ManagementCall, row: dict[str, Json]) -> dict[str, Json]:
    """The members that ``fields`` names or, with ``include_fields=false``, the others."""
    names = call.query("fields")
    if names is None:
        return row
    keep = (call.query("include_fields") or "true").lower() != "false"
    return {name: value for name, value in row.items() if (name in names.split(",")) == keep}


def users_by_email(call: ManagementCall) -> Json:
    """The users with an email: a list of none or one."""
    email = call.query("email")
    if email is None:
        raise refused(400, "Query validation error: 'Missing required property: email'.", "invalid_query_string")
    user = call.tenant.user_by_email(email)
    return [] if user is None else [_fields(call, view(user))]


def get_user(call: ManagementCall) -> Json:
    """One user."""
    return _fields(call, view(call.user()))


def create_user(call: ManagementCall) -> Json:
    """Create a user, who follows the tenant's policy."""
    given = call.members(_CREATE, ("connection", "email", "password"))
    tenant = call.tenant
    own_id = given.get("user_id")
    _check_new(tenant, given["email"], own_id and f"auth0|{own_id}")
    return view(add(tenant, given))


def add(tenant: Tenant, given: dict[str, Any]) -> User:
    """Add a user from checked values."""
    own_id = given.get("user_id")
    user = tenant.add_user(
        given["email"],
        given.get("password"),
        email_verified=given.get("email_verified", False),
        phone_number=given.get("phone_number"),
        user_id=f"auth0|{own_id}" if own_id else None,
    )
    user.blocked = given.get("blocked", False)
    user.attributes = {name: given[name] for name in (*ATTRIBUTES, "connection") if name in given}
    return user


def _check_new(tenant: Tenant, email: str, user_id: str | None) -> None:
    if not is_email(email):
        raise invalid_body("Object didn't pass validation for format email")
    if tenant.user_by_email(email) is not None or user_id in tenant.users:
        raise refused(409, "The user already exists.", "auth0_idp_error")


def update_user(call: ManagementCall) -> Json:
    """Change a user. Metadata is merged; a member of it that is ``null`` is removed."""
    tenant, user = call.tenant, call.user()
    given = call.members(_UPDATE)
    if "email" in given and "password" in given:
        raise refused(400, "Cannot update password and email simultaneously", "operation_not_supported")
    if "password" in given and not given["password"]:
        raise invalid_body("String is too short (0 chars), minimum 1 on property password")
    email = given.get("email", user.email)
    if email.lower() != user.email.lower():
        _check_new(tenant, email, None)
    if email != user.email:
        tenant.rename_user(user, email)
        user.email_verified = False
    for name in ("password", "blocked", "email_verified", "phone_number"):
        if name in given:
            setattr(user, name, given[name])
    if given.get("blocked") is False:
        user.failed_logins = 0
    for name in (*ATTRIBUTES, "connection"):
        if name in _METADATA and name in given:
            merged = {**user.attributes.get(name, {}), **given[name]}
            user.attributes[name] = {key: value for key, value in merged.items() if value is not None}
        elif name in given:
            user.attributes[name] = given[name]
    user.attributes["updated_at"] = tenant.clock.now()
    return view(user)


def delete_user(call: ManagementCall) -> None:
    """Delete a user with all authenticators. An unknown user is no error."""
    user = call.tenant.users.get(call.parts["user_id"])
    if user is not None:
        call.tenant.remove_user(user)
