"""Plays pages of documentation: their fenced blocks are files, programs, commands and the output of these.

- A block with ``# file: NAME`` (or ``// file: NAME``) in its first lines, or ``<!-- file: NAME -->`` on the line
  before it, is written to the page's folder; a later block with the same name replaces it.
- ``sh`` runs in that folder, without its ``pip install`` lines. A ``text`` block directly after it is its expected
  output, where ``...`` stands for anything.
- ``diff`` changes files in the folder; see `changed`.
- ``python`` without a name runs: with pytest when it defines a test, by itself otherwise.
- ``<!-- not run: REASON -->`` on the line before a block says why it is not executed.
- Blocks of python, sh, js, json, toml, ini and yaml have to be well-formed.

After the last block, pytest runs the page's test files, unless a command already did.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:^<!-- (?P<said>[^\n]*?) -->\n+)?^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
_NAME = re.compile(r"\A(?:#!.*\n)?(?://|#) file: (\S+)\n")
_NOT_FOR_PAGES = ("PYTEST_", "AUTH0_", "PYTHONSAFEPATH")
"""The beginnings of environment variables that a reader does not have."""
_NO_GRAMMAR = {"", "diff", "text", "mermaid"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``file``: its file name; ``not_run``: the reason why it is not executed."""

    language: str
    text: str
    file: str | None
    not_run: str | None

    @property
    def defines_tests(self) -> bool:
        """Whether it has tests for pytest."""
        return self.language == "python" and re.search(r"^\s*(async )?def test_", self.text, re.MULTILINE) is not None


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        said, text = found["said"] or "", found["text"]
        name = _NAME.search(text)
        file = name[1] if name else said.removeprefix("file: ") if said.startswith("file: ") else None
        reason = said.removeprefix("not run: ") if said.startswith("not run: ") else None
        language = (found["info"].split() or [""])[0]
        yield Block({"bash": "sh", "yml": "yaml"}.get(language, language), text, file, reason)


def read(block: Block) -> None:
    """Check that a block is well-formed, and that its language is a known one."""
    text = block.text
    if block.language == "python":
        compile(text, block.file or "<snippet>", "exec")
    elif block.language == "sh":
        subprocess.run(["bash", "-n", "-c", text], check=True)
    elif block.language == "js":
        if shutil.which("node"):
            subprocess.run(["node", "--check", "--input-type=module", "-"], input=text, text=True, check=True)
    elif block.language == "json":
        json.loads(text)
    elif block.language == "toml":
        tomllib.loads(text)
    elif block.language == "ini":
        configparser.ConfigParser(interpolation=None).read_string(text)
    elif block.language == "yaml":
        import yaml

        yaml.safe_load(text)
    else:
        assert block.language in _NO_GRAMMAR, f"a block of {block.language!r} is checked by nothing"


class Player:
    """Plays the blocks of a page in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        python: Path | None = None,
    ) -> None:
        self.folder = folder
        self.python = str(python or sys.executable)
        self.environment = environment or {}
        self.printed: str | None = None
        self._tested = False
        self._files: list[str] = []

    def play(self, page: Path) -> None:
        """Play all blocks, then the tests if no command ran them."""
        found = list(blocks(page))
        for number, (block, after) in enumerate(zip(found, [*found[1:], None], strict=True)):
            read(block)
            if block.not_run is None:
                self._play(block, number, after)
        if self._files and not self._tested:
            self.run(self.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *self._files)

    def _play(self, block: Block, number: int, after: Block | None) -> None:
        if block.file is not None:
            self._write(block.file, block.text)
        elif block.language == "sh":
            shown = after.text if after is not None and after.language == "text" else ""
            self._shell(block.text, fails=re.search(r"\bfailed\b|\bFAILED\b|\brefuse", shown) is not None)
            return
        elif block.language == "diff":
            self._change(block.text)
        elif block.language == "text" and self.printed is not None:
            check_printed(block.text, self.printed)
        elif block.defines_tests:
            self._write(f"test_block_{number}.py", block.text)
        elif block.language == "python":
            self._write(f"block_{number}.py", block.text)
            self.run(self.python, f"block_{number}.py")
        self.printed = None

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.name.startswith("test_") and name.endswith(".py") and name not in self._files:
            self._files.append(name)

    def _change(self, diff: str) -> None:
        for part in re.split(r"^--- ", diff, flags=re.MULTILINE)[1:]:
            name, _, hunk = part.partition("\n")
            path = self.folder / name.strip()
            path.write_text(changed(path.read_text(encoding="utf-8"), hunk), encoding="utf-8")

    def _shell(self, text: str, *, fails: bool) -> None:
        script = "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("pip install "))
        self.printed = self.run("bash", "-euo", "pipefail", "-c", script, may_fail=fails)
        self._tested = self._tested or re.search(r"^pytest\b", script, re.MULTILINE) is not None

    def run(self, *command: str, may_fail: bool = False) -> str:
        """Run a program, which has to succeed unless it ``may_fail``; return what it prints."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_PAGES)}
        clean["PATH"] = f"{Path(self.python).parent}{os.pathsep}{clean['PATH']}"
        clean |= {"NO_COLOR": "1", "COLUMNS": "120", **self.environment}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert may_fail or done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
        return done.stdout


def changed(text: str, hunk: str) -> str:
    """The text with a diff applied: kept lines begin with a space, new ones with +, removed ones with -.

    The kept and removed lines of a change have to occur in the text exactly once, as one piece. ``@@`` begins another
    change.
    """
    for piece in re.split(r"^@@.*\n", hunk, flags=re.MULTILINE):
        lines = [line or " " for line in piece.splitlines()]
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        if old.strip():
            assert text.count(old) == 1, f"these lines stand {text.count(old)} times in the file:\n{old}"
            text = text.replace(old, new)
    return text


def check_printed(shown: str, printed: str) -> None:
    """Check that the lines that a page shows were printed, in this order; ``...`` stands for anything."""
    lines: Sequence[str] = printed.splitlines()
    for line in filter(None, (line.strip() for line in shown.splitlines())):
        if line == "...":
            continue
        pattern = re.compile(".*".join(map(re.escape, line.split("..."))))
        place = next((n for n, found in enumerate(lines) if pattern.fullmatch(found.strip())), None)
        assert place is not None, f"the page shows a line that is not printed (here):\n{line}\n\n{printed}"
        lines = lines[place + 1 :]
