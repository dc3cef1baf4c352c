"""Verification: awkward and wrong codes, expired tokens, and recovery codes."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import Token
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, HOSTILE_LATER, LATER, PLAIN, World
from pytest_auth0_mfa.tenant.entities import MfaDemand, User

from .registry import scenario


def message_challenge(example: ClientExample, factor: str = "email") -> tuple[Token, str]:
    """Log in and challenge a message factor. Returns token and oob_code."""
    user = example.user(factor)
    token = example.begin(user)
    return token, example.challenge(token, user.entries[0].id).body["oob_code"]


@scenario(
    "codes-chosen-by-an-adversary",
    "Leading zeros and codes of one digit arrive as they were typed.",
    *(World(codes=turn) for turn in range(4)),
)
def awkward_codes(example: ClientExample) -> None:
    token, oob_code = message_challenge(example)
    example.verify_oob(token, oob_code, example.code(token.user, "email"))
    again = example.challenge(token, token.user.entries[0].id).body["oob_code"]
    example.verify_oob(token, again, example.code(token.user, "email"))


@scenario("wrong-code", "A wrong code is invalid_grant; the token lives on and the right code is accepted.")
def wrong_code(example: ClientExample) -> None:
    token, oob_code = message_challenge(example)
    right = example.code(token.user, "email")
    example.verify_oob(token, oob_code, example.wrong(right), expect="invalid_grant")
    example.verify_oob(token, oob_code, right)


@scenario("wrong-otp", "A wrong otp is invalid_grant; the right one is accepted afterwards.")
def wrong_otp(example: ClientExample) -> None:
    user = example.user("otp")
    token, secret = example.begin(user), user.entries[0].secret or ""
    right = example.otp(secret)
    example.verify_otp(token, example.wrong(right), expect="invalid_grant")
    example.verify_otp(token, example.otp(secret))


@scenario("used-code", "A code that was used already is invalid_grant.", PLAIN)
def used_code(example: ClientExample) -> None:
    token, oob_code = message_challenge(example)
    code = example.code(token.user, "email")
    example.verify_oob(token, oob_code, code)
    example.verify_oob(token, oob_code, code, expect="invalid_grant")


@scenario("malformed-oob-code", "An invalid oob_code is refused: invalid_grant.", PLAIN)
def malformed_oob_code(example: ClientExample) -> None:
    token = example.begin(example.user("email"))
    example.verify_oob(token, "not-a-code", example.wrong(), expect="invalid_grant")


@scenario("expired-oob-code", "An expired challenge is expired_token, not a wrong code.", LATER)
def expired_oob_code(example: ClientExample) -> None:
    token, oob_code = message_challenge(example)
    code = example.code(token.user, "email")
    example.outlive_oob_code()
    example.verify_oob(token, oob_code, code, expect="expired_token")


@scenario(
    "expired-mfa-token",
    "A dead mfa_token is expired_token in every grant; another login yields another one.",
    LATER,
    HOSTILE_LATER,
)
def expired_mfa_token(example: ClientExample) -> None:
    user = example.user("otp")
    token, secret = example.begin(user), user.entries[0].secret or ""
    example.outlive_mfa_token()
    example.verify_otp(token, example.otp(secret), expect="expired_token")
    example.verify_otp(example.begin(user), example.otp(secret))


@scenario(
    "expired-mfa-token-at-403",
    "The status does not matter: expired_token is recognised by its body.",
    World(profile={"expired_mfa_token": "403 expired_token"}, behind=1200),
)
def expired_mfa_token_at_403(example: ClientExample) -> None:
    expired_mfa_token(example)


@scenario("too-many-attempts", "When the attempts are used up, too_many_attempts reaches the caller.", PLAIN, HOSTILE)
def too_many_attempts(example: ClientExample) -> None:
    user = example.user("otp")
    token = example.begin(user)
    wrong = example.wrong(example.otp(user.entries[0].secret or ""))
    for _ in range(10):
        example.verify_otp(token, wrong, expect="invalid_grant")
    example.verify_otp(token, wrong, expect="too_many_attempts")


@scenario("otp-not-enrolled", "A code of a user without authenticators is unsupported_challenge_type.", PLAIN)
def otp_not_enrolled(example: ClientExample) -> None:
    example.verify_otp(example.begin(example.user()), example.wrong(), expect="unsupported_challenge_type")


@scenario(
    "recovery-code-rotates",
    "A recovery code yields tokens and its replacement; the old one is dead, the new one works.",
    World(codes=0),
    World(codes=1),
    HOSTILE,
)
def recovery_code_rotates(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    old = user.recovery_code or ""
    new = example.verify_recovery_code(token, old).body["recovery_code"]
    example.verify_recovery_code(token, old, expect="invalid_grant")
    example.verify_recovery_code(token, new)


@scenario("recovery-code-wrong", "A wrong recovery code is invalid_grant.")
def recovery_code_wrong(example: ClientExample) -> None:
    token = example.begin(example.user("email"))
    example.verify_recovery_code(token, "AAAAAAAAAAAAAAAAAAAAAAAA", expect="invalid_grant")


@scenario(
    "recovery-code-missing", "A recovery code of a user who has none is refused: unsupported_challenge_type.", PLAIN
)
def recovery_code_missing(example: ClientExample) -> None:
    token = example.begin(example.user())
    example.verify_recovery_code(token, "AAAAAAAAAAAAAAAAAAAAAAAA", expect="unsupported_challenge_type")


@scenario("recovery-code-expired-token", "A dead mfa_token is told apart from a wrong recovery code.", LATER)
def recovery_code_expired_token(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    example.outlive_mfa_token()
    example.verify_recovery_code(token, user.recovery_code or "", expect="expired_token")


@scenario(
    "codes-of-other-lengths",
    "Codes have as many digits as the tenant is set to, from four to ten.",
    *(World(digits=digits, codes=digits) for digits in (4, 8, 10)),
)
def codes_of_other_lengths(example: ClientExample) -> None:
    for factor in ("email", "sms"):
        token, oob_code = message_challenge(example, factor)
        example.verify_oob(token, oob_code, example.code(token.user, factor))


def app_of(user: User) -> str:
    """The TOTP secret of the user's authenticator app."""
    return next(entry.secret for entry in user.entries if entry.secret is not None)


