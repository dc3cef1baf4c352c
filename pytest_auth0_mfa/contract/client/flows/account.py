"""The user's own page, the My Account API: methods are enrolled, listed, changed and deleted, or that is refused."""

from __future__ import annotations

from typing import Final

from pytest_auth0_mfa.contract.client.example import ClientExample
from pytest_auth0_mfa.contract.client.judged import GRANTED, GivenAnswer, Token
from pytest_auth0_mfa.contract.client.own_page import SCOPES, OwnPage, key_of
from pytest_auth0_mfa.contract.client.recording import Seen
from pytest_auth0_mfa.contract.client.worlds import ALL, FACTORS, HOSTILE, PLAIN, World
from pytest_auth0_mfa.tenant.account import id_of
from pytest_auth0_mfa.tenant.entities import User

from .registry import covered, scenario

WORLDS: Final = (PLAIN, HOSTILE, World({"me_new_ids": "new", "me_factors_as": "array"}, codes=2, guessed=True))
WITH_CALLS: Final = (World(factors=FACTORS), HOSTILE)
LATER: Final = (World(behind=1200), World(HOSTILE.profile, FACTORS, behind=1200, codes=1, people=0))
NOBODYS: Final = "phone|dev_0000000000000000"
NAMES: Final = ("Old phone", "Ādas Téléphone №7 (privé) & co.", "+1", '"Zoë\'s" \\ 📱 %41 <b>')


def enrolled(example: ClientExample, user: User, factor: str) -> str:
    """The id of a method that the user enrolled before."""
    return id_of(example.enrolled(user, factor))


def page_with(example: ClientExample, *factors: str) -> tuple[OwnPage, list[str]]:
    """The page of a user who enrolled these factors before, and the ids of the methods."""
    user = example.user()
    ids = [enrolled(example, user, factor) for factor in factors]
    return OwnPage.of(example, user), ids


def verify(page: OwnPage, made: GivenAnswer, code: str | None = None, expect: str | None = "granted") -> GivenAnswer:
    """Confirm what was begun, with its own session."""
    return page.verify(made.body["id"], made.body["auth_session"], code, expect=expect)


def newest_code(page: OwnPage) -> str:
    """The code of the newest message."""
    return page.example.code(page.user, page.example.tenant.outbox[-1].channel)


def enroll(page: OwnPage, type: str, channel: str | None = None) -> None:
    """Enroll a method, and list the methods before it is confirmed and afterwards."""
    made = page.create(type, channel=channel)
    covered(page.methods)
    code = None
    if type == "totp":
        code = page.example.otp(key_of(made.body))
    elif type in ("email", "phone"):
        code = newest_code(page)
    verify(page, made, code)
    covered(page.methods)


def verify_waiting(page: OwnPage, made: GivenAnswer) -> GivenAnswer:
    """Verify a push device that is approved once the client has been refused: it may try again, or say so."""
    example = page.example

    def look(request: Seen) -> None:
        if request.refusal_id == "me_push_not_approved" and example.tenant.push.open_requests(page.user):
            example.approve(page.user)

    example.recording.after = look
    try:
        return page.verify(made.body["id"], made.body["auth_session"], expect=None)
    finally:
        example.recording.after = None


# -- lists -----------------------------------------------------------------------------------------


