"""Stories of authenticators: adding, deleting, enrolling again, and challenging them by id."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import SwitchFactors
from pytest_auth0_mfa.contract.tenant.values import Changed, Value
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    ALL,
    MANAGE,
    MESSAGES,
    associate,
    challenge,
    confirm,
    confirm_newest,
    confirm_with_manager,
    enroll,
    log_in,
    look,
    manager,
    story,
    user_of,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk


@story
def two_apps(walk: Walk) -> None:
    """A second app is added, both are deleted one after the other, and another one is enrolled."""
    user, other = user_of(walk), user_of(walk)
    first, of_other = enroll(walk, user, "otp"), enroll(walk, other, "otp")
    bearer = manager(walk, user, first)
    second = confirm(walk, user, bearer, associate(walk, user, bearer, "otp"))
    ids = look(walk, bearer, user)
    for secret in (first, second, of_other):
        wait(walk, 60)
        verify(walk, log_in(walk, user), secret)
    bearer, of_others = manager(walk, user, second), manager(walk, other, of_other)
    for identifier in ids:
        walk.call(calls.delete(of_others, identifier), other)
    look(walk, of_others, other)
    for identifier in ids:
        walk.call(calls.delete(bearer, identifier), user)
        look(walk, bearer, user)
        walk.call(calls.delete(bearer, identifier), user)
        wait(walk, 60)
        token = log_in(walk, user)
        look(walk, token, user)
        challenge(walk, token, identifier, "otp")
        challenge(walk, token, identifier)
        for secret in (first, second):
            verify(walk, token, secret)
    enroll(walk, user, "otp")
    wait(walk, 60)
    token = log_in(walk, user)
    look(walk, token, user)
    for secret in walk.secrets:
        verify(walk, token, secret)
    verify(walk, log_in(walk, other), of_other)
    verify(walk, log_in(walk, user), of_other)


@story
def replaced_factors(walk: Walk) -> None:
    """Each factor is enrolled, deleted and enrolled again. Old codes and ids are tried."""
    for factor in MESSAGES:
        user = user_of(walk)
        enroll(walk, user, factor)
        token = log_in(walk, user)
        old = challenge(walk, token)
        bearer = confirm_with_manager(walk, user, factor)
        ids = look(walk, token, user)
        for identifier in ids:
            walk.call(calls.delete(bearer, identifier), user)
        look(walk, token, user)
        if old is not None:
            verify(walk, token, old)
        fresh = log_in(walk, user)
        for identifier in ids:
            challenge(walk, fresh, identifier)
        associate(walk, user, fresh, factor)
        look(walk, fresh, user)
        confirm_newest(walk, user, fresh)
        last = log_in(walk, user)
        look(walk, last, user)
        again = challenge(walk, last)
        if again is not None and factor != "push":
            verify(walk, last, again)


@story
def all_factors_of_one_user(walk: Walk) -> None:
    """One user has every factor. Each is challenged by its id, and codes are tried for other challenges."""
    user = user_of(walk, verified=True)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in MESSAGES:
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
        look(walk, bearer, user)
    token = log_in(walk, user)
    sent = [challenge(walk, token, identifier) for identifier in look(walk, token, user)]
    waiting = [oob_code for oob_code in sent if oob_code is not None]
    for oob_code in waiting:
        for other in waiting:
            if oob_code is not other and other.about.get("code") is not None:
                template = calls.oob(walk.client, token, oob_code, Changed(other.about["code"], str))
                walk.call(template, user, client=walk.client)
    for oob_code in waiting:
        verify(walk, log_in(walk, user), oob_code)
        verify(walk, token, oob_code)
        verify(walk, token, oob_code)
    for channel in ("sms", "voice", "email", "auth0", "push", ""):
        more: dict[str, Value] = {"challenge_type": "oob", "oob_channel": channel}
        walk.call(calls.challenge(walk.client, token, None, **more), user, token=token, client=walk.client)
    for kind in ("otp", "oob", "otp oob", "oob otp", "recovery-code", "push", ""):
        walk.call(calls.challenge(walk.client, token, None, challenge_type=kind), user, token=token, client=walk.client)


@story
def verified_email(walk: Walk) -> None:
    """A verified email is listed, challenged, deleted and enrolled."""
    user, plain = user_of(walk, verified=True), user_of(walk)
    for person in (user, plain):
        token = log_in(walk, person)
        ids = look(walk, token, person)
        for identifier in ids:
            sent = challenge(walk, token, identifier)
            if sent is not None:
                verify(walk, token, sent)
        bearer = log_in(walk, person, MANAGE, walk.audience)
        for identifier in look(walk, bearer, person):
            walk.call(calls.delete(bearer, identifier), person)
        associate(walk, person, bearer, "email")
        confirm_newest(walk, person, bearer)
        look(walk, bearer, person)
        look(walk, log_in(walk, person), person)


@story
def enrolled_already(walk: Walk) -> None:
    """A user with one factor tries to enroll another with an old or new mfa_token, by various requests."""
    for factor in ("otp", *MESSAGES):
        user = user_of(walk)
        enroll(walk, user, factor)
        bearers = [walk.mfa_tokens[-1], log_in(walk, user)]
        for bearer in bearers:
            for other in ("otp", *MESSAGES):
                associate(walk, user, bearer, other)
            for more in (
                {"authenticator_types": "otp"}, {"authenticator_types": ["otp", "oob"]}, {"client_id": "nobody"},
                {"authenticator_types": ["oob"], "oob_channels": ["sms", "voice"]}, {"phone_number": "1"},
                {"authenticator_types": ["oob"], "oob_channels": ["auth0"]}, {"authenticator_types": ["otp"]},
            ):  # fmt: skip
                walk.call(calls.associate(bearer, factor, None, **more), user, token=bearer)
            look(walk, bearer, user)


@story
def wrong_types_of_authenticators(walk: Walk) -> None:
    """Each authenticator of a user, and the recovery code, is challenged with every challenge type."""
    user = user_of(walk, verified=True)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in MESSAGES:
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
    wait(walk, 7200)
    for identifier in look(walk, log_in(walk, user), user):
        token = log_in(walk, user)
        for kind in ("otp", "oob", "otp oob", "recovery-code", "sms", ""):
            wait(walk, 15)
            challenge(walk, token, identifier, kind)


@story
def factors_that_are_off(walk: Walk) -> None:
    """A factor that is off is associated with an mfa_token and with an access token; so are unknown types."""
    for factor in ("otp", *MESSAGES):
        walk.sides.play(SwitchFactors(ALL - {factor}))
        user = user_of(walk)
        for bearer in (log_in(walk, user), log_in(walk, user, MANAGE, walk.audience)):
            associate(walk, user, bearer, factor)
            look(walk, bearer, user)
        walk.call(calls.get("openid-configuration"), None)
    walk.sides.play(SwitchFactors(ALL))
    user = user_of(walk)
    bearer = log_in(walk, user)
    for strange in ("webauthn-roaming", "webauthn-platform", "duo", "push", "sms", "email", "recovery-code", "OTP", ""):
        more: dict[str, Value] = {"authenticator_types": [strange]}
        walk.call(calls.associate(bearer, "otp", None, **more), user, token=bearer)
