"""Random values have the shapes of Auth0's, and no letter is likelier than another."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_auth0_mfa.tenant.entropy import Entropy, Letters


@given(st.lists(st.sampled_from(string.ascii_letters + string.digits), min_size=1, unique=True).map("".join))
def test_bytes_become_each_letter_equally_often(alphabet: str) -> None:
    """Of all bytes there are, each letter gets as many, and no more are left out than must be."""
    letters = Letters(alphabet)
    made = bytes(range(256)).translate(letters.table, letters.left_out).decode()
    assert Counter(made) == dict.fromkeys(alphabet, 256 // len(alphabet))


class _Unlucky(Entropy):
    """Its source gives bytes that are left out, then one that is not, over and over."""

    def __init__(self) -> None:
        super().__init__(seed=1)
        self.draws: Iterator[int] = iter(range(1000))
        self._bytes = lambda count: bytes([255] * (count - 1) + [next(self.draws) % 8])


@pytest.mark.parametrize("make", ["transaction", "recovery_code", "device_suffix"])
def test_a_value_has_its_length_whatever_the_source_gives(make: str) -> None:
    """It is asked again until there are letters enough."""
    unlucky, usual = _Unlucky(), Entropy(seed=1)
    assert len(getattr(unlucky, make)()) == len(getattr(usual, make)())


def test_a_seed_means_the_same_values() -> None:
    """And another seed others."""
    first, again, other = (
        [entropy.transaction(), entropy.totp_secret(), entropy.recovery_code()]
        for entropy in (Entropy(5), Entropy(5), Entropy(6))
    )
    assert first == again
    assert not set(first) & set(other)
