"""Proofs that bind tokens, right and wrong, and the nonces in them: entries B3 to B6."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, right_ones, wrong_ones

from .binding import ADA, INVALID, NONCE, asks_for_nonce, by_app, with_app
from .registry import enrolled, scenario

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
    found, token = with_app(play)
    template = by_app(play, token, found.secret)
    template.proof = ProofTemplate(ADA)
    if not asks_for_nonce(play):
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
    if not asks_for_nonce(play):
        return
    life = play.profile.dpop_nonce_lifetime
    play.wait(life)  # so that the next nonce is a new one
    found, token = with_app(play)
    template = by_app(play, token, found.secret)
    template.proof = ProofTemplate(ADA)
    nonce = play.call(template).refused(*NONCE).nonce()
    strict = play.subject._guesses_bind
    for seconds, good in ((life - play.edge, True), (play.edge, False)) if strict else ((86400.0, False),):
        play.wait(seconds)
        template = by_app(play, play.log_in(found.user, scope="openid"), found.secret)
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
    found, token = with_app(play)
    template = by_app(play, token, found.secret)
    template.proof = ProofTemplate(ADA)
    answer = play.call(template)
    if asks_for_nonce(play):
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
    found, token = with_app(play)
    answer = play.proven(by_app(play, token, found.secret)).tokens(scope="openid", jkt=ADA.jkt)
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
    found, token = with_app(play)
    template = by_app(play, token, found.secret)
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
        play.proven(by_app(play, token, found.secret), spoil=spoil).tokens(scope="openid", jkt=ADA.jkt)


@scenario(
    "dpop-used-again",
    "A proof works once: neither the same one nor another of its jti works again.",
    "B6",
    needs="otp",
    controls="clock",
    feature="dpop",
)
def dpop_used_again(play: ScenarioContext) -> None:
    found, token = with_app(play)
    template = by_app(play, token, found.secret)
    play.proven(template).tokens(scope="openid", jkt=ADA.jkt)
    used = template.proof
    play.wait(30)  # the code is another one; the proof and its nonce are not too old
    template = by_app(play, play.log_in(found.user, scope="openid"), found.secret)
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
    found, token = with_app(play)
    template = by_app(play, token, found.secret)
    if play.subject._guesses_bind:
        for age in (play.profile.dpop_proof_lifetime + 1, -31):
            play.proven(template, age=age).refused(*INVALID)
        play.proven(template, age=play.profile.dpop_proof_lifetime).tokens(scope="openid", jkt=ADA.jkt)
        play.wait(60)
        token = play.log_in(found.user, scope="openid")
        play.proven(by_app(play, token, found.secret), age=-30).tokens(scope="openid", jkt=ADA.jkt)
        return
    play.proven(template, age=86400).refused(*INVALID)
    play.proven(template, age=10).tokens(scope="openid", jkt=ADA.jkt)
