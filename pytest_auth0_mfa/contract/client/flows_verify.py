"""Verification: awkward codes, wrong ones, dead tokens, and recovery codes."""

from __future__ import annotations

from .bench import World
from .play import Play, Token
from .scenarios import HOSTILE, HOSTILE_LATER, LATER, PLAIN, scenario


def message_challenge(play: Play, factor: str = "email") -> tuple[Token, str]:
    """A login whose message is on its way: token and oob_code."""
    user = play.user(factor)
    token = play.begin(user)
    return token, play.challenge(token, user.entries[0].id).body["oob_code"]


@scenario("codes-chosen-by-an-adversary", *(World(codes=turn) for turn in range(4)))
def awkward_codes(play: Play) -> None:
    """Leading zeros and codes of one digit arrive as they were typed."""
    token, oob_code = message_challenge(play)
    play.verify_oob(token, oob_code, play.code(token.user, "email"))
    again = play.challenge(token, token.user.entries[0].id).body["oob_code"]
    play.verify_oob(token, again, play.code(token.user, "email"))


@scenario("wrong-code")
def wrong_code(play: Play) -> None:
    """A wrong code is invalid_grant; the token lives on and the right code is accepted."""
    token, oob_code = message_challenge(play)
    right = play.code(token.user, "email")
    play.verify_oob(token, oob_code, play.wrong(right), expect="invalid_grant")
    play.verify_oob(token, oob_code, right)


@scenario("wrong-otp")
def wrong_otp(play: Play) -> None:
    """A wrong otp is invalid_grant; the right one is accepted afterwards."""
    user = play.user("otp")
    token, secret = play.begin(user), user.entries[0].secret or ""
    right = play.otp(secret)
    play.verify_otp(token, play.wrong(right), expect="invalid_grant")
    play.verify_otp(token, play.otp(secret))


@scenario("used-code", PLAIN)
def used_code(play: Play) -> None:
    """A code that was used already is invalid_grant."""
    token, oob_code = message_challenge(play)
    code = play.code(token.user, "email")
    play.verify_oob(token, oob_code, code)
    play.verify_oob(token, oob_code, code, expect="invalid_grant")


@scenario("malformed-oob-code", PLAIN)
def malformed_oob_code(play: Play) -> None:
    """An oob_code that is none is invalid_grant."""
    token = play.begin(play.user("email"))
    play.verify_oob(token, "not-a-code", play.wrong(), expect="invalid_grant")


@scenario("expired-oob-code", LATER)
def expired_oob_code(play: Play) -> None:
    """An expired challenge is expired_token, not a wrong code."""
    token, oob_code = message_challenge(play)
    code = play.code(token.user, "email")
    play.advance(301)
    play.verify_oob(token, oob_code, code, expect="expired_token")


@scenario("expired-mfa-token", LATER, HOSTILE_LATER)
def expired_mfa_token(play: Play) -> None:
    """A dead mfa_token is expired_token in every grant; another login yields another one."""
    user = play.user("otp")
    token, secret = play.begin(user), user.entries[0].secret or ""
    play.advance(601)
    play.verify_otp(token, play.otp(secret), expect="expired_token")
    play.verify_otp(play.begin(user), play.otp(secret))


@scenario("expired-mfa-token-at-403", World(profile={"expired_mfa_token": "403 expired_token"}, behind=1200))
def expired_mfa_token_at_403(play: Play) -> None:
    """The status does not matter: expired_token is recognised by its body."""
    expired_mfa_token(play)


@scenario("too-many-attempts", HOSTILE)
def too_many_attempts(play: Play) -> None:
    """When the attempts are used up, too_many_attempts reaches the caller."""
    user = play.user("otp")
    token = play.begin(user)
    wrong = play.wrong(play.otp(user.entries[0].secret or ""))
    for _ in range(10):
        play.verify_otp(token, wrong, expect="invalid_grant")
    play.verify_otp(token, wrong, expect="too_many_attempts")


@scenario("otp-not-enrolled", PLAIN)
def otp_not_enrolled(play: Play) -> None:
    """A code of a user without authenticators is unsupported_challenge_type."""
    play.verify_otp(play.begin(play.user()), play.wrong(), expect="unsupported_challenge_type")


@scenario("recovery-code-rotates", World(codes=0), World(codes=1), HOSTILE)
def recovery_code_rotates(play: Play) -> None:
    """A recovery code yields tokens and its replacement; the old one is dead, the new one works."""
    user = play.user("email")
    token = play.begin(user)
    old = user.recovery_code or ""
    new = play.verify_recovery_code(token, old).body["recovery_code"]
    play.verify_recovery_code(token, old, expect="invalid_grant")
    play.verify_recovery_code(token, new)


@scenario("recovery-code-wrong")
def recovery_code_wrong(play: Play) -> None:
    """A wrong recovery code is invalid_grant."""
    token = play.begin(play.user("email"))
    play.verify_recovery_code(token, "AAAAAAAAAAAAAAAAAAAAAAAA", expect="invalid_grant")


@scenario("recovery-code-missing", PLAIN)
def recovery_code_missing(play: Play) -> None:
    """A user without a recovery code is told so: unsupported_challenge_type."""
    token = play.begin(play.user())
    play.verify_recovery_code(token, "AAAAAAAAAAAAAAAAAAAAAAAA", expect="unsupported_challenge_type")


@scenario("recovery-code-expired-token", LATER)
def recovery_code_expired_token(play: Play) -> None:
    """A dead mfa_token is told apart from a wrong recovery code."""
    user = play.user("email")
    token = play.begin(user)
    play.advance(601)
    play.verify_recovery_code(token, user.recovery_code or "", expect="expired_token")
