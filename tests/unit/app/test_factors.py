"""OTP, phone, push and recovery codes at the handler, row by row of the contract."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from helpers.tenant_client import FACTORS, TenantClient, refusal

from pytest_auth0_mfa import User
from pytest_auth0_mfa.tenant.totp import totp

NOT_ENROLLED = "User is not enrolled. You can use /mfa/associate endpoint to enroll the first authenticator."
ASSOCIATION_REQUIRED = (
    "User does not have any confirmed authenticator associated. You can associate a new authenticator calling "
    "/mfa/associate endpoint. If you have one authenticator ready for confirmation, you can confirm it just using "
    "it in /oauth/token"
)

# -- otp -------------------------------------------------------------------------------------------


def test_an_app_is_enrolled_and_logs_in_without_a_challenge() -> None:
    """The key URI holds what an authenticator app needs; a code of its secret confirms; the challenge is optional."""
    api = TenantClient()
    user = api.tenant.add_user("user@example.com")
    token = api.mfa_token(user)
    body = api.associate(token, "otp").json()
    assert list(body) == ["authenticator_type", "secret", "barcode_uri", "recovery_codes"]
    assert body["barcode_uri"].startswith("otpauth://totp/tenant.example:user%40example.com?secret=")
    query = parse_qs(urlsplit(body["barcode_uri"]).query)
    assert query == {
        "secret": [body["secret"]],
        "issuer": ["tenant.example"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    code = totp(body["secret"], api.tenant.clock.now())
    assert api.otp(token, code).status == 200
    assert refusal(api.otp(api.mfa_token(user), code)) == (403, "invalid_grant", "Invalid otp_code.")
    api.tenant.clock.advance(30)
    token = api.mfa_token(user)
    assert api.challenge(token, challenge_type="otp").json() == {"challenge_type": "otp"}
    assert api.otp(token, totp(body["secret"], api.tenant.clock.now())).status == 200
    row = api.rows(token)[0]
    assert list(row) == ["id", "authenticator_type", "active"]
    assert row["id"].startswith("totp|dev_")


def test_a_code_of_the_step_before_counts_and_a_replayed_one_does_not() -> None:
    """The window is one step to each side; an older step than the last used one is a replay."""
    api = TenantClient()
    user = api.tenant.add_user()
    otp = user.enroll("otp")
    now, token = api.tenant.clock.now(), api.mfa_token(user)
    assert api.otp(token, totp(otp.secret or "", now - 60)).status == 403
    assert api.otp(token, totp(otp.secret or "", now - 30)).status == 200
    assert api.otp(token, totp(otp.secret or "", now + 30)).status == 200
    assert api.otp(token, totp(otp.secret or "", now)).status == 403


def test_a_pending_app_is_no_way_around_an_active_factor() -> None:
    """Who knew the password once, and a secret that was never confirmed, cannot log in with it later."""
    api = TenantClient()
    user = api.tenant.add_user()
    api.associate(api.mfa_token(user), "otp")
    pending, active = user.authenticators[0], user.enroll("otp")
    token = api.mfa_token(user)
    assert refusal(api.otp(token, pending.code())) == (403, "invalid_grant", "Invalid otp_code.")
    assert not pending.active
    assert api.otp(token, active.code()).status == 200


def test_an_otp_of_somebody_unenrolled_says_what_to_do() -> None:
    """Nobody enrolled, another factor enrolled, only pending ones of another factor: three texts."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    assert refusal(api.otp(token, "123456")) == (401, "unsupported_challenge_type", NOT_ENROLLED)
    user.enroll("email", active=False)
    text = (
        "The user does not support the requested challenge type (otp). "
        "Currently there is no supported challenge available."
    )
    assert refusal(api.otp(token, "123456")) == (401, "unsupported_challenge_type", text)
    user.enroll("email")
    text = "The user does not support the requested challenge type (otp). Supported type: oob."
    assert refusal(api.otp(token, "123456")) == (401, "unsupported_challenge_type", text)


