"""Stories of the user's own page: names, channels, addresses and paths of methods."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.account_calls import (
    WholePath,
    me_create,
    me_delete,
    me_get,
    me_update,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.actions import SwitchFactors
from pytest_auth0_mfa.contract.tenant.values import Changed, address_of
from pytest_auth0_mfa.contract.tenant.walk.account_telling import (
    begin,
    code_for,
    enroll_here,
    finish,
    look_here,
    of_account,
    page,
)
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    ALL,
    challenge,
    log_in,
    look,
    manager,
    user_of,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk


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
        session = walk.create(me_create(bearer, factor, address_of(other, factor)), user, bearer, factor).found[
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
