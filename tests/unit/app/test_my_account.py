"""The My Account API: the user's own page, on the same tenant as the MFA API."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.table_calls import Ask
from helpers.tenant_client import FACTORS, START, TenantClient, refusal
from unit.app.test_table import ask

from pytest_auth0_mfa import Request, Response, User, handler
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import ME_SCOPES, METHODS, OPERATIONS
from pytest_auth0_mfa.spec.schemas import schemas
from pytest_auth0_mfa.tenant.totp import totp

VERIFIABLE = ("email", "phone", "totp", "push-notification", "recovery-code")
WANTED: dict[str, dict[str, Json]] = {
    "email": {"type": "email", "email": "new@example.com"},
    "phone": {"type": "phone", "phone_number": "+15550100123"},
    **{kind: {"type": kind} for kind in ("totp", "push-notification", "recovery-code")},
}


class Page:
    """A user's own page."""

    def __init__(self, api: TenantClient | None = None, **user: Any) -> None:
        self.api = api or TenantClient(factors=FACTORS)
        self.user: User = self.api.tenant.add_user(**{"mfa": True, **user})
        self.token = self.api.account_token(self.user)

    def send(self, method: str, path: str = METHODS, body: Json = None) -> Response:
        return self.api.send(method, path, body, self.token)

    def create(self, kind: str, **more: Json) -> dict[str, Any]:
        """Begin to enroll a method of this type."""
        answer = self.send("POST", METHODS, {**WANTED[kind], **more})
        assert answer.status == 202, answer.json()
        body: dict[str, Any] = answer.json()
        return body

    def verify(self, begun: dict[str, Any], code: str | None = None, path_id: str | None = None) -> Response:
        """Verify what was begun, with this code."""
        body = {"auth_session": begun["auth_session"], **({} if code is None else {"otp_code": code})}
        return self.send("POST", f"{METHODS}/{path_id or begun['id']}/verify", body)

    def right(self, begun: dict[str, Any]) -> str | None:
        """The code for what was begun; for push, the user's approval."""
        kind = begun["id"].partition("|")[0]
        if kind == "totp":
            return totp(begun["manual_input_code"], self.api.tenant.clock.now())
        if kind == "push-notification":
            self.api.tenant.push.approve(self.user)
        return self.api.code(self.user) if kind in ("email", "phone") else None

    def enroll(self, kind: str, **more: Json) -> dict[str, Any]:
        """Enroll a method of this type, and show it."""
        begun = self.create(kind, **more)
        answer = self.verify(begun, self.right(begun))
        assert answer.status == 201, answer.json()
        return {**begun, **answer.json()}

    def rows(self, query: str = "") -> list[dict[str, Any]]:
        """The methods as listed."""
        answer = self.send("GET", METHODS + query)
        assert answer.status == 200, answer.json()
        rows: list[dict[str, Any]] = answer.json()["authentication_methods"]
        return rows

    def types(self) -> list[str]:
        return [row["type"] for row in self.rows()]


# -- tokens ----------------------------------------------------------------------------------------


def test_a_login_for_the_page_gives_a_token_of_its_scopes() -> None:
    """Entry M1: those that were asked for; all of them if none were."""
    api = TenantClient()
    user = api.tenant.add_user(mfa=False)
    one = api.login(user, audience=api.tenant.me_audience, scope="openid read:me:factors read:users").json()
    assert one["scope"] == "openid read:me:factors"
    every = api.login(user, audience=api.tenant.me_audience, scope=None).json()
    assert set(ME_SCOPES) < set(every["scope"].split())
    assert api.send("GET", "/me/v1/factors", token=one["access_token"]).status == 200


def test_a_refresh_token_of_another_audience_gives_one_too() -> None:
    """Entry M2: with scopes that the login did not have."""
    api = TenantClient(policy="never")
    user = api.tenant.add_user()
    asked = {"grant_type": "refresh_token", "audience": api.tenant.me_audience, "scope": "openid read:me:factors"}
    body = api.token({**asked, "refresh_token": user.refresh_token(audience="https://api.example/")}).json()
    assert body["scope"] == "openid read:me:factors"
    assert api.send("GET", "/me/v1/factors", token=body["access_token"]).status == 200


