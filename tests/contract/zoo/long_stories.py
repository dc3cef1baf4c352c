"""Tenants that forget, mix up or count wrongly over a long time: what they do wrong shows only after a while."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.operations import OPERATIONS

from .breaking import (
    Break,
    after,
    around,
    bearer_of,
    broken,
    identifier_of,
    operation_of,
    sent,
    with_body,
    with_parameters,
)

_ANY = tuple(OPERATIONS)
_LOGINS = ("password", "password-realm")
_SEEN_LATER = (
    "list-authenticators", "associate", "challenge", "password", "mfa-otp", "mfa-oob", "mfa-recovery-code",
    "delete-authenticator",
)  # fmt: skip


def _session(tenant: Tenant, request: Request) -> Any:
    token = bearer_of(request) or str(sent(request).get("mfa_token"))
    return tenant.tokens.mfa.get(token) or tenant.tokens.access.get(token)


def _user(tenant: Tenant, request: Request) -> Any:
    session = _session(tenant, request)
    return session.user if session is not None else None


# -- values that have been retired


def _old_recovery_codes(tenant: Tenant, handler: Handler) -> Handler:
    known: dict[str, list[str]] = {}

    def handle(request: Request) -> Response:
        if operation_of(request) != "mfa-recovery-code":
            return handler(request)
        user, code = _user(tenant, request), sent(request).get("recovery_code")
        if user is not None and user.recovery is not None:
            old = known.setdefault(user.id, [])
            if code in old[:-1]:
                request = with_parameters(request, recovery_code=user.recovery.code)
            elif user.recovery.code not in old:
                old.append(user.recovery.code)
        return handler(request)

    return handle


broken("recovery-code-of-long-ago", "mfa-recovery-code")(_old_recovery_codes)


def _anybodys_recovery_code(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user, code = _user(tenant, request), sent(request).get("recovery_code")
    others = [one.recovery for one in tenant.users.values() if one.recovery is not None]
    if user is not None and user.recovery is not None and code in [one.code for one in others]:
        request = with_parameters(request, recovery_code=user.recovery.code)
    return handler(request)


broken("recovery-code-of-anybody", "mfa-recovery-code")(around("mfa-recovery-code", _anybodys_recovery_code))


def _deleted_apps(tenant: Tenant, handler: Handler) -> Handler:
    gone: dict[str, list[Any]] = {}

    def handle(request: Request) -> Response:
        operation, user = operation_of(request), _user(tenant, request)
        if operation == "delete-authenticator" and user is not None:
            gone.setdefault(user.id, []).extend(e for e in user.entries if e.factor == "otp")
        if operation != "mfa-otp" or user is None:
            return handler(request)
        old = [e for e in gone.get(user.id, ()) if e not in user.entries]
        user.entries.extend(old)
        try:
            return handler(request)
        finally:
            for entry in old:
                user.entries.remove(entry)

    return handle


broken("deleted-app-still-logs-in", "mfa-otp")(_deleted_apps)


def _anybodys_app(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = _user(tenant, request)
    if user is None or not user.enrolled:
        return handler(request)
    strangers = [one for one in tenant.users.values() if one is not user]
    others = [e for one in strangers for e in one.entries if e.factor == "otp" and e.active]
    user.entries.extend(others)
    try:
        return handler(request)
    finally:
        for entry in others:
            user.entries.remove(entry)


broken("app-of-anybody", "mfa-otp")(around("mfa-otp", _anybodys_app))


def _deleted_can_be_challenged(tenant: Tenant, handler: Handler) -> Handler:
    gone: dict[str, list[Any]] = {}

    def handle(request: Request) -> Response:
        operation, user = operation_of(request), _user(tenant, request)
        if operation == "delete-authenticator" and user is not None:
            gone.setdefault(user.id, []).extend(user.entries)
        if operation != "challenge" or user is None or not sent(request).get("authenticator_id"):
            return handler(request)
        old = [e for e in gone.get(user.id, ()) if e not in user.entries]
        user.entries.extend(old)
        try:
            return handler(request)
        finally:
            for entry in old:
                user.entries.remove(entry)

    return handle


broken("deleted-can-be-challenged", "challenge")(_deleted_can_be_challenged)

# -- second authenticators


def _first_only(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = _user(tenant, request)
    apps = [e for e in user.entries if e.factor == "otp" and e.active] if user is not None else []
    for entry in apps[1:]:
        user.entries.remove(entry)
    try:
        return handler(request)
    finally:
        if user is not None:
            user.entries.extend(apps[1:])


broken("second-app-does-not-count", "mfa-otp", "list-authenticators")(around("mfa-otp", _first_only))


def _replaces(tenant: Tenant, request: Request, response: Response) -> None:
    user = _user(tenant, request)
    apps = [e for e in user.entries if e.factor == "otp" and e.active]
    if len(apps) > 1:
        user.entries.remove(apps[0])


broken("second-app-replaces-the-first", *_SEEN_LATER)(after("mfa-otp", _replaces))


def _all_gone(tenant: Tenant, request: Request, response: Response) -> None:
    user = _user(tenant, request)
    user.entries.clear()


broken("deleting-one-deletes-all", *_SEEN_LATER)(after("delete-authenticator", _all_gone))


def _anybody_deletes(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    access = tenant.tokens.access.get(bearer_of(request))
    if response.status == 404 and access is not None and "remove:authenticators" in access.scopes:
        for user in tenant.users.values():
            found = [e for e in user.entries if e.id == identifier_of(request)]
            if found:
                user.entries.remove(found[0])
                return Response(204, {})
    return response


broken("anybody-deletes", *_SEEN_LATER)(around("delete-authenticator", _anybody_deletes))


def _recovery_gone(tenant: Tenant, request: Request, response: Response) -> None:
    user = _user(tenant, request)
    if not any(e.active and e.factor == "otp" for e in user.entries):
        user.recovery = None


broken("recovery-code-goes-with-the-app", *_SEEN_LATER)(after("delete-authenticator", _recovery_gone))

# -- clocks


def _shifted(seconds: float, *operations: str) -> Break:
    """A clock that is late or early for these operations."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if operation_of(request) not in operations:
                return handler(request)
            now = tenant.clock.now()
            tenant.clock.freeze(now + seconds)
            try:
                return handler(request)
            finally:
                tenant.clock.freeze(now)

        return handle

    return wrap


