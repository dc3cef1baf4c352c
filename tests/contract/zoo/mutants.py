"""Mutants of the model: one line of it is another, for subject and oracle alike.

The machine cannot see these, since both sides of its duel are wrong alike. The scenarios do: they are the second copy
of the contract.
"""

# ruff: noqa: E501 - a table: one mutant, one line
from __future__ import annotations

import ast
import importlib
import inspect
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import CodeType, FunctionType, ModuleType

from pytest_auth0_mfa.spec.refusals import REFUSALS


@dataclass(frozen=True)
class Mutant:
    """``old`` stands exactly once in the module, inside a function."""

    name: str
    module: str
    old: str
    new: str


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """The model with this mutant in it. Functions keep their identity, so that whoever imported them has it too."""
    module = importlib.import_module(f"pytest_auth0_mfa.{mutant.module}")
    source = inspect.getsource(module)
    assert source.count(mutant.old) == 1, f"{mutant.name}: {source.count(mutant.old)} places instead of one"
    ast.parse(changed := source.replace(mutant.old, mutant.new))
    fresh = types.ModuleType(module.__name__)
    fresh.__file__, fresh.__package__ = module.__file__, module.__package__
    fresh.__path__ = getattr(module, "__path__", [])
    exec(compile(changed, str(module.__file__), "exec"), fresh.__dict__)
    codes = dict(_codes(fresh))
    was: list[tuple[FunctionType, CodeType]] = []
    for name, function in _functions(module):
        if name in codes and codes[name].co_freevars == function.__code__.co_freevars:
            was.append((function, function.__code__))
            function.__code__ = codes[name]
    try:
        yield
    finally:
        for function, code in was:
            function.__code__ = code


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for name, value in vars(module).items():
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            yield name, value
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for member, held in vars(value).items():
                function = held.fget if isinstance(held, property) else held
                if isinstance(function, FunctionType):
                    yield f"{name}.{member}", function


def _codes(module: ModuleType) -> Iterator[tuple[str, CodeType]]:
    for name, function in _functions(module):
        yield name, function.__code__


@contextmanager
def another_refusal(case: str, **fields: str) -> Iterator[None]:
    """The table of refusals with another row: ``answer`` or ``description``."""
    table = {**REFUSALS, case: replace(REFUSALS[case], **fields)}  # type: ignore[arg-type]
    # By its name: as an attribute of the package, `refusal` is the function.
    names = vars(importlib.import_module("pytest_auth0_mfa.tenant.state"))
    before, names["REFUSALS"] = names["REFUSALS"], types.MappingProxyType(table)
    names["_answer"].cache_clear()  # it remembers rows that it has read
    try:
        yield
    finally:
        names["REFUSALS"] = before
        names["_answer"].cache_clear()