def test_an_application_alone_gets_no_token() -> None:
    """Entry M3."""
    api = TenantClient()
    answer = api.token({"grant_type": "client_credentials", "audience": api.tenant.me_audience})
    assert api.last.refusal_id == "client_grant_missing"
    assert answer.status == 403


# -- factors and lists -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factors", "listed"),
    [
        (FACTORS, ["phone", "push-notification", "totp", "email", "recovery-code"]),
        ({"voice", "otp"}, ["phone", "totp"]),
        ({"recovery-code"}, ["recovery-code"]),
    ],
)
def test_the_factors_that_are_on_are_listed(factors: set[str], listed: list[str]) -> None:
    """Entry M4: no others, in the order of the answers that were seen."""
    page = Page(TenantClient(factors=factors))
    answer = page.send("GET", "/me/v1/factors").json()
    assert answer == {"factors": [{"type": kind, "usage": ["secondary"]} for kind in listed]}
    page = Page(TenantClient({"me_factors_as": "array"}, factors=factors))
    assert page.send("GET", "/me/v1/factors").json() == answer["factors"]  # entry D-39


def test_what_the_mfa_api_enrolled_is_listed_under_the_same_device() -> None:
    """A phone is one method and two authenticators; the app of a push is not listed."""
    page = Page(email_verified=True)
    entries = [page.user.enroll(factor) for factor in ("otp", "sms", "push", "email")]
    assert page.user.recovery is not None
    kinds = ["totp", "phone", "push-notification", "email"]
    expected = [f"{kind}|{entry.id.partition('|')[2]}" for kind, entry in zip(kinds, entries, strict=True)]
    expected.insert(1, page.user.recovery.id)
    assert [row["id"] for row in page.rows()] == expected
    assert len(page.user.entries) == 6


def test_members_of_a_row() -> None:
    """Addresses are masked as in the MFA API; a phone has the channel on which it is called."""
    page = Page()
    page.user.enroll("voice", phone_number="+15550109167")
    row = page.rows()[0]
    assert list(row) == [
        "id", "type", "confirmed", "phone_number", "preferred_authentication_method", "created_at", "usage",
    ]  # fmt: skip
    assert row["phone_number"] == "XXXXXXXX9167"
    assert (row["confirmed"], row["usage"]) == (True, ["secondary"])
    assert row["created_at"] == "2023-11-14T22:13:20.000Z"
    assert page.send("GET", f"{METHODS}/{row['id']}").json() == row


def test_the_list_can_be_of_one_type() -> None:
    """Types that the fake does not enroll are known, and found nowhere."""
    page = Page()
    page.user.enroll("otp")
    page.user.enroll("email")
    assert [row["type"] for row in page.rows("?type=email")] == ["email"]
    assert page.rows("?type=passkey") == []
    for query in ("?type=sms", "?type=", "?type=email&type=totp"):
        answer = page.send("GET", METHODS + query)
        assert refusal(answer)[:2] == (400, "A0E-400-0003"), query
        assert answer.json()["validation_errors"] == [
            {"pointer": "/type", "detail": "data/type must be equal to one of the allowed values"}
        ]
    assert len(page.rows("?page=1")) == 3


def test_an_unknown_type_finds_nothing_on_a_lenient_tenant() -> None:
    """The field me_invalid_query."""
    page = Page(TenantClient({"me_invalid_query": "200"}))
    page.user.enroll("otp")
    assert page.rows("?type=sms") == []


def test_twenty_methods_are_listed_at_most() -> None:
    """The oldest; the others can still be used by their ids."""
    page = Page()
    entries = [page.user.enroll("otp") for _ in range(21)]
    assert len(page.rows()) == 20
    assert page.send("GET", f"{METHODS}/{entries[-1].id}").status == 200


