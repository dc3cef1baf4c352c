"""Users in the control plane: their authenticators, messages and push requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import FACTORS
from pytest_auth0_mfa.tenant.enrollment import remove
from pytest_auth0_mfa.tenant.entities import Authenticator, User

from . import views
from .call import ControlCall, Node, Readers, mapping, members, texts, times, whole_number


def _flag_or_null(node: Node) -> bool | None:
    return None if node.value is None else node.flag()


_CHANGE: Readers = {
    "email": Node.text,
    "password": Node.text,
    "email_verified": Node.flag,
    "phone_number": Node.text,
    "mfa": _flag_or_null,
    "blocked": Node.flag,
    "claims": mapping,
    "permissions": texts,
}
_CUSTOM: tuple[str, ...] = ("claims", "permissions")
_CREATE: Readers = {
    **{name: reader for name, reader in _CHANGE.items() if name != "blocked"},
    "user_id": Node.text,
    "authenticators": lambda node: [_enrollment(item) for item in node.items()],
}
_ENROLL: Readers = {
    "factor": lambda node: node.choice(FACTORS),
    "email": Node.text,
    "phone_number": Node.text,
    "active": Node.flag,
}
_ACCESS_TOKEN: Readers = {"scope": Node.text, "audience": Node.text, "client_id": Node.text, "jkt": Node.text}
_REFRESH_TOKEN: Readers = {"scope": Node.text, "audience": Node.text, "client_id": Node.text, "token": Node.text}


def _enrollment(node: Node) -> dict[str, Any]:
    """The keywords of `User.enroll`: a factor's name, or an object."""
    if isinstance(node.value, str):
        return {"factor": node.choice(FACTORS)}
    return members(node, _ENROLL, "factor")


def list_users(call: ControlCall) -> Json:
    """Every user."""
    return [views.user(user) for user in call.tenant.users.values()]


def get_user(call: ControlCall) -> Json:
    """One user."""
    return views.user(call.user())


def create_user(call: ControlCall) -> Json:
    """As `Tenant.add_user` and `User.enroll`. If an enrollment fails, no user is added."""
    given = call.members(_CREATE)
    enrollments = given.pop("authenticators", [])
    custom = {name: given.pop(name) for name in _CUSTOM if name in given}
    user = call.tenant.add_user(**given)
    _set_claims(user, custom)
    try:
        for keywords in enrollments:
            user.enroll(**keywords)
    except ConfigurationError:
        call.tenant.remove_user(user)
        raise
    return views.user(user)


def update_user(call: ControlCall) -> Json:
    """Change the given members of a user."""
    user = call.user()
    given = call.members(_CHANGE)
    if "email" in given:
        call.tenant.rename_user(user, given.pop("email"))
    _set_claims(user, {name: given.pop(name) for name in _CUSTOM if name in given})
    for name, value in given.items():
        setattr(user, name, value)
    return views.user(user)


def _set_claims(user: User, given: dict[str, Any]) -> None:
    permissions = given.get("permissions", user.claims.get("permissions"))
    if "claims" in given:
        user.claims.clear()
        user.claims.update(given["claims"])
    if permissions:
        user.claims["permissions"] = permissions
    else:
        user.claims.pop("permissions", None)


def delete_user(call: ControlCall) -> Json:
    """Delete a user."""
    user = call.user()
    call.tenant.remove_user(user)
    return {"deleted": user.id}


def import_all(call: ControlCall) -> Json:
    """Add users. The body has the file format of Auth0's bulk import."""
    from pytest_auth0_mfa.app.management.imports import import_users

    if not isinstance(call.body.value, list):
        raise call.body.wrong("a list of users")
    return import_users(call.tenant, call.body.value)


def enroll(call: ControlCall) -> Json:
    """As `User.enroll`."""
    return views.authenticator(call.user().enroll(**_enrollment(call.body)))


def list_authenticators(call: ControlCall) -> Json:
    """The authenticators of a user."""
    return [views.authenticator(entry) for entry in call.user().authenticators]


