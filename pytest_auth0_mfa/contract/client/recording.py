"""The handler that records a client's requests, and the broken answers that it can give."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from re import sub
from typing import Final
from urllib.parse import parse_qsl

from pytest_auth0_mfa.app import handler
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Steps
from pytest_auth0_mfa.messages import Fault, Json, Request, Response, decode, media_type
from pytest_auth0_mfa.spec.api_errors import TITLES, URIS
from pytest_auth0_mfa.spec.operations import FORM_TYPE, GRANTS, OPERATIONS, rows_at
from pytest_auth0_mfa.tenant.dpop import fresh_nonce
from pytest_auth0_mfa.tenant.tenant import Tenant

from .calling import Endless
from .unannounced import with_unknown

_JSON = {"content-type": "application/json"}
_HTML = {"content-type": "text/html; charset=utf-8"}
_PAGE = b"<!DOCTYPE html><html><head><title>Attention required</title></head><body>One moment, please.</body></html>"


def _json(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {**_JSON, **(headers or {})}, json.dumps(body).encode())


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of broken answer."""

    name: str
    text: str
    """What happens, in words for a reproducer."""
    performed: bool = False
    """Whether the tenant performs the call nevertheless."""


TROUBLES: Final = {
    trouble.name: trouble
    for trouble in (
        Trouble("429", "the tenant's rate limit is used up: 429 with Retry-After"),
        Trouble("429-bare", "the tenant's rate limit is used up: 429, without Retry-After"),
        Trouble("409", "the tenant answers 409, as is documented without a cause"),
        Trouble("500", "the tenant answers 500"),
        Trouble("503", "a proxy answers 503 with an HTML page"),
        Trouble("html", "a proxy answers 200 with an HTML page"),
        Trouble("shape", "the tenant answers 200 with JSON of another shape"),
        Trouble("empty", "the tenant answers 200 with a JSON object that has nothing of what was asked for"),
        Trouble("null", "the tenant answers 200 with the JSON value null"),
        Trouble("no-access-token", "the tenant answers 200 without access_token"),
        Trouble("foreign-error", "a gateway answers 403 with an error body of its own"),
        Trouble("nonce-missing", "the tenant demands a nonce for the proof, without a header DPoP-Nonce"),
        Trouble("redirect-302", "a proxy redirects to another host: 302"),
        Trouble("redirect-307", "a proxy redirects to another host: 307"),
        Trouble("half", "the connection breaks in the middle of the answer", performed=True),
        Trouble("closed", "the connection is closed without an answer"),
        Trouble("silent", "the tenant does not answer, and closes the connection after half an hour"),
    )
}
SILENT, SILENCE = "silent", 1800.0  # seconds
UNANSWERED = ("half", "closed", SILENT)
"""The troubles after which no whole answer came."""
REDIRECTS = ("redirect-302", "redirect-307")
_ARRAYS = ("list-authenticators",)
"""Operations whose answer is an array, so that each object is of another shape."""
BODILESS = ("delete-authenticator", "passwordless-start", "revoke", "me-delete-method")
ELSEWHERE = "elsewhere.example"
"""The other host, if it is answered in process."""
NONCE_DEMANDS = ("use_dpop_nonce", "dpop_nonce_at_resource", "me_dpop_nonce")
PROOF_REFUSALS = ("invalid_dpop_proof", "dpop_proof_at_resource", "me_dpop_proof")
_PROBLEMS: Final[Mapping[str, tuple[int, str]]] = {
    "409": (409, "A0E-409-0001"),
    "429": (429, "A0E-429-0003"),
    "429-bare": (429, "A0E-429-0003"),
    "500": (500, "A0E-500-0001"),
}
"""Trouble -> status and code of the problem that the My Account API answers."""
_CONFLICTS = ("me-create-method", "me-update-method", "me-delete-method")
"""Operations for which a 409 is documented (entries M13 and U-32)."""
_WITHOUT_BODY = ("409", "429", "429-bare", "500", "503", "foreign-error", *REDIRECTS, "closed")


