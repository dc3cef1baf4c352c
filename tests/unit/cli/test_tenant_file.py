"""The JSON config of ``auth0-mfa serve``: what it makes, and how it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_auth0_mfa.app.control.call import Node
from pytest_auth0_mfa.cli import tenant_file as config
from pytest_auth0_mfa.errors import ConfigurationError
from pytest_auth0_mfa.tenant.policies import DemandFor
from pytest_auth0_mfa.tenant.tenant import Tenant
from pytest_auth0_mfa.tenant.tokens import SameForAll

FULL: dict[str, Any] = {
    "applications": [
        {
            "client_id": "web",
            "client_secret": "s3cret",
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["password"],
        },
        {"client_id": "spa", "token_endpoint_auth_method": "none"},
    ],
    "users": [
        {
            "email": "ada@example.com",
            "password": "pw",
            "email_verified": True,
            "phone_number": "+15550100",
            "mfa": True,
            "authenticators": ["otp", {"factor": "sms", "phone_number": "+15550101", "active": False}],
            "refresh_tokens": ["first-token", {"token": "second-token", "scope": "openid", "client_id": "spa"}],
        },
        {"email": "bob@example.com", "mfa": None},
    ],
    "factors": ["otp", "sms", "push"],
    "policy": "never",
    "profile": {"mfa_required": "401 mfa_required"},
    "fixed_code": "012345",
    "push": {"approve_after_polls": 2},
}


def build(document: Any) -> Tenant:
    return config.build(Node(document))


def test_an_empty_document_is_the_default_tenant() -> None:
    """Every key may be left out."""
    tenant = build({})
    assert tenant.client_id in tenant.applications
    assert tenant.factors == Tenant().factors


def test_the_first_application_takes_the_place_of_the_generated_one() -> None:
    """The tenant's client_id and client_secret are those of applications[0]."""
    tenant = build(FULL)
    assert list(tenant.applications) == ["web", "spa"]
    assert (tenant.client_id, tenant.client_secret) == ("web", "s3cret")
    assert tenant.applications["web"].grant_types == {"password"}
    assert not tenant.applications["spa"].confidential


def test_factors_policy_profile_and_fixed_code_reach_the_tenant() -> None:
    """What a Tenant can be made with, the document can say."""
    tenant = build(FULL)
    assert tenant.factors == {"otp", "sms", "push"}
    assert tenant.policy == "never"
    assert tenant.profile.mfa_required == "401 mfa_required"
    assert tenant.fixed_code == "012345"


def test_users_come_with_their_authenticators() -> None:
    """A factor is given by name, or as an object with its address and whether it is confirmed."""
    user = build(FULL).user_by_email("ada@example.com")
    assert user is not None
    assert (user.password, user.email_verified, user.phone_number, user.mfa) == ("pw", True, "+15550100", True)
    assert [(a.factor, a.active) for a in user.authenticators] == [("otp", True), ("sms", False)]


def test_users_come_with_their_refresh_tokens() -> None:
    """A given refresh token can be used as it stands."""
    tenant = build(FULL)
    first, second = (tenant.tokens.refresh[token] for token in ("first-token", "second-token"))
    assert first.client_id == "web"
    assert (second.client_id, second.scope) == ("spa", "openid")


