"""What is held against the proofs of possession that a client sends: right ones have no fault, each change its own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from pytest_auth0_mfa import Request, Response, Tenant
from pytest_auth0_mfa.contract.client.adapter import AuthError
from pytest_auth0_mfa.contract.client.asked import Asked, Context
from pytest_auth0_mfa.contract.client.calling import CallOutcome
from pytest_auth0_mfa.contract.client.checks import proofs
from pytest_auth0_mfa.contract.client.checks.proofs import KnownProofs, declines, token_type
from pytest_auth0_mfa.contract.client.recording import Seen, SentBody
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.dpop import fresh_nonce
from pytest_auth0_mfa.tenant.jose import hashed
from pytest_auth0_mfa.tenant.signing import ProofKey

TENANT = Tenant(seed=1)
ADA = TENANT.add_user()
KEY, OTHER = ProofKey("ada"), ProofKey("eve")
BOUND = ADA.access_token(audience=TENANT.mfa_audience, jkt=KEY.jkt)
FREE = ADA.access_token(audience=TENANT.mfa_audience)
GRANT, LIST = "/oauth/token", "/mfa/authenticators"
VERIFY, ROWS = Asked("verify_otp", "", ADA), Asked("list_authenticators", "", ADA)
GONE = object()
NOW = time.time()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proofs are made when the module is imported, which in a long run is minutes before they are judged."""
    monkeypatch.setattr(time, "time", lambda: NOW)


def proof(key: ProofKey = KEY, header: Mapping[str, Any] = {}, **claims: Any) -> str:
    """A proof for the grant, or for the list if it has a hash, with these members changed."""
    at_list = "ath" in claims
    made = {
        "jti": "one",
        "htm": "GET" if at_list else "POST",
        "htu": TENANT.url + (LIST if at_list else GRANT),
        "iat": int(time.time()),
        **claims,
    }
    head = {**key.header, **header}
    left, right = ({name: value for name, value in part.items() if value is not GONE} for part in (head, made))
    return key.sign(left, right)


def sent(text: str | None, token: str = "", scheme: str = "DPoP", refusal_id: str | None = None, **more: Any) -> Seen:
    """A grant, or with a token a list, that carries this proof."""
    headers = {} if text is None else {"DPoP": text}
    headers |= {"Authorization": f"{scheme} {token}"} if token else {}
    request = Request("GET" if token else "POST", LIST if token else GRANT, headers)
    operation = "list-authenticators" if token else "mfa-otp"
    status = 200 if refusal_id is None else 400
    answer = Response(status, more.pop("headers", {}), json.dumps(more.pop("body", {})).encode())
    return Seen(request, answer, operation, SentBody("json", {}), 0.0, refusal_id, None, False, False, **more)


def judged(seen: Seen, *, dpop: bool = True) -> list[tuple[str, str]]:
    """Field and fault of each finding about one request."""
    context = Context(seen, ROWS if seen.operation == "list-authenticators" else VERIFY, TENANT, dpop)
    checks = (proofs.private_key, proofs.scheme, proofs.missing, proofs.wrong)
    return [(where, actual) for check in checks for where, _, actual in check(context)]


def listed(**claims: Any) -> Seen:
    """A list with the bound token, and a proof with these claims."""
    return sent(proof(**{"ath": hashed(BOUND), **claims}), BOUND)


