"""The Management API of the fake: users, methods, Guardian, imports; the state that the MFA API sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from pytest_auth0_mfa import Profile, Request, Response, Tenant, UnknownOperationError, handler
from pytest_auth0_mfa.app import management
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.operations import MANAGEMENT, MANAGEMENT_SCOPES, MFA_OOB, MFA_OTP, OPERATIONS
from pytest_auth0_mfa.tenant.totp import totp

CONNECTION = "Username-Password-Authentication"
SECRET = "5HCWXIP2MJNSUBGYVUZFLRB2HWIGXR4SYJQXNBQ"


class Api:
    """A client of both APIs of one tenant."""

    def __init__(self, **settings: Any) -> None:
        self.tenant = Tenant(**{"seed": 1, **settings})
        self.tenant.clock.freeze(1_678_465_550.971)
        self._handle = handler(self.tenant)
        self.token = self.grant()["access_token"]

    def grant(self, **more: Json) -> dict[str, Json]:
        """A client_credentials grant for the Management API."""
        body = {
            "grant_type": "client_credentials",
            "client_id": self.tenant.client_id,
            "client_secret": self.tenant.client_secret,
            "audience": self.tenant.management_audience,
            **more,
        }
        answer: dict[str, Json] = self.send("POST", "/oauth/token", body, token=None).json()
        return answer

    def send(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send JSON, or bytes as they are."""
        bearer = self.token if token == "" else token
        fields = {"content-type": "application/json", **(headers or {})}
        fields |= {} if bearer is None else {"authorization": f"Bearer {bearer}"}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self._handle(Request(method, path, fields, content))

    def ok(self, method: str, path: str, body: Json = None) -> Json:
        """The body of a success; None for a 204."""
        response = self.send(method, "/api/v2/" + path, body)
        assert response.status < 300, response.body
        return response.json() if response.body else None

    def fail(self, method: str, path: str, body: Json = None, *, token: str | None = "") -> tuple[int, str | None]:
        """Status and errorCode of a refusal, whose envelope is checked."""
        response = self.send(method, "/api/v2/" + path, body, token=token)
        answer = response.json()
        assert answer["statusCode"] == response.status >= 400
        assert set(answer) <= {"statusCode", "error", "message", "errorCode"}
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        return response.status, answer.get("errorCode")

    def new_user(self, email: str = "ada@example.com", **more: Json) -> str:
        """The id of a new user, encoded for a path."""
        body = {"connection": CONNECTION, "email": email, "password": "pw", **more}
        return quote(self.ok("POST", "users", body)["user_id"])

    def mfa_token(self, email: str = "ada@example.com") -> str:
        """The mfa_token of a password login."""
        user = self.tenant.user_by_email(email)
        assert user is not None
        token: str = self.send("POST", "/oauth/token", self.tenant.password_grant(user), token=None).json()["mfa_token"]
        return token


@pytest.fixture
def api() -> Api:
    return Api()


# -- the table ---------------------------------------------------------------------------------


def test_every_row_is_performed() -> None:
    """No row of the table lacks the function that performs it, and none is left over."""
    assert {f"management-{name}" for name in management._PERFORM} == set(MANAGEMENT)


def test_rows_are_apart_from_those_of_the_authentication_api() -> None:
    """Ids and paths of the two tables do not meet, so that schemas, coverage and OpenAPI stay those of MFA."""
    assert not set(MANAGEMENT) & set(OPERATIONS)
    assert all(row.path.startswith("/api/v2/") and row.scope for row in MANAGEMENT.values())


@pytest.mark.parametrize("row", MANAGEMENT.values(), ids=lambda row: row.id)
def test_every_row_demands_its_scope(api: Api, row: Any) -> None:
    """A token with every other scope is refused with 403 insufficient_scope; without a token it is a 401."""
    others = " ".join(scope for scope in MANAGEMENT_SCOPES if scope != row.scope)
    path = row.path.removeprefix("/api/v2/")
    for name in ("user_id", "method_id", "job_id", "provider", "factor", "enrollment_id"):
        path = path.replace("{" + name + "}", "x")
    token = api.grant(scope=others)["access_token"]
    assert api.fail(row.method, path, {}, token=token) == (403, "insufficient_scope")
    assert api.fail(row.method, path, {}, token=None) == (401, None)
    assert api.tenant.calls[-1].operation == row.id


