"""Writes files whole or not at all: after a full disk or a killed process the old file is still there."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from pytest_auth0_mfa.errors import UnwritableError, in_words


def write_atomically(file: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write ``content`` (text as UTF-8) to ``file`` in one step: a reader sees the old file or the new one.

    Missing folders are created. With ``private`` only the owner can read the file. Something other than a regular
    file, such as ``/dev/stdout``, is written to directly. Raises UnwritableError.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():
            file.write_bytes(data)
        else:
            _replace(Path(os.path.realpath(file)), data, 0o600 if private else 0o666)
    except OSError as error:
        raise UnwritableError(f"{file} was not written: {in_words(error)}") from error


def _replace(file: Path, data: bytes, mode: int) -> None:
    draft = file.with_name(f".auth0-mfa-{secrets.token_hex(6)}")  # short: the file's own name may have full length
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as half:
            half.write(data)
        draft.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
