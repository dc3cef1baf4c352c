"""Tokens that are bound to a key, and the proofs that bind and use them: entries B1 to B13."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.contract.tenant import account_calls, calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key, right_ones, wrong_ones
from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.messages import Json

from .first_factor import REQUIRED, extra
from .registry import Enrolled, associate, challenged, enrolled, scenario

ADA: Final = key("ada")
EVE: Final = key("eve")
INVALID: Final = ("invalid_dpop_proof", "400 invalid_dpop_proof")
NONCE: Final = ("use_dpop_nonce", "400 use_dpop_nonce", "Authorization server requires nonce in DPoP proof")
_REQUIRED_PROOF: Final = ("dpop_proof_required", "400 invalid_request")
_API: Final = "https://api.example/"


def _app(play: ScenarioContext, scope: str = "openid", **more: str) -> tuple[Enrolled, str]:
    """A user with an authenticator app, and the mfa_token of a later login."""
    found = enrolled(play, "otp")
    play.wait(60)
    return found, play.log_in(found.user, scope=scope, **more)


def _otp(play: ScenarioContext, token: str, secret: str) -> CallTemplate:
    return calls.otp(play.client, token, play.otp(secret))


def _asks(play: ScenarioContext) -> bool:
    """Whether the token endpoint demands a nonce of the application that is used."""
    asked = play.profile.dpop_nonce
    return asked == "always" or (asked == "public" and play.client.client_secret is None)


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
    found, token = _app(play, "openid offline_access")
    play.proven(_otp(play, token, found.secret)).tokens(scope="openid offline_access", jkt=ADA.jkt)
    for audience, scope, life in ((play.audience, "enroll read:authenticators", 600), (None, "openid", 86400)):
        more = {} if audience is None else {"audience": audience}
        for binds in (True, False):
            play.wait(60)
            template = _otp(play, play.log_in(found.user, scope=scope, **more), found.secret)
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
        template = _otp(play, token, found.secret)
        answer = play.proven(template, "eve") if binds else play.call(template)
        answer.tokens(scope="openid", jkt=EVE.jkt if binds else "")


# -- refresh tokens


def _refresh_token(play: ScenarioContext, name: str = "ada") -> str:
    """A refresh token that came with bound tokens."""
    user = play.user()
    token = play.log_in(user, scope="openid offline_access")
    body = associate(play, user, token, "otp")
    answer = play.proven(_otp(play, token, body["secret"]), name)
    return answer.tokens(scope="openid offline_access", jkt=key(name).jkt)["refresh_token"]


def _renews(play: ScenarioContext, answer: Answer, jkt: str = "") -> str:
    """Expect renewed tokens. Returns the refresh token that came with them, if any."""
    if play.profile.refresh_demands_mfa == "always":
        answer.refused(*REQUIRED, *extra(play))
        return ""
    body = answer.tokens(scope="openid offline_access", renewed=True, jkt=jkt).response.json()
    return str(body.get("refresh_token", ""))


def _binds_refresh_token(play: ScenarioContext) -> bool:
    bound = play.profile.dpop_binds_refresh_token
    return bound == "always" or (bound == "public" and play.client.client_secret is None)


def _refreshed(play: ScenarioContext) -> None:
    """Renew with the key of the login, with another one, and without any."""
    kept = _refresh_token(play)
    bound = _binds_refresh_token(play)
    certain = play.client.client_secret is None or play.subject._guesses_bind  # B8 is about public applications
    for name in ("ada", "eve", "", "ada") if certain else ("ada", "ada"):
        template = calls.refresh(play.client, kept)
        answer = play.proven(template, name) if name else play.call(template)
        if bound and name != "ada":
            answer.refused("wrong_dpop_key", "400 invalid_dpop_proof")
        else:
            kept = _renews(play, answer, key(name).jkt if name else "") or kept


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
    granted = play.call(_otp(play, token, body["secret"])).tokens(scope="openid offline_access")
    kept = granted["refresh_token"]
    for name in ("ada", "eve", ""):
        template = calls.refresh(play.client, kept)
        answer = play.proven(template, name) if name else play.call(template)
        kept = _renews(play, answer, key(name).jkt if name else "") or kept


# -- nonces


@scenario(
    "dpop-nonce",
    "A public application needs a nonce of the tenant; the demand for one uses nothing up.",
    "B3 U-36",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_nonce(play: ScenarioContext) -> None:
    play.client = play.subject.public_client()
    found, token = _app(play)
    template = _otp(play, token, found.secret)
    template.proof = ProofTemplate(ADA)
    if not _asks(play):
        play.call(template).tokens(scope="openid", jkt=ADA.jkt)
        return
    nonce = play.call(template).refused(*NONCE).nonce()
    for wrong in (f"{nonce}x", nonce[:-1], "", "not-a-nonce"):
        template.proof = ProofTemplate(ADA, wrong)
        nonce = play.call(template).refused(*NONCE).nonce()
    template.proof = ProofTemplate(ADA, nonce)
    play.call(template).tokens(scope="openid", jkt=ADA.jkt)


@scenario(
    "dpop-nonce-grows-old",
    "A nonce is good for a while, and a day later no more.",
    "B3 U-36",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_nonce_grows_old(play: ScenarioContext) -> None:
    play.client = play.subject.public_client()
    if not _asks(play):
        return
    life = play.profile.dpop_nonce_lifetime
    play.wait(life)  # so that the next nonce is a new one
    found, token = _app(play)
    template = _otp(play, token, found.secret)
    template.proof = ProofTemplate(ADA)
    nonce = play.call(template).refused(*NONCE).nonce()
    strict = play.subject._guesses_bind
    for seconds, good in ((life - play.edge, True), (play.edge, False)) if strict else ((86400.0, False),):
        play.wait(seconds)
        template = _otp(play, play.log_in(found.user, scope="openid"), found.secret)
        template.proof = ProofTemplate(ADA, nonce)
        answer = play.call(template)
        if good:
            answer.tokens(scope="openid", jkt=ADA.jkt)
        else:
            answer.refused(*NONCE).nonce()


@scenario(
    "dpop-no-nonce-for-confidential",
    "A confidential application needs none.",
    "B4",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_no_nonce_for_confidential(play: ScenarioContext) -> None:
    found, token = _app(play)
    template = _otp(play, token, found.secret)
    template.proof = ProofTemplate(ADA)
    answer = play.call(template)
    if _asks(play):
        template.proof = ProofTemplate(ADA, answer.refused(*NONCE).nonce())
        answer = play.call(template)
    elif play.subject._is_lenient:  # RFC 9449, section 8: a server may demand one at any time
        answer = play.with_nonce(template, answer)
    answer.tokens(scope="openid", jkt=ADA.jkt)


@scenario(
    "dpop-nonce-by-profile",
    "Whether successes bring a nonce is disputed.",
    "U-36",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_nonce_by_profile(play: ScenarioContext) -> None:
    found, token = _app(play)
    answer = play.proven(_otp(play, token, found.secret)).tokens(scope="openid", jkt=ADA.jkt)
    there = "dpop-nonce" in answer.response.headers
    expected = play.profile.dpop_nonce_on_success
    if there != expected and (expected or not play.subject._is_lenient):
        play.fail_value("DPoP-Nonce", "as the profile says", "the other way round", "MFA017")


# -- wrong proofs


@scenario(
    "dpop-spoilt",
    "Each fault of a proof is refused, and uses nothing up.",
    "B5",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_spoilt(play: ScenarioContext) -> None:
    found, token = _app(play)
    template = _otp(play, token, found.secret)
    for spoil in wrong_ones(at_resource=False, strict=play.subject._guesses_bind):
        play.proven(template, spoil=spoil).refused(*INVALID)
    play.proven(template).tokens(scope="openid", jkt=ADA.jkt)


@scenario(
    "dpop-right-variants",
    "Times with a fraction, further claims and members of the key are fine.",
    "B5",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_right_variants(play: ScenarioContext) -> None:
    found = enrolled(play, "otp")
    for spoil in right_ones(at_resource=False, strict=play.subject._guesses_bind):
        play.wait(60)
        token = play.log_in(found.user, scope="openid")
        play.proven(_otp(play, token, found.secret), spoil=spoil).tokens(scope="openid", jkt=ADA.jkt)


@scenario(
    "dpop-used-again",
    "A proof works once: neither the same one nor another of its jti works again.",
    "B6",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_used_again(play: ScenarioContext) -> None:
    found, token = _app(play)
    template = _otp(play, token, found.secret)
    play.proven(template).tokens(scope="openid", jkt=ADA.jkt)
    used = template.proof
    play.wait(30)  # the code is another one; the proof and its nonce are not too old
    template = _otp(play, play.log_in(found.user, scope="openid"), found.secret)
    play.used_again(template, used, *INVALID)
    play.proven(template, jti_of=used).refused(*INVALID)
    play.proven(template).tokens(scope="openid", jkt=ADA.jkt)


@scenario(
    "dpop-age",
    "A proof works for some time after it was made, and hardly before.",
    "U-38",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_age(play: ScenarioContext) -> None:
    found, token = _app(play)
    template = _otp(play, token, found.secret)
    if play.subject._guesses_bind:
        for age in (play.profile.dpop_proof_lifetime + 1, -31):
            play.proven(template, age=age).refused(*INVALID)
        play.proven(template, age=play.profile.dpop_proof_lifetime).tokens(scope="openid", jkt=ADA.jkt)
        play.wait(60)
        token = play.log_in(found.user, scope="openid")
        play.proven(_otp(play, token, found.secret), age=-30).tokens(scope="openid", jkt=ADA.jkt)
        return
    play.proven(template, age=86400).refused(*INVALID)
    play.proven(template, age=10).tokens(scope="openid", jkt=ADA.jkt)


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
    play.call(_otp(play, token, secret)).refused(*_REQUIRED_PROOF)
    play.wait(60)
    token = play.proven(login).refused(*REQUIRED, *extra(play))["mfa_token"]
    kept = play.proven(_otp(play, token, secret)).tokens(scope="openid offline_access", jkt=ADA.jkt)["refresh_token"]
    if play.profile.dpop_binds_refresh_token != "always" and play.profile.refresh_demands_mfa != "always":
        play.call(calls.refresh(play.client, kept)).refused(*_REQUIRED_PROOF)
    _renews(play, play.proven(calls.refresh(play.client, kept)), ADA.jkt)


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
    return _otp(play, token, secret)


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


# -- resources


@dataclass(frozen=True, slots=True)
class Resource:
    """What takes bound tokens."""

    name: str
    title: str
    folder: str
    """Behind the tenant's address: the audience of its tokens; empty without one."""
    scope: str
    call: Callable[[str], CallTemplate]
    mismatch: tuple[str, str]
    proof: tuple[str, str]
    nonce: tuple[str, str]
    feature: str = "dpop"

    def audience(self, play: ScenarioContext) -> dict[str, str]:
        """The parameter of a login for it."""
        return {"audience": f"https://{play.subject.domain}/{self.folder}/"} if self.folder else {}


