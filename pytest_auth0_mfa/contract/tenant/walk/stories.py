"""Long stories, told on both sides: what no short walk gets to by chance.

A story says what is done and never what is answered. A value that an answer should have given and did not ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import Advance, AnswerPush, SwitchFactors
from pytest_auth0_mfa.contract.tenant.people import PLAIN, SORTS, Sort
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Changed, Of, Pair, Totp, User, Value, WrongOtp
from pytest_auth0_mfa.spec.factors import ALL_FACTORS
from pytest_auth0_mfa.tenant.totp import other_code

from .walk import Walk

ALL: Final = frozenset(ALL_FACTORS)
Story = Callable[[Walk], None]
STORIES: Final[list[Story]] = []
MESSAGES: Final = ("email", "sms", "voice", "push")
MANAGE: Final = "enroll read:authenticators remove:authenticators"
_DAY = 86400


def with_all_factors(act: Story) -> Story:
    """The story, told with all factors on; it ends where a profile refuses what the next step needs."""

    def tell(walk: Walk) -> None:
        if frozenset(walk.sides.subject.factors) != ALL:
            walk.sides.play(SwitchFactors(ALL))
        with suppress(LookupError, Untold):
            act(walk)
            walk.told = True

    tell.__name__ = act.__name__
    return tell


def story(act: Story) -> Story:
    """Register a story."""
    STORIES.append(with_all_factors(act))
    return act


class Untold(Exception):  # noqa: N818 - control flow within a story
    """A story cannot go on."""


def due(oob_code: Pair | None) -> Pair:
    """An oob_code that the next step needs."""
    if oob_code is None:
        raise Untold
    return oob_code


# -- what stories consist of -------------------------------------------------------------------------


def log_in(
    walk: Walk, user: User, scope: str = "openid offline_access", audience: str = "", client: Client | None = None
) -> Pair:
    """Log in; the token: an mfa_token where the second factor is demanded."""
    client = client or walk.client
    more: dict[str, Value] = {"scope": scope} if scope else {}
    if audience:
        more["audience"] = audience
    template = calls.password(client, user, Of(user, "password"), **more)
    played = walk.call(template, user, client=client, audience=audience, scope=scope)
    return played.found.get("mfa_token") or played.found["access_token"]


def wait(walk: Walk, seconds: float) -> None:
    """Let time pass."""
    walk.sides.play(Advance(seconds))


def look(walk: Walk, bearer: Value, user: User | None) -> list[Pair]:
    """List the authenticators; their ids."""
    played = walk.call(calls.authenticators(bearer), user)
    return list(played.rows)


def associate(walk: Walk, user: User, bearer: Pair, factor: str) -> Played:
    """Enroll a factor; it waits for its confirmation."""
    address: Value = user if factor == "email" else Of(user, "phone_number") if factor in ("sms", "voice") else None
    template = calls.associate(bearer, factor, address)
    about = bearer.about
    return walk.call(
        template, user, token=bearer, client=about.get("client"), factor=factor, audience=about.get("audience")
    )


def verify(walk: Walk, token: Pair, thing: Pair, *, client: Client | None = None) -> Played:
    """Send the current code of a secret, or the code of a message."""
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


def confirm(walk: Walk, user: User, token: Pair, played: Played) -> Pair:
    """Confirm what was associated; the secret or oob_code."""
    thing = played.found.get("secret") or played.found["oob_code"]
    if thing.about.get("channel") == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    verify(walk, token, thing)
    look(walk, token, user)  # its id is known before there is another one of its kind
    return thing


def enroll(walk: Walk, user: User, factor: str) -> Pair:
    """An active authenticator, enrolled as a login demands it; its secret or oob_code."""
    token = log_in(walk, user)
    return confirm(walk, user, token, associate(walk, user, token, factor))


def challenge(walk: Walk, token: Pair, identifier: Value = None, kind: str = "oob") -> Pair | None:
    """Request a challenge; the oob_code."""
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


def manager(walk: Walk, user: User, secret: Pair, scope: str = MANAGE) -> Pair:
    """An access token for the MFA audience of somebody with an authenticator app."""
    wait(walk, 60)
    token = log_in(walk, user, scope, walk.audience)
    return verify(walk, token, secret).found["access_token"]


def user_of(walk: Walk, sort: Sort = PLAIN, *, verified: bool = False) -> User:
    """One more user."""
    return walk.new_user(verified=verified, sort=sort)


# -- authenticators ----------------------------------------------------------------------------------


@story
def two_apps(walk: Walk) -> None:
    """A second app is added, the first one deleted, then the second, and another one enrolled anew."""
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
    """Each factor is enrolled, deleted and enrolled once more; what belonged to the old one is tried."""
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


def confirm_newest(walk: Walk, user: User, token: Pair) -> None:
    """Confirm what was associated last."""
    thing = walk.oobs[-1]
    if thing.about.get("channel") == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    verify(walk, token, thing)


def confirm_with_manager(walk: Walk, user: User, factor: str) -> Pair:
    """An access token for the MFA audience of somebody who confirms logins with messages."""
    token = log_in(walk, user, MANAGE, walk.audience)
    if token.kind == "access_token":
        return token
    oob_code = challenge(walk, token)
    oob_code = due(oob_code)
    if factor == "push":
        walk.sides.play(AnswerPush(user, approve=True))
    return verify(walk, token, oob_code).found["access_token"]


@story
def all_factors_of_one_user(walk: Walk) -> None:
    """One user has every factor; each is challenged by its id, and the codes of one do not do for another."""
    user = user_of(walk, verified=True)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in MESSAGES:
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
        look(walk, bearer, user)
    token = log_in(walk, user)
    sent = [challenge(walk, token, identifier) for identifier in look(walk, token, user)]
    waiting = [one for one in sent if one is not None]
    for one in waiting:
        for other in waiting:
            if one is not other and other.about.get("code") is not None:
                template = calls.oob(walk.client, token, one, Changed(other.about["code"], str))
                walk.call(template, user, client=walk.client)
    for one in waiting:
        verify(walk, log_in(walk, user), one)
        verify(walk, token, one)
        verify(walk, token, one)
    for channel in ("sms", "voice", "email", "auth0", "push", ""):
        more: dict[str, Value] = {"challenge_type": "oob", "oob_channel": channel}
        walk.call(calls.challenge(walk.client, token, None, **more), user, token=token, client=walk.client)
    for kind in ("otp", "oob", "otp oob", "oob otp", "recovery-code", "push", ""):
        walk.call(calls.challenge(walk.client, token, None, challenge_type=kind), user, token=token, client=walk.client)


@story
def verified_email(walk: Walk) -> None:
    """A verified email is an authenticator that nobody enrolled."""
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


# -- codes -------------------------------------------------------------------------------------------


@story
def recovery_codes(walk: Walk) -> None:
    """Each use gives another code and ends the one before, for good; others' codes are of no use."""
    user, other = user_of(walk), user_of(walk)
    enroll(walk, user, "otp")
    enroll(walk, other, "otp")
    mine = [code for code in walk.recovery_codes if code.about["user"] is user]
    for _ in range(4):
        mine.append(verify(walk, log_in(walk, user), mine[-1]).found["recovery_code"])
        for old in mine[:-1]:
            verify(walk, log_in(walk, user), old)
        verify(walk, log_in(walk, other), mine[-1])
        look(walk, log_in(walk, user), user)
    wait(walk, _DAY)
    verify(walk, log_in(walk, user), mine[-1])
    for old in mine:
        verify(walk, log_in(walk, user), old)