broken("userinfo-a-second-too-long", "userinfo")(_shifted(-1, "userinfo"))
broken("list-a-second-too-short", "list-authenticators")(_shifted(1, "list-authenticators"))
broken("list-a-second-too-long", "list-authenticators")(_shifted(-1, "list-authenticators"))
broken("otp-clock-half-a-minute-late", "mfa-otp")(_shifted(-30, "mfa-otp"))
broken("challenge-a-second-too-long", "challenge", "mfa-oob")(_shifted(-1, "challenge"))
broken("codes-live-a-second-longer", "mfa-oob")(_shifted(-1, "mfa-oob"))
broken("codes-live-ten-seconds-less", "mfa-oob")(_shifted(10, "mfa-oob"))


def _other_limit(change: int) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        seen: set[int] = set()
        kept: list[Any] = []

        def handle(request: Request) -> Response:
            response = handler(request)
            for user in tenant.users.values():
                for bucket in user.buckets.values():
                    if id(bucket) not in seen:
                        seen.add(id(bucket))
                        kept.append(bucket)
                        bucket.capacity += change
                        bucket._level += change
            return response

        return handle

    return wrap


broken("one-try-more", *_ANY)(_other_limit(1))
broken("one-try-less", *_ANY)(_other_limit(-1))

# -- looking back


def _other_keys(tenant: Tenant, handler: Handler) -> Handler:
    calls = [0]

    def handle(request: Request) -> Response:
        response = handler(request)
        if operation_of(request) != "jwks":
            return response
        calls[0] += 1
        body = response.json()
        for key in body["keys"]:
            key["kid"] = f"{key['kid']}-{calls[0] // 2}"
        return with_body(response, body)

    return handle


