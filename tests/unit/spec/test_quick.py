"""The quick yes of jsonschema-rs is jsonschema's, and nothing is lost without it."""
# ruff: noqa: RUF001 - digits and letters that only look like the right ones

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import jsonschema_rs
import pytest
from fuzzing.damage import damaged
from fuzzing.targets import Target
from helpers.amounts import some
from helpers.body_variants import VALUES, around
from helpers.places import TESTS
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa import messages
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec import quick
from pytest_auth0_mfa.spec.quick import never, quick_yes
from pytest_auth0_mfa.spec.schemas import schemas

SCHEMAS = schemas()
CONTENTS = dict(SCHEMAS)
NAMES = sorted(CONTENTS)
SAYS_YES = quick_yes(CONTENTS)
REGISTRY = jsonschema_rs.Registry([(f"{name}.json", schema) for name, schema in CONTENTS.items()])
RUST = {name: jsonschema_rs.Draft202012Validator({"$ref": f"{name}.json"}, registry=REGISTRY) for name in NAMES}

each = pytest.mark.parametrize("name", NAMES)
_explicit = settings(database=None, deadline=None, derandomize=True)


def alike(name: str, body: Json) -> None:
    """Its yes to decoded JSON is jsonschema's; it may refuse what `differs` knows."""
    right = SCHEMAS.validator(name).is_valid(body)
    assert right or not SAYS_YES(name, body), body
    assert (SCHEMAS.judge(name, body, decoded=True) == []) == right, body
    try:
        alone = RUST[name].is_valid(body)
    except ValueError:  # a lone surrogate; in older versions deep nesting too
        return
    assert alone == right or (right and differs(body)), body


def differs(body: Json) -> bool:
    """Whether ``$`` may stand before the final newline of a text of it."""
    if isinstance(body, dict | list):
        return any(map(differs, body.values() if isinstance(body, dict) else body))
    return isinstance(body, str) and body.endswith("\n")


# -- equal verdicts ------------------------------------------------------------------------------


def refuse(*_: object, **__: object) -> Any:
    raise RuntimeError("broken")


@each
def test_right_bodies_are_judged_once(name: str) -> None:
    """jsonschema is not asked about an example."""
    assert all(SAYS_YES(name, example) for example in CONTENTS[name]["examples"])


@pytest.mark.parametrize("name", some(4, NAMES))
def test_verdicts_are_equal(name: str) -> None:
    """For every example spoilt in every place."""
    for body in around(CONTENTS[name]["examples"]):
        alike(name, body)


PIECES = st.sampled_from(
    ["\n", "\r", "\u2028", "\x85", "\x00", "\ud800", "é", "e\u0301", "\U0001f600", "١", "Ａ", "|", " otp", "/", "\\"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**53 + 1, 2**63, 2**64, -(2**70), 10**400, 1e300, -0.0])
ODD = st.sampled_from(VALUES) | NUMBERS | PIECES
JSONS = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PIECES, inner, max_size=3), max_leaves=6
)


@st.composite
def edited(draw: st.DrawFn, body: Json) -> Json:
    """The body with one place of it replaced, dropped, doubled, or with a text that got longer or shorter."""
    if isinstance(body, dict) and body and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(body)))
        rest = {name: value for name, value in body.items() if name != key}
        return rest if draw(st.integers(0, 5)) == 0 else {**rest, key: draw(edited(body[key]))}
    if isinstance(body, list) and body and draw(st.integers(0, 5)):
        index = draw(st.integers(0, len(body) - 1))
        more = [draw(edited(body[index]))] * draw(st.integers(0, 2))
        return [*body[:index], *more, *body[index + 1 :]]
    if isinstance(body, str) and draw(st.integers(0, 3)):
        at, piece = draw(st.integers(0, len(body))), draw(PIECES)
        return draw(st.sampled_from([body + piece, piece + body, body[:at] + piece + body[at:], body[:at], body * 2]))
    return draw(JSONS)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, Json]:
    """A schema's name and a body for it: one of its examples, edited up to three times."""
    name = draw(st.sampled_from(NAMES))
    body = draw(st.sampled_from(CONTENTS[name]["examples"]))
    for _ in range(draw(st.integers(0, 3))):
        body = draw(edited(body))
    return name, body


@pytest.mark.parametrize("count", [300, pytest.param(3000, marks=pytest.mark.nightly)])
def test_verdicts_are_equal_on_drawn_bodies(count: int) -> None:
    """Odd numbers, odd texts and odd names, wherever they stand."""
    settings(_explicit, max_examples=count)(given(documents())(lambda document: alike(*document)))()


@given(st.sampled_from(NAMES), st.data())
@settings(_explicit, max_examples=200)
def test_sentences_are_equal_on_damaged_bytes(name: str, data: st.DataObject) -> None:
    """Whatever arrives is told in the same words as without the library."""
    seeds = tuple(json.dumps(example).encode() for example in CONTENTS[name]["examples"])
    body = data.draw(damaged(Target(name, messages.decode, seeds)))
    try:
        alike(name, messages.decode(body))
    except (ValueError, RecursionError):
        return
    assert SCHEMAS.judge(name, body) == without_it(lambda: SCHEMAS.judge(name, body))