def test_client_credentials_grants_every_scope_unless_asked() -> None:
    """Without a scope the token has all of them, as for an application that was granted all."""
    api = Api()
    assert api.grant()["scope"].split() == list(MANAGEMENT_SCOPES)
    assert api.grant(scope="read:users")["scope"] == "read:users"


def test_bad_bearers_are_refused(api: Api) -> None:
    """Garbage, a token for another audience, and an expired token are a 401 each."""
    user = api.tenant.add_user(mfa=False)
    grant = api.tenant.password_grant(user)
    of_user = api.send("POST", "/oauth/token", grant, token=None).json()["access_token"]
    assert api.fail("GET", "users", token="garbage") == (401, None)
    assert api.fail("GET", "users", token=of_user) == (401, None)
    api.tenant.clock.advance(86400)
    assert api.fail("GET", "users") == (401, None)


def test_unknown_paths_and_verbs_are_not_found(api: Api) -> None:
    """Both get the API's own 404, and are journalled without an operation."""
    assert api.fail("GET", "nothing") == (404, None)
    assert api.fail("DELETE", "users") == (404, None)
    assert api.fail("GET", "users//authentication-methods") == (404, None)
    assert [call.operation for call in api.tenant.calls][-3:] == [None] * 3


def test_calls_are_journalled_and_can_fail(api: Api) -> None:
    """`calls.of` and `fail_next` know the rows; the failure has the API's envelope."""
    api.tenant.fail_next("management-list-users", status=503, description="Down", error="down")
    assert api.fail("GET", "users") == (503, "down")
    api.tenant.fail_next("management-list-users", status=500)
    assert api.fail("GET", "users") == (500, None)
    assert api.ok("GET", "users") == []
    assert [call.response.status for call in api.tenant.calls.of("management-list-users")] == [503, 500, 200]
    assert [call.violations for call in api.tenant.calls.of("management-list-users")] == [[], [], []]
    with pytest.raises(UnknownOperationError, match="management-list-users"):
        api.tenant.calls.of("management-list-user")  # type: ignore[arg-type]


def test_the_rate_limit_answers_in_the_envelope_of_this_api() -> None:
    """A 429 carries the headers that clients wait by."""
    api = Api(rate_limit="2/m")
    api.ok("GET", "users")
    response = api.send("GET", "/api/v2/users")
    assert response.status == 429
    assert response.json() == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "Global limit has been reached",
        "errorCode": "too_many_requests",
    }
    assert response.headers["retry-after"] == "30"
    assert response.headers["x-ratelimit-remaining"] == "0"


# -- users -------------------------------------------------------------------------------------


def test_a_created_user_can_log_in(api: Api) -> None:
    """What POST /users makes is a user of the Authentication API."""
    user_id = api.new_user(email_verified=True, name="Ada", user_metadata={"a": 1})
    shown = api.ok("GET", f"users/{user_id}")
    assert shown == {
        "created_at": "2023-03-10T16:25:50.971Z",
        "email": "ada@example.com",
        "email_verified": True,
        "identities": [
            {
                "connection": CONNECTION,
                "user_id": shown["user_id"].removeprefix("auth0|"),
                "provider": "auth0",
                "isSocial": False,
            }
        ],
        "name": "Ada",
        "nickname": "ada",
        "picture": shown["picture"],
        "updated_at": "2023-03-10T16:25:50.971Z",
        "user_id": shown["user_id"],
        "user_metadata": {"a": 1},
    }
    assert api.mfa_token().startswith("Fe26.2*")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"email": "a@b.co", "password": "p"}, "Missing required property: connection"),
        ({"connection": "c", "email": "nonsense", "password": "p"}, "format email"),
        ({"connection": "c", "email": "a@b.co", "password": 5}, "Expected type string on property password"),
        ({"connection": "c", "email": "a@b.co", "password": "p", "pasword": "p"}, "not allowed: pasword"),
        ([], "Expected type object"),
        (b"{", "JSON"),
    ],
)
def test_bodies_are_checked(api: Api, body: Json, text: str) -> None:
    """A body that is not as documented is a 400 that names the property, and makes nothing."""
    response = api.send("POST", "/api/v2/users", body)
    assert response.status == 400
    assert text in response.json()["message"]
    assert not api.tenant.users


