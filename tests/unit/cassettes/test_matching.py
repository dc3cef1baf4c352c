"""Replay by meaning: what may differ, and ten and more ways of replaying wrongly, each named."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from helpers.recordings import flow, scrubbed

from pytest_auth0_mfa.cassettes.document import save
from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.placeholders import is_placeholder, placeholder
from pytest_auth0_mfa.cassettes.session import CassetteSession
from pytest_auth0_mfa.errors import NotRecordedError
from pytest_auth0_mfa.tenant.totp import totp

pytest.importorskip("yaml")

LATER = 1_800_000_000.0
HOST = "elsewhere.invalid"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A cassette of each flow."""
    folder = tmp_path_factory.mktemp("cassettes")
    made = {}
    for name in ("email", "otp", "push", "recovery", "passwordless", "own-page"):
        made[name] = folder / f"{name}.yaml"
        save(made[name], scrubbed(flow(name)))
    return made


def session_of(file: Path) -> CassetteSession:
    """A session that plays, later than it was recorded."""
    return CassetteSession(file, clock=lambda: LATER)


def sent(one: Interaction, body: dict[str, Any] | None = None) -> tuple[str, str, dict[str, str], bytes]:
    """A recorded request as a client at another domain sends it, its TOTP of now."""
    made = json.loads(one.request_body) if one.request_body else None
    if body is not None:
        made = body
    for name, secret in (("otp", 1), ("otp_code", 2)):
        if made and name in made and body is None and not is_placeholder(made[name], "code"):
            made[name] = totp(placeholder("totp_secret", secret), LATER)
    headers = {name: values[0] for name, values in one.request_headers.items()}
    content = json.dumps(made).encode() if made is not None else b""
    return one.method, one.url.replace("tenant.example", HOST), headers, content


def play(session: CassetteSession, *requests: Any) -> list[dict[str, Any]]:
    """The answers to requests."""
    answers = []
    for method, url, headers, body in requests:
        number = session.find(method, url, headers, body)
        assert number is not None
        answers.append(session.play(number, url))
    return answers


def recorded(session: CassetteSession) -> list[Interaction]:
    """What the session holds."""
    assert session.loaded is not None
    return session.loaded.interactions


@pytest.mark.parametrize("name", ["email", "otp", "push", "recovery", "passwordless", "own-page"])
def test_a_flow_plays_in_order_at_another_domain(files: dict[str, Path], name: str) -> None:
    """Every answer comes back with its status, and all are played."""
    session = session_of(files[name])
    for one in recorded(session):
        (answer,) = play(session, sent(one))
        assert answer["status"]["code"] == one.status
    assert session.played == session.interactions


def test_polling_answers_come_in_recorded_order(files: dict[str, Path]) -> None:
    """Pending, pending, tokens: the same request three times; a fourth was not recorded."""
    session = session_of(files["push"])
    login, enroll, poll = [sent(one) for one in recorded(session)[:3]]
    statuses = [answer["status"]["code"] for answer in play(session, login, enroll, poll, poll, poll)]
    assert statuses == [403, 200, 400, 400, 200]
    with pytest.raises(NotRecordedError, match=r"Recorded 3 times \(number 3, 4, 5 of 11\), and every answer has been"):
        session.find(*poll)


def test_json_form_and_basic_mean_the_same(files: dict[str, Path]) -> None:
    """What counts is what is asked for, not how it is written."""
    session = session_of(files["email"])
    method, url, _, body = sent(recorded(session)[0])
    given = json.loads(body)
    name, secret = given.pop("client_id"), given.pop("client_secret")
    given |= {"audience": "", "realm": None, "scope": "offline_access openid profile"}
    basic = {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}
    assert session.find(method, url, basic, json.dumps(given).encode()) == 0
    form = {"content-type": "application/x-www-form-urlencoded", **basic}
    encoded = urlencode({key: value for key, value in given.items() if value is not None}).encode()
    assert dict(parse_qsl(encoded.decode()))["username"] == "user-1@example.com"
    assert session.find(method, url, form, encoded) == 0


def test_a_totp_is_judged_by_the_clock_of_the_replay(files: dict[str, Path]) -> None:
    """The code of now plays, the ones beside it too; the recorded one and an old one do not."""
    session = session_of(files["otp"])
    play(session, *[sent(one) for one in recorded(session)[:2]])
    one = recorded(session)[2]
    body = json.loads(one.request_body)
    for offset in (-30, 0, 30):
        code = totp(placeholder("totp_secret", 1), LATER + offset)
        assert session.find(*sent(one, {**body, "otp": code})) == 2
        assert session.find(*sent(one, {**body, "otp": int(code)})) == 2
    for code in (body["otp"], totp(placeholder("totp_secret", 1), LATER - 90)):
        with pytest.raises(NotRecordedError, match="a wrong or late code does not replay as the success"):
            session.find(*sent(one, {**body, "otp": code}))


