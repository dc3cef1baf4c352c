"""The journal in the control plane: listing, searching and explaining calls."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.app.reasons import USUAL
from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec import explanations
from pytest_auth0_mfa.tenant.journal import Call

from . import replay, views
from .call import ControlCall, whole_number

Wanted = Callable[[Call], bool]


def list_calls(call: ControlCall) -> Json:
    """The newest ``limit`` calls that match the query, oldest first, each with its violations of the schemas.

    No other call changes the journal meanwhile: the handler holds the tenant's lock for the control plane too.
    """
    asked = call.query("operation", "after", "before", "limit", "full", "search", "refused")
    flags = {name: _flag(name, asked.get(name, "false")) for name in ("full", "refused")}
    tenant = call.tenant
    journal, dropped = tenant.calls, tenant.calls.dropped
    start = max(0, whole_number(asked.get("after", "0"), "after") - dropped)
    end = len(journal)
    if "before" in asked:
        end = min(end, max(0, whole_number(asked["before"], "before") - 1 - dropped))
    limit = whole_number(asked["limit"], "limit") if "limit" in asked else end
    if "operation" in asked:
        journal.of(asked["operation"])  # type: ignore[arg-type]  # raises for an unknown operation
    wanted = _wanted(asked.get("operation"), asked.get("search", ""), refused=flags["refused"])
    if wanted is None:
        start = max(start, end - limit)  # without a filter, only the calls that are shown are read
    calls = journal[start:end]
    places = [place for place, entry in enumerate(calls, start=dropped + start + 1) if wanted is None or wanted(entry)]
    shown = [(n, calls[n - dropped - start - 1]) for n in places[max(0, len(places) - limit) :]]
    return [views.call(tenant, entry, number, journal, full=flags["full"]) for number, entry in shown]


def _flag(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise ConfigurationError(f"{name}={value!r}: expected true or false")
    return value == "true"


def _wanted(operation: str | None, search: str, *, refused: bool) -> Wanted | None:
    """A filter for calls, or None for all calls. A call must contain every word of ``search``."""
    words = search.lower().split()
    if operation is None and not words and not refused:
        return None

    def fits(call: Call) -> bool:
        if operation is not None and call.operation != operation:
            return False
        if refused and (call.response.status < 400 or call.refusal_id in USUAL):
            return False
        return not words or all(word in _text(call) for word in words)

    return fits


def _text(call: Call) -> str:
    """The text that is searched: method, path, operation, status, refusal and bodies, in lower case."""
    sent, answer = call.request, call.response
    line = f"{sent.method} {sent.path} {call.operation} {answer.status} {call.refusal_id} {call.hint}"
    return f"{line} {sent.body.decode('utf-8', 'replace')} {answer.body.decode('utf-8', 'replace')}".lower()


def get_call(call: ControlCall) -> Json:
    """One call with headers and bodies, as a curl command and as a test."""
    number, journal = whole_number(call.parts["call"], "the id of a call"), call.tenant.calls
    known = journal.dropped + len(journal)
    if not 0 < number <= known:
        raise LookupError(f"there is no call {number}: the journal has {known}, counted from 1")
    if number <= journal.dropped:
        raise LookupError(f"call {number} is no longer kept: the journal has the last {len(journal)} calls of {known}")
    entry = journal[number - 1 - journal.dropped]
    shown = views.call(call.tenant, entry, number, journal[:], full=True)
    return shown | {"curl": replay.as_curl(entry, call.tenant), "test": replay.as_test(entry, call.tenant)}


def clear_calls(call: ControlCall) -> Json:
    """Clear the journal."""
    call.tenant.calls.clear()
    return []


def explain(call: ControlCall) -> Json:
    """What `auth0-mfa explain` prints for a refusal, an entry of the contract, a profile field or an operation."""
    name = call.parts["name"]
    text = explanations.explanation(name)
    if text is None:
        known = [title for titles in explanations.names().values() for title in titles]
        raise LookupError(f"nothing is called {name!r}. {closest(name, known)}")
    return {"name": name, "text": text}
