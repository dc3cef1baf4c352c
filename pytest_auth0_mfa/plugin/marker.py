"""The marker ``auth0_mfa``: keywords of Tenant for one test."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import pytest

from pytest_auth0_mfa.errors import closest


@cache
def _tenant_keywords() -> tuple[str, ...]:
    from pytest_auth0_mfa.tenant.tenant import Tenant

    return tuple(inspect.signature(Tenant).parameters)


def marker_keywords(node: pytest.Item) -> dict[str, Any]:
    """The keywords of every `auth0_mfa` marker on the test; the one closest to it wins."""
    keywords: dict[str, Any] = {}
    for marker in node.iter_markers("auth0_mfa"):
        keywords = {**marker.kwargs, **keywords}
    return keywords


def check_markers(node: pytest.Item) -> None:
    """Fail the test, and no other, when `Tenant` could not be made from its markers; the closest keyword is named."""
    __tracebackhide__ = True
    for marker in node.iter_markers("auth0_mfa"):
        if problem := _problem(marker):
            pytest.fail(problem, pytrace=False)


def _problem(marker: pytest.Mark) -> str:
    if marker.args:
        return (
            "@pytest.mark.auth0_mfa takes keywords of Tenant only, such as factors={'email'}; "
            f"it was given {len(marker.args)} positional argument(s)"
        )
    for name in marker.kwargs:
        if name not in _tenant_keywords():
            hint = closest(name, _tenant_keywords())
            return f"@pytest.mark.auth0_mfa({name}=...): no such keyword of Tenant. {hint}"
    return ""
