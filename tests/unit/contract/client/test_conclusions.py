"""What a client concludes, and how it repeats itself, held against what the tenant answered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_auth0_mfa import Request, Response, Tenant
from pytest_auth0_mfa.contract.client.adapter import AuthError
from pytest_auth0_mfa.contract.client.asked import Asked
from pytest_auth0_mfa.contract.client.calling import CallOutcome, Endless
from pytest_auth0_mfa.contract.client.checks.conclusion import conclusion, reported
from pytest_auth0_mfa.contract.client.checks.sequence import SEQUENCE_CHECKS
from pytest_auth0_mfa.contract.client.recording import LIMIT, Seen, SentBody
from pytest_auth0_mfa.contract.client.unannounced import UNKNOWN_ROW
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.challenges import new_challenge
from pytest_auth0_mfa.tenant.issued import Session

TENANT = Tenant()
ADA = TENANT.add_user()
OLDER = new_challenge(TENANT, Session("t", ADA, TENANT.client_id, None, None, 0.0), ADA.enroll("email")).oob_code
VERIFY, ENROLL, LIST, DELETE, POLL, SIGN_IN = (
    Asked(name, "")
    for name in ("verify_otp", "associate", "list_authenticators", "delete_authenticator", "verify_oob", "sign_in")
)
TOKENS = {"access_token": "a", "token_type": "Bearer", "expires_in": 86400}
ROW = {"id": "totp|a", "authenticator_type": "otp", "active": True}
OTHER = {"id": "email|b", "authenticator_type": "oob", "oob_channel": "email", "active": False}


def seen(asked: Asked, body: Json = None, status: int = 200, trouble: str | None = None, **more: Any) -> Seen:
    """One request of a call, and its answer."""
    refusal_id, at, params, headers = (more.get(name) for name in ("refusal_id", "at", "params", "headers"))
    text = b"" if body is None else json.dumps(body).encode()
    response = Response(status, headers or {}, text)
    operation = more.get("operation", asked.operations[0])
    sent = SentBody("json", params or {})
    return Seen(Request("POST", "/", {}), response, operation, sent, at or 0.0, refusal_id, trouble, False, False)


def judged(asked: Asked, one: Seen | None, outcome: CallOutcome, *, polls: bool = False) -> list[tuple[str, str, str]]:
    """Finding, field and got."""
    faults = conclusion(asked, [one] if one is not None else [], outcome, TENANT, polls=polls)
    return [(fault.finding, fault.field, fault.actual) for fault in faults]


def error(word: Any, **more: Any) -> CallOutcome:
    """An AuthError."""
    return CallOutcome(error=AuthError(word, **more))


STRAY = CallOutcome(stray=KeyError("x"))

MUCH_LONGER = "another string (600 characters instead of 1)"


@pytest.mark.parametrize(
    ("asked", "body", "value", "found"),
    [
        (VERIFY, TOKENS, {"access_token": "a"}, []),
        (VERIFY, TOKENS, {"access_token": "a", "id_token": None, "refresh_token": ""}, []),
        (VERIFY, TOKENS, {}, [("MFA210", "access_token", "nothing")]),
        (VERIFY, TOKENS, {"access_token": "b"}, [("MFA211", "access_token", "another string (1 characters)")]),
        (VERIFY, TOKENS | {"refresh_token": "abc"}, {"access_token": "a", "refresh_token": "ab"}, [
            ("MFA211", "refresh_token", "only the first 2 of its 3 characters")]),
        (VERIFY, TOKENS, {"access_token": 1}, [("MFA211", "access_token", "a int instead of a str")]),
        (VERIFY, TOKENS, {"access_token": "a", "id_token": "i"}, [("MFA212", "id_token", "a str")]),
        (VERIFY, TOKENS | {"recovery_code": "r"}, {"access_token": "a"}, [("MFA216", "recovery_code", "nothing")]),
        (VERIFY, TOKENS | {"recovery_code": "r"}, {"access_token": "a", "recovery_code": "s"}, [
            ("MFA216", "recovery_code", "another string (1 characters)")]),
        (VERIFY, TOKENS, "a", [("MFA218", "conclusion", "str")]),
        (ENROLL, {"secret": "s", "recovery_codes": ["r"]}, {"secret": "s", "recovery_codes": ("r",)}, []),
        (ENROLL, {"secret": "s"}, {"secret": "s", "recovery_codes": []}, []),
        (ENROLL, {"secret": "s", "recovery_codes": ["r"]}, {"secret": "s", "recovery_codes": "r"}, [
            ("MFA211", "recovery_codes", "a str instead of a list")]),
        (ENROLL, {"oob_code": "o"}, {"oob_code": "p"}, [("MFA211", "oob_code", "another string (1 characters)")]),
        (ENROLL, {"oob_code": "o"}, {"oob_code": OLDER}, [("MFA215", "oob_code", MUCH_LONGER)]),
        (ENROLL, {"oob_code": "o"}, {"oob_code": ["o"]}, [("MFA211", "oob_code", "a list instead of a str")]),
        (ENROLL, {"secret": "s"}, {"secret": OLDER}, [("MFA211", "secret", MUCH_LONGER)]),
        (DELETE, None, "whatever", []),
        (LIST, [ROW, OTHER], [OTHER, ROW], []),
        (LIST, [ROW, OTHER], (ROW,), [("MFA213", "$[1]", "not in the list")]),
        (LIST, [UNKNOWN_ROW, ROW, OTHER], [OTHER], [("MFA213", "$[1]", "not in the list")]),
        (LIST, [ROW], [ROW, OTHER], [("MFA212", "$", "one that the tenant did not answer")]),
        (LIST, [ROW], [{**ROW, "active": False}], [("MFA211", "$[0].active", "another value")]),
        (LIST, [ROW], [{**ROW, "oob_channel": "sms"}], [("MFA212", "$[0].oob_channel", "a str")]),
        (LIST, [ROW], {"rows": [ROW]}, [("MFA218", "conclusion", "dict")]),
        (LIST, [ROW], [{**ROW, "id": ["totp|a"]}], [("MFA218", "conclusion", "an id of another type")]),
        (LIST, [ROW], "rows", [("MFA218", "conclusion", "str")]),
        (LIST, [ROW], [ROW, "row"], [("MFA218", "conclusion", "an item of another type")]),
    ],
)  # fmt: skip
def test_a_success_reaches_the_caller_whole(
    asked: Asked, body: Json, value: Json, found: list[tuple[str, str, str]]
) -> None:
    """What was answered is handed on as it is, and nothing is made up."""
    assert judged(asked, seen(asked, body), CallOutcome(value)) == found


def test_a_success_is_no_failure() -> None:
    """Neither an AuthError nor another exception; for a list it is a finding of its own."""
    assert judged(VERIFY, seen(VERIFY, TOKENS), error("x")) == [("MFA202", "conclusion", "AuthError('x')")]
    assert judged(VERIFY, seen(VERIFY, TOKENS), STRAY) == [("MFA217", "conclusion", "KeyError")]
    assert judged(LIST, seen(LIST, []), error("x")) == [("MFA214", "conclusion", "AuthError('x')")]
    assert judged(LIST, seen(LIST, []), STRAY) == [("MFA214", "conclusion", "KeyError")]


@pytest.mark.parametrize(
    ("due", "outcome", "finding"),
    [
        ("invalid_grant", error("invalid_grant"), None),
        ("invalid_grant", error("invalid_grant", status=403, description="More: text."), None),
        ("invalid_grant", error("invalid_grant", status=401), "MFA208"),
        ("invalid_grant", error("invalid_grant", status=404), "MFA208"),
        ("invalid_grant", error("invalid_grant", description="no"), "MFA208"),
        ("invalid_grant", error("expired_token"), "MFA204"),
        ("expired_token", error("invalid_grant"), "MFA204"),
        ("invalid_grant", error("access_denied"), "MFA206"),
        ("authorization_pending", error("access_denied"), "MFA205"),
        ("access_denied", error("invalid_grant"), "MFA205"),
        ("slow_down", error("oops"), "MFA206"),
        ("invalid_grant", error(7), "MFA218"),
        ("mfa_required", error("mfa_required"), "MFA207"),
        ("mfa_required", error("mfa_required", mfa_token="t"), None),
        ("mfa_required", error("invalid_grant"), "MFA203"),
        ("mfa_required", CallOutcome({}), "MFA203"),
        ("mfa_required", STRAY, "MFA203"),
        ("invalid_grant", CallOutcome({}), "MFA201"),
        ("invalid_grant", STRAY, "MFA217"),
    ],
)
def test_a_refusal_is_told_for_what_it_is(due: str, outcome: CallOutcome, finding: str | None) -> None:
    """By its error, and where the client tells more, by its status and text."""
    body = {"error": due, "error_description": "text."} | ({"mfa_token": "m"} if due == "mfa_required" else {})
    found = judged(POLL, seen(POLL, body, 403), outcome)
    assert [one[0] for one in found] == ([] if finding is None else [finding])


def test_a_client_that_polls_goes_on() -> None:
    """It does not hand on that the person has not decided yet; one that does not poll has to."""
    for due in ("authorization_pending", "slow_down", "access_denied"):
        answered = seen(POLL, {"error": due}, 403, at=TENANT.clock.now())
        assert judged(POLL, answered, error(due)) == []
        found = [("MFA221", "conclusion", f"AuthError('{due}')")]
        assert judged(POLL, answered, error(due), polls=True) == (found if due != "access_denied" else [])
        given_up = [("MFA221", "conclusion", "AuthError('timeout')")]
        assert judged(POLL, answered, error("timeout"), polls=True) == (
            given_up if due != "access_denied" else [("MFA206", "AuthError.error", "AuthError('timeout')")]
        )


@pytest.mark.parametrize("word", ["authorization_pending", "slow_down"])
def test_a_client_that_polls_may_give_up(word: str) -> None:
    """After a minute, with an error of its own, in words."""
    answered = seen(POLL, {"error": word}, 403, at=TENANT.clock.now() - 61)
    assert judged(POLL, answered, error("timeout"), polls=True) == []
    assert judged(POLL, answered, error(word), polls=True) == []
    assert judged(POLL, answered, error(None), polls=True) == [("MFA218", "AuthError.error", "AuthError of a NoneType")]
    assert judged(POLL, answered, CallOutcome({}), polls=True)[0][0] == "MFA201"


def test_an_mfa_token_is_that_of_the_answer() -> None:
    """An earlier one, or one where the answer has none, is told; with another error it may be the caller's."""
    earlier = "Fe26.2*earlier"
    TENANT.tokens.mfa[earlier] = Session(earlier, ADA, TENANT.client_id, None, None, 0.0)
    wants = {"error": "mfa_required", "mfa_token": "m"}
    found = [("MFA207", "AuthError.mfa_token", "that of an earlier answer")]
    assert judged(VERIFY, seen(VERIFY, wants, 403), error("mfa_required", mfa_token=earlier)) == found
    bare = seen(VERIFY, {"error": "mfa_required"}, 403)
    assert [one[0] for one in judged(VERIFY, bare, error("mfa_required", mfa_token=earlier))] == ["MFA212"]
    assert judged(VERIFY, bare, error("mfa_required")) == []
    wrong = seen(VERIFY, {"error": "invalid_grant"}, 403)
    assert judged(VERIFY, wrong, error("invalid_grant", mfa_token=earlier)) == []