def test_a_wrong_code_plays_a_recorded_refusal(files: dict[str, Path]) -> None:
    """Where the recording sent a wrong code, any wrong code gets that answer, and the right one does not."""
    session = session_of(files["otp"])
    play(session, *[sent(one) for one in recorded(session)[:4]])
    refused = recorded(session)[4]
    assert refused.status == 403
    body = json.loads(refused.request_body)
    assert session.find(*sent(refused, {**body, "otp": "123456"})) == 4
    assert session.find(*sent(refused, {**body, "otp": totp(placeholder("totp_secret", 1), LATER)})) == 5


def test_discovery_may_be_asked_again(tmp_path: Path) -> None:
    """Clients cache keys as they like: what needs no authentication is played as often as it is asked."""
    recording = flow("otp")
    recording.send("GET", "/.well-known/openid-configuration")
    save(tmp_path / "c.yaml", scrubbed(recording))
    session = session_of(tmp_path / "c.yaml")
    request: tuple[str, str, dict[str, str], bytes] = (
        "GET",
        f"https://{HOST}/.well-known/openid-configuration",
        {},
        b"",
    )
    first, second = play(session, request, request)
    assert first == second
    assert json.loads(first["body"]["string"])["issuer"] == f"https://{HOST}/"


def test_tokens_are_valid_at_replay(tmp_path: Path) -> None:
    """ID tokens are dated and signed anew, by the keys that the replay publishes; handed back, they are known."""
    import jwt

    recording = flow("recovery")
    recording.send("GET", "/.well-known/jwks.json")
    save(tmp_path / "c.yaml", scrubbed(recording))
    now = time.time()
    session = CassetteSession(tmp_path / "c.yaml", clock=lambda: now)
    answers = [json.loads(play(session, sent(one))[0]["body"]["string"]) for one in recorded(session)]
    key = jwt.PyJWK(answers[-1]["keys"][0]).key
    tokens = next(answer for answer in answers if "id_token" in answer)
    claims = jwt.decode(
        tokens["id_token"], key, audience=placeholder("client_id", 1), issuer=f"https://{HOST}/", algorithms=["RS256"]
    )
    assert claims["sub"] == placeholder("user_id", 1)


Change = Callable[[dict[str, Any]], Any]


def _swap_user(body: dict[str, Any]) -> None:
    body["username"] = placeholder("email", 2)


WRONG_WAYS: dict[str, tuple[str, int, Change, str]] = {
    "wrong code": ("email", 3, lambda b: b.update(binding_code="123456"), "binding_code: not 900001: a wrong value"),
    "wrong otp": ("otp", 2, lambda b: b.update(otp="123456"), "otp: not the current code of TOTP secret 1"),
    "swapped user": ("email", 0, _swap_user, "username: user-2@example.com, recorded user-1@example.com"),
    "literal password": (
        "email",
        0,
        lambda b: b.update(password="Tr0ub4dor-and-3"),
        r"auth0_mfa_cassette.user(n).password",
    ),
    "dropped field": ("email", 3, lambda b: b.pop("mfa_token"), "mfa_token: missing; the recording sent Fe26.2*PLACE"),
    "added field": (
        "email",
        0,
        lambda b: b.update(audience="https://api/"),
        "audience: sent, and the recording did not",
    ),
    "other grant": (
        "email",
        3,
        lambda b: b.update(grant_type="http://auth0.com/oauth/grant-type/mfa-otp"),
        "operation: mfa-otp, recorded mfa-oob",
    ),
    "another token": (
        "otp",
        2,
        lambda b: b.update(mfa_token=placeholder("mfa_token", 2)),
        "It is recorded as number 6 of 6, but it sends what answer 4 (password) brings, and that has not been played",
    ),
    "real token": ("email", 3, lambda b: b.update(oob_code="Fe26.2*SERVER*1"), "take it from the tenant's answer"),
    "other scope": (
        "email",
        0,
        lambda b: b.update(scope="openid"),
        "scope: 'openid', recorded 'offline_access openid pro",
    ),
    "wrong client": ("email", 0, lambda b: b.update(client_id="mine"), "take it from auth0_mfa_cassette.client_id"),
    "wrong secret": (
        "email",
        0,
        lambda b: b.update(client_secret="s"),
        "take it from auth0_mfa_cassette.client_secret",
    ),
    "used recovery code": (
        "recovery",
        8,
        lambda b: b.update(recovery_code="MZCRK3YX5V3AKNNYY6JEBQCL"),
        "recovery_code: not PLACEHOLDERRECOVERY0000",
    ),
    "other channel": (
        "email",
        1,
        lambda b: b.update(oob_channels=["sms"]),
        "oob_channels: ['sms'], recorded ['email']",
    ),
    "other address": ("email", 1, lambda b: b.update(email="bob@corp.invalid"), "auth0_mfa_cassette.user(n).email"),
    "another session": (
        "own-page",
        10,
        lambda b: b.update(auth_session=placeholder("auth_session", 1)),
        "auth_session: Fe26.2*PLACEHOLDER_AUTH_SESSION*000001",
    ),
    "literal at the user's own page": (
        "own-page",
        10,
        lambda b: b.update(otp_code="123456"),
        "auth0_mfa_cassette.code(...)",
    ),
    "another type": ("own-page", 9, lambda b: b.update(type="phone"), "type: 'phone', recorded 'email'"),
    "unheard-of field": ("email", 0, lambda b: b.update(extra="my-secret"), "extra: sent, and the recording did not"),
}


