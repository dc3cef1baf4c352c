"""The steps on the user's own page that stories and right calls use."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHOD_TYPE,
    SCOPES_OF_ME,
    WITH_CODE,
    me_create,
    me_delete,
    me_list,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import Pair, Totp, UserSymbol, Value, address_of

from .telling import Story, associate, log_in, story, verify
from .walk import Walk

MY_ACCOUNT = "my-account"


def of_account(act: Story) -> Story:
    """Register a story for subjects that have the My Account API."""
    return story(act, MY_ACCOUNT)


def page(walk: Walk, user: UserSymbol, proof: Pair | None = None, scope: str = SCOPES_OF_ME) -> Pair:
    """An access token for the user's own page. ``proof``: the secret of an app, or a recovery code.

    Without one the user enrolls an app during the login. The token knows its secret as ``app``.
    """
    token = log_in(walk, user, scope, walk.account_audience)
    if proof is None:
        proof = associate(walk, user, token, "otp").found["secret"]
    bearer = verify(walk, token, proof).found["access_token"]
    bearer.about["app"] = proof
    return bearer


def empty_page(walk: Walk, user: UserSymbol) -> Pair:
    """A token for the page of a user who has no method any more."""
    bearer = page(walk, user)
    for identifier in look_here(walk, bearer, user):
        walk.call(me_delete(bearer, identifier), user)
    return bearer


def page_by_refresh(walk: Walk, refresh_token: Pair, scope: str) -> Pair:
    """A token for the page with other scopes."""
    audience, user = walk.account_audience, refresh_token.about["user"]
    template = calls.refresh(walk.client, refresh_token, audience=audience, scope=scope)
    return walk.call(template, user, client=walk.client, audience=audience).found["access_token"]


def begin(walk: Walk, user: UserSymbol, bearer: Pair, factor: str, **more: Value) -> Pair:
    """Begin to enroll a factor. Returns the session."""
    address = address_of(user, factor)
    return walk.create(me_create(bearer, factor, address, **more), user, bearer, factor).found["auth_session"]


def code_for(session: Pair) -> Value:
    """The code that verifies an enrollment; None if it needs none."""
    about = session.about
    if METHOD_TYPE[about["factor"]] not in WITH_CODE:
        return None
    code: Value = Totp(about["secret"]) if about["factor"] == "otp" else about["code"]
    return code


def finish(walk: Walk, session: Pair, bearer: Value = None, code: Value = None) -> Played:
    """Verify an enrollment: with its own code and by its own user, unless others are given."""
    about = session.about
    template = me_verify(
        about["token"] if bearer is None else bearer,
        about["identifier"],
        session,
        code_for(session) if code is None else code,
    )
    template.factor = about["factor"]
    return walk.call(template, about["user"])


def enroll_here(walk: Walk, user: UserSymbol, bearer: Pair, factor: str) -> Pair:
    """Enroll a factor on the user's own page. Returns the session."""
    session = begin(walk, user, bearer, factor)
    if factor == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    finish(walk, session)
    return session


def look_here(walk: Walk, bearer: Value, user: UserSymbol | None, kind: str | None = None) -> list[Pair]:
    """List the methods. Returns their ids."""
    return list(walk.call(me_list(bearer, kind), user).rows)
