"""The table of checks for single requests of a client, and the checks of a request's format."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, unquote

from pytest_auth0_mfa.contract.client.asked import JSON_NAMES, Check, Context, Flaw, Found, absent, basic
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.messages.showing import is_plain, plain, shown_path
from pytest_auth0_mfa.spec.operations import FORM_TYPE, GRANTS, JSON_TYPE, OPERATIONS
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.spec.secret_fields import SECRET_FIELDS

from . import account, proofs, values


def secret_in_url(c: Context) -> Iterator[Found]:
    """MFA122: path and query contain no secret."""
    path, _, query = c.seen.request.path.partition("?")
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in SECRET_FIELDS or any(c.owner(one) is not None or one in c.secrets for one in (name, value)):
            shown = f"the query parameter {name}" if is_plain(name) else "a query parameter"
            yield "the URL", "no secret in it", shown
    if any(c.owner(unquote(part)) is not None for part in path.split("/")):
        yield "the URL", "no secret in it", "a token in the path"


def path(c: Context) -> Iterator[Found]:
    """MFA101: the path is exactly the documented one."""
    if c.seen.path_is_wrong:
        row = OPERATIONS[c.seen.operation]
        yield "path", f"{row.method} {row.path}", f"{c.seen.request.method} {shown_path(c.seen.request.path)}"


def method(c: Context) -> Iterator[Found]:
    """MFA102: the method is the documented one."""
    if c.seen.method_is_wrong:
        row = OPERATIONS[c.seen.operation]
        yield "method", f"{row.method} {row.path}", f"{c.seen.request.method} {shown_path(c.seen.request.path)}"


def content_type(c: Context) -> Iterator[Found]:
    """MFA103: the Content-Type matches the body, and the operation accepts such a body."""
    row, kind, label = OPERATIONS[c.seen.operation], c.seen.body.kind, c.label()
    if kind not in ("json", "form") or _unlabelled_challenge(c):
        return
    right = JSON_TYPE if kind == "json" else FORM_TYPE
    if right not in row.takes and row.takes:
        yield "Content-Type", " or ".join(row.takes), f"a {kind} body"
    elif label != right and not (kind == "json" and label.endswith("+json") and not row.id.startswith("me-")):
        yield "Content-Type", f"{right}, as the body is", plain(label)[:60] or "none"


def _unlabelled_challenge(c: Context) -> bool:
    return c.seen.operation == "challenge" and c.seen.body.kind == "json" and c.label() in ("", FORM_TYPE)


def unlabelled_challenge(c: Context) -> Iterator[Found]:
    """MFA104: JSON to /mfa/challenge has the Content-Type of JSON, unlike in Auth0's guide."""
    if _unlabelled_challenge(c):
        yield "Content-Type", JSON_TYPE, c.label() or "none"


def unreadable(c: Context) -> Iterator[Found]:
    """MFA105: the body can be read."""
    if c.seen.body.kind == "unreadable":
        yield "body", "a JSON object or a form", f"{len(c.seen.request.body)} bytes of something else"
    elif c.seen.body.kind == "none" and OPERATIONS[c.seen.operation].takes:
        yield "body", "a JSON object or a form", "no body"


def grant_type(c: Context) -> Iterator[Found]:
    """MFA109: the grant_type is that of the operation."""
    expected = OPERATIONS[c.seen.operation].grant_type
    actual = c.params.get("grant_type")
    if expected is None or actual == expected or not c.seen.body.params:
        return
    if isinstance(actual, str) and actual in GRANTS:
        return
    yield "$.grant_type", expected, c.shown(actual, expected)


def misnamed(c: Context) -> Iterator[Found]:
    """MFA107: no documented parameter is missing because it has another name."""
    known = _KNOWN.get(c.seen.operation, ())
    unknown = {_plain(name): name for name in c.params if name not in _ALL_KNOWN}
    for right_name in known:
        if not absent(c.params.get(right_name)) or not _wanted(c, right_name):
            continue
        near = next((name for name in _MISSPELT.get(right_name, ()) if name in c.params), None)
        if near is not None:
            yield f"$.{near}", f"the parameter {right_name}", near
            continue
        for match in get_close_matches(_plain(right_name), unknown, n=1, cutoff=0.8):
            yield f"$.{unknown[match]}", f"the parameter {right_name}", unknown[match]


def _wanted(c: Context, name: str) -> bool:
    if name in ("authenticator_types", "grant_type", "mfa_token", "client_id"):
        return True
    if name == "oob_channels":
        return c.asked.factor not in (None, "otp")
    return c.asked.params.get(name) is not None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower().rstrip("s")


