"""Cassettes as a project uses them: recorded from the stand-in over HTTPS, replayed with nothing but the file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from helpers.forked_pytest import run_forked
from helpers.places import IMPORTABLE

pytest.importorskip("vcr")
pytestmark = pytest.mark.slow  # forty runs of pytest; the page's test in test_docs_cassettes.py is the quick one

CONFTEST = """
    import os, socket, time
    import pytest
    from pytest_auth0_mfa import Tenant

    RECORDING = os.environ.get("RECORD") == "1"

    @pytest.fixture
    def tenant(request, monkeypatch):
        if not RECORDING:
            yield None
            return
        from pytest_auth0_mfa.transports.server import serve
        with serve(Tenant()) as tenant:
            tenant.user = tenant.add_user("ada@corp.invalid", "correct horse")
            monkeypatch.setenv("AUTH0_MFA_USER_1_EMAIL", tenant.user.email)
            monkeypatch.setenv("AUTH0_MFA_USER_1_PASSWORD", tenant.user.password)
            for name, value in tenant.env.items():
                monkeypatch.setenv(name, value)
            yield tenant

    @pytest.fixture
    def auth0_mfa_domain(tenant):
        return tenant and tenant.domain

    @pytest.fixture
    def auth0_mfa_client_id(tenant):
        return tenant and tenant.client_id

    @pytest.fixture
    def auth0_mfa_client_secret(tenant):
        return tenant and tenant.client_secret

    @pytest.fixture(autouse=True)
    def offline_three_years_on(monkeypatch):
        if RECORDING:
            return
        def refuse(*arguments):
            raise AssertionError("the network is blocked")
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + 3 * 365 * 86400)

    @pytest.fixture
    def person(auth0_mfa_cassette, tenant):
        from helpers import cassette_flows
        cassette = auth0_mfa_cassette
        domain = cassette.domain if RECORDING else "elsewhere.invalid:8443"
        def make(client):
            return cassette_flows.Person(
                cassette_flows.CLIENTS[client](f"https://{domain}"),
                {"client_id": cassette.client_id, "client_secret": cassette.client_secret},
                cassette.user(1).email,
                cassette.user(1).password,
                code=lambda: cassette.code(lambda: tenant.outbox.latest(tenant.user).code),
                approve=lambda: tenant and tenant.push.approve(tenant.user),
                wait=lambda: tenant and tenant.clock.advance(5),
                now=lambda: time.time(),
            )
        return make
"""

FLOWS = """
    import pytest
    from helpers import cassette_flows

    @pytest.mark.parametrize("client", ["requests", "httpx", "aiohttp"])
    @pytest.mark.parametrize("flow", ["email", "otp", "push", "recovery", "passwordless", "own-page"])
    def test_flow(person, flow, client):
        pytest.importorskip(client)
        cassette_flows.FLOWS[flow](person(client))
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project that can record from a stand-in and replays offline, elsewhere, three years later."""
    for name in ("AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, IMPORTABLE)))
    pytester.makeconftest(CONFTEST)
    return pytester


def record(project: pytest.Pytester, *arguments: str, mode: str = "rewrite") -> pytest.RunResult:
    """A run that may send."""
    os.environ["RECORD"] = "1"
    try:
        return run_forked(project, f"--auth0-mfa-record-mode={mode}", *arguments)
    finally:
        del os.environ["RECORD"]


def replay(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run that may not."""
    return run_forked(project, *arguments)


def recorded_files(project: pytest.Pytester) -> list[Path]:
    """All cassettes of the project."""
    return sorted((project.path / "cassettes").rglob("*.yaml"))


def test_every_flow_replays_offline_elsewhere_and_three_years_on(project: pytest.Pytester) -> None:
    """Each flow, with requests, httpx and aiohttp, under xdist, from the file alone."""
    project.makepyfile(test_flows=FLOWS)
    record(project, "-n", "2").assert_outcomes(passed=18)
    files = recorded_files(project)
    assert len(files) == 18
    assert files[0].parent == project.path / "cassettes" / "test_flows"
    text = "\n".join(file.read_text() for file in files)
    for secret in ("ada@corp.invalid", "correct horse", "localhost", "Fe26.2*SERVER"):
        assert secret not in text
    result = replay(project, "-n", "2")
    result.assert_outcomes(passed=18)
    assert "unplayed" not in result.stdout.str()


