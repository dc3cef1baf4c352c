"""Logins, applications, tokens, the MFA audience, refresh, discovery and userinfo at the handler."""

from __future__ import annotations

import base64
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from helpers.tenant_client import ALL_SCOPES, TenantClient, refusal

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import PASSWORD_REALM

API = "https://api.example/"
INVALID = (401, "invalid_grant", "The mfa_token provided is invalid. Try getting a new token.")
NEW = {"authenticator_types": ["otp"]}


def _claims(wire: TenantClient, token: str, audience: str) -> dict[str, Json]:
    """The claims of a token whose signature, issuer, audience and times hold by the machine's clock."""
    keys = jwt.PyJWKSet.from_dict(wire.send("GET", "/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]].key
    claims: dict[str, Json] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=wire.tenant.issuer)
    return claims


# -- logins ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "mfa", "status"),
    [
        ("all-applications", None, 403),
        ("all-applications", False, 200),
        ("never", None, 200),
        ("never", True, 403),
    ],
)
def test_the_policy_demands_mfa_unless_the_user_is_an_exception(policy: str, mfa: bool | None, status: int) -> None:
    """A user's own setting goes before the tenant's policy."""
    wire = TenantClient(policy=policy)
    assert wire.login(wire.tenant.add_user(mfa=mfa)).status == status


def test_no_factor_means_no_mfa() -> None:
    """A policy without a factor demands nothing; recovery codes alone are none."""
    wire = TenantClient(factors={"recovery-code"})
    assert wire.login(wire.tenant.add_user()).status == 200


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"username": "nobody@example.com"}])
def test_a_wrong_login_does_not_say_what_was_wrong(wrong: dict[str, str]) -> None:
    """The same text for an unknown user and a wrong password."""
    wire = TenantClient()
    answer = wire.login(wire.tenant.add_user(), **wrong)
    assert refusal(answer) == (403, "invalid_grant", "Wrong email or password.")


def test_the_username_is_an_email_in_any_case_and_a_realm_is_needed() -> None:
    """Any realm will do."""
    wire = TenantClient()
    user = wire.tenant.add_user("ada@example.com", mfa=False)
    assert wire.login(user, username="ADA@example.com").status == 200
    grant = wire.tenant.password_grant(user, grant_type=PASSWORD_REALM)
    assert refusal(wire.token(grant))[2] == "Missing required parameter: realm"
    assert wire.token({**grant, "realm": "anything"}).status == 200


@pytest.mark.parametrize("empty", ["", None])
def test_empty_parameters_count_as_absent(empty: str | None) -> None:
    """auth0-python sends ``"audience": ""`` and ``"realm": null``."""
    wire = TenantClient()
    body = wire.login(wire.tenant.add_user(mfa=False), audience=empty, scope=empty, realm=empty).json()
    assert body["scope"] == "openid profile email"
    assert "." not in body["access_token"]


@pytest.mark.parametrize(
    ("scope", "fields"),
    [
        ("openid", {"id_token"}),
        ("offline_access", {"refresh_token"}),
        ("openid offline_access", {"id_token", "refresh_token"}),
        ("profile", set()),
    ],
)
def test_the_scope_decides_which_tokens_come(scope: str, fields: set[str]) -> None:
    """``id_token`` iff openid, ``refresh_token`` iff offline_access; also after a second factor."""
    wire = TenantClient()
    waived, user = wire.tenant.add_user(mfa=False), wire.tenant.add_user()
    otp = user.enroll("otp")
    for answer in (wire.login(waived, scope=scope), wire.otp(wire.mfa_token(user, scope=scope), otp.code())):
        assert set(answer.json()) & {"id_token", "refresh_token"} == fields
        assert answer.json()["scope"] == scope


