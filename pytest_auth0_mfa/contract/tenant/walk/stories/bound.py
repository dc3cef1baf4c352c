"""Stories of proofs of possession: at each grant and each resource, with each fault, and with each key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pytest_auth0_mfa.contract.tenant import account_calls, calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush, LetApisBind
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate, with_proof
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key, right_ones, wrong_ones
from pytest_auth0_mfa.contract.tenant.side_by_side import Played
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Of, Pair, Totp, UserSymbol, Value
from pytest_auth0_mfa.contract.tenant.walk.rewrites import OF_PROOFS, Rewrite
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    MANAGE,
    Story,
    associate,
    bound,
    challenge,
    confirm,
    enroll,
    log_in,
    manager,
    needed,
    proven,
    renew,
    revoke,
    start,
    story,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.messages import Request

_API: Final = "https://api.example/"
_BOTH: Final = f"openid offline_access {MANAGE}"
_OFFLINE: Final = "offline_access"
"""Without openid, since the signature of an ID token takes as long as two other steps."""
_LATER: Final = 86400
_SOME_ID: Final = "totp|dev_0000000000000000"


def _story(act: Story) -> Story:
    return story(act, "dpop")


def _wrong(walk: Walk, *, at_resource: bool) -> tuple[str, ...]:
    return wrong_ones(at_resource=at_resource, strict=_is_strict(walk))


def _is_strict(walk: Walk) -> bool:
    """Whether what no source says is played too: which of two faults is answered, and what a guess depends on."""
    return walk.sides.subject._guesses_bind


def _binds(walk: Walk, client: Client) -> bool:
    """Whether it is certain what a refresh token of an application is bound to: entry B8 is about public ones."""
    return client.client_secret is None or _is_strict(walk)


# -- grants

_Grant = Callable[[Walk, UserSymbol, Pair], CallTemplate]


def _by_password(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    newcomer = user_of(walk)  # of whom no second factor is demanded
    return calls.password(walk.client, newcomer, Of(newcomer, "password"), scope=_BOTH, audience=walk.audience)


def _by_app(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    wait(walk, 60)
    return calls.otp(walk.client, log_in(walk, user, _OFFLINE), Totp(secret))


def _by_message(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    token = log_in(walk, user, _OFFLINE)
    ids = [one for one in walk.ids if one.about["user"] is user and one.values[0].startswith("email|")]
    sent = needed(challenge(walk, token, ids[-1]))
    return calls.oob(walk.client, token, sent, sent.about["code"])


def _by_recovery_code(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    code = next(code for code in reversed(walk.recovery_codes) if code.about["user"] is user)
    return calls.recovery(walk.client, log_in(walk, user, _OFFLINE), code)


def _by_refresh_token(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    wait(walk, 60)
    token = verify(walk, log_in(walk, user, _OFFLINE), secret).found["refresh_token"]
    return calls.refresh(walk.client, token)


_GRANTS: Final[dict[str, _Grant]] = {
    "password": _by_password,
    "mfa-otp": _by_app,
    "mfa-oob": _by_message,
    "mfa-recovery-code": _by_recovery_code,
    "refresh-token": _by_refresh_token,
}


def _at_grant(name: str) -> Story:
    def tell(walk: Walk) -> None:
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        bearer = manager(walk, user, secret)
        confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
        template = _GRANTS[name](walk, user, secret)
        for spoil in _wrong(walk, at_resource=False):
            proven(walk, template, user, spoil=spoil)
        proven(walk, template, user)
        used = walk.proof
        again = _GRANTS[name](walk, user, secret)
        if used is not None:
            walk.call(with_proof(again, ProofTemplate(key("ada"), again=used)), user, client=walk.client)
            proven(walk, again, user, jti_of=used)
        proven(walk, again, user, "eve")
        for spoil in right_ones(at_resource=False, strict=walk.sides.subject._guesses_bind):
            proven(walk, _GRANTS[name](walk, user, secret), user, spoil=spoil)

    tell.__name__ = f"proofs_at_{name.replace('-', '_')}"
    return tell


for _name in _GRANTS:
    _story(_at_grant(_name))


def _first_factors(walk: Walk, user: UserSymbol, client: Client) -> Iterator[CallTemplate]:
    """The grants that give tokens at once, for a user of whom no second factor is demanded."""
    more: dict[str, Value] = {"audience": walk.audience, "scope": f"{_OFFLINE} {MANAGE}"}
    yield calls.password(client, user, Of(user, "password"), **more)
    yield calls.password_realm(client, user, Of(user, "password"), **more)
    code = start(walk, user, client=client)
    yield calls.passwordless(client, "email", user, needed(code), **more)
    if client.client_secret is not None:
        yield calls.client_credentials(client, audience=_API, scope="read:things")


def _first_factors_of(kind: str) -> Story:
    def tell(walk: Walk) -> None:
        user = user_of(walk)
        client = _application(walk, kind)
        if client == walk.sides.requiring:
            for template in _first_factors(walk, user, client):
                walk.call(template, user, client=client)
        for template in _first_factors(walk, user, client):
            for spoil in ("signature of other claims", "htu longer", "jti missing", "not a proof"):
                proven(walk, template, user, spoil=spoil, client=client)
            found = proven(walk, template, user, client=client, audience=walk.audience).found
            if "refresh_token" in found and client.client_secret is None:
                _renewed(walk, user, found["refresh_token"], "eve", client)
                _renewed(walk, user, found["refresh_token"], "", client)
            if template.operation != "client-credentials":
                listing = calls.authenticators(found["access_token"])
                walk.call(listing, user)
                for name in ("ada", "eve"):
                    proven(walk, listing, user, name)

    tell.__name__ = f"first_factors_with_proofs_of_{kind.replace(' ', '_')}"
    return tell


def _application(walk: Walk, kind: str) -> Client:
    sides = walk.sides
    kinds = {
        "the usual one": walk.client,
        "a public one": sides.public,
        "one that rotates": sides.rotating.get(10),
        "a public one that rotates": sides.rotating_public,
        "one that demands proofs": sides.requiring,
    }
    return needed(kinds[kind])


for _kind in ("the usual one", "a public one", "one that demands proofs"):
    _story(_first_factors_of(_kind))


@_story
def a_proof_with_the_demand(walk: Walk) -> None:
    """Proofs at login and at verification, at one of them, and with different keys."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for first, second in (("ada", "ada"), ("ada", "eve"), ("ada", ""), ("", "ada"), ("", "")):
        wait(walk, 60)
        template = calls.password(walk.client, user, Of(user, "password"), scope="openid offline_access")
        played = proven(walk, template, user, first) if first else walk.call(template, user, client=walk.client)
        code = calls.otp(walk.client, played.found["mfa_token"], Totp(secret))
        played = proven(walk, code, user, second) if second else walk.call(code, user, client=walk.client)
        _everywhere(walk, played.found["access_token"], user)
        for name in ("ada", "eve") if _is_strict(walk) else (second,):
            proven(walk, calls.refresh(walk.client, played.found["refresh_token"]), user, name or "ada")


