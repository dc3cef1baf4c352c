"""Valid documents for each parser, from which fuzzing starts."""
# ruff: noqa: E501 - documents, one line each

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from helpers.recordings import flow, scrubbed
from helpers.report_results import broken, result

from pytest_auth0_mfa.app.control.routes import ROUTES
from pytest_auth0_mfa.cassettes.document import save
from pytest_auth0_mfa.live.ledger import Ledger
from pytest_auth0_mfa.report import store
from pytest_auth0_mfa.spec.operations import MANAGEMENT, OPERATIONS
from pytest_auth0_mfa.spec.profile import Profile
from pytest_auth0_mfa.spec.schemas import schemas


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


HTTP = (
    b"\x00GET /userinfo?a=b HTTP/1.1\r\nHost: localhost:1\r\nAuthorization: Bearer x\r\n\r\n",
    b"\x07POST /oauth/token HTTP/1.1\r\nHost: localhost:1\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.0\r\nhost:x\r\n\r\n",
    b"\x01POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
    b"\x10POST https://x/y HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
)

_CALLS = [row for row in OPERATIONS.values() if row.takes]
_EXAMPLES = [(number, schemas()[f"{row.id}.request"]["examples"][0]) for number, row in enumerate(_CALLS)]
BODIES = (
    *(bytes([number, 0]) + _json({**example, "mfa_token": "MFA_TOKEN"}) for number, example in _EXAMPLES),
    b"\x00\x01grant_type=password&username=ada%40example.com&password=pw&client_id=app&client_secret=not-a-real-secret",
    b"\x00\x00"
    + _json({"client_assertion": "a.b.c", "client_assertion_type": "x", "grant_type": "client_credentials"}),
)

HEADERS = (
    b"Bearer Fe26.2*SERVER*a\napplication/json; charset=utf-8\nemail%7Cdev_x\n{}",
    b"Basic YXBwOm5vdC1hLXJlYWwtc2VjcmV0\napplication/x-www-form-urlencoded\ntotp|dev_x?a=b\ngrant_type=password",
)


_USERS: list[Any] = [
    {"email": "grace@example.com", "mfa_factors": [{"totp": {"secret": "JBSWY3DP"}}, {"phone": {"value": "+15550100"}}]}
]
_PART = b"--x\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n"
_FORM = (
    _PART % (b'"users"; filename="users.json"', _json(_USERS)) + _PART % (b'"connection_id"', b"con_1") + b"--x--\r\n"
)
_MANAGED: dict[str, tuple[bytes, bytes]] = {
    "management-list-users": (b"page=0&per_page=5&q=email:%22ada@example.com%22&fields=email&sort=email:1", b""),
    "management-create-user": (b"", _json({"email": "g@example.com", "password": "pw", "connection": "x"})),
    "management-update-user": (b"auth0%7C1", _json({"blocked": True, "user_metadata": {"a": [1]}})),
    "management-import-users": (b"", _FORM),
    "management-create-method": (b"auth0%7C1", _json({"type": "totp", "totp_secret": "JBSWY3DP", "name": "x"})),
    "management-replace-methods": (b"auth0%7C1", _json([{"type": "phone", "phone_number": "+15550100"}])),
    "management-set-message-types": (b"", _json({"message_types": ["sms", "voice"]})),
    "management-set-factor": (b"otp", _json({"enabled": False})),
    "management-set-policies": (b"", _json(["all-applications"])),
    "management-create-ticket": (b"", _json({"user_id": "auth0|1", "send_mail": False})),
}
MANAGEMENT_CALLS = tuple(
    bytes([place]) + line + b"\n" + body
    for place, row in enumerate(MANAGEMENT)
    for line, body in [_MANAGED.get(row, (b"auth0%7C1 email%7Cdev_x", b""))]
)

