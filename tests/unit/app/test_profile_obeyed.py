"""Every field of the profile decides something: for every alternative there is a call that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from helpers.tenant_client import FACTORS, TenantClient
from unit.app import test_table as test_app_table

from pytest_auth0_mfa import Request, User
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.tenant.limits import Rate

Probe = Callable[[TenantClient], object]
PROBES: dict[str, Probe] = {}
ELSEWHERE = frozenset({"policies_verb", "management_lists_pending"})
"""Fields of the Management API; its own tests show them."""
DECIDED_EARLIER = frozenset({"success_resets_codes"})
"""Fields that are read when something changes, and whose answer shows only later."""


def probe(function: Probe) -> Probe:
    """The function shows what the field of its name decides: what it returns differs between alternatives."""
    PROBES[function.__name__] = function
    return function


def _user_with(wire: TenantClient, factor: str, **more: Json) -> User:
    user = wire.tenant.add_user("ada@example.com", **more)
    user.enroll(factor)  # type: ignore[arg-type]
    return user


def _challenge_raw(wire: TenantClient, body: bytes, content_type: str) -> int:
    return wire.handle(Request("POST", "/mfa/challenge", {"content-type": content_type}, body)).status


# -- what a request may look like ------------------------------------------------------------------


@probe
def challenge_oob_channel(wire: TenantClient) -> object:
    user = _user_with(wire, "email")
    user.enroll("sms")
    return "binding_method" in wire.challenge(wire.mfa_token(user), challenge_type="oob", oob_channel="auth0").json()


@probe
def challenge_form(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    return wire.send("POST", "/mfa/challenge", {"mfa_token": token, **wire.client}, form=True).status


@probe
def challenge_json_as_form(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    body = _json({"mfa_token": token, **wire.client})
    return _challenge_raw(wire, body, "application/x-www-form-urlencoded")


def _json(body: Json) -> bytes:
    return json.dumps(body).encode()


@probe
def challenge_type_required(wire: TenantClient) -> object:
    return wire.challenge(wire.mfa_token(_user_with(wire, "otp"))).status


@probe
def challenge_checks_secret(wire: TenantClient) -> object:
    return wire.challenge(wire.mfa_token(_user_with(wire, "otp")), client_secret="wrong").status


@probe
def associate_client_id_required(wire: TenantClient) -> object:
    return wire.associate(wire.mfa_token(wire.tenant.add_user()), "otp").status


@probe
def associate_checks_client(wire: TenantClient) -> object:
    return wire.associate(wire.mfa_token(wire.tenant.add_user()), "otp", client_id="another").status


@probe
def associate_form(wire: TenantClient) -> object:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("POST", "/mfa/associate", {"authenticator_types": "otp"}, token, form=True).status


@probe
def string_for_list(wire: TenantClient) -> object:
    token = wire.mfa_token(wire.tenant.add_user())
    return wire.send("POST", "/mfa/associate", {"authenticator_types": "otp"}, token).status


@probe
def token_json_as_form(wire: TenantClient) -> object:
    body = _json(wire.tenant.password_grant(wire.tenant.add_user(mfa=False)))
    label = {"content-type": "application/x-www-form-urlencoded"}
    return wire.handle(Request("POST", "/oauth/token", label, body)).status


@probe
def several_values(wire: TenantClient) -> object:
    return wire.associate(wire.mfa_token(wire.tenant.add_user()), "otp", authenticator_types=["otp", "oob"]).status


@probe
def email_optional(wire: TenantClient) -> object:
    return wire.associate(wire.mfa_token(wire.tenant.add_user()), "email", email=None).status


@probe
def duplicate_email(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    user.enroll("email", email="twice@example.com")
    return wire.associate(wire.managing_token(user), "email", email="twice@example.com").status


@probe
def spaces_in_phone_number(wire: TenantClient) -> object:
    return wire.associate(wire.mfa_token(wire.tenant.add_user()), "sms", phone_number="+1 555-010 0123").status


@probe
def spaces_in_code(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    code = user.authenticators[0].code()
    return wire.otp(wire.mfa_token(user), f"{code[:3]} {code[3:]}").status


@probe
def recovery_code_any_case(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    return wire.recovery(wire.mfa_token(user), (user.recovery_code or "").lower()).status


@probe
def list_with_mfa_token(wire: TenantClient) -> object:
    return wire.send("GET", "/mfa/authenticators", token=wire.mfa_token(wire.tenant.add_user())).status


# -- what an answer looks like ---------------------------------------------------------------------


@probe
def full_stop_in_code_texts(wire: TenantClient) -> object:
    return wire.otp(wire.mfa_token(_user_with(wire, "otp")), "x").json()["error_description"]


@probe
def rate_limit_text(wire: TenantClient) -> object:
    wire.tenant.rate = Rate(1, 60)
    wire.send("GET", "/.well-known/jwks.json")
    return wire.send("GET", "/.well-known/jwks.json").json()["error_description"]


@probe
def unsupported_challenge_text(wire: TenantClient) -> object:
    otp = _user_with(wire, "otp").authenticators[0]
    token = wire.mfa_token(wire.tenant.user_by_email("ada@example.com"))  # type: ignore[arg-type]
    return wire.challenge(token, challenge_type="oob", authenticator_id=otp.id).json()["error_description"]


@probe
def revoke_refuses_foreign_token(wire: TenantClient) -> object:
    other = wire.tenant.add_application()
    token = _user_with(wire, "otp").refresh_token(client_id=other.client_id)
    return wire.send("POST", "/oauth/revoke", {"token": token, **wire.client}).status


@probe
def deleted_user_named_at_refresh(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    token = user.refresh_token()
    wire.tenant.remove_user(user)
    return wire.token({"grant_type": "refresh_token", "refresh_token": token}).json()["error_description"]


@probe
def userinfo_unauthorized_as_text(wire: TenantClient) -> object:
    answer = wire.send("GET", "/userinfo", token="unknown")
    return answer.body, answer.headers.get("content-type"), answer.headers.get("www-authenticate")


@probe
def rate_limit_headers(wire: TenantClient) -> object:
    return wire.login(_user_with(wire, "otp")).headers.get("x-ratelimit-limit")


@probe
def cache_control_of_refusals(wire: TenantClient) -> object:
    return wire.login(_user_with(wire, "otp")).headers.get("cache-control")


@probe
def guardian_base_url(wire: TenantClient) -> object:
    return "guardian" in wire.associate(wire.mfa_token(wire.tenant.add_user()), "push").json()["barcode_uri"]


@probe
def recovery_code_after_twin(wire: TenantClient) -> object:
    token = wire.mfa_token(wire.tenant.add_user())
    wire.associate(token, "sms")
    return [row["id"].partition("|")[0] for row in wire.rows(token)]


@probe
def openid_grants_all(wire: TenantClient) -> object:
    return wire.login(wire.tenant.add_user(mfa=False), scope="openid").json()["scope"]


@probe
def slow_down_retry_after(wire: TenantClient) -> object:
    return _polled(wire, 1).headers.get("retry-after")


@probe
def oob_channel_name(wire: TenantClient) -> object:
    return sorted(wire.associate(wire.mfa_token(wire.tenant.add_user()), "push").json())


@probe
def rows_have_type(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    plain = sorted(wire.rows(token)[0])
    wire.tenant.profile = wire.tenant.profile.with_(mfa_requirements=True)
    return plain, sorted(wire.rows(token)[0])


@probe
def mfa_requirements(wire: TenantClient) -> object:
    return wire.login(_user_with(wire, "otp")).json().get("mfa_requirements")


@probe
def otp_rows_have_name(wire: TenantClient) -> object:
    return wire.rows(wire.mfa_token(_user_with(wire, "otp")))[0].get("name")


@probe
def implicit_email_first(wire: TenantClient) -> object:
    user = _user_with(wire, "otp", email_verified=True)
    return [row["authenticator_type"] for row in wire.rows(wire.mfa_token(user))]


@probe
def newest_first(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    user.enroll("sms")
    return [row["authenticator_type"] for row in wire.rows(wire.mfa_token(user))]


@probe
def email_mask_visible(wire: TenantClient) -> object:
    return wire.rows(wire.mfa_token(_user_with(wire, "email")))[0]["name"]


@probe
def scope_in_answer(wire: TenantClient) -> object:
    return wire.login(wire.tenant.add_user(mfa=False), scope="openid").json().get("scope")


@probe
def cache_control(wire: TenantClient) -> object:
    return wire.login(wire.tenant.add_user(mfa=False)).headers.get("cache-control")


@probe
def www_authenticate(wire: TenantClient) -> object:
    return wire.send("GET", "/mfa/authenticators").headers.get("www-authenticate")


@probe
def default_scope(wire: TenantClient) -> object:
    return wire.login(wire.tenant.add_user(mfa=False)).json()["scope"]


@probe
def confirmation_gives_id_token(wire: TenantClient) -> object:
    user = wire.tenant.add_user()
    token = wire.managing_token(user, "openid enroll")
    secret = wire.associate(token, "otp").json()["secret"]
    assert user.authenticators[0].secret == secret
    return sorted(wire.otp(token, user.authenticators[0].code()).json())


@probe
def mfa_grant_scope(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    return wire.otp(wire.mfa_token(user), user.authenticators[0].code(), scope="openid").json()["scope"]


# -- what happens ----------------------------------------------------------------------------------


def _polled(wire: TenantClient, gap: float) -> Json:
    user = _user_with(wire, "push")
    token = wire.mfa_token(user)
    oob_code = wire.challenge(token, challenge_type="oob").json()["oob_code"]
    wire.oob(token, oob_code)
    wire.tenant.clock.advance(gap)
    return wire.oob(token, oob_code)


@probe
def mfa_token_lifetime(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    wire.tenant.clock.advance(450)
    return wire.challenge(token).status


@probe
def oob_code_lifetime(wire: TenantClient) -> object:
    user = _user_with(wire, "push")
    token = wire.mfa_token(user)
    oob_code = wire.challenge(token, challenge_type="oob").json()["oob_code"]
    wire.tenant.clock.advance(450)
    return wire.oob(token, oob_code).json()["error"]


@probe
def challenge_extends_mfa_token(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    wire.tenant.clock.advance(400)
    wire.challenge(token)
    wire.tenant.clock.advance(400)
    return wire.challenge(token).status


@probe
def mfa_token_after_success(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    token = wire.mfa_token(user)
    wire.otp(token, user.authenticators[0].code())
    return wire.challenge(token).status


@probe
def totp_replay(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    code = user.authenticators[0].code()
    wire.otp(wire.mfa_token(user), code)
    return wire.otp(wire.mfa_token(user), code).status


@probe
def totp_window(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    code, statuses = user.authenticators[0].code(), []
    for _ in range(4):
        statuses.append(wire.otp(wire.mfa_token(user), code).status)
        user.authenticators[0].last_step = -1
        wire.tenant.clock.advance(30)
    return statuses


@probe
def pending_otp(wire: TenantClient) -> object:
    user = wire.tenant.add_user()
    token = wire.mfa_token(user)
    for _ in range(2):
        wire.associate(token, "otp")
    return wire.otp(token, user.authenticators[0].code()).status


@probe
def recovery_code_reissued(wire: TenantClient) -> object:
    token = wire.mfa_token(wire.tenant.add_user())
    wire.associate(token, "otp")
    return "recovery_codes" in wire.associate(token, "otp").json()


@probe
def recovery_code_before_confirmation(wire: TenantClient) -> object:
    user = wire.tenant.add_user()
    token = wire.mfa_token(user)
    wire.associate(token, "otp")
    return wire.recovery(token, user.recovery_code or "").status


@probe
def challenge_replaces_earlier(wire: TenantClient) -> object:
    user = _user_with(wire, "email")
    token = wire.mfa_token(user)
    first = wire.challenge(token).json()["oob_code"]
    code = wire.code(user)
    wire.challenge(token)
    return wire.oob(token, first, code).status


@probe
def challenge_repeats_code(wire: TenantClient) -> object:
    user = _user_with(wire, "email")
    token = wire.mfa_token(user)
    for _ in range(2):
        wire.challenge(token)
    return len({message.code for message in wire.tenant.outbox})


@probe
def last_deletion_removes_recovery_code(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    token = wire.managing_token(user)
    wire.delete(token, user.authenticators[0].id)
    return len(wire.rows(token))


@probe
def default_authenticator(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    user.enroll("sms")
    return wire.challenge(wire.mfa_token(user)).json()["challenge_type"]


@probe
def polling_interval(wire: TenantClient) -> object:
    return [_interval(wire, gap) for gap in (3, 5)]


def _interval(wire: TenantClient, gap: float) -> str:
    wire.tenant.reset()
    return str(_polled(wire, gap).json()["error"])


@probe
def wrong_codes(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    return [wire.otp(token, "x").json()["error"] for _ in range(11)].index("too_many_attempts")


@probe
def one_bucket_for_codes(wire: TenantClient) -> object:
    token = wire.mfa_token(_user_with(wire, "otp"))
    for _ in range(10):
        wire.otp(token, "x")
    return wire.recovery(token, "x").json()["error"]


@probe
def success_resets_codes(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    token = wire.mfa_token(user)
    for code in [*["x"] * 9, user.authenticators[0].code(), "x"]:
        wire.otp(token, code)
    return wire.otp(token, "x").json()["error"]


@probe
def refresh_demands_mfa(wire: TenantClient) -> object:
    user = _user_with(wire, "otp")
    verified = wire.otp(wire.mfa_token(user, scope="offline_access"), user.authenticators[0].code()).json()
    tokens = (user.refresh_token(), verified["refresh_token"])
    return [wire.token({"grant_type": "refresh_token", "refresh_token": token}).status for token in tokens]


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
    wire = TenantClient()
    wire.send("POST", "/oauth/token", wire.tenant.password_grant(wire.tenant.add_user(mfa=False)), form=True)
    assert wire.last.response.status == 200
    assert wire.last.request.body.startswith(urlencode({"grant_type": "password"}).encode())
