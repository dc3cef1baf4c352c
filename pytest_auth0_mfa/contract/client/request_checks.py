"""What is held against each request of a client: one table, first fault first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, unquote, unquote_plus

from pytest_auth0_mfa.messages import Json
from pytest_auth0_mfa.operations import FORM_TYPE, GRANTS, JSON_TYPE, OPERATIONS
from pytest_auth0_mfa.tenant import Tenant
from pytest_auth0_mfa.tenant.authenticators import CHANNEL
from pytest_auth0_mfa.tenant.directory import User
from pytest_auth0_mfa.validation import schemas

from .asked import CODES, LOGINS, Asked, Fault
from .watch import Seen

Found = tuple[str, str, str]
"""Field, expected, got."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request, what the caller asked for, and the tenant that knows whose token is whose."""

    seen: Seen
    asked: Asked
    tenant: Tenant

    @property
    def params(self) -> dict[str, Json]:
        """The parameters of the body."""
        return self.seen.body.params

    @property
    def about(self) -> bool:
        """Whether the request is what the caller asked for, and not one that the client adds."""
        return self.seen.operation in self.asked.operations and not self.asked.decides

    def owner(self, token: Json) -> User | None:
        """The user a token belongs to."""
        if not isinstance(token, str):
            return None
        store = self.tenant.tokens
        for kept in (store.mfa.get(token), store.access.get(token), store.refresh.get(token)):
            if kept is not None:
                return kept.user
        challenge = self.tenant.challenges.get(token)
        return challenge.user if challenge is not None else None

    def label(self) -> str:
        """The media type, without parameters."""
        return self.seen.request.headers.get("content-type", "").partition(";")[0].strip().lower()

    def authorization(self) -> tuple[str, str]:
        """Scheme in lower case, and the rest."""
        scheme, _, rest = self.seen.request.headers.get("authorization", "").partition(" ")
        return scheme.lower(), rest.strip()


def absent(value: Json) -> bool:
    """Null and empty parameters count as left out: auth0-python sends them."""
    return value is None or value == ""


def described(value: Json, like: str | None = None) -> str:
    """A value as a message may show it: what it is, never the value itself."""
    if absent(value):
        return "nothing"
    if not isinstance(value, str):
        return f"a JSON {_JSON_NAMES.get(type(value), 'value')}"
    if like is not None and value.strip().lower() == like.lower():
        return "the same in another case, or with white space"
    return f"another string ({len(value)} characters)"


_JSON_NAMES = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}


# -- where and how -------------------------------------------------------------------------------


def secret_in_url(c: Context) -> Iterator[Found]:
    path, _, query = c.seen.request.path.partition("?")
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _SECRET_NAMES or c.owner(value) is not None or value in _given(c):
            yield "the URL", "no secret in it", f"the query parameter {name}"
    if any(c.owner(unquote(part)) is not None for part in path.split("/")):
        yield "the URL", "no secret in it", "a token in the path"


def _given(c: Context) -> set[str]:
    values = {v for n, v in c.asked.params.items() if v and n not in ("scope", "audience", "username")}
    return values | {c.tenant.client_secret or ""} - {""}


def path(c: Context) -> Iterator[Found]:
    if c.seen.path_is_wrong:
        row = OPERATIONS[c.seen.operation]
        yield "path", f"{row.method} {row.path}", f"{c.seen.request.method} {_shown_path(c)}"


def _shown_path(c: Context) -> str:
    return c.seen.request.path.partition("?")[0][:80]


def method(c: Context) -> Iterator[Found]:
    if c.seen.method_is_wrong:
        row = OPERATIONS[c.seen.operation]
        yield "method", f"{row.method} {row.path}", f"{c.seen.request.method} {_shown_path(c)}"


def content_type(c: Context) -> Iterator[Found]:
    row, kind, label = OPERATIONS[c.seen.operation], c.seen.body.kind, c.label()
    if kind not in ("json", "form") or _unlabelled_challenge(c):
        return
    due = JSON_TYPE if kind == "json" else FORM_TYPE
    if due not in row.takes and row.takes:
        yield "Content-Type", " or ".join(row.takes), f"a {kind} body"
    elif label != due and not (kind == "json" and label.endswith("+json")):
        yield "Content-Type", f"{due}, as the body is", label[:60] or "none"


def _unlabelled_challenge(c: Context) -> bool:
    return c.seen.operation == "challenge" and c.seen.body.kind == "json" and c.label() in ("", FORM_TYPE)


