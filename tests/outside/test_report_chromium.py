"""report.html in a real browser: widths, keyboard, copy buttons, hostile words, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.chromium import chromium, needs_chromium
from helpers.report_results import STEPS, broken, finding, result

from pytest_auth0_mfa.report.model import Change, Result
from pytest_auth0_mfa.report.page import page

pytestmark = needs_chromium
HOSTILE = "</pre></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("selenium", reason="selenium is not installed: it is in the dependency group `test`")
    with chromium("--hide-scrollbars") as started:
        yield started


class Page:
    """A report that is open in the browser."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser = browser
        self._file = folder / "report.html"

    def show(self, made: Result, width: int = 1280, dark: bool = False, script: bool = True) -> None:
        self._file.write_text(page(made), encoding="utf-8")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        self._browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
        self._browser.get(self._file.as_uri())

    def ask(self, script: str) -> Any:
        self._browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        return self._browser.execute_script(f"return {script}")


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Page:
    return Page(browser, tmp_path)


LONG = broken(
    findings=(
        finding(actual="x" * 400, field="$." + "member." * 40, tests=("a/" * 80 + "t.py::T::test[e]",)),
        finding(id="MFA003", steps=STEPS * 6),
    ),
    outcome="interrupted",
)


@pytest.mark.parametrize("width", [360, 1280, 1920])
@pytest.mark.parametrize("made", [result(), broken(), LONG], ids=["passing", "failing", "long"])
def test_nothing_is_wider_than_the_window(shown: Page, made: Result, width: int) -> None:
    """The page does not scroll sideways, and no text is cut by its box (arrowheads reach out); code scrolls."""
    shown.show(made, width)
    shown.ask("document.querySelectorAll('details').forEach(n => { n.open = true; })")
    assert shown.ask("document.documentElement.scrollWidth") <= width
    cut = (
        "[...document.querySelectorAll('body *')].filter(n => n.scrollWidth > n.clientWidth + 4 && n.clientWidth > 1"
        " && !n.closest('pre, .unseen, .scrolls') && getComputedStyle(n).display !== 'inline').map(n => n.outerHTML)"
    )
    assert shown.ask(cut) == []
    assert shown.ask("[...document.querySelectorAll('.scrolls')].every(n => n.scrollWidth <= n.clientWidth)")


def test_tables_become_blocks_on_a_telephone(shown: Page) -> None:
    """Each value has its column's name before it; only the matrix stays a table, with every column."""
    made = broken(findings=(finding(), finding(id="MFA003")), drift=(Change("error", "MFA022 at mfa-oob", "found"),))
    made = replace(made, timing=replace(made.timing, previous=made.timing.started))
    shown.show(made, 360)
    said = "getComputedStyle(document.querySelector('.drift td:nth-child(2)'), '::before').content"
    assert shown.ask(said) == '"What changed"'
    assert shown.ask("[...document.querySelectorAll('.stacks td')].every(n => n.dataset.label)")
    assert shown.ask("document.querySelector('.stacks thead').offsetHeight") == 0
    assert shown.ask("document.querySelectorAll('.matrix thead th').length") == 9
    shown.show(made, 1280)
    assert shown.ask(said) == "none"


