"""Tenants that bind tokens to keys wrongly, or look at proofs of possession too little.

Most are judged as a consumer's fake is. Those that break only what is guessed are held to it, as our own fake is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import jwt

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.contract.tenant.proofs import key
from pytest_auth0_mfa.tenant import dpop, tokens
from pytest_auth0_mfa.tenant.dpop import PossessionProof
from pytest_auth0_mfa.tenant.jose import decoded, hashed, thumbprint

from .breaking import (
    Break,
    after,
    answering,
    around,
    bearer_of,
    body_of,
    error_of,
    operation_of,
    sent,
    with_body,
)
from .breaking import broken as registered
from .right import Instead, claims, replacing

broken = partial(registered, guesses_bind=False)
held_to_guesses = partial(registered, guesses_bind=True)

VERIFIES = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
FIRST = ("password", "password-realm", "passwordless-otp", "client-credentials")
GRANTS = (*FIRST, *VERIFIES, "refresh-token")
MANAGES = ("associate", "list-authenticators", "delete-authenticator")
OF_ME = (
    *("me-factors", "me-list-methods", "me-create-method", "me-verify-method", "me-get-method"),
    *("me-update-method", "me-delete-method"),
)
RESOURCES = ("userinfo", *MANAGES, *OF_ME)
ANYWHERE = (*GRANTS, *RESOURCES)


def without_proof(request: Request) -> Request:
    """The request without the header DPoP."""
    kept = {name: value for name, value in request.headers.items() if name.lower() != "dpop"}
    return replace(request, headers=kept)


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with another header."""
    kept = {known: given for known, given in request.headers.items() if known.lower() != name}
    return replace(request, headers={**kept, name: value})


def during(operations: tuple[str, ...], changed: Callable[[Tenant, Request], Any]) -> Break:
    """Perform these operations within a context manager."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if operation_of(request) not in operations:
                return handler(request)
            with changed(tenant, request):
                return handler(request)

        return handle

    return wrap


def changing(change: Callable[[Tenant, Request], Request], *operations: str) -> Break:
    """Change the requests of these operations."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        return lambda request: handler(change(tenant, request) if operation_of(request) in operations else request)

    return wrap


def instead(name: str, make: Callable[[Any], Any], *operations: str) -> Break:
    """Perform these operations with another function of this name in `tenant.dpop`; ``make`` makes it of the first."""
    return during(operations, lambda tenant, request: patch.object(dpop, name, make(getattr(dpop, name))))


# -- what is not looked at

Judged = Callable[[PossessionProof, str, str], PossessionProof]


def judging(change: Judged) -> Callable[[Any], Any]:
    """Judge a proof after it was changed. ``change``: given proof, method and URL."""

    def make(real: Any) -> Any:
        def fault_of(tenant: Any, proof: Any, *, method: str, urls: Any, access_token: str | None = None) -> Any:
            if proof is not None:
                proof = change(proof, method, urls[0])
            return real(tenant, proof, method=method, urls=urls, access_token=access_token)

        return fault_of

    return make


def claiming(**values: Any) -> Judged:
    """Other claims: values, or functions of claim, method and URL."""

    def change(proof: PossessionProof, method: str, url: str) -> PossessionProof:
        made = {
            name: value(proof.claims.get(name), method, url) if callable(value) else value
            for name, value in values.items()
        }
        return replace(proof, claims={**proof.claims, **made})

    return change


def _url(part: int) -> Callable[[Any, str, str], Any]:
    """The URL with one part of its own: 0 the scheme, 1 the host."""

    def change(given: Any, method: str, url: str) -> Any:
        if not isinstance(given, str):
            return given
        mine, right = list(urlsplit(given)), urlsplit(url)
        mine[part] = right[part]
        return f"{mine[0]}://{mine[1]}{mine[2]}"

    return change


def _beginning(given: Any, method: str, url: str) -> Any:
    return url if isinstance(given, str) and given.startswith(url) else given


def _caseless(given: Any, method: str, url: str) -> Any:
    return given.upper() if isinstance(given, str) else given


