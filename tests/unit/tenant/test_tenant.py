"""The tenant as a test arranges it: every public method, its defaults, and what it says to misuse."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable
from typing import Any, cast

import pytest
from helpers.tenant_client import FACTORS, START, TenantClient
from helpers.threads import in_threads

from pytest_auth0_mfa import (
    Call,
    Clock,
    ConfigurationError,
    Profile,
    Request,
    Response,
    Tenant,
    UnknownOperationError,
    handler,
)
from pytest_auth0_mfa.tenant.limits import Bucket, Rate
from pytest_auth0_mfa.tenant.totp import totp

ID = r"(sms|voice|email|push|totp|recovery-code)\|dev_[A-Za-z0-9]{16}"


def _misused(message: str, call: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        call()
    assert isinstance(caught.value, ValueError)


# -- the constructor -------------------------------------------------------------------------------


def test_a_tenant_needs_nothing() -> None:
    """Voice is off, recovery codes are on, the policy demands MFA, one confidential application has all grants."""
    tenant = Tenant()
    assert tenant.domain == "tenant.example"
    assert (tenant.url, tenant.issuer) == ("https://tenant.example", "https://tenant.example/")
    assert tenant.factors == {"otp", "sms", "email", "push", "recovery-code"}
    assert tenant.policy == "all-applications"
    assert tenant.profile == Profile()
    assert tenant.ca_file is None
    assert tenant.rate is None
    assert len(tenant.applications) == 1
    assert re.fullmatch("[A-Za-z0-9]{32}", tenant.client_id)
    assert tenant.client_secret is not None
    assert len(tenant.client_secret) == 64
    assert Tenant().client_id != tenant.client_id


def test_what_is_given_is_kept() -> None:
    """Domain with a port, credentials, factors as any iterable."""
    tenant = Tenant(domain="localhost:1234", client_id="app", client_secret="s", factors=["email"], policy="never")
    assert tenant.issuer == "https://localhost:1234/"
    assert (tenant.client_id, tenant.client_secret) == ("app", "s")
    tenant.factors.add("otp")
    assert tenant.factors == {"email", "otp"}


def _or_with(tenant: Tenant, name: Any) -> None:
    tenant.factors |= {name}


def _xor_with(tenant: Tenant, name: Any) -> None:
    tenant.factors ^= {name}


def _set_to(tenant: Tenant, name: Any) -> None:
    tenant.factors = {"otp", name}


PUT_IN: dict[str, Callable[[Tenant, Any], object]] = {
    "add": lambda tenant, name: tenant.factors.add(name),
    "update": lambda tenant, name: tenant.factors.update({"otp"}, [name]),
    "symmetric_difference_update": lambda tenant, name: tenant.factors.symmetric_difference_update({name}),
    "|=": _or_with,
    "^=": _xor_with,
    "=": _set_to,
}


@pytest.mark.parametrize("way", PUT_IN)
def test_factors_take_known_names_only(way: str) -> None:
    """However a name is put in: a typo is refused with the known ones and changes nothing."""
    tenant = Tenant(factors={"email"})
    factors = tenant.factors
    with pytest.raises(ValueError, match=r"no such factor: 'voise'\. Did you mean 'voice'\? Known: email, otp"):
        PUT_IN[way](tenant, "voise")
    assert tenant.factors == {"email"}
    PUT_IN[way](tenant, "voice")
    assert "voice" in tenant.factors
    assert (tenant.factors is factors) is (way != "=")


def test_factors_are_a_set() -> None:
    """Everything that reads or takes out is a set's; a tenant made with another's factors has its own."""
    tenant = Tenant(factors={"email", "otp"})
    other = Tenant(factors=tenant.factors)
    tenant.factors -= {"otp"}
    assert (tenant.factors, other.factors) == ({"email"}, {"email", "otp"})
    tenant.factors &= {"otp"}
    assert not tenant.factors
    assert other.factors - {"otp"} == {"email"}
    assert other.factors | {"anything"} == {"email", "otp", "anything"}
    assert isinstance(other.factors, set)
    assert copy.deepcopy(other.factors) == other.factors
    other.factors.clear()
    assert other.factors == set()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"domain": "https://tenant.example"}, "without https://"),
        ({"domain": ""}, "expected host"),
        ({"domain": None}, "expected host"),
        ({"factors": "email"}, "expected a set of names"),
        ({"factors": {"emial"}}, "Did you mean 'email'"),
        ({"factors": [["email"]]}, "expected a set of names"),
        ({"factors": 1}, "expected a set of names"),
        ({"policy": "always"}, "all-applications, never"),
        ({"profile": 1}, "expected a Profile"),
        ({"profile": {"totp_windows": 1}}, "Did you mean 'totp_window'"),
        ({"clock": 1}, "expected a Clock"),
        ({"seed": "1"}, "expected a whole number"),
        ({"seed": True}, "expected a whole number"),
        ({"fixed_code": 123456}, "expected 4 to 10 digits"),
        ({"fixed_code": "123"}, "expected 4 to 10 digits"),
        ({"fixed_code": "12345678901"}, "expected 4 to 10 digits"),
        ({"fixed_code": "12345x"}, "expected 4 to 10 digits"),
        ({"fixed_code": "12345\u0666"}, "expected 4 to 10 digits"),
        ({"rate_limit": "fast"}, "300/m"),
        ({"rate_limit": 0}, "300/m"),
        ({"rate_limit": True}, "300/m"),
        ({"client_id": ""}, "non-empty string"),
        ({"client_secret": 5}, "non-empty string, got int"),
    ],
)
def test_a_wrong_argument_is_named(settings: dict[str, Any], message: str) -> None:
    """The error is a ValueError that says what is expected."""
    _misused(re.escape(message), lambda: Tenant(**settings))


def test_env_points_tools_at_the_tenant() -> None:
    """Auth0's variables always; those that name a CA only when a server has one."""
    tenant = Tenant(client_id="app", client_secret="s")
    assert tenant.env == {"AUTH0_DOMAIN": "tenant.example", "AUTH0_CLIENT_ID": "app", "AUTH0_CLIENT_SECRET": "s"}
    tenant.ca_file = "/ca.pem"
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
    assert {tenant.env[name] for name in names} == {"/ca.pem"}