def test_users_are_unique(api: Api) -> None:
    """A second user of the same email or id is a 409."""
    api.new_user(user_id="1")
    again = {"connection": CONNECTION, "password": "p"}
    assert api.fail("POST", "users", {**again, "email": "ADA@example.com"}) == (409, "auth0_idp_error")
    assert api.fail("POST", "users", {**again, "email": "b@b.co", "user_id": "1"}) == (409, "auth0_idp_error")


def test_users_are_found(api: Api) -> None:
    """By email, by a search, and page after page."""
    for number in range(3):
        api.new_user(f"u{number}@example.com")
    assert [u["email"] for u in api.ok("GET", "users-by-email?email=U1%40example.com")] == ["u1@example.com"]
    assert api.ok("GET", "users-by-email?email=nobody%40example.com") == []
    assert api.fail("GET", "users-by-email") == (400, "invalid_query_string")
    assert len(api.ok("GET", "users?q=email%3A%22u2%40example.com%22&search_engine=v3")) == 1
    assert api.fail("GET", "users?q=email:u*") == (400, "invalid_query_string")
    page = api.ok("GET", "users?page=1&per_page=2&include_totals=true")
    assert {name: page[name] for name in ("start", "limit", "length", "total")} == {
        "start": 2,
        "limit": 2,
        "length": 1,
        "total": 3,
    }
    assert api.ok("GET", "users?page=2&per_page=2") == []
    assert api.fail("GET", "users?per_page=101") == (400, "invalid_query_string")
    assert api.fail("GET", "users?page=x") == (400, "invalid_query_string")
    assert api.fail("GET", "users?page=" + "9" * 5000) == (400, "invalid_query_string")
    assert api.ok("GET", "users?per_page=1&fields=email&include_fields=true") == [{"email": "u0@example.com"}]
    assert "email" not in api.ok("GET", "users?per_page=1&fields=email&include_fields=false")[0]


def test_users_are_changed(api: Api) -> None:
    """PATCH changes what is given; the Authentication API sees it at once."""
    user_id = api.new_user(email_verified=True, user_metadata={"a": 1, "b": 2})
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    assert api.ok("PATCH", f"users/{user_id}", {"blocked": True})["blocked"] is True
    refused = api.send("POST", "/oauth/token", api.tenant.password_grant(user), token=None)
    assert refused.json()["error_description"] == "user is blocked"
    changed = api.ok("PATCH", f"users/{user_id}", {"blocked": False, "email": "eve@example.com"})
    assert changed["email_verified"] is False
    assert "blocked" not in changed
    api.ok("PATCH", f"users/{user_id}", {"password": "new", "phone_number": "+15550109999"})
    assert (user.password, user.phone_number) == ("new", "+15550109999")
    merged = api.ok("PATCH", f"users/{user_id}", {"user_metadata": {"a": None, "c": 3}})
    assert merged["user_metadata"] == {"b": 2, "c": 3}
    assert api.fail("PATCH", f"users/{user_id}", {"email": "x@y.co", "password": "p"})[0] == 400
    api.new_user("other@example.com")
    assert api.fail("PATCH", f"users/{user_id}", {"email": "other@example.com"}) == (409, "auth0_idp_error")
    assert api.fail("PATCH", "users/nobody", {}) == (404, "inexistent_user")


def test_users_are_deleted(api: Api) -> None:
    """A deleted user's session is of no use; deleting an unknown one is no error."""
    user_id = api.new_user()
    token = api.mfa_token()
    assert api.ok("DELETE", f"users/{user_id}") is None
    assert api.send("GET", "/mfa/authenticators", token=token).status >= 400
    assert api.ok("DELETE", f"users/{user_id}") is None
    assert api.fail("GET", f"users/{user_id}") == (404, "inexistent_user")


# -- authentication methods --------------------------------------------------------------------


def test_methods_are_created_confirmed_and_usable(api: Api) -> None:
    """A totp method that was created here verifies a login, and brings no recovery code."""
    user_id = api.new_user()
    made = api.ok("POST", f"users/{user_id}/authentication-methods", {"type": "totp", "totp_secret": SECRET})
    assert made == {"id": made["id"], "type": "totp", "created_at": "2023-03-10T16:25:50.971Z"}
    token = api.mfa_token()
    rows = api.send("GET", "/mfa/authenticators", token=token).json()
    assert [(row["id"], row["active"]) for row in rows] == [(made["id"], True)]
    code = totp(SECRET, api.tenant.clock.now())
    grant = {"grant_type": MFA_OTP, "mfa_token": token, "otp": code, **_client(api)}
    assert "access_token" in api.send("POST", "/oauth/token", grant, token=None).json()


