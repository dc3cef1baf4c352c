"""The control plane: JSON calls below ``/_auth0_mfa/`` with which tests in any language control the tenant.

It is not part of Auth0. Every call needs the tenant's control token. Calls are neither journalled nor limited, and
faults do not affect them. Any web page in a browser on the same computer can reach the server, so requests from pages
of another origin are refused, even with the token, and there is no CORS. Only the files of the sandbox page need no
token, because they contain no data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pytest_auth0_mfa.errors import closest
from pytest_auth0_mfa.messages import Json, Request, Response
from pytest_auth0_mfa.spec.operations import path_values
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.verification import same

from . import page as sandbox
from .call import ControlCall, Node, Refused
from .routes import ROUTES, Route

PREFIX = "/_auth0_mfa/"
TOKEN_HEADER = "x-auth0-mfa-control-token"


def answer(tenant: Tenant, request: Request) -> Response:
    """Check the origin and the token, perform the call, and answer it."""
    try:
        _check_origin(tenant, request)
        _check_site(request)
        page = sandbox.file(request)
        if page is not None:
            return page
        _check_token(tenant, request)
        route, parts = _route(request)
        return _respond(request, 200, route.perform(ControlCall(tenant, request, parts, _body(request))))
    except Refused as refused:
        return _respond(request, refused.status, {"error": refused.error, "message": str(refused)})
    except LookupError as error:
        return _respond(request, 404, {"error": "not_found", "message": str(error)})
    except ValueError as error:  # ConfigurationError is a ValueError
        return _respond(request, 400, {"error": "bad_request", "message": str(error)})


def _respond(request: Request, status: int, body: Json) -> Response:
    content = b"" if request.method == "HEAD" else json.dumps(body).encode()
    headers = {"content-type": "application/json; charset=utf-8", **sandbox.GUARDS}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(status, headers, content)


def _check_origin(tenant: Tenant, request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and origin not in (tenant.url, f"https://{request.headers.get('host')}"):
        raise Refused(403, "foreign_origin", f"the control plane answers pages of {tenant.url} only, not of others.")


def _check_site(request: Request) -> None:
    """Refuse a request from another site. Browsers send Sec-Fetch-Site even without Origin, as for scripts and
    images."""
    site = request.headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") and not sandbox.is_visit(request):
        raise Refused(403, "foreign_site", "the control plane answers its own page only; this came from another site.")


def _check_token(tenant: Tenant, request: Request) -> None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = request.headers.get(TOKEN_HEADER) or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not given:
        raise Refused(
            401,
            "missing_control_token",
            f"send 'Authorization: Bearer TOKEN' or '{TOKEN_HEADER}: TOKEN'. The token is the environment's "
            "AUTH0_MFA_CONTROL_TOKEN (tenant.env), or the file control_token of `auth0-mfa serve --dir`.",
        )
    if tenant.control_token is None or not same(given, tenant.control_token):
        raise Refused(
            401,
            "wrong_control_token",
            "this is not the control token of the tenant that is served now: every server has one of its own. "
            "Read AUTH0_MFA_CONTROL_TOKEN or the file control_token again.",
        )


def _route(request: Request) -> tuple[Route, Mapping[str, str]]:
    verb = "GET" if request.method == "HEAD" else request.method
    path = request.path.partition("?")[0].removeprefix(PREFIX)
    asked = path.split("/")
    allowed = []
    for route in ROUTES:
        parts = path_values(route.path.split("/"), asked)
        if parts is not None and route.method == verb:
            return route, parts
        if parts is not None:
            allowed.append(route.method)
    if allowed:
        raise Refused(405, "wrong_method", f"{PREFIX}{path} takes {' and '.join(allowed)}, not {verb}.")
    known = dict.fromkeys(route.path for route in ROUTES)
    hint = closest(path, known)
    raise Refused(404, "no_such_path", f"there is no {PREFIX}{path}. {hint} GET {PREFIX}routes lists them all.")


def _body(request: Request) -> Node:
    """The body as JSON, whatever its Content-Type. An empty body counts as an empty object."""
    try:
        body = json.loads(request.body) if request.body.strip() else {}
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request", "the body is not JSON. Expected an object, such as {}.") from None
    if (
        not request.body.isascii() or b"\\ud" in request.body.lower()
    ):  # JSON can carry half a character; no name or address has one
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Refused(400, "bad_request", "the body holds half a character: a lone surrogate (\\ud800)") from None
    return Node(body)
