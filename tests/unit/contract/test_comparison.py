"""The comparison: exact where clients rely on it, up to renaming where values are opaque."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from typing import Any

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from pytest_auth0_mfa import Profile, Request, Response, Tenant
from pytest_auth0_mfa.contract.coverage import Shape
from pytest_auth0_mfa.contract.findings.violation import Difference, evidence, violation
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Steps
from pytest_auth0_mfa.contract.tenant.answers import answered, is_demand
from pytest_auth0_mfa.contract.tenant.comparison import Comparison
from pytest_auth0_mfa.contract.tenant.extra_members import Repeated, codes_in, is_harmless
from pytest_auth0_mfa.contract.tenant.forms import access_hash, redacted, shown
from pytest_auth0_mfa.contract.tenant.renaming import Differs, Renaming
from pytest_auth0_mfa.contract.tenant.subject_fake import fake_subject
from pytest_auth0_mfa.contract.tenant.tokens import Jwt, Keys, TokenError, claims_of, jwt_of
from pytest_auth0_mfa.contract.tenant.values import Pair, Slots
from pytest_auth0_mfa.contract.tenant.verdicts import guess, no_answer
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.refusals import REFUSALS

JSON = {"Content-Type": "application/json"}
JWT = "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"


def _never(request: object) -> Response:
    raise AssertionError("no keys are needed")


class Answers:
    """Compares bodies one after the other, as the steps of one example."""

    def __init__(self) -> None:
        self.renaming = Renaming()
        self.keys = Keys(_never)

    def compare(self, subject: Any, oracle: Any, case: str | None = None, **headers: str) -> Comparison:
        made = Comparison(self.renaming, self.keys)
        status = 403 if isinstance(oracle, dict) and "error" in oracle else 200
        made.responses(_response(status, subject, headers), _response(status, oracle), case)
        return made

    def differs(self, subject: Any, oracle: Any, case: str | None = None, **headers: str) -> tuple[str, str]:
        with pytest.raises(Differs) as caught:
            self.compare(subject, oracle, case, **headers)
        return caught.value.difference.finding, caught.value.difference.field


def _response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    fields = JSON | {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    return Response(status, fields, body if isinstance(body, bytes) else json.dumps(body).encode())


def token(letter: str) -> str:
    """An opaque value."""
    return letter * 20


def test_equal_answers_are_equal() -> None:
    """Literals are equal, opaque values new on both sides."""
    found = Answers().compare(
        {"challenge_type": "oob", "oob_code": token("a")}, {"challenge_type": "oob", "oob_code": token("b")}
    )
    assert [pair.kind for pair in found.new] == ["oob_code"]
    assert found.found["oob_code"].values == [token("a"), token("b")]


@pytest.mark.parametrize(
    ("subject", "oracle", "finding", "field"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, "MFA003", "$.b"),
        ({"a": 1, "secret": 2}, {"a": 1}, "MFA004", "$.secret"),
        ({"a": "1"}, {"a": 1}, "MFA005", "$.a"),
        ({"a": 1}, {"a": True}, "MFA005", "$.a"),
        ({"a": None}, {"a": "x"}, "MFA005", "$.a"),
        ({"a": 2}, {"a": 1}, "MFA008", "$.a"),
        ([{"active": True}], [{"active": False}], "MFA008", "$[0].active"),
        ([], [{"active": False}], "MFA008", "$"),
        ({"error": "x"}, {"error": "y"}, "MFA006", "$.error"),
        ({"id": "email"}, {"id": "email|dev_0123456789abcdef"}, "MFA012", "$.id"),
        ({"id": "sms|dev_0123456789abcdef"}, {"id": "email|dev_0123456789abcdef"}, "MFA008", "$.id"),
        ({"id": "email|dev_0123456789abcdef"}, {"id": "sms|dev_0123456789abcdef"}, "MFA008", "$.id"),
        ({"recovery_codes": ["a" * 24]}, {"recovery_codes": ["B" * 24]}, "MFA012", "$.recovery_codes[0]"),
        (b"<html>", {"a": 1}, "MFA013", "the body"),
        (b"", {"a": 1}, "MFA005", "$"),
        ({"barcode_uri": "otpauth://b?n=6"}, {"barcode_uri": "otpauth://a?n=6"}, "MFA008", "$.barcode_uri"),
        ({"barcode_uri": "otpauth://a?n=8"}, {"barcode_uri": "otpauth://a?n=6"}, "MFA008", "$.barcode_uri?n"),
    ],
)  # fmt: skip
def test_a_difference_is_found(subject: Any, oracle: Any, finding: str, field: str) -> None:
    """Each kind of difference has its finding and is told by its path."""
    assert Answers().differs(subject, oracle) == (finding, field)


def test_media_type_and_status_are_compared() -> None:
    """The charset does not matter, the type and the status do; too good an answer is worse than another refusal."""
    answers = Answers()
    assert answers.differs({"a": 1}, {"a": 1}, Content_Type="text/html") == ("MFA002", "Content-Type")
    answers.compare({"a": 1}, {"a": 1}, Content_Type="application/json; charset=utf-8")
    for mine, due, finding in ((200, 403, "MFA021"), (403, 200, "MFA022"), (400, 403, "MFA001"), (500, 403, "MFA016")):
        comparison = Comparison(Renaming(), Keys(_never))
        with pytest.raises(Differs) as caught:
            comparison.responses(_response(mine, {}), _response(due, {}), None)
        assert caught.value.difference.finding == finding


def test_texts_are_compared_where_clients_compare_them() -> None:
    """The text of a case that SDKs match is exact, others are free."""
    mine, due = {"error": "e", "error_description": "x"}, {"error": "e", "error_description": "y"}
    assert Answers().differs(mine, due, "wrong_otp") == ("MFA007", "$.error_description")
    Answers().compare(mine, due, "invalid_email")


def test_headers_are_compared_by_their_presence() -> None:
    """Retry-After, WWW-Authenticate and no-store may be there unasked; where they are due they are there."""
    Answers().compare({}, {}, Retry_After="5", Cache_Control="no-store")
    for name in ("retry-after", "www-authenticate"):
        with pytest.raises(Differs) as caught:
            Comparison(Renaming(), Keys(_never)).responses(_response(200, {}), _response(200, {}, {name: "5"}), None)
        assert caught.value.difference.field == name


def test_a_known_value_stays_itself() -> None:
    """An opaque value is new, or the known one, on both sides alike."""
    answers = Answers()
    answers.compare({"mfa_token": token("a")}, {"mfa_token": token("x")})
    answers.compare({"mfa_token": token("a")}, {"mfa_token": token("x")})
    assert answers.differs({"mfa_token": token("a")}, {"mfa_token": token("y")}) == ("MFA009", "$.mfa_token")
    assert answers.differs({"mfa_token": token("b")}, {"mfa_token": token("x")}) == ("MFA009", "$.mfa_token")
    answers.compare({"mfa_token": token("b")}, {"mfa_token": token("y")})
    assert answers.differs({"mfa_token": token("a")}, {"mfa_token": token("y")}) == ("MFA009", "$.mfa_token")


def test_no_value_of_the_subject_is_shown_that_may_be_secret() -> None:
    """What differs is told, opaque strings by their length only."""
    with pytest.raises(Differs) as caught:
        Answers().compare({"name": "s3cret" * 6}, {"name": "X"})
    assert "s3cret" not in str(caught.value.difference)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Ab" * 7, repr("Ab" * 7)),
        ("Ab" * 10, "a string of 20 characters"),
        ("Invalid binding_code.; the code is 690420", "'Invalid binding_code.; the code is ...'"),
        ("Your token is Fe26.2*abc and otp 123 456", "'Your token is ... and otp ...'"),
        ("is hunter2pass!", "'is ...!'"),
        ("Two  spaces, at HTTP 403 ", "'Two  spaces, at HTTP 403 '"),
        ("A" * 20, "a string of 20 characters"),
        ("123456", "a string of 6 characters"),
        ({"mfa_token": "123456"}, "an object of 1 members"),
        (["a", {"mfa_token": "123456"}, "123456"], "['a', an object of 1 members, a string of 6 characters]"),
        ("A" * 21, "a string of 21 characters"),
        ("a" * 21, repr("a" * 21)),
        ("A b" * 9, repr("A b" * 9)),
        ("A " * 99, repr("A " * 99)),
        ("A " * 100, "'" + "A " * 98 + "A ..."),
        ([1] * 100, "[" + "1, " * 65 + "1, ..."),
        (12, "12"),
        *((text, repr(text)) for text in ("https://dev-abc123.eu.auth0.com/", "ad****@exa***", "XXXXXXX1234")),
    ],
)
def test_a_value_is_shown_short(value: Any, told: str) -> None:
    """Words of the API and sentences as they are, up to 200 characters; what may be a secret by its length."""
    assert shown(value) == told


def test_codes_in_messages_are_digits() -> None:
    """A code of another shape is a finding; equal ones are no coincidence that is judged."""
    comparison = Comparison(Renaming(), Keys(_never))
    assert comparison.code(lambda: "000000", "123456").values == ["000000", "123456"]
    with pytest.raises(Differs, match="the code in the message"):
        comparison.code(lambda: "123", "123456")


def test_a_pair_does_not_show_its_values() -> None:
    """Reprs end up in logs."""
    assert "secret" not in repr(Pair("mfa_token", "secret", "secret"))


@pytest.mark.parametrize(("mine", "due"), [(JWT, token("a")), (token("a"), JWT)])
def test_a_token_is_a_jwt_or_not_on_both_sides(mine: str, due: str) -> None:
    """What was expected and what came are told the right way round."""
    comparison = Comparison(Renaming(), Keys(_never), strict=True)
    with pytest.raises(Differs) as caught:
        comparison.responses(_response(200, {"access_token": mine}), _response(200, {"access_token": due}), None)
    told = {JWT: "a JWT", token("a"): "an opaque value"}
    assert caught.value.difference == Difference("MFA010", "$.access_token", told[due], told[mine])


class Unverified(Keys):
    """Takes every token for the tenant's own."""

    def verified(self, token: Jwt) -> dict[str, Any]:
        return claims_of(token)


