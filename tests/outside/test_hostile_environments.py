"""Bad surroundings: it works there, or says in one sentence what to do."""

from __future__ import annotations

import ast
import json
import socket
import sys
import time
from pathlib import Path

import pytest
import requests
from helpers.hostile_environments import (
    FULL,
    IPV6_ONLY,
    NO_TEMPORARY,
    NOBODY,
    OURS,
    PYTEST,
    READ_ONLY,
    run,
    run_in,
)
from helpers.live_tenant import LiveTenant
from helpers.places import IMPORTABLE

import pytest_auth0_mfa
from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.tenant.verdicts import CouldNotRun
from pytest_auth0_mfa.live.ledger import Ledger
from pytest_auth0_mfa.spec.outcomes import Outcome
from pytest_auth0_mfa.tenant.totp import totp
from pytest_auth0_mfa.transports.in_process import in_process
from pytest_auth0_mfa.transports.server import Server, serve

PROJECT = f"""
import sys
sys.path[:0] = {list(map(str, IMPORTABLE))!r}
import requests
from client_zoo.broken_conclusions import RenamesTheChannel
from client_zoo.requests_client import RequestsClient
from pytest_auth0_mfa.contract import ClientContract

def test_in_process(auth0_mfa):
    answer = requests.post(auth0_mfa.url + "/oauth/token", json=auth0_mfa.password_grant(auth0_mfa.add_user()))
    assert answer.json()["error"] == "mfa_required"

def test_served(auth0_mfa_server):
    url = auth0_mfa_server.url + "/.well-known/openid-configuration"
    assert requests.get(url, verify=auth0_mfa_server.ca_file, timeout=60).ok

class TestMine(ClientContract):
    reach = "in_process"
    def make_client(self, tenant):
        return RequestsClient(tenant.domain, tenant.client_id, tenant.client_secret)

class TestBroken(ClientContract):
    reach = "in_process"
    def make_client(self, tenant):
        return RenamesTheChannel(tenant.domain, tenant.client_id, tenant.client_secret)
"""
RIGHT = ("-k", "in_process or served or TestMine and (machine or challenge-each)", "--auth0-mfa-max-examples=2")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose tests use every part."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "test_mine.py").write_text(PROJECT)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


# -- the disk ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disk", "said"),
    [
        (READ_ONLY, "Read-only file system. Choose a folder that can be written to."),
        (FULL, "No space left on device. Make room."),
    ],
)
def test_a_disk_that_takes_nothing_fails_no_test(project: Path, disk: str, said: str) -> None:
    """Results are shown, and after them why there is no report."""
    done = run_in(disk, *PYTEST, *RIGHT, "--auth0-mfa-report=json", cwd=project)
    assert done.returncode == 0, done.stdout
    assert f"auth0-mfa-report/report.json was not written: {said}" in done.stdout
    assert " passed" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


ON_A_FULL_DISK = """
import contextlib, io, json, sys
from pathlib import Path
sys.path[:0] = sys.argv[1:]
from pytest_auth0_mfa.cassettes.document import Document, new_meta
from pytest_auth0_mfa.cassettes.document import save
from pytest_auth0_mfa.cli import main
from pytest_auth0_mfa.live.ledger import Ledger

def said(*arguments):
    with contextlib.redirect_stderr(io.StringIO()) as error, contextlib.redirect_stdout(io.StringIO()):
        code = main(arguments)
    return [code, error.getvalue()]

def raised(call):
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error)]

found = {
    "openapi": said("openapi", "-o", "openapi.json"),
    "serve": said("serve", "--dir", "run"),
    "cassette": raised(lambda: save(Path("c.yaml"), Document(new_meta(0.0), []))),
    "ledger": raised(lambda: Ledger(Path("ledger.jsonl")).begin_user("x", "a+auth0-mfa-contract-1@x.example")),
    "kept": Path("openapi.json").read_text(),
    "entries": len(Ledger(Path("ledger.jsonl")).open_entries()),
    "left": sorted(str(path) for path in Path(".").rglob(".*")),
}
print(json.dumps(found))
"""