def test_tokens_hold_by_their_published_key() -> None:
    """An access token for an API is a JWT; the ID token has the profile, the nonce and no amr."""
    wire = TenantClient()
    wire.tenant.clock.reset()
    user = wire.tenant.add_user("ada@example.com", email_verified=True)
    otp = user.enroll("otp")
    asked = {"audience": API, "scope": "openid profile email read:things", "nonce": "n-1"}
    body = wire.otp(wire.mfa_token(user, **asked), otp.code()).json()
    access = _claims(wire, body["access_token"], API)
    assert access["aud"] == [API, f"{wire.tenant.url}/userinfo"]
    assert (access["sub"], access["scope"]) == (user.id, asked["scope"])
    assert access["exp"] - access["iat"] == body["expires_in"] == 86400
    identity = _claims(wire, body["id_token"], wire.tenant.client_id)
    assert identity.items() >= {"email": "ada@example.com", "email_verified": True, "nonce": "n-1"}.items()
    assert abs(identity["iat"] - time.time()) < 5
    assert "amr" not in identity


# -- applications ----------------------------------------------------------------------------------


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def test_an_application_proves_itself_by_body_or_basic() -> None:
    """Both work for the default application, at the token endpoint and in a challenge; a contradiction does not."""
    wire = TenantClient(client_id="app", client_secret="s&c r")
    user = wire.tenant.add_user()
    user.enroll("otp")
    grant = {n: v for n, v in wire.tenant.password_grant(user).items() if not n.startswith("client")}
    good = _basic("app", "s%26c+r")
    assert wire.send("POST", "/oauth/token", grant, headers=good).status == 403
    assert wire.last.refusal_id == "mfa_required"
    asked = {"mfa_token": wire.mfa_token(user)}
    assert wire.send("POST", "/mfa/challenge", asked, headers=good).status == 200
    for wrong in (_basic("app", "no"), _basic("nobody", "s%26c+r"), {"authorization": "Basic !"}):
        answer = wire.send("POST", "/oauth/token", grant, headers=wrong)
        assert refusal(answer) == (401, "access_denied", "Unauthorized")
    wire.tenant.add_application(client_id="public", token_endpoint_auth_method="none")
    contradiction = wire.send("POST", "/oauth/token", {**grant, "client_id": "public"}, headers=good)
    assert contradiction.status == 401


@pytest.mark.parametrize("more", [{}, {"client_secret": "anything"}])
def test_a_public_application_needs_no_secret(more: dict[str, str]) -> None:
    """One that is sent all the same is ignored, in the body or as Basic."""
    wire = TenantClient()
    wire.tenant.add_application(client_id="spa", token_endpoint_auth_method="none")
    user = wire.tenant.add_user(mfa=False)
    grant = wire.tenant.password_grant(user, client_id="spa", client_secret=None) | more
    assert wire.send("POST", "/oauth/token", grant).status == 200
    assert wire.send("POST", "/oauth/token", grant, headers=_basic("spa", "x")).status == 200


def test_an_application_without_a_secret_cannot_speak_for_itself() -> None:
    """client_credentials is not for it, whatever its grants say."""
    wire = TenantClient()
    public = wire.tenant.add_application(token_endpoint_auth_method="none", grant_types=["client_credentials"])
    body = {"grant_type": "client_credentials", "audience": API, "client_id": public.client_id}
    assert wire.send("POST", "/oauth/token", body).json()["error"] == "unauthorized_client"


def test_a_missing_client_id_is_a_missing_parameter_and_a_missing_secret_is_not() -> None:
    """400 for the one, 401 for the other, as recorded."""
    wire = TenantClient()
    grant = wire.tenant.password_grant(wire.tenant.add_user(mfa=False))
    anonymous = {n: v for n, v in grant.items() if not n.startswith("client")}
    answer = wire.send("POST", "/oauth/token", anonymous)
    assert refusal(answer) == (400, "invalid_request", "Missing required parameter: client_id")
    answer = wire.send("POST", "/oauth/token", {**anonymous, "client_id": grant["client_id"]})
    assert refusal(answer) == (401, "access_denied", "Unauthorized")


