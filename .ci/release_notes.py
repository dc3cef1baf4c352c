"""Print CHANGELOG.md's section for a tag. Fails when the tag, pyproject.toml and CHANGELOG.md do not agree."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

TITLE = re.compile(r"^## (?P<version>\S+) \((?P<date>[^)]*)\)$", re.MULTILINE)


def notes(tag: str, root: Path) -> str:
    """The section for the tag's version. Raises SystemExit, with what does not agree and what to do."""
    with (root / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    if tag != f"v{version}":
        raise SystemExit(
            f"the tag is {tag}, the version in pyproject.toml {version}: tag v{version}, or set the version"
        )
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    titles = list(TITLE.finditer(text))
    for title, following in zip(titles, [*titles, None][1:], strict=True):
        if title["version"] == version:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", title["date"]):
                raise SystemExit(f"CHANGELOG.md: {version} is {title['date']!r}: expected its date, such as 2026-11-24")
            return text[title.end() : following.start() if following else len(text)].strip() + "\n"
    raise SystemExit(f"CHANGELOG.md has no section of {version}: expected '## {version} (date)'")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python .ci/release_notes.py TAG")
    sys.stdout.write(notes(sys.argv[1], Path(__file__).parent.parent))
