"""The moves of a walk on the user's own page: enrolling, verifying, and managing methods."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHOD_TYPE,
    WITH_CODE,
    WholePath,
    me_create,
    me_delete,
    me_factors,
    me_get,
    me_list,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.calls import NOWHERE, OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import (
    Changed,
    CodeOf,
    Of,
    Pair,
    Totp,
    UserSymbol,
    Value,
    WrongOtp,
    address_of,
)
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.tenant.totp import other_code

from . import mutations
from .choices import QUARTERS, TAMPER, Choices, KnownValues

_ADDRESSES = ("ada", "ada@", "+1", "5550100123", "")
_NAMES = ("Old phone", "", "x" * 300, "Ada's \U0001f4f1")


class Accounting(KnownValues):
    """The operations below /me/."""

    def open_account(self, choices: Choices) -> Played:
        """Log in for the user's own page, with an app if the user has one."""
        user = choices.of(self.users)
        scope = choices.of(mutations.SCOPES_OF_ACCOUNT)
        audience = self.account_audience
        more: dict[str, Value] = {"audience": audience, **({"scope": scope} if scope else {})}
        template = calls.password(self.client, user, Of(user, "password"), **more)
        played = self.call(template, user, client=self.client, audience=audience, scope=scope)
        token = played.found.get("mfa_token")
        secrets = [secret for secret in self.secrets if secret.about["user"] is user]
        if token is None or not secrets:
            return played
        return self.call(calls.otp(self.client, token, Totp(secrets[-1])), user, client=self.client, audience=audience)

    def account_bearer(self, choices: Choices) -> tuple[Value, Pair | None]:
        """An access token for the page, perhaps a wrong one, and the token it is made from."""
        if not self.account_tokens:
            return "not-a-token", None
        token = choices.newest(self.account_tokens)
        mutation = choices.mutation(mutations.ACCOUNT_BEARER, right=2) if choices.of(QUARTERS) == 3 else ""
        others = {"mfa-token": self.mfa_tokens, "mfa-access": self.bearers, "opaque": self.access_tokens}
        if mutation == "tampered":
            return Changed(token, choices.of(TAMPER)), token
        if others.get(mutation):
            return others[mutation][-1], token
        return (None if mutation == "none" else token), token

    def me_create(self, choices: Choices) -> Played:
        """Begin to enroll a method."""
        bearer, token = self.account_bearer(choices)
        user: UserSymbol = token.about["user"] if token is not None else self.users[0]
        on = [factor for factor in ALL_FACTORS if factor in self.sides.subject.factors]
        factor = choices.of(ALL_FACTORS) if not on or choices.of(range(6)) == 5 else choices.of(on)
        mutation = choices.mutation(mutations.CREATE)
        address = choices.of(_ADDRESSES) if mutation == "address" else address_of(user, factor)
        if mutation == "no-address":
            address = None
        template = me_create(bearer, factor, address, **mutations.CREATE_PARAMETERS.get(mutation, {}))
        if mutation == "form":
            template.encoding = "form"
        elif mutation == "in-capitals":
            assert template.params is not None
            template.params["type"] = METHOD_TYPE[factor].upper()
        return self.create(template, user, token, factor)

    def create(self, template: CallTemplate, user: UserSymbol, token: Pair | None, factor: str) -> Played:
        """Begin an enrollment, and remember what is needed to verify it."""
        about = token.about if token is not None else {}
        more = {"client": about.get("client"), "audience": about.get("audience")}
        played = self.call(template, user, token=token, factor=factor, **more)
        session = played.found.get("auth_session")
        if session is not None:
            session.about.update(
                channel=played.channel,
                code=played.code,
                secret=played.found.get("secret"),
                identifier=played.rows[0] if played.rows else None,
                location=played.found.get("location"),
            )
        return played

    def me_verify(self, choices: Choices) -> Played:
        """Verify an enrollment."""
        waiting = [pair for pair in self.sessions if "done" not in pair.about]
        session = choices.newest(waiting) if waiting and choices.of(QUARTERS) > 0 else choices.of(self.sessions)
        mutation = choices.mutation(mutations.VERIFY_METHOD)
        token: Value = session.about["token"]
        if mutation == "other-token":
            token = choices.of(self.account_tokens)
        identifier: Value = session.about["identifier"]
        if mutation == "other-id" and self.method_ids:
            identifier = choices.of(self.method_ids)
        elif mutation == "unknown-id":
            identifier = NOWHERE
        elif mutation == "location" and session.about["location"] is not None:
            identifier = WholePath(session.about["location"], "/verify")
        value: Value = session
        if mutation == "tampered":
            value = Changed(session, choices.of(TAMPER))
        elif mutation == "no-session":
            value = OMIT
        elif mutation == "other-session":
            value = choices.of(self.sessions)
        code = self._code(session, mutation, choices)
        template = me_verify(token, identifier, value, code, raw=mutation == "raw", **_MORE.get(mutation, {}))
        template.encoding = "form" if mutation == "form" else "json"
        template.factor = session.about["factor"]
        played = self.call(template, session.about["user"])
        if played.granted:
            session.about["done"] = True
        return played

    def _code(self, session: Pair, mutation: str, choices: Choices) -> Value:
        """The code that verifies an enrollment, or a wrong one."""
        about = session.about
        if METHOD_TYPE[about["factor"]] not in WITH_CODE:
            return "000000" if mutation == "code" else None
        if mutation == "no-code":
            return None
        if about["factor"] == "otp":
            secret = about["secret"]
            if secret is None or mutation == "wrong":
                return WrongOtp(tuple(self.secrets))
            return Totp(secret, mutations.STEPS_OFF.get(mutation, 0))
        code: Pair | None = about["code"]
        if code is None:
            return "000000"
        others = [pair.about["code"] for pair in (*self.sessions, *self.oobs) if pair.about.get("code") is not None]
        if mutation == "other-code" and (others := [other for other in others if other is not code]):
            return CodeOf(choices.newest(others), code)
        return Changed(code, other_code) if mutation in ("wrong", "other-code") else code

    def me_manage(self, choices: Choices) -> Played:
        """List factors or methods, or get, change or delete one."""
        bearer, token = self.account_bearer(choices)
        user = token.about["user"] if token is not None else None
        what = choices.of(("list", "get", "update", "delete", "list", "factors", "update"))
        if what == "factors":
            return self.call(me_factors(bearer), user)
        if what == "list":
            asked = choices.of((*(None,) * 4, "phone", "totp", "wrong", "passkey"))
            return self.call(me_list(bearer, asked), user)
        mutation = choices.mutation(mutations.MANAGE)
        identifier = self._method(user, mutation, choices)
        raw = mutation == "raw"
        if what == "get":
            return self.call(me_get(bearer, identifier, raw=raw), user)
        if what == "delete":
            return self.call(me_delete(bearer, identifier, raw=raw), user)
        changed: dict[str, Value] = {"name": choices.of(_NAMES)}
        if choices.of((False, True)):
            changed = {"preferred_authentication_method": choices.of(("sms", "voice"))}
        changed = dict(mutations.MANAGE_PARAMETERS.get(mutation, changed))
        return self.call(me_update(bearer, identifier, raw=raw, **changed), user)

    def _method(self, user: UserSymbol | None, mutation: str, choices: Choices) -> Value:
        """The id of one of the user's methods, or a wrong one."""
        mine = [pair for pair in self.method_ids if pair.about["user"] is user] or self.method_ids
        if not mine or mutation == "unknown":
            return NOWHERE
        if mutation == "other" and (others := [pair for pair in self.method_ids if pair not in mine]):
            return choices.of(others)
        if mutation == "mfa-api" and self.ids:
            return choices.of(self.ids)
        identifier = choices.of(mine)
        return Changed(identifier, TAMPER[0]) if mutation == "tampered" else identifier


_MORE: dict[str, dict[str, Value]] = {
    "unknown-member": {"x_unknown": "1"},
    "number": {"otp_code": 123456},
    "binding-code": {"binding_code": "000000"},
}
