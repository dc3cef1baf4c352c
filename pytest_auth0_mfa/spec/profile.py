"""`Profile`: the behaviour that Auth0's documentation, SDKs and recordings disagree about, one field for each
question.

The fake behaves as its profile says; a live run measures the profile of a real tenant. ``rows`` are ids of entries of
the contract (D-n, U-n and others). docs/profile.md says which defaults are only guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

from pytest_auth0_mfa.errors import ConfigurationError, closest

COSTS = {
    "free": "plain calls",
    "messages": "sends emails, SMS or push requests",
    "waiting": "waits for minutes",
    "destructive": "uses up limits or authenticators of the test user",
    "none": "cannot be measured from outside",
}
"""What it takes to measure a field on a real tenant."""


def disputed(
    default: Any,
    *others: Any,
    rows: str,
    cost: str,
    doc: str,
    refusal: bool = False,
    any_positive: bool = False,
) -> Any:
    """Declare a field for a disputed behaviour.

    ``rows`` are ids of entries of the contract, separated by spaces. ``refusal``: the field decides status and `error`
    of the refusal of the same name. ``any_positive``: the field also takes positive numbers that are not listed.
    """
    assert cost in COSTS, cost
    return field(
        default=default,
        metadata={
            "alternatives": (default, *others),
            "rows": tuple(rows.split()),
            "cost": cost,
            "doc": doc,
            "refusal": refusal,
            "any_positive": any_positive,
        },
    )


def alternatives(declared: Field[Any]) -> tuple[Any, ...]:
    """The listed values of a field, the default first."""
    values: tuple[Any, ...] = declared.metadata["alternatives"]
    return values


@dataclass(frozen=True, slots=True)
class Profile:
    """The disputed behaviour of one tenant; every field has a documented default."""

    # -- refusals: "<status> <error>" -------------------------------------------------------
    mfa_required: str = disputed("403 mfa_required", "401 mfa_required", rows="T2 D-1", cost="free", refusal=True, doc="The answer that demands a second factor.")
    wrong_password: str = disputed("403 invalid_grant", "403 invalid_user_password", rows="T4 D-2", cost="destructive", refusal=True, doc="A wrong username or password.")
    client_authentication: str = disputed("401 access_denied", "401 invalid_client", rows="T6 D-3", cost="free", refusal=True, doc="Wrong or missing client authentication.")
    unsupported_grant_type: str = disputed("400 unsupported_grant_type", "403 unsupported_grant_type", "401 unsupported_grant_type", rows="T8", cost="free", refusal=True, doc="An unknown grant_type.")
    wrong_otp: str = disputed("403 invalid_grant", "400 invalid_grant", "401 invalid_grant", rows="V2 D-4", cost="destructive", refusal=True, doc="A wrong otp.")
    wrong_binding_code: str = disputed("403 invalid_grant", "400 invalid_grant", "401 invalid_grant", rows="V8 D-4 U-1", cost="destructive", refusal=True, doc="A wrong binding_code.")
    missing_binding_code: str = disputed("400 invalid_request", "403 invalid_request", "401 invalid_request", "403 invalid_grant", rows="V9 U-1", cost="messages", refusal=True, doc="No binding_code although binding_method asked for one.")
    wrong_recovery_code: str = disputed("403 invalid_grant", "400 invalid_grant", "400 access_denied", "403 access_denied", rows="V17 D-5b U-1", cost="destructive", refusal=True, doc="A wrong recovery code.")
    push_rejected: str = disputed("400 access_denied", "403 access_denied", "400 invalid_grant", "403 invalid_grant", rows="V7 D-5 D-5c", cost="messages", refusal=True, doc="The user rejected the push request.")
    slow_down: str = disputed("400 slow_down", "429 slow_down", "403 slow_down", rows="V6 D-6 U-1 U-2", cost="messages", refusal=True, doc="The client polls faster than polling_interval.")
    invalid_refresh_token: str = disputed("403 invalid_grant", "400 invalid_grant", "401 invalid_grant", rows="T9", cost="free", refusal=True, doc="An unknown or revoked refresh_token.")
    not_enrolled: str = disputed("401 unsupported_challenge_type", "403 unsupported_challenge_type", "403 association_required", rows="V3 D-7", cost="free", refusal=True, doc="The mfa-otp grant for a user without any authenticator.")
    association_required: str = disputed("403 association_required", "401 association_required", "400 association_required", "401 unsupported_challenge_type", rows="H4 D-7 U-1", cost="free", refusal=True, doc="A challenge for a user without a confirmed authenticator.")
    unsupported_challenge_type: str = disputed("401 unsupported_challenge_type", "403 unsupported_challenge_type", "400 unsupported_challenge_type", rows="H5 U-15", cost="messages", refusal=True, doc="No active authenticator has the requested challenge type.")
    unknown_authenticator: str = disputed("400 invalid_request", "404 not_found", "403 invalid_grant", "401 unsupported_challenge_type", "403 association_required", rows="U-15", cost="free", refusal=True, doc="A challenge for an authenticator_id that is unknown, foreign, pending or a recovery code.")
    malformed_mfa_token: str = disputed("403 invalid_grant", "401 invalid_grant", "400 invalid_grant", rows="V14 H6", cost="free", refusal=True, doc="An mfa_token that cannot be read.")
    expired_mfa_token: str = disputed("401 expired_token", "403 expired_token", rows="V13 H7 D-8b U-1", cost="waiting", refusal=True, doc="An mfa_token past its life.")
    foreign_mfa_token: str = disputed("400 invalid_request", "401 invalid_request", "403 invalid_request", "403 invalid_grant", rows="V15 U-1", cost="none", refusal=True, doc="An mfa_token that was issued to another application.")
    foreign_oob_code: str = disputed("400 invalid_request", "401 invalid_request", "403 invalid_request", "403 invalid_grant", rows="V11 U-1", cost="messages", refusal=True, doc="An oob_code that belongs to another mfa_token.")
    expired_oob_code: str = disputed("403 expired_token", "401 expired_token", "400 expired_token", rows="V12 U-1", cost="waiting", refusal=True, doc="An oob_code past its life.")
    used_oob_code: str = disputed("403 invalid_grant", "400 invalid_grant", "403 expired_token", "400 invalid_request", rows="U-4", cost="messages", refusal=True, doc="An oob_code that already gave tokens.")
    too_many_codes: str = disputed("429 too_many_attempts", "403 invalid_request", "400 invalid_request", rows="V19 D-10 U-18", cost="destructive", refusal=True, doc="The user's bucket of wrong codes is empty.")
    too_many_messages: str = disputed("400 invalid_request", "403 invalid_request", "429 too_many_attempts", rows="A11 H10 D-10 U-18", cost="destructive", refusal=True, doc="The user's bucket of messages is empty.")
    missing_bearer: str = disputed("401 invalid_grant", "401 access_denied", "401 unauthorized", "401 invalid_token", "400 invalid_request", rows="A8 U-9", cost="free", refusal=True, doc="No bearer token at all.")
    wrong_audience: str = disputed("401 invalid_grant", "401 invalid_token", "403 insufficient_scope", "403 access_denied", rows="U-9", cost="free", refusal=True, doc="An access token for another audience on /mfa/*.")
    missing_scope: str = disputed("403 insufficient_scope", "401 insufficient_scope", "401 invalid_grant", rows="L4 U-9", cost="free", refusal=True, doc="An MFA access token without the scope that the call needs.")
    disabled_factor: str = disputed("401 unsupported_challenge_type", "403 access_denied", "403 unsupported_challenge_type", "400 invalid_request", rows="A10 U-10", cost="free", refusal=True, doc="An association with a factor that is off.")
    unsupported_authenticator: str = disputed("400 invalid_request", "401 unsupported_challenge_type", "403 access_denied", rows="U-10", cost="free", refusal=True, doc="An association with a factor the MFA API does not have (WebAuthn, Duo).")
    invalid_phone_number: str = disputed("400 invalid_request", "403 invalid_request", "400 invalid_phone_number", rows="A9 U-11", cost="free", refusal=True, doc="A phone_number that is not one.")
    invalid_email: str = disputed("400 invalid_request", "403 invalid_request", rows="U-11", cost="free", refusal=True, doc="An email that is not one.")
    email_enrolled_twice: str = disputed("403 access_denied", "400 invalid_request", rows="U-13", cost="messages", refusal=True, doc="An email that is already an active authenticator (only with duplicate_email off).")
    authenticator_limit: str = disputed("403 access_denied", "400 invalid_request", "429 too_many_attempts", rows="A13 U-12", cost="destructive", refusal=True, doc="One authenticator more than a user may have.")
    provider_failure: str = disputed("502 bad_gateway", "500 bad_gateway", "503 bad_gateway", rows="A12", cost="none", refusal=True, doc="The provider of messages failed during an association.")
    challenge_unavailable: str = disputed("502 bad_gateway", "500 bad_gateway", "401 unsupported_challenge_type", rows="H8", cost="none", refusal=True, doc="The provider of messages failed during a challenge.")
    delete_unknown: str = disputed("404 not_found", "400 invalid_request", "401 invalid_grant", rows="X3 U-8", cost="free", refusal=True, doc="Deletion of an unknown or foreign authenticator.")
    delete_implicit_email: str = disputed("403 access_denied", "400 invalid_request", "404 not_found", rows="X4 U-8", cost="free", refusal=True, doc="Deletion of a verified email that nobody enrolled.")
    delete_recovery_code: str = disputed("204", "403 access_denied", "404 not_found", "400 invalid_request", rows="U-8", cost="destructive", refusal=True, doc="Deletion of the recovery-code entry; 204 removes it.")
    delete_pending: str = disputed("204", "404 not_found", "400 invalid_request", rows="U-8", cost="messages", refusal=True, doc="Deletion of an authenticator that was never confirmed; 204 removes it.")
    user_blocked: str = disputed("403 invalid_grant", "401 unauthorized", "403 unauthorized", rows="U-27", cost="none", refusal=True, doc="The user was blocked or deleted between the two factors.")
    invalid_access_token: str = disputed("401 unauthorized", "401 invalid_token", rows="D-24", cost="free", refusal=True, doc="/userinfo with a token that is unknown, expired or for another audience.")
    wrong_verb: str = disputed("404 not_found", "405 method_not_allowed", rows="U-26", cost="free", refusal=True, doc="A known path with another method.")
    use_dpop_nonce: str = disputed("400 use_dpop_nonce", "401 use_dpop_nonce", rows="B3", cost="free", refusal=True, doc="A public application's proof without a nonce of the tenant's.")
    invalid_dpop_proof: str = disputed("400 invalid_dpop_proof", "401 invalid_dpop_proof", rows="B5", cost="free", refusal=True, doc="A proof of possession that is none, with a grant.")
    dpop_proof_required: str = disputed("400 invalid_request", "400 invalid_dpop_proof", "401 invalid_dpop_proof", "403 access_denied", rows="B7 U-37", cost="none", refusal=True, doc="No proof, although the application or the API demands one.")
    wrong_dpop_key: str = disputed("400 invalid_dpop_proof", "403 invalid_grant", "400 invalid_grant", rows="B8 U-37", cost="free", refusal=True, doc="A bound refresh token without a proof, or with another key's.")
    dpop_token_mismatch: str = disputed("401 invalid_token", "401 invalid_grant", "400 invalid_request", rows="B10 U-39", cost="free", refusal=True, doc="A bound token as Bearer, an unbound one as DPoP, or one bound to another key.")
    dpop_proof_at_resource: str = disputed("401 invalid_dpop_proof", "400 invalid_dpop_proof", rows="D-37 U-39", cost="free", refusal=True, doc="A proof of possession that is none, with an access token.")
    dpop_nonce_at_resource: str = disputed("401 use_dpop_nonce", "400 use_dpop_nonce", rows="B11", cost="free", refusal=True, doc="A proof without a nonce, where resources demand one.")
    me_missing_token: str = disputed("401 A0E-401-0002", "401 A0E-401-0001", "401 A0E-401-0003", rows="M15 U-34", cost="free", refusal=True, doc="/me/ without a bearer token.")
    me_wrong_audience: str = disputed("401 A0E-401-0003", "403 A0E-403-0002", "401 A0E-401-0001", rows="U-34", cost="free", refusal=True, doc="/me/ with an access token for another audience.")
    me_user_blocked: str = disputed("401 A0E-401-0003", "403 A0E-403-0001", rows="U-34", cost="none", refusal=True, doc="/me/ for a user who was blocked or deleted since the login.")
    me_dpop_proof: str = disputed("401 A0E-401-0003", "400 A0E-400-0001", rows="D-37 U-39", cost="free", refusal=True, doc="/me/ with a bound token and a DPoP proof that is none.")
    me_dpop_nonce: str = disputed("401 A0E-401-0003", "401 A0E-401-0001", rows="B11 U-39", cost="free", refusal=True, doc="/me/ with a DPoP proof that lacks the nonce which is demanded.")
    me_dpop_token: str = disputed("401 A0E-401-0003", "401 A0E-401-0001", rows="B10 U-39", cost="free", refusal=True, doc="/me/ with a bound token as Bearer, an unbound one as DPoP, or another key.")
    me_unreadable_body: str = disputed("400 A0E-400-0001", "400 A0E-400-0003", rows="U-35", cost="free", refusal=True, doc="A body at /me/ that is not JSON.")
    me_invalid_query: str = disputed("400 A0E-400-0003", "400 A0E-400-0001", "200", rows="U-35", cost="free", refusal=True, doc="An unknown `type` in the query of the list; 200 finds no method.")
    me_invalid_address: str = disputed("400 A0E-400-0003", "400 A0E-400-0001", rows="U-35", cost="free", refusal=True, doc="An email or phone_number at /me/ that is none.")
    me_disabled_factor: str = disputed("400 A0E-400-0001", "403 A0E-403-0001", "409 A0E-409-0001", "400 A0E-400-0003", rows="U-31", cost="free", refusal=True, doc="A method of a factor that is off.")
    me_duplicate_method: str = disputed("202", "409 A0E-409-0003", "400 A0E-400-0001", rows="U-31", cost="messages", refusal=True, doc="An address that is a confirmed method already; 202 begins another enrollment.")
    me_method_limit: str = disputed("400 A0E-400-0001", "409 A0E-409-0001", "403 A0E-403-0001", rows="U-31", cost="destructive", refusal=True, doc="One method more than a user may have.")
    me_too_many_messages: str = disputed("429 A0E-429-0003", "400 A0E-400-0001", rows="U-31", cost="destructive", refusal=True, doc="The user's bucket of messages is empty, at /me/.")
    me_unknown_method_changed: str = disputed("404 A0E-404-0002", "400 A0E-400-0001", "404 A0E-404-0001", rows="U-32", cost="free", refusal=True, doc="Change, deletion or verification of an unknown or foreign method.")
    me_invalid_session: str = disputed("404 A0E-404-0001", "400 A0E-400-0001", "400 A0E-400-0003", "401 A0E-401-0003", rows="U-29", cost="messages", refusal=True, doc="An auth_session that is unknown, used, expired or of another method.")
    me_wrong_code: str = disputed("400 A0E-400-0001", "400 A0E-400-0003", "401 A0E-401-0001", "403 A0E-403-0001", rows="U-29", cost="destructive", refusal=True, doc="A wrong otp_code at /me/.")
    me_too_many_codes: str = disputed("429 A0E-429-0003", "400 A0E-400-0001", "403 A0E-403-0001", rows="U-29", cost="destructive", refusal=True, doc="The user's bucket of wrong codes is empty, at /me/.")
    me_push_not_approved: str = disputed("400 A0E-400-0001", "403 A0E-403-0001", "400 A0E-400-0003", rows="U-29", cost="messages", refusal=True, doc="Verification of push before the user has approved it.")
    me_not_a_phone: str = disputed("400 A0E-400-0003", "200", rows="U-32", cost="messages", refusal=True, doc="A preferred channel for a method that is no phone; 200 ignores it.")
    me_rename_recovery_code: str = disputed("400 A0E-400-0003", "200", rows="U-32", cost="free", refusal=True, doc="A name for a recovery code; 200 ignores it.")
    me_delete_last: str = disputed("204", "409 A0E-409-0001", rows="M13 U-32", cost="destructive", refusal=True, doc="Deletion of the only confirmed method; 204 deletes it.")
    me_delete_verified_email: str = disputed("409 A0E-409-0001", "404 A0E-404-0002", "400 A0E-400-0001", rows="U-32", cost="free", refusal=True, doc="Deletion of a verified email that nobody enrolled (only with me_lists_verified_email).")

    # -- what a request may look like -------------------------------------------------------
    challenge_form: bool = disputed(True, False, rows="D-15", cost="messages", doc="/mfa/challenge accepts a form body.")
    challenge_json_as_form: bool = disputed(True, False, rows="SEED", cost="messages", doc="/mfa/challenge reads a JSON body that is labelled as a form, as the guide's own curl command sends it.")
    challenge_type_required: bool = disputed(False, True, rows="D-16 U-16", cost="messages", doc="/mfa/challenge demands challenge_type.")
    challenge_checks_secret: bool = disputed(True, False, rows="U-20", cost="free", doc="/mfa/challenge authenticates a confidential application.")
    associate_client_id_required: bool = disputed(False, True, rows="D-9", cost="free", doc="/mfa/associate demands client_id.")
    associate_checks_client: bool = disputed(False, True, rows="U-20 U-28", cost="none", doc="/mfa/associate refuses a client_id the token was not issued to.")
    associate_form: bool = disputed(False, True, rows="U-19", cost="messages", doc="/mfa/associate accepts a form body.")
    string_for_list: bool = disputed(False, True, rows="U-19", cost="messages", doc="/mfa/associate takes a string where a list is documented.")
    token_json_as_form: bool = disputed(False, True, rows="U-19", cost="free", doc="/oauth/token reads a JSON body that is labelled as a form.")
    several_values: str = disputed("first", "refused", rows="U-14", cost="messages", doc="Several authenticator_types or oob_channels: the first one the tenant has wins, or the call is refused.")
    email_optional: bool = disputed(True, False, rows="U-13", cost="messages", doc="An association by email without `email` takes the address of the user's profile.")
    duplicate_email: bool = disputed(True, False, rows="U-13", cost="messages", doc="An email that is already active may be enrolled once more.")
    spaces_in_phone_number: bool = disputed(False, True, rows="U-11", cost="messages", doc="Spaces and dashes in a phone_number are ignored.")
    spaces_in_code: bool = disputed(False, True, rows="U-24", cost="free", doc="Spaces and dashes in an otp or binding_code are ignored.")
    recovery_code_any_case: bool = disputed(False, True, rows="U-24", cost="destructive", doc="A recovery code is accepted in lower case.")
    challenge_oob_channel: bool = disputed(True, False, rows="D-26", cost="messages", doc="/mfa/challenge reads oob_channel; otherwise it is ignored.")
    revoke_refuses_foreign_token: bool = disputed(False, True, rows="R4", cost="none", doc="/oauth/revoke refuses a token of another application; otherwise it answers 200 and leaves the token alone.")
    list_with_mfa_token: bool = disputed(True, False, rows="D-19", cost="free", doc="GET /mfa/authenticators accepts an mfa_token.")
    policies_verb: str = disputed("PUT", "PATCH", rows="D-22", cost="none", doc="How the Management API changes MFA policies.")

    # -- what an answer looks like ----------------------------------------------------------
    full_stop_in_code_texts: bool = disputed(True, False, rows="D-4b", cost="destructive", doc="`Invalid otp_code.` and `Invalid binding_code.` end in a full stop.")
    rate_limit_text: str = disputed("please-retry", "check-headers", rows="T10 D-11", cost="destructive", doc="Which of two documented texts a tenant-wide 429 carries.")
    unsupported_challenge_text: str = disputed("supported-types", "no-enrolled-authenticator", rows="H5 D-30", cost="messages", doc="What a challenge of a type that the named authenticator does not have says.")
    deleted_user_named_at_refresh: bool = disputed(False, True, rows="T14", cost="none", doc="The refresh token of a deleted user is refused with a text of its own.")
    userinfo_unauthorized_as_text: bool = disputed(False, True, rows="D-24", cost="free", doc="/userinfo refuses a token with the text Unauthorized instead of JSON, and says why in WWW-Authenticate.")
    rate_limit_headers: bool = disputed(False, True, rows="T10", cost="free", doc="Every answer of /oauth/token carries x-ratelimit-*, whatever limit there is.")
    cache_control_of_refusals: bool = disputed(False, True, rows="D-28", cost="free", doc="Refusals of /oauth/token carry Cache-Control.")
    guardian_base_url: bool = disputed(False, True, rows="D-29", cost="messages", doc="base_url in a push barcode_uri is a host of Guardian's, not the tenant.")
    slow_down_retry_after: bool = disputed(True, False, rows="D-6 U-2", cost="messages", doc="slow_down comes with Retry-After.")
    oob_channel_name: str = disputed("oob_channel", "oob_channels", rows="D-12", cost="free", doc="The name of the channel's field in answers.")
    rows_have_type: str = disputed("with-requirements", "always", "never", rows="2.3 U-23", cost="free", doc="When list rows carry `type`: only on tenants that send mfa_requirements, on all, or on none.")
    mfa_requirements: bool = disputed(False, True, rows="2.3", cost="free", doc="mfa_required carries mfa_requirements (customizable MFA).")
    otp_rows_have_name: bool = disputed(False, True, rows="U-23", cost="free", doc="Rows of confirmed otp authenticators carry a name.")
    implicit_email_first: bool = disputed(False, True, rows="U-23", cost="free", doc="The verified email is listed first instead of last.")
    newest_first: bool = disputed(False, True, rows="U-23", cost="free", doc="The list starts with the newest authenticator.")
    recovery_code_after_twin: bool = disputed(False, True, rows="D-27", cost="messages", doc="The recovery code is listed behind both halves of sms and voice, not between them.")
    email_mask_visible: int = disputed(4, 7, rows="U-22", cost="messages", doc="How many characters of each part of a masked email stay readable.", any_positive=True)
    scope_in_answer: str = disputed("always", "when-different", rows="T1", cost="free", doc="When a token response carries `scope`.")
    cache_control: bool = disputed(True, False, rows="U-26", cost="free", doc="Token responses carry Cache-Control: no-store.")
    www_authenticate: bool = disputed(False, True, rows="U-9", cost="free", doc="A refused bearer is answered with WWW-Authenticate.")
    openid_grants_all: bool = disputed(False, True, rows="D-25", cost="free", doc="A login that asks for openid is granted profile, email, address and phone too.")
    default_scope: str = disputed("openid profile email", "openid profile email address phone", "openid profile", "", rows="2.1", cost="free", doc="The scope of a request that asks for none (the MFA audience adds its own).")
    confirmation_gives_id_token: bool = disputed(True, False, rows="U-25", cost="messages", doc="Confirming with an MFA access token gives id_token and refresh_token like a login.")
    mfa_grant_scope: str = disputed("ignored", "applied", rows="U-21", cost="messages", doc="What `scope` and `audience` sent with an MFA grant do.")
    management_lists_pending: bool = disputed(False, True, rows="D-14", cost="messages", doc="The Management API lists authenticators that were never confirmed.")

    # -- what happens -----------------------------------------------------------------------
    mfa_token_lifetime: int = disputed(600, 300, rows="D-8 U-3", cost="waiting", doc="Life of an mfa_token in seconds.", any_positive=True)
    oob_code_lifetime: int = disputed(300, 600, rows="U-3", cost="waiting", doc="Life of an oob_code in seconds; the code in the message lives 300 s at most.", any_positive=True)
    challenge_extends_mfa_token: bool = disputed(False, True, rows="U-3", cost="waiting", doc="A challenge starts the mfa_token's life anew.")
    mfa_token_after_success: str = disputed("valid", "dead", rows="U-4", cost="messages", doc="Whether an mfa_token that gave tokens can be used again; a dead one is malformed.")
    totp_replay: str = disputed("refused", "accepted", rows="U-4 U-17", cost="waiting", doc="A TOTP that was used already, within its time.")
    totp_window: int = disputed(1, 0, 2, rows="U-17", cost="waiting", doc="How many time steps before and after the current one count.")
    pending_otp: str = disputed("any", "newest", rows="U-5", cost="free", doc="With several pending TOTPs: which one a code can confirm.")
    recovery_code_reissued: bool = disputed(False, True, rows="A5 U-6", cost="free", doc="A new association, after an abandoned one, issues the recovery code anew.")
    recovery_code_before_confirmation: bool = disputed(False, True, rows="U-6", cost="destructive", doc="A recovery code works before the first factor is confirmed.")
    challenge_replaces_earlier: bool = disputed(False, True, rows="U-7", cost="messages", doc="A new challenge makes the earlier oob_code of that authenticator useless.")
    challenge_repeats_code: bool = disputed(False, True, rows="U-7", cost="messages", doc="A new challenge within the code's life sends the same code again.")
    last_deletion_removes_recovery_code: bool = disputed(False, True, rows="U-8", cost="destructive", doc="Deleting the last authenticator removes the recovery code too.")
    default_authenticator: str = disputed("oldest", "newest", rows="U-16", cost="messages", doc="The authenticator a challenge picks when none is named.")
    polling_interval: int = disputed(5, 10, 3, rows="D-6b U-2", cost="messages", doc="Seconds between two polls; faster is slow_down.", any_positive=True)
    wrong_codes: str = disputed("10/360", "5/60", rows="D-18 U-18", cost="destructive", doc="Wrong codes a user may send: at once / seconds until one more.")
    one_bucket_for_codes: bool = disputed(False, True, rows="U-18", cost="destructive", doc="Wrong codes of all factors share one bucket.")
    success_resets_codes: bool = disputed(False, True, rows="U-18", cost="destructive", doc="A right code refills the bucket of wrong ones.")
    refresh_demands_mfa: str = disputed("unless-verified", "always", "never", rows="T9", cost="free", doc="When the refresh_token grant demands MFA, given that the policy does.")

    # -- tokens that are bound to a key -----------------------------------------------------
    dpop_nonce: str = disputed("public", "always", "never", rows="B3 B4", cost="free", doc="Whose proofs need a nonce at /oauth/token: those of public applications, all, or none.")
    dpop_nonce_at_resources: bool = disputed(False, True, rows="U-36", cost="free", doc="Proofs that come with an access token need a nonce too.")
    dpop_nonce_on_success: bool = disputed(False, True, rows="U-36", cost="free", doc="A token response to a request with a proof carries DPoP-Nonce.")
    dpop_nonce_lifetime: int = disputed(300, 60, 3600, rows="U-36", cost="waiting", doc="Life of a nonce in seconds.", any_positive=True)
    dpop_proof_lifetime: int = disputed(300, 60, 3600, rows="U-38", cost="free", doc="How old a proof may be, in seconds.", any_positive=True)
    dpop_binds_refresh_token: str = disputed("public", "never", "always", rows="U-37", cost="free", doc="Whose refresh tokens are bound to the key of the proof.")

    # -- the My Account API -----------------------------------------------------------------
    me_error_uri: str = disputed("https://auth0.com/api-errors/", "https://auth0.com/api-errors#", rows="D-33", cost="free", doc="What the `type` of a problem begins with.")
    me_masks_addresses: bool = disputed(True, False, rows="D-34", cost="messages", doc="Email addresses and phone numbers in methods are masked.")
    me_new_ids: str = disputed("device", "new", rows="U-30", cost="messages", doc="The id of a method before it is verified: its own, or its type and `new`.")
    me_lists_unconfirmed: bool = disputed(True, False, rows="U-30", cost="messages", doc="Methods that are not verified yet are listed.")
    me_auth_session_lifetime: int = disputed(300, 600, 900, rows="U-30", cost="waiting", doc="Life of an auth_session in seconds.", any_positive=True)
    me_auth_session_once: bool = disputed(True, False, rows="U-30", cost="messages", doc="An auth_session that verified its method is used up.")
    me_lists_verified_email: bool = disputed(False, True, rows="U-33", cost="free", doc="A verified email that nobody enrolled is listed.")
    me_lists_push_app: bool = disputed(False, True, rows="U-33", cost="messages", doc="The TOTP that comes with push is listed.")
    me_phone_channel: str = disputed("sms", "voice", rows="U-35", cost="messages", doc="The channel of a phone for which none is named.")
    me_recovery_code_replaces: str = disputed("when-verified", "at-once", rows="U-31", cost="free", doc="When a new recovery code ends the one before.")
    me_push_barcode: str = disputed("guardian", "key", rows="D-35", cost="messages", doc="barcode_uri of push: Guardian's transaction, or the secret of its TOTP.")
    me_www_authenticate: bool = disputed(False, True, rows="U-34", cost="free", doc="A 401 of /me/ has WWW-Authenticate.")
    me_token_lifetime: int = disputed(86400, 600, rows="D-38", cost="free", doc="Life of an access token for the My Account API, in seconds.", any_positive=True)
    me_factors_as: str = disputed("object", "array", rows="D-39", cost="free", doc="The list of factors: the member `factors` of an object, or the answer itself.")

    def __post_init__(self) -> None:
        for declared in fields(self):
            value = getattr(self, declared.name)
            if value is not declared.default:  # most are, and profiles are made by the thousand
                _check(declared, value)
        if self.challenge_json_as_form and not self.challenge_form:
            raise ConfigurationError(
                "profile: challenge_json_as_form = true contradicts challenge_form = false: "
                "a JSON body labelled as a form cannot be read where forms are refused. "
                "Set challenge_json_as_form = false too."
            )
        if self.oob_code_lifetime > 10 * self.mfa_token_lifetime:
            raise ConfigurationError(
                f"profile: oob_code_lifetime = {self.oob_code_lifetime} contradicts "
                f"mfa_token_lifetime = {self.mfa_token_lifetime}: an oob_code is of no use without "
                "its mfa_token. Give the two lives in seconds."
            )

    @property
    def shows_row_types(self) -> bool:
        """Whether list rows carry ``type``."""
        return self.rows_have_type == "always" or (self.rows_have_type == "with-requirements" and self.mfa_requirements)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """A profile from names and values. Raises ConfigurationError for an unknown field or a value that is not
        allowed."""
        for name in values:
            if name not in profile_fields():
                raise ConfigurationError(f"profile: no such field {name!r}. {closest(str(name), profile_fields())}")
        return cls(**values)

    @classmethod
    def loads(cls, text: str) -> Self:
        """A profile from TOML, with fields at the top level or in a table ``[profile]``. Raises
        ConfigurationError."""
        import tomllib

        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # TOMLDecodeError, or nested too deeply
            raise ConfigurationError(f"profile: not TOML: {error}") from None
        document.pop("measured", None)
        table = document.pop("profile", {})
        if not isinstance(table, dict):
            raise ConfigurationError("profile: [profile] must be a table of fields")
        return cls.from_mapping({**document, **table})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """A profile from a TOML file. Raises ConfigurationError that names the file."""
        try:
            return cls.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"profile {path}: cannot be read: {error}") from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None

    def dumps(self, *, all_fields: bool = True) -> str:
        """This profile as TOML: all fields, or with ``all_fields=False`` only those that differ from the default."""
        lines = ["[profile]"]
        for declared in fields(self):
            value = getattr(self, declared.name)
            if all_fields or value != declared.default:
                shown = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
                lines.append(f"{declared.name} = {shown}")
        return "\n".join(lines) + "\n"

    def with_(self, **values: Any) -> Self:
        """A copy of this profile with some fields changed. Raises ConfigurationError like `from_mapping`."""
        for name in values:
            if name not in profile_fields():
                raise ConfigurationError(f"profile: no such field {name!r}. {closest(name, profile_fields())}")
        return replace(self, **values)

    def differences(self, other: Profile) -> dict[str, tuple[Any, Any]]:
        """The fields in which two profiles differ: name -> (value here, value in ``other``)."""
        pairs = {d.name: (getattr(self, d.name), getattr(other, d.name)) for d in fields(self)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@cache
def profile_fields() -> dict[str, Field[Any]]:
    """The fields of `Profile` by name."""
    return {declared.name: declared for declared in fields(Profile)}


def _check(declared: Field[Any], value: Any) -> None:
    listed = alternatives(declared)
    allowed = value in listed or (declared.metadata["any_positive"] and isinstance(value, int) and value > 0)
    if allowed and type(value) is type(listed[0]):
        return
    wanted = ", ".join(repr(v).lower() if isinstance(v, bool) else repr(v) for v in listed)
    more = " or another positive number" if declared.metadata["any_positive"] else ""
    raise ConfigurationError(f"profile: {declared.name} = {value!r}: expected {wanted}{more}")


class ProfileReads:
    """A profile that records in `reads` which of its fields are read."""

    __slots__ = ("_profile", "reads")

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.reads: set[str] = set()

    def as_profile(self) -> Profile:
        """This object with the type of a `Profile`."""
        return cast(Profile, self)


def _noted(name: str) -> property:
    def read(self: ProfileReads) -> Any:
        self.reads.add(name)
        return getattr(self._profile, name)

    return property(read)


for _name in profile_fields():  # properties take half as long as `__getattr__`
    setattr(ProfileReads, _name, _noted(_name))
