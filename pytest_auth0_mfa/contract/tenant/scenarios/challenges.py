"""Requests for challenges (entries H5, H9, D-15, D-16, U-15), and polling for push requests."""

from __future__ import annotations

from typing import Any

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import associate, challenged, confirm, enrolled, ordered, row, scenario

_PROMPT = {"challenge_type": "oob", "binding_method": "prompt"}


@scenario(
    "challenge-missing-parameter",
    "mfa_token and client_id must be there; whether challenge_type must is disputed.",
    "H9",
)
def challenge_missing_parameter(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    for name in ("mfa_token", "client_id"):
        text = f"Missing required parameter: {name}"
        more: dict[str, Any] = {"challenge_type": "otp", name: OMIT}
        answer = play.challenge(token, **more)
        answer.refused("missing_parameter", "400 invalid_request", text)


@scenario("challenge-unsupported-type", "A type that none of the user's active authenticators has.", "H5", needs="otp")
def challenge_unsupported_type(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    answer = play.challenge(token, challenge_type="oob")
    texts = (
        "The user does not support the requested challenge type (oob). Supported type: otp.",
        "User does not have any enrolled authenticator with the supported challenge type (oob)",  # entry D-30
    )
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type", texts)


@scenario(
    "challenge-wrong-type-of-authenticator",
    "An authenticator that does not have the requested type.",
    "H5 U-15",
    needs="otp",
)
def challenge_wrong_type_of_authenticator(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    identifier = play.find(token, "totp")
    answer = play.challenge(token, identifier, challenge_type="oob")
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type")


@scenario(
    "challenge-unknown-authenticator",
    "An authenticator_id that is unknown, somebody else's, or no id at all.",
    "U-15",
    needs="otp",
)
def challenge_unknown_authenticator(play: ScenarioContext) -> None:
    found, other = enrolled(play, "otp"), enrolled(play, "otp")
    theirs = play.find(play.log_in(other.user), "totp")
    token = play.log_in(found.user)
    refused = ("unknown_authenticator", "400 invalid_request")
    for identifier in (calls.NOWHERE, theirs, "not-a-code"):
        play.challenge(token, identifier, challenge_type="otp").refused(*refused)


@scenario(
    "challenge-pending-authenticator",
    "Beside an active authenticator, a pending one still cannot be challenged.",
    "U-15",
    needs="otp email",
    controls="outbox clock",
)
def challenge_pending_authenticator(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = play.mfa_access_token(found.user, "enroll read:authenticators")
    associate(play, found.user, bearer, "otp", recovery=False)
    pending = play.find(bearer, "totp")
    token = play.log_in(found.user)
    answer = play.challenge(token, pending, challenge_type="otp")
    answer.refused("unknown_authenticator", "400 invalid_request")


@scenario(
    "challenge-factor-switched-off",
    "A factor that was switched off after its enrollment cannot be challenged.",
    "U-10",
    needs="otp email",
    controls="outbox factors",
)
def challenge_factor_switched_off(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    play.subject.factors = frozenset(play.subject.factors) - {"email"}
    answer = play.challenge(token, challenge_type="oob")
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type")


@scenario(
    "challenge-several-types",
    "challenge_type is a list separated by spaces: any of them will do.",
    "U-16",
    needs="email otp",
    controls="outbox",
)
def challenge_several_types(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    play.challenge(token, challenge_type="otp oob").shows(_PROMPT, "oob_code")


@scenario(
    "challenge-from-form",
    "A form body is documented too, and a JSON body labelled as a form by the guide's own command.",
    "D-15",
    needs="email",
    controls="outbox",
)
def challenge_from_form(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    for encoding, accepted in (
        ("form", play.profile.challenge_form),
        ("json-as-form", play.profile.challenge_json_as_form),
    ):
        template = calls.challenge(play.client, token, challenge_type="oob")
        template.encoding = encoding
        answer = play.call(template)
        if accepted:
            answer.shows(_PROMPT, "oob_code")
        elif encoding == "form" or not play.profile.challenge_form:
            answer.refused("unreadable_body", "400 invalid_request")
        else:  # a form parser reads it as one odd field
            answer.refused("missing_parameter", "400 invalid_request", "Missing required parameter: mfa_token")


@scenario(
    "challenge-without-media-type",
    "The guide's command sends JSON without naming it.",
    "1.1",
    needs="email",
    controls="outbox",
)
def challenge_without_media_type(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    template = calls.challenge(play.client, play.log_in(found.user), challenge_type="oob")
    template.headers = {"Content-Type": ""}
    play.call(template).shows(_PROMPT, "oob_code")


PENDING = (
    "authorization_pending",
    "400 authorization_pending",
    "Authorization pending: please repeat the request in a few seconds.",
)


@scenario(
    "push-enroll",
    "An association makes a push and a totp; scanning confirms both and gives the device's name.",
    "A3 L1 V4",
    needs="push recovery-code",
    controls="push",
)
def push_enroll(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "push", recovery=True)
    kinds = ("push", "recovery-code", "otp")
    play.authenticators(token).rows(*ordered(play, *(row(play, kind, active=False) for kind in kinds)))
    play.verify_oob(token, body["oob_code"], factor="push").refused(*PENDING)
    confirm(play, user, token, "push", body, scope="openid")
    ids = play.authenticators(play.log_in(user)).rows(*ordered(play, *(row(play, kind, active=True) for kind in kinds)))
    if len({identifier.partition("|")[2] for identifier in ids}) != 3:
        play.fail_value("$[].id", "three suffixes", "fewer")


@scenario(
    "push-challenge",
    "A challenge has no binding_method; once the user approves, the poll gives tokens.",
    "H3 V4",
    needs="push",
    controls="push",
)
def push_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user, scope="openid offline_access")
    oob_code = challenged(play, token, "push")
    play.answer_push(found.user, approve=True)
    play.verify_oob(token, oob_code, factor="push").tokens(scope="openid offline_access")


@scenario("push-pending", "Polling goes on while nobody answers.", "V5", needs="push", controls="push clock")
def push_pending(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user, scope="openid")
    oob_code = challenged(play, token, "push")
    for _ in range(2):
        play.verify_oob(token, oob_code, factor="push").refused(*PENDING)
        play.wait(play.profile.polling_interval)
    play.answer_push(found.user, approve=True)
    play.verify_oob(token, oob_code, factor="push").tokens(scope="openid")


@scenario(
    "push-slow-down",
    "Polling faster than the interval is slowed down; waiting helps.",
    "V6",
    needs="push",
    controls="push clock",
)
def push_slow_down(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "push")
    play.verify_oob(token, oob_code, factor="push").refused(*PENDING)
    play.wait(max(0, play.profile.polling_interval - play.edge))
    answer = play.verify_oob(token, oob_code, factor="push").refused("slow_down", "400 slow_down")
    if ("retry-after" in answer.response.headers) != play.profile.slow_down_retry_after:
        play.fail_value("Retry-After", "as the profile says", "the other way round", "MFA017")
    play.wait(play.profile.polling_interval)
    play.verify_oob(token, oob_code, factor="push").refused(*PENDING)


@scenario("push-rejected", "A rejection is final.", "V7", needs="push", controls="push clock")
def push_rejected(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "push")
    play.answer_push(found.user, approve=False)
    for _ in range(2):
        answer = play.verify_oob(token, oob_code, factor="push")
        answer.refused("push_rejected", "400 access_denied", "MFA Authorization rejected.")
        play.wait(play.profile.polling_interval)


@scenario(
    "push-rejected-enrollment",
    "A rejected enrollment leaves the authenticator pending.",
    "V7",
    needs="push",
    controls="push",
)
def push_rejected_enrollment(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    body = associate(play, user, token, "push")
    play.answer_push(user, approve=False)
    answer = play.verify_oob(token, body["oob_code"], factor="push")
    answer.refused("push_rejected", "400 access_denied", "MFA Authorization rejected.")
    play.nothing_active(token)


@scenario("push-expires", "After its life nobody can approve it any more.", "V12", needs="push", controls="push clock")
def push_expires(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "push")
    play.wait(play.profile.oob_code_lifetime + play.margin)
    answer = play.verify_oob(token, oob_code, factor="push")
    lives = play.profile.mfa_token_lifetime
    if lives <= play.profile.oob_code_lifetime:
        answer.refused("expired_mfa_token", "401 expired_token", "mfa_token is expired")
    else:
        answer.refused("expired_oob_code", "403 expired_token", "oob_code is expired")


@scenario(
    "push-gives-tokens-once", "An approval is good for one token response.", "V4 U-4", needs="push", controls="push"
)
def push_gives_tokens_once(play: ScenarioContext) -> None:
    found = enrolled(play, "push")
    token = play.log_in(found.user, scope="openid")
    oob_code = challenged(play, token, "push")
    play.answer_push(found.user, approve=True)
    play.verify_oob(token, oob_code, factor="push").tokens(scope="openid")
    again = play.verify_oob(token, oob_code, factor="push")
    if play.profile.mfa_token_after_success == "dead":
        again.refused("malformed_mfa_token", "403 invalid_grant", "Malformed mfa_token")
    else:
        again.refused("used_oob_code", "403 invalid_grant")


@scenario(
    "push-of-another-user", "Somebody else's approval does not open this login.", "V11", needs="push", controls="push"
)
def push_of_another_user(play: ScenarioContext) -> None:
    mine, other = enrolled(play, "push"), enrolled(play, "push")
    token, their_token = play.log_in(mine.user), play.log_in(other.user)
    oob_code = challenged(play, their_token, "push")
    play.answer_push(other.user, approve=True)
    text = "The oob_code doesn't match the mfa_token"
    answer = play.verify_oob(token, oob_code, factor="push")
    answer.refused("foreign_oob_code", "400 invalid_request", text)
