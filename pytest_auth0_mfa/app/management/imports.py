"""Bulk import of users with their factors: the JSON format and the job."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from typing import Any

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.tenant.enrollment import is_email
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import timestamp

from .call import ManagementCall, checked, refused
from .methods import NewMethod, create
from .users import ATTRIBUTES, add

_USER: dict[str, type] = {
    **ATTRIBUTES,
    "email": str,
    "email_verified": bool,
    "blocked": bool,
    "user_id": str,
    "password_hash": str,
    "custom_password_hash": dict,
    "mfa_factors": list,
}
_FACTOR: dict[str, tuple[str, str, str]] = {
    "totp": ("otp", "secret", r"[A-Z2-7]+"),
    "phone": ("sms", "value", r"\+[0-9]{1,15}"),
    "email": ("email", "value", r"[^\s@]+@[^\s@]+"),
}
_MOST_FACTORS = 10


class _Failed(Exception):  # noqa: N818 - a line of the job's report
    """Raised for a user of the file who cannot be imported."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def import_users(tenant: Tenant, users: Json, *, upsert: bool = False) -> dict[str, Json]:
    """Create the users of a file in the import format. Their factors are confirmed, and they get no recovery code.

    Returns the job's ``summary`` and ``errors``. The passwords behind the hashes are unknown, so imported users get
    generated passwords.
    """
    if not isinstance(users, list):
        raise refused(400, "Users file is not a JSON array.", "invalid_body")
    summary = {"failed": 0, "updated": 0, "inserted": 0, "total": len(users)}
    errors: list[Json] = []
    for entry in users:
        try:
            summary[_import(tenant, entry, upsert)] += 1
        except _Failed as failed:
            summary["failed"] += 1
            errors.append({"user": entry, "errors": [{"code": failed.code, "message": str(failed)}]})
    return {"summary": summary, "errors": errors}


def _import(tenant: Tenant, entry: Json, upsert: bool) -> str:
    """Import one user. Returns ``inserted`` or ``updated``."""
    try:
        given = checked(entry, _USER, ("email",))
    except OAuthError as refusal:
        raise _Failed("INVALID_FORMAT", refusal.description or "") from None
    if not is_email(given["email"]):
        raise _Failed("INVALID_FORMAT", "Object didn't pass validation for format email")
    factors = _factors(given)
    known = tenant.user_by_email(given["email"])
    if known is not None and not upsert:
        raise _Failed("DUPLICATED_USER", "The user already exists.")
    if known is None and f"auth0|{given.get('user_id')}" in tenant.users:
        raise _Failed("DUPLICATED_USER", "The user already exists.")
    user = known or add(tenant, given)
    for factor in factors:
        create(tenant, user, factor)
    return "inserted" if known is None else "updated"


def _factors(given: dict[str, Any]) -> list[NewMethod]:
    factors = given.get("mfa_factors")
    if factors is None:
        return []
    if not 1 <= len(factors) <= _MOST_FACTORS:
        raise _Failed("MFA_FACTORS_FAILED", f"mfa_factors: expected 1 to {_MOST_FACTORS} factors")
    return [_factor(factor) for factor in factors]


def _factor(factor: Json) -> NewMethod:
    if not isinstance(factor, dict) or len(factor) != 1 or next(iter(factor)) not in _FACTOR:
        raise _Failed("MFA_FACTORS_FAILED", "mfa_factors: expected objects with one of totp, phone, email")
    (kind, details), *_ = factor.items()
    name, member, pattern = _FACTOR[kind]
    value = details.get(member) if isinstance(details, dict) else None
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _Failed("MFA_FACTORS_FAILED", f"mfa_factors: {kind}.{member} does not match ^{pattern}$")
    is_totp = kind == "totp"
    return NewMethod(name, None if is_totp else value, value if is_totp else None, None, None)


def start_import(call: ManagementCall) -> Json:
    """Import the file of a multipart form at once. The answer still says pending, as Auth0's does."""
    form = _form(call)
    for name in ("users", "connection_id"):
        if name not in form:
            raise refused(400, f"Payload validation error: 'Missing required property: {name}'.", "invalid_body")
    try:
        users = json.loads(form["users"])
    except (ValueError, RecursionError):
        raise refused(400, "Failed to parse users file JSON when importing users.", "invalid_body") from None
    tenant, upsert = call.tenant, form.get("upsert") == "true"
    job: dict[str, Json] = {
        "status": "completed",
        "type": "users_import",
        "created_at": timestamp(tenant.clock.now()),
        "id": f"job_{tenant.entropy.device_suffix().removeprefix('dev_')}",
        "connection_id": form["connection_id"],
        "upsert": upsert,
    }
    job |= {"external_id": form["external_id"]} if "external_id" in form else {}
    tenant.jobs[job["id"]] = {**job, **import_users(tenant, users, upsert=upsert)}
    return {**job, "status": "pending"}


def _form(call: ManagementCall) -> dict[str, str]:
    """The fields of a multipart form."""
    kind = call.request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise refused(400, "Payload validation error: 'Expected multipart/form-data'.", "invalid_body")
    message = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + call.request.body)
    fields = {}
    for part in message.get_payload() if message.is_multipart() else []:
        content = part.get_payload(decode=True)  # type: ignore[union-attr]
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content.decode("utf-8", "replace").strip()
    return fields


def get_job(call: ManagementCall) -> Json:
    """An import job with its summary."""
    return {name: value for name, value in _job(call).items() if name != "errors"}


def get_job_errors(call: ManagementCall) -> Json:
    """The users that an import job refused, and why."""
    return _job(call)["errors"]


def _job(call: ManagementCall) -> dict[str, Json]:
    job = call.tenant.jobs.get(call.parts["job_id"])
    if job is None:
        raise refused(404, "The job does not exist.", "inexistent_job")
    return job
