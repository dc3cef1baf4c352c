"""Tenants that keep a rule at most of the operations that have it, and forget it at one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.operations import GRANTS, OPERATIONS
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.tenant.tokens import MFA_ACCESS_TOKEN_LIFETIME

from .breaking import (
    Break,
    after,
    around,
    bearer_of,
    before,
    body_of,
    broken,
    operation_of,
    sent,
    with_body,
    with_parameters,
)
from .right import claims

_VERIFY = ("mfa-otp", "mfa-oob", "mfa-recovery-code")


def _application(tenant: Tenant, request: Request) -> Any:
    return tenant.applications.get(str(sent(request).get("client_id")))


def _user(tenant: Tenant, request: Request) -> User | None:
    """The user whose token a request carries."""
    for token in (str(sent(request).get("mfa_token")), bearer_of(request)):
        if token in tenant.tokens.mfa:
            return tenant.tokens.mfa[token].user
        if token in tenant.tokens.access:
            return tenant.tokens.access[token].user
    return None


# -- what a request may not ask for


def _any_grant(tenant: Tenant, request: Request, handler: Handler) -> Response:
    application = _application(tenant, request)
    if application is None:
        return handler(request)
    kept, application.grant_types = application.grant_types, frozenset(GRANTS)
    try:
        return handler(request)
    finally:
        application.grant_types = kept  # the oracle has the same application


for _operation in ("password", "password-realm", "passwordless-otp", "mfa-otp", "mfa-recovery-code"):
    broken(f"grant-not-checked-at-{_operation}", _operation)(around(_operation, _any_grant))


def _when_refused(text: str, *taken_out: str) -> Callable[[Tenant, Request, Handler], Response]:
    """Go on without these parameters where a refusal has this text."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        if response.status < 400 or text not in response.body.decode():
            return response
        return handler(with_parameters(request, **dict.fromkeys(taken_out)))

    return act


broken("misspelt-audience-left-out-at-password-realm", "password-realm")(
    around("password-realm", _when_refused("invalid audience", "audience"))
)
broken("organization-left-out-at-passwordless-otp", "passwordless-otp")(
    around("passwordless-otp", _when_refused("rganization", "organization"))
)


def _read_once(tenant: Tenant, request: Request, handler: Handler) -> Response:
    fields = request.body.split(b"&")
    return handler(replace(request, body=b"&".join(dict.fromkeys(fields))))


for _operation in ("revoke", "passwordless-start", "challenge"):
    broken(f"repeated-parameter-read-once-at-{_operation}", _operation)(around(_operation, _read_once))


def _any_known_secret(tenant: Tenant, request: Request, handler: Handler) -> Response:
    given, application = sent(request).get("client_secret"), _application(tenant, request)
    others = [one.client_secret for one in tenant.applications.values() if one is not application]
    if application is None or given is None or given not in others:
        return handler(request)
    return handler(with_parameters(request, client_secret=application.client_secret))


for _operation in ("password-realm", "refresh-token", "client-credentials", "mfa-recovery-code", "challenge", "revoke"):
    broken(f"secret-of-another-application-at-{_operation}", _operation)(around(_operation, _any_known_secret))

# -- messages that cannot be sent


def _swallowed(operation: str, shown: Callable[[dict[str, Any]], dict[str, Any]]) -> Break:
    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        if response.status < 500:
            return response
        return with_body(replace(response, status=200), shown(sent(request)))

    return around(operation, act)


