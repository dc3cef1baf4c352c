"""The leak check: nothing is written while anything secret is left, whichever scrubber failed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from helpers.amounts import some
from helpers.recordings import DOMAIN, EMAIL, NOW, PASSWORD, Recording, flow, placeholders_for

from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.leaks import leaks, refuse_leaks
from pytest_auth0_mfa.cassettes.placeholders import KINDS, placeholder
from pytest_auth0_mfa.cassettes.scrubbing import scrub
from pytest_auth0_mfa.cassettes.values import Values
from pytest_auth0_mfa.errors import LeakError

SWITCHES = (*KINDS, "otpauth", "mask")


@pytest.fixture(scope="module")
def everything() -> Recording:
    """A recording in which every kind of secret occurs."""
    recording = flow("recovery")
    for name in ("otp", "push"):
        recording.raw += flow(name).raw
    recording.send("GET", "/.well-known/jwks.json")
    tenant = recording.tenant
    basic = base64.b64encode(f"{tenant.client_id}:{tenant.client_secret}".encode()).decode()
    recording.raw.append(
        Interaction(
            "POST",
            f"https://{DOMAIN}/mfa/associate?next=https%3A%2F%2Fapp.acme.corp%2Fdone",
            {"Authorization": [f"Basic {basic}"], "Cookie": ["did=s3ssion-of-grace"]},
            json.dumps({"phone_number": "+4915112345678", "username": "grace"}).encode(),
            200,
            "OK",
            {
                "Set-Cookie": ["auth0=s3ssion-of-grace; Path=/"],
                "Location": ["https://app.acme.corp/cb?code=Xy12345678"],
            },
            json.dumps(
                {
                    "rows": [{"name": "XXXXXXXXX5678"}, {"name": "Grace's iPhone"}],
                    "whatever": "qZ8vN2kLp0sT5wXy7RbU3dFg",
                }
            ).encode(),
            NOW,
        )
    )
    return recording


def test_with_every_scrubber_on_nothing_is_left(everything: Recording) -> None:
    """The recording that the switches are tried on passes when none is off."""
    placeholders = placeholders_for(everything)
    refuse_leaks(scrub(everything.raw, placeholders), everything.raw, placeholders.secrets)


@pytest.mark.parametrize("kind", some(3, SWITCHES))
def test_each_scrubber_that_is_off_is_caught(everything: Recording, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever single scrubber fails, the check sees what it left."""
    if kind == "otpauth":
        monkeypatch.setattr(Values, "otpauth", lambda self, raw: raw)
    placeholders = placeholders_for(everything, forgotten=kind)
    written = scrub(everything.raw, placeholders)
    with pytest.raises(LeakError) as caught:
        refuse_leaks(written, everything.raw, placeholders.secrets)
    for secret in (EMAIL, PASSWORD, DOMAIN, "+4915112345678", "s3ssion", everything.tenant.client_secret or ""):
        assert secret not in str(caught.value)


def test_the_error_says_where_and_not_what(everything: Recording) -> None:
    """Interaction, side and JSON path are named; ten places at most."""
    placeholders = placeholders_for(everything, forgotten="oob_code")
    with pytest.raises(LeakError) as caught:
        refuse_leaks(scrub(everything.raw, placeholders), everything.raw)
    text = str(caught.value)
    assert "interactions[1].response.body $.oob_code: looks like a sealed token" in text
    assert " more\n" in text
    assert "Fe26" not in text