_AUTHENTICATION: Final = (
    ("dpop_token_mismatch", "401 invalid_token"),
    ("dpop_proof_at_resource", "401 invalid_dpop_proof"),
    ("dpop_nonce_at_resource", "401 use_dpop_nonce"),
)
_ACCOUNT: Final = (
    ("me_dpop_token", "401 A0E-401-0003"),
    ("me_dpop_proof", "401 A0E-401-0003"),
    ("me_dpop_nonce", "401 A0E-401-0003"),
)
RESOURCES: Final = (
    Resource("userinfo", "/userinfo", "", "openid", lambda token: calls.get("userinfo", token), *_AUTHENTICATION),
    Resource("mfa-api", "/mfa/authenticators", "mfa", "read:authenticators", calls.authenticators, *_AUTHENTICATION),
    Resource(
        "me",
        "the user's own page",
        "me",
        "read:me:authentication_methods",
        account_calls.me_list,
        *_ACCOUNT,
        feature="dpop my-account",
    ),
)


def _token(play: ScenarioContext, resource: Resource, found: Enrolled, name: str) -> str:
    """An access token for a resource, bound to a key or, without its name, to none."""
    play.wait(60)
    token = play.log_in(found.user, scope=resource.scope, **resource.audience(play))
    template = _otp(play, token, found.secret)
    answer = play.proven(template, name) if name else play.call(template)
    life = {"mfa": 600, "me": play.profile.me_token_lifetime}.get(resource.folder, 86400)
    audience = resource.audience(play).get("audience", "")
    jkt = key(name).jkt if name else ""
    return answer.tokens(scope=resource.scope, expires_in=life, audience=audience, jkt=jkt)["access_token"]


