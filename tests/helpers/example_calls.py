"""Typical calls to the fake, for tests that look at requests and answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from pytest_auth0_mfa import Call, Profile, Request, Response, Tenant, User, handler
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.operations import MFA_OOB, MFA_OTP, MFA_RECOVERY_CODE, PASSWORDLESS_OTP
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.tenant.totp import totp

FACTORS = frozenset(ALL_FACTORS)
DEFAULT = Profile()
SHAPES = (
    "confirmation_gives_id_token",
    "full_stop_in_code_texts",
    "implicit_email_first",
    "me_error_uri",
    "me_factors_as",
    "me_lists_push_app",
    "me_lists_verified_email",
    "me_masks_addresses",
    "me_new_ids",
    "me_push_barcode",
    "me_www_authenticate",
    "mfa_requirements",
    "newest_first",
    "oob_channel_name",
    "otp_rows_have_name",
    "rows_have_type",
    "scope_in_answer",
    "www_authenticate",
)
OTHER = Profile(
    **{
        name: alternatives(field)[-1]
        for name, field in profile_fields().items()
        if name in SHAPES or (field.metadata["refusal"] and name != "mfa_required")
    }
)
"""The last alternative of every field that decides a refusal or the form of an answer."""


class Player:
    """A client of one tenant that does not check the answers."""

    def __init__(self, profile: Profile = DEFAULT) -> None:
        self.tenant = Tenant(factors=FACTORS, profile=profile, seed=7)
        self.handle = handler(self.tenant)

    def post(self, path: str, body: Json, token: str | None = None) -> Response:
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        return self.handle(Request("POST", path, headers, json.dumps(body).encode()))

    def page(self, method: str, path: str, token: str | None, body: Json = None) -> Response:
        """Call the My Account API."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if body is None:
            return self.handle(Request(method, f"/me/v1/{path}", headers))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.handle(Request(method, f"/me/v1/{path}", {**headers, "content-type": "application/json"}, content))

    def own_token(self, user: User, scope: str | None = None) -> str:
        return user.access_token(audience=self.tenant.me_audience, scope=scope)

    def get(self, path: str, token: str | None = None, method: str = "GET") -> Response:
        return self.handle(Request(method, path, {"authorization": f"Bearer {token}"} if token else {}))

    def mfa_token(self, user: User, **more: Json) -> str:
        return str(self.post("/oauth/token", self.tenant.password_grant(user, **more)).json()["mfa_token"])

    def access_token(self, user: User, mfa_token: str, otp: str) -> str:
        return str(self.verify(MFA_OTP, mfa_token, otp=otp).json()["access_token"])

    def client(self) -> dict[str, Json]:
        return {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}

    def verify(self, grant: str, mfa_token: str, **codes: Json) -> Response:
        return self.post("/oauth/token", {"grant_type": grant, "mfa_token": mfa_token, **codes, **self.client()})

    def associate(self, token: str, factor: str, **more: Json) -> Response:
        channel = {"push": "auth0"}.get(factor, factor)
        asked: Json = {"authenticator_types": ["oob"], "oob_channels": [channel], **more}
        return self.post("/mfa/associate", {"authenticator_types": ["otp"]} if factor == "otp" else asked, token)

    def challenge(self, mfa_token: str, **more: Json) -> Response:
        return self.post("/mfa/challenge", {"mfa_token": mfa_token, **more, **self.client()})


def play(profile: Profile = DEFAULT) -> Sequence[Call]:
    """Call every operation, with all variants of success and many refusals; return the calls."""
    player = Player(profile)
    _discover(player)
    _log_in_without_password(player)
    _enroll_by_message(player)
    _enroll_apps(player)
    _manage(player)
    _visit_own_page(player)
    _be_refused_at_own_page(player)
    _be_refused(player)
    return player.tenant.calls


