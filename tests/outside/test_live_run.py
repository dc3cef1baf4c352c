"""Contract runs against a stand-in in a process of its own, over HTTPS: whole, killed, limited, interrupted."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from helpers.amounts import chosen
from helpers.live_tenant import PLAYED_LIVE
from helpers.mail_servers import PASSWORD, MailServer, dovecot
from helpers.tenant_process import CLIENT_ID, CLIENT_SECRET, Folder, TenantProcess, kill_while, tenant_process, until
from helpers.unreachable_rows import wrongly_listed

from pytest_auth0_mfa.live.ledger import Ledger
from pytest_auth0_mfa.plugin.live import AT_ONCE
from pytest_auth0_mfa.spec.outcomes import Outcome
from pytest_auth0_mfa.spec.profile import Profile, alternatives, profile_fields

pytestmark = pytest.mark.slow

FACTORS = ["otp", "email", "push", "recovery-code"]
NOBODYS = {"email": "resident@mail.example", "password": "resident-password", "authenticators": ["email"]}
"""A user of the tenant's own, whom no run may touch."""


@pytest.fixture
def target(tmp_path: Path) -> Iterator[TenantProcess]:
    """A stand-in whose codes are read by its control plane."""
    with tenant_process(tmp_path / "stand-in", {"factors": FACTORS, "users": [NOBODYS]}) as made:
        yield made


@pytest.fixture
def folder(target: TenantProcess, tmp_path: Path) -> Folder:
    """Where its runs are made."""
    return Folder(tmp_path / "runs", target)


def state(target: TenantProcess) -> Any:
    """What a run must leave as it was."""
    return [target.control.call("GET", path) for path in ("users", "factors", "policy", "applications", "push")]


def scenarios(output: str) -> int:
    """How many documented flows a run completed."""
    found = re.search(r"(\d+) (?:documented )?flows completed", output)
    return int(found[1]) if found else 0


# -- whole ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    """Dovecot behind an SMTP listener."""
    with dovecot() as server:
        yield server


def test_a_whole_run_over_smtp_imap_and_https(mail: MailServer, tmp_path: Path) -> None:
    """Nothing of the path is replaced: it passes for every factor and leaves the tenant as it was."""
    config = {"factors": [*FACTORS, "sms"], "users": [NOBODYS]}
    with tenant_process(tmp_path / "stand-in", config, "--smtp", f"127.0.0.1:{mail.smtp_port}") as target:
        authorities = tmp_path / "authorities.pem"
        authorities.write_text(Path(target.ca_file).read_text() + Path(mail.ca_file).read_text())
        folder = Folder(tmp_path / "runs", target)
        before = state(target)
        profile = tmp_path / "profile.toml"
        profile.write_text(Profile().dumps())
        code, output = folder.verify(
            f"--auth0-mfa-profile={profile}",
            "-vv",
            "--showlocals",
            *REPORTED,
            AUTH0_MFA_OTP_SOURCE=mail.url,
            SSL_CERT_FILE=str(authorities),
            AUTH0_MFA_LIVE_WAIT="12",
        )
        assert code == Outcome.ALL_WELL.exit_code, output
        assert state(target) == before
        assert Ledger(folder.ledger).open_entries() == []
        rows = {line.split()[0]: line for line in reversed(output.splitlines()) if line.strip()}
        for operation, factors in {
            "mfa-otp": "otp",
            "mfa-oob": "email push",
            "mfa-recovery-code": "recovery-code",
        }.items():
            assert rows[operation].endswith(factors), output
        assert scenarios(output) > 90, output
        told = json.loads((folder.path / "report" / "report.json").read_text(encoding="utf-8"))
        assert wrongly_listed((cell["operation"], cell["outcome"]) for cell in told["coverage"]) == {}
        assert 0 < output.index("auth0-mfa: planned: ") < output.index(" PASSED"), output  # before anything is sent
        assert len(planted(folder)) > 500
        assert leaks(folder, output) == []
        assert PASSWORD not in output


def test_workers_have_users_and_budgets_of_their_own(folder: Folder, target: TenantProcess) -> None:
    """Under pytest-xdist the workers do not meet, the ledger is whole and the report is one."""
    before = state(target)
    code, output = folder.verify("-n", "2", "-k", "email or otp-enroll or recovery")
    assert code == Outcome.ALL_WELL.exit_code, output
    assert state(target) == before
    assert Ledger(folder.ledger).open_entries() == []
    assert "over 2 workers" in output