# -- phone -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", ["sms", "voice"])
def test_a_phone_is_enrolled_with_its_twin(factor: str) -> None:
    """One association makes sms and voice with one suffix; confirming one confirms both; each can be challenged."""
    api = TenantClient(factors=FACTORS)
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    body = api.associate(token, factor, phone_number="+919999999167").json()
    assert list(body) == ["authenticator_type", "binding_method", "recovery_codes", "oob_channel", "oob_code"]
    assert body["oob_channel"] == factor
    assert api.tenant.outbox.latest(user).channel == factor
    rows = [row for row in api.rows(token) if row["authenticator_type"] == "oob"]
    assert {row["oob_channel"] for row in rows} == {"sms", "voice"}
    assert len({row["id"].partition("|")[2] for row in rows}) == 1
    assert {row["name"] for row in rows} == {"XXXXXXXXX9167"}
    assert api.oob(token, body["oob_code"], api.code(user)).status == 200
    token = api.mfa_token(user)
    assert all(row["active"] for row in api.rows(token))
    for row in rows:
        oob_code = api.challenge(token, authenticator_id=row["id"]).json()["oob_code"]
        assert api.tenant.outbox.latest(user).channel == row["oob_channel"]
        assert api.oob(token, oob_code, api.code(user)).status == 200


def test_the_channel_can_be_asked_for() -> None:
    """Without an authenticator_id, ``oob_channel`` chooses among those with a channel."""
    api = TenantClient(factors=FACTORS)
    user = api.tenant.add_user()
    user.enroll("otp")
    user.enroll("sms")
    token = api.mfa_token(user)
    api.challenge(token, challenge_type="oob", oob_channel="voice")
    assert api.tenant.outbox.latest().channel == "voice"
    assert api.challenge(token, oob_channel="auth0").status == 401


@pytest.mark.parametrize(
    "number", ["", "5550100123", "+0123456789", "+1", "+1 555 0100123", "+" + "1" * 16, "+1555x100"]
)
def test_what_is_no_phone_number_is_refused(number: str) -> None:
    """E.164 and nothing else."""
    api = TenantClient()
    answer = api.associate(api.mfa_token(api.tenant.add_user()), "sms", phone_number=number)
    text = "The phone number is invalid." if number else "Missing required parameter: phone_number"
    assert refusal(answer) == (400, "invalid_request", text)


# -- push ------------------------------------------------------------------------------------------


def test_a_push_is_enrolled_by_approval_and_brings_a_totp() -> None:
    """No binding_method; polled until approved; the device gets a name and its totp twin becomes good."""
    api = TenantClient()
    user = api.tenant.add_user("user@example.com")
    token = api.mfa_token(user)
    body = api.associate(token, "push").json()
    assert list(body) == ["authenticator_type", "barcode_uri", "recovery_codes", "oob_channel", "oob_code"]
    assert body["oob_channel"] == "auth0"
    assert re.fullmatch(
        r"otpauth://totp/tenant\.example:user%40example\.com\?enrollment_tx_id=\w{32}&base_url=https%3A%2F%2F.+",
        body["barcode_uri"],
    )
    kinds = [(row["id"].partition("|")[0], row["active"], "name" in row) for row in api.rows(token)]
    assert kinds == [("push", False, False), ("recovery-code", False, False), ("totp", False, False)]
    pending = api.oob(token, body["oob_code"])
    text = "Authorization pending: please repeat the request in a few seconds."
    assert refusal(pending) == (400, "authorization_pending", text)
    too_fast = api.oob(token, body["oob_code"])
    assert (too_fast.status, too_fast.json()["error"], too_fast.headers["retry-after"]) == (400, "slow_down", "5")
    api.tenant.push.approve(user)
    assert api.oob(token, body["oob_code"]).status == 200
    named = [(row["id"].partition("|")[0], row["active"], row.get("name")) for row in api.rows(token)]
    assert named == [("push", True, "Ada's phone"), ("recovery-code", True, None), ("totp", True, None)]
    twin = next(entry for entry in user.authenticators if entry.factor == "otp")
    assert api.otp(api.mfa_token(user), twin.code()).status == 200


def test_the_twin_of_an_unconfirmed_push_confirms_nothing() -> None:
    """It is good only after the push was approved."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    api.associate(token, "push")
    twin = next(entry for entry in user.authenticators if entry.factor == "otp")
    assert api.otp(token, twin.code()).json()["error"] == "unsupported_challenge_type"
    assert not user.enrolled


def test_a_push_challenge_is_polled_rejected_or_expires() -> None:
    """No binding_method; a rejection is final; an unanswered request expires."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("push")
    token = api.mfa_token(user)
    body = api.challenge(token, challenge_type="oob").json()
    assert list(body) == ["challenge_type", "oob_code"]
    api.tenant.push.reject(user)
    for _ in range(2):
        answer = api.oob(token, body["oob_code"])
        assert refusal(answer) == (400, "access_denied", "MFA Authorization rejected.")
    body = api.challenge(token, challenge_type="oob").json()
    api.tenant.clock.advance(300)
    assert refusal(api.oob(token, body["oob_code"])) == (403, "expired_token", "oob_code is expired")
    assert api.otp(token, "000000").status == 403, "the mfa_token outlives a rejection"


