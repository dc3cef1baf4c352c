"""What the My Account API refuses at a verification: wrong codes, and sessions that are over or another's.

Entries U-29 and U-30.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_auth0_mfa.contract.tenant.account_calls import (
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.tenant.totp import other_code

from .visiting import (
    INVALID_SESSION,
    Begun,
    begin,
    confirm,
    listed,
    method,
    of_account,
    pending,
    renews_without_mfa,
    token_again,
    verify,
    visitor,
)

WRONG_CODE = ("me_wrong_code", "400 A0E-400-0001")


def _wrong_code(play: ScenarioContext, begun: Begun) -> str:
    """A code that does not verify an enrollment."""
    if begun.factor != "otp":
        return other_code(play.code(begun.user, begun.factor))
    play.otp(begun.secret)
    return play.wrong_otp()


@of_account(
    "me-wrong-code",
    "A wrong code verifies nothing; the right one still does.",
    "U-29",
    needs="email sms otp",
    controls="outbox",
)
def me_wrong_code(play: ScenarioContext) -> None:
    for factor in ("email", "sms", "otp"):
        found = visitor(play)
        user, bearer = found.user, found.bearer
        begun = begin(play, user, bearer, factor)
        verify(play, begun, _wrong_code(play, begun)).refused(*WRONG_CODE)
        listed(play, bearer, *found.rows, *pending(play, user, factor))
        confirm(play, begun)


@of_account(
    "me-code-of-another-method",
    "The code of one enrollment does not verify another.",
    "U-29",
    needs="otp email sms",
    controls="outbox",
)
def me_code_of_another_method(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    email = begin(play, user, bearer, "email")
    code = play.code(user, "email")
    sms = begin(play, user, bearer, "sms")
    other = play.code(user, "sms")
    if code == other:
        return
    verify(play, email, other).refused(*WRONG_CODE)
    verify(play, sms, code).refused(*WRONG_CODE)
    verify(play, email, code).method(method(play, user, "email"), 201)
    verify(play, sms, other).method(method(play, user, "sms"), 201)


@of_account(
    "me-codes-limit",
    "After some wrong codes, ten by most profiles, the right one is refused too.",
    "U-29",
    needs="email otp",
    controls="outbox",
)
def me_codes_limit(play: ScenarioContext) -> None:
    for factor in ("email", "otp"):
        found = visitor(play)
        user = found.user
        begun = begin(play, user, found.bearer, factor)
        wrong = _wrong_code(play, begun)
        right = play.otp(begun.secret) if factor == "otp" else play.code(user, factor)
        for _ in range(int(play.profile.wrong_codes.partition("/")[0])):
            verify(play, begun, wrong).refused(*WRONG_CODE)
        verify(play, begun, right).refused("me_too_many_codes", "429 A0E-429-0003")


@of_account(
    "me-code-expires",
    "A code that was sent verifies until it has expired, as in the MFA API.",
    "U-29 N1",
    needs="otp email",
    controls="outbox clock",
)
def me_code_expires(play: ScenarioContext) -> None:
    life = min(play.subject.code_lifetime("email"), play.profile.me_auth_session_lifetime)
    found, another = visitor(play), visitor(play)
    begun = begin(play, found.user, found.bearer, "email")
    code = play.code(found.user, "email")
    play.wait(life - play.edge)
    verify(play, begun, code).method(method(play, found.user, "email"), 201)
    begun = begin(play, another.user, another.bearer, "email")
    code = play.code(another.user, "email")
    play.wait(life + play.edge)
    if verify(play, begun, code).response.status < 400:
        play.fail_value("status", "a refusal: the code has expired", "success", "MFA021")


@of_account(
    "me-push-not-approved",
    "Push is verified when the user has approved it, and never when they have rejected it.",
    "U-29",
    needs="otp push",
    controls="push",
)
def me_push_not_approved(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    refused = ("me_push_not_approved", "400 A0E-400-0001")
    begun = begin(play, user, bearer, "push")
    verify(play, begun, None).refused(*refused)
    confirm(play, begun)
    begun = begin(play, user, bearer, "push")
    play.answer_push(user, approve=False)
    for _ in range(2):
        verify(play, begun, None).refused(*refused)


@of_account(
    "me-session-expires",
    "A session ends to the second.",
    "U-30",
    needs="otp recovery-code",
    controls="clock",
)
def me_session_expires(play: ScenarioContext) -> None:
    found = visitor(play)
    life = float(play.profile.me_auth_session_lifetime)
    for factor in ("otp", "recovery-code") if renews_without_mfa(play) else ():
        begun = begin(play, found.user, token_again(play, found), factor)
        play.wait(life - play.edge)
        confirm(play, replace(begun, bearer=token_again(play, found)))
        begun = begin(play, found.user, token_again(play, found), factor)
        play.wait(life)
        code = play.otp(begun.secret) if factor == "otp" else None
        verify(play, replace(begun, bearer=token_again(play, found)), code).refused(*INVALID_SESSION)


@of_account("me-session-once", "A session verifies once.", "U-30", needs="otp recovery-code")
def me_session_once(play: ScenarioContext) -> None:
    found = visitor(play)
    user, bearer = found.user, found.bearer
    begun = begin(play, user, bearer, "recovery-code")
    confirm(play, begun)
    if play.profile.me_auth_session_once:
        verify(play, begun, None).refused(*INVALID_SESSION)


@of_account(
    "me-session-of-another",
    "A session verifies for its own user, and the method that it was begun for.",
    "U-29",
    needs="otp recovery-code",
)
def me_session_of_another(play: ScenarioContext) -> None:
    found, another = visitor(play), visitor(play)
    user, bearer = found.user, found.bearer
    other, of_other = another.user, another.bearer
    first = listed(play, bearer, *found.rows)[0]
    mine, theirs = begin(play, user, bearer, "otp"), begin(play, other, of_other, "otp")
    code = play.otp(mine.secret)
    play.call(me_verify(of_other, mine.identifier, mine.session, code)).refused(*INVALID_SESSION)
    play.call(me_verify(of_other, theirs.identifier, mine.session, code)).refused(*INVALID_SESSION)
    play.call(me_verify(bearer, first, mine.session, code)).refused(*INVALID_SESSION)
    play.call(me_verify(bearer, mine.identifier, "not-a-session", code)).refused(*INVALID_SESSION)
    play.call(me_verify(bearer, mine.identifier, mine.session + "x", code)).refused(*INVALID_SESSION)
    verify(play, mine, code).method(method(play, user, "otp"), 201)
    confirm(play, theirs)