def test_a_full_disk_keeps_what_is_there(project: Path) -> None:
    """Document, served folder, cassette and ledger: one sentence each; old files stay, and no drafts are left."""
    (project / "openapi.json").write_text("before")
    done = run_in(FULL, sys.executable, "-c", ON_A_FULL_DISK, *map(str, IMPORTABLE), cwd=project)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    full = "No space left on device"
    assert found["openapi"] == [12, f"auth0-mfa openapi: openapi.json was not written: {full}. Make room.\n"]
    assert found["serve"] == [12, f"auth0-mfa serve: run/ca.pem was not written: {full}. Make room.\n"]
    assert found["cassette"] == ["RecordingError", f"c.yaml was not written: {full}. Make room. Then record again."]
    refused = f"ledger.jsonl: cannot be written, so nothing is created: {full}. Make room."
    assert found["ledger"] == ["LedgerError", refused]
    assert (found["kept"], found["entries"], found["left"]) == ("before", 0, [])


def test_no_folder_for_temporary_files_is_told(tmp_path: Path) -> None:
    """The server needs one for its certificate, and pytest for itself: set TMPDIR."""
    done = run_in(NO_TEMPORARY, *OURS, "serve", cwd=tmp_path)
    assert done.returncode == Outcome.COULD_NOT_RUN.exit_code
    assert done.stderr.startswith("auth0-mfa serve: the server's certificate was not written: No usable temporary")
    assert done.stderr.endswith("Set TMPDIR to a folder that has room and can be written to.\n")
    done = run_in(NO_TEMPORARY, *OURS, "verify", cwd=tmp_path)
    assert done.returncode == Outcome.COULD_NOT_RUN.exit_code
    assert done.stderr.startswith("auth0-mfa verify: No usable temporary directory found")
    assert done.stderr.count("\n") == 1


# -- a live run ------------------------------------------------------------------------------------


def test_a_user_that_cannot_be_written_down_is_not_created(tmp_path: Path) -> None:
    """The run could not be made: nothing would delete the user."""
    live = LiveTenant(tmp_path)
    (tmp_path / "file").touch()
    live.run.directory.ledger = Ledger(tmp_path / "file" / "ledger.jsonl")
    users = len(live.tenant.users)
    with pytest.raises(CouldNotRun, match=r"could not run: .*ledger\.jsonl: cannot be written, so nothing is created"):
        live.play("email-enroll")
    assert len(live.tenant.users) == users


LIVE = {"AUTH0_CLIENT_ID": "x", "AUTH0_CLIENT_SECRET": "y", "AUTH0_MFA_USER_EMAIL": "@mail.example"}


def live_run(folder: Path, *arguments: str) -> tuple[int, str]:
    """A run against a real tenant that comes to no call."""
    (folder / "pytest.ini").write_text("[pytest]\nauth0_mfa_live_domains = tenant.example\n")
    target = ("--auth0-mfa-target=tenant.example", "-k", "no-such-flow")
    done = run(*OURS, "verify", *target, *arguments, cwd=folder, env=LIVE)
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_ledger_that_cannot_be_held_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    """One sentence, and the exit code of a run that could not be made."""
    (tmp_path / ".auth0-mfa").touch()
    code, output = live_run(tmp_path)
    assert code == Outcome.COULD_NOT_RUN.exit_code
    assert "could not run: .auth0-mfa/ledger.jsonl: cannot be read: Not a directory" in output
    (tmp_path / ".auth0-mfa").unlink()
    (tmp_path / ".auth0-mfa" / "ledger.lock").mkdir(parents=True)
    code, output = live_run(tmp_path)
    assert code == Outcome.COULD_NOT_RUN.exit_code
    assert "could not run: .auth0-mfa/ledger.lock: cannot be written: Is a directory. There is a folder" in output