def test_one_approved_push_leaves_the_others_open() -> None:
    """They have no code that could be the same."""
    api = TenantClient({"challenge_repeats_code": True})
    user = api.tenant.add_user()
    user.enroll("push")
    token = api.mfa_token(user)
    older, newer = (api.challenge(token, challenge_type="oob").json()["oob_code"] for _ in range(2))
    api.tenant.push.approve(user)
    assert api.oob(token, newer).status == 200
    assert api.oob(token, older).json()["error"] == "authorization_pending"
    api.tenant.push.approve(user)
    assert api.oob(token, older).status == 200


def test_what_was_answered_is_not_kept_with_its_authenticator() -> None:
    """However many challenges an authenticator sees, only the open ones are looked through."""
    api = TenantClient()
    user = api.tenant.add_user()
    push = user.enroll("push")
    token = api.mfa_token(user)
    for _ in range(3):
        oob_code = api.challenge(token, challenge_type="oob").json()["oob_code"]
        api.tenant.push.approve(user)
        assert api.oob(token, oob_code).status == 200
    api.challenge(token, challenge_type="oob")
    assert [challenge.state for challenge in push.challenges] == ["pending"]


# -- recovery codes --------------------------------------------------------------------------------


def test_a_recovery_code_is_replaced_on_use() -> None:
    """The answer brings the next one; the used one is dead at once."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("otp")
    first = user.recovery_code or ""
    answer = api.recovery(api.mfa_token(user), first)
    assert list(answer.json())[-1] == "recovery_code"
    second = answer.json()["recovery_code"]
    assert re.fullmatch("[1-9A-HJ-NP-Z]{24}", second)
    assert second != first
    dead = api.recovery(api.mfa_token(user), first)
    assert refusal(dead) == (403, "invalid_grant", "MFA Authorization rejected.")
    assert api.recovery(api.mfa_token(user), second).status == 200


def test_recovery_codes_come_once_and_only_where_they_are_on() -> None:
    """With the first association, though it stays unconfirmed; not with later ones; not when the factor is off."""
    api = TenantClient()
    user = api.tenant.add_user()
    token = api.mfa_token(user)
    assert [len(api.associate(token, f).json().get("recovery_codes", [])) for f in ("sms", "push", "otp")] == [1, 0, 0]
    none = api.recovery(token, user.recovery_code or "")
    assert refusal(none) == (403, "unsupported_challenge_type", "User does not have a recovery-code.")
    api.tenant.factors.discard("recovery-code")
    other = api.tenant.add_user()
    token = api.mfa_token(other)
    assert "recovery_codes" not in api.associate(token, "otp").json()
    assert [row["authenticator_type"] for row in api.rows(token)] == ["otp"]


def test_the_list_is_that_of_the_recording() -> None:
    """sms, its recovery code, push, its totp, otp, and the verified email last: types and activity as recorded."""
    api = TenantClient({"rows_have_type": "never"})
    user = api.tenant.add_user("user@example.com", email_verified=True)
    token = api.mfa_token(user)
    api.associate(token, "sms", phone_number="+919999999167")
    api.associate(token, "push")
    api.associate(token, "otp")
    rows = [{name: value for name, value in row.items() if name != "id"} for row in api.rows(token)]
    assert rows == [
        {"authenticator_type": "oob", "active": False, "oob_channel": "sms", "name": "XXXXXXXXX9167"},
        {"authenticator_type": "recovery-code", "active": False},
        {"authenticator_type": "oob", "active": False, "oob_channel": "auth0"},
        {"authenticator_type": "otp", "active": False},
        {"authenticator_type": "otp", "active": False},
        {"authenticator_type": "oob", "active": True, "oob_channel": "email", "name": "****@exam*******"},
    ]
    assert list(api.rows(token)[0]) == ["id", "authenticator_type", "active", "oob_channel", "name"]


@pytest.mark.parametrize("factors", [("otp",), ("otp", "otp"), ("otp", "push")])
def test_the_newest_may_come_first(factors: tuple[str, ...]) -> None:
    """The list the other way round, where the profile says so."""
    lists = []
    for newest_first in (False, True):
        api = TenantClient({"newest_first": newest_first}, factors={"otp", "push"})
        user = api.tenant.add_user()
        for factor in factors:
            user.enroll(factor)  # type: ignore[arg-type]
        lists.append([row["id"] for row in api.rows(api.mfa_token(user))])
    older, newer = lists
    assert newer == older[::-1]


# -- challenge -------------------------------------------------------------------------------------


def test_a_challenge_needs_a_confirmed_authenticator() -> None:
    """Pending ones cannot be challenged; the text says what can be done."""
    api = TenantClient()
    user = api.tenant.add_user()
    pending = user.enroll("email", active=False)
    token = api.mfa_token(user)
    for more in ({}, {"authenticator_id": pending.id}):
        assert refusal(api.challenge(token, **more)) == (403, "association_required", ASSOCIATION_REQUIRED)


def test_which_one_is_challenged_is_no_question_where_there_is_one() -> None:
    """The journal names the profile's field only where it decides."""
    api = TenantClient()
    user = api.tenant.add_user()
    for factor, asked in (("otp", False), ("email", False), ("sms", True)):
        user.enroll(factor)  # type: ignore[arg-type]
        api.challenge(api.mfa_token(user), challenge_type="otp" if factor == "otp" else "oob")
        assert ("default_authenticator" in api.last.profile_fields) is asked


