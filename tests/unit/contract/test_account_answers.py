"""Answers of the My Account API: problems by their codes, times, addresses of methods, and lists in any order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_auth0_mfa import Request, Response, Tenant
from pytest_auth0_mfa.contract import fake_subject
from pytest_auth0_mfa.contract.tenant.account_answers import location_path, moment_of
from pytest_auth0_mfa.contract.tenant.account_calls import WholePath, me_create, me_update, me_verify
from pytest_auth0_mfa.contract.tenant.comparison import Comparison
from pytest_auth0_mfa.contract.tenant.renaming import Differs, Renaming
from pytest_auth0_mfa.contract.tenant.scenarios.registry import scenario
from pytest_auth0_mfa.contract.tenant.side_by_side import SubjectSide
from pytest_auth0_mfa.contract.tenant.subjects import FEATURES, Scenario, checked_subject
from pytest_auth0_mfa.contract.tenant.tokens import Keys
from pytest_auth0_mfa.contract.tenant.values import Pair
from pytest_auth0_mfa.errors import ConfigurationError

PROBLEM = {
    "type": "https://auth0.com/api-errors/A0E-401-0003",
    "title": "Invalid Token",
    "status": 401,
    "detail": "Invalid Token",
}
LIMITS = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1"}
HOST = "https://tenant.auth0.example"
METHODS = f"{HOST}/me/v1/authentication-methods"


def _never(request: Request) -> Response:
    raise AssertionError("no keys are needed")


class Page:
    """Compares answers of one example."""

    def __init__(self, *, strict: bool = False) -> None:
        self.renaming = Renaming()
        self.strict = strict

    def compare(
        self,
        subject: Any,
        oracle: Any,
        operation: str = "me-list-methods",
        case: str | None = None,
        status: int = 200,
        mine: dict[str, str] | None = None,
        theirs: dict[str, str] | None = None,
        optional: tuple[str, ...] = (),
    ) -> Comparison:
        made = Comparison(
            self.renaming,
            Keys(_never),
            operation=operation,
            strict=self.strict,
            optional=optional,
        )
        made.responses(_response(status, subject, mine or {}), _response(status, oracle, theirs or {}), case)
        return made

    def differs(self, subject: Any, oracle: Any, *rest: Any, **more: Any) -> tuple[str, str]:
        with pytest.raises(Differs) as caught:
            self.compare(subject, oracle, *rest, **more)
        return caught.value.difference.finding, caught.value.difference.field


def _response(status: int, body: Any, headers: dict[str, str]) -> Response:
    return Response(status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())


def row(kind: str, device: str, **more: Any) -> dict[str, Any]:
    """A method."""
    made = {"id": f"{kind}|{device}", "type": kind, "usage": ["secondary"], "confirmed": True}
    return {**made, "created_at": "2026-01-02T03:04:05.000Z", **more}


def listed(*rows: dict[str, Any]) -> dict[str, Any]:
    """A list of methods."""
    return {"authentication_methods": list(rows)}


# -- problems


@pytest.mark.parametrize(
    ("changed", "finding", "field"),
    [
        ({"status": 400}, "MFA008", "$.status"),
        ({"status": "401"}, "MFA005", "$.status"),
        ({"title": 1}, "MFA005", "$.title"),
        ({"type": "https://auth0.com/api-errors/A0E-401-0001"}, "MFA006", "$.type"),
        ({"validation_errors": {}}, "MFA005", "$.validation_errors"),
        ({"validation_errors": ["type"]}, "MFA005", "$.validation_errors[0]"),
        ({"validation_errors": [{"pointer": "/type"}]}, "MFA005", "$.validation_errors[0].detail"),
        ({"access_token": "x"}, "MFA004", "$.access_token"),
    ],
)
def test_a_wrong_problem_is_found(changed: dict[str, Any], finding: str, field: str) -> None:
    """Its members have their types, the status is that of the answer, and clients branch on the code."""
    found = Page().differs({**PROBLEM, **changed}, PROBLEM, "me-factors", "me_invalid_token", 401)
    assert found == (finding, field)


@pytest.mark.parametrize("name", list(PROBLEM))
def test_each_member_of_a_problem_is_required(name: str) -> None:
    """The documentation says so of all four."""
    less = {key: value for key, value in PROBLEM.items() if key != name}
    assert Page().differs(less, PROBLEM, "me-factors", "me_invalid_token", 401) == ("MFA003", f"$.{name}")


def test_an_error_of_the_mfa_api_is_no_problem() -> None:
    """What it lacks is told, with what it has instead."""
    body = {"error": "invalid_token", "error_description": "Invalid Token"}
    assert Page().differs(body, PROBLEM, "me-factors", "me_invalid_token", 401) == ("MFA003", "$.type")
    assert Page().differs([], PROBLEM, "me-factors", "me_invalid_token", 401) == ("MFA005", "$")


def test_texts_of_a_problem_are_free() -> None:
    """So are both forms of the URI, the errors of single members and, where no client branches on it, the code."""
    words = {**PROBLEM, "title": "Unauthorized", "detail": "Bad token", "validation_errors": [{"detail": "x"}]}
    Page().compare(words, PROBLEM, "me-factors", "me_invalid_token", 401)
    other_form = {**PROBLEM, "type": "https://auth0.com/api-errors#A0E-401-0003"}
    Page().compare(other_form, PROBLEM, "me-factors", "me_invalid_token", 401)
    code = {**PROBLEM, "type": "https://auth0.com/api-errors/A0E-401-0001"}
    Page().compare(code, PROBLEM, "me-factors", None, 401)
    assert Page(strict=True).differs(code, PROBLEM, "me-factors", None, 401) == ("MFA006", "$.type")


# -- methods


def test_methods_may_come_in_any_order() -> None:
    """No order is documented. Types that the fake lacks may be among them."""
    mine = listed(row("totp", "dev_b"), row("passkey", "dev_k"), row("email", "dev_a", email="a*"))
    right = listed(row("email", "dev_x", email="a*"), row("totp", "dev_y"))
    found = Page().compare(mine, right, theirs=LIMITS, mine=LIMITS)
    assert [pair.values for pair in found.rows] == [["email|dev_a", "email|dev_x"], ["totp|dev_b", "totp|dev_y"]]
    assert Page(strict=True).differs(mine, right) == ("MFA008", "$.authentication_methods")


def test_factors_may_come_in_any_order() -> None:
    """Each once."""
    one, two = {"type": "totp", "usage": ["secondary"]}, {"type": "email", "usage": ["secondary"]}
    Page().compare({"factors": [one, two, {"type": "passkey"}]}, {"factors": [two, one]}, "me-factors")
    Page().compare({"factors": [{"type": "totp"}]}, {"factors": [one]}, "me-factors", optional=("usage",))
    assert Page().differs({"factors": [one, one]}, {"factors": [two, one]}, "me-factors")[0] == "MFA008"
    assert Page().differs({"factors": [one]}, {"factors": [two, one]}, "me-factors") == ("MFA008", "$.factors")


def test_factors_may_be_the_answer_itself() -> None:
    """Entry D-39. The same is demanded of the array as of the member of the object; neither stands for the other."""
    one, two = {"type": "totp", "usage": ["secondary"]}, {"type": "email", "usage": ["secondary"]}
    Page().compare([one, {**two, "label": "Mail"}, {"type": "passkey"}], [two, one], "me-factors")
    Page().compare([{"type": "totp"}], [one], "me-factors", optional=("usage",))
    assert Page().differs([{"type": "totp"}], [one], "me-factors") == ("MFA003", "$[0].usage")
    assert Page().differs([one, one], [two, one], "me-factors")[0] == "MFA008"
    assert Page().differs([one], [two, one], "me-factors") == ("MFA008", "$")
    assert Page(strict=True).differs([one, two], [two, one], "me-factors")[0] == "MFA008"
    assert Page().differs([one], {"factors": [one]}, "me-factors") == ("MFA005", "$")
    assert Page().differs({"factors": [one]}, [one], "me-factors") == ("MFA005", "$")


def test_a_method_was_made_once() -> None:
    """When it was made is near the oracle's time, and the same in each answer."""
    page = Page()
    right = listed(row("totp", "dev_y"))
    page.compare(listed(row("totp", "dev_b", created_at="2026-01-02T03:04:06.250Z")), right)
    late = listed(row("totp", "dev_b", created_at="2026-01-02T03:04:08Z"))
    assert page.differs(late, right) == ("MFA008", "$.authentication_methods[0].created_at")
    later = listed(row("totp", "dev_c", created_at="2026-01-02T03:05:08Z"))
    assert Page().differs(later, right) == ("MFA012", "$.authentication_methods[0].created_at")
    local = listed(row("totp", "dev_c", created_at="2026-01-02T03:04:05+01:00"))
    assert Page().differs(local, right) == ("MFA012", "$.authentication_methods[0].created_at")


