"""The registry of stories, and the steps that most of them use.

A story says what is done, never what is answered. It ends if an answer lacks a value that the next step needs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import Advance, AnswerPush, SwitchFactors
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate, with_proof
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.subjects import Client, lacking
from pytest_auth0_mfa.contract.tenant.values import Of, Pair, Totp, UserSymbol, Value, address_of
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.spec.people import PLAIN, Sort

from .walk import Walk

T = TypeVar("T")

ALL: Final = frozenset(ALL_FACTORS)
Story = Callable[[Walk], None]
STORIES: Final[list[Story]] = []
MESSAGES: Final = ("email", "sms", "voice", "push")
MANAGE: Final = "enroll read:authenticators remove:authenticators"
DAY: Final = 86400


def with_all_factors(act: Story, feature: str = "") -> Story:
    """The story with all factors on. It ends early if a value for the next step is missing.

    It is not told of a subject that lacks a feature of ``feature``.
    """

    def tell(walk: Walk) -> None:
        if lacking(walk.sides.subject, feature):
            return
        if frozenset(walk.sides.subject.factors) != ALL:
            walk.sides.play(SwitchFactors(ALL))
        with suppress(LookupError, CannotGoOn):
            act(walk)
            walk.finished = True

    tell.__name__ = act.__name__
    return tell


def story(act: Story, feature: str = "") -> Story:
    """Register a story. ``feature``: what a subject has to have for it."""
    STORIES.append(with_all_factors(act, feature))
    return act


class CannotGoOn(Exception):  # noqa: N818 - control flow within a story
    """Raised if a story cannot go on."""


def needed(thing: T | None) -> T:
    """What the next step needs. Ends the story if there is none."""
    if thing is None:
        raise CannotGoOn
    return thing


def log_in(
    walk: Walk, user: UserSymbol, scope: str = "openid offline_access", audience: str = "", client: Client | None = None
) -> Pair:
    """Log in. Returns the mfa_token or, if no second factor is demanded, the access token."""
    client = client or walk.client
    more: dict[str, Value] = {"scope": scope} if scope else {}
    if audience:
        more["audience"] = audience
    template = calls.password(client, user, Of(user, "password"), **more)
    played = walk.call(template, user, client=client, audience=audience, scope=scope)
    return played.found.get("mfa_token") or played.found["access_token"]


def wait(walk: Walk, seconds: float) -> None:
    """Let ``seconds`` pass."""
    walk.sides.play(Advance(seconds))


def look(walk: Walk, bearer: Value, user: UserSymbol | None) -> list[Pair]:
    """List the authenticators. Returns their ids."""
    played = walk.call(calls.authenticators(bearer), user)
    return list(played.rows)


def associate(walk: Walk, user: UserSymbol, bearer: Pair, factor: str) -> Played:
    """Associate a factor, without confirming it."""
    template = calls.associate(bearer, factor, address_of(user, factor))
    about = bearer.about
    return walk.call(
        template, user, token=bearer, client=about.get("client"), factor=factor, audience=about.get("audience")
    )


def verify(walk: Walk, token: Pair, thing: Pair, *, client: Client | None = None) -> Played:
    """Verify with a TOTP secret, a recovery code, or an oob_code and its code."""
    client = client or token.about.get("client") or walk.client
    if thing.kind == "secret":
        template = calls.otp(client, token, Totp(thing))
    elif thing.kind == "recovery_code":
        template = calls.recovery(client, token, thing)
    else:
        template = calls.oob(client, token, thing, thing.about.get("code"))
        template.factor = thing.about.get("channel", "")
    user = token.about["user"]
    return walk.call(template, user, client=client, audience=token.about.get("audience"))


def confirm(walk: Walk, user: UserSymbol, token: Pair, played: Played) -> Pair:
    """Confirm an association. Returns its secret or oob_code."""
    thing = played.found.get("secret") or played.found["oob_code"]
    if thing.about.get("channel") == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    verify(walk, token, thing)
    look(walk, token, user)  # to know its id before there is another one of its kind
    return thing


def enroll(walk: Walk, user: UserSymbol, factor: str) -> Pair:
    """Enroll a factor during a login, and confirm it. Returns its secret or oob_code."""
    token = log_in(walk, user)
    return confirm(walk, user, token, associate(walk, user, token, factor))


def challenge(walk: Walk, token: Pair, identifier: Value = None, kind: str = "oob") -> Pair | None:
    """Request a challenge. Returns the oob_code, if there is one."""
    client = token.about.get("client") or walk.client
    more: dict[str, Value] = {"challenge_type": kind}
    played = walk.call(
        calls.challenge(client, token, identifier, **more),
        token.about["user"],
        token=token,
        client=client,
        audience=token.about.get("audience"),
    )
    return played.found.get("oob_code")


def manager(walk: Walk, user: UserSymbol, secret: Pair, scope: str = MANAGE) -> Pair:
    """An access token for the MFA audience, for a user with an authenticator app."""
    wait(walk, 60)
    token = log_in(walk, user, scope, walk.audience)
    return verify(walk, token, secret).found["access_token"]


def user_of(walk: Walk, sort: Sort = PLAIN, *, verified: bool = False) -> UserSymbol:
    """Make a new user."""
    return walk.new_user(verified=verified, sort=sort)


def confirm_newest(walk: Walk, user: UserSymbol, token: Pair) -> None:
    """Confirm the newest association that has an oob_code."""
    thing = walk.oobs[-1]
    if thing.about.get("channel") == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    verify(walk, token, thing)


def confirm_with_manager(walk: Walk, user: UserSymbol, factor: str) -> Pair:
    """An access token for the MFA audience, for a user whose factor sends messages or push requests."""
    token = log_in(walk, user, MANAGE, walk.audience)
    if token.kind == "access_token":
        return token
    oob_code = challenge(walk, token)
    oob_code = needed(oob_code)
    if factor == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    return verify(walk, token, oob_code).found["access_token"]


def start(walk: Walk, user: UserSymbol, connection: str = "email", *, client: Client | None = None) -> Pair | None:
    """Start a passwordless login. Returns the code that was sent, if there is one."""
    address: dict[str, Value] = {"email": user} if connection == "email" else {"phone_number": Of(user, "phone_number")}
    template = calls.passwordless_start(client or walk.client, connection=connection, send="code", **address)
    return walk.call(template, user).code


def passwordless(
    walk: Walk, user: UserSymbol, code: Value, connection: str = "email", *, client: Client | None = None, **more: Value
) -> Played:
    """Log in with the code of a passwordless login."""
    client = client or walk.client
    username: Value = user if connection == "email" else Of(user, "phone_number")
    template = calls.passwordless(client, connection, username, code, **more)
    return walk.call(template, user, client=client, audience=more.get("audience", ""))


def revoke(walk: Walk, token: Value, client: Client | None = None) -> Played:
    """Revoke a refresh token."""
    return walk.call(calls.revoke(client or walk.client, token), None)


def proven(
    walk: Walk,
    template: CallTemplate,
    user: UserSymbol | None,
    name: str = "ada",
    *,
    nonce: Value = None,
    client: Client | None = None,
    audience: str = "",
    **made: Any,
) -> Played:
    """Make a call with a proof by the key of this name, and once more if a nonce is demanded.

    ``made``: what is unusual about the proof.
    """
    about: dict[str, Json] = {"client": client or walk.client, "audience": audience}
    played = walk.call(with_proof(template, ProofTemplate(key(name), nonce, **made)), user, **about)
    demanded = played.found.get("dpop_nonce")
    if demanded is None or played.granted or nonce is not None:
        return played
    return walk.call(with_proof(template, ProofTemplate(key(name), demanded, **made)), user, **about)


def bound(
    walk: Walk,
    user: UserSymbol,
    secret: Pair,
    name: str = "ada",
    scope: str = "openid offline_access",
    audience: str = "",
    client: Client | None = None,
) -> Played:
    """Wait a minute, then log in with both factors and a proof: the access token is bound to the key of this name."""
    wait(walk, 60)
    client = client or walk.client
    token = log_in(walk, user, scope, audience, client)
    return proven(walk, calls.otp(client, token, Totp(secret)), user, name, client=client, audience=audience)


def renew(walk: Walk, token: Pair, client: Client | None = None, **more: Value) -> Played:
    """Renew with a refresh token."""
    client = client or token.about.get("client") or walk.client
    return walk.call(
        calls.refresh(client, token, **more), token.about["user"], client=client, audience=token.about.get("audience")
    )


def userinfo(walk: Walk, user: UserSymbol, token: Value) -> Played:
    """Get the profile of the user of an access token."""
    return walk.call(calls.get("userinfo", token), user)


def authorized(walk: Walk, user: UserSymbol, secret: Pair, scope: str = "openid offline_access") -> Played:
    """Wait a minute, then log in with both factors."""
    wait(walk, 60)
    return verify(walk, log_in(walk, user, scope), secret)
