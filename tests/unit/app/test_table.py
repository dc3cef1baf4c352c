"""Every row of the tables is reached: each operation succeeds, and refuses in each of its cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from helpers import table_account, table_bound
from helpers.table_calls import Ask
from helpers.tenant_client import START, TenantClient

from pytest_auth0_mfa import Profile, Response
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import error_of, text_of
from pytest_auth0_mfa.spec.operations import (
    MFA_OOB,
    MFA_OTP,
    MFA_RECOVERY_CODE,
    OPERATIONS,
    PASSWORD_REALM,
    PASSWORDLESS_OTP,
)
from pytest_auth0_mfa.spec.profile import alternatives, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.entities import MfaDemand
from pytest_auth0_mfa.tenant.limits import AUTHENTICATORS, Rate

SCOPES = {
    "associate": "enroll",
    "list-authenticators": "read:authenticators",
    "delete-authenticator": "remove:authenticators",
}


# -- a call of each operation that succeeds --------------------------------------------------------


def ask(api: TenantClient, operation: str) -> Ask:
    """A call of an operation that succeeds."""
    made = Ask(api, operation, api.tenant.add_user(mfa=operation.startswith(("mfa-", "associate", "list", "chal"))))
    _PREPARE[operation](made)
    return made


def _password(ask: Ask) -> None:
    ask.body = ask.api.tenant.password_grant(ask.user)


def _password_realm(ask: Ask) -> None:
    ask.body = ask.api.tenant.password_grant(ask.user, grant_type=PASSWORD_REALM, realm="db")


def _passwordless_start(ask: Ask) -> None:
    ask.body = {"connection": "email", "email": ask.user.email, "send": "code", **ask.api.client}


def _passwordless_otp(ask: Ask) -> None:
    asked = {"connection": "email", "email": ask.user.email, "send": "code", **ask.api.client}
    ask.api.send("POST", "/passwordless/start", asked)
    given = {"realm": "email", "username": ask.user.email, "otp": ask.api.code(ask.user)}
    ask.body = {"grant_type": PASSWORDLESS_OTP, **given, **ask.api.client}


def _revoke(ask: Ask) -> None:
    ask.body = {"token": ask.user.refresh_token(), **ask.api.client}


def _refresh_token(ask: Ask) -> None:
    token = ask.user.refresh_token()
    ask.body = {"grant_type": "refresh_token", "refresh_token": token, **ask.api.client}


def _client_credentials(ask: Ask) -> None:
    ask.body = {"grant_type": "client_credentials", "audience": "https://api.example/", **ask.api.client}


def _mfa_otp(ask: Ask) -> None:
    otp = ask.user.enroll("otp")
    token = ask.api.mfa_token(ask.user)
    ask.body = {"grant_type": MFA_OTP, "mfa_token": token, "otp": otp.code(), **ask.api.client}


def _mfa_oob(ask: Ask) -> None:
    ask.user.enroll("email")
    token = ask.api.mfa_token(ask.user)
    oob_code = ask.api.challenge(token, challenge_type="oob").json()["oob_code"]
    codes = {"oob_code": oob_code, "binding_code": ask.api.code(ask.user)}
    ask.body = {"grant_type": MFA_OOB, "mfa_token": token, **codes, **ask.api.client}


def _mfa_recovery_code(ask: Ask) -> None:
    ask.user.enroll("otp")
    codes = {"mfa_token": ask.api.mfa_token(ask.user), "recovery_code": ask.user.recovery_code}
    ask.body = {"grant_type": MFA_RECOVERY_CODE, **codes, **ask.api.client}


def _associate(ask: Ask) -> None:
    ask.token = ask.api.mfa_token(ask.user)
    ask.body = {"authenticator_types": ["oob"], "oob_channels": ["email"], "email": "new@example.com"}


def _list(ask: Ask) -> None:
    ask.token = ask.api.mfa_token(ask.user)


def _delete(ask: Ask) -> None:
    otp = ask.user.enroll("otp")
    ask.token = ask.api.managing_token(ask.user)
    ask.path = f"/mfa/authenticators/{otp.id}"


def _challenge(ask: Ask) -> None:
    email = ask.user.enroll("email")
    ask.body = {"mfa_token": ask.api.mfa_token(ask.user), "authenticator_id": email.id, **ask.api.client}


def _nothing(ask: Ask) -> None: ...


def _userinfo(ask: Ask) -> None:
    ask.token = ask.api.login(ask.user).json()["access_token"]


_PREPARE: dict[str, Callable[[Ask], None]] = {
    "password": _password,
    "password-realm": _password_realm,
    "passwordless-start": _passwordless_start,
    "passwordless-otp": _passwordless_otp,
    "revoke": _revoke,
    "refresh-token": _refresh_token,
    "client-credentials": _client_credentials,
    "mfa-otp": _mfa_otp,
    "mfa-oob": _mfa_oob,
    "mfa-recovery-code": _mfa_recovery_code,
    "associate": _associate,
    "list-authenticators": _list,
    "delete-authenticator": _delete,
    "challenge": _challenge,
    "openid-configuration": _nothing,
    "jwks": _nothing,
    "userinfo": _userinfo,
    **table_account.PREPARE,
}

# -- what spoils a call, by case -------------------------------------------------------------------

REQUIRED = {
    "passwordless-start": "connection",
    "passwordless-otp": "otp",
    "revoke": "token",
    "password": "username",
    "password-realm": "realm",
    "refresh-token": "refresh_token",
    "client-credentials": "audience",
    "mfa-otp": "otp",
    "mfa-oob": "oob_code",
    "mfa-recovery-code": "recovery_code",
    "associate": "authenticator_types",
    "challenge": "mfa_token",
}
CODES = {"mfa-otp": "otp", "mfa-oob": "binding_code", "mfa-recovery-code": "recovery_code"}
WRONG = {"mfa-otp": "12", "mfa-oob": "12", "mfa-recovery-code": "A" * 24}


def _with(**values: Json) -> Callable[[Ask], None]:
    def spoil(ask: Ask) -> None:
        ask.body = {**ask.body, **values}

    return spoil


def _unreadable_body(ask: Ask) -> None:
    ask.body = b'{"grant_type": '


def _repeated_parameter(ask: Ask) -> None:
    ask.form, ask.body = True, [("a", "1"), ("a", "2")]


def _wrong_type(ask: Ask) -> None:
    ask.body[REQUIRED[ask.operation]] = 1


def _missing_parameter(ask: Ask) -> None:
    del ask.body[REQUIRED[ask.operation]]


def _rate_limited(ask: Ask) -> None:
    ask.api.tenant.rate, ask.api.tenant.rate_bucket = Rate(1, 3600), None
    ask.api.send("GET", "/.well-known/jwks.json")


def _client_authentication(ask: Ask) -> None:
    ask.body |= {"client_id": "another"} if ask.operation == "associate" else {"client_secret": "wrong"}


def _grant_not_allowed(ask: Ask) -> None:
    ask.api.tenant.applications[ask.api.tenant.client_id].grant_types = frozenset()


def _login_blocked(ask: Ask) -> None:
    for _ in range(10):
        ask.api.login(ask.user, password="wrong")


def _blocked(ask: Ask) -> None:
    ask.user.blocked = True


def _mfa_required(ask: Ask) -> None:
    if ask.operation.startswith("mfa-"):
        ask.api.tenant.tokens.mfa[ask.body["mfa_token"]].following = (MfaDemand(),)
    ask.user.mfa = True


def _malformed_mfa_token(ask: Ask) -> None:
    ask.body["mfa_token"] = ask.body["mfa_token"][:-1]


def _expired_mfa_token(ask: Ask) -> None:
    ask.api.tenant.clock.advance(600)


def _foreign_mfa_token(ask: Ask) -> None:
    other = ask.api.tenant.add_application()
    ask.body |= {"client_id": other.client_id, "client_secret": other.client_secret}


def _missing_scope(ask: Ask) -> None:
    other = ask.api.tenant.add_user()
    token = ask.api.managing_token(
        other, " ".join(s for o, s in SCOPES.items() if o not in (ask.operation, "associate"))
    )
    if ask.body is not None and "mfa_token" in ask.body:
        ask.body["mfa_token"] = token
    else:
        ask.token = token


def _wrong_audience(ask: Ask) -> None:
    ask.token = ask.api.login(ask.api.tenant.add_user(mfa=False)).json()["access_token"]


def _too_many_codes(ask: Ask) -> None:
    right = ask.body
    for _ in range(10):
        ask.body = {**right, CODES[ask.operation]: WRONG[ask.operation]}
        assert ask.send().status in (400, 401, 403)
    ask.body = right


def _wrong_code(ask: Ask) -> None:
    ask.body[CODES[ask.operation]] = WRONG[ask.operation]


def _fresh_user(ask: Ask) -> None:
    ask.body["mfa_token"] = ask.api.mfa_token(ask.api.tenant.add_user(mfa=True))


def _unsupported_challenge_type(ask: Ask) -> None:
    user = ask.api.tenant.add_user(mfa=True)
    user.enroll("email")
    ask.body |= {"mfa_token": ask.api.mfa_token(user)}
    if ask.operation == "challenge":
        ask.body |= {"challenge_type": "otp", "authenticator_id": None}


def _foreign_oob_code(ask: Ask) -> None:
    ask.body["mfa_token"] = ask.api.mfa_token(ask.user)


def _expired_oob_code(ask: Ask) -> None:
    ask.api.tenant.clock.advance(300)


def _used_oob_code(ask: Ask) -> None:
    assert ask.send().status == 200


def _missing_binding_code(ask: Ask) -> None:
    del ask.body["binding_code"]


def _pushed(ask: Ask) -> None:
    user = ask.user = ask.api.tenant.add_user(mfa=True)
    user.enroll("push")
    token = ask.api.mfa_token(user)
    oob_code = ask.api.challenge(token, challenge_type="oob").json()["oob_code"]
    ask.body |= {"mfa_token": token, "oob_code": oob_code, "binding_code": None}


def _slow_down(ask: Ask) -> None:
    _pushed(ask)
    assert ask.send().json()["error"] == "authorization_pending"
    ask.api.tenant.clock.advance(4)


def _push_rejected(ask: Ask) -> None:
    _pushed(ask)
    ask.api.tenant.push.reject(ask.user)


def _no_recovery_code(ask: Ask) -> None:
    ask.user.recovery = None


def _without_token(ask: Ask) -> None:
    ask.token = None


def _garbage_token(ask: Ask) -> None:
    ask.token = "garbage"


def _already_enrolled(ask: Ask) -> None:
    ask.user.enroll("otp")


def _disabled_factor(ask: Ask) -> None:
    ask.api.tenant.factors.discard("email")


def _email_enrolled_twice(ask: Ask) -> None:
    ask.user.enroll("email", email=ask.body["email"])
    ask.token = ask.api.managing_token(ask.user)


def _authenticator_limit(ask: Ask) -> None:
    for _ in range(AUTHENTICATORS):
        ask.user.enroll("otp", active=False)


def _too_many_messages(ask: Ask) -> None:
    for _ in range(20):
        assert ask.send().status == 200


def _provider_failure(ask: Ask) -> None:
    ask.api.tenant.outbox.fail_next("email")


def _foreign_refresh_token(ask: Ask) -> None:
    other = ask.api.tenant.add_application()
    ask.body["token"] = ask.user.refresh_token(client_id=other.client_id)


def _without(*names: str) -> Callable[[Ask], None]:
    def spoil(ask: Ask) -> None:
        for name in names:
            ask.body.pop(name)

    return spoil


def _wrong_passwordless_phone(ask: Ask) -> None:
    ask.body |= {"realm": "sms", "username": ask.user.phone_number, "otp": "000000"}


def _passwordless_expired(ask: Ask) -> None:
    ask.api.tenant.clock.advance(180)


def _deleted(ask: Ask) -> None:
    ask.api.tenant.remove_user(ask.user)


def _delete_unknown(ask: Ask) -> None:
    ask.path = "/mfa/authenticators/totp|dev_0000000000000000"


def _delete_implicit_email(ask: Ask) -> None:
    ask.user.email_verified = True
    ask.path = f"/mfa/authenticators/{ask.user.authenticators[-1].id}"


def _delete_recovery_code(ask: Ask) -> None:
    assert ask.user.recovery is not None
    ask.path = f"/mfa/authenticators/{ask.user.recovery.id}"


def _delete_pending(ask: Ask) -> None:
    ask.path = f"/mfa/authenticators/{ask.user.enroll('sms', active=False).id}"


SPOIL: dict[str, Callable[[Ask], None]] = {
    "unreadable_body": _unreadable_body,
    "repeated_parameter": _repeated_parameter,
    "wrong_type": _wrong_type,
    "missing_parameter": _missing_parameter,
    "rate_limited": _rate_limited,
    "client_authentication": _client_authentication,
    "unsupported_grant_type": _with(grant_type="urn:ietf:params:oauth:grant-type:token-exchange"),
    "grant_not_allowed": _grant_not_allowed,
    "organization_unsupported": _with(organization="org_1"),
    "login_blocked": _login_blocked,
    "wrong_password": _with(password="wrong"),
    "user_blocked": _blocked,
    "foreign_refresh_token": _foreign_refresh_token,
    "passwordless_no_client_id": _without("client_id", "client_secret"),
    "passwordless_no_connection": _without("connection"),
    "passwordless_connection": _with(connection="Username-Password-Authentication"),
    "passwordless_parameters": _with(authParams="scope=openid"),
    "passwordless_no_email": _without("email"),
    "passwordless_email": _with(email="not an email"),
    "passwordless_no_phone_number": _with(connection="sms"),
    "passwordless_phone_number": _with(connection="sms", phone_number="5550100"),
    "wrong_passwordless_email": _with(otp="000000"),
    "wrong_passwordless_phone": _wrong_passwordless_phone,
    "passwordless_expired": _passwordless_expired,
    "unknown_audience": _with(audience="https://tenant.example/mfa"),
    "service_not_found": _with(audience="https://tenant.example/mfa"),
    "deleted_user_refresh_token": _deleted,
    "invalid_refresh_token": _with(refresh_token="v1.unknown"),
    "mfa_required": _mfa_required,
    "malformed_mfa_token": _malformed_mfa_token,
    "expired_mfa_token": _expired_mfa_token,
    "foreign_mfa_token": _foreign_mfa_token,
    "missing_scope": _missing_scope,
    "wrong_audience": _wrong_audience,
    "too_many_codes": _too_many_codes,
    "wrong_otp": _wrong_code,
    "wrong_binding_code": _wrong_code,
    "wrong_recovery_code": _wrong_code,
    "not_enrolled": _fresh_user,
    "association_required": _fresh_user,
    "unsupported_challenge_type": _unsupported_challenge_type,
    "unknown_authenticator": _with(authenticator_id="email|dev_0000000000000000"),
    "malformed_oob_code": _with(oob_code="Fe26.2*garbage"),
    "foreign_oob_code": _foreign_oob_code,
    "expired_oob_code": _expired_oob_code,
    "used_oob_code": _used_oob_code,
    "missing_binding_code": _missing_binding_code,
    "authorization_pending": _pushed,
    "slow_down": _slow_down,
    "push_rejected": _push_rejected,
    "no_recovery_code": _no_recovery_code,
    "missing_bearer": _without_token,
    "invalid_bearer": _garbage_token,
    "invalid_access_token": _garbage_token,
    "already_enrolled": _already_enrolled,
    "unsupported_authenticator": _with(oob_channels=["webauthn-roaming"]),
    "disabled_factor": _disabled_factor,
    "invalid_phone_number": _with(oob_channels=["sms"], phone_number="5550100"),
    "invalid_email": _with(email="not an email"),
    "email_enrolled_twice": _email_enrolled_twice,
    "authenticator_limit": _authenticator_limit,
    "too_many_messages": _too_many_messages,
    "provider_failure": _provider_failure,
    "challenge_unavailable": _provider_failure,
    "delete_unknown": _delete_unknown,
    "delete_implicit_email": _delete_implicit_email,
    "delete_recovery_code": _delete_recovery_code,
    "delete_pending": _delete_pending,
    **table_account.SPOIL,
    **table_bound.SPOIL,
}
NEEDS: dict[tuple[str, str], dict[str, Json]] = {
    ("associate", "client_authentication"): {"associate_checks_client": True},
    ("associate", "repeated_parameter"): {"associate_form": True},
    ("revoke", "foreign_refresh_token"): {"revoke_refuses_foreign_token": True},
    ("refresh-token", "deleted_user_refresh_token"): {"deleted_user_named_at_refresh": True},
    ("associate", "email_enrolled_twice"): {"duplicate_email": False},
    **table_account.NEEDS,
}
"""The cases that only some profiles have."""


def answers(case: str) -> list[str]:
    """Every status and `error` a case can have, the default first."""
    declared = profile_fields().get(case)
    if declared is None or not declared.metadata["refusal"]:
        return [REFUSALS[case].answer]
    return [answer for answer in alternatives(declared) if " " in answer]  # a status alone is a success


ROWS = [
    pytest.param(operation.id, case, answer, id=f"{operation.id}-{case}-{answer.replace(' ', '-')}")
    for operation in OPERATIONS.values()
    for case in operation.refusals
    for answer in answers(case)
]


def refused(operation: str, case: str, answer: str) -> tuple[Ask, Response]:
    """An operation, refused in this case with this status and `error`."""
    chosen = {case: answer} if case in profile_fields() else {}
    api = TenantClient(Profile.from_mapping({**chosen, **NEEDS.get((operation, case), {})}))
    made = ask(api, operation)
    SPOIL[case](made)
    return made, made.send()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_succeeds(operation: str) -> None:
    """A call with all it needs is answered with the table's status and a body of its schema."""
    made = ask(TenantClient(), operation)
    response = made.send()
    assert response.status == OPERATIONS[operation].success
    assert made.api.last.operation == operation
    assert made.api.last.refusal_id is None
    assert made.api.last.violations == []


