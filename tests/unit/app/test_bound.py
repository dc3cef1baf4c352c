"""Tokens that are bound to a key: how they are issued and used (entries B1 to B13)."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from helpers.proofs import ADA, EVE, bound, proof
from helpers.tenant_client import TenantClient, refusal

from pytest_auth0_mfa import Response, User
from pytest_auth0_mfa.app.reasons import sentence
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of
from pytest_auth0_mfa.spec.operations import MFA_OTP, MFA_RECOVERY_CODE
from pytest_auth0_mfa.tenant.entities import MfaDemand
from pytest_auth0_mfa.tenant.signing import ProofKey

API = "https://api.example/"
OTP = {"grant_type": MFA_OTP}


class Bound(TenantClient):
    """A client that sends proofs."""

    def grant(self, body: dict[str, Json], key: ProofKey | None = ADA, **claims: Json) -> Response:
        """``POST /oauth/token`` with credentials and, if there is a key, its proof."""
        headers = {} if key is None else {"dpop": proof(self.tenant, key=key, **claims)}
        return self.send("POST", "/oauth/token", {**self.client, **body}, headers=headers)

    def public(self) -> None:
        """Make the application a public one."""
        application = self.tenant.applications[self.tenant.client_id]
        application.token_endpoint_auth_method = "none"

    def nonce(self) -> str:
        """The nonce of a demand."""
        answer = self.grant({"grant_type": "refresh_token", "refresh_token": "unknown"})
        assert answer.json()["error"] == "use_dpop_nonce"
        return answer.headers["dpop-nonce"]

    def userinfo(self, token: str, key: ProofKey = ADA, **claims: Json) -> Response:
        """``GET /userinfo`` with a bound token."""
        return self.send("GET", "/userinfo", headers=bound(self.tenant, token, "/userinfo", key=key, **claims))


@pytest.fixture
def api() -> Bound:
    return Bound()


def person(api: Bound) -> User:
    return api.tenant.add_user(mfa=False)


def cnf(body: dict[str, Any]) -> Json:
    claims: dict[str, Json] = jwt.decode(body["access_token"], options={"verify_signature": False})
    return claims.get("cnf")


# -- how tokens are bound --------------------------------------------------------------------------


def test_a_login_with_a_proof_gives_bound_tokens(api: Bound) -> None:
    """The JWT names the thumbprint of the key; without a proof the token is a bearer token."""
    user = person(api)
    body = api.grant(api.tenant.password_grant(user, audience=API)).json()
    assert (body["token_type"], cnf(body)) == ("DPoP", {"jkt": ADA.jkt})
    plain = api.grant(api.tenant.password_grant(user, audience=API), None).json()
    assert (plain["token_type"], cnf(plain)) == ("Bearer", None)
    opaque = api.grant(api.tenant.password_grant(user)).json()
    assert (opaque["token_type"], opaque["access_token"].count(".")) == ("DPoP", 0)
    id_token = jwt.decode(body["id_token"], options={"verify_signature": False})
    assert "cnf" not in id_token


def test_the_last_factor_decides_the_binding(api: Bound) -> None:
    """A proof with the password binds nothing while a factor is missing: entry B13."""
    user = api.tenant.add_user(mfa=True)
    otp = user.enroll("otp")
    demand = api.grant(api.tenant.password_grant(user))
    assert demand.json()["error"] == "mfa_required"
    codes = {"mfa_token": demand.json()["mfa_token"], "otp": otp.code()}
    assert api.grant({**OTP, **codes}, None).json()["token_type"] == "Bearer"
    recovery = {"grant_type": MFA_RECOVERY_CODE, "recovery_code": user.recovery_code}
    body = api.grant({**recovery, "mfa_token": api.mfa_token(user)}, EVE).json()
    assert body["token_type"] == "DPoP"
    assert api.userinfo(body["access_token"], EVE).status == 200


def test_client_credentials_are_bound_too(api: Bound) -> None:
    """An application that calls for itself can prove its key."""
    body = api.grant({"grant_type": "client_credentials", "audience": API}).json()
    assert (body["token_type"], cnf(body)) == ("DPoP", {"jkt": ADA.jkt})


@pytest.mark.parametrize("audience", [API, "management"])
def test_an_api_that_does_not_bind_ignores_the_proof(audience: str) -> None:
    """The token is a bearer token: entry B2. The Management API never binds."""
    api = Bound(proof_of_possession={"https://other.example/": False})
    wanted = api.tenant.management_audience if audience == "management" else audience
    body = api.grant({"grant_type": "client_credentials", "audience": wanted}).json()
    assert (body["token_type"], cnf(body)) == ("Bearer", None)
    for own in (None, api.tenant.mfa_audience, api.tenant.userinfo_audience):
        granted = api.grant(api.tenant.password_grant(person(api), audience=own)).json()
        assert granted["token_type"] == "DPoP"


def test_an_api_may_demand_a_proof() -> None:
    """The login is refused without one, and nothing is used up: entry B7."""
    api = Bound(proof_of_possession={API: True})
    user = api.tenant.add_user(mfa=True)
    otp = user.enroll("otp")
    codes = {"mfa_token": api.mfa_token(user, audience=API), "otp": otp.code()}
    assert refusal(api.grant({**OTP, **codes}, None)) == (400, "invalid_request", "A DPoP proof is required.")
    assert "the API demands" in str(api.last.hint)
    assert api.grant({**OTP, **codes}).json()["token_type"] == "DPoP"


def test_an_application_may_demand_a_proof(api: Bound) -> None:
    """It gets no token without one, nor for an API that binds none."""
    other = api.tenant.add_application(require_proof_of_possession=True)
    own = {"client_id": other.client_id, "client_secret": other.client_secret}
    asked = {"grant_type": "client_credentials", "audience": API, **own}
    assert api.grant(asked, None).json()["error"] == "invalid_request"
    assert api.grant(asked).json()["token_type"] == "DPoP"
    api.tenant.proof_of_possession = {}
    assert api.grant(asked).json()["error"] == "invalid_request"
    assert "the API binds no tokens" in str(api.last.hint)


def test_a_demand_for_one_more_factor_asks_for_no_proof() -> None:
    """The proof of the last call counts, so the earlier ones may be without."""
    api = Bound(proof_of_possession={API: True})
    user = api.tenant.add_user(mfa=True)
    otp = user.enroll("otp")
    token = api.mfa_token(user, audience=API)
    api.tenant.tokens.mfa[token].following = (MfaDemand(),)
    assert api.grant({**OTP, "mfa_token": token, "otp": otp.code()}, None).json()["error"] == "mfa_required"


# -- what is wrong with a proof --------------------------------------------------------------------


def test_a_wrong_proof_is_refused_and_nothing_is_used_up(api: Bound) -> None:
    """The same code is good afterwards; the journal says what was wrong, and never holds the proof."""
    user = api.tenant.add_user(mfa=True)
    otp = user.enroll("otp")
    body = {**OTP, "mfa_token": api.mfa_token(user), "otp": otp.code()}
    for claims in ({"htm": "GET"}, {"htu": "https://tenant.example/oauth/tokens"}, {"iat": 1}, {"jti": ""}):
        assert refusal(api.grant(body, **claims)) == (400, "invalid_dpop_proof", "Invalid DPoP proof")
        assert next(iter(claims)) in str(api.last.hint)
        assert "www-authenticate" not in api.last.response.headers
        assert "dpop-nonce" not in api.last.response.headers
    assert api.grant(body).status == 200


@pytest.mark.parametrize("given", ["", "eyJ", "twice"])
def test_what_is_no_proof(api: Bound, given: str) -> None:
    """An empty header, a text, or two proofs in one header."""
    text = f"{proof(api.tenant)}, {proof(api.tenant)}" if given == "twice" else given
    asked = api.tenant.password_grant(person(api))
    answer = api.send("POST", "/oauth/token", asked, headers={"DPoP": text})
    assert answer.json()["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "claims",
    [
        {"jti": "\ud800"}, {"jti": "\0"}, {"nonce": {}}, {"nonce": "\ud800"}, {"htu": {}}, {"htm": ["POST"]},
        {"iat": []},
        {"iat": {"$gt": 0}}, {"ath": {}}, {"jwk": "x"}, {"deep": json.loads("[" * 90 + "]" * 90)},
    ],
)  # fmt: skip
def test_hostile_proofs_are_answered(api: Bound, claims: dict[str, Json]) -> None:
    """With tokens or a refusal, never with an error of the server: for a grant and at a resource."""
    user = person(api)
    assert api.grant(api.tenant.password_grant(user), **claims).status in (200, 400)
    api.tenant.profile = api.tenant.profile.with_(dpop_nonce="always", dpop_nonce_at_resources=True)
    assert api.grant(api.tenant.password_grant(user), **claims).status == 400
    assert api.userinfo(user.access_token(jkt=ADA.jkt), **claims).status == 401


def test_a_proof_is_good_once(api: Bound) -> None:
    """For any call: entry B6."""
    asked = api.tenant.password_grant(person(api))
    made = {"dpop": proof(api.tenant)}
    assert api.send("POST", "/oauth/token", asked, headers=made).status == 200
    answer = api.send("POST", "/oauth/token", asked, headers=made)
    assert answer.json()["error"] == "invalid_dpop_proof"
    assert "used before" in str(api.last.hint)


def test_the_application_is_authenticated_first(api: Bound) -> None:
    """A wrong secret counts before a wrong proof, and so does a grant that the application may not use."""
    asked = {**api.tenant.password_grant(person(api)), "client_secret": "wrong"}
    assert api.send("POST", "/oauth/token", asked, headers={"dpop": "eyJ"}).status == 401


def test_the_host_that_was_called_counts_too(api: Bound) -> None:
    """A server may be called under another name than the tenant's domain."""
    asked = api.tenant.password_grant(person(api))
    for host, status in (("tenant.example", 200), ("login.example:8443", 200), ("evil.example", 400)):
        made = proof(api.tenant, htu=f"https://{host}/oauth/token")
        headers = {"dpop": made, "host": "login.example:8443"}
        assert api.send("POST", "/oauth/token", asked, headers=headers).status == status


