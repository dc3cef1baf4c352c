"""Associations: what requests may look like, and who may make them. Entries A6, A10, U-10, U-14, U-19."""

from __future__ import annotations

from pytest_auth0_mfa.contract.tenant.calls import OMIT, CallTemplate
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext

from .registry import associate, associated, confirm, enrolled, scenario


@scenario(
    "already-enrolled",
    "Once a factor is active, an mfa_token enrolls no other.",
    "A6",
    needs="otp email",
    controls="outbox",
)
def already_enrolled(play: ScenarioContext) -> None:
    for factor in ("otp", "email"):
        found = enrolled(play, factor)
        token = play.log_in(found.user)
        for other, address in (("otp", None), ("email", found.user.username)):
            answer = play.associate(token, other, address)
            answer.refused("already_enrolled", "403 access_denied", "User is already enrolled.")


@scenario(
    "several-pending",
    "While nothing is active, one mfa_token may associate several factors; any of them can be confirmed.",
    "4.2",
    needs="otp sms push",
    controls="outbox",
)
def several_pending(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user, scope="openid")
    again = play.profile.recovery_code_reissued and "recovery-code" in play.subject.factors
    sms = associate(play, user, token, "sms")
    code = play.code(user, "sms")
    associate(play, user, token, "push", recovery=again)
    associate(play, user, token, "otp", recovery=again)
    play.verify_oob(token, sms["oob_code"], code, factor="sms").tokens(scope="openid")
    active = {row["id"].partition("|")[0] for row in play.look(play.log_in(user)) if row["active"]}
    if active - {"voice"} != {"sms"} | ({"recovery-code"} & set(play.subject.factors)):
        play.fail_value("$[].active", "True for what was confirmed", f"True for {sorted(active)}")