@pytest.mark.parametrize(
    ("operation", "variant"), [(o, variant) for o in ("associate", "challenge") for variant in OPERATIONS[o].variants]
)
@pytest.mark.parametrize("factor", ["otp", "push", "sms", "voice", "email"])
def test_variants_of_a_success_are_told_apart_by_their_schemas(operation: str, variant: str, factor: str) -> None:
    """The answer for a factor fits the schema of its own variant and of no other."""
    api = TenantClient(factors=("otp", "sms", "voice", "email", "push"))
    user = api.tenant.add_user()
    if operation == "associate":
        response = api.associate(api.mfa_token(user), factor)
    else:
        authenticator = user.enroll(factor)  # type: ignore[arg-type]
        response = api.challenge(api.mfa_token(user), authenticator_id=authenticator.id)
    fits = schemas().validator(f"{operation}.200.{variant}").is_valid(response.json())
    assert fits == (variant == {"otp": "otp", "push": "push"}.get(factor, "message"))


@pytest.mark.parametrize(("operation", "case", "answer"), ROWS)
def test_every_row_of_the_table_is_reached(operation: str, case: str, answer: str) -> None:
    """The operation refuses in this case: with the status and `error` the profile names, in a body of its schema."""
    made, response = refused(operation, case, answer)
    call = made.api.last
    expected = None if case == "unsupported_grant_type" else operation
    assert (call.operation, call.refusal_id) == (expected, case)
    status, _, error = answer.partition(" ")
    assert (response.status, error_of(response.json())) == (int(status), error)
    media_type = "application/json; charset=utf-8" if operation.startswith("me-") else "application/json"
    assert response.headers["content-type"] == media_type
    text = REFUSALS[case].texts.get(answer, REFUSALS[case].description)
    assert re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)), str(text_of(response.json())))
    if case in profile_fields():
        assert case in call.profile_fields, "the journal does not name the field that decides this answer"