def test_a_plain_vcrpy_reads_our_cassettes(project: pytest.Pytester) -> None:
    """The file is a vcrpy cassette with a few keys more."""
    project.makepyfile(test_flows=FLOWS)
    record(project, "-k", "otp and requests").assert_outcomes(passed=1, deselected=17)
    from vcr.persisters.filesystem import FilesystemPersister  # type: ignore[import-untyped]
    from vcr.serializers import yamlserializer  # type: ignore[import-untyped]

    requests, responses = FilesystemPersister.load_cassette(recorded_files(project)[0], yamlserializer)[:2]
    assert len(requests) == len(responses) == 6


ONE = """
    from helpers import cassette_flows

    def test_login(person):
        person("requests").log_in()
"""


def test_a_cassette_says_when_how_and_with_what_it_was_made(project: pytest.Pytester) -> None:
    """Date, profile and version of the tool stand in the file."""
    project.makepyfile(test_one=ONE)
    project.path.joinpath("mine.toml").write_text("mfa_token_lifetime = 300\n")
    record(project, "--auth0-mfa-profile=mine.toml").assert_outcomes(passed=1)
    meta = yaml.safe_load(recorded_files(project)[0].read_text())["auth0_mfa"]
    assert meta["recorded"].startswith("20")
    assert meta["tool"].startswith("pytest-auth0-mfa ")
    assert meta["profile"] == {"mfa_token_lifetime": 300}


def test_a_failed_test_keeps_no_cassette(project: pytest.Pytester) -> None:
    """What a failing test recorded is not written, and an older recording stays as it was."""
    project.makepyfile(test_one=ONE + "        assert False\n")
    record(project).assert_outcomes(failed=1)
    assert recorded_files(project) == []
    project.makepyfile(test_one=ONE)
    record(project).assert_outcomes(passed=1)
    before = recorded_files(project)[0].read_text()
    project.makepyfile(test_one=ONE + "        assert False\n")
    record(project).assert_outcomes(failed=1)
    assert recorded_files(project)[0].read_text() == before


def test_without_a_cassette_nothing_is_sent(project: pytest.Pytester) -> None:
    """Record mode none, the default, names the missing file and how to make it."""
    project.makepyfile(test_one=ONE)
    result = replay(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_login.yaml: no such cassette. Record it with --auth0-mfa-record-mode=once*"])
    result.stdout.no_fnmatch_line("*def auth0_mfa_cassette*")


def test_recording_needs_a_tenant(project: pytest.Pytester) -> None:
    """Without AUTH0_DOMAIN there is nothing to record from, and the message says what to set."""
    project.makepyfile(test_one=ONE)
    result = run_forked(project, "--auth0-mfa-record-mode=once")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*recording needs a tenant. Set AUTH0_DOMAIN and AUTH0_CLIENT_ID*"])


def test_once_records_once(project: pytest.Pytester) -> None:
    """Record mode once makes what is missing and then only plays."""
    project.makepyfile(test_one=ONE)
    record(project, mode="once").assert_outcomes(passed=1)
    before = recorded_files(project)[0].read_text()
    record(project, mode="once").assert_outcomes(passed=1)
    assert recorded_files(project)[0].read_text() == before
    project.makepyfile(test_one=ONE + '        person("requests").client.send("GET", "/.well-known/jwks.json")\n')
    result = record(project, mode="once")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*(jwks) is not in*nothing is sent in record mode once*"])


def test_new_episodes_adds_what_is_missing(project: pytest.Pytester) -> None:
    """Record mode new_episodes plays what is there and records the rest behind it."""
    project.makepyfile(test_one=ONE)
    record(project).assert_outcomes(passed=1)
    project.makepyfile(test_one=ONE + '        person("requests").client.send("GET", "/.well-known/jwks.json")\n')
    record(project, mode="new_episodes").assert_outcomes(passed=1)
    document = yaml.safe_load(recorded_files(project)[0].read_text())
    assert [one["auth0_mfa"]["operation"] for one in document["interactions"]] == ["password", "jwks"]
    replay(project).assert_outcomes(passed=1)


def test_new_episodes_plays_a_whole_flow(project: pytest.Pytester) -> None:
    """Codes, users and the application are those of the recording, as far as it goes."""
    project.makepyfile(test_flows=FLOWS)
    chosen = ("-k", "requests and (email or otp)")
    record(project, *chosen).assert_outcomes(passed=2, deselected=16)
    before = [file.read_text() for file in recorded_files(project)]
    record(project, *chosen, mode="new_episodes").assert_outcomes(passed=2, deselected=16)
    assert [file.read_text() for file in recorded_files(project)] == before


def test_new_episodes_does_not_continue_a_replayed_flow(project: pytest.Pytester) -> None:
    """The tenant does not know a placeholder: the message says to record the whole flow again."""
    project.makepyfile(test_one=ONE)
    record(project).assert_outcomes(passed=1)
    project.makepyfile(test_one=ONE.replace(".log_in()", '.enroll(person("requests").log_in())'))
    result = record(project, mode="new_episodes")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*continues a flow that was replayed*", "*record again: --auth0-mfa-record-mode=rewrite*"]
    )