RIGHT: dict[str, Seen] = {
    "a grant": sent(proof()),
    "a list": listed(),
    "more members": sent(proof(header={"kid": "mine"}, exp=1)),
    "a fraction of a second": sent(proof(iat=time.time())),
    "a minute ago": sent(proof(iat=int(time.time()) - 60)),
    "a port and capitals": sent(proof(htu=f"HTTPS://{TENANT.domain.upper()}:443{GRANT}")),
    "any proof beside Bearer": sent("no proof", FREE, "Bearer"),
    "small letters": sent(proof(ath=hashed(BOUND)), BOUND, "dpop"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_proof_has_no_fault(name: str) -> None:
    """Whatever the contract class says of the client."""
    assert judged(RIGHT[name]) == judged(RIGHT[name], dpop=False) == []


CUT = proof().rpartition(".")[0] + "." + "A" * 84
"""A proof whose signature lacks a byte."""
WRONG: dict[str, tuple[Seen, str, str]] = {
    "no JWT": (sent("no proof"), "DPoP", "another string (8 characters)"),
    "two": (sent(f"{proof()}, {proof()}"), "DPoP", "two"),
    "a short signature": (sent(CUT), "DPoP", "another one, of 63 bytes instead of 64"),
    "typ": (sent(proof(header={"typ": "JWT"})), "DPoP.typ", "'JWT'"),
    "no typ": (sent(proof(header={"typ": GONE})), "DPoP.typ", "nothing"),
    "alg": (sent(proof(header={"alg": "RS256"})), "DPoP.alg", "'RS256'"),
    "no key": (sent(proof(header={"jwk": GONE})), "DPoP.jwk", "nothing"),
    "a longer curve": (sent(proof(header={"jwk": {**KEY.jwk, "crv": "P-384"}})), "DPoP.jwk", "another crv"),
    "a key in words": (sent(proof(header={"jwk": "P-256"})), "DPoP.jwk", "another string"),
    "a short key": (sent(proof(header={"jwk": {**KEY.jwk, "x": "A" * 42}})), "DPoP.jwk",
        "31 bytes as x: its leading zeros belong to it"),
    "a long key": (sent(proof(header={"jwk": {**KEY.jwk, "y": "A" * 44}})), "DPoP.jwk", "33 bytes as y"),
    "half a key": (sent(proof(header={"jwk": {**KEY.jwk, "y": 1}})), "DPoP.jwk", "another number as y"),
    "no point": (sent(proof(header={"jwk": {**KEY.jwk, "y": "A" * 43}})), "DPoP", "another one"),
    "a key in another alphabet": (sent(proof(header={"jwk": {**KEY.jwk, "y": "+" * 43}})), "DPoP.jwk",
        "x or y that are not in base64url without padding"),
    "another key": (sent(proof(header={"jwk": OTHER.jwk})), "DPoP", "another one"),
    "htm": (sent(proof(htm="GET")), "DPoP.htm", "'GET'"),
    "small htm": (sent(proof(htm="post")), "DPoP.htm", "'post'"),
    "no htm": (sent(proof(htm=GONE)), "DPoP.htm", "nothing"),
    "another path": (sent(proof(htu=TENANT.url + LIST)), "DPoP.htu", "another path"),
    "another host": (sent(proof(htu="https://other.example" + GRANT)), "DPoP.htu", "another host"),
    "http": (sent(proof(htu=f"http://{TENANT.domain}{GRANT}")), "DPoP.htu", "a URL without https"),
    "a path": (sent(proof(htu=GRANT)), "DPoP.htu", "a URL without https"),
    "a query": (sent(proof(htu=f"{TENANT.url}{GRANT}?a=b")), "DPoP.htu", "a URL with one"),
    "an empty fragment": (sent(proof(htu=f"{TENANT.url}{GRANT}#")), "DPoP.htu", "a URL with one"),
    "no htu": (sent(proof(htu=GONE)), "DPoP.htu", "nothing"),
    "milliseconds": (sent(proof(iat=int(time.time() * 1000))), "DPoP.iat", "a number of milliseconds, as it seems"),
    "text": (sent(proof(iat=str(int(time.time())))), "DPoP.iat", "another string"),
    "true": (sent(proof(iat=True)), "DPoP.iat", "another boolean"),
    "no iat": (sent(proof(iat=GONE)), "DPoP.iat", "nothing"),
    "no jti": (sent(proof(jti=GONE)), "DPoP.jti", "nothing"),
    "an empty jti": (sent(proof(jti="")), "DPoP.jti", "nothing"),
    "a number": (sent(proof(jti=7)), "DPoP.jti", "another number"),
    "no ath": (listed(ath=GONE), "DPoP.ath", "nothing"),
    "another ath": (listed(ath=hashed(FREE)), "DPoP.ath", "another string"),
    "a padded ath": (listed(ath=hashed(BOUND) + "="), "DPoP.ath", "another string"),
    "not the token's key": (
        sent(proof(OTHER, ath=hashed(BOUND)), BOUND), "DPoP.jwk", "another key",
    ),
    "none": (sent(None), "DPoP", "no header DPoP"),
    "none at a list": (sent(None, BOUND), "DPoP", "no header DPoP"),
    "bound as Bearer": (sent(None, BOUND, "Bearer"), "Authorization", "Bearer and the token"),
    "not bound as DPoP": (sent(proof(ath=hashed(FREE)), FREE), "Authorization", "DPoP and the token"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_proof_has_its_fault(name: str) -> None:
    """And no other; what is shown of it is no secret."""
    seen, field, actual = WRONG[name]
    found = judged(seen)
    assert [where for where, _ in found] == [field]
    assert not actual or found[0][1] == actual


def test_a_time_is_told_by_its_distance() -> None:
    """An hour earlier or later."""
    for iat, told in ((time.time() - 3600, "3600 s earlier"), (time.time() + 3600, "3600 s later")):
        assert judged(sent(proof(iat=iat))) == [("DPoP.iat", told)]


def test_the_private_key_is_named_first() -> None:
    """And is not shown."""
    seen = sent(proof(header={"jwk": KEY.private_jwk()}))
    assert judged(seen)[0] == ("DPoP.jwk", "the private key too: d")


def test_only_a_client_that_says_so_has_to_send_proofs() -> None:
    """At the grants of the MFA API; a bound token needs one of any client."""
    assert judged(sent(None), dpop=False) == []
    assert judged(sent(None, BOUND), dpop=False) == [("DPoP", "no header DPoP")]


def faults(*calls: list[Seen]) -> list[tuple[str, str]]:
    """Findings and fields of these calls of one client."""
    known = KnownProofs(TENANT)
    return [(fault.finding, fault.field) for seen in calls for fault in known.faults(seen)]


def test_a_proof_is_used_once() -> None:
    """In one call and in the next; with another key, or if no answer came, it is another matter."""
    one, again = sent(proof()), sent(proof())
    assert faults([one, again]) == faults([one], [again]) == [("MFA135", "DPoP.jti")]
    assert faults([one], [sent(proof(OTHER))]) == []
    assert faults([replace(one, trouble="closed"), again]) == []
    assert faults([replace(one, trouble="429"), again]) == [("MFA135", "DPoP.jti")]
    assert faults([sent("x", FREE, "Bearer")] * 2) == []


@pytest.mark.parametrize(("seconds", "stands_still"), [(4, False), (6, True)])
def test_time_goes_on_from_proof_to_proof(seconds: int, stands_still: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another example of the class, too; two of a moment have the same."""
    dated: dict[float, float] = {}
    one, again = sent(proof(jti="one")), sent(proof(jti="two"))
    assert list(KnownProofs(TENANT, dated).faults([one])) == []
    then = time.time()
    monkeypatch.setattr(time, "time", lambda: then + seconds)
    found = [(fault.finding, fault.field, fault.actual) for fault in KnownProofs(TENANT, dated).faults([again])]
    assert found == [("MFA134", "DPoP.iat", f"the same as in a proof of {seconds} s ago")][: int(stands_still)]


def demand(answered: str, *, jti: str = "one", **claims: Any) -> Seen:
    """A grant that is refused until it has a nonce."""
    return sent(proof(jti=jti, **claims), refusal_id="use_dpop_nonce", headers={"dpop-nonce": answered})


def test_a_demand_for_a_nonce_is_met_once() -> None:
    """By the same operation, with the nonce of the answer."""
    nonce = fresh_nonce(TENANT)
    first = demand(nonce)
    assert faults([first, sent(proof(jti="two", nonce=nonce))]) == []
    assert faults([first]) == [("MFA242", "requests")]
    assert faults([first, sent(proof(jti="two"))]) == [("MFA242", "DPoP.nonce")]
    assert faults([first, sent(proof(jti="two", nonce="another"))]) == [("MFA242", "DPoP.nonce")]
    assert faults([first, listed(jti="two", nonce=nonce)]) == [("MFA242", "requests")]
    assert faults([replace(first, trouble="half")]) == []


@pytest.mark.parametrize(
    ("request_", "body", "part"),
    [
        (Request("GET", GRANT, {}), {"otp": "1"}, "method"),
        (Request("POST", GRANT + "/", {}), {"otp": "1"}, "path"),
        (Request("POST", GRANT + "?type=otp", {}), {"otp": "1"}, "query"),
        (Request("POST", GRANT, {}), {"otp": "2"}, "body"),
        (Request("POST", GRANT, {}), {}, "body"),
        (Request("POST", GRANT, {}), {"otp": "1"}, ""),
        (Request("POST", GRANT, {}), {"otp": "1", "client_assertion": "another"}, ""),
    ],
)
def test_a_demand_is_met_by_the_same_call(request_: Request, body: dict[str, Json], part: str) -> None:
    """Nothing but the proof, and a signed assertion, is another one."""
    nonce = fresh_nonce(TENANT)
    first = replace(demand(nonce), body=SentBody("json", {"otp": "1", "client_assertion": "one"}))
    again = sent(proof(jti="two", nonce=nonce))
    other = replace(again, request=replace(request_, headers=again.request.headers), body=SentBody("json", body))
    assert faults([first, other]) == ([("MFA242", "requests")] if part else [])
    told = [flaw.actual for flaw in KnownProofs(TENANT).faults([first, other])]
    assert told == ([f"another call: its {part} changed"] if part else [])


def demands(count: int) -> list[Seen]:
    """As many demands in a row, each of which was met as the one before asked."""
    return [demand(f"n{n}", jti=f"jti{n}", **({"nonce": f"n{n - 1}"} if n else {})) for n in range(count)]


@pytest.mark.parametrize(("count", "ends"), [(2, True), (5, True), (6, False), (12, False)])
def test_demands_are_not_met_for_ever(count: int, ends: bool) -> None:
    """A client may give up at the second one already; each is met with its own nonce."""
    assert faults(demands(count)) == ([] if ends else [("MFA242", "requests")])
    assert faults([*demands(2), sent(proof(jti="x", nonce="n0"))]) == [("MFA242", "DPoP.nonce")]
    polls = [part for n in range(4) for part in (*demands(2), sent(proof(jti=f"poll{n}", nonce="n1")))]
    assert ("MFA242", "requests") not in faults(polls)


def test_a_refused_proof_is_no_reason_to_send_none() -> None:
    """At the same operation; another proof may be tried."""
    refused = sent(proof(), refusal_id="invalid_dpop_proof")
    assert faults([refused, sent(None)]) == [("MFA133", "DPoP")]
    assert faults([refused, sent(proof(jti="two"))]) == faults([refused, sent(None, FREE, "Bearer")]) == []
    assert faults([sent(proof(), refusal_id="wrong_otp"), sent(None)]) == []
    assert faults([demand("n"), sent(None)]) == [("MFA133", "DPoP"), ("MFA242", "DPoP.nonce")]


def test_a_nonce_that_is_forgotten_is_observed() -> None:
    """As long as it is good, and known from the same operation and key."""
    nonce = fresh_nonce(TENANT)
    call = [demand(nonce), sent(proof(jti="two", nonce=nonce))]
    later = [demand(nonce, jti="three"), sent(proof(jti="four", nonce=nonce))]
    assert faults(call, later) == [("MFA243", "DPoP.nonce")]
    TENANT.clock.advance(1000)
    assert faults(call, later) == []
    TENANT.clock.reset()


def told(answered: str, value: Json) -> list[tuple[str, str]]:
    """The findings about a token_type, as answered and as returned."""
    seen = [sent(proof(), body={"access_token": "x", "token_type": answered})]
    return [(fault.finding, fault.actual) for fault in token_type(VERIFY, seen, CallOutcome(value))]


def test_the_caller_learns_the_type_of_the_tokens() -> None:
    """In any case of letters; what is no mapping is another finding's matter."""
    assert told("DPoP", {"token_type": "DPoP"}) == told("DPoP", {"token_type": "dpop"}) == told("DPoP", None) == []
    assert told("DPoP", {}) == [("MFA210", "nothing")]
    assert told("DPoP", {"token_type": "Bearer"}) == [("MFA211", "'Bearer'")]
    assert told("Bearer", {"token_type": "DPoP"}) == [("MFA211", "'DPoP'")]


def test_unbound_tokens_may_be_refused() -> None:
    """By a client that sent a proof: it is not told that it lost a success."""
    unbound = sent(proof(), body={"token_type": "Bearer"})
    refused = CallOutcome(error=AuthError("unbound"))
    assert declines(VERIFY, [unbound], refused)
    assert not declines(VERIFY, [unbound], CallOutcome({}))
    assert not declines(VERIFY, [sent(proof(), body={"token_type": "DPoP"})], refused)
    assert not declines(VERIFY, [sent(None, body={"token_type": "Bearer"})], refused)
    assert not declines(VERIFY, [], refused)
