"""What lives as long as one test of a client contract."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.messages import Handler
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.tenant import Tenant

from .asked import Fault
from .baseline import Baseline

IN_PROCESS, SERVER = "in_process", "server"


@dataclass(slots=True)
class ClientRun:
    """The client under contract and how it is reached; what was observed on the way."""

    client: str
    """The name of the contract class."""
    test: str
    """A scenario's name, or ``machine``."""
    make_client: Callable[[Tenant], object]
    serving: Callable[[Tenant, Handler], AbstractContextManager[Tenant]]
    reach: str = IN_PROCESS
    polls: bool = False
    seed: int = 0
    profile: Profile | None = None
    """The consumer's profile; None: nobody gave one, and the worlds differ."""
    baseline: Baseline = field(default_factory=Baseline)
    covered: set[str] = field(default_factory=set)
    """The methods that were called."""
    uncovered: set[str] = field(default_factory=set)
    """The methods that raised NotImplementedError, some of them in some cases only."""
    observed: list[Fault] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    examples: int = 0
    reached: bool = False
    """Whether anything of the client ever arrived at the tenant."""
