"""The sandbox page at ``/_auth0_mfa/``: its files, as they lie in ``pytest_auth0_mfa/app/control/assets``.

They hold no data and need no token; what the page shows it asks of the control plane, with the token.
The page runs its own scripts only and inserts nothing as HTML, so a user's name cannot become code.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pytest_auth0_mfa.messages import Request, Response

PAGE = "/_auth0_mfa/"
_FOLDER = "/_auth0_mfa/sandbox/"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
GUARDS = MappingProxyType(
    {
        "cache-control": "no-store",
        "content-security-policy": _POLICY,
        "cross-origin-embedder-policy": "require-corp",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
)
"""On every answer below ``/_auth0_mfa/``: no other page reads, embeds or opens it."""


def is_visit(request: Request) -> bool:
    """Whether somebody opens the page itself, in a tab of its own; following a link is allowed."""
    return request.path.partition("?")[0] == PAGE and request.headers.get("sec-fetch-dest") == "document"


def file(request: Request) -> Response | None:
    """The page or one of its files; None when the request is for neither."""
    if request.method not in ("GET", "HEAD"):
        return None
    path = request.path.partition("?")[0]
    name = "index.html" if path == PAGE else path.removeprefix(_FOLDER) if path.startswith(_FOLDER) else ""
    content = _files().get(name)
    if content is None:
        return None
    headers = {"content-type": _TYPES[name.rpartition(".")[2]], **GUARDS}
    if request.method == "HEAD":
        return Response(200, {**headers, "content-length": str(len(content))})
    return Response(200, headers, content)


@cache
def _files() -> dict[str, bytes]:
    """By name. Only what is listed here can be asked for: no path of a request reaches the disk."""
    folder = files(__package__) / "assets"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.rpartition(".")[2] in _TYPES}
