"""Stories of the user's own page: methods are enrolled, there and at the MFA API, and what both make of it."""

from __future__ import annotations

from itertools import product

from pytest_auth0_mfa.contract.tenant.account_calls import (
    me_create,
    me_delete,
    me_factors,
    me_get,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush, SwitchFactors
from pytest_auth0_mfa.contract.tenant.values import Pair, Totp, UserSymbol, address_of
from pytest_auth0_mfa.contract.tenant.walk.account_telling import (
    begin,
    code_for,
    empty_page,
    enroll_here,
    finish,
    look_here,
    of_account,
    page,
)
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    ALL,
    MANAGE,
    associate,
    challenge,
    confirm,
    enroll,
    log_in,
    look,
    manager,
    user_of,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk

HERE = ("otp", "email", "sms", "voice", "push", "recovery-code")


def _log_in_with(walk: Walk, user: UserSymbol, session: Pair) -> None:
    """Log in with what was enrolled, or try to."""
    about = session.about
    token = log_in(walk, user)
    look(walk, token, user)
    if about["factor"] == "otp":
        verify(walk, token, about["secret"])
    elif about["factor"] == "recovery-code":
        verify(walk, token, walk.recovery_codes[-1])
    elif (sent := challenge(walk, token)) is not None:
        if about["factor"] == "push":
            walk.sides.play(AnswerPush(user, approve=True))
        verify(walk, token, sent)


@of_account
def each_method_twice(walk: Walk) -> None:
    """Each method is enrolled, used, deleted and enrolled again. Old ids, sessions and codes are tried."""
    for factor in HERE:
        user = user_of(walk)
        bearer = page(walk, user)
        session = enroll_here(walk, user, bearer, factor)
        for identifier in look_here(walk, bearer, user):
            walk.call(me_get(bearer, identifier), user)
            walk.call(me_get(bearer, identifier, raw=True), user)
        wait(walk, 60)
        _log_in_with(walk, user, session)
        finish(walk, session)
        identifier = session.about["identifier"]
        waiting = begin(walk, user, bearer, factor)
        walk.call(me_delete(bearer, identifier), user)
        look_here(walk, bearer, user)
        for template in (
            me_get(bearer, identifier),
            me_update(bearer, identifier, name="x"),
            me_delete(bearer, identifier),
        ):
            walk.call(template, user)
        finish(walk, session)
        wait(walk, 60)
        _log_in_with(walk, user, session)
        walk.call(me_delete(bearer, waiting.about["identifier"]), user)
        if factor == "push":
            walk.sides.play(AnswerPush(user, approve=True))
        finish(walk, waiting)
        again = enroll_here(walk, user, bearer, factor)
        look_here(walk, bearer, user)
        wait(walk, 60)
        _log_in_with(walk, user, session)
        _log_in_with(walk, user, again)


@of_account
def sessions_of_two_users(walk: Walk) -> None:
    """Two users enroll at once, each two methods. Sessions, codes and ids are tried for one another."""
    user, other = user_of(walk), user_of(walk)
    bearers = page(walk, user), page(walk, other)
    owners = tuple(zip(bearers, (user, other), strict=True))
    sessions = [begin(walk, owner, bearer, factor) for bearer, owner in owners for factor in ("email", "otp")]
    ids = [session.about["identifier"] for session in sessions]
    for session in sessions:
        for bearer in bearers:
            for identifier in ids:
                if bearer is not session.about["token"] or identifier is not session.about["identifier"]:
                    walk.call(me_verify(bearer, identifier, session, code_for(session)), user)
    for session in sessions:
        for one in sessions:
            if one is not session:
                finish(walk, session, code=code_for(one))
    for bearer, owner in owners:
        look_here(walk, bearer, owner)
    for session in reversed(sessions):
        finish(walk, session)
        finish(walk, session)
    for bearer, owner in owners:
        look_here(walk, bearer, owner)
        for identifier in ids:
            walk.call(me_get(bearer, identifier), owner)
    for identifier in ids[2:]:
        walk.call(me_update(bearers[0], identifier, name="Mine"), user)
        walk.call(me_delete(bearers[0], identifier), user)
    look_here(walk, bearers[1], other)
    look(walk, log_in(walk, other), other)


@of_account
def enrollments_of_one_type(walk: Walk) -> None:
    """Two enrollments of one type and one user: path, session and code of the one are tried with those of the other."""
    for factor in ("email", "sms", "otp"):
        user = user_of(walk)
        bearer = page(walk, user)
        begun = [begin(walk, user, bearer, factor) for _ in (1, 2)]
        for at, session, code in product(begun, repeat=3):
            if not at is session is code:
                template = me_verify(bearer, at.about["identifier"], session, code_for(code))
                template.factor = factor
                walk.call(template, user)
        look_here(walk, bearer, user)
        for session in begun:
            finish(walk, session)
            look_here(walk, bearer, user)


@of_account
def edges_of_a_session(walk: Walk) -> None:
    """Each method is verified a second before the end of its session or code, at it, and a second after it."""
    for seconds in (299, 300, 301):
        for factor in ("otp", "email", "sms", "push", "recovery-code"):
            user = user_of(walk)
            bearer = page(walk, user)
            session = begin(walk, user, bearer, factor)
            if factor == "push":
                walk.sides.play(AnswerPush(user, approve=True))
            wait(walk, seconds)
            finish(walk, session)
            look_here(walk, bearer, user)
            log_in(walk, user)


@of_account
def both_apis(walk: Walk) -> None:
    """What one API began the other lists, confirms and deletes."""
    user = user_of(walk)
    bearer = page(walk, user)
    manages = manager(walk, user, bearer.about["app"])
    for factor in ("email", "sms", "push", "otp"):
        associate(walk, user, manages, factor)
        look_here(walk, bearer, user)
        begin(walk, user, bearer, factor)
        look(walk, manages, user)
    for session in walk.sessions:
        if session.about["factor"] == "push":
            walk.sides.play(AnswerPush(user, approve=True))
        finish(walk, session)
        look(walk, manages, user)
    for oob_code in walk.oobs:
        verify(walk, manages, oob_code)
        look_here(walk, bearer, user)
    another = user_of(walk)
    secret = enroll(walk, another, "otp")
    wait(walk, 60)
    of_another = page(walk, another, secret)
    for identifier in look_here(walk, of_another, another):
        walk.call(me_get(of_another, identifier), another)
        walk.call(me_update(of_another, identifier, name="Old phone"), another)
        walk.call(me_delete(bearer, identifier), user)
    look(walk, log_in(walk, another), another)
    for identifier in look(walk, manages, user):
        walk.call(me_get(bearer, identifier), user)
    for identifier in look_here(walk, bearer, user):
        walk.call(me_delete(bearer, identifier), user)
        look(walk, manages, user)
    for identifier in look_here(walk, of_another, another):
        walk.call(me_delete(of_another, identifier), another)
        look_here(walk, of_another, another)
        look(walk, log_in(walk, another), another)


@of_account
def pushes_of_both(walk: Walk) -> None:
    """A push enrollment is verified before the user answers, after a rejection, and after an approval; twice each."""
    for answers in ((), (False,), (True,), (False, True), (True, False)):
        user = user_of(walk)
        bearer = page(walk, user)
        session = begin(walk, user, bearer, "push")
        finish(walk, session)
        for approve in answers:
            walk.sides.play(AnswerPush(user, approve))
            finish(walk, session)
            finish(walk, session)
        look_here(walk, bearer, user)
        token = log_in(walk, user)
        look(walk, token, user)
        sent = challenge(walk, token)
        if sent is not None:
            verify(walk, token, sent)
            walk.sides.play(AnswerPush(user, approve=True))
            wait(walk, 10)
            verify(walk, token, sent)


@of_account
def recovery_codes_of_both(walk: Walk) -> None:
    """Recovery codes of the MFA API and of the page replace each other."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    first = walk.recovery_codes[-1]
    wait(walk, 60)
    bearer = page(walk, user, secret)
    session = begin(walk, user, bearer, "recovery-code")
    second = walk.recovery_codes[-1]
    look_here(walk, bearer, user)
    verify(walk, log_in(walk, user), second)
    finish(walk, session)
    look_here(walk, bearer, user)
    look(walk, log_in(walk, user), user)
    for code in (first, second, walk.recovery_codes[-1]):
        verify(walk, log_in(walk, user), code)
    verify(walk, log_in(walk, user), walk.recovery_codes[-1])
    look_here(walk, bearer, user)
    again = begin(walk, user, bearer, "recovery-code")
    for identifier in look_here(walk, bearer, user, "recovery-code"):
        walk.call(me_update(bearer, identifier, name="Safe"), user)
        walk.call(me_get(bearer, identifier), user)
        walk.call(me_delete(bearer, identifier), user)
    look_here(walk, bearer, user)
    finish(walk, again)
    look_here(walk, bearer, user)
    for code in walk.recovery_codes[-3:]:
        verify(walk, log_in(walk, user), code)


@of_account
def factors_switched_while_enrolling(walk: Walk) -> None:
    """A factor is switched off between the beginning of an enrollment and its end."""
    for factor in ("otp", "email", "sms", "push", "recovery-code"):
        user = user_of(walk)
        bearer = page(walk, user)
        session, second = begin(walk, user, bearer, factor), begin(walk, user, bearer, factor)
        walk.sides.play(SwitchFactors(ALL - {factor}))
        walk.call(me_factors(bearer), user)
        if factor == "push":
            walk.sides.play(AnswerPush(user, approve=True))
        finish(walk, second)
        look_here(walk, bearer, user)
        look_here(walk, bearer, user, "phone")
        walk.create(me_create(bearer, factor, address_of(user, factor)), user, bearer, factor)
        walk.sides.play(SwitchFactors(ALL))
        finish(walk, session)
        look_here(walk, bearer, user)
        walk.call(me_factors(bearer), user)


@of_account
def confirmed_there(walk: Walk) -> None:
    """An app that the page enrolls is the only one: the code that verified it logs nobody in."""
    user = user_of(walk)
    bearer = empty_page(walk, user)
    look(walk, log_in(walk, user, MANAGE, walk.audience), user)
    session = enroll_here(walk, user, bearer, "otp")
    secret = session.about["secret"]
    verify(walk, log_in(walk, user), secret)
    wait(walk, 30)
    verify(walk, log_in(walk, user), secret)
    for off in (-2, -1, 1, 2):
        wait(walk, 300)
        apps = begin(walk, user, bearer, "otp")
        finish(walk, apps, code=Totp(apps.about["secret"], off))
        finish(walk, apps)
    mine = manager(walk, user, secret)
    confirm(walk, user, mine, associate(walk, user, mine, "email"))
    look_here(walk, bearer, user)