# -- enrolling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", VERIFIABLE)
def test_a_method_is_enrolled_in_two_steps(kind: str) -> None:
    """Entries M6 to M10: both answers name the method by an absolute address; in between it is unconfirmed."""
    page = Page()
    answer = page.send("POST", METHODS, WANTED[kind])
    begun = answer.json()
    location = f"{page.api.tenant.url}{METHODS}/{begun['id'].replace('|', '%7C')}"
    assert (answer.status, answer.headers["location"]) == (202, location)
    if kind != "recovery-code":  # nobody but its user knows it until it is verified
        assert [(row["id"], row["confirmed"]) for row in page.rows()] == [(begun["id"], False)]
    verified = page.verify(begun, page.right(begun))
    assert (verified.status, verified.headers["location"]) == (201, location)
    assert page.rows() == [verified.json()]
    assert (verified.json()["id"], verified.json()["confirmed"]) == (begun["id"], True)


@pytest.mark.parametrize("kind", VERIFIABLE)
def test_the_answer_to_a_beginning_fits_the_schema_of_its_kind(kind: str) -> None:
    """And no other."""
    begun = Page().create(kind)
    variants = OPERATIONS["me-create-method"].variants
    fitting = [v for v in variants if schemas().validator(f"me-create-method.202.{v}").is_valid(begun)]
    assert fitting == [{"email": "message", "phone": "message", "push-notification": "push"}.get(kind, kind)]


def test_an_enrolled_totp_logs_in() -> None:
    """Without a factor of the MFA API: enrolled here, demanded at the next login. The code is used up."""
    page = Page()
    row = page.enroll("totp")
    token = page.api.mfa_token(page.user)
    assert page.api.otp(token, totp(row["manual_input_code"], START)).status == 403
    page.api.tenant.clock.advance(30)
    assert page.api.otp(token, totp(row["manual_input_code"], START + 30)).status == 200


def test_the_barcode_names_the_user_by_id() -> None:
    """As examples of Auth0 do; the app of the MFA API names the email."""
    page = Page()
    begun = page.create("totp")
    account = page.user.id.replace("|", "%7C")
    assert begun["barcode_uri"].startswith(f"otpauth://totp/{page.api.tenant.domain}:{account}?secret=")
    assert begun["manual_input_code"] in begun["barcode_uri"]
    push = page.create("push-notification")["barcode_uri"]
    assert push.startswith(f"otpauth://totp/{page.api.tenant.domain}:{account}?enrollment_tx_id=")
    assert push.endswith("&base_url=https%3A%2F%2Ftenant.example%2Fappliance-mfa")


@pytest.mark.parametrize(("kind", "channel"), [("email", "email"), ("phone", "sms"), ("push-notification", "push")])
def test_a_message_is_sent_when_enrollment_begins(kind: str, channel: str) -> None:
    """And none by verification."""
    page = Page()
    begun = page.create(kind)
    assert [message.channel for message in page.api.tenant.outbox] == [channel]
    assert page.verify(begun, page.right(begun)).status == 201
    assert len(page.api.tenant.outbox) == 1


def test_no_recovery_code_comes_with_a_method() -> None:
    """No answer could show it. One that an association brought becomes active, as by the MFA API."""
    page = Page()
    page.enroll("totp")
    assert page.user.recovery is None
    other = Page()
    other.user.enroll("otp", active=False)
    other.enroll("email")
    assert other.user.recovery is not None
    assert other.user.recovery.active