broken("keys-change-with-each-look", "jwks", *_LOGINS, "mfa-otp", "mfa-oob", "mfa-recovery-code", "refresh-token")(
    _other_keys
)


def _stale(*operations: str) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        kept: dict[str, Response] = {}

        def handle(request: Request) -> Response:
            if operation_of(request) not in operations:
                return handler(request)
            key = f"{request.path} {bearer_of(request)}"
            if key not in kept:
                response = handler(request)
                if response.status != 200:
                    return response
                kept[key] = response
            return kept[key]

        return handle

    return wrap


broken("list-is-cached", "list-authenticators")(_stale("list-authenticators"))
broken("userinfo-is-cached-for-good", "userinfo")(_stale("userinfo"))


def _odd(change: Callable[[Any], object], operation: str) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        calls = [0]

        def handle(request: Request) -> Response:
            response = handler(request)
            if operation_of(request) != operation or response.status != 200:
                return response
            calls[0] += 1
            if calls[0] % 2:
                return response
            body = response.json()
            change(body)
            return with_body(response, body)

        return handle

    return wrap


broken("every-second-userinfo-is-somebody-else", "userinfo")(_odd(lambda body: body.update(sub="auth0|x"), "userinfo"))
broken("every-second-issuer-is-another", "openid-configuration")(
    _odd(lambda body: body.update(issuer="https://other.example/"), "openid-configuration")
)
broken("every-second-list-has-other-ids", *_SEEN_LATER)(
    _odd(lambda body: [row.update(id=row["id"][:-2] + "zz") for row in body] and None, "list-authenticators")
)

# -- many users, many calls


def _shared_limit(tenant: Tenant, handler: Handler) -> Handler:
    shared: dict[str, Any] = {}

    def handle(request: Request) -> Response:
        for user in tenant.users.values():
            for name, bucket in user.buckets.items():
                user.buckets[name] = shared.setdefault(name, bucket)
        return handler(request)

    return handle


broken("limit-of-all-users-together", *_ANY)(_shared_limit)


def _locked_together(tenant: Tenant, handler: Handler) -> Handler:
    failed = [0]

    def handle(request: Request) -> Response:
        response = handler(request)
        if operation_of(request) in _LOGINS:
            failed[0] += response.status == 403 and b"invalid_grant" in response.body
            if failed[0] > 10:
                body = {"error": "too_many_attempts", "error_description": "blocked"}
                return Response(429, {"content-type": "application/json"}, json.dumps(body).encode())
        return response

    return handle


broken("users-locked-out-together", *_LOGINS)(_locked_together)


def breaks_down(after_calls: int) -> Break:
    """A tenant that answers 500 from some call on."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        calls = [0]

        def handle(request: Request) -> Response:
            calls[0] += 1
            return handler(request) if calls[0] < after_calls else Response(500, {}, b"down")

        return handle

    return wrap


for _calls in (3, 50, 333, 2000):
    broken(f"breaks-down-after-{_calls}-calls", *_ANY)(breaks_down(_calls))


def _now_and_then(tenant: Tenant, handler: Handler) -> Handler:
    chance = random.Random(1)

    def handle(request: Request) -> Response:
        response = handler(request)
        return Response(503, {}, b"") if chance.random() < 0.01 else response

    return handle


broken("fails-now-and-then", *_ANY)(_now_and_then)


def _forgets_audience(tenant: Tenant, request: Request, handler: Handler) -> Response:
    token = tenant.tokens.access.get(bearer_of(request))
    if token is not None:
        token.audiences = (*token.audiences, tenant.mfa_audience)
    return handler(request)


broken("any-audience-associates", "associate", "mfa-otp", "list-authenticators")(around("associate", _forgets_audience))
broken("any-audience-deletes", "delete-authenticator", "mfa-otp", "list-authenticators")(
    around("delete-authenticator", _forgets_audience)
)