# -- resources


def _me(walk: Walk) -> str:
    return account_calls.audience_of(walk.sides.subject.domain)


def _resources(walk: Walk, token: Value, audience: str = "", scope: str = "openid") -> Iterator[CallTemplate]:
    """The calls that a token is for; with what no source says, all."""
    strict = _is_strict(walk)
    if "openid" in scope or strict:
        yield calls.get("userinfo", token)
    if audience == walk.audience or strict:
        yield calls.authenticators(token)
        yield calls.associate(token, "otp")
        yield calls.delete(token, _SOME_ID)
    if audience == _me(walk) or (strict and "my-account" in walk.sides.subject.features):
        yield account_calls.me_factors(token)
        yield account_calls.me_list(token)
        yield account_calls.me_create(token, "otp")
        yield account_calls.me_verify(token, _SOME_ID, "not-a-session", "000000")
        yield account_calls.me_get(token, _SOME_ID)
        yield account_calls.me_update(token, _SOME_ID, name="Old phone")
        yield account_calls.me_delete(token, _SOME_ID)


def _everywhere(walk: Walk, token: Pair, user: UserSymbol, audience: str = "", scope: str = "openid") -> None:
    """Use a token as a Bearer, and with a proof of each key."""
    for template in _resources(walk, token, audience, scope):
        walk.call(template, user)
        for name in ("ada", "eve"):
            proven(walk, template, user, name)


