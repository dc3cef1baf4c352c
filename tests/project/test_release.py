"""The workflows under .github: valid, pinned, with no more rights than they need, and their steps do what they say."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.places import PROJECT
from nightly.__main__ import PARTS

ROOT = PROJECT
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def jobs(name: str) -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    found: dict[str, Any] = workflow["jobs"]
    return found


def step(job: str, name: str) -> str:
    """The shell script of a step of the release."""
    (script,) = [step["run"] for step in jobs("release.yml")[job]["steps"] if step.get("name") == name]
    return str(script)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
class TestEveryWorkflow:
    def test_it_keeps_to_the_schema(self, path: Path) -> None:
        """check-jsonschema's own copy of GitHub's schema accepts it."""
        pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_actions_are_pinned_to_a_commit(self, path: Path) -> None:
        """A tag can be moved; the comment says which version the commit is."""
        lines = path.read_text(encoding="utf-8").splitlines()
        uses = [line for line in lines if "uses:" in line and "uses: ./.github/" not in line]
        assert uses
        for line in uses:
            assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line

    def test_rights_are_given_by_job_and_checkouts_keep_none(self, path: Path) -> None:
        """Nothing can be written but by a job that says so, and no checkout leaves a token behind."""
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"] in ({}, {"contents": "read"})
        for job in workflow["jobs"].values():
            if "steps" not in job:
                assert job["uses"] == "./.github/workflows/ci.yml"
                continue
            assert job["timeout-minutes"] <= (350 if path.name == "nightly.yml" else 60)
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False

    def test_scripts_are_sound(self, path: Path) -> None:
        """Shells can read them, and none has an expression in it that somebody else could write."""
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            for script in (step["run"] for step in job.get("steps", []) if "run" in step):
                subprocess.run(["bash", "-n", "-c", script], check=True)
                assert "${{" not in script


def test_only_the_last_jobs_may_do_anything() -> None:
    """Each job waits for the one before; identity goes to the two that need it, writing to the release alone."""
    chain = jobs("release.yml")
    assert {name: job.get("needs") for name, job in chain.items()} == {
        "build": None,
        "ci": "build",
        "test": "build",
        "attest": ["ci", "test"],
        "publish": "attest",
        "announce": "publish",
    }
    assert {name: job["permissions"] for name, job in chain.items()} == {
        "build": {"contents": "read"},
        "ci": {"contents": "read"},
        "test": {"contents": "read"},
        "attest": {"attestations": "write", "contents": "read", "id-token": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
    assert chain["publish"]["environment"]["name"] == "pypi"


def tox_environments() -> list[str]:
    """What `tox -m ci` runs."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "tox.ini", encoding="utf-8")
    labels = dict(line.split(" = ") for line in config["tox"]["labels"].strip().splitlines())
    return labels["ci"].split(", ")


def test_ci_has_a_job_for_each_environment() -> None:
    """With no commands of its own; a release waits for them all, on the commit of the tag."""
    job = jobs("ci.yml")["environment"]
    assert job["strategy"]["matrix"]["environment"] == tox_environments()
    assert [step["run"] for step in job["steps"] if "run" in step] == ['.ci/run "$ENVIRONMENT"']
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert jobs("release.yml")["ci"]["uses"] == "./.github/workflows/ci.yml"


def test_the_nightly_jobs_play_every_part() -> None:
    """No part of `tools/nightly` is left out by the schedule."""
    assert jobs("nightly.yml")["part"]["strategy"]["matrix"]["part"] == list(PARTS)


@pytest.mark.parametrize("name", ["tox", "build"])
def test_tools_of_ci_are_pinned_by_hash(name: str) -> None:
    """Each version has the digest of the file that is installed, and nothing else is installed."""
    text = (ROOT / ".ci" / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    rows = text.replace("\\\n", "").splitlines()[1:]
    assert any(row.startswith(f"{name}==") for row in rows)
    for row in rows:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+ +--hash=sha256:[0-9a-f]{64}", row), row
    for workflow in WORKFLOWS:
        for line in workflow.read_text(encoding="utf-8").splitlines():
            assert "pip install" not in line or "--require-hashes" in line, line


def test_the_environments_are_of_every_python_that_is_claimed() -> None:
    """Classifiers and `requires-python` say what is tested, no more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    claimed = [row.removeprefix(prefix) for row in project["classifiers"] if row.startswith(prefix)]
    assert {f"py3{minor}" for minor in claimed} <= set(tox_environments())
    assert project["requires-python"] == f">=3.{min(claimed)}"
    assert "Operating System :: POSIX :: Linux" in project["classifiers"]


class Checkout:
    """A copy of the project in which steps of the release run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / ".ci", folder / ".ci")
        for name in ("pyproject.toml", "CHANGELOG.md"):
            shutil.copy(ROOT / name, folder)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def run(self, script: str, tag: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "GITHUB_REF_NAME": tag}
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


TAG_STEP = "The tag is the version, and the changelog has it"


def test_the_notes_are_the_changelogs_section(checkout: Checkout) -> None:
    """The tag of the version, dated in the changelog, gives the release its notes."""
    checkout.replace("CHANGELOG.md", "(unreleased)", "(2026-11-24)")
    checkout.replace("CHANGELOG.md", "## 0.1.0", "## 0.2.0 (unreleased)\n\nNot yet.\n\n## 0.1.0")
    checkout.replace("pyproject.toml", f'version = "{VERSION}"', 'version = "0.1.0"')
    done = checkout.run(step("build", TAG_STEP), "v0.1.0")
    assert done.returncode == 0, done.stderr
    notes = (checkout.folder / "notes.md").read_text(encoding="utf-8")
    assert notes.startswith("First version.")
    assert "Not yet" not in notes


@pytest.mark.parametrize(
    ("tag", "changelog", "said"),
    [
        ("v9.9.9", "(2026-11-24)", f"the tag is v9.9.9, the version in pyproject.toml {VERSION}"),
        (f"v{VERSION}", "(soon)", f"{VERSION} is 'soon': expected its date"),
        (f"v{VERSION}", "soon", f"CHANGELOG.md has no section of {VERSION}"),
    ],
    ids=["tag", "date", "section"],
)
def test_a_tag_that_does_not_fit_ends_the_release(checkout: Checkout, tag: str, changelog: str, said: str) -> None:
    """The first step says what does not agree, before anything is built."""
    title = re.search(rf"^## {re.escape(VERSION)} (\(.*\))$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert title is not None
    checkout.replace("CHANGELOG.md", title[0], f"## {VERSION} {changelog}")
    done = checkout.run(step("build", TAG_STEP), tag)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """All files that git knows, as a checkout has them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(lambda name: name and (ROOT / name).exists(), listed.decode().split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.packages
def test_build_and_check_do_what_they_say(whole: Path) -> None:
    """The two steps leave an sdist and a wheel that twine has nothing to say against (`tox -e build`)."""
    for module in ("build", "hatchling", "twine"):
        pytest.importorskip(module, reason=f"needs {module}: tox -e build")
    script = f"{step('build', 'Build')}\n{step('build', 'Check')}"
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(whole)}
    done = subprocess.run(["bash", "-ec", script], cwd=whole, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.suffix for path in (whole / "dist").iterdir()) == [".gz", ".whl"]
    assert done.stdout.count("PASSED") == 2