def test_all_replaces_the_operations_that_it_records(project: pytest.Pytester) -> None:
    """Record mode all sends everything; what was not asked again stays."""
    both = ONE + '        person("requests").client.send("GET", "/.well-known/jwks.json")\n'
    project.makepyfile(test_one=both)
    record(project).assert_outcomes(passed=1)
    project.makepyfile(test_one=ONE)
    record(project, mode="all").assert_outcomes(passed=1)
    document = yaml.safe_load(recorded_files(project)[0].read_text())
    assert [one["auth0_mfa"]["operation"] for one in document["interactions"]] == ["jwks", "password"]
    project.makepyfile(test_one=both)
    replay(project).assert_outcomes(passed=1)


def test_the_stand_in_of_the_plugin_is_recorded(project: pytest.Pytester) -> None:
    """With auth0_mfa_server nothing need be set: domain, application and users are its own."""
    project.makeconftest("")
    project.makepyfile(
        test_one="""
        import requests

        def test_login(auth0_mfa_cassette, auth0_mfa_server):
            tenant, user = auth0_mfa_cassette, auth0_mfa_cassette.user()
            login = {"grant_type": "password", "username": user.email, "password": user.password}
            login |= {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
            answer = requests.post(tenant.url + "/oauth/token", json=login, verify=auth0_mfa_server.ca_file)
            assert answer.json()["error"] == "mfa_required"
            code = tenant.code(lambda: "123456")
            assert code == ("123456" if tenant.recording else "900001")
        """
    )
    run_forked(project, "--auth0-mfa-record-mode=once").assert_outcomes(passed=1)
    replay(project).assert_outcomes(passed=1)