def test_trouble_is_told_as_a_failure() -> None:
    """A word for it is the client's own affair, but there is one."""
    spoilt = seen(VERIFY, trouble="html")
    assert judged(VERIFY, spoilt, error("network")) == []
    assert judged(VERIFY, spoilt, error("")) == [("MFA218", "AuthError.error", "AuthError('')")]
    assert judged(VERIFY, spoilt, error(5)) == [("MFA218", "AuthError.error", "AuthError of a int")]
    assert judged(VERIFY, spoilt, CallOutcome({})) == [("MFA304", "conclusion", "a success")]
    assert judged(VERIFY, spoilt, STRAY) == [("MFA303", "exception", "KeyError")]


def test_without_a_request_there_is_nothing_to_conclude() -> None:
    """A client that never called says so by no success and by no refusal."""
    assert judged(VERIFY, None, CallOutcome({})) == [("MFA219", "requests", "none, and a success")]
    assert judged(VERIFY, None, error("x " * 35)) == [("MFA219", "requests", f"none, and AuthError('{'x ' * 30}')")]
    assert judged(VERIFY, None, error("K7" * 12)) == [("MFA219", "requests", "none, and AuthError('...')")]
    assert judged(VERIFY, None, error("http_503")) == [("MFA219", "requests", "none, and AuthError('http_503')")]
    assert judged(VERIFY, None, STRAY) == [("MFA217", "exception", "KeyError")]
    assert judged(VERIFY, seen(VERIFY, TOKENS), CallOutcome(stray=Endless("again"))) == [
        ("MFA302", "requests", "again")
    ]
    assert reported(STRAY) == "KeyError"


