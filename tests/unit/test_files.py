"""Files that hold something: whole or not at all."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_auth0_mfa.errors import Auth0MfaError, UnwritableError
from pytest_auth0_mfa.files import write_atomically


def test_text_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    """Text is UTF-8 with the line ends it has; folders that are missing are made; nothing else is left."""
    file = tmp_path / "a" / "b" / "file"
    write_atomically(file, "é\n")
    assert file.read_bytes() == "é\n".encode()
    write_atomically(file, b"\r\n")
    assert file.read_bytes() == b"\r\n"
    assert os.listdir(file.parent) == ["file"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    """What is written meanwhile has a short name of its own."""
    file = tmp_path / ("n" * 255)
    write_atomically(file, "x")
    assert file.read_text() == "x"


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_private_file_is_its_owners_from_the_start(tmp_path: Path, private: bool, mode: int) -> None:
    """Others get what the umask leaves them."""
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "file", "x", private=private)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is written."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    write_atomically(link, "after")
    assert link.is_symlink()
    assert target.read_text() == "after"


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    """A pipe with a name, and /dev/stdout, are no files to replace."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        write_atomically(pipe, "through")
        assert reader.communicate()[0] == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Which file, what the system said and what to do; one error of ours, and an OSError too."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnwritableError, match=r"file/x was not written: .*\. There is a file where a folder is needed"):
        write_atomically(tmp_path / "file" / "x", "x")
    with pytest.raises(OSError, match=r"folder was not written: Is a directory\. There is a folder of this name"):
        write_atomically(tmp_path / "folder", "x")
    assert issubclass(UnwritableError, Auth0MfaError)


def test_what_does_not_fit_leaves_the_old_file(tmp_path: Path) -> None:
    """The disk has room for a part of it: no part is kept, and no draft."""
    (tmp_path / "file").write_text("before")
    code = (
        "from pathlib import Path; from pytest_auth0_mfa.files import write_atomically\n"
        "write_atomically(Path('file'), 'x' * 100_000)"
    )

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # Python ignores the signal, and gets EFBIG

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, preexec_fn=little_room, capture_output=True, text=True, check=False
    )
    assert "UnwritableError: file was not written: File too large. Make room." in done.stderr
    assert (tmp_path / "file").read_text() == "before"
    assert os.listdir(tmp_path) == ["file"]