# -- users, applications, authenticators -----------------------------------------------------------


def test_a_user_is_generated_where_nothing_is_said() -> None:
    """Id, address, password and number are made up; MFA follows the policy."""
    user = Tenant().add_user()
    assert re.fullmatch(r"auth0\|[0-9a-f]{24}", user.id)
    assert re.fullmatch(r"user-[0-9a-f]{16}@example\.com", user.email)
    assert user.password
    assert re.fullmatch(r"\+1555\d{7}", user.phone_number)
    assert (user.mfa, user.email_verified, user.authenticators, user.recovery_code) == (None, False, [], None)


def test_a_user_is_what_is_said() -> None:
    """Everything can be given; the email is found in any case."""
    tenant = Tenant()
    user = tenant.add_user(
        "Ada@example.com", "pw", email_verified=True, phone_number="+1", mfa=False, user_id="auth0|1"
    )
    assert (user.id, user.email, user.password, user.phone_number) == ("auth0|1", "Ada@example.com", "pw", "+1")
    assert tenant.user_by_email("ada@EXAMPLE.com") is user
    assert tenant.users == {"auth0|1": user}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"email": "ADA@example.com"}, "there is a user"),
        ({"user_id": "auth0|1"}, "there is a user"),
        ({"email": ""}, "non-empty string"),
        ({"password": 1}, "got int"),
        ({"mfa": "yes"}, "expected True, False, or None"),
        ({"email_verified": 1}, "expected True or False"),
    ],
)
def test_a_wrong_user_is_refused(arguments: dict[str, Any], message: str) -> None:
    """Duplicates and wrong types."""
    tenant = Tenant()
    tenant.add_user("ada@example.com", user_id="auth0|1")
    _misused(re.escape(message), lambda: tenant.add_user(**arguments))
    assert len(tenant.users) == 1


def test_a_user_can_be_renamed_and_removed() -> None:
    """The new address logs in, the old one is free again."""
    tenant = Tenant()
    ada, bob = tenant.add_user("ada@example.com"), tenant.add_user("bob@example.com")
    _misused("there is a user", lambda: tenant.rename_user(ada, "BOB@example.com"))
    tenant.rename_user(ada, "lovelace@example.com")
    assert tenant.user_by_email("ada@example.com") is None
    assert tenant.user_by_email("lovelace@example.com") is ada
    tenant.remove_user(bob)
    assert tenant.user_by_email("bob@example.com") is None
    assert tenant.add_user("bob@example.com") is not bob


