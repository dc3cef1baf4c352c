"""Checks of the values in a request: tokens, codes and names from the caller, and the application's credentials."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from pytest_auth0_mfa.contract.client.asked import CODES, LOGINS, Context, Found, absent, basic, described
from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.spec.factors import CHANNEL
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.tenant.tokens import OIDC_SCOPES


def bearer_missing(c: Context) -> Iterator[Found]:
    """MFA113: there is a bearer token where one is needed, with the scheme of either kind."""
    if OPERATIONS[c.seen.operation].auth != "bearer":
        return
    scheme, token = c.authorization()
    if scheme not in ("bearer", "dpop") or not token:
        yield "Authorization", "Bearer and the token", f"{scheme.capitalize()} and something" if scheme else "nothing"


def foreign_token(c: Context) -> Iterator[Found]:
    """MFA112: no token belongs to another user."""
    tokens = {f"$.{name}": c.params.get(name) for name in _TOKENS}
    if OPERATIONS[c.seen.operation].auth == "bearer":
        tokens["Authorization"] = c.authorization()[1]
    for where, token in tokens.items():
        owner = c.owner(token)
        if owner is not None and c.asked.user is not None and owner is not c.asked.user:
            yield where, "the token of the user it is about", "a token of another user"


def bearer_changed(c: Context) -> Iterator[Found]:
    """MFA114: the bearer token is the caller's."""
    if OPERATIONS[c.seen.operation].auth != "bearer":
        return
    token = c.authorization()[1]
    if c.asked.decides:
        if c.owner(token) is None:
            yield "Authorization", "a token of the tenant's", described(token)
    elif c.about and c.asked.bearer is not None and token != c.asked.bearer:
        told = described(token, c.asked.bearer) if c.owner(token) is None else "that of an earlier call"
        yield "Authorization", "Bearer and the token that the caller gave", told


_TOKENS = ("mfa_token", "oob_code", "refresh_token", "token", "auth_session")


def token_changed(c: Context) -> Iterator[Found]:
    """MFA111: tokens and oob_code are the caller's."""
    for name in _TOKENS:
        actual = c.params.get(name)
        if absent(actual):
            continue
        expected = c.asked.params.get(name)
        if c.about and expected is not None and actual != expected:
            earlier = "that of another enrollment" if name == "auth_session" else "one of an earlier call"
            older = earlier if c.owner(actual) is not None else described(actual, expected)
            if name == "token":
                older = "an access token" if actual in c.tenant.tokens.access else older
                yield "$.token", "the refresh token that the caller gave", older
                continue
            yield f"$.{name}", f"the {name} that the caller gave", older
        elif c.asked.decides and c.owner(actual) is None:
            yield f"$.{name}", f"the {name} that the tenant answered", described(actual)


def code_changed(c: Context) -> Iterator[Found]:
    """MFA110: the code is sent as it was typed."""
    name = CODES.get(c.seen.operation)
    actual = c.params.get(name) if name else None
    if name is None or absent(actual):
        return
    if c.asked.decides:
        if c.asked.typed is not None and actual not in c.asked.typed:
            yield f"$.{name}", "a code that the person typed, as a string", described(actual)
        return
    expected = c.asked.params.get(name)
    if c.about and expected is not None and actual != expected:
        shape = f"the code that the caller gave: a string of {len(expected)} characters"
        yield f"$.{name}", shape, described(actual, expected)


def factor(c: Context) -> Iterator[Found]:
    """MFA115: the factor is the one that the caller named."""
    expected = c.asked.factor
    if c.seen.operation != "associate" or expected is None:
        return
    kinds, channels = c.params.get("authenticator_types"), c.params.get("oob_channels")
    kind = "otp" if expected == "otp" else "oob"
    if not isinstance(kinds, list) or not kinds:
        return
    if kinds[0] != kind:
        yield "$.authenticator_types", f"[{kind!r}] for {expected}", _names(kinds)
    elif expected != "otp" and isinstance(channels, list) and channels[:1] != [CHANNEL[expected]]:
        yield "$.oob_channels", f"[{CHANNEL[expected]!r}] for {expected}", _names(channels)


def _names(value: Json) -> str:
    known = {"otp", "oob", "push", *CHANNEL, *CHANNEL.values()}
    if not isinstance(value, list):
        return described(value)
    return repr([v if isinstance(v, str) and v in known else "..." for v in value])


def address(c: Context) -> Iterator[Found]:
    """MFA116: the address is the caller's."""
    if c.seen.operation not in ("associate", "me-create-method") or not c.about:
        return
    for name in ("phone_number", "email"):
        expected, actual = c.asked.params.get(name), c.params.get(name)
        if expected is not None and actual != expected:
            yield f"$.{name}", f"the {name} that the caller gave", described(actual, expected)


def authenticator(c: Context) -> Iterator[Found]:
    """MFA117: the authenticator is the one that the caller named."""
    expected, actual = c.asked.authenticator_id, c.params.get("authenticator_id")
    if c.seen.operation == "challenge" and c.about and expected is not None and actual != expected:
        yield "$.authenticator_id", "the id that the caller named", described(actual, expected)


def challenge_type(c: Context) -> Iterator[Found]:
    """MFA118: the challenge type is the one that the caller named, or that the authenticator needs."""
    actual, expected = c.params.get("challenge_type"), c.asked.params.get("challenge_type")
    if c.seen.operation != "challenge" or not c.about:
        return
    if expected is not None and (not isinstance(actual, str) or actual.split() != expected.split()):
        yield "$.challenge_type", f"{expected!r}, as the caller named", c.shown(actual, expected)
    elif expected is None and isinstance(actual, str) and actual and c.asked.authenticator_id:
        fits = "otp" if c.asked.authenticator_id.startswith("totp|") else "oob"
        if fits not in actual.split():
            yield "$.challenge_type", f"{fits!r}, as the named authenticator needs, or nothing", c.shown(actual)