def delete_one(call: ControlCall) -> Json:
    """Delete an authenticator and its twin."""
    user = call.user()
    entry = entry_of(user, call.parts["authenticator"])
    remove(call.tenant, user, entry)
    return {"deleted": entry.id}


def entry_of(user: User, authenticator_id: str) -> Authenticator:
    """An enrolled authenticator by id. Raises LookupError, which suggests the closest."""
    entry = next((authenticator for authenticator in user.entries if authenticator.id == authenticator_id), None)
    if entry is None:
        known = closest(authenticator_id, [authenticator.id for authenticator in user.entries])
        raise LookupError(f"{user.email} has enrolled no authenticator {authenticator_id!r}. {known}".strip())
    return entry


def create_refresh_token(call: ControlCall) -> Json:
    """As `User.refresh_token`."""
    user, given = call.user(), call.members(_REFRESH_TOKEN)
    _check_application(call, given)
    return {"refresh_token": user.refresh_token(**given)}


def create_access_token(call: ControlCall) -> Json:
    """As `User.access_token`."""
    user, given = call.user(), call.members(_ACCESS_TOKEN)
    _check_application(call, given)
    return {"access_token": user.access_token(**given)}


def _check_application(call: ControlCall, given: Mapping[str, Json]) -> None:
    if given.get("client_id", call.tenant.client_id) not in call.tenant.applications:
        known = closest(given["client_id"], call.tenant.applications)
        raise LookupError(f"there is no application {given['client_id']!r}. {known}")


def list_messages(call: ControlCall) -> Json:
    """The messages of the outbox, oldest first."""
    asked = call.query("user", "channel", "after")
    user = call.user_of(asked["user"]) if "user" in asked else None
    after = whole_number(asked.get("after", "0"), "after")
    return [
        views.message(message, place)
        for place, message in enumerate(call.tenant.outbox, start=call.tenant.outbox.dropped + 1)
        if place > after
        and (user is None or message.user is user)
        and asked.get("channel", message.channel) == message.channel
    ]


def latest_message(call: ControlCall) -> Json:
    """The newest message. If there is none, a 404 that lists what was sent."""
    asked = call.query("user", "channel", "after")
    found = list_messages(call)
    if found:
        return found[-1]
    user = call.user_of(asked["user"]) if "user" in asked else None
    call.tenant.outbox.latest(user, asked.get("channel"))  # type: ignore[arg-type]  # may raise
    raise LookupError(f"no such message was sent after the one with id {asked['after']}")


def fail_next_message(call: ControlCall) -> Json:
    """As `Outbox.fail_next`."""
    given = call.members({"channel": Node.text, "times": times}, "channel")
    call.tenant.outbox.fail_next(**given)
    return {"channel": given["channel"], "times": given.get("times", 1)}


def list_push_requests(call: ControlCall) -> Json:
    """The push requests that wait for an answer."""
    tenant = call.tenant
    return [
        views.push_request(request) for user in tenant.users.values() for request in tenant.push.open_requests(user)
    ]


def approve(call: ControlCall) -> Json:
    """Approve a user's newest open push request."""
    return _answer_push(call, call.tenant.push.approve)


def reject(call: ControlCall) -> Json:
    """Reject a user's newest open push request."""
    return _answer_push(call, call.tenant.push.reject)


def _answer_push(call: ControlCall, answer: Callable[[User], None]) -> Json:
    user = call.user_of(call.members({"user": Node.text}, "user")["user"])
    request = call.tenant.push.open_requests(user)[-1:]
    answer(user)
    return views.push_request(request[0])


def approve_after(call: ControlCall) -> Json:
    """As `Push.approve_after`."""
    given = call.members({"user": Node.text, "polls": Node.count}, "polls")
    user = call.user_of(given["user"]) if "user" in given else None
    call.tenant.push.approve_after(given["polls"], user)
    return given