def test_applications_are_added_with_defaults_or_as_said() -> None:
    """All grants unless some are named; a public one has no secret and never client_credentials."""
    tenant = Tenant()
    public = tenant.add_application(client_id="spa", token_endpoint_auth_method="none")
    assert public.client_secret is None
    assert public.may_use("password")
    assert not public.may_use("client_credentials")
    assert tenant.add_application(grant_types=["password"]).grant_types == {"password"}
    _misused("an application with this id already", lambda: tenant.add_application(client_id="spa"))
    _misused(
        "Did you mean 'client_secret_post'",
        lambda: tenant.add_application(token_endpoint_auth_method="client_secret_pots"),
    )
    _misused("no such grant", lambda: tenant.add_application(grant_types=["implicit"]))


@pytest.mark.parametrize(
    ("factor", "rows"),
    [
        ("otp", ["totp"]),
        ("sms", ["sms", "voice"]),
        ("voice", ["voice", "sms"]),
        ("email", ["email"]),
        ("push", ["push", "totp"]),
    ],
)
def test_enrolling_brings_twins_and_the_recovery_code(factor: str, rows: list[str]) -> None:
    """As /mfa/associate makes them: sms and voice share a suffix, push brings a totp with another."""
    user = Tenant(factors=FACTORS).add_user()
    made = user.enroll(factor)  # type: ignore[arg-type]
    assert made.factor == factor
    assert [entry.id.partition("|")[0] for entry in user.authenticators] == rows
    assert all(re.fullmatch(ID, entry.id) and entry.active for entry in user.authenticators)
    suffixes = {entry.id.partition("|")[2] for entry in user.authenticators}
    assert len(suffixes) == (2 if factor == "push" else 1)
    assert re.fullmatch("[1-9A-HJ-NP-Z]{24}", user.recovery_code or "")
    first = user.recovery_code
    user.enroll("otp")
    assert user.recovery_code == first


def test_voice_off_means_no_twin_and_recovery_off_no_code() -> None:
    """Twins and recovery codes depend on the tenant's factors."""
    user = Tenant(factors={"sms"}).add_user()
    user.enroll("sms")
    assert len(user.authenticators) == 1
    assert user.recovery_code is None


def test_an_enrollment_may_be_left_pending() -> None:
    """``active=False`` stops before the confirmation: nothing of it is active."""
    user = Tenant().add_user()
    made = user.enroll("push", active=False)
    assert (made.active, made.name) == (False, None)
    assert not any(entry.active for entry in user.authenticators)
    assert not user.enrolled


def test_names_are_masked_as_in_list_rows() -> None:
    """Phone: all but the last four; email: four characters of each part; push: a device once active."""
    user = Tenant(factors=FACTORS).add_user("user@example.com", phone_number="+919999999167")
    assert user.enroll("sms").name == "XXXXXXXXX9167"
    assert user.enroll("email").name == "****@exam*******"
    assert user.enroll("email", email="adaline@example.com").name == "adal***@exam*******"
    assert user.enroll("push").name == "Ada's phone"
    assert user.enroll("otp").name is None


def test_a_verified_email_is_an_authenticator_while_the_factor_is_on() -> None:
    """It is listed last, active, with an id that stays; alone it does not count as enrolled."""
    tenant = Tenant()
    user = tenant.add_user(email_verified=True)
    implicit = user.authenticators[-1]
    assert (implicit.factor, implicit.active, implicit.implicit, user.enrolled) == ("email", True, True, False)
    assert user.authenticators[-1].id == implicit.id
    tenant.factors.discard("email")
    assert user.authenticators == []


@pytest.mark.parametrize(
    ("factor", "more", "message"),
    [
        ("emial", {}, "Did you mean 'email'"),
        ("recovery-code", {}, "no such factor"),
        ("voice", {}, "is off on this tenant"),
        ("otp", {"email": "a@b.example"}, "email is for 'email'"),
        ("email", {"phone_number": "+1555"}, "phone_number for 'sms'"),
        ("email", {"email": "nonsense"}, "is no email address"),
        ("sms", {"phone_number": "5550100"}, "is no E.164 number"),
    ],
)
def test_a_wrong_enrollment_is_refused(factor: str, more: dict[str, str], message: str) -> None:
    """The factor must exist and be on; addresses must be such, and of the right kind."""
    user = Tenant().add_user()
    _misused(re.escape(message), lambda: user.enroll(factor, **more))  # type: ignore[arg-type]
    assert user.authenticators == []