def _client(api: Api) -> dict[str, Json]:
    return {"client_id": api.tenant.client_id, "client_secret": api.tenant.client_secret}


def test_methods_are_replaced_listed_and_masked_as_recorded(api: Api) -> None:
    """PUT answers unmasked without `confirmed`; the list masks, confirms, and puts phones last."""
    path = f"users/{api.new_user()}/authentication-methods"
    api.ok("POST", path, {"type": "email", "email": "old@example.com"})
    answer = api.ok(
        "PUT",
        path,
        [
            {"type": "email", "name": "MyEmail", "email": "chuck334@example.com"},
            {
                "type": "phone",
                "name": "MyPhone",
                "phone_number": "+44207183875044",
                "preferred_authentication_method": "sms",
            },
            {"type": "totp", "name": "MyTotp", "totp_secret": SECRET},
        ],
    )
    born = "2023-03-10T16:25:50.971Z"
    email, phone, otp = (one["id"] for one in answer)
    suffix = phone.removeprefix("phone|")
    assert suffix.startswith("dev_")
    number = {
        "preferred_authentication_method": "sms",
        "authentication_methods": [{"id": f"sms|{suffix}", "type": "sms"}],
    }
    assert answer == [
        {"id": email, "type": "email", "name": "MyEmail", "email": "chuck334@example.com", "created_at": born},
        {
            "id": phone,
            "type": "phone",
            "name": "MyPhone",
            "phone_number": "+44207183875044",
            "created_at": born,
            **number,
        },
        {"id": otp, "type": "totp", "name": "MyTotp", "created_at": born},
    ]
    assert api.ok("GET", path + "?include_totals=true&per_page=50") == {
        "authenticators": [
            {
                "id": email,
                "type": "email",
                "confirmed": True,
                "name": "MyEmail",
                "email": "chuc****@exam*******",
                "created_at": born,
            },
            {"id": otp, "type": "totp", "confirmed": True, "name": "MyTotp", "created_at": born},
            {
                "id": phone,
                "type": "phone",
                "confirmed": True,
                "name": "MyPhone",
                "phone_number": "XXXXXXXXXXX5044",
                "created_at": born,
                **number,
            },
        ],
        "total": 3,
        "start": 0,
        "limit": 50,
    }


def test_short_addresses_are_masked_as_recorded(api: Api) -> None:
    """Four stars stand for a short part, so that its length is not told."""
    path = f"users/{api.new_user()}/authentication-methods"
    assert api.ok("POST", path, {"type": "email", "email": "foo@example.com"})["email"] == "****@exam*******"
    assert api.ok("POST", path, {"type": "email", "email": "user@a.co"})["email"] == "****@****"