# -- killed --------------------------------------------------------------------------------------


at_moments = pytest.mark.parametrize(
    "moments",
    [
        pytest.param(random.sample(range(1, 150), 1), id="one"),
        pytest.param(random.sample(range(1, 150), 5), id="five", marks=pytest.mark.nightly),
    ],
)
"""Numbers of calls: other ones each time, from the first call on."""


def kill_at(moment: int, folder: Folder, *arguments: str, **environment: str) -> None:
    """Begin a run and kill it once it has made so many calls, whatever it is doing then."""
    target = folder.target
    due = len(target.control.call("GET", "calls")) + moment
    process = folder.start(*arguments, **environment)
    until(lambda: len(target.control.call("GET", "calls")) >= due, f"{moment} calls", deadline=240)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def clean_up(folder: Folder, before: object, when: object, **environment: str) -> None:
    """Cleanup removes what the killed run left, and nothing else."""
    code, output = folder.run("cleanup", **environment)
    assert code == 0, (when, output)
    assert state(folder.target) == before, when


@at_moments
def test_what_a_killed_run_left_is_removed(folder: Folder, target: TenantProcess, moments: list[int]) -> None:
    """Killed while it has a user, then at random moments: cleanup removes what is left, and nothing else."""
    before = state(target)
    chosen = ("-k", "email or otp-enroll or machine", "-q")
    kill_while(folder.start(*chosen), lambda: len(target.users()) > 1, "a user")
    assert len(target.users()) > 1
    clean_up(folder, before, "with a user")
    for moment in moments:
        kill_at(moment, folder, *chosen)
        clean_up(folder, before, moment)


def test_the_next_run_removes_what_a_killed_one_left(folder: Folder, target: TenantProcess) -> None:
    """Nobody has to remember the command."""
    kill_while(folder.start("-k", "email", "-q"), lambda: len(target.users()) > 1, "a user")
    assert len(target.users()) > 1
    code, output = folder.verify("-k", "mfa-required", "-q")
    assert code == Outcome.ALL_WELL.exit_code, output
    assert re.search(r"removed [1-9]\d* of", output), output
    assert len(target.users()) == 1


# -- given users ---------------------------------------------------------------------------------


def test_given_users_are_given_back_as_they_were(tmp_path: Path) -> None:
    """What was enrolled for them is taken away; who they are is left alone."""
    people = [{"email": f"{name}@mail.example", "password": f"password-of-{name}"} for name in ("ada", "bob")]
    with tenant_process(tmp_path / "stand-in", {"factors": FACTORS, "users": people}) as target:
        folder = Folder(tmp_path / "runs", target)
        users = json.dumps(people)
        before = state(target)
        code, output = folder.verify("-k", "otp or email", "-q", AUTH0_MFA_USERS=users, AUTH0_MFA_USER_EMAIL="")
        assert code == Outcome.ALL_WELL.exit_code, output
        assert state(target) == before


@at_moments
def test_what_a_killed_run_enrolled_for_given_users_is_removed(tmp_path: Path, moments: list[int]) -> None:
    """Killed while something is enrolled, then at random moments; who they are and what they had is left alone."""
    people = [{"email": f"{name}@mail.example", "password": f"password-of-{name}"} for name in ("ada", "bob")]
    with tenant_process(tmp_path / "stand-in", {"factors": FACTORS, "users": people}) as target:
        folder = Folder(tmp_path / "runs", target)
        users = json.dumps(people)
        before = state(target)
        chosen = ("-k", "email or otp-enroll", "-q")

        def enrolled() -> bool:
            return any(user["authenticators"] for user in target.users())

        kill_while(folder.start(*chosen, AUTH0_MFA_USERS=users), enrolled, "an authenticator")
        assert enrolled()
        clean_up(folder, before, "with an authenticator", AUTH0_MFA_USERS=users)
        for moment in moments:
            kill_at(moment, folder, *chosen, AUTH0_MFA_USERS=users)
            clean_up(folder, before, moment, AUTH0_MFA_USERS=users)


# -- limits --------------------------------------------------------------------------------------


def test_a_budget_that_is_too_small_stops_the_run_before_its_first_message(
    folder: Folder, target: TenantProcess
) -> None:
    """The sum is shown, nothing is sent, and the exit code says that the run could not be made."""
    code, output = folder.verify("-k", "email", "-q", AUTH0_MFA_BUDGET="email=3")
    assert code == Outcome.COULD_NOT_RUN.exit_code, output
    assert re.search(r"the scenarios need \d+ email of 3 in the budget", output), output
    assert target.control.call("GET", "outbox") == []


