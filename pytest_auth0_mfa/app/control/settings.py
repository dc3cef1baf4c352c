"""Time, faults, and what the tenant is, through the control plane."""

from __future__ import annotations

import dataclasses

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.tenant.entities import METHODS
from pytest_auth0_mfa.tenant.factors import known_factors
from pytest_auth0_mfa.tenant.policies import checked_policy, policy_name

from . import views
from .call import ControlCall, headers, number, texts, times
from .json_node import Node


def get_clock(call: ControlCall) -> Json:
    """The time, in epoch seconds."""
    return views.clock(call.tenant)


def advance_clock(call: ControlCall) -> Json:
    """Move the clock forward."""
    call.tenant.clock.advance(call.members({"seconds": number}, "seconds")["seconds"])
    return get_clock(call)


def freeze_clock(call: ControlCall) -> Json:
    """Hold the clock, at ``at`` or where it is."""
    call.tenant.clock.freeze(call.members({"at": number}).get("at"))
    return get_clock(call)


def unfreeze_clock(call: ControlCall) -> Json:
    """Let the clock run on."""
    call.tenant.clock.unfreeze()
    return get_clock(call)


def reset_clock(call: ControlCall) -> Json:
    """Back to real time."""
    call.tenant.clock.reset()
    return get_clock(call)


def get_faults(call: ControlCall) -> Json:
    """How many faults wait, by operation."""
    return call.tenant.faults.pending()


def clear_faults(call: ControlCall) -> Json:
    """Forget the faults that wait."""
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
    return {"policy": policy_name(call.tenant.policy)}


def set_policy(call: ControlCall) -> Json:
    """Set the policy."""
    call.tenant.policy = checked_policy(call.members({"policy": Node.text}, "policy")["policy"])
    return get_policy(call)


def get_profile(call: ControlCall) -> Json:
    """Every field of the profile."""
    return dataclasses.asdict(call.tenant.profile)


def change_profile(call: ControlCall) -> Json:
    """Change some fields of the profile."""
    call.tenant.profile = call.tenant.profile.with_(**_fields(call.body))
    return get_profile(call)


def replace_profile(call: ControlCall) -> Json:
    """Replace the profile; what is left out takes its default."""
    call.tenant.profile = Profile.from_mapping(_fields(call.body))
    return get_profile(call)


def _fields(node: Node) -> dict[str, Json]:
    return {name: member.value for name, member in node.members(profile_fields()).items()}


def list_applications(call: ControlCall) -> Json:
    """Every application with its secret."""
    return [
        {
            "client_id": one.client_id,
            "client_secret": one.client_secret,
            "token_endpoint_auth_method": one.token_endpoint_auth_method,
            "name": one.name,
        }
        for one in call.tenant.applications.values()
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
    }
    call.tenant.add_application(**call.members(readers))
    return list_applications(call)[-1]