def _access(life: int, **more: Json) -> dict[str, str]:
    held = {"iat": 1000, "exp": 1000 + life, **more}
    claims = base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")
    return {"access_token": f"eyJhbGciOiJSUzI1NiJ9.{claims}.c2lnbmF0dXJl"}


@pytest.mark.parametrize(
    ("mine", "due", "is_real", "strict", "accused"),
    [
        (7200, 86400, False, False, False),
        (7200, 86400, True, False, False),
        (7200, 86400, False, True, True),
        (-1, 86400, False, False, True),
        (7200, 600, False, False, True),
        (7200, 600, True, False, False),
        (-1000, 600, True, False, True),
    ],
)
def test_each_api_sets_how_long_its_tokens_live(
    mine: int, due: int, is_real: bool, strict: bool, accused: bool
) -> None:
    """But for the MFA audience of a fake; a token whose life is over is wrong everywhere."""
    comparison = Comparison(Renaming(), Unverified(_never), is_real=is_real, strict=strict)
    with pytest.raises(Differs, match="exp") if accused else nullcontext():
        comparison.responses(_response(200, _access(mine)), _response(200, _access(due)), None)


@pytest.mark.parametrize(
    ("claims", "expires_in", "accused"),
    [
        ({}, 86400, None),
        ({}, 3600, "exp"),
        ({"exp": 4600}, 3600, None),
        ({"nbf": 1000, "auth_time": 999}, 86400, None),
        ({"nbf": 1030}, 86400, "nbf"),
        ({"auth_time": 1030}, 86400, "auth_time"),
    ],
)
@pytest.mark.parametrize("is_real", [False, True])
def test_the_times_of_a_token_fit_its_answer(
    claims: dict[str, Json], expires_in: int, accused: str | None, is_real: bool
) -> None:
    """It ends when the answer says so, and is good at once."""
    comparison = Comparison(Renaming(), Unverified(_never), is_real=is_real)
    mine = {**_access(86400, **claims), "expires_in": expires_in}
    moved = is_real and accused in ("nbf", "auth_time")  # two clocks may be that far apart
    with pytest.raises(Differs, match=str(accused)) if accused and not moved else nullcontext():
        comparison.responses(_response(200, mine), _response(200, {**_access(86400), "expires_in": 86400}), None)


