"""Logins with the first factor, several users at the same time, and `sign_in`."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.decisions import sign_in
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED
from pytest_auth0_mfa.contract.client.person import RECOVERY, PlayedPerson
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, HOSTILE_LATER, LATER, PLAIN, World
from pytest_auth0_mfa.tenant.entities import MfaDemand

from .challenge import answers_after
from .registry import covered, scenario


@scenario(
    "login-without-mfa",
    "Tokens reach the caller at once when no second factor is demanded.",
    World(policy="never"),
    World(policy="never", unknown=True),
)
def login_without_mfa(example: ClientExample) -> None:
    user = example.user()
    example.first_factor(user, expect=GRANTED)


@scenario("login-wrong-password", "A wrong password is Auth0's invalid_grant.")
def login_wrong_password(example: ClientExample) -> None:
    example.log_in(example.user(), password="wrong", expect="invalid_grant")


@scenario(
    "login-scope-and-audience",
    "Scope and audience reach the tenant; ID token and refresh token reach the caller.",
    World(policy="never"),
)
def login_scope_and_audience(example: ClientExample) -> None:
    user = example.user()
    example.log_in(user, scope="openid offline_access", expect=GRANTED)
    example.log_in(user, audience="https://api.example/", scope="openid read:things", expect=GRANTED)


@scenario("mfa-required", "mfa_required at 403 is recognised and its mfa_token handed out and taken back.", PLAIN)
def mfa_required(example: ClientExample) -> None:
    token = example.begin(example.user("email"))
    covered(lambda: example.rows(token))


@scenario(
    "mfa-required-401",
    "mfa_required is recognised at 401 as well.",
    World(profile={"mfa_required": "401 mfa_required"}),
)
def mfa_required_401(example: ClientExample) -> None:
    mfa_required(example)


@scenario(
    "mfa-required-with-requirements",
    "mfa_requirements beside mfa_required changes nothing, whether it says challenge or enroll.",
    World(profile={"mfa_requirements": True}),
    HOSTILE,
)
def mfa_required_with_requirements(example: ClientExample) -> None:
    for user in (example.user("email", "otp"), example.user()):
        token = example.begin(user)
        covered(lambda token=token: example.rows(token))  # type: ignore[misc]


@scenario("two-users", "Two users of one client at once never get each other's tokens.")
def two_users(example: ClientExample) -> None:
    users = [example.user("email"), example.user("email")]
    tokens = [example.begin(user) for user in users]
    for token in tokens:
        covered(lambda token=token: example.rows(token))  # type: ignore[misc]
    oob_codes = [example.challenge(t, t.user.entries[0].id).body["oob_code"] for t in tokens]
    for token, oob_code in zip(tokens, oob_codes, strict=True):
        example.verify_oob(token, oob_code, example.code(token.user, "email"))


@scenario("public-application", "An application without a secret sends none.", World(public=True))
def public_application(example: ClientExample) -> None:
    user = example.user("otp")
    token = example.begin(user)
    covered(lambda: example.challenge(token, user.entries[0].id))
    example.verify_otp(token, example.otp(user.entries[0].secret or ""))


@scenario(
    "login-without-openid", "Without the scope openid there is no ID token, and none is missed.", World(policy="never")
)
def login_without_openid(example: ClientExample) -> None:
    user = example.user()
    example.log_in(user, audience="https://api.example/", scope="read:things", expect=GRANTED)


@scenario(
    "arguments-are-not-kept",
    "What a caller leaves out is left out, whatever an earlier call carried.",
    World(policy="never"),
)
def arguments_are_not_kept(example: ClientExample) -> None:
    user = example.user()
    example.first_factor(user, expect=GRANTED)
    example.first_factor(user, audience="https://api.example/", scope="openid read:things", expect=GRANTED)
    example.first_factor(user, expect=GRANTED)


@scenario(
    "mfa-required-without-token",
    "mfa_required without an mfa_token is mfa_required all the same, and no token is made up for it.",
    PLAIN,
)
def mfa_required_without_token(example: ClientExample) -> None:
    user = example.user("email")
    example.begin(user)
    example.demand(MfaDemand(mfa_token=False))
    example.first_factor(user)


@scenario(
    "two-users-at-once",
    "A call that is made while another user's is under way carries its own user's values, and so does the other.",
    PLAIN,
)
def two_users_at_once(example: ClientExample) -> None:
    example.begin(example.user("email"))  # this shows whether the client is async
    ada, bob = example.user("email"), example.user("email")
    first, second = example.at_once(lambda: example.begin(ada), lambda: example.begin(bob))
    covered(lambda: example.at_once(lambda: example.rows(first), lambda: example.rows(second)))
    if example.caller.is_async:  # a value kept on the client may be another user's by then
        covered(lambda: example.at_once(lambda: example.rows(first), lambda: example.rows(second), early=True))
        first, second = example.at_once(lambda: example.begin(ada), lambda: example.begin(bob), early=True)
    sent = example.at_once(
        lambda: example.challenge(first, ada.entries[0].id), lambda: example.challenge(second, bob.entries[0].id)
    )
    codes = [example.code(user, "email") for user in (ada, bob)]
    example.at_once(
        lambda: example.verify_oob(first, sent[0].body["oob_code"], codes[0]),
        lambda: example.verify_oob(second, sent[1].body["oob_code"], codes[1]),
    )


@scenario(
    "certificate-of-nobody",
    "A server whose certificate comes from an authority that nobody trusts is sent nothing.",
    World(untrusted=True),
    server_only=True,
)
def certificate_of_nobody(example: ClientExample) -> None:
    example.meet_a_stranger(example.user("email"))


@scenario("sign-in-without-mfa", "Without a second factor nothing is asked.", World(policy="never"))
def sign_in_without_mfa(example: ClientExample) -> None:
    sign_in(example, PlayedPerson(example, example.user()))


@scenario("sign-in-wrong-password", "A user who is blocked is refused with Auth0's error.", PLAIN)
def sign_in_wrong_password(example: ClientExample) -> None:
    user = example.user("email")
    user.blocked = True
    example.remark("block the user")
    sign_in(example, PlayedPerson(example, user), expect="invalid_grant")


@scenario("sign-in-email", "Unconfirmed rows and recovery codes are passed over, the code of the message is asked for.")
def sign_in_email(example: ClientExample) -> None:
    user = example.user(pending=("sms", "otp"))
    example.enrolled(user, "email")
    sign_in(example, PlayedPerson(example, user, "email"))


@scenario("sign-in-otp", "The code of the authenticator app is asked for.")
def sign_in_otp(example: ClientExample) -> None:
    sign_in(example, PlayedPerson(example, example.user("otp"), "otp"))


@scenario("sign-in-choice", "The authenticator that the person chooses is challenged.")
def sign_in_choice(example: ClientExample) -> None:
    for factor in ("email", "sms"):
        sign_in(example, PlayedPerson(example, example.user("email", "sms"), factor))


@scenario("sign-in-recovery-code", "A recovery code is taken instead, and its replacement reaches the caller.")
def sign_in_recovery_code(example: ClientExample) -> None:
    sign_in(example, PlayedPerson(example, example.user("email", "sms"), RECOVERY))


@scenario("sign-in-wrong-code-first", "After a wrong code another one is asked for, or the caller learns of it.", PLAIN)
def sign_in_wrong_code_first(example: ClientExample) -> None:
    for factor in ("email", "otp"):
        sign_in(example, PlayedPerson(example, example.user(factor), factor, wrong_codes=1), expect="invalid_grant")


@scenario(
    "sign-in-expired",
    "When the session expires while the person looks for the code, the login starts anew.",
    LATER,
    HOSTILE_LATER,
)
def sign_in_expired(example: ClientExample) -> None:
    person = PlayedPerson(example, example.user("email"), "email", before_code=example.outlive_mfa_token)
    sign_in(example, person)


@scenario(
    "sign-in-enroll",
    "A user without authenticators enrolls what the person wants, and sees the recovery code.",
    PLAIN,
    HOSTILE,
)
def sign_in_enroll(example: ClientExample) -> None:
    for factor in ("email", "otp", "sms"):
        sign_in(example, PlayedPerson(example, example.user(), factor))


@scenario("sign-in-enroll-abandoned", "A user with nothing but unconfirmed authenticators enrolls as well.")
def sign_in_enroll_abandoned(example: ClientExample) -> None:
    sign_in(example, PlayedPerson(example, example.user(pending=("email", "otp")), "sms"))


@scenario("sign-in-push", "A push request is waited for, without a prompt.", PLAIN, HOSTILE, in_process_only=True)
def sign_in_push(example: ClientExample) -> None:
    user = example.user("push")
    answers_after(example, 2, example.approve, user)
    sign_in(example, PlayedPerson(example, user, "push"))


@scenario("sign-in-push-rejected", "A rejected push request ends in access_denied.", PLAIN, in_process_only=True)
def sign_in_push_rejected(example: ClientExample) -> None:
    user = example.user("push")
    answers_after(example, 1, example.reject, user)
    sign_in(example, PlayedPerson(example, user, "push"), expect="access_denied")


@scenario(
    "sign-in-two-emails",
    "Of two emails the one that the person chose is challenged: the channel alone does not tell them apart.",
    PLAIN,
    HOSTILE,
)
def sign_in_two_emails(example: ClientExample) -> None:
    for newest in (False, True):
        user = example.user("email")
        user.enroll("email", email="second@example.com")
        person = PlayedPerson(example, user, "email", newest=newest)
        sign_in(example, person)


@scenario("sign-in-voice", "A call is answered with the code that it said.", HOSTILE)
def sign_in_voice(example: ClientExample) -> None:
    sign_in(example, PlayedPerson(example, example.user("voice"), "voice"))


@scenario(
    "sign-in-enroll-push",
    "A device is enrolled: its barcode is shown, and the client waits until the person has confirmed it.",
    PLAIN,
    in_process_only=True,
)
def sign_in_enroll_push(example: ClientExample) -> None:
    user = example.user()
    answers_after(example, 2, example.approve, user)
    sign_in(example, PlayedPerson(example, user, "push"))


@scenario(
    "sign-in-many-wrong-codes",
    "After more wrong codes than a user has, sign_in ends in AuthError, and it does not go on for ever.",
    PLAIN,
    in_process_only=True,
)
def sign_in_many_wrong_codes(example: ClientExample) -> None:
    for factor in ("otp", "email"):
        sign_in(example, PlayedPerson(example, example.user(factor), factor, wrong_codes=13), expect=None)


@scenario(
    "sign-in-without-token", "mfa_required without mfa_token leads nowhere: AuthError, and no stray exception.", PLAIN
)
def sign_in_without_token(example: ClientExample) -> None:
    example.demand(MfaDemand(mfa_token=False))
    sign_in(example, PlayedPerson(example, example.user("email"), "email"), expect=None)


@scenario(
    "sign-in-factor-is-not-enough",
    "A second mfa_required leads to the next factor, or to AuthError, and never to a success.",
    PLAIN,
    HOSTILE,
)
def sign_in_factor_is_not_enough(example: ClientExample) -> None:
    user = example.user("email", "otp")
    example.demand(MfaDemand(), MfaDemand())
    sign_in(example, PlayedPerson(example, user, "email"), expect=None)
