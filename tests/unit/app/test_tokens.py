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


def _claims(api: TenantClient, token: str, audience: str) -> dict[str, Json]:
    """The claims of a token whose signature, issuer, audience and times hold by the machine's clock."""
    keys = jwt.PyJWKSet.from_dict(api.send("GET", "/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]].key
    claims: dict[str, Json] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=api.tenant.issuer)
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
    api = TenantClient(policy=policy)
    assert api.login(api.tenant.add_user(mfa=mfa)).status == status


def test_no_factor_means_no_mfa() -> None:
    """A policy without a factor demands nothing; recovery codes alone are none."""
    api = TenantClient(factors={"recovery-code"})
    assert api.login(api.tenant.add_user()).status == 200


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"username": "nobody@example.com"}])
def test_a_wrong_login_does_not_say_what_was_wrong(wrong: dict[str, str]) -> None:
    """The same text for an unknown user and a wrong password."""
    api = TenantClient()
    answer = api.login(api.tenant.add_user(), **wrong)
    assert refusal(answer) == (403, "invalid_grant", "Wrong email or password.")


def test_the_username_is_an_email_in_any_case_and_a_realm_is_needed() -> None:
    """Any realm will do."""
    api = TenantClient()
    user = api.tenant.add_user("ada@example.com", mfa=False)
    assert api.login(user, username="ADA@example.com").status == 200
    grant = api.tenant.password_grant(user, grant_type=PASSWORD_REALM)
    assert refusal(api.token(grant))[2] == "Missing required parameter: realm"
    assert api.token({**grant, "realm": "anything"}).status == 200


@pytest.mark.parametrize("empty", ["", None])
def test_empty_parameters_count_as_absent(empty: str | None) -> None:
    """auth0-python sends ``"audience": ""`` and ``"realm": null``."""
    api = TenantClient()
    body = api.login(api.tenant.add_user(mfa=False), audience=empty, scope=empty, realm=empty).json()
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
    api = TenantClient()
    waived, user = api.tenant.add_user(mfa=False), api.tenant.add_user()
    otp = user.enroll("otp")
    for answer in (api.login(waived, scope=scope), api.otp(api.mfa_token(user, scope=scope), otp.code())):
        assert set(answer.json()) & {"id_token", "refresh_token"} == fields
        assert answer.json()["scope"] == scope


def test_tokens_hold_by_their_published_key() -> None:
    """An access token for an API is a JWT; the ID token has the profile, the nonce and no amr."""
    api = TenantClient()
    api.tenant.clock.reset()
    user = api.tenant.add_user("ada@example.com", email_verified=True)
    otp = user.enroll("otp")
    asked = {"audience": API, "scope": "openid profile email read:things", "nonce": "n-1"}
    body = api.otp(api.mfa_token(user, **asked), otp.code()).json()
    access = _claims(api, body["access_token"], API)
    assert access["aud"] == [API, f"{api.tenant.url}/userinfo"]
    assert (access["sub"], access["scope"]) == (user.id, asked["scope"])
    assert access["exp"] - access["iat"] == body["expires_in"] == 86400
    identity = _claims(api, body["id_token"], api.tenant.client_id)
    assert identity.items() >= {"email": "ada@example.com", "email_verified": True, "nonce": "n-1"}.items()
    assert abs(identity["iat"] - time.time()) < 5
    assert "amr" not in identity


# -- applications ----------------------------------------------------------------------------------


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def test_an_application_proves_itself_by_body_or_basic() -> None:
    """Both work for the default application, at the token endpoint and in a challenge; a contradiction does not."""
    api = TenantClient(client_id="app", client_secret="s&c r")
    user = api.tenant.add_user()
    user.enroll("otp")
    grant = {n: v for n, v in api.tenant.password_grant(user).items() if not n.startswith("client")}
    good = _basic("app", "s%26c+r")
    assert api.send("POST", "/oauth/token", grant, headers=good).status == 403
    assert api.last.refusal_id == "mfa_required"
    asked = {"mfa_token": api.mfa_token(user)}
    assert api.send("POST", "/mfa/challenge", asked, headers=good).status == 200
    for wrong in (_basic("app", "no"), _basic("nobody", "s%26c+r"), {"authorization": "Basic !"}):
        answer = api.send("POST", "/oauth/token", grant, headers=wrong)
        assert refusal(answer) == (401, "access_denied", "Unauthorized")
    api.tenant.add_application(client_id="public", token_endpoint_auth_method="none")
    contradiction = api.send("POST", "/oauth/token", {**grant, "client_id": "public"}, headers=good)
    assert contradiction.status == 401