def _performed(play: ScenarioContext, answer: Answer) -> None:
    """Expect that a resource shows what it has."""
    if answer.operation == "list-authenticators":
        answer.listed()
    else:
        answer.plain()


def _used(resource: Resource) -> Callable[[ScenarioContext], None]:
    def act(play: ScenarioContext) -> None:
        found = enrolled(play, "otp")
        token = _token(play, resource, found, "ada")
        _performed(play, play.proven(resource.call(token)))
        strict = play.subject._guesses_bind
        for spoil in wrong_ones(at_resource=True, strict=strict):
            answer = play.proven(resource.call(token), spoil=spoil).refused(*resource.proof)
            if strict:
                answer.challenges("invalid_dpop_proof")
        bare = resource.call(token)
        bare.scheme = "DPoP"
        play.call(bare).refused(*resource.proof)
        for spoil in right_ones(at_resource=True, strict=strict):
            _performed(play, play.proven(resource.call(token), spoil=spoil))
        template = resource.call(token)
        _performed(play, play.proven(template))
        used = template.proof
        play.used_again(resource.call(token), used, *resource.proof)
        play.proven(resource.call(token), jti_of=used).refused(*resource.proof)
        _performed(play, play.proven(resource.call(token)))

    return act


def _mismatched(resource: Resource) -> Callable[[ScenarioContext], None]:
    def act(play: ScenarioContext) -> None:
        found = enrolled(play, "otp")
        bound, free = _token(play, resource, found, "ada"), _token(play, resource, found, "")
        as_bearer, with_proof = resource.call(bound), resource.call(bound)
        with_proof.proof = ProofTemplate(ADA)
        for template in (as_bearer, with_proof):
            play.call(template).refused(*resource.mismatch)
        play.proven(resource.call(bound), "eve").refused(*resource.mismatch)
        play.proven(resource.call(free)).refused(*resource.mismatch)
        _performed(play, play.call(resource.call(free)))
        beside = resource.call(free)
        beside.proof = ProofTemplate(ADA)
        if play.subject._guesses_bind:  # a proof that nothing needs may be refused: Auth0's libraries do so
            _performed(play, play.call(beside))
        _performed(play, play.proven(resource.call(bound)))

    return act