def test_the_machine_is_trimmed_to_the_budget(folder: Folder) -> None:
    """Where the scenarios fit, fewer examples are played, and it is said."""
    # Five examples of this seed send six emails. Of some seeds they send one, and nothing has to be trimmed.
    code, output = folder.verify("-k", "machine", "-q", "--auth0-mfa-seed=10", AUTH0_MFA_BUDGET="email=1")
    assert code in (Outcome.ALL_WELL.exit_code, Outcome.INCOMPLETE.exit_code), output
    assert re.search(r"the machine plays \d of 5 examples", output), output


def test_an_unpredicted_429_makes_the_run_incomplete(folder: Folder, target: TenantProcess) -> None:
    """It is not judged; the other tests are."""
    fault = {"operation": "associate", "status": 429, "error": "too_many_requests", "times": 2}
    target.control.call("POST", "faults/fail-next", fault)
    code, output = folder.verify("-k", "otp-enroll or mfa-required", "-q")
    assert code == Outcome.INCOMPLETE.exit_code, output
    assert "left unjudged: a limit of the tenant answered 429" in output


def test_what_a_bad_network_leaves_unjudged_makes_the_run_incomplete(folder: Folder, target: TenantProcess) -> None:
    """An accident costs an attempt with a fresh user; what goes on ends the run, and nobody is accused."""
    target.control.call("POST", "faults/fail-next", {"operation": "associate", "status": 503, "times": 1})
    code, output = folder.verify("-k", "otp-enroll", "-q")
    assert code == Outcome.ALL_WELL.exit_code, output
    target.control.call("POST", "faults/fail-next", {"operation": "associate", "status": 503, "times": 5})
    code, output = folder.verify("-k", "otp-enroll", "-q")
    assert code == Outcome.INCOMPLETE.exit_code, output
    assert "POST /mfa/associate was answered 503. The network is not the tenant" in output


def test_a_source_of_codes_that_fails_accuses_nobody(folder: Folder) -> None:
    """The run is incomplete, and says which source it was."""
    code, output = folder.verify("-k", "email-enroll", "-q", AUTH0_MFA_OTP_SOURCE='command:["false"]')
    assert code == Outcome.INCOMPLETE.exit_code, output
    assert "the source of codes (CommandSource): false: exit code 1" in output


def test_wrong_credentials_are_said_to_be_wrong(folder: Folder) -> None:
    """First of all: nothing else that follows from them is worth reading."""
    code, output = folder.verify("-k", "otp-enroll", "-q", AUTH0_CLIENT_SECRET="wrong-secret")
    assert code == Outcome.COULD_NOT_RUN.exit_code, output
    assert "AUTH0_CLIENT_ID or AUTH0_CLIENT_SECRET is not right for this tenant" in output


# -- interrupted ---------------------------------------------------------------------------------


def interrupted(folder: Folder, after: int, times: int) -> tuple[int, str]:
    """A run that is sent SIGINT so many times once it has made so many more calls."""
    control = folder.target.control
    due = len(control.call("GET", "calls")) + after
    process = folder.start("-k", "email or otp-enroll or machine", "-q")
    until(lambda: len(control.call("GET", "calls")) >= due, f"{after} calls", deadline=240)
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


@pytest.mark.parametrize("after", chosen((12,), (1, 12, 40)))
def test_one_interrupt_ends_the_run_as_pytest_does(folder: Folder, target: TenantProcess, after: int) -> None:
    """With exit code 2, whatever the run is doing; the ledger names what is left, and the run says how much."""
    code, output = interrupted(folder, after, 1)
    assert code == pytest.ExitCode.INTERRUPTED, output
    named = [entry.name for entry in Ledger(folder.ledger).open_entries()]
    left = {user["email"] for user in target.users()} - {NOBODYS["email"]}
    assert left <= set(named), output  # it also names a user whose deletion nobody saw answered
    told = "nothing is left in the tenant"
    if named:
        told = (
            f"{len(named)} user{'s' if len(named) > 1 else ''} or enrolment{'s' if len(named) > 1 else ''} may be left"
        )
    assert told in output


