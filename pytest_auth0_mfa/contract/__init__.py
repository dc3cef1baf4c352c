"""Contract tests: what must a tenant do, and what must a client do?

Names are loaded when they are first used, because the random walk needs Hypothesis and the contract classes need
pytest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import ClientContract
    from .client.adapter import AuthError, MfaClient, Prompt, Tokens
    from .findings.kinds import FindingKind
    from .findings.violation import FINDINGS, ContractViolation, explain
    from .tenant.contract import TenantContract
    from .tenant.subject_fake import FakeSubject, fake_subject
    from .tenant.subjects import Client, LiveSubject, Person, Subject, live_subject

__all__ = [
    "FINDINGS",
    "AuthError",
    "Client",
    "ClientContract",
    "ContractViolation",
    "FakeSubject",
    "FindingKind",
    "LiveSubject",
    "MfaClient",
    "Person",
    "Prompt",
    "Subject",
    "TenantContract",
    "Tokens",
    "explain",
    "fake_subject",
    "live_subject",
]

_HOMES = {
    "client.adapter": ("AuthError", "MfaClient", "Prompt", "Tokens"),
    "client": ("ClientContract",),
    "findings.kinds": ("FindingKind",),
    "findings.violation": ("FINDINGS", "ContractViolation", "explain"),
    "tenant.subject_fake": ("FakeSubject", "fake_subject"),
    "tenant.subjects": ("Client", "LiveSubject", "Person", "Subject", "live_subject"),
    "tenant.contract": ("TenantContract",),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name: str) -> object:
        """A public name, from the module that has it."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
