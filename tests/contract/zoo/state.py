"""Tenants whose answers look right, but come at the wrong moment: what they remember is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant

from .breaking import after, around, bearer_of, before, broken, identifier_of, sent


def _challenge(tenant: Tenant, request: Request) -> Any:
    return tenant.challenges.get(str(sent(request).get("oob_code")))


def _session(tenant: Tenant, token: str) -> Any:
    return tenant.tokens.mfa.get(token)


def _user(tenant: Tenant, request: Request) -> Any:
    token = bearer_of(request) or str(sent(request).get("mfa_token"))
    session = _session(tenant, token) or tenant.tokens.access.get(token)
    return session.user if session is not None else None


# -- codes


def _again(tenant: Tenant, request: Request) -> None:
    challenge = _challenge(tenant, request)
    if challenge is not None and challenge.state == "used":
        challenge.state = "pending" if challenge.code else "approved"


broken("oob-code-works-twice", "mfa-oob")(before("mfa-oob", _again))


def _young(tenant: Tenant, request: Request) -> None:
    challenge = _challenge(tenant, request)
    if challenge is not None:
        challenge.made_at = tenant.clock.now()


broken("oob-code-never-expires", "mfa-oob")(before("mfa-oob", _young))


def _older(tenant: Tenant, request: Request, response: Response) -> None:
    for challenge in tenant.challenges.values():
        if challenge.oob_code == response.json().get("oob_code"):
            challenge.made_at -= 60


broken("oob-code-expires-early", "mfa-oob")(after("challenge", _older))


def _anybodys(tenant: Tenant, request: Request) -> None:
    challenge = _challenge(tenant, request)
    if challenge is not None:
        challenge.session = str(sent(request).get("mfa_token"))


broken("oob-code-of-anybody", "mfa-oob")(before("mfa-oob", _anybodys))


def _users_own(tenant: Tenant, request: Request) -> None:
    challenge, session = _challenge(tenant, request), _session(tenant, str(sent(request).get("mfa_token")))
    if challenge is not None and session is not None and challenge.user is session.user:
        challenge.session = session.token


broken("oob-code-of-another-login", "mfa-oob")(before("mfa-oob", _users_own))


def _any_code(tenant: Tenant, request: Request) -> None:
    challenge, code = _challenge(tenant, request), sent(request).get("binding_code")
    if challenge is not None and challenge.code and isinstance(code, str):
        challenge.code = code


broken("binding-code-any-will-do", "mfa-oob")(before("mfa-oob", _any_code))


def _code_of_user(tenant: Tenant, request: Request) -> None:
    challenge, code = _challenge(tenant, request), sent(request).get("binding_code")
    if challenge is not None and challenge.code:
        codes = [c.code for c in tenant.challenges.values() if c.user is challenge.user]
        challenge.code = code if code in codes else challenge.code


broken("binding-code-of-any-challenge", "mfa-oob")(before("mfa-oob", _code_of_user))


def _no_code(tenant: Tenant, request: Request, handler: Handler) -> Response:
    challenge = _challenge(tenant, request)
    if challenge is not None and challenge.code and not sent(request).get("binding_code"):
        request = replace(request, body=json.dumps({**sent(request), "binding_code": challenge.code}).encode())
        request = replace(request, headers={"Content-Type": "application/json"})
    return handler(request)


broken("binding-code-not-needed", "mfa-oob")(around("mfa-oob", _no_code))


def _burnt(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    challenge = _challenge(tenant, request)
    if challenge is not None and response.status == 403 and response.json()["error"] == "invalid_grant":
        challenge.state = "used"
    return response


broken("wrong-code-burns-the-challenge", "mfa-oob")(around("mfa-oob", _burnt))


def _three_digits(tenant: Tenant, request: Request, response: Response) -> None:
    for challenge in tenant.challenges.values():
        if challenge.code and len(challenge.code) == 6:
            challenge.code = challenge.code[:3]
            message = tenant.outbox[-1]
            object.__setattr__(message, "code", challenge.code)


broken("codes-of-three-digits", "associate", "challenge")(after("associate", _three_digits))


def _otp_again(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    for authenticator in user.entries if user is not None else ():
        authenticator.last_step = -1


broken("otp-works-twice", "mfa-otp")(before("mfa-otp", _otp_again))


def _no_attempts(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    for bucket in user.buckets.values() if user is not None else ():
        bucket.fill()


def _no_messages(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    for name, bucket in user.buckets.items() if user is not None else ():
        if name.startswith("messages"):
            bucket.fill()


broken("otp-guesses-without-end", "mfa-otp")(before("mfa-otp", _no_attempts))
broken("binding-code-guesses-without-end", "mfa-oob")(before("mfa-oob", _no_attempts))
broken("recovery-code-guesses-without-end", "mfa-recovery-code")(before("mfa-recovery-code", _no_attempts))
broken("messages-without-end", "challenge")(before("challenge", _no_messages))
broken("associations-without-end", "associate")(before("associate", _no_messages))

# -- recovery codes


def _lives_on(tenant: Tenant, request: Request, response: Response) -> None:
    user = _user(tenant, request)
    user.recovery.code = sent(request)["recovery_code"]


broken("recovery-code-lives-on", "mfa-recovery-code")(after("mfa-recovery-code", _lives_on))


def _promised(tenant: Tenant, request: Request, response: Response) -> None:
    _user(tenant, request).recovery.code = "Z" * 24


broken("recovery-code-replacement-is-useless", "mfa-recovery-code")(after("mfa-recovery-code", _promised))


def _early(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    if user is not None and user.recovery is not None:
        user.recovery.active = True


broken("recovery-code-before-confirmation", "mfa-recovery-code")(before("mfa-recovery-code", _early))


def _new_each_time(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    if user is not None and not user.enrolled:
        user.recovery = None


broken("recovery-code-with-each-association", "associate")(before("associate", _new_each_time))

# -- authenticators


def _at_once(tenant: Tenant, request: Request, response: Response) -> None:
    for authenticator in _user(tenant, request).entries:
        authenticator.active = True


broken(
    "active-at-once",
    "mfa-recovery-code",
    "list-authenticators",
    "associate",
    "challenge",
    "password",
    "mfa-otp",
    "mfa-oob",
)(after("associate", _at_once))


def _never(tenant: Tenant, request: Request, response: Response) -> None:
    for authenticator in _user(tenant, request).entries:
        authenticator.active = False


_SEEN_LATER = ("list-authenticators", "associate", "challenge", "password", "mfa-otp", "mfa-oob", "mfa-recovery-code")
broken("otp-never-active", *_SEEN_LATER)(after("mfa-otp", _never))
broken("email-never-active", *_SEEN_LATER)(after("mfa-oob", _never))


def _without_twin(tenant: Tenant, request: Request, response: Response) -> None:
    for authenticator in _user(tenant, request).entries:
        if authenticator.factor == "otp" and authenticator.twin is not None:
            authenticator.active = False


broken("totp-of-push-stays-pending", *_SEEN_LATER)(after("mfa-oob", _without_twin))


def _keep_twin(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = _user(tenant, request)
    entries = list(user.entries) if user is not None else []
    response = handler(request)
    if response.status == 204:
        gone = identifier_of(request)
        user.entries.extend(e for e in entries if e not in user.entries and e.id != gone)
    return response


broken("twin-not-deleted", "list-authenticators", "delete-authenticator", "password", "challenge")(
    around("delete-authenticator", _keep_twin)
)


def _nothing_deleted(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = _user(tenant, request)
    entries = list(user.entries) if user is not None else []
    recovery = user.recovery if user is not None else None
    response = handler(request)
    if response.status == 204:
        user.entries[:], user.recovery = entries, recovery
    return response


broken(
    "nothing-deleted", "list-authenticators", "delete-authenticator", "password", "challenge", "associate", "mfa-otp"
)(around("delete-authenticator", _nothing_deleted))


def _any_token_deletes(tenant: Tenant, request: Request, handler: Handler) -> Response:
    session = _session(tenant, bearer_of(request))
    if session is not None and not session.expired(tenant):
        found = [entry for entry in session.user.entries if entry.id == identifier_of(request)]
        if found:
            session.user.entries[:] = [e for e in session.user.entries if e not in (found[0], found[0].twin)]
            return Response(204, {})
    return handler(request)


broken("mfa-token-deletes", "delete-authenticator")(around("delete-authenticator", _any_token_deletes))


def _others_deleted(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status == 404:
        for user in tenant.users.values():
            left = [entry for entry in user.entries if entry.id != identifier_of(request)]
            if len(left) < len(user.entries):
                user.entries[:] = left
                return Response(204, {})
    return response


broken("deletes-others", "delete-authenticator")(around("delete-authenticator", _others_deleted))


def _one_phone(tenant: Tenant, request: Request, response: Response) -> None:
    user = _user(tenant, request)
    user.entries[:] = [e for e in user.entries if e.factor != "voice" or e.twin is None]


broken("voice-has-no-twin", "list-authenticators")(after("associate", _one_phone))


def _enrolls_anyway(tenant: Tenant, request: Request, handler: Handler) -> Response:
    session = _session(tenant, bearer_of(request))
    if session is None:
        return handler(request)
    session.is_mfa_token = False
    try:
        return handler(request)
    finally:
        session.is_mfa_token = True


broken("mfa-token-enrolls-a-second-factor", "associate")(around("associate", _enrolls_anyway))


def _pending_challenge(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = _user(tenant, request)
    pending = [e for e in user.entries if not e.active] if user is not None else []
    for entry in pending:
        entry.active = True
    try:
        return handler(request)
    finally:
        for entry in pending:
            entry.active = False


broken("pending-can-be-challenged", "challenge")(around("challenge", _pending_challenge))

# -- tokens


def _immortal(tenant: Tenant, request: Request, handler: Handler) -> Response:
    born = {token: session.born_at for token, session in tenant.tokens.mfa.items()}
    for session in tenant.tokens.mfa.values():
        session.born_at = tenant.clock.now()
    try:
        return handler(request)
    finally:
        for token, at in born.items():
            tenant.tokens.mfa[token].born_at = at


for _operation in ("mfa-otp", "mfa-oob", "mfa-recovery-code", "challenge", "list-authenticators"):
    broken(f"mfa-token-never-expires-for-{_operation}", _operation)(around(_operation, _immortal))


def _immortal_access(tenant: Tenant, request: Request, handler: Handler) -> Response:
    token = tenant.tokens.access.get(bearer_of(request))
    if token is None:
        return handler(request)
    expires_at, token.expires_at = token.expires_at, tenant.clock.now() + 1
    try:
        return handler(request)
    finally:
        token.expires_at = expires_at


broken("access-token-never-expires", "list-authenticators")(around("list-authenticators", _immortal_access))
broken("access-token-never-expires-for-userinfo", "userinfo")(around("userinfo", _immortal_access))


def _any_scope(tenant: Tenant, request: Request) -> None:
    token = tenant.tokens.access.get(bearer_of(request))
    if token is not None:
        token.scopes = (*token.scopes, "enroll", "read:authenticators", "remove:authenticators")


broken("scope-not-checked-by-list", "list-authenticators")(before("list-authenticators", _any_scope))
broken("scope-not-checked-by-delete", "delete-authenticator")(before("delete-authenticator", _any_scope))


def _any_scope_once(tenant: Tenant, request: Request, handler: Handler) -> Response:
    token = tenant.tokens.access.get(bearer_of(request))
    if token is None:
        return handler(request)
    scopes = token.scopes
    _any_scope(tenant, request)
    try:
        return handler(request)
    finally:
        token.scopes = scopes


broken("scope-not-checked-by-associate", "associate")(around("associate", _any_scope_once))


def _any_audience(tenant: Tenant, request: Request) -> None:
    token = tenant.tokens.access.get(bearer_of(request))
    if token is not None:
        token.audiences = (*token.audiences, tenant.mfa_audience)
        token.scopes = (*token.scopes, "read:authenticators")


broken("audience-not-checked", "list-authenticators")(before("list-authenticators", _any_audience))


def _any_client(tenant: Tenant, request: Request) -> None:
    session = _session(tenant, str(sent(request).get("mfa_token")))
    if session is not None:
        session.client_id = str(sent(request).get("client_id"))


broken("mfa-token-of-another-client-otp", "mfa-otp")(before("mfa-otp", _any_client))
broken("mfa-token-of-another-client-challenge", "challenge")(before("challenge", _any_client))


def _without_secret(tenant: Tenant, request: Request, handler: Handler) -> Response:
    application = tenant.applications.get(str(sent(request).get("client_id")))
    if application is None:
        return handler(request)
    method, application.token_endpoint_auth_method = application.token_endpoint_auth_method, "none"
    try:
        return handler(request)
    finally:
        application.token_endpoint_auth_method = method


for _operation in ("password", "mfa-otp", "mfa-oob", "mfa-recovery-code", "refresh-token", "challenge"):
    broken(f"secret-not-checked-by-{_operation}", _operation)(around(_operation, _without_secret))


def _one_use(tenant: Tenant, request: Request, response: Response) -> None:
    tenant.tokens.mfa.pop(str(sent(request).get("mfa_token")), None)


broken("challenge-uses-up-the-token", "mfa-oob", "mfa-otp", "challenge", "list-authenticators", "mfa-recovery-code")(
    after("challenge", _one_use)
)


def _dies_of_failure(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status >= 400 and response.json().get("error") == "invalid_grant":
        tenant.tokens.mfa.pop(str(sent(request).get("mfa_token")), None)
    return response


broken("wrong-otp-uses-up-the-token", "mfa-otp", "mfa-oob", "challenge", "list-authenticators", "mfa-recovery-code")(
    around("mfa-otp", _dies_of_failure)
)


def _never_demands(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = tenant.user_by_email(str(sent(request).get("username")))
    if user is None or not user.enrolled:
        return handler(request)
    kept, user.mfa = user.mfa, False
    entries = list(user.entries)
    if sent(request).get("audience") == tenant.mfa_audience:
        user.entries.clear()
    try:
        return handler(request)
    finally:
        user.mfa, user.entries[:] = kept, entries


broken("mfa-not-demanded-of-the-enrolled", "password")(around("password", _never_demands))


def _approved(tenant: Tenant, request: Request) -> None:
    challenge = _challenge(tenant, request)
    if challenge is not None and challenge.code is None and challenge.state == "pending":
        challenge.state = "approved"


broken("push-approves-itself", "mfa-oob")(before("mfa-oob", _approved))


def _forgets_rejection(tenant: Tenant, request: Request) -> None:
    challenge = _challenge(tenant, request)
    if challenge is not None and challenge.state == "rejected":
        challenge.state = "pending"


broken("push-rejection-is-forgotten", "mfa-oob")(before("mfa-oob", _forgets_rejection))


def _no_hurry(tenant: Tenant, request: Request) -> None:
    challenge = _challenge(tenant, request)
    if challenge is not None:
        challenge.last_poll = None


broken("push-polls-without-end", "mfa-oob")(before("mfa-oob", _no_hurry))

# -- messages


def _silent(tenant: Tenant, request: Request, response: Response) -> None:
    if len(tenant.outbox):
        tenant.outbox._messages.pop()


broken("challenge-sends-nothing", "challenge")(
    after(
        "challenge",
        lambda tenant, request, response: _silent(tenant, request, response) if "oob_code" in response.json() else None,
    )
)


def _twice(tenant: Tenant, request: Request, response: Response) -> None:
    if "oob_code" in response.json():
        tenant.outbox.send(tenant.outbox[-1])


broken("associate-sends-twice", "associate")(after("associate", _twice))


def _elsewhere(tenant: Tenant, request: Request, response: Response) -> None:
    if response.json().get("oob_channel") == "email":
        object.__setattr__(tenant.outbox[-1], "to", "somebody@example.com")


def _to_another_phone(tenant: Tenant, request: Request, response: Response) -> None:
    if response.json().get("oob_channel") == "sms":
        object.__setattr__(tenant.outbox[-1], "to", "+15550199")


broken("email-goes-elsewhere", "associate")(after("associate", _elsewhere))
broken("sms-goes-elsewhere", "associate")(after("associate", _to_another_phone))
