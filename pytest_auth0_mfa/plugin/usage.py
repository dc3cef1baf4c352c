"""Counts the calls of tests to their tenants, checks them against the schemas, and shows them when a test fails."""

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
    """A line for each call: time, operation, status, refusal and why. It shows wrong codes, but no secrets."""
    from pytest_auth0_mfa.app.reasons import in_a_line  # only imported when a test fails

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
    """A line for no calls, with the tenants' addresses: most often the client was configured with another one."""
    places = " and ".join(dict.fromkeys(f"https://{tenant.domain}" for tenant in tenants))
    return f"nothing reached the tenant at {places}" if places else "nothing reached the tenant"


def _clock(tenant: Tenant) -> str:
    """A line for a tenant's clock that is far from this computer's, which libraries use for tokens and codes."""
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
    """Register the hooks when a test first uses a fixture of this plugin."""
    plugins = config.pluginmanager
    if not plugins.has_plugin(_NAME):
        plugins.register(TenantUsage(), _NAME)


class TenantUsage:
    """The hooks for tests that may have tenants."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note the last call of the session's tenant before the test; earlier calls are not the test's."""
        if (tenant := item.config.stash.get(SESSION_TENANT, None)) is not None:
            item.stash[_LAST] = tenant.calls[-1] if tenant.calls else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Check the calls of a test that passed against the schemas, in strict mode."""
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
        """Attach the note for the controller and, for a failed test, advice and a section with its calls."""
        if call.excinfo is not None:
            from .conflicts import note_advice

            note_advice(item, call.excinfo.value)
        if call.when == "call" and call.excinfo is not None and is_told_to_the_user(call.excinfo):
            end_in_users_code(call.excinfo)
        if call.when == "teardown" and SESSION_SERVER in getattr(item, "fixturenames", ()):
            note_calls(item, (call.operation for call in calls_of(item)))
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
    """Release the test's tenants: pytest keeps the tests, with their stashes, until the run ends."""
    if TENANTS in item.stash:
        del item.stash[TENANTS]
    if _LAST in item.stash:
        del item.stash[_LAST]


def note_calls(item: pytest.Item, operations: Iterable[str | None]) -> None:
    """Put the counts of calls by operation into the test's note."""
    counts = Counter(operation or "unknown" for operation in operations)
    note_of(item)[CALLS] = dict(sorted(counts.items()))


def tenants_of(item: pytest.Item) -> list[Tenant]:
    """The tenants of a test, including the session's if it uses that one."""
    tenants = [*item.stash.setdefault(TENANTS, [])]
    shared = item.config.stash.get(SESSION_TENANT, None)
    return [*tenants, shared] if shared is not None and SESSION_SERVER in getattr(item, "fixturenames", ()) else tenants


def calls_of(item: pytest.Item) -> list[Call]:
    """The calls to the test's tenants during the test, oldest first for each tenant."""
    calls: list[Call] = []
    shared = item.config.stash.get(SESSION_TENANT, None)
    for tenant in tenants_of(item):
        made, last = list(tenant.calls), item.stash.get(_LAST, None) if tenant is shared else None
        before = next((number for number, call in enumerate(made, 1) if call == last), 0)  # also 0 after a reset
        calls += made[before:]
    return calls


def hold_to_schemas(calls: list[Call], places: Places, folder: Path) -> None:
    """Check calls against the schemas. Raises a ContractViolation that lists the wrong ones, at the line of the
    first."""
    all_spots = places.of(call.request for call in calls)
    broken = [(call, found, spots) for call, spots in zip(calls, all_spots, strict=True) if (found := call.violations)]
    if broken:
        from pytest_auth0_mfa.contract.findings.violation import ContractViolation

        __tracebackhide__ = True
        lines = [f"{line_of(spots, folder)}{call!r}\n{_indented(found)}" for call, found, spots in broken]
        violation = ContractViolation(
            "auth0_mfa_strict: the test passed, but these calls do not keep to the schemas:\n"
            + printable("\n".join(lines)),
            operation=broken[0][0].operation,
        )
        raise violation.with_traceback(traceback_of(broken[0][2]))


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
