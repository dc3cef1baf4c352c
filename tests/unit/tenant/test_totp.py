"""One-time passwords against the vectors of the standards."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa.tenant.totp import decode_secret, hotp, matching_step, step_of, totp

KEY = b"12345678901234567890"
SECRET = base64.b32encode(KEY).decode()
RFC_4226 = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("counter", "code"), list(enumerate(RFC_4226)))
def test_hotp_is_that_of_rfc_4226(counter: int, code: str) -> None:
    """Appendix D of the standard."""
    assert hotp(KEY, counter) == code


@pytest.mark.parametrize(("at", "code"), RFC_6238.items())
def test_totp_is_that_of_rfc_6238(at: int, code: str) -> None:
    """Appendix B of the standard, SHA-1; six digits are the last six of eight."""
    assert totp(SECRET, at, digits=8) == code
    assert totp(SECRET, at) == code[2:]


def test_a_step_lasts_thirty_seconds() -> None:
    """The code changes at the edge and not before."""
    assert (step_of(29.999), step_of(30)) == (0, 1)
    assert totp(SECRET, 30) == totp(SECRET, 59.999) != totp(SECRET, 60)


def test_a_secret_may_be_lower_case_and_unpadded() -> None:
    """As authenticator apps take it; what is not base32 is refused."""
    assert decode_secret(SECRET.lower().rstrip("=")) == KEY
    with pytest.raises(ValueError, match="Non-base32"):
        decode_secret("0189!")


@settings(deadline=None, database=None, derandomize=True)
@given(st.integers(0, 2**33), st.integers(-3, 3), st.integers(0, 2))
def test_a_code_counts_within_its_window(at: int, off: int, window: int) -> None:
    """A code of a step ``off`` steps away counts iff the window reaches it."""
    code = totp(SECRET, max(0, at + 30 * off))
    step = matching_step(SECRET, code, at, window)
    wanted = step_of(max(0, at + 30 * off))
    if abs(wanted - step_of(at)) <= window:
        assert step is not None
    else:
        assert step != wanted


@pytest.mark.parametrize(
    "code", ["", "12345", "abcdef", "12345\ud800", "\u0661\u0662\u0663\u0664\u0665\u0666", "1234567"]
)
def test_what_is_no_code_never_counts(code: str) -> None:
    """Any text can be compared, also one that is not even Unicode."""
    assert matching_step(SECRET, code, 59, 1) is None


def test_steps_before_the_epoch_do_not_exist() -> None:
    """The window ends at step zero."""
    assert matching_step(SECRET, RFC_4226[0], 0, 2) == 0