@pytest.mark.parametrize("way", WRONG_WAYS)
def test_replaying_wrongly_fails_and_names_the_difference(files: dict[str, Path], way: str) -> None:
    """The message has the request, the file, the closest recorded request and what differs, and no secret."""
    name, number, change, text = WRONG_WAYS[way]
    session = session_of(files[name])
    requests = [sent(one) for one in recorded(session)]
    play(session, *requests[:number])
    method, url, headers, body = requests[number]
    wrong = json.loads(body)
    change(wrong)
    with pytest.raises(NotRecordedError) as caught:
        session.find(method, url, headers, json.dumps(wrong).encode())
    said = str(caught.value)
    assert text in said
    assert way == "another token" or f"Closest recorded request: number {number + 1} of" in said
    assert str(files[name]) in said
    assert "--auth0-mfa-record-mode=rewrite" in said
    for secret in ("Tr0ub4dor", "123456", "SERVER*1", "my-secret", "bob@corp", "MZCRK3"):
        assert secret not in said


def test_another_bearer_is_refused(files: dict[str, Path]) -> None:
    """A token in a header is compared like any other parameter."""
    session = session_of(files["email"])
    method, url, headers, body = sent(recorded(session)[1])
    with pytest.raises(NotRecordedError, match="bearer token: not Fe26"):
        session.find(method, url, {**headers, "Authorization": "Bearer other"}, body)
    with pytest.raises(NotRecordedError, match="bearer token: missing"):
        session.find(method, url, {"Content-Type": "application/json"}, body)


def test_another_path_is_refused(files: dict[str, Path]) -> None:
    """A request that the table does not know names the closest that was recorded."""
    session = session_of(files["email"])
    with pytest.raises(NotRecordedError, match="operation: POST /mfa/asociate, recorded"):
        session.find("POST", f"https://{HOST}/mfa/asociate", {}, b"{}")


def test_what_the_path_of_a_method_says_is_compared(files: dict[str, Path]) -> None:
    """Its id, however the bar is written, and its query."""
    session = session_of(files["own-page"])
    requests = [sent(one) for one in recorded(session)]
    play(session, *requests[:12])
    method, url, headers, body = requests[12]
    assert session.find(method, url.replace("%7C", "|"), headers, body) == 12
    with pytest.raises(
        NotRecordedError, match=r"authentication_method_id: email\|dev_placeholder00009, recorded email"
    ):
        session.find(method, url.replace("00002", "00009"), headers, body)
    with pytest.raises(NotRecordedError, match="authentication_method_id: not email"):
        session.find(method, url.replace("dev_placeholder00002", "dev_hdkmORJuqOmjRRQU"), headers, body)
    method, url, headers, body = requests[13]
    with pytest.raises(NotRecordedError, match="type: 'phone', recorded 'email'"):
        session.find(method, url.replace("email", "phone"), headers, body)


def test_a_method_may_have_any_name(files: dict[str, Path]) -> None:
    """A client calls it as it likes; the recording holds a placeholder."""
    session = session_of(files["own-page"])
    requests = [sent(one) for one in recorded(session)]
    play(session, *requests[:12])
    assert session.find(*requests[12][:3], b'{"name": "Letters"}') == 12
    with pytest.raises(NotRecordedError, match="name: missing"):
        session.find(*requests[12][:3], b"{}")


def test_a_bound_token_is_a_bearer_token_whose_proof_is_not_looked_at(files: dict[str, Path]) -> None:
    """The scheme DPoP with the recorded token plays; another token does not."""
    session = session_of(files["own-page"])
    requests = [sent(one) for one in recorded(session)]
    play(session, *requests[:5])
    method, url, headers, body = requests[5]
    bound = {**headers, "Authorization": headers["Authorization"].replace("Bearer", "DPoP"), "DPoP": "a proof of today"}
    assert session.find(method, url, bound, body) == 5
    with pytest.raises(NotRecordedError, match="bearer token: not JWT"):
        session.find(method, url, {**bound, "Authorization": "DPoP other"}, body)


def test_a_tape_owns_what_is_the_tenants(files: dict[str, Path]) -> None:
    """Paths of the API at any host, and everything at the tenant's; the rest passes through."""
    session = session_of(files["email"])
    assert session.owns("POST", f"https://{HOST}/mfa/associate")
    assert session.owns("GET", f"https://{HOST}/me/v1/factors")
    assert not session.owns("GET", f"https://{HOST}/me/profile"), "many applications have such a path"
    assert session.owns("GET", "https://tenant.example/api/v2/users")
    assert not session.owns("GET", "https://cdn.invalid/app.js")