# -- requests together ---------------------------------------------------------------------------


def repeated(asked: Asked, *requests: Seen, polls: bool = False) -> list[tuple[str, str]]:
    """Finding and got of the requests of one call."""
    return [(one.finding, one.actual) for check in SEQUENCE_CHECKS for one in check(asked, requests, polls)]


LIMITED: dict[str, Any] = {"status": 429, "headers": {"retry-after": "7"}, "refusal_id": "rate_limited"}


@pytest.mark.parametrize(
    ("waited", "found"),
    [
        (6.9, [("MFA301", "6.9 s")]),
        (6.96, []),
        (7.0, []),
        (0.0, [("MFA301", "0.0 s")]),
        (3600.0, []),
        (3608.0, [("MFA301", "3608 s")]),
    ],
)
def test_a_wait_that_was_asked_for_is_waited_for(waited: float, found: list[tuple[str, str]]) -> None:
    """Retry-After of a 429, but for what a timer may be early, and no hours longer."""
    assert repeated(VERIFY, seen(VERIFY, at=100.0, **LIMITED), seen(VERIFY, TOKENS, at=100.0 + waited)) == found
    plain = seen(VERIFY, status=403, headers={"retry-after": "7"}, refusal_id="wrong_otp")
    assert repeated(VERIFY, plain, seen(VERIFY, TOKENS)) == []
    assert repeated(VERIFY, seen(VERIFY, status=429, headers={"retry-after": "x"}), seen(VERIFY, TOKENS)) == []