def test_push_requests_are_approved_after_the_given_polls() -> None:
    """push.approve_after_polls holds for every user's requests."""
    tenant = build(FULL)
    assert tenant.push.after(tenant.add_user()) == 2


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "$: expected an object, found a list"),
        ({"user": []}, "$: no such key: 'user'. Did you mean 'users'?"),
        ({"users": {}}, "$.users: expected a list, found an object"),
        ({"users": [{"emial": "x"}]}, "$.users[0]: no such key: 'emial'. Did you mean 'email'?"),
        ({"users": [{"password": 7}]}, "$.users[0].password: expected a string, found a number"),
        ({"users": [{"email_verified": "yes"}]}, "$.users[0].email_verified: expected true or false, found a string"),
        ({"users": [{"mfa": 1}]}, "$.users[0].mfa: expected true or false, found a number"),
        ({"users": [{"email": ""}]}, "$.users[0].email: expected a string that is not empty"),
        ({"users": [{"email": "a@example.com"}] * 2}, "$.users[1]: "),
        ({"users": [{"authenticators": ["emial"]}]}, "$.users[0].authenticators[0]: no such value: 'emial'. Did you"),
        ({"users": [{"authenticators": [{}]}]}, '$.users[0].authenticators[0]: "factor" is missing'),
        ({"users": [{"authenticators": ["voice"]}]}, "$.users[0].authenticators[0]: "),
        ({"users": [{"refresh_tokens": [{"scopes": ""}]}]}, "$.users[0].refresh_tokens[0]: no such key: 'scopes'"),
        ({"users": [{"refresh_tokens": [{"client_id": "nobody"}]}]}, "$.users[0].refresh_tokens[0].client_id: no such"),
        ({"users": [{"refresh_tokens": ["t", "t"]}]}, "$.users[0].refresh_tokens[1]: "),
        (
            {"applications": [{"grant_types": ["pasword"]}]},
            "$.applications[0].grant_types[0]: no such value: 'pasword'",
        ),
        (
            {"applications": [{"token_endpoint_auth_method": "post"}]},
            "$.applications[0].token_endpoint_auth_method: no",
        ),
        ({"applications": [{"client_id": "a"}] * 2}, "$.applications[1]: "),
        ({"factors": ["emails"]}, "$.factors[0]: no such value: 'emails'. Did you mean 'email'?"),
        ({"policy": "always"}, "$.policy: no such value: 'always'."),
        ({"profile": {"mfa_requird": ""}}, "$.profile: "),
        ({"profile": 3}, "$.profile: expected an object, or the name of a TOML file, found a number"),
        ({"profile": "missing.toml"}, "$.profile: profile missing.toml: cannot be read: "),
        ({"fixed_code": 123456}, "$.fixed_code: expected a string, found a number"),
        ({"fixed_code": "12"}, "$: fixed_code: expected 4 to 10 digits"),
        ({"push": {"approve_after_polls": -1}}, "$.push.approve_after_polls: expected a whole number of at least 0"),
        ({"push": {"approve_after": 1}}, "$.push: no such key: 'approve_after'. Did you mean 'approve_after_polls'?"),
        ({"users": None}, "$.users: expected a list, found null"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(document: Any, message: str) -> None:
    """An error starts with the JSON path and names the closest of what is known."""
    with pytest.raises(ConfigurationError) as caught:
        build(document)
    assert str(caught.value).startswith(message)


def test_an_error_does_not_repeat_a_secret() -> None:
    """The value of a wrong type is not shown: it may be a password."""
    with pytest.raises(ConfigurationError) as caught:
        build({"users": [{"password": ["hunter2"]}]})
    assert "hunter2" not in str(caught.value)


def test_a_file_is_named_in_its_errors(tmp_path: Path) -> None:
    """The file's name comes first, so that the message stands alone."""
    file = tmp_path / "tenant.json"
    file.write_text('{"user": []}')
    with pytest.raises(ConfigurationError) as caught:
        config.load(file)
    assert str(caught.value).startswith(f"{file}: $: no such key: 'user'")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n  "users": [}', ":2:13: not JSON: "),
        (b"\xff\xfe", ": not UTF-8"),
        (b'{"policy": "never", "policy": "never"}', ": the key 'policy' stands twice in one object"),
    ],
)
def test_a_file_that_is_not_json_is_refused_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    """Line and column where there are any; a key that stands twice is an error, not the last one's victory."""
    file = tmp_path / "tenant.json"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        config.load(file)
    assert str(caught.value).startswith(f"{file}{message}")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that cannot be read is named with the reason."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.json: cannot be read: No such file"):
        config.load(tmp_path / "nowhere.json")


def test_a_profile_is_read_from_a_file_beside_the_config(tmp_path: Path) -> None:
    """The name of a TOML file is relative to the JSON file."""
    (tmp_path / "measured.toml").write_text('mfa_required = "401 mfa_required"\n')
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps({"profile": "measured.toml"}))
    assert config.load(file, domain="localhost:1").profile.mfa_required == "401 mfa_required"


def test_step_up_rotation_codes_and_claims_need_no_code() -> None:
    """Policies by audience or application, an application that rotates, lengths and lives of codes, a user's claims."""
    tenant = config.build(
        Node(
            {
                "applications": [
                    {
                        "client_id": "shop",
                        "rotate_refresh_tokens": True,
                        "refresh_token_leeway": 5,
                        "require_proof_of_possession": True,
                    }
                ],
                "proof_of_possession": {"https://pay.example/": True},
                "users": [{"email": "ada@example.com", "claims": {"plan": "gold"}, "permissions": ["read:orders"]}],
                "claims": {"https://shop.example/stage": "test"},
                "policy": {"audiences": ["https://pay.example/"]},
                "audiences": ["https://pay.example/", "https://shop.example/"],
                "code_lengths": {"email": 8},
                "code_lifetimes": {"sms": 60},
            }
        )
    )
    assert tenant.policy == DemandFor(audiences=frozenset({"https://pay.example/"}))
    assert tenant.audiences == frozenset({"https://pay.example/", "https://shop.example/"})
    application = tenant.applications["shop"]
    assert (application.rotate_refresh_tokens, application.refresh_token_leeway) == (True, 5)
    assert application.require_proof_of_possession
    assert tenant.proof_of_possession == {"https://pay.example/": True}
    assert (tenant.code_lengths["email"], tenant.code_lifetimes["voice"]) == (8, 60)
    (user,) = tenant.users.values()
    assert user.claims == {"plan": "gold", "permissions": ["read:orders"]}
    assert tenant.claims == SameForAll({"https://shop.example/stage": "test"})


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"policy": {"audience": []}}, "$.policy"),
        ({"code_lengths": {"email": 3}}, "code_lengths"),
        ({"code_lengths": {"push": 6}}, "$.code_lengths"),
        ({"users": [{"claims": []}]}, "$.users[0].claims"),
        ({"users": [{"permissions": [1]}]}, "$.users[0].permissions[0]"),
        ({"claims": "gold"}, "$.claims"),
        ({"proof_of_possession": ["https://pay.example/"]}, "$.proof_of_possession"),
        ({"proof_of_possession": {"https://pay.example/": "yes"}}, "$.proof_of_possession.https://pay.example/"),
    ],
)
def test_what_no_tenant_can_have_is_named(document: Any, text: str) -> None:
    """With its place."""
    with pytest.raises(ConfigurationError, match=re.escape(text)):
        config.build(Node(document))