@pytest.mark.parametrize(
    ("factors", "asked", "channel"),
    [
        ({"sms", "voice"}, None, "sms"),
        ({"sms", "voice"}, "voice", "voice"),
        ({"voice"}, None, "voice"),
        ({"sms"}, "sms", "sms"),
        ({"sms"}, "voice", None),
        ({"email"}, None, None),
    ],
)
def test_a_phone_is_called_on_the_channel_that_was_asked_for(
    factors: set[str], asked: str | None, channel: str | None
) -> None:
    """Or on one that is on; a channel that is off is refused."""
    page = Page(TenantClient(factors=factors))
    more = {} if asked is None else {"preferred_authentication_method": asked}
    answer = page.send("POST", METHODS, {**WANTED["phone"], **more})
    if channel is None:
        assert refusal(answer) == (400, "A0E-400-0001", "The factor phone is not enabled.")
        return
    assert page.api.tenant.outbox.latest(page.user).channel == channel
    row = page.verify(answer.json(), page.api.code(page.user)).json()
    assert row["preferred_authentication_method"] == channel
    assert len(page.user.entries) == len(factors)


def test_push_is_confirmed_once_it_is_approved() -> None:
    """Pending it can be tried again; with push comes an app for TOTP, active too. A rejection stays."""
    page = Page()
    begun = page.create("push-notification")
    assert refusal(page.verify(begun))[1] == "A0E-400-0001"
    page.api.tenant.push.approve(page.user)
    assert page.verify(begun).status == 201
    assert [entry.active for entry in page.user.entries] == [True, True]
    rejected = page.create("push-notification")
    page.api.tenant.push.reject(page.user)
    for _ in range(2):
        assert page.verify(rejected).status == 400


def test_a_push_that_is_approved_after_polls_counts_verifications() -> None:
    """Each verification is a poll."""
    page = Page()
    page.api.tenant.push.approve_after(2, page.user)
    begun = page.create("push-notification")
    assert [page.verify(begun).status for _ in range(3)] == [400, 400, 201]


def test_a_recovery_code_is_shown_once_and_ends_the_one_before() -> None:
    """When it is verified, not before. It logs in."""
    page = Page()
    page.user.enroll("otp")
    before = page.user.recovery_code
    page.api.tenant.clock.advance(60)
    begun = page.create("recovery-code")
    assert page.user.recovery_code == before
    row = page.verify(begun).json()
    assert page.user.recovery_code == begun["recovery_code"] != before
    assert "recovery_code" not in row
    assert row["created_at"] == "2023-11-14T22:14:20.000Z"
    assert page.types() == ["totp", "recovery-code"]
    assert page.api.recovery(page.api.mfa_token(page.user), begun["recovery_code"]).status == 200


# -- what a body may say ---------------------------------------------------------------------------

LACKS = "data must have required property '{}'"
EXTRA = "data must NOT have additional properties"


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({}, "", LACKS.format("type")),
        ({"type": "email"}, "", LACKS.format("email")),
        ({"type": "phone"}, "", LACKS.format("phone_number")),
        ({"type": "totp", "email": "new@example.com"}, "", EXTRA),
        ({"type": "email", "email": "new@example.com", "preferred_authentication_method": "sms"}, "", EXTRA),
        ({"type": 1}, "/type", "data/type must be string"),
        ({"type": None}, "/type", "data/type must be string"),
        ({"type": "passkey"}, "/type", "data/type must be equal to one of the allowed values"),
        ({"type": "email", "email": 1}, "/email", "data/email must be string"),
        ({"type": "email", "email": "x"}, "/email", 'data/email must match format "email"'),
        (
            {**WANTED["phone"], "preferred_authentication_method": "fax"},
            "/preferred_authentication_method",
            "data/preferred_authentication_method must be equal to one of the allowed values",
        ),
    ],
)
def test_a_body_that_is_not_as_documented_is_refused(body: Json, pointer: str, detail: str) -> None:
    """Entry M18: what is wrong is said member by member, and nothing is enrolled."""
    page = Page()
    answer = page.send("POST", METHODS, body)
    assert answer.status == 400
    assert answer.json() == {
        "type": "https://auth0.com/api-errors/A0E-400-0003",
        "title": "Validation Error",
        "status": 400,
        "detail": "Invalid request payload input",
        "validation_errors": [{"pointer": pointer, "detail": detail}],
    }
    assert page.rows() == []