@pytest.mark.parametrize(("count", "ends"), [(LIMIT - 3, True), (LIMIT - 2, False)])
def test_attempts_have_an_end(count: int, ends: bool) -> None:
    """Ten refusals of one operation are too many; what is pending is no refusal."""
    said = [] if ends else [("MFA302", f"{count} and more")]
    assert repeated(LIST, *[seen(LIST, status=429)] * count) == said
    assert repeated(LIST, *[seen(LIST, [])] * count) == []


def test_a_refused_code_is_not_sent_again() -> None:
    """After trouble or a limit it may be."""
    code: dict[str, Any] = {"params": {"otp": "123456"}}
    again = [("MFA123", "a refused one again")]
    for status in (400, 403, 428):
        assert repeated(VERIFY, seen(VERIFY, status=status, **code), seen(VERIFY, TOKENS, **code)) == again
    for first in (seen(VERIFY, status=429, **code), seen(VERIFY, status=399, **code)):
        assert ("MFA123", "a refused one again") not in repeated(VERIFY, first, seen(VERIFY, TOKENS, **code))
    assert repeated(VERIFY, seen(VERIFY, status=403, trouble="500", **code), seen(VERIFY, TOKENS, **code)) == []
    other = seen(VERIFY, status=403, params={"otp": "654321"})
    assert repeated(VERIFY, other, seen(VERIFY, TOKENS, **code)) == []


