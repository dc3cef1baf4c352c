"""The section of a failed test's report that says what its tenants were asked, and why they refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json, Request

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.journal import Call
    from pytest_auth0_mfa.tenant.tenant import Tenant
    from pytest_auth0_mfa.transports.attempts import Attempt

TITLE: Final = "what the tenant was asked (pytest-auth0-mfa)"
_MOST = 30
_ADVICE: Final = {
    "certificate": "Trust the run's own CA: verify=auth0_mfa_server.ca_file (requests), "
    "ssl.create_default_context(cafile=auth0_mfa_server.ca_file) (httpx, aiohttp), or the variables of "
    "auth0_mfa_server.env (everything else).",
    "plain-http": "Use https:// in the client's base URL.",
    "host": "Configure the client with auth0_mfa_server.domain, port included.",
    **dict.fromkeys(
        ("resolve", "connect", "tls"),
        "auth0_mfa answers in process, for the libraries that docs/howto-in-process.md lists; for any other, take "
        "auth0_mfa_server.",
    ),
}
_CODES: Final = {"wrong_otp": "otp", "wrong_binding_code": "binding_code", "wrong_recovery_code": "recovery_code"}
_TOKENS: Final = {
    "expired_mfa_token": "mfa_token",
    "foreign_mfa_token": "mfa_token",
    "malformed_mfa_token": "mfa_token",
    "expired_oob_code": "oob_code",
    "foreign_oob_code": "oob_code",
    "used_oob_code": "oob_code",
    "malformed_oob_code": "oob_code",
    "invalid_refresh_token": "refresh_token",
}


def section(calls: Sequence[Call], tenants: Iterable[Tenant], attempts: Sequence[Attempt]) -> str:
    """Each call in a line: time, operation, status, refusal and why. No secret is in it, a wrong code is none."""
    lines = [f"... {len(calls) - _MOST} earlier calls"] if len(calls) > _MOST else []
    lines += [_line(call, calls, tenants) for call in calls[-_MOST:]]
    if not calls:
        lines.append("nothing reached the tenant")
    lines += [str(attempt) for attempt in attempts]
    lines += dict.fromkeys(_ADVICE[attempt.kind] for attempt in attempts if attempt.kind in _ADVICE)
    return printable("\n".join(lines))


def _line(call: Call, calls: Sequence[Call], tenants: Iterable[Tenant]) -> str:
    what = call.operation or f"{call.request.method} {call.request.path.partition('?')[0]}"
    said = f"{_time(call.at)}  {what}  {call.response.status}"
    if call.refusal_id is None:
        return said
    why = "; ".join(_why(call, calls, tenants))
    return f"{said} {call.refusal_id}{f': {why}' if why else ''}"


def _why(call: Call, calls: Sequence[Call], tenants: Iterable[Tenant]) -> Iterator[str]:
    """What the request was refused for, in words."""
    refusal, sent = call.refusal_id or "", parameters(call.request)
    if (name := _CODES.get(refusal)) is not None and isinstance(sent.get(name), str):
        yield f"{name} was {sent[name]}" if refusal != "wrong_recovery_code" else "another recovery code is due"
        yield from _due(refusal, call, tenants)
    elif (name := _TOKENS.get(refusal)) is not None:
        yield from _origin(name, sent, call, calls)
    if call.hint:
        yield call.hint
    elif refusal not in _CODES and refusal not in _TOKENS and (text := _description(call)):
        yield text


def _due(refusal: str, call: Call, tenants: Iterable[Tenant]) -> Iterator[str]:
    """Which code would have been right, without saying it."""
    if refusal == "wrong_otp":
        yield f"the app's code of {_time(call.at)} was due"
    elif refusal == "wrong_binding_code":
        messages = [message for tenant in tenants for message in tenant.outbox if message.sent_at <= call.at]
        if messages:
            last = max(messages, key=lambda message: message.sent_at)
            yield f"the last message went out by {last.channel} at {_time(last.sent_at)}"


def _origin(name: str, sent: dict[str, Json], call: Call, calls: Sequence[Call]) -> Iterator[str]:
    """When and for whom the tenant issued what was sent."""
    value = sent.get(name)
    if not isinstance(value, str):
        return
    for earlier in calls:
        if earlier.at <= call.at and earlier is not call and value in _values(earlier):
            yield f"this {name} was issued {_span(call.at - earlier.at)} before, at {_time(earlier.at)}"
            theirs, ours = (str(parameters(one.request).get("client_id", "")) for one in (earlier, call))
            if "foreign" in (call.refusal_id or "") and theirs != ours:
                yield f"to the application {theirs}, and {ours} sent it"
            return
    yield f"this {name} is none that the tenant issued in this test"


def _values(call: Call) -> frozenset[str]:
    return frozenset(value for value in _members(call).values() if isinstance(value, str))


def _description(call: Call) -> str:
    return str(_members(call).get("error_description", ""))[:200]


def _members(call: Call) -> dict[str, Json]:
    try:
        body = call.response.json() if call.response.body else None
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


def _time(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return str(at)


def _span(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
