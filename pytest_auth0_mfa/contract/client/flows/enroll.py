"""Enrollment of each factor, its refusals, the list and deletion."""

from __future__ import annotations

from pytest_auth0_mfa.contract.client.example import GRANTED, ClientExample, Token
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, HOSTILE_LATER, LATER, PLAIN

from .registry import covered, scenario

MANAGE = "openid enroll read:authenticators remove:authenticators"


def enroll_message(example: ClientExample, factor: str) -> None:
    """Associate, read the message, confirm, see it active."""
    user = example.user()
    token = example.begin(user)
    covered(lambda: example.rows(token))
    oob_code = example.associate(token, factor).body["oob_code"]
    covered(lambda: example.rows(token))
    example.verify_oob(token, oob_code, example.code(user, factor))
    covered(lambda: example.rows(token))


@scenario("email-enroll")
def email_enroll(example: ClientExample) -> None:
    """An email is enrolled and confirmed with the code of the message."""
    enroll_message(example, "email")


@scenario("sms-enroll")
def sms_enroll(example: ClientExample) -> None:
    """A phone is enrolled by SMS."""
    enroll_message(example, "sms")


@scenario("voice-enroll", HOSTILE)
def voice_enroll(example: ClientExample) -> None:
    """A phone is enrolled by a call."""
    enroll_message(example, "voice")


@scenario("otp-enroll")
def otp_enroll(example: ClientExample) -> None:
    """An authenticator app is enrolled: secret and barcode reach the caller, its first code confirms it."""
    token = example.begin(example.user())
    secret = example.associate(token, "otp").body["secret"]
    example.verify_otp(token, example.otp(secret))
    covered(lambda: example.rows(token))


@scenario("push-enroll", polls=False)
def push_enroll(example: ClientExample) -> None:
    """A push device is enrolled: pending until it is approved, then tokens."""
    user = example.user()
    token = example.begin(user)
    oob_code = example.associate(token, "push").body["oob_code"]
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.approve(user)
    example.verify_oob(token, oob_code)


@scenario("enroll-twice", PLAIN)
def enroll_twice(example: ClientExample) -> None:
    """Several factors may be associated before one is confirmed; only the first brings a recovery code."""
    token = example.begin(example.user())
    example.associate(token, "email")
    example.associate(token, "sms")
    example.associate(token, "otp")
    covered(lambda: example.rows(token))


@scenario("enroll-when-enrolled")
def enroll_when_enrolled(example: ClientExample) -> None:
    """An mfa_token does not enroll a second factor: access_denied."""
    token = example.begin(example.user("email"))
    example.associate(token, "otp", expect="access_denied")


@scenario("enroll-bad-phone-number", PLAIN)
def enroll_bad_phone_number(example: ClientExample) -> None:
    """A phone number that is none is Auth0's to judge: invalid_request."""
    token = example.begin(example.user())
    example.associate(token, "sms", phone_number="+1555", expect="invalid_request")


@scenario("enroll-provider-fails", PLAIN)
def enroll_provider_fails(example: ClientExample) -> None:
    """A provider that cannot send is bad_gateway."""
    token = example.begin(example.user())
    example.tenant.outbox.fail_next("email")
    example.remark("let the provider of emails fail once")
    example.associate(token, "email", expect="bad_gateway")


@scenario("enroll-expired-token", LATER)
def enroll_expired_token(example: ClientExample) -> None:
    """A dead mfa_token as bearer is invalid_grant."""
    token = example.begin(example.user())
    example.outlive_mfa_token()
    example.associate(token, "email", expect="invalid_grant")


@scenario("list-everything")
def list_everything(example: ClientExample) -> None:
    """Unconfirmed authenticators and recovery codes are rows like any other."""
    user = example.user("email", "otp", pending=("sms", "push"), email_verified=True)
    example.rows(example.begin(user))


@scenario("list-nothing")
def list_nothing(example: ClientExample) -> None:
    """A user without authenticators has an empty list."""
    example.rows(example.begin(example.user()))


@scenario("list-expired-token", LATER)
def list_expired_token(example: ClientExample) -> None:
    """A dead mfa_token as bearer is invalid_grant."""
    token = example.begin(example.user("email"))
    example.outlive_mfa_token()
    example.rows(token, expect="invalid_grant")


def managing(example: ClientExample, *factors: str) -> Token:
    """An access token for the MFA audience: at once, since only emails are enrolled."""
    user = example.user(*factors)
    return example.token(example.first_factor(user, audience=example.tenant.mfa_audience, scope=MANAGE, expect=GRANTED))


@scenario("delete")
def delete(example: ClientExample) -> None:
    """An authenticator is deleted with an access token for the MFA audience."""
    token = managing(example, "email", "email")
    for entry in list(token.user.entries):
        example.delete(token, entry.id)
    covered(lambda: example.rows(token))


@scenario("delete-refused")
def delete_refused(example: ClientExample) -> None:
    """An mfa_token does not delete: invalid_grant. An unknown id is not_found."""
    user = example.user("email")
    example.delete(example.begin(user), user.entries[0].id, expect="invalid_grant")
    example.delete(managing(example, "email"), "sms|dev_0000000000000000", expect="not_found")


@scenario("enroll-with-access-token", HOSTILE_LATER)
def enroll_with_access_token(example: ClientExample) -> None:
    """A further factor is enrolled with an access token, and confirmed with it as mfa_token."""
    token = managing(example, "email")
    oob_code = example.associate(token, "sms").body["oob_code"]
    example.verify_oob(token, oob_code, example.code(token.user, "sms"))


@scenario("list-of-twelve", PLAIN, HOSTILE)
def list_of_twelve(example: ClientExample) -> None:
    """A user may have twelve authenticators: every row reaches the caller."""
    user = example.user(*("email", "sms", "otp", "push") * 2, pending=("sms", "email", "otp", "push"))
    example.rows(example.begin(user))


@scenario("enroll-each-with-access-token", HOSTILE_LATER, polls=False)
def enroll_each_with_access_token(example: ClientExample) -> None:
    """Each factor is added with an access token for the MFA audience, and confirmed with it as mfa_token."""
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
