"""What scrubbing leaves of a recording: its flow and its shapes, and not one secret."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import jwt
import pytest
from helpers.recordings import DOMAIN, EMAIL, NOW, PASSWORD, flow, scrubbed
from hypothesis import given
from hypothesis import strategies as st

from pytest_auth0_mfa.cassettes.document import faults_of
from pytest_auth0_mfa.cassettes.fields import is_plain
from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.leaks import leaks, secrets_of
from pytest_auth0_mfa.cassettes.placeholders import (
    KINDS,
    Placeholders,
    code,
    is_placeholder,
    is_wrong,
    jwt_parts,
    placeholder,
)
from pytest_auth0_mfa.cassettes.scrubbing import scrub
from pytest_auth0_mfa.tenant.totp import decode_secret, totp


def interaction(**fields: Any) -> Interaction:
    """An interaction of the token endpoint with an empty answer, unless told otherwise."""
    made: dict[str, Any] = {
        "method": "POST",
        "url": f"https://{DOMAIN}/oauth/token",
        "request_headers": {"Content-Type": ["application/json"]},
        "request_body": b"",
        "status": 200,
        "reason": "OK",
        "response_headers": {"Content-Type": ["application/json"]},
        "response_body": b"{}",
        "at": NOW,
    }
    return Interaction(**{**made, **fields})


def clean(one: Interaction, placeholders: Placeholders | None = None) -> Interaction:
    """The interaction after scrubbing."""
    return scrub([one], placeholders or Placeholders())[0]


def answered(body: Any, **fields: Any) -> Any:
    """What scrubbing makes of an answer's JSON."""
    return json.loads(clean(interaction(response_body=json.dumps(body).encode(), **fields)).response_body)


def asked(body: Any, **fields: Any) -> Any:
    """What scrubbing makes of a request's JSON."""
    return json.loads(clean(interaction(request_body=json.dumps(body).encode(), **fields)).request_body)


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize("name", ["email", "otp", "push", "recovery", "passwordless", "own-page"])
def test_no_value_of_a_flow_is_left_and_the_schemas_still_hold(name: str, form: bool) -> None:
    """Whole documented flows lose every secret and keep to table and schemas."""
    recording = flow(name, form=form)
    written = scrubbed(recording).interactions
    secrets = {value for one in recording.raw for value in secrets_of(one)} | {EMAIL, PASSWORD, DOMAIN}
    secrets.discard("000000")  # a wrong code; placeholders have zeros too
    assert len(secrets) > 8
    assert leaks(written, secrets) == []
    text = unquote(repr([(one.url, one.request_body, one.response_body, one.request_headers) for one in written]))
    assert [value for value in secrets if value in text] == []
    assert [fault for one in written for fault in faults_of(one)] == []


@pytest.mark.parametrize("digits", range(4, 11))
def test_a_code_keeps_its_length(digits: int) -> None:
    """Where a tenant's codes have 4 to 10 digits, so have their placeholders, the wrong one too; none is left."""
    recording = flow("email", code_lengths={"email": digits})
    written = scrubbed(recording).interactions
    sent = [json.loads(one.request_body).get("binding_code") for one in written if b"binding_code" in one.request_body]
    assert sent == ["900000", code(1, digits), code(2, digits)]
    assert {len(one) for one in sent[1:]} == {digits}
    assert all(is_placeholder(one, "code") for one in sent)
    codes = {str(message.code) for message in recording.tenant.outbox}
    assert {len(one) for one in codes} == {digits}
    assert leaks(written, codes) == []
    assert is_wrong(code(0, digits))
    assert not is_wrong(code(1, digits))


