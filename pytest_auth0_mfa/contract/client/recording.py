"""The handler that records a client's requests, and gives broken answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from re import sub
from typing import Final
from urllib.parse import parse_qsl

from pytest_auth0_mfa.app import handler
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Steps
from pytest_auth0_mfa.messages import Fault, Json, Request, Response, decode, media_type
from pytest_auth0_mfa.spec.operations import FORM_TYPE, GRANTS, OPERATIONS, rows_at
from pytest_auth0_mfa.tenant.dpop import fresh_nonce
from pytest_auth0_mfa.tenant.tenant import Tenant

from .calling import Endless
from .troubles import ELSEWHERE, TROUBLES, broken
from .unannounced import with_unknown

NONCE_DEMANDS = ("use_dpop_nonce", "dpop_nonce_at_resource", "me_dpop_nonce")
PROOF_REFUSALS = ("invalid_dpop_proof", "dpop_proof_at_resource", "me_dpop_proof")
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
        if trouble is None or TROUBLES[trouble].performed:
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
