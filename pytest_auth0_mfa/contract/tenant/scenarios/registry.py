"""The registry of scenarios, and steps that many of them begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_auth0_mfa.contract.tenant.answer_parts import ANY
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.subjects import Person, Scenario
from pytest_auth0_mfa.messages import Json

Act = Callable[[ScenarioContext], None]

SCENARIOS: dict[str, Scenario] = {}
"""Name -> scenario, in the order of the files."""


def scenario(
    name: str,
    title: str,
    rows: str,
    *,
    needs: str = "",
    without: str = "",
    controls: str = "",
    fake: bool = False,
    feature: str = "",
) -> Callable[[Act], Act]:
    """Register a function as a scenario. ``title`` says what a correct tenant does. Lists are words in one string.

    What needs a ``feature`` is played on fakes alone.
    """

    def register(act: Act) -> Act:
        assert name not in SCENARIOS, name
        SCENARIOS[name] = Scenario(
            name,
            title,
            tuple(rows.split()),
            act,
            frozenset(needs.split()),
            frozenset(without.split()),
            frozenset(controls.split()),
            fake or bool(feature),
            feature,
        )
        return act

    return register


_ROWS = {
    "email": ("oob", "email", "email"),
    "sms": ("oob", "sms", "phone"),
    "voice": ("oob", "voice", "phone"),
    "push": ("oob", "auth0", "push-notification"),
    "otp": ("otp", None, "otp"),
    "recovery-code": ("recovery-code", None, "recovery-code"),
}
"""Factor -> authenticator_type, oob_channel, type: section 5 of the contract."""

MALFORMED = "The mfa_token provided is invalid. Try getting a new token."


def row(play: ScenarioContext, kind: str, *, active: bool, name: str | None = None) -> dict[str, Json]:
    """A listed authenticator as it is expected, without its id."""
    authenticator_type, channel, customizable = _ROWS[kind]
    made: dict[str, Json] = {"authenticator_type": authenticator_type, "active": active}
    if channel is not None:
        made[play.profile.oob_channel_name] = channel
    if play.profile.shows_row_types:
        made["type"] = customizable
    if kind == "push" and active:
        made["name"] = ANY
    elif name is not None:
        made["name"] = name
    elif kind == "otp" and active and play.profile.otp_rows_have_name:
        made["name"] = ANY
    return made


def masked_email(play: ScenarioContext, address: str) -> str:
    """An email with all but the first characters of each part as ``*``: section 5 of the contract."""
    visible = play.profile.email_mask_visible
    parts = address.rsplit("@", 1)
    return "@".join(p[:visible] + "*" * (len(p) - visible) if len(p) > visible else "*" * max(4, len(p)) for p in parts)


def masked_phone(number: str) -> str:
    """A phone number with all but the last four characters as ``X``."""
    return "X" * (len(number) - 4) + number[-4:]


def ordered(play: ScenarioContext, *rows: dict[str, Json]) -> list[dict[str, Json]]:
    """The listed authenticators in the profile's order: by creation, or newest first."""
    return list(reversed(rows)) if play.profile.newest_first else list(rows)


def associated(play: ScenarioContext, factor: str, *, recovery: bool) -> tuple[dict[str, Json], tuple[str, ...]]:
    """The literal and opaque fields that a successful association answers: section 4.1 of the contract."""
    more = ("recovery_codes",) if recovery else ()
    if factor == "otp":
        return {"authenticator_type": "otp"}, ("secret", "barcode_uri", *more)
    channel = {"push": "auth0"}.get(factor, factor)
    literals = {"authenticator_type": "oob", play.profile.oob_channel_name: channel}
    if factor == "push":
        return literals, ("oob_code", "barcode_uri", *more)
    return literals | {"binding_method": "prompt"}, ("oob_code", *more)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A user with an active authenticator."""

    user: Person
    secret: str
    recovery_code: str
    mfa_token: str
    """The mfa_token with which it was enrolled."""


def address_of(user: Person, factor: str) -> str | None:
    """The user's address for messages of a factor; None for otp and push."""
    return {"email": user.username, "sms": user.phone_number, "voice": user.phone_number}.get(factor)


def associate(
    play: ScenarioContext, user: Person, bearer: str, factor: str, *, recovery: bool | None = None
) -> dict[str, Json]:
    """Associate a factor. Returns the body of the answer."""
    recovery = "recovery-code" in play.subject.factors if recovery is None else recovery
    literals, opaque = associated(play, factor, recovery=recovery)
    answer = play.associate(bearer, factor, address_of(user, factor)).shows(literals, *opaque)
    return dict(answer.response.json())


def confirm(
    play: ScenarioContext,
    user: Person,
    token: str,
    factor: str,
    body: dict[str, Json],
    *,
    scope: str,
    expires_in: int = 86400,
) -> None:
    """Confirm an association by verifying it, which also logs in."""
    if factor == "otp":
        answer = play.verify_otp(token, play.otp(body["secret"]))
    else:
        code = None
        if factor == "push":
            play.answer_push(user, approve=True)
        else:
            code = play.code(user, factor)
        answer = play.verify_oob(token, body["oob_code"], code, factor=factor)
    answer.tokens(scope=scope, expires_in=expires_in)


def enrolled(play: ScenarioContext, factor: str, *, user: Person | None = None) -> Enrolled:
    """Make a user with one active authenticator, enrolled during a login."""
    user = user or play.user()
    token = play.log_in(user, scope="openid")
    body = associate(play, user, token, factor)
    confirm(play, user, token, factor, body, scope="openid")
    codes = body.get("recovery_codes") or [""]
    return Enrolled(user, body.get("secret", ""), codes[0], token)


def challenged(play: ScenarioContext, mfa_token: str, factor: str, identifier: str | None = None) -> str:
    """Request a challenge. Returns the oob_code."""
    literals: dict[str, Json] = {"challenge_type": "oob"}
    if factor != "push":
        literals["binding_method"] = "prompt"
    return play.challenge(mfa_token, identifier, challenge_type="oob").shows(literals, "oob_code")["oob_code"]


def code_text(play: ScenarioContext, text: str) -> str:
    """The text of a wrong code, with a full stop if the profile says so."""
    return text if play.profile.full_stop_in_code_texts else text.rstrip(".")