def test_an_application_may_prove_itself_by_an_assertion() -> None:
    """private_key_jwt: the signature, issuer, subject, audience, type and time must hold."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    wire = TenantClient()
    wire.tenant.add_application(
        client_id="machine", token_endpoint_auth_method="private_key_jwt", public_keys=[public.decode()]
    )
    now = int(wire.tenant.clock.now())
    right = {"iss": "machine", "sub": "machine", "aud": wire.tenant.issuer, "exp": now + 60}

    def status(kind: str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", **changed: Json) -> int:
        assertion = jwt.encode({**right, **changed}, key, algorithm="RS256")
        body = {"grant_type": "client_credentials", "audience": API, "client_assertion": assertion}
        return wire.send("POST", "/oauth/token", {**body, "client_assertion_type": kind}).status

    assert status() == 200
    assert [status(aud="https://other.example/"), status(exp=now), status(kind="saml")] == [401, 401, 401]
    assert [status(sub="other"), status(iss="other")] == [401, 401]
    with_id = {"grant_type": "client_credentials", "audience": API, "client_id": "machine", "client_secret": "x"}
    assert wire.send("POST", "/oauth/token", with_id).status == 401


def test_grants_can_be_off() -> None:
    """The text names the grant; a challenge needs one of the MFA grants."""
    wire = TenantClient()
    wire.tenant.add_application(client_id="app", client_secret="s", grant_types=["password"])
    user = wire.tenant.add_user()
    user.enroll("otp")
    client = {"client_id": "app", "client_secret": "s"}
    token = wire.mfa_token(user, **client)
    answer = wire.otp(token, "123456", **client)
    text = "Grant type 'http://auth0.com/oauth/grant-type/mfa-otp' not allowed for the client."
    assert refusal(answer) == (403, "unauthorized_client", text)
    assert wire.challenge(token, **client).json()["error"] == "unauthorized_client"
    assert wire.associate(token, "otp").json()["error"] == "access_denied", "enrolled already; no client is asked for"


def test_an_mfa_token_belongs_to_its_application() -> None:
    """Another one is refused at the token endpoint and in a challenge."""
    wire = TenantClient()
    wire.tenant.add_application(client_id="other", token_endpoint_auth_method="none")
    user = wire.tenant.add_user()
    user.enroll("otp")
    token = wire.mfa_token(user)
    for answer in (wire.otp(token, "123456", client_id="other"), wire.challenge(token, client_id="other")):
        assert refusal(answer) == (400, "invalid_request", "mfa_token not issued to this client")


# -- the mfa_token's life --------------------------------------------------------------------------


@pytest.mark.parametrize(("lifetime", "after"), [(600, 599), (300, 299)])
def test_an_mfa_token_dies_by_time(lifetime: int, after: int) -> None:
    """As a parameter it is expired, as a bearer invalid: the text differs by position."""
    wire = TenantClient({"mfa_token_lifetime": lifetime})
    user = wire.tenant.add_user()
    user.enroll("otp")
    token = wire.mfa_token(user)
    wire.tenant.clock.advance(after)
    assert wire.challenge(token).status == 200
    wire.tenant.clock.advance(1)
    for answer in (wire.challenge(token), wire.otp(token, "123456")):
        assert refusal(answer) == (401, "expired_token", "mfa_token is expired")
    assert refusal(wire.send("GET", "/mfa/authenticators", token=token)) == INVALID


def test_what_changed_between_the_factors_is_seen() -> None:
    """A blocked or deleted user is refused with the token of a moment ago."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    user.enroll("otp")
    token = wire.mfa_token(user)
    user.blocked = True
    for answer in (wire.challenge(token), wire.send("GET", "/mfa/authenticators", token=token), wire.login(user)):
        assert refusal(answer) == (403, "invalid_grant", "user is blocked")
    user.blocked = False
    wire.tenant.remove_user(user)
    assert wire.challenge(token).status == 403


# -- the MFA audience ------------------------------------------------------------------------------


