"""Tenants that take a value for right that is off by a hair, or refuse a right request for the way it is written."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pytest_auth0_mfa import Handler, Request, Response, Tenant
from pytest_auth0_mfa.spec.operations import OPERATIONS

from .breaking import Break, broken, operation_of, sent

_LOGINS = ("password", "password-realm")
_GRANTS = ("mfa-otp", "mfa-oob", "mfa-recovery-code")
_TOKEN = (*_LOGINS, *_GRANTS, "refresh-token")
_BODIES = (*_TOKEN, "associate", "challenge")
_ANY = tuple(OPERATIONS)


def taking(name: str, change: Callable[[Any], Any], *operations: str) -> Break:
    """Change a parameter before it is judged: what should be refused is right then."""

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            try:
                parameters = sent(request)
            except ValueError:
                return handler(request)
            if operation_of(request) not in operations or name not in parameters:
                return handler(request)
            made = change(parameters[name])
            if made == parameters[name]:
                return handler(request)
            fields = {"Content-Type": "application/json"}
            if "authorization" in request.headers:
                fields["Authorization"] = request.headers["authorization"]
            return handler(replace(request, headers=fields, body=json.dumps({**parameters, name: made}).encode()))

        return handle

    return wrap


def refusing(when: Callable[[Request], bool], *operations: str, status: int = 400) -> Break:
    """Refuse what is written like this."""
    body = json.dumps({"error": "invalid_request", "error_description": "no"}).encode()

    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if operation_of(request) in operations and when(request):
                return Response(status, {"Content-Type": "application/json"}, body)
            return handler(request)

        return handle

    return wrap


def _text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: change(value) if isinstance(value, str) else value


def _last_of_list(value: Any) -> Any:
    return value[-1] if isinstance(value, list) and value else value


# -- values that are off by a hair

broken("otp-of-seven-digits", "mfa-otp")(taking("otp", _text(lambda value: value[-6:]), "mfa-otp"))
broken("otp-with-more-behind", "mfa-otp")(taking("otp", _text(lambda value: value[:6]), "mfa-otp"))
broken("otp-with-hyphens", "mfa-otp")(taking("otp", _text(lambda value: value.replace("-", "")), "mfa-otp"))
broken("otp-in-wide-digits", "mfa-otp")(
    taking("otp", _text(lambda value: unicodedata.normalize("NFKC", value)), "mfa-otp")
)
broken("otp-in-a-list", "mfa-otp")(taking("otp", _last_of_list, "mfa-otp"))
broken("otp-backwards", "mfa-otp")(
    lambda tenant, handler: (
        lambda request: (
            answer
            if (answer := handler(request)).status < 400 or operation_of(request) != "mfa-otp"
            else taking("otp", _text(lambda value: value[::-1]), "mfa-otp")(tenant, handler)(request)
        )
    )
)
broken("binding-code-in-a-list", "mfa-oob")(taking("binding_code", _last_of_list, "mfa-oob"))
broken("binding-code-with-line-end", "mfa-oob")(taking("binding_code", _text(str.rstrip), "mfa-oob"))
broken("binding-code-with-zero-before", "mfa-oob")(taking("binding_code", _text(lambda value: value[-6:]), "mfa-oob"))
broken("oob-code-with-spaces", "mfa-oob")(taking("oob_code", _text(str.strip), "mfa-oob"))
broken("oob-code-in-a-list", "mfa-oob")(taking("oob_code", _last_of_list, "mfa-oob"))
broken("recovery-code-in-small-letters", "mfa-recovery-code")(
    taking("recovery_code", _text(str.upper), "mfa-recovery-code")
)
broken("recovery-code-with-spaces", "mfa-recovery-code")(
    taking("recovery_code", _text(lambda value: value.strip()), "mfa-recovery-code")
)
broken("recovery-code-in-a-list", "mfa-recovery-code")(taking("recovery_code", _last_of_list, "mfa-recovery-code"))
broken("mfa-token-with-spaces", *_GRANTS)(taking("mfa_token", _text(str.strip), *_GRANTS))
broken("mfa-token-quoted", *_GRANTS)(taking("mfa_token", _text(lambda value: value.strip('"')), *_GRANTS))
broken("refresh-token-with-spaces", "refresh-token")(taking("refresh_token", _text(str.strip), "refresh-token"))
broken("password-with-spaces", *_LOGINS)(taking("password", _text(str.strip), *_LOGINS))


def _of_tenant(field: str, matches: Callable[[str, str], bool], *operations: str) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        right = str(tenant.client_secret)
        take = taking(
            field, lambda value: right if isinstance(value, str) and matches(value, right) else value, *operations
        )
        return take(tenant, handler)

    return wrap


broken("secret-may-be-empty", *_BODIES)(_of_tenant("client_secret", lambda value, right: value == "", *_BODIES))
broken("secret-may-be-shorter", *_BODIES)(
    _of_tenant("client_secret", lambda value, right: len(value) > 4 and right.startswith(value), *_BODIES)
)
broken("secret-in-any-case", *_BODIES)(
    _of_tenant("client_secret", lambda value, right: value.lower() == right.lower(), *_BODIES)
)


def _of_user(matches: Callable[[str, str], bool]) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            if operation_of(request) not in _LOGINS:
                return handler(request)
            parameters = sent(request)
            user = tenant.user_by_email(str(parameters.get("username")))
            given = parameters.get("password")
            if user is None or not isinstance(given, str) or not matches(given, user.password):
                return handler(request)
            return taking("password", lambda value: user.password, *_LOGINS)(tenant, handler)(request)

        return handle

    return wrap


broken("password-in-any-case", *_LOGINS)(_of_user(lambda value, right: value.lower() == right.lower()))
broken("password-of-72-bytes", *_LOGINS)(_of_user(lambda value, right: value[:72] == right[:72]))
broken("password-may-be-cut", *_LOGINS)(_of_user(lambda value, right: len(value) > 3 and value == right[:-1]))


def _bearer(change: Callable[[str], str]) -> Break:
    def wrap(tenant: Tenant, handler: Handler) -> Handler:
        def handle(request: Request) -> Response:
            value = request.headers.get("authorization")
            if value is None or not request.path.startswith(("/mfa/a", "/userinfo")):
                return handler(request)
            return handler(replace(request, headers={**request.headers, "authorization": change(value)}))

        return handle

    return wrap


_BEARERS = ("list-authenticators", "associate", "delete-authenticator", "userinfo")
broken("bearer-of-any-scheme", *_BEARERS)(_bearer(lambda value: f"Bearer {value.rpartition(' ')[2]}"))
broken("bearer-may-be-longer", *_BEARERS)(_bearer(lambda value: value.removesuffix("x")))
broken("bearer-twice", *_BEARERS)(_bearer(lambda value: value.partition(",")[0]))

# -- right requests that are refused for the way they are written


def _media(request: Request) -> str:
    return request.headers.get("content-type", "")


broken("charset-refused", *_BODIES)(refusing(lambda request: "charset" in _media(request), *_BODIES))
broken("media-type-in-capitals-refused", *_BODIES)(
    refusing(lambda request: _media(request) != _media(request).lower(), *_BODIES)
)
broken("escapes-refused", *_BODIES)(refusing(lambda request: b"\\u00" in request.body, *_BODIES))
broken("line-breaks-refused", *_BODIES)(refusing(lambda request: b"\n" in request.body, *_BODIES))
broken("superfluous-parameter-refused", *_BODIES)(refusing(lambda request: b"x_unknown" in request.body, *_BODIES))
broken("empty-audience-refused", *_TOKEN)(
    refusing(lambda request: re.search(rb'"audience": ?""', request.body) is not None, *_TOKEN)
)
broken("query-refused", *_ANY)(refusing(lambda request: "?" in request.path, *_ANY, status=404))
broken("browser-refused", *_ANY)(
    refusing(lambda request: request.headers.get("accept", "").startswith("text/html"), *_ANY, status=406)
)
broken("small-bearer-refused", *_BEARERS)(
    refusing(lambda request: request.headers.get("authorization", "").startswith("bearer "), *_BEARERS, status=401)
)
broken("form-refused", *_TOKEN)(refusing(lambda request: "form" in _media(request), *_TOKEN))
broken("basic-refused", *_TOKEN)(
    refusing(lambda request: request.headers.get("authorization", "").startswith("Basic "), *_TOKEN, status=401)
)
broken("first-member-must-be-the-grant", *_TOKEN)(
    refusing(
        lambda request: (
            request.body.startswith(b"{") and next(iter(sent(request)), "") not in ("grant_type", "audience")
        ),
        *_TOKEN,
    )
)
broken("sdk-header-refused", *_ANY)(refusing(lambda request: "auth0-client" in request.headers, *_ANY))
broken("forwarded-refused", *_ANY)(refusing(lambda request: "auth0-forwarded-for" in request.headers, *_ANY))

# -- people


def _of_people(odd: Callable[[str], bool], field: str = "username", status: int = 500) -> Break:
    return refusing(
        lambda request: isinstance(value := sent(request).get(field), str) and odd(value), *_LOGINS, status=status
    )


broken("umlaut-is-a-server-error", *_LOGINS)(_of_people(lambda text: "ö" in text))
broken("plus-sign-is-nobody", *_LOGINS)(_of_people(lambda text: "+" in text, status=403))
broken("apostrophe-is-a-server-error", *_LOGINS)(_of_people(lambda text: "'" in text))
broken("long-address-refused", *_LOGINS)(_of_people(lambda text: len(text) > 64, status=400))
broken("capitals-are-nobody", *_LOGINS)(_of_people(lambda text: text != text.lower(), status=403))
broken("percent-sign-is-a-server-error", *_LOGINS)(_of_people(lambda text: "%" in text))
broken("password-of-ascii-only", *_LOGINS)(_of_people(lambda text: not text.isascii(), "password", 400))
broken("password-without-quotes", *_LOGINS)(_of_people(lambda text: '"' in text or "'" in text, "password", 400))
broken("password-without-spaces", *_LOGINS)(_of_people(lambda text: " " in text.strip(), "password", 403))
broken("phone-of-one-country", "associate")(
    refusing(lambda request: not str(sent(request).get("phone_number", "+1")).startswith("+1"), "associate")
)


def _form_with_charset(request: Request) -> bool:
    media, _, parameter = request.headers.get("content-type", "").partition(";")
    return media == "application/x-www-form-urlencoded" and "charset" in parameter


broken("forms-with-a-charset-are-not-read", "password")(refusing(_form_with_charset, *_TOKEN))