def binding_code(c: Context) -> Iterator[Found]:
    """MFA119: there is a binding_code exactly if the caller passed one."""
    if c.seen.operation != "mfa-oob" or not c.about:
        return
    expected, actual = c.asked.params.get("binding_code"), c.params.get("binding_code")
    if expected is None and not absent(actual):
        yield "$.binding_code", "nothing: binding_method did not ask for a code", described(actual)
    elif expected is not None and absent(actual):
        yield "$.binding_code", "the code that the caller gave", "nothing"


def path_id(c: Context) -> Iterator[Found]:
    """MFA120: the id in the path is the caller's, percent-encoded once or raw."""
    template = OPERATIONS[c.seen.operation].path.split("/")
    place = next((place for place, part in enumerate(template) if part.startswith("{")), None)
    if place is None or not c.about or c.seen.path_is_wrong or c.seen.method_is_wrong:
        return
    sent = unquote(c.seen.request.path.partition("?")[0].split("/")[place])
    if sent != c.asked.authenticator_id:
        what = "encoded twice" if unquote(sent) == c.asked.authenticator_id else "another id"
        yield "path", "the id that the caller named, percent-encoded once or raw", what


_WORDS = frozenset({"none", "null", "undefined", "nil", "nan"})
_OPTIONAL = (
    *("audience", "scope", "email", "phone_number", "authenticator_id", "name", "preferred_authentication_method"),
)

_DEFAULTS = {"preferred_authentication_method": "sms"}
"""Parameter -> what a client may send by itself if the caller leaves it out."""


def ungiven(c: Context) -> Iterator[Found]:
    """MFA128: a parameter that the caller left out is not sent."""
    if not c.about:
        return
    for name in _OPTIONAL:
        actual = c.params.get(name)
        if not isinstance(actual, str) or not actual or _given(c, name) is not None:
            continue
        words = actual.split()
        if any(word.lower() in _WORDS for word in words):
            yield (
                f"$.{name}",
                "nothing: the caller gave none",
                f"the word {words[0][:9]!r}" if len(words) == 1 else "such a word",
            )
        elif name == "scope":
            kept = {word for earlier in c.asked.earlier.get(name, ()) for word in earlier.split()} - set(OIDC_SCOPES)
            if kept & set(words):
                yield f"$.{name}", "nothing: the caller gave none", "a scope of an earlier call"
        elif actual in c.asked.earlier.get(name, ()) and actual != _DEFAULTS.get(name):
            yield f"$.{name}", "nothing: the caller gave none", f"the {name} of an earlier call"


def _given(c: Context, name: str) -> str | None:
    return c.asked.authenticator_id if name == "authenticator_id" else c.asked.params.get(name)


def client(c: Context) -> Iterator[Found]:
    """MFA121: the application authenticates as it is registered."""
    if OPERATIONS[c.seen.operation].auth != "client" or not absent(c.params.get("client_assertion")):
        return
    named, secret = basic(c) or (None, None)
    sent, secrets = c.params.get("client_id"), [c.params.get("client_secret"), secret]
    others = [one for one in (sent or named, named or sent) if one != c.tenant.client_id]
    if others:
        yield "$.client_id", "the application's client_id", described(others[0])
    elif c.tenant.client_secret is None:
        if not all(absent(s) for s in secrets):
            yield "$.client_secret", "nothing: the application is public", described(next(s for s in secrets if s))
    elif c.tenant.client_secret not in secrets:
        given = next((s for s in secrets if not absent(s)), None)
        yield "$.client_secret", "the application's secret, in the body or a Basic header", described(given)


def login(c: Context) -> Iterator[Found]:
    """MFA125: username, password, audience and scope are the caller's."""
    operation = c.seen.operation
    if operation not in (*LOGINS, "passwordless-otp", "refresh-token") or not (c.about or c.asked.decides):
        return
    for name in ("username", "password", "audience") if operation in LOGINS else ("audience",):
        expected, actual = c.asked.params.get(name), c.params.get(name)
        if expected is not None and actual != expected:
            yield f"$.{name}", f"the {name} that the caller gave", described(actual, expected)
    expected, actual = c.asked.params.get("scope"), c.params.get("scope")
    if expected is not None and not set(expected.split()) <= set(str(actual or "").split()):
        lost = set(expected.split()) - set(str(actual or "").split())
        yield "$.scope", f"what the caller asked for: {expected}", f"no {' '.join(sorted(lost))}"


_PASSWORDLESS = {
    "passwordless-start": ("connection", "email", "phone_number", "send"),
    "passwordless-otp": ("realm", "username"),
}


def passwordless(c: Context) -> Iterator[Found]:
    """MFA132: connection and address are the caller's, and send=code asks for a code."""
    if not c.about:
        return
    for name in _PASSWORDLESS.get(c.seen.operation, ()):
        expected, actual = c.asked.params.get(name), c.params.get(name)
        if expected is not None and actual != expected:
            shown = repr(expected) if name in ("connection", "realm", "send") else f"the {name} that the caller gave"
            known = actual in ("email", "sms", "link", "code")
            yield f"$.{name}", shown, repr(actual) if known else described(actual, expected)
