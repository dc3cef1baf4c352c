"""`sign_in`: the whole decision, from the password to the tokens, with a person at the screen."""

from __future__ import annotations

from .bench import World
from .decisions import sign_in
from .flows_push import answers_after
from .person import RECOVERY, Person
from .play import Play
from .scenarios import HOSTILE, HOSTILE_LATER, LATER, PLAIN, scenario


@scenario("sign-in-without-mfa", World(policy="never"))
def sign_in_without_mfa(play: Play) -> None:
    """Without a second factor nothing is asked."""
    sign_in(play, Person(play, play.user()))


@scenario("sign-in-wrong-password", PLAIN)
def sign_in_wrong_password(play: Play) -> None:
    """A user who is blocked is refused with Auth0's error."""
    user = play.user("email")
    user.blocked = True
    play.remark("block the user")
    sign_in(play, Person(play, user), expect="invalid_grant")


@scenario("sign-in-email")
def sign_in_email(play: Play) -> None:
    """Unconfirmed rows and recovery codes are passed over, the code of the message is asked for."""
    user = play.user(pending=("sms", "otp"))
    play.enrolled(user, "email")
    sign_in(play, Person(play, user, "email"))


@scenario("sign-in-otp")
def sign_in_otp(play: Play) -> None:
    """The code of the authenticator app is asked for."""
    sign_in(play, Person(play, play.user("otp"), "otp"))


@scenario("sign-in-choice")
def sign_in_choice(play: Play) -> None:
    """The authenticator that the person chooses is challenged."""
    for factor in ("email", "sms"):
        sign_in(play, Person(play, play.user("email", "sms"), factor))


@scenario("sign-in-recovery-code")
def sign_in_recovery_code(play: Play) -> None:
    """A recovery code is taken instead, and its replacement reaches the caller."""
    sign_in(play, Person(play, play.user("email", "sms"), RECOVERY))


@scenario("sign-in-wrong-code-first", PLAIN)
def sign_in_wrong_code_first(play: Play) -> None:
    """After a wrong code another one is asked for, or the caller learns of it."""
    for factor in ("email", "otp"):
        sign_in(play, Person(play, play.user(factor), factor, wrong_codes=1), expect="invalid_grant")


@scenario("sign-in-expired", LATER, HOSTILE_LATER)
def sign_in_expired(play: Play) -> None:
    """When the session expires while the person looks for the code, the login starts anew."""
    person = Person(play, play.user("email"), "email", before_code=lambda: play.advance(601))
    sign_in(play, person)


@scenario("sign-in-enroll", PLAIN, HOSTILE)
def sign_in_enroll(play: Play) -> None:
    """A user without authenticators enrolls what the person wants, and sees the recovery code."""
    for factor in ("email", "otp", "sms"):
        sign_in(play, Person(play, play.user(), factor))


@scenario("sign-in-enroll-abandoned")
def sign_in_enroll_abandoned(play: Play) -> None:
    """A user with nothing but unconfirmed authenticators enrolls as well."""
    sign_in(play, Person(play, play.user(pending=("email", "otp")), "sms"))


@scenario("sign-in-push", PLAIN, HOSTILE, in_process_only=True)
def sign_in_push(play: Play) -> None:
    """A push request is waited for, without a prompt."""
    user = play.user("push")
    answers_after(play, 2, play.approve, user)
    sign_in(play, Person(play, user, "push"))


@scenario("sign-in-push-rejected", PLAIN, in_process_only=True)
def sign_in_push_rejected(play: Play) -> None:
    """A rejected push request ends in access_denied."""
    user = play.user("push")
    answers_after(play, 1, play.reject, user)
    sign_in(play, Person(play, user, "push"), expect="access_denied")
