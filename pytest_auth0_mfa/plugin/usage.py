"""What the tests of a run do with their tenants: held to the schemas, counted, shown where a test fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import pytest

from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.transports.attempts import attempts

from .keys import CALLS, CARRIED, FAILED, NOTE, SESSION_SERVER, SESSION_TENANT, TENANTS, note_of
from .user_lines import Places, end_in_users_code, is_told_to_the_user, line_of, places_of, traceback_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_auth0_mfa.tenant.journal import Call
    from pytest_auth0_mfa.tenant.tenant import Tenant
    from pytest_auth0_mfa.transports.attempts import Attempt

TITLE: Final = "what the tenant was asked (pytest-auth0-mfa)"
_MOST = 30
_NEAR = 30.0  # seconds: a code of an authenticator app lives as long
_UNSEEN: Final = (
    "Configure the client with this domain, or override the fixture auth0_mfa_domain. A client in another process "
    "cannot reach auth0_mfa: take auth0_mfa_server."
)
_UNSEEN_SERVER: Final = (
    "Configure the client with auth0_mfa_server.domain. A test that asks for auth0_mfa too has one tenant, at this "
    "address."
)
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


def section(calls: Sequence[Call], tenants: Sequence[Tenant], attempts: Sequence[Attempt]) -> str:
    """Each call in a line: time, operation, status, refusal and why. No secret is in it, a wrong code is none."""
    from pytest_auth0_mfa.app.reasons import in_a_line  # a run whose tests pass does without

    lines = [f"... {len(calls) - _MOST} earlier calls"] if len(calls) > _MOST else []
    lines += [in_a_line(call, calls, tenants) for call in calls[-_MOST:]]
    if not calls:
        lines.append(_nothing(tenants))
    lines += [str(attempt) for attempt in attempts]
    lines += dict.fromkeys(_ADVICE[attempt.kind] for attempt in attempts if attempt.kind in _ADVICE)
    if not calls and not attempts:
        lines.append(_UNSEEN_SERVER if any(tenant.ca_file for tenant in tenants) else _UNSEEN)
    lines += dict.fromkeys(text for tenant in tenants if (text := _clock(tenant)))
    return printable("\n".join(lines))


def _nothing(tenants: Sequence[Tenant]) -> str:
    """Where the tenants are: the commonest reason is a client that was sent elsewhere."""
    places = " and ".join(dict.fromkeys(f"https://{tenant.domain}" for tenant in tenants))
    return f"nothing reached the tenant at {places}" if places else "nothing reached the tenant"


def _clock(tenant: Tenant) -> str:
    """How far the tenant's clock is from this machine's, by which libraries check tokens and make codes."""
    from pytest_auth0_mfa.app.reasons import span

    ahead = tenant.clock.ahead
    if abs(ahead) < _NEAR:
        return ""
    held = "held, " if tenant.clock.frozen else ""
    apart = f"{span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} this machine's"
    return f"the tenant's clock is {held}{apart}: its tokens and codes follow it, a library's checks and codes do not"


_LAST = pytest.StashKey["Call | None"]()
_NAME = "auth0_mfa_usage"


def begin(config: pytest.Config) -> None:
    """A test uses a fixture of ours."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(_NAME):
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
        places = places_of(item)
        try:
            yield
            if places is not None:
                hold_to_schemas(calls_of(item), places, item.config.rootpath)
        finally:
            if places is not None:
                places.forget()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put on the report what it carries to the controller, and what a failed test's tenants were asked."""
        if call.excinfo is not None:
            from .conflicts import note_advice

            note_advice(item, call.excinfo.value)
        if call.when == "call" and call.excinfo is not None and is_told_to_the_user(call.excinfo):
            end_in_users_code(call.excinfo)
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
        if call.when == "teardown":
            _let_go(item)
        return report


def _let_go(item: pytest.Item) -> None:
    """Keep no tenant for longer than its test: pytest keeps the tests until the run ends."""
    if TENANTS in item.stash:
        del item.stash[TENANTS]
    if _LAST in item.stash:
        del item.stash[_LAST]


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


def hold_to_schemas(calls: list[Call], places: Places, folder: Path) -> None:
    """Raise ContractViolation that lists each call which does not keep to its schemas, at the line of the first."""
    broken = [(call, found) for call in calls if (found := call.violations)]
    if broken:
        from pytest_auth0_mfa.contract.findings.violation import ContractViolation

        __tracebackhide__ = True
        lines = [f"{line_of(places.of(call.request), folder)}{call!r}\n{_indented(found)}" for call, found in broken]
        violation = ContractViolation(
            "auth0_mfa_strict: the test passed, but these calls do not keep to the schemas:\n"
            + printable("\n".join(lines)),
            operation=broken[0][0].operation,
        )
        raise violation.with_traceback(traceback_of(places.of(broken[0][0].request)))


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
