"""The file of a cassette: written whole or not at all, and refused with file, line and path when it is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.recordings import NOW, flow, scrubbed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_auth0_mfa.cassettes import compare, compare_calls
from pytest_auth0_mfa.cassettes.comparison import compare_interactions
from pytest_auth0_mfa.cassettes.document import Document, save
from pytest_auth0_mfa.cassettes.reading import load
from pytest_auth0_mfa.errors import CassetteError, RecordingError

pytest.importorskip("yaml")


@pytest.fixture(scope="module")
def document() -> Document:
    """The otp flow as a cassette."""
    return scrubbed(flow("otp"))


@pytest.fixture
def file(tmp_path: Path, document: Document) -> Path:
    """Its file."""
    save(tmp_path / "c.yaml", document)
    return tmp_path / "c.yaml"


def test_what_is_saved_is_loaded(file: Path, document: Document) -> None:
    """Description and interactions come back as they were; times to the millisecond."""
    assert load(file) == document
    assert load(file).meta.age(NOW + 86400 * 2) == 2


def wrong(file: Path, old: str, new: str, count: int = 1) -> str:
    """The complaint about the file after an edit."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, count))
    with pytest.raises(CassetteError) as caught:
        load(file)
    return str(caught.value)


def line_of(file: Path, text: str, occurrence: int = 0) -> int:
    """The number of a line that has this text."""
    return [n for n, line in enumerate(file.read_text().splitlines(), start=1) if text in line][occurrence]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: [1", "not YAML that is safe to load"),
        ("version: 1", "version: !!python/object/apply:os.getcwd []", "not YAML that is safe to load"),
        ("format: 1", "format: 99", "auth0_mfa.format: expected 1"),
        ("  codes:", "  coodes:", "auth0_mfa.coodes: no such key. Did you mean 'codes'?"),
        ("interactions:", "calls:", "interactions: expected a list, found nothing"),
        ("method: POST", "method: 7", "interactions[0].request.method: expected text, found int"),
        ("code: 403", "code: 418", "interactions[0].response.body: does not keep to the schemas: status 418"),
        (
            "operation: password",
            "operation: jwks",
            "interactions[0].auth0_mfa.operation: 'jwks', but the request is password",
        ),
        ("/mfa/associate", "/mfa/asociate", "interactions[1]"),
        (
            '"error":"mfa_required"',
            '"erro":"mfa_required"',
            "interactions[0].response.body: does not keep to the schemas: $",
        ),
        ("totp_secrets:\n  - 1", "totp_secrets:\n  - a", "auth0_mfa.totp_secrets[0]: expected int, found str"),
    ],
)
def test_an_invalid_cassette_names_file_line_and_path(file: Path, old: str, new: str, said: str) -> None:
    """The complaint starts with FILE:LINE and has the path, and the JSON path inside a body."""
    text = wrong(file, old, new)
    assert re.match(rf"{re.escape(str(file))}:\d+: ", text), text
    assert said in text


def test_the_line_is_that_of_the_culprit(file: Path) -> None:
    """An answer's body that breaks its schema is named where the body stands."""
    text = wrong(file, '"secret":"PLACE', '"secret":"place')
    number = line_of(file, '"secret":"place')
    assert text.startswith(
        f"{file}:{number - 1}: interactions[1].response.body: does not keep to the schemas: $.secret: "
    )
    assert "place" not in text.partition("schemas:")[2]


def test_a_plain_cassette_is_not_played(file: Path) -> None:
    """A file without our description may be full of secrets: the message names the import."""
    text = file.read_text()
    file.write_text(text[text.index("interactions:") :])
    with pytest.raises(CassetteError, match="`auth0-mfa import FILE` makes one of ours of it"):
        load(file)


