"""``auth0-mfa init KIND``: write a helper, fixtures and a first passing test into a project."""

from __future__ import annotations

import argparse
import sys
from importlib.resources import files
from pathlib import Path

from pytest_auth0_mfa.files import write_atomically

SUMMARY = "write a helper, fixtures and a first passing test into your project"
PASSES_ARGUMENTS_ON = False

_HELPER = ("javascript/auth0-mfa.mjs", "javascript/auth0-mfa.d.mts")
_PAGE = "javascript/example-app.html"
KINDS: dict[str, tuple[str, ...]] = {
    "node": (*_HELPER, "node/login.test.mjs"),
    "playwright": (
        *_HELPER, _PAGE, "playwright/fixtures.mjs", "playwright/playwright.config.mjs", "playwright/login.spec.mjs",
    ),
    "cypress": (*_HELPER, _PAGE, "cypress/cypress.config.mjs", "cypress/login.cy.js"),
    "pytest": ("pytest/test_login_mfa.py",),
}  # fmt: skip
"""By kind: its files, below ``project_files``. They are all written into one folder."""

NEXT = {
    "node": ("auth0-mfa run -- node --test",),
    "playwright": (
        "npm install --save-dev @playwright/test",
        "npx playwright install chromium    # or: export CHROMIUM_PATH=/usr/bin/chromium",
        "auth0-mfa run -- npx playwright test",
    ),
    "cypress": ("npm install --save-dev cypress", "auth0-mfa run -- npx cypress run"),
    "pytest": ("pytest test_login_mfa.py",),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the kind of project and its folder."""
    parser.description = (
        f"{SUMMARY[0].upper()}{SUMMARY[1:]}.\n\n"
        "Nothing is overwritten: when one of the files is there already, with other content, none is written."
    )
    parser.add_argument("kind", metavar="KIND", choices=tuple(KINDS), help=f"one of {', '.join(KINDS)}")
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        type=Path,
        default=Path(),
        help="the folder to write to (default: the current one)",
    )
    parser.epilog = "then:\n" + "\n".join(f"  {kind:12}{NEXT[kind][-1]}" for kind in KINDS)


def run(options: argparse.Namespace) -> int:
    """Write the files and print what to do next. Exit code 2 when a file with other content is in the way."""
    folder: Path = options.folder
    texts = {file.rpartition("/")[2]: text_of(file) for file in KINDS[options.kind]}
    present = {name for name in texts if (folder / name).exists() or (folder / name).is_symlink()}
    if in_the_way := [name for name in texts if name in present and not _is(folder / name, texts[name])]:
        message = f"{', '.join(in_the_way)} already there in {folder.resolve()}. Nothing was written."
        print(f"auth0-mfa init: {message} Move what is in the way, or name another folder.", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if name not in present:
            write_atomically(folder / name, text)
        print(f"{'unchanged' if name in present else 'written'}  {folder / name}")
    print("\nNext:")
    if folder != Path():
        print(f"  cd {folder}")
    print("".join(f"  {command}\n" for command in NEXT[options.kind]), end="")
    return 0


def text_of(file: str) -> str:
    """The text of a file below ``project_files``."""
    return (files(__package__) / "project_files" / file).read_text(encoding="utf-8")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
