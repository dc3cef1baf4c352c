"""Let browsers in: answer preflights and mark answers as readable by the page that asked."""

from __future__ import annotations

import dataclasses
import re

from pytest_auth0_mfa.messages import Handler, Headers, Request, Response

_ALLOWED = ("auth0-client", "authorization", "content-type", "dpop")
_EXPOSED = "retry-after, www-authenticate, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset"
_NOT_FOR_PAGES = "/_auth0_mfa/"  # the control plane refuses pages of other origins
_NAMES = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z, ]*")


def with_cors(handler: Handler) -> Handler:
    """The same handler for pages of any origin; requests without an Origin are left alone."""

    def answer(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is None or request.path.startswith(_NOT_FOR_PAGES):
            return handler(request)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return _preflight(origin, request)
        response = handler(request)
        marks = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED, "Vary": "Origin"}
        return dataclasses.replace(response, headers=Headers([*response.headers.items(), *marks.items()]))

    return answer


def _preflight(origin: str, request: Request) -> Response:
    asked = request.headers.get("access-control-request-headers", "")
    more = asked.lower().split(",") if _NAMES.fullmatch(asked) else []
    allowed = dict.fromkeys([*_ALLOWED, *(name.strip() for name in more if name.strip())])
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": ", ".join(allowed),
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin, Access-Control-Request-Headers",
    }
    return Response(204, headers)