@pytest.mark.parametrize("after", chosen((12,), (1, 12, 40)))
def test_a_second_interrupt_ends_the_process(folder: Folder, target: TenantProcess, after: int) -> None:
    """With exit code 130 at any moment, or with 2 where the first one was quicker; the run says what is left."""
    code, output = interrupted(folder, after, 2)
    assert code in (AT_ONCE, pytest.ExitCode.INTERRUPTED), output
    assert "may be left" in output or "nothing is left" in output or len(target.users()) == 1, output


# -- profile -------------------------------------------------------------------------------------


FREE = {
    name: alternatives(profile_fields()[name])[1]
    for name in PLAYED_LIVE
    if profile_fields()[name].metadata["cost"] == "free"
}
"""The fields whose probe costs nothing, and for each a value unlike the default."""
HIDDEN = {
    "invalid_access_token": "userinfo_unauthorized_as_text: the answer has no error",
    "rows_have_type": "mfa_requirements: both alternatives give rows a type",
}
"""Those of them that another of them hides, and how."""
TEN = (  # of as many operations as there are
    "mfa_required", "client_authentication", "not_enrolled", "association_required", "missing_bearer",
    "invalid_phone_number", "delete_unknown", "refresh_demands_mfa", "spaces_in_code", "newest_first",
)  # fmt: skip
ONE_MORE = "wrong_verb"


def observed(output: str) -> dict[str, str]:
    """What a run says that it observed."""
    return dict(re.findall(r"MFA030 observed at \S+: (\S+) = (.*)", output))


def shown(profile: Mapping[str, Any]) -> dict[str, str]:
    """Fields as a run prints them."""
    return {name: str(value) for name, value in profile.items()}


@pytest.mark.nightly
def test_ten_fields_are_measured_written_and_then_hold(tmp_path: Path) -> None:
    """Exactly they are observed; saved as TOML and given, nothing differs any more. One more change is one drift."""
    changed = {name: FREE[name] for name in TEN}
    with tenant_process(tmp_path / "stand-in", {"factors": [*FACTORS, "sms"], "profile": changed}) as target:
        folder = Folder(tmp_path / "runs", target)
        code, output = folder.verify("--auth0-mfa-update-profile")
        assert code == Outcome.ALL_WELL.exit_code, output
        assert observed(output) == shown(changed)
        written = folder.path / ".auth0-mfa" / "profile.toml"
        assert Profile.load(written) == Profile().with_(**changed)
        assert re.search(r'at = "\d{4}-\d\d-\d\dT', written.read_text())
        code, output = folder.verify(f"--auth0-mfa-profile={written}")
        assert code == Outcome.ALL_WELL.exit_code, output
        assert "MFA03" not in output
        target.control.call("PATCH", "profile", {ONE_MORE: FREE[ONE_MORE]})
        code, output = folder.verify(f"--auth0-mfa-profile={written}")
        assert code == Outcome.DRIFT.exit_code, output
        assert re.search(r"\b1 failed", output), output
        assert set(re.findall(r"MFA03\d", output)) == {"MFA031"}
        assert ONE_MORE in output


def test_every_field_that_costs_nothing_is_measured(tmp_path: Path) -> None:
    """All at once, on a tenant whose users have no phone."""
    with tenant_process(tmp_path / "stand-in", {"factors": [*FACTORS, "sms"], "profile": FREE}) as target:
        code, output = Folder(tmp_path / "runs", target).verify()
        assert code == Outcome.ALL_WELL.exit_code, output
        assert observed(output) == shown({name: value for name, value in FREE.items() if name not in HIDDEN})


# -- never by accident ---------------------------------------------------------------------------


def test_a_tenant_that_is_not_allowed_is_refused_with_the_line_to_add(folder: Folder, target: TenantProcess) -> None:
    """No call is made."""
    (folder.path / "pytest.ini").write_text("[pytest]\nauth0_mfa_live_domains = other.example\n")
    code, output = folder.verify()
    assert code == Outcome.WRONG_USAGE.exit_code
    assert f"--auth0-mfa-target={target.domain}: refusing to run. Add it to auth0_mfa_live_domains" in output
    assert f"auth0_mfa_live_domains = other.example {target.domain}" in output
    assert target.control.call("GET", "calls") == []