@pytest.mark.parametrize("case", [case for case in REFUSALS if case not in ("not_found", "wrong_verb", "me_not_found")])
def test_no_refusal_stands_in_no_row(case: str) -> None:
    """Each refusal belongs to an operation; only unknown paths and verbs belong to none."""
    assert any(case in operation.refusals for operation in OPERATIONS.values())


@pytest.mark.parametrize("answer", answers("wrong_verb"))
def test_a_known_path_with_another_verb_answers_as_the_profile_says(answer: str) -> None:
    """Whether that is 404 or 405 is a field of the profile."""
    api = TenantClient({"wrong_verb": answer})
    response = api.send("GET", "/mfa/associate")
    assert f"{response.status} {response.json()['error']}" == answer
    assert (api.last.operation, api.last.refusal_id) == (None, "wrong_verb")


@pytest.mark.parametrize("field_name", ["delete_recovery_code", "delete_pending"])
def test_what_is_refused_elsewhere_is_deleted_with_204(field_name: str) -> None:
    """By default recovery codes and pending entries can be deleted."""
    made = ask(TenantClient(), "delete-authenticator")
    SPOIL[field_name](made)
    listed = len(made.api.rows(made.token or ""))
    assert made.send().status == 204
    assert len(made.api.rows(made.token or "")) < listed


def test_a_case_that_the_table_lacks_is_noticed() -> None:
    """The check behind these tests objects to an answer that no row names."""
    from helpers.tenant_client import problems

    api = TenantClient()
    api.send("GET", "/mfa/nothing")
    assert problems(api.last) == []
    stray = replace(api.last, operation="jwks")
    assert any("the table lacks" in problem for problem in problems(stray))
    assert api.tenant.clock.now() == START
