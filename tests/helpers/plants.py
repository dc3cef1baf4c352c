"""Plants: calls with a secret in a place where a recorder may not look for it."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

from helpers.recordings import DOMAIN, NOW

from pytest_auth0_mfa.cassettes.interactions import Interaction

EMAIL, PASSWORD, PHONE = "Ada.Lovelace@analytical.corp", "correct horse battery", "+4915112345678"
CODE, TOTP_SECRET, RECOVERY = "493817", "HJ6XM2DNERXDAVCUONGWKRTCMNTU6VDF", "MZCRK3YX5V3AKNNYY6JEBQCL"
TOKEN, CLIENT_SECRET = "vulpes-lagopus", "otter & stoat"
GRANT = "http://auth0.com/oauth/grant-type/password-realm"
JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8"

SENT = {
    "password": PASSWORD,
    "otp": CODE,
    "mfa_token": TOKEN,
    "recovery_code": "quick brown fox",
    "client_secret": CLIENT_SECRET,
    "phone_number": "0151 2345678",
}
ANSWERED = {"access_token": TOKEN, "oob_code": "lazy-dogs", "secret": "jumps over", "recovery_codes": "quick brown fox"}


@dataclass(frozen=True)
class Plant:
    """One or two calls, and the texts that must not be left in a cassette of them."""

    name: str
    calls: tuple[Interaction, ...]
    secrets: tuple[str, ...]
    disguises: tuple[str, ...] = field(default=())

    def survives(self, written: str) -> bool:
        """Whether a secret is left in the text of a cassette."""
        plain = written
        while "\\\\" in plain:
            plain = plain.replace("\\\\", "\\")
        readings = {written, unquote(written), plain, plain.replace('\\"', '"')}
        texts = [one.lower() for text in readings for one in (text, unquote(text.replace("+", " ")))]
        return any(secret.lower() in text for secret in (*self.secrets, *self.disguises) for text in texts)


def call(body: bytes = b"", label: str = JSON, path: str = "/oauth/token", **more: object) -> Interaction:
    """A call that the tenant refused, so that its request can be wrong in any way."""
    answer = json.dumps({"error": "invalid_request", "error_description": "No."}).encode()
    given: dict[str, object] = {
        "method": "POST",
        "url": f"https://{DOMAIN}{path}",
        "request_headers": {"Content-Type": [label]} if label else {},
        "request_body": body,
        "status": 400,
        "reason": "Bad Request",
        "response_headers": {"Content-Type": [JSON]},
        "response_body": answer,
        "at": NOW,
    }
    return Interaction(**{**given, **more})  # type: ignore[arg-type]


def login(**more: str) -> Interaction:
    """A call from whose fields a recorder learns the secrets."""
    body = {"grant_type": GRANT, "username": EMAIL, "password": PASSWORD, "phone_number": PHONE, "otp": CODE, **more}
    body |= {"client_secret": CLIENT_SECRET, "recovery_code": RECOVERY, "secret": TOTP_SECRET}
    return call(json.dumps(body).encode())


# -- bodies that do not match their content type, or no known format ---------------------------


def _quoted(name: str, value: str) -> str:
    return json.dumps({"grant_type": GRANT, name: value})


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)


def _multipart(name: str, value: str) -> bytes:
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return f"--xYz\r\n{part.format('grant_type', GRANT)}--xYz\r\n{part.format(name, value)}--xYz--\r\n".encode()


Wrapping = Callable[[str, str], tuple[bytes, str]]
_WRAPPINGS: dict[str, Wrapping] = {
    "form labelled text": lambda n, v: (urlencode({"grant_type": GRANT, n: v}).encode(), TEXT),
    "form without a label": lambda n, v: (urlencode({"grant_type": GRANT, n: v}).encode(), ""),
    "form labelled JSON": lambda n, v: (urlencode({"grant_type": GRANT, n: v}).encode(), JSON),
    "form with spaces": lambda n, v: (f"grant_type={GRANT}&{n}={v}".encode(), FORM),
    "JSON labelled text": lambda n, v: (_quoted(n, v).encode(), TEXT),
    "JSON labelled form": lambda n, v: (_quoted(n, v).encode(), FORM),
    "byte order mark": lambda n, v: (b"\xef\xbb\xbf" + _quoted(n, v).encode(), JSON),
    "UTF-16": lambda n, v: (_quoted(n, v).encode("utf-16"), JSON),
    "NaN": lambda n, v: (f'{{"x": NaN, "{n}": "{v}"}}'.encode(), JSON),
    "trailing comma": lambda n, v: (f'{{"{n}": "{v}",}}'.encode(), JSON),
    "text after it": lambda n, v: ((_quoted(n, v) + " trailing").encode(), JSON),
    "text before it": lambda n, v: (("now " + _quoted(n, v)).encode(), JSON),
    "two documents": lambda n, v: ((_quoted(n, v) + "\n" + _quoted(n, v)).encode(), JSON),
    "single quotes": lambda n, v: (f"{{'{n}': '{v}'}}".encode(), JSON),
    "bare names": lambda n, v: (f'{{{n}: "{v}"}}'.encode(), JSON),
    "comment": lambda n, v: (f'{{/* {n} */ "{n}": "{v}"}}'.encode(), JSON),
    "cut": lambda n, v: (f'{{"x": 1, "{n}": "{v}'.encode(), JSON),
    "member twice": lambda n, v: (f'{{"{n}": "{v}", "{n}": "{v}"}}'.encode(), JSON),
    "JSON text": lambda n, v: (json.dumps(_quoted(n, v)).encode(), JSON),
    "JSON within a plain field": lambda n, v: (json.dumps({"scope": _quoted(n, v)}).encode(), JSON),
    "JSON within JSON within": lambda n, v: (json.dumps({"scope": json.dumps({"x": _quoted(n, v)})}).encode(), JSON),
    "pair within a plain field": lambda n, v: (json.dumps({"scope": f"bad: {n}='{v}'."}).encode(), JSON),
    "escaped pair within a field": lambda n, v: (
        json.dumps({"scope": "got {\\" + f'"{n}\\":\\"{v}\\"'}).encode(),
        JSON,
    ),
    "unknown field": lambda n, v: (json.dumps({"data": f"{n} {v}"}).encode(), JSON),
    "camels": lambda n, v: (json.dumps({_camel(n): v}).encode(), JSON),
    "hyphens": lambda n, v: (json.dumps({n.replace("_", "-"): v}).encode(), JSON),
    "capitals": lambda n, v: (json.dumps({n.upper(): v}).encode(), JSON),
    "nested": lambda n, v: (json.dumps({"x": [{"y": {n: [v]}}]}).encode(), JSON),
    "lines": lambda n, v: (f"{n}: {v}\n".encode(), TEXT),
    "XML": lambda n, v: (f"<{n}>{v}</{n}>".encode(), "application/xml"),
    "multipart": lambda n, v: (_multipart(n, v), "multipart/form-data; boundary=xYz"),
    "multipart without a label": lambda n, v: (_multipart(n, v), ""),
    "bytes": lambda n, v: (b"\xff\x00" + v.encode(), "application/octet-stream"),
    "base64": lambda n, v: (json.dumps({"data": base64.b64encode(_quoted(n, v).encode()).decode()}).encode(), JSON),
}
_PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}


def _wrapped() -> Iterator[Plant]:
    for what, wrap in _WRAPPINGS.items():
        for name, value in SENT.items():
            body, label = wrap(name, value)
            disguise = (quote(value), base64.b64encode(value.encode()).decode().rstrip("="))
            yield Plant(f"{what}, {name}", (call(body, label),), (value,), disguise)
        for name, value in ANSWERED.items():
            body, label = wrap(name, value)
            fields = {"Content-Type": [label or JSON]}
            answered = call(path="/u/login", status=200, response_headers=fields, response_body=body)
            yield Plant(f"answer: {what}, {name}", (answered,), (value,), (quote(value),))
    for encoding, pack in _PACKED.items():
        for labelled in (True, False):
            headers = {"Content-Type": [JSON], **({"Content-Encoding": [encoding]} if labelled else {})}
            body = pack(_quoted("password", PASSWORD).encode())
            name = f"{encoding}{'' if labelled else ' without a label'}"
            yield Plant(name, (call(body, request_headers=headers),), (PASSWORD,))


# -- known secrets in another form -------------------------------------------------------------

_FORMS: dict[str, tuple[str, ...]] = {
    PHONE: (
        *("4915112345678", "004915112345678", "015112345678", "+49 151 12345678", "0151/123 456 78"),
        *("(+49) 151-1234-5678", "%2B4915112345678", "49.151.12345678", "0049 151 12345678", "+49(0)151 12345678"),
    ),
    CODE: ("493 817", "493-817", "4 9 3 8 1 7", "(493817)"),
    TOTP_SECRET: (
        TOTP_SECRET.lower(),
        "HJ6X M2DN ERXD AVCU ONGW KRTC MNTU 6VDF",
        "hj6xm2dn-erxdavcu-ongwkrtc-mntu6vdf",
    ),
    RECOVERY: (RECOVERY.lower(), "MZCR K3YX 5V3A KNNY Y6JE BQCL", "mzcrk3yx-5v3aknny-y6jebqcl"),
    EMAIL: (
        *(EMAIL.lower(), EMAIL.upper(), "ada.lovelace", "analytical.corp", "Ada.Lovelace%40analytical.corp"),
        *("mailto:ada.lovelace@analytical.corp", "Ada.Lovelace at analytical.corp"),
    ),
    PASSWORD: (PASSWORD.upper(), quote(PASSWORD), PASSWORD.replace(" ", "+"), f'"{PASSWORD}"'),
    CLIENT_SECRET: (CLIENT_SECRET.title(), "otter &amp; stoat", quote(CLIENT_SECRET), "otter \\u0026 stoat"),
    DOMAIN: (DOMAIN, f"//{DOMAIN}/x", DOMAIN.upper(), f"{DOMAIN}:443", f"@{DOMAIN}", "acme-prod"),
}


def _known() -> Iterator[Plant]:
    for secret, forms in _FORMS.items():
        for form in forms:
            for place, made in _places(form).items():
                yield Plant(f"{place}: {form}", (login(), made), (form, secret))
    for number in (493817.0, 493817):
        yield Plant(f"number {number!r}", (call(json.dumps({"otp": number}).encode()),), (CODE,))
        yield Plant(f"number elsewhere {number!r}", (login(), call(json.dumps({"x": number}).encode())), (CODE,))
    yield Plant("number in a secret field", (call(json.dumps({"password": 31337}).encode()),), ("31337",))


def _places(form: str) -> dict[str, Interaction]:
    said = json.dumps({"error": "invalid_request", "error_description": f"No {form} here."}).encode()
    return {
        "sentence": call(response_body=said),
        "redirect": call(path="/u/x", status=302, response_headers={"Location": [f"/cb/{quote(form)}?state=1"]}),
    }


def _headers() -> Iterator[Plant]:
    for what, (name, value) in {
        "relative redirect": ("Location", "/users/Zebra-77/home?code=zebra-88#t=zebra-99"),
        "challenge": ("WWW-Authenticate", 'Bearer realm="Users", session="zebra-77", error="invalid_token"'),
        "cookie name": ("Set-Cookie", f"sid_{CODE}=zebra-77; Path=/"),
        "cookie attribute": ("Set-Cookie", "a=zebra-77; Comment=zebra-88"),
        "cookie of an address": ("Set-Cookie", "Ada.Lovelace@analytical.corp=1"),
    }.items():
        made = call(path="/u/x", status=200, response_headers={"Content-Type": [JSON], name: [value]})
        yield Plant(what, (login(), made), ("zebra-77", "zebra-88", "zebra-99", CODE, EMAIL))
    for what, url in {
        "parameter name": f"/u/x?{quote(EMAIL)}=1",
        "parameter": "/u/x?state=zebra-77",
        "segment": "/u/Zebra-77/x",
    }.items():
        yield Plant(what, (login(), call(path=url)), ("zebra-77", EMAIL))
    for what, value in {"bearer": "Bearer zebra-77", "own scheme": "Zebra zebra-77"}.items():
        made = call(request_headers={"Authorization": [value]})
        yield Plant(what, (made,), ("zebra-77",))
    yield Plant(
        "cookie sent", (call(request_headers={"Cookie": ["a=zebra-77; b=zebra-88"]}),), ("zebra-77", "zebra-88")
    )


# -- other kinds -------------------------------------------------------------------------------


def _answer(body: str, label: str = JSON, **fields: str) -> Interaction:
    headers = {"Content-Type": [label], **{name.replace("_", "-"): [value] for name, value in fields.items()}}
    return call(path="/u/login", status=200, response_headers=headers, response_body=body.encode())


def _said(text: str) -> Interaction:
    return _answer(json.dumps({"error": "invalid_request", "error_description": text}, ensure_ascii=False))


def _others() -> Iterator[Plant]:
    """Other content types, formats and places, which clients of the MFA API do not use."""
    basic = base64.b64encode(b"app:zebra-77").decode()
    yield Plant("basic", (call(request_headers={"Authorization": [f"Basic {basic}"]}),), ("zebra-77", basic))
    yield Plant("userinfo", (call(url=f"https://ada:zebra-77@{DOMAIN}/oauth/token"),), ("zebra-77",))
    yield Plant("path parameter", (call(path=f"/u/x;email={quote(EMAIL)};jsessionid=zebra-77"),), ("zebra-77", EMAIL))
    yield Plant("escaped name", (call(b'{"pass\\u0077ord": "zebra stripes"}'),), ("zebra stripes",))
    packed = b"\x81\xa8password\xadzebra stripes"
    yield Plant("MessagePack", (call(packed, "application/msgpack"),), ("zebra stripes",))
    yield Plant("UTF-32", (call('{"password": "zebra stripes"}'.encode("utf-32")),), ("zebra stripes",))
    yield Plant("attribute", (call(b'<login password="zebra stripes"/>', "text/xml"),), ("zebra stripes",))
    for what, label, body in (
        ("event stream", "text/event-stream", 'data: {"access_token": "zebra stripes"}\n\n'),
        ("script", "application/javascript", 'callback({"access_token": "zebra stripes"})'),
        ("table", "text/csv", "email,password\nzoe@zebra.example,zebra stripes\n"),
        ("page", "text/html", "<a href='otpauth://totp/A:zoe%40zebra.example?secret=JBSWY3DPEHPK3PXP&amp;issuer=A'>"),
    ):
        yield Plant(what, (_answer(body, label),), ("zebra stripes", "zoe@zebra", "JBSWY3DPEHPK3PXP", "zoe%40zebra"))
    fields = {
        "X_User": EMAIL,
        "Content_Location": "/u/zebra-77",
        "Refresh": "0; url=/x?t=zebra-88",
        "ETag": '"zebra-99"',
    }
    told = ("zebra-77", "zebra-88", "zebra-99", EMAIL)
    yield Plant("headers of an answer", (login(), _answer("{}", **fields)), told)
    asked = {
        "X-Api-Key": ["zebra-77"],
        "Referer": [f"https://zebra.example/?e={EMAIL}"],
        "Forwarded": ["for=203.0.113.77"],
    }
    yield Plant(
        "headers of a request", (call(request_headers=asked),), ("zebra-77", "zebra.example", "203.0.113.77", EMAIL)
    )
    entities = "".join(f"&#{ord(character)};" for character in PASSWORD)
    yield Plant("entities", (login(), _answer(f"<p>{entities}</p>", "text/html")), (PASSWORD, entities))
    yield Plant(
        "hexadecimal", (login(), _answer(json.dumps({"x": PASSWORD.encode().hex()}))), (PASSWORD.encode().hex(),)
    )
    yield Plant("names of members", (login(), _answer(json.dumps({EMAIL: 1, PHONE: [True]}))), (EMAIL, PHONE))
    yield Plant(
        "one by one", (login(), _answer(json.dumps({"x": list(CODE)}))), (", ".join(f'"{one}"' for one in CODE),)
    )
    yield Plant("wide digits", (login(), _said("Not \uff14\uff19\uff13\uff18\uff11\uff17.")), ("\uff14\uff19\uff13",))
    unseen = PASSWORD.replace(" ", "\u200b ")
    yield Plant("unseen characters", (login(), _said(f"Not {unseen}.")), (unseen,))


PLANTS = {plant.name: plant for plant in (*_wrapped(), *_known(), *_headers(), *_others())}
