"""Bound tokens: a client that says so (``dpop = True``) sends a proof with each second factor, renews and calls with
one, and meets the tenant's demands for a nonce."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED, GivenAnswer, Token
from pytest_auth0_mfa.contract.client.own_page import SCOPES, OwnPage
from pytest_auth0_mfa.contract.client.worlds import HOSTILE, LATER, PLAIN, World
from pytest_auth0_mfa.tenant.clock import Clock
from pytest_auth0_mfa.tenant.entities import MfaDemand, User

from .challenge import answers_after, push_challenge
from .enroll import MANAGE
from .refresh import renewed
from .registry import covered, scenario
from .verify import app_of

API: Final = "https://api.example/"
DEMANDED: Final = World({"dpop_nonce": "always"})
"""The tenant demands a nonce of every application."""
PUBLIC: Final = World(public=True)
"""The application is public, and for that reason a nonce is demanded: entry B3 of the contract."""


def bound(example: ClientExample, user: User, *, audience: str | None = None, scope: str | None = None) -> GivenAnswer:
    """Log in and verify with an authenticator app, which binds the tokens."""
    token = example.token(example.first_factor(user, audience=audience, scope=scope))
    return example.verify_otp(token, example.otp(app_of(user)))


def bound_token(example: ClientExample, user: User, audience: str, scope: str) -> Token:
    """The access token of such a login."""
    return example.token(bound(example, user, audience=audience, scope=scope))


def outlive_nonce(example: ClientExample) -> None:
    """Advance the clock until the newest nonce is too old."""
    example.advance(example.tenant.profile.dpop_nonce_lifetime + 1)


def forget_nonces(example: ClientExample) -> None:
    """Let the tenant know no nonce that it answered so far, so that it demands one of the next call."""
    example.tenant.tokens.nonces.clear()
    example.remark("let the tenant forget its nonces")


@contextmanager
def forgotten_nonces(example: ClientExample) -> Iterator[None]:
    """Until the block ends, let the tenant know no nonce that it answered, as servers do that share none: where it
    demands one, it demands another each time."""
    nonces = example.tenant.tokens.nonces
    example.remark("let the tenant forget each nonce at once")
    nonces.clear()
    example.recording.after = lambda _: nonces.clear()
    try:
        yield
    finally:
        example.recording.after = None
    example.remark("let the tenant remember nonces again")


# -- grants ----------------------------------------------------------------------------------------


@scenario(
    "dpop-verify-otp", "The code of an app is sent with a proof, and the tokens are bound.", PLAIN, HOSTILE, dpop=True
)
def verify_otp(example: ClientExample) -> None:
    bound(example, example.user("otp"))
    bound(example, example.user("otp"), audience=API, scope="openid read:things")


@scenario(
    "dpop-verify-oob",
    "A code that was sent comes with a proof, a wrong one and the right one after it with one each.",
    PLAIN,
    HOSTILE,
    dpop=True,
)
def verify_oob(example: ClientExample) -> None:
    user = example.user("email")
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    right = example.code(user, "email")
    example.verify_oob(token, oob_code, example.wrong(right), expect="invalid_grant")
    example.verify_oob(token, oob_code, right)


@scenario(
    "dpop-verify-push",
    "Each poll of a push request has a proof of its own, and a demand for a nonce is no answer to it.",
    PLAIN,
    DEMANDED,
    PUBLIC,
    polls=False,
    dpop=True,
)
def verify_push(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    example.verify_oob(token, oob_code, expect="authorization_pending")
    example.advance(10)
    example.approve(user)
    example.verify_oob(token, oob_code)


@scenario(
    "dpop-push-polled",
    "A client that polls by itself signs each poll anew, and meets a demand for a nonce in between.",
    World({"dpop_nonce": "always", "dpop_nonce_lifetime": 12}),
    replace(PUBLIC, profile={"dpop_nonce_lifetime": 12}),
    polls=True,
    in_process_only=True,
    dpop=True,
)
def push_polled(example: ClientExample) -> None:
    user = example.user("push")
    token, oob_code = push_challenge(example, user)
    answers_after(example, 5, example.approve, user)
    example.verify_oob(token, oob_code)


@scenario("dpop-verify-recovery-code", "A recovery code is sent with a proof.", PLAIN, HOSTILE, dpop=True)
def verify_recovery_code(example: ClientExample) -> None:
    user = example.user("email")
    example.verify_recovery_code(example.begin(user), user.recovery_code or "")


@scenario("dpop-two-factors", "Where one factor is not enough, the next one has a proof too.", PLAIN, dpop=True)
def two_factors(example: ClientExample) -> None:
    user = example.user("email", "otp")
    example.demand(MfaDemand(), MfaDemand())
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    answer = example.verify_oob(token, oob_code, example.code(user, "email"), expect="mfa_required")
    example.verify_otp(example.token(answer), example.otp(app_of(user)))


@scenario(
    "dpop-api-without",
    "For an API that binds no tokens the answer is Bearer: the token is sent so, or the client wants none such.",
    PLAIN,
    dpop=True,
)
def api_without(example: ClientExample) -> None:
    example.tenant.proof_of_possession = {}
    example.remark("let no API bind tokens")
    answer = bound(example, example.user("otp"), audience=API)
    if answer.token is not None:  # it is for another API, so it is refused: what counts is the scheme
        covered(lambda: example.rows(example.token(answer), expect=None))
        covered(lambda: OwnPage(example, example.token(answer)).methods(expect=None))
    example.tenant.proof_of_possession = None
    example.remark("let all APIs bind tokens again")
    bound(example, example.user("otp"), audience=API)


# -- renewal ---------------------------------------------------------------------------------------


@scenario(
    "dpop-refresh",
    "What came with bound tokens renews, each time with a proof of the same key if it is bound itself.",
    PLAIN,
    World(rotates=True),
    PUBLIC,
    replace(PUBLIC, rotates=True),
    dpop=True,
)
def refresh(example: ClientExample) -> None:
    user = example.user("otp")
    made = bound(example, user, scope="openid offline_access").body
    user.mfa = False
    example.remark("let the user renew without MFA")
    kept = made["refresh_token"]
    for _ in range(2):
        if example.world.rotates:
            kept = renewed(example, user, kept)
        else:
            example.refresh_with(user, kept, expect=GRANTED)


# -- nonces ----------------------------------------------------------------------------------------


@scenario(
    "dpop-nonce",
    "use_dpop_nonce is no refusal: the same call is made once more, with the nonce of the answer.",
    DEMANDED,
    World({"dpop_nonce": "always", "dpop_nonce_on_success": True}, unknown=True),
    World({"dpop_nonce": "always", "use_dpop_nonce": "401 use_dpop_nonce"}, guessed=True),
    PUBLIC,
    dpop=True,
)
def nonce(example: ClientExample) -> None:
    bound(example, example.user("otp"))
    user = example.user("email", "otp")
    token = example.begin(user)
    example.verify_otp(token, example.wrong(example.otp(app_of(user))), expect="invalid_grant")
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    example.verify_oob(token, oob_code, example.code(user, "email"))
    covered(lambda: example.verify_recovery_code(example.begin(user), user.recovery_code or ""))


@scenario(
    "dpop-nonce-changes",
    "A nonce does not live long: another one is demanded in time, and takes its place.",
    replace(DEMANDED, behind=LATER.behind),
    replace(PUBLIC, behind=LATER.behind),
    dpop=True,
)
def nonce_changes(example: ClientExample) -> None:
    user = example.user("email", "otp")
    made = bound(example, user, scope="openid offline_access").body
    outlive_nonce(example)
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    example.verify_oob(token, oob_code, example.code(user, "email"))
    outlive_nonce(example)
    covered(lambda: example.verify_recovery_code(example.begin(user), user.recovery_code or ""))
    outlive_nonce(example)
    user.mfa = False
    example.remark("let the user renew without MFA")
    covered(lambda: example.refresh_with(user, made["refresh_token"], expect=GRANTED))


@scenario(
    "dpop-nonce-at-each-grant",
    "Whatever grant is met with a demand for a nonce, it is asked for again as it was, with all that it said.",
    DEMANDED,
    PUBLIC,
    dpop=True,
)
def nonce_at_each_grant(example: ClientExample) -> None:
    user = example.user("email", "otp")
    asked = {"audience": API, "scope": "openid offline_access read:things"}
    forget_nonces(example)
    made = bound(example, user, **asked).body
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    forget_nonces(example)
    example.verify_oob(token, oob_code, example.code(user, "email"))
    user.mfa = False
    example.remark("let the user renew without MFA")
    refresh = partial(example.refresh_with, user, made["refresh_token"], expect=GRANTED)
    page = {"audience": example.tenant.me_audience, "scope": SCOPES}
    for more in ({"scope": "openid read:things"}, {"audience": API}, page, {}):
        forget_nonces(example)
        covered(partial(refresh, **more))


@scenario(
    "dpop-nonce-with-a-wrong-code",
    "Any answer may bring a nonce, a refusal too: only a demand for one is a reason to call again.",
    replace(DEMANDED, nonces=True),
    replace(PLAIN, nonces=True),
    replace(HOSTILE, nonces=True),
    dpop=True,
)
def nonce_with_a_wrong_code(example: ClientExample) -> None:
    user = example.user("email", "otp")
    token = example.begin(user)
    example.verify_otp(token, example.wrong(example.otp(app_of(user))), expect="invalid_grant")
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    right = example.code(user, "email")
    example.verify_oob(token, oob_code, example.wrong(right), expect="invalid_grant")
    example.verify_oob(token, oob_code, right)


@scenario(
    "dpop-nonce-again-and-again",
    "If a nonce is demanded again and again, the call ends in AuthError after a few attempts, each with a proof.",
    DEMANDED,
    PUBLIC,
    dpop=True,
)
def nonce_again_and_again(example: ClientExample) -> None:
    user = example.user("email", "otp")
    made = bound(example, user, scope="openid offline_access").body
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    code = example.code(user, "email")
    with forgotten_nonces(example):
        answer = example.verify_oob(token, oob_code, code, expect=None)
        covered(lambda: example.verify_otp(token, example.otp(app_of(user)), expect=None))
        covered(lambda: example.verify_recovery_code(token, user.recovery_code or "", expect=None))
        covered(lambda: example.refresh_with(user, made["refresh_token"], expect=None))
    if not answer.granted:  # a consumer's tenant may demand none
        example.verify_oob(token, oob_code, code)


# -- refusals --------------------------------------------------------------------------------------


@scenario(
    "dpop-refused-proof",
    "If the tenant refuses a proof, the call ends in AuthError: it is not made without one, and the key is kept.",
    PLAIN,
    dpop=True,
)
def refused_proof(example: ClientExample) -> None:
    user = example.user("email", "otp")
    made = bound(example, user, audience=example.tenant.mfa_audience, scope=MANAGE + " offline_access")
    bound_to_key = example.token(made)
    token = example.begin(user)
    oob_code = example.challenge(token, user.entries[0].id).body["oob_code"]
    code = example.code(user, "email")
    before = example.tenant.clock_of_proofs
    clock = before or example.tenant.clock
    example.tenant.clock_of_proofs = Clock(lambda: clock.now() + 2 * example.tenant.profile.dpop_proof_lifetime)
    example.remark("let the tenant find every proof too old")
    answer = example.verify_oob(token, oob_code, code, expect=None)
    covered(lambda: example.rows(bound_to_key, expect=None))
    covered(lambda: example.refresh_with(user, made.body["refresh_token"], expect=None))
    example.tenant.clock_of_proofs = before
    example.remark("let the tenant accept proofs again")
    covered(lambda: example.rows(bound_to_key))
    if not answer.granted:
        example.verify_oob(token, oob_code, code)
