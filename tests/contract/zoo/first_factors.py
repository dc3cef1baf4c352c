"""Tenants that are wrong about logins without a password, the end of refresh tokens, and factors in turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant

from .breaking import Break, after, answering, around, before, body_of, broken, operation_of, sent, with_parameters

_START, _GRANT, _REFRESH, _REVOKE = "passwordless-start", "passwordless-otp", "refresh-token", "revoke"
_VERIFY = ("mfa-otp", "mfa-oob", "mfa-recovery-code")


def _key(request: Request) -> tuple[str, str]:
    parameters = sent(request)
    return str(parameters.get("realm")), str(parameters.get("username")).lower()


# -- a code as first factor


def _remembered(choose: Callable[[list[Any], Request], Any]) -> Break:
    """Of all codes that were sent to an address, let another one count than the newest."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        known: dict[tuple[str, str], list[Any]] = {}

        def handle(request: Request) -> Response:
            operation = operation_of(request)
            if operation == _GRANT and _key(request) in known:
                chosen = choose(known[_key(request)], request)
                if chosen is not None:
                    tenant.passwordless[_key(request)] = chosen
            response = handler(request)
            if operation == _START:
                for key, code in tenant.passwordless.items():
                    if not any(code is one for one in known.setdefault(key, [])):
                        known[key].append(code)
            return response

        return handle

    return wrap


def _same(codes: list[Any], request: Request) -> Any:
    return next((one for one in codes if one.code == sent(request).get("otp")), None)


broken("passwordless-code-works-twice", _GRANT)(
    _remembered(lambda codes, request: codes[-1] if _same(codes[-1:], request) else None)
)
broken("passwordless-code-before-the-newest", _GRANT)(_remembered(_same))
broken("passwordless-first-code-counts", _GRANT)(_remembered(lambda codes, request: codes[0]))


def _aged(seconds: float) -> Callable[[Tenant, Request], None]:
    def meddle(tenant: Tenant, request: Request) -> None:
        for code in tenant.passwordless.values():
            code.made_at = code.made_at - seconds if seconds else tenant.clock.now()

    return meddle


broken("passwordless-code-never-expires", _GRANT)(before(_GRANT, _aged(0)))
broken("passwordless-code-of-two-minutes", _GRANT)(before(_GRANT, _aged(60)))


@broken("passwordless-code-as-old-as-the-first", _GRANT)
def _as_old(tenant: Tenant, handler: Handler) -> Handler:
    """A code lives three minutes from the first start of the login, not from its own."""
    made: dict[tuple[str, str], float] = {}

    def handle(request: Request) -> Response:
        response = handler(request)
        if operation_of(request) == _START:
            for key, code in tenant.passwordless.items():
                code.made_at = made[key] = min(made.get(key, code.made_at), code.made_at)
        elif operation_of(request) == _GRANT and response.status == 200:
            made.pop(_key(request), None)
        return response

    return handle


def _taken(fits: Callable[[tuple[str, str], tuple[str, str]], bool]) -> Callable[[Tenant, Request], None]:
    """A code that was sent to somebody else, or otherwise, is taken too."""

    def meddle(tenant: Tenant, request: Request) -> None:
        mine, code = tenant.passwordless.get(_key(request)), sent(request).get("otp")
        others = [one for key, one in tenant.passwordless.items() if fits(key, _key(request)) and one.code == code]
        if mine is not None and others:
            mine.code = others[0].code

    return meddle


broken("passwordless-code-of-anybody", _GRANT)(before(_GRANT, _taken(lambda key, mine: key[0] == mine[0])))


def _other_way(tenant: Tenant, request: Request) -> None:
    mine, code = tenant.passwordless.get(_key(request)), sent(request).get("otp")
    for one in tenant.passwordless.values():
        if mine is not None and one.user is mine.user and one.code == code:
            mine.code = one.code


broken("passwordless-code-sent-the-other-way", _GRANT)(before(_GRANT, _other_way))


def _any_code(tenant: Tenant, request: Request) -> None:
    mine, code = tenant.passwordless.get(_key(request)), sent(request).get("otp")
    if mine is not None and isinstance(code, str):
        mine.code = code


broken("passwordless-any-code", _GRANT)(before(_GRANT, _any_code))


def _guesses(tenant: Tenant, request: Request) -> None:
    mine = tenant.passwordless.get(_key(request))
    if mine is not None:
        mine.user.failed_logins = 0


broken("passwordless-guesses-without-end", _GRANT)(before(_GRANT, _guesses))


def _is_enough(tenant: Tenant, request: Request, handler: Handler) -> Response:
    policy = tenant.policy
    tenant.policy = "never"
    try:
        return handler(request)
    finally:
        tenant.policy = policy


broken("passwordless-needs-no-second-factor", _GRANT)(around(_GRANT, _is_enough))


