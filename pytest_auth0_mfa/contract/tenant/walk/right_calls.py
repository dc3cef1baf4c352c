"""A right call of each operation, with the steps that lead to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    me_create,
    me_delete,
    me_factors,
    me_get,
    me_list,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.values import Of, Pair, Totp, UserSymbol, address_of
from pytest_auth0_mfa.spec.operations import OperationId

from .account_telling import MY_ACCOUNT, begin, code_for, enroll_here, page
from .telling import (
    MANAGE,
    authorized,
    challenge,
    enroll,
    log_in,
    look,
    manager,
    needed,
    start,
    user_of,
    verify,
    wait,
)
from .walk import Walk

Fresh = Callable[[], tuple[CallTemplate, UserSymbol]]
"""Makes another right call, and names its user."""
Prepare = Callable[[Walk], Fresh]


@dataclass(frozen=True, slots=True)
class RightCall:
    """A call that a right tenant performs: ``prepare`` takes the steps that lead to it."""

    operation: OperationId
    prepare: Prepare
    sends: bool = False
    """Whether it sends a message or a push request."""
    feature: str = ""
    """What a subject has to have for it: ``my-account`` or ``dpop``."""


def _password(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.password(walk.client, user, Of(user, "password"), scope="openid"), user)


def _realm(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.password_realm(walk.client, user, Of(user, "password"), scope="openid"), user)


def _otp(walk: Walk) -> Fresh:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")

    def fresh() -> tuple[CallTemplate, UserSymbol]:
        wait(walk, 60)
        return calls.otp(walk.client, log_in(walk, user), Totp(secret)), user

    return fresh


def _recovery(walk: Walk) -> Fresh:
    user = user_of(walk)
    enroll(walk, user, "otp")
    return lambda: (calls.recovery(walk.client, log_in(walk, user), walk.recovery_codes[-1]), user)


def _refresh(walk: Walk) -> Fresh:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    token = verify(walk, log_in(walk, user), secret).found["refresh_token"]
    return lambda: (calls.refresh(walk.client, token), user)


def _associate_otp(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.associate(log_in(walk, user), "otp"), user)


def _challenge(walk: Walk) -> Fresh:
    user = user_of(walk)
    enroll(walk, user, "email")
    identifier = look(walk, log_in(walk, user), user)[0]
    return lambda: (calls.challenge(walk.client, log_in(walk, user), identifier, challenge_type="oob"), user)


def _list(walk: Walk) -> Fresh:
    user = user_of(walk)
    enroll(walk, user, "otp")
    return lambda: (calls.authenticators(log_in(walk, user)), user)


def _delete(walk: Walk) -> Fresh:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")

    def fresh() -> tuple[CallTemplate, UserSymbol]:
        bearer = manager(walk, user, secret)
        walk.call(calls.associate(bearer, "otp"), user, token=bearer)
        return calls.delete(bearer, look(walk, bearer, user)[-1]), user

    return fresh


def _userinfo(walk: Walk) -> Fresh:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    token = verify(walk, log_in(walk, user), secret).found["access_token"]
    return lambda: (calls.get("userinfo", token), user)


def _start(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.passwordless_start(walk.client, connection="email", send="code", email=user), user)


def _passwordless(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.passwordless(walk.client, "email", user, needed(start(walk, user)), scope="openid"), user)


def _revoke(walk: Walk) -> Fresh:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    return lambda: (calls.revoke(walk.client, authorized(walk, user, secret).found["refresh_token"]), user)


def _access(walk: Walk) -> Fresh:
    user = user_of(walk)
    audience = walk.audience
    return lambda: (
        calls.password(walk.client, user, Of(user, "password"), audience=audience, scope=MANAGE),
        user,
    )


def _credentials(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.client_credentials(walk.client, audience="https://api.example/", scope="read:things"), user)


def _discovery(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.get("openid-configuration"), user)


def _keys(walk: Walk) -> Fresh:
    user = user_of(walk)
    return lambda: (calls.get("jwks"), user)


def _sent_by(factor: str) -> tuple[RightCall, ...]:
    """An association and a challenge by this factor, and the verification of the latter's code."""

    def associated(walk: Walk) -> Fresh:
        user = user_of(walk)
        return lambda: (calls.associate(log_in(walk, user), factor, address_of(user, factor)), user)

    def challenged(walk: Walk) -> Fresh:
        user = user_of(walk)
        enroll(walk, user, factor)
        return lambda: (calls.challenge(walk.client, log_in(walk, user), challenge_type="oob"), user)

    def verified(walk: Walk) -> Fresh:
        user = user_of(walk)
        enroll(walk, user, factor)

        def fresh() -> tuple[CallTemplate, UserSymbol]:
            token = log_in(walk, user)
            sent = needed(challenge(walk, token))
            if factor == "push":
                walk.sides.play(AnswerPush(user, approve=True))
            return calls.oob(walk.client, token, sent, sent.about.get("code")), user

        return fresh

    return (
        RightCall("associate", associated, sends=True),
        RightCall("challenge", challenged, sends=True),
        RightCall("mfa-oob", verified),
    )