def _bound_tokens_of(folder: str, scope: str, name: str, feature: str = "dpop") -> None:
    def tell(walk: Walk) -> None:
        """A token of one key, or of none, at each resource with each scheme and key."""
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        audience = f"https://{walk.sides.subject.domain}/{folder}/" if folder else ""
        token = _granted(walk, user, secret, name, walk.client, scope, audience).found["access_token"]
        _everywhere(walk, token, user, audience, scope)

    tell.__name__ = f"bound_tokens_of_{folder or 'no_audience'}"
    story(tell, feature)


for _name in ("ada", "eve", ""):
    _bound_tokens_of("", "openid", _name)
    _bound_tokens_of("mfa", _BOTH, _name)
    _bound_tokens_of("me", f"openid {account_calls.SCOPES_OF_ME}", _name, "dpop my-account")


_FAULTS: Final = ("ath of another token", "htu longer", "htm of another method", "jti missing", "iat a day old")
_LOOKED_AT: Final = ("userinfo", "list-authenticators", "me-list-methods")
"""The calls at which each fault is tried; at the others a few are, since a story is quick only while it is short."""


def _at_resource(operation: str, folder: str, scope: str, feature: str = "dpop") -> None:
    def tell(walk: Walk) -> None:
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        audience = f"https://{walk.sides.subject.domain}/{folder}/" if folder else ""

        def the_call(name: str) -> CallTemplate:
            token = bound(walk, user, secret, name, scope, audience).found["access_token"]
            return next(one for one in _resources(walk, token, audience, scope) if one.operation == operation)

        template = the_call("ada")
        every = operation in _LOOKED_AT
        for spoil in _wrong(walk, at_resource=True) if every else _FAULTS:
            proven(walk, template, user, spoil=spoil)
        for spoil in right_ones(at_resource=True, strict=_is_strict(walk)) if every else ():
            proven(walk, template, user, spoil=spoil)
        proven(walk, template, user)
        used = walk.proof
        if used is not None:
            walk.call(with_proof(template, ProofTemplate(key("ada"), again=used)), user)
            proven(walk, template, user, jti_of=used)
        walk.call(with_proof(the_call("eve"), ProofTemplate(key("ada"))), user)
        bare = with_proof(template, ProofTemplate(key("ada")))
        bare.proof = None
        walk.call(bare, user)
        proven(walk, template, user)

    tell.__name__ = f"proofs_at_{operation.replace('-', '_')}"
    story(tell, feature)


_at_resource("userinfo", "", "openid")
for _operation in ("list-authenticators", "associate", "delete-authenticator"):
    _at_resource(_operation, "mfa", MANAGE)
for _operation in account_calls.SCOPES:
    _at_resource(_operation, "me", account_calls.SCOPES_OF_ME, "dpop my-account")