_ROWS = (
    # -- enrollment
    ("second-factor-by-mfa-token", "tenant.enrollment", "if session.is_mfa_token and user.enrolled:", "if False:"),
    ("enrolled-by-access-token-too", "tenant.enrollment", "if session.is_mfa_token and user.enrolled:", "if user.enrolled:"),
    ("one-authenticator-more", "tenant.enrollment", "> AUTHENTICATORS:", "> AUTHENTICATORS + 1:"),
    ("one-authenticator-less", "tenant.enrollment", "> AUTHENTICATORS:", ">= AUTHENTICATORS:"),
    ("recovery-code-with-factor-off", "tenant.enrollment", "if RECOVERY not in tenant.factors:", "if False:"),
    ("recovery-code-each-time", "tenant.enrollment", "if user.recovery is not None:\n        if", "if user.recovery is not None and user.recovery.active:\n        if"),
    ("recovery-code-stays-pending", "tenant.enrollment", "    if user.recovery is not None:\n        user.recovery.active = True", "    if user.recovery is not None:\n        user.recovery.active = False"),
    ("twins-of-two-suffixes", "tenant.enrollment", 'entry("voice" if factor == "sms" else "sms", suffix)', 'entry("voice" if factor == "sms" else "sms", tenant.entropy.device_suffix())'),
    ("push-and-totp-of-one-suffix", "tenant.enrollment", 'entry("otp", tenant.entropy.device_suffix())', 'entry("otp", suffix)'),
    ("voice-is-always-a-twin", "tenant.enrollment", 'elif factor in ("sms", "voice") and {"sms", "voice"} <= tenant.factors:', 'elif factor in ("sms", "voice"):'),
    ("twins-strangers", "tenant.enrollment", "first.twin, twin.twin = twin, first", "pass"),
    ("nothing-is-confirmed", "tenant.enrollment", "    authenticator.activate()", "    pass"),
    ("no-binding-method", "tenant.enrollment", 'body["binding_method"] = "prompt"', "pass"),
    ("totp-of-sha256", "tenant.enrollment", "&algorithm=SHA1&digits", "&algorithm=SHA256&digits"),
    ("push-channel-push", "tenant.enrollment", "body[tenant.rules.oob_channel_name] = CHANNEL[factor]", "body[tenant.rules.oob_channel_name] = factor"),
    ("any-phone-number", "tenant.enrollment", 'raise tenant.refusal("invalid_phone_number")', "pass"),
    ("any-email", "tenant.enrollment", 'raise tenant.refusal("invalid_email")', "pass"),
    ("phone-number-optional", "tenant.enrollment", 'raise tenant.refusal("missing_parameter", name="phone_number")', "phone_number = user.phone_number"),
    ("factors-always-on", "tenant.enrollment", "if factor in tenant.factors:\n            return factor", "if True:\n            return factor"),
    ("last-value-wins", "tenant.enrollment", "    for factor in wanted:", "    for factor in reversed(wanted):"),
    ("association-without-limit", "tenant.enrollment", "tenant.check_message(user, factor)", "pass"),
    # -- authenticators and the list
    ("phone-shows-five-digits", "tenant.entities", "number[-4:] if", "number[-5:] if"),
    ("twin-stays-pending", "tenant.entities", "for half in (self, self.twin):", "for half in (self,):"),
    ("email-shown-whole", "tenant.entities", "return masked_email(self.address, self._tenant.rules.email_mask_visible)", "return self.address"),
    ("twin-survives-deletion", "tenant.enrollment", "for gone in (authenticator, authenticator.twin):", "for gone in (authenticator,):"),
    ("verified-email-can-be-deleted", "tenant.enrollment", 'raise tenant.refusal("delete_implicit_email")', "return"),
    ("deletion-of-nothing", "tenant.enrollment", 'raise tenant.refusal("delete_unknown")', "return"),
    ("recovery-code-listed-last", "tenant.enrollment", "if recovery is not None and brought is entry:", "if False:"),
    ("recovery-code-always-active", "tenant.enrollment", "_row(tenant, recovery.id, RECOVERY, recovery.active, None, typed=typed))\n    if recovery", "_row(tenant, recovery.id, RECOVERY, True, None, typed=typed))\n    if recovery"),
    ("rows-without-name", "tenant.enrollment", "    if name is not None:", "    if False:"),
    # -- challenges
    ("oob-code-lives-a-second-longer", "tenant.entities", ">= self.made_at + life_of_oob_code(", "> self.made_at + life_of_oob_code("),
    ("oob-code-works-again", "tenant.entities", 'if self.state == "used" or self.authenticator.deleted:', "if self.authenticator.deleted:"),
    ("oob-code-of-the-deleted-works", "tenant.entities", 'if self.state == "used" or self.authenticator.deleted:', 'if self.state == "used":'),
    ("new-challenge-kills-the-old", "tenant.entities", "return self.superseded and tenant.rules.challenge_replaces_earlier", "return self.superseded"),
    ("pending-can-be-named", "tenant.challenges", "named = [a for a in active if a.id == authenticator_id]", "named = [a for a in listed if a.id == authenticator_id]"),
    ("newest-is-challenged", "tenant.challenges", 'fitting[0 if tenant.rules.default_authenticator == "oldest" else -1]', "fitting[-1]"),
    ("channel-is-ignored", "tenant.challenges", "(channel is None or CHANNEL.get(a.factor) == channel)", "True"),
    ("factor-off-is-challenged", "tenant.challenges", "active = [a for a in listed if a.active and a.factor in tenant.factors]", "active = [a for a in listed if a.active]"),
    ("push-asks-for-a-code", "tenant.challenges", 'if authenticator.factor != "push":', "if True:"),
    ("challenge-without-limit", "tenant.challenges", "tenant.check_message(user, authenticator.factor)", "pass"),
    ("challenge-type-is-ignored", "tenant.challenges", "if TYPE[named[0].factor] in types:", "if True:"),
    ("provider-failure-unnoticed", "tenant.challenges", 'raise tenant.refusal("challenge_unavailable")', "pass"),
    ("supported-types-in-the-plural", "tenant.challenges", "{'s' if len(has) > 1 else ''}", "s"),
    # -- verification
    ("otp-guesses-are-free", "tenant.verification", '    bucket.take(now)\n    raise tenant.refusal("wrong_otp")', '    raise tenant.refusal("wrong_otp")'),
    ("otp-works-twice", "tenant.verification", "step <= authenticator.last_step", "step < authenticator.last_step"),
    ("otp-window-wider", "tenant.verification", "now, tenant.rules.totp_window)", "now, tenant.rules.totp_window + 1)"),
    ("pending-otp-beside-an-active-factor", "tenant.verification", "if session.is_mfa_token and user.enrolled:\n        return active", "if session.is_mfa_token and user.enrolled:\n        return active + waiting"),
    ("otp-needs-no-enrollment", "tenant.verification", 'raise tenant.refusal("not_enrolled")', "return"),
    ("oob-code-of-anybody", "tenant.verification", "if challenge.session != session.token:", "if False:"),
    ("oob-code-never-expires", "tenant.verification", "if challenge.expired(tenant):", "if False:"),
    ("oob-code-never-useless", "tenant.verification", "if challenge.useless(tenant):", "if False:"),
    ("binding-code-optional", "tenant.verification", 'raise tenant.refusal("missing_binding_code")', 'binding_code = challenge.code or ""'),
    ("any-binding-code", "tenant.verification", "if not right or challenge.code_expired(tenant):", "if challenge.code_expired(tenant):"),
    ("binding-code-guesses-are-free", "tenant.verification", 'bucket.take(tenant.clock.now())\n        raise tenant.refusal("wrong_binding_code")', 'raise tenant.refusal("wrong_binding_code")'),
    ("right-code-burns-nothing", "tenant.verification", '    challenge.state = "used"\n    if not', '    if not'),
    ("rejection-is-pending", "tenant.verification", 'raise tenant.refusal("push_rejected")', 'raise tenant.refusal("authorization_pending")'),
    ("polling-in-a-hurry", "tenant.verification", "now - last < interval - 1e-6", "now - last < interval - 2"),
    ("polling-too-slow", "tenant.verification", "now - last < interval - 1e-6", "now - last < interval + 1"),
    ("old-recovery-code-lives-on", "tenant.verification", "    recovery.code = tenant.entropy.recovery_code()", "    pass"),
    ("recovery-code-of-the-unconfirmed", "tenant.verification", "not (recovery.active or tenant.rules.recovery_code_before_confirmation)", "False"),
    ("recovery-code-with-factor-off-works", "tenant.verification", 'recovery is not None and "recovery-code" in tenant.factors', "recovery is not None"),
    ("one-guess-more", "tenant.verification", "< 1 - 1e-9", "< 0"),
    ("right-code-refills", "tenant.verification", " and tenant.rules.success_resets_codes", ""),
    # -- tokens
    ("mfa-token-lives-a-second-longer", "tenant.issued", "tenant.clock.now() >= self.ends_at(tenant)", "tenant.clock.now() > self.ends_at(tenant)"),
    ("challenge-extends-the-token", "tenant.issued", " and tenant.rules.challenge_extends_mfa_token", ""),
    ("used-token-is-dead", "tenant.issued", ' and tenant.rules.mfa_token_after_success == "dead"', ""),
    ("mfa-access-token-lives-a-day", "tenant.tokens", "lifetime = MFA_ACCESS_TOKEN_LIFETIME if", "lifetime = ACCESS_TOKEN_LIFETIME if"),
    ("always-an-id-token", "tenant.tokens", 'if "openid" in scopes and not only_access_token:', "if not only_access_token:"),
    ("always-a-refresh-token", "tenant.tokens", 'if "offline_access" in scopes and not renewing and not only_access_token:', "if not renewing and not only_access_token:"),
    ("id-token-for-nobody", "tenant.tokens", '"aud": application.client_id,', '"aud": tenant.issuer,'),
    ("id-token-with-amr", "tenant.tokens", '"exp": now + ID_TOKEN_LIFETIME,', '"exp": now + ID_TOKEN_LIFETIME, "amr": ["mfa"],'),
    ("issuer-without-slash", "tenant.state", 'return f"https://{self.domain}/"', 'return f"https://{self.domain}"'),
    # -- the endpoint of tokens
    ("any-password", "app.authentication.token", "user is None or not verification.same(given, user.password)", "user is None"),
    ("no-mfa-for-a-realm", "app.authentication.token", "    return password(grant)", "    grant.tenant.policy = 'never'\n    return password(grant)"),
    ("token-of-any-client", "app.authentication.token", "if session.client_id != application.client_id:", "if False:"),
    ("access-token-starts-a-challenge", "app.authentication.token", "if session is None and for_grant:", "if session is None:"),
    ("access-token-confirms-nothing", "app.authentication.token", "if session is None and for_grant:", "if False:"),
    ("refresh-of-any-client", "app.authentication.token", "kept.client_id != grant.application.client_id", "False"),
    ("every-grant-allowed", "app.authentication.token", "if not application.may_use(operation.grant_type or \"\"):", "if False:"),
    ("scope-of-the-grant-counts", "app.authentication.token", ' and tenant.rules.mfa_grant_scope == "applied"', ""),
    ("recovery-code-not-shown", "app.authentication.token", 'return body if recovery_code is None else {**body, "recovery_code": recovery_code}', "return body"),
    ("secret-of-anybody", "app.authentication.clients", "    if not right:", "    if False:"),
    # -- bearers
    ("mfa-token-deletes", "app.authentication.mfa", "session = bearer(tenant, request, tokens.REMOVE, mfa_token=False)", "session = bearer(tenant, request, tokens.REMOVE, mfa_token=True)"),
    ("expired-bearer-works", "app.authentication.mfa", " or session.dead(tenant) or session.expired(tenant):", ":"),
    ("scopes-do-not-matter", "app.authentication.mfa", "    if scope not in access.scopes:", "    if False:"),
    ("audience-does-not-matter", "app.authentication.mfa", "access.user is None or tenant.mfa_audience not in access.audiences", "access.user is None"),
    ("old-access-token-works", "app.authentication.mfa", "access is None or tenant.clock.now() >= access.expires_at", "access is None"),
    ("percent-stays", "app.authentication.mfa", 'unquote(request.path.partition("?")[0].rpartition("/")[2])', 'request.path.partition("?")[0].rpartition("/")[2]'),
    ("challenge-of-otp-only", "app.authentication.mfa", 'return ["otp", "oob"]', 'return ["otp"]'),
    ("challenge-type-is-one-word", "app.authentication.mfa", "list(dict.fromkeys(asked.split()))", "[asked]"),
    ("audience-forces-mfa-for-email", "tenant.state", 'any(a.active and a.factor != "email" for a in user.entries)', "any(a.active for a in user.entries)"),
    ("audience-never-forces-mfa", "tenant.state", 'any(a.active and a.factor != "email" for a in user.entries)', "False"),
    ("every-email-is-verified", "tenant.state", 'if not user.email_verified or "email" not in self.factors:', 'if "email" not in self.factors:'),
    # -- proofs of possession
    ("signature-unchecked", "tenant.dpop", 'if not tenant.signer.proven(proof.text, header["jwk"]):', "if False:"),
    ("typ-unchecked", "tenant.dpop", 'if header.get("typ") != TYPE:', "if False:"),
    ("htm-unchecked", "tenant.dpop", 'if claims.get("htm") != method:', "if False:"),
    ("htu-unchecked", "tenant.dpop", 'if not any(same_url(claims.get("htu"), url) for url in urls):', "if False:"),
    ("iat-unchecked", "tenant.dpop", "if not now - tenant.rules.dpop_proof_lifetime <= made_at <=", "if not made_at <="),
    ("future-unchecked", "tenant.dpop", " <= made_at <= now + FUTURE:", " <= made_at:"),
    ("jti-optional", "tenant.dpop", 'if not isinstance(claims.get("jti"), str) or not claims["jti"]:', 'claims.setdefault("jti", "")\n    if False:'),
    ("jti-unkept", "tenant.dpop", "        return False\n    used[name]", "        return True\n    used[name]"),
    ("ath-unchecked", "tenant.dpop", 'if access_token is not None and claims.get("ath") != hashed(access_token):', "if False:"),
    ("nonce-always-good", "tenant.dpop", "return made_at is not None and tenant.clock.now() < made_at + tenant.rules.dpop_nonce_lifetime", "return isinstance(nonce, str)"),
    ("nonce-never-old", "tenant.dpop", "return made_at is not None and tenant.clock.now() < made_at + tenant.rules.dpop_nonce_lifetime", "return made_at is not None"),
    ("nonce-never-demanded", "app.authentication.bearer", "if demands_nonce and not dpop.is_good_nonce(", "if False and not dpop.is_good_nonce("),
    ("nonce-without-its-header", "app.authentication.bearer", 'headers["dpop-nonce"] = dpop.fresh_nonce(tenant)', "pass"),
    ("jkt-not-compared", "app.authentication.bearer", "tenant.rules.dpop_nonce_at_resources, token) != jkt:", "tenant.rules.dpop_nonce_at_resources, token) is None:"),
    ("bound-as-bearer", "app.authentication.bearer", "if scheme == BEARER and jkt is None:", "if scheme == BEARER:"),
    ("type-of-a-bound-token", "tenant.tokens", 'return "Bearer" if jkt is None else "DPoP"', 'return "Bearer"'),
    ("token-without-cnf", "tenant.tokens", '**({} if jkt is None else {"cnf": {"jkt": jkt}}),', ""),
    ("every-api-binds", "tenant.tokens", "binds, demands = audience in apis, apis.get(audience, False)", "binds, demands = True, apis.get(audience, False)"),
    ("api-demands-in-vain", "tenant.tokens", "    if demands and jkt is None:", "    if False:"),
    ("application-demands-in-vain", "tenant.tokens", "if application.require_proof_of_possession and not (binds and jkt):", "if False:"),
    ("refresh-any-key", "app.authentication.token", "if tokens.binding_of_refresh_token(tenant, grant.application, kept) not in (None, grant.jkt):", "if False:"),
    # -- the user's own page
    ("session-of-anybody", "tenant.account", "    if session.user is not user:", "    if False:"),
    ("auth-session-never-expires", "tenant.issued", "return tenant.clock.now() >= self.made_at + tenant.rules.me_auth_session_lifetime", "return False"),
    ("auth-session-lives-a-second-longer", "tenant.issued", "return tenant.clock.now() >= self.made_at + tenant.rules.me_auth_session_lifetime", "return tenant.clock.now() > self.made_at + tenant.rules.me_auth_session_lifetime"),
    ("auth-session-works-again", "tenant.account", "    session.used = True\n", "    session.used = False\n"),
    ("session-of-any-method", "tenant.account", "if id not in (id_of(enrolled(session)), new_id(tenant, session)):", "if False:"),
    ("any-otp-code", "tenant.account", "if not (takes_otp(tenant, entry, code) if challenge is None else takes_code(tenant, challenge, code)):", "if False:"),
    ("wrong-otp-codes-are-free", "tenant.account", "        bucket.take(tenant.clock.now())\n", "        pass\n"),
    ("push-unapproved", "tenant.account", "if session.challenge is not None and not approved(session.challenge):", "if False:"),
    ("otp-code-where-none-is-needed", "tenant.account", "        if otp_code is not None:", "        if False:"),
    ("nothing-is-confirmed-here", "tenant.account", "        confirm(tenant, user, method)\n    return", "        pass\n    return"),
    ("recovery-code-not-replaced", "tenant.account", "        user.recovery = method\n", "        pass\n"),
    ("recovery-code-at-once", "tenant.account", 'if tenant.rules.me_recovery_code_replaces == "at-once":', "if True:"),
    ("addresses-in-clear", "tenant.account", "method.name if tenant.rules.me_masks_addresses else method.address", "method.address"),
    ("channel-is-forgotten", "tenant.methods", "member.preferred = preferred or member.preferred", "pass"),
    ("name-is-forgotten", "tenant.methods", "member.label = member.label if name is None else name", "pass"),
    ("twenty-one-methods", "tenant.account", "for method in listed[:MOST_LISTED]]", "for method in listed[: MOST_LISTED + 1]]"),
    ("filter-is-ignored", "tenant.account", "if kind is None or type_of(method) == kind]", "if True]"),
    ("factors-that-are-off", "tenant.account", "for kind in TYPES if kind in on]", "for kind in TYPES]"),
    ("verified-email-removed", "tenant.account", "    if implicit is not None and rules.me_lists_verified_email:", "    if implicit is not None:"),
    ("location-not-encoded", "app.myaccount.methods", "quote(id, safe='')", "quote(id, safe='|') + '/'"),
    ("scopes-of-the-page-do-not-matter", "app.myaccount.call", "    if scope not in access.scopes:", "    if False:"),
    ("expired-token-of-the-page-works", "app.myaccount.call", "access is None or tenant.clock.now() >= access.expires_at", "access is None"),
    ("blocked-user-on-the-page", "app.myaccount.call", "if access.user.blocked or access.user.deleted:", "if False:"),
    ("unknown-members-are-ignored", "app.myaccount.call", "            if name not in required and name not in optional:", "            if False:"),
    ("any-media-type", "app.myaccount.call", "if media_type(self.request) != JSON_TYPE:", "if False:"),
    ("messages-are-free", "tenant.state", "        if not bucket.take(now):", "        if False:"),
)  # fmt: skip

