"""Every parser as a function of bytes. It may only give a result or a readable refusal."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from helpers.tenant_client import FACTORS, START, TenantClient

from pytest_auth0_mfa import Request, Tenant
from pytest_auth0_mfa.app.control.routes import ROUTES
from pytest_auth0_mfa.cassettes import importing, reading
from pytest_auth0_mfa.cli import tenant_file as config
from pytest_auth0_mfa.contract.client.run import Baseline
from pytest_auth0_mfa.errors import ConfigurationError, LeakError, RecordingError
from pytest_auth0_mfa.live import settings as live_settings
from pytest_auth0_mfa.live.ledger import Ledger, LedgerError
from pytest_auth0_mfa.live.people.codes import from_url as source_from_url
from pytest_auth0_mfa.live.people.push import from_url as approver_from_url
from pytest_auth0_mfa.messages import Response
from pytest_auth0_mfa.plugin import settings
from pytest_auth0_mfa.report import store
from pytest_auth0_mfa.report.comparison import compare_results
from pytest_auth0_mfa.spec.operations import JSON_TYPE, MANAGEMENT, MANAGEMENT_SCOPES, OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.tenant.limits import Rate
from pytest_auth0_mfa.tenant.tokens import new_access_token
from pytest_auth0_mfa.transports import smtp
from pytest_auth0_mfa.transports.http1 import Reader, RefusedUnread

from . import seeds

Parse = Callable[[bytes], None]
SHOWN = frozenset("\n\t")
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Target:
    """A parser. ``seeds`` are valid documents."""

    name: str
    parse: Parse
    seeds: tuple[bytes, ...]


TARGETS: dict[str, Target] = {}


def _target(*valid: bytes) -> Callable[[Parse], Parse]:
    def register(parse: Parse) -> Parse:
        name = parse.__name__.strip("_").replace("_", "-")
        TARGETS[name] = Target(name, parse, valid)
        return parse

    return register


def readable(error: BaseException, given: bytes = b"") -> None:
    """Check that a message is neither empty nor too long and has no control characters. It may repeat ``given``."""
    text = str(error)
    said = f"{type(error).__name__} of {len(text)} characters: {text[:200]!r}"
    assert 10 < len(text) < LONGEST + 8 * len(given), said
    assert all(char.isprintable() or char in SHOWN for char in text), said
    assert "Traceback" not in text


def _refuses(data: bytes, call: Callable[[], object], *kinds: type[BaseException]) -> None:
    try:
        call()
    except kinds as error:
        readable(error, data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="auth0-mfa-fuzzing-")  # removed when the process ends


def _file(name: str, data: bytes) -> Path:
    file = Path(_folder().name, name)
    file.write_bytes(data)
    return file


# -- HTTP and the bodies of calls ----------------------------------------------------------------


@_target(*seeds.HTTP)
def http1(data: bytes) -> None:
    """The server's parser, fed in pieces; the first byte is their size."""
    size, left = (data[0] % 64 or 100_000) if data else 1, data[1:]

    def receive(_: int) -> bytes:
        nonlocal left
        piece, left = left[:size], left[size:]
        return piece

    reader = Reader(receive)
    try:
        while True:
            arrived = reader.arrived()
            if arrived is False:
                if not reader.fill():
                    return
                continue
            if arrived is True:
                head = reader.head()
                body = reader.body(head)
            else:
                head, body = arrived
            request = head.with_body(body)
            assert request.method
            assert request.path
    except RefusedUnread as refused:
        _is_an_answer(refused, data)
    except (EOFError, ConnectionResetError):
        pass


def _is_an_answer(refused: RefusedUnread, data: bytes) -> None:
    assert 400 <= refused.response.status < 500
    readable(refused, data)


_CALLS = [row for row in OPERATIONS.values() if row.takes]
_LABELS = (JSON_TYPE, "application/x-www-form-urlencoded", "", "application/x+json", "multipart/form-data; boundary=x")


@_target(*seeds.BODIES)
def bodies(data: bytes) -> None:
    """The bodies of all operations with one. The first two bytes choose the operation and the content type."""
    number, label = (*data[:2], 0, 0)[:2]
    row = _CALLS[number % len(_CALLS)]
    api = _api()
    token = api.mfa_token(api.tenant.users["auth0|1"])
    headers = {"content-type": _LABELS[label % len(_LABELS)], "authorization": f"Bearer {token}"}
    response = api.handle(Request("POST", row.path, headers, data[2:].replace(b"MFA_TOKEN", token.encode())))
    assert response.status < 500
    api.tenant.calls.clear()
    api.tenant.outbox.clear()


@cache
def _api() -> TenantClient:
    api = TenantClient(factors=FACTORS, client_id="app", client_secret="not-a-real-secret")
    _populate(api.tenant)
    return api


def _populate(tenant: Tenant) -> Tenant:
    user = tenant.add_user("ada@example.com", "pw", user_id="auth0|1", phone_number="+15550101234")
    for factor in ("otp", "email", "push"):
        user.enroll(factor)
    return tenant


@_target(*seeds.HEADERS)
def headers(data: bytes) -> None:
    """Authorization, content type and path of all operations, each on a line, then the body."""
    lines = [line.decode("latin-1") for line in data.split(b"\n", 3)]
    authorization, label, target, body = [*lines, "", "", "", ""][:4]
    api = _api()
    sent = {"authorization": authorization, "content-type": label}
    for row in OPERATIONS.values():
        path = row.path.replace("{authenticator_id}", target) + (f"?{target}" if "{" not in row.path else "")
        assert api.handle(Request(row.method, path, sent, body.encode())).status < 500
    api.tenant.calls.clear()


