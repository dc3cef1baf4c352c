"""The steps on the user's own page that scenarios of the My Account API begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import parse_qs, urlsplit

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHOD_TYPE,
    SCOPES_OF_ME,
    me_create,
    me_delete,
    me_list,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.answer_parts import ANY
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.expectations import Answer
from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.messages import Json

from .registry import (
    address_of,
    associate,
    challenged,
    masked_email,
    masked_phone,
    scenario,
)

MY_ACCOUNT = "my-account"
of_account = partial(scenario, feature=MY_ACCOUNT)
"""As `scenario`, for fakes that have the My Account API."""
REQUIRED = ("mfa_required", "403 mfa_required", "Multifactor authentication required")
UNKNOWN = ("me_unknown_method", "404 A0E-404-0002")
INVALID_SESSION = ("me_invalid_session", "404 A0E-404-0001")
UNKNOWN_CHANGED = ("me_unknown_method_changed", "404 A0E-404-0002")
_OPAQUE = {
    "otp": ("barcode_uri", "manual_input_code"),
    "push": ("barcode_uri",),
    "recovery-code": ("recovery_code",),
}
"""Factor -> what else is answered when it is begun."""


@dataclass(slots=True)
class CurrentRefreshToken:
    """The refresh token that is good now: a tenant may give another one with each renewal."""

    text: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user with a token for their page, who enrolled an app when they logged in for it."""

    user: Person
    bearer: str
    refresh_token: CurrentRefreshToken
    secret: str
    recovery_code: str
    rows: list[dict[str, Json]]
    """What the page lists."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An enrollment that was begun, and not yet verified."""

    user: Person
    bearer: str
    factor: str
    identifier: str
    session: str
    path: str
    """The path of its Location."""
    secret: str = ""
    recovery_code: str = ""


def method(
    play: ScenarioContext, user: Person, factor: str, *, confirmed: bool = True, **more: Json
) -> dict[str, Json]:
    """A method as it is expected, without id and created_at: section 13.2 of the contract."""
    made: dict[str, Json] = {"type": METHOD_TYPE[factor], "usage": ["secondary"], "confirmed": confirmed}
    masks = play.profile.me_masks_addresses
    if factor == "email":
        made["email"] = masked_email(play, user.username) if masks else user.username
    if factor in ("sms", "voice"):
        made["phone_number"] = masked_phone(user.phone_number) if masks else user.phone_number
        made["preferred_authentication_method"] = factor
    if factor == "push" and confirmed:
        made["name"] = ANY  # what the app calls its device
    return made | more


def visitor(play: ScenarioContext, user: Person | None = None) -> Visitor:
    """A user with a token for their page."""
    user = user or play.user()
    scope = f"{SCOPES_OF_ME} offline_access"
    token = play.log_in(user, audience=play.account_audience, scope=scope)
    body = associate(play, user, token, "otp")
    answer = account_tokens(play, play.verify_otp(token, play.otp(body["secret"])), scope)
    rows, code = [method(play, user, "otp")], (body.get("recovery_codes") or [""])[0]
    if code:
        rows.append(method(play, user, "recovery-code"))
    return Visitor(
        user, answer["access_token"], CurrentRefreshToken(answer["refresh_token"]), body["secret"], code, rows
    )


def newcomer(play: ScenarioContext) -> Visitor:
    """A user with a token for their page who has no method any more, but for a last one that cannot be deleted."""
    found = visitor(play)
    *others, last = listed(play, found.bearer, *found.rows)
    for identifier in others:
        play.call(me_delete(found.bearer, identifier)).nothing()
    if others and play.profile.last_deletion_removes_recovery_code:  # the last one went with the app
        return replace(found, rows=[])
    play.call(me_delete(found.bearer, last)).refused("me_delete_last", "204")
    stays = " " in play.profile.me_delete_last
    return replace(found, rows=found.rows[-1:] if stays else [])


def account_tokens(play: ScenarioContext, answer: Answer, scope: str, *, renewed: bool = False) -> Answer:
    """Expect tokens for the user's own page."""
    life = play.profile.me_token_lifetime
    return answer.tokens(scope=scope, expires_in=life, audience=play.account_audience, renewed=renewed)


def renews_without_mfa(play: ScenarioContext) -> bool:
    """Whether a refresh token alone gives another token. Otherwise each costs a login with both factors."""
    return play.profile.refresh_demands_mfa != "always"


