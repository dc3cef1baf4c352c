"""Every parser refuses what it cannot read in a sentence: no traceback, no hang, whatever the bytes are.

The parsers, and what is asked of each, are in `fuzzing.targets`; ``python tools/fuzzing`` plays more of the same.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from fuzzing.damage import damaged
from fuzzing.growth import PIECES, long
from fuzzing.targets import TARGETS, Target, readable
from helpers.places import PROJECT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.live.ledger import PREFIX
from pytest_auth0_mfa.spec.profile import Profile

targets = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
_explicit = settings(database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@targets
def test_documents_are_read(target: Target) -> None:
    """What fuzzing begins with is read without an exception."""
    for seed in target.seeds:
        target.parse(seed)


@targets
@given(data=st.data())
@settings(_explicit, max_examples=60)
def test_no_damage_breaks_a_parser(target: Target, data: st.DataObject) -> None:
    """Valid documents that were cut, doubled and spliced are read, or refused in a sentence."""
    target.parse(data.draw(damaged(target)))


@pytest.mark.nightly
@targets
@given(data=st.data())
@settings(_explicit, max_examples=400)
def test_much_damage_breaks_no_parser(target: Target, data: st.DataObject) -> None:
    """The same, 5,000 times over all parsers; ``python tools/fuzzing`` goes on for as long as one likes."""
    target.parse(data.draw(damaged(target)))


# -- what once broke -----------------------------------------------------------------------------

_CASSETTE = TARGETS["cassette"].seeds[0]
_ALIASES = b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 60))
_ROW = b'{"id":"1","kind":"user","domain":"shop.eu.auth0.com","name":"%s1@x.example","user":"","before":[],"at":0}'
_ROW = _ROW % PREFIX.encode()

BROKE = {
    "cassette: a key that turns its line around": (
        "cassette",
        _CASSETTE.replace(b"  secrets:", "  \u202esecrets:".encode()),
    ),
    "config: nested deeply": ("config-file", b"[" * 100_000),
    "config: a long number": ("config-file", b"1" * 5000),
    "config: a key twice": ("config-file", b'{"users": [], "users": []}'),
    "profile: nested deeply": ("profile", b"totp_window = " + b"[" * 5000),
    "profile: a long number": ("profile", b"totp_window = " + b"1" * 5000),
    "baseline: nested deeply": ("baseline", b"accepted = " + b"[" * 5000),
    "baseline: a long number": ("baseline", b"accepted = " + b"1" * 5000),
    "baseline: not UTF-8": ("baseline", b"\x8c"),
    "cassette: no timestamp": ("cassette", b"!!timestamp " + _CASSETTE),
    "cassette: no truth value": ("cassette", _CASSETTE.replace(b"format: 1", b"format: !!bool x")),
    "cassette: no number": ("cassette", _CASSETTE.replace(b"format: 1", b'format: !!int ""')),
    "cassette: a moment without end": ("cassette", _CASSETTE.replace(b"    at: ", b"    at: " + b"9" * 400, 1)),
    "cassette: aliases of aliases": ("cassette", _CASSETTE.replace(b"  counts:", b"  counts: *a59\n  x:") + _ALIASES),
    "cassette: a list in itself": ("cassette", b"interactions: &a [*a]\nauth0_mfa: {}\n"),
    "import: aliases of aliases": ("cassette-import", _ALIASES + b"interactions: [*a59]\n"),
    "import: no truth value": ("cassette-import", b"!!bool x"),
    "import: half an address in brackets": (
        "cassette-import",
        TARGETS["cassette-import"].seeds[1].replace(b"//", b"//["),
    ),
    "ledger: nested deeply": ("ledger", b"[" * 100_000 + b"}"),
    "ledger: a name that is none": ("ledger", _ROW.replace(b'"user":""', b'"user":5')),
    "ledger: a time that is none": ("ledger", _ROW.replace(b'"at":0', b'"at":NaN')),
    "report: nested deeply": ("report", b"[" * 100_000),
    "setting: a rate of many digits": ("setting", b"\x00" + b"9" * 5000),
    "setting: a port of many digits": ("setting", b"\x01localhost:" + b"9" * 5000),
    "setting: half an address in brackets": ("setting", b"\x02control:https://["),
    "setting: half an address, for push": ("setting", b"\x03control:https://["),
    "setting: a line break in an address": ("setting", b"\x02control:\r\nhttps://localhost:1"),
    "setting: a command that is a number": ("setting", b"\x02command:5"),
    "setting: a command that is an object": ("setting", b'\x03command:{"a": 1}'),
    "setting: a command of numbers": ("setting", b"\x03command:[1]"),
    "setting: a command nested deeply": ("setting", b"\x02command:" + b"[" * 100_000),
    "setting: users nested deeply": ("setting", b"\x0a" + b"[" * 100_000),
    "setting: a budget of many digits": ("setting", b"\x0cemail=" + b"9" * 5000),
}


@pytest.mark.parametrize(("name", "document"), BROKE.values(), ids=BROKE)
def test_what_once_broke_is_refused(name: str, document: bytes) -> None:
    """Documents that were answered with a traceback, or with endless work."""
    TARGETS[name].parse(document)


@pytest.mark.slow
@targets
def test_a_long_document_is_read_or_refused(target: Target) -> None:
    """100 KB of any one thing, alone or in the middle of a document."""
    for piece in PIECES:
        for document in long(target, piece, 100_000):
            target.parse(document)


def test_many_keys_are_compared_once() -> None:
    """A document with 100,000 keys, the last of them twice, is refused at once."""
    keys = ", ".join(f'"{n}": 1' for n in range(100_000))
    TARGETS["config-file"].parse(f'{{{keys}, "99999": 2}}'.encode())


def test_many_torn_lines_are_read_once() -> None:
    """A ledger of 100,000 lines that were cut off is read in one go."""
    TARGETS["ledger"].parse(b'{"id":\n' * 100_000)


def test_the_command_finds_what_it_plays() -> None:
    """`python tools/fuzzing` runs outside of pytest, whose path has the tests' helpers."""
    command = [sys.executable, str(PROJECT / "tools" / "fuzzing"), "stop"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("stop: ")


# -- the checks themselves -----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["no", "\x1b[2Ja profile that is none", "a\u202ereversed message", "x" * 10_000])
def test_a_message_that_helps_nobody_is_a_finding(text: str) -> None:
    """Too short, too long, or full of what a terminal obeys."""
    with pytest.raises(AssertionError):
        readable(ConfigurationError(text))


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError(), ConfigurationError("\x1b]0;x\x07 is no profile")])
def test_any_other_exception_is_a_finding(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that raises anything but its refusal fails the test."""

    def broken(path: object) -> Profile:
        raise error

    monkeypatch.setattr(Profile, "load", broken)
    with pytest.raises((type(error), AssertionError)):
        TARGETS["profile"].parse(b"")
