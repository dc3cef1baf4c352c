"""Explains in words why the tenant answered a call as it did, for failed tests and the sandbox page."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, unquote

from pytest_auth0_mfa.errors import closest, printable
from pytest_auth0_mfa.messages import Headers, Json, Request, Response
from pytest_auth0_mfa.messages.showing import shown_path
from pytest_auth0_mfa.spec.api_errors import text_of
from pytest_auth0_mfa.spec.operations import ALL
from pytest_auth0_mfa.tenant.entropy import CODE_LENGTHS
from pytest_auth0_mfa.tenant.journal import Call
from pytest_auth0_mfa.tenant.tenant import Tenant

from .authentication.bearer import presented

USUAL: Final = {
    "mfa_required": "The password is right, and a second factor is required: go on with this response's mfa_token.",
    "authorization_pending": "Nobody has answered the push request yet: ask again a few seconds later.",
    **dict.fromkeys(
        ("use_dpop_nonce", "dpop_nonce_at_resource", "me_dpop_nonce"),
        "The proof needs a nonce: send the same request once more, with a new proof that has the nonce in DPoP-Nonce.",
    ),
}
"""Refusals that are a usual step of a login, with their explanation."""
_CODES: Final = {
    "wrong_otp": "otp",
    "wrong_binding_code": "binding_code",
    "wrong_recovery_code": "recovery_code",
    "me_wrong_code": "otp_code",
}
_CODE: Final = re.compile(rf"[0-9\s-]{{1,{CODE_LENGTHS[1] + 5}}}")  # with some spaces or dashes
_TOKENS: Final = {
    "expired_mfa_token": "mfa_token",
    "foreign_mfa_token": "mfa_token",
    "malformed_mfa_token": "mfa_token",
    "expired_oob_code": "oob_code",
    "foreign_oob_code": "oob_code",
    "used_oob_code": "oob_code",
    "malformed_oob_code": "oob_code",
    "invalid_refresh_token": "refresh_token",
    "me_invalid_session": "auth_session",
}

_LOGIN_PAGES: Final = frozenset(
    ("/authorize", "/login", "/logout", "/v2/logout", "/oidc/logout", "/samlp", "/oauth/par")
)
_WHAT_THIS_IS: Final = (
    "This is pytest-auth0-mfa, a fake of Auth0's MFA API for tests; it is not Auth0 and not a product of Auth0. It "
    "answers POST /oauth/token, the endpoints below /mfa/, and what belongs to them."
)


def sentence(call: Call, calls: Sequence[Call], tenant: Tenant) -> str:
    """A sentence on the outcome of a call and the reason. It may contain secrets."""
    if call.response.fault is not None:
        return "A fault that was switched on gave this response, not the tenant."
    if call.refusal_id in USUAL:
        return USUAL[call.refusal_id]
    if call.refusal_id is None:
        operation = ALL.get(call.operation or "")
        return f"Performed: {operation.summary}." if operation else "Performed."
    why = "; ".join(reasons(call, calls, [tenant])) or "Refused"
    text = f"{why[0].upper()}{why[1:]}"
    return printable(text if text.endswith(("?", ".")) else f"{text}.")


def in_a_line(call: Call, calls: Sequence[Call], tenants: Iterable[Tenant]) -> str:
    """Time, operation, status, refusal and reasons of a call. Contains no secret, except wrong codes."""
    line = f"{time_of_day(call.at)}  {call.operation or f'{call.request.method} {shown_path(call.request.path)}'}"
    line += f"  {call.response.status}"
    if call.refusal_id is None:
        return line
    why = "; ".join(reasons(call, calls, tenants))
    return f"{line} {call.refusal_id}{f': {why}' if why else ''}"


def reasons(call: Call, calls: Sequence[Call], tenants: Iterable[Tenant]) -> Iterator[str]:
    """The reasons why a request was refused. They contain no secret, except wrong codes."""
    refusal, sent = call.refusal_id or "", parameters(call.request)
    if refusal in ("not_found", "wrong_verb", "me_not_found") and not call.hint:
        yield _no_such_operation(call.request)
        return
    if (name := _CODES.get(refusal)) is not None and isinstance(sent.get(name), str):
        if refusal != "wrong_recovery_code":
            yield f"sent {_code(str(sent[name]))}, {_expected(refusal, call, tenants)}"
        else:
            yield "expected the user's current recovery code"
    elif (name := _TOKENS.get(refusal)) is not None:
        yield from _origin(name, sent, call, calls, tenants)
    elif refusal in ("invalid_bearer", "me_invalid_token") and (why := _of_bearer(call, tenants)):
        yield why
        return
    elif refusal == "grant_not_allowed":
        yield (
            f"{_description(call)} Allow it: add_application(grant_types=[...]) here, at Auth0 in the application's "
            "Advanced Settings, Grant Types"
        )
        return
    if call.hint:
        yield call.hint
    elif refusal not in _CODES and refusal not in _TOKENS and (text := _description(call)):
        yield text


def _code(sent: str) -> str:
    """A wrong code. Any other text is not quoted: it may be a token or password in the wrong parameter."""
    return sent if _CODE.fullmatch(sent) else f"{len(sent)} characters"


def _no_such_operation(request: Request) -> str:
    asked = f"{request.method} {shown_path(request.path)}"
    known = [f"{operation.method} {operation.path}" for operation in ALL.values()]
    return f"there is no such operation. {closest(asked, known).partition('Known:')[0]}".strip()


def _expected(refusal: str, call: Call, tenants: Iterable[Tenant]) -> str:
    """Which code would have been right, without the code itself."""
    if refusal == "wrong_otp" or (refusal == "me_wrong_code" and _step(call.request).startswith("totp|")):
        return f"expected the authenticator app's code of {time_of_day(call.at)}"
    messages = [message for tenant in tenants for message in tenant.outbox if message.sent_at <= call.at]
    if not messages:
        return "expected the code of a message, and none was sent"
    last = max(messages, key=lambda message: message.sent_at)
    return f"expected the code of the message; the last one was sent by {last.channel} at {time_of_day(last.sent_at)}"


def _step(request: Request) -> str:
    """The id of the method that a verification is of."""
    return unquote(path(request).rpartition("/")[0].rpartition("/")[2])


def _origin(
    name: str, sent: dict[str, Json], call: Call, calls: Sequence[Call], tenants: Iterable[Tenant]
) -> Iterator[str]:
    """When the tenant issued the token or oob_code that was sent, and to which application."""
    value = sent.get(name) or _bearer(call.request)
    if not isinstance(value, str):
        return
    known = any(value in issued for tenant in tenants for issued in _issued(tenant))
    earlier = issuer(value, call, calls) if known else None  # the journal is long: search it for known values only
    if earlier is None and call.hint:  # it says the same
        return
    if earlier is None:
        forgotten = known or any(tenant.calls.dropped for tenant in tenants)
        yield f"no call in the journal issued this {name}" if forgotten else f"the tenant issued no such {name}"
        return
    had_expired = f"; at {time_of_day(call.at)} by the tenant's clock it had expired"
    expired = had_expired if (call.refusal_id or "").startswith("expired") else ""
    yield f"this {name} was issued {span(call.at - earlier.at)} before, at {time_of_day(earlier.at)}{expired}"
    theirs, ours = (str(parameters(each.request).get("client_id", "")) for each in (earlier, call))
    if "foreign" in (call.refusal_id or "") and theirs != ours:
        yield f"to the application {theirs}, and {ours} sent it"


def _of_bearer(call: Call, tenants: Iterable[Tenant]) -> str:
    """What is wrong with a bearer token; ``""`` if no tenant knows it."""
    token, own_page = _bearer(call.request) or "", path(call.request).startswith("/me/")
    for tenant in tenants:
        if (session := tenant.tokens.mfa.get(token)) is not None:
            if call.at >= session.ends_at(tenant) and not own_page:
                return f"this mfa_token expired {span(call.at - session.ends_at(tenant))} ago, by the tenant's clock"
            if session.dead(tenant) and not own_page:
                return "this mfa_token was used up by the login that it completed"
            wanted = tenant.me_audience if own_page else tenant.mfa_audience
            return f"an mfa_token is not taken here: send an access token for the audience {wanted}"
        if (access := tenant.tokens.access.get(token)) is not None:
            return f"this access token expired {span(call.at - access.expires_at)} ago, by the tenant's clock"
    return ""


def _issued(tenant: Tenant) -> Iterator[Container[str]]:
    """The issued tokens and oob_codes. The tenant keeps them even if the journal was cleared or a test added them."""
    tokens = tenant.tokens
    yield from (tokens.mfa, tenant.challenges, tokens.refresh, tokens.access, tokens.enrollments)


def issuer(value: str, call: Call, calls: Sequence[Call]) -> Call | None:
    """The newest call at or before ``call`` whose response contains ``value``, or None.

    The search starts at the newest call, since most values are used soon after they were issued.
    """
    needle = value.encode()
    for earlier in reversed(calls):
        if earlier != call and earlier.at <= call.at and needle in earlier.response.body and value in _values(earlier):
            return earlier
    return None


def _values(call: Call) -> frozenset[str]:
    return frozenset(value for value in members(call.response).values() if isinstance(value, str))


def _bearer(request: Request) -> str | None:
    return presented(request)[1] or None


def _description(call: Call) -> str:
    """The text of a refusal, and what a problem says is wrong with the request."""
    body = members(call.response)
    faults = body.get("validation_errors")
    details = [str(fault.get("detail")) for fault in faults if isinstance(fault, dict)] if faults else []
    return ": ".join([str(text_of(body) or ""), *details])[:200]


def members(message: Request | Response) -> dict[str, Json]:
    """The members of the JSON object in a body; empty for any other body."""
    try:
        body = message.json() if message.body else None
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def parameters(request: Request) -> dict[str, Json]:
    """The parameters of a request's body, JSON or form."""
    try:
        body = request.json()
    except ValueError:
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    return body if isinstance(body, dict) else {}


