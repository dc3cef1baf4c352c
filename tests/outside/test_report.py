"""Reports of whole runs: what is written, by whom, and when."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from helpers.forked_pytest import run_forked

from pytest_auth0_mfa.report import store
from pytest_auth0_mfa.report.words import rerun

pytest_plugins = ["pytester"]

BROKEN = """
from pytest_auth0_mfa import Response, Tenant, handler
from pytest_auth0_mfa.contract import TenantContract, fake_subject

class TestSpoilt(TenantContract):
    def make_subject(self):
        tenant = Tenant()
        good = handler(tenant)
        def bad(request):
            answer = good(request)
            if request.path == "/mfa/challenge" and answer.status == 200:
                return Response(200, answer.headers, answer.body.replace(b'"oob_code"', b'"oob_kode"'))
            return answer
        return fake_subject(tenant, handler=bad)
"""
RIGHT = """
from pytest_auth0_mfa.contract import TenantContract

class TestFake(TenantContract): ...
"""
SPOILS_THE_FAKE = """
from pytest_auth0_mfa import Response
from pytest_auth0_mfa.plugin import contract_session

made = contract_session.target_of

def target_of(request):
    subject = made(request)
    good = subject.handler
    def bad(request):
        answer = good(request)
        if request.path == "/mfa/challenge" and answer.status == 200:
            return Response(200, answer.headers, answer.body.replace(b'"oob_code"', b'"oob_kode"'))
        return answer
    subject.handler = bad
    return subject