@story
def recovery_code_and_apps(walk: Walk) -> None:
    """The recovery code outlives the app it came with, or not; it comes once."""
    user = user_of(walk)
    first = enroll(walk, user, "otp")
    bearer = manager(walk, user, first)
    for identifier in look(walk, bearer, user):
        walk.call(calls.delete(bearer, identifier), user)
        look(walk, bearer, user)
    for code in list(walk.recovery_codes):
        verify(walk, log_in(walk, user), code)
    enroll(walk, user, "otp")
    token = log_in(walk, user)
    look(walk, token, user)
    for code in list(walk.recovery_codes):
        verify(walk, token, code)


@story
def messages_and_their_codes(walk: Walk) -> None:
    """Two challenges at a time, codes that were used, wrong ones first, and a token of another login."""
    for factor in ("email", "sms", "voice"):
        user = user_of(walk)
        done = enroll(walk, user, factor)
        token = log_in(walk, user)
        verify(walk, token, done)
        one, two = challenge(walk, token), challenge(walk, token)
        one = due(one)
        two = due(two)
        code = two.about.get("code")
        wrong = Changed(code, other_code) if code is not None else "000000"
        for _ in range(3):
            walk.call(calls.oob(walk.client, token, two, wrong), user, client=walk.client)
        walk.call(calls.oob(walk.client, token, two), user, client=walk.client)
        verify(walk, log_in(walk, user), two)
        verify(walk, token, two)
        verify(walk, token, two)
        verify(walk, token, one)
        verify(walk, token, one)
        verify(walk, log_in(walk, user), one)