def path(request: Request) -> str:
    """The path without its query."""
    return request.path.partition("?")[0]


def time_of_day(at: float) -> str:
    """An epoch time as ``HH:MM:SS`` in UTC."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return str(at)


def span(seconds: float) -> str:
    """A duration in seconds, as text in a suitable unit."""
    whole = round(seconds)
    for size, unit in ((2 * 86400, "days"), (7200, "h"), (120, "min")):
        if whole >= size:
            return f"{whole // {'days': 86400, 'h': 3600, 'min': 60}[unit]} {unit}"
    return f"{whole} s"


def not_here(asked: str) -> str | None:
    """An explanation that the fake has no login page, for the path of one; None for any other path."""
    if asked not in _LOGIN_PAGES and not asked.startswith("/u/"):
        return None
    return (
        f"{_WHAT_THIS_IS} It is not Universal Login: it has no login page, no redirect and no {shown_path(asked)}. "
        "Log in with the password grant at POST /oauth/token, and go on with the mfa_token of its response."
    )


def as_page(request: Request, text: str, headers: dict[str, str]) -> Response | None:
    """The text as a page for browsers; None for other clients. The page contains nothing from the request."""
    if "text/html" not in request.headers.get("accept", ""):
        return None
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Not a login page</title><h1>There is no login page here</h1><p>{html.escape(text)}</p>"
        '<p><a href="/_auth0_mfa/">The sandbox page of this tenant</a>, when auth0-mfa serve runs it.</p></html>'
    )
    guards = {"content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'"}
    return Response(404, Headers.of_lower({**headers, **guards}), b"" if request.method == "HEAD" else page.encode())
