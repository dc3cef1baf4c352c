"""The clock, faults and settings of the tenant, through the control plane."""

from __future__ import annotations

import dataclasses

from pytest_auth0_mfa.errors import closest
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import GRANTS
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.tenant.arguments import checked_flags, checked_names
from pytest_auth0_mfa.tenant.entities import METHODS
from pytest_auth0_mfa.tenant.entropy import code_lengths, code_lifetimes
from pytest_auth0_mfa.tenant.policies import checked_policy, described, known_factors
from pytest_auth0_mfa.tenant.tokens import SameForAll

from . import views
from .call import ControlCall, Node, flags, headers, mapping, number, numbers_by_channel, policy, texts, times


def get_clock(call: ControlCall) -> Json:
    """The time, in epoch seconds."""
    return views.clock(call.tenant)


def advance_clock(call: ControlCall) -> Json:
    """Move the clock forward."""
    call.tenant.clock.advance(call.members({"seconds": number}, "seconds")["seconds"])
    return get_clock(call)


def freeze_clock(call: ControlCall) -> Json:
    """Freeze the clock, at ``at`` or where it is."""
    call.tenant.clock.freeze(call.members({"at": number}).get("at"))
    return get_clock(call)


def unfreeze_clock(call: ControlCall) -> Json:
    """Let the clock run again."""
    call.tenant.clock.unfreeze()
    return get_clock(call)


def reset_clock(call: ControlCall) -> Json:
    """Return to real time."""
    call.tenant.clock.reset()
    return get_clock(call)


def get_faults(call: ControlCall) -> Json:
    """How many faults are queued, by operation."""
    return call.tenant.faults.pending()


def clear_faults(call: ControlCall) -> Json:
    """Remove all queued faults."""
    call.tenant.faults.clear()
    return get_faults(call)


def fail_next(call: ControlCall) -> Json:
    """As `Tenant.fail_next`."""
    readers = {
        "operation": Node.text,
        "status": Node.count,
        "error": Node.text,
        "description": Node.text,
        "headers": headers,
        "body": _text_or_object,
        "times": times,
    }
    call.tenant.fail_next(**call.members(readers, "operation"))
    return get_faults(call)


def _text_or_object(node: Node) -> Json:
    if not isinstance(node.value, str | dict):
        raise node.wrong("a string or an object")
    return node.value


def delay_next(call: ControlCall) -> Json:
    """As `Tenant.delay_next`."""
    readers = {"operation": Node.text, "seconds": number, "times": times}
    call.tenant.delay_next(**call.members(readers, "operation", "seconds"))
    return get_faults(call)


def drop_next(call: ControlCall) -> Json:
    """As `Tenant.drop_next`."""
    readers = {"operation": Node.text, "after_half": Node.flag, "times": times}
    call.tenant.drop_next(**call.members(readers, "operation"))
    return get_faults(call)


def get_factors(call: ControlCall) -> Json:
    """The factors that are on."""
    return sorted(call.tenant.factors)


def set_factors(call: ControlCall) -> Json:
    """Set the factors that are on."""
    call.tenant.factors = known_factors(texts(call.body))
    return get_factors(call)


def get_policy(call: ControlCall) -> Json:
    """The policy."""
    return {"policy": described(call.tenant.policy)}


def set_policy(call: ControlCall) -> Json:
    """Set the policy."""
    call.tenant.policy = checked_policy(call.members({"policy": policy}, "policy")["policy"])
    return get_policy(call)


def get_audiences(call: ControlCall) -> Json:
    """The APIs that exist; null: every API."""
    return {"audiences": views.audiences(call.tenant)}


def set_audiences(call: ControlCall) -> Json:
    """Set the APIs that exist; null: every API."""
    given = call.members({"audiences": _texts_or_null}, "audiences")["audiences"]
    call.tenant.audiences = checked_names("audiences", given)
    return get_audiences(call)


def get_proof_of_possession(call: ControlCall) -> Json:
    """The APIs that bind tokens, and whether each demands a proof; null: every API binds, and none demands."""
    return {"proof_of_possession": call.tenant.proof_of_possession}


