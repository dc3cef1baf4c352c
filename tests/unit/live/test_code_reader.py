"""The code that belongs to a call: messages that nobody asked for do not get in its way."""

from __future__ import annotations

import pytest

from pytest_auth0_mfa.contract.tenant.subjects import Person
from pytest_auth0_mfa.live.people.codes import CodeReader, LateCodeError, NoCodeError

ADA = Person("ada@mail.example", "pw", "+15550100")
BOB = Person("bob@mail.example", "pw", "+15550101")


class Inbox:
    """Messages that arrive late: each is there when it is asked for, the oldest first."""

    def __init__(self) -> None:
        self.coming: list[tuple[str, str]] = []

    def code(self, to: str, channel: str, since: float) -> str:
        for place, (whose, code) in enumerate(self.coming):
            if whose == to:
                del self.coming[place]
                return code
        raise NoCodeError(to)

    def drain(self) -> None:
        self.coming.clear()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def reader(inbox: Inbox) -> CodeReader:
    return CodeReader(inbox)


def test_a_message_nobody_asked_for_is_read_before_the_next_is_sent(inbox: Inbox, reader: CodeReader) -> None:
    """So what comes after the second call is the second code, however late the first one was."""
    inbox.coming.append((ADA.username, "111111"))
    reader.sent(ADA, "email", 0.0)
    reader.before_send(ADA)
    inbox.coming.append((ADA.username, "222222"))
    reader.sent(ADA, "email", 1.0)
    assert reader.read(ADA, "email", 1.0) == "222222"


def test_a_code_may_be_asked_for_twice(inbox: Inbox, reader: CodeReader) -> None:
    """It is read once and remembered."""
    inbox.coming.append((ADA.username, "111111"))
    reader.sent(ADA, "email", 0.0)
    assert [reader.read(ADA, "email", 0.0) for _ in range(2)] == ["111111", "111111"]


def test_people_do_not_get_in_each_others_way(inbox: Inbox, reader: CodeReader) -> None:
    """A call for one leaves the other's message where it is."""
    inbox.coming += [(ADA.username, "111111"), (BOB.username, "222222")]
    reader.sent(ADA, "email", 0.0)
    reader.sent(BOB, "email", 0.0)
    reader.before_send(BOB)
    assert reader.read(ADA, "email", 0.0) == "111111"
    assert reader.read(BOB, "email", 0.0) == "222222"


def test_a_message_that_never_came_is_waited_for_again(inbox: Inbox, reader: CodeReader) -> None:
    """Whoever asks for it is told the source, the call that sent it and the channel."""
    reader.sent(ADA, "email", 0.0, "/mfa/challenge")
    reader.before_send(None)
    with pytest.raises(LateCodeError, match="Inbox") as late:
        reader.read(ADA, "email", 0.0)
    assert late.value.kind == ("/mfa/challenge", "email")
    inbox.coming.append((ADA.username, "111111"))
    assert reader.read(ADA, "email", 0.0) == "111111"


def test_another_channel_and_no_message_at_all_are_said(inbox: Inbox, reader: CodeReader) -> None:
    """An SMS is no email; the phone number is where it goes."""
    with pytest.raises(NoCodeError, match="no message was sent"):
        reader.read(ADA, "email", 0.0)
    inbox.coming.append((ADA.phone_number, "333333"))
    reader.sent(ADA, "sms", 0.0)
    with pytest.raises(NoCodeError, match="went by sms, not by email"):
        reader.read(ADA, "email", 0.0)
    assert reader.read(ADA, "sms", 0.0) == "333333"
