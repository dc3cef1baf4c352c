"""Right tenants that are unusual: each differs from the fake where documents, RFCs or recordings leave it free."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.contract.tenant.subjects import FEATURES
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.tenant.signing import RsaSigner

from .breaking import Break, operation_of, sent, with_body


@dataclass(frozen=True)
class Right:
    """A right tenant; ``settings`` are keywords of `Tenant`."""

    name: str
    wrap: Break
    settings: dict[str, Any] = field(default_factory=dict)
    features: Collection[str] = FEATURES
    """What it has, as its consumer says."""


RIGHT: dict[str, Right] = {}


def right(name: str, features: Collection[str] = FEATURES, **settings: Any) -> Callable[[Break], Break]:
    """Register one."""

    def register(wrap: Break) -> Break:
        assert name not in RIGHT, name
        RIGHT[name] = Right(name, wrap, settings, features)
        return wrap

    return register


def answers(change: Callable[[Tenant, Request, Response], Response]) -> Break:
    """Change every answer."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        return lambda request: change(tenant, request, handler(request))

    return wrap


def bodies(change: Callable[[str, Any], None]) -> Break:
    """Change every JSON body in place."""

    def act(tenant: Tenant, request: Request, response: Response) -> Response:
        if not response.body:
            return response
        body = response.json()
        change(operation_of(request), body)
        return with_body(response, body)

    return answers(act)


def plain(tenant: Tenant, handler: Handler) -> Handler:
    """The tenant as it is."""
    return handler


class Instead:
    """Stands in the place of a part of the tenant, and does what that does but for what a subclass changes."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def replacing(part: str, instead: Callable[[Any], Any]) -> Break:
    """Replace the tenant's ``signer`` or ``entropy``; ``instead`` makes the new one of the old one."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        setattr(tenant, part, instead(getattr(tenant, part)))
        return handler

    return wrap


# -- tokens


class _Claims(Instead):
    """A signer that changes claims."""

    def __init__(self, inner: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__(inner)
        self._change = change

    def sign(self, claims: dict[str, Any]) -> str:
        return str(self._inner.sign(self._change(claims)))


def claims(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Break:
    """Change the claims of every token."""
    return replacing("signer", lambda signer: _Claims(signer, change))


right("more-claims")(
    claims(lambda held: {**held, "sid": "s-1", "picture": "https://example.com/x.png", "https://example.com/roles": []})
)
right("id-tokens-name-their-application")(
    claims(lambda held: held if "scope" in held else {**held, "azp": held["aud"]})
)
right("audience-in-a-list")(
    claims(lambda held: {**held, "aud": [held["aud"]] if isinstance(held["aud"], str) else held["aud"]})
)
right("id-tokens-of-an-hour")(
    claims(lambda held: {**held, "exp": held["iat"] + 3600} if held["exp"] - held["iat"] == 36000 else held)
)
right("scope-claim-in-another-order")(
    claims(lambda held: {**held, "scope": " ".join(reversed(held["scope"].split()))} if "scope" in held else held)
)
right("same-tokens-in-the-same-second")(claims(lambda held: {**held, "jti": "j-1"}))
right("not-before")(claims(lambda held: {**held, "nbf": held["iat"], "gty": "password"}))


@cache
def _second_key() -> RsaSigner:
    return RsaSigner(rsa.generate_private_key(public_exponent=65537, key_size=2048))


class _TwoKeys(Instead):
    """Two keys in the set, either of which signs."""

    def __init__(self, first: Any) -> None:
        super().__init__(first)
        self._keys = [first, _second_key()]
        self._turn = 0

    def sign(self, held: dict[str, Any]) -> str:
        self._turn += 1
        return str(self._keys[self._turn % 2].sign(held))

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key for signer in self._keys for key in signer.jwks()["keys"]]}


right("two-keys")(replacing("signer", _TwoKeys))


# -- bodies


def _scope(operation: str, body: Any) -> None:
    if isinstance(body, dict) and isinstance(body.get("scope"), str):
        body["scope"] = " ".join(reversed(body["scope"].split()))


def _error_uri(operation: str, body: Any) -> None:
    if isinstance(body, dict) and "error" in body:
        body["error_uri"] = "https://auth0.com/docs"


def _key_members(operation: str, body: Any) -> None:
    for key in body["keys"] if operation == "jwks" else ():
        key |= {"x5c": ["MIIC"], "x5t": "abc"}


def _discovery(operation: str, body: Any) -> None:
    if operation == "openid-configuration":
        body |= {"grant_types_supported": ["password"], "revocation_endpoint": f"{body['issuer']}oauth/revoke"}
        body["scopes_supported"] = [*body["scopes_supported"], "address", "phone"]
        body["id_token_signing_alg_values_supported"] = ["HS256", "RS256", "PS256"]


def _userinfo(operation: str, body: Any) -> None:
    if operation == "userinfo" and "sub" in body:
        body |= {"picture": "https://example.com/x.png", "updated_at": "2026-11-01T00:00:00.000Z", "locale": "de"}


def _device(operation: str, body: Any) -> None:
    for row in body if isinstance(body, list) else ():
        if row["id"].startswith("push|") and row.get("name"):
            row["name"] = "Ada's telephone"


def _label(operation: str, body: Any) -> None:
    if isinstance(body, dict) and str(body.get("barcode_uri", "")).startswith("otpauth://totp/"):
        body["barcode_uri"] = body["barcode_uri"].replace("issuer=", "image=x&issuer=")


def _same_name(operation: str, body: Any) -> None:
    if isinstance(body, dict) and "error" in body:
        body["name"] = body["error"]


right("scope-in-another-order")(bodies(_scope))