def _discover(player: Player) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json", "/userinfo"):
        player.get(path)
    waived = player.tenant.add_user(mfa=False, email_verified=True)
    grant = player.tenant.password_grant(waived, scope="openid profile email phone offline_access")
    tokens = player.post("/oauth/token", grant).json()
    player.get("/userinfo", tokens["access_token"])
    player.post(
        "/oauth/token", {**grant, "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "realm": "db"}
    )
    renewal = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    player.post("/oauth/token", {**renewal, **player.client()})
    player.post("/oauth/revoke", {"token": tokens["refresh_token"], **player.client()})
    player.post("/oauth/token", {**renewal, **player.client()})
    audience = player.tenant.management_audience
    player.post("/oauth/token", {"grant_type": "client_credentials", "audience": audience, **player.client()})


def _log_in_without_password(player: Player) -> None:
    for connection, field, address in (
        ("email", "email", "hedy@example.com"),
        ("sms", "phone_number", "+11235550109"),
    ):
        start = {"connection": connection, field: address, "send": "code", **player.client()}
        player.post("/passwordless/start", start)
        user = player.tenant.outbox[-1].user
        user.mfa = False
        code = player.tenant.outbox.latest(user).code
        grant = {"grant_type": PASSWORDLESS_OTP, "realm": connection, "username": address, **player.client()}
        for otp in ("no", code):
            player.post("/oauth/token", {**grant, "otp": otp})
        for wrong in ({"connection": "no"}, {"connection": None}, {field: "no"}, {field: None}):
            player.post("/passwordless/start", {**start, **wrong})


def _enroll_by_message(player: Player) -> None:
    for factor, more in (
        ("email", {"email": "ada@example.com"}),
        ("sms", {"phone_number": "+11235550100"}),
        ("voice", {"phone_number": "+11235550101"}),
    ):
        user = player.tenant.add_user(email_verified=factor == "sms")
        token = player.mfa_token(user)
        answer = player.associate(token, factor, **more).json()
        player.get("/mfa/authenticators", token)
        player.verify(MFA_OOB, token, oob_code=answer["oob_code"], binding_code="x")
        player.verify(MFA_OOB, token, oob_code=answer["oob_code"])
        code = player.tenant.outbox.latest(user).code
        player.verify(MFA_OOB, token, oob_code=answer["oob_code"], binding_code=code)
        token = player.mfa_token(user)
        player.challenge(token, challenge_type="oob")
        player.verify(MFA_RECOVERY_CODE, token, recovery_code="A" * 24)
        if codes := answer.get("recovery_codes"):
            player.verify(MFA_RECOVERY_CODE, token, recovery_code=codes[0])
        player.associate(player.mfa_token(user), factor, **more)


def _enroll_apps(player: Player) -> None:
    user = player.tenant.add_user()
    token = player.mfa_token(user)
    pushed = player.associate(token, "push").json()
    player.verify(MFA_OOB, token, oob_code=pushed["oob_code"])
    player.verify(MFA_OOB, token, oob_code=pushed["oob_code"])
    player.tenant.push.approve(user)
    player.tenant.clock.advance(30)
    player.verify(MFA_OOB, token, oob_code=pushed["oob_code"])
    token = player.mfa_token(user)
    challenged = player.challenge(token, challenge_type="oob").json()
    player.tenant.push.reject(user)
    player.verify(MFA_OOB, token, oob_code=challenged["oob_code"])
    player.challenge(token, challenge_type="otp")
    player.challenge(token, authenticator_id="push|dev_unknown")
    other = player.tenant.add_user()
    token = player.mfa_token(other)
    player.challenge(token)
    player.verify(MFA_OTP, token, otp="000000")
    player.verify(MFA_RECOVERY_CODE, token, recovery_code="A" * 24)
    player.associate(token, "otp")
    authenticator = other.authenticators[0]
    player.verify(MFA_OTP, token, otp="not one")
    player.verify(MFA_OTP, token, otp=authenticator.code())
    player.challenge(player.mfa_token(other), challenge_type="oob")


def _manage(player: Player) -> None:
    tenant = player.tenant
    user = tenant.add_user(email_verified=True)
    authenticator = user.enroll("otp")
    user.enroll("sms")
    user.enroll("push")
    token = player.mfa_token(
        user, audience=tenant.mfa_audience, scope="enroll read:authenticators remove:authenticators"
    )
    access = player.access_token(user, token, authenticator.code())
    player.associate(access, "email", email="grace@example.com")
    for row in player.get("/mfa/authenticators", access).json():
        player.get(f"/mfa/authenticators/{row['id']}", access, method="DELETE")
        player.get(f"/mfa/authenticators/{row['id']}", token, method="DELETE")
    player.get("/mfa/authenticators", access)
    tenant.clock.advance(601)
    player.get("/mfa/authenticators", access)
    player.challenge(token)
    player.verify(MFA_OTP, token, otp="000000")


METHODS = "authentication-methods"


def _visit_own_page(player: Player) -> None:
    tenant = player.tenant
    user = tenant.add_user(email_verified=True)
    token = player.own_token(user)
    player.page("GET", "factors", token)
    player.page("GET", METHODS, token)
    for asked in (
        {"type": "email", "email": "grace@example.com"},
        {"type": "phone", "phone_number": "+11235550107", "preferred_authentication_method": "voice"},
        {"type": "totp"},
        {"type": "push-notification"},
        {"type": "recovery-code"},
    ):
        begun = player.page("POST", METHODS, token, asked).json()
        place = f"{METHODS}/{quote(begun['id'], safe='')}"
        session = {"auth_session": begun["auth_session"]}
        if asked["type"] in ("email", "phone"):
            session["otp_code"] = str(tenant.outbox.latest(user).code)
        elif asked["type"] == "totp":
            session["otp_code"] = totp(begun["manual_input_code"], tenant.clock.now())
        elif asked["type"] == "push-notification":
            player.page("POST", f"{place}/verify", token, session)
            tenant.push.approve(user)
        player.page("POST", f"{place}/verify", token, {**session, "otp_code": "000000"})
        player.page("POST", f"{place}/verify", token, session)
        player.page("POST", f"{place}/verify", token, session)
    for row in player.page("GET", METHODS, token).json()["authentication_methods"]:
        place = f"{METHODS}/{quote(row['id'], safe='')}"
        player.page("GET", f"{METHODS}?type={row['type']}", token)
        player.page("GET", place, token)
        player.page("PATCH", place, token, {"name": "Old one"})
        player.page("PATCH", place, token, {"preferred_authentication_method": "sms"})
        player.page("DELETE", place, token)
        player.page("DELETE", place, token)


def _be_refused_at_own_page(player: Player) -> None:
    user = player.tenant.add_user()
    token = player.own_token(user)
    unknown = f"{METHODS}/totp%7Cdev_1"
    calls: tuple[tuple[str, str, Json], ...] = (
        ("GET", "factors", None),
        ("GET", f"{METHODS}?type=no", None),
        ("POST", METHODS, {}),
        ("GET", unknown, None),
        ("PATCH", unknown, {"name": "x"}),
        ("DELETE", unknown, None),
        ("POST", f"{unknown}/verify", {"auth_session": "no"}),
    )
    tokens = (None, "no", player.own_token(user, "read:nothing"), user.access_token(), token)
    for method, path, body in calls:
        for bearer in tokens:
            player.page(method, path, bearer, body)
        if body is not None:
            player.page(method, path, token, b"{")
            player.page(method, path, token, {**body, "unknown": 1})
            player.handle(Request(method, f"/me/v1/{path}", {"authorization": f"Bearer {token}"}, b"a=1"))
    for asked in ({"type": "passkey"}, {"type": "email", "email": "no"}, {"type": "phone", "phone_number": "no"}):
        player.page("POST", METHODS, token, asked)
    player.page("GET", "no/such/path", token)
    player.tenant.outbox.fail_next("sms")
    for _ in range(12):
        player.page("POST", METHODS, token, {"type": "phone", "phone_number": "+11235550108"})


def _be_refused(player: Player) -> None:
    tenant = player.tenant
    user = tenant.add_user()
    token = player.mfa_token(user)
    grant = tenant.password_grant(user)
    for wrong in ({"password": "no"}, {"client_secret": "no"}, {"username": ""}, {"grant_type": "no"}, {"scope": 1}):
        player.post("/oauth/token", {**grant, **wrong})
    for body in ({}, {"authenticator_types": "otp"}, {"authenticator_types": ["webauthn"]}):
        player.post("/mfa/associate", body, token)
    player.associate(token, "sms", phone_number="12")
    player.associate(token, "email", email="no")
    tenant.outbox.fail_next("sms")
    player.associate(token, "sms", phone_number="+11235550100")
    for method, path in (("GET", "/mfa/associate"), ("POST", "/mfa/asociate"), ("DELETE", "/mfa/authenticators/x")):
        player.get(path, method=method)
    player.get("/mfa/authenticators", "garbage")
    player.challenge("garbage")
    player.post("/mfa/challenge", [])
    player.post("/mfa/challenge", {"client_id": tenant.client_id})
    for _ in range(12):
        player.associate(token, "sms", phone_number="+11235550100")
    tenant.factors.discard("email")
    player.associate(token, "email", email="ada@example.com")
    player.handle(Request("POST", "/oauth/token", {"content-type": "application/x-www-form-urlencoded"}, b"a=1&a=2"))