@_story
def proofs_of_another_call(walk: Walk) -> None:
    """A proof that was made for one call is sent with another of the same token."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    token = bound(walk, user, secret, "ada", _BOTH, walk.audience).found["access_token"]
    templates = list(_resources(walk, token, walk.audience, _BOTH))
    for template in templates:
        proven(walk, template, user)
        used = walk.proof
        for other in templates:
            if used is not None and other.operation != template.operation:
                walk.call(with_proof(other, ProofTemplate(key("ada"), again=used)), user)


# -- refresh tokens


def _refresh_tokens_of(kind: str) -> Story:
    def tell(walk: Walk) -> None:
        """Bound and unbound refresh tokens are used with each key, and with none, once and again."""
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        client = _application(walk, kind)
        for name in ("ada", ""):
            kept = _granted(walk, user, secret, name, client).found["refresh_token"]
            for turn in ("eve", "", "ada", "ada", "eve", "") if _binds(walk, client) else (name, name):
                played = _renewed(walk, user, kept, turn, client)
                kept = played.found.get("refresh_token", kept)
                if "access_token" in played.found:
                    userinfo(walk, user, played.found["access_token"])
                    proven(walk, calls.get("userinfo", played.found["access_token"]), user, turn or "ada")
            revoke(walk, kept, client)
            _renewed(walk, user, kept, name, client)

    tell.__name__ = f"bound_refresh_tokens_of_{kind.replace(' ', '_')}"
    return tell


for _kind in ("the usual one", "a public one", "one that rotates", "a public one that rotates"):
    _story(_refresh_tokens_of(_kind))


def _granted(
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


def _renewed(walk: Walk, user: UserSymbol, token: Pair, name: str, client: Client) -> Played:
    if not name:
        return renew(walk, token, client)
    return proven(walk, calls.refresh(client, token), user, name, client=client)


@_story
def bound_refresh_tokens_of_other_applications(walk: Walk) -> None:
    """A bound refresh token is of no use to another application, whichever key it has."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    public = walk.sides.public
    if public is None or walk.other is None:
        return
    kept = bound(walk, user, secret, client=public).found["refresh_token"]
    for client in (walk.other, walk.client, public):
        for name in ("ada", "eve"):
            _renewed(walk, user, kept, name, client)


# -- nonces


def _with_email(walk: Walk, user: UserSymbol, secret: Pair) -> Pair:
    """Enroll email as well. Returns its id."""
    bearer = manager(walk, user, secret)
    confirm(walk, user, bearer, associate(walk, user, bearer, "email"))
    return next(one for one in reversed(walk.ids) if one.values[0].startswith("email|"))


def _at(walk: Walk, by: str, token: Pair, secret: Pair, email: Pair, client: Client) -> CallTemplate:
    """A right call of an MFA grant."""
    if by == "mfa-otp":
        return calls.otp(client, token, Totp(secret))
    if by == "mfa-oob":
        sent = needed(challenge(walk, token, email))
        return calls.oob(client, token, sent, sent.about["code"])
    user = token.about["user"]
    code = next(code for code in reversed(walk.recovery_codes) if code.about["user"] is user)
    return calls.recovery(client, token, code)


