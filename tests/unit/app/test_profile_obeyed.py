"""Every field of the profile decides something: for every alternative there is a call that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from helpers.proofs import ADA, EVE, bound, proof
from helpers.tenant_client import FACTORS, TenantClient
from unit.app import account_probes
from unit.app import test_table as test_app_table

from pytest_auth0_mfa import Request, Response, User
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.tenant.signing import ProofKey

Probe = Callable[[TenantClient], object]
PROBES: dict[str, Probe] = {**account_probes.PROBES}
ELSEWHERE = frozenset({"policies_verb", "management_lists_pending"})
"""Fields of the Management API; its own tests show them."""
DECIDED_EARLIER = frozenset({"success_resets_codes"})
"""Fields that are read when something changes, and whose answer shows only later."""


def probe(function: Probe) -> Probe:
    """The function shows what the field of its name decides: what it returns differs between alternatives."""
    PROBES[function.__name__] = function
    return function


def _user_with(api: TenantClient, factor: str, **more: Json) -> User:
    user = api.tenant.add_user("ada@example.com", **more)
    user.enroll(factor)  # type: ignore[arg-type]
    return user


def _challenge_raw(api: TenantClient, body: bytes, content_type: str) -> int:
    return api.handle(Request("POST", "/mfa/challenge", {"content-type": content_type}, body)).status


# -- what a request may look like ------------------------------------------------------------------


@probe
def challenge_oob_channel(api: TenantClient) -> object:
    user = _user_with(api, "email")
    user.enroll("sms")
    return "binding_method" in api.challenge(api.mfa_token(user), challenge_type="oob", oob_channel="auth0").json()


@probe
def challenge_form(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    return api.send("POST", "/mfa/challenge", {"mfa_token": token, **api.client}, form=True).status


@probe
def challenge_json_as_form(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    body = _json({"mfa_token": token, **api.client})
    return _challenge_raw(api, body, "application/x-www-form-urlencoded")


def _json(body: Json) -> bytes:
    return json.dumps(body).encode()


@probe
def challenge_type_required(api: TenantClient) -> object:
    return api.challenge(api.mfa_token(_user_with(api, "otp"))).status


@probe
def challenge_checks_secret(api: TenantClient) -> object:
    return api.challenge(api.mfa_token(_user_with(api, "otp")), client_secret="wrong").status


@probe
def associate_client_id_required(api: TenantClient) -> object:
    return api.associate(api.mfa_token(api.tenant.add_user()), "otp").status


@probe
def associate_checks_client(api: TenantClient) -> object:
    return api.associate(api.mfa_token(api.tenant.add_user()), "otp", client_id="another").status


@probe
def associate_form(api: TenantClient) -> object:
    token = api.mfa_token(api.tenant.add_user())
    return api.send("POST", "/mfa/associate", {"authenticator_types": "otp"}, token, form=True).status


@probe
def string_for_list(api: TenantClient) -> object:
    token = api.mfa_token(api.tenant.add_user())
    return api.send("POST", "/mfa/associate", {"authenticator_types": "otp"}, token).status


@probe
def token_json_as_form(api: TenantClient) -> object:
    body = _json(api.tenant.password_grant(api.tenant.add_user(mfa=False)))
    label = {"content-type": "application/x-www-form-urlencoded"}
    return api.handle(Request("POST", "/oauth/token", label, body)).status


@probe
def several_values(api: TenantClient) -> object:
    return api.associate(api.mfa_token(api.tenant.add_user()), "otp", authenticator_types=["otp", "oob"]).status


@probe
def email_optional(api: TenantClient) -> object:
    return api.associate(api.mfa_token(api.tenant.add_user()), "email", email=None).status


@probe
def duplicate_email(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    user.enroll("email", email="twice@example.com")
    return api.associate(api.managing_token(user), "email", email="twice@example.com").status


@probe
def spaces_in_phone_number(api: TenantClient) -> object:
    return api.associate(api.mfa_token(api.tenant.add_user()), "sms", phone_number="+1 555-010 0123").status


@probe
def spaces_in_code(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    code = user.authenticators[0].code()
    return api.otp(api.mfa_token(user), f"{code[:3]} {code[3:]}").status


@probe
def recovery_code_any_case(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    return api.recovery(api.mfa_token(user), (user.recovery_code or "").lower()).status


@probe
def list_with_mfa_token(api: TenantClient) -> object:
    return api.send("GET", "/mfa/authenticators", token=api.mfa_token(api.tenant.add_user())).status


# -- what an answer looks like ---------------------------------------------------------------------


@probe
def full_stop_in_code_texts(api: TenantClient) -> object:
    return api.otp(api.mfa_token(_user_with(api, "otp")), "x").json()["error_description"]


@probe
def rate_limit_text(api: TenantClient) -> object:
    api.tenant.rate = Rate(1, 60)
    api.send("GET", "/.well-known/jwks.json")
    return api.send("GET", "/.well-known/jwks.json").json()["error_description"]


@probe
def unsupported_challenge_text(api: TenantClient) -> object:
    otp = _user_with(api, "otp").authenticators[0]
    token = api.mfa_token(api.tenant.user_by_email("ada@example.com"))  # type: ignore[arg-type]
    return api.challenge(token, challenge_type="oob", authenticator_id=otp.id).json()["error_description"]


@probe
def revoke_refuses_foreign_token(api: TenantClient) -> object:
    other = api.tenant.add_application()
    token = _user_with(api, "otp").refresh_token(client_id=other.client_id)
    return api.send("POST", "/oauth/revoke", {"token": token, **api.client}).status


@probe
def deleted_user_named_at_refresh(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    token = user.refresh_token()
    api.tenant.remove_user(user)
    return api.token({"grant_type": "refresh_token", "refresh_token": token}).json()["error_description"]


@probe
def userinfo_unauthorized_as_text(api: TenantClient) -> object:
    answer = api.send("GET", "/userinfo", token="unknown")
    return answer.body, answer.headers.get("content-type"), answer.headers.get("www-authenticate")


@probe
def rate_limit_headers(api: TenantClient) -> object:
    return api.login(_user_with(api, "otp")).headers.get("x-ratelimit-limit")


@probe
def cache_control_of_refusals(api: TenantClient) -> object:
    return api.login(_user_with(api, "otp")).headers.get("cache-control")


@probe
def guardian_base_url(api: TenantClient) -> object:
    return "guardian" in api.associate(api.mfa_token(api.tenant.add_user()), "push").json()["barcode_uri"]


@probe
def recovery_code_after_twin(api: TenantClient) -> object:
    token = api.mfa_token(api.tenant.add_user())
    api.associate(token, "sms")
    return [row["id"].partition("|")[0] for row in api.rows(token)]


@probe
def openid_grants_all(api: TenantClient) -> object:
    return api.login(api.tenant.add_user(mfa=False), scope="openid").json()["scope"]


@probe
def slow_down_retry_after(api: TenantClient) -> object:
    return _polled(api, 1).headers.get("retry-after")


@probe
def oob_channel_name(api: TenantClient) -> object:
    return sorted(api.associate(api.mfa_token(api.tenant.add_user()), "push").json())


@probe
def rows_have_type(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    plain = sorted(api.rows(token)[0])
    api.tenant.profile = api.tenant.profile.with_(mfa_requirements=True)
    return plain, sorted(api.rows(token)[0])


@probe
def mfa_requirements(api: TenantClient) -> object:
    return api.login(_user_with(api, "otp")).json().get("mfa_requirements")


@probe
def otp_rows_have_name(api: TenantClient) -> object:
    return api.rows(api.mfa_token(_user_with(api, "otp")))[0].get("name")


@probe
def implicit_email_first(api: TenantClient) -> object:
    user = _user_with(api, "otp", email_verified=True)
    return [row["authenticator_type"] for row in api.rows(api.mfa_token(user))]


@probe
def newest_first(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    user.enroll("sms")
    return [row["authenticator_type"] for row in api.rows(api.mfa_token(user))]


@probe
def email_mask_visible(api: TenantClient) -> object:
    return api.rows(api.mfa_token(_user_with(api, "email")))[0]["name"]


@probe
def scope_in_answer(api: TenantClient) -> object:
    return api.login(api.tenant.add_user(mfa=False), scope="openid").json().get("scope")


@probe
def cache_control(api: TenantClient) -> object:
    return api.login(api.tenant.add_user(mfa=False)).headers.get("cache-control")


@probe
def www_authenticate(api: TenantClient) -> object:
    return api.send("GET", "/mfa/authenticators").headers.get("www-authenticate")


@probe
def default_scope(api: TenantClient) -> object:
    return api.login(api.tenant.add_user(mfa=False)).json()["scope"]


@probe
def confirmation_gives_id_token(api: TenantClient) -> object:
    user = api.tenant.add_user()
    token = api.managing_token(user, "openid enroll")
    secret = api.associate(token, "otp").json()["secret"]
    assert user.authenticators[0].secret == secret
    return sorted(api.otp(token, user.authenticators[0].code()).json())


@probe
def mfa_grant_scope(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    return api.otp(api.mfa_token(user), user.authenticators[0].code(), scope="openid").json()["scope"]


# -- what happens ----------------------------------------------------------------------------------


def _polled(api: TenantClient, gap: float) -> Json:
    user = _user_with(api, "push")
    token = api.mfa_token(user)
    oob_code = api.challenge(token, challenge_type="oob").json()["oob_code"]
    api.oob(token, oob_code)
    api.tenant.clock.advance(gap)
    return api.oob(token, oob_code)


@probe
def mfa_token_lifetime(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    api.tenant.clock.advance(450)
    return api.challenge(token).status


@probe
def oob_code_lifetime(api: TenantClient) -> object:
    user = _user_with(api, "push")
    token = api.mfa_token(user)
    oob_code = api.challenge(token, challenge_type="oob").json()["oob_code"]
    api.tenant.clock.advance(450)
    return api.oob(token, oob_code).json()["error"]


@probe
def challenge_extends_mfa_token(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    api.tenant.clock.advance(400)
    api.challenge(token)
    api.tenant.clock.advance(400)
    return api.challenge(token).status


@probe
def mfa_token_after_success(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    token = api.mfa_token(user)
    api.otp(token, user.authenticators[0].code())
    return api.challenge(token).status


@probe
def totp_replay(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    code = user.authenticators[0].code()
    api.otp(api.mfa_token(user), code)
    return api.otp(api.mfa_token(user), code).status


@probe
def totp_window(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    code, statuses = user.authenticators[0].code(), []
    for _ in range(4):
        statuses.append(api.otp(api.mfa_token(user), code).status)
        user.authenticators[0].last_step = -1
        api.tenant.clock.advance(30)
    return statuses


@probe
def pending_otp(api: TenantClient) -> object:
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    for _ in range(2):
        api.associate(token, "otp")
    return api.otp(token, user.authenticators[0].code()).status


@probe
def recovery_code_reissued(api: TenantClient) -> object:
    token = api.mfa_token(api.tenant.add_user())
    api.associate(token, "otp")
    return "recovery_codes" in api.associate(token, "otp").json()


@probe
def recovery_code_before_confirmation(api: TenantClient) -> object:
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    api.associate(token, "otp")
    return api.recovery(token, user.recovery_code or "").status


@probe
def challenge_replaces_earlier(api: TenantClient) -> object:
    user = _user_with(api, "email")
    token = api.mfa_token(user)
    first = api.challenge(token).json()["oob_code"]
    code = api.code(user)
    api.challenge(token)
    return api.oob(token, first, code).status


@probe
def challenge_repeats_code(api: TenantClient) -> object:
    user = _user_with(api, "email")
    token = api.mfa_token(user)
    for _ in range(2):
        api.challenge(token)
    return len({message.code for message in api.tenant.outbox})


@probe
def last_deletion_removes_recovery_code(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    token = api.managing_token(user)
    api.delete(token, user.authenticators[0].id)
    return len(api.rows(token))


@probe
def default_authenticator(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    user.enroll("sms")
    return api.challenge(api.mfa_token(user)).json()["challenge_type"]


@probe
def polling_interval(api: TenantClient) -> object:
    return [_interval(api, gap) for gap in (3, 5)]


def _interval(api: TenantClient, gap: float) -> str:
    api.tenant.reset()
    return str(_polled(api, gap).json()["error"])


@probe
def wrong_codes(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    return [api.otp(token, "x").json()["error"] for _ in range(11)].index("too_many_attempts")


@probe
def one_bucket_for_codes(api: TenantClient) -> object:
    token = api.mfa_token(_user_with(api, "otp"))
    for _ in range(10):
        api.otp(token, "x")
    return api.recovery(token, "x").json()["error"]


@probe
def success_resets_codes(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    token = api.mfa_token(user)
    for code in [*["x"] * 9, user.authenticators[0].code(), "x"]:
        api.otp(token, code)
    return api.otp(token, "x").json()["error"]


@probe
def refresh_demands_mfa(api: TenantClient) -> object:
    user = _user_with(api, "otp")
    verified = api.otp(api.mfa_token(user, scope="offline_access"), user.authenticators[0].code()).json()
    tokens = (user.refresh_token(), verified["refresh_token"])
    return [api.token({"grant_type": "refresh_token", "refresh_token": token}).status for token in tokens]


# -- tokens that are bound to a key ----------------------------------------------------------------


def _public(api: TenantClient) -> None:
    api.tenant.applications[api.tenant.client_id].token_endpoint_auth_method = "none"


def _proved(api: TenantClient, key: ProofKey = ADA, body: Json = None, **claims: Json) -> Response:
    """A grant with a proof; by default a login."""
    asked = body or api.tenant.password_grant(api.tenant.add_user(mfa=False), scope="openid offline_access")
    headers = {"dpop": proof(api.tenant, key=key, **claims)}
    return api.send("POST", "/oauth/token", {**api.client, **asked}, headers=headers)


@probe
def dpop_nonce(api: TenantClient) -> object:
    confidential = _proved(api).status
    _public(api)
    return confidential, _proved(api).status


@probe
def dpop_nonce_at_resources(api: TenantClient) -> object:
    token = api.tenant.add_user().access_token(jkt=ADA.jkt)
    return api.send("GET", "/userinfo", headers=bound(api.tenant, token, "/userinfo")).status


@probe
def dpop_nonce_on_success(api: TenantClient) -> object:
    return "dpop-nonce" in _proved(api).headers


@probe
def dpop_nonce_lifetime(api: TenantClient) -> object:
    _public(api)
    nonce = _proved(api).headers["dpop-nonce"]
    outcomes = []
    for seconds in (61, 240):
        api.tenant.clock.advance(seconds)
        outcomes.append(_proved(api, nonce=nonce).status)
    return outcomes


@probe
def dpop_proof_lifetime(api: TenantClient) -> object:
    return [_proved(api, iat=int(api.tenant.clock.now()) - age).status for age in (61, 301)]


@probe
def dpop_binds_refresh_token(api: TenantClient) -> object:
    def other_key(**claims: Json) -> int:
        token = _proved(api, **claims).json()["refresh_token"]
        return _proved(api, EVE, {"grant_type": "refresh_token", "refresh_token": token}, **claims).status

    confidential = other_key()
    _public(api)
    return confidential, other_key(nonce=_proved(api).headers["dpop-nonce"])


@probe
def me_token_lifetime(api: TenantClient) -> object:
    return _proved(
        api, body=api.tenant.password_grant(api.tenant.add_user(mfa=False), audience=api.tenant.me_audience)
    ).json()["expires_in"]


CHOICES = [
    pytest.param(name, value, id=f"{name}-{value}")
    for name, declared in profile_fields().items()
    if not declared.metadata["refusal"] and name not in ELSEWHERE
    for value in alternatives(declared)[1:]
]


def _profile(name: str, value: Json) -> dict[str, Json]:
    """The field, and what it forbids the others to be."""
    return {name: value} | ({"challenge_json_as_form": False} if (name, value) == ("challenge_form", False) else {})


@pytest.mark.parametrize(("name", "value"), CHOICES)
def test_each_alternative_shows(name: str, value: Json) -> None:
    """Some call is answered otherwise, or has another effect, than under the default; its journal names the field."""
    usual, other = TenantClient(factors=FACTORS), TenantClient(_profile(name, value), factors=FACTORS)
    assert PROBES[name](usual) != PROBES[name](other)
    for here, there in zip(usual.tenant.calls, other.tenant.calls, strict=True):
        if here.response.status != there.response.status and name not in DECIDED_EARLIER:
            assert name in here.profile_fields
            assert name in there.profile_fields
            return


@pytest.mark.parametrize("name", [name for name, declared in profile_fields().items() if declared.metadata["refusal"]])
def test_each_refusal_whose_answer_is_disputed_is_in_the_table(name: str) -> None:
    """So that the table's tests reach every one of its alternatives."""
    assert name == "wrong_verb" or any(name in operation.refusals for operation in OPERATIONS.values())
    assert name == "wrong_verb" or name in test_app_table.SPOIL


def test_every_field_has_a_test_that_shows_it() -> None:
    """No field is only declared."""
    cases = {name for name, declared in profile_fields().items() if declared.metadata["refusal"]}
    assert set(PROBES) | cases | ELSEWHERE == set(profile_fields())


def test_a_form_is_what_it_says() -> None:
    """The helper of these tests sends real forms."""
    api = TenantClient()
    api.send("POST", "/oauth/token", api.tenant.password_grant(api.tenant.add_user(mfa=False)), form=True)
    assert api.last.response.status == 200
    assert api.last.request.body.startswith(urlencode({"grant_type": "password"}).encode())
