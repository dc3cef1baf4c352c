"""The calls of the My Account API. ``bearer`` is an access token for its audience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .calls import NOWHERE, CallTemplate, Path
from .values import Side, Symbol, Value, resolve

METHODS: Final = "/me/v1/authentication-methods"
SCOPES: Final = {
    "me-factors": "read:me:factors",
    "me-list-methods": "read:me:authentication_methods",
    "me-create-method": "create:me:authentication_methods",
    "me-verify-method": "create:me:authentication_methods",
    "me-get-method": "read:me:authentication_methods",
    "me-update-method": "update:me:authentication_methods",
    "me-delete-method": "delete:me:authentication_methods",
}
"""Operation -> the scope that it needs."""
SCOPES_OF_ME: Final = " ".join(dict.fromkeys(SCOPES.values()))
"""All scopes of the API."""
METHOD_TYPE: Final = {
    "email": "email",
    "sms": "phone",
    "voice": "phone",
    "otp": "totp",
    "push": "push-notification",
    "recovery-code": "recovery-code",
}
"""Factor -> type of the method."""
WITH_CODE: Final = frozenset({"email", "phone", "totp"})
"""Types that are verified with a code."""


@dataclass(frozen=True, slots=True)
class WholePath(Symbol):
    """The path of a Location, as it came."""

    location: Value
    tail: str = ""

    def on(self, side: Side) -> str:
        return f"{resolve(self.location, side)}{self.tail}"


def audience_of(domain: str) -> str:
    """The audience of tokens for the API."""
    return f"https://{domain}/me/"


def me_factors(bearer: Value) -> CallTemplate:
    """List the factors that are on."""
    return CallTemplate("me-factors", "GET", "/me/v1/factors", bearer=bearer)


def me_list(bearer: Value, type_: str | None = None) -> CallTemplate:
    """List the user's methods, perhaps of one type only."""
    return CallTemplate("me-list-methods", "GET", METHODS + (f"?type={type_}" if type_ else ""), bearer=bearer)


def me_create(bearer: Value, factor: str, address: Value = None, /, **more: Value) -> CallTemplate:
    """Begin to enroll a factor; ``address`` is an email or a phone number."""
    params: dict[str, Value] = {"type": METHOD_TYPE.get(factor, factor)}
    if address is not None:
        params["email" if factor == "email" else "phone_number"] = address
    if factor == "voice":
        params["preferred_authentication_method"] = "voice"
    return CallTemplate("me-create-method", "POST", METHODS, {**params, **more}, bearer, factor=factor)


def me_verify(
    bearer: Value, identifier: Value, session: Value, code: Value = None, /, *, raw: bool = False, **more: Value
) -> CallTemplate:
    """Confirm a method: with a code, but for push-notification and recovery-code."""
    params: dict[str, Value] = {"auth_session": session}
    if code is not None:
        params["otp_code"] = code
    path = identifier if isinstance(identifier, WholePath) else Path(identifier, raw, METHODS, "/verify")
    return CallTemplate("me-verify-method", "POST", path, {**params, **more}, bearer)


def me_get(bearer: Value, identifier: Value, *, raw: bool = False) -> CallTemplate:
    """Get one of the user's methods."""
    path = identifier if isinstance(identifier, WholePath) else Path(identifier, raw, METHODS)
    return CallTemplate("me-get-method", "GET", path, bearer=bearer)


def me_update(bearer: Value, identifier: Value, /, *, raw: bool = False, **changed: Value) -> CallTemplate:
    """Change the name of a method, or the channel of a phone."""
    return CallTemplate("me-update-method", "PATCH", Path(identifier, raw, METHODS), changed, bearer)


def me_delete(bearer: Value, identifier: Value, *, raw: bool = False) -> CallTemplate:
    """Delete one of the user's methods."""
    return CallTemplate("me-delete-method", "DELETE", Path(identifier, raw, METHODS), bearer=bearer)


def me_each(
    bearer: Value, identifier: Value = NOWHERE, session: Value = "not-a-session", code: Value = "000000"
) -> dict[str, CallTemplate]:
    """Operation -> a call of it; the deletion is the last."""
    each = (
        me_factors(bearer),
        me_list(bearer),
        me_create(bearer, "otp"),
        me_verify(bearer, identifier, session, code),
        me_get(bearer, identifier),
        me_update(bearer, identifier, name="Old phone"),
        me_delete(bearer, identifier),
    )
    return {template.operation: template for template in each}
