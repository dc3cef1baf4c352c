"""The email guide, end to end at the handler: enroll, confirm, list, challenge, verify."""

from __future__ import annotations

import json
import re

import pytest
from helpers.tenant_client import TenantClient, refusal

from pytest_auth0_mfa import Request
from pytest_auth0_mfa.spec.operations import MFA_OOB

SEALED = r"Fe26\.2\*SERVER_\d{10}\*[0-9a-f]{64}\*[\w-]+\*[\w-]+\*\d{13}\*[0-9a-f]{64}\*[\w-]+"


def test_the_guide_from_the_first_login_to_the_second() -> None:
    """Each answer has the fields, in the order, that the guide and recordings show."""
    api = TenantClient()
    user = api.tenant.add_user("ada@example.com", "pw")

    demanded = api.login(user)
    assert demanded.status == 403
    mfa_token = demanded.json()["mfa_token"]
    assert list(demanded.json()) == ["error", "error_description", "mfa_token"]
    assert refusal(demanded)[1:] == ("mfa_required", "Multifactor authentication required")
    assert re.fullmatch(SEALED, mfa_token)
    assert api.rows(mfa_token) == []

    associated = api.associate(mfa_token, "email", email="email@address.com")
    body = associated.json()
    assert associated.headers["content-type"] == "application/json; charset=utf-8"
    assert list(body) == ["authenticator_type", "binding_method", "recovery_codes", "oob_channel", "oob_code"]
    assert (body["authenticator_type"], body["binding_method"], body["oob_channel"]) == ("oob", "prompt", "email")
    assert re.fullmatch(SEALED, body["oob_code"])
    (recovery_code,) = body["recovery_codes"]
    assert re.fullmatch("[1-9A-HJ-NP-Z]{24}", recovery_code)

    email, recovery = api.rows(mfa_token)
    assert re.fullmatch(r"email\|dev_[A-Za-z0-9]{16}", email["id"])
    assert {k: v for k, v in email.items() if k != "id"} == {
        "authenticator_type": "oob",
        "active": False,
        "oob_channel": "email",
        "name": "emai*@addr*******",
    }
    assert re.fullmatch(r"recovery-code\|dev_[A-Za-z0-9]{16}", recovery["id"])
    assert (recovery["authenticator_type"], recovery["active"]) == ("recovery-code", False)

    message = api.tenant.outbox.latest(user, "email")
    assert message.to == "email@address.com"
    assert re.fullmatch(r"\d{6}", message.code or "")

    wrong = api.oob(mfa_token, body["oob_code"], "12345x")
    assert refusal(wrong) == (403, "invalid_grant", "Invalid binding_code.")
    confirmed = api.oob(mfa_token, body["oob_code"], message.code)
    assert confirmed.status == 200
    assert confirmed.headers["content-type"] == "application/json"
    assert confirmed.headers["cache-control"] == "no-store"
    tokens = confirmed.json()
    assert (tokens["scope"], tokens["expires_in"], tokens["token_type"]) == ("openid profile email", 86400, "Bearer")
    assert list(tokens) == ["access_token", "id_token", "expires_in", "scope", "token_type"]

    mfa_token = api.mfa_token(user)
    assert [row["active"] for row in api.rows(mfa_token)] == [True, True]
    assert refusal(api.associate(mfa_token, "email")) == (403, "access_denied", "User is already enrolled.")

    challenged = api.challenge(mfa_token, challenge_type="oob", authenticator_id=email["id"])
    assert challenged.headers["content-type"] == "application/json; charset=utf-8"
    assert list(challenged.json()) == ["challenge_type", "oob_code", "binding_method"]
    oob_code = challenged.json()["oob_code"]
    code = api.code(user)
    assert api.oob(mfa_token, oob_code, code).status == 200
    assert api.oob(mfa_token, oob_code, code).status == 403


