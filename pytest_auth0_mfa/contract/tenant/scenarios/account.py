"""The user's own page: tokens for it, and enrolling by the My Account API. Entries M1 to M11."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.account_calls import (
    METHOD_TYPE,
    SCOPES_OF_ME,
    WholePath,
    me_create,
    me_factors,
    me_get,
    me_verify,
)
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.spec.factors import ALL_FACTORS

from .registry import address_of, associate
from .visiting import (
    REQUIRED,
    CurrentRefreshToken,
    begin,
    confirm,
    enroll,
    enrolls,
    listed,
    log_in_with,
    method,
    newcomer,
    of_account,
    pending,
    renews_without_mfa,
    token_by_refresh,
    visitor,
)


@of_account("me-token", "A login for the user's own page gives a JWT with the scopes asked for.", "M1", needs="otp")
def me_token(play: ScenarioContext) -> None:
    found = visitor(play)
    listed(play, found.bearer, *found.rows)


@of_account(
    "me-token-by-refresh",
    "A refresh token of a login for something else gives one too, with scopes that the login did not have.",
    "M2 D-38",
    needs="otp",
)
def me_token_by_refresh(play: ScenarioContext) -> None:
    user, scope = play.user(), "openid offline_access"
    token = play.log_in(user, scope=scope)
    body = associate(play, user, token, "otp")
    granted = play.verify_otp(token, play.otp(body["secret"])).tokens(scope=scope)
    rows = [method(play, user, "otp"), *([method(play, user, "recovery-code")] if "recovery_codes" in body else [])]
    kept = CurrentRefreshToken(granted["refresh_token"])
    for asked in (SCOPES_OF_ME, "read:me:authentication_methods") if renews_without_mfa(play) else ():
        listed(play, token_by_refresh(play, kept, asked), *rows)


@of_account("me-token-not-for-applications", "An application alone gets none.", "M3")
def me_token_not_for_applications(play: ScenarioContext) -> None:
    template = calls.client_credentials(play.client, audience=play.account_audience, scope=SCOPES_OF_ME)
    play.call(template).refused("client_grant_missing", "403 access_denied")


@of_account(
    "me-factors", "The factors that are on are listed, and no others.", "M4 D-39", without="voice email", needs="otp"
)
def me_factors_on(play: ScenarioContext) -> None:
    path, rows = play.call(me_factors(visitor(play).bearer)).factors()
    types = sorted(str(row.get("type")) for row in rows if isinstance(row, dict))
    on = sorted({METHOD_TYPE[factor] for factor in ALL_FACTORS if factor in play.subject.factors})
    ours = [name for name in types if name in METHOD_TYPE.values()]
    if ours != on:
        play.fail_value(path, ", ".join(on), ", ".join(ours))


def _enrolling(factor: str, rows: str, controls: str) -> None:
    """Register the scenario of a factor."""

    def act(play: ScenarioContext) -> None:
        found = newcomer(play)
        user, bearer = found.user, found.bearer
        begun = begin(play, user, bearer, factor)
        listed(play, bearer, *pending(play, user, factor), *found.rows)
        play.mfa_access_token(user, "read:authenticators")  # which needs no factor of a user who has none
        if (identifier := confirm(play, begun)) != begun.identifier and play.profile.me_new_ids == "device":
            play.fail_new("$.id")
        if identifier not in listed(play, bearer, *enrolls(play, user, factor), *found.rows):
            play.fail_new("$.authentication_methods[0].id")
        kind = METHOD_TYPE[factor]
        of_kind = [row for row in (*enrolls(play, user, factor), *found.rows) if row["type"] == kind]
        listed(play, bearer, *of_kind, only=kind)
        play.wait(60)
        log_in_with(play, begun)

    name = {"sms": "phone", "otp": "totp"}.get(factor, factor)
    of_account(
        f"me-enroll-{name}",
        "Begun, it is listed as unconfirmed and demands nothing; verified, it is found by its type and logs in.",
        rows,
        needs=f"otp {factor}",
        controls=controls,
    )(act)


_enrolling("email", "M6 M10 M5 U-30 D-34", "outbox clock")
_enrolling("sms", "M6 M10 M5 U-30 D-34", "outbox clock")
_enrolling("otp", "M7 M10 M5 U-30", "clock")
_enrolling("push", "M8 M10 M5 U-30 D-35", "push clock")


@of_account(
    "me-enroll-recovery-code",
    "It is shown once, when it is begun, and works when it is verified; then the one before does not.",
    "M9 M10 U-31",
    needs="otp recovery-code",
)
def me_enroll_recovery_code(play: ScenarioContext) -> None:
    found = visitor(play)
    begun = begin(play, found.user, found.bearer, "recovery-code")
    token = play.log_in(found.user, scope="openid")
    if play.profile.me_recovery_code_replaces == "when-verified":
        listed(play, found.bearer, *found.rows)
        _not_accepted(play, token, begun.recovery_code)
    confirm(play, begun)
    listed(play, found.bearer, *found.rows)
    _not_accepted(play, token, found.recovery_code)
    play.verify_recovery(token, begun.recovery_code).tokens(scope="openid", recovery_code=True)


def _not_accepted(play: ScenarioContext, token: str, code: str) -> None:
    if play.verify_recovery(token, code).response.status < 400:
        play.fail_value("status", "a refusal: this recovery code is not valid", "success", "MFA021")


@of_account(
    "me-first-recovery-code",
    "Whoever has none gets one here.",
    "M9 M10",
    needs="otp recovery-code",
)
def me_first_recovery_code(play: ScenarioContext) -> None:
    found = newcomer(play)
    enroll(play, found.user, found.bearer, "otp")
    begun = begin(play, found.user, found.bearer, "recovery-code")
    confirm(play, begun)
    listed(play, found.bearer, method(play, found.user, "otp"), method(play, found.user, "recovery-code"))
    answer = play.verify_recovery(play.log_in(found.user, scope="openid"), begun.recovery_code)
    answer.tokens(scope="openid", recovery_code=True)


@of_account(
    "me-enroll-by-voice",
    "The channel is the one that was asked for; without a wish, the tenant's usual one.",
    "M6 U-35",
    needs="otp sms voice",
    controls="outbox",
)
def me_enroll_by_voice(play: ScenarioContext) -> None:
    found = visitor(play)
    enroll(play, found.user, found.bearer, "voice")
    other, usual = visitor(play), play.profile.me_phone_channel
    template = me_create(other.bearer, "sms", other.user.phone_number)
    template.factor = usual
    play.call(template).shows({}, "id", "auth_session", status=202)
    play.code(other.user, usual)


@of_account(
    "me-address-that-is-given",
    "The message goes to the address that was given, whatever the user's profile says.",
    "M6 D-34",
    needs="otp email sms",
    controls="outbox",
)
def me_address_that_is_given(play: ScenarioContext) -> None:
    found, other = visitor(play), play.user()
    for factor in ("email", "sms"):
        answer = play.call(me_create(found.bearer, factor, address_of(other, factor)))
        answer.shows({}, "id", "auth_session", status=202)
        template = me_verify(found.bearer, answer["id"], answer["auth_session"], play.code(found.user, factor))
        play.call(template).method(method(play, other, factor), 201)


@of_account(
    "me-location",
    "Both addresses of a method are absolute, and good for the next call.",
    "M6 M10 M11 U-30",
    needs="otp",
)
def me_location(play: ScenarioContext) -> None:
    found = visitor(play)
    begun = begin(play, found.user, found.bearer, "otp")
    template = me_verify(found.bearer, WholePath(begun.path, "/verify"), begun.session, play.otp(begun.secret))
    answer = play.call(template)
    answer.method(method(play, found.user, "otp"), 201)
    play.call(me_get(found.bearer, WholePath(answer.location()))).method(method(play, found.user, "otp"))
    play.call(me_get(found.bearer, answer["id"], raw=True)).method(method(play, found.user, "otp"))


@of_account(
    "me-one-model",
    "What the MFA API enrolled is a method here, of the same device, and the other way round.",
    "M5 U-33",
    needs="otp sms voice push",
    controls="outbox push",
)
def me_one_model(play: ScenarioContext) -> None:
    found = visitor(play)
    here = set(listed(play, found.bearer, *found.rows))
    there = {str(row["id"]) for row in play.look(play.log_in(found.user))}
    if here != there:
        play.fail_new("$[].id")
    for factor, kinds in (("sms", ("sms", "voice")), ("push", ("push",))):
        device = enroll(play, found.user, found.bearer, factor).partition("|")[2]
        token = play.log_in(found.user)
        for kind in kinds:
            if play.find(token, kind).partition("|")[2] != device:
                play.fail_new("$[].id")
        if not all(row["active"] for row in play.look(token)):
            play.fail_value("$[].active", "True", "False")


@of_account(
    "me-first-factor-by-page",
    "Whoever enrolled a first factor here is asked for it from then on.",
    "M10 T2",
    needs="otp sms",
    controls="outbox",
)
def me_first_factor_by_page(play: ScenarioContext) -> None:
    found = newcomer(play)
    play.mfa_access_token(found.user, "read:authenticators")
    enroll(play, found.user, found.bearer, "sms")
    extra = ("mfa_token", *(("mfa_requirements",) if play.profile.mfa_requirements else ()))
    play.password(found.user, audience=play.audience, scope="read:authenticators").refused(*REQUIRED, *extra)