# -- nonces ----------------------------------------------------------------------------------------


def test_a_public_application_needs_a_nonce(api: Bound) -> None:
    """It is told one, and the same code is good with it: entry B3."""
    api.public()
    user = api.tenant.add_user(mfa=True)
    otp = user.enroll("otp")
    body = {**OTP, "mfa_token": api.mfa_token(user), "otp": otp.code()}
    answer = api.grant(body)
    assert refusal(answer) == (400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof")
    assert api.last.hint is None
    assert "www-authenticate" not in answer.headers
    assert api.grant(body, nonce="wrong").json()["error"] == "use_dpop_nonce"
    granted = api.grant(body, nonce=answer.headers["dpop-nonce"])
    assert granted.json()["token_type"] == "DPoP"
    assert "dpop-nonce" not in granted.headers


def test_the_proof_that_was_refused_for_its_nonce_is_not_used_up(api: Bound) -> None:
    """Its `jti` may be used again, as by a client that signs the same claims anew."""
    api.public()
    asked = api.tenant.password_grant(person(api))
    nonce = api.grant(asked, jti="mine").headers["dpop-nonce"]
    assert api.grant(asked, jti="mine", nonce=nonce).status == 200


def test_a_nonce_grows_old(api: Bound) -> None:
    """Then a new one is demanded."""
    api.public()
    asked = api.tenant.password_grant(person(api))
    nonce = api.nonce()
    api.tenant.clock.advance(299)
    assert api.grant(asked, nonce=nonce).status == 200
    api.tenant.clock.advance(1)
    answer = api.grant(asked, nonce=nonce)
    assert answer.json()["error"] == "use_dpop_nonce"
    assert answer.headers["dpop-nonce"] != nonce


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("rule", "demanded"), [("always", (True, True)), ("never", (False, False)), ("public", (False, True))]
)
def test_who_needs_a_nonce_is_the_profiles(rule: str, demanded: tuple[bool, bool], public: bool) -> None:
    """Everybody, nobody, or public applications."""
    api = Bound({"dpop_nonce": rule})
    if public:
        api.public()
    answer = api.grant(api.tenant.password_grant(person(api)))
    assert (answer.status == 400) == demanded[public]