def _no_slash(given: Any, method: str, url: str) -> Any:
    return given.rstrip("/") if isinstance(given, str) else given


_UNCHECKED: dict[str, Judged] = {
    "typ": lambda proof, method, url: replace(proof, header={**proof.header, "typ": "dpop+jwt"}),
    "htm": claiming(htm=lambda given, method, url: method),
    "htm-if-there-is-none": claiming(htm=lambda given, method, url: method if given is None else given),
    "htu": claiming(htu=lambda given, method, url: url),
    "htu-if-there-is-none": claiming(htu=lambda given, method, url: url if given is None else given),
    "htu-host": claiming(htu=_url(1)),
    "htu-scheme": claiming(htu=_url(0)),
    "htu-beyond-its-beginning": claiming(htu=_beginning),
    "htu-slash": claiming(htu=_no_slash),
}
for _name, _judged in _UNCHECKED.items():
    broken(f"dpop-{_name}-not-checked", *ANYWHERE)(instead("fault_of", judging(_judged), *ANYWHERE))
held_to_guesses("dpop-htm-in-any-case", *ANYWHERE)(instead("fault_of", judging(claiming(htm=_caseless)), *ANYWHERE))
for _operation in ("password", "mfa-oob", "refresh-token", "userinfo", "associate"):
    _only_there = judging(_UNCHECKED["htu"])
    broken(f"dpop-htu-not-checked-at-{_operation}", _operation)(instead("fault_of", _only_there, _operation))


def _at_any_time(keep: Callable[[float, float], bool]) -> Callable[[Any], Any]:
    """The time of a proof is not looked at unless it is to be kept: given `iat` and now."""

    def make(real: Any) -> Any:
        def fault_of(tenant: Any, proof: Any, **more: Any) -> Any:
            at, now = (proof.claims.get("iat") if proof else None), tenant.clock.now()
            if isinstance(at, int | float) and not isinstance(at, bool) and not keep(at, now):
                proof = replace(proof, claims={**proof.claims, "iat": now})
            return real(tenant, proof, **more)

        return fault_of

    return make


broken("dpop-age-not-checked", *ANYWHERE)(instead("fault_of", _at_any_time(lambda at, now: at > now), *ANYWHERE))
broken("dpop-future-not-checked", *ANYWHERE)(instead("fault_of", _at_any_time(lambda at, now: at <= now), *ANYWHERE))
broken("dpop-two-hours-ahead", *ANYWHERE)(
    instead("fault_of", _at_any_time(lambda at, now: not now < at <= now + 7200), *ANYWHERE)
)


def _now_without(real: Any) -> Any:
    def fault_of(tenant: Any, proof: Any, **more: Any) -> Any:
        if proof is not None and "iat" not in proof.claims:
            proof = replace(proof, claims={**proof.claims, "iat": tenant.clock.now()})
        return real(tenant, proof, **more)

    return fault_of


def _lasting(real: Any) -> Any:
    """The `iat` of such a proof is needed to remember it."""

    def remember(tenant: Any, proof: Any) -> Any:
        given = {"iat": tenant.clock.now(), "jti": tenant.entropy.transaction()}
        return real(tenant, replace(proof, claims={**given, **proof.claims}))

    return remember