def unlabelled_challenge(c: Context) -> Iterator[Found]:
    if _unlabelled_challenge(c):
        yield "Content-Type", JSON_TYPE, c.label() or "none"


def unreadable(c: Context) -> Iterator[Found]:
    if c.seen.body.kind == "unreadable":
        yield "body", "a JSON object or a form", f"{len(c.seen.request.body)} bytes of something else"
    elif c.seen.body.kind == "none" and OPERATIONS[c.seen.operation].takes:
        yield "body", "a JSON object or a form", "no body"


def grant_type(c: Context) -> Iterator[Found]:
    due = OPERATIONS[c.seen.operation].grant_type
    got = c.params.get("grant_type")
    if due is None or got == due or not c.seen.body.params:
        return
    if isinstance(got, str) and got in GRANTS:
        return
    yield "$.grant_type", due, repr(got)[:80]


# -- names and types -----------------------------------------------------------------------------


def misnamed(c: Context) -> Iterator[Found]:
    known = _KNOWN.get(c.seen.operation, ())
    unknown = {_plain(name): name for name in c.params if name not in _ALL_KNOWN}
    for due in known:
        if not absent(c.params.get(due)) or not _wanted(c, due):
            continue
        near = _MISSPELT.get(due, "")
        if near in c.params:
            yield f"$.{near}", f"the parameter {due}", near
            continue
        for match in get_close_matches(_plain(due), unknown, n=1, cutoff=0.8):
            yield f"$.{unknown[match]}", f"the parameter {due}", unknown[match]


def _wanted(c: Context, name: str) -> bool:
    if name in ("authenticator_types", "grant_type", "mfa_token", "client_id"):
        return True
    if name == "oob_channels":
        return c.asked.factor not in (None, "otp")
    return c.asked.params.get(name) is not None


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower().rstrip("s")


_MISSPELT = {"authenticator_types": "authentication_types", "oob_channels": "oob_channel"}
_OF_TOKENS = ("grant_type", "client_id", "client_secret")
_KNOWN: Final = {
    "password": (*_OF_TOKENS, "username", "password", "audience", "scope"),
    "password-realm": (*_OF_TOKENS, "username", "password", "audience", "scope", "realm"),
    "refresh-token": (*_OF_TOKENS, "refresh_token"),
    "mfa-otp": (*_OF_TOKENS, "mfa_token", "otp"),
    "mfa-oob": (*_OF_TOKENS, "mfa_token", "oob_code", "binding_code"),
    "mfa-recovery-code": (*_OF_TOKENS, "mfa_token", "recovery_code"),
    "challenge": ("mfa_token", "client_id", "client_secret", "challenge_type", "authenticator_id"),
    "associate": ("authenticator_types", "oob_channels", "phone_number", "email"),
}
_ALL_KNOWN = {name for names in _KNOWN.values() for name in names}
_SECRET_NAMES = {
    "access_token", "binding_code", "client_assertion", "client_secret", "id_token", "mfa_token", "oob_code", "otp",
    "password", "recovery_code", "refresh_token", "token",
}  # fmt: skip
_LISTS = ("authenticator_types", "oob_channels")


def types(c: Context) -> Iterator[Found]:
    for name in _KNOWN.get(c.seen.operation, ()):
        value = c.params.get(name)
        if name in _LISTS:
            if name in c.params and value is not None and not _strings(value, name == "authenticator_types"):
                yield f"$.{name}", "a non-empty list of strings", _JSON_NAMES.get(type(value), "string")
        elif value is not None and not isinstance(value, str):
            yield f"$.{name}", "a string", f"a JSON {_JSON_NAMES.get(type(value), 'value')}"


def _strings(value: Json, non_empty: bool) -> bool:
    return isinstance(value, list) and (bool(value) or not non_empty) and all(isinstance(v, str) for v in value)


def missing(c: Context) -> Iterator[Found]:
    row = OPERATIONS[c.seen.operation]
    if not row.takes:
        return
    for name in _required(row.id):
        if absent(c.params.get(name)):
            yield f"$.{name}", "present", "missing"
    if c.asked.factor not in (None, "otp") and row.id == "associate" and absent(c.params.get("oob_channels")):
        yield "$.oob_channels", "present", "missing"


@cache
def _required(operation: str) -> tuple[str, ...]:
    return tuple(schemas()[f"{operation}.request"].get("required", ()))