@pytest.mark.parametrize("more", [{}, {"client_secret": "anything"}])
def test_a_public_application_needs_no_secret(more: dict[str, str]) -> None:
    """One that is sent all the same is ignored, in the body or as Basic."""
    api = TenantClient()
    api.tenant.add_application(client_id="spa", token_endpoint_auth_method="none")
    user = api.tenant.add_user(mfa=False)
    grant = api.tenant.password_grant(user, client_id="spa", client_secret=None) | more
    assert api.send("POST", "/oauth/token", grant).status == 200
    assert api.send("POST", "/oauth/token", grant, headers=_basic("spa", "x")).status == 200


def test_an_application_without_a_secret_cannot_speak_for_itself() -> None:
    """client_credentials is not for it, whatever its grants say."""
    api = TenantClient()
    public = api.tenant.add_application(token_endpoint_auth_method="none", grant_types=["client_credentials"])
    body = {"grant_type": "client_credentials", "audience": API, "client_id": public.client_id}
    assert api.send("POST", "/oauth/token", body).json()["error"] == "unauthorized_client"


def test_a_missing_client_id_is_a_missing_parameter_and_a_missing_secret_is_not() -> None:
    """400 for the one, 401 for the other, as recorded."""
    api = TenantClient()
    grant = api.tenant.password_grant(api.tenant.add_user(mfa=False))
    anonymous = {n: v for n, v in grant.items() if not n.startswith("client")}
    answer = api.send("POST", "/oauth/token", anonymous)
    assert refusal(answer) == (400, "invalid_request", "Missing required parameter: client_id")
    answer = api.send("POST", "/oauth/token", {**anonymous, "client_id": grant["client_id"]})
    assert refusal(answer) == (401, "access_denied", "Unauthorized")


def test_an_application_may_prove_itself_by_an_assertion() -> None:
    """private_key_jwt: the signature, issuer, subject, audience, type and time must hold."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    api = TenantClient()
    api.tenant.add_application(
        client_id="machine", token_endpoint_auth_method="private_key_jwt", public_keys=[public.decode()]
    )
    now = int(api.tenant.clock.now())
    right = {"iss": "machine", "sub": "machine", "aud": api.tenant.issuer, "exp": now + 60}

    def status(kind: str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", **changed: Json) -> int:
        assertion = jwt.encode({**right, **changed}, key, algorithm="RS256")
        body = {"grant_type": "client_credentials", "audience": API, "client_assertion": assertion}
        return api.send("POST", "/oauth/token", {**body, "client_assertion_type": kind}).status

    assert status() == 200
    assert [status(aud="https://other.example/"), status(exp=now), status(kind="saml")] == [401, 401, 401]
    assert [status(sub="other"), status(iss="other")] == [401, 401]
    with_id = {"grant_type": "client_credentials", "audience": API, "client_id": "machine", "client_secret": "x"}
    assert api.send("POST", "/oauth/token", with_id).status == 401


def test_grants_can_be_off() -> None:
    """The text names the grant; a challenge needs one of the MFA grants."""
    api = TenantClient()
    api.tenant.add_application(client_id="app", client_secret="s", grant_types=["password"])
    user = api.tenant.add_user()
    user.enroll("otp")
    client = {"client_id": "app", "client_secret": "s"}
    token = api.mfa_token(user, **client)
    answer = api.otp(token, "123456", **client)
    text = "Grant type 'http://auth0.com/oauth/grant-type/mfa-otp' not allowed for the client."
    assert refusal(answer) == (403, "unauthorized_client", text)
    assert api.challenge(token, **client).json()["error"] == "unauthorized_client"
    assert api.associate(token, "otp").json()["error"] == "access_denied", "enrolled already; no client is asked for"


def test_an_mfa_token_belongs_to_its_application() -> None:
    """Another one is refused at the token endpoint and in a challenge."""
    api = TenantClient()
    api.tenant.add_application(client_id="other", token_endpoint_auth_method="none")
    user = api.tenant.add_user()
    user.enroll("otp")
    token = api.mfa_token(user)
    for answer in (api.otp(token, "123456", client_id="other"), api.challenge(token, client_id="other")):
        assert refusal(answer) == (400, "invalid_request", "mfa_token not issued to this client")


# -- the mfa_token's life --------------------------------------------------------------------------


@pytest.mark.parametrize(("lifetime", "after"), [(600, 599), (300, 299)])
def test_an_mfa_token_dies_by_time(lifetime: int, after: int) -> None:
    """As a parameter it is expired, as a bearer invalid: the text differs by position."""
    api = TenantClient({"mfa_token_lifetime": lifetime})
    user = api.tenant.add_user()
    user.enroll("otp")
    token = api.mfa_token(user)
    api.tenant.clock.advance(after)
    assert api.challenge(token).status == 200
    api.tenant.clock.advance(1)
    for answer in (api.challenge(token), api.otp(token, "123456")):
        assert refusal(answer) == (401, "expired_token", "mfa_token is expired")
    assert refusal(api.send("GET", "/mfa/authenticators", token=token)) == INVALID


def test_what_changed_between_the_factors_is_seen() -> None:
    """A blocked or deleted user is refused with the token of a moment ago."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("otp")
    token = api.mfa_token(user)
    user.blocked = True
    for answer in (api.challenge(token), api.send("GET", "/mfa/authenticators", token=token), api.login(user)):
        assert refusal(answer) == (403, "invalid_grant", "user is blocked")
    user.blocked = False
    api.tenant.remove_user(user)
    assert api.challenge(token).status == 403