def test_an_authenticator_knows_its_code() -> None:
    """The TOTP of the tenant's moment; other factors have none and say where to look."""
    tenant = Tenant()
    tenant.clock.freeze(59)
    user = tenant.add_user()
    otp = user.enroll("otp")
    assert re.fullmatch("[A-Z2-7]{32}", otp.secret or "")
    assert otp.code() == totp(otp.secret or "", 59)
    _misused("outbox", user.enroll("email").code)


def test_a_refresh_token_is_seeded() -> None:
    """It belongs to the default application, or another; scope and audience are those asked for."""
    api = TenantClient()
    user = api.tenant.add_user(mfa=False)
    token = user.refresh_token(scope="openid", audience="https://api.example/")
    body = api.token({"grant_type": "refresh_token", "refresh_token": token}).json()
    assert body["scope"] == "openid"
    assert body["access_token"].count(".") == 2
    other = api.tenant.add_application(client_id="spa", token_endpoint_auth_method="none")
    token = user.refresh_token(client_id=other.client_id, token="mine")
    assert token == "mine"
    assert api.token({"grant_type": "refresh_token", "refresh_token": token}).status == 403
    assert api.token({"grant_type": "refresh_token", "refresh_token": token, "client_id": "spa"}).status == 200


def test_a_password_grant_can_be_varied() -> None:
    """The body of the grant, with more parameters or others."""
    tenant = Tenant(client_id="app", client_secret="s")
    user = tenant.add_user("ada@example.com", "pw")
    grant = tenant.password_grant(user, scope="openid", password="other")
    assert grant == {
        "grant_type": "password",
        "username": "ada@example.com",
        "password": "other",
        "client_id": "app",
        "client_secret": "s",
        "scope": "openid",
    }


# -- clock -----------------------------------------------------------------------------------------


def test_the_clock_is_real_time_plus_what_was_added() -> None:
    """It runs with the machine's, so any TOTP library agrees; `freeze` holds it, `unfreeze` lets it run on."""
    clock = Clock()
    assert abs(clock.now() - time.time()) < 5
    clock.advance(3600)
    assert abs(clock.now() - time.time() - 3600) < 5
    clock.freeze()
    assert clock.now() == clock.now()
    clock.freeze(100)
    clock.advance(0.5)
    assert (clock.now(), clock.frozen) == (100.5, True)
    clock.unfreeze()
    assert abs(clock.now() - 100.5) < 5
    assert not clock.frozen
    clock.reset()
    assert abs(clock.now() - time.time()) < 5


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "1", True, None])
def test_the_clock_never_goes_back(wrong: Any) -> None:
    """Only `reset` takes it back."""
    with pytest.raises(ValueError, match="expected seconds >= 0"):
        Clock().advance(wrong)
    if wrong not in (-1, None):
        with pytest.raises(ValueError, match="expected epoch seconds"):
            Clock().freeze(wrong)


def test_a_clock_can_be_handed_in() -> None:
    """As a Clock, which is shared, or as a callable."""
    clock = Clock(lambda: 5.0)
    assert Tenant(clock=clock).clock is clock
    assert Tenant(clock=lambda: 7.0).clock.now() == 7.0


# -- outbox and push -------------------------------------------------------------------------------


def _challenged(factor: str = "email") -> tuple[TenantClient, Any, str, str]:
    api = TenantClient(factors=FACTORS)
    user = api.tenant.add_user("ada@example.com", phone_number="+15550100199")
    user.enroll(factor)  # type: ignore[arg-type]
    token = api.mfa_token(user)
    return api, user, token, api.challenge(token, challenge_type="oob").json()["oob_code"]