_MISSPELT: Final = {
    "authenticator_types": ("authentication_types",),
    "oob_channels": ("oob_channel",),
    "otp": ("code", "verification_code", "binding_code", "otp_code"),
    "otp_code": ("otp", "code", "binding_code"),
    "auth_session": ("session", "oob_code"),
    "name": ("label", "nickname"),
    "preferred_authentication_method": ("channel", "preferred_method"),
    "type": ("authenticator_types", "factor"),
    "realm": ("connection",),
    "username": ("email", "phone_number"),
    "connection": ("realm",),
    "token": ("refresh_token",),
}
_OF_TOKENS = ("grant_type", "client_id", "client_secret")
_KNOWN: Final = {
    "password": (*_OF_TOKENS, "username", "password", "audience", "scope"),
    "password-realm": (*_OF_TOKENS, "username", "password", "audience", "scope", "realm"),
    "refresh-token": (*_OF_TOKENS, "refresh_token"),
    "mfa-otp": (*_OF_TOKENS, "mfa_token", "otp"),
    "mfa-oob": (*_OF_TOKENS, "mfa_token", "oob_code", "binding_code"),
    "mfa-recovery-code": (*_OF_TOKENS, "mfa_token", "recovery_code"),
    "challenge": ("mfa_token", "client_id", "client_secret", "challenge_type", "authenticator_id"),
    "associate": ("authenticator_types", "oob_channels", "phone_number", "email"),
    "passwordless-start": ("client_id", "client_secret", "connection", "email", "phone_number", "send"),
    "passwordless-otp": (*_OF_TOKENS, "realm", "username", "otp", "audience", "scope"),
    "revoke": ("client_id", "client_secret", "token"),
    "me-create-method": ("type", "email", "phone_number", "preferred_authentication_method"),
    "me-verify-method": ("auth_session", "otp_code"),
    "me-update-method": ("name", "preferred_authentication_method"),
}
_ALL_KNOWN = {name for names in _KNOWN.values() for name in names}
_LISTS = ("authenticator_types", "oob_channels")


def types(c: Context) -> Iterator[Found]:
    """MFA108: parameters are lists where lists are documented, and strings otherwise."""
    for name in _KNOWN.get(c.seen.operation, ()):
        value = c.params.get(name)
        if name in _LISTS:
            if name in c.params and value is not None and not _strings(value, name == "authenticator_types"):
                yield f"$.{name}", "a non-empty list of strings", JSON_NAMES.get(type(value), "string")
        elif value is not None and not isinstance(value, str):
            yield f"$.{name}", "a string", f"a JSON {JSON_NAMES.get(type(value), 'value')}"


def _strings(value: Json, non_empty: bool) -> bool:
    return isinstance(value, list) and (bool(value) or not non_empty) and all(isinstance(v, str) for v in value)


def missing(c: Context) -> Iterator[Found]:
    """MFA106: every required parameter is present."""
    row = OPERATIONS[c.seen.operation]
    if not row.takes:
        return
    for name in _required(row.id):
        if absent(c.params.get(name)):
            yield f"$.{name}", "present", "missing"
    if c.asked.factor not in (None, "otp") and row.id == "associate" and absent(c.params.get("oob_channels")):
        yield "$.oob_channels", "present", "missing"


@cache
def _required(operation: str) -> tuple[str, ...]:
    return tuple(schemas()[f"{operation}.request"].get("required", ()))


def schema(c: Context) -> Iterator[Found]:
    """MFA126: the body matches the schema in all other respects."""
    row = OPERATIONS[c.seen.operation]
    if row.takes and c.params:
        body = {**dict(zip(("client_id", "client_secret"), basic(c) or (), strict=False)), **c.params}
        for fault in schemas().judge(f"{row.id}.request", body, decoded=True):
            yield fault.partition(":")[0], f"what {row.id}.request.json says", fault


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("MFA122", secret_in_url),
    ("MFA101", path),
    ("MFA102", method),
    ("MFA103", content_type),
    ("MFA104", unlabelled_challenge),
    ("MFA105", unreadable),
    ("MFA109", grant_type),
    ("MFA107", misnamed),
    ("MFA113", values.bearer_missing),
    ("MFA112", values.foreign_token),
    ("MFA114", values.bearer_changed),
    ("MFA407", proofs.private_key),
    ("MFA136", proofs.scheme),
    ("MFA133", proofs.missing),
    ("MFA134", proofs.wrong),
    ("MFA110", values.code_changed),
    ("MFA108", types),
    ("MFA111", values.token_changed),
    ("MFA128", values.ungiven),
    ("MFA128", account.nulls),
    ("MFA128", account.kept_type),
    ("MFA115", values.factor),
    ("MFA115", account.kind),
    ("MFA116", values.address),
    ("MFA117", values.authenticator),
    ("MFA118", values.challenge_type),
    ("MFA119", values.binding_code),
    ("MFA120", values.path_id),
    ("MFA121", values.client),
    ("MFA125", values.login),
    ("MFA132", values.passwordless),
    ("MFA137", account.change),
    ("MFA106", missing),
    ("MFA106", account.code_missing),
    ("MFA126", account.members),
    ("MFA126", schema),
)
"""(finding, check), the most informative first."""


def faults_of(context: Context) -> Iterator[Flaw]:
    """All faults of one request, the most informative first."""
    for finding, check in CHECKS:
        for where, expected, actual in check(context):
            yield Flaw(finding, where, expected, actual, context.seen.operation)
