"""Stories of the user's own page: limits, which it shares with the MFA API."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    me_create,
)
from pytest_auth0_mfa.contract.tenant.values import Changed, WrongOtp, address_of
from pytest_auth0_mfa.contract.tenant.walk.account_telling import (
    begin,
    enroll_here,
    finish,
    look_here,
    of_account,
    page,
)
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    associate,
    challenge,
    log_in,
    look,
    manager,
    user_of,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.tenant.totp import other_code


@of_account
def codes_counted_here_and_there(walk: Walk) -> None:
    """Nine wrong codes here and more at the MFA grants: one limit is for both. Another user has their own."""
    user, other = user_of(walk), user_of(walk)
    bearer = page(walk, user)
    enroll_here(walk, user, bearer, "email")
    session = begin(walk, user, bearer, "email")
    code = session.about["code"]
    for _ in range(9):
        finish(walk, session, code=Changed(code, other_code))
    token = log_in(walk, user)
    sent = challenge(walk, token)
    if sent is not None and sent.about["code"] is not None:
        wrong = Changed(sent.about["code"], other_code)
        for _ in range(2):
            walk.call(calls.oob(walk.client, token, sent, wrong), user, client=walk.client)
        verify(walk, token, sent)
    finish(walk, session)
    finish(walk, begin(walk, other, page(walk, other), "email"))
    for seconds in (359, 1):
        wait(walk, seconds)
        finish(walk, begin(walk, user, bearer, "email"))
    apps = begin(walk, user, bearer, "otp")
    for _ in range(11):
        finish(walk, apps, code=WrongOtp(tuple(walk.secrets)))
    finish(walk, apps)


@of_account
def right_codes_between_wrong_ones(walk: Walk) -> None:
    """A right code comes before the limit of wrong ones, which then begins anew."""
    user = user_of(walk)
    bearer = page(walk, user)
    for _ in range(2):
        session = begin(walk, user, bearer, "otp")
        for _ in range(9):
            finish(walk, session, code=WrongOtp(tuple(walk.secrets)))
        finish(walk, session)
    look_here(walk, bearer, user)


@of_account
def messages_counted_here_and_there(walk: Walk) -> None:
    """Messages of both APIs up to the limit of a channel, and another when it is allowed again."""
    for factor, most, refill in (("sms", 10, 3600), ("email", 20, 60), ("push", 5, 12)):
        user = user_of(walk)
        bearer = page(walk, user)
        manages = manager(walk, user, bearer.about["app"])
        for number in range(most + 1):
            if number % 3 == 2:
                associate(walk, user, manages, factor)
            else:
                walk.create(me_create(bearer, factor, address_of(user, factor)), user, bearer, factor)
        for seconds in (refill - 1, 1, 1):
            wait(walk, seconds)
            walk.create(me_create(bearer, factor, address_of(user, factor)), user, bearer, factor)
        look_here(walk, bearer, user)


@of_account
def many_methods(walk: Walk) -> None:
    """More methods than are listed, and more than a user may have."""
    user = user_of(walk)
    bearer = page(walk, user)
    for number in range(52):
        walk.create(me_create(bearer, "otp"), user, bearer, "otp")
        if number in (18, 19, 20):
            look_here(walk, bearer, user)
    look_here(walk, bearer, user)
    look(walk, log_in(walk, user), user)
