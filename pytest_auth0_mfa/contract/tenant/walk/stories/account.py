"""Stories of the user's own page: enrolling, changing and deleting there, and what both APIs make of it."""

from __future__ import annotations

from itertools import product

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    SCOPES,
    SCOPES_OF_ME,
    WholePath,
    me_create,
    me_delete,
    me_factors,
    me_get,
    me_list,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush, SwitchFactors
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Pair, Totp, UserSymbol, Value, WrongOtp
from pytest_auth0_mfa.contract.tenant.walk.account_telling import (
    begin,
    code_for,
    empty_page,
    enroll_here,
    finish,
    look_here,
    of_account,
    page,
    page_by_refresh,
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
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.tenant.totp import other_code

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
                walk.create(me_create(bearer, factor, _address(user, factor)), user, bearer, factor)
        for seconds in (refill - 1, 1, 1):
            wait(walk, seconds)
            walk.create(me_create(bearer, factor, _address(user, factor)), user, bearer, factor)
        look_here(walk, bearer, user)


def _address(user: UserSymbol, factor: str) -> Value:
    return user if factor == "email" else Of(user, "phone_number") if factor in ("sms", "voice") else None


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
def channels_of_a_phone(walk: Walk) -> None:
    """A phone's channel is changed again and again, and challenged; other methods have none."""
    user = user_of(walk)
    bearer = page(walk, user)
    phone = enroll_here(walk, user, bearer, "voice").about["identifier"]
    for channel in ("sms", "voice", "voice", "sms", "push", "SMS", ""):
        walk.call(me_update(bearer, phone, preferred_authentication_method=channel), user)
        look_here(walk, bearer, user, "phone")
    walk.call(me_update(bearer, phone, preferred_authentication_method="voice", name="Landline"), user)
    token = log_in(walk, user)
    for identifier in look(walk, token, user):
        sent = challenge(walk, token, identifier)
        if sent is not None:
            verify(walk, token, sent)
    for factor in ("email", "otp"):
        other = enroll_here(walk, user, bearer, factor).about["identifier"]
        walk.call(me_update(bearer, other, preferred_authentication_method="sms"), user)
    look_here(walk, bearer, user)
    walk.sides.play(SwitchFactors(ALL - {"voice"}))
    walk.call(me_update(bearer, phone, preferred_authentication_method="voice"), user)
    look_here(walk, bearer, user)


@of_account
def names_survive(walk: Walk) -> None:
    """Methods are renamed: each keeps its own name, through logins and other enrollments."""
    user, other = user_of(walk), user_of(walk)
    bearer, of_other = page(walk, user), page(walk, other)
    sessions = [enroll_here(walk, user, bearer, factor) for factor in ("email", "otp", "sms")]
    enroll_here(walk, other, of_other, "email")
    for number, session in enumerate(sessions):
        walk.call(me_update(bearer, session.about["identifier"], name=f"Method {number}"), user)
        look_here(walk, bearer, user)
    look_here(walk, of_other, other)
    look(walk, log_in(walk, user), user)
    wait(walk, 3600)
    enroll_here(walk, user, bearer, "push")
    for name in ("", " ", "x" * 500, "Ada's \U0001f4f1", "Method 0"):
        walk.call(me_update(bearer, sessions[1].about["identifier"], name=name), user)
        look_here(walk, bearer, user)
    walk.call(me_update(bearer, sessions[1].about["identifier"]), user)
    for kind in (
        "email",
        "totp",
        "phone",
        "push-notification",
        "recovery-code",
        "passkey",
        "password",
        "",
        "sms",
        "TOTP",
    ):
        look_here(walk, bearer, user, kind)
    for session in sessions:
        walk.call(me_get(bearer, session.about["identifier"]), user)


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
        walk.create(me_create(bearer, factor, _address(user, factor)), user, bearer, factor)
        walk.sides.play(SwitchFactors(ALL))
        finish(walk, session)
        look_here(walk, bearer, user)
        walk.call(me_factors(bearer), user)


@of_account
def wrong_tokens_at_the_page(walk: Walk) -> None:
    """Tokens of every kind and age at each call; the page's own token elsewhere."""
    user, other = user_of(walk), user_of(walk)
    bearer = page(walk, user)
    secret = bearer.about["app"]
    identifier = look_here(walk, bearer, user)[0]
    wait(walk, 60)
    granted = verify(walk, log_in(walk, user), secret).found
    bearers = [
        manager(walk, user, secret),
        granted["access_token"],
        granted.get("refresh_token"),
        granted.get("id_token"),
    ]
    wrong: list[Value] = [*bearers, log_in(walk, user), None, "", "not-a-token", secret]
    wrong += [Changed(bearer, lambda text: text + "x"), Changed(bearer, lambda text: text[:-1])]
    for token in wrong:
        for template in _each(token, identifier):
            walk.call(template, user)
    for template in _each(page(walk, other), identifier):
        walk.call(template, other)
    look(walk, bearer, user)
    associate(walk, user, bearer, "email")
    userinfo(walk, user, bearer)
    challenge(walk, bearer)
    begun = begin(walk, user, bearer, "recovery-code")
    wait(walk, 86400 - 62)
    for seconds in (1, 1, 1):
        wait(walk, seconds)
        look_here(walk, bearer, user)
        finish(walk, begun)


def _each(bearer: Value, identifier: Value) -> list[calls.CallTemplate]:
    return [
        me_factors(bearer),
        me_list(bearer),
        me_create(bearer, "otp"),
        me_verify(bearer, identifier, "not-a-session", "000000"),
        me_get(bearer, identifier),
        me_update(bearer, identifier, name="Old phone"),
        me_delete(bearer, identifier),
    ]


@of_account
def scopes_of_the_page(walk: Walk) -> None:
    """Each call with each scope alone, and with all the others."""
    user = user_of(walk)
    bearer = page(walk, user)
    identifier = begin(walk, user, bearer, "otp").about["identifier"]
    wait(walk, 60)
    granted = verify(walk, log_in(walk, user), bearer.about["app"]).found["refresh_token"]
    scopes = dict.fromkeys(SCOPES.values())
    asked = [*scopes, *(" ".join(other for other in scopes if other != scope) for scope in scopes)]
    for words in (*asked, f"{SCOPES_OF_ME} openid", "openid", "enroll read:authenticators"):
        bearer = page_by_refresh(walk, granted, words)
        for template in _each(bearer, identifier)[:-1]:
            walk.call(template, user)
    bearer = page_by_refresh(walk, granted, "delete:me:authentication_methods")
    walk.call(me_delete(bearer, identifier), user)


@of_account
def tokens_for_the_page(walk: Walk) -> None:
    """Tokens by refresh, by an application, and by a second factor."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    granted = verify(walk, log_in(walk, user), secret).found
    for scope in (SCOPES_OF_ME, "read:me:factors", "openid", ""):
        more: dict[str, Value] = {"audience": walk.account_audience, **({"scope": scope} if scope else {})}
        template = calls.refresh(walk.client, granted["refresh_token"], **more)
        token = walk.call(template, user, client=walk.client, audience=walk.account_audience).found.get("access_token")
        if token is not None:
            look_here(walk, token, user)
            walk.call(me_factors(token), user)
    for client in (walk.client, walk.sides.grantless):
        if client is not None:
            walk.call(calls.client_credentials(client, audience=walk.account_audience), None)
            walk.call(calls.client_credentials(client, audience=walk.account_audience, scope=SCOPES_OF_ME), None)
    wait(walk, 60)
    bearer = page(walk, user, secret)
    look_here(walk, bearer, user)
    misspelt = walk.account_audience.rstrip("/")
    walk.call(calls.password(walk.client, user, Of(user, "password"), audience=misspelt), user, client=walk.client)


@of_account
def addresses_of_methods(walk: Walk) -> None:
    """The paths of Location are used as they came, and ids are written in other ways."""
    user = user_of(walk)
    bearer = page(walk, user)
    for factor in ("otp", "sms"):
        session = begin(walk, user, bearer, factor)
        location = session.about["location"]
        played = walk.call(me_verify(bearer, WholePath(location, "/verify"), session, code_for(session)), user)
        walk.call(me_get(bearer, WholePath(played.found["location"])), user)
        walk.call(me_get(bearer, session.about["identifier"], raw=True), user)
        for change in (str.upper, str.lower, str.swapcase, lambda text: text + "x", lambda text: text[:-1]):
            walk.call(me_get(bearer, Changed(session.about["identifier"], change)), user)
            walk.call(me_delete(bearer, Changed(session.about["identifier"], change)), user)
    look_here(walk, bearer, user)


@of_account
def somebody_elses_address(walk: Walk) -> None:
    """Addresses other than the profile's are enrolled, and such as are none."""
    user, other = user_of(walk, verified=True), user_of(walk)
    bearer = page(walk, user)
    look_here(walk, bearer, user)
    for factor in ("email", "sms"):
        session = walk.create(me_create(bearer, factor, _address(other, factor)), user, bearer, factor).found[
            "auth_session"
        ]
        finish(walk, session)
        look_here(walk, bearer, user)
    enroll_here(walk, user, bearer, "email")
    enroll_here(walk, user, bearer, "email")
    look_here(walk, bearer, user)
    for address in ("ada", "ada@", "a b@example.com", "", "ada@example.com "):
        walk.create(me_create(bearer, "email", address), user, bearer, "email")
    for number in ("5550100", "+1", "", "+1 555 0100", "+0123456789", "+15550100123456789"):
        walk.create(me_create(bearer, "sms", number), user, bearer, "sms")
    look_here(walk, bearer, user)
    for identifier in look(walk, manager(walk, user, bearer.about["app"]), user):
        walk.call(me_delete(bearer, identifier), user)


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
