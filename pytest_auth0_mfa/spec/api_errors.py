"""The two forms of an error, and the codes of the My Account API.

Most of Auth0 answers `error` and `error_description` (RFC 6749). Below ``/me/`` it answers problem details (RFC 9457)
whose `type` is a URI that ends in a code, such as ``A0E-401-0003``. Everywhere else in this package such a code stands
where an `error` stands.
"""

from __future__ import annotations

from types import MappingProxyType

from pytest_auth0_mfa.messages import Json

TITLES = MappingProxyType(
    {
        "A0E-400-0001": "Bad Request",
        "A0E-400-0003": "Validation Error",
        "A0E-401-0001": "Unauthorized",
        "A0E-401-0002": "Missing Token",
        "A0E-401-0003": "Invalid Token",
        "A0E-403-0001": "Forbidden",
        "A0E-403-0002": "Insufficient Scope",
        "A0E-404-0001": "Not Found",
        "A0E-404-0002": "Resource Not Found",
        "A0E-409-0001": "Configuration issue",
        "A0E-409-0003": "Duplicate Resource",
        "A0E-415-0001": "Unsupported Media Type",
        "A0E-429-0003": "Endpoint Rate Limit Exceeded",
        "A0E-500-0001": "Internal Server Error",
    }
)
"""The `title` that belongs to each code."""

URIS = ("https://auth0.com/api-errors/", "https://auth0.com/api-errors#")
"""What the `type` of a problem begins with, the usual form first: entry D-33 of the contract."""


def error_of(body: Json) -> Json:
    """What the body of a refusal says it is: its `error`, or the last part of the `type` of a problem.

    None if it says neither. As everything in a body, it may be of any type.
    """
    if not isinstance(body, dict):
        return None
    kind = body.get("type")
    if "error" not in body and "title" in body and isinstance(kind, str):
        return kind.replace("#", "/").rpartition("/")[2]
    return body.get("error")


def text_of(body: Json) -> Json:
    """The text of a refusal for a person: its `error_description`, or the `detail` of a problem."""
    if not isinstance(body, dict):
        return None
    return body.get("error_description", body.get("detail"))