def test_a_success_may_carry_a_nonce() -> None:
    """If the profile says so, and only beside a proof."""
    api = Bound({"dpop_nonce_on_success": True})
    asked = api.tenant.password_grant(person(api))
    nonce = api.grant(asked).headers["dpop-nonce"]
    assert "dpop-nonce" not in api.grant(asked, None).headers
    api.public()
    assert api.grant(asked, nonce=nonce).status == 200


# -- refresh tokens --------------------------------------------------------------------------------


def renew(api: Bound, token: str, key: ProofKey | None = ADA, **claims: Json) -> Response:
    return api.grant({"grant_type": "refresh_token", "refresh_token": token}, key, **claims)


def test_the_refresh_token_of_a_public_application_is_bound(api: Bound) -> None:
    """It needs a proof by the same key, also after rotation: entry B8."""
    api.public()
    api.tenant.applications[api.tenant.client_id].rotate_refresh_tokens = True
    nonce = api.nonce()
    asked = api.tenant.password_grant(person(api), scope="openid offline_access")
    first = api.grant(asked, nonce=nonce).json()["refresh_token"]
    for _ in range(2):
        for key in (EVE, None):
            answer = renew(api, first, key, nonce=nonce)
            assert refusal(answer) == (400, "invalid_dpop_proof", "The refresh token is bound to another key.")
        body = renew(api, first, nonce=nonce).json()
        assert body["token_type"] == "DPoP"
        first = body["refresh_token"]


