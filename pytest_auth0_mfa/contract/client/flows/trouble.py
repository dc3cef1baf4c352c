"""Broken answers of every kind to every call, and endless rate limits."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.contract.client.asked import LOGINS
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED, GivenAnswer, Token
from pytest_auth0_mfa.contract.client.own_page import OwnPage, key_of
from pytest_auth0_mfa.contract.client.recording import LIMIT
from pytest_auth0_mfa.contract.client.troubles import REDIRECTS, SILENT, TROUBLES, troubles_of
from pytest_auth0_mfa.contract.client.worlds import PLAIN, World
from pytest_auth0_mfa.tenant.account import id_of

from .enroll import MANAGE
from .registry import covered, scenario

ENDLESS = "429 without end"
Call = Callable[[], GivenAnswer]


def in_trouble(
    example: ClientExample, operations: tuple[str, ...], call: Call, *, renew: Callable[[], object] | None = None
) -> None:
    """Answer a call with each kind of trouble once, and with 429 without end. ``renew`` runs after each of them."""
    marks = len(example.steps.events), len(example.calls)
    for trouble in (*troubles_of(operations[0]), ENDLESS):
        # The troubles before this one are not needed to reproduce it.
        del example.steps.events[marks[0] :], example.calls[marks[1] :]
        spoil(example, operations, *((trouble, 1) if trouble != ENDLESS else ("429", 3 * LIMIT)))
        call()
        example.recording.relent()
        if renew is not None:
            renew()


def spoil(example: ClientExample, operations: tuple[str, ...], trouble: str, times: int = 1) -> None:
    """Answer the next calls of these operations in this way."""
    if trouble in REDIRECTS:
        example.answer_elsewhere()
    often = " again and again" if times > 1 else ""
    example.remark(f"{TROUBLES[trouble].text}{often}, at {' or '.join(operations)}")
    for operation in operations:
        example.recording.spoil(operation, trouble, times)


@scenario("trouble-at-login", "Every broken answer to a login ends in AuthError.", PLAIN)
def trouble_at_login(example: ClientExample) -> None:
    user = example.user("email", mfa=False)
    in_trouble(example, LOGINS, lambda: example.log_in(user))
    example.log_in(user, expect=GRANTED)


@scenario("trouble-at-refresh", "Every broken answer to a refresh ends in AuthError.", PLAIN)
def trouble_at_refresh(example: ClientExample) -> None:
    user = example.user("email", mfa=False)
    in_trouble(example, ("refresh-token",), lambda: example.refresh(user))
    example.refresh(user, expect=GRANTED)


@scenario(
    "trouble-at-start-passwordless",
    "Every broken answer to the start of a passwordless login ends in AuthError.",
    PLAIN,
)
def trouble_at_start_passwordless(example: ClientExample) -> None:
    user = example.user("email")
    in_trouble(example, ("passwordless-start",), lambda: example.start_passwordless(user, "email", expect=None))
    example.start_passwordless(user, "email")


@scenario("trouble-at-log-in-passwordless", "Every broken answer to a passwordless login ends in AuthError.", PLAIN)
def trouble_at_log_in_passwordless(example: ClientExample) -> None:
    user = example.user("email")

    def call() -> GivenAnswer:
        code = example.passwordless_code(user, "email")
        return example.log_in_passwordless(user, "email", code, expect=None)

    in_trouble(example, ("passwordless-otp",), call)


@scenario(
    "trouble-at-revoke", "Every broken answer to a revocation ends in AuthError: the token may be good still.", PLAIN
)
def trouble_at_revoke(example: ClientExample) -> None:
    user = example.user("email")
    token = example.refresh_token(user)
    in_trouble(example, ("revoke",), lambda: example.revoke(user, token, expect=None))
    example.revoke(user, token)


@scenario("trouble-at-list", "Every broken answer to the list ends in AuthError.", PLAIN)
def trouble_at_list(example: ClientExample) -> None:
    token = example.begin(example.user("email"))
    in_trouble(example, ("list-authenticators",), lambda: example.rows(token, expect=None))
    example.rows(token)


@scenario("trouble-at-associate", "Every broken answer to an association ends in AuthError.", PLAIN)
def trouble_at_associate(example: ClientExample) -> None:
    token = example.begin(example.user())
    in_trouble(example, ("associate",), lambda: example.associate(token, "email", expect=None))
    example.associate(token, "otp")


@scenario("trouble-at-challenge", "Every broken answer to a challenge ends in AuthError.", PLAIN)
def trouble_at_challenge(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    in_trouble(example, ("challenge",), lambda: example.challenge(token, user.entries[0].id, expect=None))
    example.challenge(token, user.entries[0].id)


@scenario("trouble-at-verify-otp", "Every broken answer to an otp ends in AuthError.", PLAIN)
def trouble_at_verify_otp(example: ClientExample) -> None:
    user = example.user("otp")
    token, secret = example.begin(user), user.entries[0].secret or ""
    in_trouble(example, ("mfa-otp",), lambda: example.verify_otp(token, example.otp(secret), expect=None))


@scenario("trouble-at-verify-oob", "Every broken answer to a binding code ends in AuthError.", PLAIN)
def trouble_at_verify_oob(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)

    def call() -> GivenAnswer:
        oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
        return example.verify_oob(token, oob_code, example.code(user, "email"), expect=None)

    in_trouble(example, ("mfa-oob",), call)


@scenario("trouble-at-verify-recovery-code", "Every broken answer to a recovery code ends in AuthError.", PLAIN)
def trouble_at_verify_recovery_code(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    in_trouble(
        example,
        ("mfa-recovery-code",),
        lambda: example.verify_recovery_code(token, user.recovery_code or "", expect=None),
        renew=lambda: example.steps.give(user.recovery_code, f"AUTH0_MFA_RECOVERY_CODE_{len(example.calls)}"),
    )


@scenario("trouble-at-delete", "Every broken answer to a deletion ends in AuthError.", PLAIN)
def trouble_at_delete(example: ClientExample) -> None:
    user = example.user(*["email"] * 12)
    token: Token = example.token(
        example.first_factor(user, audience=example.tenant.mfa_audience, scope=MANAGE, expect=GRANTED)
    )
    in_trouble(example, ("delete-authenticator",), lambda: example.delete(token, user.entries[0].id, expect=None))
    example.delete(token, user.entries[0].id)


@scenario("trouble-at-me-factors", "Every broken answer to the list of factors ends in AuthError.", PLAIN)
def trouble_at_me_factors(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    in_trouble(example, ("me-factors",), lambda: page.factors(expect=None))


@scenario("trouble-at-me-list", "Every broken answer to the list of the user's own methods ends in AuthError.", PLAIN)
def trouble_at_me_list(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user("otp"))
    in_trouble(example, ("me-list-methods",), lambda: page.methods(expect=None))
    page.methods()


@scenario("trouble-at-me-create", "Every broken answer to the beginning of an enrollment ends in AuthError.", PLAIN)
def trouble_at_me_create(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    in_trouble(example, ("me-create-method",), lambda: page.create("totp", expect=None))
    page.create("totp")


@scenario("trouble-at-me-verify", "Every broken answer to the end of an enrollment ends in AuthError.", PLAIN)
def trouble_at_me_verify(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())

    def call() -> GivenAnswer:
        made = page.create("totp").body
        code = example.otp(key_of(made))
        return page.verify(made["id"], made["auth_session"], code, expect=None)

    in_trouble(example, ("me-verify-method",), call)


@scenario("trouble-at-me-update", "Every broken answer to the change of a method ends in AuthError.", PLAIN)
def trouble_at_me_update(example: ClientExample) -> None:
    user = example.user("otp")
    page, app = OwnPage.of(example, user), id_of(user.entries[0])
    in_trouble(example, ("me-get-method",), lambda: page.get(app, expect=None))
    in_trouble(example, ("me-update-method",), lambda: page.update(app, name="Old phone", expect=None))
    page.update(app, name="New phone")


@scenario("trouble-at-me-delete", "Every broken answer to the deletion of a method ends in AuthError.", PLAIN)
def trouble_at_me_delete(example: ClientExample) -> None:
    user = example.user(*["email"] * 12)
    page = OwnPage.of(example, user)
    in_trouble(example, ("me-delete-method",), lambda: page.delete(id_of(user.entries[0]), expect=None))
    page.delete(id_of(user.entries[0]))


@scenario(
    "trouble-silence",
    "A tenant that does not answer at all ends in AuthError, once the client's patience is over.",
    World(behind=5 * 3600),
    in_process_only=True,
)
def trouble_silence(example: ClientExample) -> None:
    def silent(operations: tuple[str, ...], call: Call) -> None:
        spoil(example, operations, SILENT)
        covered(call)
        example.recording.relent()

    user = example.user("email", "otp")
    silent(LOGINS, lambda: example.log_in(user))
    silent(("refresh-token",), lambda: example.refresh(user))
    silent(("passwordless-start",), lambda: example.start_passwordless(user, "email", expect=None))
    token = example.begin(user)
    silent(("list-authenticators",), lambda: example.rows(token, expect=None))
    token = example.begin(user)
    silent(("challenge",), lambda: example.challenge(token, user.entries[0].id, expect=None))
    token = example.begin(user)
    silent(("mfa-otp",), lambda: example.verify_otp(token, example.otp(user.entries[-1].secret or ""), expect=None))
    token = example.begin(example.user())
    silent(("associate",), lambda: example.associate(token, "email", expect=None))
    page = OwnPage.of(example, example.user())
    silent(("me-list-methods",), lambda: page.methods(expect=None))
    silent(("me-create-method",), lambda: page.create("totp", expect=None))
