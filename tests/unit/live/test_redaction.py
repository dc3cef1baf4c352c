"""Secrets that were seen are hidden wherever they stand."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.live.redaction import SHOWN, Secrets


def test_secret_members_of_a_body_are_hidden_however_deep() -> None:
    """Lists, objects, and the form in which a URL has them."""
    secrets = Secrets(["client-secret"])
    secrets.learn({"rows": [{"mfa_token": "Fe26.2*a/b"}], "recovery_codes": ["ABCDEFGH"], "error": "invalid_grant"})
    text = "client-secret Fe26.2*a/b Fe26.2%2Aa%2Fb ABCDEFGH invalid_grant"
    assert secrets.hidden(text) == f"{SHOWN} {SHOWN} {SHOWN} {SHOWN} invalid_grant"


def test_a_code_is_hidden_only_as_a_number_of_its_own() -> None:
    """A timestamp that contains its digits is none."""
    secrets = Secrets(["123456"])
    assert secrets.hidden("code 123456, at 1123456.5") == f"code {SHOWN}, at 1123456.5"


def test_a_secret_that_begins_with_another_one_is_hidden_whole() -> None:
    """The longest match counts."""
    secrets = Secrets(["abcdef", "abcdefghi"])
    assert secrets.hidden("abcdefghi abcdef") == f"{SHOWN} {SHOWN}"


@pytest.mark.parametrize("short", [None, "", "wrong"])
def test_what_is_too_short_to_be_told_apart_is_left_alone(short: str | None) -> None:
    """Else words of the messages would go."""
    assert Secrets([short]).hidden("what is wrong") == "what is wrong"