def token_by_refresh(play: ScenarioContext, refresh_token: CurrentRefreshToken, scope: str) -> str:
    """A token for the user's own page by a refresh token."""
    template = calls.refresh(play.client, refresh_token.text, audience=play.account_audience, scope=scope)
    answer = account_tokens(play, play.call(template), scope, renewed=True)
    refresh_token.text = str(answer.response.json().get("refresh_token", refresh_token.text))
    return answer["access_token"]


def token_again(play: ScenarioContext, found: Visitor) -> str:
    """Another token for the page of a visitor, since the first may have expired."""
    return token_by_refresh(play, found.refresh_token, SCOPES_OF_ME)


def begin(play: ScenarioContext, user: Person, bearer: str, factor: str) -> Begun:
    """Begin to enroll a factor."""
    wish = {"preferred_authentication_method": "sms"} if play.profile.me_phone_channel != factor == "sms" else {}
    answer = play.call(me_create(bearer, factor, address_of(user, factor), **wish))
    opaque = ("id", "auth_session", *_OPAQUE.get(factor, ()))
    answer.shows({}, *opaque, optional=("manual_input_code",), status=202)
    if answer["id"].partition("|")[0] != METHOD_TYPE[factor]:
        play.fail_value("$.id", f"{METHOD_TYPE[factor]}|...", "another type")
    body = answer.response.json()
    secret = _secret(play, body) if factor == "otp" else ""
    path = answer.location()
    return Begun(
        user, bearer, factor, answer["id"], answer["auth_session"], path, secret, body.get("recovery_code", "")
    )


def _secret(play: ScenarioContext, body: dict[str, str]) -> str:
    """The secret of an app: in its barcode and, usually, beside it."""
    found = parse_qs(urlsplit(body["barcode_uri"]).query).get("secret", [""])[0]
    if body.get("manual_input_code", found) != found:
        play.fail_value("$.manual_input_code", "the secret of the barcode", "another")
    return found


def code_of(play: ScenarioContext, begun: Begun) -> str | None:
    """The code that verifies an enrollment. A push request is approved instead."""
    if begun.factor == "otp":
        return play.otp(begun.secret)
    if begun.factor == "push":
        play.answer_push(begun.user, approve=True)
        return None
    return None if begun.factor == "recovery-code" else play.code(begun.user, begun.factor)


def verify(play: ScenarioContext, begun: Begun, code: str | None) -> Answer:
    """Verify an enrollment with this code."""
    template = me_verify(begun.bearer, begun.identifier, begun.session, code)
    template.factor = begun.factor
    return play.call(template)


def confirm(play: ScenarioContext, begun: Begun) -> str:
    """Verify an enrollment with the right code. Returns the id of the method."""
    answer = verify(play, begun, code_of(play, begun))
    identifier = answer.method(method(play, begun.user, begun.factor), 201)
    answer.location()
    return identifier


def enroll(play: ScenarioContext, user: Person, bearer: str, factor: str) -> str:
    """Enroll a factor by the page. Returns its id."""
    return confirm(play, begin(play, user, bearer, factor))


def listed(play: ScenarioContext, bearer: str, *rows: dict[str, Json], only: str | None = None) -> list[str]:
    """Expect exactly these methods in the list. Returns their ids."""
    return play.call(me_list(bearer, only)).methods(*rows)


def pending(play: ScenarioContext, user: Person, factor: str) -> list[dict[str, Json]]:
    """The methods in the list that were not verified."""
    return enrolls(play, user, factor, confirmed=False) if play.profile.me_lists_unconfirmed else []


def enrolls(play: ScenarioContext, user: Person, factor: str, *, confirmed: bool = True) -> list[dict[str, Json]]:
    """The methods that an enrollment adds to the list: with push comes an app, which a tenant may list."""
    app = (
        [method(play, user, "otp", confirmed=confirmed)] if factor == "push" and play.profile.me_lists_push_app else []
    )
    return [method(play, user, factor, confirmed=confirmed), *app]


def log_in_with(play: ScenarioContext, begun: Begun) -> None:
    """Log in with what was enrolled."""
    token = play.log_in(begun.user, scope="openid")
    if begun.factor == "otp":
        answer = play.verify_otp(token, play.otp(begun.secret))
    else:
        oob_code = challenged(play, token, begun.factor)
        answer = play.verify_oob(token, oob_code, code_of(play, begun), factor=begun.factor)
    answer.tokens(scope="openid")
