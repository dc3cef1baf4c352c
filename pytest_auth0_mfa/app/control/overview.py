"""What the sandbox page asks for: all that changes in one answer, all that does not in another, QR codes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import get_type_hints

from pytest_auth0_mfa.errors import MissingExtraError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CHANNELS, CODE_CHANNELS, FACTORS, RECOVERY
from pytest_auth0_mfa.spec.operations import ALL
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.enrollment import otp_uri
from pytest_auth0_mfa.tenant.policies import POLICIES, described
from pytest_auth0_mfa.tenant.tenant import Tenant

from . import views
from .call import ControlCall, Refused
from .outbox import list_push_requests
from .settings import list_applications
from .users import entry_of

_MOST_USERS = 100
_MOST_MESSAGES = 50


def get_state(call: ControlCall) -> Json:
    """What changes. ``state`` is null when ``since`` names the version that holds still; the clock runs on."""
    asked = call.query("since")
    state = _state(call)
    version = hashlib.blake2b(json.dumps(state).encode(), digest_size=12).hexdigest()
    return {
        "version": version,
        "clock": views.clock(call.tenant),
        "state": None if asked.get("since") == version else state,
    }


def _state(call: ControlCall) -> dict[str, Json]:
    tenant = call.tenant
    sent = list(enumerate(tenant.outbox, start=1))[-_MOST_MESSAGES:]
    return {
        "users": [views.user(one) for one in list(tenant.users.values())[-_MOST_USERS:]],
        "user_count": len(tenant.users),
        "messages": [views.message(message, place) for place, message in sent],
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


def _first_call(tenant: Tenant) -> str | None:
    """What tells one journal from the next one after a reset."""
    first = tenant.calls.first
    return None if first is None else f"{first.at} {first.response.headers.get('x-auth0-requestid')}"


def get_catalogue(call: ControlCall) -> Json:
    """What there is to choose from."""
    types = get_type_hints(Profile)
    return {
        "operations": [
            {"id": one.id, "method": one.method, "path": one.path, "summary": one.summary, "source": one.source}
            for one in ALL.values()
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
    """The QR code of an authenticator app, as a data URL of an SVG image."""
    user = call.user()
    entry = entry_of(user, call.parts["authenticator"])
    if entry.secret is None:
        raise LookupError(f"{entry.id} is of factor {entry.factor}: only otp has a QR code with a secret")
    uri = otp_uri(call.tenant, user, entry)
    return {"barcode_uri": uri, "image": _image(uri)}


def _image(text: str) -> str:
    from . import qr  # only for those who look: the app itself does with the standard library

    try:
        return qr.image(text)
    except MissingExtraError as error:
        raise Refused(501, "missing_extra", str(error)) from None