_CONTROLLED: dict[str, tuple[bytes, bytes]] = {
    "POST users": (b"", _json({"email": "g@example.com", "authenticators": ["otp", {"factor": "email"}]})),
    "POST users/import": (b"", _json(_USERS)),
    "PATCH users/{user}": (b"ada@example.com", _json({"blocked": True, "email_verified": True})),
    "POST users/{user}/authenticators": (b"auth0%7C1", _json({"factor": "sms", "phone_number": "+15550100"})),
    "POST users/{user}/refresh-tokens": (b"auth0%7C1", _json({"scope": "openid", "audience": "https://api.example/"})),
    "POST applications": (b"", _json({"client_id": "other", "grant_types": ["password"], "public_keys": ["x"]})),
    "GET outbox": (b"user=ada@example.com&channel=email&after=0", b""),
    "GET calls": (b"operation=challenge&after=0&limit=5&full=true", b""),
    "POST clock/advance": (b"", _json({"seconds": 30.5})),
    "POST clock/freeze": (b"", _json({"at": 1700000000})),
    "POST faults/fail-next": (b"", _json({"operation": "jwks", "status": 503, "headers": {"a": "b"}, "body": {}})),
    "POST faults/delay-next": (b"", _json({"operation": "jwks", "seconds": 1, "times": 2})),
    "POST faults/drop-next": (b"", _json({"operation": "jwks", "after_half": True})),
    "PUT factors": (b"", _json(["otp", "email"])),
    "PUT policy": (b"", _json({"policy": "never"})),
    "PATCH profile": (b"", _json({"totp_window": 2})),
    "PUT profile": (b"", _json({"wrong_codes": "5/60"})),
    "POST push/approve-after": (b"", _json({"polls": 2, "user": "ada@example.com"})),
    "POST outbox/fail-next": (b"", _json({"channel": "email", "times": 2})),
}
CONTROL_CALLS = tuple(
    bytes([place]) + line + b"\n" + body
    for place, row in enumerate(ROUTES)
    for line, body in [_CONTROLLED.get(f"{row.method} {row.path}", (b"auth0%7C1 email%7Cdev_x", _json({"user": "x"})))]
)

CONFIGS = (
    _json(
        {
            "applications": [{"client_id": "app", "client_secret": "s", "grant_types": ["password"]}],
            "users": [
                {
                    "email": "ada@example.com", "password": "pw", "email_verified": True, "mfa": None,
                    "authenticators": ["otp", {"factor": "sms", "phone_number": "+15550101", "active": False}],
                    "refresh_tokens": ["t", {"token": "u", "scope": "openid", "audience": "https://api.example/"}],
                }
            ],
            "factors": ["otp", "sms", "email"], "policy": "all-applications", "fixed_code": "123456",
            "profile": {"mfa_required": "401 mfa_required"}, "push": {"approve_after_polls": 2},
        }
    ),
    b"{}",
)  # fmt: skip
PROFILES = (
    Profile().dumps().encode(),
    b'totp_window = 2\nmfa_required = "401 mfa_required"\n[measured]\nat = 2026-01-02T03:04:05Z\n',
)
BASELINES = (
    b'[[accepted]]\nfinding = "MFA101"\nreason = "known"\nclient = "TestMine"\noperation = "challenge"\nfield = "$[*].id"\n',
)
REPORTS = (store.dumps(result()).encode(), store.dumps(broken()).encode())
SETTINGS = (
    b"\x00300/m", b"\x01[::1]:1025", b"\x02imaps://u:p@localhost:993/INBOX", b'\x02command:["a","b"]',
    b"\x02maildev+http://localhost:1080", b"\x02control:https://localhost:1", b'\x03command:["a"]',
    b"\x03control:https://localhost:1", b"\x04otp, sms,email", b"\x0542", b"\x06100", b"\x07localhost:8443",
    b"\x08012345", b"\x09never", b'\x0a[{"email": "a@b.c", "password": "pw", "phone_number": "+1"}]',
    b"\x0bqa@example.com", b"\x0cemail=100,sms=5", b"\x0d60.5",
)  # fmt: skip


def _made() -> tuple[bytes, bytes, bytes]:
    """A cassette of this package, one of vcrpy and a ledger."""
    with tempfile.TemporaryDirectory() as folder:
        cassette = Path(folder, "cassette.yaml")
        save(cassette, scrubbed(flow("otp")))
        text = cassette.read_bytes()
        book = Ledger(Path(folder, "ledger.jsonl"))
        book.end(book.begin_user("shop.eu.auth0.com", "auth0-mfa-contract-1@example.com"))
        book.begin_authenticator("shop.eu.auth0.com", "ada@example.com", "otp", ["totp|dev_1"])
        return text, b"version: 1\ninteractions:\n" + text.partition(b"interactions:\n")[2], book.path.read_bytes()


_CASSETTE, _FOREIGN, _LEDGER = _made()
CASSETTES = (_CASSETTE,)
LEDGERS = (_LEDGER,)
_HAR_REQUEST = {
    "method": "POST", "url": "https://acme.eu.auth0.com/mfa/challenge", "headers": [{"name": "a", "value": "b"}],
    "postData": {"mimeType": "application/json", "text": '{"mfa_token": "x", "client_id": "y"}'},
}  # fmt: skip
_HAR_ANSWER = {
    "status": 200, "statusText": "OK", "headers": [{"name": "content-type", "value": "application/json"}],
    "content": {"text": '{"challenge_type": "otp"}', "encoding": ""},
}  # fmt: skip
_ENTRY = {"startedDateTime": "2026-01-02T03:04:05Z", "request": _HAR_REQUEST, "response": _HAR_ANSWER}
FOREIGN_CASSETTES = (_FOREIGN, _json({"log": {"entries": [_ENTRY]}}))
