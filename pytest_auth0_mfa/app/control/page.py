"""The sandbox page at ``/_auth0_mfa/``: its files, and the calls that return its data.

The files are in ``pytest_auth0_mfa/app/control/assets``. They contain no data and need no token; the page gets its
data from the control plane, with the token. It runs only its own scripts and inserts nothing as HTML, so that a user's
name cannot become code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar, get_type_hints

from pytest_auth0_mfa.errors import MissingExtraError
from pytest_auth0_mfa.messages import Json, Request, Response
from pytest_auth0_mfa.spec.factors import CHANNELS, CODE_CHANNELS, FACTORS, RECOVERY
from pytest_auth0_mfa.spec.operations import ALL
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.enrollment import otp_uri
from pytest_auth0_mfa.tenant.policies import POLICIES, described
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import views
from .call import ControlCall, Refused
from .settings import list_applications
from .users import entry_of, list_push_requests


def image(text: str) -> str:
    """The QR code of a text, as a data URL of an SVG image. Raises MissingExtraError."""
    try:
        import segno
    except ImportError:
        raise MissingExtraError("The QR code", "server") from None
    url: str = segno.make(text, error="m", micro=False).svg_data_uri(border=4, light="white", omitsize=True)
    return url


PAGE = "/_auth0_mfa/"
_LEADING_HERE = ("/", "/_auth0_mfa")
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
"""The headers of every answer below ``/_auth0_mfa/``. They keep other pages from reading, embedding or opening it."""


def is_visit(request: Request) -> bool:
    """Whether a browser opens the page itself, as by following a link."""
    return (
        request.path.partition("?")[0] in (PAGE, *_LEADING_HERE) and request.headers.get("sec-fetch-dest") == "document"
    )


def file(request: Request) -> Response | None:
    """The page or one of its files; None if the request is for something else."""
    if request.method not in ("GET", "HEAD"):
        return None
    path = request.path.partition("?")[0]
    if path in _LEADING_HERE:
        return Response(302, {**GUARDS, "location": PAGE})
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
    """The files by name. Only these can be requested: no path of a request is used to read a file."""
    folder = files(__package__) / "assets"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.rpartition(".")[2] in _TYPES}


T = TypeVar("T")

_MOST_USERS = 100
_MOST_MESSAGES = 50


def get_state(call: ControlCall) -> Json:
    """The data of the page that changes. ``state`` is null if it still has the version ``since``. The clock always
    comes."""
    asked = call.query("since", "users", "messages")
    state = _state(call, asked.get("users", ""), asked.get("messages", ""))
    version = hashlib.blake2b(json.dumps(state).encode(), digest_size=12).hexdigest()
    return {
        "version": version,
        "clock": views.clock(call.tenant),
        "state": None if asked.get("since") == version else state,
    }


def _state(call: ControlCall, of_users: str, of_messages: str) -> dict[str, Json]:
    tenant = call.tenant
    users = _holding(
        of_users, tenant.users.values(), lambda entry: (entry.email, entry.id, entry.phone_number, entry.password)
    )
    sent = _holding(
        of_messages,
        enumerate(tenant.outbox, start=tenant.outbox.dropped + 1),
        lambda entry: (entry[1].to, entry[1].user.email, entry[1].code or "", entry[1].channel),
    )
    return {
        "users": [views.user(entry) for entry in users[-_MOST_USERS:]],
        "user_count": len(tenant.users),
        "users_found": len(users),
        "messages": [views.message(message, place) for place, message in sent[-_MOST_MESSAGES:]],
        "message_count": tenant.outbox.dropped + len(tenant.outbox),
        "messages_found": len(sent),
        "push": list_push_requests(call),
        "factors": sorted(tenant.factors),
        "policy": described(tenant.policy),
        "audiences": views.audiences(tenant),
        "codes": views.codes(tenant),
        "claims": views.claims(tenant),
        "applications": list_applications(call),
        "profile": {field.name: getattr(tenant.profile, field.name) for field in fields(Profile)},
        "faults": tenant.faults.pending(),
        "failing_channels": tenant.outbox.failing(),
        "calls": {"count": tenant.calls.dropped + len(tenant.calls), "first": _first_call(tenant)},
        "frozen": tenant.clock.frozen,
    }


def _holding(search: str, found: Iterable[T], texts: Callable[[T], Iterable[str]]) -> list[T]:
    """The items whose texts contain every word of ``search``."""
    words = search.lower().split()
    if not words:
        return list(found)
    return [entry for entry in found if all(word in " ".join(texts(entry)).lower() for word in words)]


def _first_call(tenant: Tenant) -> str | None:
    """A text that identifies the journal: a reset changes it."""
    first = tenant.calls.first
    return None if first is None else f"{first.at} {first.response.headers.get('x-auth0-requestid')}"


def get_catalogue(call: ControlCall) -> Json:
    """The operations, factors, channels, policies and profile fields that exist."""
    types = get_type_hints(Profile)
    return {
        "operations": [
            {
                "id": operation.id,
                "method": operation.method,
                "path": operation.path,
                "summary": operation.summary,
                "source": operation.source,
            }
            for operation in ALL.values()
        ],
        "factors": [*FACTORS, RECOVERY],
        "channels": list(CHANNELS),
        "code_channels": list(CODE_CHANNELS),
        "policies": list(POLICIES),
        "profile": [
            {
                "name": field.name,
                "type": types[field.name].__name__,
                "default": field.default,
                "alternatives": list(field.metadata["alternatives"]),
                "any_positive": field.metadata["any_positive"],
                "rows": list(field.metadata["rows"]),
                "doc": field.metadata["doc"],
            }
            for field in fields(Profile)
        ],
    }


def get_qr(call: ControlCall) -> Json:
    """The QR code of an otp authenticator, as a data URL of an SVG image."""
    user = call.user()
    entry = entry_of(user, call.parts["authenticator"])
    if entry.secret is None:
        raise LookupError(f"{entry.id} is of factor {entry.factor}: only otp has a QR code with a secret")
    uri = otp_uri(call.tenant, user.email, entry)
    return {"barcode_uri": uri, "image": _image(uri)}


def _image(text: str) -> str:

    try:
        return image(text)
    except MissingExtraError as error:
        raise Refused(501, "missing_extra", str(error)) from None
