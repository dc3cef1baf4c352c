"""docs/howto-schedule.md: its workflow files are valid, and their shell steps do what the page says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from helpers.doc_pages import blocks
from helpers.places import PROJECT
from helpers.tenant_process import CLIENT_SECRET, Folder, TenantProcess, kill_while, tenant_process

ROOT = PROJECT
PAGE = ROOT / "docs" / "howto-schedule.md"
FILES = {block.file: block.text for block in blocks(PAGE) if block.file is not None}
GITHUB, GITLAB = FILES[".github/workflows/mfa-contract.yml"], FILES[".gitlab-ci.yml"]
STEPS = [step["name"] for step in yaml.safe_load(GITHUB)["jobs"]["contract"]["steps"] if "run" in step]
"""Those with a shell; the last one opens the issue."""
CHOSEN = "email-challenge-by-default or email-wrong-code"


@pytest.mark.parametrize(
    ("text", "schema"), [(GITHUB, "vendor.github-workflows"), (GITLAB, "vendor.gitlab-ci")], ids=["github", "gitlab"]
)
def test_the_workflow_files_keep_to_their_schemas(tmp_path: Path, text: str, schema: str) -> None:
    """check-jsonschema's own copies of the vendors' schemas accept them."""
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
    file = tmp_path / "workflow.yml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    done = subprocess.run([*command, *transform, str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_must_always_happen_always_happens() -> None:
    """Summary, cleanup, cache and artifact follow a failed run too; only the issue has a condition of its own."""
    steps = yaml.safe_load(GITHUB)["jobs"]["contract"]["steps"]
    after = steps[[step.get("id") for step in steps].index("contract") + 1 :]
    assert [step["name"] for step in after if step["if"] == "always()"] == [
        "Summary",
        "Remove what the run left",
        "Keep profile, report and ledger",
        "Report",
    ]
    job = yaml.safe_load(GITLAB)["mfa-contract"]
    assert job["after_script"][0].startswith("auth0-mfa cleanup")
    assert job["cache"]["when"] == job["artifacts"]["when"] == "always"


def test_the_files_run_on_a_schedule_and_keep_what_the_next_run_needs() -> None:
    """Cron, one run at a time, profile, report and ledger between runs, and the report as an artifact."""
    workflow = yaml.safe_load(GITHUB)
    triggers = workflow[True]  # YAML takes `on` for a truth value
    assert [len(entry["cron"].split()) for entry in triggers["schedule"]] == [5]
    assert workflow["concurrency"]["cancel-in-progress"] is False
    steps = {step.get("name", step.get("uses")): step for step in workflow["jobs"]["contract"]["steps"]}
    restored, saved = steps["Profile, report and ledger of the last run"], steps["Keep profile, report and ledger"]
    assert restored["with"]["path"].split() == saved["with"]["path"].split() == [".auth0-mfa", "auth0-mfa-report"]
    assert restored["with"]["key"] == saved["with"]["key"]
    assert saved["with"]["key"].startswith(restored["with"]["restore-keys"])
    assert steps["Report"]["with"]["path"] == "auth0-mfa-report"
    assert "--auth0-mfa-report-dir=auth0-mfa-report --junitxml=auth0-mfa-report/" in steps["Play the contract"]["run"]
    job = yaml.safe_load(GITLAB)["mfa-contract"]
    assert {"if": '$CI_PIPELINE_SOURCE == "schedule"'} in job["rules"]
    assert job["resource_group"]
    assert job["cache"]["paths"] == [".auth0-mfa/", "auth0-mfa-report/"]
    assert job["artifacts"]["paths"] == ["auth0-mfa-report/"]
    assert job["artifacts"]["reports"]["junit"] == "auth0-mfa-report/junit.xml"


def test_the_secrets_of_the_page_are_those_of_the_workflow() -> None:
    """Each secret that the table names is handed to the job, under its own name, and no other."""
    environment = yaml.safe_load(GITHUB)["jobs"]["contract"]["env"]
    handed = {name for name, value in environment.items() if value == f"${{{{ secrets.{name} }}}}"}
    table = PAGE.read_text(encoding="utf-8").partition("| secret |")[2].partition("\n\n")[0]
    assert all(f"`{name}`" in table for name in handed)
    assert table.count("`AUTH0_") == len(handed) == len(environment) - 1


# -- the shell steps, against a stand-in -------------------------------------------------------


class Runner:
    """What a CI system does with the shell steps; pip, gh and curl are stubs that write down what they are given."""

    def __init__(self, target: TenantProcess, folder: Path) -> None:
        self.target = target
        self.work = Folder(folder / "work", target).path
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.bin.mkdir()
        self.log.touch()
        verify = f'if [ "$1" = verify ]; then set -- "$@" -k "{CHOSEN}"; fi\n'
        self._stub("auth0-mfa", f'{verify}exec "{sys.executable}" -m pytest_auth0_mfa "$@"')
        self._stub("pip", "")
        self.no_issue_is_open()
        self.output, self.summary = folder / "output", folder / "summary"
        self.played: list[str] = []
        """The names of the steps that were run on GitHub."""

    def no_issue_is_open(self) -> None:
        self._stub("gh", "")
        self._stub("curl", 'case "$*" in *state=opened*) echo "[]";; esac')

    def issue_7_is_open(self) -> None:
        self._stub("gh", 'case "$*" in "issue list"*) echo 7;; esac')
        self._stub("curl", """case "$*" in *state=opened*) echo '[{"iid": 7}, {"iid": 5}]';; esac""")

    def _stub(self, name: str, script: str) -> None:
        file = self.bin / name
        file.write_text(f'#!/bin/bash\necho "{name} $*" >> "{self.log}"\n{script}\n')
        file.chmod(0o755)

    def run(self, script: str, environment: Mapping[str, str] | None = None) -> int:
        """Run a step; its exit code."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.work,
            env={
                **self.target.environment,
                "PATH": f"{self.bin}:{os.environ['PATH']}",
                "TENANT": self.target.domain,
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "CI_API_V4_URL": "https://gitlab.example/api/v4",
                "CI_PROJECT_ID": "7",
                "ISSUE_TOKEN": "issue-token",
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            timeout=600,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def calls(self, name: str) -> list[str]:
        """What a stub was given since the last time."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return [line for line in lines if line.startswith(f"{name} ")]

    def report(self) -> Any:
        return json.loads((self.work / "auth0-mfa-report" / "report.json").read_text(encoding="utf-8"))


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    with tenant_process(tmp_path / "stand-in", {"factors": ["otp", "email", "recovery-code"]}) as target:
        yield Runner(target, tmp_path)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Runner:
    """Steps that need no tenant."""
    target: Any = SimpleNamespace(environment={}, domain="staging.eu.auth0.com")
    made = Runner(target, tmp_path)
    (made.work / "auth0-mfa-report").mkdir()
    (made.work / "auth0-mfa-report" / "report.md").write_text("# What was found")
    return made


def script(name: str) -> str:
    """The shell of a step on GitHub."""
    steps = yaml.safe_load(GITHUB)["jobs"]["contract"]["steps"]
    return str(next(step["run"] for step in steps if step.get("name") == name))


def github(runner: Runner) -> str:
    """Play the steps of the job in order, as GitHub does; the exit code of the contract's step."""
    runner.played.clear()
    runner.output.write_text("")
    runner.summary.write_text("")
    failed, code = False, ""
    for step in yaml.safe_load(GITHUB)["jobs"]["contract"]["steps"]:
        condition = str(step.get("if", ""))
        wanted = condition.startswith("always()") if failed or condition else True
        if "outputs.code" in condition:
            wanted = f"'{code}'" in condition
        if "run" in step and wanted:
            ended = runner.run(step["run"], {"CODE": code})
            runner.played.append(step["name"])
            failed = failed or ended != 0
            if step.get("id") == "contract":
                code = runner.output.read_text().strip().removeprefix("code=")
                assert code == str(ended), runner.said
    return code


def gitlab(runner: Runner) -> int:
    """Play script and after_script, as GitLab does: each is one shell."""
    job = yaml.safe_load(GITLAB)["mfa-contract"]
    ended = runner.run("\n".join([*job["before_script"], *job["script"]]))
    said = runner.said
    assert runner.run("\n".join(job["after_script"])) == 0, runner.said
    runner.said = said
    return ended


@pytest.mark.parametrize(("code", "title"), [("1", "breaks the contract"), ("10", "drifted from its profile")])
def test_github_opens_one_issue_and_adds_to_it(rehearsal: Runner, code: str, title: str) -> None:
    """The report is its text; while it is open, another run comments on it."""
    opens = script("Open an issue")
    assert rehearsal.run(opens, {"CODE": code}) == 0, rehearsal.said
    created = rehearsal.calls("gh")[-1]
    assert created.endswith(f"--title MFA API: staging.eu.auth0.com {title} --body-file body.md")
    assert (rehearsal.work / "body.md").read_text() == "# What was found"
    rehearsal.issue_7_is_open()
    assert rehearsal.run(opens, {"CODE": code}) == 0, rehearsal.said
    assert rehearsal.calls("gh")[-1] == "gh issue comment 7 --body-file body.md"


@pytest.mark.parametrize(("code", "title"), [("1", "breaks the contract"), ("10", "drifted from its profile")])
def test_gitlab_opens_one_issue_and_adds_to_it(rehearsal: Runner, code: str, title: str) -> None:
    """Through the API; the token stands in a header only."""
    opens = yaml.safe_load(GITLAB)["mfa-contract"]["after_script"][1:]  # what comes first removes users
    (rehearsal.work / "auth0-mfa-report" / "code").write_text(code)
    assert rehearsal.run("\n".join(opens)) == 0, rehearsal.said
    created = rehearsal.calls("curl")[-1]
    assert f"title=MFA API: staging.eu.auth0.com {title}" in created
    assert created.endswith("description@body.md https://gitlab.example/api/v4/projects/7/issues")
    rehearsal.issue_7_is_open()
    assert rehearsal.run("\n".join(opens)) == 0, rehearsal.said
    assert rehearsal.calls("curl")[-1].endswith("body@body.md https://gitlab.example/api/v4/projects/7/issues/7/notes")


@pytest.mark.parametrize("code", ["0", "11", "12"])
def test_what_is_no_news_of_the_tenant_opens_no_issue(rehearsal: Runner, code: str) -> None:
    """All well, incomplete and could not run are for those who look at the job."""
    (rehearsal.work / "auth0-mfa-report" / "code").write_text(code)
    after = yaml.safe_load(GITLAB)["mfa-contract"]["after_script"][1:]
    assert rehearsal.run("\n".join(after)) == 0, rehearsal.said
    assert rehearsal.calls("curl") == []
    step = yaml.safe_load(GITHUB)["jobs"]["contract"]["steps"][-1]
    assert step["name"] == "Open an issue"
    assert f"'{code}'" not in step["if"]


def test_a_run_without_a_report_has_no_summary_and_no_error(rehearsal: Runner) -> None:
    """What ended before the contract was played leaves the steps after it unharmed."""
    (rehearsal.work / "auth0-mfa-report" / "report.md").unlink()
    assert rehearsal.run(script("Summary")) == 0, rehearsal.said
    after = yaml.safe_load(GITLAB)["mfa-contract"]["after_script"][1:]
    assert rehearsal.run("\n".join(after)) == 0, rehearsal.said
    assert rehearsal.calls("curl") == []


@pytest.mark.slow
@pytest.mark.parametrize("where", ["github", "gitlab"])
def test_what_a_killed_run_left_is_removed(runner: Runner, where: str) -> None:
    """The step that always runs leaves no user behind."""
    kill_while(Folder(runner.work, runner.target).start("-k", "email", "-q"), runner.target.users, "a user")
    assert runner.target.users()
    cleanup = script("Remove what the run left")
    if where == "gitlab":
        cleanup = yaml.safe_load(GITLAB)["mfa-contract"]["after_script"][0]
    assert runner.run(cleanup) == 0, runner.said
    assert runner.target.users() == []


@pytest.mark.slow
def test_github_measures_then_holds_the_tenant_to_it(runner: Runner) -> None:
    """The first night measures and is well; after a change of the tenant an issue says that it drifted."""
    assert github(runner) == "0", runner.said
    assert (runner.work / ".auth0-mfa" / "profile.toml").exists()
    assert "all well" in runner.summary.read_text()
    assert runner.calls("gh") == []
    assert runner.played == STEPS[:-1]
    users = runner.target.users()
    runner.target.control.call("PATCH", "profile", {"wrong_binding_code": "401 invalid_grant"})
    assert github(runner) == "10", runner.said
    assert runner.played == STEPS
    assert runner.report()["timing"]["previous"]
    assert "drift" in runner.summary.read_text()
    created = [call for call in runner.calls("gh") if "issue create" in call]
    assert len(created) == 1
    assert "drifted from its profile" in created[0]
    assert runner.target.users() == users
    for file in (runner.work / "auth0-mfa-report").iterdir():
        text = file.read_text(encoding="utf-8")
        for secret in (CLIENT_SECRET, runner.target.control_token, "eyJ"):
            assert secret not in text, (file, secret)


@pytest.mark.slow
def test_gitlab_does_the_same(runner: Runner) -> None:
    """The exit code is the job's, and the issue is made through the API."""
    assert gitlab(runner) == 0, runner.said
    assert runner.calls("curl") == []
    runner.target.control.call("PATCH", "profile", {"wrong_binding_code": "401 invalid_grant"})
    assert gitlab(runner) == 10, runner.said
    posted = runner.calls("curl")
    assert len(posted) == 2
    assert "title=MFA API" in posted[1]
    assert "description@body.md" in posted[1]