@pytest.mark.parametrize(
    ("factor", "to"), [("email", "ada@example.com"), ("sms", "+15550100199"), ("voice", "+15550100199")]
)
def test_the_outbox_holds_what_was_sent(factor: str, to: str) -> None:
    """Channel, address, code, user, authenticator and time of each message."""
    api, user, _, _ = _challenged(factor)
    (message,) = api.tenant.outbox
    assert (message.channel, message.to, message.user, message.sent_at) == (factor, to, user, START)
    assert re.fullmatch(r"\d{6}", message.code or "")
    assert message.authenticator_id == user.authenticators[0].id
    assert api.tenant.outbox[0] is api.tenant.outbox.latest() is api.tenant.outbox.latest(user, factor)  # type: ignore[arg-type]
    assert api.tenant.outbox[-1:] == [message]


def test_the_latest_message_is_that_of_the_user_and_channel() -> None:
    """Whatever was sent to others, or by another channel, in between."""
    api, ada, token, _ = _challenged()
    bob = api.tenant.add_user()
    api.associate(api.mfa_token(bob), "sms")
    outbox = api.tenant.outbox
    assert [outbox.latest(ada), outbox.latest(bob), outbox.latest()] == [outbox[0], outbox[1], outbox[1]]
    api.challenge(token)
    assert [outbox.latest(ada), outbox.latest(channel="sms"), outbox.latest()] == [outbox[2], outbox[1], outbox[2]]


def test_a_push_notification_has_no_code() -> None:
    """It is in the outbox all the same."""
    api, _, _, _ = _challenged("push")
    assert api.tenant.outbox.latest(channel="push").code is None


def test_an_empty_look_says_what_was_sent() -> None:
    """LookupError lists the messages there are; a wrong channel or user is named."""
    api, _, _, _ = _challenged()
    bob = api.tenant.add_user("bob@example.com")
    text = "no message was sent by sms to bob@example.com. Sent: email to ada@example.com."
    with pytest.raises(LookupError, match=re.escape(text)):
        api.tenant.outbox.latest(bob, "sms")
    with pytest.raises(LookupError, match=re.escape("no message was sent. Sent: nothing.")):
        Tenant().outbox.latest()
    _misused("Did you mean 'email'", lambda: api.tenant.outbox.latest(channel="emial"))  # type: ignore[arg-type]
    _misused("expected the User", lambda: api.tenant.outbox.latest("ada@example.com"))  # type: ignore[arg-type]


def test_a_fixed_code_is_sent_instead_of_a_random_one() -> None:
    """An explicit opt-in for people who run the server by hand."""
    api = TenantClient(fixed_code="000042")
    user = api.tenant.add_user()
    api.associate(api.mfa_token(user), "email")
    assert api.code(user) == "000042"


def test_what_is_sent_can_be_delivered_for_real() -> None:
    """``on_send`` is called with each message, and survives a reset."""
    sent: list[str] = []
    api = TenantClient()
    api.tenant.outbox.on_send = lambda message: sent.append(message.to)
    api.tenant.reset()
    api.associate(api.mfa_token(api.tenant.add_user()), "email")
    assert sent == ["new@example.com"]


