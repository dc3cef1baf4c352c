"""docs/howto-schedule.md: its workflow files are valid, and their shell steps do what the page says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from doc_pages import blocks
from stand_in import CLIENT_SECRET, Folder, StandIn, stand_in

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "howto-schedule.md"
FILES = {block.file: block.text for block in blocks(PAGE) if block.file is not None}
GITHUB, GITLAB = FILES[".github/workflows/mfa-contract.yml"], FILES[".gitlab-ci.yml"]
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

    def __init__(self, target: StandIn, folder: Path) -> None:
        self.target = target
        self.work = Folder(folder / "work", target).path
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.bin.mkdir()
        self.log.touch()
        verify = f'if [ "$1" = verify ]; then set -- "$@" -k "{CHOSEN}"; fi\n'
        self._stub("auth0-mfa", f'{verify}exec "{sys.executable}" -m pytest_auth0_mfa "$@"')
        self._stub("pip", "")
        self._stub("gh", "")
        self._stub("curl", 'case "$*" in *state=opened*) echo "[]";; esac')
        self.output, self.summary = folder / "output", folder / "summary"

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
    with stand_in(tmp_path / "stand-in", {"factors": ["otp", "email", "recovery-code"]}) as target:
        yield Runner(target, tmp_path)


def github(runner: Runner) -> str:
    """Play the steps of the job in order, as GitHub does; the exit code of the contract's step."""
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


@pytest.mark.slow
def test_github_measures_then_holds_the_tenant_to_it(runner: Runner) -> None:
    """The first night measures and is well; after a change of the tenant an issue says that it drifted."""
    assert github(runner) == "0", runner.said
    assert (runner.work / ".auth0-mfa" / "profile.toml").exists()
    assert "all well" in runner.summary.read_text()
    assert runner.calls("gh") == []
    users = runner.target.users()
    runner.target.control.call("PATCH", "profile", {"wrong_binding_code": "401 invalid_grant"})
    assert github(runner) == "10", runner.said
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
