"""No plant survives in a written cassette: not by scrubbing, not by import, not by recording live."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from helpers.plants import PLANTS, Plant
from helpers.recordings import DOMAIN

from pytest_auth0_mfa.cassettes.bodies import encoding_of, unpacked
from pytest_auth0_mfa.cassettes.importing import import_file
from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.leaks import leaks, secrets_of
from pytest_auth0_mfa.cassettes.placeholders import Placeholders
from pytest_auth0_mfa.cassettes.scrubbing import scrub
from pytest_auth0_mfa.cassettes.session import CassetteSession
from pytest_auth0_mfa.errors import CassetteError, RecordingError

pytest.importorskip("vcr")
REFUSED_BY_THE_CHECK = {
    "redirect: Ada.Lovelace%40analytical.corp": "an address that is escaped twice",
    "redirect: Ada.Lovelace at analytical.corp": "an address in words, escaped",
    "wide digits": "a code in the digits of another script",
    "unseen characters": "a password with something between its words",
}


def test_the_corpus_is_large() -> None:
    """It holds what it promises to hold."""
    assert len(PLANTS) >= 200


@pytest.mark.parametrize("name", PLANTS)
def test_scrubbing_leaves_nothing_and_the_check_agrees(name: str) -> None:
    """Scrubbing alone removes the plant, and the check has nothing to say but about what cannot be told apart."""
    plant = PLANTS[name]
    calls = [replace(one, request_body=unpacked(encoding_of(one.request_headers), one.request_body))
             for one in plant.calls]  # fmt: skip
    placeholders = Placeholders()
    placeholders.domain(DOMAIN)
    written = scrub(calls, placeholders)
    assert not plant.survives(" ".join(repr(getattr(one, part)) for one in written for part in one.__slots__))
    known = set(placeholders.secrets).union(*map(secrets_of, calls))
    assert bool(leaks(written, known)) == (name in REFUSED_BY_THE_CHECK)


def _text(body: bytes) -> Any:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body  # YAML has a type for it


def _vcr(plant: Plant) -> dict[str, Any]:
    return {
        "version": 1,
        "interactions": [
            {
                "request": {"method": one.method, "uri": one.url, "headers": one.request_headers,
                            "body": _text(one.request_body)},
                "response": {"status": {"code": one.status, "message": one.reason}, "headers": one.response_headers,
                             "body": {"string": _text(one.response_body)}},
            }
            for one in plant.calls
        ],
    }  # fmt: skip


def _har(plant: Plant) -> dict[str, Any]:
    def listed(fields: dict[str, list[str]]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, values in fields.items() for value in values]

    def entry(one: Interaction) -> dict[str, Any]:
        request: dict[str, Any] = {"method": one.method, "url": one.url, "headers": listed(one.request_headers)}
        request["postData"] = {"text": one.request_body.decode("latin-1")}
        content = {"text": base64.b64encode(one.response_body).decode(), "encoding": "base64"}
        response = {"status": one.status, "headers": listed(one.response_headers), "content": content}
        return {"startedDateTime": "2026-11-01T10:00:00Z", "request": request, "response": response}

    return {"log": {"entries": [entry(one) for one in plant.calls]}}


@pytest.mark.parametrize("kind", ["cassette", "HAR file"])
def test_no_plant_survives_an_import(kind: str, tmp_path: Path) -> None:
    """It is replaced, or nothing is written."""
    yaml = pytest.importorskip("yaml")
    survivors = []
    for name, plant in PLANTS.items():
        source, target = tmp_path / "source", tmp_path / "target.yaml"
        source.write_text(yaml.safe_dump(_vcr(plant)) if kind == "cassette" else json.dumps(_har(plant)))
        target.unlink(missing_ok=True)
        try:
            import_file(source, target)
        except (CassetteError, RecordingError):
            assert not target.exists()
            continue
        if plant.survives(target.read_text(encoding="utf-8")):
            survivors.append(name)
    assert survivors == []


# -- live --------------------------------------------------------------------------------------


@contextmanager
def tenant_that_answers() -> Iterator[tuple[str, list[Interaction]]]:
    """A base URL, and the answers to give next."""
    due: list[Interaction] = []

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            one = due.pop(0)
            self.send_response(one.status)
            for name, values in one.response_headers.items():
                for value in values:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(one.response_body)))
            self.end_headers()
            self.wfile.write(one.response_body)

        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", due
        finally:
            server.shutdown()
            thread.join()


Send = Callable[[str, bytes, dict[str, str]], object]


@contextmanager
def with_requests() -> Iterator[Send]:
    """The library requests."""
    import requests

    with requests.Session() as session:
        yield lambda url, body, headers: session.post(url, data=body, headers=headers, allow_redirects=False).content


@contextmanager
def with_httpx() -> Iterator[Send]:
    """The library httpx."""
    httpx = pytest.importorskip("httpx")
    with httpx.Client() as client:
        yield lambda url, body, headers: client.post(url, content=body, headers=headers).content


@contextmanager
def with_httpx2() -> Iterator[Send]:
    """The library httpx2."""
    httpx2 = pytest.importorskip("httpx2")
    with httpx2.Client() as client:
        yield lambda url, body, headers: client.post(url, content=body, headers=headers).content


@contextmanager
def with_aiohttp() -> Iterator[Send]:
    """The library aiohttp, a loop for each call."""
    aiohttp = pytest.importorskip("aiohttp")

    async def send(url: str, body: bytes, headers: dict[str, str]) -> object:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return await answer.read()

    yield lambda url, body, headers: asyncio.run(send(url, body, headers))


@pytest.mark.slow  # a recording for each plant
@pytest.mark.parametrize("client", [with_requests, with_aiohttp])
def test_no_plant_survives_a_recording(client: Callable[[], Any], tmp_path: Path) -> None:
    """Whichever library carries it."""
    _recorded_with(client, list(PLANTS), tmp_path)


@pytest.mark.parametrize("step", [pytest.param(8, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("client", [with_httpx, with_httpx2])
def test_no_plant_survives_a_recording_with_slower_libraries(
    client: Callable[[], Any], step: int, tmp_path: Path
) -> None:
    """An eighth of the corpus in every run, the whole of it by night."""
    _recorded_with(client, list(PLANTS)[::step], tmp_path)


def _recorded_with(client: Callable[[], Any], names: list[str], tmp_path: Path) -> None:
    from pytest_auth0_mfa.cassettes.recorder import running

    survivors, written = [], 0
    with tenant_that_answers() as (base, due), client() as send:
        for name in names:
            plant, path = PLANTS[name], tmp_path / "recorded.yaml"
            path.unlink(missing_ok=True)
            session = CassetteSession(path, "rewrite", domains=(urlsplit(base).netloc,))
            session.placeholders.domain(urlsplit(base).netloc)
            session.placeholders.domain(DOMAIN)
            due[:] = plant.calls
            with running(session):
                for one in plant.calls:
                    parts = urlsplit(one.url)
                    target = f"{base}{parts.path}{'?' + parts.query if parts.query else ''}"
                    send(target, one.request_body, {n: v[0] for n, v in one.request_headers.items()})
            assert len(session.raw) == len(plant.calls), name
            try:
                session.save()
            except RecordingError:
                assert not path.exists()
                continue
            written += 1
            if plant.survives(path.read_text(encoding="utf-8")):
                survivors.append(name)
    assert survivors == []
    assert written > len(names) * 0.9
