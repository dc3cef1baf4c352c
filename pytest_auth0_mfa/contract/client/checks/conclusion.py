"""Checks what a client returns or raises against what the tenant answered."""

from __future__ import annotations

import re
import sysconfig
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pytest_auth0_mfa.contract.client.asked import PENDING, Asked, Flaw, absent, described
from pytest_auth0_mfa.contract.client.calling import CallOutcome, Endless
from pytest_auth0_mfa.contract.client.listening import Sent
from pytest_auth0_mfa.contract.client.reaching import unreached
from pytest_auth0_mfa.contract.client.recording import BODILESS, TROUBLES, UNKNOWN_ROW, Seen
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.messages.showing import plain
from pytest_auth0_mfa.spec.api_errors import error_of, text_of
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.transports.attempts import Attempt

TOKEN_FIELDS: Final = ("access_token", "id_token", "refresh_token", "recovery_code")
FIELDS: Final = {
    "associate": ("oob_code", "binding_method", "secret", "barcode_uri", "recovery_codes"),
    "challenge": ("challenge_type", "oob_code", "binding_method"),
    "list-authenticators": ("id", "authenticator_type", "active", "oob_channel"),
}
"""Operation -> fields that must reach the caller if they are in the answer. For token operations: TOKEN_FIELDS."""
_DEAD = {"invalid_grant", "expired_token"}
_MAY_GIVE_UP_AFTER: Final = 60.0
"""Seconds after which a polling client may give up with an error of its own. No limit is documented."""
_PUSH = {"authorization_pending", "access_denied", "slow_down"}


def conclusion(
    asked: Asked,
    seen: Sequence[Seen],
    outcome: CallOutcome,
    tenant: Tenant,
    *,
    polls: bool,
    tried: Sequence[Attempt] = (),
    sent: Sequence[Sent] = (),
) -> Iterator[Flaw]:
    """The faults in how a call for one operation ended. ``polls``: the client polls by itself."""
    about = [request for request in seen if request.operation in asked.operations]
    last = about[-1] if about else None
    operation = last.operation if last is not None else asked.operations[0]
    # if other requests arrived, the overheard ones cannot be told from them
    why = unreached(outcome, tenant, tried, () if seen else sent) if last is None else None
    if why is not None:
        yield Flaw("MFA240", why.what, f"{operation} at {tenant.url}", f"nothing: {why.cause}", operation, why.remedy)
        return
    polled_for = tenant.clock.now() - about[0].at if polls and about and asked.method == "verify_oob" else None
    for finding, where, expected, actual in _verdict(asked, last, outcome, tenant, polled_for):
        yield Flaw(finding, where, expected, actual, operation)


Found = tuple[str, str, str, str]


def _verdict(
    asked: Asked, last: Seen | None, outcome: CallOutcome, tenant: Tenant, polled_for: float | None
) -> Iterator[Found]:
    if isinstance(outcome.stray, Endless):
        yield "MFA302", "requests", "an end", str(outcome.stray)
    elif last is None:
        yield from _unasked(asked, outcome)
    elif last.trouble is not None:
        yield from _after_trouble(last, outcome)
    elif not last.granted:
        yield from _after_refusal(last, outcome, tenant, polled_for)
    else:
        yield from _after_success(asked, last, outcome, tenant)


def _unasked(asked: Asked, outcome: CallOutcome) -> Iterator[Found]:
    if outcome.stray is not None:
        yield "MFA217", "exception", "AuthError", raised(outcome)
    else:
        yield "MFA219", "requests", f"a call of {' or '.join(asked.operations)}", "none, and " + reported(outcome)


_NOT_THE_CLIENT: Final = tuple(
    f"{folder}/" for folder in {*map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), Path(__file__).parents[3]}
)


_INSTALLED: Final = re.compile(r"[/\\\\](site|dist)-packages[/\\\\]")


