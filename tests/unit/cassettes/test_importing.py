"""`auth0-mfa import`: plain vcrpy cassettes and HAR files become scrubbed cassettes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from helpers.recordings import DOMAIN, EMAIL, NOW, PASSWORD, Recording, flow

from pytest_auth0_mfa.cassettes.interactions import Interaction
from pytest_auth0_mfa.cassettes.reading import load
from pytest_auth0_mfa.cassettes.session import CassetteSession
from pytest_auth0_mfa.cli import main

yaml = pytest.importorskip("yaml")


def vcr_of(interactions: list[Interaction]) -> dict[str, Any]:
    """What plain vcrpy writes, with the Date header that a real tenant sends."""
    return {
        "version": 1,
        "interactions": [
            {
                "request": {
                    "method": one.method,
                    "uri": one.url,
                    "headers": one.request_headers,
                    "body": one.request_body.decode() or None,
                },
                "response": {
                    "status": {"code": one.status, "message": one.reason},
                    "headers": {
                        **one.response_headers,
                        "Date": [format_datetime(datetime.fromtimestamp(one.at, UTC), usegmt=True)],
                    },
                    "body": {"string": one.response_body.decode()},
                },
            }
            for one in interactions
        ],
    }


def har_of(interactions: list[Interaction]) -> dict[str, Any]:
    """What a browser or a proxy saves."""

    def listed(fields: dict[str, list[str]]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, values in fields.items() for value in values]

    return {
        "log": {
            "version": "1.2",
            "entries": [
                {
                    "startedDateTime": datetime.fromtimestamp(one.at, UTC).isoformat().replace("+00:00", "Z"),
                    "request": {
                        "method": one.method,
                        "url": one.url,
                        "headers": [{"name": ":authority", "value": DOMAIN}, *listed(one.request_headers)],
                        "postData": {"mimeType": "application/json", "text": one.request_body.decode()},
                    },
                    "response": {
                        "status": one.status,
                        "statusText": one.reason,
                        "headers": listed(one.response_headers),
                        "content": {"text": one.response_body.decode(), "mimeType": "application/json"},
                    },
                }
                for one in interactions
            ],
        }
    }


def other_call() -> Interaction:
    """A call that is none of this API."""
    return Interaction("GET", "https://cdn.invalid/app.js", {}, b"", 200, "OK", {}, b"var secret = 1", NOW)


@pytest.mark.parametrize("kind", ["vcr.yaml", "vcr.json", "har"])
@pytest.mark.parametrize("name", ["email", "otp", "push", "recovery", "passwordless"])
def test_a_plain_recording_is_scrubbed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    """Calls of this API are kept, others counted; no secret is left, codes are told, and it plays."""
    recording = flow(name)
    raw = [*recording.raw, other_call()]
    source = tmp_path / f"plain.{kind}"
    content = har_of(raw) if kind == "har" else vcr_of(raw)
    source.write_text(yaml.safe_dump(content) if kind == "vcr.yaml" else json.dumps(content))
    target = tmp_path / "ours.yaml"
    assert main(["import", str(source), "--output", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}: {len(recording.raw)} calls; 1 other left out\n"
    text = target.read_text()
    for secret in (EMAIL, PASSWORD, DOMAIN, recording.tenant.client_secret or "-", recording.tenant.client_id, "var"):
        assert secret not in text
    document = load(target)
    assert len(document.interactions) == len(recording.raw)
    sent = {"email": ["900001", "900002"], "recovery": ["900001"], "passwordless": ["900001"]}
    assert document.meta.codes == sent.get(name, [])
    assert document.meta.totp_secrets == ([1] if name in ("otp", "passwordless") else [])
    assert CassetteSession(target).interactions == len(recording.raw)


def imported(tmp_path: Path, content: str, *arguments: str) -> int:
    """The exit code of importing a file with this content."""
    source = tmp_path / "plain.yaml"
    source.write_text(content)
    return main(["import", str(source), *arguments])


def test_an_output_that_exists_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unless --force says so."""
    content = json.dumps(vcr_of(flow("otp").raw))
    target = tmp_path / "plain.scrubbed.yaml"
    target.write_text("mine")
    assert imported(tmp_path, content) == 2
    assert f"{target} exists. Name another with --output, or replace it: --force" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert imported(tmp_path, content, "--force") == 0


def test_of_several_tenants_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file with calls to two tenants needs --domain."""
    other = Recording()
    other.tenant.domain = "second.eu.auth0.com"
    other.send("GET", "/.well-known/jwks.json")
    content = json.dumps(vcr_of([*flow("otp").raw, *other.raw]))
    assert imported(tmp_path, content) == 2
    assert (
        f"calls of this API go to {DOMAIN}, second.eu.auth0.com; say which is meant: --domain"
        in capsys.readouterr().err
    )
    assert imported(tmp_path, content, "--domain", "second.eu.auth0.com") == 0
    assert len(load(tmp_path / "plain.scrubbed.yaml").interactions) == 1
    assert imported(tmp_path, content, "--domain", "third.auth0.com", "--force") == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("interactions: []", "no call of Auth0's MFA API is in it"),
        ("a: 1", "neither a cassette of vcrpy (`interactions`) nor a HAR file"),
        ("- 1", "neither a cassette of vcrpy"),
        ("{", "not JSON that can be read"),
        ("a: [", "plain.yaml:1: not YAML that is safe to load"),
        ("interactions:\n- !!python/object/apply:os.getcwd []", "plain.yaml:2: not YAML that is safe to load"),
        ("interactions:\n- request: {}\n", "a call in it cannot be read (KeyError)"),
        ('{"log": {"entries": [{}]}}', "a call in it cannot be read (KeyError)"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: str
) -> None:
    """Exit code 2, since nothing was done, and one sentence with the file."""
    assert imported(tmp_path, content) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"auth0-mfa import: {tmp_path / 'plain.yaml'}")
    assert said in error


def test_a_leak_stops_the_import(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written when something secret would be left."""
    monkeypatch.setattr(
        "pytest_auth0_mfa.cassettes.placeholders.Placeholders.get", lambda self, kind, raw, number=None: raw
    )
    assert imported(tmp_path, json.dumps(vcr_of(flow("otp").raw))) == 1
    assert "the recording was not written" in capsys.readouterr().err
    assert not (tmp_path / "plain.scrubbed.yaml").exists()


def test_tags_of_old_vcrpy_make_text(tmp_path: Path) -> None:
    """`!!python/unicode` is read as the text it is."""
    content = vcr_of(flow("otp").raw)
    text = yaml.safe_dump(content).replace("message: Refused", "message: !!python/unicode 'Refused'")
    assert imported(tmp_path, text) == 0
