"""Tenants that give a secret away in a member or claim that nobody documents, and ones that name the wrong application.

They are played as a consumer plays a fake of their own: members that nobody documents are let pass then.
"""

from __future__ import annotations

from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant

from .breaking import Break, around, bearer_of, broken, sent, with_body
from .right import claims

_VERIFY = ("mfa-otp", "mfa-oob", "mfa-recovery-code")


def _beside(operation: str, member: str, value: Any) -> Break:
    """One more member in what an operation answers: ``value`` of the tenant and the request, unless it is None."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        body = response.json() if response.body else None
        shown = value(tenant, request)
        if shown is None or not isinstance(body, dict):
            return response
        return with_body(response, {**body, member: shown})

    return around(operation, act)


def _code_sent(tenant: Tenant, request: Request) -> int | None:
    code = tenant.outbox[-1].code if len(tenant.outbox) else None
    return None if code is None else int(code)


def _app_shows(tenant: Tenant, request: Request) -> int | None:
    session = tenant.tokens.mfa.get(str(sent(request).get("mfa_token")))
    apps = [one for one in session.user.authenticators if one.secret] if session is not None else []
    return int(apps[-1].code()) if apps else None


def _refresh_token(tenant: Tenant, request: Request) -> str | None:
    held = tenant.tokens.access.get(bearer_of(request))
    kept = [one.token for one in tenant.tokens.refresh.values() if held is not None and one.user is held.user]
    return kept[-1] if kept else None


broken("code-beside-as-a-number", "challenge", guesses_bind=False)(_beside("challenge", "x_trace", _code_sent))
broken("code-of-the-app-as-a-number", "challenge", guesses_bind=False)(_beside("challenge", "x_trace", _app_shows))
broken("password-beside", "password", guesses_bind=False)(
    _beside("password", "x_trace", lambda tenant, request: sent(request).get("password"))
)
broken("client-secret-beside", "refresh-token", guesses_bind=False)(
    _beside("refresh-token", "x_trace", lambda tenant, request: tenant.client_secret)
)
broken("token-under-another-name", "associate", guesses_bind=False)(
    _beside("associate", "x_trace", lambda tenant, request: bearer_of(request))
)
broken("refresh-token-in-userinfo", "userinfo", guesses_bind=False)(_beside("userinfo", "x_trace", _refresh_token))


def _recovery_code(tenant: Tenant, handler: Handler) -> Handler:
    def change(held: dict[str, Any]) -> dict[str, Any]:
        user = next((one for one in tenant.users.values() if one.id == held["sub"]), None)
        code = user.recovery_code if user is not None else None
        return held if code is None else {**held, "https://example.com/trace": [code]}

    return claims(change)(tenant, handler)


broken("recovery-code-in-tokens", *_VERIFY, "password", "refresh-token", guesses_bind=False)(_recovery_code)
broken("azp-of-another-application", *_VERIFY, "password", "password-realm", "refresh-token", guesses_bind=False)(
    claims(lambda held: {**held, "azp": "another"} if "azp" in held else held)
)
broken("azp-of-an-id-token", *_VERIFY, "password", "password-realm", "refresh-token", guesses_bind=False)(
    claims(lambda held: held if "scope" in held else {**held, "azp": "another"})
)

# -- what may be left out where it is what was asked for


def _without_scope(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    body = response.json() if response.body else {}
    return with_body(response, {name: value for name, value in body.items() if name != "scope"})


broken("scope-never-told", "mfa-otp", guesses_bind=False)(around("mfa-otp", _without_scope))

# -- where each use of a refresh token demands the second factor


def _without_rotation(tenant: Tenant, request: Request, handler: Handler) -> Response:
    before = set(tenant.tokens.refresh)
    response = handler(request)
    body = response.json() if response.status == 200 else {}
    old = next((one for one in before if tenant.tokens.refresh[one].successor == body.get("refresh_token")), None)
    return (
        response if old is None or "refresh_token" not in body else with_body(response, {**body, "refresh_token": old})
    )


broken("no-rotation-after-a-demand", "mfa-otp", "refresh-token", refresh_demands_mfa="always")(
    around("mfa-otp", _without_rotation)
)


def _revokes_nothing(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    for one in tenant.tokens.refresh.values():
        one.revoked = False
    return response


broken("revoked-family-is-challenged", "revoke", "refresh-token", refresh_demands_mfa="always")(
    around("revoke", _revokes_nothing)
)
