"""What the body of a refusal says it is."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.api_errors import TITLES, URIS, error_of, text_of

PROBLEM = {"title": "Invalid Token", "status": 401, "detail": "Invalid Token"}


@pytest.mark.parametrize(
    ("body", "error", "text"),
    [
        ({"error": "invalid_grant", "error_description": "No."}, "invalid_grant", "No."),
        ({**PROBLEM, "type": "https://auth0.com/api-errors/A0E-401-0003"}, "A0E-401-0003", "Invalid Token"),
        ({**PROBLEM, "type": "https://auth0.com/api-errors#A0E-401-0003"}, "A0E-401-0003", "Invalid Token"),
        ({**PROBLEM, "type": "A0E-401-0003"}, "A0E-401-0003", "Invalid Token"),
        ({**PROBLEM, "type": 7}, None, "Invalid Token"),
        ({"error": 7, "title": "Forbidden", "type": "A0E-403-0001"}, 7, None),
        ({"type": "phone", "id": "phone|dev_x"}, None, None),
        ([{"error": "invalid_grant"}], None, None),
        (None, None, None),
    ],
)
def test_error_and_text_of_a_refusal(body: Json, error: Json, text: Json) -> None:
    """An `error` counts first; the `type` counts if the body is a problem, which has a title."""
    assert error_of(body) == error
    assert text_of(body) == text


def test_codes_begin_with_their_status() -> None:
    """Each code names an HTTP status, and no two codes share a title."""
    assert all(400 <= int(code.split("-")[1]) < 600 for code in TITLES)
    assert len(set(TITLES.values())) == len(TITLES)
    assert all(uri.startswith("https://auth0.com/api-errors") for uri in URIS)
