"""report.html and report.md: what they say, and what they never let through."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from helpers.report_results import STEPS, broken, finding, result

from pytest_auth0_mfa.errors import printable
from pytest_auth0_mfa.report.elements import e
from pytest_auth0_mfa.report.markdown import code, markdown, text
from pytest_auth0_mfa.report.model import Cell, Flow
from pytest_auth0_mfa.report.page import page
from pytest_auth0_mfa.spec.operations import OPERATIONS
from pytest_auth0_mfa.spec.outcomes import OUTCOMES

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`]]>&amp;| ``` [a](javascript:b)"


class Reader(HTMLParser):
    """Checks nesting, and gathers tags, ids, links and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            assert name != "style", tag
            self.ids += [value or ""] if name == "id" else []
            self.links += [value or ""] if name == "href" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_and_attributes_are_escaped() -> None:
    """Only what was made as an element is markup."""
    made = e(
        "p", "<b>", e("i", "&"), [1, None, "\"'"], title='"><x>', hidden=True, lang=None, data_copy="a", class_="b"
    )
    assert made == (
        '<p title="&quot;&gt;&lt;x&gt;" hidden data-copy="a" class="b">&lt;b&gt;<i>&amp;</i>1&quot;&#x27;</p>'
    )


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_has_a_page(outcome: str) -> None:
    """It is well-formed, its ids are unique and its links lead somewhere."""
    for made in (result(outcome=outcome), broken(outcome=outcome)):
        read = Reader(page(made))
        assert len(read.ids) == len(set(read.ids))
        for link in read.links:
            assert link.startswith("https://") or link.removeprefix("#") in read.ids, link
        assert outcome in read.text.lower()
        assert outcome in markdown(made)


def test_nothing_is_loaded_and_nothing_else_may_run() -> None:
    """One file: its policy allows its own style and script by their digests."""
    made = page(broken())
    assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b|\bsrc=|url\(|@import", made)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made)
    assert policy is not None
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert policy[1].count("sha256-") == 2
    assert "unsafe" not in policy[1]


SENT = '{"username": "${AUTH0_MFA_USERNAME}", "otp": "${otp_1}"}'


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("which documented flow is broken?", ["Broken flow", "email-challenge", "A later login is challenged"]),
        (
            "since when?",
            ["first reported 2025-12-31 10:00 UTC; the report of 2025-12-30 10:00 UTC was still without it"],
        ),
        ("with which request?", ["POST /oauth/token", "content-type: application/x-test", SENT]),
        ("what is wrong with the answer?", ["status", "200", "500"]),
        ("how to see it happen?", ["pytest 't.py::T::test[e]'", "call password", "the code that was sent by email"]),
    ],
)
def test_a_reader_who_was_not_there_gets_the_answer(question: str, answers: list[str]) -> None:
    """From the HTML alone, without opening anything but the finding itself."""
    broke = {**STEPS[-1], "headers": {"content-type": "application/x-test"}, "body": SENT}
    found = finding(
        since="2025-12-31T10:00:00+00:00", last_without="2025-12-30T10:00:00+00:00", steps=(*STEPS[:-1], broke)
    )
    made = page(broken(findings=(found,)))
    shown = Reader(made).text.partition("Findings")[2].partition("Coverage of the contract")[0]
    for answer in answers:
        assert answer in shown, question
    opened = made.partition('<li class="call broken">')[2].partition("<summary>What is sent")[0]
    assert opened.endswith("<details open>"), question


def test_markdown_answers_the_same_in_short() -> None:
    """Flow, since when, request, answer, and both ways to see it happen."""
    found = finding(since="2025-12-31T10:00:00+00:00", last_without="2025-12-30T10:00:00+00:00")
    said = markdown(broken(findings=(found,)))
    assert "`email-challenge` A later login is challenged" in said
    assert "first reported 2025-12-31 10:00 UTC; the report of 2025-12-30 10:00 UTC was still without it" in said
    assert "- Request: `POST /oauth/token`" in said
    assert "- In `status`: expected `200`, got `500`" in said
    assert "pytest 't.py::T::test[e]'" in said
    assert "call password" in said


def test_the_suite_is_played_again_by_verify() -> None:
    """The command has the options of the run, the flow, and the seed where chance decides."""
    made = broken()
    made = replace(made, subject=replace(made.subject, command="auth0-mfa verify --auth0-mfa-target=server"))
    assert "auth0-mfa verify --auth0-mfa-target=server -k email-challenge" in Reader(page(made)).text
    made = replace(made, findings=(finding(flows=("machine",), seed=7),))
    assert "auth0-mfa verify --auth0-mfa-target=server --auth0-mfa-seed=7 -k machine" in Reader(page(made)).text