def test_pages_of_methods_end(api: Api) -> None:
    """A page behind the last one is empty, so that an SDK that pages until then stops."""
    path = f"users/{api.new_user()}/authentication-methods"
    for number in range(3):
        api.ok("POST", path, {"type": "email", "email": f"e{number}@example.com"})
    pages = [api.ok("GET", f"{path}?page={page}&per_page=2") for page in range(3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert api.ok("DELETE", path) is None
    assert api.ok("GET", path + "?include_totals=true") == {"authenticators": [], "start": 0, "limit": 50}


def test_sms_and_voice_of_a_phone_are_one_method() -> None:
    """The MFA API lists two authenticators, this API one phone; deleting it by any of its ids deletes both."""
    api = Api(factors={"sms", "voice"})
    path = f"users/{api.new_user()}/authentication-methods"
    for kind in ("phone", "sms", "voice"):
        made = api.ok("POST", path, {"type": "phone", "phone_number": "+15550101234"})
        suffix = made["id"].removeprefix("phone|")
        assert [one["id"] for one in made["authentication_methods"]] == [f"sms|{suffix}", f"voice|{suffix}"]
        assert made["preferred_authentication_method"] == "sms"
        rows = api.send("GET", "/mfa/authenticators", token=api.mfa_token()).json()
        assert [row["id"] for row in rows] == [f"sms|{suffix}", f"voice|{suffix}"]
        assert len(api.ok("GET", path)) == 1
        assert api.ok("GET", f"{path}/{kind}|{suffix}")["id"] == made["id"]
        changed = api.ok("PATCH", f"{path}/{made['id']}", {"preferred_authentication_method": "voice"})
        assert changed["preferred_authentication_method"] == "voice"
        api.ok("DELETE", f"{path}/{quote(f'{kind}|{suffix}')}")
        assert api.send("GET", "/mfa/authenticators", token=api.mfa_token()).json() == []


def test_a_name_given_here_stays_here(api: Api) -> None:
    """PATCH renames a method; the list of the MFA API still shows the masked address."""
    path = f"users/{api.new_user()}/authentication-methods"
    made = api.ok("POST", path, {"type": "email", "email": "chuck334@example.com", "name": "Test"})
    assert api.ok("PATCH", f"{path}/{made['id']}", {"name": "Test2"})["name"] == "Test2"
    assert api.ok("GET", f"{path}/{made['id']}")["name"] == "Test2"
    rows = api.send("GET", "/mfa/authenticators", token=api.mfa_token()).json()
    assert rows[0]["name"] == "chuc****@exam*******"


@pytest.mark.parametrize("pending", [False, True])
def test_pending_methods_are_listed_as_the_profile_says(pending: bool) -> None:
    """By default an unconfirmed one is neither listed nor got, and yet can be deleted by its id."""
    api = Api(profile=Profile(management_lists_pending=pending))
    path = f"users/{api.new_user()}/authentication-methods"
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    entry = user.enroll("email", active=False)
    shown = [(row["type"], row["confirmed"]) for row in api.ok("GET", path)]
    assert shown == ([("email", False), ("recovery-code", False)] if pending else [])
    for method_id in (entry.id, user.recovery.id if user.recovery else ""):
        if pending:
            assert api.ok("GET", f"{path}/{method_id}")["confirmed"] is False
        else:
            assert api.fail("GET", f"{path}/{method_id}") == (404, "authentication_method_not_found")
    api.ok("DELETE", f"{path}/{entry.id}")
    assert not user.entries


def test_twins_of_push_go_together(api: Api) -> None:
    """push and its totp share a link_id, and are deleted together; the recovery code stays."""
    path = f"users/{api.new_user()}/authentication-methods"
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    user.enroll("push")
    push, otp, recovery = api.ok("GET", path)
    assert (push["type"], otp["type"], recovery["type"]) == ("push", "totp", "recovery-code")
    assert [api.ok("GET", f"{path}/{row['id']}") for row in (push, otp, recovery)] == [push, otp, recovery]
    assert push["link_id"] == otp["link_id"]
    assert "name" in push
    api.ok("DELETE", f"{path}/{otp['id']}")
    assert [row["type"] for row in api.ok("GET", path)] == ["recovery-code"]
    assert api.ok("GET", f"{path}/{recovery['id']}") == recovery
    api.ok("DELETE", f"{path}/{recovery['id']}")
    assert user.recovery_code is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "fax"},
        {"type": "email"},
        {"type": "email", "email": "x"},
        {"type": "phone", "phone_number": "123"},
        {"type": "phone", "phone_number": "+15550101234", "preferred_authentication_method": "fax"},
        {"type": "totp", "totp_secret": "0189"},
        {"type": "passkey"},
    ],
)
def test_methods_that_cannot_be_are_refused(api: Api, body: Json) -> None:
    """Each is a 400, alone and in a list that would replace what is there; nothing changes."""
    path = f"users/{api.new_user()}/authentication-methods"
    api.ok("POST", path, {"type": "email", "email": "kept@example.com"})
    assert api.fail("POST", path, body)[0] == 400
    assert api.fail("PUT", path, [{"type": "totp", "totp_secret": SECRET}, body])[0] == 400
    assert len(api.ok("GET", path)) == 1


def test_an_address_is_enrolled_once(api: Api) -> None:
    """The same address again is a 409."""
    path = f"users/{api.new_user()}/authentication-methods"
    body = {"type": "email", "email": "a@example.com"}
    api.ok("POST", path, body)
    assert api.fail("POST", path, body)[0] == 409


def test_all_authenticators_are_deleted(api: Api) -> None:
    """DELETE authenticators leaves nothing enrolled: the next login enrolls anew."""
    user_id = api.new_user()
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    user.enroll("push")
    api.ok("DELETE", f"users/{user_id}/authenticators")
    assert not user.entries
    assert user.recovery_code is None


