"""The calls of the My Account API in an example, with one access token: enrolling and managing on the user's own
page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.entities import User

from .asked import Asked
from .example import ClientExample
from .judged import GRANTED, GivenAnswer, Token

SCOPES: Final = (
    "read:me:factors create:me:authentication_methods read:me:authentication_methods "
    "update:me:authentication_methods delete:me:authentication_methods"
)
FACTOR_OF: Final[Mapping[str, str]] = {
    "email": "email",
    "phone": "sms",
    "totp": "otp",
    "push-notification": "push",
    "recovery-code": "recovery-code",
}
"""Type of a method -> factor, as coverage counts it. A phone that is called counts as one that is texted."""


def key_of(made: Mapping[str, Json]) -> str:
    """The key of an authenticator app, which the barcode of its enrollment holds."""
    return parse_qs(urlsplit(made["barcode_uri"]).query)["secret"][0]


class OwnPage:
    """The user's own page, as somebody sees it who has an access token for it."""

    def __init__(self, example: ClientExample, token: Token) -> None:
        self.example = example
        self.token = token

    @classmethod
    def of(cls, example: ClientExample, user: User, scope: str = SCOPES) -> OwnPage:
        """The page of a user, with an access token of an earlier login."""
        return cls(example, example.earlier_token(user, scope))

    @property
    def user(self) -> User:
        """The user whose page it is."""
        return self.token.user

    def factors(self, *, expect: str | None = GRANTED) -> GivenAnswer:
        """List the factors that the user can enroll."""
        return self._call("me_factors", "", {}, expect)

    def methods(self, type: str | None = None, *, expect: str | None = GRANTED) -> GivenAnswer:
        """List the user's methods, or those of one type."""
        more = {} if type is None else {"type": type}
        return self._call("me_list_methods", _shown(more), {"type": type}, expect, **more)

    def create(
        self,
        type: str,
        *,
        channel: str | None = None,
        phone_number: str | None = None,
        expect: str | None = GRANTED,
    ) -> GivenAnswer:
        """Begin to enroll a method, with the user's own address. ``channel``: ``sms`` or ``voice``, for a phone."""
        more: dict[str, str] = {}
        if type == "email":
            more["email"] = self.user.email
        elif type == "phone":
            more["phone_number"] = phone_number or self.user.phone_number
        hidden = "".join(f", {name}=..." for name in more)
        named = {} if channel is None else {"preferred_authentication_method": channel}
        asked = Asked(
            "me_create_method",
            f"{self.token.name}, {type!r}{hidden}{_shown(named)}",
            self.user,
            bearer=self.token.true,
            params={"type": type, "email": None, "phone_number": None, **_channel(channel), **more},
            factor=FACTOR_OF[type],
        )
        return self.example.call(asked, expect, self.token.held, type, **more, **named)

    def verify(
        self, method_id: str, auth_session: str, otp_code: str | None = None, *, expect: str | None = GRANTED
    ) -> GivenAnswer:
        """Confirm a method with the session of its enrollment and, where there is one, the code."""
        args = [auth_session] if otp_code is None else [auth_session, otp_code]
        shown = f", {_kind(method_id)}, auth_session{'' if otp_code is None else ', otp_code'}"
        params = {"auth_session": auth_session, "otp_code": otp_code}
        return self._call("me_verify_method", shown, params, expect, *args, method_id=method_id)

    def get(self, method_id: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Get one method."""
        return self._call("me_get_method", f", {_kind(method_id)}", {}, expect, method_id=method_id)

    def update(
        self, method_id: str, *, name: str | None = None, channel: str | None = None, expect: str | None = GRANTED
    ) -> GivenAnswer:
        """Rename a method, or change the channel of a phone."""
        params = {"name": name, **_channel(channel)}
        more = {name: value for name, value in params.items() if value is not None}
        shown = f", {_kind(method_id)}{_shown(more)}"
        return self._call("me_update_method", shown, params, expect, method_id=method_id, **more)

    def delete(self, method_id: str, *, expect: str | None = GRANTED) -> GivenAnswer:
        """Delete a method."""
        return self._call("me_delete_method", f", {_kind(method_id)}", {}, expect, method_id=method_id)

    def _call(
        self,
        method: str,
        shown: str,
        params: Mapping[str, str | None],
        expect: str | None,
        *args: str,
        method_id: str | None = None,
        **more: str,
    ) -> GivenAnswer:
        asked = Asked(
            method,
            f"{self.token.name}{shown}",
            self.user,
            bearer=self.token.true,
            params=params,
            factor=FACTOR_OF.get((method_id or "").partition("|")[0]),
            authenticator_id=method_id,
        )
        named = () if method_id is None else (method_id,)
        return self.example.call(asked, expect, self.token.held, *named, *args, **more)


def _channel(channel: str | None) -> dict[str, str | None]:
    return {"preferred_authentication_method": channel}


def _kind(method_id: str) -> str:
    return f"'{method_id.partition('|')[0]}|...'"


def _shown(more: Mapping[str, str]) -> str:
    return "".join(f", {name}={value!r}" for name, value in more.items())