def test_the_marker_names_a_cassette(project: pytest.Pytester) -> None:
    """Two tests may share one; a name that leaves the folder is refused."""
    marked = "import pytest\npytestmark = pytest.mark.auth0_mfa_cassette({!r})\n" + ONE.replace("\n    ", "\n")
    project.makepyfile(test_one=marked.format("shared/login"))
    record(project).assert_outcomes(passed=1)
    assert [f.relative_to(project.path).as_posix() for f in recorded_files(project)] == [
        "cassettes/test_one/shared/login.yaml"
    ]
    project.makepyfile(test_one=marked.format("../login"))
    result = replay(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*'../login' is no name of a cassette*"])


def test_the_mode_comes_from_ini_and_environment_too(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Option before ini before environment; a mode that does not exist names the closest."""
    project.makepyfile(test_one=ONE)
    monkeypatch.setenv("AUTH0_MFA_RECORD_MODE", "rewrite")
    monkeypatch.setenv("RECORD", "1")
    run_forked(project).assert_outcomes(passed=1)
    monkeypatch.delenv("RECORD")
    run_forked(project, "--auth0-mfa-record-mode=none").assert_outcomes(passed=1)
    project.makeini("[pytest]\nauth0_mfa_record_mode = none\n")
    run_forked(project).assert_outcomes(passed=1)
    result = run_forked(project, "--auth0-mfa-record-mode=onse")
    result.stderr.fnmatch_lines(["*no such record mode: 'onse'. Did you mean 'once'?*"])


def test_the_summary_lists_unused_cassettes(project: pytest.Pytester) -> None:
    """A file that no test asked for is named, unless only some tests were chosen."""
    project.makepyfile(test_one=ONE)
    record(project).assert_outcomes(passed=1)
    file = recorded_files(project)[0]
    file.with_name("test_gone.yaml").write_text(file.read_text())
    for arguments in ((), ("-n", "2")):
        result = replay(project, *arguments)
        result.stdout.fnmatch_lines(["*1 unused cassette*", "*test_gone.yaml: no test asked for it"])
    assert "unused cassette" not in replay(project, "-k", "login").stdout.str()


def test_the_summary_lists_stale_cassettes(project: pytest.Pytester) -> None:
    """One that is older than auth0_mfa_cassette_max_age days is named with its age; 0 days means never."""
    project.makepyfile(test_one=ONE)
    record(project).assert_outcomes(passed=1)
    assert "stale cassette" not in replay(project).stdout.str()
    file = recorded_files(project)[0]
    file.write_text(re.sub("recorded: .*", "recorded: '2020-01-01T00:00:00+00:00'", file.read_text()))
    replay(project).stdout.fnmatch_lines(["*1 stale cassette*", "*test_login.yaml: recorded * days ago"])
    assert "stale cassette" not in replay(project, "-o", "auth0_mfa_cassette_max_age=0").stdout.str()


def test_the_summary_lists_what_was_not_played(project: pytest.Pytester) -> None:
    """A recording that holds more than the test asks for is named."""
    project.makepyfile(test_one=ONE + '        person("requests").log_in()\n')
    record(project).assert_outcomes(passed=1)
    project.makepyfile(test_one=ONE)
    replay(project).stdout.fnmatch_lines(["*1 cassette with unplayed interactions*", "*test_login.yaml: 1 of 2"])


def test_the_in_process_tenant_is_refused(project: pytest.Pytester) -> None:
    """Nothing can be recorded where nothing is sent: the message says what to use."""
    project.makepyfile(test_one="def test_both(auth0_mfa, auth0_mfa_cassette): pass\n")
    result = record(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*auth0_mfa answers in process, where nothing can be recorded*"])


def test_a_cassette_that_cannot_be_written_fails_the_recording_by_one_sentence(project: pytest.Pytester) -> None:
    """The test keeps its result, and the sentence stands alone."""
    project.makepyfile(test_one=ONE)
    (project.path / "cassettes").touch()
    result = record(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.re_match_lines([r".*\.yaml was not written: .*\. Then record again\.$"])
    assert "document.py" not in result.stdout.str()


def test_a_leak_fails_the_recording(project: pytest.Pytester) -> None:
    """When a secret would be left, the test errs and no file is written."""
    project.makepyfile(
        test_one=ONE.replace("(person)", "(person, monkeypatch)")
        + "        from pytest_auth0_mfa.cassettes.placeholders import Placeholders\n"
        + "        monkeypatch.setattr(Placeholders, 'get', lambda self, kind, raw, number=None: raw)\n"
    )
    result = record(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the recording was not written: after scrubbing, this still looks like a secret:*"])
    assert recorded_files(project) == []


def test_other_hosts_pass_through(project: pytest.Pytester) -> None:
    """A request to a host that is not the tenant's is neither recorded nor replayed."""
    project.makepyfile(
        test_one=ONE
        + """
        import http.server, threading, requests
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(204); self.end_headers()
            def log_message(self, *arguments): pass
        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.handle_request).start()
            assert requests.get(f"http://127.0.0.1:{server.server_port}/health").status_code == 204
        """
    )
    record(project).assert_outcomes(passed=1)
    document = yaml.safe_load(recorded_files(project)[0].read_text())
    assert len(document["interactions"]) == 1