def test_a_regenerated_recovery_code_replaces_the_old_one(api: Api) -> None:
    """It is the one that the MFA API takes, also for a user who had none."""
    user_id = api.new_user()
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    first = api.ok("POST", f"users/{user_id}/recovery-code-regeneration")["recovery_code"]
    second = api.ok("POST", f"users/{user_id}/recovery-code-regeneration", {})["recovery_code"]
    assert first != second == user.recovery_code
    assert user.recovery is not None
    assert user.recovery.active
    assert [row["type"] for row in api.ok("GET", f"users/{user_id}/authentication-methods")] == ["recovery-code"]


# -- guardian ----------------------------------------------------------------------------------


def test_factors_are_switched(api: Api) -> None:
    """What is switched off here is off at once for the MFA API."""
    names = [row["name"] for row in api.ok("GET", "guardian/factors")]
    assert names == [
        "sms",
        "push-notification",
        "otp",
        "email",
        "duo",
        "webauthn-roaming",
        "webauthn-platform",
        "recovery-code",
    ]
    for name in ("sms", "push-notification", "otp", "email", "recovery-code"):
        assert api.ok("PUT", f"guardian/factors/{name}", {"enabled": False}) == {"enabled": False}
    assert api.tenant.factors == set()
    assert not any(row["enabled"] for row in api.ok("GET", "guardian/factors"))
    api.ok("PUT", "guardian/factors/otp", {"enabled": True})
    assert api.tenant.factors == {"otp"}
    assert api.ok("PUT", "guardian/factors/duo", {"enabled": False}) == {"enabled": False}
    assert api.fail("PUT", "guardian/factors/duo", {"enabled": True}) == (400, "operation_not_supported")
    assert api.fail("PUT", "guardian/factors/fax", {"enabled": True}) == (400, "invalid_uri")
    assert api.fail("PUT", "guardian/factors/otp", {"enabled": "yes"}) == (400, "invalid_body")


def test_message_types_are_the_channels_of_the_phone(api: Api) -> None:
    """They are kept while the phone factor is off, and come into force with it."""
    path = "guardian/factors/phone/message-types"
    assert api.ok("GET", path) == {"message_types": ["sms"]}
    assert api.ok("PUT", path, {"message_types": ["voice", "sms"]}) == {"message_types": ["sms", "voice"]}
    assert {"sms", "voice"} <= api.tenant.factors
    api.ok("PUT", "guardian/factors/sms", {"enabled": False})
    assert not {"sms", "voice"} & api.tenant.factors
    assert api.ok("PUT", path, {"message_types": ["voice"]}) == {"message_types": ["voice"]}
    assert not {"sms", "voice"} & api.tenant.factors
    api.ok("PUT", "guardian/factors/sms", {"enabled": True})
    assert {"sms", "voice"} & api.tenant.factors == {"voice"}
    assert api.ok("PUT", path, {"message_types": []}) == api.ok("GET", path) == {"message_types": []}
    assert not {"sms", "voice"} & api.tenant.factors
    api.ok("PUT", "guardian/factors/sms", {"enabled": True})
    assert api.ok("GET", path) == {"message_types": ["sms"]}
    assert api.fail("PUT", path, {"message_types": ["fax"]}) == (400, "invalid_body")


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_policies_are_set(verb: str) -> None:
    """By the verb that the profile names; the other one is not found."""
    api = Api(profile=Profile(policies_verb=verb))
    assert api.ok("GET", "guardian/policies") == ["all-applications"]
    assert api.ok(verb, "guardian/policies", []) == []
    assert api.tenant.policy == "never"
    assert api.ok(verb, "guardian/policies", ["all-applications"]) == ["all-applications"]
    assert api.tenant.policy == "all-applications"
    other = "PATCH" if verb == "PUT" else "PUT"
    assert api.fail(other, "guardian/policies", []) == (404, None)
    assert api.fail(verb, "guardian/policies", ["confidence-score"]) == (400, "operation_not_supported")
    assert api.fail(verb, "guardian/policies", ["never"]) == (400, "invalid_body")
    assert api.fail(verb, "guardian/policies", {}) == (400, "invalid_body")