contract_session.target_of = target_of
"""
FEW = ("-k", "email-challenge or email-enroll", "-p", "no:cacheprovider")


def run(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return run_forked(pytester, *FEW, *arguments)


def read(pytester: pytest.Pytester, folder: str = "auth0-mfa-report") -> Any:
    data = json.loads((pytester.path / folder / "report.json").read_text(encoding="utf-8"))
    assert store.first_problem(data) is None
    return data


def test_a_run_writes_what_it_is_asked_for(pytester: pytest.Pytester) -> None:
    """All formats with a folder alone, those that are named otherwise; the folder is made, and the end says where."""
    done = run(pytester, RIGHT, "--auth0-mfa-report-dir=out/reports")
    assert done.ret == 0
    assert sorted(os.listdir(pytester.path / "out/reports")) == ["report.html", "report.json", "report.md"]
    done.stdout.fnmatch_lines(["auth0-mfa: wrote *report.json, *report.md, *report.html"])
    done = run(pytester, RIGHT, "--auth0-mfa-report=md")
    assert os.listdir(pytester.path / "auth0-mfa-report") == ["report.md"]


def test_without_the_options_nothing_is_written(pytester: pytest.Pytester) -> None:
    """A run that nobody wants reports of leaves the folder clean."""
    run(pytester, RIGHT)
    assert not [path for path in pytester.path.rglob("report*") if "pycache" not in str(path)]


def test_a_format_that_does_not_exist_is_refused(pytester: pytest.Pytester) -> None:
    """The message names the closest format."""
    done = run(pytester, RIGHT, "--auth0-mfa-report=htm")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*no such format: 'htm'. Did you mean 'html'?*"])


def test_a_folder_that_cannot_be_written_fails_no_run(pytester: pytest.Pytester) -> None:
    """The end says why there is no report and what to do."""
    (pytester.path / "file").write_text("")
    done = run(pytester, RIGHT, "--auth0-mfa-report-dir=file/reports")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["auth0-mfa: *file/reports/report.json was not written: *. *--auth0-mfa-report-dir"])


def test_the_report_of_a_right_tenant(pytester: pytest.Pytester) -> None:
    """Flows, coverage and the shapes of answers are there, and the outcome."""
    run(pytester, RIGHT, "--auth0-mfa-report=json")
    data = read(pytester)
    assert (data["outcome"], data["exit_code"], data["findings"]) == ("all well", 0, [])
    flows = {flow["name"]: flow for flow in data["flows"]}
    assert flows["email-challenge"]["state"] == "kept"
    assert flows["email-challenge"]["title"].startswith("A later login is challenged")
    cell = next(c for c in data["coverage"] if (c["operation"], c["outcome"]) == ("password", "mfa_required"))
    assert cell["answers"] == ["403 mfa_required"]
    assert cell["fields"]["$.mfa_token"] == "string"


def test_the_report_of_a_broken_tenant(pytester: pytest.Pytester) -> None:
    """The finding stands once, with the flows that met it, its steps from the login on, and both reproducers."""
    done = run(pytester, BROKEN, "--auth0-mfa-report=json")
    assert done.ret == 1
    data = read(pytester)
    assert data["outcome"] == "violation"
    (found,) = data["findings"]
    assert (found["id"], found["operation"], found["field"]) == ("MFA003", "challenge", "$.oob_code")
    assert set(found["flows"]) == {"email-challenge", "email-challenge-by-default"}
    assert found["since"] == data["timing"]["started"]
    calls = [step for step in found["steps"] if step["kind"] == "call"]
    assert calls[0]["request"] == "POST /oauth/token"
    assert "${AUTH0_MFA_PASSWORD}" in calls[0]["body"]
    assert (calls[-1]["request"], calls[-1]["answer"]["status"]) == ("POST /mfa/challenge", 200)
    assert "oob_kode" in calls[-1]["answer"]["fields"]
    assert "curl" in found["curl"]
    assert "http.client" in found["python"]


def test_the_same_result_gives_the_same_report(pytester: pytest.Pytester) -> None:
    """Two runs differ in their timing only, also when the second one is spread over workers."""
    run(pytester, BROKEN, "--auth0-mfa-report=json", "--auth0-mfa-report-dir=one")
    run(pytester, BROKEN, "--auth0-mfa-report=json", "--auth0-mfa-report-dir=two", "-n", "2")
    one, two = read(pytester, "one"), read(pytester, "two")
    assert two["timing"].pop("workers") == 2
    for data in (one, two):
        del data["timing"]
        for found in data["findings"]:
            del found["since"]
    assert one == two


def test_an_older_report_says_since_when(pytester: pytest.Pytester) -> None:
    """A finding keeps the time of its first report; what the older report did not have is drift."""
    run(pytester, RIGHT, "--auth0-mfa-report=json")
    before = read(pytester)
    run(pytester, BROKEN.replace("TestSpoilt", "TestFake"), "--auth0-mfa-report=json")
    first = read(pytester)
    assert first["timing"]["previous"] == before["timing"]["started"]
    assert first["findings"][0]["last_without"] == before["timing"]["started"]
    assert any(change["where"] == "MFA003 at challenge" for change in first["drift"])
    run(pytester, BROKEN.replace("TestSpoilt", "TestFake"), "--auth0-mfa-report=json")
    second = read(pytester)
    assert second["findings"][0]["since"] == first["findings"][0]["since"]
    assert second["findings"][0]["last_without"] == before["timing"]["started"]
    assert second["drift"] == []


def test_a_partial_run_forgets_nothing(pytester: pytest.Pytester) -> None:
    """A finding that -k leaves out keeps its time, is not told to be gone, and is shown; the next whole run agrees."""
    run(pytester, BROKEN, "--auth0-mfa-report=json")
    first = read(pytester)
    run_forked(pytester, "-p", "no:cacheprovider", "-k", "email-enroll", "--auth0-mfa-report-dir=auth0-mfa-report")
    partial = read(pytester)
    assert (partial["outcome"], partial["findings"], partial["drift"]) == ("all well", [], [])
    assert partial["earlier"] == first["findings"]
    assert "Found earlier, not played this time" in (pytester.path / "auth0-mfa-report/report.html").read_text("utf-8")
    run(pytester, BROKEN, "--auth0-mfa-report=json")
    again = read(pytester)
    assert again["findings"] == first["findings"]
    assert (again["earlier"], again["drift"]) == ([], [])


def test_the_command_of_a_report_shows_the_finding_again(pytester: pytest.Pytester) -> None:
    """What the report says to type meets the same finding, with the options of the run."""
    run(pytester, BROKEN, "--auth0-mfa-report=json", "--auth0-mfa-seed=5")
    result = store.load(pytester.path / "auth0-mfa-report" / "report.json")
    command = shlex.split(rerun(result.findings[0], result))
    assert command[0] == "pytest"
    assert "--auth0-mfa-seed=5" in command
    done = run_forked(pytester, *command[1:], "-p", "no:cacheprovider")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["E   MFA003 challenge: oob_code is missing"])


def test_the_command_of_verify_shows_the_finding_again(pytester: pytest.Pytester) -> None:
    """The suite is played by `auth0-mfa verify`, also again."""
    pytester.makeconftest(SPOILS_THE_FAKE)
    verify = [sys.executable, "-m", "pytest_auth0_mfa", "verify"]
    pytester.run(*verify, *FEW, "--auth0-mfa-report=json")
    result = store.load(pytester.path / "auth0-mfa-report" / "report.json")
    command = rerun(result.findings[0], result)
    assert command.startswith("auth0-mfa verify -k email-challenge")
    done = pytester.run(*verify, *shlex.split(command)[2:])
    assert done.ret == 1
    done.stdout.fnmatch_lines(["E   MFA003 challenge: oob_code is missing"])


def test_an_older_report_that_cannot_be_read_is_told(pytester: pytest.Pytester) -> None:
    """It is replaced, and the end says that nothing was compared."""
    folder = pytester.mkdir("auth0-mfa-report")
    (folder / "report.json").write_text("{}")
    done = run(pytester, RIGHT, "--auth0-mfa-report=json")
    done.stdout.fnmatch_lines(["auth0-mfa: wrote *; the older report was not compared with: *no report*"])
    assert read(pytester)["timing"]["previous"] == ""


def test_an_error_of_the_set_up_is_no_finding(pytester: pytest.Pytester) -> None:
    """The flow is failed, with the reason, and the run is no violation."""
    source = RIGHT.replace("...", "\n    def make_subject(self): raise RuntimeError('no network')")
    assert run(pytester, source, "--auth0-mfa-report=json").ret == 1
    data = read(pytester)
    assert data["outcome"] == "failed"
    assert {flow["state"] for flow in data["flows"]} == {"failed"}
    assert "no network" in data["flows"][0]["reason"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_run_is_reported(pytester: pytest.Pytester, number: signal.Signals) -> None:
    """Ctrl-C, and what CI sends when it cancels a job: what is known by then is written."""
    pytester.makepyfile(
        BROKEN
        + """
    def test_waits(self):
        import pathlib, threading
        pathlib.Path("ready").touch()
        threading.Event().wait()
