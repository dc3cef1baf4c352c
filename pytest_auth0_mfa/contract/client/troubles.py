"""The broken answers that a client has to live through, whatever it called."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.messages import Fault, Json, Response
from pytest_auth0_mfa.spec.api_errors import TITLES, URIS
from pytest_auth0_mfa.spec.operations import GRANTS, OPERATIONS

_JSON = {"content-type": "application/json"}
_HTML = {"content-type": "text/html; charset=utf-8"}
_PAGE = b"<!DOCTYPE html><html><head><title>Attention required</title></head><body>One moment, please.</body></html>"
SILENT, SILENCE = "silent", 1800.0  # seconds
UNANSWERED = ("half", "closed", SILENT)
"""The troubles after which no whole answer came."""
REDIRECTS = ("redirect-302", "redirect-307")
BODILESS = ("delete-authenticator", "passwordless-start", "revoke", "me-delete-method")
"""Operations whose answer a client need not read, so that no body can be wrong."""
ELSEWHERE = "elsewhere.example"
"""The other host, if it is answered in process."""
_TOKENS = frozenset(row.id for row in GRANTS.values())
_ARRAYS = ("list-authenticators",)
"""Operations whose answer is an array, so that each object is of another shape."""
_CONFLICTS = ("me-create-method", "me-update-method", "me-delete-method")
"""Operations for which a 409 is documented (entries M13 and U-32)."""
_OTHER_SHAPES: Final[Mapping[str, Json]] = {
    "list-authenticators": {"unexpected": True},
    "me-list-methods": {"authentication_methods": {}},
    "me-factors": {"factors": {}},
}
_SECRETS: Final[Mapping[str, Json]] = {
    "access_token": "the-token-of-an-answer-that-is-broken",
    "auth_session": "the-session-of-an-answer-that-is-broken",
}
"""A broken answer may hold secrets all the same, which a client must not show."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The call that gets a broken answer."""

    operation: str
    right: Response | None
    """The tenant's own answer, if it performed the call."""
    retry_after: int
    """In seconds."""
    elsewhere: str
    now: float
    """In epoch seconds."""


Answer = Callable[[Circumstances], Response]


def _always(operation: str) -> bool:
    return True


