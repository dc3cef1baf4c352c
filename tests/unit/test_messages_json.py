"""The quick codec is the standard library's, whatever the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_auth0_mfa.messages import Json, decode, encode

ALPHABET = st.sampled_from('ab"\\/\x00\x1f\n é€\U0001f600\ud800')
TEXTS = st.text(ALPHABET, max_size=6)
NUMBERS = st.integers() | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def outcome(read: object, body: bytes) -> str:
    """What a reader makes of a body, or how it refuses."""
    assert callable(read)
    try:
        return repr(read(body))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


@given(VALUES)
def test_a_value_is_written_as_the_standard_library_writes_it(value: Json) -> None:
    """The text is that of `json.dumps` without spaces."""
    assert encode(value) == json.dumps(value, separators=(",", ":"))


@given(VALUES, st.sampled_from(("", " ", "\ufeff")), st.sampled_from(("", "\n", "x", "{}")))
def test_a_body_is_read_as_the_standard_library_reads_it(value: Json, before: str, after: str) -> None:
    """Spaces, a byte order mark, and what follows a value are judged as `json.loads` judges them."""
    for encoding in ("utf-8", "utf-16", "utf-32"):
        body = (before + json.dumps(value) + after).encode(encoding)
        assert outcome(decode, body) == outcome(json.loads, body)


@given(st.binary(max_size=12) | st.text('0123456789eE+-.{}[]",:tfn ', max_size=12).map(str.encode))
def test_what_is_no_json_is_refused_as_the_standard_library_refuses_it(body: bytes) -> None:
    """Any bytes have the same outcome in both."""
    assert outcome(decode, body) == outcome(json.loads, body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"1" * 5_000, b"\xef\xbb\xbf{}", b"\xff", b""])
def test_what_is_extreme_is_refused_alike(body: bytes) -> None:
    """Depth, long numbers and broken encodings have the same outcome in both."""
    assert outcome(decode, body) == outcome(json.loads, body)
