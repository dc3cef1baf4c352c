"""A fast check of bodies with jsonschema-rs, if the extra ``contract`` has installed it.

jsonschema decides and explains every fault, but takes 50 to 900 µs for a valid body, and nearly all bodies are valid;
jsonschema-rs takes 1 µs. The two differ: in jsonschema-rs ``$`` does not match before a final newline, a lone
surrogate is an error, and a tuple is an array. So jsonschema-rs checks decoded JSON only, and only its "valid" counts:
after "invalid" or an error, jsonschema decides. tests/unit/spec/test_quick.py compares their verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version

from pytest_auth0_mfa.messages import Json

SaysYes = Callable[[str, Json], bool]
"""A function of a schema's name and a decoded body. True means that the body is certainly valid."""

OLDEST = (0, 46)
"""The oldest version that the extra allows: some versions before 0.44 crash on a lone surrogate."""


def never(name: str, body: Json) -> bool:
    """Always False: jsonschema decides about every body."""
    return False


def quick_yes(contents: Mapping[str, Json]) -> SaysYes:
    """The fast check for these schemas, or `never` if jsonschema-rs cannot be used."""
    try:
        from jsonschema_rs import Draft202012Validator, Registry

        if tuple(int(part) for part in version("jsonschema-rs").split(".")[:2]) < OLDEST:
            return never
        registry = Registry([(f"{name}.json", schema) for name, schema in contents.items()])
    except Exception:  # not installed, built for another platform, or with another API
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