@_target(*seeds.MANAGEMENT_CALLS)
def management(data: bytes) -> None:
    """The Management API. The first byte chooses the operation; a line for the path follows, then the body."""
    tenant = _populate(Tenant(seed=1))
    row = list(MANAGEMENT.values())[(data[:1] or b"\0")[0] % len(MANAGEMENT)]
    line, _, body = data[1:].partition(b"\n")
    token = new_access_token(
        tenant, None, tenant.applications[tenant.client_id], MANAGEMENT_SCOPES, tenant.management_audience, 600
    )
    label = "multipart/form-data; boundary=x" if row.id.endswith("import-users") else JSON_TYPE
    path = _filled(row.path, line.decode("latin-1"))
    sent = {"authorization": f"Bearer {token}", "content-type": label}
    response = _answer(tenant, Request(row.method, path, sent, body))
    assert response.status < 500
    if response.status >= 400:
        assert response.json()["statusCode"] == response.status


@_target(*seeds.CONTROL_CALLS)
def control(data: bytes) -> None:
    """The control plane and the sandbox's import. The first byte chooses the route; the rest is as in
    `management`."""
    tenant = _populate(Tenant(seed=1))
    tenant.control_token = "token"
    route = ROUTES[(data[:1] or b"\0")[0] % len(ROUTES)]
    line, _, body = data[1:].partition(b"\n")
    path = "/_auth0_mfa/" + _filled(route.path, line.decode("latin-1"))
    response = _answer(tenant, Request(route.method, path, {"authorization": "Bearer token"}, body))
    assert response.status < 500
    if response.status >= 400:
        assert set(response.json()) == {"error", "message"}
        assert response.body.isascii()


def _filled(template: str, text: str) -> str:
    """A path whose parameters are filled with the words of a text, in order. The remaining words are the query."""
    pieces = iter(text.split(" "))
    path = "/".join(next(pieces, "x") if part.startswith("{") else part for part in template.split("/"))
    query = " ".join(pieces)
    return f"{path}?{query}" if query else path


def _answer(tenant: Tenant, request: Request) -> Response:
    from pytest_auth0_mfa import handler

    tenant.clock.freeze(START)
    return handler(tenant)(request)


# -- files ---------------------------------------------------------------------------------------


@_target(*seeds.CONFIGS)
def config_file(data: bytes) -> None:
    """``auth0-mfa serve --config``."""
    _refuses(data, lambda: config.load(_file("config.json", data)), ConfigurationError)


@_target(*seeds.PROFILES)
def profile(data: bytes) -> None:
    """``--auth0-mfa-profile``. A profile that was read can be written and read again."""

    def read() -> None:
        made = Profile.load(_file("profile.toml", data))
        assert Profile.loads(made.dumps()) == made

    _refuses(data, read, ConfigurationError)


@_target(*seeds.BASELINES)
def baseline(data: bytes) -> None:
    """The file of accepted findings."""
    _refuses(data, lambda: Baseline.load(_file("baseline.toml", data)), ConfigurationError)


@_target(*seeds.CASSETTES)
def cassette(data: bytes) -> None:
    """A cassette. The operations of one that loads are looked up too."""

    def read() -> None:
        for ask in reading.load(_file("cassette.yaml", data)).asks:
            assert ask.operation

    _refuses(data, read, ConfigurationError)


@_target(*seeds.FOREIGN_CASSETTES)
def cassette_import(data: bytes) -> None:
    """``auth0-mfa import``: cassettes of vcrpy and HAR files."""

    def read() -> None:
        importing.import_file(_file("foreign.yaml", data), Path(_folder().name, "imported.yaml"))

    _refuses(data, read, ConfigurationError, RecordingError, LeakError)


@_target(*seeds.LEDGERS)
def ledger(data: bytes) -> None:
    """The ledger of live runs, and its open entries."""

    def read() -> None:
        for entry in Ledger(_file("ledger.jsonl", data)).open_entries("shop.eu.auth0.com"):
            assert {type(entry.name), type(entry.user), type(entry.kind)} == {str}
            assert entry.at + 1 > entry.at - 1

    _refuses(data, read, LedgerError)


@_target(*seeds.REPORTS)
def report(data: bytes) -> None:
    """report.json. A report that was read can be written and read again, and does not differ from itself."""

    def read() -> None:
        text = _file("report.json", data)
        made = store.load(text)
        assert store.loads(store.dumps(made), "again") == made
        assert compare_results(made, made) == []

    _refuses(data, read, ConfigurationError)


# -- settings ------------------------------------------------------------------------------------


def _rate(text: str) -> object:
    return Rate.parse(text)


def _live(variable: str) -> Callable[[str], object]:
    return lambda text: live_settings.from_environment("shop.eu.auth0.com", {"AUTH0_CLIENT_ID": "app", variable: text})


_SETTINGS: tuple[Callable[[str], object], ...] = (
    _rate,
    smtp.address,
    source_from_url,
    approver_from_url,
    lambda text: settings.read("factors", text, "here", Path()),
    lambda text: settings.read("seed", text, "here", Path()),
    lambda text: settings.read("max_examples", text, "here", Path()),
    lambda text: Tenant(domain=text),
    lambda text: Tenant(fixed_code=text),
    lambda text: Tenant(policy=text),  # type: ignore[arg-type]
    *map(_live, ("AUTH0_MFA_USERS", "AUTH0_MFA_USER_EMAIL", "AUTH0_MFA_BUDGET", "AUTH0_MFA_LIVE_WAIT")),
)


@_target(*seeds.SETTINGS)
def setting(data: bytes) -> None:
    """Values of options, ini entries and environment variables. The first byte chooses the setting."""
    read = _SETTINGS[(data[:1] or b"\0")[0] % len(_SETTINGS)]
    _refuses(data, lambda: read(_text(data[1:])), ConfigurationError, pytest.UsageError)