def test_the_same_value_is_the_same_placeholder() -> None:
    """A flow still links up: what the tenant issued is what the next request sends."""
    written = scrubbed(flow("otp")).interactions
    issued = json.loads(written[0].response_body)["mfa_token"]
    assert written[1].request_headers["Authorization"] == [f"Bearer {issued}"]
    assert json.loads(written[2].request_body)["mfa_token"] == issued
    assert json.loads(written[3].response_body)["mfa_token"] != issued


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "jwt"])
def test_placeholders_are_told_from_everything_else(kind: str) -> None:
    """Each kind has its own, all differ, and scrubbing leaves them as they are."""
    made = [placeholder(kind, number) for number in range(200)]
    assert len(set(made)) == 200
    assert all(is_placeholder(text, kind) for text in made)
    assert Placeholders().get("value", made[5]) == made[5] or kind == "code"


def test_shapes_are_kept() -> None:
    """Ids, seals, secrets, codes and numbers look as Auth0's do."""
    assert re.fullmatch(r"dev_[A-Za-z0-9]{16}", placeholder("device", 12))
    assert re.fullmatch(r"[A-Z0-9]{24}", placeholder("recovery_code", 12))
    assert len(decode_secret(placeholder("totp_secret", 12))) == 20
    assert re.fullmatch(r"Fe26\.2(\*[^*]+){7}", placeholder("mfa_token", 3))
    assert re.fullmatch(r"\+1555\d{7}", placeholder("phone_number", 12))
    assert answered([{"id": "email|dev_hdkmORJuqOmjRRQU"}, {"id": "sms|dev_hdkmORJuqOmjRRQU"}]) == [
        {"id": "email|dev_placeholder00001"},
        {"id": "sms|dev_placeholder00001"},
    ]


def test_a_method_keeps_its_shape() -> None:
    """Its id keeps the type, and `new`; a masked address stays masked; a problem keeps the name of its error."""
    rows = [
        {"id": "phone|dev_hdkmORJuqOmjRRQU", "phone_number": "XXXXXXXXX2046", "name": "Grace's iPhone"},
        {"id": "password|Njg4OWEwYjYxNw", "identity_user_id": "6889a0b617"},
        {"id": "totp|new", "preferred_authentication_method": "sms", "confirmed": False},
        {"id": "email|dev_klnv5yshzzoosSUm", "email": "nand**********@okta****"},
    ]
    assert answered({"authentication_methods": rows})["authentication_methods"] == [
        {"id": "phone|dev_placeholder00001", "phone_number": "XXXXXXXXX0001", "name": "placeholder-name-1"},
        {"id": "password|dev_placeholder00002", "identity_user_id": placeholder("user_id", 1)},
        rows[2],
        {"id": "email|dev_placeholder00003", "email": "user**********@exam****"},
    ]
    for uri in ("https://auth0.com/api-errors/A0E-401-0003", "https://auth0.com/api-errors#A0E-401-0003"):
        assert answered({"type": uri, "title": "Invalid Token", "status": 401}, status=401)["type"] == uri
    stray = answered({"type": "https://auth0.com/api-errors#hush-hush"}, status=401)["type"]
    assert stray == "https://auth0.com/api-errors"


def test_the_same_id_is_the_same_in_paths_addresses_and_bodies() -> None:
    """Raw or encoded, in the path, in Location and in the body."""
    for identifier in ("totp|dev_hdkmORJuqOmjRRQU", "password|Njg4OWEwYjYxNw", "totp|new"):
        written = []
        for bar in ("|", "%7C"):
            path = f"https://{DOMAIN}/me/v1/authentication-methods/{identifier.replace('|', bar)}"
            body = json.dumps({"id": identifier}).encode()
            one = clean(interaction(url=path + "/verify", response_headers={"Location": [path]}, response_body=body))
            (location,) = one.response_headers["Location"]
            assert one.url.split("/")[3:] == [*location.split("/")[3:], "verify"]
            assert unquote(location).endswith("/" + json.loads(one.response_body)["id"])
            assert bar in location
            written.append(location.replace("%7C", "|"))
        assert written[0] == written[1]


def test_a_bound_token_keeps_its_scheme_and_loses_its_proof() -> None:
    """The proof is dropped, since it shows the host; the nonce becomes a placeholder."""
    sent = {"Authorization": ["DPoP abcdefgh"], "DPoP": ["eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.c2ln"]}
    one = clean(interaction(request_headers=sent, response_headers={"DPoP-Nonce": ["n-1"]}, status=401))
    assert one.request_headers == {"Authorization": ["DPoP placeholder-access-token-0"]}
    assert one.response_headers == {"DPoP-Nonce": ["placeholder-value-1"]}


def test_a_jwt_is_made_again_with_placeholder_claims() -> None:
    """It can be decoded, its claims are scrubbed one by one, and the old signature is gone."""
    claims = {
        "iss": f"https://{DOMAIN}/",
        "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "aud": "s3cretClientId0123456789abcdefgh",
    }
    claims |= {"exp": 1_700_086_400, "https://acme.corp/roles": ["boss"], "email": EMAIL, "jti": "abc"}  # type: ignore[dict-item]
    token = jwt.encode(claims, "key" * 20, algorithm="HS256", headers={"kid": "acme-kid"})
    placeholders = Placeholders()
    placeholders.domain(DOMAIN)
    one = clean(interaction(response_body=json.dumps({"id_token": token}).encode()), placeholders)
    parts = jwt_parts(json.loads(one.response_body)["id_token"])
    assert parts is not None
    header, made = parts
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "placeholder-key-1"}
    assert made["iss"] == "https://tenant.example/"
    assert made["sub"] == "auth0|000000000000000000000001"
    assert made["exp"] == 1_700_086_400
    assert made["email"] == "user-1@example.com"
    assert not {"boss", "acme"} & set(re.findall(r"\w+", str(made)))


def test_an_enrollment_uri_keeps_its_form() -> None:
    """Label, secret, transaction and base URL are placeholders; algorithm, digits and period stay."""
    secret = "HJ6XM2DNERXDAVCUONGWKRTCMNTU6VDF"
    uri = (
        f"otpauth://totp/Acme%20Inc:{quote(EMAIL)}?secret={secret}&issuer=Acme%20Inc&algorithm=SHA1&digits=6&period=30"
    )
    push = "otpauth://totp/Acme:bob?enrollment_tx_id=t5FmaYNt8APzKlh3WCRNLi2dG3uZYnAC&base_url=https%3A%2F%2Facme.guardian.us.auth0.com"
    made = answered([{"secret": secret, "barcode_uri": uri}, {"barcode_uri": push}])
    assert made[0]["barcode_uri"] == (
        f"otpauth://totp/tenant.example:user-1%40example.com?secret={placeholder('totp_secret', 1)}"
        "&issuer=tenant.example&algorithm=SHA1&digits=6&period=30"
    )
    assert made[0]["secret"] == placeholder("totp_secret", 1)
    assert made[1]["barcode_uri"] == (
        "otpauth://totp/tenant.example:placeholder-username-1?enrollment_tx_id=placeholdertransaction0000000001"
        "&base_url=https%3A%2F%2Fhost-2.example"
    )


def test_a_totp_becomes_the_code_of_its_placeholder() -> None:
    """A code is recomputed from the placeholder of the secret it came from, at the recorded moment."""
    secret = "HJ6XM2DNERXDAVCUONGWKRTCMNTU6VDF"
    enrolled = interaction(response_body=json.dumps({"secret": secret}).encode())
    verified = interaction(request_body=json.dumps({"otp": totp(secret, NOW)}).encode())
    written = scrub([enrolled, verified], Placeholders())
    assert json.loads(written[1].request_body) == {"otp": totp(placeholder("totp_secret", 1), NOW)}


def test_a_wrong_value_becomes_the_wrong_placeholder() -> None:
    """What the tenant refused and never issued needs no number: it was never right."""
    refusal = {"status": 403, "response_body": b'{"error":"invalid_grant"}'}
    assert asked({"otp": "123456", "mfa_token": "garbage", "password": "oops"}, **refusal) == {
        "otp": "900000",
        "mfa_token": placeholder("mfa_token", 0),
        "password": "placeholder-password-0",
    }
    token = jwt.encode({"sub": "nobody"}, "k" * 32)
    assert asked({"access_token": token}, **refusal) == {"access_token": "placeholder-access-token-0"}
    right = {"status": 403, "response_body": b'{"error":"mfa_required"}'}
    assert asked({"password": "right one"}, **right) == {"password": "placeholder-password-1"}