def written(body: Any = None, **fields: Any) -> list[Interaction]:
    """What is about to be written, with this answer."""
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    one = Interaction("GET", "https://tenant.example/mfa/authenticators", {}, b"", 200, "OK", {}, content, NOW)
    return [replace(one, **fields)]


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        ("Fe26.2*SERVER_1*aa*bb", "a sealed token"),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.", "a JWT"),
        ("dev_hdkmORJuqOmjRRQU", "an authenticator's id"),
        ("ada@corp.invalid", "an email address"),
        ("ada%40corp.invalid", "an email address"),
        ("+49 151 12345678", "a phone number"),
        ("auth0|5f7c8ec7c33c6c004bbafe82", "a user's id"),
        ("v1.MfJ0y4kqGEPMyXUK", "a refresh token"),
        ("MZCRK3YX5V3AKNNYY6JEBQCL", "a base32 secret or recovery code"),
        ("HJ6XM2DNERXDAVCUONGWKRTCMNTU6VDF", "a base32 secret or recovery code"),
        ("acme.eu.auth0.com", "a host of Auth0's"),
        ("otpauth://totp/Acme:bob?secret=ABC", "a URI of an authenticator app"),
        ("https://acme.corp/", "the name of a host"),
        ("bLrZ7Xhq0cPDhFv4SEyGZ9mb", "a word that looks random"),
        ("0f8c1d5e9ab34c70a1b2", "a word that looks random"),
    ],
)
@pytest.mark.parametrize("where", ["value", "key", "text", "nested", "plain body", "uri", "header"])
def test_what_looks_like_a_secret_is_found_wherever_it_stands(secret: str, what: str, where: str) -> None:
    """In values, keys, sentences, nested lists, bodies that are no JSON, URLs and headers."""
    made = {
        "value": lambda: written({"scope": secret}),
        "key": lambda: written({secret: 1}),
        "text": lambda: written({"error_description": f"Token ({secret}) was refused"}),
        "nested": lambda: written([[{"a": [{"b": secret}]}]]),
        "plain body": lambda: written(f"<p>{secret}</p>".encode()),
        "uri": lambda: written(url=f"https://tenant.example/x?next={secret.replace('+', '%2B')}"),
        "header": lambda: written(response_headers={"Retry-After": [secret]}),
    }[where]()
    assert any(what in leak for leak in leaks(made)), leaks(made)


@pytest.mark.parametrize(
    "name",
    [
        *("mfa_token", "client_secret", "PASSWORD", "email", "otp", "recovery_codes", "kid", "name", "sub"),
        *("auth_session", "otp_code", "manual_input_code", "newPassword", "identity_user_id"),
    ],
)
def test_a_field_that_holds_secrets_must_hold_a_placeholder(name: str) -> None:
    """Short and dull values are found by the name of their field."""
    assert leaks(written({name: "abc"}))
    assert leaks(written({"a": [{name: ["abc"]}]}))
    assert leaks(written(url=f"https://tenant.example/x?{name}=abc"))


def test_known_secrets_are_found_in_disguise() -> None:
    """A known value is found percent-encoded, in base64, and inside a JWT's claims."""
    known = ["correct horse battery"]
    for text in ("correct%20horse%20battery", base64.b64encode(b"x:correct horse battery").decode()):
        assert any("secret elsewhere" in leak for leak in leaks(written({"scope": text}), known)), text
    assert leaks(written({"scope": "horse battery"}), known) == []


@pytest.mark.parametrize("known", ["jo\u0308rg-geheim", "j\u00f6rg-geheim", "\uff4a\u00f6rg-geheim"])
@pytest.mark.parametrize("text", ["jo\u0308rg-geheim", "j\u00f6rg-geheim", "j\u00f6rg\u00ad-geheim"])
def test_known_secrets_are_found_in_other_characters_that_look_alike(known: str, text: str) -> None:
    """A letter with its accent apart or not, wide, or with a soft hyphen behind it: in the text or in the secret."""
    assert any("secret elsewhere" in leak for leak in leaks(written({"scope": text}), [known]))


def test_placeholders_and_plain_words_are_no_leak() -> None:
    """What every recording holds passes."""
    body = {
        "mfa_token": placeholder("mfa_token", 1),
        "scope": "openid profile read:authenticators",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "error_description": "You can use /mfa/associate endpoint to enroll the first authenticator.",
        "grant_type": "http://auth0.com/oauth/grant-type/mfa-recovery-code",
        "expires_in": 86400,
        "iat": 1700000000,
        "id": "totp|new",
        "email": "user*****@exam*******",
        "phone_number": "XXXXXXXXX0001",
        "type": "https://auth0.com/api-errors/A0E-401-0003",
    }
    assert leaks(written(body), ["password", "openid", "profile"]) == []
