"""Scenarios by name: what each needs of a subject, and which rows of the contract it rests on."""

from __future__ import annotations

from collections.abc import Callable

from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.subjects import Scenario

Act = Callable[[ScenarioContext], None]

SCENARIOS: dict[str, Scenario] = {}
"""All of them, in the order of the files."""


def scenario(
    name: str, rows: str, *, needs: str = "", without: str = "", controls: str = "", fake: bool = False
) -> Callable[[Act], Act]:
    """Register a scenario. Lists are given as words."""

    def register(act: Act) -> Act:
        assert name not in SCENARIOS, name
        SCENARIOS[name] = Scenario(
            name,
            tuple(rows.split()),
            act,
            frozenset(needs.split()),
            frozenset(without.split()),
            frozenset(controls.split()),
            fake,
        )
        return act

    return register
