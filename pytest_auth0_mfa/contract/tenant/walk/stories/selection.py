"""Stories of selection: several authenticators, logins or challenges fit, and the answer shows which was chosen."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.values import CodeOf, Of, Pair, Totp, UserSymbol, Value
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    MANAGE,
    challenge,
    confirm,
    enroll,
    log_in,
    look,
    manager,
    needed,
    renew,
    story,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk


def _several(walk: Walk, user: UserSymbol, bearer: Pair) -> None:
    """Enroll two emails and two phones with different addresses, and two devices."""
    number = Of(user, "phone_number")
    several: tuple[tuple[str, Value], ...] = (
        ("email", user), ("sms", number), ("email", "second-address@example.com"), ("sms", "+15550100987"),
        ("push", None), ("push", None),
    )  # fmt: skip
    for factor, address in several:
        template = calls.associate(bearer, factor, address)
        played = walk.call(template, user, token=bearer, client=walk.client, factor=factor, audience=walk.audience)
        confirm(walk, user, bearer, played)
        wait(walk, 15)


@story
def the_named_authenticator(walk: Walk) -> None:
    """Of two emails, phones and devices, each is challenged by its id, and verified with its own and the other's
    code."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    _several(walk, user, manager(walk, user, secret))
    ids: list[Pair] = []
    for backwards in (False, True):
        wait(walk, 7200)
        token = log_in(walk, user, "openid")
        ids = look(walk, token, user)
        for identifier in reversed(ids) if backwards else ids:
            wait(walk, 15)
            token = log_in(walk, user, "openid")
            sent = challenge(walk, token, identifier)
            if sent is None:
                challenge(walk, token, identifier, "otp")
                continue
            if sent.about.get("channel") == "push":
                walk.sides.play(AnswerPush(user, approve=True))
            verify(walk, token, sent)
    wait(walk, 7200)
    token = log_in(walk, user, "openid")
    for kind in ("email", "sms", "voice", "push", "totp"):
        named = [row_id for row_id in ids if row_id.values[0].startswith(f"{kind}|")]
        first, second = (challenge(walk, token, row_id) for row_id in (named * 2)[:2])
        if first is None or second is None:
            continue
        if kind == "push":
            walk.sides.play(AnswerPush(user, approve=True))
            verify(walk, token, first)
            wait(walk, 15)
        else:
            codes = first.about["code"], second.about["code"]
            for sent, (right, wrong) in ((first, codes), (second, codes[::-1])):
                walk.call(calls.oob(walk.client, token, sent, CodeOf(wrong, right)), user, client=walk.client)
        for sent in (second, first):
            verify(walk, token, sent)


@story
def the_deleted_authenticator(walk: Walk) -> None:
    """Of two authenticators of a kind, one is deleted, then the other; both are challenged after each deletion."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    _several(walk, user, bearer)
    for kind in ("email", "sms", "push"):
        for place in (1, 0):
            wait(walk, 3700)
            bearer = manager(walk, user, secret)
            ids = [row_id for row_id in look(walk, bearer, user) if row_id.values[0].startswith(f"{kind}|")]
            walk.call(calls.delete(bearer, ids[place]), user)
            look(walk, bearer, user)
            token = log_in(walk, user, "openid")
            for identifier in ids:
                sent = challenge(walk, token, identifier)
                if sent is not None and kind == "push":
                    walk.sides.play(AnswerPush(user, approve=True))
                if sent is not None:
                    verify(walk, token, sent)


@story
def logins_apart(walk: Walk) -> None:
    """Several logins of one user at the same time, each with its own scope, audience, application and nonce."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    asked: list[dict[str, Value]] = [
        {"scope": "openid profile", "nonce": "n-one"}, {"scope": "openid email offline_access", "nonce": "n-two"},
        {"scope": MANAGE, "audience": walk.audience}, {"scope": "openid enroll", "audience": walk.audience},
        {"scope": "openid", "audience": "https://api.example/"}, {"scope": "offline_access profile"}, {},
    ]  # fmt: skip
    clients = [walk.client] * len(asked)
    if walk.other is not None:
        clients.append(walk.other)
        asked.append({"scope": "openid offline_access"})
    tokens = []
    for client, more in zip(clients, asked, strict=True):
        template = calls.password(client, user, Of(user, "password"), **more)
        played = walk.call(template, user, client=client, audience=more.get("audience", ""))
        tokens.append(played.found["mfa_token"])
    granted = []
    for token in (*tokens[::2], *tokens[1::2]):
        granted.append(_with_totp(walk, token, secret).found)
    for found in (*granted[::2], *granted[1::2]):
        userinfo(walk, user, found.get("access_token"))
        look(walk, found.get("access_token"), user)
        if "refresh_token" in found:
            renew(walk, found["refresh_token"])
            renew(walk, found["refresh_token"], scope="openid")
    for token in reversed(tokens):
        challenge(walk, token, kind="otp")


def _with_totp(walk: Walk, token: Pair, secret: Pair) -> Played:
    wait(walk, 30)
    client = token.about["client"]
    template = calls.otp(client, token, Totp(secret))
    return walk.call(template, token.about["user"], client=client, audience=token.about.get("audience"))


@story
def challenges_apart(walk: Walk) -> None:
    """Several open challenges are tried with each other's codes and tokens, then answered in another order."""
    for factor in ("email", "sms"):
        user = user_of(walk)
        enroll(walk, user, factor)
        tokens = [log_in(walk, user, scope) for scope in ("openid", "openid email", "openid profile offline_access")]
        sent = [needed(challenge(walk, token)) for token in tokens]
        codes: list[Pair] = [oob_code.about["code"] for oob_code in sent]
        for place, oob_code in enumerate(sent):
            other = codes[place - 1]
            walk.call(
                calls.oob(walk.client, tokens[place], oob_code, CodeOf(other, codes[place])), user, client=walk.client
            )
            walk.call(calls.oob(walk.client, tokens[place - 1], oob_code, codes[place]), user, client=walk.client)
        for place in (1, 2, 0):
            verify(walk, tokens[place], sent[place])
            look(walk, tokens[place], user)