def raised(outcome: CallOutcome) -> str:
    """The type and place of the stray exception, without its text, which may contain a secret.

    If it was raised in an installed library or Python's own, the line of the client that called it is named too.
    """
    stray = outcome.stray
    assert stray is not None
    lines = [(frame.f_code.co_filename, number) for frame, number in traceback.walk_tb(stray.__traceback__)]
    own = [line for line in lines if not (line[0].startswith(_NOT_THE_CLIENT) or _INSTALLED.search(line[0]))]
    places = [f"{Path(name).name}:{number}" for name, number in dict.fromkeys([*lines[-1:], *own[-1:]])]
    return f"{type(stray).__name__}{' at ' if places else ''}{', called from '.join(places)}"


def reported(outcome: CallOutcome) -> str:
    """What the client returned or raised, without values of the caller or the tenant."""
    if outcome.stray is not None:
        return raised(outcome)
    if outcome.error is not None:
        error = outcome.error.error
        return (
            f"AuthError({plain(error)[:60]!r})" if isinstance(error, str) else f"AuthError of a {type(error).__name__}"
        )
    return "a success"


def _after_trouble(last: Seen, outcome: CallOutcome) -> Iterator[Found]:
    if outcome.stray is not None:
        yield "MFA303", "exception", f"AuthError, since {TROUBLES[last.trouble or ''].text}", raised(outcome)
    elif outcome.error is None:
        yield "MFA304", "conclusion", f"AuthError, since {TROUBLES[last.trouble or ''].text}", "a success"
    elif not isinstance(outcome.error.error, str) or not outcome.error.error:
        yield "MFA218", "AuthError.error", "a word", reported(outcome)


def _after_refusal(last: Seen, outcome: CallOutcome, tenant: Tenant, polled_for: float | None) -> Iterator[Found]:
    body: dict[str, Json] = last.response.json()
    expected = error_of(body)
    if outcome.stray is not None or outcome.error is None:
        finding = "MFA217" if outcome.stray is not None else "MFA201"
        if expected == "mfa_required":
            finding = "MFA203"
        yield finding, "conclusion", f"AuthError({expected!r})", reported(outcome)
        return
    error = outcome.error
    if polled_for is not None and expected in PENDING:
        if polled_for < _MAY_GIVE_UP_AFTER:
            yield "MFA221", "conclusion", "another poll, since polls = True", reported(outcome)
        elif not isinstance(error.error, str) or not error.error:
            yield "MFA218", "AuthError.error", "a word", reported(outcome)
        return
    if error.error != expected:
        finding = _confusion(expected, error.error)
        yield finding, "AuthError.error", repr(expected), reported(outcome)
        return
    if expected == "mfa_required":  # with other errors a client may return any mfa_token, such as the caller's own
        yield from _mfa_token(last, body.get("mfa_token"), error.mfa_token, tenant)
    if error.status is not None and error.status != last.response.status:
        yield "MFA208", "AuthError.status", str(last.response.status), repr(error.status)[:20]
    text = text_of(body)
    if error.description is not None and text and text not in str(error.description):
        yield "MFA208", "AuthError.description", repr(text), "another text"


def _mfa_token(last: Seen, expected: Json, actual: Json, tenant: Tenant) -> Iterator[Found]:
    if expected is None:
        if actual is not None:
            yield "MFA212", "AuthError.mfa_token", "None, since the answer has none", "a token of the client's own"
    elif actual is None:
        answered = f"the mfa_token of the answer (status {last.response.status}), or what stands for it"
        yield "MFA207", "AuthError.mfa_token", answered, "None"
    elif actual != expected and isinstance(actual, str) and actual in tenant.tokens.mfa:
        yield "MFA207", "AuthError.mfa_token", "the mfa_token of this answer", "that of an earlier answer"


def _confusion(expected: str, actual: Json) -> str:
    if not isinstance(actual, str):
        return "MFA218"
    if expected == "mfa_required":
        return "MFA203"
    if expected in _DEAD and actual in _DEAD:
        return "MFA204"
    return "MFA205" if expected in _PUSH and actual in _PUSH | _DEAD else "MFA206"


# -- after a success -----------------------------------------------------------------------------


