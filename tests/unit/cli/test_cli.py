"""The console script ``auth0-mfa``."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argcomplete.finders import CompletionFinder
from helpers.places import PROJECT

from pytest_auth0_mfa.cli import COMMANDS, command, main, streams
from pytest_auth0_mfa.cli.pytest_config import RUN_OPTIONS
from pytest_auth0_mfa.contract.findings.violation import FINDINGS
from pytest_auth0_mfa.spec.outcomes import Outcome
from pytest_auth0_mfa.spec.refusals import REFUSALS

REFERENCE = PROJECT / "docs" / "reference-cli.md"


# -- the table ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has a summary in the help, a help of its own and a place in the reference."""
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    assert f"usage: auth0-mfa {name}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    assert f"  {name:10}{command(name).SUMMARY}" in capsys.readouterr().out
    assert f"## {name}" in REFERENCE.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["verfy"], ["verfy", "--help"], ["--quiet", "verfy"]])
def test_an_unknown_command_is_told_the_closest(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, as for any argument that cannot be read."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("auth0-mfa: no such command: 'verfy'. Did you mean 'verify'?")


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the command there is nothing but --help and --version."""
    with pytest.raises(SystemExit) as stopped:
        main(["--quiet", "verify"])
    assert stopped.value.code == 2
    assert "unrecognized arguments: --quiet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command_line", "meant"),
    [
        ("doctor --targt=shop.eu.auth0.com", "--target"),
        ("cleanup --targt=shop.eu.auth0.com", "--target"),
        ("run --demmo -- npx --foo", "--demo"),
        ("serve --stat DIR", "--state"),
        ("export --sate DIR", "--state"),
    ],
)
def test_a_misspelt_option_names_the_closest(command_line: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where another one is missing because of it."""
    with pytest.raises(SystemExit, match="2"):
        main(command_line.split())
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_what_is_run_has_options_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Behind `--` nothing is looked at."""
    with pytest.raises(SystemExit, match="2"):
        main(["run", "--seed", "x", "--", "npx", "--demmo"])
    assert "--demmo" not in capsys.readouterr().err


def test_verify_names_the_closest_where_pytest_knows_no_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below what pytest said: an option of another plugin that looks alike is none of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pytest, "main", lambda *_, **__: pytest.ExitCode.USAGE_ERROR)
    assert main(["verify", "--targt=server"]) == 2
    assert capsys.readouterr().err == "auth0-mfa verify: --targt: no such option. Did you mean --target?\n"
    monkeypatch.setattr(pytest, "main", lambda *_, **__: pytest.ExitCode.OK)
    assert main(["verify", "--reports=x"]) == 0
    assert capsys.readouterr().err == ""


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """--version names the distribution."""
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("pytest-auth0-mfa 0.")


def test_python_m_is_the_same(tmp_path: Path) -> None:
    """`python -m pytest_auth0_mfa` runs the same commands."""
    result = subprocess.run([sys.executable, "-m", "pytest_auth0_mfa", "nothing"], cwd=tmp_path, capture_output=True)
    assert result.returncode == 2
    assert b"no such command: 'nothing'" in result.stderr


# -- explain, openapi --------------------------------------------------------------------------


def test_a_finding_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Id, level, title, text and source; letters of either case."""
    assert main(["explain", next(iter(FINDINGS)).lower()]) == 0
    shown = capsys.readouterr().out
    finding = next(iter(FINDINGS.values()))
    assert shown.startswith(f"{finding.id} ({finding.level}): {finding.title}")
    assert f"Source: {finding.source}" in shown


def test_an_unknown_name_is_told_the_closest(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2 and nothing goes to standard output."""
    assert main(["explain", "wrong_otpp"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("auth0-mfa explain: nothing is called 'wrong_otpp'. Did you mean 'wrong_otp'?")
    assert "auth0-mfa explain --list" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("name", ["V8", "wrong_binding_code", "mfa_required", "mfa_token_lifetime", "1.4", "challenge"])
def test_rows_refusals_and_fields_are_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the name that a page, a report or the code shows."""
    assert main(["explain", name]) == 0
    assert name in capsys.readouterr().out.splitlines()[0]


def test_every_name_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its title, findings first."""
    assert main(["explain", "--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n  {name:28}" in listed for name in (*FINDINGS, *REFUSALS, "V8", "mfa_token_lifetime"))


@pytest.mark.parametrize("arguments", [[], ["V8", "--list"]])
def test_explain_wants_a_name_or_the_list(arguments: list[str]) -> None:
    """One of both: exit code 2 otherwise."""
    with pytest.raises(SystemExit) as stopped:
        main(["explain", *arguments])
    assert stopped.value.code == 2


def test_the_openapi_document_is_printed_or_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are the same JSON."""
    assert main(["openapi"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["openapi"].startswith("3.1")
    assert main(["openapi", "--output", str(tmp_path / "openapi.json")]) == 0
    assert (tmp_path / "openapi.json").read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out == ""


# -- serve -------------------------------------------------------------------------------------


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`auth0-mfa serve --dir run` in ``folder``, up and running."""
    script = [sys.executable, "-m", "pytest_auth0_mfa", "serve", "--dir", "run", *arguments]
    with subprocess.Popen(script, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        shown = []
        for line in process.stdout:
            shown.append(line)
            if line.startswith("Stop it with"):
                break
        try:
            assert process.poll() is None, "".join(shown)
            yield process
        finally:
            process.kill()


def ask(folder: Path, path: str, body: dict[str, str] | None = None) -> tuple[int, object]:
    """Call what is served, trusting ca.pem alone."""
    port = (folder / "run" / "port").read_text(encoding="ascii").strip()
    trust = ssl.create_default_context(cafile=folder / "run" / "ca.pem")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"https://localhost:{port}{path}", data=data, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, context=trust) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a program could handle")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_runs_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    """ca.pem and port are there while it runs; a signal ends it without an error and takes them away."""
    with serving(tmp_path) as process:
        status, document = ask(tmp_path, "/.well-known/openid-configuration")
        assert status == 200
        assert isinstance(document, dict)
        assert document["issuer"].startswith("https://localhost:")
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.endswith("auth0-mfa serve: stopped\n")
    assert list((tmp_path / "run").iterdir()) == []


def test_the_server_is_seeded_by_its_config(tmp_path: Path) -> None:
    """What --config says can log in."""
    config = {
        "applications": [{"client_id": "web", "client_secret": "s"}],
        "users": [{"email": "a@b.test", "password": "p"}],
    }
    (tmp_path / "tenant.json").write_text(json.dumps(config), encoding="utf-8")
    grant = {
        "grant_type": "password",
        "username": "a@b.test",
        "password": "p",
        "client_id": "web",
        "client_secret": "s",
    }
    with serving(tmp_path, "--config", "tenant.json"):
        status, body = ask(tmp_path, "/oauth/token", grant)
    assert status == 403
    assert isinstance(body, dict)
    assert body["error"] == "mfa_required"


def test_the_server_prints_what_clients_need(tmp_path: Path) -> None:
    """Address, credentials, and the variables that make clients trust the certificate."""
    script = [sys.executable, "-m", "pytest_auth0_mfa", "serve"]
    with subprocess.Popen(script, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Stop it with"):
                break
        process.kill()
    shown = "".join(lines)
    for name in ("AUTH0_DOMAIN=localhost:", "AUTH0_CLIENT_ID=", "AUTH0_CLIENT_SECRET=", "NODE_EXTRA_CA_CERTS=/"):
        assert f"  export {name}" in shown
    assert "curl --cacert /" in shown
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_config_is_told_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2; file, JSON path and the closest key."""
    file = tmp_path / "tenant.json"
    file.write_text('{"users": [{"emial": "x"}]}', encoding="utf-8")
    assert main(["serve", "--config", str(file)]) == Outcome.WRONG_USAGE.exit_code
    expected = f"auth0-mfa serve: {file}: $.users[0]: no such key: 'emial'. Did you mean 'email'?"
    assert capsys.readouterr().err.startswith(expected)


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and the way out."""
    with serving(tmp_path):
        port = (tmp_path / "run" / "port").read_text(encoding="ascii").strip()
        assert main(["serve", "--port", port]) == Outcome.WRONG_USAGE.exit_code
    assert f"port {port} on 127.0.0.1 is taken by another program" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["x", "-1", "65536", "٣"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, as for any argument that cannot be read."""
    with pytest.raises(SystemExit) as stopped:
        main(["serve", f"--port={port}"])
    assert stopped.value.code == 2
    assert "expected a port, from 0 (any free one) to 65535" in capsys.readouterr().err


# -- verify ------------------------------------------------------------------------------------


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What `verify` hands to pytest instead of running it, in an empty folder."""
    arguments: list[str] = []

    def pytest_main(given: list[str], plugins: list[object]) -> int:
        arguments.extend(given)
        return 3

    monkeypatch.setattr(pytest, "main", pytest_main)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return arguments


def test_verify_hands_every_argument_to_pytest(handed_over: list[str]) -> None:
    """Known to us or not; pytest's code for an internal error is ours for a run that could not be made."""
    assert main(["verify", "-k", "email", "--auth0-mfa-target=server", "-x"]) == Outcome.COULD_NOT_RUN.exit_code
    assert handed_over[-4:] == ["-k", "email", "--auth0-mfa-target=server", "-x"]
    assert "pytest_auth0_mfa.suite" in handed_over


def test_our_options_need_no_prefix_inside_auth0_mfa(handed_over: list[str]) -> None:
    """Each gets it before pytest sees it; pytest's own options, values and what is behind -- stay."""
    given = ["--target", "server", "--seed=3", "-k", "target", "--tb=no", "--max-examples=5", "--", "--seed"]
    main(["verify", *given])
    assert handed_over[-9:] == [
        "--auth0-mfa-target", "server", "--auth0-mfa-seed=3", "-k", "target", "--tb=no", "--auth0-mfa-max-examples=5",
        "--", "--seed",
    ]  # fmt: skip


def test_every_option_of_a_run_is_in_the_help_of_verify(capsys: pytest.CaptureFixture[str]) -> None:
    """By its short name, with what it says."""
    with pytest.raises(SystemExit):
        main(["verify", "--help"])
    shown = capsys.readouterr().out
    assert all(f"  --{option.name}" in shown for option in RUN_OPTIONS)
    assert len(RUN_OPTIONS) > 9


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "--target=sever"],
        ["verify", "--auth0-mfa-target", "sever"],
        ["doctor", "--target=sever"],
    ],
)
def test_a_misspelt_target_names_the_closest(
    arguments: list[str], handed_over: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no domain of a tenant, and nothing is called."""
    assert main(arguments) == Outcome.WRONG_USAGE.exit_code
    assert "--target=sever: no such target. Did you mean 'server'?" in capsys.readouterr().err
    assert not handed_over


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["doctor", "--targt=a.b"], "Did you mean '--target'?"),
        (["init", "playwrite"], "Did you mean 'playwright'?"),
        (["drift", "a", "b", "--fail-on=warnin"], "Did you mean 'warning'?"),
        (["serve", "--prot=1"], "Did you mean '--port'?"),
    ],
)
def test_what_is_misspelt_names_the_closest(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options and choices alike."""
    required = {"doctor": ["--target=a.b"]}.get(arguments[0], [])
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, *required])
    assert stopped.value.code == Outcome.WRONG_USAGE.exit_code
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize(("pytests", "ours"), [(0, 0), (1, 1), (2, 2), (3, 12), (4, 2), (5, 2), (10, 10), (11, 11)])
def test_verify_ends_with_the_codes_of_all_commands(
    pytests: int, ours: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """pytest's codes for internal error, usage and no tests are ours for the same; one Ctrl-C stays pytest's 2."""
    monkeypatch.setattr(pytest, "main", lambda *_, **__: pytests)
    monkeypatch.chdir(tmp_path)
    assert main(["verify"]) == ours


def test_ctrl_c_ends_every_command_alike(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """130, as shells say of SIGINT."""
    monkeypatch.setattr(command("openapi"), "run", _interrupt)
    assert main(["openapi"]) == Outcome.INTERRUPTED.exit_code
    assert capsys.readouterr().err == "auth0-mfa openapi: interrupted\n"


def _interrupt(_: object) -> int:
    raise KeyboardInterrupt


def test_a_shell_completes_commands_options_and_names() -> None:
    """As argcomplete asks."""
    finder = CompletionFinder(streams.parser_of_all({name: command(name) for name in COMMANDS}))
    for line, expected in (
        ("auth0-mfa ex", "explain"),
        ("auth0-mfa verify --tar", "--target"),
        ("auth0-mfa verify --target se", "server"),
        ("auth0-mfa verify --reproducer py", "python"),
        ("auth0-mfa init play", "playwright"),
        ("auth0-mfa explain MFA1", "MFA104"),
        ("auth0-mfa explain wrong_bind", "wrong_binding_code"),
        ("auth0-mfa explain V", "V8"),
        ("auth0-mfa explain chall", "challenge_replaces_earlier"),
    ):
        words = line.split()
        found = finder._get_completions(words[:-1], words[-1], "", None)  # type: ignore[no-untyped-call]
        assert expected in [one.strip() for one in found], (line, found)


def test_verify_brings_its_own_configuration(handed_over: list[str], tmp_path: Path) -> None:
    """The folder is the root, but its own configuration counts only where it is about this plugin."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -x\nauth0_mfa_seed = 5\n", encoding="utf-8")
    main(["verify"])
    assert handed_over[handed_over.index("-c") + 1].endswith(os.path.join("pytest_auth0_mfa", "suite", "pytest.ini"))
    assert f"--rootdir={tmp_path}" in handed_over
    assert handed_over[handed_over.index("-o") + 1] == "auth0_mfa_seed=5"
    assert "-x" not in handed_over


def test_verify_does_not_read_addopts_of_the_environment(
    handed_over: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYTEST_ADDOPTS is gone when pytest starts."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    main(["verify"])
    assert handed_over
    assert "PYTEST_ADDOPTS" not in os.environ


def test_verify_without_hypothesis_says_what_to_install(
    handed_over: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code of a run that could not be made and the line to type, before pytest starts."""
    monkeypatch.setattr("pytest_auth0_mfa.cli.verify.find_spec", lambda name: None)
    assert main(["verify"]) == Outcome.COULD_NOT_RUN.exit_code
    assert not handed_over
    assert "pip install 'pytest-auth0-mfa[contract]'" in capsys.readouterr().err
