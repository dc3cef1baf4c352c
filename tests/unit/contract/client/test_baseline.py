"""Accepted findings: a file with a reason each, and what is stale in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_auth0_mfa.contract.client.asked import Flaw
from pytest_auth0_mfa.contract.client.run import Accepted, Baseline
from pytest_auth0_mfa.errors import ConfigurationError

FAULT = Flaw("MFA210", "$[0].oob_channel", "what the tenant answered", "nothing", "list-authenticators")


def written(folder: Path, text: str) -> Path:
    """A baseline file."""
    file = folder / "accepted.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_entry_accepts_its_finding_where_it_says(tmp_path: Path) -> None:
    """Client, test, operation and field narrow an entry; left out, they are any."""
    text = """
    [[accepted]]
    finding = "MFA210"
    client = "TestJs"
    operation = "list-authenticators"
    reason = "reads oob_channels where the server says oob_channel"

    [[accepted]]
    finding = "MFA210"
    test = "machine"
    field = "id_token"
    reason = "never asks for one"
    """
    baseline = Baseline.load(written(tmp_path, text))
    assert baseline.accepts(FAULT, "TestJs", "email-enroll")
    assert not baseline.accepts(FAULT, "TestPython", "machine")
    assert baseline.met == {0}
    assert str(baseline.entries[0]) == "MFA210 (client TestJs, operation list-authenticators)"


def test_an_entry_may_be_for_any_row() -> None:
    """``[*]`` stands for any index, and for nothing else of the field."""
    accepted = Accepted("MFA210", "it never arrives", field="$[*].oob_channel")
    second = Flaw("MFA210", "$[12].oob_channel", "what the tenant answered", "nothing", "list-authenticators")
    other = Flaw("MFA210", "$[0].active", "what the tenant answered", "nothing", "list-authenticators")
    covered = [accepted.covers(fault, "TestJs", "machine") for fault in (FAULT, second, other)]
    assert covered == [True, True, False]
    assert not Accepted("MFA210", "the first row only", field=FAULT.field).covers(second, "TestJs", "machine")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accepted", r"not TOML: "),
        ("[[acepted]]\n", r"unknown key 'acepted'\. Did you mean 'accepted'\?"),
        ("accepted = 1\n", r"accepted: expected tables, each headed \[\[accepted\]\]"),
        ("accepted = [1]\n", r"accepted\[0\]: expected a table with finding and reason"),
        ('[[accepted]]\nfinding = "MFA210"\n', r"accepted\[0\]: reason is missing"),
        ('[[accepted]]\nreason = "so"\n', r"accepted\[0\]: finding is missing"),
        ('[[accepted]]\nfinding = "MFA21"\nreason = "so"\n', r"no such finding: 'MFA21'\. Did you mean 'MFA"),
        ('[[accepted]]\nfinding = "MFA210"\nreason = ""\n', r"accepted\[0\]\.reason: expected a text, got ''"),
        (
            '[[accepted]]\nfinding = "MFA210"\nreason = "so"\nklient = "x"\n',
            r"unknown key 'klient'\. Did you mean 'client'",
        ),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """The message names the place, what was expected and the closest known word."""
    with pytest.raises(ConfigurationError, match=said):
        Baseline.load(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: cannot be read"):
        Baseline.load(tmp_path / "nowhere.toml")


def test_an_entry_without_limits_is_shown_plainly() -> None:
    """An entry that holds everywhere shows its id alone."""
    assert str(Accepted("MFA104", "it is Auth0's own guide")) == "MFA104"