def _after_success(asked: Asked, last: Seen, outcome: CallOutcome, tenant: Tenant) -> Iterator[Found]:
    listing = last.operation == "list-authenticators"
    if outcome.error is not None:
        yield ("MFA214" if listing else "MFA202"), "conclusion", "a success", reported(outcome)
    elif outcome.stray is not None:
        yield ("MFA214" if listing else "MFA217"), "conclusion", "a success", raised(outcome)
    elif last.operation in BODILESS:
        return
    elif listing:
        yield from _rows(last.response.json(), outcome.value)
    elif not isinstance(outcome.value, Mapping):
        yield "MFA218", "conclusion", "a mapping", type(outcome.value).__name__
    else:
        yield from _fields(asked, last.operation, last.response.json(), outcome.value, tenant)


def _fields(
    asked: Asked, operation: str, body: Mapping[str, Json], value: Mapping[str, Json], tenant: Tenant
) -> Iterator[Found]:
    for name in FIELDS.get(operation, TOKEN_FIELDS):
        for finding, where, expected, actual in compared(name, name, body, value, tenant):
            if (operation, name) != ("refresh-token", "refresh_token"):
                yield finding, where, expected, actual
            elif finding != "MFA212":  # a new one in the answer replaces the old one: entry T15
                yield "MFA241", where, expected, actual
            elif value[name] != asked.params.get(name):  # the old one is still valid: RFC 6749, section 6
                yield finding, where, expected, actual


def compared(
    where: str, name: str, body: Mapping[str, Json], value: Mapping[str, Json], tenant: Tenant | None
) -> Iterator[Found]:
    """The faults in one field that has to reach the caller."""
    expected, actual = body.get(name), value.get(name)
    if name == "oob_channel" and expected is None and body.get("oob_channels"):  # entry D-12: two names of one field
        expected, actual = (
            [channels] if isinstance(channels, str) else channels
            for channels in (body["oob_channels"], actual or value.get("oob_channels"))
        )
    if expected is None:
        if not absent(actual) and actual != []:
            yield "MFA212", where, "absent, as in the answer", f"a {type(actual).__name__}"
    elif actual is None:
        yield ("MFA216" if name == "recovery_code" else "MFA210"), where, "what the tenant answered", "nothing"
    elif (
        list(actual)
        if isinstance(expected, list) and isinstance(actual, Sequence) and not isinstance(actual, str)
        else actual
    ) != expected:
        yield _other(name, actual, tenant), where, "what the tenant answered", _kind(expected, actual)


def _other(name: str, actual: Json, tenant: Tenant | None) -> str:
    if name == "oob_code" and isinstance(actual, str) and tenant is not None and actual in tenant.challenges:
        return "MFA215"
    if name == "refresh_token" and isinstance(actual, str) and tenant is not None and actual in tenant.tokens.refresh:
        return "MFA241"  # an earlier one, which may be used up: entry T15
    return "MFA216" if name == "recovery_code" else "MFA211"


def _kind(expected: Json, actual: Json) -> str:
    if type(expected) is not type(actual):
        return f"a {type(actual).__name__} instead of a {type(expected).__name__}"
    return described(actual, expected) if isinstance(expected, str) else "another value"


def _rows(body: Sequence[Mapping[str, Json]], value: Json) -> Iterator[Found]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        yield "MFA218", "conclusion", "a list of authenticators", type(value).__name__
        return
    if not all(isinstance(row, Mapping) for row in value):
        yield "MFA218", "conclusion", "a list of mappings", "an item of another type"
        return
    if not all(isinstance(row.get("id"), str | None) for row in value):
        yield "MFA218", "conclusion", "authenticators whose id is a string", "an id of another type"
        return
    returned = {row.get("id"): row for row in value}
    for index, row in enumerate(body):
        actual = returned.get(row["id"])
        if actual is None:
            if row["id"] != UNKNOWN_ROW["id"]:  # a typed client may omit an unknown type
                yield "MFA213", f"$[{index}]", _row_named(row), "not in the list"
            continue
        for name in FIELDS["list-authenticators"]:
            yield from compared(f"$[{index}].{name}", name, row, actual, None)
    known = {row["id"] for row in body}
    if any(id_ not in known for id_ in returned):
        yield "MFA212", "$", f"{len(body)} authenticators", "one that the tenant did not answer"


def _row_named(row: Mapping[str, Json]) -> str:
    return f"{'an active' if row['active'] else 'an inactive'} authenticator {row['id'].partition('|')[0]}|..."
