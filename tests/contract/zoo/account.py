"""Tenants whose page of the user's own is wrong: the My Account API.

Most are judged as a consumer's fake is. Those that break only what is guessed are held to it, as our own fake is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.api_errors import error_of as code_of
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.tenant.account import id_of
from pytest_auth0_mfa.tenant.totp import totp

from .breaking import (
    Break,
    after,
    answering,
    around,
    bearer_of,
    before,
    body_of,
    operation_of,
    sent,
    with_body,
    with_parameters,
)
from .breaking import broken as registered

ME = tuple(operation for operation in OPERATIONS if operation.startswith("me-"))
_ROWS = ("me-list-methods", "me-get-method", "me-update-method", "me-verify-method")
broken = partial(registered, guesses_bind=False)
held_to_guesses = partial(registered, guesses_bind=True)


def _session(tenant: Tenant, request: Request) -> Any:
    return tenant.tokens.enrollments.get(str(sent(request).get("auth_session")))


def _access(tenant: Tenant, request: Request) -> Any:
    return tenant.tokens.access.get(bearer_of(request))


def _user(tenant: Tenant, request: Request) -> Any:
    access = _access(tenant, request)
    return access.user if access is not None else None


def _id(request: Request) -> str:
    """The id of the method in the path."""
    return unquote(request.path.partition("?")[0].split("/")[4])


def _of_id(request: Request, identifier: str) -> Request:
    """The request for another method."""
    parts = request.path.split("/")
    return replace(request, path="/".join([*parts[:4], quote(identifier, safe=""), *parts[5:]]))


def _everywhere(*operations: str) -> Callable[[Callable[[str], Break]], Break]:
    """The same break at several operations."""

    def made(make: Callable[[str], Break]) -> Break:
        def wrap(tenant: Tenant, handler: Handler) -> Handler:
            for operation in operations:
                handler = make(operation)(tenant, handler)
            return handler

        return wrap

    return made


def _rows_of(body: Any) -> list[dict[str, Any]]:
    """The methods in an answer."""
    if not isinstance(body, dict) or "title" in body:
        return []
    return list(body.get("authentication_methods", [body]))


def _each_row(change: Callable[[dict[str, Any]], None], *operations: str) -> Break:
    """Change each method that is shown."""

    def changed(body: Any) -> None:
        for row in _rows_of(body):
            change(row)

    return _everywhere(*(operations or _ROWS))(lambda operation: body_of(operation, changed))


def _listing(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Break:
    """Change the list of methods."""
    return body_of(
        "me-list-methods", lambda body: {**body, "authentication_methods": change(body["authentication_methods"])}
    )


# -- confirming


def _active(tenant: Tenant, request: Request, response: Response) -> None:
    entry = tenant.tokens.enrollments[response.json()["auth_session"]].authenticator
    if entry is not None:
        entry.activate()


broken("me-active-at-once", "me-create-method", "me-list-methods", "password", "delete-authenticator")(
    after("me-create-method", _active)
)


def _any_code(tenant: Tenant, request: Request) -> None:
    session, code = _session(tenant, request), sent(request).get("otp_code")
    if session is not None and session.challenge is not None and isinstance(code, str) and len(code) == 6:
        session.challenge.code = code


broken("me-any-code", "me-verify-method")(before("me-verify-method", _any_code))


def _any_otp(tenant: Tenant, request: Request, handler: Handler) -> Response:
    session, code = _session(tenant, request), sent(request).get("otp_code")
    entry = session.authenticator if session is not None else None
    if entry is None or entry.factor != "otp" or not isinstance(code, str) or len(code) != 6:
        return handler(request)
    return handler(with_parameters(request, otp_code=totp(entry.secret, tenant.clock.now())))


broken("me-any-one-time-password", "me-verify-method")(around("me-verify-method", _any_otp))


def _code_of_the_user(tenant: Tenant, request: Request) -> None:
    session, code = _session(tenant, request), sent(request).get("otp_code")
    if session is not None and session.challenge is not None:
        others = [one.challenge.code for one in tenant.tokens.enrollments.values() if one.challenge is not None]
        session.challenge.code = code if code in others else session.challenge.code


broken("me-code-of-another-session", "me-verify-method")(before("me-verify-method", _code_of_the_user))


def _young_code(tenant: Tenant, request: Request) -> None:
    session = _session(tenant, request)
    if session is not None and session.challenge is not None:
        session.challenge.made_at = tenant.clock.now()


broken("me-code-lives-for-ever", "me-verify-method", me_auth_session_lifetime=900)(
    before("me-verify-method", _young_code)
)


def _young_session(tenant: Tenant, request: Request) -> None:
    session = _session(tenant, request)
    if session is not None:
        session.made_at = tenant.clock.now()


broken("me-session-lives-for-ever", "me-verify-method")(before("me-verify-method", _young_session))


def _old_session(tenant: Tenant, request: Request, response: Response) -> None:
    tenant.tokens.enrollments[response.json()["auth_session"]].made_at -= 60


broken("me-session-ends-early", "me-verify-method")(after("me-create-method", _old_session))


def _unused(tenant: Tenant, request: Request) -> None:
    session = _session(tenant, request)
    if session is not None:
        session.used = False


held_to_guesses("me-session-works-twice", "me-verify-method")(before("me-verify-method", _unused))


def _anybodys(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """As if the owner of the session called."""
    session, access = _session(tenant, request), _access(tenant, request)
    if session is None or access is None:
        return handler(request)
    with _as(access, user=session.user):
        return handler(request)


@contextmanager
def _as(held: Any, **changed: Any) -> Iterator[None]:
    """With other attributes for a while."""
    before_it = {name: getattr(held, name) for name in changed}
    for name, value in changed.items():
        setattr(held, name, value)
    try:
        yield
    finally:
        for name, value in before_it.items():
            setattr(held, name, value)


broken("me-session-of-anybody", "me-verify-method")(around("me-verify-method", _anybodys))


def _method_id(session: Any) -> str:
    return str((session.recovery or session.authenticator).id)


def _any_id(tenant: Tenant, request: Request, handler: Handler) -> Response:
    session = _session(tenant, request)
    if session is None:
        return handler(request)
    prefix, _, suffix = _method_id(session).partition("|")
    kind = {"sms": "phone", "voice": "phone", "push": "push-notification"}.get(prefix, prefix)
    return handler(_of_id(request, f"{kind}|{suffix}"))


broken("me-verify-any-id", "me-verify-method")(around("me-verify-method", _any_id))


def _session_of_the_path(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """Any session of the user and the type will do: the id in the path says which enrollment is verified."""
    session = _session(tenant, request)
    if session is None:
        return handler(request)
    wanted = f"{_method_id(session).partition('|')[0]}|{_id(request).partition('|')[2]}"
    for text, other in tenant.tokens.enrollments.items():
        if other.user is session.user and _method_id(other) == wanted:
            return handler(with_parameters(request, auth_session=text))
    return handler(request)


broken("me-session-of-another-enrollment", "me-verify-method")(around("me-verify-method", _session_of_the_path))


def _approved_if(state: str) -> Callable[[Tenant, Request], None]:
    def meddle(tenant: Tenant, request: Request) -> None:
        session = _session(tenant, request)
        challenge = session.challenge if session is not None else None
        if challenge is not None and challenge.code is None and challenge.state == state:
            challenge.state = "approved"

    return meddle


broken("me-push-without-approval", "me-verify-method")(before("me-verify-method", _approved_if("pending")))
broken("me-rejected-push-verifies", "me-verify-method")(before("me-verify-method", _approved_if("rejected")))


def _ended_by_a_wrong_code(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response, session = handler(request), _session(tenant, request)
    if session is not None and response.status == 400 and code_of(response.json()) == "A0E-400-0001":
        session.used = True
    return response


broken("me-wrong-code-ends-the-session", "me-verify-method")(around("me-verify-method", _ended_by_a_wrong_code))


def _no_attempts(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    for bucket in user.buckets.values() if user is not None else ():
        bucket.fill()


broken("me-guesses-are-free", "me-verify-method")(before("me-verify-method", _no_attempts))


def _no_messages(tenant: Tenant, request: Request) -> None:
    user = _user(tenant, request)
    for name, bucket in user.buckets.items() if user is not None else ():
        if name.startswith("messages"):
            bucket.fill()


broken("me-messages-without-end", "me-create-method")(before("me-create-method", _no_messages))


def _not_confirmed(tenant: Tenant, request: Request, response: Response) -> None:
    session = _session(tenant, request)
    if session.authenticator is not None:
        for entry in (session.authenticator, session.authenticator.twin):
            if entry is not None:
                entry.active = False


broken("me-verify-does-nothing", "me-list-methods", "password", "challenge", "mfa-otp", "me-get-method")(
    after("me-verify-method", _not_confirmed)
)


def _one_half_only(tenant: Tenant, request: Request, response: Response) -> None:
    session = _session(tenant, request)
    if session.authenticator is not None and session.authenticator.twin is not None:
        session.authenticator.twin.active = False


broken("me-verify-confirms-one-twin", *("list-authenticators", "challenge", "me-list-methods", "mfa-otp"))(
    after("me-verify-method", _one_half_only)
)


def _never_used(tenant: Tenant, request: Request, response: Response) -> None:
    session = _session(tenant, request)
    if session.authenticator is not None and session.authenticator.factor == "otp":
        session.authenticator.last_step = -1


broken("me-code-of-the-enrollment-logs-in", "mfa-otp")(after("me-verify-method", _never_used))

# -- addresses and statuses


def _without(name: str) -> Callable[[Response], Response]:
    return lambda response: replace(response, headers={k: v for k, v in response.headers.items() if k.lower() != name})


def _located(change: Callable[[str], str]) -> Callable[[Response], Response]:
    def changed(response: Response) -> Response:
        headers = {name: value for name, value in response.headers.items() if name.lower() != "location"}
        return replace(response, headers={**headers, "location": change(str(response.headers.get("location")))})

    return changed


for _operation in ("me-create-method", "me-verify-method"):
    broken(f"no-location-at-{_operation}", _operation)(answering(_operation, _without("location")))
    broken(f"location-of-the-list-at-{_operation}", _operation)(
        answering(_operation, _located(lambda uri: uri.rpartition("/")[0]))
    )
broken("me-location-is-relative", "me-create-method")(
    answering("me-create-method", _located(lambda uri: "/" + uri.split("/", 3)[3]))
)
broken("me-location-of-another-host", "me-create-method")(
    answering("me-create-method", _located(lambda uri: uri.replace("https://", "https://me.")))
)
broken("me-location-encoded-twice", "me-create-method")(
    answering("me-create-method", _located(lambda uri: uri.replace("%", "%25")))
)
broken("me-location-of-verification", "me-create-method")(
    answering("me-create-method", _located(lambda uri: f"{uri}/verify"))
)


def _with_status(status: int) -> Callable[[Response], Response]:
    return lambda response: replace(response, status=status)


broken("me-200-instead-of-202", "me-create-method")(answering("me-create-method", _with_status(200)))
broken("me-201-instead-of-202", "me-create-method")(answering("me-create-method", _with_status(201)))
broken("me-200-instead-of-201", "me-verify-method")(answering("me-verify-method", _with_status(200)))
broken("me-delete-answers-200", "me-delete-method")(
    answering("me-delete-method", lambda response: with_body(replace(response, status=200), {}))
)
broken("me-delete-answers-with-a-body", "me-delete-method")(
    answering("me-delete-method", lambda response: with_body(response, {"deleted": True}))
)
broken("me-no-limits-told", *ME)(
    _everywhere(*ME)(lambda operation: answering(operation, _without("x-ratelimit-remaining")))
)

# -- deleting


def _untwinned(tenant: Tenant, request: Request) -> None:
    user, suffix = _user(tenant, request), _id(request).partition("|")[2]
    for entry in user.entries if user is not None else ():
        if entry.id.endswith(suffix) and entry.twin is not None:
            entry.twin.twin, entry.twin = None, None


broken("me-delete-leaves-the-twin", "list-authenticators", "me-list-methods", "challenge", "mfa-otp")(
    before("me-delete-method", _untwinned)
)


def _hidden_only(*also: str) -> Break:
    """What is deleted is no longer shown on the page, and goes on. ``also``: other operations that hide it."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        hidden: set[str] = set()

        def handle(request: Request) -> Response:
            operation = operation_of(request)
            if operation in _ROWS and "authentication-methods/" in request.path and _id(request) in hidden:
                return handler(_of_id(request, "totp|dev_gone"))
            if operation == "me-delete-method" and _access(tenant, request) is not None:
                if _id(request) in hidden:
                    return handler(_of_id(request, "totp|dev_gone"))
                shown = handler(replace(request, method="GET"))
                if shown.status == 200:
                    hidden.add(_id(request))
                    return Response(204, dict(shown.headers.items()), b"")
            response = handler(request)
            if response.status >= 400:
                return response
            if operation == "me-list-methods":
                body = response.json()
                rows = [row for row in body["authentication_methods"] if row["id"] not in hidden]
                return with_body(response, {**body, "authentication_methods": rows})
            if operation in also:
                gone = {name.partition("|")[2] for name in hidden}
                return with_body(response, [r for r in response.json() if r["id"].partition("|")[2] not in gone])
            return response

        return handle

    return wrap


