"""The list of a user's authenticators, and what leaves it."""

from __future__ import annotations

from typing import TypeGuard

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CHANNEL, CUSTOMIZABLE_TYPE, RECOVERY, TYPE

from .entities import Authenticator, User
from .state import TenantState


def rows(tenant: TenantState, user: User) -> list[dict[str, Json]]:
    """The user's authenticators as ``GET /mfa/authenticators`` shows them: section 5 of the contract.

    In order of creation, the recovery code right behind the factor it came with, a verified email last.
    """
    listed = []
    recovery = user.recovery
    brought = None if recovery is None else recovery.created_with
    if brought in user.entries and _is_phone_pair(brought) and tenant.rules.recovery_code_after_twin:
        brought = brought.twin
    for entry in user.entries:
        listed.append(_row(tenant, entry.id, entry.factor, entry.active, entry.name))
        if recovery is not None and brought is entry:
            listed.append(_row(tenant, recovery.id, RECOVERY, recovery.active, None))
    if recovery is not None and brought not in user.entries:
        listed.append(_row(tenant, recovery.id, RECOVERY, recovery.active, None))
    if len(listed) > 1 and tenant.rules.newest_first:
        listed.reverse()
    implicit = tenant.implicit_email(user)
    if implicit is not None:
        first = bool(listed) and tenant.rules.implicit_email_first
        listed.insert(0 if first else len(listed), _row(tenant, implicit.id, "email", True, implicit.name))
    return listed


def _is_phone_pair(entry: Authenticator | None) -> TypeGuard[Authenticator]:
    """Whether sms and voice were enrolled by one association."""
    return entry is not None and entry.factor in ("sms", "voice") and entry.twin is not None


def _has_type(tenant: TenantState) -> bool:
    """Whether rows carry ``type``: section 2.3."""
    shown = tenant.rules.rows_have_type
    # Not through `rules`: the list says nothing about mfa_requirements that its own field would not explain.
    return shown == "always" or (shown == "with-requirements" and tenant.profile.mfa_requirements)


def _row(tenant: TenantState, id: str, factor: str, active: bool, name: str | None) -> dict[str, Json]:
    row: dict[str, Json] = {"type": CUSTOMIZABLE_TYPE[factor]} if _has_type(tenant) else {}
    row |= {"id": id, "authenticator_type": TYPE[factor], "active": active}
    if factor in CHANNEL:
        row[tenant.rules.oob_channel_name] = CHANNEL[factor]
    if name is not None:
        row["name"] = name
    return row


def delete(tenant: TenantState, user: User, authenticator_id: str) -> None:
    """Delete an authenticator and its twin: section 6 of the contract."""
    implicit = tenant.implicit_email(user)
    if implicit is not None and implicit.id == authenticator_id:
        raise tenant.refusal("delete_implicit_email")
    if user.recovery is not None and user.recovery.id == authenticator_id:
        if tenant.rules.delete_recovery_code != "204":
            raise tenant.refusal("delete_recovery_code")
        user.recovery = None
        return
    found = next((entry for entry in user.entries if entry.id == authenticator_id), None)
    if found is None:
        raise tenant.refusal("delete_unknown")
    if not found.active and tenant.rules.delete_pending != "204":
        raise tenant.refusal("delete_pending")
    for gone in (found, found.twin):
        if gone is not None:
            gone.deleted = True
    user.entries[:] = [entry for entry in user.entries if not entry.deleted]
    if not user.entries and user.recovery is not None and tenant.rules.last_deletion_removes_recovery_code:
        user.recovery = None
