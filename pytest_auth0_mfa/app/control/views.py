"""How the control plane shows a tenant. Secrets are included, because the reader has the control token."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_auth0_mfa.app import reasons
from pytest_auth0_mfa.messages import Headers, Json, Request, Response
from pytest_auth0_mfa.spec.explanations import contract_page
from pytest_auth0_mfa.spec.refusals import REFUSALS
from pytest_auth0_mfa.tenant.entities import Authenticator, Challenge, User
from pytest_auth0_mfa.tenant.journal import Call
from pytest_auth0_mfa.tenant.outbox import Message
from pytest_auth0_mfa.tenant.policies import described
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import SameForAll


def tenant(shown: Tenant) -> dict[str, Json]:
    """Addresses, default application and settings of the tenant."""
    return {
        "domain": shown.domain,
        "url": shown.url,
        "issuer": shown.issuer,
        "client_id": shown.client_id,
        "client_secret": shown.client_secret,
        "mfa_audience": shown.mfa_audience,
        "me_audience": shown.me_audience,
        "management_audience": shown.management_audience,
        "ca_file": shown.ca_file,
        "factors": sorted(shown.factors),
        "policy": described(shown.policy),
        "audiences": audiences(shown),
        "proof_of_possession": shown.proof_of_possession,
        "codes": codes(shown),
        "claims": claims(shown),
        "clock": clock(shown),
        "users": len(shown.users),
        "messages": len(shown.outbox),
        "calls": len(shown.calls),
    }


def audiences(shown: Tenant) -> list[str] | None:
    """The APIs that exist, or None for every API."""
    return None if shown.audiences is None else sorted(shown.audiences)


def codes(shown: Tenant) -> dict[str, Json]:
    """The number of digits and the lifetime in seconds of codes, by channel."""
    return {"lengths": dict(shown.code_lengths), "lifetimes": dict(shown.code_lifetimes)}


def claims(shown: Tenant) -> Json:
    """The custom claims of every token, or ``custom`` if a function returns them."""
    if shown.claims is None:
        return {}
    return dict(shown.claims.claims) if isinstance(shown.claims, SameForAll) else "custom"


def clock(shown: Tenant) -> dict[str, Json]:
    """The time, in epoch seconds."""
    return {"now": shown.clock.now(), "frozen": shown.clock.frozen}


def user(shown: User) -> dict[str, Json]:
    """A user with all authenticators."""
    return {
        "id": shown.id,
        "email": shown.email,
        "password": shown.password,
        "email_verified": shown.email_verified,
        "phone_number": shown.phone_number,
        "mfa": shown.mfa,
        "blocked": shown.blocked,
        "claims": {name: value for name, value in shown.claims.items() if name != "permissions"},
        "permissions": shown.claims.get("permissions", []),
        "recovery_code": shown.recovery_code,
        "authenticators": [authenticator(entry) for entry in shown.authenticators],
    }


def authenticator(shown: Authenticator) -> dict[str, Json]:
    """An authenticator; with its secret and current code if it has a TOTP secret."""
    body: dict[str, Json] = {
        "id": shown.id,
        "factor": shown.factor,
        "active": shown.active,
        "name": shown.name,
        "address": shown.address,
        "implicit": shown.implicit,
    }
    return body if shown.secret is None else body | {"secret": shown.secret, "code": shown.code()}


def message(shown: Message, number: int) -> dict[str, Json]:
    """A message. Its ``id`` is its number since the last reset, from 1."""
    return {
        "id": number,
        "channel": shown.channel,
        "to": shown.to,
        "code": shown.code,
        "user": shown.user.id,
        "email": shown.user.email,
        "authenticator_id": shown.authenticator_id,
        "sent_at": shown.sent_at,
    }


def push_request(shown: Challenge) -> dict[str, Json]:
    """A push request that waits for an answer."""
    return {
        "user": shown.user.id,
        "email": shown.user.email,
        "authenticator_id": shown.authenticator.id,
        "enrolling": not shown.authenticator.active,
        "polls": shown.polls,
        "requested_at": shown.made_at,
    }


def call(tenant: Tenant, shown: Call, number: int, calls: Sequence[Call], *, full: bool) -> dict[str, Json]:
    """A journalled call. Its ``id`` is its number since the last reset, from 1.

    ``full`` adds headers and bodies. ``calls`` are searched for the cause of a refusal.
    """
    refusal = REFUSALS.get(shown.refusal_id or "")  # refusals of the Management API are not in the table
    body: dict[str, Json] = {
        "id": number,
        "operation": shown.operation,
        "method": shown.request.method,
        "path": reasons.path(shown.request),
        "status": shown.response.status,
        "refusal": shown.refusal_id,
        "usual": shown.response.status < 400 or shown.refusal_id in reasons.USUAL,
        "why": reasons.sentence(shown, calls, tenant),
        "row": refusal.row if refusal else None,
        "row_title": contract_page().rows[refusal.row].title
        if refusal and refusal.row in contract_page().rows
        else None,
        "injected": shown.response.fault is not None,
        "at": shown.at,
        "profile_fields": sorted(shown.profile_fields),
        "violations": shown.violations,
    }
    if full:
        body |= {"request": _message(shown.request), "response": _message(shown.response)}
    return body


def _message(shown: Request | Response) -> dict[str, Json]:
    text = shown.body.decode("utf-8", "replace")
    target = {"target": shown.path} if isinstance(shown, Request) else {}
    return {**target, "headers": dict(Headers(shown.headers)), "body": text}