MUTANTS = {name: Mutant(name, module, old, new) for name, module, old, new in _ROWS}
assert len(MUTANTS) == len(_ROWS)

REFUSAL_MUTANTS = {
    "already_enrolled": {"answer": "409 access_denied"},
    "authorization_pending": {"description": "Authorization pending."},
    "expired_oob_code": {"description": "oob_code expired"},
    "grant_not_allowed": {"answer": "401 unauthorized_client"},
    "invalid_bearer": {"answer": "401 invalid_token"},
    "malformed_mfa_token": {"description": "malformed mfa_token"},
    "malformed_oob_code": {"answer": "400 invalid_grant"},
    "missing_parameter": {"answer": "422 invalid_request"},
    "no_recovery_code": {"description": "User has no recovery code."},
    "me_invalid_body": {"answer": "400 A0E-400-0001"},
    "me_invalid_token": {"answer": "401 A0E-401-0002"},
    "me_missing_scope": {"answer": "401 A0E-403-0002"},
    "me_unknown_method": {"answer": "400 A0E-404-0002"},
    "provider_failure": {"description": "Could not send {what}."},
    "too_many_messages": {"description": "Too many {what}."},
    "wrong_otp": {"description": "Invalid otp_code"},
}
"""Rows of the table of refusals, each with one field that is another."""