def without_it(ask: Callable[[], list[str]]) -> list[str]:
    """What is answered where the library is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SCHEMAS, "says_yes", never)
        return ask()


def nested(depth: int) -> Json:
    """Lists in lists."""
    body: Json = []
    for _ in range(depth):
        body = [body]
    return body


TOKENS = {"access_token": "a-secret-token", "token_type": "Bearer", "expires_in": 86400}
CODE = "A" * 24
EXPIRES: dict[bool, tuple[Json, ...]] = {
    True: (1.0, 2**63, 2**64, 2**70, 10**400, 1e300),
    False: (0, 1.5, -(2**70), -(10**400), -1e300, -0.0, 1 - 2**-53, math.nan, math.inf, -math.inf, True, False, None),
}
BY_HAND: list[tuple[str, Json, bool]] = [
    *(("token", {**TOKENS, "expires_in": n}, right) for right, numbers in EXPIRES.items() for n in numbers),
    *(("authenticator_id", "totp|dev_" + "1" * 15 + digit, digit == "1") for digit in ("1", "١", "²", "é", "_")),
    *(("recovery_code", text, True) for text in (CODE, CODE + "\n")),
    *(("recovery_code", text, False) for text in (CODE + "\r", CODE + "\u2028", CODE + "\n\n", "\n" + CODE, "Ａ" * 24)),
    *(("recovery_code", text, False) for text in ("A" * 23, "A" * 23 + "\ud800", "\U0001f600" * 24, "")),
    *(
        ("mfa_required", {"error": "mfa_required", "mfa_token": "a" * 15 + end}, True)
        for end in ("\ud800", "\x00", "é")
    ),
    ("error", {"error": "x", "\ud800": "\udfff", "": None, "\x00": nested(900)}, True),
    ("error", {"error": nested(900)}, False),
    ("error", nested(900), False),
    ("list-authenticators.200", CONTENTS["list-authenticators.200"]["examples"][0] * 2, True),  # none need be unique
    ("error", None, False),
    ("error", [], False),
]


@pytest.mark.parametrize(("name", "body", "right"), BY_HAND)
def test_verdicts_are_equal_by_hand(name: str, body: Json, right: bool) -> None:
    """Where validators in other languages are known to judge in another way."""
    assert SCHEMAS.validator(name).is_valid(body) is right
    alike(name, body)


FOREIGN: list[Json] = [
    (), ("sms",), {1: 1}, {None: None}, {"error": b"x"}, {"error": ("x",)}, {"keys": ({},)}, {"error": object()},
    range(2), {"x"}, {**TOKENS, "expires_in": Decimal(5)},
    {"authenticator_types": ("otp",), "client_id": "app", "client_secret": "s"},
]  # fmt: skip


@each
def test_objects_that_no_json_holds_are_judged_by_jsonschema(name: str) -> None:
    """Tuples, bytes, Decimals and names that are no text: `check` does not take them for JSON."""
    validator = SCHEMAS.validator(name)
    for body in FOREIGN:
        assert (SCHEMAS.judge(name, body) == []) == validator.is_valid(body), body


@each
def test_no_pattern_needs_more_than_both_know(name: str) -> None:
    """Classes such as \\d, \\s and \\w, boundaries, look-arounds and flags mean different things to the two."""
    for pattern in patterns(CONTENTS[name]):
        assert not re.search(r"\\[a-zA-Z0-9]|\(\?", pattern), pattern


def patterns(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from patterns(child)


# -- missing and broken ---------------------------------------------------------------------------


def broken(**parts: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"Registry": jsonschema_rs.Registry, **parts})


@pytest.mark.parametrize("module", [None, SimpleNamespace(), broken(), broken(Registry=refuse)])
def test_without_it_jsonschema_judges_alone(module: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not installed, or of a version that lacks something: not asked at all."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", module)
    assert quick_yes(CONTENTS) is never


@pytest.mark.parametrize("version", ["0.45.1", "0.9", "", "1.x"])
def test_old_versions_are_not_asked(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may have installed one for themselves; some of them crash."""
    monkeypatch.setattr(quick, "version", lambda _: version)
    assert quick_yes(CONTENTS) is never


def test_the_oldest_version_that_is_asked_is_that_of_the_extra() -> None:
    """What may be used is what is installed and tested."""
    lowest = (TESTS / "lowest.txt").read_text(encoding="utf-8")
    assert "jsonschema-rs=={}.{}\n".format(*quick.OLDEST) in lowest


@pytest.mark.parametrize("validator", [refuse, lambda *_, **__: SimpleNamespace(is_valid=refuse), lambda **_: None])
def test_broken_it_leaves_the_verdict_to_jsonschema(validator: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails to build a validator, or to judge."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", broken(Draft202012Validator=validator))
    monkeypatch.setattr(SCHEMAS, "says_yes", quick_yes(CONTENTS))
    assert SCHEMAS.judge("error", {"error": "x"}, decoded=True) == []
    assert SCHEMAS.judge("error", {}, decoded=True)


def test_it_is_used_and_no_sooner_than_needed() -> None:
    """Importing loads nothing; the first call that is judged loads it, and not jsonschema."""
    script = """
import sys
from pytest_auth0_mfa import Request, Tenant, handler
import pytest_auth0_mfa.spec.schemas
tenant = Tenant()
handler(tenant)(Request("GET", "/.well-known/openid-configuration", {}))
assert "jsonschema_rs" not in sys.modules
assert tenant.calls[-1].violations == []
assert "jsonschema_rs" in sys.modules
assert "jsonschema" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
