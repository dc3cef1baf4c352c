"""The table of the control plane's routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_auth0_mfa.messages import Json

from . import calls, export, settings, users, views
from . import page as sandbox
from .call import ControlCall


@dataclass(frozen=True, slots=True)
class Route:
    """One route: its method, path, summary and function."""

    method: str
    path: str
    summary: str
    perform: Callable[[ControlCall], Json]


def list_routes(call: ControlCall) -> Json:
    """Every route."""
    return [{"method": row.method, "path": f"/_auth0_mfa/{row.path}", "summary": row.summary} for row in ROUTES]


def get_tenant(call: ControlCall) -> Json:
    """Where the tenant is, its application, and what is switched on."""
    return views.tenant(call.tenant)


def reset(call: ControlCall) -> Json:
    """As `Tenant.reset`."""
    call.tenant.reset()
    return views.tenant(call.tenant)


ROUTES = (
    Route("GET", "routes", "list these routes", list_routes),
    Route("GET", "tenant", "where the tenant is, its application, and what is switched on", get_tenant),
    Route("GET", "config", "the tenant as a configuration file for `auth0-mfa serve --config`", export.get_config),
    Route("POST", "reset", "clear users, calls, outbox, faults and clock; keep applications and settings", reset),
    Route("GET", "applications", "list the applications", settings.list_applications),
    Route("POST", "applications", "add an application", settings.create_application),
    Route(
        "PATCH",
        "applications/{application}",
        "change grants, rotation and demand for proofs",
        settings.change_application,
    ),
    Route("GET", "users", "list the users with their authenticators", users.list_users),
    Route("POST", "users", "add a user, with authenticators", users.create_user),
    Route("POST", "users/import", "add users in the format of Auth0's bulk import", users.import_all),
    Route("GET", "users/{user}", "one user, by id or email", users.get_user),
    Route("PATCH", "users/{user}", "change a user", users.update_user),
    Route("DELETE", "users/{user}", "delete a user", users.delete_user),
    Route("POST", "users/{user}/authenticators", "enroll a factor", users.enroll),
    Route("GET", "users/{user}/authenticators", "the user's authenticators", users.list_authenticators),
    Route("DELETE", "users/{user}/authenticators/{authenticator}", "delete an authenticator", users.delete_one),
    Route(
        "GET", "users/{user}/authenticators/{authenticator}/qr", "the QR code of an otp authenticator", sandbox.get_qr
    ),
    Route("POST", "users/{user}/refresh-tokens", "a refresh token of an earlier login", users.create_refresh_token),
    Route("POST", "users/{user}/access-tokens", "an access token of an earlier login", users.create_access_token),
    Route("GET", "outbox", "the sent messages (?user= &channel= &after=ID)", users.list_messages),
    Route("GET", "outbox/latest", "the newest message (?user= &channel= &after=ID)", users.latest_message),
    Route("POST", "outbox/fail-next", "let the provider of a channel fail", users.fail_next_message),
    Route("GET", "push", "push requests that wait for an answer", users.list_push_requests),
    Route("POST", "push/approve", "approve a user's newest push request", users.approve),
    Route("POST", "push/reject", "reject a user's newest push request", users.reject),
    Route("POST", "push/approve-after", "approve push requests by themselves after some polls", users.approve_after),
    Route("GET", "clock", "the tenant's time", settings.get_clock),
    Route("POST", "clock/advance", "move the clock forward", settings.advance_clock),
    Route("POST", "clock/freeze", "freeze the clock", settings.freeze_clock),
    Route("POST", "clock/unfreeze", "let the clock run again", settings.unfreeze_clock),
    Route("POST", "clock/reset", "return to real time", settings.reset_clock),
    Route("GET", "faults", "the queued faults", settings.get_faults),
    Route("DELETE", "faults", "remove the queued faults", settings.clear_faults),
    Route("POST", "faults/fail-next", "answer the next calls of an operation with an error", settings.fail_next),
    Route("POST", "faults/delay-next", "answer the next calls of an operation late", settings.delay_next),
    Route("POST", "faults/drop-next", "hang up on the next calls of an operation", settings.drop_next),
    Route("GET", "factors", "the factors that are on", settings.get_factors),
    Route("PUT", "factors", "set the factors that are on", settings.set_factors),
    Route("GET", "policy", "the MFA policy", settings.get_policy),
    Route("PUT", "policy", "set the MFA policy", settings.set_policy),
    Route("GET", "audiences", "the APIs that exist, null for every API", settings.get_audiences),
    Route("PUT", "audiences", "set the APIs that exist", settings.set_audiences),
    Route(
        "GET", "proof-of-possession", "the APIs that bind tokens, null for every API", settings.get_proof_of_possession
    ),
    Route(
        "PUT",
        "proof-of-possession",
        "set the APIs that bind tokens (DPoP) or demand it",
        settings.set_proof_of_possession,
    ),
    Route("GET", "codes", "digits and seconds of codes, by channel", settings.get_codes),
    Route("PATCH", "codes", "change digits and seconds of codes", settings.set_codes),
    Route("GET", "claims", "the custom claims of every token", settings.get_claims),
    Route("PUT", "claims", "set the custom claims of every token", settings.set_claims),
    Route("GET", "profile", "the disputed behaviour in force", settings.get_profile),
    Route("PATCH", "profile", "change some disputed behaviour", settings.change_profile),
    Route("PUT", "profile", "replace the profile", settings.replace_profile),
    Route(
        "GET",
        "calls",
        "the journal (?search= &operation= &refused=true &after=ID &before=ID &limit= &full=true)",
        calls.list_calls,
    ),
    Route("GET", "calls/{call}", "one call in full, by its id, as a curl command and as a test", calls.get_call),
    Route("DELETE", "calls", "clear the journal", calls.clear_calls),
    Route("GET", "explain/{name}", "explain a refusal, an entry of the contract or a profile field", calls.explain),
    Route("GET", "state", "what the sandbox page shows (?since=VERSION &users= &messages=)", sandbox.get_state),
    Route("GET", "catalogue", "operations, factors, channels, policies and profile fields", sandbox.get_catalogue),
)
