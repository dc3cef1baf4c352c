"""The pages for other languages and for shells: every snippet in them runs, against a server of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.places import PROJECT, TESTS

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.app.control.routes import ROUTES
from pytest_auth0_mfa.cli.init import KINDS, text_of

ROOT = PROJECT
STUBS = TESTS / "helpers" / "node_stubs"
PAGES = ("howto-other-languages.md", "howto-shell.md")

_TASKS = """
    import config from "./cypress.config.mjs";
    import { nextCode } from "./auth0-mfa.mjs";
    const { AUTH0_DOMAIN, AUTH0_CLIENT_ID: client_id, AUTH0_CLIENT_SECRET: client_secret } = process.env;
    async function auth0(path, body) {
      const headers = { "Content-Type": "application/json" };
      const content = JSON.stringify({ client_id, client_secret, ...body });
      return (await fetch(`https://${AUTH0_DOMAIN}${path}`, { method: "POST", headers, body: content })).json();
    }
    let tasks;
    config.e2e.setupNodeEvents((event, given) => { tasks = given; });
    await tasks.reset();
    const user = await tasks.addUser({ authenticators: ["email", "push", "otp"] });
    const login = { grant_type: "password", username: user.email, password: user.password };
    const { mfa_token } = await auth0("/oauth/token", login);
    for (const { id } of user.authenticators.slice(0, 2)) {
      const after = await tasks.outboxEnd();
      await auth0("/mfa/challenge", { mfa_token, authenticator_id: id });
      const code = await tasks.nextCode({ user, after });
      console.log(after, code?.length);
    }
    console.log((await tasks.approvePush(user)).email === user.email, (await tasks.appCode(user)).length);
    await nextCode(user, { after: 2, seconds: 0 }).catch((error) => console.log(error.message));
"""
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^(?://|#) file: (\S+)\n", re.MULTILINE)

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
needs_shell = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="bash, curl and jq are not all installed"
)


def _snippets(page: str) -> dict[str, str]:
    """The fenced blocks of a page by the file name in their first lines."""
    found = {}
    for _, block in _BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        name = _NAME.search(block)
        assert name is not None, f"{page}: a block without a line '// file: NAME' runs in no test:\n{block}"
        found[name[1]] = _NAME.sub("", block, count=1)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every file of both pages, and stand-ins for Playwright and Cypress."""
    for page in PAGES:
        for name, text in _snippets(page).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
    for package, stub in (("@playwright/test", "playwright.mjs"), ("cypress", "cypress.mjs")):
        place = tmp_path / "node_modules" / package
        place.mkdir(parents=True)
        shutil.copy(STUBS / stub, place / "index.mjs")
        (place / "package.json").write_text('{"exports": "./index.mjs"}', encoding="utf-8")
    return tmp_path


def _run(folder: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# -- the pages ---------------------------------------------------------------------------------


def test_every_snippet_is_known() -> None:
    """A block that a page gains has to be run here too."""
    names = [name for page in PAGES for name in _snippets(page)]
    assert sorted(names) == [
        "auth0-mfa.mjs",
        "cypress.config.mjs",
        "fixtures.mjs",
        "login.cy.js",
        "login.sh",
        "login.spec.mjs",
        "login.test.mjs",
        "more.sh",
        "playwright.config.mjs",
        "test_aiohttp_server.py",
        "test_node.py",
    ]


def test_the_page_shows_the_very_files_that_init_writes() -> None:
    """Each file of `auth0-mfa init` for Node, Playwright and Cypress, types and page apart, stands on the page."""
    shown = _snippets(PAGES[0])
    files = {file for kind in ("node", "playwright", "cypress") for file in KINDS[kind]}
    for file in files - {"javascript/auth0-mfa.d.mts", "javascript/example-app.html"}:
        assert shown[file.rpartition("/")[2]] == text_of(file)
    browser = (ROOT / "docs" / "howto-browser.md").read_text(encoding="utf-8")
    assert text_of("javascript/example-app.html") in browser


def test_the_table_of_routes_is_current() -> None:
    """One row for each route, in order."""
    page = (ROOT / "docs" / PAGES[0]).read_text(encoding="utf-8")
    table = page[page.index("| route | does |") :].splitlines()[2:]
    assert table == [f"| `{route.method} {route.path}` | {route.summary} |" for route in ROUTES]


# -- JavaScript --------------------------------------------------------------------------------


@needs_node
def test_a_node_test_reads_its_code_through_the_control_plane(auth0_mfa_server: Tenant, folder: Path) -> None:
    """In a process of its own, with nothing but the environment."""
    assert "# pass 1" in _run(folder, "node", "--test", "--test-reporter=tap", "login.test.mjs", **auth0_mfa_server.env)
    assert [call.operation for call in auth0_mfa_server.calls] == ["password", "challenge", "mfa-oob"]


@needs_node
def test_the_playwright_spec_is_played(auth0_mfa_server: Tenant, folder: Path) -> None:
    """Against a stand-in for Playwright, whose page is an application that calls the tenant."""
    said = _run(folder, "node", "login.spec.mjs", **auth0_mfa_server.env)
    assert said == "ok a login is confirmed with the code of the email\n"


@needs_node
def test_the_cypress_tasks_work(auth0_mfa_server: Tenant, folder: Path) -> None:
    """Each task that the spec uses is there, and answers what Cypress can hand on."""
    (folder / "run.mjs").write_text(_TASKS, encoding="utf-8")
    said = _run(folder, "node", "run.mjs", **auth0_mfa_server.env).splitlines()
    assert said == ["0 6", "1 undefined", "true 6", "no message came within 0 s"]
    spec = (folder / "login.cy.js").read_text(encoding="utf-8")
    config = (folder / "cypress.config.mjs").read_text(encoding="utf-8")
    _run(folder, "node", "--check", "login.cy.js")
    for task in re.findall(r'cy\.task\("(\w+)"', spec):
        assert re.search(rf"^ +{task}\b", config, re.MULTILINE)


@needs_node
def test_pytest_can_start_a_program(folder: Path) -> None:
    """The page's test passes in a folder that has the helper beside it."""
    said = _run(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_node.py")
    assert "1 passed" in said


def test_aiohttp_reaches_the_server_with_a_context(folder: Path) -> None:
    """It reads no variable of the environment; the page shows what it takes."""
    said = _run(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_aiohttp_server.py")
    assert "1 passed" in said


# -- shell -------------------------------------------------------------------------------------


def _with_tenant(folder: Path, *command: str) -> str:
    return _run(folder, sys.executable, "-m", "pytest_auth0_mfa", "run", "--", *command)


@needs_shell
def test_the_shell_scripts_run_against_serve(folder: Path) -> None:
    """`auth0-mfa run` sets what the scripts read; the login prints what the page says."""
    assert _with_tenant(folder, "bash", "login.sh") == "Bearer\n"
    assert _with_tenant(folder, "bash", "more.sh").splitlines() == [
        '{"challenge":1}',
        "false",
        '["email","otp","recovery-code"]',
        "true",
        "6",
        "[]",
        "[0,0]",
    ]