def test_authenticators_are_managed_with_a_token_for_the_mfa_audience() -> None:
    """Issued at once while nothing but email is enrolled; enrolls, lists, confirms and deletes; lives ten minutes."""
    wire = TenantClient()
    user = wire.tenant.add_user(email_verified=True)
    answer = wire.login(user, audience=wire.tenant.mfa_audience, scope=ALL_SCOPES)
    assert (answer.status, answer.json()["expires_in"]) == (200, 600)
    token = answer.json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == wire.tenant.mfa_audience
    wire.associate(token, "otp")
    otp = user.authenticators[0]
    confirmed = wire.otp(token, otp.code())
    assert (confirmed.status, confirmed.json()["expires_in"]) == (200, 600)
    oob_code = wire.associate(token, "sms").json()["oob_code"]
    assert wire.oob(token, oob_code, wire.code(user)).status == 200
    assert wire.delete(token, otp.id.replace("|", "%7C")).status == 204
    assert wire.last.response.body == b""
    assert "content-type" not in wire.last.response.headers
    assert [row["authenticator_type"] for row in wire.rows(token)] == ["oob", "recovery-code", "oob"]
    wire.tenant.clock.advance(600)
    assert refusal(wire.send("GET", "/mfa/authenticators", token=token)) == INVALID
    assert refusal(wire.otp(token, "123456")) == (401, "expired_token", "mfa_token is expired")


def test_the_mfa_audience_demands_mfa_of_the_enrolled_whatever_the_policy() -> None:
    """Any factor but email."""
    wire = TenantClient(policy="never")
    user = wire.tenant.add_user(mfa=False)
    user.enroll("email")
    assert wire.login(user, audience=wire.tenant.mfa_audience).status == 200
    user.enroll("otp")
    assert wire.login(user, audience=wire.tenant.mfa_audience).status == 403


@pytest.mark.parametrize(
    ("audience", "meant"),
    [
        ("https://tenant.example/mfa", "https://tenant.example/mfa/"),
        ("http://tenant.example/mfa/", "https://tenant.example/mfa/"),
        ("https://tenant.example/API/v2/", "https://tenant.example/api/v2/"),
        ("https://tenant.example/userinfo/", "https://tenant.example/userinfo"),
    ],
)
def test_an_audience_that_is_nearly_the_tenants_own_is_refused(
    audience: str, meant: str, caplog: pytest.LogCaptureFixture
) -> None:
    """On the wire as Auth0 refuses it; what is wrong with it is said in the journal and in pytest's message only."""
    wire = TenantClient()
    response = wire.login(wire.tenant.add_user(), audience=audience)
    assert refusal(response) == (400, "invalid_request", "invalid audience specified for password grant exchange")
    assert meant not in response.body.decode()
    assert wire.last.hint is not None
    assert meant in wire.last.hint
    assert meant in repr(wire.last)
    assert meant in caplog.text


def test_only_the_apis_of_a_tenant_are_audiences() -> None:
    """Once they are named; the tenant's own are there without being named."""
    wire = TenantClient(audiences=["https://api.example/"], policy="never")
    user = wire.tenant.add_user()
    for audience in ("https://api.example/", wire.tenant.mfa_audience, wire.tenant.userinfo_audience):
        assert wire.login(user, audience=audience).status == 200
    assert wire.login(user, audience="https://api.example").status == 400
    assert "https://api.example/" in str(wire.last.hint)
    body = {"grant_type": "client_credentials", "audience": "https://other.example/"}
    assert refusal(wire.token(body)) == (403, "access_denied", "Service not found: https://other.example/")
    token = user.refresh_token()
    body = {"grant_type": "refresh_token", "refresh_token": token, "audience": "https://other.example/"}
    assert wire.token(body).status == 400


def test_a_grant_that_the_fake_does_not_have_is_no_login() -> None:
    """The journal names no operation, and the only violation is the grant."""
    wire = TenantClient()
    wire.token({"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://app.example/"})
    assert wire.last.operation is None
    assert wire.last.refusal_id == "unsupported_grant_type"
    (violation,) = wire.last.violations
    assert violation.startswith("request $.grant_type: the fake has no grant 'authorization_code'")
    assert "authorization_code" in str(wire.last.hint)


def test_tokens_and_userinfo_have_the_picture_and_the_time_of_the_last_change() -> None:
    """As recorded: Gravatar's picture by the email, and an ISO time."""
    wire = TenantClient(policy="never")
    user = wire.tenant.add_user("ada@example.com")
    token = wire.login(user, scope="openid profile email").json()["access_token"]
    body = wire.send("GET", "/userinfo", token=token).json()
    assert list(body) == ["sub", "nickname", "name", "picture", "updated_at", "email", "email_verified"]
    assert body["picture"].startswith("https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=")
    assert body["updated_at"] == "2023-11-14T22:13:20.000Z"