def test_updating_the_profile_is_refused_from_addopts(folder: Folder) -> None:
    """What writes files is typed."""
    (folder.path / "pytest.ini").write_text(
        f"[pytest]\nauth0_mfa_live_domains = {folder.target.domain}\naddopts = --auth0-mfa-update-profile\n"
    )
    import subprocess
    import sys

    command = [sys.executable, "-m", "pytest", f"--auth0-mfa-target={folder.target.domain}"]
    done = subprocess.run(
        command, cwd=folder.path, env=folder.target.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--auth0-mfa-update-profile is taken from the command line only" in done.stderr


def test_credentials_come_from_the_environment(folder: Folder) -> None:
    """What is missing is named."""
    code, output = folder.verify(AUTH0_CLIENT_ID="")
    assert code == Outcome.WRONG_USAGE.exit_code
    assert "set AUTH0_CLIENT_ID" in output


# -- secrets -------------------------------------------------------------------------------------


def planted(folder: Folder) -> list[str]:
    """Every secret that a run holds or sees, as the stand-in knows them."""
    calls = folder.target.control.call("GET", "calls?full=true")
    found = {CLIENT_SECRET, folder.target.control_token}
    names = (
        r'"(?:mfa_token|access_token|id_token|refresh_token|oob_code|secret|password|binding_code|otp|recovery_code)"'
    )
    for call in calls:
        for side in ("request", "response"):
            found.update(re.findall(names + r': ?"([^"]{6,})"', call[side]["body"]))
    found.update(row["code"] for row in folder.target.control.call("GET", "outbox") if row["code"])
    return sorted(one for one in found if not one.startswith(("000000", "AAAA", "not-a")) and "=" not in one)


REPORTS = ("report/report.html", "report/report.json", "report/report.md")
REPORTED = ("--auth0-mfa-report=json,md,html", "--auth0-mfa-report-dir=report")


def leaks(folder: Folder, output: str) -> list[str]:
    """Which of them stand in the output or in a file of the run's folder, and where; every report is among these."""
    files = {str(path.relative_to(folder.path)): path for path in folder.path.rglob("*") if path.is_file()}
    texts = {"output": output, **{name: path.read_text(errors="replace") for name, path in files.items()}}
    assert all(len(texts.get(name, "")) > 500 for name in REPORTS), f"not every report was written: {sorted(files)}"
    return [f"{one[:6]}... in {name}" for one in planted(folder) for name, text in texts.items() if _stands(one, text)]


def _stands(secret: str, text: str) -> bool:
    return re.search(rf"(?<![0-9A-Za-z.]){re.escape(secret)}(?![0-9A-Za-z])", text) is not None


VERBOSE = ("-vv", "--showlocals", "--full-trace", "-rA", "--log-level=DEBUG", "-o", "log_cli=true", *REPORTED)


def test_no_secret_is_shown_when_all_is_well(folder: Folder) -> None:
    """At the highest verbosity, with the logs of every library."""
    code, output = folder.verify(*VERBOSE, "-k", "email-enroll or otp-enroll or recovery-code or machine")
    assert code == Outcome.ALL_WELL.exit_code, output
    assert len(planted(folder)) > 50
    assert leaks(folder, output) == []
    for name in REPORTS:  # what is read here would be seen there
        file = folder.path / name
        text = file.read_text()
        file.write_text(f"{text} {CLIENT_SECRET}")
        assert leaks(folder, output) == [f"{CLIENT_SECRET[:6]}... in {name}"]
        file.write_text(text)


def test_no_secret_is_shown_when_something_is_broken(folder: Folder, target: TenantProcess) -> None:
    """Neither in the finding, nor in the reproducer, nor among the local variables of a traceback."""
    wrong = {"operation": "mfa-otp", "status": 418, "error": "teapot", "times": 40}
    target.control.call("POST", "faults/fail-next", wrong)
    code, output = folder.verify(*VERBOSE, "-k", "otp", "-n", "2")
    assert code == Outcome.VIOLATION.exit_code, output
    assert "MFA" in output
    assert json.loads((folder.path / "report" / "report.json").read_text())["findings"]
    assert leaks(folder, output) == []


def test_no_secret_is_shown_when_it_is_interrupted(folder: Folder, target: TenantProcess) -> None:
    """Ctrl-C in the middle: users are given back, and the traceback tells nothing."""
    process = folder.start(*VERBOSE, "-k", "email")
    until(lambda: len(target.users()) > 1 and len(target.control.call("GET", "calls")) > 20, "a run under way")
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert json.loads((folder.path / "report" / "report.json").read_text())["outcome"] == "interrupted"
    assert leaks(folder, output) == []
    assert len(target.users()) == 1
    assert CLIENT_ID