def test_a_provider_fails_as_often_as_asked() -> None:
    """Entry A12 while enrolling, entry H8 in a challenge; nothing is enrolled and nothing is sent."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    api.tenant.outbox.fail_next("sms", times=2)
    for _ in range(2):
        answer = api.associate(token, "sms")
        assert (answer.status, answer.json()["error_description"]) == (502, "Error sending SMS.")
    assert api.rows(token) == []
    assert len(api.tenant.outbox) == 0
    assert api.associate(token, "sms").status == 200
    _misused("no such channel", lambda: api.tenant.outbox.fail_next("smoke"))  # type: ignore[arg-type]
    _misused("at least 1", lambda: api.tenant.outbox.fail_next("sms", times=0))


def test_a_push_is_approved_or_rejected_by_the_test() -> None:
    """The newest open request is answered; without one it is a LookupError."""
    api, user, token, oob_code = _challenged("push")
    assert api.oob(token, oob_code).json()["error"] == "authorization_pending"
    api.tenant.push.approve(user)
    assert api.oob(token, oob_code).status == 200
    for answer in (api.tenant.push.approve, api.tenant.push.reject):
        with pytest.raises(LookupError, match="has no open push request"):
            answer(user)
    second = api.challenge(token, challenge_type="oob").json()["oob_code"]
    api.tenant.push.reject(user)
    for _ in range(2):  # a rejection is final
        assert api.oob(token, second).json()["error_description"] == "MFA Authorization rejected."


def test_the_newest_open_request_is_answered() -> None:
    """The older one stays open, and is the next to be answered."""
    api, user, token, older = _challenged("push")
    newer = api.challenge(token, challenge_type="oob").json()["oob_code"]
    api.tenant.push.approve(user)
    assert api.oob(token, older).json()["error"] == "authorization_pending"
    assert api.oob(token, newer).status == 200
    api.tenant.push.reject(user)
    assert api.oob(token, older).json()["error"] == "access_denied"


def test_an_expired_push_cannot_be_approved() -> None:
    """Nor does it count as open."""
    api, user, _, _ = _challenged("push")
    api.tenant.clock.advance(300)
    assert api.tenant.push.open_requests(user) == []


@pytest.mark.parametrize("everybody", [True, False])
@pytest.mark.parametrize("polls", [0, 2])
def test_a_push_approves_itself_after_some_polls(everybody: bool, polls: int) -> None:
    """So many polls are pending, the next succeeds; for coming requests and for open ones, of one user or of all."""
    api, user, token, oob_code = _challenged("push")
    api.tenant.push.approve_after(polls, None if everybody else user)
    later = api.challenge(token, challenge_type="oob").json()["oob_code"]
    for code in (oob_code, later):
        answers = []
        for _ in range(polls + 1):
            answers.append(api.oob(token, code).json().get("error"))
            api.tenant.clock.advance(5)
        assert answers == ["authorization_pending"] * polls + [None]
    for wrong in (-1, 1.5, True):
        _misused("whole number of polls", lambda: api.tenant.push.approve_after(wrong))  # type: ignore[arg-type]  # noqa: B023


# -- faults ----------------------------------------------------------------------------------------


def test_a_failure_is_answered_instead_of_performing() -> None:
    """As often as asked, with status, error, text and headers as given; first asked, first met."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    api.tenant.fail_next("associate", status=429, error="too_many_requests", headers={"Retry-After": "1"}, times=2)
    api.tenant.fail_next("associate", status=400, description="no")
    raw = handler(api.tenant)
    body = json.dumps({"authenticator_types": ["otp"]}).encode()
    request = Request(
        "POST", "/mfa/associate", {"authorization": f"Bearer {token}", "content-type": "application/json"}, body
    )
    answers = [raw(request) for _ in range(4)]
    assert [answer.status for answer in answers] == [429, 429, 400, 200]
    assert answers[0].json() == {"error": "too_many_requests", "error_description": "Internal error"}
    assert answers[0].headers["retry-after"] == "1"
    assert answers[2].json() == {"error": "server_error", "error_description": "no"}
    assert len(user.authenticators) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "content"),
    [
        ("<h1>Bad gateway</h1>", "text/html; charset=utf-8", b"<h1>Bad gateway</h1>"),
        (b"\x00", "application/json", b"\x00"),
        ({"a": 1}, "application/json", b'{"a":1}'),
    ],
)
def test_a_failure_may_have_any_body(body: Any, content_type: str, content: bytes) -> None:
    """Text counts as HTML, as gateways answer; bytes and mappings as JSON, unless headers say otherwise."""
    tenant = Tenant()
    tenant.fail_next("jwks", body=body, times=1)
    answer = handler(tenant)(Request("GET", "/.well-known/jwks.json", {}))
    assert (answer.status, answer.headers["content-type"], answer.body) == (500, content_type, content)


def test_delays_and_drops_are_handed_to_the_transport() -> None:
    """A late or halved answer is performed, a dropped one is not; also when it is a refusal."""
    api = TenantClient()
    user = api.tenant.add_user()
    api.tenant.delay_next("password", 1.5)
    api.tenant.drop_next("password", after_half=True)
    api.tenant.drop_next("password")
    raw = handler(api.tenant)
    body = json.dumps(api.tenant.password_grant(user)).encode()
    faults = [raw(Request("POST", "/oauth/token", {"content-type": "application/json"}, body)).fault for _ in range(4)]
    assert [(f.delay, f.drop) if f else None for f in faults] == [(1.5, None), (0.0, "half"), (0.0, "before"), None]
    assert len(api.tenant.tokens.mfa) == 3