_SECRETS: Final[Mapping[str, Json]] = {
    "access_token": "the-token-of-an-answer-that-is-broken",
    "auth_session": "the-session-of-an-answer-that-is-broken",
}
"""A broken answer may hold secrets all the same, which a client must not show."""
_OTHER_SHAPES: Final[Mapping[str, Json]] = {
    "list-authenticators": {"unexpected": True},
    "me-list-methods": {"authentication_methods": {}},
    "me-factors": {"factors": {}},
}


def problem_of(trouble: str | None, operation: str) -> str | None:
    """The code of the documented problem that a broken answer consists of, or None: only ``/me/`` answers problems."""
    _, code = _PROBLEMS.get(trouble or "", (0, None))
    return code if operation.startswith("me-") else None


def _problem(trouble: str) -> Json:
    status, code = _PROBLEMS[trouble]
    return {"type": URIS[0] + code, "title": TITLES[code], "status": status, "detail": "Please try again later."}


def troubles_of(operation: str, *, elsewhere: bool = True) -> tuple[str, ...]:
    """The kinds of broken answers that make sense for an operation. Without ``elsewhere`` there are no redirects."""
    if not elsewhere:
        return tuple(name for name in troubles_of(operation) if name not in REDIRECTS)
    token = any(row.id == operation for row in GRANTS.values())
    left_out = {SILENT, "nonce-missing"} | ({"empty"} if token or operation in _ARRAYS else set())
    left_out |= (set() if token else {"no-access-token"}) | (set() if operation in _CONFLICTS else {"409"})
    # where a client need not read the body, none can be wrong
    kinds = _WITHOUT_BODY if operation in BODILESS else TROUBLES
    return tuple(name for name in kinds if name not in left_out)


def broken(
    trouble: str, operation: str, right: Response | None, retry_after: int, elsewhere: str = ELSEWHERE, now: float = 0
) -> Response:
    """A broken answer of this kind. ``right`` is the tenant's own answer, if it performed the call; ``retry_after`` is
    in seconds."""
    documented = problem_of(trouble, operation) is not None
    if trouble == "409":
        return _json(409, _problem(trouble))
    if trouble in ("429", "429-bare"):
        body = {"error": "too_many_requests", "error_description": "Rate limit exceeded. Please retry after some time."}
        limits = {
            "retry-after": str(retry_after),
            "x-ratelimit-limit": "10",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(int(now) + retry_after),
        }
        return _json(429, _problem(trouble) if documented else body, limits if trouble == "429" else None)
    if trouble == "500":
        body = {"error": "server_error", "error_description": "Internal error"}
        return _json(500, _problem(trouble) if documented else body)
    if trouble == "503":
        return Response(503, _HTML, _PAGE)
    if trouble == "html":
        return Response(200, _HTML, _PAGE)
    if trouble == "shape":
        return _json(200, _OTHER_SHAPES.get(operation, [{"unexpected": True, **_SECRETS}]))
    if trouble == "empty":
        return _json(200, {"unexpected": True})
    if trouble == "null":
        return _json(200, None)
    if trouble == "no-access-token":
        refresh_token = "the-refresh-token-of-an-answer-that-is-broken"
        return _json(200, {"token_type": "Bearer", "expires_in": 86400, "refresh_token": refresh_token})
    if trouble == "foreign-error":
        return _json(403, {"message": "Forbidden", "statusCode": 403})
    if trouble == "nonce-missing" and OPERATIONS[operation].grant_type is not None:
        return _json(400, {"error": "use_dpop_nonce", "error_description": "A nonce is required in the DPoP proof"})
    if trouble == "nonce-missing":
        return Response(401, {"www-authenticate": 'DPoP error="use_dpop_nonce"'})
    if trouble in REDIRECTS:
        location = f"https://{elsewhere}{OPERATIONS[operation].path.partition('{')[0]}"
        return Response(int(trouble[-3:]), {**_HTML, "location": location}, _PAGE)
    if trouble == "half" and right is not None:
        return Response(right.status, right.headers, right.body, Fault(drop="half"))
    return Response(502, {}, b"", Fault(drop="before", delay=SILENCE if trouble == SILENT else 0.0))


