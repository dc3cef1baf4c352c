"""A quick yes to a body: jsonschema-rs, where the extra ``contract`` has installed it.

jsonschema is the validator of record and words every fault, but takes some 50 to 900 µs for a body that is right, which
nearly all are; jsonschema-rs takes one. The two differ: before a final newline ``$`` does not match there, a lone
surrogate is an error, a tuple is an array. So it is asked about decoded JSON only, and only its yes counts: after a no,
or an error, jsonschema decides. tests/unit/spec/test_quick.py proves that its yes is jsonschema's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version

from pytest_auth0_mfa.messages import Json

SaysYes = Callable[[str, Json], bool]
"""Whether a body, decoded from JSON, is certainly right by the schema of this name."""

OLDEST = (0, 46)
"""The version that the extra asks for: some before 0.44 crash on a lone surrogate."""


def never(name: str, body: Json) -> bool:
    """Says yes to nothing, so that jsonschema decides about all."""
    return False


def quick_yes(contents: Mapping[str, Json]) -> SaysYes:
    """jsonschema-rs for these schemas; `never` where it cannot be used."""
    try:
        from jsonschema_rs import Draft202012Validator, Registry

        if tuple(int(part) for part in version("jsonschema-rs").split(".")[:2]) < OLDEST:
            return never
        registry = Registry([(f"{name}.json", schema) for name, schema in contents.items()])
    except Exception:  # not installed, for another platform, or not what it was
        return never

    @cache
    def verdict(name: str) -> Callable[[Json], bool]:
        return Draft202012Validator({"$ref": f"{name}.json"}, registry=registry).is_valid

    def says_yes(name: str, body: Json) -> bool:
        try:
            return verdict(name)(body)
        except Exception:
            return False

    return says_yes