@pytest.mark.parametrize("kind", VERIFIABLE)
def test_a_verification_has_a_code_if_its_type_has_one(kind: str) -> None:
    """A code where none is sent is a member too many. Neither counts as a wrong code."""
    page = Page()
    begun = page.create(kind)
    with_code = kind in ("push-notification", "recovery-code")
    answer = page.verify(begun, "123456" if with_code else None)
    assert refusal(answer)[1] == "A0E-400-0003"
    assert answer.json()["validation_errors"][0]["detail"] == (EXTRA if with_code else LACKS.format("otp_code"))
    assert page.verify(begun, page.right(begun)).status == 201


def test_a_body_of_another_type_is_refused_before_it_is_read() -> None:
    """Entry M19, for each operation that has a body; a parameter of the media type is none of its business."""
    for operation in ("me-create-method", "me-verify-method", "me-update-method"):
        made: Ask = ask(TenantClient(), operation)
        made.headers["content-type"] = "application/x-www-form-urlencoded"
        assert refusal(made.send())[:2] == (415, "A0E-415-0001")
        made.headers["content-type"] = "application/json; charset=utf-8"
        assert made.send().status == OPERATIONS[operation].success


# -- sessions --------------------------------------------------------------------------------------


def test_a_session_ends_to_the_second() -> None:
    """Its method stays unconfirmed."""
    page = Page()
    begun = page.create("totp")
    page.api.tenant.clock.advance(299)
    assert page.verify(begun, "12").status == 400
    page.api.tenant.clock.advance(1)
    assert refusal(page.verify(begun, page.right(begun))) == (404, "A0E-404-0001", "Invalid or expired session")
    assert page.rows()[0]["confirmed"] is False


def test_a_session_is_for_its_user_and_method_and_once() -> None:
    """A foreign session is none, even with the right code."""
    page = Page()
    first, second = page.create("email"), page.create("totp")
    crossed = page.verify({**first, "id": second["id"]}, page.api.code(page.user))
    assert refusal(crossed)[:2] == (404, "A0E-404-0001")
    eve = Page(page.api)
    assert refusal(eve.verify(first, page.api.code(page.user)))[:2] == (404, "A0E-404-0001")
    assert page.verify(first, page.api.code(page.user)).status == 201
    assert refusal(page.verify(first, page.api.code(page.user)))[:2] == (404, "A0E-404-0001")


def test_the_journal_says_what_is_wrong_with_a_session() -> None:
    """The answers are all alike."""
    page = Page()
    eve = Page(page.api)
    unknown = {"id": "totp|dev_0000000000000000", "auth_session": "unknown"}
    used, deleted, late, other = (page.create("totp") for _ in range(4))
    page.verify(used, page.right(used))
    page.send("DELETE", f"{METHODS}/{deleted['id']}")
    tried = [(page, unknown), (eve, late), (page, used), (page, deleted), (page, {**late, "id": other["id"]})]
    hints = []
    for who, begun in tried:
        who.verify(begun, "123456")
        hints.append(page.api.last.hint)
    page.api.tenant.clock.advance(300)
    page.verify(late, "123456")
    assert [*hints, page.api.last.hint] == [
        "the tenant issued no such auth_session",
        "the auth_session is that of another user",
        "the auth_session has verified its method already",
        "the method of the auth_session was deleted",
        "the auth_session is that of another method of the user",
        "the auth_session has expired: it lives 300 s",
    ]


def test_the_journal_says_which_audience_is_meant() -> None:
    """As an audience without its slash is another one."""
    page = Page(mfa=False)
    page.api.send("GET", METHODS, token=page.user.access_token(audience="https://tenant.example/me", scope="openid"))
    expected = "the access token is for https://tenant.example/me https://tenant.example/userinfo: "
    assert page.api.last.hint == f"{expected}expected https://tenant.example/me/"


