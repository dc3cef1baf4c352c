"""Stories of proofs of possession at each grant: with each fault, with nonces, and where they are demanded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.actions import LetApisBind
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate, with_proof
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key, right_ones
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.contract.tenant.values import Of, Pair, Totp, UserSymbol, Value
from pytest_auth0_mfa.contract.tenant.walk.proof_telling import (
    BOTH,
    OFFLINE,
    application,
    is_strict,
    of_proofs,
    renewed,
    use_everywhere,
    with_email,
    wrong_proofs,
)
from pytest_auth0_mfa.contract.tenant.walk.rewrites import OF_PROOFS, Rewrite
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    DAY,
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
    start,
    user_of,
    userinfo,
    verify,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk
from pytest_auth0_mfa.messages import Request

_API: Final = "https://api.example/"


_Grant = Callable[[Walk, UserSymbol, Pair], CallTemplate]


def _by_password(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    newcomer = user_of(walk)  # of whom no second factor is demanded
    return calls.password(walk.client, newcomer, Of(newcomer, "password"), scope=BOTH, audience=walk.audience)


def _by_app(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    wait(walk, 60)
    return calls.otp(walk.client, log_in(walk, user, OFFLINE), Totp(secret))


def _by_message(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    token = log_in(walk, user, OFFLINE)
    ids = [one for one in walk.ids if one.about["user"] is user and one.values[0].startswith("email|")]
    sent = needed(challenge(walk, token, ids[-1]))
    return calls.oob(walk.client, token, sent, sent.about["code"])


def _by_recovery_code(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    code = next(code for code in reversed(walk.recovery_codes) if code.about["user"] is user)
    return calls.recovery(walk.client, log_in(walk, user, OFFLINE), code)


def _by_refresh_token(walk: Walk, user: UserSymbol, secret: Pair) -> CallTemplate:
    wait(walk, 60)
    token = verify(walk, log_in(walk, user, OFFLINE), secret).found["refresh_token"]
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
        for spoil in wrong_proofs(walk, at_resource=False):
            proven(walk, template, user, spoil=spoil)
        proven(walk, template, user)
        used = walk.proof
        again = _GRANTS[name](walk, user, secret)
        if used is not None:
            walk.call(with_proof(again, ProofTemplate(key("ada"), again=used)), user, client=walk.client)
            proven(walk, again, user, jti_of=used)
        proven(walk, again, user, "eve")
        for spoil in right_ones(at_resource=False, strict=is_strict(walk)):
            proven(walk, _GRANTS[name](walk, user, secret), user, spoil=spoil)

    tell.__name__ = f"proofs_at_{name.replace('-', '_')}"
    return tell


for _name in _GRANTS:
    of_proofs(_at_grant(_name))


def _first_factors(walk: Walk, user: UserSymbol, client: Client) -> Iterator[CallTemplate]:
    """The grants that give tokens at once, for a user of whom no second factor is demanded."""
    more: dict[str, Value] = {"audience": walk.audience, "scope": f"{OFFLINE} {MANAGE}"}
    yield calls.password(client, user, Of(user, "password"), **more)
    yield calls.password_realm(client, user, Of(user, "password"), **more)
    code = start(walk, user, client=client)
    yield calls.passwordless(client, "email", user, needed(code), **more)
    if client.client_secret is not None:
        yield calls.client_credentials(client, audience=_API, scope="read:things")


def _first_factors_of(kind: str) -> Story:
    def tell(walk: Walk) -> None:
        user = user_of(walk)
        client = application(walk, kind)
        if client == walk.sides.requiring:
            for template in _first_factors(walk, user, client):
                walk.call(template, user, client=client)
        for template in _first_factors(walk, user, client):
            for spoil in ("signature of other claims", "htu longer", "jti missing", "not a proof"):
                proven(walk, template, user, spoil=spoil, client=client)
            found = proven(walk, template, user, client=client, audience=walk.audience).found
            if "refresh_token" in found and client.client_secret is None:
                renewed(walk, user, found["refresh_token"], "eve", client)
                renewed(walk, user, found["refresh_token"], "", client)
            if template.operation != "client-credentials":
                listing = calls.authenticators(found["access_token"])
                walk.call(listing, user)
                for name in ("ada", "eve"):
                    proven(walk, listing, user, name)

    tell.__name__ = f"first_factors_with_proofs_of_{kind.replace(' ', '_')}"
    return tell


for _kind in ("the usual one", "a public one", "one that demands proofs"):
    of_proofs(_first_factors_of(_kind))


@of_proofs
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
        use_everywhere(walk, user, secret, played.found["access_token"], second)
        for name in ("ada", "eve") if is_strict(walk) else (second,):
            proven(walk, calls.refresh(walk.client, played.found["refresh_token"]), user, name or "ada")


# -- nonces


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


@of_proofs
def nonces_of_a_public_application(walk: Walk) -> None:
    """Nonces that are missing, cut, those of before and those of yesterday; what was refused for one works with
    another."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    public = walk.sides.public
    if public is None:
        return
    email = with_email(walk, user, secret)
    for by in ("mfa-otp", "mfa-recovery-code", "mfa-oob"):
        wait(walk, DAY)
        yesterday = walk.nonce
        template = _at(walk, by, log_in(walk, user, client=public), secret, email, public)
        for nonce in ("", "wrong", yesterday, 1 if is_strict(walk) else None):
            if nonce is not None:
                walk.call(with_proof(template, ProofTemplate(key("ada"), nonce)), user, client=public)
        refused = walk.call(with_proof(template, ProofTemplate(key("ada"))), user, client=public)
        wait(walk, 1)
        if "dpop_nonce" in refused.found:
            for name, spoil in (("ada", "htu longer"), ("ada", "jti missing"), ("ada", "")):
                proof = ProofTemplate(key(name), refused.found["dpop_nonce"], spoil)
                found = walk.call(with_proof(template, proof), user, client=public).found
                if "refresh_token" in found:
                    renewed(walk, user, found["refresh_token"], "eve", public)
    kept = bound(walk, user, secret, client=public).found["refresh_token"]
    wait(walk, DAY)
    for nonce in (None, walk.nonce):
        walk.call(with_proof(calls.refresh(public, kept), ProofTemplate(key("ada"), nonce)), user, client=public)
    proven(walk, calls.refresh(public, kept), user, client=public)


@of_proofs
def edges_of_proofs_and_nonces(walk: Walk) -> None:
    """To the second where the profile says how long they live, which nobody documents."""
    public = walk.sides.public
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    if not is_strict(walk) or public is None:
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


@of_proofs
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
    use_everywhere(walk, user, secret, played.found["access_token"], "ada")
    renew(walk, played.found["refresh_token"], client)
    proven(walk, calls.refresh(client, played.found["refresh_token"]), user, client=client)
    if is_strict(walk):
        proven(walk, calls.refresh(client, played.found["refresh_token"]), user, "eve", client=client)
    email = with_email(walk, user, secret)
    for by in ("mfa-recovery-code", "mfa-oob"):
        walk.call(_at(walk, by, logged_in(), secret, email, client), user, client=client)
        proven(walk, _at(walk, by, logged_in(), secret, email, client), user, client=client)


@of_proofs
def apis_that_bind_or_not(walk: Walk) -> None:
    """Tokens for an API that binds none, one that may, and one that demands it; each with a proof and without."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    for apis in ({}, {_API: False}, {_API: True}, {"https://other.example/": True}):
        walk.sides.play(LetApisBind(apis))
        for audience in (_API, "", walk.audience) if is_strict(walk) else (_API, ""):
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


# -- as they are written


@of_proofs
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
