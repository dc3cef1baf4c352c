"""What `auth0-mfa verify` takes over from a folder's own pytest configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_auth0_mfa.cli.pytest_config import find
from pytest_auth0_mfa.errors import ConfigurationError

INI = "addopts = -x\nauth0_mfa_seed = 5\nauth0_mfa_live_domains =\n    a.example\n    b.example\n"
TOML = 'addopts = "-x"\nauth0_mfa_seed = "5"\nauth0_mfa_live_domains = ["a.example", "b.example"]\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pytest.ini", f"[pytest]\n{INI}"),
        (".pytest.ini", f"[pytest]\n{INI}"),
        ("tox.ini", f"[tox]\nenv_list = py\n[pytest]\n{INI}"),
        ("setup.cfg", f"[metadata]\nversion = %%\n[tool:pytest]\n{INI}"),
        ("pyproject.toml", f"[project]\n[tool.pytest.ini_options]\n{TOML}"),
        ("pyproject.toml", f"[tool.pytest]\n{TOML}"),
        ("pytest.toml", f"[pytest]\n{TOML}"),
    ],
)
def test_only_lines_about_this_plugin_count(tmp_path: Path, name: str, content: str) -> None:
    """Each kind of file that pytest reads is read, in a folder below it too."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    for start in (tmp_path, below):
        found = find(start)
        assert found.folder == tmp_path
        values = {key: value.strip() for key, value in found.ours.items()}
        assert values == {"auth0_mfa_seed": "5", "auth0_mfa_live_domains": "a.example\nb.example"}


def test_booleans_are_written_as_pytest_reads_them(tmp_path: Path) -> None:
    """TOML's true is -o's true."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\nauth0_mfa_strict = true\n", encoding="utf-8")
    assert find(tmp_path).ours == {"auth0_mfa_strict": "true"}


def test_files_without_a_section_for_pytest_are_passed_over(tmp_path: Path) -> None:
    """The folder itself is the root when nothing configures pytest."""
    start = tmp_path / "project"
    start.mkdir()
    for name, content in (("tox.ini", "[tox]\n"), ("setup.cfg", "[x]\n"), ("pyproject.toml", "[project]\n")):
        (start / name).write_text(content, encoding="utf-8")
    found = find(start)
    assert found.ours == {}
    assert found.folder == start


def test_the_first_file_in_pytests_order_wins(tmp_path: Path) -> None:
    """pytest.ini counts even when it is empty."""
    (tmp_path / "pytest.ini").write_text("", encoding="utf-8")
    (tmp_path / "tox.ini").write_text(f"[pytest]\n{INI}", encoding="utf-8")
    assert find(tmp_path).ours == {}


@pytest.mark.parametrize(("name", "content"), [("pyproject.toml", "[tool"), ("pytest.ini", "addopts = -x\n")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: str) -> None:
    """As pytest itself would refuse it."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=name.replace(".", r"\.") + ": cannot be read: "):
        find(tmp_path)
