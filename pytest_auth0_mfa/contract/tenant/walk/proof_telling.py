"""The steps with proofs of possession that stories use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_auth0_mfa.contract.tenant import account_calls, calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.proofs import wrong_ones
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Pair, UserSymbol, Value

from .account_telling import MY_ACCOUNT, begin, code_for, page
from .telling import (
    MANAGE,
    Story,
    associate,
    bound,
    confirm,
    log_in,
    look,
    manager,
    needed,
    proven,
    renew,
    story,
    verify,
    wait,
)
from .walk import Walk

MANAGES: Final = ("list-authenticators", "associate", "delete-authenticator")
"""The operations of the MFA audience."""
BOTH: Final = f"openid offline_access {MANAGE}"
OFFLINE: Final = "offline_access"
"""Without openid, since the signature of an ID token takes as long as two other steps."""


def of_proofs(act: Story) -> Story:
    """Register a story for subjects that bind tokens to keys."""
    return story(act, "dpop")


def is_strict(walk: Walk) -> bool:
    """Whether what no source says is played too: which of two faults is answered, and what a guess depends on."""
    return walk.sides.subject._guesses_bind


def wrong_proofs(walk: Walk, *, at_resource: bool) -> tuple[str, ...]:
    """The names of the proofs that the subject has to refuse."""
    return wrong_ones(at_resource=at_resource, strict=is_strict(walk))


def binds(walk: Walk, client: Client) -> bool:
    """Whether it is certain what a refresh token of an application is bound to: entry B8 is about public ones."""
    return client.client_secret is None or is_strict(walk)


def application(walk: Walk, kind: str) -> Client:
    """The application of this kind. Ends the story if the subject has none."""
    sides = walk.sides
    kinds = {
        "the usual one": walk.client,
        "a public one": sides.public,
        "one that rotates": sides.rotating.get(10),
        "a public one that rotates": sides.rotating_public,
        "one that demands proofs": sides.requiring,
    }
    return needed(kinds[kind])


def granted(
    walk: Walk,
    user: UserSymbol,
    secret: Pair,
    name: str,
    client: Client,
    scope: str = "openid offline_access",
    audience: str = "",
) -> Played:
    """Log in with both factors. The tokens are bound to the key of this name or, without it, to none."""
    if name:
        return bound(walk, user, secret, name, scope, audience, client)
    wait(walk, 60)
    return verify(walk, log_in(walk, user, scope, audience, client), secret, client=client)


def renewed(walk: Walk, user: UserSymbol, token: Pair, name: str, client: Client) -> Played:
    """Renew with a proof by the key of this name or, without it, with none."""
    if not name:
        return renew(walk, token, client)
    return proven(walk, calls.refresh(client, token), user, name, client=client)


def with_email(walk: Walk, user: UserSymbol, secret: Pair) -> Pair:
    """Enroll email as well. Returns its id."""
    bearer = manager(walk, user, secret)
    confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
    return next(one for one in reversed(walk.ids) if one.values[0].startswith("email|"))


def audience_of(walk: Walk, folder: str) -> str:
    """The audience of the MFA API (``mfa``), of the user's own page (``me``), or none."""
    return f"https://{walk.sides.subject.domain}/{folder}/" if folder else ""


def uses(
    walk: Walk, user: UserSymbol, secret: Pair, token: Value, audience: str = "", scope: str = "openid"
) -> Iterator[CallTemplate]:
    """The calls that a token is for, right in all but the proof; where guesses bind, also those that it is not for.

    What they name belongs to the user and waits for them. Otherwise it would be anybody's guess whether a tenant finds
    fault with the proof or with what is named.
    """
    strict, of_mfa, of_page = is_strict(walk), audience == walk.audience, audience == walk.account_audience
    if "openid" in scope or strict:
        yield calls.get("userinfo", token)
    if of_mfa or strict:
        yield calls.authenticators(token)
        yield calls.associate(token, "otp")
        yield calls.delete(token, _authenticator(walk, user, secret) if of_mfa else calls.NOWHERE)
    if of_page or (strict and MY_ACCOUNT in walk.sides.subject.features):
        named: tuple[Value, ...] = ()
        if of_page:
            wait(walk, 60)
            session = begin(walk, user, page(walk, user, secret), "otp")
            named = (session.about["identifier"], session, code_for(session))
        yield from account_calls.me_each(token, *named).values()


def _authenticator(walk: Walk, user: UserSymbol, secret: Pair) -> Pair:
    """The id of an authenticator that the user enrolls."""
    bearer = manager(walk, user, secret)
    confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
    return next(one for one in look(walk, bearer, user) if one.values[0].startswith("email|"))


def use_everywhere(
    walk: Walk, user: UserSymbol, secret: Pair, token: Pair, name: str, audience: str = "", scope: str = "openid"
) -> None:
    """Use a token of the key of this name, or of none, as a Bearer and with a proof of each key; the right way last."""
    for template in uses(walk, user, secret, token, audience, scope):
        for way in sorted(("", "ada", "eve"), key=lambda way: way == name):
            if way:
                proven(walk, template, user, way)
            else:
                walk.call(template, user)
