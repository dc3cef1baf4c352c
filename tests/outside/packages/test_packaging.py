"""Wheel and sdist: exactly what they should hold, and what a new environment can do with them.

``tox -e build`` builds both and names their folder in AUTH0_MFA_TEST_DIST.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from helpers.places import PROJECT as ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.skipif(
    "AUTH0_MFA_TEST_DIST" not in os.environ, reason="run `tox -e build`: it builds what is tested"
)


def built(pattern: str) -> Path:
    (file,) = Path(os.environ["AUTH0_MFA_TEST_DIST"]).glob(pattern)
    return file


def tracked(*folders: str) -> set[str]:
    """The files that git knows: what is ignored or left over must not be shipped."""
    output = subprocess.run(["git", "ls-files", "-z", "--", *folders], cwd=ROOT, capture_output=True, check=True).stdout
    return set(output.decode().split("\0")) - {""}


def test_the_wheel_holds_the_package_and_the_schemas() -> None:
    """Every tracked file of both, schemas inside the package, and nothing else."""
    schemas = {f"pytest_auth0_mfa/{name}" for name in tracked("schemas")}
    folder = f"pytest_auth0_mfa-{PROJECT['project']['version']}.dist-info"
    about = {f"{folder}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")}
    with zipfile.ZipFile(built("*.whl")) as wheel:
        assert set(wheel.namelist()) == tracked("pytest_auth0_mfa") | schemas | about


def test_the_sdist_holds_what_is_needed_to_build_and_test() -> None:
    """Every tracked file of the listed folders and files, what hatchling adds, and nothing else."""
    listed = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    prefix = f"pytest_auth0_mfa-{PROJECT['project']['version']}/"
    with tarfile.open(built("*.tar.gz")) as sdist:
        names = {name.removeprefix(prefix) for name in sdist.getnames()}
    assert names == tracked(*listed) | {"PKG-INFO", ".gitignore"}


def test_the_schemas_are_read_from_a_zipped_wheel() -> None:
    """The wheel works without being unpacked."""
    code = "from pytest_auth0_mfa.spec.schemas import schemas; print(len(schemas()))"
    output = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(built('*.whl'))!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert int(output) == len([name for name in tracked("schemas") if name.endswith(".json")])


# -- a new environment -------------------------------------------------------------------------


class Environment:
    """A virtual environment of its own, and an empty folder to work in."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", with_pip=True)
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.folder = folder / "work"
        self.folder.mkdir()

    def install(self, extra: str = "") -> None:
        """Install the wheel, with an extra such as ``[contract]``."""
        command = [str(self.bin / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*command, f"{built('*.whl')}{extra}"], check=True)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in the folder."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AUTH0_"))}
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=self.folder,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and its core dependencies only."""
    made = Environment(tmp_path_factory.mktemp("environment"))
    made.install()
    return made


def readme_test() -> str:
    """The first snippet of README."""
    return (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].partition("```")[0]


def test_the_first_test_stands_early_in_the_readme() -> None:
    """Within 20 lines a reader has a passing test."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines.index("```", lines.index("```python")) < 20


def test_without_extras_the_readme_test_passes(environment: Environment) -> None:
    """The core dependencies are enough for the tenant in process."""
    (environment.folder / "test_readme.py").write_text(readme_test(), encoding="utf-8")
    result = environment.run("pytest", "-q", "test_readme.py")
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout


def test_a_newcomer_follows_the_readme_in_a_fresh_clone(tmp_path: Path) -> None:
    """The lines below "Try it", typed as they stand in the folder that the sdist unpacks to, lead to a passing test."""
    with tarfile.open(built("*.tar.gz")) as sdist:
        sdist.extractall(tmp_path, filter="data")
    (clone,) = tmp_path.iterdir()
    lines = (clone / "README.md").read_text(encoding="utf-8").split("```sh\n")[1].partition("```")[0]
    script = tmp_path / "typed.sh"
    script.write_text(f"set -e\n{lines}\ncat > test_login.py <<'END'\n{readme_test()}END\npytest\n", encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON", "AUTH0_"))}
    clean["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}"
    done = subprocess.run(["bash", str(script)], cwd=clone, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (("pytest", "-q", "test_server.py"), "server"),
        (("auth0-mfa", "serve"), "server"),
        (("auth0-mfa", "verify"), "contract"),
    ],
)
def test_a_missing_extra_names_the_line_to_type(environment: Environment, command: tuple[str, ...], extra: str) -> None:
    """What needs an optional dependency says which `pip install` brings it."""
    (environment.folder / "test_server.py").write_text("def test_served(auth0_mfa_server): pass\n", encoding="utf-8")
    result = environment.run(*command)
    assert result.returncode != 0
    assert f"pip install 'pytest-auth0-mfa[{extra}]'" in result.stdout


def test_with_the_contract_extra_the_suite_passes_whatever_the_folder_says(environment: Environment) -> None:
    """`auth0-mfa verify` follows its own configuration, and `pytest --pyargs` works in an empty folder."""
    environment.install("[contract]")
    for leftover in environment.folder.iterdir():
        if leftover.is_file():
            leftover.unlink()
    result = environment.run(
        "pytest", "-q", "--pyargs", "pytest_auth0_mfa.suite", "-p", "no:cacheprovider", "-k", "email"
    )
    assert result.returncode == 0, result.stdout
    (environment.folder / "pytest.ini").write_text(
        "[pytest]\npython_files = check_*.py\npython_classes = Check*\naddopts = -k nothing -p no:auth0_mfa\n",
        encoding="utf-8",
    )
    result = environment.run("auth0-mfa", "verify")
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout
