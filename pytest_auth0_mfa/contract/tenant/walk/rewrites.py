"""Other ways to write a request: some keep its meaning, others change it slightly.

A rewrite is applied to the request of each side, with the side's own values.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

from pytest_auth0_mfa.contract.tenant import calls
from pytest_auth0_mfa.contract.tenant.subjects import Client
from pytest_auth0_mfa.messages import Json, Request
from pytest_auth0_mfa.spec.operations import FORM_TYPE, JSON_TYPE


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One other way to write a request. ``apply(request, which)``: ``which`` selects the parameter to change."""

    name: str
    apply: Callable[[Request, int], Request]


def _with_headers(request: Request, **headers: str | None) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in named}
    return replace(request, headers={**kept, **{name: value for name, value in named.items() if value is not None}})


def _header(name: str, change: Callable[[str], str | None]) -> Callable[[Request, int], Request]:
    def apply(request: Request, which: int) -> Request:
        value = request.headers.get(name)
        return request if value is None else _with_headers(request, **{name.replace("-", "_"): change(value)})

    return apply


def _adding(**headers: str) -> Callable[[Request, int], Request]:
    return lambda request, which: _with_headers(request, **headers)


def _parameters(request: Request) -> dict[str, Json] | None:
    if not request.body:
        return None
    try:
        found = json.loads(request.body) if request.body.startswith(b"{") else dict(parse_qsl(request.body.decode()))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_form(request: Request) -> bool:
    return not request.body.startswith(b"{")


def _written(request: Request, parameters: dict[str, Json]) -> Request:
    plain = all(isinstance(value, str) for value in parameters.values())
    if _is_form(request) and plain:
        return replace(request, body=urlencode(parameters).encode("utf-8", "surrogatepass"))
    return replace(request, body=json.dumps(parameters).encode())


def _body(change: Callable[[dict[str, Json]], dict[str, Json]]) -> Callable[[Request, int], Request]:
    def apply(request: Request, which: int) -> Request:
        parameters = _parameters(request)
        return request if not parameters else _written(request, change(parameters))

    return apply


def _text(change: Callable[[bytes], bytes]) -> Callable[[Request, int], Request]:
    def apply(request: Request, which: int) -> Request:
        return replace(request, body=change(request.body)) if request.body.startswith(b"{") else request

    return apply


_NEVER_CHANGED = frozenset({"grant_type"})


def _value(change: Callable[[str], Json]) -> Callable[[Request, int], Request]:
    """Change one parameter. The first ones are those that an attacker would try."""

    def apply(request: Request, which: int) -> Request:
        parameters = _parameters(request)
        if not parameters:
            return request
        names = sorted(parameters.keys() - _NEVER_CHANGED, key=lambda name: (_INTERESTING.find(name) < 0, name))
        if not names:
            return request
        name = names[which % len(names)]
        value = parameters[name]
        text = value if isinstance(value, str) else str(value[0]) if isinstance(value, list) and value else ""
        return _written(request, {**parameters, name: change(text)})

    return apply


_INTERESTING = (
    "token otp binding_code oob_code recovery_code mfa_token refresh_token client_secret password authenticator_id "
    "auth_session otp_code"
)


def _renamed(change: Callable[[str], str]) -> Callable[[Request, int], Request]:
    def apply(request: Request, which: int) -> Request:
        parameters = _parameters(request)
        if not parameters:
            return request
        names = sorted(parameters)
        name = names[which % len(names)]
        return _written(request, {change(k) if k == name else k: v for k, v in parameters.items()})

    return apply


def _other_encoding(request: Request, which: int) -> Request:
    parameters = _parameters(request)
    if parameters is None or not all(isinstance(value, str) for value in parameters.values()):
        return request
    if not request.path.startswith("/oauth/token"):
        return request
    if _is_form(request):
        return _with_headers(replace(request, body=json.dumps(parameters).encode()), content_type=JSON_TYPE)
    return _with_headers(replace(request, body=urlencode(parameters).encode()), content_type=FORM_TYPE)


def _as_form(write: Callable[[str], str]) -> Callable[[Request, int], Request]:
    """The request as a form that is percent-encoded otherwise."""

    def apply(request: Request, which: int) -> Request:
        form = request if _is_form(request) else _other_encoding(request, which)
        return replace(form, body=write(form.body.decode()).encode()) if _is_form(form) else request

    return apply


_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")


def _in_small_hex(text: str) -> str:
    return _ESCAPED.sub(lambda found: found[0].lower(), text)


def _form_with_charset(request: Request, which: int) -> Request:
    form = request if _is_form(request) else _other_encoding(request, which)
    return _with_headers(form, content_type=f"{FORM_TYPE}; charset=UTF-8") if _is_form(form) else request


def _basic(request: Request, which: int) -> Request:
    parameters = _parameters(request)
    if not parameters or not {"client_id", "client_secret"} <= parameters.keys() or "authorization" in request.headers:
        return request
    client_id, secret = str(parameters.pop("client_id")), str(parameters.pop("client_secret"))
    header = calls.basic(Client(client_id, secret))["Authorization"]
    return _with_headers(_written(request, parameters), authorization=header)


