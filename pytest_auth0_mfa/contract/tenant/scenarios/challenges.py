"""What a challenge request may look like. Rows H5, H9, D-15, D-16, U-15."""

from __future__ import annotations

from typing import Any

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.calls import OMIT
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import scenario
from .steps import associate, enrolled

_PROMPT = {"challenge_type": "oob", "binding_method": "prompt"}


@scenario("challenge-missing-parameter", "H9")
def challenge_missing_parameter(play: ScenarioContext) -> None:
    """mfa_token and client_id must be there; whether challenge_type must is disputed."""
    token = play.log_in(play.user())
    for name in ("mfa_token", "client_id"):
        text = f"Missing required parameter: {name}"
        more: dict[str, Any] = {"challenge_type": "otp", name: OMIT}
        answer = play.challenge(token, **more)
        answer.refused("missing_parameter", "400 invalid_request", text)


@scenario("challenge-unsupported-type", "H5", needs="otp")
def challenge_unsupported_type(play: ScenarioContext) -> None:
    """A type that none of the user's active authenticators has."""
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    answer = play.challenge(token, challenge_type="oob")
    texts = (
        "The user does not support the requested challenge type (oob). Supported type: otp.",
        "User does not have any enrolled authenticator with the supported challenge type (oob)",  # row N2
    )
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type", texts)


@scenario("challenge-wrong-type-of-authenticator", "H5 U-15", needs="otp")
def challenge_wrong_type_of_authenticator(play: ScenarioContext) -> None:
    """An authenticator that does not have the requested type."""
    found = enrolled(play, "otp")
    token = play.log_in(found.user)
    identifier = play.find(token, "totp")
    answer = play.challenge(token, identifier, challenge_type="oob")
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type")


@scenario("challenge-unknown-authenticator", "U-15", needs="otp email", controls="outbox")
def challenge_unknown_authenticator(play: ScenarioContext) -> None:
    """An authenticator_id that is unknown, somebody else's or pending."""
    found, other = enrolled(play, "otp"), enrolled(play, "otp")
    theirs = play.find(play.log_in(other.user), "totp")
    bearer = play.log_in(found.user, scope="openid")
    token = play.log_in(found.user)
    refused = ("unknown_authenticator", "400 invalid_request")
    for identifier in ("totp|dev_0000000000000000", theirs, "not-a-code"):
        play.challenge(token, identifier, challenge_type="otp").refused(*refused)
    del bearer


@scenario("challenge-pending-authenticator", "U-15", needs="otp email", controls="outbox clock")
def challenge_pending_authenticator(play: ScenarioContext) -> None:
    """Beside an active authenticator, a pending one still cannot be challenged."""
    found = enrolled(play, "email")
    bearer = play.mfa_access_token(found.user, "enroll read:authenticators")
    associate(play, found.user, bearer, "otp", recovery=False)
    pending = play.find(bearer, "totp")
    token = play.log_in(found.user)
    answer = play.challenge(token, pending, challenge_type="otp")
    answer.refused("unknown_authenticator", "400 invalid_request")


@scenario("challenge-factor-switched-off", "U-10", needs="otp email", controls="outbox factors")
def challenge_factor_switched_off(play: ScenarioContext) -> None:
    """A factor that was switched off after its enrolment cannot be challenged."""
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    play.subject.factors = frozenset(play.subject.factors) - {"email"}
    answer = play.challenge(token, challenge_type="oob")
    answer.refused("unsupported_challenge_type", "401 unsupported_challenge_type")


@scenario("challenge-several-types", "U-16", needs="email otp", controls="outbox")
def challenge_several_types(play: ScenarioContext) -> None:
    """challenge_type is a list separated by spaces: any of them will do."""
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    play.challenge(token, challenge_type="otp oob").shows(_PROMPT, "oob_code")


@scenario("challenge-from-form", "D-15", needs="email", controls="outbox")
def challenge_from_form(play: ScenarioContext) -> None:
    """A form body is documented too, and a JSON body labelled as a form by the guide's own command."""
    found = enrolled(play, "email")
    token = play.log_in(found.user)
    for encoding, accepted in (
        ("form", play.profile.challenge_form),
        ("json-as-form", play.profile.challenge_json_as_form),
    ):
        template = calls.challenge(play.client, token, challenge_type="oob")
        template.encoding = encoding
        answer = play.call(template)
        if accepted:
            answer.shows(_PROMPT, "oob_code")
        elif encoding == "form" or not play.profile.challenge_form:
            answer.refused("unreadable_body", "400 invalid_request")
        else:  # read as the one strange field that a form parser makes of it
            answer.refused("missing_parameter", "400 invalid_request", "Missing required parameter: mfa_token")


@scenario("challenge-without-media-type", "1.1", needs="email", controls="outbox")
def challenge_without_media_type(play: ScenarioContext) -> None:
    """The guide's command sends JSON without naming it."""
    found = enrolled(play, "email")
    template = calls.challenge(play.client, play.log_in(found.user), challenge_type="oob")
    template.headers = {"Content-Type": ""}
    play.call(template).shows(_PROMPT, "oob_code")
