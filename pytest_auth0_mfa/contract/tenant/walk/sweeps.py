"""Sweeps: a successful call of each operation, written in every other way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pytest_auth0_mfa.contract.tenant.calls import CallTemplate
from pytest_auth0_mfa.messages import Request

from .rewrites import CHANGING, KEEPING, OF_A_VALUE, Rewrite
from .right_calls import RIGHT_CALLS, Prepare
from .telling import renew, with_all_factors
from .walk import Walk

_TRIES = 6
"""How many calls the same user makes: after ten wrong codes all others would be refused."""
_PARAMETERS = 4
"""How many parameters of a body are changed, the most interesting first."""
_ALL = 8
_OF_LETTERS: Final = {"other case", "small letters", "capitals"}
"""Rewrites of case, tried with every parameter: they show comparisons that ignore case."""


def _sweep(prepare: Prepare) -> Callable[[Walk], None]:
    def tell(walk: Walk) -> None:
        fresh, call = prepare(walk), None
        tries = 0
        for rewrite in (*KEEPING, *CHANGING):
            every = _ALL if rewrite.name in _OF_LETTERS else _PARAMETERS
            for which in range(every if rewrite in OF_A_VALUE else 1):
                template, user = call = call or fresh()
                if not _changes(walk, template, rewrite, which):
                    continue
                template = replace(template, rewrite=_fixed(rewrite, which))  # earlier calls keep their own
                token = walk.mfa_tokens[-1] if walk.mfa_tokens else None
                played = walk.call(template, user, client=walk.client, token=token)
                if template.operation == "revoke":  # revoke always answers the same
                    renew(walk, walk.refresh_tokens[-1])
                tries += 1
                if tries % _TRIES == 0:
                    fresh, call = prepare(walk), None
                elif played.granted:  # what was refused has used up nothing
                    call = None

    return tell


def _changes(walk: Walk, template: CallTemplate, rewrite: Rewrite, which: int) -> bool:
    request = template.request(walk.sides.oracle)
    return rewrite.apply(request, which) != request


def _fixed(rewrite: Rewrite, which: int) -> Callable[[Request], Request]:
    return lambda request: rewrite.apply(request, which)


SWEEPS: Final = tuple(with_all_factors(_sweep(right.prepare), right.feature) for right in RIGHT_CALLS)