def test_tickets_name_the_hosted_page(api: Api) -> None:
    """A ticket has an id of 32 characters; an unknown user gets none."""
    api.new_user(user_id="1")
    made = api.ok("POST", "guardian/enrollments/ticket", {"user_id": "auth0|1", "send_mail": False})
    assert len(made["ticket_id"]) == 32
    assert made["ticket_url"] == f"https://tenant.example/mfa/enrollment?ticket={made['ticket_id']}"
    assert api.fail("POST", "guardian/enrollments/ticket", {"user_id": "auth0|2"}) == (404, "inexistent_user")


def test_enrollments_are_shown_and_deleted(api: Api) -> None:
    """One for each independent factor; an unknown one answers what was recorded."""
    user_id = api.new_user()
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    assert api.ok("GET", f"users/{user_id}/enrollments") == []
    for factor in ("push", "otp", "sms", "email"):
        user.enroll(factor)
    rows = api.ok("GET", f"users/{user_id}/enrollments")
    assert [row["auth_method"] for row in rows] == ["guardian", "authenticator", "sms"]
    push = rows[0]["id"]
    assert api.ok("DELETE", f"guardian/enrollments/{push}") is None
    assert [entry.factor for entry in user.entries] == ["otp", "sms", "email"]
    response = api.send("DELETE", f"/api/v2/guardian/enrollments/{push}")
    assert response.json() == {
        "statusCode": 404,
        "error": "Not Found",
        "message": "Enrollment not found",
        "errorCode": "enrollment_not_found",
    }


def test_providers_are_reset(api: Api) -> None:
    """google-authenticator takes one-time passwords away, duo nothing; others are refused."""
    user_id = api.new_user()
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    user.enroll("otp")
    user.enroll("push")
    api.ok("DELETE", f"users/{user_id}/multifactor/duo")
    assert [entry.factor for entry in user.entries] == ["otp", "push", "otp"]
    api.ok("DELETE", f"users/{user_id}/multifactor/google-authenticator")
    assert [entry.factor for entry in user.entries] == ["push", "otp"]
    assert api.fail("DELETE", f"users/{user_id}/multifactor/fax") == (400, "invalid_uri")
    assert api.ok("POST", f"users/{user_id}/multifactor/actions/invalidate-remember-browser") is None


# -- bulk import -------------------------------------------------------------------------------


def _form(**fields: str) -> tuple[bytes, dict[str, str]]:
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="{name}"'
        + ('; filename="users.json"\r\nContent-Type: application/json' if name == "users" else "")
        + f"\r\n\r\n{value}\r\n"
        for name, value in fields.items()
    ]
    return ("".join(parts) + "--limit--\r\n").encode(), {"content-type": "multipart/form-data; boundary=limit"}


def _import(api: Api, users: Json, **more: str) -> dict[str, Json]:
    body, headers = _form(connection_id="con_1", users=json.dumps(users), **more)
    response = api.send("POST", "/api/v2/jobs/users-imports", body, headers=headers)
    assert response.status == 202
    job: dict[str, Json] = response.json()
    assert (job["status"], job["type"]) == ("pending", "users_import")
    return job