def _sends_nothing(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status == 200:
        del tenant.outbox._messages[-1:]
    return response


broken("passwordless-start-sends-nothing", _START)(around(_START, _sends_nothing))
broken("passwordless-start-without-_id", _START)(body_of(_START, lambda body: {**body, "_id": None}))
broken("passwordless-start-verifies-the-email", _START)(
    body_of(_START, lambda body: body.update(email_verified=True) if "email" in body else None)
)
broken("passwordless-start-is-created", _START)(answering(_START, lambda response: replace(response, status=201)))
broken("passwordless-start-plain-error", _START)(
    body_of(_START, lambda body: body.update(error="invalid_request"), granted=False)
)


def _without_secret(operation: str) -> Break:
    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        application = tenant.applications.get(str(sent(request).get("client_id")))
        if application is None:
            return handler(request)
        method, application.token_endpoint_auth_method = application.token_endpoint_auth_method, "none"
        try:
            return handler(request)
        finally:
            application.token_endpoint_auth_method = method

    return around(operation, act)


broken("secret-not-checked-by-passwordless-otp", _GRANT)(_without_secret(_GRANT))
broken("secret-not-checked-by-revoke", _REVOKE, _REFRESH)(_without_secret(_REVOKE))


def _one_text(body: Any) -> None:
    if "phone number" in str(body.get("error_description")):
        body["error_description"] = "Wrong email or verification code."


broken("passwordless-one-text-for-both", _GRANT)(body_of(_GRANT, _one_text, granted=False))

# -- the end of refresh tokens


def _nothing_revoked(tenant: Tenant, request: Request, response: Response) -> None:
    for token in tenant.tokens.refresh.values():
        token.revoked = False


broken("revoke-does-nothing", _REFRESH)(after(_REVOKE, _nothing_revoked))


def _more_revoked(takes: Callable[[Any, Any], bool]) -> Break:
    def meddle(tenant: Tenant, request: Request, response: Response) -> None:
        named = tenant.tokens.refresh.get(str(sent(request).get("token")))
        for token in tenant.tokens.refresh.values():
            if named is not None and takes(token, named):
                token.revoked = True

    return after(_REVOKE, meddle)


broken("revoke-ends-all-of-the-user", _REFRESH)(_more_revoked(lambda token, named: token.user is named.user))
broken("revoke-ends-all-of-the-application", _REFRESH)(
    _more_revoked(lambda token, named: token.client_id == named.client_id)
)
broken("revoke-of-another-application", _REFRESH)(_more_revoked(lambda token, named: token is named))


def _access_dies(tenant: Tenant, request: Request, response: Response) -> None:
    named = tenant.tokens.refresh.get(str(sent(request).get("token")))
    for token in tenant.tokens.access.values():
        if named is not None and token.user is named.user:
            token.expires_at = 0


broken("revoke-ends-access-tokens", "userinfo", _REFRESH, "list-authenticators")(after(_REVOKE, _access_dies))


def _unknown(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status == 200 and str(sent(request).get("token")) not in tenant.tokens.refresh:
        body = json.dumps({"error": "invalid_request", "error_description": "Unknown token"}).encode()
        return Response(400, {"content-type": "application/json"}, body)
    return response


broken("revoke-of-what-nobody-knows-is-refused", _REVOKE)(around(_REVOKE, _unknown))
broken("revoke-answers-a-body", _REVOKE)(answering(_REVOKE, lambda response: replace(response, body=b"{}")))
broken("revoke-answers-204", _REVOKE)(answering(_REVOKE, lambda response: replace(response, status=204)))


def _any_case(tenant: Tenant, request: Request, handler: Handler) -> Response:
    named = str(sent(request).get("token")).lower()
    for token in tenant.tokens.refresh:
        if token.lower() == named:
            request = with_parameters(request, token=token)
    return handler(request)


broken("revoke-in-any-case", _REFRESH)(around(_REVOKE, _any_case))


def _kept(tenant: Tenant, request: Request) -> Any:
    return tenant.tokens.refresh.get(str(sent(request).get("refresh_token")))


def _reused(tenant: Tenant, request: Request) -> None:
    token = _kept(tenant, request)
    if token is not None and token.replaced_at is not None and not token.revoked:
        token.replaced_at = tenant.clock.now()
        newer = tenant.tokens.refresh.get(token.successor or "")
        if newer is not None:
            newer.replaced_at = None


broken("rotated-token-lives-on", _REFRESH)(before(_REFRESH, _reused))


def _family_lives(tenant: Tenant, request: Request, handler: Handler) -> Response:
    token = _kept(tenant, request)
    response = handler(request)
    if token is not None and response.status == 403 and token.replaced_at is not None:
        for other in tenant.tokens.refresh.values():
            if other.family == token.family and other.replaced_at is None:
                other.revoked = False
    return response


broken("reuse-spares-the-family", _REFRESH)(around(_REFRESH, _family_lives))


def _all_families(tenant: Tenant, request: Request, handler: Handler) -> Response:
    token = _kept(tenant, request)
    response = handler(request)
    if token is not None and response.status == 403 and token.replaced_at is not None:
        for other in tenant.tokens.refresh.values():
            if other.user is token.user and other.client_id == token.client_id:
                other.revoked = True
    return response


broken("reuse-ends-other-families", _REFRESH)(around(_REFRESH, _all_families))


def _private(change: Callable[[Any], None]) -> Break:
    """Change rotation for the subject alone: applications are shared with the oracle."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        application = tenant.applications.get(str(sent(request).get("client_id")))
        if application is None or not application.rotate_refresh_tokens:
            return handler(request)
        was = application.refresh_token_leeway, application.rotate_refresh_tokens
        change(application)
        try:
            return handler(request)
        finally:
            application.refresh_token_leeway, application.rotate_refresh_tokens = was

    return around(_REFRESH, act)


broken("rotation-without-leeway", _REFRESH)(_private(lambda one: setattr(one, "refresh_token_leeway", 0)))
broken("rotation-with-endless-leeway", _REFRESH)(_private(lambda one: setattr(one, "refresh_token_leeway", 10**6)))
broken("no-rotation", _REFRESH)(_private(lambda one: setattr(one, "rotate_refresh_tokens", False)))

# -- factors in turn


def _last_factor(tenant: Tenant, request: Request) -> None:
    session = tenant.tokens.mfa.get(str(sent(request).get("mfa_token")))
    if session is not None:
        session.following = ()


def _each(operations: tuple[str, ...], meddle: Callable[[Tenant, Request], None]) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        for operation in operations:
            handler = before(operation, meddle)(tenant, handler)
        return handler

    return wrap


broken("one-factor-is-enough", *_VERIFY)(_each(_VERIFY, _last_factor))


def _any_factor(tenant: Tenant, request: Request) -> None:
    session = tenant.tokens.mfa.get(str(sent(request).get("mfa_token")))
    if session is not None:
        session.demand = replace(session.demand, challenge=None, enroll=None)


broken("any-factor-in-any-turn", *_VERIFY, "challenge")(_each((*_VERIFY, "challenge"), _any_factor))


def _first_again(tenant: Tenant, handler: Handler) -> Handler:
    later: dict[str, str] = {}

    def handle(request: Request) -> Response:
        operation, token = operation_of(request), str(sent(request).get("mfa_token"))
        if operation in _VERIFY and token in later:
            request = with_parameters(request, mfa_token=later[token])
        response = handler(request)
        if operation in _VERIFY and response.status == 403 and b'"mfa_required"' in response.body:
            later[token] = response.json()["mfa_token"]
        return response

    return handle


broken("token-of-the-first-turn-finishes", *_VERIFY)(_first_again)


def _forgets(tenant: Tenant, handler: Handler) -> Handler:
    def handle(request: Request) -> Response:
        known = set(tenant.tokens.mfa)
        response = handler(request)
        if operation_of(request) in _VERIFY:
            for token, session in tenant.tokens.mfa.items():
                if token not in known:
                    session.scope = "openid"
        return response

    return handle


broken("scope-is-lost-between-turns", *_VERIFY)(_forgets)

# -- each way in


def _forgotten(operation: str) -> Break:
    def change(tenant: Tenant, request: Request, handler: Handler) -> Response:
        scope = str(sent(request).get("scope", ""))
        if "offline_access" in scope.split():
            request = with_parameters(request, scope=scope.replace("offline_access", "").strip())
        return handler(request)

    return around(operation, change)


broken("realm-forgets-offline_access", "password-realm", *_VERIFY)(_forgotten("password-realm"))
broken("passwordless-forgets-offline_access", _GRANT, *_VERIFY)(_forgotten(_GRANT))


def _no_refresh(operation: str) -> Break:
    return body_of(operation, lambda body: body.pop("refresh_token", None) and None)


broken("recovery-gives-no-refresh-token", "mfa-recovery-code")(_no_refresh("mfa-recovery-code"))


def _cached(tenant: Tenant, handler: Handler) -> Handler:
    kept: dict[str, Response] = {}

    def handle(request: Request) -> Response:
        response = handler(request)
        if operation_of(request) != "client-credentials" or response.status != 200:
            return response
        return kept.setdefault(str(sorted(sent(request).items())), response)

    return handle


broken("tokens-of-applications-are-cached", "client-credentials")(_cached)


def _without_leeway(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """Where there is no leeway, a used token is refused, and its family lives on."""
    token = tenant.tokens.refresh.get(str(sent(request).get("refresh_token")))
    used = token is not None and token.replaced_at is not None
    if token is not None and used and not tenant.applications[token.client_id].refresh_token_leeway:
        request = with_parameters(request, refresh_token="v1.unknown")
    return handler(request)


broken("family-lives-on-where-there-is-no-leeway", _REFRESH)(around(_REFRESH, _without_leeway))