def schema(c: Context) -> Iterator[Found]:
    row = OPERATIONS[c.seen.operation]
    if row.takes and c.params:
        body = {**dict(zip(("client_id", "client_secret"), basic(c) or (), strict=False)), **c.params}
        for fault in schemas().check_request(row.id, body):
            yield fault.partition(":")[0], f"what {row.id}.request.json says", fault


# -- tokens --------------------------------------------------------------------------------------


def bearer_missing(c: Context) -> Iterator[Found]:
    if OPERATIONS[c.seen.operation].auth != "bearer":
        return
    scheme, token = c.authorization()
    if scheme != "bearer" or not token:
        yield "Authorization", "Bearer and the token", f"{scheme.capitalize()} and something" if scheme else "nothing"


def foreign_token(c: Context) -> Iterator[Found]:
    tokens = {f"$.{name}": c.params.get(name) for name in ("mfa_token", "oob_code", "refresh_token")}
    if OPERATIONS[c.seen.operation].auth == "bearer":
        tokens["Authorization"] = c.authorization()[1]
    for where, token in tokens.items():
        owner = c.owner(token)
        if owner is not None and c.asked.user is not None and owner is not c.asked.user:
            yield where, "the token of the user it is about", "a token of another user"


def bearer_changed(c: Context) -> Iterator[Found]:
    if OPERATIONS[c.seen.operation].auth != "bearer":
        return
    token = c.authorization()[1]
    if c.asked.decides:
        if c.owner(token) is None:
            yield "Authorization", "a token of the tenant's", described(token)
    elif c.about and token != c.asked.bearer:
        yield "Authorization", "Bearer and the token that the caller gave", described(token, c.asked.bearer)


def token_changed(c: Context) -> Iterator[Found]:
    for name in ("mfa_token", "oob_code", "refresh_token"):
        got = c.params.get(name)
        if absent(got):
            continue
        due = c.asked.params.get(name)
        if c.about and due is not None and got != due:
            older = "one of an earlier call" if c.owner(got) is not None else described(got, due)
            yield f"$.{name}", f"the {name} that the caller gave", older
        elif c.asked.decides and c.owner(got) is None:
            yield f"$.{name}", f"the {name} that the tenant answered", described(got)


# -- what the caller gave ------------------------------------------------------------------------


def code_changed(c: Context) -> Iterator[Found]:
    name = CODES.get(c.seen.operation)
    got = c.params.get(name) if name else None
    if name is None or absent(got):
        return
    if c.asked.decides:
        if c.asked.typed is not None and got not in c.asked.typed:
            yield f"$.{name}", "a code that the person typed, as a string", described(got)
        return
    due = c.asked.params.get(name)
    if c.about and due is not None and got != due:
        shape = f"the code that the caller gave: a string of {len(due)} characters"
        yield f"$.{name}", shape, described(got, due)


def factor(c: Context) -> Iterator[Found]:
    due = c.asked.factor
    if c.seen.operation != "associate" or due is None:
        return
    kinds, channels = c.params.get("authenticator_types"), c.params.get("oob_channels")
    kind = "otp" if due == "otp" else "oob"
    if not isinstance(kinds, list) or not kinds:
        return
    if kinds[0] != kind:
        yield "$.authenticator_types", f"[{kind!r}] for {due}", _names(kinds)
    elif due != "otp" and isinstance(channels, list) and channels[:1] != [CHANNEL[due]]:
        yield "$.oob_channels", f"[{CHANNEL[due]!r}] for {due}", _names(channels)


def _names(value: Json) -> str:
    known = {"otp", "oob", "push", *CHANNEL, *CHANNEL.values()}
    return repr([v if v in known else "..." for v in value]) if isinstance(value, list) else described(value)


def address(c: Context) -> Iterator[Found]:
    if c.seen.operation != "associate" or not c.about:
        return
    for name in ("phone_number", "email"):
        due, got = c.asked.params.get(name), c.params.get(name)
        if due is not None and got != due:
            yield f"$.{name}", f"the {name} that the caller gave", described(got, due)


def authenticator(c: Context) -> Iterator[Found]:
    due, got = c.asked.authenticator_id, c.params.get("authenticator_id")
    if c.seen.operation == "challenge" and c.about and due is not None and got != due:
        yield "$.authenticator_id", "the id that the caller named", described(got, due)


