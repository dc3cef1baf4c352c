"""Right tenants that say the same in another form: JSON, numbers, tokens, keys, lists, URIs and times.

Documents, RFCs and recordings leave these forms free; a client that reads what it gets does not notice.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.tenant.signing import RsaSigner

from .breaking import Break, operation_of, sent, with_body, with_parameters
from .right import Instead, answers, bodies, claims, plain, replacing, right

# -- JSON


def _escaped(text: str) -> str:
    units = text.encode("utf-16-be")
    return '"' + "".join(f"\\u{units[i : i + 2].hex().upper()}" for i in range(0, len(units), 2)) + '"'


def _spelled(value: Any) -> str:
    """JSON with white space wherever it may stand, and every character of a text escaped: RFC 8259, sections 2, 7."""
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, list):
        return "[\t" + " ,\r\n".join(map(_spelled, value)) + "\t]"
    if isinstance(value, dict):
        return "{\n" + " ,\n".join(f"{_escaped(name)} :\t{_spelled(part)}" for name, part in value.items()) + "\n}"
    return json.dumps(value)


def _spell(tenant: Tenant, request: Request, response: Response) -> Response:
    return replace(response, body=f"\r\n {_spelled(response.json())} \n".encode()) if response.body else response


def _bearer(operation: str, body: Any) -> None:
    if isinstance(body, dict) and "token_type" in body:
        body["token_type"] = "bearer"


def _fractions(operation: str, body: Any) -> None:
    if isinstance(body, dict) and "expires_in" in body:
        body["expires_in"] = float(body["expires_in"])


def _more(operation: str, body: Any) -> None:
    """Members of every type, some with names that userinfo or the My Account API knows: RFC 6749, section 5.1, and the
    howto."""
    if operation in ("", "jwks", "openid-configuration"):  # the first: the Management API's
        return
    for row in body if isinstance(body, list) else [body]:
        row |= {"x_beta": False, "x_region": None, "x_try": 1, "x_load": 0.5, "website": "https://example.com"}
        row |= {"x_trace": {"name": "edge", "hops": [1, {"type": "cdn"}], "none": {}}, "x_tags": ["a", "b"]}
        if not operation.startswith("me-"):
            row |= {"status": 7, "title": "Shop", "detail": {}, "usage": ["primary"], "confirmed": None}


def _numbers(operation: str, body: Any) -> None:
    """Numbers in texts, which are no codes: times, lengths and places."""
    if isinstance(body, dict) and operation not in ("", "jwks", "openid-configuration"):
        body |= {"x_wait": "3600", "x_zip": "90210", "x_build": "20261128", "x_at": "1712345678"}
        body |= {"x_trace": "3f2a7c10-1234-4567-8901-550840012345", "x_said": "since 2026-11-28T10:15:00.123456Z"}
    if operation == "passwordless-start" and "_id" in body:
        body["request_language"] = "2026"
    for row in body if operation == "list-authenticators" and isinstance(body, list) else ():
        row |= {"created_at": "1712345678", "last_auth": "1712345678000"}


right("numbers-as-texts")(bodies(_numbers))
right("token-type-in-small-letters")(bodies(_bearer))
right("json-with-escapes-and-white-space")(answers(_spell))
right("whole-numbers-with-a-fraction")(bodies(_fractions))
right("members-of-every-type")(bodies(_more))


def _said_at_the_start(operation: str, body: Any) -> None:
    if operation == "passwordless-start" and "_id" in body:
        body |= {"_id": str(uuid.uuid5(uuid.NAMESPACE_OID, body["_id"])), "request_language": "de-AT,de;q=0.9"}


right("passwordless-start-says-the-language")(bodies(_said_at_the_start))


def _seconds(operation: str, body: Any) -> None:
    if operation == "userinfo" and "updated_at" in body:
        body["updated_at"] = 1767312245  # OpenID Connect Core, section 5.1: a number


right("updated-at-is-a-number")(bodies(_seconds))


def _few(operation: str, body: Any) -> None:
    """Only what OpenID Connect Discovery, section 3, demands, and what Auth0's SDKs look for."""
    if operation == "openid-configuration":
        kept = {"issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "mfa_challenge_endpoint"}
        kept |= {"jwks_uri", "response_types_supported", "subject_types_supported"}
        for name in body.keys() - kept - {"id_token_signing_alg_values_supported"}:
            del body[name]


def _switches(operation: str, body: Any) -> None:
    for name, value in body.items() if operation == "openid-configuration" else ():
        if isinstance(value, bool):
            body[name] = not value


right("discovery-says-little")(bodies(_few))
right("discovery-with-other-switches")(bodies(_switches))

# -- lists and URIs


def _by_id(operation: str, body: Any) -> None:
    if operation == "list-authenticators" and isinstance(body, list):
        for row in body:
            if row["id"].startswith("push|") and row.get("name"):
                row["name"] = "Pixel, Büro"
        body.sort(key=lambda row: row["id"].rpartition("_")[2])


right("lists-sorted-by-id")(bodies(_by_id))


def _uri(change: Callable[[str, list[tuple[str, str]]], str]) -> Break:
    def act(operation: str, body: Any) -> None:
        if isinstance(body, dict) and str(body.get("barcode_uri", "")).startswith("otpauth://totp/"):
            uri = urlsplit(body["barcode_uri"])
            body["barcode_uri"] = "otpauth://totp" + change(uri.path, parse_qsl(uri.query))

    return bodies(act)


def _sparse(path: str, query: list[tuple[str, str]]) -> str:
    kept = [(name, value) for name, value in query if name not in ("algorithm", "digits", "period", "issuer")]
    return f"{path}?{urlencode([*kept[::-1], ('image', 'https://example.com/i.png')])}"


def _labelled(path: str, query: list[tuple[str, str]]) -> str:
    account = path.rpartition(":")[2]
    named = [(name, "Müller & Söhne" if name == "issuer" else value) for name, value in query]
    return f"/{quote('Müller & Söhne', safe='')}%3A%20{account}?{urlencode(named)}"


def _of_a_shop(path: str, query: list[tuple[str, str]]) -> str:
    named = [(name, "Shop" if name == "issuer" else value) for name, value in query]
    return f"/Shop:{path.rpartition(':')[2]}?{urlencode(named)}"


right("a-client-secret-that-is-a-display-name", client_secret="Shop")(_uri(_of_a_shop))
right("key-uris-without-defaults")(_uri(_sparse))
right("key-uris-with-a-company")(_uri(_labelled))

# -- tokens


def _without(held: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in held.items() if name not in ("jti", "gty")}
    if kept.get("scope") == "":
        del kept["scope"]  # RFC 9068, section 2.2.3
    return {**kept, "aud": held["aud"][::-1]} if isinstance(held["aud"], list) else kept


right("claims-without-what-is-optional")(claims(_without))
right("times-with-fractions")(
    claims(lambda held: {**held, "iat": held["iat"] + 0.25, "exp": held["exp"] + 0.25})  # RFC 7519, section 2
)


def is_grant(request: Request) -> bool:
    """Whether a request is made at the token endpoint, whatever its query."""
    return request.path.partition("?")[0] == "/oauth/token"


def lives(seconds: int) -> Break:
    """Access tokens live so long, but for the MFA audience's: entry D-13. Answer, claim and tenant agree."""

    def change(held: dict[str, Any]) -> dict[str, Any]:
        return {**held, "exp": held["iat"] + seconds} if held["exp"] - held["iat"] == 86400 else held

    def act(tenant: Tenant, request: Request, response: Response) -> Response:
        if not is_grant(request) or response.status != 200 or response.json()["expires_in"] != 86400:
            return response
        body = response.json()
        tenant.tokens.access[body["access_token"]].expires_at = tenant.clock.now() + seconds
        return with_body(response, {**body, "expires_in": seconds})

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        return answers(act)(tenant, claims(change)(tenant, handler))

    return wrap


right("tokens-for-two-hours")(lives(7200))
right("tokens-for-three-days")(lives(259200))
right("tokens-for-thirty-days")(lives(2592000))


def instead_of_opaque(form: Callable[[Tenant, dict[str, Any]], str]) -> Break:
    """Access tokens of users without an audience in the request have another form: no row gives one.

    ``form`` makes a token of the claims that a JWT may have.
    """

    def act(tenant: Tenant, request: Request, response: Response) -> Response:
        if not is_grant(request) or response.status != 200:
            return response
        body = response.json()
        old = tenant.tokens.access[body["access_token"]]
        if body["access_token"].count(".") == 2 or old.user is None:
            return response
        now = int(tenant.clock.now())
        held = {"iss": tenant.issuer, "sub": old.user.id, "aud": "https://api.example.com/", "iat": now}
        held |= {"azp": old.client_id, "scope": " ".join(old.scopes)}
        token = form(tenant, held | {"exp": now + body["expires_in"], "jti": tenant.entropy.hexadecimal(22)})
        tenant.tokens.access[token] = replace(old, token=token)
        return with_body(response, {**body, "access_token": token})

    return answers(act)


def _only_its_end(tenant: Tenant, held: dict[str, Any]) -> str:
    """So that two of the same second are equal: RFC 7519 demands no claim."""
    return tenant.signer.sign({name: value for name, value in held.items() if name not in ("iat", "jti", "iss")})


def _secret_of_the_api(tenant: Tenant, held: dict[str, Any]) -> str:
    """Signed with a secret of the API, which no client can check, and almost without claims."""
    return jwt.encode({"jti": held["jti"], "plan": {"seats": 3}}, "s" * 32, "HS256")


right("a-default-audience")(instead_of_opaque(lambda tenant, held: tenant.signer.sign(held)))
right("a-default-audience-without-what-is-optional")(instead_of_opaque(_only_its_end))


def probabilistic(tenant: Tenant, held: dict[str, Any]) -> str:
    """Signed with the key of the tenant in another way, as each API may set for itself."""
    signer: Any = tenant.signer
    return jwt.encode(held, signer._key, "PS256", {"kid": signer._kid})


right("a-default-audience-with-a-probabilistic-signature")(instead_of_opaque(probabilistic))
right("a-default-audience-with-a-secret")(instead_of_opaque(_secret_of_the_api))
right("opaque-tokens-with-dots")(instead_of_opaque(lambda tenant, held: f"eyJ.{held['jti']}.v1"))
right("a-client-secret-that-is-a-word", client_secret="secret")(plain)


def _sent_again(tenant: Tenant, request: Request, response: Response) -> Response:
    """The refresh token that was sent: RFC 6749, section 5.1, lets an answer have one."""
    if operation_of(request) != "refresh-token" or response.status != 200 or b'"refresh_token"' in response.body:
        return response
    return with_body(response, {**response.json(), "refresh_token": sent(request)["refresh_token"]})


right("a-refresh-gives-the-same-refresh-token")(answers(_sent_again))


def _one_for_each(tenant: Tenant, request: Request, response: Response) -> Response:
    """A token that replaces the one that was sent, the same one if that is sent twice."""
    if operation_of(request) != "refresh-token" or response.status != 200 or b'"refresh_token"' in response.body:
        return response
    given = sent(request)["refresh_token"]
    token = given if given.startswith("next.") else f"next.{given}"
    tenant.tokens.refresh.setdefault(token, replace(tenant.tokens.refresh[given], token=token))
    return with_body(response, {**response.json(), "refresh_token": token})


right("a-refresh-gives-one-refresh-token-for-each")(answers(_one_for_each))


def _encoded(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).decode().rstrip("=")


@cache
def _others() -> list[dict[str, Any]]:
    """A key of another type, and one that encrypts: RFC 7517, sections 4.1 and 4.2."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    curve = {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": "an/elliptic:key"}
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key().public_numbers()
    encrypting = {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "n": _encoded(numbers.n), "e": _encoded(numbers.e)}
    return [{**curve, "x": _encoded(point.x), "y": _encoded(point.y)}, encrypting]


class _AmongOthers(Instead):
    """A signer whose key stands last in its set, and has a name that is no base64."""

    kid = "signing/2026-11:a b"

    def __init__(self, inner: Any) -> None:
        super().__init__(RsaSigner(inner._key))
        self._inner._kid = self.kid

    def jwks(self) -> dict[str, Any]:
        own, following = self._inner.jwks()["keys"]
        return {"keys": [*_others(), following, {**own, "kid": self.kid}]}


right("a-key-among-others")(replacing("signer", _AmongOthers))


class _SpacedHeaders(Instead):
    """A signer whose JWTs have white space in their headers, so that they begin otherwise: RFC 7515, section 2."""

    def sign(self, held: dict[str, Any]) -> str:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        parts = [json.dumps(part, indent=1).encode() for part in ({"kid": self._inner._kid, "alg": "RS256"}, held)]
        signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        signature = self._inner._key.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


right("jwts-with-white-space")(replacing("signer", _SpacedHeaders))


# -- time


def slow(before: float, after: float) -> Break:
    """Each call takes some of the tenant's own time, before and after it is performed."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            tenant.clock.advance(before)
            response = handler(request)
            tenant.clock.advance(after)
            return response

        return handle

    return wrap


right("calls-of-a-fifth-of-a-second")(slow(0.125, 0.0625))


@right("calls-of-uneven-length")
def _uneven(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        took = 0.25 if len(tenant.calls) % 3 else 0.0625  # the same each time that an example is played
        tenant.clock.advance(took)
        return handler(request)

    return handle


# -- users who are blocked


@right("tokens-outlive-a-block")
def _outlive(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        if request.path.startswith("/oauth/token"):
            return handler(request)
        blocked = [user for user in tenant.users.values() if user.blocked]
        for user in blocked:
            user.blocked = False
        try:
            return handler(request)
        finally:
            for user in blocked:
                user.blocked = True

    return handle


@right("blocked-attempts-use-up-what-they-bring")
def _used_up(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        response, held = handler(request), tenant.tokens
        if b"user is blocked" in response.body:
            given = sent(request)
            for tokens in (held.mfa, held.refresh):
                tokens.pop(str(given.get("mfa_token") or given.get("refresh_token")), None)
        return response

    return handle


# -- what nobody documents may be performed


@right("parameters-of-other-products-are-ignored", features=("my-account",))
def _ignored(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() != "dpop"}
        request = replace(request, headers=headers)
        response = handler(with_parameters(request, organization=None) if "organization" in sent(request) else request)
        if operation_of(request) != "openid-configuration":
            return response
        body = response.json()
        del body["dpop_signing_alg_values_supported"]
        return with_body(response, body)

    return handle
