"""The outcomes of operations that a run does not reach, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_auth0_mfa.contract.coverage import SUCCESS
from pytest_auth0_mfa.spec.operations import OPERATIONS

Row = tuple[str, str]

_ANYWHERE = {  # for every operation that has the outcome
    "expired_mfa_token": "the clock",
    "expired_oob_code": "the clock",
    "rate_limited": "the limit is the whole tenant's: nobody else could use it meanwhile",
    "user_blocked": "somebody blocks the user under way",
    "login_blocked": "it blocks the address that the run comes from",
    "grant_not_allowed": "another application",
    "foreign_mfa_token": "another application",
    "organization_unsupported": "the fake's own: a real tenant may have it",
    "provider_failure": "a provider of messages that fails",
    "challenge_unavailable": "a provider of messages that fails",
    "unknown_audience": "a tenant that knows its audiences",
}
_PROOFS = dict.fromkeys(  # for every operation that has the outcome
    (
        *("invalid_dpop_proof", "use_dpop_nonce", "dpop_proof_required", "wrong_dpop_key"),
        *("dpop_token_mismatch", "dpop_proof_at_resource", "dpop_nonce_at_resource"),
    ),
    "an API that binds tokens to keys: played on fakes",
)
_WITHOUT_SOURCE = {
    **{
        (operation, "grant_not_allowed"): "no source says so there: T5 and V21 are about grants"
        for operation in ("challenge", "passwordless-start")
    },
    **{
        (operation, "grant_not_allowed"): "its values belong to the other application too: no source gives an order"
        for operation in ("mfa-oob", "refresh-token")
    },
    **{
        (operation, "unknown_audience"): "no source says so there: T12 is about the password grants"
        for operation in ("passwordless-otp", "refresh-token")
    },
}
_OF_OTHER_PROFILES: dict[Row, str] = {
    ("associate", "repeated_parameter"): "a tenant that reads forms there: associate_form",
    ("associate", "client_authentication"): "a tenant that looks at client_id there: associate_checks_client",
    ("associate", "email_enrolled_twice"): "a tenant that refuses it: duplicate_email",
    ("delete-authenticator", "delete_recovery_code"): "a tenant that refuses it: delete_recovery_code",
    ("delete-authenticator", "delete_pending"): "a tenant that refuses it: delete_pending",
    ("me-create-method", "me_duplicate_method"): "a tenant that refuses it: me_duplicate_method",
    ("me-delete-method", "me_delete_last"): "a tenant that refuses it: me_delete_last",
    ("me-delete-method", "me_delete_verified_email"): "a tenant that lists it: me_lists_verified_email",
    ("client-credentials", "use_dpop_nonce"): "a tenant that wants a nonce of everybody: dpop_nonce",
    **{
        (operation, refusal): "a tenant that wants nonces at its resources: dpop_nonce_at_resources"
        for operation, row in OPERATIONS.items()
        for refusal in ("dpop_nonce_at_resource", "me_dpop_nonce")
        if refusal in row.refusals
    },
}
_HERE = {
    **_OF_OTHER_PROFILES,
    ("client-credentials", SUCCESS): "an API that the application may call",
    ("client-credentials", "missing_parameter"): "an application that has the grant, and no default audience",
    ("client-credentials", "wrong_type"): "an application that has the grant",
    ("client-credentials", "service_not_found"): "an application that has the grant",
    ("mfa-oob", "mfa_required"): "an Action that demands one factor after another",
    ("mfa-otp", "mfa_required"): "an Action that demands one factor after another",
    ("mfa-recovery-code", "mfa_required"): "an Action that demands one factor after another",
    ("refresh-token", "deleted_user_refresh_token"): "a user who is deleted under way",
    **_WITHOUT_SOURCE,
}
_OF_FAKES = {
    "passwordless-start": "a tenant with passwordless connections, which few have: played on fakes",
    "passwordless-otp": "a tenant with passwordless connections, which few have: played on fakes",
    "revoke": "refresh tokens that may be spent: played on fakes",
    **{
        operation: "a user's own page, whose limits make one scenario take minutes: played on fakes"
        for operation in OPERATIONS
        if operation.startswith("me-")
    },
}
ROWS: frozenset[Row] = frozenset(
    (op, outcome) for op, row in OPERATIONS.items() for outcome in (SUCCESS, *row.refusals)
)
EXEMPT: dict[Row, str] = {
    **{row: _OF_FAKES[row[0]] for row in sorted(ROWS) if row[0] in _OF_FAKES},
    **{row: reasons[row[1]] for reasons in (_ANYWHERE, _PROOFS) for row in sorted(ROWS) if row[1] in reasons},
    ("client-credentials", "client_grant_missing"): _OF_FAKES["me-factors"],
    **_HERE,
}
"""The outcomes that a run against a real tenant does not reach without moving the clock, with what would be needed."""

NOWHERE: dict[Row, str] = {
    **{
        row: "a limit of the whole tenant, which a fake has only where a test sets it: rate_limit"
        for row in sorted(ROWS)
        if row[1] in ("rate_limited", "me_rate_limited") and row[0] != "passwordless-start"
    },
    **{
        (operation, "user_blocked"): "no source says whether a token outlives the block of its user: U-27"
        for operation in ("associate", "challenge", "delete-authenticator", "list-authenticators", "userinfo")
    },
    **_WITHOUT_SOURCE,
}
"""The outcomes that a run on no fake reaches, with the reason."""
EXEMPT_ON_FAKES: dict[Row, str] = {
    **NOWHERE,
    **_OF_OTHER_PROFILES,
    ("refresh-token", "deleted_user_refresh_token"): "a tenant that says so: deleted_user_named_at_refresh",
    ("revoke", "foreign_refresh_token"): "a tenant that refuses it: revoke_refuses_foreign_token",
}
"""The outcomes that a run on the default fake does not reach, with the settings that would be needed."""


def wrongly_listed(reached: Iterable[Row], exempt: Mapping[Row, str] = EXEMPT) -> dict[str, list[Row]]:
    """The outcomes that ``exempt`` lacks or lists in vain, given those that a run reached."""
    rows = ROWS & set(reached)
    found = {"neither reached nor exempt": ROWS - rows - exempt.keys(), "exempt and reached": rows & exempt.keys()}
    return {what: sorted(rows) for what, rows in found.items() if rows}