def test_a_device_is_the_same_in_both_apis() -> None:
    """The last part of an id is."""
    page = Page()
    page.compare([{"id": "sms|dev_a"}], [{"id": "sms|dev_x"}], "list-authenticators")
    page.compare(listed(row("phone", "dev_a")), listed(row("phone", "dev_x")))
    other = Page()
    other.compare([{"id": "sms|dev_a"}], [{"id": "sms|dev_x"}], "list-authenticators")
    found = other.differs(listed(row("phone", "dev_b")), listed(row("phone", "dev_x")))
    assert found == ("MFA009", "$.authentication_methods[0].id")
    first = Page()
    first.compare(listed(row("phone", "dev_b")), listed(row("phone", "dev_x")))
    assert first.differs([{"id": "sms|dev_a"}], [{"id": "sms|dev_x"}], "list-authenticators")[0] == "MFA009"


def test_the_code_for_typing_in_is_the_secret_of_the_barcode() -> None:
    """It may be absent; then the barcode alone has it."""
    uri = "otpauth://totp/t:u?secret={}&issuer=t"
    a, x = "A" * 16, "X" * 16
    right = {"manual_input_code": x, "barcode_uri": uri.format(x)}
    Page().compare({"manual_input_code": a, "barcode_uri": uri.format(a)}, right, "me-create-method", status=202)
    found = Page().compare(
        {"barcode_uri": uri.format(a)}, right, "me-create-method", status=202, optional=("manual_input_code",)
    )
    assert found.found["secret"].values == [a, x]
    other = {"manual_input_code": a, "barcode_uri": uri.format("B" * 16)}
    assert Page().differs(other, right, "me-create-method", status=202)[0] == "MFA009"