def test_the_session_of_what_was_deleted_is_none() -> None:
    """Whether here or by the MFA API."""
    page = Page()
    begun = page.create("totp")
    assert page.send("DELETE", f"{METHODS}/{begun['id']}").status == 204
    assert refusal(page.verify(begun, page.right(begun)))[:2] == (404, "A0E-404-0001")


def test_an_id_that_nobody_has_is_not_found_whatever_the_session() -> None:
    """The session is good, and stays good."""
    page = Page()
    begun = page.create("totp")
    answer = page.verify(begun, page.right(begun), "totp|dev_0000000000000000")
    assert refusal(answer)[:2] == (404, "A0E-404-0002")
    assert page.verify(begun, page.right(begun)).status == 201


@pytest.mark.parametrize("id", ["totp%7C{}", "totp|{}", "%74otp%7c{}"])
def test_an_id_may_be_raw_or_encoded(id: str) -> None:
    """In every path."""
    page = Page()
    begun = page.create("totp")
    path_id = id.format(begun["id"].partition("|")[2])
    assert page.verify(begun, page.right(begun), path_id).status == 201
    assert page.send("GET", f"{METHODS}/{path_id}").status == 200
    assert page.send("PATCH", f"{METHODS}/{path_id}", {"name": "Mine"}).status == 200
    assert page.send("DELETE", f"{METHODS}/{path_id}").status == 204


@pytest.mark.parametrize("kind", VERIFIABLE)
def test_a_new_method_may_have_no_id_of_its_own_yet(kind: str) -> None:
    """The field me_new_ids: its path until it is verified, never afterwards."""
    page = Page(TenantClient({"me_new_ids": "new"}, factors=FACTORS))
    begun = page.create(kind)
    assert begun["id"] == f"{kind}|new"
    right = page.right(begun) if kind != "totp" else totp(begun["manual_input_code"], START)
    row = page.verify(begun, right).json()
    assert row["id"].startswith(f"{kind}|dev_")
    assert page.send("GET", f"{METHODS}/{kind}|new").status == 404


# -- one model -------------------------------------------------------------------------------------


def test_wrong_codes_are_counted_with_those_of_the_mfa_api() -> None:
    """Nine wrong ones here and one there leave none, for right ones either."""
    page = Page()
    page.user.enroll("email")
    begun = page.create("email")
    code = page.api.code(page.user)
    for _ in range(9):
        assert refusal(page.verify(begun, "12"))[:2] == (400, "A0E-400-0001")
    token = page.api.mfa_token(page.user)
    challenge = page.api.challenge(token, challenge_type="oob").json()
    assert page.api.oob(token, challenge["oob_code"], "12").json()["error"] == "invalid_grant"
    assert page.api.oob(token, challenge["oob_code"], page.api.code(page.user)).json()["error"] == "too_many_attempts"
    assert refusal(page.verify(begun, code))[:2] == (429, "A0E-429-0003")


def test_messages_are_counted_with_those_of_the_mfa_api() -> None:
    """Ten SMS in all."""
    page = Page()
    page.user.enroll("sms")
    token = page.api.mfa_token(page.user)
    for _ in range(9):
        assert page.api.challenge(token, challenge_type="oob").status == 200
    assert page.send("POST", METHODS, WANTED["phone"]).status == 202
    assert refusal(page.send("POST", METHODS, WANTED["phone"])) == (429, "A0E-429-0003", "Too many SMS sent.")


def test_a_code_of_the_page_is_of_no_use_to_a_login() -> None:
    """Its oob_code is shown to nobody, and belongs to no mfa_token."""
    page = Page()
    page.create("email")
    (oob_code,) = page.api.tenant.challenges
    token = page.api.mfa_token(page.user)
    assert page.api.oob(token, oob_code, page.api.code(page.user)).status == 400
    assert page.api.last.refusal_id == "foreign_oob_code"


def test_the_mfa_api_lists_and_confirms_what_was_begun_here() -> None:
    """A TOTP, while nothing is active. The page then shows it as confirmed."""
    page = Page()
    begun = page.create("totp")
    token = page.api.mfa_token(page.user)
    assert [(row["id"], row["active"]) for row in page.api.rows(token)] == [(begun["id"], False)]
    assert page.api.otp(token, totp(begun["manual_input_code"], START)).status == 200
    assert page.rows()[0]["confirmed"] is True