@pytest.mark.parametrize(
    ("plant", "kind", "message"),
    [
        (lambda t: t.fail_next("asociate"), UnknownOperationError, "Did you mean 'associate'"),
        (lambda t: t.delay_next("asociate", 1), UnknownOperationError, "Did you mean 'associate'"),
        (lambda t: t.drop_next("asociate"), UnknownOperationError, "Did you mean 'associate'"),
        (lambda t: t.fail_next("associate", status=600), ConfigurationError, "from 100 to 599"),
        (lambda t: t.fail_next("associate", status=99), ConfigurationError, "from 100 to 599"),
        (lambda t: t.fail_next("associate", status=True), ConfigurationError, "from 100 to 599"),
        (lambda t: t.fail_next("associate", status=cast("Any", "500")), ConfigurationError, "from 100 to 599"),
        (lambda t: t.fail_next("associate", body="x", error="y"), ConfigurationError, "either body"),
        (lambda t: t.fail_next("associate", times=0), ConfigurationError, "at least 1"),
        (lambda t: t.delay_next("associate", -1), ConfigurationError, "seconds >= 0"),
        (lambda t: t.drop_next("associate", times=True), ConfigurationError, "at least 1"),
    ],
)
def test_a_wrong_fault_is_refused(plant: Callable[[Tenant], None], kind: type[Exception], message: str) -> None:
    """Unknown operations are a LookupError that names the closest."""
    with pytest.raises(kind, match=message):
        plant(Tenant())


# -- journal ---------------------------------------------------------------------------------------


def test_calls_are_journalled() -> None:
    """Each with operation, messages, time, the refusal's case and the disputed fields it rests on."""
    api = TenantClient()
    user = api.tenant.add_user()
    response = api.login(user)
    api.send("GET", "/nothing")
    call = api.tenant.calls[0]
    assert isinstance(call, Call)
    assert (call.operation, call.response, call.at, call.refusal_id) == ("password", response, START, "mfa_required")
    assert call.request.json()["username"] == user.email
    assert "mfa_required" in call.profile_fields
    assert "rows_have_type" not in call.profile_fields
    assert api.tenant.calls[1].operation is None
    assert api.tenant.calls.of("password") == [call]
    assert api.tenant.calls.of("challenge") == []
    assert api.tenant.calls.operations == [made.operation for made in api.tenant.calls]
    assert list(api.tenant.calls) == list(api.tenant.calls[:])
    assert [api.tenant.calls[0], *api.tenant.calls[1:]] == list(api.tenant.calls)
    assert api.tenant.calls[0] is call, "a call stays the same object, however often one looks at it"
    with pytest.raises(UnknownOperationError, match="Did you mean 'challenge'"):
        api.tenant.calls.of("chalenge")  # type: ignore[arg-type]


def test_a_call_is_held_to_the_schemas_when_asked() -> None:
    """Nothing is validated while a call is performed; ``violations`` says what is wrong with it."""
    api = TenantClient()
    api.login(api.tenant.add_user(), password="wrong")
    assert api.last.violations == []
    api.send("POST", "/mfa/challenge", {"mfa_token": 1})
    assert any("mfa_token" in violation for violation in api.last.violations)


# -- the whole -------------------------------------------------------------------------------------


def test_a_reset_forgets_what_happened_and_keeps_what_was_set_up() -> None:
    """Users, calls, outbox, faults, pushes, tokens and the clock go; applications, factors, profile and keys stay."""
    api, user, token, _ = _challenged("push")
    tenant = api.tenant
    application = tenant.add_application()
    signer, profile = tenant.signer, Profile(totp_window=0)
    tenant.profile = profile
    tenant.factors.discard("otp")
    tenant.fail_next("challenge")
    tenant.outbox.fail_next("email")
    tenant.push.approve_after(0)
    tenant.clock.advance(9999)
    tenant.reset()
    assert (len(tenant.users), len(tenant.calls), len(tenant.outbox)) == (0, 0, 0)
    assert not tenant.faults
    assert not tenant.outbox.provider_fails("email")
    assert tenant.push.after(user) is None
    assert abs(tenant.clock.now() - time.time()) < 5
    assert application.client_id in tenant.applications
    assert (tenant.signer, tenant.profile, "otp" in tenant.factors) == (signer, profile, False)
    assert api.challenge(token).json()["error_description"] == "Malformed mfa_token"
    tenant.add_user(user.email)