"""
    )
    chosen = ("-k", "email-challenge or waits", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *chosen, "--auth0-mfa-report=json,html"]
    process = subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    _await(pytester.path / "ready", process)
    process.send_signal(number)
    output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    data = read(pytester)
    assert data["outcome"] == "interrupted"
    assert data["findings"][0]["id"] == "MFA003"
    assert data["tests"]["not_run"] == 1
    assert "The run was interrupted" in (pytester.path / "auth0-mfa-report/report.html").read_text(encoding="utf-8")


def _await(file: Path, process: subprocess.Popen[bytes]) -> None:
    tick = threading.Event()
    for _ in range(3000):
        if file.exists():
            return
        assert process.poll() is None, process.communicate()[0].decode()
        tick.wait(0.02)
    raise AssertionError(f"{file} did not appear within a minute")


def test_junit_carries_the_ids_of_findings(pytester: pytest.Pytester) -> None:
    """Each failed test has its finding, and each one a title in words, also under pytest-xdist."""
    run(pytester, BROKEN, "--junitxml=junit.xml", "-n", "1")
    properties = {
        str(case.get("name")): {str(p.get("name")): p.get("value") for p in case.iter("property")}
        for case in ET.parse(pytester.path / "junit.xml").getroot().iter("testcase")
    }
    challenge, enroll = (properties[f"test_scenario[email-{name}]"] for name in ("challenge", "enroll"))
    assert challenge["auth0_mfa_finding"] == "MFA003"
    assert challenge["auth0_mfa_title"] == "A later login is challenged, and verified with the code that was sent."
    assert "auth0_mfa_finding" not in enroll


def test_a_client_contract_is_reported_too(pytester: pytest.Pytester) -> None:
    """Its flows are there with their sentences, and a finding with its steps."""
    pytester.makepyfile(
        """
        import requests
        from pytest_auth0_mfa.contract import AuthError, ClientContract

        class Adapter:
            def __init__(self, tenant):
                self.tenant = tenant
            def log_in(self, username, password, *, audience=None, scope=None):
                body = {"grant_type": "password", "username": username, "password": password,
                        "client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}
                requests.post(self.tenant.url + "//oauth/token", json=body)
                raise AuthError("mfa_required")
            def refresh(self, *arguments, **more):
                raise NotImplementedError
            list_authenticators = associate = challenge = refresh
            verify_otp = verify_oob = verify_recovery_code = delete_authenticator = refresh

        class TestMine(ClientContract):
            reach = "in_process"
            def make_client(self, tenant):
                return Adapter(tenant)
        """
    )
    done = run_forked(pytester, "-p", "no:cacheprovider", "-k", "test_scenario", "--auth0-mfa-report=json")
    assert done.ret == 1
    data = read(pytester)
    found = next(one for one in data["findings"] if one["id"] == "MFA101")
    assert found["steps"][0]["request"] == "POST //oauth/token"
    assert {flow["kind"] for flow in data["flows"]} == {"client"}
    assert all(flow["title"] for flow in data["flows"])
    assert data["clients"][0]["name"] == "TestMine"


# -- the terminal ------------------------------------------------------------------------------


def test_all_well_is_told_in_a_line(pytester: pytest.Pytester) -> None:
    """No table unless -v asks for it, and no colour when piped."""
    done = run(pytester, RIGHT)
    text = done.stdout.str()
    done.stdout.fnmatch_lines(["MFA contract: * outcomes reached, * flows completed (-v: which)"])
    assert "operation " not in text
    assert "\x1b[" not in text
    assert "operation " in run(pytester, RIGHT, "-v").stdout.str()


def test_a_failure_begins_with_the_finding(pytester: pytest.Pytester) -> None:
    """Finding, reproducer, and at -v the steps and what it means; a second test with the same cause has no block."""
    lines = run(pytester, BROKEN).stdout.lines
    start = next(index for index, line in enumerate(lines) if line.startswith("____"))
    assert lines[start + 1] == "E   MFA003 challenge: oob_code is missing"
    text = "\n".join(lines)
    assert text.count("Reproduce with curl") == 1
    assert sum(line.startswith("____") for line in lines) == 1
    assert "2 failed" in lines[-1]
    assert "-> 403 mfa_required" not in text
    wordy = run(pytester, BROKEN, "-v").stdout.str()
    assert wordy.count("Reproduce with curl") == 2
    details = wordy.rpartition("What happened, and what it means:")[2]
    assert "  1. POST /oauth/token -> 403 mfa_required error, error_description, mfa_token" in details
    assert "A documented field is missing from the answer" in details


def test_colours_follow_pytest(pytester: pytest.Pytester) -> None:
    """The finding is red when pytest is told to colour, also when it comes from a worker."""
    for more in ((), ("-n", "1")):
        text = run(pytester, BROKEN, "--color=yes", *more).stdout.str()
        assert "\x1b[1m\x1b[31mE   MFA003 challenge: oob_code is missing" in text


@pytest.mark.parametrize("columns", [80, 200])
def test_the_summary_keeps_to_the_width(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """No line of the table is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run(pytester, RIGHT, "-v").stdout.lines
    start = next(index for index, line in enumerate(lines) if "contract of the MFA API: coverage" in line)
    assert all(len(line) <= columns for line in lines[start : start + 16])


def test_a_tenant_cannot_speak_to_the_terminal(pytester: pytest.Pytester) -> None:
    """Escape sequences in an answer arrive as visible text, on the terminal and in every report."""
    source = BROKEN.replace("oob_kode", r"\\u001b[2J\\u202e]]><script>alert(1)</script>")
    done = run(pytester, source, "--auth0-mfa-report-dir=out", "--junitxml=junit.xml")
    assert done.ret == 1
    page = (pytester.path / "out" / "report.html").read_text(encoding="utf-8")
    text = (pytester.path / "out" / "report.md").read_text(encoding="utf-8")
    for said in (done.stdout.str(), page, text):
        assert "\x1b" not in said
        assert "\u202e" not in said
    assert "<script>alert" not in page
    assert "got `absent; instead" in text
    ET.parse(pytester.path / "junit.xml")