@scenario(
    "associate-missing-parameter", "authenticator_types must be there, oob_channels for oob.", "T7", needs="otp email"
)
def associate_missing_parameter(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    refused = ("missing_parameter", "400 invalid_request")
    text = "Missing required parameter: {}"
    answer = play.associate(token, "otp", authenticator_types=OMIT)
    answer.refused(*refused, text.format("authenticator_types"))
    # The guides' tables call it authentication_types; their code has the right name.
    answer = play.associate(token, "otp", authenticator_types=OMIT, authentication_types=["otp"])
    answer.refused(*refused, text.format("authenticator_types"))
    answer = play.associate(token, "email", "ada@example.com", oob_channels=OMIT)
    answer.refused(*refused, text.format("oob_channels"))


@scenario("associate-unsupported", "What the MFA API does not support.", "1.3", needs="otp")
def associate_unsupported(play: ScenarioContext) -> None:
    token = play.log_in(play.user())
    refused = ("unsupported_authenticator", "400 invalid_request")
    for kind in ("webauthn-roaming", "duo", "wrong"):
        play.associate(token, "otp", authenticator_types=[kind]).refused(*refused)
    answer = play.associate(token, "otp", authenticator_types=["oob"], oob_channels=["wrong"])
    answer.refused(*refused)


@scenario(
    "associate-factor-off", "A factor that is off enrolls nobody.", "A10", needs="otp", without="sms voice push email"
)
def associate_factor_off(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    refused = ("disabled_factor", "401 unsupported_challenge_type")
    for factor, address in (("sms", user.phone_number), ("email", user.username), ("push", None)):
        play.associate(token, factor, address).refused(*refused)


@scenario(
    "associate-several-values",
    "Several types or channels: the first one that is on wins, or they are refused.",
    "U-14",
    needs="otp sms email",
    controls="outbox",
)
def associate_several_values(play: ScenarioContext) -> None:
    user = play.user()
    token = play.log_in(user)
    answer = play.associate(token, "sms", user.phone_number, oob_channels=["sms", "email"])
    if play.profile.several_values == "refused":
        answer.refused("wrong_type", "400 invalid_request")
    else:
        literals, opaque = associated(play, "sms", recovery="recovery-code" in play.subject.factors)
        answer.shows(literals, *opaque)


@scenario(
    "associate-string-for-list", "Whether a string will do where a list is documented is disputed.", "U-19", needs="otp"
)
def associate_string_for_list(play: ScenarioContext) -> None:
    answer = play.associate(play.log_in(play.user()), "otp", authenticator_types="otp")
    if play.profile.string_for_list:
        literals, opaque = associated(play, "otp", recovery="recovery-code" in play.subject.factors)
        answer.shows(literals, *opaque)
    else:
        answer.refused("wrong_type", "400 invalid_request")


@scenario("associate-form", "Whether a form will do is disputed.", "U-19", needs="otp")
def associate_form(play: ScenarioContext) -> None:
    template = CallTemplate(
        "associate", "POST", "/mfa/associate", {"authenticator_types[]": "otp"}, play.log_in(play.user())
    )
    assert template.params is not None
    template.params["client_id"] = play.client.client_id
    template.encoding, template.factor = "form", "otp"
    answer = play.call(template)
    if play.profile.associate_form:
        literals, opaque = associated(play, "otp", recovery="recovery-code" in play.subject.factors)
        answer.shows(literals, *opaque)
    else:
        answer.refused("unreadable_body", "400 invalid_request")


@scenario(
    "associate-client-id", "client_id may be sent; whether it must be, or is checked, is disputed.", "D-9", needs="otp"
)
def associate_client_id(play: ScenarioContext) -> None:
    recovery = "recovery-code" in play.subject.factors
    literals, opaque = associated(play, "otp", recovery=recovery)
    token = play.log_in(play.user())
    answer = play.associate(token, "otp", client_id=play.client.client_id, client_secret=play.client.client_secret)
    answer.shows(literals, *opaque)
    answer = play.associate(play.log_in(play.user()), "otp", client_id=OMIT)
    if play.profile.associate_client_id_required:
        text = "Missing required parameter: client_id"
        answer.refused("missing_parameter", "400 invalid_request", text)
    else:
        answer.shows(literals, *opaque)
    answer = play.associate(play.log_in(play.user()), "otp", client_id="wrong")
    if play.profile.associate_checks_client:
        answer.refused("client_authentication", "401 access_denied", "Unauthorized")
    else:
        answer.shows(literals, *opaque)


@scenario(
    "associate-second-factor",
    "With an access token of scope enroll a further factor is added, and confirmed with that token.",
    "A1 7a U-25",
    needs="email otp",
    controls="outbox",
)
def associate_second_factor(play: ScenarioContext) -> None:
    found = enrolled(play, "email")
    bearer = play.mfa_access_token(found.user, "openid enroll")
    body = associate(play, found.user, bearer, "otp", recovery=False)
    scope = "openid enroll profile email address phone" if play.profile.openid_grants_all else "openid enroll"
    answer = play.verify_otp(bearer, play.otp(body["secret"]))
    answer.tokens(scope=scope, expires_in=600, only_access_token=not play.profile.confirmation_gives_id_token)
    token = play.log_in(found.user)
    active = [row["id"].partition("|")[0] for row in play.look(token) if row["active"]]
    if not {"email", "totp"} <= set(active):
        play.fail_value("$[].active", "True for email and totp", f"True for {active}")


@scenario(
    "associate-with-access-token-first",
    "The first factor can be enrolled with an access token as well.",
    "7a",
    needs="email",
    controls="outbox",
)
def associate_with_access_token_first(play: ScenarioContext) -> None:
    user = play.user()
    bearer = play.mfa_access_token(user, "enroll")
    body = associate(play, user, bearer, "email")
    confirm(play, user, bearer, "email", body, scope="enroll", expires_in=600)
    enrolled_now = play.log_in(user)
    answer = play.associate(enrolled_now, "email", user.username)
    answer.refused("already_enrolled", "403 access_denied", "User is already enrolled.")
