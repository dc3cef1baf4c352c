"""What a scenario expects of an answer: each way of being another has its finding, told by its field."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from pytest_auth0_mfa import ContractViolation, Handler, Profile, Request, Response, Tenant, handler
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.tenant.answer_parts import ANY
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.subject_fake import FakeSubject, fake_subject
from pytest_auth0_mfa.messages import Json

JSON = {"content-type": "application/json"}
PLAIN = {"authenticator_type": "otp", "active": True}
ROW = {"id": "totp|dev_0123456789abcdef", **PLAIN}
REFUSED = {"error": "invalid_grant", "error_description": "Invalid otp_code."}
WRONG = ("wrong_otp", "403 invalid_grant", "Invalid otp_code.")


class Unknown(FakeSubject):
    """A subject whose profile nobody knows."""

    def __init__(self, tenant: Tenant, handler: Handler) -> None:
        super().__init__(tenant, handler)
        self.profile = None


def answer(
    body: Json, status: int = 200, operation: str = "challenge", kind: type[FakeSubject] = FakeSubject, **headers: str
) -> Answer:
    """An answer of a subject, with this body."""
    tenant = Tenant()
    play = ScenarioContext(kind(tenant, handler(tenant)), Coverage())
    text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(play, operation, "", Response(status, fields, text))


def found(judge: Callable[[], object]) -> tuple[str | None, list[str]]:
    """The finding, and what its message says of field, expected and got."""
    with pytest.raises(ContractViolation) as caught:
        judge()
    lines = dict(line.strip().partition(":")[::2] for line in reversed(str(caught.value).splitlines()))
    return caught.value.finding, [lines[name].strip() for name in ("field", "expected", "got")]


def test_right_answers_are_accepted() -> None:
    """Literals and opaque values, rows, refusals, nothing."""
    shown = {"challenge_type": "oob", "oob_code": "x" * 20}
    answer(shown).shows({"challenge_type": "oob"}, "oob_code")
    assert answer([ROW], operation="list-authenticators").rows(PLAIN) == [ROW["id"]]
    assert answer([ROW]).rows({**PLAIN, "active": ANY}) == [ROW["id"]]
    answer(REFUSED, 403, "mfa-otp").refused(*WRONG)
    answer({**REFUSED, "mfa_token": "y" * 20}, 403, "mfa-otp").refused(*WRONG, "mfa_token")
    assert answer(None, 204).nothing().response.status == 204
    assert answer({"a": 1}).plain() == {"a": 1}


@pytest.mark.parametrize(
    ("body", "finding", "said"),
    [
        ({}, "MFA003", ["$.challenge_type", "present", "absent"]),
        ({"a": 1, "b": 2}, "MFA003", ["$.challenge_type", "present", "absent; instead a, b"]),
        ({"challenge_type": 1, "oob_code": "x" * 20}, "MFA005", ["$.challenge_type", "string", "integer"]),
        ({"challenge_type": "otp", "oob_code": "x" * 20}, "MFA008", ["$.challenge_type", "'oob'", "'otp'"]),
        ({"challenge_type": "pop", "oob_code": "x" * 20}, "MFA008", ["$.challenge_type", "'oob'", "'pop'"]),
        ({"challenge_type": "oob"}, "MFA003", ["$.oob_code", "present", "absent"]),
        ({"challenge_type": "oob", "oob_code": 1}, "MFA005", ["$.oob_code", "string", "integer"]),
        ({"challenge_type": "oob", "oob_code": "x"}, "MFA012", [
            "$.oob_code", r"the shape \S{16,}", "1 characters of another shape"]),
        (
            {"challenge_type": "oob", "oob_code": "x" * 20, "secret": 1},
            "MFA004",
            ["$.secret", "absent", "present (integer)"],
        ),
        ([], "MFA005", ["$", "object", "array"]),
        (b"{", "MFA013", ["the body", "JSON", "1 bytes that are not JSON"]),
    ],
)  # fmt: skip
def test_another_body_is_found(body: Json, finding: str, said: list[str]) -> None:
    """Missing, added, of another type, of another value, of another shape."""
    assert found(lambda: answer(body).shows({"challenge_type": "oob"}, "oob_code")) == (finding, said)


def test_a_value_that_must_be_new_is_new() -> None:
    """The same oob_code twice is a finding."""
    first = answer({"oob_code": "x" * 20}).shows({}, "oob_code")
    again = Answer(first._play, "challenge", "", first.response)
    assert found(lambda: again.shows({}, "oob_code"))[0] == "MFA009"


@pytest.mark.parametrize(
    ("codes", "finding"),
    [
        (["A" * 24], None),
        (["A" * 24, "B" * 24], "MFA008"),
        ([], "MFA008"),
        ("A" * 24, "MFA008"),
        (["a"], "MFA012"),
    ],
)
def test_recovery_codes_are_a_list_of_one(codes: Json, finding: str | None) -> None:
    """As documented, though the name is in the plural."""
    judged = answer({"recovery_codes": codes})
    if finding is None:
        judged.shows({}, "recovery_codes")
    else:
        assert found(lambda: judged.shows({}, "recovery_codes"))[0] == finding


@pytest.mark.parametrize(
    ("status", "finding", "got"),
    [(200, "MFA021", "200"), (500, "MFA016", "500"), (401, "MFA001", "401 invalid_grant"), (404, "MFA001", "404")],
)
def test_another_status_is_found(status: int, finding: str, got: str) -> None:
    """With the error that came with it."""
    body: Json = REFUSED if status == 401 else {}
    due = "403 invalid_grant (wrong_otp)"
    assert found(lambda: answer(body, status, "mfa-otp").refused(*WRONG)) == (finding, ["status", due, got])


@pytest.mark.parametrize(
    ("body", "finding", "said"),
    [
        ({**REFUSED, "error": "access_denied"}, "MFA006", ["$.error", "'invalid_grant'", "'access_denied'"]),
        ({**REFUSED, "error": "zzz"}, "MFA006", ["$.error", "'invalid_grant'", "'zzz'"]),
        ({**REFUSED, "error_description": "A"}, "MFA007", ["$.error_description", "'Invalid otp_code.'", "'A'"]),
        ({**REFUSED, "error_description": "Z"}, "MFA007", ["$.error_description", "'Invalid otp_code.'", "'Z'"]),
        ({"error": "invalid_grant"}, "MFA003", ["$.error_description", "present", "absent"]),
        ({**REFUSED, "mfa_token": "x"}, "MFA004", ["$.mfa_token", "absent", "present (string)"]),
    ],
)
def test_another_refusal_is_found(body: Json, finding: str, said: list[str]) -> None:
    """Error, text, and what else is in it."""
    assert found(lambda: answer(body, 403, "mfa-otp").refused(*WRONG)) == (finding, said)


@pytest.mark.parametrize("media", ["text/html", "", "application/problem+json"])
def test_another_media_type_is_found(media: str) -> None:
    """Parameters and case do not matter."""
    answer(REFUSED, 403, content_type="Application/JSON ; charset=utf-8").refused(*WRONG)
    said = ["Content-Type", "application/json", media or "none"]
    assert found(lambda: answer(REFUSED, 403, content_type=media).refused(*WRONG)) == ("MFA002", said)


@pytest.mark.parametrize(
    ("body", "finding", "said"),
    [
        ({}, "MFA005", ["$", "array", "object"]),
        ([], "MFA008", ["$", "1 rows", "0 rows"]),
        ([ROW, ROW], "MFA008", ["$", "1 rows", "2 rows"]),
        ([1], "MFA005", ["$[0]", "object", "integer"]),
        ([PLAIN], "MFA003", ["$[0].id", "present", "absent"]),
        ([{**ROW, "id": "x"}], "MFA012", None),
        ([{"id": ROW["id"], "active": True}], "MFA003", ["$[0].authenticator_type", "present", "absent"]),
        ([{**ROW, "active": "yes"}], "MFA005", ["$[0].active", "boolean", "string"]),
        ([{**ROW, "active": False}], "MFA008", ["$[0].active", "True", "False"]),
        ([{**ROW, "authenticator_type": "oob"}], "MFA008", ["$[0].authenticator_type", "'otp'", "'oob'"]),
        ([{**ROW, "authenticator_type": "zzz"}], "MFA008", ["$[0].authenticator_type", "'otp'", "'zzz'"]),
        ([{**ROW, "secret": 1}], "MFA004", ["$[0].secret", "absent", "present (integer)"]),
    ],
)
def test_another_list_is_found(body: Json, finding: str, said: list[str] | None) -> None:
    """By the number of its rows and by each of them."""
    got = found(lambda: answer(body, operation="list-authenticators").rows(PLAIN))
    assert got == (finding, said or got[1])


def test_an_empty_answer_is_empty() -> None:
    """204, and no body."""
    assert found(lambda: answer({"a": 1}, 204).nothing()) == ("MFA013", ["the body", "none", "8 bytes"])
    assert found(lambda: answer(None, 200).nothing())[0] == "MFA001"


def test_what_is_disputed_is_measured_where_nobody_knows() -> None:
    """Each documented alternative is accepted and observed; without a profile nothing else is."""
    judged = answer(REFUSED, 400, "mfa-otp", Unknown).refused(*WRONG)
    (seen,) = judged._play.observations
    assert (seen.field, seen.value, seen.operation) == ("wrong_otp", "400 invalid_grant", "mfa-otp")
    assert found(lambda: answer(REFUSED, 400, "mfa-otp").refused(*WRONG))[0] == "MFA001"
    assert found(lambda: answer(REFUSED, 402, "mfa-otp", Unknown).refused(*WRONG))[0] == "MFA001"


def test_what_may_be_missing_may_be_missing_where_nobody_knows() -> None:
    """A disputed field of a row is due with a profile, and no matter without one."""
    typed = {**PLAIN, "type": "totp"}
    assert answer([ROW], kind=Unknown).rows(typed) == [ROW["id"]]
    assert found(lambda: answer([ROW]).rows(typed)) == ("MFA003", ["$[0].type", "present", "absent"])


TOTP: Json = {"type": "totp", "usage": ["secondary"]}


def test_factors_are_listed_as_the_profile_says() -> None:
    """Entry D-39: the other form is a finding, and measured where nobody knows; what is neither is always one."""
    wrapped: Json = {"factors": [TOTP]}
    assert answer(wrapped, operation="me-factors").factors() == ("$.factors", [TOTP])
    assert found(lambda: answer([TOTP], operation="me-factors").factors()) == ("MFA005", ["$", "object", "array"])
    for body, form, path in (([TOTP], "array", "$"), (wrapped, "object", "$.factors")):
        judged = answer(body, operation="me-factors", kind=Unknown)
        assert judged.factors() == (path, [TOTP])
        (seen,) = judged._play.observations
        assert (seen.field, seen.value, seen.operation) == ("me_factors_as", form, "me-factors")
        assert judged._play.coverage.calls["me-factors", "success", ""] == 1
    for kind in (FakeSubject, Unknown):
        text = answer("totp", operation="me-factors", kind=kind)
        assert found(text.factors) == ("MFA005", ["$", "object", "string"])
        empty = answer({}, operation="me-factors", kind=kind)
        assert found(empty.factors) == ("MFA005", ["$.factors", "array", "null"])


# -- tokens --------------------------------------------------------------------------------------


def granted(
    change: Callable[[Request, dict[str, Any]], dict[str, Any]], *, tenant: Tenant | None = None, **profile: Json
) -> Callable[[str], Answer]:
    """A login of somebody without MFA, at a tenant whose tokens are changed."""
    tenant = tenant or Tenant(profile=Profile(**profile))
    inner = handler(tenant)

    def changed(request: Request) -> Response:
        given = inner(request)
        if request.path != "/oauth/token":
            return given
        body = change(request, given.json())
        headers = dict(given.headers) | body.pop("_headers", {})
        return Response(given.status, headers, json.dumps(body).encode())

    play = ScenarioContext(fake_subject(tenant, handler=changed), Coverage())
    user = tenant.add_user(mfa=False)

    def log_in(scope: str) -> Answer:
        return play.call(CallTemplate("password", "POST", "/oauth/token", {**tenant.password_grant(user, scope=scope)}))

    return log_in


def test_tokens_are_those_of_the_scopes() -> None:
    """An ID token for openid, a refresh token for offline_access, and no other."""
    log_in = granted(lambda request, body: body)
    log_in("openid").tokens(scope="openid")
    log_in("openid offline_access").tokens(scope="openid offline_access")
    assert found(lambda: log_in("openid").tokens(scope="openid offline_access"))[1][0] == "$.refresh_token"
    assert found(lambda: log_in("offline_access").tokens(scope="profile"))[1][0] == "$.refresh_token"
    assert found(lambda: log_in("profile").tokens(scope="openid"))[1][0] == "$.id_token"
    assert found(lambda: log_in("openid").tokens(scope="openid", expires_in=600))[1][0] == "$.expires_in"
    assert found(lambda: log_in("openid").tokens(scope="openid", recovery_code=True))[1][0] == "$.recovery_code"


def test_tokens_are_not_to_be_stored() -> None:
    """Cache-Control says so, unless the profile says that it does not."""
    cached = {"_headers": {"cache-control": "public"}}
    log_in = granted(lambda request, body: body | cached)
    assert found(lambda: log_in("openid").tokens(scope="openid"))[:1] == ("MFA017",)
    log_in = granted(lambda request, body: body | cached, cache_control=False)
    log_in("openid").tokens(scope="openid")


@pytest.mark.parametrize(
    ("ends", "told"),
    [(86400, None), (86399, None), (2_592_000, "86400 s after now, as expires_in says"), (-99, "a time to come")],
)
def test_a_token_ends_when_its_answer_says(ends: int, told: str | None) -> None:
    """Also where it does not say when it began: one of the same second may then be the same."""
    tenant = Tenant()
    tenant.clock.freeze(1_800_000_000)
    token = jwt.encode({"exp": 1_800_000_000 + ends}, "s" * 32, "HS256")
    log_in = granted(lambda request, body: body | {"access_token": token}, tenant=tenant)
    if told is not None:
        assert found(lambda: log_in("profile").tokens(scope="profile"))[1][:2] == ["$.access_token:exp", told]
        return
    for _ in range(2):
        log_in("profile").tokens(scope="profile")
    tenant.clock.advance(3600)
    finding, said = found(lambda: log_in("profile").tokens(scope="profile"))
    assert (finding, said[0]) == ("MFA009", "$.access_token")


def test_tokens_are_opaque_or_signed() -> None:
    """Without an audience the access token is opaque; an ID token verifies."""
    log_in = granted(lambda request, body: body | {"access_token": body["id_token"]})
    assert found(lambda: log_in("openid").tokens(scope="openid"))[0] == "MFA010"
    log_in = granted(lambda request, body: body | {"id_token": body["access_token"]})
    assert found(lambda: log_in("openid").tokens(scope="openid"))[0] in ("MFA010", "MFA012")
    log_in = granted(lambda request, body: body | {"id_token": body["id_token"][:-4] + "AAAA"})
    assert found(lambda: log_in("openid").tokens(scope="openid")) == (
        "MFA010", ["$.id_token", "a JWT that verifies with the tenant's keys", "a signature that does not verify"]
    )  # fmt: skip