def _played(seed: int | None) -> list[Response]:
    api = TenantClient(seed=seed, factors=FACTORS)
    user = api.tenant.add_user()
    token = api.mfa_token(user, scope="openid offline_access", audience="https://api.example/")
    for factor in ("email", "push", "otp"):
        api.associate(token, factor)
    api.otp(token, user.authenticators[-1].code())
    api.rows(token)
    return [call.response for call in api.tenant.calls]


def test_the_same_seed_gives_the_same_bytes() -> None:
    """With a held clock and the same key; without a seed nothing repeats."""
    first = _played(7)
    assert first[-2].status == 200
    assert [(a.status, dict(a.headers), a.body) for a in first] == [
        (a.status, dict(a.headers), a.body) for a in _played(7)
    ]
    assert first[0].body != _played(8)[0].body
    assert _played(None)[0].body != _played(None)[0].body


def test_threads_do_not_tread_on_each_other() -> None:
    """A hundred logins each, of a user of one's own: none is lost, and no code is good twice."""
    api = TenantClient()
    users = [api.tenant.add_user() for _ in range(4)]
    shared = api.tenant.add_user()
    shared.enroll("email")
    token = api.mfa_token(shared)
    oob_code = api.challenge(token).json()["oob_code"]
    raw, code, won = handler(api.tenant), api.code(shared), []

    def work(number: int) -> None:
        headers = {"content-type": "application/json"}
        grant = json.dumps(api.tenant.password_grant(users[number])).encode()
        for _ in range(100):
            assert raw(Request("POST", "/oauth/token", headers, grant)).status == 403
        oob = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-oob", "mfa_token": token, "oob_code": oob_code}
        body = json.dumps({**oob, "binding_code": code, **api.client}).encode()
        won.append(raw(Request("POST", "/oauth/token", headers, body)).status)

    in_threads(work, 4)
    assert len(api.tenant.calls.of("password")) == 1 + 400
    assert len(api.tenant.tokens.mfa) == 1 + 400
    assert sorted(won) == [200, 403, 403, 403]


def test_reprs_hold_no_secrets() -> None:
    """Tokens, codes, passwords and secrets are in the attributes only."""
    api, user, token, oob_code = _challenged()
    user.enroll("otp")
    tenant = api.tenant
    tenant.fail_next("jwks", body="hush")
    api.recovery(token, user.recovery_code or "", scope="openid offline_access")
    things = [
        tenant, user, *user.authenticators, user.recovery, *tenant.applications.values(), tenant.outbox,
        tenant.outbox.latest(), tenant.calls, *tenant.calls, tenant.tokens, *tenant.tokens.mfa.values(),
        *tenant.tokens.access.values(), *tenant.tokens.refresh.values(), *tenant.challenges.values(), tenant.push,
        tenant.faults, tenant.faults.take("jwks"), tenant.clock, tenant.entropy, tenant.signer,
    ]  # fmt: skip
    shown = repr(things)
    secrets = [
        token, oob_code, user.password, user.recovery_code, tenant.client_secret, "hush", api.code(user),
        *tenant.tokens.access, *(entry.secret for entry in user.authenticators if entry.secret),
    ]  # fmt: skip
    assert [secret for secret in secrets if secret is None or secret in shown] == []


# -- limits ----------------------------------------------------------------------------------------


def test_a_bucket_refills_with_time() -> None:
    """So many at once, one more every so many seconds, never more than it holds."""
    bucket = Bucket(2, 10, now=0)
    assert [bucket.take(0), bucket.take(0), bucket.take(0)] == [True, True, False]
    assert bucket.seconds_until_next(0) == 10
    assert bucket.seconds_until_next(9.5) == 1
    assert (bucket.take(9.9), bucket.take(10), bucket.take(10)) == (False, True, False)
    assert bucket.level(10_000) == 2
    bucket.take(10_000)
    bucket.fill()
    assert bucket.level(10_000) == 2


@pytest.mark.parametrize(("text", "rate"), [("30/s", (30, 1)), (300, (300, 60)), ("5/h", (5, 3600)), ("7", (7, 60))])
def test_a_rate_is_requests_per_time(text: str | int, rate: tuple[int, float]) -> None:
    """Per second, minute or hour; a bare number is per minute."""
    assert Rate.parse(text) == Rate(*rate)
