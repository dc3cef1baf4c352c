"""The quickest verdict on decoded JSON: by jsonschema-rs, where the extra ``fast`` has installed it.

jsonschema stays the judge, and the two differ. Before a final newline ``$`` does not match there, a
lone surrogate is an error, a tuple is an array. So it is asked about decoded JSON only, and only its
yes counts: after a no, or an error, the compiled schema decides. tests/unit/spec/test_schema_fast.py proves
that its yes is jsonschema's. Missing or broken, it is not asked at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from pytest_auth0_mfa.messages import Json

from .compiler import Verdict, Verdicts

OLDEST = (0, 46)
"""The version that the extra asks for: some before 0.44 crash on a lone surrogate."""


def fast_verdicts(contents: Mapping[str, Json], careful: Verdicts) -> Verdicts:
    """Verdicts on decoded JSON; the careful ones themselves where jsonschema-rs cannot be used."""
    try:
        from jsonschema_rs import Draft202012Validator, Registry

        if tuple(int(part) for part in version("jsonschema-rs").split(".")[:2]) < OLDEST:
            return careful
        registry = Registry([(f"{name}.json", schema) for name, schema in contents.items()])
    except Exception:  # not installed, for another platform, or not what it was
        return careful

    def make(name: str) -> Verdict:
        try:
            is_valid = Draft202012Validator({"$ref": f"{name}.json"}, registry=registry).is_valid
        except Exception:
            return careful[name]
        return _believed(is_valid, careful[name])

    return Verdicts(make)


def _believed(is_valid: Verdict, careful: Verdict) -> Verdict:
    def verdict(body: Json) -> bool:
        try:
            if is_valid(body):
                return True
        except Exception:
            pass
        return careful(body)

    return verdict
