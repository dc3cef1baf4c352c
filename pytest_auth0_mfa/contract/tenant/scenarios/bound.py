"""Tokens that are bound to a key: entries B1, B2, B7, B8, B12 and B13."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.proofs import key
from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.messages import Json

from .binding import ADA, EVE, bound_refresh_token, by_app, renews, with_app
from .first_factor import REQUIRED, extra
from .registry import associate, challenged, enrolled, scenario

_REQUIRED_PROOF: Final = ("dpop_proof_required", "400 invalid_request")
_API: Final = "https://api.example/"


# -- what is bound


@scenario(
    "dpop-otp",
    "A proof with the code of an app binds the tokens to its key; without one they are bound to none.",
    "B1",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_otp(play: ScenarioContext) -> None:
    found, token = with_app(play, "openid offline_access")
    play.proven(by_app(play, token, found.secret)).tokens(scope="openid offline_access", jkt=ADA.jkt)
    for audience, scope, life in ((play.audience, "enroll read:authenticators", 600), (None, "openid", 86400)):
        more = {} if audience is None else {"audience": audience}
        for binds in (True, False):
            play.wait(60)
            template = by_app(play, play.log_in(found.user, scope=scope, **more), found.secret)
            answer = play.proven(template, "eve") if binds else play.call(template)
            answer.tokens(scope=scope, expires_in=life, jkt=EVE.jkt if binds else "")


@scenario(
    "dpop-oob",
    "A proof with the code of a message does too, and so does one with a poll for a push request.",
    "B1",
    needs="email push",
    controls="outbox push",
    feature="dpop",
)
def dpop_oob(play: ScenarioContext) -> None:
    for factor in ("email", "push"):
        user = enrolled(play, factor).user
        token = play.log_in(user, scope="openid")
        sent = challenged(play, token, factor)
        code = None
        if factor == "push":
            play.answer_push(user, approve=True)
        else:
            code = play.code(user, factor)
        template = calls.oob(play.client, token, sent, code)
        template.factor = factor
        play.proven(template).tokens(scope="openid", jkt=ADA.jkt)


@scenario("dpop-recovery", "A proof with a recovery code does too.", "B1", needs="otp recovery-code", feature="dpop")
def dpop_recovery(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    token = play.log_in(found.user, scope="openid")
    answer = play.proven(calls.recovery(play.client, token, found.recovery_code))
    answer.tokens(scope="openid", recovery_code=True, jkt=ADA.jkt)


@scenario("dpop-first-factor", "A proof with a password alone binds as well.", "B1", feature="dpop")
def dpop_first_factor(play: ScenarioContext) -> None:
    user = play.user()
    for by in (calls.password, calls.password_realm):
        template = by(play.client, user.username, user.password, audience=play.audience, scope="enroll")
        play.proven(template).tokens(scope="enroll", expires_in=600, jkt=ADA.jkt)


@scenario(
    "dpop-demand-binds-nothing",
    "The proof of the last call counts: one that came with the demand for a second factor binds nothing.",
    "B13",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_demand_binds_nothing(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    user = found.user
    for binds in (False, True):
        play.wait(60)
        login = calls.password(play.client, user.username, user.password, scope="openid")
        token = play.proven(login).refused(*REQUIRED, *extra(play))["mfa_token"]
        template = by_app(play, token, found.secret)
        answer = play.proven(template, "eve") if binds else play.call(template)
        answer.tokens(scope="openid", jkt=EVE.jkt if binds else "")


# -- refresh tokens


def _binds_refresh_token(play: ScenarioContext) -> bool:
    bound = play.profile.dpop_binds_refresh_token
    return bound == "always" or (bound == "public" and play.client.client_secret is None)


def _refreshed(play: ScenarioContext) -> None:
    """Renew with the key of the login, with another one, and without any."""
    kept = bound_refresh_token(play)
    bound = _binds_refresh_token(play)
    certain = play.client.client_secret is None or play.subject._guesses_bind  # B8 is about public applications
    for name in ("ada", "eve", "", "ada") if certain else ("ada", "ada"):
        template = calls.refresh(play.client, kept)
        answer = play.proven(template, name) if name else play.call(template)
        if bound and name != "ada":
            answer.refused("wrong_dpop_key", "400 invalid_dpop_proof")
        else:
            kept = renews(play, answer, key(name).jkt if name else "") or kept


@scenario(
    "dpop-refresh",
    "Renewed tokens are bound to the key of the renewal; the refresh token of a confidential application to none.",
    "B1 B8",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_refresh(play: ScenarioContext) -> None:
    _refreshed(play)


@scenario(
    "dpop-refresh-of-a-public-application",
    "That of a public application is bound to the key of its login.",
    "B8 U-37",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_refresh_of_a_public_application(play: ScenarioContext) -> None:
    play.client = play.subject.public_client()
    _refreshed(play)


@scenario(
    "dpop-refresh-token-of-before",
    "A refresh token that came without a proof is bound to no key, and a later proof does not bind it.",
    "B8",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_refresh_token_of_before(play: ScenarioContext) -> None:
    play.client = play.subject.public_client()
    user = play.user()
    token = play.log_in(user, scope="openid offline_access")
    body = associate(play, user, token, "otp")
    granted = play.call(by_app(play, token, body["secret"])).tokens(scope="openid offline_access")
    kept = granted["refresh_token"]
    for name in ("ada", "eve", ""):
        template = calls.refresh(play.client, kept)
        answer = play.proven(template, name) if name else play.call(template)
        kept = renews(play, answer, key(name).jkt if name else "") or kept


# -- proofs that are demanded


@scenario(
    "dpop-required",
    "An application that demands a proof gets no tokens without one.",
    "B7 U-37",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_required(play: ScenarioContext) -> None:
    user = play.user()
    play.client = play.subject.requiring_client()
    login = calls.password(play.client, user.username, user.password, scope="openid offline_access")
    token = play.proven(login).refused(*REQUIRED, *extra(play))["mfa_token"]
    secret = associate(play, user, token, "otp")["secret"]
    play.call(by_app(play, token, secret)).refused(*_REQUIRED_PROOF)
    play.wait(60)
    token = play.proven(login).refused(*REQUIRED, *extra(play))["mfa_token"]
    kept = play.proven(by_app(play, token, secret)).tokens(scope="openid offline_access", jkt=ADA.jkt)["refresh_token"]
    if play.profile.dpop_binds_refresh_token != "always" and play.profile.refresh_demands_mfa != "always":
        play.call(calls.refresh(play.client, kept)).refused(*_REQUIRED_PROOF)
    renews(play, play.proven(calls.refresh(play.client, kept)), ADA.jkt)


@contextmanager
def _apis_that_bind(play: ScenarioContext, apis: Mapping[str, bool]) -> Iterator[None]:
    """Let these APIs alone bind tokens: whether they demand it, by audience."""
    before, play.subject.apis_that_bind = play.subject.apis_that_bind, apis
    try:
        yield
    finally:
        play.subject.apis_that_bind = before


def _of_api(play: ScenarioContext, user: Person, secret: str) -> CallTemplate:
    play.wait(60)
    token = play.log_in(user, scope="read:things", audience=_API)
    return by_app(play, token, secret)


@scenario(
    "dpop-api-without",
    "For an API that does not bind tokens a proof is ignored.",
    "B2",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_api_without(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    with _apis_that_bind(play, {}):
        play.proven(_of_api(play, found.user, found.secret)).issues()
    with _apis_that_bind(play, {_API: False}):
        play.proven(_of_api(play, found.user, found.secret)).issues(ADA.jkt)
        play.call(_of_api(play, found.user, found.secret)).issues()


@scenario(
    "dpop-api-that-demands",
    "An API that demands a proof gives no tokens without one.",
    "B7 U-37",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_api_that_demands(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    with _apis_that_bind(play, {_API: True}):
        play.call(_of_api(play, found.user, found.secret)).refused(*_REQUIRED_PROOF)
        play.proven(_of_api(play, found.user, found.secret)).issues(ADA.jkt)


# -- discovery


@scenario("dpop-discovery", "Discovery names the algorithm of proofs.", "B12 D-36", feature="dpop")
def dpop_discovery(play: ScenarioContext) -> None:
    body = play.call(calls.get("openid-configuration")).plain()
    named: Json = body.get("dpop_signing_alg_values_supported")
    if not isinstance(named, list) or "ES256" not in named:
        play.fail_value("$.dpop_signing_alg_values_supported", "a list with ES256", "another")
