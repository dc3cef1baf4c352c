"""Checks what a client returns or raises against what the tenant answered."""

from __future__ import annotations

import re
import sysconfig
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pytest_auth0_mfa.contract.client.asked import PENDING, READS, Asked, Flaw
from pytest_auth0_mfa.contract.client.calling import CallOutcome, Endless
from pytest_auth0_mfa.contract.client.listening import Sent
from pytest_auth0_mfa.contract.client.reaching import unreached
from pytest_auth0_mfa.contract.client.recording import Seen
from pytest_auth0_mfa.contract.client.troubles import BODILESS, TROUBLES, UNANSWERED, problem_of
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.messages.showing import plain
from pytest_auth0_mfa.spec.api_errors import TITLES, URIS, error_of, text_of
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.transports.attempts import Attempt

from .returned import LISTS, Found, fields, rows

_DELETIONS: Final = ("delete-authenticator", "me-delete-method")
_DEAD = {"invalid_grant", "expired_token"}
_MAY_GIVE_UP_AFTER: Final = 60.0
"""Seconds after which a polling client may give up with an error of its own. No limit is documented."""
_CODE_LENGTH: Final = len("A0E-400-0001")
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
    if not about:  # a client may look before it acts, and hand on that it was not allowed to
        about = [request for request in seen[-1:] if request.operation in READS and not request.granted]
    last = about[-1] if about else None
    operation = last.operation if last is not None else asked.operations[0]
    # if other requests arrived, the overheard ones cannot be told from them
    why = unreached(outcome, tenant, tried, () if seen else sent) if last is None else None
    if why is not None:
        yield Flaw("MFA240", why.what, f"{operation} at {tenant.url}", f"nothing: {why.cause}", operation, why.remedy)
        return
    if outcome.error is outcome.stray is None and _was_done_before(about):
        return
    polled_for = tenant.clock.now() - about[0].at if polls and about and asked.method == "verify_oob" else None
    for finding, where, expected, actual in _verdict(asked, about, outcome, tenant, polled_for):
        yield Flaw(finding, where, expected, actual, operation)


def _was_done_before(about: Sequence[Seen]) -> bool:
    """Whether a deletion may have been performed by an attempt to which no whole answer came: then the next one is told
    that there is nothing to delete, and the client may take it for done."""
    if len(about) < 2:
        return False
    *earlier, last = about
    found_nothing = last.operation in _DELETIONS and last.response.status == 404 and last.trouble is None
    return found_nothing and any(request.trouble in UNANSWERED for request in earlier)


def _verdict(
    asked: Asked, about: Sequence[Seen], outcome: CallOutcome, tenant: Tenant, polled_for: float | None
) -> Iterator[Found]:
    last = about[-1] if about else None
    if isinstance(outcome.stray, Endless):
        yield "MFA302", "requests", "an end", str(outcome.stray)
    elif last is None:
        yield from _unasked(asked, outcome)
    elif last.trouble is not None:
        yield from _after_trouble(last, outcome, len(about))
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
        if not isinstance(error, str):
            return f"AuthError of a {type(error).__name__}"
        return f"AuthError({error if _is_end_of_a_type(error) else plain(error)[:60]!r})"
    return "a success"


def _is_end_of_a_type(error: str) -> bool:
    """Whether a text is the code of a problem, with nothing before it but an end of the URI."""
    code = error[-_CODE_LENGTH:]
    return code in TITLES and any(uri.endswith(error.removesuffix(code)) for uri in URIS)


def _after_trouble(last: Seen, outcome: CallOutcome, attempts: int) -> Iterator[Found]:
    # who gives up after several attempts may say so in a word of their own
    code = problem_of(last.trouble, last.operation) if attempts == 1 and last.response.status < 500 else None
    if outcome.stray is not None:
        yield "MFA303", "exception", f"AuthError, since {TROUBLES[last.trouble or ''].text}", raised(outcome)
    elif outcome.error is None:
        yield "MFA304", "conclusion", f"AuthError, since {TROUBLES[last.trouble or ''].text}", "a success"
    elif not isinstance(outcome.error.error, str) or not outcome.error.error:
        yield "MFA218", "AuthError.error", "a word", reported(outcome)
    elif code is not None and _name(outcome.error.error, last) != code:
        yield "MFA206", "AuthError.error", repr(code), reported(outcome)


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
    if _name(error.error, last) != expected:
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


def _name(error: Json, last: Seen) -> Json:
    """The error that a client raised. At ``/me/`` that may be the whole type in either form (entry D-33); for a
    demand for a nonce, the error of its challenge."""
    code = error_of(last.response.json())
    names = [uri + str(code) for uri in URIS] if last.operation.startswith("me-") else []
    if last.demands_nonce:
        names.append("use_dpop_nonce")
    return code if error in names else error


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
    listing = last.operation in LISTS
    if outcome.error is not None:
        yield ("MFA214" if listing else "MFA202"), "conclusion", "a success", reported(outcome)
    elif outcome.stray is not None:
        yield ("MFA214" if listing else "MFA217"), "conclusion", "a success", raised(outcome)
    elif last.operation in BODILESS:
        return
    elif listing:
        yield from rows(asked, last, outcome.value)
    elif not isinstance(outcome.value, Mapping):
        yield "MFA218", "conclusion", "a mapping", type(outcome.value).__name__
    else:
        yield from fields(asked, last.operation, last.response.json(), outcome.value, tenant)