def test_what_was_refused_is_not_asked_again() -> None:
    """With the same token and the same values; another token may be tried, and sign_in has findings of its own."""
    again = [("MFA129", "the same once more")]
    for status in (401, 403):
        refused = seen(ENROLL, {}, status, params={"type": "email"})
        assert repeated(ENROLL, refused, seen(ENROLL, {}, params={"type": "email"})) == again
        assert repeated(ENROLL, refused, seen(ENROLL, {}, params={"type": "phone"})) == []
        other = replace(refused, request=Request("POST", "/", {"Authorization": "Bearer another"}))
        assert repeated(ENROLL, refused, other) == []
        assert repeated(SIGN_IN, replace(refused, operation="associate"), replace(refused, operation="associate")) == []
        for matter in ("me_dpop_nonce", "me_dpop_proof"):
            assert repeated(ENROLL, replace(refused, refusal_id=matter), refused) == []
        assert repeated(ENROLL, replace(refused, trouble="foreign-error"), refused) == []
    for status, told in ((400, again), (404, again), (429, []), (500, [])):
        assert repeated(LIST, seen(LIST, {}, status), seen(LIST, [])) == told
    assert repeated(ENROLL, seen(ENROLL, {}, 400), seen(ENROLL, {})) == []


def poll(at: float, refusal_id: str | None = "authorization_pending", **more: Any) -> Seen:
    """A poll for a push."""
    status = 200 if refusal_id is None else 403
    return seen(
        POLL,
        TOKENS if refusal_id is None else {},
        status,
        at=at,
        refusal_id=refusal_id,
        params={"oob_code": "o"},
        **more,
    )


def test_polls_keep_their_distance() -> None:
    """A second is the least; nothing is asked after the end; a client that does not poll asks once."""
    assert repeated(POLL, poll(0), poll(5), poll(10, None), polls=True) == []
    assert repeated(POLL, poll(0), poll(0.96), polls=True) == []
    assert repeated(POLL, poll(0), poll(0.94), polls=True) == [("MFA222", "0.9 s")]
    assert repeated(POLL, poll(0), poll(5)) == [("MFA220", "another one after authorization_pending")]
    assert repeated(SIGN_IN, poll(0), poll(5)) == []
    ended = [("MFA224", "a poll after the tokens"), ("MFA124", "another one after a success")]
    assert repeated(POLL, poll(0, None), poll(5), polls=True) == ended
    assert repeated(POLL, poll(0, "rejected_push"), poll(5), polls=True) == [("MFA224", "a poll after rejected_push")]
    assert repeated(POLL, poll(0, trouble="500"), poll(0.1), polls=True) == []
    assert repeated(POLL, poll(0, "missing_binding_code"), poll(0.1), polls=True) == []
    coded = [
        seen(POLL, {}, 403, refusal_id="authorization_pending", params={"oob_code": "o", "binding_code": code})
        for code in "12"
    ]
    assert repeated(POLL, *coded) == []
    other = seen(POLL, {}, 403, at=0.1, refusal_id="authorization_pending", params={"oob_code": "p"})
    assert repeated(POLL, poll(0), other, polls=True) == []


def test_slow_down_makes_polls_slower() -> None:
    """By half a second at least, or by what Retry-After asks for when that is less."""
    slow = "slow_down"
    assert repeated(POLL, poll(0), poll(5), poll(10, slow), poll(15.5), polls=True) == []
    assert repeated(POLL, poll(0), poll(5, slow), poll(10), polls=True) == [("MFA223", "5.0 s")]
    assert repeated(POLL, poll(0), poll(5, slow, headers={"retry-after": "4"}), poll(9), polls=True) == []
    assert repeated(POLL, poll(0, slow), poll(1.5), polls=True) == []
    assert repeated(POLL, poll(0, slow), poll(1.4), polls=True) == [("MFA223", "1.4 s")]


def test_what_succeeded_is_not_asked_for_again() -> None:
    """Lists may be; in sign_in a new challenge may follow an old one, but no second code."""
    again = [("MFA124", "another one after a success")]
    assert repeated(ENROLL, seen(ENROLL, {}), seen(ENROLL, {})) == again
    assert repeated(LIST, seen(LIST, []), seen(LIST, [])) == []
    challenge = seen(SIGN_IN, {}, operation="challenge")
    assert repeated(SIGN_IN, challenge, challenge) == []
    code = seen(SIGN_IN, TOKENS, operation="mfa-otp")
    assert repeated(SIGN_IN, code, code) == again
    assert repeated(ENROLL, seen(ENROLL, {}, 400), seen(ENROLL, {})) == []
