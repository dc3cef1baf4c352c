"""A quick verdict on a body: a schema compiled into one function, or jsonschema-rs.

jsonschema is the validator of record and writes every explanation, but takes some 50 to 900 µs for
a body that is right, which nearly all are. The functions made here judge first, in a tenth of that,
and know exactly the keywords that ``schemas/`` uses; any other one is refused when it is compiled.
jsonschema-rs is quicker still, where the extra ``fast`` has installed it. The two differ: before a final
newline ``$`` does not match there, a lone surrogate is an error, a tuple is an array. So it is asked about
decoded JSON only, and only its yes counts: after a no, or an error, the compiled schema decides.
tests/unit/spec/test_compiler.py and test_fast_verdicts.py prove the verdicts equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.metadata import version

from pytest_auth0_mfa.messages import Json

from .explain import Place, follow

Verdict = Callable[[Json], bool]

_ANNOTATIONS = frozenset(("$schema", "$defs", "title", "description", "examples"))


class Verdicts(dict[str, Verdict]):
    """Verdicts by the name of a schema, each made when it is first asked for."""

    def __init__(self, make: Callable[[str], Verdict]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> Verdict:
        return self.setdefault(name, self._make(name))


class Compiler:
    """Compiles the schemas of one folder, each place once."""

    def __init__(self, contents: Mapping[str, Json]) -> None:
        self._contents = contents
        self._compiled: dict[Place, Verdict] = {}

    def verdict(self, place: Place) -> Verdict:
        """The function that says whether a body is right by the schema at ``place``."""
        known = self._compiled.get(place)
        return known or self._compiled.setdefault(place, self._compile(place))

    def _compile(self, place: Place) -> Verdict:
        schema = follow(self._contents, place)
        rules = [rule for keyword in schema if (rule := self._rule(keyword, schema, place))]
        if len(rules) == 1:
            return rules[0]
        return _all(rules)

    def _rule(self, keyword: str, schema: Json, place: Place) -> Verdict | None:
        if keyword in _ANNOTATIONS or keyword in ("then", "else"):
            return None
        value = schema[keyword]
        if keyword in _VALUES:
            return _VALUES[keyword](value)
        if keyword == "$ref":
            return self.verdict(place.target(value))
        if keyword == "if":
            return self._condition(schema, place)
        if keyword == "properties":
            return _properties({name: self.verdict(place.step(keyword, name)) for name in value})
        if keyword in _LISTS:
            return _LISTS[keyword]([self.verdict(place.step(keyword, index)) for index in range(len(value))])
        if keyword in _SINGLES:
            return _SINGLES[keyword](self.verdict(place.step(keyword)))
        raise NotImplementedError(f"{place.name}.json: the compiler does not know {keyword!r}. Add it with a test")

    def _condition(self, schema: Json, place: Place) -> Verdict:
        test = self.verdict(place.step("if"))
        then = self.verdict(place.step("then")) if "then" in schema else _anything
        other = self.verdict(place.step("else")) if "else" in schema else _anything
        return lambda body: then(body) if test(body) else other(body)


def _anything(body: Json) -> bool:
    return True


def _all(rules: list[Verdict]) -> Verdict:
    def verdict(body: Json) -> bool:
        for rule in rules:  # noqa: SIM110 - all() with a generator takes twice as long
            if not rule(body):
                return False
        return True

    return verdict


def _properties(rules: dict[str, Verdict]) -> Verdict:
    def verdict(body: Json) -> bool:
        if isinstance(body, dict):
            for name, value in body.items():
                rule = rules.get(name)
                if rule is not None and not rule(value):
                    return False
        return True

    return verdict


_TYPES: dict[str, Verdict] = {
    "object": lambda body: isinstance(body, dict),
    "array": lambda body: isinstance(body, list),
    "string": lambda body: isinstance(body, str),
    "boolean": lambda body: isinstance(body, bool),
    "null": lambda body: body is None,
    "number": lambda body: isinstance(body, int | float) and not isinstance(body, bool),
    "integer": lambda body: (
        (isinstance(body, int) and not isinstance(body, bool)) or (isinstance(body, float) and body.is_integer())
    ),
}


def _type(names: str | list[str]) -> Verdict:
    if isinstance(names, str):
        return _TYPES[names]
    kinds = [_TYPES[name] for name in names]
    return lambda body: any(kind(body) for kind in kinds)


def _enum(values: list[Json]) -> Verdict:
    for value in values:  # numbers and booleans would need more than Python's ==, as True == 1
        if not isinstance(value, str | list):
            raise NotImplementedError(f"the compiler compares strings and lists of them only, not {value!r}")
    return lambda body: body in values


def _required(names: list[str]) -> Verdict:
    def verdict(body: Json) -> bool:
        if isinstance(body, dict):
            for name in names:
                if name not in body:
                    return False
        return True

    return verdict


def _pattern(text: str) -> Verdict:
    search = re.compile(text).search
    return lambda body: not isinstance(body, str) or search(body) is not None


_VALUES: dict[str, Callable[[Json], Verdict]] = {
    "type": _type,
    "const": lambda value: _enum([value]),
    "enum": _enum,
    "required": _required,
    "pattern": _pattern,
    "minLength": lambda least: lambda body: not isinstance(body, str) or len(body) >= least,
    "minimum": lambda least: lambda body: not _TYPES["number"](body) or body >= least,
    "minItems": lambda least: lambda body: not isinstance(body, list) or len(body) >= least,
    "maxItems": lambda most: lambda body: not isinstance(body, list) or len(body) <= most,
    "maxProperties": lambda most: lambda body: not isinstance(body, dict) or len(body) <= most,
}
_LISTS: dict[str, Callable[[list[Verdict]], Verdict]] = {
    "allOf": _all,
    "anyOf": lambda rules: lambda body: any(rule(body) for rule in rules),
    "oneOf": lambda rules: lambda body: sum(rule(body) for rule in rules) == 1,
}
_SINGLES: dict[str, Callable[[Verdict], Verdict]] = {
    "items": lambda rule: lambda body: not isinstance(body, list) or all(map(rule, body)),
    "contains": lambda rule: lambda body: not isinstance(body, list) or any(map(rule, body)),
    "not": lambda rule: lambda body: not rule(body),
}


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
