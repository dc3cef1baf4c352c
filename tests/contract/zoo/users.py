"""Tenants that take one for another: users, authenticators, logins, codes, and letters in another case."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from pytest_auth0_mfa import Handler, Request, Response, Tenant

from .breaking import (
    Break,
    after,
    around,
    bearer_of,
    before,
    broken,
    identifier_of,
    operation_of,
    sent,
    with_parameters,
)

_LOGINS = ("password", "password-realm")
_VERIFY = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
_SEEN_LATER = (
    "list-authenticators", "associate", "challenge", "password", "delete-authenticator", "refresh-token", "userinfo",
    *_VERIFY,
)  # fmt: skip


def _user(tenant: Tenant, request: Request) -> Any:
    token = bearer_of(request) or str(sent(request).get("mfa_token"))
    session = tenant.tokens.mfa.get(token) or tenant.tokens.access.get(token)
    return session.user if session is not None else None


def _others(tenant: Tenant, user: Any) -> list[Any]:
    return [one for one in tenant.users.values() if one is not user]


# -- one user's step is another's


def _approves_all(tenant: Tenant, request: Request, response: Response) -> None:
    challenge = tenant.challenges.get(str(sent(request).get("oob_code")))
    if challenge is not None and challenge.authenticator.factor == "push":
        for user in _others(tenant, challenge.user):
            with suppress(LookupError):
                tenant.push.approve(user)


def _rejects_all(tenant: Tenant, request: Request, handler: Handler) -> Response:
    challenge = tenant.challenges.get(str(sent(request).get("oob_code")))
    response = handler(request)
    if challenge is not None and challenge.state == "rejected":
        for user in _others(tenant, challenge.user):
            with suppress(LookupError):
                tenant.push.reject(user)
    return response


broken("push-approved-for-everybody", "mfa-oob")(after("mfa-oob", _approves_all))
broken("push-rejected-for-everybody", "mfa-oob")(around("mfa-oob", _rejects_all))


def _after_anybody(operation: str, meddle: Callable[[Any], None]) -> Break:
    """Once somebody did it, it has happened to the others, too."""

    def act(tenant: Tenant, request: Request, response: Response) -> None:
        for user in _others(tenant, _user(tenant, request)):
            meddle(user)

    return after(operation, act)


def _confirmed(user: Any) -> None:
    for entry in user.entries:
        entry.active = True


def _without_push(user: Any) -> None:
    user.entries[:] = [entry for entry in user.entries if entry.factor != "push"]


def _without_recovery(user: Any) -> None:
    user.recovery = None


broken("confirmation-confirms-everybody", *_SEEN_LATER)(_after_anybody("mfa-otp", _confirmed))
broken("approval-confirms-everybody", *_SEEN_LATER)(_after_anybody("mfa-oob", _confirmed))
broken("recovery-ends-everybodys-code", *_SEEN_LATER)(_after_anybody("mfa-recovery-code", _without_recovery))
broken("deletion-deletes-everybodys", *_SEEN_LATER, "passwordless-otp", "passwordless-start", "revoke")(
    _after_anybody("delete-authenticator", _without_push)
)


def _challenges_end(tenant: Tenant, request: Request, response: Response) -> None:
    mine = _user(tenant, request)
    for challenge in tenant.challenges.values():
        if challenge.user is not mine and challenge.code is not None:
            challenge.state = "used"


broken("a-challenge-ends-everybodys", *_SEEN_LATER)(after("challenge", _challenges_end))


def _sessions_end(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    mine = tenant.user_by_email(str(sent(request).get("username")))
    for session in tenant.tokens.mfa.values():
        if session.user is not mine and b'"mfa_required"' in response.body:
            session.born_at = 0
    return response


broken("a-login-ends-everybodys", *_SEEN_LATER)(around("passwordless-otp", _sessions_end))


def _remembered_userinfo(tenant: Tenant, handler: Handler) -> Handler:
    kept: dict[str, Response] = {}

    def handle(request: Request) -> Response:
        response = handler(request)
        if operation_of(request) != "userinfo" or response.status != 200:
            return response
        token = tenant.tokens.access.get(bearer_of(request))
        key = " ".join(token.scopes) if token is not None else ""
        return kept.setdefault(key, response)

    return handle


broken("userinfo-is-cached-by-scope", "userinfo")(_remembered_userinfo)


def _same_password(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = tenant.user_by_email(str(sent(request).get("username")))
    alike = [one for one in tenant.users.values() if user is not None and one.password == user.password]
    if len(alike) > 1 and sent(request).get("password") == user.password:  # type: ignore[union-attr]
        request = with_parameters(request, username=alike[0].email)
    return handler(request)


broken("users-found-by-their-passwords", *_SEEN_LATER)(around("password", _same_password))


def _of_the_first(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    number = user.phone_number if user is not None else None
    first = next((one for one in tenant.users.values() if one.phone_number == number), user)
    for entry in user.entries if user is not None else ():
        if entry.factor == "sms" and first is not user:
            entry.address = "+15550000000"


broken("one-number-for-one-user", "challenge", "list-authenticators", "mfa-oob")(before("challenge", _of_the_first))

# -- one authenticator is another


def _kind(identifier: str) -> str:
    return identifier.partition("|")[0]


def _instead(choose: Callable[[list[Any]], Any]) -> Callable[[Tenant, Request], Request]:
    """Another authenticator of the kind that was named."""

    def change(tenant: Tenant, request: Request) -> Request:
        user, named = _user(tenant, request), str(sent(request).get("authenticator_id") or identifier_of(request))
        alike = [e for e in user.entries if e.active and _kind(e.id) == _kind(named)] if user is not None else []
        if named not in [entry.id for entry in alike]:
            return request
        other = choose(alike).id
        if request.method == "DELETE":
            return replace(request, path=f"/mfa/authenticators/{quote(other, safe='')}")
        return with_parameters(request, authenticator_id=other)

    return change


def _changed(operation: str, change: Callable[[Tenant, Request], Request]) -> Break:
    return around(operation, lambda tenant, request, handler: handler(change(tenant, request)))


_LATER = ("challenge", "mfa-oob", "list-authenticators", "delete-authenticator")
broken("challenge-goes-to-the-first-of-its-kind", *_LATER)(_changed("challenge", _instead(lambda alike: alike[0])))
broken("challenge-goes-to-the-last-of-its-kind", *_LATER)(_changed("challenge", _instead(lambda alike: alike[-1])))
broken("deletion-of-the-first-of-its-kind", *_LATER)(_changed("delete-authenticator", _instead(lambda alike: alike[0])))
broken("deletion-of-the-last-of-its-kind", *_LATER)(_changed("delete-authenticator", _instead(lambda alike: alike[-1])))


def _deleted_with_its_kind(tenant: Tenant, request: Request, response: Response) -> None:
    user, kind = _user(tenant, request), _kind(identifier_of(request))
    user.entries[:] = [entry for entry in user.entries if _kind(entry.id) != kind]


broken("deletion-of-all-of-its-kind", *_LATER, "password", "mfa-otp")(
    after("delete-authenticator", _deleted_with_its_kind)
)


def _without(name: str) -> Callable[[Tenant, Request], Request]:
    def change(tenant: Tenant, request: Request) -> Request:
        if name not in sent(request):
            return request
        body = json.dumps({key: value for key, value in sent(request).items() if key != name}).encode()
        return replace(request, headers={**request.headers, "content-type": "application/json"}, body=body)

    return change


broken("authenticator_id-is-not-read", *_LATER)(_changed("challenge", _without("authenticator_id")))
broken("challenge_type-is-not-read", *_LATER)(_changed("challenge", _without("challenge_type")))

# -- one login is another


def _last_login(field: str) -> Break:
    """What the last login of the user asked for holds for those before."""

    def act(tenant: Tenant, request: Request) -> None:
        user = _user(tenant, request)
        mine = [session for session in tenant.tokens.mfa.values() if session.user is user]
        session = tenant.tokens.mfa.get(str(sent(request).get("mfa_token")))
        if session is not None and mine:
            setattr(session, field, getattr(mine[-1], field))

    return before("mfa-otp", act)


broken("scope-of-the-last-login", "mfa-otp")(_last_login("scope"))
broken("audience-of-the-last-login", "mfa-otp")(_last_login("audience"))
broken("nonce-of-the-last-login", "mfa-otp")(_last_login("nonce"))


def _last_refresh(tenant: Tenant, request: Request) -> None:
    named = tenant.tokens.refresh.get(str(sent(request).get("refresh_token")))
    mine = [one for one in tenant.tokens.refresh.values() if named is not None and one.user is named.user]
    if named is not None and mine:
        named.scope = mine[-1].scope


broken("refresh-gives-the-last-scope", "refresh-token")(before("refresh-token", _last_refresh))


def _other_code(tenant: Tenant, request: Request) -> None:
    challenge, code = tenant.challenges.get(str(sent(request).get("oob_code"))), sent(request).get("binding_code")
    for other in tenant.challenges.values():
        alike = challenge is not None and other.user is challenge.user and other.authenticator.factor != "push"
        if alike and other is not challenge and other.code == code and other.state == "pending":
            challenge.code = other.code  # type: ignore[union-attr]


broken("code-of-another-open-challenge", "mfa-oob")(before("mfa-oob", _other_code))

# -- letters in another case


def _caseless(name: str, known: Callable[[Tenant], Any], *operations: str) -> Break:
    def change(tenant: Tenant, request: Request) -> Request:
        given = sent(request).get(name)
        for value in known(tenant) if isinstance(given, str) else ():
            if value.lower() == given.lower():  # type: ignore[union-attr]
                return with_parameters(request, **{name: value})
        return request

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        for operation in operations:
            handler = _changed(operation, change)(tenant, handler)
        return handler

    return wrap


def _ids(tenant: Tenant) -> list[str]:
    return [entry.id for user in tenant.users.values() for entry in user.entries]


broken("authenticator_id-in-any-case", "challenge")(_caseless("authenticator_id", _ids, "challenge"))
broken("mfa_token-in-any-case", *_VERIFY, "challenge")(
    _caseless("mfa_token", lambda tenant: list(tenant.tokens.mfa), *_VERIFY, "challenge")
)
broken("oob_code-in-any-case", "mfa-oob")(_caseless("oob_code", lambda tenant: list(tenant.challenges), "mfa-oob"))
broken("refresh_token-in-any-case", "refresh-token")(
    _caseless("refresh_token", lambda tenant: list(tenant.tokens.refresh), "refresh-token")
)
broken("client_id-in-any-case", *_LOGINS, *_VERIFY, "challenge", "refresh-token")(
    _caseless("client_id", lambda tenant: list(tenant.applications), *_LOGINS, *_VERIFY, "challenge", "refresh-token")
)


def _id_in_any_case(tenant: Tenant, request: Request) -> Request:
    user = _user(tenant, request)
    for entry in user.entries if user is not None else ():
        if entry.id.lower() == identifier_of(request).lower():
            return replace(request, path=f"/mfa/authenticators/{quote(entry.id, safe='')}")
    return request


broken("deletion-in-any-case", "delete-authenticator")(_changed("delete-authenticator", _id_in_any_case))


def _bearer_in_any_case(tenant: Tenant, request: Request) -> Request:
    for token in (*tenant.tokens.mfa, *tenant.tokens.access):
        if token.lower() == bearer_of(request).lower():
            return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})
    return request


for _operation in ("list-authenticators", "associate", "delete-authenticator", "userinfo"):
    broken(f"bearer-in-any-case-at-{_operation}", _operation)(_changed(_operation, _bearer_in_any_case))
