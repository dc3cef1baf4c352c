"""Recovery codes: issued once, activated with the first factor, replaced when used. Entries A5, V16 to V18."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import associate, enrolled, scenario

WRONG = ("wrong_recovery_code", "403 invalid_grant", "MFA Authorization rejected.")
NONE = ("no_recovery_code", "403 unsupported_challenge_type", "User does not have a recovery-code.")


@scenario(
    "recovery-code-rotates",
    "A recovery code logs in once and is replaced; the old one is dead at once, the new one works.",
    "V16",
    needs="otp recovery-code",
)
def recovery_code_rotates(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    code = found.recovery_code
    for _ in range(2):
        token = play.log_in(found.user, scope="openid")
        answer = play.verify_recovery(token, code).tokens(scope="openid", recovery_code=True)
        if answer["recovery_code"] == code:
            play.fail_known("$.recovery_code")
        play.verify_recovery(play.log_in(found.user), code).refused(*WRONG)
        code = answer["recovery_code"]


@scenario(
    "recovery-code-issued-once",
    "The first association brings it; whether an abandoned one is issued anew is disputed.",
    "A5",
    needs="otp recovery-code",
)
def recovery_code_issued_once(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    first = associate(play, user, token, "otp", recovery=True)
    again = associate(play, user, play.log_in(user), "otp", recovery=play.profile.recovery_code_reissued)
    if again.get("recovery_codes") == first["recovery_codes"]:
        play.fail_known("$.recovery_codes[0]")


@scenario(
    "recovery-code-wrong",
    "A wrong one is refused, the right one still works; none at all is missing.",
    "V17 T7",
    needs="otp recovery-code",
)
def recovery_code_wrong(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user, scope="openid")
    play.verify_recovery(token, "A" * 24).refused(*WRONG)
    text = "Missing required parameter: recovery_code"
    play.verify_recovery(token, "").refused("missing_parameter", "400 invalid_request", text)
    play.verify_recovery(token, found.recovery_code).tokens(scope="openid", recovery_code=True)


@scenario(
    "recovery-code-of-another-user",
    "Somebody else's code is a wrong one, and stays good for its owner.",
    "V17",
    needs="otp recovery-code",
)
def recovery_code_of_another_user(play: ScenarioContext) -> None:
    mine, other = enrolled(play, "otp"), enrolled(play, "otp")
    play.verify_recovery(play.log_in(mine.user), other.recovery_code).refused(*WRONG)
    token = play.log_in(other.user, scope="openid")
    play.verify_recovery(token, other.recovery_code).tokens(scope="openid", recovery_code=True)


@scenario(
    "recovery-code-before-confirmation",
    "Before the first factor is confirmed it is of no use (disputed).",
    "V18 U-6",
    needs="otp recovery-code",
)
def recovery_code_before_confirmation(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "otp", recovery=True)
    answer = play.verify_recovery(token, str(body["recovery_codes"][0]))
    if play.profile.recovery_code_before_confirmation:
        answer.tokens(scope="openid", recovery_code=True)
    else:
        answer.refused(*NONE)


@scenario("recovery-code-none", "Who never enrolled has none.", "V18", needs="recovery-code")
def recovery_code_none(play: ScenarioContext) -> None:
    play.verify_recovery(play.log_in(play.user()), "A" * 24).refused(*NONE)


@scenario(
    "recovery-code-off",
    "With the factor off none is issued, listed or accepted.",
    "A5 V18",
    needs="otp",
    without="recovery-code",
)
def recovery_code_off(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    if any(row["authenticator_type"] == "recovery-code" for row in play.look(token)):
        play.fail_value("$", "no recovery-code row", "one")
    play.verify_recovery(token, "A" * 24).refused(*NONE)


@scenario(
    "recovery-code-switched-off",
    "A code that was issued is of no use while the factor is off.",
    "V18",
    needs="otp recovery-code",
    controls="factors",
)
def recovery_code_switched_off(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.subject.factors = frozenset(play.subject.factors) - {"recovery-code"}
    play.verify_recovery(play.log_in(found.user), found.recovery_code).refused(*NONE)


@scenario("recovery-code-case", "Whether lower case will do is disputed.", "U-24", needs="otp recovery-code")
def recovery_code_case(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user, scope="openid")
    answer = play.verify_recovery(token, found.recovery_code.lower())
    if play.profile.recovery_code_any_case:
        answer.tokens(scope="openid", recovery_code=True)
    else:
        answer.refused(*WRONG)


@scenario(
    "recovery-code-cannot-be-challenged",
    "There is no challenge for a recovery code.",
    "U-15",
    needs="otp recovery-code",
)
def recovery_code_cannot_be_challenged(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    identifier = play.find(token, "recovery-code")
    answer = play.challenge(token, identifier, challenge_type="otp")
    answer.refused("unknown_authenticator", "400 invalid_request")