def _basic_beside_body(request: Request, which: int) -> Request:
    if "authorization" in request.headers or not request.path.startswith("/oauth/token"):
        return request
    return _with_headers(request, authorization="Basic " + base64.b64encode(b"wrong:wrong").decode())


def _twice(request: Request, which: int) -> Request:
    """A parameter twice in a form: with a wrong value and the right one, in either order."""
    parameters = _parameters(request)
    if not parameters or not _is_form(request):
        return request
    names = sorted(parameters)
    name = names[which % len(names)]
    pairs = [(key, str(value)) for key, value in parameters.items()]
    wrong = (name, "wrong")
    return replace(request, body=urlencode([wrong, *pairs] if which % 2 else [*pairs, wrong]).encode())


def _path(change: Callable[[str], str]) -> Callable[[Request, int], Request]:
    return lambda request, which: replace(request, path=change(request.path))


_WITH_ID = re.compile(r"((?:/mfa/authenticators|/me/v1/authentication-methods)/)([^/?]+)(.*)")


def _identifier(change: Callable[[str], str]) -> Callable[[Request, int], Request]:
    """Change the id of an authenticator or method in a path."""

    def apply(request: Request, which: int) -> Request:
        found = _WITH_ID.fullmatch(request.path)
        if found is None:
            return request
        return replace(request, path=f"{found[1]}{quote(change(unquote(found[2])), safe='')}{found[3]}")

    return apply


def _method(name: str) -> Callable[[Request, int], Request]:
    return lambda request, which: replace(request, method=name)


def _escaped(body: bytes) -> bytes:
    text = body.decode()
    return "".join(f"\\u{ord(letter):04x}" if letter in "eo" else letter for letter in text).encode()


def _camel(name: str) -> str:
    first, _, rest = name.partition("_")
    return first + rest.title().replace("_", "")


_WIDE = {ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)}


def _in_wide_digits(value: str) -> str:
    """A changed value on both sides, even if the value of one side has no digit."""
    return value.translate(_WIDE) if re.search("[0-9]", value) else value + chr(0xFF10)


def _scheme(change: Callable[[str], str]) -> Callable[[str], str]:
    def apply(value: str) -> str:
        scheme, space, token = value.partition(" ")
        return change(scheme) + space + token

    return apply


