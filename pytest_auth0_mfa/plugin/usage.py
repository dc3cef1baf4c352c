"""What the tests of a run do with their tenants: held to the schemas, counted, shown where a test fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import pytest

from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.transports.attempts import attempts

from .conflicts import ConflictAdvice
from .keys import CALLS, CARRIED, FAILED, NOTE, SESSION_SERVER, SESSION_TENANT, TENANTS, note_of

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


_LAST = pytest.StashKey["Call | None"]()
_NAME = "auth0_mfa_usage"


def begin(config: pytest.Config) -> None:
    """A test uses a fixture of ours."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(_NAME):
        plugins.register(ConflictAdvice(), "auth0_mfa_conflicts")
        plugins.register(TenantUsage(), _NAME)


class TenantUsage:
    """The hooks around a test that may have tenants."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """What the session's tenant was asked before is no business of this test."""
        if (tenant := item.config.stash.get(SESSION_TENANT, None)) is not None:
            item.stash[_LAST] = tenant.calls[-1] if tenant.calls else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Hold a test that passed to the schemas; one that failed on its own account keeps its own failure."""
        yield
        if item.config.getini("auth0_mfa_strict"):
            hold_to_schemas(calls_of(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put on the report what it carries to the controller, and what a failed test's tenants were asked."""
        if call.when == "teardown" and SESSION_SERVER in getattr(item, "fixturenames", ()):
            note_calls(item, calls_of(item))
        report = yield
        if call.when == "call":
            item.stash[FAILED] = not report.passed
        if report.failed and call.when != "teardown" and (tenants := tenants_of(item)):
            tried = [attempt for tenant in tenants for attempt in attempts(tenant)]
            report.sections.append((TITLE, section(calls_of(item), tenants, tried)))
        if NOTE in item.stash:
            setattr(report, CARRIED, item.stash[NOTE])
            del item.stash[NOTE]
        return report


def note_calls(item: pytest.Item, calls: Iterable[Call]) -> None:
    """Put the test's counts where its report carries them."""
    counts = Counter(call.operation or "unknown" for call in calls)
    note_of(item)[CALLS] = dict(sorted(counts.items()))


def tenants_of(item: pytest.Item) -> list[Tenant]:
    """The tenants that a test was given, the session's among them."""
    tenants = [*item.stash.setdefault(TENANTS, [])]
    shared = item.config.stash.get(SESSION_TENANT, None)
    return [*tenants, shared] if shared is not None and SESSION_SERVER in getattr(item, "fixturenames", ()) else tenants


def calls_of(item: pytest.Item) -> list[Call]:
    """What its tenants were asked in this test, oldest first."""
    calls: list[Call] = []
    shared = item.config.stash.get(SESSION_TENANT, None)
    for tenant in tenants_of(item):
        made, last = list(tenant.calls), item.stash.get(_LAST, None) if tenant is shared else None
        before = next((number for number, call in enumerate(made, 1) if call is last), 0)  # 0 too after a reset
        calls += made[before:]
    return calls


def hold_to_schemas(calls: list[Call]) -> None:
    """Raise ContractViolation that lists each call which does not keep to its schemas."""
    broken = [(call, found) for call in calls if (found := call.violations)]
    if broken:
        from pytest_auth0_mfa.contract.findings.violation import ContractViolation
        from pytest_auth0_mfa.errors import printable

        lines = [f"{call!r}\n{_indented(found)}" for call, found in broken]
        raise ContractViolation(
            "auth0_mfa_strict: the test passed, but these calls do not keep to the schemas:\n"
            + printable("\n".join(lines)),
            operation=broken[0][0].operation,
        )


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