def test_the_mfa_audience_gives_its_scopes_when_none_are_asked_for() -> None:
    """And no others when some are."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    scope = wire.login(user, audience=wire.tenant.mfa_audience).json()["scope"]
    assert scope == f"openid profile email {ALL_SCOPES}"
    asked = wire.login(user, audience=wire.tenant.mfa_audience, scope="enroll read:things").json()["scope"]
    assert asked == "enroll"
    assert wire.login(wire.tenant.add_user(mfa=False), scope="enroll openid").json()["scope"] == "openid"


def test_an_access_token_is_no_mfa_token_in_a_challenge() -> None:
    """It is malformed there, and in the recovery grant."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    user.enroll("otp")
    token = wire.managing_token(user)
    for answer in (wire.challenge(token), wire.recovery(token, user.recovery_code or "")):
        assert refusal(answer) == (403, "invalid_grant", "Malformed mfa_token")


def test_an_access_token_confirms_but_does_not_log_in() -> None:
    """With an active authenticator's code it is no second factor."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    otp = user.enroll("otp")
    token = wire.managing_token(user)
    assert wire.otp(token, otp.code()).json()["error"] == "unsupported_challenge_type"


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"),
    [
        ("GET", "/mfa/authenticators", None, "read:authenticators"),
        ("POST", "/mfa/associate", NEW, "enroll"),
        ("DELETE", "/mfa/authenticators/totp|dev_x", None, "remove:authenticators"),
    ],
)
def test_each_operation_needs_its_scope_and_the_audience(method: str, path: str, body: Json, scope: str) -> None:
    """The other two scopes do not do; nor does a token for another audience."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    others = " ".join(s for s in ALL_SCOPES.split() if s != scope)
    answer = wire.send(method, path, body, wire.managing_token(user, others))
    assert refusal(answer) == (403, "insufficient_scope", f"Insufficient scope, expected: {scope}")
    assert wire.send(method, path, body, wire.managing_token(user, scope)).status in (200, 404)
    foreign = wire.login(wire.tenant.add_user(mfa=False), audience=API, scope=scope).json()["access_token"]
    assert refusal(wire.send(method, path, body, foreign)) == INVALID


def test_deletion_takes_twins_along_and_nobody_elses() -> None:
    """push with its totp; a foreign id is as unknown as none; an mfa_token deletes nothing."""
    wire = TenantClient()
    user, other = wire.tenant.add_user(), wire.tenant.add_user()
    theirs = other.enroll("otp")
    otp, push = user.enroll("otp"), user.enroll("push")
    token = wire.managing_token(user)
    assert refusal(wire.delete(token, theirs.id)) == (404, "not_found", "Authenticator not found.")
    assert refusal(wire.delete(wire.mfa_token(user), otp.id)) == INVALID
    assert wire.delete(token, push.id).status == 204
    assert [entry.id for entry in user.authenticators] == [otp.id]
    assert wire.delete(token, otp.id).status == 204, "the last one too"
    assert wire.associate(wire.mfa_token(user), "otp").status == 200
    assert other.authenticators == [theirs]