@story
def pushes(walk: Walk) -> None:
    """Polls that are too quick or slow enough, a rejection, an approval, and polls after it."""
    user, other = user_of(walk), user_of(walk)
    enroll(walk, user, "push")
    enroll(walk, other, "push")
    for approve in (False, True):
        token = log_in(walk, user)
        request = challenge(walk, token)
        request = due(request)
        for seconds in (0, 1, 4, 5, 6, 10, 11):
            wait(walk, seconds)
            verify(walk, token, request)
        walk.call(calls.oob(walk.client, token, request, "000000"), user, client=walk.client)
        wait(walk, 15)
        walk.sides.play(AnswerPush(user, approve=approve))
        verify(walk, log_in(walk, other), request)
        for _ in range(3):
            wait(walk, 15)
            verify(walk, token, request)
    token = log_in(walk, user)
    older, newer = challenge(walk, token), challenge(walk, token)
    walk.sides.play(AnswerPush(user, approve=True))
    for request in (older, newer, older):
        if request is not None:
            verify(walk, token, request)
            wait(walk, 20)
    token = log_in(walk, user)
    request = challenge(walk, token)
    request = due(request)
    for seconds in (290, 9, 1, 1):
        wait(walk, seconds)
        verify(walk, token, request)


@story
def one_time_passwords(walk: Walk) -> None:
    """Codes of the steps around now, each once; wrong ones first, with spaces, of another length."""
    user, other = user_of(walk), user_of(walk)
    secret = enroll(walk, user, "otp")
    enroll(walk, other, "otp")
    for off in (-3, -2, -1, 0, 1, 2, 3):
        wait(walk, 300)
        token = log_in(walk, user)
        for client in (walk.client, walk.client):
            walk.call(calls.otp(client, token, Totp(secret, off)), user, client=client)
        walk.call(calls.otp(walk.client, token, Totp(secret)), user, client=walk.client)
    wait(walk, 300)
    token = log_in(walk, user)
    changes: tuple[Callable[[str], str], ...] = (
        lambda code: code[:5], lambda code: code + "0", lambda code: "0" + code, lambda code: code[::-1],
    )  # fmt: skip
    for change in changes:
        walk.call(calls.otp(walk.client, token, Changed(Totp(secret), change)), user, client=walk.client)
    for place in (29, 1, 29, 1, 30):
        wait(walk, place)
        verify(walk, log_in(walk, user), secret)
        verify(walk, log_in(walk, user), secret)


# -- limits and time ---------------------------------------------------------------------------------