def set_proof_of_possession(call: ControlCall) -> Json:
    """Set the APIs that bind tokens, and whether each demands a proof."""
    name = "proof_of_possession"
    given = call.members({name: lambda node: None if node.value is None else flags(node)}, name)
    call.tenant.proof_of_possession = checked_flags(name, given[name])
    return get_proof_of_possession(call)


def _texts_or_null(node: Node) -> list[str] | None:
    return None if node.value is None else texts(node)


def get_codes(call: ControlCall) -> Json:
    """The number of digits and the lifetime in seconds of codes, by channel."""
    return views.codes(call.tenant)


def set_codes(call: ControlCall) -> Json:
    """Change the digits and lifetimes of some channels; sms and voice are one setting."""
    given = call.members({"lengths": numbers_by_channel, "lifetimes": numbers_by_channel})
    tenant = call.tenant
    lengths = code_lengths({"email": tenant.code_lengths["email"], "sms": tenant.code_lengths["sms"]})
    lifetimes = code_lifetimes({"email": tenant.code_lifetimes["email"], "sms": tenant.code_lifetimes["sms"]})
    for settings, name in ((lengths, "lengths"), (lifetimes, "lifetimes")):
        for channel, digits_or_seconds in given.get(name, {}).items():
            settings[channel] = digits_or_seconds
    tenant.code_lengths, tenant.code_lifetimes = lengths, lifetimes
    return get_codes(call)


def get_claims(call: ControlCall) -> Json:
    """The custom claims of every token, without those of single users."""
    return {"claims": views.claims(call.tenant)}


def set_claims(call: ControlCall) -> Json:
    """Set the custom claims of every token."""
    given = call.members({"claims": mapping}, "claims")["claims"]
    call.tenant.claims = SameForAll(given) if given else None
    return get_claims(call)


def get_profile(call: ControlCall) -> Json:
    """Every field of the profile."""
    return dataclasses.asdict(call.tenant.profile)


def change_profile(call: ControlCall) -> Json:
    """Change some fields of the profile."""
    call.tenant.profile = call.tenant.profile.with_(**_fields(call.body))
    return get_profile(call)


def replace_profile(call: ControlCall) -> Json:
    """Replace the profile. Fields that are left out get their default."""
    call.tenant.profile = Profile.from_mapping(_fields(call.body))
    return get_profile(call)


def _fields(node: Node) -> dict[str, Json]:
    return {name: member.value for name, member in node.members(profile_fields()).items()}


def list_applications(call: ControlCall) -> Json:
    """Every application with its secret."""
    return [
        {
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "token_endpoint_auth_method": application.token_endpoint_auth_method,
            "name": application.name,
            "grant_types": sorted(application.grant_types),
            "rotate_refresh_tokens": application.rotate_refresh_tokens,
            "refresh_token_leeway": application.refresh_token_leeway,
            "require_proof_of_possession": application.require_proof_of_possession,
        }
        for application in call.tenant.applications.values()
    ]


def create_application(call: ControlCall) -> Json:
    """As `Tenant.add_application`."""
    readers = {
        "client_id": Node.text,
        "client_secret": Node.text,
        "name": Node.text,
        "token_endpoint_auth_method": lambda node: node.choice(METHODS),
        "grant_types": texts,
        "public_keys": texts,
        "rotate_refresh_tokens": Node.flag,
        "refresh_token_leeway": Node.count,
        "require_proof_of_possession": Node.flag,
    }
    call.tenant.add_application(**call.members(readers))
    return list_applications(call)[-1]


def change_application(call: ControlCall) -> Json:
    """Change the rotation of an application's refresh tokens, its grants, and whether it demands proofs."""
    known = call.tenant.applications
    client_id = call.parts["application"]
    if client_id not in known:
        raise LookupError(f"there is no application {client_id!r}. {closest(client_id, known)}".strip())
    readers = {
        "rotate_refresh_tokens": Node.flag,
        "refresh_token_leeway": Node.count,
        "require_proof_of_possession": Node.flag,
        "grant_types": lambda node: frozenset(grant.choice(GRANTS) for grant in node.items()),
    }
    for name, value in call.members(readers).items():
        setattr(known[client_id], name, value)
    return next(application for application in list_applications(call) if application["client_id"] == client_id)
