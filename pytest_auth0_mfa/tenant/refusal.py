"""A refusal, with status, `error` and text as a profile has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pytest_auth0_mfa.errors import OAuthError
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.profile import Profile, profile_fields
from pytest_auth0_mfa.spec.refusals import REFUSALS

_DISPUTED = frozenset(name for name, declared in profile_fields().items() if declared.metadata["refusal"])
_CODES = ("wrong_otp", "wrong_binding_code")
_CHECK_HEADERS = "Too many requests. Check the X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset headers."


def refusal(
    rules: Profile,
    refusal_id: str,
    headers: Mapping[str, str] | None,
    extra: Mapping[str, Json] | None,
    values: Mapping[str, object],
    hint: str | None = None,
) -> OAuthError:
    """What is raised. ``values`` are set into the text, ``extra`` are further members of the body."""
    status, error, text = _answer(refusal_id, getattr(rules, refusal_id) if refusal_id in _DISPUTED else None)
    if values:
        text = text.format(**values)
    if refusal_id in _CODES and not rules.full_stop_in_code_texts:
        text = text.rstrip(".")
    elif refusal_id == "rate_limited" and rules.rate_limit_text == "check-headers":
        text = _CHECK_HEADERS
    return OAuthError(refusal_id, status, error, text, headers, extra, hint)


@cache
def _answer(refusal_id: str, disputed: str | None) -> tuple[int, str, str]:
    row = REFUSALS[refusal_id]
    answer = disputed or row.answer
    status, _, error = answer.partition(" ")
    return int(status), error, row.texts.get(answer, row.description)