def test_a_challenge_of_a_type_the_user_lacks_names_the_others() -> None:
    """In the singular and the plural."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("otp")
    token = api.mfa_token(user)
    text = "The user does not support the requested challenge type (oob). Supported type: otp."
    assert refusal(api.challenge(token, challenge_type="oob")) == (401, "unsupported_challenge_type", text)
    text = "The user does not support any of the requested challenge types (x, oob). Supported type: otp."
    assert refusal(api.challenge(token, challenge_type="x oob")) == (401, "unsupported_challenge_type", text)


def test_what_cannot_be_challenged_is_an_unknown_authenticator() -> None:
    """A foreign id, a pending one, a recovery code."""
    api = TenantClient()
    user, other = api.tenant.add_user(), api.tenant.add_user()
    user.enroll("otp")
    token = api.mfa_token(user)
    assert user.recovery is not None
    for id in (other.enroll("otp").id, user.enroll("sms", active=False).id, user.recovery.id):
        assert api.challenge(token, authenticator_id=id).json()["error_description"] == "Invalid authenticator_id"


# -- limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "at_once", "seconds", "what"),
    [
        ("sms", 10, 3600, "SMS"),
        ("voice", 10, 3600, "voice messages"),
        ("email", 20, 60, "emails"),
        ("push", 5, 12, "push notifications"),
    ],
)
def test_messages_are_limited_per_user_and_factor(factor: str, at_once: int, seconds: int, what: str) -> None:
    """So many at once, one more after a while; another user has a bucket of one's own."""
    api = TenantClient(factors=FACTORS)
    user, other = api.tenant.add_user(), api.tenant.add_user()
    for one in (user, other):
        one.enroll(factor)  # type: ignore[arg-type]

    channel = "auth0" if factor == "push" else factor

    def send(who: User = user) -> tuple[int, str]:
        answer = api.challenge(api.mfa_token(who), challenge_type="oob", oob_channel=channel)
        return answer.status, answer.json().get("error_description", "")

    assert [send()[0] for _ in range(at_once)] == [200] * at_once
    assert send() == (400, f"Too many {what} sent by the user. Wait for some minutes before retrying.")
    assert send(other)[0] == 200
    api.tenant.clock.advance(seconds - 1)
    assert send()[0] == 400
    api.tenant.clock.advance(1)
    assert send()[0] == 200


def test_sms_and_voice_share_a_limit() -> None:
    """Ten messages to a phone, by whichever channel."""
    api = TenantClient(factors=FACTORS)
    user = api.tenant.add_user()
    user.enroll("sms")
    token = api.mfa_token(user)
    channels = ["sms", "voice"] * 5
    assert {api.challenge(token, oob_channel=channel).status for channel in channels} == {200}
    assert api.challenge(token, oob_channel="voice").json()["error"] == "invalid_request"