@story
def wrong_codes(walk: Walk) -> None:
    """Wrong codes up to the limit, the right one beyond it, and one more when the time has come."""
    user, other = user_of(walk), user_of(walk)
    secret, of_other = enroll(walk, user, "otp"), enroll(walk, other, "otp")
    wait(walk, 60)
    token = log_in(walk, user)
    wrong = WrongOtp(tuple(walk.secrets))
    for _ in range(11):
        walk.call(calls.otp(walk.client, token, wrong), user, client=walk.client)
    verify(walk, token, secret)
    verify(walk, log_in(walk, other), of_other)
    code = next(code for code in walk.recovery_codes if code.about["user"] is user)
    verify(walk, log_in(walk, user), code)
    for seconds in (358, 1, 1):
        wait(walk, seconds)
        verify(walk, log_in(walk, user), secret)
    walk.call(calls.otp(walk.client, log_in(walk, user), wrong), user, client=walk.client)
    verify(walk, log_in(walk, user), secret)
    wait(walk, 4000)
    token = log_in(walk, user)
    for _ in range(11):
        walk.call(calls.otp(walk.client, token, wrong), user, client=walk.client)


@story
def wrong_binding_and_recovery_codes(walk: Walk) -> None:
    """The same with codes in messages, and with recovery codes."""
    user = user_of(walk)
    enroll(walk, user, "email")
    token = log_in(walk, user)
    sent = challenge(walk, token)
    sent = due(sent)
    code = sent.about.get("code")
    wrong = Changed(code, other_code) if code is not None else "000000"
    for _ in range(11):
        walk.call(calls.oob(walk.client, token, sent, wrong), user, client=walk.client)
    verify(walk, token, sent)
    token = log_in(walk, user)
    fresh = challenge(walk, token)
    if fresh is not None:
        verify(walk, token, fresh)
    for _ in range(11):
        walk.call(calls.recovery(walk.client, token, "A" * 24), user, client=walk.client)
    verify(walk, token, walk.recovery_codes[-1])
    for seconds in (359, 1):
        wait(walk, seconds)
        verify(walk, log_in(walk, user), walk.recovery_codes[-1])


@story
def many_messages(walk: Walk) -> None:
    """Messages up to the limit of each channel, one more when the time has come; another user's limit is another."""
    other = user_of(walk)
    enroll(walk, other, "email")
    for factor, most, refill in (("sms", 10, 3600), ("voice", 10, 3600), ("email", 20, 60), ("push", 5, 12)):
        user = user_of(walk)
        enroll(walk, user, factor)
        token = log_in(walk, user)
        for _ in range(most + 1):
            challenge(walk, token)
        for seconds in (refill - 1, 1, 1):
            wait(walk, seconds)
            challenge(walk, log_in(walk, user))
        challenge(walk, log_in(walk, other))
    user = user_of(walk)
    token = log_in(walk, user)
    for _ in range(12):
        associate(walk, user, token, "sms")


@story
def wrong_passwords(walk: Walk) -> None:
    """A user is blocked after many wrong passwords; another one is not, and a right one before starts anew."""
    user, other = user_of(walk), user_of(walk)
    for tries in (9, 12):
        for _ in range(tries):
            walk.call(calls.password(walk.client, user, "wrong"), user)
        walk.call(calls.password(walk.client, user, Of(user, "password")), user, client=walk.client)
    walk.call(calls.password(walk.client, other, Of(other, "password")), other, client=walk.client)
    wait(walk, _DAY)
    walk.call(calls.password(walk.client, user, Of(user, "password")), user, client=walk.client)
    for name in ("nobody@example.com", "", "x" * 300):
        walk.call(calls.password(walk.client, name, "wrong"), None)


@story
def fifty_authenticators(walk: Walk) -> None:
    """Somebody enrolls app after app."""
    user = user_of(walk)
    bearer = log_in(walk, user, MANAGE, walk.audience)
    for number in range(52):
        if number % 9 == 8:
            bearer = log_in(walk, user, MANAGE, walk.audience)
        associate(walk, user, bearer, "otp")
    look(walk, log_in(walk, user), user)


