"""Authentication methods: a user's authenticators as the Management API and the My Account API group them.

In the MFA API a phone is an authenticator for each of its channels; here it is one method.
"""

from __future__ import annotations

from .entities import Authenticator, User

PHONES = ("sms", "voice")
"""The channels of a phone, the one that represents it first."""


def leading(user: User) -> list[Authenticator]:
    """The authenticator that represents each of the user's methods, oldest first, pending ones included."""
    return [entry for entry in user.entries if leads(entry)]


def leads(entry: Authenticator) -> bool:
    """Whether the authenticator represents its method: sms and voice of one phone are a single method."""
    twin = entry.twin
    return entry.factor not in PHONES or twin is None or twin.deleted or entry.factor == "sms"


def members_of(entry: Authenticator) -> list[Authenticator]:
    """The authenticator and its twin, without deleted ones."""
    return [member for member in (entry, entry.twin) if member is not None and not member.deleted]


def lead_of(entry: Authenticator) -> Authenticator:
    """The authenticator that represents the method of this one."""
    return next((member for member in members_of(entry) if leads(member) and member.factor in PHONES), entry)


def preferred_channel(entry: Authenticator) -> str:
    """The channel on which a phone is called: the one that was set, or the first that it has."""
    return entry.preferred or members_of(entry)[0].factor


def describe(entry: Authenticator, name: str | None, preferred: str | None) -> None:
    """Rename a method, or set the preferred channel of a phone. None leaves what there was."""
    for member in members_of(entry) if entry.factor in PHONES else [entry]:
        member.label = member.label if name is None else name
        member.preferred = preferred or member.preferred


def recovery_born(user: User) -> float:
    """When the user's recovery code was made (epoch seconds): by itself, or with the authenticator it came with."""
    recovery = user.recovery
    if recovery is not None and recovery.created_with is not None:
        return recovery.created_with.created_at
    return user.created_at if recovery is None or recovery.created_at is None else recovery.created_at