@pytest.mark.parametrize(("at_hash", "accused"), [(None, False), ("right", False), ("wrong", True)])
def test_an_at_hash_is_of_the_access_token_beside_it(at_hash: str | None, accused: bool) -> None:
    """If there is one."""
    access = _access(86400)["access_token"]
    hashes = {"right": access_hash(access), "wrong": access_hash("another"), None: None}
    more = {"at_hash": hashes[at_hash]} if at_hash else {}
    mine = {"access_token": access, "id_token": _access(36000, **more)["access_token"]}
    due = {"access_token": access, "id_token": _access(36000)["access_token"]}
    with pytest.raises(Differs, match="at_hash") if accused else nullcontext():
        Comparison(Renaming(), Unverified(_never)).responses(_response(200, mine), _response(200, due), None)


@pytest.mark.parametrize(
    ("mine", "accused"),
    [("Fe26.2*a*b*c*d*1800000300*e*f", True), ("Fe26.2*a*b*c*d*1800000400000*e*f", False), ("b" * 40, False)],
)
def test_a_sealed_oob_code_ends_in_milliseconds(mine: str, accused: bool) -> None:
    """Where it is sealed as the recorded ones are; what it is otherwise is the tenant's own."""
    with pytest.raises(Differs, match="oob_code") if accused else nullcontext():
        Answers().compare({"oob_code": mine}, {"oob_code": "Fe26.2*a*b*c*d*1800000300000*e*f"})


@pytest.mark.parametrize("member", ["error_uri", "name", "x_trace"])
def test_no_secret_stands_beside_an_error(member: str) -> None:
    """Not even in a member that may be there."""
    answers = Answers()
    answers.compare({"mfa_token": token("a")}, {"mfa_token": token("x")})
    refused = {"error": "access_denied"}
    answers.compare({**refused, member: "access_denied"}, refused)
    assert answers.differs({**refused, member: token("a")}, refused) == ("MFA004", f"$.{member}")


