"""Tools to break a tenant from outside: wrap its handler, and meddle with what it keeps."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.operations import GRANTS, OPERATIONS, rows_at

Break = Callable[[Tenant, Handler], Handler]


@dataclass(frozen=True)
class Broken:
    """A broken tenant; ``operations`` are those that a finding may name."""

    name: str
    operations: tuple[str, ...]
    wrap: Break
    module: str
    """Where it stands."""
    profile: dict[str, Any] = field(default_factory=dict)
    """Fields of the profile of subject and oracle, where the fault shows only with them."""
    guesses_bind: bool = True
    """Whether it is held to what is only guessed, as our own fake is, and not as a consumer's."""


ZOO: dict[str, Broken] = {}


def broken(name: str, *operations: str, guesses_bind: bool = True, **profile: Any) -> Callable[[Break], Break]:
    """Register one."""

    module = str(sys._getframe(1).f_globals["__name__"])

    def register(wrap: Break) -> Break:
        assert name not in ZOO, name
        assert set(operations) <= OPERATIONS.keys(), operations
        ZOO[name] = Broken(name, operations, wrap, module, profile, guesses_bind)
        return wrap

    return register


def sent(request: Request) -> dict[str, Any]:
    """The parameters of a request, as far as they can be read."""
    text = request.body.decode("utf-8", "replace")
    if text.startswith("{"):
        try:
            return dict(json.loads(text))
        except ValueError:
            return {}
    return dict(parse_qsl(text))


def operation_of(request: Request) -> str:
    """The id of the operation, or an empty string."""
    path = request.path.partition("?")[0]
    if path == "/oauth/token":
        row = GRANTS.get(str(sent(request).get("grant_type")))
        return row.id if row else ""
    return next((row.id for row in rows_at(path) if row.method == request.method), "")


def with_parameters(request: Request, **values: object) -> Request:
    """The request with other parameters, as JSON."""
    body = json.dumps({**sent(request), **values}).encode()
    return replace(request, headers={**request.headers, "content-type": "application/json"}, body=body)


def bearer_of(request: Request) -> str:
    """The bearer token."""
    return request.headers.get("authorization", "").partition(" ")[2]


def identifier_of(request: Request) -> str:
    """The authenticator in the path."""
    return unquote(request.path.rpartition("/")[2])


def with_body(response: Response, body: object) -> Response:
    """The response with another JSON body."""
    return replace(response, body=json.dumps(body).encode())


def answering(operation: str, change: Callable[[Response], Response], *, granted: bool | None = True) -> Break:
    """Change the answers of an operation: successes, refusals (False) or both (None)."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            response = handler(request)
            if operation_of(request) == operation and (granted is None or granted == (response.status < 400)):
                return change(response)
            return response

        return handle

    return wrap


def body_of(operation: str, change: Callable[[Any], object], *, granted: bool | None = True) -> Break:
    """Change the decoded body; ``change`` may return another one or alter it in place."""

    def changed(response: Response) -> Response:
        if not response.body:
            return response
        body = response.json()
        made = change(body)
        return with_body(response, body if made is None else made)

    return answering(operation, changed, granted=granted)


def error_of(operation: str, error: str, /, **fields: Any) -> Break:
    """Change refusals with this `error`: ``status=``, or members of the body; None removes one."""

    def change(response: Response) -> Response:
        body = response.json()
        if body.get("error") != error:
            return response
        status = fields.get("status", response.status)
        members = {name: value for name, value in fields.items() if name != "status"}
        body = {name: value for name, value in {**body, **members}.items() if value is not None}
        return replace(with_body(response, body), status=status)

    return answering(operation, change, granted=False)


def before(operation: str, meddle: Callable[[Tenant, Request], None]) -> Break:
    """Meddle with the tenant before it performs a call."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if operation_of(request) == operation:
                meddle(tenant, request)
            return handler(request)

        return handle

    return wrap


def after(operation: str, meddle: Callable[[Tenant, Request, Response], None]) -> Break:
    """Meddle with the tenant after a call succeeded."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            response = handler(request)
            if operation_of(request) == operation and response.status < 400:
                meddle(tenant, request, response)
            return response

        return handle

    return wrap


def around(operation: str, act: Callable[[Tenant, Request, Handler], Response]) -> Break:
    """Answer an operation otherwise."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            return act(tenant, request, handler) if operation_of(request) == operation else handler(request)

        return handle

    return wrap