@story
def lives_of_tokens(walk: Walk) -> None:
    """Each token is used a second before and after its end, wherever it can be used."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for life in (300, 600, _DAY):
        for late in (-1, 0, 1):
            wait(walk, 60)
            token = log_in(walk, user)
            bearer = manager(walk, user, secret)
            wait(walk, 60)
            granted = verify(walk, log_in(walk, user), secret).found
            since = walk.sides.side.now() - token.about["at"]
            for held, age in ((token, since), (bearer, 60.0)):
                wait(walk, max(0, life + late - age) if held is token else 0)
                look(walk, held, user)
            challenge(walk, token, kind="otp")
            verify(walk, token, secret)
            associate(walk, user, bearer, "otp")
            walk.call(calls.get("userinfo", granted.get("access_token")), user)
            if "refresh_token" in granted:
                walk.call(calls.refresh(walk.client, granted["refresh_token"]), user, client=walk.client)


@story
def bearer_to_the_second(walk: Walk) -> None:
    """An access token for the MFA audience lives for ten minutes, one for userinfo a day."""
    for late in (-1, 0, 1):
        user = user_of(walk)
        bearer = log_in(walk, user, MANAGE, walk.audience)
        look(walk, bearer, user)
        wait(walk, 600 + late)
        look(walk, bearer, user)
        associate(walk, user, bearer, "otp")
        walk.call(calls.delete(bearer, "email|dev_0000000000000000"), user)
        secret = enroll(walk, user, "otp")
        wait(walk, 60)
        access = verify(walk, log_in(walk, user), secret).found["access_token"]
        walk.call(calls.get("userinfo", access), user)
        wait(walk, _DAY + late)
        walk.call(calls.get("userinfo", access), user)


@story
def codes_to_the_second(walk: Walk) -> None:
    """A code in a message lives for five minutes, counted from its own challenge."""
    for late in (-30, -1, 0, 1):
        for factor in ("email", "sms"):
            user = user_of(walk)
            enroll(walk, user, factor)
            token = log_in(walk, user)
            first = challenge(walk, token)
            wait(walk, 100)
            second = challenge(walk, token)
            wait(walk, 200 + late)
            for sent in (first, second):
                if sent is not None:
                    verify(walk, token, sent)
        fresh = user_of(walk)
        token = log_in(walk, fresh)
        associate(walk, fresh, token, "email")
        wait(walk, 300 + late)
        confirm_newest(walk, fresh, token)


# -- applications, tokens and other users --------------------------------------------------------------


@story
def two_applications(walk: Walk) -> None:
    """What one application was given is of no use to another."""
    if walk.other is None:
        return
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for mine, others in ((walk.client, walk.other), (walk.other, walk.client)):
        wait(walk, 60)
        token = log_in(walk, user, client=mine)
        challenge(walk, token, kind="otp")
        for client in (others, mine):
            walk.call(calls.challenge(client, token, None, challenge_type="otp"), user, token=token, client=client)
            walk.call(calls.otp(client, token, WrongOtp(tuple(walk.secrets))), user, client=client)
            walk.call(calls.recovery(client, token, "B" * 24), user, client=client)
        verify(walk, token, secret, client=others)
        granted = verify(walk, token, secret, client=mine).found
        if "refresh_token" in granted:
            for client in (others, mine):
                walk.call(calls.refresh(client, granted["refresh_token"]), user, client=client)
    person = user_of(walk)
    enroll(walk, person, "email")
    token = log_in(walk, person)
    sent = challenge(walk, token)
    if sent is not None:
        verify(walk, token, sent, client=walk.other)
        verify(walk, token, sent)


@story
def two_users(walk: Walk) -> None:
    """Two users at once; each tries what belongs to the other."""
    users = [user_of(walk), user_of(walk)]
    secrets = [enroll(walk, user, "otp") for user in users]
    bearers = [manager(walk, user, secret) for user, secret in zip(users, secrets, strict=True)]
    for user, bearer in zip(users, bearers, strict=True):
        confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
    ids = [look(walk, bearer, user) for bearer, user in zip(bearers, users, strict=True)]
    wait(walk, 60)
    tokens = [log_in(walk, user) for user in users]
    sent = [challenge(walk, token, own[-1]) for token, own in zip(tokens, ids, strict=True)]
    for me in (0, 1):
        they = 1 - me
        for identifier in ids[they]:
            challenge(walk, tokens[me], identifier)
            walk.call(calls.delete(bearers[me], identifier), users[me])
        foreign = sent[they]
        if foreign is not None:
            verify(walk, tokens[me], foreign)
        verify(walk, tokens[me], secrets[they])
        for code in list(walk.recovery_codes):
            if code.about["user"] is users[they]:
                verify(walk, tokens[me], code)
        look(walk, tokens[me], users[me])
    for me in (0, 1):
        own = sent[me]
        if own is not None:
            verify(walk, tokens[me], own)
        verify(walk, log_in(walk, users[me]), secrets[me])


@story
def scopes(walk: Walk) -> None:
    """Tokens of each scope, for each call that asks for one."""
    user = user_of(walk)
    for scope in ("enroll", "read:authenticators", "remove:authenticators", MANAGE, "openid", "profile", ""):
        bearer = log_in(walk, user, scope, walk.audience)
        ids = look(walk, bearer, user)
        associate(walk, user, bearer, "otp")
        walk.call(calls.delete(bearer, ids[-1] if ids else "email|dev_0000000000000000"), user)
        walk.call(calls.get("userinfo", bearer), user)
        if walk.secrets:
            verify(walk, bearer, walk.secrets[-1])
        challenge(walk, bearer)
    second = user_of(walk)
    secret = enroll(walk, second, "otp")
    for scope in ("openid", "openid profile", "openid email", "openid offline_access", "email", "offline_access", ""):
        wait(walk, 60)
        token = log_in(walk, second, scope)
        granted = verify(walk, token, secret).found
        for bearer in granted.values():
            look(walk, bearer, second)
            walk.call(calls.get("userinfo", bearer), second)
        if "refresh_token" in granted:
            for narrower in ("openid", "profile", "openid offline_access", "enroll"):
                walk.call(calls.refresh(walk.client, granted["refresh_token"], scope=narrower), second)
            walk.call(calls.refresh(walk.client, granted["refresh_token"], audience=walk.audience), second)
        verify(walk, token, secret)


@story
def other_audiences(walk: Walk) -> None:
    """An API of the consumer's own: its tokens are JWTs, and of no use below /mfa/."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    misspelt = walk.audience.rstrip("/")
    walk.call(calls.password(walk.client, user, Of(user, "password"), audience=misspelt), user, client=walk.client)
    for audience in ("https://api.example/", walk.audience):
        for scope in ("openid profile email", "read:authenticators", "enroll offline_access"):
            wait(walk, 60)
            token = log_in(walk, user, scope, audience)
            bearer = verify(walk, token, secret).found.get("access_token")
            if bearer is not None:
                look(walk, bearer, user)
                associate(walk, user, bearer, "otp")
                walk.call(calls.delete(bearer, "totp|dev_0000000000000000"), user)
                walk.call(calls.get("userinfo", bearer), user)


