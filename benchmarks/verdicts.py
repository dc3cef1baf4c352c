"""By whom bodies are judged: rows without "extra `fast`" are measured without it, though it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_auth0_mfa.spec.compiler import Verdicts, fast_verdicts
from pytest_auth0_mfa.spec.schemas import schemas


@contextmanager
def core() -> Iterator[None]:
    """By the core dependencies."""
    with _judged_by(schemas().careful):
        yield


@contextmanager
def fast() -> Iterator[None]:
    """By the extra."""
    with _judged_by(_FAST):
        yield


@contextmanager
def _judged_by(verdicts: Verdicts) -> Iterator[None]:
    held = schemas()
    before, held.fast = held.fast, verdicts
    try:
        yield
    finally:
        held.fast = before


_FAST = fast_verdicts(dict(schemas()), schemas().careful)
if _FAST is schemas().careful:
    raise SystemExit("jsonschema-rs is missing: pip install -e '.[all]'")
