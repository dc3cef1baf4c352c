"""The checks of proofs of possession (RFC 9449, "DPoP"). They hold for every client that sends one; whether a client
has to, says its contract class."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from typing import Final

from pytest_auth0_mfa.contract.client.asked import JSON_NAMES, Asked, Context, Flaw, Found, absent, described
from pytest_auth0_mfa.contract.client.calling import CallOutcome
from pytest_auth0_mfa.contract.client.recording import PROOF_REFUSALS, Seen
from pytest_auth0_mfa.contract.client.troubles import UNANSWERED
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.tenant import dpop
from pytest_auth0_mfa.tenant.dpop import PossessionProof
from pytest_auth0_mfa.tenant.jose import ALGORITHM, COORDINATE, TYPE, hashed
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import binding_of_refresh_token

from .sequence import by_operation

MFA_GRANTS: Final = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "k")
"""The members of a JWK that only its owner may know."""
_SIGNATURE: Final = 64
"""The bytes of a signature with ES256: RFC 7518, section 3.4."""
_STANDS_STILL: Final = 5.0
"""Seconds after which no proof has the same time as another."""
_DEMANDS_MET: Final = 5
"""How many demands for a nonce in a row a client may meet. RFC 9449 knows of one; a nonce may have grown old by the
time it is used, or be known to one of several servers only."""


def _text_of(request: Seen) -> str | None:
    return request.request.headers.get("dpop")


def proof_of(request: Seen) -> PossessionProof | None:
    """The proof that a request carries, if it carries one that can be read."""
    text = _text_of(request)
    return None if text is None else dpop.read(text)


def _is_read(request: Seen) -> bool:
    """Whether the tenant looks at a proof of this request: beside a Bearer token, for instance, it does not."""
    row = OPERATIONS[request.operation]
    scheme = request.request.headers.get("authorization", "").partition(" ")[0].lower()
    return row.grant_type is not None or (row.auth == "bearer" and scheme == "dpop")


def _bound_to(c: Context) -> str | None:
    """The thumbprint of the key that the token of this request is bound to."""
    if c.seen.operation == "refresh-token":
        kept = c.tenant.tokens.refresh.get(str(c.params.get("refresh_token")))
        if kept is None or kept.client_id not in c.tenant.applications:
            return None
        return binding_of_refresh_token(c.tenant, c.tenant.applications[kept.client_id], kept)
    if OPERATIONS[c.seen.operation].auth == "bearer":
        access = c.tenant.tokens.access.get(c.authorization()[1])
        return access.jkt if access is not None else None
    return None


# -- one request -----------------------------------------------------------------------------------


def scheme(c: Context) -> Iterator[Found]:
    """MFA136: a bound token is sent as DPoP, and any other as Bearer."""
    name, token = c.authorization()
    if OPERATIONS[c.seen.operation].auth != "bearer" or c.owner(token) is None:
        return
    if name == "bearer" and _bound_to(c) is not None:
        yield "Authorization", "DPoP and the token, which is bound to a key", "Bearer and the token"
    elif name == "dpop" and _bound_to(c) is None:
        yield "Authorization", "Bearer and the token, which is not bound to a key", "DPoP and the token"


def missing(c: Context) -> Iterator[Found]:
    """MFA133: what binds tokens, or uses bound ones, carries a proof."""
    if _text_of(c.seen) is not None:
        return
    if c.seen.operation in MFA_GRANTS and c.dpop:
        yield "DPoP", "a proof, since dpop = True", "no header DPoP"
    elif _is_read(c.seen) and _bound_to(c) is not None:
        yield "DPoP", "a proof with the key that the token is bound to", "no header DPoP"


def private_key(c: Context) -> Iterator[Found]:
    """MFA407: the key in a proof is the public one."""
    proof = proof_of(c.seen)
    jwk = proof.header.get("jwk") if proof is not None else None
    sent = [name for name in _PRIVATE if isinstance(jwk, dict) and name in jwk]
    if sent:
        yield "DPoP.jwk", "the public key: kty, crv, x and y", f"the private key too: {', '.join(sent)}"


def wrong(c: Context) -> Iterator[Found]:
    """MFA134: a proof is for this call, and signed by the key that it names."""
    text = _text_of(c.seen)
    if text is None or not _is_read(c.seen):
        return
    proof = dpop.read(text)
    if proof is None:
        yield "DPoP", "one proof: a signed JWT", "two" if "," in text else described(text)
        return
    for name, right in (("typ", TYPE), ("alg", ALGORITHM)):
        if proof.header.get(name) != right:
            yield f"DPoP.{name}", repr(right), c.shown(proof.header.get(name), right)
    if not proof.jkt:
        yield "DPoP.jwk", "an EC key with kty, crv P-256, x and y of 32 bytes each", _other_key(proof.header.get("jwk"))
    elif proof.header.get("alg") == ALGORITHM and not c.tenant.signer.proven(text, proof.header["jwk"]):
        yield "DPoP", "a signature with the key in jwk", _other_signature(text)
    yield from _claims(c, proof)
    bound_to = _bound_to(c)
    if bound_to is not None and proof.jkt not in ("", bound_to):
        yield "DPoP.jwk", "the key that the token is bound to", "another key"


def _claims(c: Context, proof: PossessionProof) -> Iterator[Found]:
    claims, sent = proof.claims, c.seen.request
    if claims.get("htm") != sent.method:
        yield "DPoP.htm", repr(sent.method), c.shown(claims.get("htm"), sent.method)
    url = c.tenant.url + sent.path.partition("?")[0]
    htu = claims.get("htu")
    if not isinstance(htu, str) or not dpop.same_url(htu, url):
        yield (
            "DPoP.htu",
            f"the URL of the call: {c.tenant.url}{OPERATIONS[c.seen.operation].path}",
            _other_url(htu, url),
        )
    elif "?" in htu or "#" in htu:  # the tenant overlooks it, as Auth0's libraries do: others need not
        yield "DPoP.htu", "the URL of the call, without query and fragment", "a URL with one"
    wait = _away(c, claims.get("iat"))
    if wait:
        yield "DPoP.iat", "the time of the call, in seconds since 1970", wait
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        yield "DPoP.jti", "a string that no other proof has", _kind(claims.get("jti"))
    token = c.authorization()[1]  # an unknown one is another finding's matter
    if token in c.tenant.tokens.access and claims.get("ath") != hashed(token):
        yield "DPoP.ath", "the SHA-256 of the access token, in base64url without padding", _kind(claims.get("ath"))


def _other_key(jwk: Json) -> str:
    if not isinstance(jwk, dict):
        return _kind(jwk)
    for name, right in (("kty", "EC"), ("crv", "P-256")):
        if jwk.get(name) != right:
            return f"another {name}"
    for name in ("x", "y"):
        value = jwk.get(name)
        if not isinstance(value, str):
            return f"{_kind(value)} as {name}"
        if (length := _bytes_in(value)) != COORDINATE:
            return f"{length} bytes as {name}{': its leading zeros belong to it' if length < COORDINATE else ''}"
    return "x or y that are not in base64url without padding"


def _bytes_in(text: str) -> int:
    """The number of bytes that a text in base64url holds."""
    return len(text.rstrip("=")) * 3 // 4


def _other_signature(text: str) -> str:
    length = _bytes_in(text.rpartition(".")[2])
    return "another one" if length == _SIGNATURE else f"another one, of {length} bytes instead of {_SIGNATURE}"


def _other_url(htu: Json, url: str) -> str:
    if not isinstance(htu, str):
        return described(htu)
    if htu.split("://")[0].lower() != "https":
        return "a URL without https"
    return "another host" if htu.split("/")[2:3] != url.split("/")[2:3] else "another path"


def _away(c: Context, iat: Json) -> str:
    """How far the time in a proof is from now by the computer's clock, in words; empty if it is near enough.

    The tenant's clock may be elsewhere: it is moved while an example is played.
    """
    if isinstance(iat, bool) or not isinstance(iat, int | float) or not math.isfinite(iat):
        return _kind(iat)
    late = time.time() - iat
    if -dpop.FUTURE <= late <= c.tenant.profile.dpop_proof_lifetime:
        return ""
    if iat > 100 * time.time():
        return "a number of milliseconds, as it seems"
    return f"{abs(late):.0f} s {'earlier' if late > 0 else 'later'}"


def _kind(value: Json) -> str:
    if absent(value):
        return "nothing"
    return f"another {JSON_NAMES.get(type(value), 'string')}"


# -- all requests of an example --------------------------------------------------------------------


@dataclass(slots=True)
class KnownProofs:
    """The proofs of an example so far, and the nonces that the tenant answered."""

    tenant: Tenant
    dated: dict[float, float] = field(default_factory=dict)
    """``iat`` -> when the first proof with it came, in this example or in one before it; both in epoch seconds."""
    _used: set[tuple[str, str]] = field(default_factory=set)
    """Key and jti."""
    _nonces: dict[tuple[str, str], str] = field(default_factory=dict)
    """Operation and key -> the newest nonce."""

    def faults(self, seen: Sequence[Seen]) -> Iterator[Flaw]:
        """The faults in the requests of one call together."""
        for request in seen:
            proof = proof_of(request)
            if proof is not None and _is_read(request):
                yield from self._twice(request, proof)
                yield from self._standing_still(request, proof)
                yield from self._forgotten(request, proof)
        for same in by_operation(seen):
            yield from _given_up(same)
            yield from _unmet(same)

    def _twice(self, request: Seen, proof: PossessionProof) -> Iterator[Flaw]:
        """MFA135: no proof is used twice. One that no answer came to may be sent again, as a library may do by
        itself."""
        jti = proof.claims.get("jti")
        if not isinstance(jti, str) or not jti:
            return
        if (proof.jkt, jti) in self._used:
            yield Flaw("MFA135", "DPoP.jti", "a jti of its own in each proof", "a used one again", request.operation)
        if request.trouble not in UNANSWERED:
            self._used.add((proof.jkt, jti))

    def _standing_still(self, request: Seen, proof: PossessionProof) -> Iterator[Flaw]:
        """MFA134: time goes on from proof to proof. A client that reads its clock once is right for a minute."""
        iat = proof.claims.get("iat")
        if isinstance(iat, int | float) and math.isfinite(iat):
            ago = time.time() - self.dated.setdefault(iat, time.time())
            if ago > _STANDS_STILL:
                told = f"the same as in a proof of {ago:.0f} s ago"
                yield Flaw("MFA134", "DPoP.iat", "the time of the call, in seconds since 1970", told, request.operation)

    def _forgotten(self, request: Seen, proof: PossessionProof) -> Iterator[Flaw]:
        """MFA243: a nonce that is known and good is in the proof."""
        place = request.operation, proof.jkt
        known = self._nonces.get(place)
        missed = request.demands_nonce and known not in (None, proof.claims.get("nonce"))
        if missed and dpop.is_good_nonce(self.tenant, known):
            yield Flaw("MFA243", "DPoP.nonce", "the nonce of an earlier answer", "none", request.operation)
        answered = request.response.headers.get("dpop-nonce")
        if answered and request.trouble is None:
            self._nonces[place] = answered


def _given_up(same: Sequence[Seen]) -> Iterator[Flaw]:
    """MFA133: a call whose proof was refused is not made without one, which would yield tokens that anybody can use."""
    for request, another in pairwise(same):
        refused = request.demands_nonce or request.refusal_id in PROOF_REFUSALS
        if refused and _text_of(request) is not None and _text_of(another) is None:
            yield Flaw("MFA133", "DPoP", "a proof, as the call before had", "no header DPoP", request.operation)


def _unmet(same: Sequence[Seen]) -> Iterator[Flaw]:
    """MFA242: after a demand for a nonce the call is made once more, with it. If that is answered with another demand,
    a client may stop or go on, but not for ever."""
    in_a_row = 0
    for request, another in zip_longest(same, same[1:]):
        in_a_row = in_a_row + 1 if request.demands_nonce else 0
        if not in_a_row:
            continue
        if in_a_row > _DEMANDS_MET:
            told = f"more than {_DEMANDS_MET} attempts"
            yield Flaw("MFA242", "requests", "the same call once more, then AuthError", told, request.operation)
            return
        if another is None:
            if in_a_row == 1:
                yield Flaw("MFA242", "requests", "the same call with the nonce", "no other call", request.operation)
            return
        proof = proof_of(another)
        nonce = proof.claims.get("nonce") if proof is not None else None
        if nonce != request.response.headers.get("dpop-nonce"):
            told = "nothing" if absent(nonce) else "another one"
            yield Flaw("MFA242", "DPoP.nonce", "the nonce of the header DPoP-Nonce", told, request.operation)
        if part := _changed(request, another):
            told = f"another call: its {part} changed"
            yield Flaw("MFA242", "requests", "the same call with the nonce", told, request.operation)


def _changed(request: Seen, another: Seen) -> str:
    """The part in which two calls for one operation differ; ``""`` if none. A signed assertion is new each time."""
    one, two = request.request, another.request
    if one.method != two.method:
        return "method"
    if (path := one.path.partition("?"))[0] != (again := two.path.partition("?"))[0]:
        return "path"
    if path[2] != again[2]:
        return "query"
    sent, repeated = (
        {name: value for name, value in each.body.params.items() if name != "client_assertion"}
        for each in (request, another)
    )
    return "body" if sent != repeated else ""


# -- the end of a call -----------------------------------------------------------------------------


def declines(asked: Asked, seen: Sequence[Seen], outcome: CallOutcome) -> bool:
    """Whether the client asked for bound tokens, got others, and refused them: RFC 9449, section 5, lets it."""
    last = next((request for request in reversed(seen) if request.operation in asked.operations), None)
    if last is None or outcome.error is None or _text_of(last) is None:
        return False
    return _type_of(last) == "bearer"


def token_type(asked: Asked, seen: Sequence[Seen], outcome: CallOutcome) -> Iterator[Flaw]:
    """MFA210, MFA211: the caller learns whether its tokens are bound."""
    last = next((request for request in reversed(seen) if request.operation in asked.operations), None)
    expected = _type_of(last) if last is not None else None
    if last is None or expected is None or not isinstance(outcome.value, Mapping):
        return
    actual = outcome.value.get("token_type")
    if absent(actual):
        yield Flaw("MFA210", "token_type", "what the tenant answered", "nothing", last.operation)
    elif not isinstance(actual, str) or actual.lower() != expected:
        told = repr(actual) if actual in ("DPoP", "Bearer") else described(actual)
        yield Flaw("MFA211", "token_type", "what the tenant answered", told, last.operation)


def _type_of(request: Seen) -> str | None:
    """The ``token_type`` of a grant's answer, in small letters."""
    if OPERATIONS[request.operation].grant_type is None or not request.granted:
        return None
    body: Json = request.response.json()
    answered = body.get("token_type") if isinstance(body, dict) else None
    return answered.lower() if isinstance(answered, str) else None
