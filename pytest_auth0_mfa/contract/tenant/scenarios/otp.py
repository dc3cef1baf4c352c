"""Authenticator apps: entries A4, H1, V1 to V3."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import associate, code_text, confirm, enrolled, ordered, row, scenario

_NOT_ENROLLED = "User is not enrolled. You can use /mfa/associate endpoint to enroll the first authenticator."
WRONG = ("wrong_otp", "403 invalid_grant")


@scenario(
    "otp-enroll", "The first code of the new secret confirms it and logs in.", "A4 L1 V1", needs="otp recovery-code"
)
def otp_enroll(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid profile")
    body = associate(play, user, token, "otp", recovery=True)
    try:
        uri = urlsplit(str(body["barcode_uri"]))
    except ValueError:
        play.fail_value("$.barcode_uri", "a URI", "not a URI")
    query = {name: values[0] for name, values in parse_qs(uri.query).items()}
    defaults = {"algorithm": "SHA1", "digits": "6", "period": "30"}  # of the Key URI format
    expected = {"secret": body["secret"], **defaults}
    account = unquote(uri.path).rpartition(":")[2].strip()  # spaces may follow the colon
    if (uri.scheme, uri.netloc, account) != ("otpauth", "totp", user.username):
        play.fail_value("$.barcode_uri", "otpauth://totp/NAME:USER", "another")
    if {name: query.get(name, defaults.get(name)) for name in expected} != expected:
        play.fail_value("$.barcode_uri", "the secret, SHA1, 6 digits, 30 seconds", "others")
    rows = ordered(play, row(play, "otp", active=False), row(play, "recovery-code", active=False))
    play.authenticators(token).rows(*rows)
    confirm(play, user, token, "otp", body, scope="openid profile")
    rows = ordered(play, row(play, "otp", active=True), row(play, "recovery-code", active=True))
    play.authenticators(play.log_in(user)).rows(*rows)


@scenario(
    "otp-login", "A later login needs no challenge: the code alone is enough.", "V1", needs="otp", controls="clock"
)
def otp_login(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid offline_access")
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid offline_access")


@scenario("otp-challenge", "A challenge is possible and says only that it is otp.", "H1", needs="otp", controls="clock")
def otp_challenge(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user, scope="openid")
    identifier = play.find(token, "totp")
    play.challenge(token, identifier, challenge_type="otp").shows({"challenge_type": "otp"})
    play.challenge(token, challenge_type="otp").shows({"challenge_type": "otp"})
    play.wait(60)
    play.verify_otp(token, play.otp(found.secret)).tokens(scope="openid")


@scenario("otp-wrong-code", "A wrong code is refused, activates nothing and leaves the token alive.", "V2", needs="otp")
def otp_wrong_code(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, "otp")
    right = play.otp(body["secret"])
    text = code_text(play, "Invalid otp_code.")
    for wrong in (play.wrong_otp(), "12345", "not-a-code"):
        play.verify_otp(token, wrong).refused(*WRONG, text)
    play.nothing_active(token)
    play.verify_otp(token, right).tokens(scope="openid")


@scenario("otp-missing-code", "Code and token must be there.", "T7", needs="otp")
def otp_missing_code(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    text = "Missing required parameter: {}"
    refused = ("missing_parameter", "400 invalid_request")
    play.verify_otp(token, "").refused(*refused, text.format("otp"))
    play.verify_otp("", "000000").refused(*refused, text.format("mfa_token"))


@scenario(
    "otp-code-once",
    "Whether a code works twice within its time is disputed; by default it does not.",
    "U-4 U-17",
    needs="otp",
    controls="clock",
)
def otp_code_once(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    code = play.otp(found.secret)
    play.verify_otp(play.log_in(found.user, scope="openid"), code).tokens(scope="openid")
    answer = play.verify_otp(play.log_in(found.user, scope="openid"), code)
    if play.profile.totp_replay == "accepted":
        answer.tokens(scope="openid")
    else:
        answer.refused(*WRONG, code_text(play, "Invalid otp_code."))


@scenario(
    "otp-window",
    "Codes of so many steps before and after the current one count, and no others.",
    "U-17",
    needs="otp",
    controls="clock",
)
def otp_window(play: ScenarioContext) -> None:
    window = play.profile.totp_window
    for off in (-window, window):
        found = enrolled(play, "otp")
        play.wait(300)
        token = play.log_in(found.user, scope="openid")
        further = off + (1 if off > 0 or (off == 0 and window == 0) else -1)
        play.verify_otp(token, play.otp(found.secret, further)).refused(*WRONG)
        play.verify_otp(token, play.otp(found.secret, off)).tokens(scope="openid")


@scenario("otp-nothing-enrolled", "Who has no authenticator at all is told to enroll.", "V3", needs="otp")
def otp_nothing_enrolled(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    answer = play.verify_otp(token, "000000")
    answer.refused("not_enrolled", "401 unsupported_challenge_type", _NOT_ENROLLED)


@scenario(
    "otp-only-another-factor",
    "Who has another factor only is told which types there are.",
    "H5 V3",
    needs="otp email",
    controls="outbox",
)
def otp_only_another_factor(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    answer = play.verify_otp(token, "000000")
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type")


@scenario(
    "otp-several-pending",
    "Several secrets may be pending; whether an older one can still be confirmed is disputed.",
    "U-5",
    needs="otp",
)
def otp_several_pending(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    older = associate(play, user, token, "otp")
    newer = associate(
        play,
        user,
        token,
        "otp",
        recovery=play.profile.recovery_code_reissued and "recovery-code" in play.subject.factors,
    )
    if older["secret"] == newer["secret"]:
        play.fail_known("$.secret")
    answer = play.verify_otp(token, play.otp(older["secret"]))
    if play.profile.pending_otp == "newest":
        answer.refused(*WRONG)
        play.verify_otp(token, play.otp(newer["secret"])).tokens(scope="openid")
    else:
        answer.tokens(scope="openid")


@scenario("otp-of-another-user", "Somebody else's app does not help.", "V2", needs="otp", controls="clock")
def otp_of_another_user(play: ScenarioContext) -> None:
    mine, other = enrolled(play, "otp"), enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(mine.user)
    play.verify_otp(token, play.otp(other.secret)).refused(*WRONG)


@scenario(
    "otp-code-with-spaces",
    "Whether a code may be typed with a space is disputed.",
    "U-24",
    needs="otp",
    controls="clock",
)
def otp_code_with_spaces(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    code = play.otp(found.secret)
    answer = play.verify_otp(token, f"{code[:3]} {code[3:]}")
    if play.profile.spaces_in_code:
        answer.tokens(scope="openid")
    else:
        answer.refused(*WRONG)


@scenario(
    "otp-from-form",
    "The reference sends a form, and guides a superfluous bearer with it.",
    "V1",
    needs="otp",
    controls="clock",
)
def otp_from_form(play: ScenarioContext) -> None:
    from pytest_auth0_mfa.contract.tenant import calls

    found = enrolled(play, "otp")
    play.wait(60)
    token = play.log_in(found.user, scope="openid")
    template = calls.otp(play.client, token, play.otp(found.secret))
    template.encoding, template.bearer = "form", token
    play.call(template).tokens(scope="openid")


@scenario(
    "otp-pending-does-not-log-in",
    "Beside an active factor, an app that was never confirmed logs nobody in.",
    "V2 7a",
    needs="otp email",
    controls="outbox",
)
def otp_pending_does_not_log_in(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = play.mfa_access_token(found.user, "enroll")
    body = associate(play, found.user, bearer, "otp", recovery=False)
    answer = play.verify_otp(play.log_in(found.user), play.otp(body["secret"]))
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type")