@_story
def nonces_of_a_public_application(walk: Walk) -> None:
    """Nonces that are missing, cut, those of before and those of yesterday; what was refused for one works with
    another."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    public = walk.sides.public
    if public is None:
        return
    email = _with_email(walk, user, secret)
    for by in ("mfa-otp", "mfa-recovery-code", "mfa-oob"):
        wait(walk, _LATER)
        yesterday = walk.nonce
        template = _at(walk, by, log_in(walk, user, client=public), secret, email, public)
        for nonce in ("", "wrong", yesterday, 1 if _is_strict(walk) else None):
            if nonce is not None:
                walk.call(with_proof(template, ProofTemplate(key("ada"), nonce)), user, client=public)
        refused = walk.call(with_proof(template, ProofTemplate(key("ada"))), user, client=public)
        wait(walk, 1)
        if "dpop_nonce" in refused.found:
            for name, spoil in (("ada", "htu longer"), ("ada", "jti missing"), ("ada", "")):
                proof = ProofTemplate(key(name), refused.found["dpop_nonce"], spoil)
                found = walk.call(with_proof(template, proof), user, client=public).found
                if "refresh_token" in found:
                    _renewed(walk, user, found["refresh_token"], "eve", public)
    kept = bound(walk, user, secret, client=public).found["refresh_token"]
    wait(walk, _LATER)
    for nonce in (None, walk.nonce):
        walk.call(with_proof(calls.refresh(public, kept), ProofTemplate(key("ada"), nonce)), user, client=public)
    proven(walk, calls.refresh(public, kept), user, client=public)


@_story
def edges_of_proofs_and_nonces(walk: Walk) -> None:
    """To the second where the profile says how long they live, which nobody documents."""
    public = walk.sides.public
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    if not _is_strict(walk) or public is None:
        return
    rules = walk.sides.oracle.tenant.profile
    wait(walk, rules.dpop_nonce_lifetime)  # so that the next nonce is a new one
    template = calls.password(public, user, Of(user, "password"), scope="openid")
    refused = walk.call(with_proof(template, ProofTemplate(key("ada"))), user, client=public)
    nonce = refused.found.get("dpop_nonce")
    if nonce is not None:
        wait(walk, rules.dpop_nonce_lifetime - 1)
        for _ in (1, 2):
            walk.call(with_proof(template, ProofTemplate(key("ada"), nonce)), user, client=public)
            wait(walk, 1)
    for age in (rules.dpop_proof_lifetime, rules.dpop_proof_lifetime + 1, -30, -31):
        for by in (calls.password(walk.client, user, Of(user, "password")), calls.refresh(walk.client, "wrong")):
            proven(walk, by, user, age=age)
    token = bound(walk, user, secret).found["access_token"]
    for age in (rules.dpop_proof_lifetime, rules.dpop_proof_lifetime + 1, -30, -31):
        proven(walk, calls.get("userinfo", token), user, age=age)


# -- applications and APIs that demand


@_story
def proofs_that_are_demanded(walk: Walk) -> None:
    """An application that demands proofs at each grant, with a proof and without."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    client = walk.sides.requiring
    if client is None:
        return
    login = calls.password(client, user, Of(user, "password"), scope="openid offline_access")

    def logged_in() -> Pair:
        wait(walk, 60)
        return proven(walk, login, user, client=client).found["mfa_token"]

    walk.call(calls.otp(client, logged_in(), Totp(secret)), user, client=client)
    template = calls.otp(client, logged_in(), Totp(secret))
    proven(walk, template, user, client=client, spoil="htm missing")
    played = proven(walk, template, user, client=client)
    _everywhere(walk, played.found["access_token"], user)
    renew(walk, played.found["refresh_token"], client)
    proven(walk, calls.refresh(client, played.found["refresh_token"]), user, client=client)
    if _is_strict(walk):
        proven(walk, calls.refresh(client, played.found["refresh_token"]), user, "eve", client=client)
    email = _with_email(walk, user, secret)
    for by in ("mfa-recovery-code", "mfa-oob"):
        walk.call(_at(walk, by, logged_in(), secret, email, client), user, client=client)
        proven(walk, _at(walk, by, logged_in(), secret, email, client), user, client=client)


