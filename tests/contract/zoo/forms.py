"""Broken tenants at the borders of what is free: nobody is let pass who only looks unusual.

They are played as a consumer plays a fake of their own, where other forms of the same are right (`zoo.right_forms`).
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import jwt
from jwt.algorithms import RSAAlgorithm

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.operations import OPERATIONS

from . import state
from .breaking import ZOO, Break, answering, around, bearer_of, body_of, broken, with_body
from .right import bodies, claims
from .right_forms import instead_of_opaque, lives, probabilistic, slow

_GRANTS = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
_LOGINS = ("password", "password-realm", "refresh-token", "passwordless-otp")
_TOKENS = (*_LOGINS, *_GRANTS, "client-credentials")
ALL = tuple(OPERATIONS)

# -- secrets in members that nobody documents, at any depth


def _with(change: Any) -> Any:
    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        return with_body(response, change(request, response.json())) if response.body else response

    return act


def _traced(shown: Any) -> Any:
    return _with(lambda request, body: {**body, "x_trace": shown(request)})


broken("token-within-an-object", "associate", guesses_bind=False)(
    around("associate", _traced(lambda request: {"headers": [{"authorization": bearer_of(request)}]}))
)
broken("token-within-a-text", "associate", guesses_bind=False)(
    around("associate", _traced(lambda request: f"authorization: Bearer {bearer_of(request)}, accept: */*"))
)
broken("token-as-a-name", "associate", guesses_bind=False)(
    around("associate", _traced(lambda request: {bearer_of(request): 1}))
)
broken("code-of-an-object-as-a-number", "challenge", guesses_bind=False)(
    around("challenge", lambda tenant, request, handler: _code_within(tenant, handler(request)))
)


def _code_within(tenant: Tenant, response: Response) -> Response:
    code = tenant.outbox[-1].code if len(tenant.outbox) else None
    body = response.json()
    return (
        with_body(response, {**body, "x_trace": {"sent": [int(code)]}}) if code and response.status < 400 else response
    )


broken("recovery-code-that-is-null", "challenge", guesses_bind=False)(
    body_of("challenge", lambda body: {**body, "recovery_code": None})
)


def _code_as_text(tenant: Tenant) -> str:
    return str(tenant.outbox[-1].code) if len(tenant.outbox) and tenant.outbox[-1].code else "x"


def _shows(change: Any) -> Any:
    """Change a decoded body in place, with the code that was sent last."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        return bodies(lambda operation, body: change(operation, body, _code_as_text(tenant)))(tenant, handler)

    return wrap


@broken("code-as-the-name-of-an-error", *ALL, guesses_bind=False)
@_shows
def _named(operation: str, body: Any, code: str) -> None:
    if isinstance(body, dict) and "error" in body:
        body["name"] = code


@broken("code-as-the-language", "passwordless-start", guesses_bind=False)
@_shows
def _language(operation: str, body: Any, code: str) -> None:
    if operation == "passwordless-start" and "_id" in body:
        body["request_language"] = code


@broken("code-as-a-claim-of-userinfo", "userinfo", guesses_bind=False)
@_shows
def _locale(operation: str, body: Any, code: str) -> None:
    if operation == "userinfo" and "sub" in body:
        body["locale"] = code


def _hinted(said: Any) -> Break:
    """A hint in each answer that a code belongs to, or that refuses one: what it says of the code that was sent."""

    def act(operation: str, body: Any, code: str) -> None:
        if isinstance(body, dict) and ("oob_code" in body or "error" in body) and code != "x":
            body["hint"] = said(code)

    shows: Break = _shows(act)
    return shows


broken("code-in-a-hint", *ALL, guesses_bind=False)(_hinted(lambda code: f"the code is {code}"))
broken("code-in-two-halves", *ALL, guesses_bind=False)(_hinted(lambda code: f"dial {code[:3]}-{code[3:]}, please"))
broken("code-as-the-name-of-a-member", *ALL, guesses_bind=False)(_hinted(lambda code: {code: True}))


