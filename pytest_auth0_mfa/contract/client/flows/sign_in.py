"""`sign_in`: the whole decision, from the password to the tokens, with a person at the screen."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.decisions import sign_in
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.person import RECOVERY, Person
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, HOSTILE_LATER, LATER, PLAIN, World

from .login import without_mfa_token
from .push import answers_after
from .registry import scenario


@scenario("sign-in-without-mfa", World(policy="never"))
def sign_in_without_mfa(example: ClientExample) -> None:
    """Without a second factor nothing is asked."""
    sign_in(example, Person(example, example.user()))


@scenario("sign-in-wrong-password", PLAIN)
def sign_in_wrong_password(example: ClientExample) -> None:
    """A user who is blocked is refused with Auth0's error."""
    user = example.user("email")
    user.blocked = True
    example.remark("block the user")
    sign_in(example, Person(example, user), expect="invalid_grant")


@scenario("sign-in-email")
def sign_in_email(example: ClientExample) -> None:
    """Unconfirmed rows and recovery codes are passed over, the code of the message is asked for."""
    user = example.user(pending=("sms", "otp"))
    example.enrolled(user, "email")
    sign_in(example, Person(example, user, "email"))


@scenario("sign-in-otp")
def sign_in_otp(example: ClientExample) -> None:
    """The code of the authenticator app is asked for."""
    sign_in(example, Person(example, example.user("otp"), "otp"))


@scenario("sign-in-choice")
def sign_in_choice(example: ClientExample) -> None:
    """The authenticator that the person chooses is challenged."""
    for factor in ("email", "sms"):
        sign_in(example, Person(example, example.user("email", "sms"), factor))


@scenario("sign-in-recovery-code")
def sign_in_recovery_code(example: ClientExample) -> None:
    """A recovery code is taken instead, and its replacement reaches the caller."""
    sign_in(example, Person(example, example.user("email", "sms"), RECOVERY))


@scenario("sign-in-wrong-code-first", PLAIN)
def sign_in_wrong_code_first(example: ClientExample) -> None:
    """After a wrong code another one is asked for, or the caller learns of it."""
    for factor in ("email", "otp"):
        sign_in(example, Person(example, example.user(factor), factor, wrong_codes=1), expect="invalid_grant")


@scenario("sign-in-expired", LATER, HOSTILE_LATER)
def sign_in_expired(example: ClientExample) -> None:
    """When the session expires while the person looks for the code, the login starts anew."""
    person = Person(example, example.user("email"), "email", before_code=example.outlive_mfa_token)
    sign_in(example, person)


@scenario("sign-in-enroll", PLAIN, HOSTILE)
def sign_in_enroll(example: ClientExample) -> None:
    """A user without authenticators enrolls what the person wants, and sees the recovery code."""
    for factor in ("email", "otp", "sms"):
        sign_in(example, Person(example, example.user(), factor))


@scenario("sign-in-enroll-abandoned")
def sign_in_enroll_abandoned(example: ClientExample) -> None:
    """A user with nothing but unconfirmed authenticators enrolls as well."""
    sign_in(example, Person(example, example.user(pending=("email", "otp")), "sms"))


@scenario("sign-in-push", PLAIN, HOSTILE, in_process_only=True)
def sign_in_push(example: ClientExample) -> None:
    """A push request is waited for, without a prompt."""
    user = example.user("push")
    answers_after(example, 2, example.approve, user)
    sign_in(example, Person(example, user, "push"))


@scenario("sign-in-push-rejected", PLAIN, in_process_only=True)
def sign_in_push_rejected(example: ClientExample) -> None:
    """A rejected push request ends in access_denied."""
    user = example.user("push")
    answers_after(example, 1, example.reject, user)
    sign_in(example, Person(example, user, "push"), expect="access_denied")


@scenario("sign-in-two-emails", PLAIN, HOSTILE)
def sign_in_two_emails(example: ClientExample) -> None:
    """Of two emails the one that the person chose is challenged: the channel alone does not tell them apart."""
    for newest in (False, True):
        user = example.user("email")
        user.enroll("email", email="second@example.com")
        person = Person(example, user, "email", newest=newest)
        sign_in(example, person)


@scenario("sign-in-voice", HOSTILE)
def sign_in_voice(example: ClientExample) -> None:
    """A call is answered with the code that it said."""
    sign_in(example, Person(example, example.user("voice"), "voice"))


@scenario("sign-in-enroll-push", PLAIN, in_process_only=True)
def sign_in_enroll_push(example: ClientExample) -> None:
    """A device is enrolled: its barcode is shown, and the client waits until the person has confirmed it."""
    user = example.user()
    answers_after(example, 2, example.approve, user)
    sign_in(example, Person(example, user, "push"))


@scenario("sign-in-many-wrong-codes", PLAIN, in_process_only=True)
def sign_in_many_wrong_codes(example: ClientExample) -> None:
    """After more wrong codes than a user has, sign_in ends in AuthError, and it does not go on for ever."""
    for factor in ("otp", "email"):
        sign_in(example, Person(example, example.user(factor), factor, wrong_codes=13), expect=None)


@scenario("sign-in-without-token", PLAIN)
def sign_in_without_token(example: ClientExample) -> None:
    """mfa_required without mfa_token leads nowhere: AuthError, and no stray exception."""
    example.recording.rewrite = without_mfa_token
    example.remark("an Action picks the factors, so that mfa_required comes without mfa_token")
    sign_in(example, Person(example, example.user("email"), "email"), expect=None)