def _confirming(walk: Walk) -> Fresh:
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)

    def fresh() -> tuple[CallTemplate, UserSymbol]:
        played = walk.call(calls.associate(bearer, "otp"), user, token=bearer)
        return calls.otp(walk.client, bearer, Totp(played.found["secret"])), user

    return fresh


def _associate_more(walk: Walk) -> Fresh:
    user = user_of(walk)
    bearer = manager(walk, user, enroll(walk, user, "otp"))
    return lambda: (calls.associate(bearer, "email", user), user)


def _list_as_manager(walk: Walk) -> Fresh:
    user = user_of(walk)
    bearer = manager(walk, user, enroll(walk, user, "otp"))
    return lambda: (calls.authenticators(bearer), user)


def _start_by_sms(walk: Walk) -> Fresh:
    user = user_of(walk)
    number = Of(user, "phone_number")
    return lambda: (calls.passwordless_start(walk.client, connection="sms", phone_number=number), user)


def _passwordless_by_sms(walk: Walk) -> Fresh:
    user = user_of(walk)
    number = Of(user, "phone_number")
    return lambda: (calls.passwordless(walk.client, "sms", number, needed(start(walk, user, "sms"))), user)


def _page_of_two(walk: Walk) -> tuple[UserSymbol, Pair, Pair]:
    """A user with two methods, a token for their page, and the id of the second method."""
    user = user_of(walk)
    bearer = page(walk, user)
    return user, bearer, enroll_here(walk, user, bearer, "email").about["identifier"]


def _me(make: Callable[[Pair, Pair], CallTemplate]) -> Prepare:
    """A call on the page of a user with two methods."""

    def prepare(walk: Walk) -> Fresh:
        user, bearer, identifier = _page_of_two(walk)
        return lambda: (make(bearer, identifier), user)

    return prepare


def _me_delete(walk: Walk) -> Fresh:
    user, bearer, _ = _page_of_two(walk)
    return lambda: (me_delete(bearer, enroll_here(walk, user, bearer, "recovery-code").about["identifier"]), user)


def _me_create(factor: str) -> Prepare:
    def prepare(walk: Walk) -> Fresh:
        user = user_of(walk)
        bearer = page(walk, user)
        return lambda: (me_create(bearer, factor, address_of(user, factor)), user)

    return prepare


def _me_verify(factor: str) -> Prepare:
    def prepare(walk: Walk) -> Fresh:
        user = user_of(walk)
        bearer = page(walk, user)

        def fresh() -> tuple[CallTemplate, UserSymbol]:
            session = begin(walk, user, bearer, factor)
            if factor == "push":
                walk.sides.play(AnswerPush(user, approve=True))
            return me_verify(bearer, session.about["identifier"], session, code_for(session)), user

        return fresh

    return prepare


def _of_account(operation: OperationId, prepare: Prepare, *, sends: bool = False) -> RightCall:
    return RightCall(operation, prepare, sends, MY_ACCOUNT)


_EMAIL, _SMS = _sent_by("email"), _sent_by("sms")
RIGHT_CALLS: Final = (
    RightCall("password", _password),
    RightCall("password-realm", _realm),
    RightCall("password", _access),
    RightCall("mfa-otp", _otp),
    RightCall("mfa-recovery-code", _recovery),
    RightCall("refresh-token", _refresh),
    RightCall("associate", _associate_otp),
    RightCall("challenge", _challenge, sends=True),
    _EMAIL[0],
    _EMAIL[2],
    _SMS[0],
    RightCall("list-authenticators", _list),
    RightCall("delete-authenticator", _delete),
    RightCall("userinfo", _userinfo),
    RightCall("passwordless-start", _start, sends=True),
    RightCall("passwordless-otp", _passwordless),
    RightCall("revoke", _revoke),
    RightCall("client-credentials", _credentials),
    RightCall("openid-configuration", _discovery),
    RightCall("jwks", _keys),
    _of_account("me-factors", _me(lambda bearer, identifier: me_factors(bearer))),
    _of_account("me-list-methods", _me(lambda bearer, identifier: me_list(bearer))),
    _of_account("me-create-method", _me_create("otp")),
    _of_account("me-verify-method", _me_verify("otp")),
    _of_account("me-get-method", _me(me_get)),
    _of_account("me-update-method", _me(lambda bearer, identifier: me_update(bearer, identifier, name="Old phone"))),
    _of_account("me-delete-method", _me_delete),
)
"""Each operation at least once."""
VARIANTS: Final = (
    *_SMS[1:],
    *_sent_by("voice"),
    *_sent_by("push"),
    RightCall("mfa-otp", _confirming),
    RightCall("associate", _associate_more, sends=True),
    RightCall("list-authenticators", _list_as_manager),
    RightCall("passwordless-start", _start_by_sms, sends=True),
    RightCall("passwordless-otp", _passwordless_by_sms),
    *(_of_account("me-create-method", _me_create(factor), sends=True) for factor in ("email", "sms", "push")),
    *(_of_account("me-verify-method", _me_verify(factor)) for factor in ("email", "push", "recovery-code")),
    _of_account("me-list-methods", _me(lambda bearer, identifier: me_list(bearer, "email"))),
)
"""Other right calls of these operations: by another factor, bearer or connection."""