@pytest.mark.parametrize("claim", ["jti", "sid"])
def test_no_secret_stands_in_a_claim_that_is_free(claim: str) -> None:
    """Neither where the oracle has the claim as well, nor where it has not."""
    answers = Answers()
    answers.keys = Unverified(_never)
    answers.compare({"mfa_token": token("a")}, {"mfa_token": token("x")})
    answers.compare(_access(600, **{claim: "1"}), _access(600, jti="2"))
    leaking = _access(600, **{claim: token("a")})
    assert answers.differs(leaking, _access(600, jti="2")) == ("MFA010", f"$.access_token:{claim}")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("bad.phone_number", "400 bad.phone_number"),
        ("123456", "400 a string of 6 characters"),
        ({"mfa_token": "123456"}, "400 an error of type object"),
    ],
)
def test_an_error_is_told_by_its_name(error: Any, told: str) -> None:
    """Beside the status, and in what a report keeps of an answer; what is no name is only described."""
    response = _response(400, {"error": error})
    shape = Shape()
    shape.learn(response)
    step = Exchange("challenge", Request("POST", "/mfa/challenge", {}), response)
    difference = Difference("MFA006", "$.error", "x", "y")
    data = evidence(violation(difference, operation="challenge", steps=Steps(events=[step])))
    assert answered(response) == told
    assert shape.answers == {told}
    assert data["steps"][0]["answer"]["error"] == told.removeprefix("400 ")


# -- forms that are free -------------------------------------------------------------------------


def compared(operation: str, mine: Any, due: Any, **settings: Any) -> str | None:
    """The field of the difference between two bodies of an operation; None if there is none."""
    comparison = Comparison(Renaming(), Keys(_never), operation=operation, **settings)
    try:
        comparison.responses(_response(200, mine), _response(200, due), None)
    except Differs as differs:
        return differs.difference.field
    return None


@pytest.mark.parametrize("field", ["token_type", "scope"])
def test_the_same_in_other_letters_or_another_order_is_the_same(field: str) -> None:
    """Letter case of `token_type` and the order of `scope`; but our own fake writes the former in one way."""
    mine, due = ("bearer", "Bearer") if field == "token_type" else ("a b", "b a")
    assert compared("mfa-otp", {field: mine}, {field: due}) is None
    assert compared("mfa-otp", {field: "x"}, {field: due}) == f"$.{field}"
    assert compared("mfa-otp", {"token_type": "bearer"}, {"token_type": "Bearer"}, strict=True) == "$.token_type"


@pytest.mark.parametrize(
    ("mine", "field"), [(86400.0, None), (86400.5, "$.expires_in"), ("86400", "$.expires_in"), (True, "$.expires_in")]
)
def test_a_whole_number_may_have_a_fraction(mine: Any, field: str | None) -> None:
    """It is the same number in JSON."""
    assert compared("mfa-otp", {"expires_in": mine}, {"expires_in": 86400}, strict=True) == field


def test_mfa_required_is_read_from_the_decoded_body() -> None:
    """However the body is spelled."""
    spelled = b'{"error": "\\u006dfa_required"}'
    assert is_demand(Response(403, JSON, spelled))
    assert not is_demand(Response(403, JSON, b'{"error": "x", "error_description": "mfa_required"}'))
    assert not is_demand(Response(403, JSON, b'"mfa_required"'))
    assert not is_demand(Response(403, JSON, b"mfa_required"))


ROW = {"authenticator_type": "otp", "active": True}


def _rows(*kinds: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"{kind}|dev_{kind}{place}", **ROW, **more} for place, kind in enumerate(kinds)]


def test_items_of_a_list_are_compared_by_what_they_are() -> None:
    """In any order; what belongs to none is told as different."""
    due = [*_rows("totp", "push"), {"id": "sms|dev_1", **ROW, "name": "XXX12"}]
    assert compared("list-authenticators", due[::-1], due) is None
    assert compared("list-authenticators", due[::-1], due, strict=True) == "$[0].name"
    named = [{**row, "name": "Pixel"} if row["id"].startswith("push|") else row for row in due]
    phones = [{**row, "name": "iPhone"} if row["id"].startswith("push|") else row for row in due]
    assert compared("list-authenticators", named[::-1], phones) is None
    other = [due[2], {**due[1], "active": False}, due[0]]
    assert compared("list-authenticators", other, due) == "$[1].active"


def test_two_new_items_that_look_alike_are_not_told_apart() -> None:
    """Neither id is known from then on, until one can be told from the other."""
    answers = Answers()

    def look(mine: list[Any], due: list[Any]) -> Comparison:
        made = Comparison(answers.renaming, answers.keys, operation="list-authenticators")
        made.responses(_response(200, mine), _response(200, due), None)
        return made

    mine, due = ([{"id": f"totp|dev_{letter}", **ROW} for letter in letters] for letters in ("ab", "xy"))
    assert look(mine, due).rows == []
    mine[1]["active"] = due[0]["active"] = False
    assert sorted(pair.values for pair in look(mine, due).rows) == [
        ["totp|dev_a", "totp|dev_y"],
        ["totp|dev_b", "totp|dev_x"],
    ]


def test_a_list_must_hold_the_known_items() -> None:
    """A known id that became another one is found."""
    answers = Answers()
    answers.renaming.match("id", "totp|dev_a", "totp|dev_x", Slots())
    comparison = Comparison(answers.renaming, answers.keys, operation="list-authenticators")
    with pytest.raises(Differs) as caught:
        comparison.responses(
            _response(200, [{"id": "totp|dev_b", **ROW}]), _response(200, [{"id": "totp|dev_x", **ROW}]), None
        )
    assert (caught.value.difference.finding, caught.value.difference.field) == ("MFA009", "$[0].id")