@broken("code-in-the-name-of-a-device", "list-authenticators", guesses_bind=False)
@_shows
def _device(operation: str, body: Any, code: str) -> None:
    for row in body if operation == "list-authenticators" and isinstance(body, list) else ():
        if row["id"].startswith("push|") and row.get("name"):
            row["name"] = f"Phone {code}"


broken("token-as-the-name-of-a-member", "associate", guesses_bind=False)(
    around("associate", _with(lambda request, body: {**body, bearer_of(request): 1}))
)
broken("two-names-of-which-one-is-a-token", "associate", guesses_bind=False)(
    around("associate", _with(lambda request, body: {**body, "x": {bearer_of(request): 1, "region": "eu"}}))
)
broken("token-as-the-name-of-a-device", "list-authenticators", guesses_bind=False)(
    around(
        "list-authenticators",
        _with(
            lambda request, body: (
                [
                    {**row, "name": bearer_of(request)} if row["id"].startswith("push|") and row.get("name") else row
                    for row in body
                ]
                if isinstance(body, list)
                else body
            )
        ),
    )
)
broken("token-in-a-text", "associate", guesses_bind=False)(
    around(
        "associate",
        _with(
            lambda request, body: (
                {**body, "error_description": f"{body['error_description']}: {bearer_of(request)}"}
                if "error" in body and bearer_of(request)
                else body
            )
        ),
    )
)
broken("token-in-a-key-uri", "associate", guesses_bind=False)(
    around(
        "associate",
        _with(
            lambda request, body: (
                {**body, "barcode_uri": f"{body['barcode_uri']}&image=https://x/{bearer_of(request)}"}
                if "secret" in body
                else body
            )
        ),
    )
)


def _brings(token: Any) -> Any:
    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        body = response.json()
        if response.status != 200 or "refresh_token" in body:
            return response
        return with_body(response, {**body, "refresh_token": token(tenant, body)})

    return around("refresh-token", act)


broken("refresh-brings-nothing", "refresh-token", guesses_bind=False)(_brings(lambda tenant, body: ""))
broken("refresh-brings-a-dead-token", "refresh-token", guesses_bind=False)(
    _brings(lambda tenant, body: tenant.entropy.hexadecimal(40))
)
broken("refresh-brings-the-access-token", "refresh-token", guesses_bind=False)(
    _brings(lambda tenant, body: body["access_token"])
)

# -- keys and tokens


def _keys(change: Any) -> Any:
    return body_of("jwks", lambda body: {"keys": change(body["keys"])})


broken("private-key-among-others", "jwks", guesses_bind=False)(
    _keys(lambda keys: [*keys, {"kty": "EC", "crv": "P-256", "kid": "e", "x": "AQAB", "y": "AQAB", "d": "AQAB"}])
)
broken("symmetric-key-among-others", "jwks", guesses_bind=False)(
    _keys(lambda keys: [*keys, {"kty": "oct", "kid": "s", "k": "AQAB"}])
)


@broken("private-key-of-the-signing-key", "jwks", guesses_bind=False)
def _whole_key(tenant: Tenant, handler: Handler) -> Handler:
    """The key that signs, with all of its private members."""

    signer: Any = tenant.signer
    private = RSAAlgorithm.to_jwk(signer._key, as_dict=True)
    wrapped: Handler = _keys(lambda keys: [{**private, **keys[0]}, *keys[1:]])(tenant, handler)
    return wrapped


def _down(tenant: Tenant, request: Request, handler: Handler) -> Response:
    raise RuntimeError("no connection for user root with hunter2pass")


