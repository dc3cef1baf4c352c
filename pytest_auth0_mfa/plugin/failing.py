"""Fails a test with only a message, without a traceback, for wrong settings, markers or a missing extra."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import pytest

from pytest_auth0_mfa.errors import ConfigurationError, MissingExtraError, UnwritableError, closest

from .keys import SESSION_SERVER
from .user_lines import end_in_users_code

T = TypeVar("T")


def fail_plainly(call: Callable[[], T], *also: type[Exception], reraise: type[Exception] | tuple[()] = ()) -> T:
    """The call's result. Wrong usage fails the test with its message, without a traceback through this package.

    Exceptions in ``also`` are handled the same way; those in ``reraise`` propagate.
    """
    # For our own failure the frame stays visible: pytest complains about a traceback in which all frames are hidden.
    __tracebackhide__ = _is_no_sentence
    refusals: tuple[type[Exception], ...] = (ConfigurationError, MissingExtraError, UnwritableError, *also)
    try:
        return call()
    except reraise:
        raise
    except refusals as refused:
        text = str(refused)
    pytest.fail(text, pytrace=False)


def _is_no_sentence(info: pytest.ExceptionInfo[BaseException]) -> bool:
    return not isinstance(info.value, pytest.fail.Exception)


def say_what_is_missing(call: pytest.CallInfo[None]) -> None:
    """Show a missing extra as its message, with the line of the user's code that needs it, if there is one."""
    assert call.excinfo is not None
    if not isinstance(call.excinfo.value, MissingExtraError):  # an exception of the same name in another package
        return
    if not end_in_users_code(call.excinfo):
        failure = pytest.fail.Exception(str(call.excinfo.value), pytrace=False)
        call.excinfo = pytest.ExceptionInfo.from_exception(failure.with_traceback(call.excinfo.tb))


def with_scope_advice(message: str) -> str:
    """pytest's ScopeMismatch message, with advice if it is about a fixture of this plugin."""
    if re.search(r"fixture '?(make_)?auth0_mfa(_server)?\b", message) is None:
        return message
    return (
        f"{message}\nA tenant lives as long as a test. For an application that is started once, take "
        "auth0_mfa_session_server (scope session) and call its reset() in each test; or make a tenant of your own: "
        "with serve(Tenant()) as tenant, in a fixture of the scope you need."
    )


@cache
def _tenant_keywords() -> tuple[str, ...]:
    from pytest_auth0_mfa.tenant.tenant import Tenant

    return tuple(inspect.signature(Tenant).parameters)


def marker_keywords(node: pytest.Item) -> dict[str, Any]:
    """The keywords of all `auth0_mfa` markers on the test; of two values the marker closest to the test wins."""
    keywords: dict[str, Any] = {}
    for marker in node.iter_markers("auth0_mfa"):
        keywords = {**marker.kwargs, **keywords}
    return keywords


def check_markers(node: pytest.Item) -> None:
    """Fail the test for a marker that `Tenant` cannot be made from, and warn about one that has no effect."""
    __tracebackhide__ = True
    for marker in node.iter_markers("auth0_mfa"):
        if problem := _problem(marker):
            pytest.fail(problem, pytrace=False)
    if _does_nothing(node):
        said = (
            f"@pytest.mark.auth0_mfa does nothing on {node.name}: it says how the test's tenant is made, and the test "
            "has none. Let the test take the fixture auth0_mfa or auth0_mfa_server, or remove the mark."
        )
        try:
            node.warn(pytest.PytestWarning(said))
        except pytest.PytestWarning:  # -W error
            raise pytest.fail.Exception(said, pytrace=False) from None


def _does_nothing(node: pytest.Item) -> bool:
    """Whether the marker is on the test function itself but the test has no fixture that reads it.

    A marker on a class or module, or one set by a hook, is meant for those of the tests that have a tenant.
    """
    marks = getattr(getattr(node, "function", None), "pytestmark", ())
    if not any(mark.name == "auth0_mfa" for mark in marks):
        return False
    has = set(getattr(node, "fixturenames", ()))
    if has == {SESSION_SERVER, "request"}:  # the session's tenant does not read markers
        return True
    return "request" not in has and not any(name.startswith(_READ_THE_MARK) for name in has)


_READ_THE_MARK = ("auth0_mfa", "make_auth0_mfa_server", "_auth0_mfa")


def _problem(marker: pytest.Mark) -> str:
    if marker.args:
        return (
            "@pytest.mark.auth0_mfa takes keywords of Tenant only, such as factors={'email'}; "
            f"it was given {len(marker.args)} positional argument(s)"
        )
    for name in marker.kwargs:
        if name not in _tenant_keywords():
            hint = closest(name, _tenant_keywords())
            return f"@pytest.mark.auth0_mfa({name}=...): no such keyword of Tenant. {hint}"
    return ""
