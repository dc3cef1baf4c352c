"""The registry of named scenarios of the client contract: documented flows and errors, each in a few worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pytest_auth0_mfa.contract.client.calling import NotCovered
from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import Stopped
from pytest_auth0_mfa.contract.client.run import IN_PROCESS, ClientRun
from pytest_auth0_mfa.contract.client.worlds import ALL, World, distinct

Script = Callable[[ClientExample], None]


@dataclass(frozen=True, slots=True)
class ClientScenario:
    """One named flow."""

    name: str
    title: str
    """A sentence on what a correct client does."""
    script: Script
    worlds: tuple[World, ...]
    polls: bool | None = None
    """True: only for clients that poll; False: only for clients that do not; None: for both."""
    in_process_only: bool = False
    """Whether it waits, which would take real time over a server."""
    server_only: bool = False
    """Whether it is about the HTTPS connection."""
    dpop: bool = False
    """Whether it is only for clients that bind their tokens."""

    def fits(self, reach: str, polls: bool, dpop: bool = False) -> bool:
        """Whether the scenario is for clients with this ``reach``, ``polls`` and ``dpop``."""
        if self.dpop and not dpop:
            return False
        if (self.in_process_only and reach != IN_PROCESS) or (self.server_only and reach == IN_PROCESS):
            return False
        return self.polls in (None, polls)

    def run(self, run: ClientRun) -> None:
        """Play the scenario in each of its worlds. Raises ContractViolation or NotCovered."""
        for world in self.worlds_of(run):
            try:
                with ClientExample(run, world) as example:
                    self.script(example)
            except Stopped:
                continue
        run.coverage.flows[f"client: {self.name}"] += 1

    def worlds_of(self, run: ClientRun) -> Iterable[World]:
        """The worlds to play in, with the consumer's profile if there is one.

        Over a server only the first and the last documented world is played, to save time.
        """
        worlds = self.worlds
        if run.profile is not None:
            mine = run.profile
            return distinct(world.like(mine) for world in worlds if not world.guessed)
        if run.reach == IN_PROCESS:
            return worlds
        known = [world for world in worlds if not world.guessed] or list(worlds)
        return distinct((known[0], known[-1]))


SCENARIOS: Final[dict[str, ClientScenario]] = {}
"""Name -> scenario, in the order in which the modules of this folder were imported."""


def scenario(
    name: str,
    title: str,
    *worlds: World,
    polls: bool | None = None,
    in_process_only: bool = False,
    server_only: bool = False,
    dpop: bool = False,
) -> Callable[[Script], Script]:
    """Register a function as a scenario. ``title`` says what a correct client does."""

    def register(script: Script) -> Script:
        assert name not in SCENARIOS, name
        SCENARIOS[name] = ClientScenario(name, title, script, worlds or ALL, polls, in_process_only, server_only, dpop)
        return script

    return register


def covered(script: Callable[[], object]) -> None:
    """Do something that the client may not implement; without it the scenario goes on."""
    try:
        script()
    except NotCovered:
        return