def _nonce_there(resource: Resource) -> Callable[[ScenarioContext], None]:
    def act(play: ScenarioContext) -> None:
        found = enrolled(play, "otp")
        token = _token(play, resource, found, "ada")
        template = resource.call(token)
        template.scheme, template.proof = "DPoP", ProofTemplate(ADA)
        answer = play.call(template)
        if play.profile.dpop_nonce_at_resources:
            answer.refused(*resource.nonce).challenges("use_dpop_nonce")
            template.proof = ProofTemplate(ADA, f"{answer.nonce()}x")
            answer = play.call(template).refused(*resource.nonce)
            template.proof = ProofTemplate(ADA, answer.nonce())
            answer = play.call(template)
        elif play.subject._is_lenient:
            answer = play.with_nonce(template, answer)
        _performed(play, answer)

    return act


for _resource in RESOURCES:
    _name, _title = _resource.name, _resource.title
    scenario(
        f"dpop-{_name}",
        f"A bound token and a proof of its key are good for {_title}, once; each fault of the proof is refused.",
        "B9 D-37 U-39",
        needs="otp",
        controls="clock",
        feature=_resource.feature,
    )(_used(_resource))
    scenario(
        f"dpop-mismatch-at-{_name}",
        f"A bound token as a Bearer, an unbound one with a proof, and another key are refused by {_title}.",
        "B10 U-39",
        needs="otp",
        controls="clock",
        feature=_resource.feature,
    )(_mismatched(_resource))
    scenario(
        f"dpop-nonce-at-{_name}",
        f"Whether {_title} demands a nonce is disputed.",
        "B11 U-36",
        needs="otp",
        controls="clock",
        feature=_resource.feature,
    )(_nonce_there(_resource))


@scenario("dpop-discovery", "Discovery names the algorithm of proofs.", "B12 D-36", feature="dpop")
def dpop_discovery(play: ScenarioContext) -> None:
    body = play.call(calls.get("openid-configuration")).plain()
    named: Json = body.get("dpop_signing_alg_values_supported")
    if not isinstance(named, list) or "ES256" not in named:
        play.fail_value("$.dpop_signing_alg_values_supported", "a list with ES256", "another")
