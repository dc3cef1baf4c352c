"""Names of pytest that are not public: tried with pytest 8.2 to 9.2."""

from __future__ import annotations

import io
from typing import Any, cast

import pytest

from pytest_auth0_mfa.plugin.compat import failure_of_lines, is_overridden, terminal_width, wrap_terminal

UPSTREAM = "pytest 8.2 to 9.2"


def test_pytest_is_of_a_version_that_was_tried() -> None:
    """A newer one is looked at first: what is not public may have moved."""
    assert (8, 2) <= tuple(int(part) for part in pytest.__version__.split(".")[:2]) <= (9, 2), UPSTREAM


def test_a_failure_is_lines_of_our_own() -> None:
    """Red ones, plain ones below, and a headline for the short summary."""
    try:
        raise ValueError
    except ValueError:
        info = pytest.ExceptionInfo.from_current()
    shown = failure_of_lines(info, ["one", "two"], ["\nplain\n"], "the headline")
    assert str(shown).startswith("E   one\nE   two\n\nplain")
    assert shown.reprcrash is not None
    assert (shown.reprcrash.path, shown.reprcrash.message) == (__file__, "the headline")


def test_a_fixture_that_somebody_overrides_is_seen(request: pytest.FixtureRequest) -> None:
    """One that is the plugin's own still is not."""
    assert not is_overridden(request, "auth0_mfa_domain")
    assert is_overridden(request, "auth0_mfa_seed")


@pytest.fixture
def auth0_mfa_seed() -> int:
    """Overridden."""
    return 3


def test_the_terminal_can_be_wrapped_and_measured() -> None:
    """Between pytest's writer and its file."""

    class Writer:
        fullwidth = 80
        _file = io.StringIO()

    class Reporter:
        _tw = Writer()

    reporter: Any = Reporter()
    plugins: Any = type("Plugins", (), {"get_plugin": staticmethod(lambda name: reporter)})
    wrap_terminal(cast("pytest.Config", type("Config", (), {"pluginmanager": plugins})), lambda file: io.StringIO("x"))
    assert reporter._tw._file.getvalue() == "x"
    assert terminal_width(reporter) == 80
