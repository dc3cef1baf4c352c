"""What takes bound tokens, and the proofs that come with them: entries B9 to B11."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.contract.tenant import account_calls, calls
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key, right_ones, wrong_ones

from .binding import ADA, by_app
from .registry import Enrolled, enrolled, scenario


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
    template = by_app(play, token, found.secret)
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