def test_the_guides_own_bodies_are_understood() -> None:
    """The confirmation is a form; the challenge is JSON that curl labels as a form, or that has no label at all."""
    api = TenantClient()
    user = api.tenant.add_user()
    email = user.enroll("email")
    mfa_token = api.mfa_token(user)
    asked = {**api.client, "challenge_type": "oob", "authenticator_id": email.id, "mfa_token": mfa_token}
    labels: tuple[dict[str, str], ...] = ({"Content-Type": "application/x-www-form-urlencoded"}, {})
    answers = [api.handle(Request("POST", "/mfa/challenge", label, json.dumps(asked).encode())) for label in labels]
    assert [answer.status for answer in answers] == [200, 200]
    form = {"grant_type": MFA_OOB, "mfa_token": mfa_token, "oob_code": answers[-1].json()["oob_code"]}
    form |= {"binding_code": api.code(user), **api.client}
    superfluous = {"authorization": "Bearer MFA_TOKEN"}
    assert api.send("POST", "/oauth/token", form, form=True, headers=superfluous).status == 200


def test_the_guides_slip_is_a_path_that_does_not_exist() -> None:
    """The text of the guide says /oath/token once; the answer is Auth0's and gives no hint."""
    api = TenantClient()
    answer = api.send("POST", "/oath/token", {"grant_type": MFA_OOB})
    assert refusal(answer) == (404, "not_found", "Not Found")


def test_a_token_for_the_mfa_audience_lasts_ten_minutes() -> None:
    """As the guide's answer shows: the audience decides."""
    api = TenantClient()
    user = api.tenant.add_user()
    response = api.login(user, audience=api.tenant.mfa_audience, scope="enroll openid profile")
    assert (response.status, response.json()["expires_in"]) == (200, 600)


@pytest.mark.parametrize(("seconds", "status"), [(299.9, 200), (300, 403)])
def test_a_code_is_good_for_five_minutes(seconds: float, status: int) -> None:
    """By the tenant's clock; at the very end it is too late, and the oob_code says so."""
    api = TenantClient()
    user = api.tenant.add_user()
    mfa_token = api.mfa_token(user)
    oob_code = api.associate(mfa_token, "email").json()["oob_code"]
    api.tenant.clock.advance(seconds)
    answer = api.oob(mfa_token, oob_code, api.code(user))
    assert answer.status == status
    if status != 200:
        assert refusal(answer) == (403, "expired_token", "oob_code is expired")


def test_a_code_dies_before_its_oob_code_where_that_lives_longer() -> None:
    """The message's code lives five minutes whatever the profile says about the oob_code."""
    api = TenantClient({"oob_code_lifetime": 600})
    user = api.tenant.add_user()
    mfa_token = api.mfa_token(user)
    oob_code = api.associate(mfa_token, "email").json()["oob_code"]
    api.tenant.clock.advance(300)
    assert refusal(api.oob(mfa_token, oob_code, api.code(user))) == (403, "invalid_grant", "Invalid binding_code.")


def test_a_wrong_code_leaves_token_and_challenge_alive() -> None:
    """The user may mistype."""
    api = TenantClient()
    user = api.tenant.add_user()
    mfa_token = api.mfa_token(user)
    oob_code = api.associate(mfa_token, "email").json()["oob_code"]
    missing = api.oob(mfa_token, oob_code)
    assert refusal(missing) == (400, "invalid_request", "Missing required parameter: binding_code")
    for _ in range(9):
        assert api.oob(mfa_token, oob_code, "nope").status == 403
    assert api.oob(mfa_token, oob_code, api.code(user)).status == 200


def test_a_verified_email_needs_no_enrollment() -> None:
    """It is listed, can be challenged, and does not stand in the way of a first association."""
    api = TenantClient()
    user = api.tenant.add_user("user@example.com", email_verified=True)
    mfa_token = api.mfa_token(user)
    (row,) = api.rows(mfa_token)
    assert (row["active"], row["name"]) == (True, "****@exam*******")
    oob_code = api.challenge(mfa_token).json()["oob_code"]
    assert api.tenant.outbox.latest().to == "user@example.com"
    assert api.oob(mfa_token, oob_code, api.code(user)).status == 200
    assert api.associate(api.mfa_token(user), "otp").status == 200


