"""The steps of a walk at the users' own pages, for clients of the My Account API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_auth0_mfa.tenant.account import id_of, methods
from pytest_auth0_mfa.tenant.entities import User

from .example import ClientExample
from .judged import Stopped
from .own_page import OwnPage, key_of

PAGE_WEIGHTS: Final = {"me_create": 3, "me_verify": 4, "me_manage": 4}
"""Step -> weight in the draw, beside those of the MFA API."""
PAGE_OPERATIONS: Final = ("me-factors", "me-list-methods", "me-create-method", "me-verify-method", "me-delete-method")
_TYPES: Final = ("email", "phone", "totp", "push-notification", "recovery-code")
_NAMES: Final = ("Old phone", "Mine", "№ 7")
_NOBODYS: Final = "email|dev_0000000000000000"


@dataclass(frozen=True, slots=True)
class _Begun:
    """An enrollment that waits for its verification."""

    page: OwnPage
    type: str
    id: str
    auth_session: str = field(repr=False)
    code: str | None = field(repr=False)
    """The code of the message that was sent."""
    secret: str | None = field(repr=False)
    """The key of an authenticator app."""


class PageWalk:
    """The pages of the users of a walk."""

    example: ClientExample
    users: Sequence[User]

    def __init__(self) -> None:
        self._pages: dict[str, OwnPage] = {}
        self._begun: list[_Begun] = []

    def _page(self, a: int) -> OwnPage:
        user = self.users[a % 2]
        if user.id not in self._pages:
            self._pages[user.id] = OwnPage.of(self.example, user)
        return self._pages[user.id]

    def _me_create(self, a: int, b: int, c: int) -> None:
        page, type = self._page(a), _TYPES[b % len(_TYPES)]
        voice = "voice" if "voice" in self.example.tenant.factors else "sms"
        channel = {6: "sms", 7: voice}.get(c) if type == "phone" else None
        answer = page.create(type, channel=channel, expect=None)
        if answer.granted:
            body = answer.body
            sent = self.example.tenant.outbox[-1].channel if type in ("email", "phone") else ""
            code = self.example.code(page.user, sent) if sent else None
            key = key_of(body) if type == "totp" else None
            self._begun.append(_Begun(page, type, body["id"], body["auth_session"], code, key))

    def _me_verify(self, a: int, b: int, c: int) -> None:
        """Verify, usually with what is right, sometimes with a wrong code or that of another message."""
        if not self._begun:
            self._me_create(a, b, 0)
        if not self._begun:
            raise Stopped
        begun = self._begun[-1 - a // 2 % len(self._begun)]
        code = begun.code if begun.secret is None else self.example.otp(begun.secret)
        if c == 6 and code is not None:
            code = self.example.wrong(*(other.code for other in self._begun if other.code), code)
        elif c == 7 and code is not None:
            code = self._begun[b % len(self._begun)].code or code
        user = begun.page.user
        approves = c != 6 or self.example.run.polls  # a client that polls would poll for ever
        if begun.type == "push-notification" and approves and self.example.tenant.push.open_requests(user):
            self.example.approve(user)
        begun.page.verify(begun.id, begun.auth_session, code, expect=None)

    def _me_manage(self, a: int, b: int, c: int) -> None:
        """List, look at, change or delete a method."""
        page = self._page(a)
        ids = [id_of(method) for method in methods(self.example.tenant, page.user)] or [_NOBODYS]
        one = ids[c % len(ids)]
        if b == 0:
            page.factors(expect=None)
        elif b < 3:
            page.methods(None if c < 5 else _TYPES[c - 5], expect=None)
        elif b == 3:
            page.get(one, expect=None)
        elif b < 6:
            page.update(one, name=_NAMES[c % len(_NAMES)], expect=None)
        elif b == 6:
            page.update(one, channel="sms", expect=None)
        else:
            page.delete(one, expect=None)
