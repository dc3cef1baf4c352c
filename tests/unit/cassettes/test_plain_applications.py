"""Plain test applications are recorded without being refused, hold no secret afterwards, and are replayed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from helpers.recordings import EMAIL, PASSWORD

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.cassettes.placeholders import DOMAIN, placeholder
from pytest_auth0_mfa.cassettes.session import CassetteSession
from pytest_auth0_mfa.transports.server import serve

_patch = pytest.importorskip("vcr.patch")
LIBRARIES = ["requests", "httpx", "httpx2"] if hasattr(_patch, "httpx2") else ["requests", "httpx"]
"""What the installed vcrpy records: before 8.2 it did not know httpx2."""
PHONE = "+4915112345678"
Send = Callable[..., Any]


@pytest.fixture(scope="module")
def served() -> Iterator[Tenant]:
    """A tenant behind HTTPS."""
    with serve(Tenant(seed=11)) as tenant:
        yield tenant


@contextmanager
def library(name: str, ca_file: str) -> Iterator[Send]:
    """A function of method, URL and keywords; its answer has ``status_code`` and ``text``."""
    module = pytest.importorskip(name)
    if name == "requests":
        with module.Session() as session:
            session.trust_env, session.verify = False, ca_file
            yield lambda method, url, content=None, **more: session.request(method, url, data=content, **more)
    else:
        import ssl

        with module.Client(verify=ssl.create_default_context(cafile=ca_file)) as client:
            yield client.request


def grant(values: dict[str, str]) -> dict[str, str]:
    """A login up to the second factor."""
    return {
        "grant_type": "password",
        "username": values["email"],
        "password": values["password"],
        "client_id": values["client_id"],
        "client_secret": values["client_secret"],
        "scope": "openid profile offline_access",
    }


def as_json(send: Send, url: str, values: dict[str, str]) -> Any:
    """The login as JSON."""
    return send("POST", f"{url}/oauth/token", json=grant(values))


def as_a_form(send: Send, url: str, values: dict[str, str]) -> Any:
    """The login as a form."""
    body = urlencode(grant(values))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return send("POST", f"{url}/oauth/token", content=body, headers=headers)


def as_fetch_sends_text(send: Send, url: str, values: dict[str, str]) -> Any:
    """A form as a string, which `fetch` labels as text; the tenant refuses it."""
    headers = {"Content-Type": "text/plain;charset=UTF-8"}
    return send("POST", f"{url}/oauth/token", content=urlencode(grant(values)), headers=headers)


def with_a_trailing_comma(send: Send, url: str, values: dict[str, str]) -> Any:
    """JSON that is none; the tenant refuses it."""
    body = json.dumps(grant(values))[:-1] + ",}"
    return send("POST", f"{url}/oauth/token", content=body, headers={"Content-Type": "application/json"})


def enrolls_a_phone(send: Send, url: str, values: dict[str, str]) -> Any:
    """A login, then a phone that gets a message."""
    token = json.loads(as_json(send, url, values).text)["mfa_token"]
    body = {"authenticator_types": ["oob"], "oob_channels": ["sms"], "phone_number": values["phone_number"]}
    return send("POST", f"{url}/mfa/associate", json=body, headers={"Authorization": f"Bearer {token}"})


def discovers(send: Send, url: str, values: dict[str, str]) -> Any:
    """What a library reads first."""
    send("GET", f"{url}/.well-known/openid-configuration")
    return send("GET", f"{url}/.well-known/jwks.json")


def is_refused(send: Send, url: str, values: dict[str, str]) -> Any:
    """A wrong password."""
    return send("POST", f"{url}/oauth/token", json={**grant(values), "password": "not-" + values["password"]})


APPLICATIONS = [as_json, as_a_form, as_fetch_sends_text, with_a_trailing_comma, enrolls_a_phone, discovers, is_refused]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("application", APPLICATIONS)
def test_a_plain_application_is_recorded_and_replayed(
    application: Callable[..., Any], name: str, served: Tenant, tmp_path: Path
) -> None:
    """The file holds no secret, and at replay the application sees the same status."""
    from pytest_auth0_mfa.cassettes.recorder import running

    served.reset()
    user = served.add_user(EMAIL, PASSWORD, phone_number=PHONE)
    values = {"email": EMAIL, "password": PASSWORD, "phone_number": PHONE}
    values |= {"client_id": served.client_id, "client_secret": str(served.client_secret)}
    path = tmp_path / "recorded.yaml"
    host = urlsplit(served.url).netloc
    with library(name, str(served.ca_file)) as send:
        recording = CassetteSession(path, "rewrite", domains=(host,))
        recording.placeholders.domain(host)
        kinds = {"email": "email", "password": "password", "phone_number": "phone_number"}
        kinds |= {"client_id": "client_id", "client_secret": "client_secret"}
        for field, kind in kinds.items():
            recording.placeholders.put(kind, values[field], 1)
        with running(recording):
            status = application(send, served.url, values).status_code
        assert recording.save()
        text = path.read_text(encoding="utf-8")
        assert [
            one for one in (EMAIL, PASSWORD, PHONE, PHONE[1:], values["client_secret"], user.id) if one in text
        ] == []
        with running(CassetteSession(path, "none")):
            stand_ins = {field: placeholder(kind, 1) for field, kind in kinds.items()}
            assert application(send, f"https://{DOMAIN}", stand_ins).status_code == status