def test_a_deleted_authenticator_cannot_be_confirmed_or_answered() -> None:
    """Its oob_code is of no use any more."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    token = wire.managing_token(user)
    oob_code = wire.associate(token, "email").json()["oob_code"]
    assert wire.delete(token, user.authenticators[0].id).status == 204
    assert wire.oob(token, oob_code, wire.code(user)).status == 403
    assert user.authenticators == []


# -- refresh ---------------------------------------------------------------------------------------


def test_a_refresh_token_renews_and_may_demand_mfa() -> None:
    """One from a login with MFA does not demand it again; a seeded one does."""
    wire = TenantClient()
    user = wire.tenant.add_user()
    otp = user.enroll("otp")
    login = wire.otp(wire.mfa_token(user, scope="openid offline_access"), otp.code()).json()
    renewed = wire.token({"grant_type": "refresh_token", "refresh_token": login["refresh_token"]})
    assert renewed.json()["scope"] == "openid offline_access"
    assert "refresh_token" not in renewed.json()
    wire.tenant.clock.advance(30)
    demanded = wire.token({"grant_type": "refresh_token", "refresh_token": user.refresh_token(scope="openid")})
    assert demanded.json()["error"] == "mfa_required"
    tokens = wire.otp(demanded.json()["mfa_token"], otp.code()).json()
    assert tokens["scope"] == "openid"


def test_a_refresh_tells_the_scope_where_it_is_not_what_was_asked_for_once() -> None:
    """The original request is remembered, with what was not granted of it."""
    wire = TenantClient({"scope_in_answer": "when-different"})
    user = wire.tenant.add_user(mfa=False)
    granted = "openid offline_access"
    for asked, told in ((granted, None), (f"{granted} what-is-this", granted)):
        login = wire.login(user, scope=asked).json()
        renewed = wire.token({"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}).json()
        assert (login.get("scope"), renewed.get("scope")) == (told, told)


def test_a_refresh_never_widens_the_scope() -> None:
    """What was not granted is not given, also when nothing of what is asked was granted."""
    wire = TenantClient()
    user = wire.tenant.add_user(mfa=False)
    grant = {"grant_type": "refresh_token", "refresh_token": user.refresh_token(scope="openid offline_access")}
    assert wire.token({**grant, "scope": "openid email"}).json()["scope"] == "openid"
    nothing = wire.token({**grant, "scope": "email"}).json()
    assert nothing["scope"] == ""
    assert "id_token" not in nothing


@pytest.mark.parametrize("spoil", ["unknown", "client", "deleted"])
def test_a_wrong_refresh_token_is_refused(spoil: str) -> None:
    """Unknown, another application's, or of a user who is no more."""
    wire = TenantClient()
    wire.tenant.add_application(client_id="other", token_endpoint_auth_method="none")
    user = wire.tenant.add_user(mfa=False)
    grant = {"grant_type": "refresh_token", "refresh_token": user.refresh_token()}
    if spoil == "deleted":
        wire.tenant.remove_user(user)
    changed = {"unknown": {"refresh_token": "v1.no"}, "client": {"client_id": "other"}}.get(spoil, {})
    answer = wire.token(grant | changed)
    assert refusal(answer) == (403, "invalid_grant", "Unknown or invalid refresh token.")


# -- discovery and userinfo ------------------------------------------------------------------------


def test_discovery_names_the_tenants_own_addresses() -> None:
    """The issuer ends in a slash; HEAD answers without a body."""
    wire = TenantClient(domain="localhost:8443")
    body = wire.send("GET", "/.well-known/openid-configuration").json()
    assert body["issuer"] == "https://localhost:8443/"
    assert body["token_endpoint"] == "https://localhost:8443/oauth/token"
    assert wire.send("GET", "/.well-known/jwks.json?x=1").json()["keys"][0]["kty"] == "RSA"
    head = wire.send("HEAD", "/.well-known/jwks.json")
    assert (head.status, head.body) == (200, b"")


def test_the_management_api_has_an_envelope_of_its_own() -> None:
    """An unknown path there is no violation of the schemas, which are those of the other API."""
    wire = TenantClient()
    answer = wire.send("GET", "/api/v2/clients")
    assert (answer.status, answer.json()) == (404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"})
    assert wire.last.violations == []


def test_userinfo_shows_what_the_scope_allows() -> None:
    """For a token with openid, whatever its API; expired and foreign ones are refused."""
    wire = TenantClient()
    user = wire.tenant.add_user("ada@example.com", mfa=False)
    token = wire.login(user, scope="openid email").json()["access_token"]
    body = wire.send("GET", "/userinfo", token=token).json()
    assert body == {"sub": user.id, "email": "ada@example.com", "email_verified": False}
    without = wire.login(user, scope="email").json()["access_token"]
    assert wire.send("GET", "/userinfo", token=without).status == 401
    wire.tenant.clock.advance(86400)
    assert wire.send("GET", "/userinfo", token=token).status == 401