URI = (
    "otpauth://totp/tenant.example:ada%40example.com?secret=ABCDEFGHIJKLMNOP&issuer=a&algorithm=SHA1&digits=6&period=30"
)


@pytest.mark.parametrize(
    ("uri", "field"),
    [
        ("otpauth://totp/Shop%3A%20ada@example.com?image=x&secret=ABCDEFGHIJKLMNOP", None),
        ("otpauth://totp/Shop:bob@example.com?secret=ABCDEFGHIJKLMNOP", "$.barcode_uri"),
        ("otpauth://totp/Shop:ada@example.com?secret=ABCDEFGHIJKLMNOP&digits=8", "$.barcode_uri?digits"),
        ("otpauth://totp/Shop:ada@example.com?issuer=Shop", "$.barcode_uri"),
    ],
)
def test_a_key_uri_is_read_with_its_defaults(uri: str, field: str | None) -> None:
    """Account and secret must be there, what has a default may be left out, and more may be there."""
    assert compared("associate", {"barcode_uri": uri}, {"barcode_uri": URI}) == field


KEY = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "a/b", "n": "x", "e": "AQAB"}


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ([{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}, {**KEY, "use": "enc"}, KEY], None),
        ([{"kty": "EC"}], "$.keys[0].kid"),
        ([{**KEY, "use": "enc"}], "$.keys[0].use"),
        ([{name: value for name, value in KEY.items() if name != "n"}], "$.keys[0].n"),
        ([KEY, {"kty": "EC", "d": "x"}], "$.keys[1].d"),
        ([KEY, {"kty": "oct", "k": "x"}], "$.keys[1].k"),
    ],
)
def test_only_keys_that_sign_must_fit(keys: list[Any], field: str | None) -> None:
    """Others may be of any type; none may be private."""
    assert compared("jwks", {"keys": keys}, {"keys": [KEY]}) == field


def test_discovery_may_lack_what_is_optional() -> None:
    """Auth0's own endpoint is not optional, and our own fake lacks nothing."""
    due = {"issuer": "https://t/", "mfa_challenge_endpoint": "https://t/c", "revocation_endpoint": "https://t/r"}
    less = {name: value for name, value in due.items() if name != "revocation_endpoint"}
    assert compared("openid-configuration", less, due) is None
    assert compared("openid-configuration", less, due, strict=True) == "$.revocation_endpoint"
    for name in ("issuer", "mfa_challenge_endpoint"):
        assert compared("openid-configuration", {**due, name: 1}, due) == f"$.{name}"
        del (without := dict(due))[name]
        assert compared("openid-configuration", without, due) == f"$.{name}"


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        (None, True),
        (True, True),
        (7, True),
        ({"name": "edge", "hops": [1, {"type": "cdn"}]}, True),
        ({"wait": "3600", "at": ["1712345678", "123456", "1" * 24]}, True),
        ({"trace": "A" + "1" * 23}, False),
        ({"trace": {token("s"): 1}}, False),
        ([f"id={token('s')};"], False),
        ({"a": [{"b": JWT}]}, False),
    ],
)
def test_a_member_that_nobody_documents_may_have_any_type(value: Any, allowed: bool) -> None:
    """But no secret, at any depth: as a member, as a name, or within a text."""
    assert is_harmless("x_trace", value, {token("s")}) is allowed


def test_members_of_a_login_are_harmless_only_where_they_belong() -> None:
    """What userinfo knows says nothing elsewhere; what an operation may have is harmless there alone."""
    assert compared("list-authenticators", {"nickname": None}, {}) is None
    assert compared("passwordless-start", {"request_language": "de"}, {}) is None
    assert compared("associate", {"request_language": "de"}, {}) == "$.request_language"
    assert compared("challenge", {"recovery_code": None}, {}) == "$.recovery_code"


def test_a_jwt_may_begin_in_another_way() -> None:
    """White space may stand in its header; three parts alone make none."""
    header = base64.urlsafe_b64encode(b'{ "alg": "RS256" }').decode().rstrip("=")
    assert jwt_of(f"{header}.e30.c2lnbmF0dXJl") is not None
    for opaque in ("rt_abc.def.ghi", "eyJ.abc.v1", "e30.e30.c2lnbmF0dXJl", header):
        assert jwt_of(opaque) is None
    assert "e30" not in repr(jwt_of(JWT))


def test_a_jwt_in_the_place_of_an_opaque_token_gives_no_secret_away() -> None:
    """Its form is free; nor is it the ID token."""
    renaming = Renaming()
    renaming.secrets.add(token("s"))
    keys = Keys(_never)

    def differs(mine: dict[str, str]) -> bool:
        comparison = Comparison(renaming, keys)
        try:
            comparison.value("$.access_token", "access_token", mine["access_token"], token("x"))
        except Differs:
            return True
        return False

    keys.readable = claims_of  # type: ignore[method-assign]
    assert not differs(_access(600))
    assert differs(_access(600, trace=token("s")))