broken("handler-raises-at-the-keys", "jwks", *_TOKENS, guesses_bind=False)(around("jwks", _down))
_PRIVATE = {"kty": "RSA", "d": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"}
broken("private-keys-beside", "jwks", guesses_bind=False)(
    body_of("jwks", lambda body: {**body, "private_keys": [_PRIVATE]})
)
broken("private-key-within-a-key", "jwks", guesses_bind=False)(
    _keys(lambda keys: [{**key, "x_private": {"d": _PRIVATE["d"]}} for key in keys])
)
broken("private-key-as-a-text", "jwks", guesses_bind=False)(
    body_of("jwks", lambda body: {**body, "x_pem": "-----BEGIN PRIVATE KEY-----\nMIIC"})
)
broken("signs-with-a-key-that-encrypts", "jwks", *_TOKENS, guesses_bind=False)(
    _keys(lambda keys: [{**key, "use": "enc"} if not place else key for place, key in enumerate(keys)])
)
broken("no-key-signs", "jwks", *_LOGINS, *_GRANTS, guesses_bind=False)(
    _keys(lambda keys: [{"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": "e", "x": "AQ", "y": "AQ"}])
)


def _id_token_twice(operation: str, body: Any) -> None:
    if isinstance(body, dict) and "id_token" in body:
        body["access_token"] = body["id_token"]


broken("id-token-as-access-token", *_LOGINS, *_GRANTS, "userinfo", guesses_bind=False)(bodies(_id_token_twice))


def _told(seconds: int) -> Any:
    def act(operation: str, body: Any) -> None:
        if isinstance(body, dict) and body.get("expires_in") == 3600:
            body["expires_in"] = seconds

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        return bodies(act)(tenant, lives(3600)(tenant, handler))

    return wrap


broken("tokens-end-before-they-should", "userinfo", *_LOGINS, *_GRANTS, "client-credentials", guesses_bind=False)(
    _told(7200)
)
broken("tokens-live-longer-than-told", "userinfo", *_LOGINS, *_GRANTS, "client-credentials", guesses_bind=False)(
    _told(1800)
)


def _unlike(change: Any, *, signed: bool = True) -> Any:
    """A JWT for a default audience, with other claims than it should have."""
    return instead_of_opaque(
        lambda tenant, held: tenant.signer.sign(change(held)) if signed else jwt.encode(change(held), "", "none")
    )


_BEARERS = (*_TOKENS, "userinfo")
for _name, _claims in {
    "of-another-issuer": {"iss": "https://other.example/"},
    "of-another-user": {"sub": "auth0|somebody"},
    "that-is-over": {"exp": 2},
    "of-the-future": {"iat": 2_000_000_000, "exp": 2_000_086_400},
    "of-ten-years": {"exp": 2_100_000_000},
}.items():
    broken(f"jwt-{_name}", *_BEARERS, guesses_bind=False)(_unlike(lambda held, claims=_claims: held | claims))
broken("jwt-unsigned", *_BEARERS, guesses_bind=False)(_unlike(dict, signed=False))
broken("jwt-always-the-same", *_BEARERS, guesses_bind=False)(
    _unlike(lambda held: {"iss": held["iss"], "sub": held["sub"]})
)


broken("no-jwt-and-always-the-same", *_BEARERS, guesses_bind=False)(
    instead_of_opaque(lambda tenant, held: f"eyJ.{held['sub'].encode().hex()}.constant")
)
broken("id-tokens-end-in-milliseconds", *_TOKENS, guesses_bind=False)(
    claims(lambda held: held if "scope" in held else {**held, "exp": held["exp"] * 1000})
)


def _end(value: Any) -> Any:
    def act(operation: str, body: Any) -> None:
        if isinstance(body, dict) and "expires_in" in body:
            body["expires_in"] = value

    return bodies(act)


broken("expires-never", *_TOKENS, guesses_bind=False)(_end(10**320))
broken("expires-in-what-is-no-number", *_TOKENS, guesses_bind=False)(_end(float("nan")))
broken("brackets-without-end", "associate", guesses_bind=False)(
    answering("associate", lambda response: replace(response, body=b"[" * 90_000))
)
broken("brackets-of-a-thousand", "associate", guesses_bind=False)(
    answering(
        "associate",
        lambda response: replace(
            response, body=response.body[:-1] + b',"x":' + b"[" * 1000 + b"]" * 1000 + response.body[-1:]
        ),
    )
)

broken("jwt-without-a-signature", *_BEARERS, guesses_bind=False)(
    instead_of_opaque(lambda tenant, held: jwt.encode(held, "s" * 32, "HS256").rpartition(".")[0] + ".")
)


def _headed(header: bytes, claims: bytes = b"") -> Break:
    """Instead of an opaque token a JWT with this header, and claims that may be no JSON."""

    def form(tenant: Tenant, held: dict[str, Any]) -> str:
        parts = [header, claims + json.dumps(held).encode(), b"signature"]
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    return instead_of_opaque(form)


broken("jwt-of-no-algorithm", *_BEARERS, guesses_bind=False)(_headed(b'{"alg": ""}'))
broken("jwt-of-a-null-algorithm", *_BEARERS, guesses_bind=False)(_headed(b'{"alg": null}'))
broken("jwt-whose-claims-are-no-json", *_BEARERS, guesses_bind=False)(_headed(b'{"alg": "HS256"}', b"1"))
broken("jwt-that-ends-in-infinity", *_BEARERS, guesses_bind=False)(
    instead_of_opaque(lambda tenant, held: jwt.encode({**held, "sub": None, "exp": 1e999}, "s" * 32, "HS256"))
)
broken("jwt-whose-probabilistic-signature-is-wrong", *_BEARERS, guesses_bind=False)(
    instead_of_opaque(lambda tenant, held: f"{probabilistic(tenant, held)[:-6]}AAAAAA")
)

# -- lists, URIs and discovery

broken("list-with-another-name-of-a-phone", "list-authenticators", guesses_bind=False)(
    body_of(
        "list-authenticators",
        lambda body: [{**row, "name": "x"} if row["id"].startswith("sms") else row for row in body][::-1],
    )
)
broken("key-uri-of-eight-digits", "associate", guesses_bind=False)(
    body_of(
        "associate",
        lambda body: (
            {**body, "barcode_uri": body["barcode_uri"].replace("digits=6&", "").replace("period=30", "digits=8")}
            if "secret" in body
            else body
        ),
    )
)
broken("key-uri-of-another-account", "associate", guesses_bind=False)(
    body_of(
        "associate",
        lambda body: (
            {**body, "barcode_uri": body["barcode_uri"].replace("%40", "%2Bx%40")} if "secret" in body else body
        ),
    )
)


def _other_uri(change: Any) -> Any:
    return body_of(
        "associate",
        lambda body: {**body, "barcode_uri": change(body["barcode_uri"])} if "secret" in body else body,
    )


broken("key-uri-that-is-none", "associate", guesses_bind=False)(_other_uri(lambda uri: "otpauth://[x"))
broken("key-uri-with-two-secrets", "associate", guesses_bind=False)(
    _other_uri(lambda uri: uri.replace("secret=", "secret=ABCDEFGHIJKLMNOP&secret="))
)
broken("key-uri-with-an-empty-secret", "associate", guesses_bind=False)(
    _other_uri(lambda uri: uri.replace("secret=", "secret=&secret="))
)
broken("discovery-of-nothing", "openid-configuration", guesses_bind=False)(
    body_of("openid-configuration", lambda body: {**body, "response_types_supported": []})
)
broken("discovery-without-challenges", "openid-configuration", guesses_bind=False)(
    body_of("openid-configuration", lambda body: {n: v for n, v in body.items() if n != "mfa_challenge_endpoint"})
)

# -- where calls take time, limits and lifetimes still end

assert state is not None  # it registers them
for _name in ("oob-code-never-expires", "oob-code-expires-early", "access-token-never-expires"):
    _entry = ZOO[_name]

    def _slowly(tenant: Tenant, handler: Handler, wrap: Any = _entry.wrap) -> Handler:
        return slow(0.125, 0.0625)(tenant, wrap(tenant, handler))

    broken(f"{_name}-slowly", *_entry.operations, guesses_bind=False)(_slowly)
