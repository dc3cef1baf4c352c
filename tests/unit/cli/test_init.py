"""``auth0-mfa init``: files for a project, and nothing of the project's is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_auth0_mfa.cli import main
from pytest_auth0_mfa.cli.init import KINDS, NEXT, text_of


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_writes_its_files_and_says_what_is_next(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is missing is made; each file is named, and so is the next command."""
    folder = tmp_path / "tests" / "e2e"
    assert main(["init", kind, str(folder)]) == 0
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == {
        file.rpartition("/")[2]: text_of(file) for file in KINDS[kind]
    }
    said = capsys.readouterr().out
    assert all(f"written  {file}" in said for file in folder.iterdir())
    assert f"  cd {folder}\n" in said
    assert said.endswith(f"  {NEXT[kind][-1]}\n")


def test_the_folder_is_the_current_one_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of any generator of projects."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", "pytest"]) == 0
    assert (tmp_path / "test_login_mfa.py").is_file()


@pytest.mark.parametrize("taken", ["a file", "a folder", "a link that leads nowhere"])
def test_nothing_is_overwritten(taken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is in the way is named, no file is written, and the exit code is 2."""
    place = tmp_path / "login.test.mjs"
    if taken == "a file":
        place.write_text("mine", encoding="utf-8")
    elif taken == "a folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    assert main(["init", "node", str(tmp_path)]) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["login.test.mjs"]
    assert taken != "a file" or place.read_text(encoding="utf-8") == "mine"
    said = capsys.readouterr()
    assert said.err.startswith(f"auth0-mfa init: login.test.mjs already there in {tmp_path}. Nothing was written.")
    assert said.out == ""


def test_running_it_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second kind in the same folder keeps the helper that is there."""
    assert main(["init", "node", str(tmp_path)]) == 0
    before = (tmp_path / "auth0-mfa.mjs").stat().st_mtime_ns
    assert main(["init", "cypress", str(tmp_path)]) == 0
    assert (tmp_path / "auth0-mfa.mjs").stat().st_mtime_ns == before
    assert f"unchanged  {tmp_path / 'auth0-mfa.mjs'}" in capsys.readouterr().out


def test_an_unknown_kind_lists_the_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    """As argparse does."""
    with pytest.raises(SystemExit) as stopped:
        main(["init", "jest"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert all(kind in said for kind in KINDS)