def test_the_overview_of_findings_tells_them_apart() -> None:
    """What is expected and got, since when, and which are new."""
    old = finding(id="MFA001", expected="403 (a)", since="2025-12-31T10:00:00+00:00")
    new = finding(id="MFA001", expected="403 (b)", since=result().timing.started)
    made = broken(findings=(old, new))
    made = replace(made, timing=replace(made.timing, previous="2025-12-31T10:00:00+00:00"))
    index = page(made).partition('<table class="stacks index">')[2].partition("</table>")[0]
    first, second = index.split("</tr>")[1:3]
    assert "expected 403 (a), got 500" in first
    assert ">new<" not in first
    assert "expected 403 (b), got 500" in second
    assert ">new<" in second


def test_drift_is_no_violation() -> None:
    """What left its profile is marked as such, and its flow is not called broken."""
    made = page(broken(findings=(finding(id="MFA031", level="drift"),), outcome="drift", exit_code=10))
    assert 'class="finding drift"' in made
    assert "Broken flow" not in made


def test_the_matrix_has_a_row_for_every_operation() -> None:
    """With a column for every factor, and each operation's outcomes below."""
    made = page(result())
    for operation in OPERATIONS:
        assert f'id="operation-{operation}"' in made
        assert f"| {operation} |" in markdown(result())
    assert f"1 of {1 + len(OPERATIONS['password'].refusals)}" in Reader(made).text


def test_a_hostile_tenant_gets_no_markup_in() -> None:
    """Whatever it says, in any place: no element more than with harmless words, in HTML and in Markdown."""

    def made(word: str) -> str:
        steps = [{**step, "text": word} if "text" in step else step for step in STEPS]
        steps[0] = {**steps[0], "body": word, "request": word, "answer": {**STEPS[0]["answer"], "fields": [word]}}
        found = finding(
            expected=word,
            actual=word,
            field=word,
            refusal=word,
            source=word,
            curl=word,
            python=word,
            steps=tuple(steps),
        )
        flow = Flow(word, "T", "tenant", word, "failed", word, word)
        return page(broken(findings=(found,), flows=(flow,))) + markdown(broken(findings=(found,), flows=(flow,)))

    hostile, harmless = made(HOSTILE), made("word")
    assert (
        Reader(hostile.partition("</html>")[0] + "</html>").tags
        == Reader(harmless.partition("</html>")[0] + "</html>").tags
    )
    fenced = r"(?ms)^(`{3,})bash$.*?^\1$"
    prose = re.sub(fenced, "", hostile.partition("</html>")[2]).replace("\\`", "")
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", prose)
    assert "<script" not in outside
    assert "<img" not in outside
    assert "](" not in outside


def test_markdown_keeps_text_as_text() -> None:
    """Specials are escaped, code is fenced by more ticks than it holds, bars end no cell."""
    assert text("a_b|c <i>\n#1") == "a_b\\|c &lt;i&gt; \\#1"
    assert text("_a_ *b* ![c] @d :e: https://f www.g") == ("\\_a\\_ \\*b\\* \\!\\[c\\] \\@d \\:e: https\\://f www\\.g")
    plain = "mfa_token is there: an answer (401 mfa_required), over-long and #first."
    assert text(plain) == plain
    assert code("a`b") == "``a`b``"
    assert code("`a") == "`` `a ``"
    assert code("a|b") == "`a¦b`"


def test_a_clients_report_speaks_of_a_client() -> None:
    """What was judged is the client, and the denominators are what a client can reach, of what it called."""
    flows = (Flow("email-enroll", "TestApp", "client", "An email is enrolled.", "kept", "t.py::T::test[e]"),)
    cells = (Cell("challenge", "success", "email", 2), Cell("challenge", "association_required", "", 1))
    of_client = result(flows=flows, coverage=cells)
    short, whole = markdown(of_client), page(of_client)
    assert short.startswith("# ✅ MFA client: ")
    assert "- Judged: `the MFA client of TestApp`" in short
    for written in (short, whole):
        assert "2 of 5 outcomes that a client can reach were reached" in written
        assert "client-credentials" not in written
    assert "MFA client" in whole.partition("<h1>")[0]


@pytest.mark.parametrize("char", ["\x1b", "\x00", "\x7f", "\x9b", "\u202e", "\u200b", "\u2028"])
def test_what_is_not_seen_is_shown(char: str) -> None:
    """Controls, terminal escapes, and text that runs backwards become visible escapes."""
    assert printable(f"a{char}b") == f"a\\u{ord(char):04x}b"
    assert printable("Grüße, 東京\n\t") == "Grüße, 東京\n\t"