def test_wrong_codes_are_limited_and_then_right_ones_do_not_help() -> None:
    """Ten at once, one more every six minutes; recovery codes have a bucket of their own."""
    api = TenantClient()
    user = api.tenant.add_user()
    otp = user.enroll("otp")
    token = api.mfa_token(user)
    for _ in range(10):
        assert api.otp(token, "x").status == 403
    text = "Too many failed codes. Wait for some minutes before retrying."
    assert refusal(api.otp(token, otp.code())) == (429, "too_many_attempts", text)
    assert api.recovery(token, "x").status == 403
    api.tenant.clock.advance(360)
    assert api.otp(token, otp.code()).status == 200


def test_a_user_has_fifty_authenticators_at_most() -> None:
    """Abandoned enrollments pile up; a push, which needs two places, is refused one earlier."""
    api = TenantClient()
    user = api.tenant.add_user()
    for _ in range(49):
        user.enroll("otp", active=False)
    token = api.mfa_token(user)
    assert api.associate(token, "push").json()["error"] == "access_denied"
    assert api.associate(token, "otp").status == 200
    assert api.associate(token, "otp").json()["error"] == "access_denied"


def test_a_tenant_wide_limit_answers_429_with_headers() -> None:
    """Every call counts and is told what is left; the refusal says when to come back."""
    api = TenantClient(rate_limit="2/m")
    left = [api.send("GET", path).headers["x-ratelimit-remaining"] for path in ("/.well-known/jwks.json", "/nothing")]
    assert left == ["1", "0"]
    answer = api.login(api.tenant.add_user())
    text = "Rate limit exceeded. Please retry after some time."
    assert refusal(answer) == (429, "too_many_requests", text)
    assert answer.headers["x-ratelimit-limit"] == "2"
    assert answer.headers["retry-after"] == "30"
    assert int(answer.headers["x-ratelimit-reset"]) > api.tenant.clock.now()
    api.tenant.clock.advance(30)
    assert api.login(api.tenant.add_user()).status == 403


# -- several values --------------------------------------------------------------------------------


def test_the_first_value_that_the_tenant_has_wins() -> None:
    """Several types or channels: those that are off are passed over; unneeded parameters are ignored."""
    api = TenantClient()
    api.tenant.factors.discard("sms")
    token = api.mfa_token(api.tenant.add_user())
    body = api.associate(token, "sms", oob_channels=["sms", "email"], email="a@b.example").json()
    assert body["oob_channel"] == "email"
    body = api.associate(token, "sms", authenticator_types=["otp", "oob"], oob_channels=["sms", "sms"]).json()
    assert body["authenticator_type"] == "otp"


@pytest.mark.parametrize(
    ("types", "channels", "name"),
    [(["otp", "oob"], ["sms"], "authenticator_types"), (["oob"], ["sms", "email"], "oob_channels")],
)
def test_several_values_may_be_refused(types: list[str], channels: list[str], name: str) -> None:
    """Where the profile says so, by the name of the parameter that holds them."""
    api = TenantClient(profile={"several_values": "refused"})
    token = api.mfa_token(api.tenant.add_user())
    answer = api.associate(token, "sms", authenticator_types=types, oob_channels=channels)
    assert name in refusal(answer)[2]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"authenticator_types": ["webauthn-roaming"]}, "Unsupported authenticator type: webauthn-roaming"),
        ({"authenticator_types": ["oob"], "oob_channels": ["duo"]}, "Unsupported authenticator type: duo"),
        ({"authenticator_types": ["oob"]}, "Missing required parameter: oob_channels"),
        ({"authenticator_types": []}, "Missing required parameter: authenticator_types"),
        ({"authentication_types": ["oob"]}, "Missing required parameter: authenticator_types"),
    ],
)
def test_what_the_mfa_api_does_not_have_is_refused(asked: dict[str, object], text: str) -> None:
    """WebAuthn and Duo are no factors of this API; the guide's misspelt parameter is no parameter."""
    api = TenantClient()
    token = api.mfa_token(api.tenant.add_user())
    assert refusal(api.send("POST", "/mfa/associate", asked, token)) == (400, "invalid_request", text)


def test_a_named_authenticator_of_another_type_says_its_own_type_alone() -> None:
    """Not all types of the user, of which the one asked for may be one: entries H5 and D-30."""
    api = TenantClient()
    user = api.tenant.add_user()
    email = user.enroll("email")
    user.enroll("otp")
    refused = api.challenge(api.mfa_token(user), authenticator_id=email.id, challenge_type="otp")
    text = "The user does not support the requested challenge type (otp). Supported type: oob."
    assert refusal(refused) == (401, "unsupported_challenge_type", text)