# -- the MFA audience ------------------------------------------------------------------------------


def test_authenticators_are_managed_with_a_token_for_the_mfa_audience() -> None:
    """Issued at once while nothing but email is enrolled; enrolls, lists, confirms and deletes; lives ten minutes."""
    api = TenantClient()
    user = api.tenant.add_user(email_verified=True)
    answer = api.login(user, audience=api.tenant.mfa_audience, scope=ALL_SCOPES)
    assert (answer.status, answer.json()["expires_in"]) == (200, 600)
    token = answer.json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == api.tenant.mfa_audience
    api.associate(token, "otp")
    otp = user.authenticators[0]
    confirmed = api.otp(token, otp.code())
    assert (confirmed.status, confirmed.json()["expires_in"]) == (200, 600)
    oob_code = api.associate(token, "sms").json()["oob_code"]
    assert api.oob(token, oob_code, api.code(user)).status == 200
    assert api.delete(token, otp.id.replace("|", "%7C")).status == 204
    assert api.last.response.body == b""
    assert "content-type" not in api.last.response.headers
    assert [row["authenticator_type"] for row in api.rows(token)] == ["oob", "recovery-code", "oob"]
    api.tenant.clock.advance(600)
    assert refusal(api.send("GET", "/mfa/authenticators", token=token)) == INVALID
    assert refusal(api.otp(token, "123456")) == (401, "expired_token", "mfa_token is expired")


def test_the_mfa_audience_demands_mfa_of_the_enrolled_whatever_the_policy() -> None:
    """Any factor but email."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user(mfa=False)
    user.enroll("email")
    assert api.login(user, audience=api.tenant.mfa_audience).status == 200
    user.enroll("otp")
    assert api.login(user, audience=api.tenant.mfa_audience).status == 403


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
    api = TenantClient()
    response = api.login(api.tenant.add_user(), audience=audience)
    assert refusal(response) == (400, "invalid_request", "invalid audience specified for password grant exchange")
    assert meant not in response.body.decode()
    assert api.last.hint is not None
    assert meant in api.last.hint
    assert meant in repr(api.last)
    assert meant in caplog.text


def test_only_the_apis_of_a_tenant_are_audiences() -> None:
    """Once they are named; the tenant's own are there without being named."""
    api = TenantClient(audiences=["https://api.example/"], policy="never")
    user = api.tenant.add_user()
    for audience in ("https://api.example/", api.tenant.mfa_audience, api.tenant.userinfo_audience):
        assert api.login(user, audience=audience).status == 200
    assert api.login(user, audience="https://api.example").status == 400
    assert "https://api.example/" in str(api.last.hint)
    body = {"grant_type": "client_credentials", "audience": "https://other.example/"}
    assert refusal(api.token(body)) == (403, "access_denied", "Service not found: https://other.example/")
    token = user.refresh_token()
    body = {"grant_type": "refresh_token", "refresh_token": token, "audience": "https://other.example/"}
    assert api.token(body).status == 400


def test_a_grant_that_the_fake_does_not_have_is_no_login() -> None:
    """The journal names no operation, and the only violation is the grant."""
    api = TenantClient()
    api.token({"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://app.example/"})
    assert api.last.operation is None
    assert api.last.refusal_id == "unsupported_grant_type"
    (violation,) = api.last.violations
    assert violation.startswith("request $.grant_type: the fake has no grant 'authorization_code'")
    assert "authorization_code" in str(api.last.hint)