def test_on_paper_nothing_is_folded_or_cut(browser: Any, shown: Page) -> None:
    """What is folded up on the screen is printed, code is wrapped, and buttons are left out."""
    shown.show(broken(findings=tuple(finding(id=f"MFA00{number}", curl="x" * 400 + "\n") for number in range(1, 6))))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert shown.ask("document.getElementById('finding-5').open") is False
        assert shown.ask("document.querySelector('#finding-5 .sequence').getBoundingClientRect().height") > 100
        assert shown.ask("[...document.querySelectorAll('pre')].every(n => n.scrollWidth <= n.clientWidth)")
        assert shown.ask("document.querySelector('button').offsetHeight") == 0
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_copy_button_copies_the_reproducer(browser: Any, shown: Page) -> None:
    """By keyboard, and it says so to those who do not see it."""
    shown.show(broken())
    browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    shown.ask("document.querySelector('.finding details:nth-of-type(1) > summary').click()")
    buttons = browser.find_elements("css selector", ".copied button")
    assert len(buttons) == 3
    buttons[0].send_keys("\n")
    deadline = "new Promise(r => { const t = setInterval(() => { const s = document.getElementById('said').textContent;"
    said = browser.execute_async_script(
        f"{deadline} if (s) {{ clearInterval(t); r(s); }} }}, 10); }}).then(arguments[0])"
    )
    assert said == "Copied"
    read = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0], e => arguments[0]('' + e))")
    assert read == "pytest 't.py::T::test[e]'"


def test_without_javascript_everything_is_there_but_the_buttons(shown: Page) -> None:
    """Findings are open, matrix and steps are drawn."""
    shown.show(broken(), script=False)
    assert shown.ask("document.querySelectorAll('button').length") == 0
    assert shown.ask("document.querySelector('.finding').open") is True
    assert "mfa_required" in shown.ask("document.querySelector('.sequence').innerText")


def test_a_hostile_tenant_runs_nothing(browser: Any, shown: Page) -> None:
    """Its words stay words."""
    steps = ({**STEPS[0], "body": HOSTILE, "request": HOSTILE},)
    shown.show(broken(findings=(finding(actual=HOSTILE, steps=steps, curl=HOSTILE, source=HOSTILE),)))
    assert browser.title == "violation: MFA API contract of fake"
    assert shown.ask("document.querySelectorAll('script, img').length") == 1
    assert HOSTILE in shown.ask("document.querySelector('.finding dl').innerText")


def test_a_folded_finding_opens_when_it_is_linked_to(browser: Any, shown: Page) -> None:
    """The index leads to findings that are folded up, by keyboard."""
    shown.show(broken(findings=tuple(finding(id=f"MFA00{number}") for number in range(1, 6))))
    assert shown.ask("document.getElementById('finding-5').open") is False
    browser.find_element("css selector", ".index a[href='#finding-5']").send_keys("\n")
    from selenium.webdriver.support.ui import WebDriverWait

    opened = "document.getElementById('finding-5').open"
    WebDriverWait(browser, 10).until(lambda _: shown.ask(opened))  # it opens when the address has changed


def test_the_keyboard_reaches_everything(shown: Page) -> None:
    """What scrolls can be focused, what can be pressed is a button, a link or a summary, all with names."""
    shown.show(broken())
    assert shown.ask("[...document.querySelectorAll('pre')].every(n => n.tabIndex === 0)")
    named = (
        "[...document.querySelectorAll('a, button, summary')].every(n => n.innerText.trim() || n.textContent.trim())"
    )
    assert shown.ask(named)
    assert shown.ask("[...document.querySelectorAll('th')].every(n => n.scope === 'col' || n.scope === 'row')")
    assert shown.ask("document.documentElement.lang") == "en"


_CONTRAST = """(() => {
  const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).map(v => v / 255).map(
    v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const back = n => { for (; n; n = n.parentElement) { const c = getComputedStyle(n).backgroundColor;
    if (!c.endsWith(', 0)')) return c; } return 'rgb(255, 255, 255)'; };
  const poor = [];
  for (const n of document.querySelectorAll('body *')) {
    if (![...n.childNodes].some(c => c.nodeType === 3 && c.textContent.trim())) continue;
    const [a, b] = [light(getComputedStyle(n).color), light(back(n))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(n.outerHTML.slice(0, 120));
  }
  return poor;
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_has_contrast(shown: Page, dark: bool) -> None:
    """At least 4.5 to 1, in both schemes."""
    for made in (result(), broken(), result(outcome="incomplete")):
        shown.show(made, dark=dark)
        assert shown.ask(_CONTRAST) == []