def test_headers_that_nobody_needs_are_dropped() -> None:
    """Of a request and its answer only the listed headers stay; credentials, cookies and redirects are scrubbed."""
    basic = base64.b64encode(b"theClient:theSecret%21").decode()
    one = clean(
        interaction(
            request_headers={
                "Authorization": [f"Basic {basic}"],
                "Cookie": ["did=s%3Av0%3A8d; auth0=tasty"],
                "X-Api-Key": ["hunter2"],
            },
            response_headers={
                "Set-Cookie": [f"did=s%3Av0; Path=/; Domain=.{DOMAIN}; Secure", "x=y"],
                "Location": ["https://app.acme.corp/callback?code=abcDEF123&state=xyz#access_token=zzz"],
                "X-Request-Id": ["deadbeef"],
                "Retry-After": ["5"],
            },
        )
    )
    assert base64.b64decode(one.request_headers["Authorization"][0].split()[1]) == (
        b"placeholderclientid0000000000001:placeholder-client-secret-1"
    )
    assert one.request_headers["Cookie"] == ["did=placeholder-cookie-1; auth0=placeholder-cookie-2"]
    assert sorted(one.request_headers) == ["Authorization", "Cookie"]
    assert one.response_headers["Set-Cookie"] == [
        "did=placeholder-cookie-3; Path=/; Domain=host-1.example; Secure",
        "x=placeholder-cookie-4",
    ]
    assert one.response_headers["Location"] == [
        "https://host-2.example/callback?code=placeholder-value-1&state=placeholder-value-2"
    ]
    assert sorted(one.response_headers) == ["Location", "Retry-After", "Set-Cookie"]


def test_what_is_known_goes_wherever_it_stands() -> None:
    """A secret that a field gave away is replaced in texts, keys, lists, other fields and earlier answers."""
    planted = interaction(
        response_body=json.dumps(
            {"error": "x", "error_description": f"User {EMAIL} said {PASSWORD}.", "a": {PASSWORD: [1, [PASSWORD]]}}
        ).encode()
    )
    later = interaction(request_body=json.dumps({"username": EMAIL, "password": PASSWORD}).encode())
    made = json.loads(scrub([planted, later], Placeholders())[0].response_body)
    assert made["error_description"] == "User user-1@example.com said placeholder-password-1."
    assert made["a"] == {"placeholder-password-1": [1, ["placeholder-password-1"]]}


def test_a_field_that_nobody_knows_is_taken_for_a_secret() -> None:
    """Whatever its name and nesting, its text is replaced; numbers are, when they could be codes."""
    body = {"x": {"y": [{"zugang": "hunter2"}]}, "pin": 482913, "small": 7, "flag": True, "nothing": None}
    made = answered(body)
    assert made == {
        "x": {"y": [{"zugang": "placeholder-value-1"}]},
        "pin": 900001,
        "small": 7,
        "flag": True,
        "nothing": None,
    }


def test_a_password_that_is_an_ordinary_word_does_not_break_the_rest() -> None:
    """`password` as a password is replaced in its field and stays in the grant and in texts."""
    made = asked({"grant_type": "password", "password": "password", "scope": "openid"})
    assert made == {"grant_type": "password", "password": "placeholder-password-1", "scope": "openid"}


def test_masked_names_show_nothing() -> None:
    """Masks keep their length and lose the characters that show; devices lose their names."""
    rows = [{"name": name} for name in ("XXXXXXXXX9167", "chuc****@exam*******", "Grace's phone", "****@acme*****")]
    assert [row["name"] for row in answered(rows)] == [
        "XXXXXXXXX0001",
        "user****@exam*******",
        "placeholder-name-1",
        "****@exam*****",
    ]