@_story
def apis_that_bind_or_not(walk: Walk) -> None:
    """Tokens for an API that binds none, one that may, and one that demands it; each with a proof and without."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for apis in ({}, {_API: False}, {_API: True}, {"https://other.example/": True}):
        walk.sides.play(LetApisBind(apis))
        for audience in (_API, "", walk.audience) if _is_strict(walk) else (_API, ""):
            for binds in (False, True):
                wait(walk, 60)
                token = log_in(walk, user, "openid read:things", audience)
                template = calls.otp(walk.client, token, Totp(secret))
                if binds:
                    played = proven(walk, template, user, audience=audience)
                else:
                    played = walk.call(template, user, client=walk.client, audience=audience)
                if "access_token" in played.found:
                    userinfo(walk, user, played.found["access_token"])
                    proven(walk, calls.get("userinfo", played.found["access_token"]), user)
    walk.sides.play(LetApisBind(None))


# -- more than one


@_story
def two_keys_of_one_user(walk: Walk) -> None:
    """Two logins of one user with two keys, at the same time; what one key was given is nothing to the other."""
    user, other = user_of(walk), user_of(walk)
    secrets = [enroll(walk, one, "otp") for one in (user, other)]
    public = walk.sides.public
    for client in (walk.client, public):
        if client is None:
            continue
        found = {
            name: bound(walk, one, secret, name, client=client).found
            for name, one, secret in (("ada", user, secrets[0]), ("eve", user, secrets[0]), ("bob", other, secrets[1]))
        }
        for name, given in found.items():
            for mine in found:
                proven(walk, calls.get("userinfo", given["access_token"]), user, mine)
                if mine != name and _binds(walk, client):
                    proven(walk, calls.refresh(client, given["refresh_token"]), user, mine, client=client)
        for name, given in found.items():
            proven(walk, calls.refresh(client, given["refresh_token"]), user, name, client=client)


@_story
def a_bound_manager(walk: Walk) -> None:
    """A bound token of the MFA audience enrolls and confirms, and deletes what it enrolled."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    bearer = bound(walk, user, secret, "ada", MANAGE, walk.audience).found["access_token"]
    for factor in ("email", "push", "otp"):
        address: Value = user if factor == "email" else None
        template = calls.associate(bearer, factor, address)
        walk.call(template, user, token=bearer)
        played = proven(walk, template, user)
        listed = proven(walk, calls.authenticators(bearer), user).rows
        if factor == "push":
            walk.sides.play(AnswerPush(user, approve=False))
        thing = played.found.get("secret") or played.found.get("oob_code")
        if thing is None or not _is_strict(walk):  # whether it has to come with a proof here is not said
            continue
        if factor != "push":
            code = Totp(thing) if factor == "otp" else thing.about["code"]
            by = calls.otp if factor == "otp" else calls.oob
            arguments = (bearer, code) if factor == "otp" else (bearer, thing, code)
            proven(walk, by(walk.client, *arguments), user, "eve")
        for identifier in listed[-1:]:
            walk.call(calls.delete(bearer, identifier), user)
            proven(walk, calls.delete(bearer, identifier), user, "eve")
            proven(walk, calls.delete(bearer, identifier), user)
    proven(walk, calls.authenticators(bearer), user)


@_story
def bound_tokens_that_are_over(walk: Walk) -> None:
    """Of bound tokens that expired, were tampered with or are of another kind the token is refused, not the proof."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    if not _is_strict(walk):
        return
    bearer = bound(walk, user, secret, "ada", MANAGE, walk.audience).found["access_token"]
    for template in (calls.authenticators(bearer), calls.get("userinfo", bearer)):
        proven(walk, template, user)
    wait(walk, 599)
    proven(walk, calls.authenticators(bearer), user)
    wait(walk, 1)
    proven(walk, calls.authenticators(bearer), user)
    token = log_in(walk, user)
    for template in (calls.authenticators("wrong"), calls.get("userinfo", "wrong"), calls.get("userinfo", token)):
        proven(walk, template, user)


@_story
def proofs_written_otherwise(walk: Walk) -> None:
    """The header with a proof is cut, doubled, quoted, left out, or written in another case."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    token = bound(walk, user, secret).found["access_token"]
    for rewrite in OF_PROOFS:
        for template in (_by_app(walk, user, secret), calls.get("userinfo", token)):
            written = with_proof(template, ProofTemplate(key("ada")))
            written.rewrite = _written(rewrite)
            walk.call(written, user, client=walk.client)


def _written(rewrite: Rewrite) -> Callable[[Request], Request]:
    return lambda request: rewrite.apply(request, 0)
