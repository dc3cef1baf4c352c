"""What every test of the project may use; marks by folder; which tests a plain `pytest` plays."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent
TESTS = ROOT / "tests"
MARKS = ("unit", "contract", "outside", "outside/plugin", "outside/packages", "project")
"""Folders of `tests` whose tests carry a mark of the folder's name."""
QUICK = "not outside and not packages and not slow and not nightly"

MAY_BE_SKIPPED = {
    r"not covered: the adapter ": "what a contract says of a client that cannot do everything",
    r"needs a real tenant: --auth0-mfa-target": "what the marker `auth0_mfa_live` does without one",
    r"no IPv6$": "the machine's network; nothing to install",
    r"needs namespaces of Linux": "the machine's kernel, in some containers; nothing to install",
}
"""Reasons, as regular expressions, for which a test may be skipped in CI, and why. All others fail the run there,
however they are worded; but what another environment of tox plays is not missing in this one."""


def pytest_configure(config: pytest.Config) -> None:
    """Without a word about what to play, play the quick set; say what is missing before anything is collected."""
    if config.args_source is not config.ArgsSource.ARGS and not config.option.markexpr:
        config.option.markexpr = QUICK  # here and not in `addopts`: a test that is named is always played
    if _of_the_project(config) and (missing := list(_missing())):
        raise pytest.UsageError(
            f"the project's tests need what is not installed here ({', '.join(missing)}): pip install . --group test"
        )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks follow from the folder."""
    if TESTS in item.path.parents:
        for folder in MARKS:
            if TESTS / folder in item.path.parents:
                item.add_marker(folder.rpartition("/")[2])


@pytest.fixture(scope="session")
def _one_authority_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import trustme

    file = tmp_path_factory.mktemp("authority") / "one.pem"
    file.write_bytes(trustme.CA().cert_pem.bytes())
    return file


@pytest.fixture(autouse=True, scope="module")
def _one_authority(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every client of HTTPS reads all authorities that the machine trusts, 50 ms for each client, where one will do.

    The tests outside of this process may talk to an index of packages, and trust what the machine trusts.
    """
    folders = request.path.parents
    # Made before any inner run of pytest, which would unload the modules that make it, and cannot load them twice.
    file = str(request.getfixturevalue("_one_authority_file")) if TESTS in folders else ""
    with pytest.MonkeyPatch.context() as patched:
        if TESTS / "unit" in folders or TESTS / "contract" in folders:
            patched.setenv("SSL_CERT_FILE", file)
            patched.setattr("certifi.where", lambda: file)  # what httpx reads where it may not read the variable
        yield


def _of_the_project(config: pytest.Config) -> bool:
    """Whether tests of the project are played, and not a test that somebody has put beside README."""
    named = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    return any(path in (ROOT, TESTS) or TESTS in path.parents for path in named)


def _missing() -> Iterator[str]:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    for requirement in ["pytest-auth0-mfa", *groups["features"], *groups["test"]]:
        if isinstance(requirement, dict):
            continue  # the group of the features
        match = re.match(r"[\w.-]+", requirement)
        assert match is not None
        try:
            version(match[0])
        except PackageNotFoundError:
            yield match[0]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where nothing may be missing, a skipped test fails the run, unless its reason stands in `MAY_BE_SKIPPED`."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if "AUTH0_MFA_TEST_NOTHING_MISSING" not in os.environ or reporter is None:
        return
    skipped = [report.longrepr for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    reasons = sorted({reason.removeprefix("Skipped: ") for _, _, reason in skipped})
    if missing := [reason for reason in reasons if not _may_be_skipped(reason)]:
        reporter.write_line("")
        for reason in missing:
            reporter.write_line(f"AUTH0_MFA_TEST_NOTHING_MISSING: {reason}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _may_be_skipped(reason: str) -> bool:
    if match := re.search(r"tox -e (\w+)", reason):
        return match[1] != os.environ.get("TOX_ENV_NAME")  # another environment plays it
    return any(re.match(pattern, reason) for pattern in MAY_BE_SKIPPED)