def test_imported_users_have_confirmed_factors_and_no_recovery_code(api: Api) -> None:
    """Each of the three kinds of factor can be challenged or verified at once."""
    job = _import(
        api,
        [
            {
                "email": "ada@example.com",
                "user_id": "1",
                "mfa_factors": [
                    {"totp": {"secret": SECRET}},
                    {"phone": {"value": "+15550101234"}},
                    {"email": {"value": "second@example.com"}},
                ],
            }
        ],
        external_id="mine",
    )
    done = api.ok("GET", f"jobs/{job['id']}")
    assert done["status"] == "completed"
    assert done["external_id"] == "mine"
    assert done["summary"] == {"failed": 0, "updated": 0, "inserted": 1, "total": 1}
    assert api.ok("GET", f"jobs/{job['id']}/errors") == []
    user = api.tenant.users["auth0|1"]
    assert user.recovery_code is None
    token = api.mfa_token()
    rows = api.send("GET", "/mfa/authenticators", token=token).json()
    assert [(row["id"].partition("|")[0], row["active"]) for row in rows] == [
        ("totp", True),
        ("sms", True),
        ("email", True),
    ]
    challenge = {"mfa_token": token, "authenticator_id": rows[2]["id"], **_client(api)}
    oob_code = api.send("POST", "/mfa/challenge", challenge, token=None).json()["oob_code"]
    message = api.tenant.outbox.latest(user)
    assert message.to == "second@example.com"
    grant = {"grant_type": MFA_OOB, "mfa_token": token, "oob_code": oob_code, "binding_code": message.code}
    assert "access_token" in api.send("POST", "/oauth/token", grant | _client(api), token=None).json()


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"email": "ada@example.com"}, "DUPLICATED_USER"),
        ({"email": "b@b.co", "user_id": "1"}, "DUPLICATED_USER"),
        ({"email": "nonsense"}, "INVALID_FORMAT"),
        ({"name": "b"}, "INVALID_FORMAT"),
        ({"email": "b@b.co", "mfa_factors": []}, "MFA_FACTORS_FAILED"),
        ({"email": "b@b.co", "mfa_factors": [{"email": {"value": "c@c.co"}}] * 11}, "MFA_FACTORS_FAILED"),
        ({"email": "b@b.co", "mfa_factors": [{"fax": {"value": "1"}}]}, "MFA_FACTORS_FAILED"),
        ({"email": "b@b.co", "mfa_factors": [{"phone": {"value": "123"}}]}, "MFA_FACTORS_FAILED"),
        ({"email": "b@b.co", "mfa_factors": [{"totp": {"secret": "0"}}]}, "MFA_FACTORS_FAILED"),
        ({"email": "b@b.co", "mfa_factors": [{"totp": "x"}]}, "MFA_FACTORS_FAILED"),
    ],
)
def test_the_job_reports_whom_it_refused(api: Api, entry: Json, code: str) -> None:
    """One bad user does not keep the next one out."""
    api.new_user(user_id="1")
    job = _import(api, [entry, {"email": "next@example.com"}])
    assert api.ok("GET", f"jobs/{job['id']}")["summary"] == {"failed": 1, "updated": 0, "inserted": 1, "total": 2}
    (error,) = api.ok("GET", f"jobs/{job['id']}/errors")
    assert error["user"] == entry
    assert error["errors"][0]["code"] == code
    assert api.tenant.user_by_email("next@example.com") is not None


def test_ten_factors_may_be_imported(api: Api) -> None:
    """Of one user; eleven are refused."""
    job = _import(api, [{"email": "ada@example.com", "mfa_factors": [{"email": {"value": "c@c.co"}}] * 10}])
    assert api.ok("GET", f"jobs/{job['id']}")["summary"]["inserted"] == 1
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    assert len(user.entries) == 10


def test_upsert_adds_factors_to_a_known_user(api: Api) -> None:
    """With upsert a known user is updated instead of refused."""
    api.new_user()
    job = _import(api, [{"email": "ada@example.com", "mfa_factors": [{"totp": {"secret": SECRET}}]}], upsert="true")
    assert api.ok("GET", f"jobs/{job['id']}")["summary"]["updated"] == 1
    user = api.tenant.user_by_email("ada@example.com")
    assert user is not None
    assert [entry.secret for entry in user.entries] == [SECRET]


def test_imports_that_cannot_be_read_are_refused(api: Api) -> None:
    """Another media type, a missing field, and a file that is no JSON array are a 400 each."""
    assert api.fail("POST", "jobs/users-imports", {}) == (400, "invalid_body")
    for fields in ({"users": "[]"}, {"connection_id": "c", "users": "["}, {"connection_id": "c", "users": "{}"}):
        body, headers = _form(**fields)
        assert api.send("POST", "/api/v2/jobs/users-imports", body, headers=headers).status == 400
    assert api.fail("GET", "jobs/job_0") == (404, "inexistent_job")


def test_length_and_life_of_codes_are_settings_of_a_factor(api: Api) -> None:
    """Phone and email have their own; what a PUT leaves out is the default again."""
    usual = {"otp_length": 6, "otp_expiration_time": 300}
    assert api.ok("GET", "guardian/factors/phone/settings") == usual
    changed = {"otp_length": 8, "otp_expiration_time": 60}
    assert api.ok("PUT", "guardian/factors/phone/settings", changed) == changed
    assert api.ok("GET", "guardian/factors/email/settings") == usual
    assert api.tenant.code_lengths["sms"] == 8
    assert api.ok("PUT", "guardian/factors/email/settings", {"otp_length": 4}) == {**usual, "otp_length": 4}
    for wrong in ({"otp_length": 11}, {"otp_length": True}, {"otp_expiration_time": 10}, {"otp": 6}):
        assert api.send("PUT", "/api/v2/guardian/factors/phone/settings", wrong).status == 400