def _only_if_asked_for(operation: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of broken answer."""

    name: str
    text: str
    """What happens, in words for a reproducer."""
    answer: Answer
    makes_sense: Callable[[str], bool] = _always
    """Whether an operation may be answered so."""
    of_the_body: bool = False
    """Whether it is the body that is wrong."""
    performed: bool = False
    """Whether the tenant performs the call nevertheless."""
    problem: str | None = None
    """The code of the problem that the My Account API answers."""


# -- the answers -----------------------------------------------------------------------------------


def _json(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {**_JSON, **(headers or {})}, json.dumps(body).encode())


def _always_json(status: int, body: Json) -> Answer:
    return lambda call: _json(status, body)


def _always_page(status: int) -> Answer:
    return lambda call: Response(status, _HTML, _PAGE)


def _refusal(status: int, code: str, error: str, description: str, *, limited: bool = False) -> Answer:
    """A problem below ``/me/``, an ``error`` elsewhere; if ``limited``, with the headers that say until when."""

    def answer(call: Circumstances) -> Response:
        headers = {
            "retry-after": str(call.retry_after),
            "x-ratelimit-limit": "10",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(int(call.now) + call.retry_after),
        }
        body: Json = {"error": error, "error_description": description}
        if _is_of_the_page(call.operation):
            body = {"type": URIS[0] + code, "title": TITLES[code], "status": status, "detail": description}
        return _json(status, body, headers if limited else None)

    return answer


def _of_another_shape(call: Circumstances) -> Response:
    return _json(200, _OTHER_SHAPES.get(call.operation, [{"unexpected": True, **_SECRETS}]))


def _demand_without_nonce(call: Circumstances) -> Response:
    if OPERATIONS[call.operation].grant_type is None:
        return Response(401, {"www-authenticate": 'DPoP error="use_dpop_nonce"'})
    return _json(400, {"error": "use_dpop_nonce", "error_description": "A nonce is required in the DPoP proof"})


def _redirect(status: int) -> Answer:
    def answer(call: Circumstances) -> Response:
        location = f"https://{call.elsewhere}{OPERATIONS[call.operation].path.partition('{')[0]}"
        return Response(status, {**_HTML, "location": location}, _PAGE)

    return answer


def _nothing(delay: float = 0.0) -> Answer:
    return lambda call: Response(502, {}, b"", Fault(drop="before", delay=delay))


def _half(call: Circumstances) -> Response:
    if call.right is None:
        return _nothing()(call)
    return Response(call.right.status, call.right.headers, call.right.body, Fault(drop="half"))


# -- the table -------------------------------------------------------------------------------------


def _is_of_the_page(operation: str) -> bool:
    return operation.startswith("me-")


def _has_token(operation: str) -> bool:
    return operation in _TOKENS


def _has_fields(operation: str) -> bool:
    return operation not in _TOKENS and operation not in _ARRAYS


def _may_conflict(operation: str) -> bool:
    return operation in _CONFLICTS


_LIMIT = ("A0E-429-0003", "too_many_requests", "Rate limit exceeded. Please retry after some time.")
_CONFLICT = ("A0E-409-0001", "conflict", "Please try again later.")
_INTERNAL = ("A0E-500-0001", "server_error", "Internal error")
_WITHOUT_TOKEN: Final[Mapping[str, Json]] = {
    "token_type": "Bearer",
    "expires_in": 86400,
    "refresh_token": "the-refresh-token-of-an-answer-that-is-broken",
}
TROUBLES: Final = {
    trouble.name: trouble
    for trouble in (
        Trouble(
            "429", "the tenant's rate limit is used up: 429 with Retry-After", _refusal(429, *_LIMIT, limited=True),
            problem=_LIMIT[0],
        ),
        Trouble(
            "429-bare", "the tenant's rate limit is used up: 429, without Retry-After", _refusal(429, *_LIMIT),
            problem=_LIMIT[0],
        ),
        Trouble(
            "409", "the tenant answers 409, as is documented without a cause", _refusal(409, *_CONFLICT), _may_conflict,
            problem=_CONFLICT[0],
        ),
        Trouble("500", "the tenant answers 500", _refusal(500, *_INTERNAL), problem=_INTERNAL[0]),
        Trouble("503", "a proxy answers 503 with an HTML page", _always_page(503)),
        Trouble("html", "a proxy answers 200 with an HTML page", _always_page(200), of_the_body=True),
        Trouble("shape", "the tenant answers 200 with JSON of another shape", _of_another_shape, of_the_body=True),
        Trouble(
            "empty", "the tenant answers 200 with a JSON object that has nothing of what was asked for",
            _always_json(200, {"unexpected": True}), _has_fields, of_the_body=True,
        ),
        Trouble("null", "the tenant answers 200 with the JSON value null", _always_json(200, None), of_the_body=True),
        Trouble(
            "no-access-token", "the tenant answers 200 without access_token", _always_json(200, _WITHOUT_TOKEN),
            _has_token, of_the_body=True,
        ),
        Trouble(
            "foreign-error", "a gateway answers 403 with an error body of its own",
            _always_json(403, {"message": "Forbidden", "statusCode": 403}),
        ),
        Trouble(
            "nonce-missing", "the tenant demands a nonce for the proof, without a header DPoP-Nonce",
            _demand_without_nonce, _only_if_asked_for,
        ),
        Trouble("redirect-302", "a proxy redirects to another host: 302", _redirect(302)),
        Trouble("redirect-307", "a proxy redirects to another host: 307", _redirect(307)),
        Trouble("half", "the connection breaks in the middle of the answer", _half, of_the_body=True, performed=True),
        Trouble("closed", "the connection is closed without an answer", _nothing()),
        Trouble(
            SILENT, "the tenant does not answer, and closes the connection after half an hour", _nothing(SILENCE),
            _only_if_asked_for,
        ),
    )
}  # fmt: skip


def troubles_of(operation: str, *, elsewhere: bool = True) -> tuple[str, ...]:
    """The kinds of broken answers that make sense for an operation. Without ``elsewhere`` there are no redirects."""
    return tuple(
        name
        for name, trouble in TROUBLES.items()
        if trouble.makes_sense(operation)
        and not (trouble.of_the_body and operation in BODILESS)
        and (elsewhere or name not in REDIRECTS)
    )


def problem_of(trouble: str | None, operation: str) -> str | None:
    """The code of the documented problem that a broken answer consists of, or None: only ``/me/`` answers problems."""
    return TROUBLES[trouble].problem if trouble is not None and _is_of_the_page(operation) else None


def broken(
    trouble: str, operation: str, right: Response | None, retry_after: int, elsewhere: str = ELSEWHERE, now: float = 0
) -> Response:
    """A broken answer of this kind. ``right`` is the tenant's own answer, if it performed the call; ``retry_after`` is
    in seconds."""
    return TROUBLES[trouble].answer(Circumstances(operation, right, retry_after, elsewhere, now))