def test_the_refresh_token_of_a_confidential_application_is_not(api: Bound) -> None:
    """Each renewal binds to the key of its own proof."""
    asked = api.tenant.password_grant(person(api), scope="openid offline_access", audience=API)
    token = api.grant(asked).json()["refresh_token"]
    assert cnf(renew(api, token, EVE).json()) == {"jkt": EVE.jkt}
    assert cnf(renew(api, token, None).json()) is None


@pytest.mark.parametrize(("rule", "status"), [("always", 400), ("never", 200), ("public", 200)])
def test_whose_refresh_tokens_are_bound_is_the_profiles(rule: str, status: int) -> None:
    """Here of a confidential application."""
    api = Bound({"dpop_binds_refresh_token": rule})
    asked = api.tenant.password_grant(person(api), scope="openid offline_access")
    assert renew(api, api.grant(asked).json()["refresh_token"], EVE).status == status


def test_a_refresh_token_from_before_stays_unbound(api: Bound) -> None:
    """The access token is bound, the refresh token can be used with any key."""
    api.public()
    nonce = api.nonce()
    token = person(api).refresh_token()
    assert renew(api, token, ADA, nonce=nonce).json()["token_type"] == "DPoP"
    assert renew(api, token, EVE, nonce=nonce).json()["token_type"] == "DPoP"
    assert renew(api, token, None).json()["token_type"] == "Bearer"


def test_a_refresh_gives_tokens_for_the_users_own_page(api: Bound) -> None:
    """The scopes of that API need not be those of the login: entry M2."""
    user = person(api)
    wanted = "openid read:me:factors read:orders"
    asked = {"grant_type": "refresh_token", "refresh_token": user.refresh_token(), "scope": wanted}
    body = api.grant({**asked, "audience": api.tenant.me_audience}).json()
    assert (body["scope"], body["token_type"], cnf(body)) == ("openid read:me:factors", "DPoP", {"jkt": ADA.jkt})


def test_an_application_alone_gets_no_token_for_the_users_own_page(api: Bound) -> None:
    """There is no user whose page it would be: entry M3."""
    audience = api.tenant.me_audience
    answer = api.grant({"grant_type": "client_credentials", "audience": audience}, None)
    assert refusal(answer) == (403, "access_denied", f'Client is not authorized to access "{audience}".')


# -- how tokens are used ---------------------------------------------------------------------------


def resource(api: Bound, path: str) -> tuple[User, str | None]:
    user = api.tenant.add_user(mfa=False)
    return user, (None if path == "/userinfo" else api.tenant.mfa_audience)


PATHS = ("/userinfo", "/mfa/authenticators")


@pytest.mark.parametrize("path", PATHS)
def test_a_bound_token_is_used_with_a_proof(api: Bound, path: str) -> None:
    """With the scheme DPoP, in any case, and a proof for this call: entry B9."""
    user, audience = resource(api, path)
    token = user.access_token(audience=audience, jkt=ADA.jkt)
    assert api.send("GET", path, headers=bound(api.tenant, token, path)).status == 200
    headers = bound(api.tenant, token, path)
    assert api.send("GET", path, headers={**headers, "authorization": f"dpop {token}"}).status == 200