# -- changing --------------------------------------------------------------------------------------


def test_a_name_is_kept_and_shown() -> None:
    """Also by the Management API; the MFA API shows none of it."""
    page = Page()
    row = page.enroll("phone")
    changed = page.send("PATCH", f"{METHODS}/{row['id']}", {"name": "Old phone"}).json()
    assert changed["name"] == "Old phone"
    assert page.rows() == [changed]
    assert {entry.label for entry in page.user.entries} == {"Old phone"}
    assert page.send("PATCH", f"{METHODS}/{row['id']}", {}).json() == changed


def test_the_channel_of_a_phone_is_changed() -> None:
    """That of an email is not; a channel that is off is refused."""
    page = Page()
    row = page.enroll("phone")
    wish = {"preferred_authentication_method": "voice"}
    assert page.send("PATCH", f"{METHODS}/{row['id']}", wish).json()["preferred_authentication_method"] == "voice"
    email = page.enroll("email")
    assert refusal(page.send("PATCH", f"{METHODS}/{email['id']}", wish))[1] == "A0E-400-0003"
    page.api.tenant.factors.discard("voice")
    assert refusal(page.send("PATCH", f"{METHODS}/{row['id']}", wish))[1] == "A0E-400-0001"


@pytest.mark.parametrize(
    ("field", "kind", "change"),
    [
        ("me_not_a_phone", "totp", {"preferred_authentication_method": "sms"}),
        ("me_rename_recovery_code", "recovery-code", {"name": "Paper"}),
    ],
)
def test_what_a_method_does_not_have_may_be_ignored(field: str, kind: str, change: dict[str, Json]) -> None:
    """With 200 for its field, the method stays as it is."""
    page = Page(TenantClient({field: "200"}))
    row = page.enroll(kind)
    answer = page.send("PATCH", f"{METHODS}/{row['id']}", change)
    assert (answer.status, answer.json()) == (200, page.rows()[0])
    assert answer.json().keys().isdisjoint(change)


def test_a_phone_is_deleted_with_both_channels_and_push_with_its_app() -> None:
    """As by the MFA API."""
    page = Page()
    for kind in ("phone", "push-notification"):
        row = page.enroll(kind)
        assert len(page.user.entries) == 2
        answer = page.send("DELETE", f"{METHODS}/{row['id']}")
        assert (answer.status, answer.body) == (204, b"")
        assert page.user.entries == []
        assert page.send("DELETE", f"{METHODS}/{row['id']}").status == 404


def test_a_recovery_code_is_deleted() -> None:
    """It logs in no more."""
    page = Page()
    page.user.enroll("otp")
    assert page.user.recovery is not None
    code = page.user.recovery.code
    assert page.send("DELETE", f"{METHODS}/{page.user.recovery.id}").status == 204
    assert page.types() == ["totp"]
    assert page.api.recovery(page.api.mfa_token(page.user), code).json()["error"] == "unsupported_challenge_type"


def test_only_the_last_confirmed_method_is_kept_on_a_careful_tenant() -> None:
    """The field me_delete_last: an unconfirmed method is no way in, and can be deleted."""
    page = Page(TenantClient({"me_delete_last": "409 A0E-409-0001"}))
    first, second = page.enroll("totp"), page.enroll("email")
    pending = page.create("totp")
    assert page.send("DELETE", f"{METHODS}/{first['id']}").status == 204
    assert page.send("DELETE", f"{METHODS}/{second['id']}").status == 409
    assert page.send("DELETE", f"{METHODS}/{pending['id']}").status == 204


