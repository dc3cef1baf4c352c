"""Deletion of authenticators. Entries X1 to X4, U-8."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext, names
from pytest_auth0_mfa.contract.tenant.subjects import Person

from .registry import MALFORMED, associate, enrolled, scenario

SCOPE = "read:authenticators remove:authenticators enroll"


def _ids(play: ScenarioContext, bearer: str) -> list[str]:
    return [str(row["id"]) for row in play.look(bearer)]


def _one(play: ScenarioContext, bearer: str, kind: str) -> str:
    return play.find(bearer, kind)


def _managing(play: ScenarioContext, user: Person, secret: str = "") -> str:
    """An access token that manages the authenticators of a user. ``secret``: of the user's authenticator app, if
    any."""
    if not secret:
        return play.mfa_access_token(user, SCOPE)
    token = play.log_in(user, audience=play.audience, scope=SCOPE)
    return play.verify_otp(token, play.otp(secret)).tokens(scope=SCOPE, expires_in=600)["access_token"]


@scenario(
    "delete",
    "A deleted authenticator is gone from the list and can be enrolled anew, under another id.",
    "X1",
    needs="email recovery-code otp",
    controls="outbox",
)
def delete(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = _managing(play, found.user)
    identifier = _one(play, bearer, "email")
    play.delete(bearer, identifier).nothing()
    left = names(_ids(play, bearer))
    factors = [] if play.profile.last_deletion_removes_recovery_code else ["recovery-code"]
    if left != factors:
        play.fail_value("$", f"rows of {factors}", f"rows of {left}")
    play.delete(bearer, identifier).refused("delete_unknown", "404 not_found")
    token = play.log_in(found.user, scope="openid")
    recovery = bool(play.profile.last_deletion_removes_recovery_code)
    associate(play, found.user, token, "email", recovery=recovery)
    if _one(play, bearer, "email") == identifier:
        play.fail_known("$[0].id")


@scenario("delete-raw-id", "The bar of an id may stand in the path as it is.", "X1", needs="email", controls="outbox")
def delete_raw_id(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = _managing(play, found.user)
    play.delete(bearer, _one(play, bearer, "email"), raw=True).nothing()


@scenario(
    "delete-twins",
    "push and its totp, sms and voice go together.",
    "X1",
    needs="push sms voice",
    controls="outbox push",
)
def delete_twins(play: ScenarioContext) -> None:
    for factor, kind in (("push", "push"), ("push", "totp"), ("sms", "sms"), ("sms", "voice")):
        user = play.user()
        bearer = play.mfa_access_token(user, SCOPE)
        associate(play, user, bearer, factor)
        play.delete(bearer, _one(play, bearer, kind)).refused("delete_pending", "204")
        left = {"totp", "push", "sms", "voice"} & set(names(_ids(play, bearer)))
        if left and play.profile.delete_pending == "204":
            play.fail_value("$", "neither of the twins", f"rows of {sorted(left)}")


@scenario("delete-active-twins", "Confirmed twins go together too.", "X1", needs="push", controls="push clock")
def delete_active_twins(play: ScenarioContext) -> None:
    user = play.user()
    bearer = play.mfa_access_token(user, SCOPE)
    body = associate(play, user, bearer, "push")
    play.answer_push(user, approve=True)
    play.verify_oob(bearer, body["oob_code"], factor="push").tokens(scope=SCOPE, expires_in=600)
    play.delete(bearer, _one(play, bearer, "totp")).nothing()
    left = {"totp", "push"} & set(names(_ids(play, bearer)))
    if left:
        play.fail_value("$", "neither of the twins", f"rows of {sorted(left)}")


@scenario("delete-with-mfa-token", "An mfa_token deletes nothing.", "X2", needs="email", controls="outbox")
def delete_with_mfa_token(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    bearer = _managing(play, found.user)
    identifier = _one(play, bearer, "email")
    play.delete(token, identifier).refused("invalid_bearer", "401 invalid_grant", MALFORMED)
    if identifier not in _ids(play, bearer):
        play.fail_value("$", "the authenticator", "no such row")


@scenario("delete-unknown", "An id that does not exist.", "X3")
def delete_unknown(play: ScenarioContext) -> None:
    bearer = play.mfa_access_token(play.user(), SCOPE)
    for identifier in ("email|dev_0000000000000000", "not-a-code"):
        play.delete(bearer, identifier).refused("delete_unknown", "404 not_found")


@scenario(
    "delete-of-another-user",
    "Somebody else's authenticator is as unknown as none, and stays.",
    "X3",
    needs="email",
    controls="outbox",
)
def delete_of_another_user(play: ScenarioContext) -> None:
    mine, other = play.user(), enrolled(play, "email")
    theirs = _managing(play, other.user)
    identifier = _one(play, theirs, "email")
    bearer = play.mfa_access_token(mine, SCOPE)
    play.delete(bearer, identifier).refused("delete_unknown", "404 not_found")
    if identifier not in _ids(play, theirs):
        play.fail_value("$", "the authenticator", "no such row")


@scenario("delete-verified-email", "A verified email that nobody enrolled cannot be deleted.", "X4", needs="email")
def delete_verified_email(play: ScenarioContext) -> None:
    user = play.user(email_verified=True)
    bearer = play.mfa_access_token(user, SCOPE)
    identifier = _one(play, bearer, "email")
    play.delete(bearer, identifier).refused("delete_implicit_email", "403 access_denied")
    if identifier not in _ids(play, bearer):
        play.fail_value("$", "the authenticator", "no such row")


@scenario("delete-pending", "Whether one that was never confirmed can be deleted is disputed.", "U-8", needs="otp")
def delete_pending(play: ScenarioContext) -> None:
    user = play.user()
    bearer = play.mfa_access_token(user, SCOPE)
    body = associate(play, user, bearer, "otp")
    play.delete(bearer, _one(play, bearer, "totp")).refused("delete_pending", "204")
    answer = play.verify_otp(bearer, play.otp(body["secret"]))
    if play.profile.delete_pending == "204":
        if answer.response.status < 400:
            play.fail_value("status", "a refusal: the authenticator is deleted", "success", "MFA021")
    else:
        answer.tokens(scope=SCOPE, expires_in=600)


@scenario(
    "delete-recovery-code",
    "Whether the recovery code can be deleted is disputed.",
    "U-8",
    needs="otp recovery-code",
    controls="clock",
)
def delete_recovery_code(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    play.wait(60)
    bearer = _managing(play, found.user, found.secret)
    play.delete(bearer, _one(play, bearer, "recovery-code")).refused("delete_recovery_code", "204")
    answer = play.verify_recovery(play.log_in(found.user, scope="openid"), found.recovery_code)
    if play.profile.delete_recovery_code == "204":
        text = "User does not have a recovery-code."
        answer.refused("no_recovery_code", "403 unsupported_challenge_type", text)
    else:
        answer.tokens(scope="openid", recovery_code=True)


@scenario(
    "delete-takes-open-challenges-along",
    "A code that was sent for a deleted authenticator opens nothing.",
    "X1",
    needs="email otp",
    controls="outbox",
)
def delete_takes_open_challenges_along(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    answer = play.challenge(token, challenge_type="oob")
    answer.shows({"challenge_type": "oob", "binding_method": "prompt"}, "oob_code")
    code = play.code(found.user, "email")
    bearer = _managing(play, found.user)
    play.delete(bearer, _one(play, bearer, "email")).nothing()
    play.verify_oob(token, answer["oob_code"], code).refused("used_oob_code", "403 invalid_grant")