def _started(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("connection") == "email":
        return {"_id": "0123456789abcdef01234567", "email": values.get("email"), "email_verified": False}
    return {"_id": "0123456789abcdef01234567", "phone_number": values.get("phone_number"), "phone_verified": False}


broken("failed-message-is-a-start", "passwordless-start")(_swallowed("passwordless-start", _started))
broken("failed-message-is-a-challenge", "challenge")(
    _swallowed(
        "challenge",
        lambda values: {"challenge_type": "oob", "oob_code": "Fe26.2*" + "0" * 40, "binding_method": "prompt"},
    )
)


def _tried_again(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    return handler(request) if response.status >= 500 else response


for _operation in ("associate", "challenge", "passwordless-start"):
    broken(f"failed-message-is-sent-again-at-{_operation}", _operation)(around(_operation, _tried_again))

# -- users who are blocked or deleted


@contextmanager
def _as_if(tenant: Tenant, name: str) -> Iterator[None]:
    """All users as if they were neither blocked nor deleted."""
    held: list[Any] = [*tenant.tokens.mfa.values(), *tenant.tokens.access.values(), *tenant.tokens.refresh.values()]
    users = {id(user): user for user in (*tenant.users.values(), *(one.user for one in held)) if user is not None}
    changed = [user for user in users.values() if getattr(user, name)]
    for user in changed:
        setattr(user, name, False)
    try:
        yield
    finally:
        for user in changed:
            setattr(user, name, True)


def _overlooked(name: str) -> Callable[[Tenant, Request, Handler], Response]:
    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        with _as_if(tenant, name):
            return handler(request)

    return act


for _operation, _declared in OPERATIONS.items():
    if "user_blocked" in _declared.refusals and _declared.path == "/oauth/token":
        broken(f"blocked-user-goes-on-at-{_operation}", _operation)(around(_operation, _overlooked("blocked")))
for _operation in ("refresh-token", "mfa-otp"):
    broken(f"deleted-user-goes-on-at-{_operation}", _operation)(around(_operation, _overlooked("deleted")))

# -- what is counted


def _named(tenant: Tenant, request: Request) -> User | None:
    return tenant.user_by_email(str(sent(request).get("username")))


def _keeps_failures(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """Neither counts a wrong password nor blocks."""
    user = _named(tenant, request)
    if user is None:
        return handler(request)
    kept, user.failed_logins = user.failed_logins, 0
    try:
        return handler(request)
    finally:
        user.failed_logins = kept


def _counting(choose: Callable[[int, int], int]) -> Callable[[Tenant, Request, Handler], Response]:
    """A call chooses between the failures before it and those after it: ``max`` forgives none, ``min`` counts none."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        user = _named(tenant, request)
        kept = user.failed_logins if user is not None else 0
        response = handler(request)
        if user is not None:
            user.failed_logins = choose(user.failed_logins, kept)
        return response

    return act


_BOTH = ("password", "password-realm")
for _operation in _BOTH:
    broken(f"wrong-passwords-have-no-end-at-{_operation}", *_BOTH)(around(_operation, _keeps_failures))
    broken(f"right-password-forgives-nothing-at-{_operation}", *_BOTH)(around(_operation, _counting(max)))
    broken(f"wrong-passwords-not-counted-at-{_operation}", *_BOTH)(around(_operation, _counting(min)))


def _refunded(operation: str, kinds: str, *, confirming: bool | None = None) -> Break:
    """What an operation takes of a user's limits is given back."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        user = _user(tenant, request)
        confirms = str(sent(request).get("mfa_token")) in tenant.tokens.access
        if user is None or confirming not in (None, confirms):
            return handler(request)
        before = {kind: bucket.level(tenant.clock.now()) for kind, bucket in user.buckets.items()}
        response = handler(request)
        for kind, bucket in user.buckets.items():
            if kind.startswith(kinds):
                bucket._level = before.get(kind, bucket.capacity)
        return response

    return around(operation, act)


for _operation in ("mfa-otp", "mfa-oob"):
    broken(f"wrong-codes-not-counted-while-confirming-at-{_operation}", *_VERIFY)(
        _refunded(_operation, "", confirming=True)
    )
broken("messages-of-associations-not-counted", "associate", "challenge")(_refunded("associate", "messages:"))
broken("messages-of-challenges-not-counted", "associate", "challenge")(_refunded("challenge", "messages:"))


def _endless(tenant: Tenant, request: Request) -> None:
    for user in tenant.users.values():
        for kind, bucket in user.buckets.items():
            if kind.startswith("passwordless:"):
                bucket.fill()


broken("passwordless-messages-without-end", "passwordless-start")(before("passwordless-start", _endless))

# -- how long tokens live


def _sooner(operation: str) -> Break:
    """The mfa_token that an operation answers dies after half of its life."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response = handler(request)
        if response.status == 403 and b'"mfa_token"' in response.body:
            session = tenant.tokens.mfa[response.json()["mfa_token"]]
            session.born_at -= tenant.profile.mfa_token_lifetime / 2
        return response

    return around(operation, act)


for _operation in ("password-realm", "passwordless-otp", "refresh-token", "mfa-otp"):
    broken(f"mfa_token-lives-half-as-long-from-{_operation}", "list-authenticators", "challenge", *_VERIFY)(
        _sooner(_operation)
    )


def _longer(tenant: Tenant, request: Request, response: Response) -> None:
    token = tenant.tokens.access[response.json()["access_token"]]
    if token.expires_at == tenant.clock.now() + MFA_ACCESS_TOKEN_LIFETIME:
        token.expires_at += 60


_GIVING = ("password", "password-realm", "passwordless-otp", "refresh-token", *_VERIFY)
for _operation in _GIVING:
    broken(f"token-of-the-MFA-audience-lives-longer-from-{_operation}", "list-authenticators", "associate", *_VERIFY)(
        after(_operation, _longer)
    )


def _half(body: dict[str, Any]) -> None:
    body["expires_in"] //= 2


for _operation in ("client-credentials", "refresh-token", *_VERIFY):
    broken(f"expires_in-is-half-of-the-life-at-{_operation}", _operation, guesses_bind=False)(
        body_of(_operation, _half)
    )
_TOKENS = ("password", "password-realm", "client-credentials", *_VERIFY, "refresh-token")
broken("tokens-of-tomorrow", *_TOKENS, guesses_bind=False)(claims(lambda held: {**held, "nbf": held["iat"] + 86400}))
broken("signed-in-tomorrow", *_TOKENS, guesses_bind=False)(
    claims(lambda held: held if "scope" in held else {**held, "auth_time": held["iat"] + 86400})
)
broken("at_hash-of-another-token", *_TOKENS, guesses_bind=False)(
    claims(lambda held: held if "scope" in held else {**held, "at_hash": "dGhlIGhhc2ggb2Ygbm9uZQ"})
)


def _in_seconds(tenant: Tenant, handler: Handler) -> Handler:
    """The expiry in an oob_code is in seconds."""
    real: dict[str, str] = {}

    def handle(request: Request) -> Response:
        given = str(sent(request).get("oob_code"))
        response = handler(with_parameters(request, oob_code=real[given]) if given in real else request)
        if operation_of(request) not in ("associate", "challenge") or b'"oob_code"' not in response.body:
            return response
        body = response.json()
        parts = body["oob_code"].split("*")
        shown = "*".join([*parts[:5], parts[5][:-3], *parts[6:]])
        real[shown] = body["oob_code"]
        return with_body(response, {**body, "oob_code": shown})

    return handle


broken("oob-code-ends-in-seconds", "associate", "challenge")(_in_seconds)

# -- rotation where a refresh demanded a factor


def _not_rotated(tenant: Tenant, request: Request, handler: Handler) -> Response:
    session = tenant.tokens.mfa.get(str(sent(request).get("mfa_token")))
    response = handler(request)
    if session is None or session.renewing is None or response.status != 200:
        return response
    body = response.json()
    body.pop("refresh_token", None)
    return with_body(response, body)


for _operation in _VERIFY:
    broken(f"no-refresh-token-after-a-demand-at-{_operation}", _operation)(around(_operation, _not_rotated))

# -- other spellings of one request


def _unless(found: Callable[[Request], bool]) -> Break:
    """Refuse a request that is spelt so."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if not found(request):
                return handler(request)
            body = b'{"error":"invalid_request","error_description":"Bad request"}'
            return Response(400, {"content-type": "application/json"}, body)

        return handle

    return wrap


_SMALL_HEX = re.compile("%[0-9][a-f]|%[a-f][0-9a-f]")


def _is_form(request: Request) -> bool:
    return "form" in request.headers.get("content-type", "") and not request.body.startswith(b"{")


broken("small-hex-digits-in-a-path-are-refused", "delete-authenticator")(
    _unless(lambda request: _SMALL_HEX.search(request.path) is not None)
)
broken("small-hex-digits-in-a-form-are-refused", *OPERATIONS)(
    _unless(lambda request: _is_form(request) and _SMALL_HEX.search(request.body.decode()) is not None)
)
broken("%20-in-a-form-is-refused", *OPERATIONS)(_unless(lambda request: _is_form(request) and b"%20" in request.body))
broken("quoted-charset-is-refused", *OPERATIONS)(
    _unless(lambda request: 'charset="' in request.headers.get("content-type", ""))
)