@pytest.mark.parametrize("id", ["sms|{}", "voice|{}", "push|{}", "phone|dev_0", "phone", "{}", "email|{}"])
def test_ids_of_the_mfa_api_are_unknown_here(id: str) -> None:
    """Only a type and its device name a method."""
    page = Page()
    row = page.enroll("phone")
    path = f"{METHODS}/{id.format(row['id'].partition('|')[2])}"
    assert refusal(page.send("GET", path))[:2] == (404, "A0E-404-0002")
    assert page.send("DELETE", path).status == 404


def test_methods_of_others_are_unknown() -> None:
    """Each user has a page of their own."""
    page = Page()
    row = page.enroll("totp")
    eve = Page(page.api)
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        assert eve.send(method, f"{METHODS}/{row['id']}", body).status == 404
    assert len(page.rows()) == 1


def test_a_verified_email_is_listed_and_kept_if_the_profile_says_so() -> None:
    """The field me_lists_verified_email; otherwise its id is unknown."""
    page = Page(TenantClient({"me_lists_verified_email": True}), email_verified=True)
    (row,) = page.rows()
    assert (row["type"], row["confirmed"]) == ("email", True)
    assert page.send("GET", f"{METHODS}/{row['id']}").json() == row
    assert page.send("DELETE", f"{METHODS}/{row['id']}").status == 409
    usual = Page(email_verified=True)
    assert usual.send("DELETE", f"{METHODS}/{usual.user.authenticators[-1].id}").status == 404


# -- headers, paths, faults ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/me/", "/me/v1", "/me/v1/factor", "/me/v1/factors/", METHODS + "/", "/me/v2/factors"]
)
def test_unknown_paths_are_not_found(path: str) -> None:
    """Entry M22, with or without a token."""
    page = Page()
    answer = page.send("GET", path)
    assert refusal(answer) == (404, "A0E-404-0001", f"The requested resource GET {path} was not found.")
    assert page.api.last.refusal_id == "me_not_found"
    assert page.api.send("PUT", METHODS).status == 404


def test_head_answers_as_get_does() -> None:
    """Without the body."""
    page = Page()
    answer = page.send("HEAD", "/me/v1/factors")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_successes_tell_the_limit() -> None:
    """Entries M20 and M21: the tenant's own, if it has one."""
    page = Page()
    assert page.send("GET").headers["x-ratelimit-limit"] == "100"
    limited = Page(TenantClient(rate_limit="2/m"))
    assert limited.send("GET").headers["x-ratelimit-remaining"] == "1"
    limited.send("GET")
    answer = limited.send("GET")
    assert refusal(answer)[:2] == (429, "A0E-429-0003")
    assert int(answer.headers["retry-after"]) > 0


def test_a_fault_that_a_test_asks_for_is_a_problem_too() -> None:
    """Its code is the given one, or one of its status."""
    page = Page()
    request = Request("GET", METHODS, {"authorization": f"Bearer {page.token}"}, b"")
    page.api.tenant.fail_next("me-list-methods", status=503)
    answer = handler(page.api.tenant)(request)
    assert (answer.status, answer.headers["content-type"]) == (503, "application/json; charset=utf-8")
    assert answer.json()["type"] == "https://auth0.com/api-errors/A0E-503-0001"
    page.api.tenant.fail_next("me-list-methods", status=409, error="A0E-409-0001", description="No.")
    assert refusal(handler(page.api.tenant)(request)) == (409, "A0E-409-0001", "No.")


def test_a_token_is_looked_at_before_the_request() -> None:
    """A body or id that is wrong too is not mentioned."""
    page = Page()
    for token in ("unknown", page.api.mfa_token(page.user)):
        answer = page.api.handle(Request("POST", METHODS, {"authorization": f"Bearer {token}"}, b"{"))
        assert refusal(answer) == (401, "A0E-401-0003", "Invalid Token")
    narrow = page.api.account_token(page.user, "read:me:factors")
    answer = page.api.send("DELETE", f"{METHODS}/unknown", token=narrow)
    expected = "The auth token lacks the required scope: delete:me:authentication_methods"
    assert refusal(answer) == (403, "A0E-403-0002", expected)
