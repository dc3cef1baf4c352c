"""Stories of bound access tokens: at each resource, with each key and each fault."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.contract.tenant import account_calls, calls
from pytest_auth0_mfa.contract.tenant.actions import AnswerPush
from pytest_auth0_mfa.contract.tenant.calls import CallTemplate, with_proof
from pytest_auth0_mfa.contract.tenant.proofs import ProofTemplate, key, right_ones
from pytest_auth0_mfa.contract.tenant.values import Totp, Value
from pytest_auth0_mfa.contract.tenant.walk.proof_telling import (
    BOTH,
    MANAGES,
    audience_of,
    granted,
    is_strict,
    of_proofs,
    use_everywhere,
    uses,
    wrong_proofs,
)
from pytest_auth0_mfa.contract.tenant.walk.telling import (
    MANAGE,
    bound,
    enroll,
    log_in,
    proven,
    story,
    user_of,
    wait,
)
from pytest_auth0_mfa.contract.tenant.walk.walk import Walk


def _bound_tokens_of(folder: str, scope: str, name: str, feature: str = "dpop") -> None:
    def tell(walk: Walk) -> None:
        """A token of one key, or of none, at each resource with each scheme and key."""
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        audience = audience_of(walk, folder)
        token = granted(walk, user, secret, name, walk.client, scope, audience).found["access_token"]
        use_everywhere(walk, user, secret, token, name, audience, scope)

    tell.__name__ = f"bound_tokens_of_{folder or 'no_audience'}"
    story(tell, feature)


for _name in ("ada", "eve", ""):
    _bound_tokens_of("", "openid", _name)
    _bound_tokens_of("mfa", BOTH, _name)
    _bound_tokens_of("me", f"openid {account_calls.SCOPES_OF_ME}", _name, "dpop my-account")


_FAULTS: Final = ("ath of another token", "htu longer", "htm of another method", "jti missing", "iat a day old")
_LOOKED_AT: Final = ("userinfo", "list-authenticators", "me-list-methods")
"""The calls at which each fault is tried; at the others a few are, since a story is quick only while it is short."""


def _at_resource(operation: str, folder: str, scope: str, feature: str = "dpop") -> None:
    def tell(walk: Walk) -> None:
        user = user_of(walk)
        secret = enroll(walk, user, "otp")
        audience = audience_of(walk, folder)

        def the_call(name: str) -> CallTemplate:
            token = bound(walk, user, secret, name, scope, audience).found["access_token"]
            return next(one for one in uses(walk, user, secret, token, audience, scope) if one.operation == operation)

        template = the_call("ada")
        every = operation in _LOOKED_AT
        for spoil in wrong_proofs(walk, at_resource=True) if every else _FAULTS:
            proven(walk, template, user, spoil=spoil)
        bare = with_proof(template, ProofTemplate(key("ada")))
        bare.proof = None
        walk.call(bare, user)
        proven(walk, template, user)
        used = walk.proof
        if used is not None:
            walk.call(with_proof(template, ProofTemplate(key("ada"), again=used)), user)
            proven(walk, template, user, jti_of=used)
        for spoil in right_ones(at_resource=True, strict=is_strict(walk)) if every else ():
            proven(walk, template, user, spoil=spoil)
        another = the_call("eve")
        for name in ("ada", "eve"):
            walk.call(with_proof(another, ProofTemplate(key(name))), user)

    tell.__name__ = f"proofs_at_{operation.replace('-', '_')}"
    story(tell, feature)


_at_resource("userinfo", "", "openid")
for _operation in MANAGES:
    _at_resource(_operation, "mfa", MANAGE)
for _operation in account_calls.SCOPES:
    _at_resource(_operation, "me", account_calls.SCOPES_OF_ME, "dpop my-account")


@of_proofs
def proofs_of_another_call(walk: Walk) -> None:
    """A proof that was made for one call is sent with another of the same token."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    token = bound(walk, user, secret, "ada", BOTH, walk.audience).found["access_token"]
    templates = list(uses(walk, user, secret, token, walk.audience, BOTH))
    for template in templates:
        proven(walk, template, user)
        used = walk.proof
        for other in templates:
            if used is not None and other.operation != template.operation:
                walk.call(with_proof(other, ProofTemplate(key("ada"), again=used)), user)


@of_proofs
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
        if thing is None or not is_strict(walk):  # whether it has to come with a proof here is not said
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


@of_proofs
def bound_tokens_that_are_over(walk: Walk) -> None:
    """Of bound tokens that expired, were tampered with or are of another kind the token is refused, not the proof."""
    user = user_of(walk)
    secret = enroll(walk, user, "otp")
    if not is_strict(walk):
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