def challenge_type(c: Context) -> Iterator[Found]:
    got, due = c.params.get("challenge_type"), c.asked.params.get("challenge_type")
    if c.seen.operation != "challenge" or not c.about:
        return
    if due is not None and (not isinstance(got, str) or got.split() != due.split()):
        yield "$.challenge_type", f"{due!r}, as the caller named", repr(got)[:30]
    elif due is None and isinstance(got, str) and got and c.asked.authenticator_id:
        fits = "otp" if c.asked.authenticator_id.startswith("totp|") else "oob"
        if fits not in got.split():
            yield "$.challenge_type", f"{fits!r}, as the named authenticator needs, or nothing", repr(got)[:30]


def binding_code(c: Context) -> Iterator[Found]:
    if c.seen.operation != "mfa-oob" or not c.about:
        return
    due, got = c.asked.params.get("binding_code"), c.params.get("binding_code")
    if due is None and not absent(got):
        yield "$.binding_code", "nothing: binding_method did not ask for a code", described(got)
    elif due is not None and absent(got):
        yield "$.binding_code", "the code that the caller gave", "nothing"


def path_id(c: Context) -> Iterator[Found]:
    if c.seen.operation != "delete-authenticator" or not c.about or c.seen.path_is_wrong or c.seen.method_is_wrong:
        return
    last = c.seen.request.path.partition("?")[0].rpartition("/")[2]
    if unquote(last) != c.asked.authenticator_id:
        what = "encoded twice" if unquote(unquote(last)) == c.asked.authenticator_id else "another id"
        yield "path", "the id that the caller named, percent-encoded once or raw", what


def client(c: Context) -> Iterator[Found]:
    if OPERATIONS[c.seen.operation].auth != "client" or not absent(c.params.get("client_assertion")):
        return
    named, secret = basic(c) or (None, None)
    ids, secrets = (
        {c.params.get("client_id") or named, named or c.params.get("client_id")},
        [c.params.get("client_secret"), secret],
    )
    if ids != {c.tenant.client_id}:
        yield "$.client_id", "the application's client_id", described(next(iter(ids - {c.tenant.client_id})))
    elif c.tenant.client_secret is None:
        if not all(absent(s) for s in secrets):
            yield "$.client_secret", "nothing: the application is public", described(next(s for s in secrets if s))
    elif c.tenant.client_secret not in secrets:
        given = next((s for s in secrets if not absent(s)), None)
        yield "$.client_secret", "the application's secret, in the body or a Basic header", described(given)


def basic(c: Context) -> tuple[str, str] | None:
    """Id and secret of a Basic header."""
    scheme, rest = c.authorization()
    if scheme != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return unquote_plus(name), unquote_plus(secret)


def login(c: Context) -> Iterator[Found]:
    if c.seen.operation not in (*LOGINS, "refresh-token") or not (c.about or c.asked.decides):
        return
    for name in ("username", "password", "audience"):
        due, got = c.asked.params.get(name), c.params.get(name)
        if (
            due is not None
            and got != due
            and not (name in ("username", "password") and c.seen.operation == "refresh-token")
        ):
            yield f"$.{name}", f"the {name} that the caller gave", described(got, due)
    due, got = c.asked.params.get("scope"), c.params.get("scope")
    if due is not None and not set(due.split()) <= set(str(got or "").split()):
        lost = set(due.split()) - set(str(got or "").split())
        yield "$.scope", f"what the caller asked for: {due}", f"without {' '.join(sorted(lost))}"


CHECKS: Final[tuple[tuple[str, Callable[[Context], Iterator[Found]]], ...]] = (
    ("MFA122", secret_in_url),
    ("MFA101", path),
    ("MFA102", method),
    ("MFA103", content_type),
    ("MFA104", unlabelled_challenge),
    ("MFA105", unreadable),
    ("MFA109", grant_type),
    ("MFA107", misnamed),
    ("MFA113", bearer_missing),
    ("MFA112", foreign_token),
    ("MFA114", bearer_changed),
    ("MFA110", code_changed),
    ("MFA108", types),
    ("MFA111", token_changed),
    ("MFA115", factor),
    ("MFA116", address),
    ("MFA117", authenticator),
    ("MFA118", challenge_type),
    ("MFA119", binding_code),
    ("MFA120", path_id),
    ("MFA121", client),
    ("MFA125", login),
    ("MFA106", missing),
    ("MFA126", schema),
)
"""Finding and check, in the order in which a reader wants to know."""


def faults_of(context: Context) -> Iterator[Fault]:
    """Everything that is wrong with one request, most telling first."""
    for finding, check in CHECKS:
        for where, expected, got in check(context):
            yield Fault(finding, where, expected, got, context.seen.operation)