_LATER = ("list-authenticators", "password", "mfa-otp", "challenge", "mfa-oob", "mfa-recovery-code")
broken("me-delete-hides-only", "me-delete-method", "me-get-method", *_LATER)(_hidden_only())
broken("me-deleted-still-logs-in", "me-delete-method", "me-get-method", *_LATER)(_hidden_only("list-authenticators"))


def _all_gone(tenant: Tenant, request: Request, response: Response) -> None:
    user = _user(tenant, request)
    for entry in list(user.entries):
        entry.deleted = True
    user.entries.clear()


broken("me-delete-deletes-all", "me-list-methods", "list-authenticators", "password", "challenge", "mfa-otp")(
    after("me-delete-method", _all_gone)
)
broken("me-delete-of-nothing-succeeds", "me-delete-method")(
    answering(
        "me-delete-method",
        lambda response: Response(204, {}, b"") if response.status == 404 else response,
        granted=False,
    )
)

# -- somebody else's


def _of_everybody(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response, access = handler(request), _access(tenant, request)
    if response.status != 200 or access is None:
        return response
    body = response.json()
    for user in list(tenant.users.values()):
        if user is not access.user and user.entries:
            with _as(access, user=user):
                body["authentication_methods"] += handler(request).json()["authentication_methods"]
    return with_body(response, body)


broken("me-list-of-everybody", "me-list-methods")(around("me-list-methods", _of_everybody))


def _of_the_owner(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """As if the owner of the method in the path called."""
    access, suffix = _access(tenant, request), _id(request).partition("|")[2]
    for user in tenant.users.values():
        ids = [entry.id for entry in user.entries] + ([user.recovery.id] if user.recovery is not None else [])
        if access is not None and any(identifier.partition("|")[2] == suffix for identifier in ids):
            with _as(access, user=user):
                return handler(request)
    return handler(request)


for _operation in ("me-get-method", "me-update-method", "me-delete-method"):
    broken(f"anybodys-method-at-{_operation}", _operation)(around(_operation, _of_the_owner))


def _the_first(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status != 200:
        return response
    listed = handler(replace(request, path="/me/v1/authentication-methods")).json()["authentication_methods"]
    return with_body(response, listed[0]) if listed else response


broken("me-get-shows-the-first", "me-get-method")(around("me-get-method", _the_first))

# -- the list


broken("me-list-hides-unconfirmed", "me-list-methods")(_listing(lambda rows: [row for row in rows if row["confirmed"]]))
broken("me-list-is-an-array", "me-list-methods")(
    body_of("me-list-methods", lambda body: body["authentication_methods"])
)


def _unfiltered(tenant: Tenant, request: Request, handler: Handler) -> Response:
    known = dict(parse_qsl(request.path.partition("?")[2])).get("type") in ("totp", "email", "phone")
    return handler(replace(request, path=request.path.partition("?")[0]) if known else request)


broken("me-filter-ignored", "me-list-methods")(around("me-list-methods", _unfiltered))


def _phone_twice(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for row in rows for one in ([row, row] if row["type"] == "phone" else [row])]


broken("me-phone-is-two-rows", "me-list-methods")(_listing(_phone_twice))
broken("me-list-lacks-the-newest", "me-list-methods")(_listing(lambda rows: rows[:-1] if len(rows) > 2 else rows))
broken("me-list-of-one-type", "me-list-methods")(
    _listing(lambda rows: list({row["type"]: row for row in rows}.values()))
)


def _id_changed(change: Callable[[str], str], back: Callable[[str], str]) -> Break:
    """Other ids in answers and addresses, which paths may name."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            operation = operation_of(request)
            if not operation.startswith("me-"):
                return handler(request)
            if request.path.count("/") > 3:
                request = _of_id(request, back(_id(request)))
            response = handler(request)
            if response.status >= 400 or not response.body:
                return response
            body = response.json()
            for row in _rows_of(body):
                if "id" in row:
                    row["id"] = change(row["id"])
            headers = {name: value for name, value in response.headers.items() if name.lower() != "location"}
            if "location" in response.headers:
                headers["location"] = f"{tenant.url}/me/v1/authentication-methods/{quote(body['id'], safe='')}"
            return with_body(replace(response, headers=headers), body)

        return handle

    return wrap


broken("me-ids-of-the-mfa-api", *ME)(
    _id_changed(lambda text: text.replace("phone|", "sms|"), lambda text: text.replace("sms|", "phone|"))
)


def _reversed(text: str) -> str:
    kind, bar, device = text.partition("|dev_")
    return f"{kind}{bar}{device[::-1]}"


broken("me-other-device-than-the-mfa-api", *ME, "list-authenticators", "delete-authenticator", "challenge")(
    _id_changed(_reversed, _reversed)
)
broken("me-ids-without-a-type", *ME)(
    _id_changed(lambda text: text.partition("|")[2], lambda text: f"totp|{text}" if "|" not in text else text)
)

# -- what a method says


def _set(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(values)


broken("me-usage-is-primary", *_ROWS)(_each_row(_set(usage=["primary"])))
broken("me-confirmed-is-a-text", *_ROWS)(_each_row(lambda row: row.update(confirmed=str(row["confirmed"]).lower())))
broken("me-without-created-at", *_ROWS)(_each_row(lambda row: row.pop("created_at") and None))
broken("me-created-at-in-seconds", *_ROWS)(_each_row(_set(created_at=1767323045)))
broken("me-verified-says-unconfirmed", "me-verify-method")(_each_row(_set(confirmed=False), "me-verify-method"))
broken("me-channel-forgotten", "me-update-method", "me-list-methods", "me-verify-method", "me-get-method")(
    _each_row(lambda row: row.update(preferred_authentication_method="sms") if row["type"] == "phone" else None)
)
broken("me-names-of-the-mfa-api", *_ROWS)(
    _each_row(lambda row: row.update(type={"totp": "otp", "push-notification": "push"}.get(row["type"], row["type"])))
)


def _as_of_now(tenant: Tenant, handler: Handler) -> Handler:
    def now(row: dict[str, Any]) -> None:
        at = datetime.fromtimestamp(tenant.clock.now(), UTC)
        row["created_at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return _each_row(now)(tenant, handler)


broken("me-created-at-is-now", *_ROWS)(_as_of_now)


def _in_clear(tenant: Tenant, handler: Handler) -> Handler:
    def clear(row: dict[str, Any]) -> None:
        for user in tenant.users.values():
            for entry in user.entries:
                if entry.id.partition("|")[2] == row["id"].partition("|")[2] and entry.address is not None:
                    row["email" if row["type"] == "email" else "phone_number"] = entry.address

    return _each_row(clear)(tenant, handler)


broken("me-addresses-in-clear", *_ROWS)(_in_clear)


def _beside(member: str, value: Callable[[Any], Any]) -> Break:
    """A secret of the user beside a method in the list."""

    def act(tenant: Tenant, request: Request, handler: Handler) -> Response:
        response, user = handler(request), _user(tenant, request)
        if response.status != 200 or user is None:
            return response
        body = response.json()
        for row in body["authentication_methods"]:
            if (found := value(user)) is not None:
                row[member] = found
        return with_body(response, body)

    return around("me-list-methods", act)


broken("me-recovery-code-shown-again", "me-list-methods")(
    _beside("recovery_code", lambda user: user.recovery.code if user.recovery is not None else None)
)
broken("me-password-in-the-list", "me-list-methods")(_beside("password", lambda user: user.password))
broken("me-secret-in-the-list", "me-list-methods")(
    _beside("key", lambda user: next((entry.secret for entry in user.entries if entry.secret), None))
)


def _session_shown(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status != 201:
        return response
    return with_body(response, {**response.json(), "auth_session": sent(request)["auth_session"]})


broken("me-session-shown-again", "me-verify-method")(around("me-verify-method", _session_shown))

# -- changing


def _forgotten(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user = _user(tenant, request)
    labels = [(entry, entry.label) for entry in user.entries] if user is not None else []
    response = handler(request)
    for entry, label in labels:
        entry.label = label
    return response


broken("me-rename-forgotten", "me-list-methods", "me-get-method", "me-update-method")(
    around("me-update-method", _forgotten)
)


def _all_renamed(tenant: Tenant, request: Request, response: Response) -> None:
    name = sent(request).get("name")
    for entry in _user(tenant, request).entries if name is not None else ():
        entry.label = name


broken("me-rename-renames-all", *_ROWS, "list-authenticators")(after("me-update-method", _all_renamed))


def _siblings(tenant: Tenant, request: Request) -> list[Any]:
    """The user's enrollments of the type of the method that is called, but for that one."""
    kind, _, device = _id(request).partition("|")
    return [
        entry
        for entry in _user(tenant, request).entries
        if id_of(entry).partition("|")[0] == kind and id_of(entry).partition("|")[2] != device
    ]


def _siblings_renamed(tenant: Tenant, request: Request, response: Response) -> None:
    for entry in _siblings(tenant, request) if "name" in sent(request) else ():
        entry.label = sent(request)["name"]


def _siblings_deleted(tenant: Tenant, request: Request, handler: Handler) -> Response:
    siblings, user = _siblings(tenant, request), _user(tenant, request)
    response = handler(request)
    for entry in siblings if response.status == 204 else ():
        user.entries.remove(entry)
    return response


def _siblings_confirmed(tenant: Tenant, request: Request, response: Response) -> None:
    for entry in _siblings(tenant, request):
        entry.active = True


broken("me-rename-renames-its-type", *_ROWS)(after("me-update-method", _siblings_renamed))
broken("me-delete-deletes-its-type", *_ROWS, "list-authenticators", "me-delete-method")(
    around("me-delete-method", _siblings_deleted)
)
broken("me-verify-confirms-its-type", *_ROWS, "list-authenticators")(after("me-verify-method", _siblings_confirmed))


def _cut(tenant: Tenant, request: Request, handler: Handler) -> Response:
    name = sent(request).get("name")
    return handler(with_parameters(request, name=name.encode("ascii", "ignore").decode()) if name else request)


broken("me-names-in-ascii", "me-update-method")(around("me-update-method", _cut))

# -- enrolling


def _known_code(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status != 202 or "recovery_code" not in response.json():
        return response
    session = tenant.tokens.enrollments[response.json()["auth_session"]]
    assert session.recovery is not None
    session.recovery.code = "A" * 24
    return with_body(response, {**response.json(), "recovery_code": "A" * 24})


broken("me-recovery-code-known", "me-create-method")(around("me-create-method", _known_code))


def _old_codes_live(tenant: Tenant, handler: Handler) -> Handler:
    old: dict[str, Any] = {}

    def handle(request: Request) -> Response:
        operation, values = operation_of(request), sent(request)
        user = _user(tenant, request)
        if operation == "me-verify-method" and user is not None and user.recovery is not None:
            old[user.recovery.code] = user
        owner = old.get(str(values.get("recovery_code")))
        if operation == "mfa-recovery-code" and owner is not None and owner.recovery is not None:
            request = with_parameters(request, recovery_code=owner.recovery.code)
        return handler(request)

    return handle


broken("me-old-recovery-code-lives", "mfa-recovery-code")(_old_codes_live)


def _at_once(tenant: Tenant, request: Request, response: Response) -> None:
    session = tenant.tokens.enrollments[response.json()["auth_session"]]
    if session.recovery is not None:
        session.recovery.active = True
        session.user.recovery = session.recovery


broken("me-recovery-code-at-once", "mfa-recovery-code", "me-list-methods", "list-authenticators")(
    after("me-create-method", _at_once)
)
broken("me-secret-differs", "me-create-method")(
    body_of(
        "me-create-method",
        lambda body: body.update(manual_input_code="A" * 32) if "manual_input_code" in body else None,
    )
)


def _other_secret(tenant: Tenant, request: Request, response: Response) -> None:
    entry = tenant.tokens.enrollments[response.json()["auth_session"]].authenticator
    if entry is not None and entry.factor == "otp":
        entry.secret = tenant.entropy.totp_secret()


broken("me-secret-is-another", "me-verify-method")(after("me-create-method", _other_secret))


def _to_the_profile(tenant: Tenant, request: Request, handler: Handler) -> Response:
    user, given = _user(tenant, request), sent(request)
    own = {"email": user.email, "phone_number": user.phone_number} if user is not None else {}
    known = {one for person in tenant.users.values() for one in (person.email, person.phone_number)}
    named = {name: value for name, value in own.items() if given.get(name) in known}
    return handler(with_parameters(request, **named) if named else request)


broken("me-code-to-the-profiles-address", "me-create-method")(around("me-create-method", _to_the_profile))


def _twice(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status == 202 and ("email" in sent(request) or "phone_number" in sent(request)):
        session = tenant.tokens.enrollments[response.json()["auth_session"]]
        message = tenant.outbox.latest(session.user)
        tenant.outbox._messages.append(message)
    return response


broken("me-two-messages", "me-create-method")(around("me-create-method", _twice))


def _by_sms(tenant: Tenant, request: Request, handler: Handler) -> Response:
    given = {name: value for name, value in sent(request).items() if name != "preferred_authentication_method"}
    changed = len(given) < len(sent(request)) and sent(request)["preferred_authentication_method"] == "voice"
    return handler(replace(request, body=json.dumps(given).encode()) if changed else request)


broken("me-channel-ignored", "me-create-method")(around("me-create-method", _by_sms))


def _one_session(tenant: Tenant, handler: Handler) -> Handler:
    """Each enrollment of a user has the same session: the newest counts."""

    def handle(request: Request) -> Response:
        operation = operation_of(request)
        if operation == "me-verify-method":
            user = _user(tenant, request)
            newest = [key for key, one in tenant.tokens.enrollments.items() if one.user is user]
            if newest and sent(request).get("auth_session") == f"session-of-{user.id}":
                request = with_parameters(request, auth_session=newest[-1])
        response = handler(request)
        if operation == "me-create-method" and response.status == 202:
            user = _user(tenant, request)
            return with_body(response, {**response.json(), "auth_session": f"session-of-{user.id}"})
        return response

    return handle


broken("me-one-session-for-all", "me-create-method", "me-verify-method")(_one_session)
broken("me-session-may-be-empty", "me-create-method")(
    body_of("me-create-method", lambda body: {**body, "auth_session": ""})
)
broken("me-no-barcode", "me-create-method")(
    body_of("me-create-method", lambda body: {name: body[name] for name in body if name != "barcode_uri"})
)
broken("me-oob-code-in-the-answer", "me-create-method")(
    body_of("me-create-method", lambda body: {**body, "oob_code": "Fe26.2*" + "0" * 40})
)


def _already_enrolled(tenant: Tenant, request: Request, handler: Handler) -> Response:
    """The rule of the MFA API, whose mfa_tokens enroll nothing once there is a factor."""
    user = _user(tenant, request)
    if user is not None and user.enrolled and sent(request).get("type") in ("phone", "push-notification"):
        return handler(with_parameters(request, type="passkey", phone_number=None))
    return handler(request)


broken("me-second-factor-refused", "me-create-method")(around("me-create-method", _already_enrolled))

# -- bearers


def _any_scope(tenant: Tenant, request: Request, handler: Handler) -> Response:
    access = _access(tenant, request)
    if access is None or tenant.me_audience not in access.audiences:
        return handler(request)
    with _as(access, scopes=(*access.scopes, OPERATIONS[operation_of(request)].scope)):
        return handler(request)


for _operation in ME:
    broken(f"scope-not-checked-at-{_operation}", _operation)(around(_operation, _any_scope))


def _any_audience(tenant: Tenant, request: Request, handler: Handler) -> Response:
    access = _access(tenant, request)
    if access is None or access.user is None or tenant.me_audience in access.audiences:
        return handler(request)
    scope = OPERATIONS[operation_of(request)].scope
    with _as(access, scopes=(*access.scopes, scope), audiences=(tenant.me_audience,)):
        return handler(request)


broken("me-audience-not-checked", *ME)(_everywhere(*ME)(lambda operation: around(operation, _any_audience)))


def _mfa_token(tenant: Tenant, request: Request, handler: Handler) -> Response:
    session = tenant.tokens.mfa.get(bearer_of(request))
    own = [one.token for one in tenant.tokens.access.values() if session is not None and one.user is session.user]
    own = [token for token in own if tenant.me_audience in tenant.tokens.access[token].audiences]
    if not own:
        return handler(request)
    return handler(replace(request, headers={**request.headers, "authorization": f"Bearer {own[-1]}"}))


broken("me-mfa-token-is-enough", *ME)(_everywhere(*ME)(lambda operation: around(operation, _mfa_token)))


def _never_expired(tenant: Tenant, request: Request, handler: Handler) -> Response:
    access = _access(tenant, request)
    if access is None:
        return handler(request)
    with _as(access, expires_at=tenant.clock.now() + 60):
        return handler(request)


broken("me-expired-token-works", *ME)(_everywhere(*ME)(lambda operation: around(operation, _never_expired)))


def _for_applications(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    if response.status != 403 or sent(request).get("audience") != tenant.me_audience:
        return response
    return handler(with_parameters(request, audience="https://api.example/"))


broken("me-token-for-applications", "client-credentials")(around("client-credentials", _for_applications))


def _of_the_login_only(tenant: Tenant, request: Request, handler: Handler) -> Response:
    kept = tenant.tokens.refresh.get(str(sent(request).get("refresh_token")))
    if kept is None or sent(request).get("audience") != tenant.me_audience:
        return handler(request)
    return handler(with_parameters(request, scope=kept.scope))


broken("me-refresh-keeps-the-scopes-of-the-login", "refresh-token", "me-list-methods")(
    around("refresh-token", _of_the_login_only)
)

# -- refusals


def _problems(change: Callable[[dict[str, Any]], dict[str, Any]], *operations: str) -> Break:
    return _everywhere(*(operations or ME))(lambda operation: body_of(operation, change, granted=False))


broken("me-error-is-oauth", *ME)(
    _problems(lambda body: {"error": "invalid_request", "error_description": body["detail"]})
)


def _without_member(left_out: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {name: value for name, value in body.items() if name != left_out}


for _member in ("type", "title", "status", "detail"):
    broken(f"me-problem-without-{_member}", *ME)(_problems(_without_member(_member)))
broken("me-status-in-the-body-differs", *ME)(_problems(lambda body: {**body, "status": 400 + body["status"] % 5}))
broken("me-status-is-a-text", *ME)(_problems(lambda body: {**body, "status": str(body["status"])}))
broken("me-detail-is-a-list", *ME)(_problems(lambda body: {**body, "detail": [body["detail"]]}))
broken("me-validation-errors-are-texts", "me-create-method", "me-verify-method", "me-update-method")(
    _problems(lambda body: {**body, "validation_errors": ["wrong"]} if "validation_errors" in body else body)
)
broken("me-invalid-token-is-a-missing-one", *ME)(
    _problems(lambda body: {**body, "type": body["type"].replace("A0E-401-0003", "A0E-401-0002")})
)
broken("me-validation-error-is-a-bad-request", "me-create-method", "me-verify-method", "me-update-method")(
    _problems(lambda body: {**body, "type": body["type"].replace("A0E-400-0003", "A0E-400-0001")})
)


def _status_of(wrong: int, right: int, *operations: str) -> Break:
    """Another status for refusals of one status, in the body as well."""

    def change(response: Response) -> Response:
        if response.status != wrong:
            return response
        return with_body(replace(response, status=right), {**response.json(), "status": right})

    return _everywhere(*(operations or ME))(lambda operation: answering(operation, change, granted=False))


broken("me-missing-scope-is-401", *ME)(_status_of(403, 401))
broken("me-invalid-token-is-403", *ME)(_status_of(401, 403))
broken("me-unknown-method-is-400", "me-get-method")(_status_of(404, 400, "me-get-method"))
broken("me-media-type-is-400", "me-create-method", "me-verify-method", "me-update-method")(_status_of(415, 400))
broken("me-invalid-body-is-422", "me-create-method", "me-verify-method", "me-update-method")(_status_of(400, 422))
held_to_guesses("me-wrong-code-is-401", "me-verify-method")(_status_of(400, 401, "me-verify-method"))
broken("me-problem-of-another-media-type", *ME)(
    _everywhere(*ME)(
        lambda operation: answering(
            operation,
            lambda response: replace(response, headers={**response.headers, "content-type": "text/plain"}),
            granted=False,
        )
    )
)

_MEMBERS = {
    "me-create-method": ("type", "email", "phone_number", "preferred_authentication_method"),
    "me-verify-method": ("auth_session", "otp_code"),
    "me-update-method": ("name", "preferred_authentication_method"),
}


def _unknown_left_out(tenant: Tenant, request: Request, handler: Handler) -> Response:
    given, known = sent(request), _MEMBERS[operation_of(request)]
    if request.headers.get("content-type", "").startswith("application/json") and given.keys() - set(known):
        kept = {name: value for name, value in given.items() if name in known}
        request = replace(request, body=json.dumps(kept).encode())
    return handler(request)


def _any_type(tenant: Tenant, request: Request, handler: Handler) -> Response:
    given = sent(request)
    if not request.headers.get("content-type", "").startswith("application/json") or not given:
        return handler(request)
    return handler(with_parameters(request, **{k: str(v) if type(v) is int else v for k, v in given.items()}))


def _any_media_type(tenant: Tenant, request: Request, handler: Handler) -> Response:
    return handler(with_parameters(request) if request.body and sent(request) else request)


for _operation in _MEMBERS:
    broken(f"unknown-member-accepted-at-{_operation}", _operation)(around(_operation, _unknown_left_out))
    if _operation != "me-create-method":  # where a number as a text is refused as well, with the same code
        broken(f"number-for-a-text-at-{_operation}", _operation)(around(_operation, _any_type))
    broken(f"form-accepted-at-{_operation}", _operation)(around(_operation, _any_media_type))

# -- factors


def _factors(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Break:
    return body_of("me-factors", lambda body: {**body, "factors": change(body["factors"])})


broken("me-factors-that-are-off", "me-factors")(
    _factors(
        lambda rows: [
            {"type": kind, "usage": ["secondary"]}
            for kind in ("phone", "push-notification", "totp", "email", "recovery-code")
        ]
    )
)
broken("me-factors-lack-one", "me-factors")(_factors(lambda rows: [r for r in rows if r["type"] != "recovery-code"]))
broken("me-factors-in-capitals", "me-factors")(_factors(lambda rows: [{"type": r["type"].upper()} for r in rows]))
broken("me-factors-are-texts", "me-factors")(
    body_of("me-factors", lambda b: {"factors": [r["type"] for r in b["factors"]]})
)
broken("me-factors-in-an-array", "me-factors")(body_of("me-factors", lambda body: body["factors"]))
broken("me-factors-array-in-an-object", "me-factors", me_factors_as="array")(
    body_of("me-factors", lambda rows: {"factors": rows})
)
broken("me-factors-array-lacks-one", "me-factors", me_factors_as="array")(
    body_of("me-factors", lambda rows: [row for row in rows if row["type"] != "recovery-code"])
)
broken("me-factors-array-of-texts", "me-factors", me_factors_as="array")(
    body_of("me-factors", lambda rows: [row["type"] for row in rows])
)


def _off_is_on(tenant: Tenant, request: Request, handler: Handler) -> Response:
    kept = set(tenant.factors)
    tenant.factors.update({"email", "sms", "voice", "push", "otp"})
    try:
        return handler(request)
    finally:
        tenant.factors.clear()
        tenant.factors.update(kept)


held_to_guesses("me-factor-that-is-off-is-enrolled", "me-create-method")(around("me-create-method", _off_is_on))


def _any_address(tenant: Tenant, request: Request, handler: Handler) -> Response:
    response = handler(request)
    given = {name: value for name, value in sent(request).items() if name in ("email", "phone_number")}
    if response.status != 400 or not given or "match" not in response.body.decode():
        return response
    good = {"email": "ada@example.com", "phone_number": "+15550100"}
    return handler(with_parameters(request, **{name: good[name] for name in given}))


broken("me-any-address", "me-create-method")(around("me-create-method", _any_address))