@pytest.mark.parametrize(
    ("mine", "accused"),
    [
        ({"secret": "ABCDEFGHIJKLMNOP", "authenticator_type": "otp"}, None),
        ({"secret": "ABCDEFGHIJKLMNOP", "authenticator_type": "otp", "region": "eu"}, None),
        ({"secret": "ABCDEFGHIJKLMNOP", "authenticator_type": "otp", "about": "region"}, "$.about"),
        ({"secret": "ABCDEFGHIJKLMNOP", "authenticator_type": "otp", token("s"): 1}, f"$.{token('s').upper()}"),
    ],
)
def test_somebodys_password_may_be_a_word_of_the_api(mine: dict[str, Json], accused: str | None) -> None:
    """What is documented, and a name that is a word, say nothing about it."""
    comparison = Comparison(Renaming(), Keys(_never), operation="associate")
    comparison._renaming.secrets.update({"secret", "otp", "region", token("s").upper()})
    due = {"secret": "ABCDEFGHIJKLMNOQ", "authenticator_type": "otp"}
    mine = {name.upper() if name == token("s") else name: value for name, value in mine.items()}
    with pytest.raises(Differs) if accused else nullcontext() as caught:
        comparison.responses(_response(200, mine), _response(200, due), None)
    assert accused is None or (caught is not None and caught.value.difference.field == accused)


def test_a_name_is_told_only_if_it_is_one() -> None:
    """Where a member is absent, those that stand instead are named; a token in the place of a name is not."""
    with pytest.raises(Differs) as caught:
        Answers().compare({"T0ken" * 5: 1, "region": "eu"}, {"issuer": "x"})
    assert caught.value.difference.actual == "absent; instead <a name of 25 characters>, region"


def test_two_unknown_members_are_two_whatever_is_shown_of_them() -> None:
    """Of neither the name is shown, but each has its own count of chance numbers."""
    names = ["T0ken" * 5, "T1ken" * 5]
    comparison = Comparison(Renaming(), Keys(_never))
    comparison.responses(_response(200, dict.fromkeys(names, 1)), _response(200, {}), None)
    assert {path for path, _ in comparison.beside} >= {f"$.{name}" for name in names}
    difference = Difference("MFA004", f"$.{names[0]}", "absent", "present")
    assert redacted(difference, ()).field == "$.<a name of 25 characters>"


def test_a_known_secret_is_not_told() -> None:
    """Neither in a value nor as a name. A documented name and a status are told whatever the password is."""
    secrets = {"correct-horse", "secret", "mfa_required"}
    assert redacted(Difference("MFA007", "$.error_description", "'x'", "'it is Correct-Horse!'"), secrets) == (
        Difference("MFA007", "$.error_description", "'x'", "'it is ...!'")
    )
    assert redacted(Difference("MFA004", "$[0].correct-horse", "absent", "present"), secrets).field == (
        "$[0].<a name of 13 characters>"
    )
    for kept in (
        Difference("MFA008", "$.secret", "'x'", "a string of 6 characters"),
        Difference("MFA021", "status", "200", "403 mfa_required"),
    ):
        assert redacted(kept, secrets) == kept


@pytest.mark.parametrize(
    ("sent", "brought", "finding"),
    [
        ("a", "a", None),
        ("a", "b", None),
        ("a", "n", None),
        ("b", "n", "MFA009"),
        ("a", "m", "MFA009"),
        ("a", "", "MFA012"),
        ("a", 1, "MFA012"),
    ],
)
def test_a_refresh_may_bring_a_refresh_token(sent: str, brought: Json, finding: str | None) -> None:
    """A new one, the one that was sent, or the one that it brought for that before; no other secret."""
    answers = Answers()
    answers.compare({"mfa_token": token("m")}, {"mfa_token": token("x")})
    answers.renaming.secrets.update({token("a"), token("n")})
    answers.renaming.renewed[token("n")] = token("a")
    mine = {"refresh_token": token(brought) if isinstance(brought, str) else brought}
    comparison = Comparison(
        answers.renaming,
        answers.keys,
        operation="refresh-token",
        renews=(token(sent), token("o")),
    )
    with pytest.raises(Differs) if finding else nullcontext() as caught:
        comparison.responses(_response(200, mine), _response(200, {}), None)
    if finding is None:
        assert comparison.found["renewed"].values == [mine["refresh_token"], token("o")]
    else:
        assert caught is not None
        assert caught.value.difference.finding == finding