def both(*breaks: Break) -> Break:
    """One after the other."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        for one in breaks:
            handler = one(tenant, handler)
        return handler

    return wrap


broken("dpop-iat-optional", *ANYWHERE)(
    both(instead("fault_of", _now_without, *ANYWHERE), instead("remember", _lasting, *ANYWHERE))
)
broken("dpop-jti-optional", *ANYWHERE)(
    both(
        instead(
            "fault_of", judging(claiming(jti=lambda given, method, url: "x" if given is None else given)), *ANYWHERE
        ),
        instead("remember", _lasting, *ANYWHERE),
    )
)
broken("dpop-jti-not-kept", *ANYWHERE)(instead("remember", lambda real: lambda tenant, proof: True, *ANYWHERE))
for _operation in ("mfa-otp", "refresh-token", "userinfo", "list-authenticators", "me-list-methods"):
    _forgetting: Callable[[Any], Any] = lambda real: lambda tenant, proof: True  # noqa: E731
    broken(f"dpop-jti-not-kept-at-{_operation}", _operation)(instead("remember", _forgetting, _operation))


def _by_text(real: Any) -> Any:
    """The whole proof is remembered instead of its `jti`: another one with the same works."""

    def remember(tenant: Any, proof: Any) -> bool:
        return bool(real(tenant, replace(proof, claims={**proof.claims, "jti": proof.text})))

    return remember


broken("dpop-proofs-kept-instead-of-their-jti", *ANYWHERE)(instead("remember", _by_text, *ANYWHERE))


class _Trusting(Instead):
    """A signer that finds every proof right."""

    def proven(self, proof: str, jwk: dict[str, Any]) -> bool:
        return True


broken("dpop-signature-not-checked", *ANYWHERE)(replacing("signer", _Trusting))


class _Unsigned(Instead):
    """A signer that takes a proof without any signature."""

    def proven(self, proof: str, jwk: dict[str, Any]) -> bool:
        return proof.endswith(".") or bool(self._inner.proven(proof, jwk))


def _by_its_alg(proof: PossessionProof, method: str, url: str) -> PossessionProof:
    if proof.header.get("alg") != "none":
        return proof
    return replace(proof, header={**proof.header, "alg": "ES256"})


broken("dpop-alg-none", *ANYWHERE)(
    both(instead("fault_of", judging(_by_its_alg), *ANYWHERE), replacing("signer", _Unsigned))
)
broken("dpop-signature-optional", *ANYWHERE)(replacing("signer", _Unsigned))


def _symmetric(real: Any) -> Any:
    """A secret that the proof itself tells is taken for a key."""

    def read(text: str) -> Any:
        proof = real(text)
        if proof is None or proof.header.get("alg") != "HS256":
            return proof
        return replace(proof, header={**proof.header, "alg": "ES256"}, jkt=key("ada").jkt)

    return read


class _AnySecret(Instead):
    def proven(self, proof: str, jwk: dict[str, Any]) -> bool:
        return jwk.get("kty") == "oct" or bool(self._inner.proven(proof, jwk))


broken("dpop-alg-HS256", *ANYWHERE)(both(instead("read", _symmetric, *ANYWHERE), replacing("signer", _AnySecret)))


class _AnyAlgorithm(Instead):
    """A signer that checks the signature, whatever algorithm the header names."""

    def proven(self, proof: str, jwk: dict[str, Any]) -> bool:
        signed, _, signature = proof.rpartition(".")
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        return bool(algorithm.verify(signed.encode(), jwt.PyJWK(jwk, "ES256").key, decoded(signature) or b""))


def _any_algorithm(proof: PossessionProof, method: str, url: str) -> PossessionProof:
    return replace(proof, header={**proof.header, "alg": "ES256"})


broken("dpop-alg-not-checked", *ANYWHERE)(
    both(instead("fault_of", judging(_any_algorithm), *ANYWHERE), replacing("signer", _AnyAlgorithm))
)


def _public_part(real: Any) -> Any:
    def read(text: str) -> Any:
        proof = real(text)
        jwk = proof.header.get("jwk") if proof else None
        if not isinstance(jwk, dict) or "d" not in jwk:
            return proof
        public = {name: value for name, value in jwk.items() if name != "d"}
        return replace(proof, header={**proof.header, "jwk": public}, jkt=thumbprint(public))

    return read


broken("dpop-private-jwk-accepted", *ANYWHERE)(instead("read", _public_part, *ANYWHERE))


def _first_of_two(tenant: Tenant, request: Request) -> Request:
    proofs = request.headers.get("dpop")
    return request if proofs is None else with_header(request, "dpop", proofs.partition(",")[0].strip())


broken("dpop-two-proofs-accepted", *ANYWHERE)(changing(_first_of_two, *ANYWHERE))


def _last_of_two(tenant: Tenant, request: Request) -> Request:
    proofs = request.headers.get("dpop")
    return request if proofs is None else with_header(request, "dpop", proofs.rpartition(",")[2].strip())


broken("dpop-last-of-two-proofs-counts", *ANYWHERE)(changing(_last_of_two, *ANYWHERE))


def _without_token(real: Any) -> Any:
    return lambda tenant, proof, *, access_token=None, **more: real(tenant, proof, **more)


broken("dpop-ath-not-checked", *RESOURCES)(instead("fault_of", _without_token, *RESOURCES))
for _operation in ("userinfo", "associate", "delete-authenticator", "me-create-method"):
    broken(f"dpop-ath-not-checked-at-{_operation}", _operation)(instead("fault_of", _without_token, _operation))


def _ath_if_there(real: Any) -> Any:
    def fault_of(tenant: Any, proof: Any, *, access_token: str | None = None, **more: Any) -> Any:
        there = proof is None or "ath" in proof.claims
        return real(tenant, proof, access_token=access_token if there else None, **more)

    return fault_of


broken("dpop-ath-optional", *RESOURCES)(instead("fault_of", _ath_if_there, *RESOURCES))


def _in_hex_too(real: Any) -> Any:
    def fault_of(tenant: Any, proof: Any, *, access_token: str | None = None, **more: Any) -> Any:
        given = str(proof.claims.get("ath")) if proof else ""
        hexadecimal = len(given) == 64
        return real(tenant, proof, access_token=None if hexadecimal else access_token, **more)

    return fault_of


broken("dpop-ath-in-hex-accepted", *RESOURCES)(instead("fault_of", _in_hex_too, *RESOURCES))


def _none_at_all(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """Where the scheme is DPoP, the proof is not needed, nor is it looked at."""
    access = tenant.tokens.access.get(bearer_of(request))
    if access is None or access.jkt is None or not request.headers.get("authorization", "").lower().startswith("dpop"):
        return handler(request)
    with unbound(tenant, request):
        return handler(with_header(without_proof(request), "authorization", f"Bearer {access.token}"))


@contextmanager
def unbound(tenant: Tenant, request: Request) -> Iterator[None]:
    """The access token of a request is bound to no key for a while."""
    access = tenant.tokens.access.get(bearer_of(request))
    if access is None:
        yield
        return
    kept, access.jkt = access.jkt, None
    try:
        yield
    finally:
        access.jkt = kept


for _operation in ("userinfo", "list-authenticators", "delete-authenticator", "me-list-methods", "me-update-method"):
    broken(f"dpop-proof-not-looked-at-at-{_operation}", _operation)(around(_operation, _none_at_all))

# -- what is bound


def _unproven(tenant: Tenant, request: Request) -> Request:
    return without_proof(request)


for _operation in GRANTS:
    broken(f"dpop-ignored-at-{_operation}", _operation)(changing(_unproven, _operation))


def _any_key(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """A token of the type DPoP, which any key may use."""
    access = tenant.tokens.access.get(bearer_of(request))
    proof = dpop.read(request.headers.get("dpop", ""))
    if access is None or access.jkt is None or proof is None or not proof.jkt:
        return handler(request)
    kept, access.jkt = access.jkt, proof.jkt
    try:
        return handler(request)
    finally:
        access.jkt = kept


def _no_binding(held: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if name != "cnf"}


broken("dpop-type-without-binding", *GRANTS, *RESOURCES)(
    both(claims(_no_binding), *(around(operation, _any_key) for operation in RESOURCES))
)
broken("dpop-binding-not-told", *GRANTS)(claims(_no_binding))
broken("dpop-cnf-of-another-key", *GRANTS)(
    claims(lambda held: {**held, "cnf": {"jkt": key("mallory").jkt}} if "cnf" in held else held)
)
broken("dpop-cnf-as-a-text", *GRANTS)(
    claims(lambda held: {**held, "cnf": held["cnf"]["jkt"]} if "cnf" in held else held)
)
broken("dpop-jkt-beside-cnf", *GRANTS)(
    claims(lambda held: {**_no_binding(held), "jkt": held["cnf"]["jkt"]} if "cnf" in held else held)
)
broken("dpop-jkt-in-hex", *GRANTS)(
    claims(lambda held: {**held, "cnf": {"jkt": (decoded(held["cnf"]["jkt"]) or b"").hex()}} if "cnf" in held else held)
)
broken("dpop-first-key-for-all", *GRANTS)(
    claims(lambda held: {**held, "cnf": {"jkt": key("ada").jkt}} if "cnf" in held else held)
)


def _always(body: dict[str, Any]) -> None:
    body["token_type"] = "DPoP"


def _never(body: dict[str, Any]) -> None:
    body["token_type"] = "Bearer"


for _operation in ("mfa-otp", "refresh-token"):
    broken(f"dpop-for-everybody-at-{_operation}", _operation)(body_of(_operation, _always))
    broken(f"dpop-bound-tokens-as-bearer-at-{_operation}", _operation)(body_of(_operation, _never))


def _typed_demand(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        response = handler(request)
        if "dpop" not in request.headers or response.status != 403:
            return response
        body = response.json()
        return with_body(response, {**body, "token_type": "DPoP"}) if body.get("error") == "mfa_required" else response

    return handle


broken("dpop-mfa-required-is-dpop", *GRANTS)(_typed_demand)


def _by_first_proof(tenant: Tenant, handler: Handler) -> Handler:
    """The key of the login counts, not that of the verification."""
    keys: dict[str, str] = {}

    def handle(request: Request) -> Response:
        proof = dpop.read(request.headers.get("dpop", ""))
        response = handler(request)
        operation = operation_of(request)
        if response.status == 403 and proof is not None and "mfa_token" in (body := response.json()):
            keys[body["mfa_token"]] = proof.jkt
        jkt = keys.get(str(sent(request).get("mfa_token")))
        if operation not in VERIFIES or response.status != 200 or jkt is None or proof is not None:
            return response
        body = response.json()
        tenant.tokens.access[body["access_token"]].jkt = jkt
        return with_body(response, {**body, "token_type": "DPoP"})

    return handle


broken("dpop-key-of-the-login-counts", *VERIFIES)(_by_first_proof)


def _refuse_all(real: Any) -> Any:
    return lambda tenant, proof, **more: "no proof is right"


broken("dpop-refused", *GRANTS)(instead("fault_of", _refuse_all, *GRANTS))
broken("dpop-refused-at-resources", *RESOURCES)(instead("fault_of", _refuse_all, *RESOURCES))


def _whole_seconds(real: Any) -> Any:
    def fault_of(tenant: Any, proof: Any, **more: Any) -> Any:
        fraction = proof is not None and isinstance(proof.claims.get("iat"), float)
        return "not a whole number" if fraction else real(tenant, proof, **more)

    return fault_of


def _four_members(real: Any) -> Any:
    def fault_of(tenant: Any, proof: Any, **more: Any) -> Any:
        jwk = proof.header.get("jwk") if proof is not None else None
        more_members = isinstance(jwk, dict) and len(jwk) > 4 and "d" not in jwk
        return "a member too many" if more_members else real(tenant, proof, **more)

    return fault_of


broken("dpop-fractions-refused", *ANYWHERE)(instead("fault_of", _whole_seconds, *ANYWHERE))
broken("dpop-kid-refused", *ANYWHERE)(instead("fault_of", _four_members, *ANYWHERE))


def _thumbprint_of_all(real: Any) -> Any:
    """The thumbprint is that of all members of the key, and in the order in which they came."""

    def read(text: str) -> Any:
        proof = real(text)
        if proof is None or not proof.jkt:
            return proof
        return replace(proof, jkt=hashed(json.dumps(proof.header["jwk"], separators=(",", ":"))))

    return read


broken("dpop-thumbprint-in-the-order-of-the-key", *ANYWHERE)(instead("read", _thumbprint_of_all, *ANYWHERE))

# -- nonces

broken("dpop-nonce-never-asked", *GRANTS)(instead("is_good_nonce", lambda real: lambda tenant, nonce: True, *GRANTS))
broken("dpop-nonce-not-compared", *GRANTS)(
    instead("is_good_nonce", lambda real: lambda tenant, nonce: isinstance(nonce, str), *GRANTS)
)
broken("dpop-nonce-of-yesterday", *GRANTS)(
    instead("is_good_nonce", lambda real: lambda tenant, nonce: nonce in tenant.tokens.nonces, *GRANTS)
)
broken("dpop-nonce-begins-right", *GRANTS)(
    instead(
        "is_good_nonce",
        lambda real: (
            lambda tenant, nonce: any(
                isinstance(nonce, str) and nonce and known.startswith(nonce[:8]) and real(tenant, known)
                for known in tenant.tokens.nonces
            )
        ),
        *GRANTS,
    )
)
broken("dpop-nonce-never-right", *GRANTS)(instead("is_good_nonce", lambda real: lambda tenant, nonce: False, *GRANTS))


def _unnamed(response: Response) -> Response:
    kept = {name: value for name, value in response.headers.items() if name.lower() != "dpop-nonce"}
    return replace(response, headers=kept)


def _unnamed_at(operation: str) -> Break:
    return answering(operation, _unnamed, granted=False)


broken("dpop-nonce-without-header", *GRANTS)(both(*(_unnamed_at(operation) for operation in GRANTS)))
broken("dpop-nonce-without-header-at-resources", *RESOURCES, dpop_nonce_at_resources=True)(
    both(*(_unnamed_at(operation) for operation in RESOURCES))
)
broken("dpop-nonce-never-asked-at-resources", *RESOURCES, dpop_nonce_at_resources=True)(
    instead("is_good_nonce", lambda real: lambda tenant, nonce: True, *RESOURCES)
)
broken("dpop-nonce-not-compared-at-resources", *RESOURCES, dpop_nonce_at_resources=True)(
    instead("is_good_nonce", lambda real: lambda tenant, nonce: isinstance(nonce, str), *RESOURCES)
)


def _spent(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status == 400 and response.json().get("error") == "use_dpop_nonce":
        handler(without_proof(request))
    return response


for _operation in (*VERIFIES, "passwordless-otp"):
    broken(f"dpop-nonce-uses-up-the-code-at-{_operation}", _operation)(around(_operation, _spent))


def _spent_by_a_fault(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status == 400 and response.json().get("error") == "invalid_dpop_proof":
        handler(without_proof(request))
    return response


for _operation in VERIFIES:
    broken(f"dpop-wrong-proof-uses-up-the-code-at-{_operation}", _operation)(around(_operation, _spent_by_a_fault))


def _as_invalid(error: str, status: int, /, *operations: str, **more: Any) -> Break:
    return both(*(error_of(operation, error, status=status, **more) for operation in operations))


broken("dpop-bad-proof-is-401", *GRANTS)(_as_invalid("invalid_dpop_proof", 401, *GRANTS))
broken("dpop-bad-proof-is-403", *GRANTS)(_as_invalid("invalid_dpop_proof", 403, *GRANTS))
broken("dpop-error-is-invalid_request", *GRANTS)(
    _as_invalid("invalid_dpop_proof", 400, *GRANTS, error="invalid_request")
)
broken("dpop-nonce-error-is-invalid_dpop_proof", *GRANTS)(
    _as_invalid("use_dpop_nonce", 400, *GRANTS, error="invalid_dpop_proof")
)
broken("dpop-nonce-is-401", *GRANTS)(_as_invalid("use_dpop_nonce", 401, *GRANTS))
held_to_guesses("dpop-bad-proof-at-a-resource-is-403", *RESOURCES)(
    _as_invalid("invalid_dpop_proof", 403, "userinfo", *MANAGES)
)
broken("dpop-nonce-text-of-its-own", *GRANTS)(
    _as_invalid("use_dpop_nonce", 400, *GRANTS, error_description="a nonce is needed")
)

# -- at resources


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _if_bearer(tenant: Tenant, request: Request) -> Any:
    bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
    return unbound(tenant, request) if bearer else _nothing()


def _as_bearer(tenant: Tenant, request: Request) -> Request:
    access = tenant.tokens.access.get(bearer_of(request))
    if access is None or access.jkt is not None:
        return request
    return with_header(request, "authorization", f"Bearer {access.token}")


for _operation in RESOURCES:
    broken(f"dpop-bearer-takes-bound-{_operation}", _operation)(during((_operation,), _if_bearer))
    broken(f"dpop-scheme-takes-unbound-{_operation}", _operation)(changing(_as_bearer, _operation))
for _operation in RESOURCES:
    broken(f"dpop-other-key-at-{_operation}", _operation)(around(_operation, _any_key))


def _unchallenged(tenant: Tenant, request: Request, response: Response) -> Response:
    kept = {name: value for name, value in response.headers.items() if name.lower() != "www-authenticate"}
    return replace(response, headers=kept)


def _answers(change: Callable[[Tenant, Request, Response], Response]) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        return lambda request: change(tenant, request, handler(request))

    return wrap


held_to_guesses("dpop-no-challenge", *RESOURCES)(_answers(_unchallenged))
broken("dpop-no-challenge-with-a-nonce", *RESOURCES, dpop_nonce_at_resources=True)(_answers(_unchallenged))


def _of_another_error(tenant: Tenant, request: Request, response: Response) -> Response:
    told = response.headers.get("www-authenticate")
    if told is None:
        return response
    return replace(response, headers={**response.headers, "www-authenticate": told.replace('error="', 'reason="')})


held_to_guesses("dpop-challenge-without-an-error", *RESOURCES)(_answers(_of_another_error))


def _a_scheme_is_enough(tenant: Tenant, request: Request) -> Request:
    """Any scheme is taken for the right one."""
    access = tenant.tokens.access.get(bearer_of(request))
    if access is None or access.jkt is None:
        return request
    return with_header(request, "authorization", f"DPoP {access.token}")


broken("dpop-bearer-with-a-proof-is-enough", *RESOURCES)(changing(_a_scheme_is_enough, *RESOURCES))

# -- refresh tokens


@contextmanager
def _any_key_renews(tenant: Tenant, request: Request) -> Iterator[None]:
    kept = tenant.tokens.refresh.get(str(sent(request).get("refresh_token")))
    if kept is None:
        yield
        return
    jkt, kept.jkt = kept.jkt, None
    try:
        yield
    finally:
        kept.jkt = jkt


broken("dpop-refresh-with-any-key", "refresh-token")(during(("refresh-token",), _any_key_renews))


def _if_unproven(tenant: Tenant, request: Request) -> Any:
    return _nothing() if "dpop" in request.headers else _any_key_renews(tenant, request)


broken("dpop-refresh-without-a-proof", "refresh-token")(during(("refresh-token",), _if_unproven))


def _if_proven(tenant: Tenant, request: Request) -> Any:
    return _any_key_renews(tenant, request) if "dpop" in request.headers else _nothing()


broken("dpop-refresh-with-another-key", "refresh-token")(during(("refresh-token",), _if_proven))


def _loses(tenant: Tenant, request: Request, handler: Handler) -> Response:
    with _any_key_renews(tenant, request):
        return handler(without_proof(request))


broken("dpop-refresh-loses-the-binding", "refresh-token")(around("refresh-token", _loses))


def _free(tenant: Tenant, request: Request, response: Response) -> None:
    new = tenant.tokens.refresh.get(response.json().get("refresh_token", ""))
    if new is not None:
        new.jkt = None


broken("dpop-rotated-token-unbound", "refresh-token")(after("refresh-token", _free))
for _operation in ("mfa-otp", "password"):
    broken(f"dpop-refresh-token-unbound-at-{_operation}", "refresh-token")(after(_operation, _free))


def _bind_all(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        with patch.object(tokens, "binding_of_refresh_token", lambda tenant, application, kept: kept.jkt):
            return handler(request)

    return handle


broken("dpop-refresh-tokens-of-confidential-applications-bound", *GRANTS)(_bind_all)


def _old_one_is_bound(tenant: Tenant, request: Request, response: Response) -> None:
    """A refresh token of before is bound by the first proof that comes with it."""
    kept = tenant.tokens.refresh.get(str(sent(request).get("refresh_token")))
    proof = dpop.read(request.headers.get("dpop", ""))
    if kept is not None and proof is not None:
        kept.jkt = proof.jkt


broken("dpop-refresh-token-of-before-bound", "refresh-token")(after("refresh-token", _old_one_is_bound))


def _key_of_the_login(tenant: Tenant, handler: Handler) -> Handler:
    """Renewed tokens are bound to the key of the login, whichever proof comes with the renewal."""
    keys: dict[str, str] = {}

    def handle(request: Request) -> Response:
        response = handler(request)
        if response.status != 200 or operation_of(request) not in GRANTS:
            return response
        body = response.json()
        access = tenant.tokens.access[body["access_token"]]
        old = keys.get(str(sent(request).get("refresh_token")))
        if operation_of(request) == "refresh-token" and old is not None and access.jkt is not None:
            access.jkt = old
        if access.jkt is not None and "refresh_token" in body:
            keys.setdefault(body["refresh_token"], access.jkt)
        return response

    return handle


broken("dpop-renewed-for-the-key-of-the-login", "refresh-token", "userinfo")(_key_of_the_login)

# -- who demands, and which APIs


@contextmanager
def _undemanding(tenant: Tenant, request: Request) -> Iterator[None]:
    application = tenant.applications.get(str(sent(request).get("client_id")))
    if application is None:
        yield
        return
    kept, application.require_proof_of_possession = application.require_proof_of_possession, False
    try:
        yield
    finally:
        application.require_proof_of_possession = kept  # the oracle has the same application


broken("dpop-required-but-not", *GRANTS)(during(GRANTS, _undemanding))
for _operation in GRANTS:
    broken(f"dpop-required-but-not-at-{_operation}", _operation)(during((_operation,), _undemanding))


@contextmanager
def _apis(tenant: Tenant, change: Callable[[dict[str, bool]], dict[str, bool] | None]) -> Iterator[None]:
    kept = tenant.proof_of_possession
    if kept is not None:
        tenant.proof_of_possession = change(kept)
    try:
        yield
    finally:
        tenant.proof_of_possession = kept


broken("dpop-api-demands-in-vain", *GRANTS)(
    during(GRANTS, lambda tenant, request: _apis(tenant, lambda apis: dict.fromkeys(apis, False)))
)
broken("dpop-api-that-may-bind-demands", *GRANTS)(
    during(GRANTS, lambda tenant, request: _apis(tenant, lambda apis: dict.fromkeys(apis, True)))
)
broken("dpop-every-api-binds", *GRANTS)(during(GRANTS, lambda tenant, request: _apis(tenant, lambda apis: None)))
broken("dpop-no-api-binds", *GRANTS)(during(GRANTS, lambda tenant, request: _apis(tenant, lambda apis: {})))

# -- discovery


def _without_algorithms(body: dict[str, Any]) -> None:
    body.pop("dpop_signing_alg_values_supported", None)


def _other_algorithms(body: dict[str, Any]) -> None:
    body["dpop_signing_alg_values_supported"] = ["RS256"]


broken("dpop-not-in-discovery", "openid-configuration")(body_of("openid-configuration", _without_algorithms))
broken("dpop-of-another-algorithm-in-discovery", "openid-configuration")(
    body_of("openid-configuration", _other_algorithms)
)


def _one_spelling(tenant: Tenant, request: Request) -> Request:
    """The header is found under one spelling of its name only."""
    if "DPoP" in dict(request.headers.items()) or "dpop" in dict(request.headers.items()):
        return request
    return without_proof(request)


broken("dpop-name-in-one-spelling", *ANYWHERE)(changing(_one_spelling, *ANYWHERE))