def test_tokens_and_userinfo_have_the_picture_and_the_time_of_the_last_change() -> None:
    """As recorded: Gravatar's picture by the email, and an ISO time."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user("ada@example.com")
    token = api.login(user, scope="openid profile email").json()["access_token"]
    body = api.send("GET", "/userinfo", token=token).json()
    assert list(body) == ["sub", "nickname", "name", "picture", "updated_at", "email", "email_verified"]
    assert body["picture"].startswith("https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=")
    assert body["updated_at"] == "2023-11-14T22:13:20.000Z"


def test_the_mfa_audience_gives_its_scopes_when_none_are_asked_for() -> None:
    """And no others when some are."""
    api = TenantClient()
    user = api.tenant.add_user()
    scope = api.login(user, audience=api.tenant.mfa_audience).json()["scope"]
    assert scope == f"openid profile email {ALL_SCOPES}"
    asked = api.login(user, audience=api.tenant.mfa_audience, scope="enroll read:things").json()["scope"]
    assert asked == "enroll"
    assert api.login(api.tenant.add_user(mfa=False), scope="enroll openid").json()["scope"] == "openid"


def test_an_access_token_is_no_mfa_token_in_a_challenge() -> None:
    """It is malformed there, and in the recovery grant."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("otp")
    token = api.managing_token(user)
    for answer in (api.challenge(token), api.recovery(token, user.recovery_code or "")):
        assert refusal(answer) == (403, "invalid_grant", "Malformed mfa_token")


def test_an_access_token_confirms_but_does_not_log_in() -> None:
    """With an active authenticator's code it is no second factor."""
    api = TenantClient()
    user = api.tenant.add_user()
    otp = user.enroll("otp")
    token = api.managing_token(user)
    assert api.otp(token, otp.code()).json()["error"] == "unsupported_challenge_type"


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
    api = TenantClient()
    user = api.tenant.add_user()
    others = " ".join(s for s in ALL_SCOPES.split() if s != scope)
    answer = api.send(method, path, body, api.managing_token(user, others))
    assert refusal(answer) == (403, "insufficient_scope", f"Insufficient scope, expected: {scope}")
    assert api.send(method, path, body, api.managing_token(user, scope)).status in (200, 404)
    foreign = api.login(api.tenant.add_user(mfa=False), audience=API, scope=scope).json()["access_token"]
    assert refusal(api.send(method, path, body, foreign)) == INVALID


def test_deletion_takes_twins_along_and_nobody_elses() -> None:
    """push with its totp; a foreign id is as unknown as none; an mfa_token deletes nothing."""
    api = TenantClient()
    user, other = api.tenant.add_user(), api.tenant.add_user()
    theirs = other.enroll("otp")
    otp, push = user.enroll("otp"), user.enroll("push")
    token = api.managing_token(user)
    assert refusal(api.delete(token, theirs.id)) == (404, "not_found", "Authenticator not found.")
    assert refusal(api.delete(api.mfa_token(user), otp.id)) == INVALID
    assert api.delete(token, push.id).status == 204
    assert [entry.id for entry in user.authenticators] == [otp.id]
    assert api.delete(token, otp.id).status == 204, "the last one too"
    assert api.associate(api.mfa_token(user), "otp").status == 200
    assert other.authenticators == [theirs]


