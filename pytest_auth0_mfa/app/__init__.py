"""`handler`: a tenant as a function from request to response.

Each request is routed, authenticated, parsed, performed and rendered, then written into the journal. The handler does
no I/O and never waits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from operator import attrgetter

from pytest_auth0_mfa.app.authentication import discovery, mfa, token
from pytest_auth0_mfa.app.authentication.clients import Params, parse
from pytest_auth0_mfa.errors import OAuthError, closest
from pytest_auth0_mfa.messages import Fault, Handler, Headers, Json, Request, Response, encode
from pytest_auth0_mfa.messages.showing import plain, shown_path
from pytest_auth0_mfa.spec.operations import GRANTS, OPERATIONS, PATHS, Operation, OperationId
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.dpop import fresh_nonce
from pytest_auth0_mfa.tenant.faults import Failure
from pytest_auth0_mfa.tenant.limits import Bucket, plenty
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import reasons
from .apis import PREFIXES, Api, api_of
from .authentication import token as oauth

Perform = Callable[[Tenant, Request], Json]

_TOKEN_PATH = "/oauth/token"
_PERFORM: dict[str, Perform] = {
    "associate": mfa.associate,
    "list-authenticators": mfa.list_authenticators,
    "delete-authenticator": mfa.delete_authenticator,
    "challenge": mfa.challenge,
    "revoke": token.revoke,
    "passwordless-start": token.start_passwordless,
    "openid-configuration": discovery.openid_configuration,
    "jwks": discovery.jwks,
    "userinfo": discovery.userinfo,
}
_HERE = tuple(o for o in OPERATIONS.values() if o.path != _TOKEN_PATH and not o.path.startswith(PREFIXES))
_FIXED = {(o.method, o.path): o for o in _HERE if "{" not in o.path}
_PREFIXES = tuple((o.method, o.path.partition("{")[0], o) for o in _HERE if "{" in o.path)
_CONTROL = "/_auth0_mfa/"
_TO_THE_PAGE = ("/", "/_auth0_mfa")
_JSON_AS_FORM: Callable[[Profile], bool] = attrgetter("token_json_as_form")
_LOG = logging.getLogger("pytest_auth0_mfa")
_READS: dict[frozenset[str], tuple[str, ...]] = {}

# Recorded in 2021, on refusals only: entry D-28 of the contract.
_NEVER_CACHED = "private, no-store, no-cache, must-revalidate, post-check=0, pre-check=0, no-transform"
# Recorded: successes below /mfa/ name the charset, /oauth/token and errors do not (section 1.1 of the contract).
_PLAIN, _WITH_CHARSET = "application/json", "application/json; charset=utf-8"


def handler(tenant: Tenant) -> Handler:
    """The fake as a handler: it performs each request on ``tenant`` and writes it into the journal."""

    def handle(request: Request) -> Response:
        with tenant.lock:
            if tenant.control_token is not None and (
                request.path.startswith(_CONTROL) or (request.path in _TO_THE_PAGE and request.method == "GET")
            ):
                from . import control  # rarely used; neither limited nor journalled

                return control.answer(tenant, request)
            reads = tenant.profile_reads.reads
            reads.clear()
            exchange = CallInProgress(tenant, request)
            response = exchange.answer()
            fields = _READS.setdefault(frozenset(reads), tuple(reads))  # one object for all, to keep the journal small
            at, hint = tenant.clock.now(), exchange.hint
            tenant.calls.note(exchange.operation_id, request, response, at, exchange.refusal_id, fields, hint)
            if hint is not None:
                _LOG.warning("%s %s: %s", request.method, shown_path(request.path), hint)
            return response

    return handle


class CallInProgress:
    """One request while it is being answered."""

    __slots__ = ("api", "hint", "operation", "operation_id", "params", "refusal_id", "request", "tenant")

    def __init__(self, tenant: Tenant, request: Request) -> None:
        self.tenant = tenant
        self.request = request
        self.api = api_of(request.path)
        self.operation: Operation | None = None
        self.operation_id: OperationId | None = None
        self.refusal_id: str | None = None
        self.hint: str | None = None
        self.params: Params | None = None

    def answer(self) -> Response:
        """Perform the request, or give it the fault that a test asked for."""
        headers: dict[str, str] = {}
        fault: Fault | None = None
        try:
            try:
                self.operation = self._route()
                self.operation_id = self.operation.id
            finally:  # the tenant-wide limit counts every call, known or not, and comes before every other refusal
                if self.tenant.rate is not None:
                    headers = self._limit_rate()
                elif self.request.path.startswith(_TOKEN_PATH) and self.tenant.rules.rate_limit_headers:
                    headers = plenty(self.tenant.clock.now())
            if self.tenant.faults:
                asked = self.tenant.faults.take(self.operation_id)
                if isinstance(asked, Failure):
                    return _failed(self.tenant, asked, self.api)
                fault = asked
                if fault is not None and fault.drop == "before":
                    return Response(502, Headers(), b"", fault)
            if self.api is not None:
                result, more = self.api.perform(self.tenant, self.request, self.operation)
                return self._render(result, {**more, **headers}, fault)
            if self.params is None:
                return self._render(_PERFORM[self.operation.id](self.tenant, self.request), headers, fault)
            body = oauth.perform(self.tenant, self.request, self.operation, self.params)
            return self._render_tokens(body, headers, fault)
        except OAuthError as refusal:
            self.refusal_id, self.hint = refusal.refusal_id, refusal.hint
            if self.api is not None:
                problem = self.api.envelope(self.tenant, refusal)
                return self._respond(refusal.status, problem, _WITH_CHARSET, {**headers, **refusal.headers}, fault)
            return self._refuse(refusal, {**headers, **refusal.headers}, fault)

    def _refuse(self, refusal: OAuthError, headers: dict[str, str], fault: Fault | None) -> Response:
        rules = self.tenant.rules
        if self.request.path.startswith(_TOKEN_PATH) and rules.cache_control_of_refusals:
            headers["cache-control"] = _NEVER_CACHED
        if refusal.refusal_id == "invalid_access_token" and rules.userinfo_unauthorized_as_text:
            headers["www-authenticate"] = 'Bearer realm="Users", error="invalid_token"'
            return Response(refusal.status, Headers.of_lower({**self._common(), **headers}), b"Unauthorized", fault)
        description = refusal.description
        if refusal.refusal_id == "not_found" and refusal.hint is not None:  # a login page: explain that there is none
            page = reasons.as_page(self.request, refusal.hint, {**self._common(), **headers})
            if page is not None:
                return page
            description = refusal.hint
        body = {"error": refusal.error, "error_description": description, **refusal.extra}
        return self._respond(refusal.status, body, _PLAIN, headers, fault)

    def _route(self) -> Operation:
        method, path = self.request.method, self.request.path.partition("?")[0]
        if path == _TOKEN_PATH and method == "POST":
            return self._route_grant()
        if self.api is not None:
            return self.api.route(self.tenant, self.request)
        method = "GET" if method == "HEAD" else method
        found = _FIXED.get((method, path))
        if found is not None:
            return found
        for verb, prefix, operation in _PREFIXES:
            if path.startswith(prefix) and len(path) > len(prefix) and "/" not in path[len(prefix) :]:
                if verb == method:
                    return operation
                raise self.tenant.refusal("wrong_verb")
        raise self.tenant.refusal("wrong_verb" if path in PATHS else "not_found", hint=reasons.not_here(path))

    def _route_grant(self) -> Operation:
        tenant = self.tenant
        self.operation_id = PATHS[_TOKEN_PATH][0].id  # the call counts as this operation until its grant is known
        self.params = Params(tenant, parse(tenant, self.request, _JSON_AS_FORM))
        grant_type = self.params.required("grant_type")
        operation = GRANTS.get(grant_type)
        if operation is None:
            self.operation_id = None
            shown = plain(grant_type)[:80]  # it may be a token in the wrong parameter
            hint = f"the fake has no grant {shown!r}. {closest(shown, GRANTS)}"
            raise tenant.refusal("unsupported_grant_type", hint=hint)
        return operation

    def _render(self, body: Json, headers: dict[str, str], fault: Fault | None) -> Response:
        operation = self.operation
        assert operation is not None
        if body is None:
            return self._respond(operation.success, None, _PLAIN if operation.empty else None, headers, fault)
        return self._respond(operation.success, body, _WITH_CHARSET, headers, fault)

    def _render_tokens(self, body: Json, headers: dict[str, str], fault: Fault | None) -> Response:
        if self.tenant.rules.cache_control:
            headers["cache-control"] = "no-store"
            headers["pragma"] = "no-cache"
        if "dpop" in self.request.headers and self.tenant.rules.dpop_nonce_on_success:
            headers["dpop-nonce"] = fresh_nonce(self.tenant)
        return self._respond(200, body, _PLAIN, headers, fault)

    def _respond(
        self, status: int, body: Json, media_type: str | None, headers: dict[str, str], fault: Fault | None
    ) -> Response:
        fields = {**self._common(), **headers}
        if media_type is not None:
            fields["content-type"] = media_type
        content = b"" if body is None else encode(body).encode()
        if self.request.method == "HEAD":  # the length of the body that GET would get
            fields["content-length"], content = str(len(content)), b""
        return Response(status, Headers.of_lower(fields), content, fault)

    def _common(self) -> dict[str, str]:
        """The headers of every answer."""
        return {"x-auth0-requestid": self.tenant.entropy.hexadecimal(20)}

    def _limit_rate(self) -> dict[str, str]:
        """Take one request from the tenant-wide bucket. Returns the headers that say what is left (entry T10)."""
        tenant, now = self.tenant, self.tenant.clock.now()
        rate = tenant.rate
        assert rate is not None
        if tenant.rate_bucket is None:
            tenant.rate_bucket = Bucket(rate.count, rate.seconds / rate.count, now)
        bucket = tenant.rate_bucket
        allowed = bucket.take(now)
        left = int(bucket.level(now) + 1e-9)
        wait = bucket.seconds_until_next(now)
        headers = {
            "x-ratelimit-limit": str(rate.count),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(int(now + (rate.count - bucket.level(now)) * bucket.refill) + 1),
        }
        if not allowed:
            limit = "rate_limited" if self.api is None else self.api.LIMIT
            raise tenant.refusal(limit, headers={**headers, "retry-after": str(max(1, wait))})
        return headers


def _failed(tenant: Tenant, asked: Failure, api: Api | None) -> Response:
    """The answer that `Tenant.fail_next` asked for."""
    body = asked.body
    headers: dict[str, str] = {"content-type": _PLAIN if api is None else _WITH_CHARSET}
    if body is None and api is not None:
        body = api.failure(tenant, asked.status, asked.error, asked.description)
    elif body is None:
        body = {"error": asked.error or "server_error", "error_description": asked.description or "Internal error"}
    if isinstance(body, str):
        content, headers["content-type"] = body.encode(), "text/html; charset=utf-8"
    elif isinstance(body, Mapping):
        content = encode(dict(body)).encode()
    else:
        content = bytes(body)
    given = {name.lower(): value for name, value in (asked.headers or {}).items()}
    return Response(asked.status, Headers.of_lower({**headers, **given}), content, Fault(injected=True))
