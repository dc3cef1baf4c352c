"""Bound tokens at resources: the MFA API and the user's own page are called with a proof for each token, and may demand
nonces too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from pytest_auth0_mfa.contract.client.calling import NotCovered
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED, GivenAnswer, Token
from pytest_auth0_mfa.contract.client.own_page import SCOPES, OwnPage, key_of
from pytest_auth0_mfa.contract.client.recording import LIMIT
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, LATER, PLAIN, World
from pytest_auth0_mfa.tenant.entities import User

from .account import NOBODYS
from .bound import PUBLIC, bound, bound_token, forget_nonces, forgotten_nonces, outlive_nonce
from .enroll import MANAGE
from .registry import covered, scenario
from .trouble import in_trouble, spoil
from .verify import app_of

AT_RESOURCES: Final = World({"dpop_nonce_at_resources": True})


def page_of(example: ClientExample) -> OwnPage:
    """A user's own page, with a bound token."""
    user = example.user("otp")
    return OwnPage(example, bound_token(example, user, example.tenant.me_audience, SCOPES))


@scenario(
    "dpop-mfa-api",
    "A bound token is sent as DPoP, with a proof of its key for each call; an mfa_token as Bearer.",
    PLAIN,
    HOSTILE,
    AT_RESOURCES,
    replace(AT_RESOURCES, unknown=True),
    dpop=True,
)
def mfa_api(example: ClientExample) -> None:
    user = example.user("otp", "email")
    covered(lambda: example.rows(example.begin(user)))
    token = bound_token(example, user, example.tenant.mfa_audience, MANAGE)
    covered(lambda: example.rows(token))
    covered(lambda: example.associate(token, "sms"))
    covered(lambda: example.delete(token, user.entries[1].id))


@scenario(
    "dpop-bound-and-unbound",
    "Tokens of both kinds are used in turn, each with its own scheme.",
    PLAIN,
    AT_RESOURCES,
    dpop=True,
)
def bound_and_unbound(example: ClientExample) -> None:
    user = example.user("email")
    answer = example.first_factor(user, audience=example.tenant.mfa_audience, scope=MANAGE, expect=GRANTED)
    unbound, other = example.token(answer), example.user("otp")
    token = bound_token(example, other, example.tenant.mfa_audience, MANAGE)
    earlier = example.earlier_token(other, MANAGE, example.tenant.mfa_audience)
    for each in (unbound, token, unbound, token, earlier, token):
        covered(partial(example.rows, each))
    covered(lambda: example.delete(unbound, user.entries[0].id))
    covered(lambda: example.delete(token, other.entries[0].id))


@scenario(
    "dpop-bound-and-unbound-at-me",
    "So are the tokens of two users' own pages, and two of one user.",
    PLAIN,
    dpop=True,
)
def bound_and_unbound_at_own_page(example: ClientExample) -> None:
    bound_page = page_of(example)
    pages = OwnPage.of(example, example.user("email")), bound_page, OwnPage.of(example, bound_page.user)
    for page in (*pages, *pages):
        covered(page.factors)
        covered(page.methods)
    for page in pages:
        made = page.create("totp").body
        page.verify(made["id"], made["auth_session"], example.otp(key_of(made)))


@scenario(
    "dpop-two-users-at-once",
    "A proof that is made while another one is being made is for its own call.",
    PLAIN,
    AT_RESOURCES,
    dpop=True,
)
def two_users_at_once(example: ClientExample) -> None:
    ada, bob = example.user("otp"), example.user("otp", "email")
    first, second = (bound_token(example, user, example.tenant.mfa_audience, MANAGE) for user in (ada, bob))
    pages = page_of(example), page_of(example)

    def list_and_delete() -> tuple[Callable[[], GivenAnswer], Callable[[], GivenAnswer]]:
        return (lambda: example.rows(first)), (lambda: example.delete(second, bob.entries[-1].id))

    for early in (False, True) if example.caller.is_async else (False,):
        covered(partial(example.at_once, pages[0].factors, pages[1].methods, early=early))
        covered(partial(example.at_once, *list_and_delete(), early=early))