def test_what_would_not_load_is_not_written(tmp_path: Path, document: Document) -> None:
    """An interaction that breaks its schema fails the recording, and the file that was there stays."""
    target = tmp_path / "c.yaml"
    target.write_text("before")
    broken = replace(document.interactions[0], response_body=b'{"error":"mfa_required","mfa_token":1}')
    with pytest.raises(
        RecordingError, match=r"interactions\[0\].response does not keep to the schemas:\n    \$\.mfa_token: "
    ):
        save(target, Document(document.meta, [broken]))
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_a_disk_that_refuses_keeps_the_old_file(tmp_path: Path, document: Document) -> None:
    """The message says so in one sentence."""
    blocked = tmp_path / "a file"
    blocked.write_text("")
    with pytest.raises(RecordingError, match=r"c\.yaml was not written: .*\. Then record again\."):
        save(blocked / "c.yaml", document)


def test_a_refused_request_may_be_wrong(tmp_path: Path) -> None:
    """A test of bad input records: what the tenant refuses need not keep to the request's schema."""
    recording = flow("otp")
    recording.send("POST", "/mfa/challenge", {"challenge_type": 7})
    assert recording.raw[-1].status == 400
    save(tmp_path / "c.yaml", scrubbed(recording))
    assert len(load(tmp_path / "c.yaml").interactions) == 7


@settings(
    max_examples=60,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.integers(0, 4000),
    junk=st.sampled_from(["", "\x00", "{", "- [", "!!binary ", "&a *a", "'", "\t", "é", "null"]),
)
def test_no_damage_makes_a_traceback(file: Path, document: Document, at: int, junk: str) -> None:
    """Whatever stands in the file, it loads or is refused with a message."""
    save(file, document)
    text = file.read_text()
    file.write_text(text[:at] + junk + text[at + 7 :])
    complaint = str(file)
    try:
        load(file)
    except CassetteError as error:
        complaint = str(error)
    assert complaint.startswith(str(file))


# -- drift -------------------------------------------------------------------------------------


def test_a_recording_does_not_drift_from_itself(file: Path) -> None:
    """Two files of one tenant are alike, whatever their tokens."""
    assert compare(file, file) == []


def test_a_live_run_is_compared_too(file: Path) -> None:
    """What a run journalled is held against a recording: its values may differ, its shapes may not."""
    live = [(one.request, one.response) for one in flow("otp").raw]
    assert compare_calls(file, live) == []
    assert [one.level for one in compare_calls(file, live[:-1])] == ["warning"]


def test_drift_has_three_levels(document: Document) -> None:
    """Added: info; gone: warning; status, type or error changed: error."""
    old = document.interactions
    login = json.loads(old[0].response_body)
    changed = {**login, "mfa_requirements": {"challenge": []}, "error_description": "MFA"}
    first = replace(old[0], response_body=json.dumps(changed).encode())
    enrolled = json.loads(old[1].response_body)
    del enrolled["barcode_uri"]
    enrolled["recovery_codes"] = 5
    second = replace(old[1], response_body=json.dumps(enrolled).encode())
    third = replace(old[2], status=401, response_body=b'{"error":"other"}')
    found = compare_interactions(old, [first, second, third, *old[3:]])
    assert [tuple(one) for one in found] == [
        ("warning", "password 1 $.error_description", "'Multifactor authentication required' became 'MFA'"),
        ("info", "password 1 $.mfa_requirements", "added"),
        ("warning", "associate 1 $.barcode_uri", "gone"),
        ("error", "associate 1 $.recovery_codes", "an array became a number"),
        ("error", "mfa-otp 1", "status 200 became 401"),
        ("warning", "mfa-otp 1 $.access_token", "gone"),
        ("warning", "mfa-otp 1 $.id_token", "gone"),
        ("warning", "mfa-otp 1 $.refresh_token", "gone"),
        ("warning", "mfa-otp 1 $.expires_in", "gone"),
        ("warning", "mfa-otp 1 $.scope", "gone"),
        ("warning", "mfa-otp 1 $.token_type", "gone"),
        ("info", "mfa-otp 1 $.error", "added"),
    ]
    assert [tuple(one) for one in compare_interactions(old, old[:1])][-1][:2] == ("warning", "mfa-otp")
