"""How a long test says how far it is."""

from __future__ import annotations

from pytest_auth0_mfa.plugin.contract_session import INTERVAL, PATIENCE, Progress


def test_a_long_test_says_how_far_it_is_and_wipes_it_out() -> None:
    """Nothing for two seconds, then a word now and then, and a clean line at the end."""
    said: list[str] = []
    now = 0.0
    progress = Progress("machine", 200, said.append, lambda: now)
    progress.tick()
    assert said == []
    now = PATIENCE
    progress.tick()
    progress.tick()
    now += INTERVAL
    progress.tick()
    progress.end()
    assert [word.count("of at most 200 examples") for word in said] == [1, 1, 0]
    assert " 2 of" in said[0]
    assert " 4 of" in said[1]


def test_words_come_twice_a_second_at_most() -> None:
    """After two seconds of patience, with a pause of half a second after each."""
    said: list[str] = []
    times = iter([0.0, 1.75, 2.0, 2.25, 2.5, 2.75, 3.5])
    progress = Progress("machine", 200, said.append, lambda: next(times))
    for _ in range(6):
        progress.tick()
    assert [word.split()[1:3] for word in said] == [["machine:", number] for number in "246"]


def test_a_short_test_says_nothing() -> None:
    """Not even that there is nothing to wipe out."""
    said: list[str] = []
    progress = Progress("machine", 200, said.append, lambda: 0.0)
    progress.tick()
    progress.end()
    assert said == []