@scenario(
    "dpop-first-calls-at-once",
    "What is bound to a key is used with it, also if two users log in at once before there is one.",
    PLAIN,
    PUBLIC,
    dpop=True,
)
def first_calls_at_once(example: ClientExample) -> None:
    ada, bob = example.user("otp"), example.user("otp")
    covered(OwnPage.of(example, ada).factors)  # this shows whether the client is async
    early = example.caller.is_async

    def log_in(user: User) -> Token:
        return example.token(example.first_factor(user, audience=example.tenant.mfa_audience, scope=MANAGE))

    def verify(token: Token) -> GivenAnswer:
        return example.verify_otp(token, example.otp(app_of(token.user)))

    first, second = example.at_once(partial(log_in, ada), partial(log_in, bob), early=early)
    made = example.at_once(partial(verify, first), partial(verify, second), early=early)
    for answer in (*made, *made):
        covered(partial(example.rows, example.token(answer)))


@scenario(
    "dpop-revoke",
    "With a refresh token no key goes: the access tokens of this login and of others live on.",
    PLAIN,
    PUBLIC,
    dpop=True,
)
def revoke(example: ClientExample) -> None:
    users = example.user("otp"), example.user("otp")
    scope = f"{MANAGE} offline_access"
    made = [bound(example, user, audience=example.tenant.mfa_audience, scope=scope) for user in users]
    page = page_of(example)
    example.revoke(users[0], made[0].body["refresh_token"])
    for answer in made:
        covered(partial(example.rows, example.token(answer)))
    covered(page.methods)


@scenario("dpop-me", "The user's own page is called with a bound token.", PLAIN, HOSTILE, dpop=True)
def own_page(example: ClientExample) -> None:
    page = page_of(example)
    page.factors()
    made = page.create("email").body
    page.verify(made["id"], made["auth_session"], example.code(page.user, "email"))
    for call in (page.methods, lambda: page.methods("email"), lambda: page.get(made["id"])):
        covered(call)
    covered(lambda: page.update(made["id"], name="Work"))
    covered(lambda: page.delete(made["id"]))


@scenario(
    "dpop-nonce-at-me",
    "The user's own page may demand a nonce of its own: each call is made once more at most.",
    AT_RESOURCES,
    replace(AT_RESOURCES, behind=LATER.behind, nonces=True, unknown=True),
    dpop=True,
)
def nonce_at_own_page(example: ClientExample) -> None:
    page = page_of(example)
    page.methods()
    if example.world.behind:
        outlive_nonce(example)
    made = page.create("totp").body
    wrong = example.wrong(example.otp(key_of(made)))
    page.verify(made["id"], made["auth_session"], wrong, expect="A0E-400-0001")
    page.verify(made["id"], made["auth_session"], example.otp(key_of(made)))
    page.methods()


@scenario(
    "dpop-trouble",
    "Every broken answer to a proof ends in AuthError; what is called again has a proof of its own if it was answered.",
    PLAIN,
    AT_RESOURCES,
    dpop=True,
)
def trouble(example: ClientExample) -> None:
    user = example.user("otp")
    token = bound_token(example, user, example.tenant.mfa_audience, MANAGE)
    in_trouble(example, ("list-authenticators",), lambda: example.rows(token, expect=None))
    example.rows(token)


@scenario(
    "dpop-two-users",
    "Two users' tokens are bound and used side by side, by one key or by two.",
    PLAIN,
    PUBLIC,
    dpop=True,
)
def two_users(example: ClientExample) -> None:
    users = example.user("otp"), example.user("otp")
    tokens = [bound_token(example, user, example.tenant.mfa_audience, MANAGE) for user in users]
    try:
        for token in (*tokens, *tokens):
            example.rows(token)
    except NotCovered:
        for token in tokens:
            example.delete(token, token.user.entries[0].id)


@scenario(
    "dpop-two-tokens",
    "Of two bound tokens of one user each call carries the one that the caller gives, with a proof of its own key.",
    PLAIN,
    PUBLIC,
    dpop=True,
)
def two_tokens(example: ClientExample) -> None:
    user = example.user(*["otp"] * 4)  # each app for one login, since no code is good twice
    codes = [partial(example.otp, entry.secret or "") for entry in user.entries]

    def log_in(audience: str, scope: str) -> Token:
        token = example.token(example.first_factor(user, audience=audience, scope=scope))
        return example.token(example.verify_otp(token, codes.pop()()))

    tokens = [log_in(example.tenant.mfa_audience, MANAGE) for _ in range(2)]
    pages = [OwnPage(example, log_in(example.tenant.me_audience, SCOPES)) for _ in range(2)]
    for token, page in zip((*tokens, tokens[0]), (*pages, pages[0]), strict=True):
        covered(partial(example.rows, token))
        covered(page.methods)


