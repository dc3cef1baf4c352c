"""Enrollment of each factor, its refusals, the list and deletion."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED, Token
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, HOSTILE_LATER, LATER, PLAIN

from .registry import covered, scenario

MANAGE = "openid enroll read:authenticators remove:authenticators"


def enroll_message(example: ClientExample, factor: str) -> None:
    """Associate a factor, confirm it with the code of the message, and list the authenticators in between."""
    user = example.user()
    token = example.begin(user)
    covered(lambda: example.rows(token))
    oob_code = example.associate(token, factor).body["oob_code"]
    covered(lambda: example.rows(token))
    example.verify_oob(token, oob_code, example.code(user, factor))
    covered(lambda: example.rows(token))


@scenario("email-enroll", "An email is enrolled and confirmed with the code of the message.")
def email_enroll(example: ClientExample) -> None:
    enroll_message(example, "email")


@scenario("sms-enroll", "A phone is enrolled by SMS.")
def sms_enroll(example: ClientExample) -> None:
    enroll_message(example, "sms")


@scenario("voice-enroll", "A phone is enrolled by a call.", HOSTILE)
def voice_enroll(example: ClientExample) -> None:
    enroll_message(example, "voice")


@scenario(
    "otp-enroll", "An authenticator app is enrolled: secret and barcode reach the caller, its first code confirms it."
)
def otp_enroll(example: ClientExample) -> None:
    token = example.begin(example.user())
    secret = example.associate(token, "otp").body["secret"]
    example.verify_otp(token, example.otp(secret))
    covered(lambda: example.rows(token))


@scenario("push-enroll", "A push device is enrolled: pending until it is approved, then tokens.", polls=False)
def push_enroll(example: ClientExample) -> None:
    user = example.user()
    token = example.begin(user)
    oob_code = example.associate(token, "push").body["oob_code"]
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.approve(user)
    example.verify_oob(token, oob_code)


@scenario(
    "enroll-twice",
    "Several factors may be associated before one is confirmed; only the first brings a recovery code.",
    PLAIN,
)
def enroll_twice(example: ClientExample) -> None:
    token = example.begin(example.user())
    example.associate(token, "email")
    example.associate(token, "sms")
    example.associate(token, "otp")
    covered(lambda: example.rows(token))


@scenario("enroll-when-enrolled", "An mfa_token does not enroll a second factor: access_denied.")
def enroll_when_enrolled(example: ClientExample) -> None:
    token = example.begin(example.user("email"))
    example.associate(token, "otp", expect="access_denied")


@scenario("enroll-bad-phone-number", "An invalid phone number is sent, and Auth0 refuses it: invalid_request.", PLAIN)
def enroll_bad_phone_number(example: ClientExample) -> None:
    token = example.begin(example.user())
    example.associate(token, "sms", phone_number="+1555", expect="invalid_request")


@scenario("enroll-provider-fails", "An association whose message cannot be sent is refused: bad_gateway.", PLAIN)
def enroll_provider_fails(example: ClientExample) -> None:
    token = example.begin(example.user())
    example.tenant.outbox.fail_next("email")
    example.remark("let the provider of emails fail once")
    example.associate(token, "email", expect="bad_gateway")


@scenario("enroll-expired-token", "A dead mfa_token as bearer is invalid_grant.", LATER)
def enroll_expired_token(example: ClientExample) -> None:
    token = example.begin(example.user())
    example.outlive_mfa_token()
    example.associate(token, "email", expect="invalid_grant")


@scenario("list-everything", "Unconfirmed authenticators and recovery codes are listed too.")
def list_everything(example: ClientExample) -> None:
    user = example.user("email", "otp", pending=("sms", "push"), email_verified=True)
    example.rows(example.begin(user))


@scenario("list-nothing", "A user without authenticators has an empty list.")
def list_nothing(example: ClientExample) -> None:
    example.rows(example.begin(example.user()))


@scenario("list-again", "A list is asked for each time, because authenticators are enrolled and deleted elsewhere too.")
def list_again(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    example.rows(token)
    example.change_elsewhere(user, "otp")
    example.rows(token)
    example.change_elsewhere(user)
    example.rows(token)


@scenario("list-expired-token", "A dead mfa_token as bearer is invalid_grant.", LATER)
def list_expired_token(example: ClientExample) -> None:
    token = example.begin(example.user("email"))
    example.outlive_mfa_token()
    example.rows(token, expect="invalid_grant")


def managing(example: ClientExample, *factors: str) -> Token:
    """An access token for the MFA audience. Only emails are enrolled, so no second factor is needed."""
    user = example.user(*factors)
    return example.token(example.first_factor(user, audience=example.tenant.mfa_audience, scope=MANAGE, expect=GRANTED))


@scenario("delete", "An authenticator is deleted with an access token for the MFA audience.")
def delete(example: ClientExample) -> None:
    token = managing(example, "email", "email")
    for entry in list(token.user.entries):
        example.delete(token, entry.id)
    covered(lambda: example.rows(token))


@scenario("delete-refused", "An mfa_token does not delete: invalid_grant. An unknown id is not_found.")
def delete_refused(example: ClientExample) -> None:
    user = example.user("email")
    example.delete(example.begin(user), user.entries[0].id, expect="invalid_grant")
    example.delete(managing(example, "email"), "sms|dev_0000000000000000", expect="not_found")


@scenario(
    "enroll-with-access-token",
    "A further factor is enrolled with an access token, and confirmed with it as mfa_token.",
    HOSTILE_LATER,
)
def enroll_with_access_token(example: ClientExample) -> None:
    token = managing(example, "email")
    oob_code = example.associate(token, "sms").body["oob_code"]
    example.verify_oob(token, oob_code, example.code(token.user, "sms"))


@scenario("list-of-twelve", "A user may have twelve authenticators: every row reaches the caller.", PLAIN, HOSTILE)
def list_of_twelve(example: ClientExample) -> None:
    user = example.user(*("email", "sms", "otp", "push") * 2, pending=("sms", "email", "otp", "push"))
    example.rows(example.begin(user))


@scenario(
    "enroll-each-with-access-token",
    "Each factor is added with an access token for the MFA audience, and confirmed with it as mfa_token.",
    HOSTILE_LATER,
    polls=False,
)
def enroll_each_with_access_token(example: ClientExample) -> None:
    for factor in ("sms", "voice", "email", "otp", "push"):
        token = managing(example, "email")
        made = example.associate(token, factor).body
        if factor == "otp":
            example.verify_otp(token, example.otp(made["secret"]))
        elif factor == "push":
            example.approve(token.user)
            example.verify_oob(token, made["oob_code"])
        else:
            example.verify_oob(token, made["oob_code"], example.code(token.user, factor))