class _SmallIds(Instead):
    """An entropy whose ids of authenticators have small letters only."""

    def device_suffix(self) -> str:
        return str(self._inner.device_suffix()).lower()

    def device_suffix_of(self, name: str) -> str:
        return str(self._inner.device_suffix_of(name)).lower()


right("ids-in-small-letters")(replacing("entropy", _SmallIds))


@right("scope-only-when-it-differs")
def _scope_when_it_differs(tenant: Tenant, handler: Handler) -> Handler:
    asked: dict[str, str] = {}  # by mfa_token, refresh token and MFA access token

    def handle(request: Request) -> Response:
        response, given = handler(request), sent(request)
        if request.path != "/oauth/token" or not response.body:
            return response
        body = response.json()
        earlier = next((asked[one] for one in map(str, given.values()) if one in asked), "")
        scope = str(given.get("scope") or earlier)
        asked.update((body[name], scope) for name in ("mfa_token", "refresh_token", "access_token") if name in body)
        if "scope" in body and set(body["scope"].split()) == set(scope.split()):
            return with_body(response, {name: value for name, value in body.items() if name != "scope"})
        return response

    return handle


right("error-uri")(bodies(_error_uri))
right("name-beside-the-error")(bodies(_same_name))
right("more-members-of-keys")(bodies(_key_members))
right("discovery-says-more")(bodies(_discovery))
right("userinfo-says-more")(bodies(_userinfo))
right("devices-have-names")(bodies(_device))
right("barcode-says-more")(bodies(_label))
right("codes-of-four-digits", code_lengths={"email": 4, "sms": 4, "voice": 4})(plain)
right("codes-of-ten-digits", code_lengths={"email": 10, "sms": 8})(plain)
right("codes-of-half-a-minute", code_lifetimes={"email": 30, "sms": 30})(plain)
right("codes-of-an-hour", code_lifetimes={"email": 3600, "sms": 3600})(plain)


@right("lists-the-other-way-round")
def _reversed(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        response = handler(request)
        if operation_of(request) == "list-authenticators" and response.status == 200:
            return with_body(response, response.json()[::-1])
        return response

    return handle


# -- headers and refusals


def _headers(tenant: Tenant, request: Request, response: Response) -> Response:
    more = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "97", "Vary": "Accept-Encoding"}
    if response.status == 401:
        more["WWW-Authenticate"] = 'Bearer realm="Users"'
    if response.status == 429:
        more["Retry-After"] = "5"
    named = {name.title(): value for name, value in response.headers.items()}
    if "no-store" in named.get("Cache-Control", ""):
        named["Cache-Control"] = "private, no-store, no-cache, must-revalidate"
    return replace(response, headers={**named, **more})


right("more-headers")(answers(_headers))


def _type_of_nothing(tenant: Tenant, request: Request, response: Response) -> Response:
    if response.status != 204:
        return response
    return replace(response, headers={**response.headers, "content-type": "application/json"})


right("a-type-of-nothing")(answers(_type_of_nothing))


def _guesses(tenant: Tenant, request: Request, response: Response) -> Response:
    refusal = tenant.calls[-1].refusal_id if tenant.calls else None
    if refusal is None or REFUSALS[refusal].confidence != "guess" or response.status < 400:
        return response
    body = {"error": "other_error", "error_description": "Another text"}
    return replace(response, status=422, body=json.dumps(body).encode())


right("refusals-that-are-only-guessed")(answers(_guesses))


def _row_n2(tenant: Tenant, request: Request, response: Response) -> Response:
    if operation_of(request) != "challenge" or b"unsupported_challenge_type" not in response.body:
        return response
    kind = str(sent(request).get("challenge_type", "otp oob")).partition(" ")[0]
    text = f"User does not have any enrolled authenticator with the supported challenge type ({kind})"
    return with_body(response, {**response.json(), "error_description": text})


right("text-of-row-n2")(answers(_row_n2))


def _row_n3(tenant: Tenant, request: Request, response: Response) -> Response:
    if operation_of(request) != "userinfo" or response.status != 401:
        return response
    fields = {"content-type": "text/plain", "www-authenticate": 'Bearer realm="Users", error="invalid_token"'}
    return Response(401, fields, b"Unauthorized")


right("userinfo-says-unauthorized")(answers(_row_n3))


def _served_by(operation: str, body: Any) -> None:
    if isinstance(body, dict) and operation not in ("jwks", "openid-configuration"):
        body["x_served_by"] = "eu-1"


right("a-member-that-nobody-documents")(bodies(_served_by))


def _one_more(tenant: Tenant, request: Request, response: Response) -> Response:
    if operation_of(request) != "refresh-token" or response.status != 200 or b'"refresh_token"' in response.body:
        return response
    body, old = response.json(), tenant.tokens.refresh[sent(request)["refresh_token"]]
    token = f"v1.{body['access_token'][-40:]}"
    tenant.tokens.refresh[token] = replace(old, token=token)
    return with_body(response, {**body, "refresh_token": token})


right("a-refresh-gives-a-refresh-token")(answers(_one_more))


def _instead(tenant: Tenant, request: Request, response: Response) -> Response:
    """An application that rotates, although its settings do not say so: a new token, which ends the old one."""
    brought = _one_more(tenant, request, response)
    if brought is not response:
        tenant.tokens.refresh[sent(request)["refresh_token"]].revoked = True
    return brought


right("a-refresh-ends-the-old-refresh-token")(answers(_instead))


@right("the-application-rotates")
def _rotating(tenant: Tenant, handler: Handler) -> Handler:
    tenant.applications[tenant.client_id].rotate_refresh_tokens = True
    return handler
