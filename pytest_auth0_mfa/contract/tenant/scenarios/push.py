"""Push through the Guardian app: polled, approved, rejected, expired. Rows A3, H3, V5 to V7."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import scenario
from .steps import associate, challenged, confirm, enrolled, ordered, row

PENDING = (
    "authorization_pending",
    "400 authorization_pending",
    "Authorization pending: please repeat the request in a few seconds.",
)


@scenario("push-enroll", "A3 L1 V4", needs="push recovery-code", controls="push")
def push_enroll(play: ScenarioContext) -> None:
    """An association makes a push and a totp; scanning confirms both and gives the device's name."""
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


@scenario("push-challenge", "H3 V4", needs="push", controls="push")
def push_challenge(play: ScenarioContext) -> None:
    """A challenge has no binding_method; once the user approves, the poll gives tokens."""
    found = enrolled(play, "push")
    token = play.log_in(found.user, scope="openid offline_access")
    oob_code = challenged(play, token, "push")
    play.answer_push(found.user, approve=True)
    play.verify_oob(token, oob_code, factor="push").tokens(scope="openid offline_access")


@scenario("push-pending", "V5", needs="push", controls="push clock")
def push_pending(play: ScenarioContext) -> None:
    """Polling goes on while nobody answers."""
    found = enrolled(play, "push")
    token = play.log_in(found.user, scope="openid")
    oob_code = challenged(play, token, "push")
    for _ in range(2):
        play.verify_oob(token, oob_code, factor="push").refused(*PENDING)
        play.wait(play.profile.polling_interval)
    play.answer_push(found.user, approve=True)
    play.verify_oob(token, oob_code, factor="push").tokens(scope="openid")


@scenario("push-slow-down", "V6", needs="push", controls="push clock")
def push_slow_down(play: ScenarioContext) -> None:
    """Polling faster than the interval is slowed down; waiting helps."""
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "push")
    play.verify_oob(token, oob_code, factor="push").refused(*PENDING)
    play.wait(play.profile.polling_interval - 1)
    answer = play.verify_oob(token, oob_code, factor="push").refused("slow_down", "400 slow_down")
    if ("retry-after" in answer.response.headers) != play.profile.slow_down_retry_after:
        play.fail_value("Retry-After", "as the profile says", "the other way round", "MFA017")
    play.wait(play.profile.polling_interval)
    play.verify_oob(token, oob_code, factor="push").refused(*PENDING)


@scenario("push-rejected", "V7", needs="push", controls="push clock")
def push_rejected(play: ScenarioContext) -> None:
    """A rejection is final."""
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "push")
    play.answer_push(found.user, approve=False)
    for _ in range(2):
        answer = play.verify_oob(token, oob_code, factor="push")
        answer.refused("push_rejected", "400 access_denied", "MFA Authorization rejected.")
        play.wait(play.profile.polling_interval)


@scenario("push-rejected-enrollment", "V7", needs="push", controls="push")
def push_rejected_enrollment(play: ScenarioContext) -> None:
    """A rejected enrolment leaves the authenticator pending."""
    user = play.user()
    token = play.log_in(user)
    body = associate(play, user, token, "push")
    play.answer_push(user, approve=False)
    answer = play.verify_oob(token, body["oob_code"], factor="push")
    answer.refused("push_rejected", "400 access_denied", "MFA Authorization rejected.")
    play.nothing_active(token)


@scenario("push-expires", "V12", needs="push", controls="push clock")
def push_expires(play: ScenarioContext) -> None:
    """After its life nobody can approve it any more."""
    found = enrolled(play, "push")
    token = play.log_in(found.user)
    oob_code = challenged(play, token, "push")
    play.wait(play.profile.oob_code_lifetime)
    answer = play.verify_oob(token, oob_code, factor="push")
    lives = play.profile.mfa_token_lifetime
    if lives <= play.profile.oob_code_lifetime:
        answer.refused("expired_mfa_token", "401 expired_token", "mfa_token is expired")
    else:
        answer.refused("expired_oob_code", "403 expired_token", "oob_code is expired")


@scenario("push-gives-tokens-once", "V4 U-4", needs="push", controls="push")
def push_gives_tokens_once(play: ScenarioContext) -> None:
    """An approval is good for one token response."""
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


@scenario("push-of-another-user", "V11", needs="push", controls="push")
def push_of_another_user(play: ScenarioContext) -> None:
    """Somebody else's approval does not open this login."""
    mine, other = enrolled(play, "push"), enrolled(play, "push")
    token, their_token = play.log_in(mine.user), play.log_in(other.user)
    oob_code = challenged(play, their_token, "push")
    play.answer_push(other.user, approve=True)
    text = "The oob_code doesn't match the mfa_token"
    answer = play.verify_oob(token, oob_code, factor="push")
    answer.refused("foreign_oob_code", "400 invalid_request", text)