def test_a_deleted_authenticator_cannot_be_confirmed_or_answered() -> None:
    """Its oob_code is of no use any more."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.managing_token(user)
    oob_code = api.associate(token, "email").json()["oob_code"]
    assert api.delete(token, user.authenticators[0].id).status == 204
    assert api.oob(token, oob_code, api.code(user)).status == 403
    assert user.authenticators == []


# -- refresh ---------------------------------------------------------------------------------------


def test_a_refresh_token_renews_and_may_demand_mfa() -> None:
    """One from a login with MFA does not demand it again; a seeded one does."""
    api = TenantClient()
    user = api.tenant.add_user()
    otp = user.enroll("otp")
    login = api.otp(api.mfa_token(user, scope="openid offline_access"), otp.code()).json()
    renewed = api.token({"grant_type": "refresh_token", "refresh_token": login["refresh_token"]})
    assert renewed.json()["scope"] == "openid offline_access"
    assert "refresh_token" not in renewed.json()
    api.tenant.clock.advance(30)
    demanded = api.token({"grant_type": "refresh_token", "refresh_token": user.refresh_token(scope="openid")})
    assert demanded.json()["error"] == "mfa_required"
    tokens = api.otp(demanded.json()["mfa_token"], otp.code()).json()
    assert tokens["scope"] == "openid"


def test_a_refresh_tells_the_scope_where_it_is_not_what_was_asked_for_once() -> None:
    """The original request is remembered, with what was not granted of it."""
    api = TenantClient({"scope_in_answer": "when-different"})
    user = api.tenant.add_user(mfa=False)
    granted = "openid offline_access"
    for asked, told in ((granted, None), (f"{granted} what-is-this", granted)):
        login = api.login(user, scope=asked).json()
        renewed = api.token({"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}).json()
        assert (login.get("scope"), renewed.get("scope")) == (told, told)


def test_a_refresh_never_widens_the_scope() -> None:
    """What was not granted is not given, also when nothing of what is asked was granted."""
    api = TenantClient()
    user = api.tenant.add_user(mfa=False)
    grant = {"grant_type": "refresh_token", "refresh_token": user.refresh_token(scope="openid offline_access")}
    assert api.token({**grant, "scope": "openid email"}).json()["scope"] == "openid"
    nothing = api.token({**grant, "scope": "email"}).json()
    assert nothing["scope"] == ""
    assert "id_token" not in nothing


@pytest.mark.parametrize("spoil", ["unknown", "client", "deleted"])
def test_a_wrong_refresh_token_is_refused(spoil: str) -> None:
    """Unknown, another application's, or of a user who is no more."""
    api = TenantClient()
    api.tenant.add_application(client_id="other", token_endpoint_auth_method="none")
    user = api.tenant.add_user(mfa=False)
    grant = {"grant_type": "refresh_token", "refresh_token": user.refresh_token()}
    if spoil == "deleted":
        api.tenant.remove_user(user)
    changed = {"unknown": {"refresh_token": "v1.no"}, "client": {"client_id": "other"}}.get(spoil, {})
    answer = api.token(grant | changed)
    assert refusal(answer) == (403, "invalid_grant", "Unknown or invalid refresh token.")


# -- discovery and userinfo ------------------------------------------------------------------------


def test_discovery_names_the_tenants_own_addresses() -> None:
    """The issuer ends in a slash; HEAD answers without a body."""
    api = TenantClient(domain="localhost:8443")
    body = api.send("GET", "/.well-known/openid-configuration").json()
    assert body["issuer"] == "https://localhost:8443/"
    assert body["token_endpoint"] == "https://localhost:8443/oauth/token"
    assert api.send("GET", "/.well-known/jwks.json?x=1").json()["keys"][0]["kty"] == "RSA"
    head = api.send("HEAD", "/.well-known/jwks.json")
    assert (head.status, head.body) == (200, b"")


def test_discovery_has_what_published_documents_have() -> None:
    """Row D-31: grants, PKCE, the end of a refresh token, three algorithms and fourteen scopes."""
    about = TenantClient().send("GET", "/.well-known/openid-configuration").json()
    assert {"password", "refresh_token", "client_credentials"} <= set(about["grant_types_supported"])
    assert about["code_challenge_methods_supported"] == ["S256", "plain"]
    assert about["revocation_endpoint"] == "https://tenant.example/oauth/revoke"
    assert about["id_token_signing_alg_values_supported"] == ["HS256", "RS256", "PS256"]
    assert len(about["scopes_supported"]) == 14


def test_the_management_api_has_an_envelope_of_its_own() -> None:
    """An unknown path there is no violation of the schemas, which are those of the other API."""
    api = TenantClient()
    answer = api.send("GET", "/api/v2/clients")
    assert (answer.status, answer.json()) == (404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"})
    assert api.last.violations == []


def test_userinfo_shows_what_the_scope_allows() -> None:
    """For a token with openid, whatever its API; expired and foreign ones are refused."""
    api = TenantClient()
    user = api.tenant.add_user("ada@example.com", mfa=False)
    token = api.login(user, scope="openid email").json()["access_token"]
    body = api.send("GET", "/userinfo", token=token).json()
    assert body == {"sub": user.id, "email": "ada@example.com", "email_verified": False}
    without = api.login(user, scope="email").json()["access_token"]
    assert api.send("GET", "/userinfo", token=without).status == 401
    api.tenant.clock.advance(86400)
    assert api.send("GET", "/userinfo", token=token).status == 401