def test_the_account_of_a_barcode_is_free() -> None:
    """Only an example shows that it is the user's id, which our own fake keeps to."""
    uri = "otpauth://totp/t:{}?secret={}&issuer=t"
    mine, right = {"barcode_uri": uri.format("ada", "A" * 16)}, {"barcode_uri": uri.format("auth0%7C1", "X" * 16)}
    Page().compare(mine, right, "me-create-method", status=202)
    Page(strict=True).compare(mine, right, "me-create-method", status=202)


# -- headers


def test_limits_are_told_with_each_success() -> None:
    """All three headers are documented as required."""
    Page().compare({}, {}, theirs=LIMITS, mine=LIMITS)
    less = {name: value for name, value in LIMITS.items() if name != "x-ratelimit-reset"}
    assert Page().differs({}, {}, theirs=LIMITS, mine=less) == ("MFA017", "x-ratelimit-reset")
    Page().compare({}, {}, "userinfo", theirs=LIMITS)


@pytest.mark.parametrize(
    "location",
    [
        "/me/v1/authentication-methods/totp%7Cdev_a",
        "https://other.example/me/v1/authentication-methods/totp%7Cdev_a",
        "http://tenant.auth0.example/me/v1/authentication-methods/totp%7Cdev_a",
        METHODS,
        f"{METHODS}/totp%7Cdev_b",
        f"{METHODS}/totp%7Cdev_a/verify",
        f"{METHODS}/totp%7Cdev_a?x=1",
        "https://[::1/me",
    ],
)
def test_a_wrong_address_is_found(location: str) -> None:
    """It is absolute, and the method's own."""
    right = {"location": f"{METHODS}/totp%7Cdev_x"}
    body, expected = {"id": "totp|dev_a"}, {"id": "totp|dev_x"}
    found = Page().differs(body, expected, "me-create-method", None, 202, {"location": location}, right)
    assert found == ("MFA008", "Location")