LIMIT = 12
"""How many requests of one call are answered; a client that sends more counts as one that never gives up."""
POLL_LIMIT = 150

_TOKEN = "/oauth/token"
IGNORED: Final = frozenset({"openid-configuration", "jwks", "userinfo", "client-credentials"})
"""Operations that a client may call at any time. They are not recorded."""
_ELSEWHERE = ("/api/", "/.well-known/", "/_auth0_mfa/", "/userinfo", "/authorize", "/v2/", "/oidc/")


@dataclass(frozen=True, slots=True)
class SentBody:
    """The body of a request, read as what it is, whatever its Content-Type."""

    kind: str
    """``none``, ``json``, ``form`` or ``unreadable``."""
    params: dict[str, Json] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Seen:
    """One request of the client and its answer."""

    request: Request
    response: Response
    operation: str
    """The operation that the request is for, or was meant for."""
    body: SentBody
    at: float
    """The tenant's time in epoch seconds."""
    refusal_id: str | None
    """The id of the refusal that the tenant answered, or None."""
    trouble: str | None
    path_is_wrong: bool
    method_is_wrong: bool
    profile_fields: frozenset[str] = frozenset()
    """The profile fields that the answer depends on."""

    @property
    def granted(self) -> bool:
        """Whether the tenant performed the call and sent the whole answer."""
        return self.trouble is None and self.response.status < 300

    @property
    def demands_nonce(self) -> bool:
        """Whether the tenant wants the same call again, with the nonce in its answer (entries B3 and B11)."""
        return self.trouble is None and self.refusal_id in NONCE_DEMANDS

    @property
    def grant_type(self) -> str | None:
        """The grant_type in the body, or None."""
        value = self.body.params.get("grant_type")
        return value if isinstance(value, str) else None


def read_body(request: Request) -> SentBody:
    """Read a body as JSON or as a form, whichever it is."""
    if not request.body:
        return SentBody("none")
    text = request.body.decode("utf-8", "replace").strip()
    if text[:1] in ("{", "[", '"'):
        try:
            value = decode(text.encode())
        except ValueError:
            return SentBody("unreadable")
        return SentBody("json", value) if isinstance(value, dict) else SentBody("unreadable")
    label = media_type(request)
    if label == FORM_TYPE or "=" in text:
        return SentBody("form", dict(parse_qsl(text, keep_blank_values=True)))
    return SentBody("unreadable")