HARMLESS = (
    Rewrite("charset", _header("content-type", lambda value: value.partition(";")[0] + "; charset=utf-8")),
    Rewrite("members in another order", _body(lambda p: dict(reversed(p.items())))),
    Rewrite("escapes", _text(_escaped)),
    Rewrite("white space", _text(lambda body: json.dumps(json.loads(body), indent=2).encode() + b"\r\n")),
    Rewrite("a browser's headers", _adding(accept="text/html, */*;q=0.1", accept_language="de", user_agent="Mozilla")),
    Rewrite("an SDK's header", _adding(auth0_client="eyJuYW1lIjoieCJ9")),
    Rewrite("scheme in small letters", _header("authorization", _scheme(str.lower))),
)
"""Rewrites that any tenant accepts: they are documented, or follow from HTTP and JSON."""
KEEPING = (
    *HARMLESS,
    Rewrite("media type in capitals", _header("content-type", lambda value: value.title())),
    Rewrite("scheme in capitals", _header("authorization", _scheme(str.upper))),
    Rewrite("form and JSON", _other_encoding),
    Rewrite("a form with a charset", _form_with_charset),
    Rewrite("a form with %20 for spaces", _as_form(lambda body: body.replace("+", "%20"))),
    Rewrite("a form with hex digits in small letters", _as_form(_in_small_hex)),  # RFC 3986, section 2.1
    Rewrite("hex digits in small letters", lambda request, which: replace(request, path=_in_small_hex(request.path))),
    Rewrite("charset in quotes", _header("content-type", lambda value: value.partition(";")[0] + '; charset="UTF-8"')),
    Rewrite("Basic for the body's credentials", _basic),
    Rewrite("superfluous parameter", _body(lambda p: {**p, "x_unknown": "1"})),
    Rewrite("empty audience", _body(lambda p: {"audience": "", **p} if "grant_type" in p else p)),
    Rewrite("empty realm", _body(lambda p: {**p, "realm": ""} if p.get("grant_type") == "password" else p)),
    Rewrite("a query", _path(lambda path: f"{path}{'&' if '?' in path else '?'}trace=1")),
    Rewrite("forwarded for", _adding(auth0_forwarded_for="203.0.113.7", x_forwarded_for="203.0.113.7")),
)  # fmt: skip
OF_A_VALUE = (
    Rewrite("last character cut", _value(lambda value: value[:-1])),
    Rewrite("first character cut", _value(lambda value: value[1:])),
    Rewrite("doubled", _value(lambda value: value * 2)),
    Rewrite("space before", _value(lambda value: " " + value)),
    Rewrite("space after", _value(lambda value: value + " ")),
    Rewrite("newline after", _value(lambda value: value + "\n")),
    Rewrite("zero before", _value(lambda value: "0" + value)),
    Rewrite("digit after", _value(lambda value: value + "0")),
    Rewrite("other case", _value(str.swapcase)),
    Rewrite("small letters", _value(str.lower)),
    Rewrite("capitals", _value(str.upper)),
    Rewrite("backwards", _value(lambda value: value[::-1])),
    Rewrite("wide digits", _value(_in_wide_digits)),
    Rewrite("hyphen in the middle", _value(lambda value: f"{value[:3]}-{value[3:]}")),
    Rewrite("in a list", _value(lambda value: [value])),
    Rewrite("in a list after a wrong one", _value(lambda value: ["000000", value])),
    Rewrite("in an object", _value(lambda value: {"$eq": value})),
    Rewrite("as a number", _value(lambda value: int(value) if value.isascii() and value.isdigit() else 1)),
    Rewrite("null", _value(lambda value: None)),
    Rewrite("empty", _value(lambda value: "")),
    Rewrite("spaces only", _value(lambda value: "  ")),
    Rewrite("true", _value(lambda value: True)),
    Rewrite("percent sign", _value(lambda value: "%")),
    Rewrite("asterisk", _value(lambda value: "*")),
    Rewrite("NUL after", _value(lambda value: value + "\x00")),
    Rewrite("quoted", _value(lambda value: f'"{value}"')),
    Rewrite("all zeros", _value(lambda value: "0" * len(value))),
)
"""Rewrites that change one parameter of the body."""
CHANGING = (
    *OF_A_VALUE,
    Rewrite("id in other case", _identifier(str.swapcase)),
    Rewrite("id in small letters", _identifier(str.lower)),
    Rewrite("id in capitals", _identifier(str.upper)),
    Rewrite("id cut", _identifier(lambda value: value[:-1])),
    Rewrite("id longer", _identifier(lambda value: value + "x")),
    Rewrite("id without its kind", _identifier(lambda value: value.partition("|")[2])),
    Rewrite("space after the id", _identifier(lambda value: value + " ")),
    Rewrite("asterisk for the id", _identifier(lambda value: "*")),
    Rewrite("NUL after the id", _identifier(lambda value: value + "\x00")),
    Rewrite("name in capitals", _renamed(str.upper)),
    Rewrite("name in camel case", _renamed(_camel)),
    Rewrite("twice", _twice),
    Rewrite("Basic of somebody else beside the body", _basic_beside_body),
    Rewrite("no bearer", _header("authorization", lambda value: None)),
    Rewrite("scheme Token", _header("authorization", lambda value: "Token " + value.partition(" ")[2])),
    Rewrite("no scheme", _header("authorization", lambda value: value.partition(" ")[2])),
    Rewrite("bearer cut", _header("authorization", lambda value: value[:-1])),
    Rewrite("bearer longer", _header("authorization", lambda value: value + "x")),
    Rewrite("bearer in other case", _header("authorization", lambda value: value[:7] + value[7:].swapcase())),
    Rewrite("bearer twice", _header("authorization", lambda value: f"{value}, {value}")),
    Rewrite("media type of a form", _header("content-type", lambda value: FORM_TYPE)),
    Rewrite("media type of JSON", _header("content-type", lambda value: JSON_TYPE)),
    Rewrite("media type text", _header("content-type", lambda value: "text/plain")),
    Rewrite("no media type", _header("content-type", lambda value: None)),
    Rewrite("JSON in a list", _text(lambda body: b"[" + body + b"]")),
    Rewrite("JSON cut", _text(lambda body: body[:-1])),
    Rewrite("GET", _method("GET")),
    Rewrite("PUT", _method("PUT")),
    Rewrite("PATCH", _method("PATCH")),
    Rewrite("DELETE", _method("DELETE")),
    Rewrite("POST", _method("POST")),
    Rewrite("slash after", _path(lambda path: path + "/")),
    Rewrite("slash doubled", _path(lambda path: "/" + path)),
    Rewrite("path in capitals", _path(str.upper)),
    Rewrite("path longer", _path(lambda path: path + "x")),
    Rewrite("path shorter", _path(lambda path: path[:-1])),
)  # fmt: skip
OF_PROOFS = (
    Rewrite("name in capitals", lambda request, which: _with_headers(request, dpop=None, DPOP=request.headers["dpop"])),
    Rewrite("no proof", _header("dpop", lambda value: None)),
    Rewrite("cut", _header("dpop", lambda value: value[:-1])),
    Rewrite("without its signature", _header("dpop", lambda value: value.rpartition(".")[0])),
    Rewrite("in small letters", _header("dpop", str.lower)),
    Rewrite("with a scheme", _header("dpop", lambda value: f"DPoP {value}")),
    Rewrite("in quotes", _header("dpop", lambda value: f'"{value}"')),
    Rewrite("twice", _header("dpop", lambda value: f"{value}, {value}")),
)
"""Other ways to write the header with a proof. All but the first are wrong, and without it nothing is bound."""