def test_a_profile_that_cannot_be_written_hides_no_result(tmp_path: Path) -> None:
    """The end says why, and the exit code is the tests'."""
    (tmp_path / ".auth0-mfa" / "profile.toml").mkdir(parents=True)
    code, output = live_run(tmp_path, "--auth0-mfa-update-profile")
    assert code == Outcome.WRONG_USAGE.exit_code
    assert "profile.toml was not written: Is a directory. There is a folder of this name: choose another one." in output


# -- the network -----------------------------------------------------------------------------------

OVER_IPV6 = """
import requests
from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.transports.live import live
from pytest_auth0_mfa.messages import Request
from pytest_auth0_mfa.transports.server import serve

for host in ("localhost", "::1"):
    with serve(Tenant(), listen_address=(host, 0)) as tenant:
        print(requests.get(tenant.url + "/.well-known/jwks.json", verify=tenant.ca_file, timeout=60).status_code)
        with live(tenant.url, ca_file=tenant.ca_file) as handler:
            print(handler(Request("GET", "/.well-known/jwks.json", {})).status)
"""


def test_a_machine_with_ipv6_only(tmp_path: Path) -> None:
    """The server answers on ::1, under its name too."""
    done = run_in(IPV6_ONLY, sys.executable, "-c", OVER_IPV6, cwd=tmp_path)
    assert done.stdout.split() == ["200"] * 4, done.stderr


def test_a_port_that_is_taken_fails_a_test_by_one_sentence(pytester: pytest.Pytester) -> None:
    """What the fixture was told to listen on is named, and what to do; there is no traceback."""
    pytester.makepyfile("def test_served(auth0_mfa_server): pass")
    with Server() as server:
        pytester.makeconftest(
            "import pytest\n@pytest.fixture(scope='session')\n"
            f"def auth0_mfa_listen_address(): return 'localhost', {server.port}"
        )
        result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    said = f"port {server.port} on 127.0.0.1 is taken by another program. Choose another, or 0 for any free port."
    result.stdout.fnmatch_lines(["*ERROR at setup of test_served*", said])
    assert "Traceback" not in result.stdout.str()
    assert "addresses.py" not in result.stdout.str()


GUARD = """
import socket
import pytest

class SocketBlockedError(RuntimeError):
    pass

class Guarded(socket.socket):
    def __new__(cls, *arguments, **keywords):
        raise SocketBlockedError("A test tried to use socket.socket.")

@pytest.fixture(scope="session", autouse=True)
def _blocked():
    real, socket.socket = socket.socket, Guarded
    yield
    socket.socket = real
"""


@pytest.mark.parametrize("fixture", ["auth0_mfa_server", "make_auth0_mfa_server"])
def test_blocked_sockets_fail_a_test_by_one_sentence(pytester: pytest.Pytester, fixture: str) -> None:
    """As pytest-socket blocks them; what needs no socket works."""
    pytester.makeconftest(GUARD)
    pytester.makepyfile(
        f"def test_served({fixture}): callable({fixture}) and {fixture}()\ndef test_in_process(auth0_mfa): pass"
    )
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["passed"] == 1
    result.stdout.fnmatch_lines(["sockets are blocked in this run (SocketBlockedError)*--allow-hosts=localhost*"])
    assert "addresses.py" not in result.stdout.str()


def test_a_run_against_the_server_without_sockets_could_not_be_made(tmp_path: Path) -> None:
    """It is no violation of the contract."""
    (tmp_path / "conftest.py").write_text(GUARD)
    done = run(*OURS, "verify", "-q", "-k", "email-enroll", "--auth0-mfa-target=server", cwd=tmp_path)
    assert done.returncode == Outcome.COULD_NOT_RUN.exit_code
    assert "sockets are blocked in this run (SocketBlockedError)" in done.stdout
    assert "addresses.py" not in done.stdout


def test_a_socket_that_is_blocked_meanwhile_does_not_end_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without sockets runs while the session's server listens; the next test finds it as it was."""
    blocked = socket.socket

    class Guarded(socket.socket):
        def __new__(cls, *arguments: object, **keywords: object) -> Guarded:
            raise RuntimeError("blocked")

    with serve(Tenant()) as tenant:
        client = blocked(socket.AF_INET)
        monkeypatch.setattr(socket, "socket", Guarded)
        client.connect(("127.0.0.1", int(tenant.domain.partition(":")[2])))
        client.settimeout(60)
        client.close()
        monkeypatch.undo()
        assert requests.get(f"{tenant.url}/.well-known/jwks.json", verify=tenant.ca_file, timeout=60).ok


