"""What may be shown of a text that somebody else wrote."""

from __future__ import annotations

import string
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa import Request
from pytest_auth0_mfa.messages.showing import is_plain, plain, shown_field, shown_name, shown_path, without

READABLE = [
    *("https://dev-abc123.eu.auth0.com/", "dev-a1b2c3d4e5f6g7h8.us.auth0.com", "https://tenant.example/", "127.0.0.1"),
    *("ad****@exa***", "XXXXXXX1234", "totp|dev_Ab1Cd2Ef3Gh4", "recovery-code%7Cdev_0123456789"),
    *("authenticatorType", "mfaAuthenticatorId", "AuthenticatorEnrollmentRepository2", "oob_channels[]"),
    *("x5t#S256", "sha256WithRSAEncryption", "RS256", "http_503", "HTTP503", "HTTP 503", "status=403", "-", "+ >= {}"),
    *("https://app2.example.com/roles", "urn:ietf:params:oauth:grant-type:token-exchange"),
    *("Invalid binding_code.", "Two  spaces, at HTTP 403 ", "Wrong email or password."),
    *("2026-11-28", "2026-11-28T12:00:00.000Z", "created on 2026-11-28, at noon"),
    "unsupported operand type(s) for +: 'int' and 'NoneType'",
    "unsupported operand type(s) for @: 'int' and 'int'",
    "'NoneType' object has no attribute 'enrollment_for_user2'",
    "name 'AuthenticatorEnrollmentRepository2' is not defined",
    "'<' not supported between instances of 'int' and 'str'",
    "Store.<locals>.<lambda>() takes 2 positional arguments but 3 were given",
    "Store.find() got an unexpected keyword argument 'oob_code'",
    'can only concatenate str (not "int") to str',
]
HIDDEN = [
    *("123456", "690 420", "690-420", "12-34", "6 9 0 4 2 0", "1x2x3x4", "2026-11-28-690420", "XXXXX123456"),
    *("JBSWY3DPEHPK3PXP", "jbswy3dpehpk3pxp", "ABCDEFGHIJKLMNOP", "ABCDEFGHJKLMNPQRSTUVWXYZ", "deadbeefcafe1234"),
    *("eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "Fe26.2*abc", "v1.MZ-aBcDeFgHiJkLmNoPqRsTuVwXyZ"),
    *("hunter2pass", "s3cret" * 6, "T0ken" * 5, "Ab" * 10, "a" * 26, "dev_0123456789", "x|dev_" + "a" * 26),
    *("ada@mail.example", "ada%40mail.example", "p\u00e4ss"),
]
ALPHABETS = {
    "a recovery code": (string.ascii_uppercase + string.digits, 24),
    "base32": (string.ascii_uppercase + "234567", 32),
    "hexadecimal": (string.hexdigits[:16], 32),
    "base64url": (string.ascii_letters + string.digits + "-_", 43),
    "base62": (string.ascii_letters + string.digits, 32),
}


@pytest.mark.parametrize("text", READABLE)
def test_what_a_reader_needs_is_shown(text: str) -> None:
    """Words of the API, names in each style, addresses of tenants, masks, dates, and what Python says."""
    assert plain(text) == text


@pytest.mark.parametrize("text", HIDDEN)
def test_what_looks_like_a_secret_is_left_out(text: str) -> None:
    """Codes, whole or in groups, tokens and addresses; the words around it stay."""
    assert plain(text) == "..."
    assert plain(f"The code is '{text}', again.") == "The code is '...', again."
    assert not is_plain(text)
    assert shown_name(text) == f"<a name of {len(text)} characters>"
    if "." not in text:
        assert shown_field(f"$[0].row.{text}") == f"$[0].row.<a name of {len(text)} characters>"


def test_a_token_in_the_place_of_a_name_is_left_out_to_its_end() -> None:
    """It may have dots, as paths do."""
    token = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
    assert shown_field(f"$.row[2].{token}[0].a") == "$.row[2].<a name of 29 characters>[0].a"
    assert shown_field("$.Fe26.2*abc.x") == "$.<a name of 12 characters>"
    assert shown_field(f"$.access_token:{token}") == "$.access_token:<a name of 29 characters>"


@pytest.mark.parametrize("kind", ALPHABETS)
def test_tokens_of_every_alphabet_are_left_out(kind: str) -> None:
    """A thousand of each."""
    alphabet, length = ALPHABETS[kind]
    drawn = Random(7)
    for _ in range(1000):
        token = "".join(drawn.choices(alphabet, k=length))
        assert plain(token) == "..."


TEXTS = st.text(st.characters(max_codepoint=0x2FF), max_size=20) | st.sampled_from(READABLE)
SECRETS = st.text(st.characters(max_codepoint=0x17F), min_size=4, max_size=40) | st.from_regex(
    r"[a-z]{4,9}([ ./:-][a-z]{3,9}){0,3}", fullmatch=True
)


@settings(derandomize=True)
@given(TEXTS, SECRETS, TEXTS, st.lists(SECRETS, max_size=3))
def test_no_known_secret_is_shown_wherever_it_stands(before: str, secret: str, after: str, more: list[str]) -> None:
    """Neither whole nor eight characters of it in a row, in texts, names and paths of fields."""
    assume(not set(secret) <= set(". /"))  # these are in what is shown anyhow
    told = "<a name of 0123456789 characters>"
    rows = {secret[at : at + 8] for at in range(max(1, len(secret) - 7))}
    for text in (
        f"{before}{secret}{after}",
        f"{before} {secret} {after}",
        f"{before}/{secret}",
        secret,
        secret.upper(),
    ):
        shown = [
            plain(text, [*more, secret]),
            without(text, [*more, secret]),
            shown_path("/x/" + plain(text, [secret])),
        ]
        assert not any(row in one for row in rows for one in shown)
        if not any(row in told for row in rows):
            assert not any(row in shown_name(text, [*more, secret]) for row in rows)
            assert not any(row in shown_field(f"$.{text}", [*more, secret])[2:] for row in rows)


def test_a_secret_is_known_in_another_case_and_encoded() -> None:
    """As a client may have written it into a path."""
    assert plain("It is Correct-Horse!", ["correct-horse"]) == "It is ...!"
    assert shown_path("/mfa/correct%20horse") == "/mfa/correct%20horse"
    assert plain("/mfa/correct%20horse/x", ["correct horse"]) == "/mfa/.../x"


def test_a_short_secret_is_a_word_of_its_own() -> None:
    """Somebody's password may be ``otp``: other words that have these letters are shown."""
    assert plain("otp in otpauth", ["otp"]) == "... in otpauth"


def test_a_documented_name_is_shown_whatever_the_password_is() -> None:
    """It says nothing about it. What is no path into an answer is our own."""
    assert shown_field("$[0].secret", ["secret"], {"secret"}) == "$[0].secret"
    assert shown_field("$[0].secret.secret2", ["secret"], {"secret"}) == "$[0].secret.<a name of 7 characters>"
    assert shown_field("status", ["status"]) == "status"
    assert without("absent; instead region", ["region"]) == "absent; instead ..."


@pytest.mark.parametrize(
    "path",
    [
        *("/oauth/token", "/mfa/authenticators/{id}", "/mfa/authenticators/%7Bid%7D", "/mfa/authenticators/:id"),
        *("//mfa/Challenge", "/api/v2/users", "/mfa/authenticators/totp|dev_Ab1Cd2Ef3Gh4", "/.well-known/jwks.json"),
        *("/mfa/authenticators/recovery-code%7Cdev_0123456789", "/mfa/authenticators/sms%257Cdev_0123456789"),
    ],
)
def test_a_path_of_words_and_ids_is_shown(path: str) -> None:
    """As it was sent, an id encoded or not."""
    assert shown_path(path) == path


@pytest.mark.parametrize("part", [part for part in HIDDEN if " " not in part])
def test_a_part_that_may_be_a_secret_is_not_shown(part: str) -> None:
    """Neither a code nor a token or address; the rest of the path is, and no query."""
    assert shown_path(f"/mfa/{part}/x?{part}") == "/mfa/.../x"
    assert part not in repr(Request("GET", f"/mfa/{part}", {}))


def test_a_long_text_is_looked_at_in_part() -> None:
    """Whoever sends it cannot keep the tenant busy."""
    assert [is_plain(text * 100_000) for text in ("-", "a", "A", "a-", "-1", "{%7B")] == [False] * 6
    assert plain("a " * 100_000) == "a " * 5_000


def test_a_long_path_is_cut() -> None:
    """It is shown in a line."""
    assert shown_path("/x" * 100) == "/x" * 40
    assert shown_path("/x\r\n/y") == "/x /y"
