"""Chooses what checks bodies: jsonschema alone, as with the core dependencies, or jsonschema-rs before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_auth0_mfa.spec.quick import SaysYes, never, quick_yes
from pytest_auth0_mfa.spec.schemas import schemas


@contextmanager
def core() -> Iterator[None]:
    """Check with the core dependencies only."""
    with _judged_by(never):
        yield


@contextmanager
def quick() -> Iterator[None]:
    """Check with jsonschema-rs, which the extra ``contract`` adds."""
    with _judged_by(_QUICK):
        yield


@contextmanager
def _judged_by(says_yes: SaysYes) -> Iterator[None]:
    held = schemas()
    before, held.says_yes = held.says_yes, says_yes
    try:
        yield
    finally:
        held.says_yes = before


_QUICK = quick_yes(dict(schemas()))
if _QUICK is never:
    raise SystemExit("jsonschema-rs is missing: pip install -e '.[all]'")