@scenario(
    "dpop-renewed-token",
    "A renewed token has a hash of its own in the proofs that come with it, and the one before is good still.",
    PLAIN,
    PUBLIC,
    dpop=True,
)
def renewed_token(example: ClientExample) -> None:
    user = example.user("otp")
    made = bound(example, user, audience=example.tenant.mfa_audience, scope=MANAGE + " offline_access")
    covered(lambda: example.rows(example.token(made)))
    user.mfa = False
    example.remark("let the user renew without MFA")
    again = example.refresh_with(user, made.body["refresh_token"], expect=GRANTED)
    for answer in (again, made, again):
        covered(partial(example.rows, example.token(answer)))


@scenario(
    "dpop-nonce-missing",
    "A demand for a nonce that comes without one ends in AuthError: there is nothing to put into the proof.",
    PLAIN,
    dpop=True,
)
def nonce_missing(example: ClientExample) -> None:
    user, page = example.user("otp"), page_of(example)
    token = bound_token(example, user, example.tenant.mfa_audience, MANAGE)
    answer = example.first_factor(example.user("otp"))
    for operation, call in (
        ("list-authenticators", lambda: example.rows(token, expect=None)),
        ("me-list-methods", lambda: page.methods(expect=None)),
        ("mfa-otp", lambda: example.verify_otp(example.token(answer), "000000", expect=None)),
    ):
        spoil(example, (operation,), "nonce-missing", LIMIT)
        covered(call)
        example.recording.relent()


@scenario(
    "dpop-nonce-again-and-again-at-resources",
    "So it is if a resource demands it, and the token is good for the next call.",
    AT_RESOURCES,
    dpop=True,
)
def nonce_again_and_again_at_resources(example: ClientExample) -> None:
    user = example.user("email", "otp")
    token = bound_token(example, user, example.tenant.mfa_audience, MANAGE)
    page = page_of(example)
    with forgotten_nonces(example):
        covered(lambda: example.rows(token, expect=None))
        covered(lambda: example.associate(token, "sms", expect=None))
        covered(lambda: example.delete(token, user.entries[0].id, expect=None))
        covered(lambda: page.methods(expect=None))
        covered(lambda: page.create("email", expect=None))
    covered(lambda: example.rows(token))
    covered(page.methods)


@scenario(
    "dpop-nonce-at-each-call",
    "Whatever call is met with a demand for a nonce, it is made again as it was: parameters, body and all.",
    AT_RESOURCES,
    dpop=True,
)
def nonce_at_each_call(example: ClientExample) -> None:
    user = example.user("email", "otp")
    token = bound_token(example, user, example.tenant.mfa_audience, MANAGE)
    page = page_of(example)

    def met(call: Callable[[], GivenAnswer]) -> None:
        forget_nonces(example)
        covered(call)

    met(lambda: example.rows(token))
    met(lambda: example.associate(token, "sms"))
    met(lambda: example.delete(token, user.entries[0].id))
    met(page.factors)
    met(lambda: page.methods("totp"))
    forget_nonces(example)
    made = page.create("phone", channel="sms").body
    forget_nonces(example)
    page.verify(made["id"], made["auth_session"], example.code(page.user, "sms"))
    met(lambda: page.methods("phone"))
    met(lambda: page.get(made["id"]))
    met(lambda: page.update(made["id"], name="Work"))
    met(lambda: page.delete(made["id"]))
    met(page.methods)


@scenario(
    "dpop-refusals",
    "Whatever else is refused, the key is kept: tokens that are bound to it are good still.",
    PLAIN,
    AT_RESOURCES,
    dpop=True,
)
def refusals(example: ClientExample) -> None:
    user, page = example.user("email", "otp"), page_of(example)
    token = bound_token(example, user, example.tenant.mfa_audience, MANAGE)
    wrong = example.wrong(example.otp(app_of(user)))
    for refused in (
        lambda: example.refresh_with(user, "not-a-token", expect="invalid_grant"),
        lambda: example.log_in(user, password="wrong", expect="invalid_grant"),
        lambda: example.verify_otp(example.begin(user), wrong, expect="invalid_grant"),
        lambda: example.delete(token, NOBODYS, expect=None),
        lambda: page.get(NOBODYS, expect="A0E-404-0002"),
    ):
        covered(refused)
        covered(lambda: example.rows(token))
        covered(page.methods)