def test_an_oob_code_belongs_to_its_mfa_token() -> None:
    """That of another login of the same user does not do, nor that of another user."""
    api = TenantClient()
    user, other = api.tenant.add_user(), api.tenant.add_user()
    mfa_token = api.mfa_token(user)
    oob_code = api.associate(mfa_token, "email").json()["oob_code"]
    for token in (api.mfa_token(user), api.mfa_token(other)):
        answer = api.oob(token, oob_code, api.code(user))
        assert refusal(answer) == (400, "invalid_request", "The oob_code doesn't match the mfa_token")


def test_a_pending_email_is_confirmed_even_after_another_was() -> None:
    """One mfa_token may associate several factors while none is active; each has its own oob_code."""
    api = TenantClient()
    user = api.tenant.add_user()
    mfa_token = api.mfa_token(user)
    pairs = []
    for _ in range(2):
        oob_code = api.associate(mfa_token, "email").json()["oob_code"]
        pairs.append((oob_code, api.code(user)))
    assert api.oob(mfa_token, pairs[1][0], pairs[0][1]).status == 403, "a code is good for its own oob_code only"
    for oob_code, code in pairs:
        assert api.oob(mfa_token, oob_code, code).status == 200


def test_a_repeated_code_is_still_good_only_once() -> None:
    """Where a second challenge sends the same code again, using it kills both."""
    api = TenantClient({"challenge_repeats_code": True})
    user = api.tenant.add_user()
    user.enroll("email")
    mfa_token = api.mfa_token(user)
    first, second = (api.challenge(mfa_token).json()["oob_code"] for _ in range(2))
    code = api.code(user)
    assert api.oob(mfa_token, first, code).status == 200
    assert api.oob(mfa_token, second, code).status == 403


def test_what_was_answered_of_a_fixed_code_leaves_the_others() -> None:
    """Where every code is the same, a second challenge is not a repetition of the first."""
    api = TenantClient({"challenge_repeats_code": True}, fixed_code="123456")
    user = api.tenant.add_user()
    user.enroll("email")
    mfa_token = api.mfa_token(user)
    for oob_code in [api.challenge(mfa_token).json()["oob_code"] for _ in range(2)]:
        assert api.oob(mfa_token, oob_code, "123456").status == 200


def test_the_newest_code_is_the_one_that_is_repeated() -> None:
    """Also where codes differed before: the tenant did not repeat them then."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("email")
    mfa_token = api.mfa_token(user)
    codes = [(api.challenge(mfa_token), api.code(user))[1] for _ in range(2)]
    assert codes[0] != codes[1]
    api.tenant.profile = api.tenant.profile.with_(challenge_repeats_code=True)
    api.challenge(mfa_token)
    assert api.code(user) == codes[1]


def test_equal_codes_are_good_once_however_they_came_to_be_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """By chance two challenges may have the same digits."""
    api = TenantClient()
    user = api.tenant.add_user()
    user.enroll("email")
    mfa_token = api.mfa_token(user)
    monkeypatch.setattr(type(api.tenant.entropy), "code", lambda _, digits: str(10**6 + 234567)[1:])
    first, second = (api.challenge(mfa_token).json()["oob_code"] for _ in range(2))
    api.tenant.profile = api.tenant.profile.with_(challenge_repeats_code=True)
    assert api.oob(mfa_token, first, "234567").status == 200
    assert api.oob(mfa_token, second, "234567").status == 403


@pytest.mark.parametrize(
    "address", ["a@b", "a b@c.example", "@c.example", "a@", "x" * 250 + "@c.example", "\r@c.example"]
)
def test_what_is_no_email_is_refused(address: str) -> None:
    """Nothing is sent to it."""
    api = TenantClient()
    answer = api.associate(api.mfa_token(api.tenant.add_user()), "email", email=address)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    assert len(api.tenant.outbox) == 0


@pytest.mark.parametrize(("own", "status"), [(True, 200), (False, 401)])
def test_a_client_id_beside_the_token_has_to_be_its_own(own: bool, status: int) -> None:
    """Where the tenant looks at it at all."""
    api = TenantClient({"associate_checks_client": True})
    token = api.mfa_token(api.tenant.add_user())
    assert api.associate(token, "otp", client_id=api.tenant.client_id if own else "another").status == status
