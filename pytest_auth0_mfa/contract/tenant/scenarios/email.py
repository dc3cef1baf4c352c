"""Email: enrollment, challenges, verification, and everything that can be wrong with a code."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.tenant.totp import other_code

from .registry import associate, challenged, code_text, confirm, enrolled, masked_email, ordered, row, scenario

_NOT_ASSOCIATED = (
    "User does not have any confirmed authenticator associated. You can associate a new authenticator calling "
    "/mfa/associate endpoint. If you have one authenticator ready for confirmation, you can confirm it just using it "
    "in /oauth/token"
)
WRONG = ("wrong_binding_code", "403 invalid_grant")


@scenario(
    "email-enroll",
    "An association is pending until its code is confirmed, which logs in and activates the recovery code.",
    "A2 L1 V4",
    needs="email recovery-code",
    controls="outbox",
)
def email_enroll(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid profile")
    play.authenticators(token).rows()
    body = associate(play, user, token, "email", recovery=True)
    name = masked_email(play, user.username)
    pending = ordered(play, row(play, "email", active=False, name=name), row(play, "recovery-code", active=False))
    before = play.authenticators(token).rows(*pending)
    confirm(play, user, token, "email", body, scope="openid profile")
    again = play.log_in(user)
    active = ordered(play, row(play, "email", active=True, name=name), row(play, "recovery-code", active=True))
    if play.authenticators(again).rows(*active) != before:
        play.fail_new("$[0].id")


@scenario(
    "email-challenge",
    "A later login is challenged, and verified with the code that was sent.",
    "H2 V4",
    needs="email",
    controls="outbox",
)
def email_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid profile offline_access")
    identifier = play.find(token, "email")
    oob_code = challenged(play, token, "email", identifier)
    code = play.code(found.user, "email")
    answer = play.verify_oob(token, oob_code, code, factor="email")
    answer.tokens(scope="openid profile offline_access")


@scenario(
    "email-challenge-by-default",
    "Nothing but the mfa_token needs to be named: the user's only authenticator is challenged.",
    "H2",
    needs="email",
    controls="outbox",
)
def email_challenge_by_default(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid")
    answer = play.challenge(token)
    if play.profile.challenge_type_required:
        text = "Missing required parameter: challenge_type"
        answer.refused("missing_parameter", "400 invalid_request", text)
        return
    answer.shows({"challenge_type": "oob", "binding_method": "prompt"}, "oob_code")
    play.verify_oob(token, answer["oob_code"], play.code(found.user, "email")).tokens(scope="openid")


@scenario(
    "email-each-challenge-anew",
    "Each challenge has an oob_code of its own; whether the earlier one stays good is disputed.",
    "H2 U-7",
    needs="email",
    controls="outbox",
)
def email_each_challenge_anew(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid")
    first = challenged(play, token, "email")
    code = play.code(found.user, "email")
    second = challenged(play, token, "email")
    if first == second:
        play.fail_known("$.oob_code")
    answer = play.verify_oob(token, first, code)
    if play.profile.challenge_replaces_earlier:
        answer.refused("used_oob_code", "403 invalid_grant")
    else:
        answer.tokens(scope="openid")


@scenario(
    "email-wrong-code",
    "A wrong code is refused and leaves token and challenge alive: the right one still works.",
    "V8",
    needs="email",
    controls="outbox",
)
def email_wrong_code(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "email")
    code = play.code(user, "email")
    wrong = other_code(code)
    text = code_text(play, "Invalid binding_code.")
    play.verify_oob(token, body["oob_code"], wrong, factor="email").refused(*WRONG, text)
    play.nothing_active(token)
    play.verify_oob(token, body["oob_code"], code, factor="email").tokens(scope="openid")


@scenario(
    "email-code-missing",
    "Without the code that binding_method asks for there are no tokens.",
    "V9",
    needs="email",
    controls="outbox",
)
def email_code_missing(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    body = associate(play, user, token, "email")
    answer = play.verify_oob(token, body["oob_code"], factor="email")
    answer.refused("missing_binding_code", "400 invalid_request")


@scenario("email-code-once", "A code that gave tokens gives none again.", "V4 U-4", needs="email", controls="outbox")
def email_code_once(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid")
    oob_code = challenged(play, token, "email")
    code = play.code(found.user, "email")
    play.verify_oob(token, oob_code, code, factor="email").tokens(scope="openid")
    again = play.verify_oob(token, oob_code, code, factor="email")
    if play.profile.mfa_token_after_success == "dead":
        again.refused("malformed_mfa_token", "403 invalid_grant", "Malformed mfa_token")
    else:
        again.refused("used_oob_code", "403 invalid_grant")


def _life(play: ScenarioContext) -> int:
    """How many seconds a code can be used: the shortest life of code (entry N1), oob_code and mfa_token."""
    code, oob_code = play.subject.code_lifetime("email"), play.profile.oob_code_lifetime
    return min(code, max(oob_code, code) if code > 300 else oob_code, play.profile.mfa_token_lifetime)


@scenario(
    "email-code-expires",
    "A code is good for five minutes, to the second.",
    "V12 N1",
    needs="email",
    controls="outbox clock",
)
def email_code_expires(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid")
    oob_code = challenged(play, token, "email")
    code = play.code(found.user, "email")
    life = _life(play)
    play.wait(life + play.margin)
    answer = play.verify_oob(token, oob_code, code, factor="email")
    if play.profile.mfa_token_lifetime == life:  # it expires first, or at the same time
        answer.refused("expired_mfa_token", "401 expired_token", "mfa_token is expired")
    elif play.profile.oob_code_lifetime == life:
        answer.refused("expired_oob_code", "403 expired_token", "oob_code is expired")
    else:
        answer.refused(*WRONG, code_text(play, "Invalid binding_code."))


@scenario(
    "email-code-lives",
    "A second before its five minutes are over, a code is good.",
    "V12 N1",
    needs="email",
    controls="outbox clock",
)
def email_code_lives(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user, scope="openid")
    oob_code = challenged(play, token, "email")
    code = play.code(found.user, "email")
    play.wait(_life(play) - play.edge)
    play.verify_oob(token, oob_code, code, factor="email").tokens(scope="openid")


@scenario(
    "email-code-of-another-challenge", "A code belongs to its own challenge.", "V8", needs="email", controls="outbox"
)
def email_code_of_another_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    challenged(play, token, "email")
    earlier = play.code(found.user, "email")
    oob_code = challenged(play, token, "email")
    if play.code(found.user, "email") == earlier:  # by chance, or because the tenant repeats codes
        return
    text = code_text(play, "Invalid binding_code.")
    play.verify_oob(token, oob_code, earlier, factor="email").refused(*WRONG, text)


@scenario(
    "email-oob-code-of-another-user",
    "Somebody else's oob_code and code do not open this login.",
    "V11",
    needs="email",
    controls="outbox",
)
def email_oob_code_of_another_user(play: ScenarioContext) -> None:
    mine, other = enrolled(play, "email"), enrolled(play, "email")
    token, their_token = play.log_in(mine.user), play.log_in(other.user)
    oob_code = challenged(play, their_token, "email")
    code = play.code(other.user, "email")
    text = "The oob_code doesn't match the mfa_token"
    answer = play.verify_oob(token, oob_code, code, factor="email")
    answer.refused("foreign_oob_code", "400 invalid_request", text)


@scenario(
    "email-oob-code-of-another-login",
    "An oob_code belongs to the login it was made in, even of the same user.",
    "V11",
    needs="email",
    controls="outbox",
)
def email_oob_code_of_another_login(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    first, second = play.log_in(found.user), play.log_in(found.user)
    oob_code = challenged(play, first, "email")
    code = play.code(found.user, "email")
    text = "The oob_code doesn't match the mfa_token"
    play.verify_oob(second, oob_code, code).refused("foreign_oob_code", "400 invalid_request", text)


@scenario(
    "email-malformed-oob-code", "An oob_code that cannot be read, and none.", "V10 T7", needs="email", controls="outbox"
)
def email_malformed_oob_code(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    answer = play.verify_oob(token, "not-a-code", "000000")
    answer.refused("malformed_oob_code", "403 invalid_grant", "Malformed oob_code")
    oob_code = challenged(play, token, "email")
    answer = play.verify_oob(token, oob_code + "x", play.code(found.user, "email"))
    answer.refused("malformed_oob_code", "403 invalid_grant", "Malformed oob_code")
    text = "Missing required parameter: oob_code"
    play.verify_oob(token, "", "000000").refused("missing_parameter", "400 invalid_request", text)


@scenario(
    "email-pending-cannot-be-challenged",
    "Before it is confirmed, an email is no factor.",
    "H4",
    needs="email",
    controls="outbox",
)
def email_pending_cannot_be_challenged(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    associate(play, user, token, "email")
    play.challenge(token, challenge_type="oob").refused(
        "association_required", "403 association_required", _NOT_ASSOCIATED
    )


@scenario("email-nothing-enrolled", "Who has nothing is told to associate first.", "H4 L2")
def email_nothing_enrolled(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    play.authenticators(token).rows()
    for kind in ("oob", "otp", "oob otp"):
        answer = play.challenge(token, challenge_type=kind)
        answer.refused("association_required", "403 association_required", _NOT_ASSOCIATED)


@scenario(
    "email-verified-counts-as-listed",
    "A verified email is listed as active without any enrollment, can be challenged, and does not block enrollment.",
    "1.3 L1 H2",
    needs="email",
    controls="outbox",
)
def email_verified_counts_as_listed(play: ScenarioContext) -> None:
    user = play.user(email_verified=True)
    token = play.log_in(user, scope="openid")
    name = masked_email(play, user.username)
    (identifier,) = play.authenticators(token).rows(row(play, "email", active=True, name=name))
    oob_code = challenged(play, token, "email", identifier)
    play.verify_oob(token, oob_code, play.code(user, "email"), factor="email").tokens(scope="openid")
    associate(play, user, play.log_in(user), "email")


@scenario(
    "email-verified-is-listed-apart",
    "The verified email stands last (or first), whatever was enrolled when.",
    "L1 U-23",
    needs="email otp recovery-code",
)
def email_verified_is_listed_apart(play: ScenarioContext) -> None:
    user = play.user(email_verified=True)
    token = play.log_in(user)
    associate(play, user, token, "otp")
    own = row(play, "email", active=True, name=masked_email(play, user.username))
    others = ordered(play, row(play, "otp", active=False), row(play, "recovery-code", active=False))
    rows = [own, *others] if play.profile.implicit_email_first else [*others, own]
    answer = play.authenticators(token)
    answer.rows(*rows)
    first = answer.order[:1] == [rows.index(own)]
    if play.subject.is_real and len(answer.order) == len(rows) and first != play.profile.implicit_email_first:
        play.observe("implicit_email_first", first, "list-authenticators")


@scenario(
    "email-address",
    "The address must be one; whether it may be left out is disputed.",
    "U-11 U-13 T7",
    needs="email",
    controls="outbox",
)
def email_address(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    play.associate(token, "email", "not an address").refused("invalid_email", "400 invalid_request")
    answer = play.associate(token, "email")
    if play.profile.email_optional:
        play.code(user, "email")
    else:
        text = "Missing required parameter: email"
        answer.refused("missing_parameter", "400 invalid_request", text)


@scenario(
    "email-enrolled-twice",
    "Whether an active address may be enrolled once more is disputed.",
    "U-13",
    needs="email",
    controls="outbox",
)
def email_enrolled_twice(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = play.mfa_access_token(found.user, "enroll")
    if play.profile.duplicate_email:
        associate(play, found.user, bearer, "email", recovery=False)
    else:
        answer = play.associate(bearer, "email", found.user.username)
        answer.refused("email_enrolled_twice", "403 access_denied")


@scenario(
    "email-code-with-spaces",
    "Whether a code may be typed with a space is disputed.",
    "U-24",
    needs="email",
    controls="outbox",
)
def email_code_with_spaces(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "email")
    code = play.code(user, "email")
    answer = play.verify_oob(token, body["oob_code"], f"{code[:3]} {code[3:]}")
    if play.profile.spaces_in_code:
        answer.tokens(scope="openid")
    else:
        answer.refused(*WRONG)