def test_what_is_no_url_is_no_traceback() -> None:
    """Text that only begins like a URL is replaced as a whole."""
    assert answered({"error_description": "see http://[x and otpauth://[y"}) == {
        "error_description": "see placeholder-value-1 and placeholder-value-2"
    }


def test_half_a_surrogate_pair_makes_a_body_unreadable() -> None:
    """It is no character, so that nothing could be looked for in such a body: nothing of it is kept."""
    for body in (b'{"\\ud800username": "ada"}', b'{"password": "\\udc00-secret"}'):
        assert clean(interaction(request_body=body)).request_body == b"placeholder-body"
    assert clean(interaction(request_body=b'{"scope": "openid", "note": "\\ud83d\\ude00"}')).request_body[:1] == b"{"


def test_what_has_no_meaning_here_is_not_kept() -> None:
    """Reason phrases, pages for people, and segments of unknown paths have room for anything."""
    one = clean(
        interaction(
            url="https://acme.corp/api/v2/users/hunter2",
            reason="hunter2",
            response_headers={"Content-Type": ["text/html; charset=utf-8; x=hunter2"]},
            response_body=b"<html>Hello hunter2</html>",
        )
    )
    assert (one.url, one.reason) == ("https://host-1.example/api/v2/users/placeholder-value-1", "OK")
    assert one.response_headers == {"Content-Type": ["text/html; charset=utf-8"]}
    assert one.response_body == b"<!DOCTYPE html><title>placeholder</title>"


def test_an_ordinary_word_in_an_unknown_field_changes_nothing_else() -> None:
    """`login` as some field's value does not make `login_hint` another name."""
    assert answered(
        {"via": "login", "kind": "push", "login_hint": "bob", "rows": [{"id": "push|dev_hdkmORJuqOmjRRQU"}]}
    ) == {
        "via": "placeholder-value-1",
        "kind": "placeholder-value-2",
        "login_hint": "placeholder-username-1",
        "rows": [{"id": "push|dev_placeholder00001"}],
    }


def test_a_form_and_a_query_are_scrubbed_by_name() -> None:
    """Parameters of forms and queries are fields like those of JSON."""
    one = clean(
        interaction(
            url=f"https://{DOMAIN}/oauth/token?client_id=abc&prompt=p1",
            request_headers={"Content-Type": ["application/x-www-form-urlencoded"]},
            request_body=b"username=bob&refresh_token=rt&scope=openid+profile&x=1",
        )
    )
    assert parse_qs(one.request_body.decode()) == {
        "username": ["placeholder-username-1"],
        "refresh_token": ["v1.placeholder-refresh-token-1"],
        "scope": ["openid profile"],
        "x": ["placeholder-value-2"],
    }
    assert one.url == (
        "https://host-1.example/oauth/token?client_id=placeholderclientid0000000000001&prompt=placeholder-value-1"
    )


def test_scrubbing_twice_changes_nothing() -> None:
    """A cassette is its own scrubbed form."""
    once = scrubbed(flow("recovery")).interactions
    assert scrub(once, Placeholders()) == once


NAMES = st.text("abcdefghijklmnop_", min_size=1, max_size=12).filter(lambda name: not is_plain(name))
SECRETS = st.one_of(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=8, max_size=40),
    st.from_regex(r"[A-Za-z0-9]{6,40}", fullmatch=True),
    st.from_regex(r"[a-z]{2,8}@[a-z]{3,8}\.corp", fullmatch=True),
)
NESTED = st.recursive(
    st.just("SECRET"),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3), st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of fields apart."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_in(item)
    else:
        yield value


@given(NESTED, SECRETS, NAMES)
def test_a_planted_secret_is_gone_whatever_the_name_or_the_nesting(nested: Any, secret: str, name: str) -> None:
    """Anything in a field that the API does not document is replaced."""
    body = json.dumps({"unheard_of_" + name: nested}).replace("SECRET", secret).encode()
    written = clean(interaction(request_body=body, response_body=body))
    for text in (written.request_body, written.response_body):
        values = list(texts_in(json.loads(text)))
        assert values
        assert [v for v in values if not (is_placeholder(v) or is_placeholder(v, "code"))] == []