@story
def wrong_tokens(walk: Walk) -> None:
    """Every kind of token where another kind is due."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    wait(walk, 60)
    token = log_in(walk, user)
    sent = verify(walk, log_in(walk, user), secret).found
    ids = look(walk, token, user)
    held: list[Value] = [bearer, token, *sent.values(), secret, *ids, "", "wrong", None]
    for value in held:
        look(walk, value, user)
        walk.call(calls.associate(value, "otp"), user)
        walk.call(calls.delete(value, ids[0] if ids else "x"), user)
        walk.call(calls.get("userinfo", value), user)
        walk.call(calls.challenge(walk.client, value, None, challenge_type="otp"), user)
        walk.call(calls.otp(walk.client, value, Totp(secret)), user)
        walk.call(calls.oob(walk.client, value, value, "000000"), user)
        walk.call(calls.recovery(walk.client, value, "A" * 24), user)
        walk.call(calls.refresh(walk.client, value), user)
    look(walk, token, user)


# -- looking back, switching, people -------------------------------------------------------------------


@story
def looking_back(walk: Walk) -> None:
    """Keys, discovery, userinfo and lists say the same again, and what changed where something changed."""
    user, other = user_of(walk), user_of(walk)
    secret = enroll(walk, user, "otp")
    wait(walk, 60)
    access = verify(walk, log_in(walk, user, "openid profile email"), secret).found["access_token"]
    for seconds in (0, 1, 60, 3600):
        wait(walk, seconds)
        for what in ("jwks", "openid-configuration", "jwks"):
            walk.call(calls.get(what), None)
        walk.call(calls.get("userinfo", access), user)
        walk.call(calls.get("userinfo", access), user)
        token = log_in(walk, user)
        look(walk, token, user)
        look(walk, token, user)
        enroll(walk, other, "email") if seconds == 0 else look(walk, log_in(walk, other), other)
        verify(walk, token, secret)


@story
def switched_factors(walk: Walk) -> None:
    """A factor is switched off while somebody has it, and on again."""
    user = user_of(walk, verified=True)
    secret = enroll(walk, user, "otp")
    bearer = manager(walk, user, secret)
    for factor in ("email", "sms"):
        confirm(walk, user, bearer, associate(walk, user, bearer, factor))
    wait(walk, 60)
    for factor in ("otp", "email", "sms"):
        token = log_in(walk, user)
        ids = look(walk, token, user)
        sent = challenge(walk, token, ids[-1] if ids else None)
        for off in (True, False):
            walk.sides.play(SwitchFactors(ALL - {factor} if off else ALL))
            token = log_in(walk, user)
            ids = look(walk, token, user)
            for identifier in ids:
                challenge(walk, token, identifier)
            wait(walk, 60)
            verify(walk, log_in(walk, user), secret)
            verify(walk, log_in(walk, user), walk.recovery_codes[-1])
            if sent is not None:
                verify(walk, sent.about["token"], sent)
            associate(walk, user, log_in(walk, user_of(walk)), factor)


def _awkward(sort: Sort) -> Story:
    def tell(walk: Walk) -> None:
        user = user_of(walk, sort, verified=True)
        username: Value = user
        word = Of(user, "password")
        names = (username, Changed(user, str.upper), Changed(user, str.lower), Changed(user, lambda text: f" {text}"))
        for name in names:
            walk.call(calls.password(walk.client, name, word), user, client=walk.client)
        for change in (str.strip, str.lower, lambda text: text[:-1], lambda text: text + " ", lambda text: text[:72]):
            walk.call(calls.password(walk.client, user, Changed(word, change)), user, client=walk.client)
        form = calls.password(walk.client, user, word, scope="openid")
        form.encoding = "form"
        walk.call(form, user, client=walk.client)
        walk.call(calls.password_realm(walk.client, user, word), user, client=walk.client)
        secret = enroll(walk, user, "otp")
        bearer = manager(walk, user, secret)
        for factor in ("email", "sms"):
            confirm(walk, user, bearer, associate(walk, user, bearer, factor))
        look(walk, bearer, user)
        wait(walk, 60)
        granted = verify(walk, log_in(walk, user, "openid profile email"), secret).found
        walk.call(calls.get("userinfo", granted.get("access_token")), user)

    tell.__name__ = "awkward_people"
    return tell


for _sort in SORTS:
    if _sort is not PLAIN:
        story(_awkward(_sort))