@scenario("me-factors", "The factors that the user can enroll reach the caller.", *WORLDS)
def factors(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    page.factors()
    page.factors()  # they may have changed


@scenario("me-list", "All methods are listed: unconfirmed ones and recovery codes too, however many there are.", *ALL)
def listed(example: ClientExample) -> None:
    user = example.user(*("email", "sms", "otp", "push") * 2, pending=("sms", "email", "otp"), email_verified=True)
    OwnPage.of(example, user).methods()


@scenario("me-list-nothing", "A user without methods has an empty list.", *WORLDS)
def listed_nothing(example: ClientExample) -> None:
    OwnPage.of(example, example.user()).methods()


@scenario("me-list-again", "A list is asked for each time, because methods change elsewhere too.", PLAIN)
def listed_again(example: ClientExample) -> None:
    page, _ = page_with(example, "email")
    page.methods()
    example.change_elsewhere(page.user, "otp")
    page.methods()
    example.change_elsewhere(page.user)
    page.methods()


@scenario("me-list-type", "A list is limited to the type that the caller names, and to none that it does not.", *WORLDS)
def listed_by_type(example: ClientExample) -> None:
    page, _ = page_with(example, "email", "sms", "otp", "push")
    page.methods("phone")
    page.methods()
    page.methods("totp")
    page.methods("push-notification")


# -- enrollment ------------------------------------------------------------------------------------


@scenario("me-enroll-email", "An email is enrolled and confirmed with the code of the message.", *WORLDS)
def enroll_email(example: ClientExample) -> None:
    enroll(OwnPage.of(example, example.user()), "email")


@scenario(
    "me-enroll-phone", "A phone is enrolled: by SMS if it is named, or as the tenant does if nothing is.", *WORLDS
)
def enroll_phone(example: ClientExample) -> None:
    enroll(OwnPage.of(example, example.user()), "phone")
    enroll(OwnPage.of(example, example.user()), "phone", "sms")


@scenario("me-enroll-voice", "A phone is enrolled by a call, as the caller asked.", *WITH_CALLS)
def enroll_voice(example: ClientExample) -> None:
    enroll(OwnPage.of(example, example.user()), "phone", "voice")


@scenario("me-enroll-totp", "The key and the barcode of an app reach the caller, its first code confirms it.", *WORLDS)
def enroll_totp(example: ClientExample) -> None:
    enroll(OwnPage.of(example, example.user()), "totp")


@scenario(
    "me-enroll-push",
    "The barcode of a push device reaches the caller; once the person has approved, it is confirmed without a code.",
    *WORLDS,
)
def enroll_push(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    made = page.create("push-notification")
    if not example.run.polls:
        verify(page, made, expect="A0E-400-0001")
        example.approve(page.user)
    elif verify_waiting(page, made).granted:
        return
    verify(page, made)


@scenario(
    "me-enroll-recovery-code",
    "A recovery code reaches the caller, who sees it only once; it is confirmed without another code.",
    *WORLDS,
)
def enroll_recovery_code(example: ClientExample) -> None:
    page, _ = page_with(example, "email")
    verify(page, page.create("recovery-code"))
    covered(page.methods)


@scenario(
    "me-codes-chosen-by-an-adversary",
    "Leading zeros and codes of one digit arrive as they were typed.",
    *(World(codes=turn, digits=digits) for turn, digits in enumerate((6, 6, 4, 10))),
)
def awkward_codes(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    for type in ("email", "totp", "phone"):
        enroll(page, type)


@scenario(
    "me-session-of-two",
    "Of two enrollments at once each is verified with its own session and id, whichever comes first.",
    *WORLDS,
)
def two_sessions(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    first = page.create("email")
    code = newest_code(page)
    second = page.create("phone", channel="sms")
    other = newest_code(page)
    verify(page, first, code)
    verify(page, second, other)
    first, second = page.create("totp"), page.create("totp")
    verify(page, first, example.otp(key_of(first.body)))
    verify(page, second, example.otp(key_of(second.body)))


@scenario("me-wrong-code", "A wrong code is refused; the session lives on, and the right code is accepted.", *ALL)
def wrong_code(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    made = page.create("email")
    right = newest_code(page)
    verify(page, made, example.wrong(right), "A0E-400-0001")
    verify(page, made, right)
    made = page.create("totp")
    right = example.otp(key_of(made.body))
    verify(page, made, example.wrong(right), "A0E-400-0001")
    verify(page, made, right)


@scenario("me-too-many-codes", "When the attempts are used up, that reaches the caller.", PLAIN, HOSTILE)
def too_many_codes(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    made = page.create("totp")
    wrong = example.wrong(example.otp(key_of(made.body)))
    for _ in range(10):
        verify(page, made, wrong, "A0E-400-0001")
    verify(page, made, wrong, "A0E-429-0003")


@scenario("me-session-expired", "A session that has expired is refused, and so is one that was used.", *LATER)
def session_expired(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user())
    made = page.create("email")
    code = newest_code(page)
    verify(page, made, code)
    verify(page, made, code, "A0E-404-0001")
    made = page.create("phone")
    code = newest_code(page)
    example.advance(example.tenant.profile.me_auth_session_lifetime + 1)
    verify(page, made, code, "A0E-404-0001")


# -- single methods --------------------------------------------------------------------------------


@scenario("me-get", "A method of each type is got.", *WORLDS)
def got(example: ClientExample) -> None:
    page, ids = page_with(example, "email", "sms", "otp", "push")
    for one in (*ids, *ids[:1]):
        page.get(one)


@scenario("me-rename", "A method is renamed as the caller says, and nothing else about it changes.", *WORLDS)
def renamed(example: ClientExample) -> None:
    page, ids = page_with(example, "email", "sms", "otp", "push")
    for one, name in zip(ids, NAMES, strict=True):
        page.update(one, name=name)
        covered(lambda one=one: page.get(one))  # type: ignore[misc]


@scenario(
    "me-preferred-channel", "The channel of a phone is changed as the caller says, and its name stays.", *WITH_CALLS
)
def preferred_channel(example: ClientExample) -> None:
    page, (phone,) = page_with(example, "sms")
    page.update(phone, name=NAMES[0])
    page.update(phone, channel="voice")
    page.update(phone, channel="sms")
    page.update(phone, name=NAMES[1], channel="voice")


@scenario(
    "me-arguments-are-not-kept",
    "What the caller leaves out is left out, whatever an earlier call carried.",
    World(factors=FACTORS),
)
def arguments_are_not_kept(example: ClientExample) -> None:
    page, (phone, app) = page_with(example, "sms", "otp")
    page.create("phone", channel="voice")
    page.create("phone")
    page.create("email")
    page.create("totp")
    page.update(phone, name=NAMES[0], channel="voice")
    page.update(app, name=NAMES[1])
    page.update(phone, channel="sms")


@scenario("me-delete", "A method is deleted.", *WORLDS)
def deleted(example: ClientExample) -> None:
    page, ids = page_with(example, "email", "sms", "otp", "push")
    for one in ids:
        page.delete(one)
    covered(page.methods)


# -- refusals --------------------------------------------------------------------------------------


def refused_everywhere(page: OwnPage, one: str, expect: str | None) -> None:
    """Make each call, and have it refused with this error, or any."""
    covered(lambda: page.factors(expect=expect))
    covered(lambda: page.methods(expect=expect))
    covered(lambda: page.create("totp", expect=expect))
    covered(lambda: page.verify(one, "not-a-session", "000000", expect=expect))
    covered(lambda: page.get(one, expect=expect))
    covered(lambda: page.update(one, name=NAMES[0], expect=expect))
    covered(lambda: page.delete(one, expect=expect))


@scenario("me-without-scope", "A token without the scope is refused, which reaches the caller.", *ALL)
def without_scope(example: ClientExample) -> None:
    user = example.user()
    refused_everywhere(OwnPage.of(example, user, "openid"), enrolled(example, user, "otp"), "A0E-403-0002")


def somebody_logged_in(example: ClientExample) -> None:
    """Let the client see tokens of another user, a refresh token among them: it must not use these for anybody."""
    other = example.user(mfa=False)
    covered(lambda: example.log_in(other, scope="openid offline_access", expect=GRANTED))
    covered(lambda: example.refresh(other, scope="openid offline_access", expect=GRANTED))


@scenario("me-invalid-token", "A token that is none is refused, which reaches the caller.", PLAIN, HOSTILE)
def invalid_token(example: ClientExample) -> None:
    user = example.user()
    covered(lambda: example.begin(user))  # so that the client has the password, and could log in by itself
    somebody_logged_in(example)
    page = OwnPage(example, Token("not-a-token", "not-a-token", user, "access_token"))
    refused_everywhere(page, enrolled(example, user, "otp"), "A0E-401-0003")


@scenario("me-token-for-another-api", "A token for another API is refused, which reaches the caller.", PLAIN)
def token_for_another_api(example: ClientExample) -> None:
    user = example.user()
    page = OwnPage(example, example.earlier_token(user, SCOPES, "https://api.example/"))
    refused_everywhere(page, enrolled(example, user, "otp"), None)


@scenario("me-unknown-method", "An id that the user does not have is refused, which reaches the caller.", *ALL)
def unknown_method(example: ClientExample) -> None:
    page = OwnPage.of(example, example.user("otp"))
    covered(lambda: page.get(NOBODYS, expect="A0E-404-0002"))
    covered(lambda: page.update(NOBODYS, name=NAMES[0], expect="A0E-404-0002"))
    covered(lambda: page.delete(NOBODYS, expect="A0E-404-0002"))
    made = page.create("totp")
    code = example.otp(key_of(made.body))
    page.verify(NOBODYS, made.body["auth_session"], code, expect="A0E-404-0002")
    verify(page, made, code)


@scenario(
    "me-push-refused",
    "A push device that cannot be confirmed is not asked about again: only one that nobody has approved may be yet.",
    PLAIN,
    HOSTILE,
)
def push_refused(example: ClientExample) -> None:
    user = example.user()
    page = OwnPage.of(example, user)
    made = page.create("push-notification").body
    for token, session, expect in (
        (OwnPage.of(example, user, "openid").token, made["auth_session"], "A0E-403-0002"),
        (Token("not-a-token", "not-a-token", user, "access_token"), made["auth_session"], "A0E-401-0003"),
        (page.token, "not-a-session", "A0E-404-0001"),
    ):
        OwnPage(example, token).verify(made["id"], session, expect=expect)


@scenario("me-bad-number", "A phone number that is none is sent, and the refusal reaches the caller.", *ALL)
def bad_number(example: ClientExample) -> None:
    OwnPage.of(example, example.user()).create("phone", phone_number="+1555", expect="A0E-400-0003")


# -- two users -------------------------------------------------------------------------------------


@scenario(
    "me-two-users", "Two users of one client never get each other's tokens, sessions and methods.", PLAIN, HOSTILE
)
def two_users(example: ClientExample) -> None:
    pages = [OwnPage.of(example, example.user("otp")) for _ in range(2)]
    for page in pages:
        covered(page.methods)
    made = [page.create("email") for page in pages]
    for page, begun in zip(pages, made, strict=True):
        verify(page, begun, newest_email(page))
    for page in pages:
        covered(page.methods)


@scenario(
    "me-two-tokens",
    "Of two access tokens of one user each call carries the one that the caller gives, whichever came first.",
    PLAIN,
)
def two_tokens(example: ClientExample) -> None:
    user = example.user("otp")
    first, second = OwnPage.of(example, user), OwnPage.of(example, user)
    for page in (first, second, first):
        covered(page.factors)
        covered(page.methods)
    made = first.create("email")
    confirmed = verify(second, made, newest_email(second)).body["id"]
    for page in (second, first):
        covered(lambda page=page: page.get(confirmed))  # type: ignore[misc]
        covered(lambda page=page: page.update(confirmed, name=NAMES[0]))  # type: ignore[misc]
    covered(lambda: second.delete(confirmed))


@scenario(
    "me-two-users-at-once",
    "A call that is made while another user's is under way carries its own user's values, and so does the other.",
    PLAIN,
)
def two_users_at_once(example: ClientExample) -> None:
    first, second = (OwnPage.of(example, example.user("otp")) for _ in range(2))
    first.methods()  # this shows whether the client is async
    example.at_once(first.methods, second.methods)
    if example.caller.is_async:  # a value kept on the client may be another user's by then
        example.at_once(first.methods, second.methods, early=True)
    made = example.at_once(lambda: first.create("email"), lambda: second.create("email"))
    codes = [newest_email(page) for page in (first, second)]
    example.at_once(lambda: verify(first, made[0], codes[0]), lambda: verify(second, made[1], codes[1]))


def newest_email(page: OwnPage) -> str:
    """The code of the newest email to the user."""
    return page.example.code(page.user, "email")