class RecordingHandler:
    """Wraps the tenant's handler: it records requests and gives broken answers."""

    def __init__(self, tenant: Tenant, steps: Steps, *, unknown: bool, interrupts: bool, nonces: bool = False) -> None:
        self.tenant = tenant
        self.seen: list[Seen] = []
        self.expected_operations: tuple[str, ...] = ()
        """The operations that the client's current call should make."""
        self.limit = LIMIT
        self.retry_after = 7
        self.after: Callable[[Seen], None] | None = None
        """Called with each request after it was answered, so that things can happen while a client polls."""
        self.elsewhere = ELSEWHERE
        """The host that redirects lead to."""
        self.meanwhile: Callable[[], None] | None = None
        """Called while the next request waits for its answer, so that another user can act."""
        self._steps = steps
        self._handle = handler(tenant)
        self._unknown = unknown
        self._interrupts = interrupts
        self._nonces = nonces
        self._troubles: dict[str, deque[str]] = {}
        self._calls = 0

    def begin(self, expected: tuple[str, ...], limit: int = LIMIT) -> None:
        """Begin a call of the client."""
        self.expected_operations, self.limit, self._calls = expected, limit, 0

    def state(self) -> tuple[tuple[str, ...], int, int]:
        """The state of the current call, which a call in between would overwrite."""
        return self.expected_operations, self.limit, self._calls

    def restore(self, state: tuple[tuple[str, ...], int, int]) -> None:
        """Restore the state of a call."""
        self.expected_operations, self.limit, self._calls = state

    def spoil(self, operation: str, trouble: str, times: int = 1) -> None:
        """Give the next ``times`` calls of an operation a broken answer."""
        self._troubles.setdefault(operation, deque()).extend([trouble] * times)

    def relent(self) -> None:
        """Cancel the broken answers that are still to come."""
        self._troubles.clear()

    def __call__(self, request: Request) -> Response:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        with self.tenant.lock:
            return self._answer(request)

    def _answer(self, request: Request) -> Response:
        body = read_body(request)
        operation, path_is_wrong, method_is_wrong = recognised(request, body, self.expected_operations)
        if operation is None or operation in IGNORED or request.method == "OPTIONS":
            return self._handle(request)
        self._calls += 1
        if self._calls > self.limit:
            if self._interrupts:
                raise Endless("called again and again")
            return Response(502, {}, b"", Fault(drop="before"))
        at = self.tenant.clock.now()
        trouble = self._next_trouble(operation)
        right: Response | None = None
        refusal_id: str | None = None
        profile_fields: frozenset[str] = frozenset()
        if trouble is None or trouble == "half":
            right = self._handle(request)
            refusal_id, profile_fields = self.tenant.calls[-1].refusal_id, self.tenant.calls[-1].profile_fields
            right = with_unknown(operation, right, _limited_to(request)) if self._unknown else right
            if self._nonces and "dpop" in request.headers:
                right = replace(right, headers={**right.headers, "dpop-nonce": fresh_nonce(self.tenant)})
        response = right if trouble is None else None
        if response is None:
            response = broken(trouble or "closed", operation, right, self.retry_after, self.elsewhere, at)
        seen = Seen(
            request, response, operation, body, at, refusal_id, trouble, path_is_wrong, method_is_wrong, profile_fields
        )  # fmt: skip
        self.seen.append(seen)
        self._steps.events.append(Exchange(operation, request, response if trouble is None else None))
        if self.after is not None:
            self.after(seen)
        return response

    def _next_trouble(self, operation: str) -> str | None:
        queue = self._troubles.get(operation)
        return queue.popleft() if queue else None


def recognised(request: Request, body: SentBody, expected: tuple[str, ...]) -> tuple[str | None, bool, bool]:
    """The operation that a request is, or was meant to be; whether its path is wrong; whether its method is wrong.

    The operation is None if the request is not for the MFA API.
    """
    method = "GET" if request.method == "HEAD" else request.method
    path = request.path.partition("?")[0]
    rows = _rows(path)
    if rows:
        fitting = [row for row in rows if OPERATIONS[row].method == method]
        if path == _TOKEN and fitting:
            grant = body.params.get("grant_type")
            known = GRANTS.get(grant) if isinstance(grant, str) else None
            meant = (
                known.id
                if known
                else next((row for row in expected if row in fitting), expected[0] if expected else fitting[0])
            )
            return meant, False, False
        if fitting:
            return fitting[0], False, False
        elsewhere = (row for row in expected if row not in rows and OPERATIONS[row].method == method)
        if (meant := next((row for row in elsewhere if _near(path, OPERATIONS[row].path)), "")) != "":
            return meant, True, False
        return next((row for row in expected if row in rows), rows[0]), False, True
    if any(path.startswith(prefix) for prefix in _ELSEWHERE):
        return None, False, False
    meant = next((row for row in expected if _near(path, OPERATIONS[row].path)), "")
    if meant or "mfa" in path or "/me/" in path:
        near = meant or (expected[0] if expected else "associate")
        return near, True, False
    return None, False, False


def _rows(path: str) -> list[str]:
    return [row.id for row in rows_at(path)]


def _limited_to(request: Request) -> str | None:
    """The type that a request limits a list to."""
    return dict(parse_qsl(request.path.partition("?")[2])).get("type")


def _near(path: str, documented: str) -> bool:
    plain = sub("/+", "/", path).rstrip("/")
    stem = documented.partition("/{")[0]
    return plain == stem or plain.endswith(stem) or SequenceMatcher(None, plain, stem).ratio() > 0.75