@pytest.mark.parametrize(
    ("claims", "accused"),
    [
        ({"iat": 1000, "exp": 1030, "plan": {"seats": 3}}, None),
        ({"jti": "1"}, None),
        ({"exp": 1030}, None),
        ({"iat": 1000, "exp": 5000}, "exp"),
        ({"exp": 5000}, "exp"),
        ({"iat": 1000, "exp": "soon"}, "exp"),
        ({"iat": 9000, "exp": 9030}, "iat"),
        ({"sub": "somebody"}, "sub"),
        ({"iss": "https://other/"}, "iss"),
    ],
)
def test_a_jwt_in_the_place_of_an_opaque_token_is_held_to_what_it_says(
    claims: dict[str, Json], accused: str | None
) -> None:
    """It may say nothing; but not that it is another user's, another tenant's, or of another time."""
    renaming = Renaming()
    renaming.match("sub", "me", "they", Slots())
    stands_for = {"iss": "https://t/", "sub": "they", "iat": 1000, "exp": 1030}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    mine = {"access_token": f"eyJhbGciOiJIUzI1NiJ9.{body}.c2lnbmF0dXJl", "expires_in": 30}
    due = {"access_token": token("x"), "expires_in": 30}
    comparison = Comparison(renaming, Keys(_never), stands_for=lambda token: stands_for)
    with pytest.raises(Differs, match=f"access_token:{accused}") if accused else nullcontext():
        comparison.responses(_response(200, mine), _response(200, due), None)