@pytest.mark.parametrize("path", PATHS)
def test_the_scheme_has_to_fit_the_token(api: Bound, path: str) -> None:
    """A bound token as Bearer, an unbound one as DPoP, and a proof by another key: entry B10."""
    user, audience = resource(api, path)
    token, plain = user.access_token(audience=audience, jkt=ADA.jkt), user.access_token(audience=audience)
    wrong = (
        {"authorization": f"Bearer {token}"},
        {**bound(api.tenant, token, path), "authorization": f"Bearer {token}"},
        bound(api.tenant, plain, path),
        bound(api.tenant, token, path, key=EVE),
    )
    for headers in wrong:
        answer = api.send("GET", path, headers=headers)
        assert refusal(answer)[:2] == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_token", error_description="')
        assert answer.headers["www-authenticate"].endswith('algs="ES256"')
    beside = {**bound(api.tenant, plain, path), "authorization": f"Bearer {plain}"}
    assert api.send("GET", path, headers=beside).status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "claims", [{"ath": None}, {"ath": "wrong"}, {"htm": "POST"}, {"htu": "https://tenant.example/"}]
)
def test_the_proof_has_to_be_for_this_call(api: Bound, path: str, claims: dict[str, Json]) -> None:
    """For this token, method and address."""
    user, audience = resource(api, path)
    token = user.access_token(audience=audience, jkt=ADA.jkt)
    answer = api.send("GET", path, headers=bound(api.tenant, token, path, **claims))
    assert refusal(answer) == (401, "invalid_dpop_proof", "Invalid DPoP proof")
    assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_dpop_proof", ')
    bare = api.send("GET", path, headers={"authorization": f"DPoP {token}"})
    assert bare.json()["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize("path", PATHS)
def test_a_proof_is_good_for_one_call_of_a_resource(api: Bound, path: str) -> None:
    """As at the token endpoint."""
    user, audience = resource(api, path)
    headers = bound(api.tenant, user.access_token(audience=audience, jkt=ADA.jkt), path)
    assert [api.send("GET", path, headers=headers).status for _ in range(2)] == [200, 401]


def test_the_token_counts_before_its_proof(api: Bound) -> None:
    """An unknown or expired token, or one without the scope, is refused as ever."""
    user = person(api)
    for token in ("unknown", user.access_token(audience=API, scope="read:orders", jkt=ADA.jkt)):
        assert (
            api.send("GET", "/userinfo", headers={"authorization": f"DPoP {token}"}).json()["error"] == "unauthorized"
        )
    token = user.access_token(audience=api.tenant.mfa_audience, scope="enroll", jkt=ADA.jkt)
    answer = api.send("GET", "/mfa/authenticators", headers={"authorization": f"DPoP {token}"})
    assert answer.json()["error"] == "insufficient_scope"


def test_an_mfa_token_is_not_bound(api: Bound) -> None:
    """It goes with the scheme Bearer; a proof beside it is not looked at."""
    user = api.tenant.add_user(mfa=True)
    token = api.mfa_token(user)
    path = "/mfa/authenticators"
    assert api.send("GET", path, headers=bound(api.tenant, token, path)).json()["error"] == "invalid_token"
    assert api.send("GET", path, headers={"authorization": f"Bearer {token}", "dpop": "eyJ"}).status == 200


def test_a_resource_may_demand_a_nonce() -> None:
    """If the profile says so: entry B11. The challenge names the error first, and the nonce comes beside."""
    api = Bound({"dpop_nonce_at_resources": True})
    token = person(api).access_token(jkt=ADA.jkt)
    answer = api.userinfo(token)
    assert refusal(answer) == (401, "use_dpop_nonce", "Resource server requires nonce in DPoP proof")
    assert answer.headers["www-authenticate"].startswith('DPoP error="use_dpop_nonce", ')
    assert api.userinfo(token, nonce=answer.headers["dpop-nonce"]).status == 200


def test_a_bound_token_at_the_users_own_page() -> None:
    """The same rules; a refusal is a problem, and its challenge is RFC 9449's."""
    api = Bound({"dpop_nonce_at_resources": True})
    user, path = person(api), "/me/v1/authentication-methods?type=phone"
    token = user.access_token(audience=api.tenant.me_audience, jkt=ADA.jkt)
    answer = api.send("GET", path, headers=bound(api.tenant, token, path))
    nonce = answer.headers["dpop-nonce"]
    wrong = (
        ("use_dpop_nonce", bound(api.tenant, token, path)),
        ("invalid_dpop_proof", {"authorization": f"DPoP {token}"}),
        ("invalid_dpop_proof", bound(api.tenant, token, "/me/v1/factors", nonce=nonce)),
        ("invalid_token", {"authorization": f"Bearer {token}"}),
        ("invalid_token", bound(api.tenant, token, path, key=EVE, nonce=nonce)),
    )
    for error, headers in wrong:
        answer = api.send("GET", path, headers=headers)
        assert (answer.status, error_of(answer.json())) == (401, "A0E-401-0003")
        assert answer.headers["www-authenticate"].startswith(f'DPoP error="{error}", ')
    assert api.send("GET", path, headers=bound(api.tenant, token, path, nonce=nonce)).status == 200


def test_authenticators_are_managed_with_a_bound_token(api: Bound) -> None:
    """Enrolled and deleted; the id in the address is signed raw or escaped."""
    user = person(api)
    token = user.access_token(audience=api.tenant.mfa_audience, jkt=ADA.jkt)
    path = "/mfa/associate"
    headers = bound(api.tenant, token, path, method="POST")
    assert api.send("POST", path, {"authenticator_types": ["otp"]}, headers=headers).status == 200
    identifier = user.authenticators[0].id
    sent, signed = (f"/mfa/authenticators/{i}" for i in (identifier.replace("|", "%7c"), identifier))
    headers = bound(api.tenant, token, signed, method="DELETE")
    assert api.send("DELETE", sent, headers=headers).status == 204


def test_discovery_names_the_algorithm_of_proofs(api: Bound) -> None:
    """ES256: entry B12."""
    document = api.send("GET", "/.well-known/openid-configuration").json()
    assert document["dpop_signing_alg_values_supported"] == ["ES256"]


# -- what is said of it ----------------------------------------------------------------------------


def test_the_journal_explains_what_was_refused(api: Bound) -> None:
    """What is wrong with a proof or its token, and that a demand for a nonce is a usual step."""
    user = person(api)

    def said() -> str:
        return sentence(api.last, api.tenant.calls[:], api.tenant)

    api.grant(api.tenant.password_grant(user), htm="GET")
    assert said() == "The proof's htm is not this method: expected POST."
    old = user.access_token(audience=api.tenant.mfa_audience, jkt=ADA.jkt)
    api.tenant.clock.advance(700)
    path = "/mfa/authenticators"
    api.send("GET", path, headers=bound(api.tenant, old, path))
    assert said() == "This access token expired 100 s ago, by the tenant's clock."
    api.public()
    api.grant(api.tenant.password_grant(user))
    assert said().startswith("The proof needs a nonce: send the same request once more")


# -- the tenant ------------------------------------------------------------------------------------


def test_access_tokens_of_an_earlier_login(api: Bound) -> None:
    """Any audience, with its own scopes unless others are given; bound if a thumbprint is."""
    user = person(api)
    assert api.send("GET", "/userinfo", token=user.access_token()).json()["sub"] == user.id
    page = jwt.decode(user.access_token(audience=api.tenant.me_audience), options={"verify_signature": False})
    assert "read:me:authentication_methods" in page["scope"].split()
    assert page["exp"] - page["iat"] == 86400
    with pytest.raises(ConfigurationError, match="client_id='unknown'"):
        user.access_token(client_id="unknown")


@pytest.mark.parametrize("given", ["all", ["a"], {"": True}, {"https://api.example/": "yes"}, {1: True}])
def test_what_cannot_say_which_apis_bind(given: Any) -> None:
    """A mapping of texts to True or False, or nothing."""
    with pytest.raises(ConfigurationError, match="proof_of_possession="):
        Bound(proof_of_possession=given)