@pytest.mark.parametrize(
    "location",
    [
        f"{METHODS}/totp%7Cdev_a",
        f"{METHODS}/totp%7cdev_a",
        f"{METHODS}/totp|dev_a",
        "https://Tenant.auth0.example:443/me/v1/authentication-methods/totp%7Cdev_a",
        f"{METHODS}/totp%7Cnew",
    ],
)
def test_an_address_may_be_written_in_other_ways(location: str) -> None:
    """Its path is kept as it came."""
    right = {"location": f"{METHODS}/totp%7Cdev_x"}
    body, expected = {"id": "totp|dev_a"}, {"id": "totp|dev_x"}
    found = Page().compare(body, expected, "me-create-method", None, 202, {"location": location}, right)
    assert found.found["location"].values[1] == "/me/v1/authentication-methods/totp%7Cdev_x"
    assert location.endswith(found.found["location"].values[0])


def test_an_address_is_required() -> None:
    """Clients read the id from it."""
    right = {"location": f"{METHODS}/totp%7Cdev_x"}
    assert Page().differs({}, {}, "me-create-method", None, 202, {}, right) == ("MFA017", "location")
    assert location_path(f"{METHODS}/totp%7Cdev_a", METHODS, "totp|dev_a") == (
        "/me/v1/authentication-methods/totp%7Cdev_a"
    )


def test_moments_have_fractions_of_any_length() -> None:
    """Which ISO 8601 leaves open."""
    second = moment_of("$", "2026-01-02T03:04:05Z")
    for text in ("2026-01-02T03:04:05.0Z", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000000000Z"):
        assert moment_of("$", text) == second
    for wrong in ("2026-01-02", "2026-13-02T03:04:05Z", 1, None):
        with pytest.raises(Differs):
            moment_of("$", wrong)


# -- calls and subjects


def test_calls_name_methods_by_their_paths() -> None:
    """An id is encoded, unless it is sent as it is; the path of a Location is sent as it came."""
    side = SubjectSide(fake_subject(Tenant()))
    identifier = Pair("id", "phone|dev_a", "phone|dev_x")
    assert me_verify("t", identifier, "s").request(side).path == ("/me/v1/authentication-methods/phone%7Cdev_a/verify")
    assert me_update("t", identifier, raw=True).request(side).path.endswith("/phone|dev_a")
    assert me_verify("t", WholePath("/me/x", "/verify"), "s").request(side).path == "/me/x/verify"
    assert json.loads(me_create("t", "voice", "+1").request(side).body) == {
        "type": "phone",
        "phone_number": "+1",
        "preferred_authentication_method": "voice",
    }


def test_a_fake_says_what_it_has() -> None:
    """What it lacks is left out, and so is all of it on a real tenant."""
    register = scenario("only-a-test", "A test.", "M1", feature="my-account")
    from pytest_auth0_mfa.contract.tenant.scenarios.registry import SCENARIOS

    register(lambda play: None)
    made: Scenario = SCENARIOS.pop("only-a-test")
    assert made.fake
    assert fake_subject(Tenant()).features == set(FEATURES)
    assert made.missing(fake_subject(Tenant())) is None
    reason = made.missing(fake_subject(Tenant(), features=("dpop",)))
    assert reason == "needs the feature my-account: fake_subject(features=...) says what the fake has"
    with pytest.raises(ConfigurationError, match="features has 'my-acount'"):
        checked_subject(fake_subject(Tenant(), features=("my-acount",)), "make_subject()")