@pytest.mark.parametrize(
    ("more", "accused"),
    [
        ({"d": "2026-11-28T10:00:00Z", "k": 1, "p": {"of": "something else"}}, None),
        ({"about": {"d": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"}}, "$.about.d"),
        ({"others": [{"kty": "oct", "k": "AQAB"}]}, "$.others[0].k"),
        ({"pem": "-----BEGIN RSA PRIVATE KEY-----"}, "$.pem"),
    ],
)
def test_no_private_key_stands_beside_the_keys(more: dict[str, Json], accused: str | None) -> None:
    """At any depth; but another thing may have the name of a part of one."""
    assert compared("jwks", {"keys": [KEY], **more}, {"keys": [KEY]}) == accused


@pytest.mark.parametrize(
    "uri",
    [
        "otpauth://[x",
        "otpauth://totp/T:u?secret=ABCDEFGHIJKLMNOP&secret=ABCDEFGHIJKLMNOQ",
        "otpauth://totp/T:u?secret=&secret=ABCDEFGHIJKLMNOP",
        "otpauth://totp/T:u?secret=",
    ],
)
def test_a_key_uri_is_one(uri: str) -> None:
    """And says nothing twice."""
    due = {"barcode_uri": "otpauth://totp/T:u?secret=ABCDEFGHIJKLMNOP"}
    assert compared("associate", {"barcode_uri": uri}, due) == "$.barcode_uri"


def test_a_list_of_what_is_supported_is_not_empty() -> None:
    """OpenID Connect Discovery lets it be left out instead."""
    due = {"response_types_supported": ["code"]}
    assert compared("openid-configuration", {"response_types_supported": []}, due) == "$.response_types_supported"
    assert compared("openid-configuration", {"response_types_supported": ["token"]}, due) is None


def test_codes_in_texts_are_collected() -> None:
    """A number in a text may be chance; whether it is a code is known where the codes are."""
    refused = {"error": "access_denied", "error_description": "no"}
    found = Answers().compare({**refused, "error_description": "not 690420", "name": "by 1767312245000"}, refused)
    assert found.beside == [("$.error_description", 690420)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("690420", ["690420"]),
        ("dial 690 420, or 690-420.", ["690420"]),
        ("6 9 0 4 2 0", ["690420"]),
        ("in 30 690420", ["30690420", "690420"]),
        ("1767312245000", []),
        ("G-690420", ["690420"]),
        ("the code is 4711.", ["4711"]),
        ("2026-11-28T10:00:00Z", []),
        ("3f2a7c10-1234-a567-8901-550840012345", []),
    ],
)
def test_a_code_in_a_text_may_have_two_halves(text: str, codes: list[str]) -> None:
    """A long number is none, and a short one within an id or a date."""
    assert list(codes_in(text)) == codes


def test_a_member_shows_codes_if_it_shows_two() -> None:
    """One equal number may be chance, and so may two members with one each."""
    known, repeated = {690420, 4711}, Repeated()
    assert not repeated.is_code("$.a", 690420, known)
    assert not repeated.is_code("$.a", 690420, known)
    assert not repeated.is_code("$.a", 123456, known)
    assert not repeated.is_code("$.b", 4711, known)
    assert repeated.is_code("$.a", 4711, known)


@pytest.mark.parametrize(
    ("uri", "accused"),
    [
        ("otpauth://totp/Shop:u?secret=ABCDEFGHIJKLMNOP&issuer=Shop&base_url=Shop", False),
        ("otpauth://totp/Shop:u?secret=ABCDEFGHIJKLMNOP&image=Shop", True),
        ("otpauth://totp/T:u?secret=ABCDEFGHIJKLMNOP#Shop", True),
        (f"otpauth://totp/T:u?secret=ABCDEFGHIJKLMNOP&issuer={token('s')}", True),
        (f"otpauth://totp/{token('s')}:u?secret=ABCDEFGHIJKLMNOP", True),
    ],
)
def test_a_display_name_may_be_somebodys_password(uri: str, accused: bool) -> None:
    """A short one; what nobody documents is no secret of any length."""
    answers = Answers()
    answers.renaming.secrets.update({"Shop", token("s")})
    due = {"barcode_uri": "otpauth://totp/T:u?secret=ABCDEFGHIJKLMNOP&issuer=T"}
    with pytest.raises(Differs, match="barcode_uri") if accused else nullcontext():
        answers.compare({"barcode_uri": uri}, due)


def test_a_claim_may_be_a_word_that_is_somebodys_password() -> None:
    """Recordings show `gty`; a claim that nobody documents is another matter."""
    answers = Answers()
    answers.keys = Unverified(_never)
    answers.renaming.secrets.add("password")
    answers.compare(_access(600, gty="password"), _access(600))
    assert answers.differs(_access(600, plan="password"), _access(600)) == ("MFA010", "$.access_token:plan")


# -- keys and signatures -------------------------------------------------------------------------


def _signed(algorithm: str | None, *, signature: str = "c2lnbmF0dXJl", claims: str = "e30", kid: str = "k") -> Jwt:
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": kid}).encode()).decode().rstrip("=")
    token = jwt_of(f"{header}.{claims}.{signature}")
    assert token is not None
    return token


def _key_set(**more: Json) -> Keys:
    key = Tenant().signer.jwks()["keys"][0]
    return Keys(lambda request: _response(200, {"keys": [{**key, "kid": "k", **more}]}))


@pytest.mark.parametrize(
    ("token_", "refused"),
    [
        (_signed("none"), "alg is none"),
        (_signed("None"), "alg is none"),
        (_signed(""), "alg is none"),
        (_signed(None), "alg is none"),
        (_signed("HS256", signature=""), "no signature"),
        (_signed("RS256"), "does not verify"),
        (_signed("PS256"), "does not verify"),
        (_signed("PS256", kid="of-the-api"), None),
        (_signed("HS256"), None),
        (_signed("ES256"), None),
        (_signed("HS256", claims="MQ"), "claims"),
        (_signed("HS256", claims="eyJleHAiOiBJbmZpbml0eX0"), "claims"),
    ],
)
def test_a_jwt_in_the_place_of_an_opaque_token_is_signed(token_: Jwt, refused: str | None) -> None:
    """With the tenant's key, which is then tried, or in a way that only its API can check."""
    with pytest.raises(TokenError, match=refused) if refused else nullcontext():
        _key_set().readable(token_)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_a_key_that_gives_its_private_members_away_still_verifies(algorithm: str) -> None:
    """So that the key set is accused, where it is read."""
    signer: Any = Tenant().signer
    keys = _key_set(**RSAAlgorithm.to_jwk(signer._key, as_dict=True))
    token_ = jwt_of(jwt.encode({"sub": "me"}, signer._key, algorithm, {"kid": "k"}))
    assert token_ is not None
    assert keys.readable(token_) == {"sub": "me"}


def test_a_handler_that_raises_at_the_keys_is_no_error_of_the_contract() -> None:
    """It is told where it raised, without its own words, which may be secret."""

    def down(request: Request) -> Response:
        raise RuntimeError("no connection with hunter2pass")

    with pytest.raises(TokenError, match=r"no keys at /.well-known/jwks.json: RuntimeError at ") as caught:
        Keys(down).verified(_signed("RS256"))
    assert "hunter2" not in str(caught.value)


def test_a_handler_that_is_set_up_wrong_is_told_as_such() -> None:
    """And not as a wrong token."""

    def wrong(request: Request) -> Response:
        raise ConfigurationError("the handler returned None")

    with pytest.raises(ConfigurationError):
        Keys(wrong).verified(_signed("RS256"))


def test_a_number_of_any_size_can_be_judged() -> None:
    """No token lives for ages, and a sealed value may hold any digits."""
    assert compared("password", {"expires_in": 10**320}, {"expires_in": 86400}) == "$.expires_in"
    sealed = f"Fe26.2*a*b*c*d*{'9' * 5000}*e*f"
    assert compared("challenge", {"oob_code": sealed}, {"oob_code": "Fe26.2*a*b*c*d*1800000300000*e*f"}) is None


@pytest.mark.parametrize(("actual", "told"), [("7 odd", ""), ("400 odd", "not judged"), ("404", "not judged")])
def test_any_status_can_be_weighed(actual: str, told: str) -> None:
    """One that HTTP does not know breaks more than a guess."""
    guessed = next(name for name, row in REFUSALS.items() if row.confidence == "guess")
    assert guess(fake_subject(Tenant(profile=Profile())), guessed, "400 invalid_request", actual).startswith(told)


def test_an_exception_of_the_handler_is_told_without_what_may_be_secret() -> None:
    """Python's own words are."""
    told = no_answer(TypeError("'NoneType' object is not subscriptable, hunter2pass 690420")).actual
    assert "'NoneType' object is not subscriptable, ... ..." in told