# -- the user --------------------------------------------------------------------------------------


def test_a_user_without_home_and_name(project: Path) -> None:
    """Fixtures, server, machine and report work; nothing is left but what was asked for."""
    done = run_in(NOBODY, *PYTEST, *RIGHT, "-p", "no:cacheprovider", "--auth0-mfa-report=json", cwd=project)
    assert done.returncode == 0, done.stdout
    assert {path.name for path in project.iterdir()} - {"__pycache__"} == {
        "test_mine.py",
        "pytest.ini",
        "auth0-mfa-report",
    }


# -- what is left behind ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", [("-p", "no:cacheprovider"), ("-n", "1")])
def test_hypothesis_leaves_no_folder(project: Path, how: tuple[str, ...]) -> None:
    """Whether the machine finds something or not, and in workers, too."""
    done = run(*PYTEST, "-q", "-k", "machine", "--auth0-mfa-max-examples=20", *how, cwd=project)
    assert "1 failed, 1 passed" in done.stdout
    assert not list(project.rglob(".hypothesis"))


def test_no_strategy_builds_the_table_of_unicode(tmp_path: Path) -> None:
    """It takes most of a second where no `.hypothesis` folder has it yet, which fails a health check of Hypothesis."""
    (tmp_path / "test_mine.py").write_text(
        "from hypothesis import given, settings\n"
        "from pytest_auth0_mfa.spec.operations import OPERATIONS\n"
        "from pytest_auth0_mfa.strategies import errors, people, profiles, requests, responses\n"
        "def test_all():\n"
        "    strategies = [errors(), people(), profiles()]\n"
        "    strategies += [make(name) for make in (requests, responses) for name in OPERATIONS]\n"
        "    for strategy in strategies:\n"
        "        settings(max_examples=5, derandomize=True)(given(strategy)(lambda value: None))()\n",
        encoding="utf-8",
    )
    done = run(*PYTEST, "-q", cwd=tmp_path)
    assert "1 passed" in done.stdout
    assert not list(tmp_path.rglob("unicode_data"))


# -- time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_jumps_in_the_middle_of_a_login(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Codes and lifetimes follow the tenant's clock, which is the machine's; nothing hangs or breaks."""
    real, jumped = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + jumped[0])
    tenant = Tenant()
    user = tenant.add_user()
    authenticator = user.enroll("otp")
    with in_process(tenant):

        def begun() -> str:
            answer = requests.post(f"{tenant.url}/oauth/token", json=tenant.password_grant(user))
            return str(answer.json()["mfa_token"])

        def answered(mfa_token: str) -> requests.Response:
            grant = {
                "grant_type": "http://auth0.com/oauth/grant-type/mfa-otp",
                "client_id": tenant.client_id,
                "client_secret": tenant.client_secret,
                "mfa_token": mfa_token,
                "otp": totp(str(authenticator.secret), time.time()),
            }
            return requests.post(f"{tenant.url}/oauth/token", json=grant)

        old = begun()
        jumped[0] = hours * 3600.0
        assert tenant.clock.now() == pytest.approx(time.time(), abs=60)
        if hours > 0:
            assert answered(old).json()["error"] == "expired_token"
        answer = answered(begun())
        assert answer.status_code == 200
        assert answer.json()["access_token"]


def test_a_clock_that_jumps_under_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on answering on the same connection, and stops at once."""
    real, jumped = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + jumped[0])
    with serve(Tenant()) as tenant, requests.Session() as session:
        for jumped[0] in (0.0, 7200.0, -7200.0):
            assert session.get(f"{tenant.url}/.well-known/jwks.json", verify=tenant.ca_file, timeout=60).ok


JUMPS = """
import time
import pytest