@scenario(
    "second-factor-is-not-enough",
    "A verified factor may lead to another mfa_required: its token reaches the caller, and the next factor counts.",
    PLAIN,
    HOSTILE,
)
def second_factor_is_not_enough(example: ClientExample) -> None:
    user = example.user("email", "otp")
    example.demand(MfaDemand(), MfaDemand())
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    answer = example.verify_oob(token, oob_code, example.code(user, "email"), expect="mfa_required")
    example.verify_otp(example.token(answer), example.otp(app_of(user)))


@scenario("app-is-not-enough", "The code of an authenticator app may lead to another mfa_required.", PLAIN, HOSTILE)
def app_is_not_enough(example: ClientExample) -> None:
    user = example.user("email", "otp")
    example.demand(MfaDemand(), MfaDemand())
    token = example.begin(user)
    again = example.token(example.verify_otp(token, example.otp(app_of(user)), expect="mfa_required"))
    oob_code = example.challenge(again, user.entries[0].id).body["oob_code"]
    example.verify_oob(again, oob_code, example.code(user, "email"))


@scenario(
    "recovery-code-is-not-enough",
    "A recovery code may lead to another mfa_required; its replacement comes with the tokens in the end.",
    PLAIN,
    HOSTILE,
)
def recovery_code_is_not_enough(example: ClientExample) -> None:
    user = example.user("email", "otp")
    example.demand(MfaDemand(), MfaDemand())
    token = example.begin(user)
    answer = example.verify_recovery_code(token, user.recovery_code or "", expect="mfa_required")
    example.verify_otp(example.token(answer), example.otp(app_of(user)))


@scenario(
    "refresh-demands-two-factors",
    "A refresh may demand one factor after the other, a push among them.",
    PLAIN,
    polls=False,
)
def refresh_demands_two_factors(example: ClientExample) -> None:
    user = example.user("push", "otp")
    example.demand(MfaDemand(), MfaDemand())
    token = example.token(example.refresh(user, expect="mfa_required"))
    push = next(entry for entry in user.entries if entry.factor == "push")
    oob_code = example.challenge(token, push.id).body["oob_code"]
    example.approve(user)
    again = example.token(example.verify_oob(token, oob_code, expect="mfa_required"))
    example.verify_otp(again, example.otp(app_of(user)))
