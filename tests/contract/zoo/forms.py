"""Broken tenants at the borders of what is free: nobody is let pass who only looks unusual.

They are played as a consumer plays a fake of their own, where other forms of the same are right (`zoo.right_forms`).
"""

from __future__ import annotations

from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant

from . import state
from .breaking import ZOO, around, bearer_of, body_of, broken, with_body
from .right import bodies
from .right_forms import lives, slow

_GRANTS = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
_LOGINS = ("password", "password-realm", "refresh-token", "passwordless-otp")

# -- secrets in members that nobody documents, at any depth


def _traced(shown: Any) -> Any:
    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        return with_body(response, {**response.json(), "x_trace": shown(request)}) if response.body else response

    return act


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

# -- keys and tokens


def _keys(change: Any) -> Any:
    return body_of("jwks", lambda body: {"keys": change(body["keys"])})


broken("private-key-among-others", "jwks", guesses_bind=False)(
    _keys(lambda keys: [*keys, {"kty": "EC", "crv": "P-256", "kid": "e", "x": "AQAB", "y": "AQAB", "d": "AQAB"}])
)
broken("symmetric-key-among-others", "jwks", guesses_bind=False)(
    _keys(lambda keys: [*keys, {"kty": "oct", "kid": "s", "k": "AQAB"}])
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