@pytest.fixture(autouse=True, scope="session")
def _jump():
    real = time.time
    time.time = lambda: real() + 7200
    yield
"""


def test_a_report_tells_how_long_the_run_really_took(project: Path) -> None:
    """Somebody sets the clock by two hours while it is under way."""
    (project / "conftest.py").write_text(JUMPS)
    done = run(*PYTEST, "-q", "-k", "TestMine and challenge-each", "--auth0-mfa-report=json", cwd=project)
    assert done.returncode == 0, done.stdout
    result = json.loads((project / "auth0-mfa-report" / "report.json").read_text(encoding="utf-8"))
    assert 0 <= result["timing"]["seconds"] < 7200


# -- python -O -------------------------------------------------------------------------------------


def results(folder: Path, level: str) -> tuple[int, object]:
    """How a run of everything ended, as its report has it.

    Moments are others each time, and so is which outcome a client's codes reach: its tenant's clock is the real one.
    """
    where = f"report-{level or 'plain'}"
    options = (
        "--auth0-mfa-report=json",
        f"--auth0-mfa-report-dir={where}",
        "--auth0-mfa-max-examples=10",
        "--auth0-mfa-seed=1",
    )
    quick = ("-q", "-p", "no:cacheprovider", "-k", "(Mine or Broken or Slipped) and (email or push or machine)")
    done = run(*PYTEST, *quick, *options, cwd=folder, env={"PYTHONOPTIMIZE": level} if level else {})
    result = json.loads((folder / where / "report.json").read_text(encoding="utf-8"))
    del result["timing"], result["coverage"]
    for finding in result["findings"]:
        del finding["since"]
    return done.returncode, result


SLIPPED = """
from dataclasses import replace
from pytest_auth0_mfa import Tenant, handler
from pytest_auth0_mfa.contract import TenantContract, fake_subject

class TestSlipped(TenantContract):
    def make_subject(self):
        tenant = Tenant(seed=1)
        right = handler(tenant)
        def wrong(request):
            answer = right(request)
            return replace(answer, status=400) if answer.status == 403 else answer
        return fake_subject(tenant, handler=wrong, features=())
"""


def _is_needless(test: ast.expr) -> bool:
    """Whether leaving an assert out changes nothing: it tells mypy a type, or keeps a table free of slips."""
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    if not isinstance(test, ast.Compare):
        return False
    [operator], [right] = test.ops, test.comparators
    told = isinstance(operator, ast.IsNot) and isinstance(right, ast.Constant) and right.value is None
    return told or isinstance(operator, ast.In | ast.NotIn)


def test_no_assert_of_the_package_carries_behaviour() -> None:
    """Under python -O they are gone: those that are left only tell types, or check a table as it is made."""
    package = Path(pytest_auth0_mfa.__file__).parent
    written_elsewhere = package / "cli" / "project_files"  # tests, which `auth0-mfa init` puts into other projects
    needed = [
        f"{file.relative_to(package)}:{node.lineno}: {ast.unparse(node)}"
        for file in package.rglob("*.py")
        if not file.is_relative_to(written_elsewhere)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert) and not _is_needless(node.test)
    ]
    assert needed == []


@pytest.mark.slow
def test_python_oo_gives_the_same_verdicts(project: Path) -> None:
    """Right and broken clients and tenants: without asserts and docstrings the report is the same."""
    (project / "test_tenant.py").write_text(SLIPPED)
    plain = results(project, "")
    assert plain[0] == pytest.ExitCode.TESTS_FAILED
    assert results(project, "2") == plain


@pytest.mark.nightly
def test_the_whole_suite_under_python_oo(tmp_path: Path) -> None:
    """`auth0-mfa verify` passes as ever."""
    done = run(*OURS, "verify", "-q", "--auth0-mfa-max-examples=10", cwd=tmp_path, env={"PYTHONOPTIMIZE": "2"})
    assert done.returncode == Outcome.ALL_WELL.exit_code, done.stdout
    assert "failed" not in done.stdout