@pytest.mark.parametrize(
    "before", ["auth0|lovelace+", "+1 555 123 4567-", "tenant.auth0.com_", "a" * 60 + "%20", "dev_0123456789abcdef."]
)
def test_an_address_is_found_behind_anything(before: str) -> None:
    """Also where what is before it was replaced already."""
    said = json.dumps({"error": "invalid_request", "error_description": f"Not {before}work@corp.org."})
    (written,) = scrub([interaction(response_body=said.encode())], Placeholders())
    assert b"corp.org" not in written.response_body
    assert leaks([written], {}) == []


UNGUESSABLE = "kX9-only-the-environment-knows-7Qz"
PLANTED: dict[str, dict[str, Any]] = {
    "an unknown header": {"response_headers": {"X-Debug": [UNGUESSABLE]}},
    "a kept header": {"response_headers": {"Retry-After": [UNGUESSABLE]}},
    "a cookie": {"response_headers": {"Set-Cookie": [f"a={UNGUESSABLE}; Comment={UNGUESSABLE}"]}},
    "the reason": {"reason": UNGUESSABLE},
    "the media type": {"request_headers": {"Content-Type": [f"application/json; b={UNGUESSABLE}"]}},
    "a documented sentence": {"response_body": json.dumps({"error_description": f"No {UNGUESSABLE}!"}).encode()},
    "a key": {"response_body": json.dumps({"a": [{UNGUESSABLE: 1}]}).encode()},
    "a documented field": {"request_body": json.dumps({"scope": UNGUESSABLE}).encode()},
    "a page": {"response_body": f"<p>{UNGUESSABLE}</p>".encode()},
    "plain text": {"response_body": f"oops: {UNGUESSABLE}".encode()},
    "the query": {"url": f"https://{DOMAIN}/oauth/token?a={UNGUESSABLE}"},
    "the path": {"url": f"https://{DOMAIN}/oauth/{UNGUESSABLE}"},
    "a redirect": {"response_headers": {"Location": [f"https://{DOMAIN}/cb?s={UNGUESSABLE}#t={UNGUESSABLE}"]}},
    "a claim": {"response_body": json.dumps({"id_token": jwt.encode({"x": UNGUESSABLE}, "k" * 32)}).encode()},
    "base64": {"response_body": json.dumps({"scope": base64.b64encode(UNGUESSABLE.encode()).decode()}).encode()},
    "percent signs": {"response_body": json.dumps({"scope": "%6b" + UNGUESSABLE[1:]}).encode()},
    "JSON in text": {"response_body": json.dumps({"scope": json.dumps({"a": UNGUESSABLE})}).encode()},
    "basic credentials": {
        "request_headers": {"Authorization": ["Basic " + base64.b64encode(f"a:{UNGUESSABLE}".encode()).decode()]}
    },
}


@pytest.mark.parametrize("place", PLANTED)
def test_what_the_environment_calls_secret_is_never_written(place: str) -> None:
    """In every place and disguise it is replaced, dropped, or stops the recording."""
    raw = interaction(**PLANTED[place])
    placeholders = Placeholders()
    placeholders.domain(DOMAIN)
    placeholders.put("value", UNGUESSABLE, 1)
    (written,) = scrub([raw], placeholders)
    shown = unquote(repr([getattr(written, name) for name in written.__slots__]))
    shown += str([jwt_parts(token) for token in re.findall(r"eyJ[\w.-]+", shown)])
    shown += str([base64.b64decode(word) for word in re.findall(r"[A-Za-z0-9+/]{44}=*", shown)])
    assert UNGUESSABLE not in shown or leaks([written], placeholders.secrets)
    assert UNGUESSABLE not in shown or place == "percent signs"
