"""What ``auth0-mfa init`` writes passes as it is, under ``auth0-mfa run``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.chromium import BROWSER
from helpers.places import TESTS

STUBS = TESTS / "helpers" / "node_stubs"
NODE_MODULES = TESTS / "outside" / "sdk" / "node" / "node_modules"
PLAYWRIGHT = NODE_MODULES / "@playwright" / "test"
OURS = (sys.executable, "-m", "pytest_auth0_mfa")

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
needs_playwright = pytest.mark.skipif(
    BROWSER is None or not PLAYWRIGHT.is_dir(),
    reason="Playwright (npm ci in tests/outside/sdk/node) and Chromium are not both installed",
)
needs_typescript = pytest.mark.skipif(
    not (NODE_MODULES / "typescript").is_dir(), reason="TypeScript is not installed: npm ci in tests/outside/sdk/node"
)


def _run(folder: Path, *command: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH0_", "PYTEST_"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@needs_node
def test_the_node_test_passes(tmp_path: Path) -> None:
    """With Node's own test runner."""
    _run(tmp_path, *OURS, "init", "node")
    said = _run(tmp_path, *OURS, "run", "--", "node", "--test", "--test-reporter=tap")
    assert "# pass 1" in said


def test_the_pytest_test_passes(tmp_path: Path) -> None:
    """In process: nothing is served."""
    _run(tmp_path, *OURS, "init", "pytest")
    said = _run(tmp_path, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_login_mfa.py")
    assert "1 passed" in said


@needs_node
@needs_playwright
def test_the_playwright_test_passes_in_chromium(tmp_path: Path) -> None:
    """Playwright itself drives the browser, which calls the tenant from the example page."""
    _run(tmp_path, *OURS, "init", "playwright")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    runner = PLAYWRIGHT / "cli.js"
    said = _run(tmp_path, *OURS, "run", "--", "node", str(runner), "test", CHROMIUM_PATH=str(BROWSER))
    assert re.search(r"\b1 passed\b", said)


@needs_node
def test_the_playwright_test_is_played_against_a_stub(tmp_path: Path) -> None:
    """Where Playwright is not installed its place is taken by enough of it to play the spec."""
    _run(tmp_path, *OURS, "init", "playwright")
    _stub(tmp_path, "@playwright/test", "playwright.mjs")
    said = _run(tmp_path, *OURS, "run", "--", "node", "login.spec.mjs")
    assert said == "ok a login is confirmed with the code of the email\n"


@needs_node
def test_the_cypress_configuration_offers_what_its_test_asks_for(tmp_path: Path) -> None:
    """Against a stub: each task of the spec is one of the configuration, and answers under a tenant."""
    _run(tmp_path, *OURS, "init", "cypress")
    _stub(tmp_path, "cypress", "cypress.mjs")
    (tmp_path / "tasks.mjs").write_text(
        'import config from "./cypress.config.mjs";\n'
        "config.e2e.setupNodeEvents((event, tasks) => console.log(Object.keys(tasks).join(' ')));\n",
        encoding="utf-8",
    )
    offered = _run(tmp_path, *OURS, "run", "--", "node", "tasks.mjs").split()
    asked = re.findall(r'cy\.task\("(\w+)"', (tmp_path / "login.cy.js").read_text(encoding="utf-8"))
    assert len(asked) == 5
    assert set(asked) <= set(offered)


@needs_node
@needs_typescript
def test_the_types_fit_the_helper(tmp_path: Path) -> None:
    """TypeScript accepts a right use and finds a factor that does not exist; every export is typed."""
    _run(tmp_path, *OURS, "init", "node")
    (tmp_path / "use.mts").write_text(
        'import { addUser, nextCode } from "./auth0-mfa.mjs";\n'
        'const user = await addUser({ authenticators: ["email"] });\n'
        "const code: string = await nextCode(user, { after: 0 });\n"
        "// @ts-expect-error\n"
        'await addUser({ authenticators: ["emial"] });\n'
        "console.log(code);\n",
        encoding="utf-8",
    )
    compiler = NODE_MODULES / "typescript" / "bin" / "tsc"
    _run(tmp_path, "node", str(compiler), "--strict", "--noEmit", "--module", "nodenext", "--target", "es2022",
         "--types", "", "--lib", "es2022,dom", "use.mts")  # fmt: skip
    helper = (tmp_path / "auth0-mfa.mjs").read_text(encoding="utf-8")
    types = (tmp_path / "auth0-mfa.d.mts").read_text(encoding="utf-8")
    exported = re.findall(r"^export (?:const|function|async function) (\w+)", helper, re.MULTILINE)
    assert exported == re.findall(r"^export function (\w+)", types, re.MULTILINE)


def _stub(folder: Path, package: str, stub: str) -> None:
    place = folder / "node_modules" / package
    place.mkdir(parents=True)
    shutil.copy(STUBS / stub, place / "index.mjs")
    (place / "package.json").write_text('{"exports": "./index.mjs"}', encoding="utf-8")
