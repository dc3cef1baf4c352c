"""A corpus of mails and messages: the code is found, or it is said that two numbers could be it; nothing is guessed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_auth0_mfa.live.people.code_search import UnclearCodeError, find_code

AUTH0_DEFAULT = """Verification code for Contoso
<html>
  <head>
    <title>Contoso 404040</title>
    <style type="text/css">
      .ExternalClass, p { color: #333333; line-height: 1500px; }
      body { background: #222222 url("https://cdn.example/2468/bg.png"); width: 1000px }
    </style>
  </head>
  <body style="color:#123456; font-size: 16px">
    <!-- build 20261128 -->
    <table width="600000"><tr><td><a href="https://tenant.example/u/987654?ticket=135790">
    <img alt="" src="cid:11223344"></a></td></tr></table>
    <p>Hi ada@example.com, ticket 48213 of 2026 is about your login since 2019.</p>
    <p>Your one-time code is:</p>
    <p style="color:#333333"><strong>{code}</strong></p>
    <p>It expires in 300 seconds. If you are having any issues, contact us by replying to this mail.</p>
    <hr style="height:2px; color:#E1E1E4">
    <p style="color: #A5A5A5">&copy; 2026 Contoso Inc.
      10800 NE 8th Street, Suite 7000, Bellevue, WA 98004, +1 425 555 0100</p>
  </body>
</html>"""

FOUND = {
    "plain": ("Your verification code is: 482193", "482193"),
    "sms": ("482193 is your verification code for Contoso", "482193"),
    "nothing-but-the-code": ("482193\n", "482193"),
    "four-digits": ("Your code is 4821.", "4821"),
    "ten-digits": ("Your code: 4821930571", "4821930571"),
    "default-template": (AUTH0_DEFAULT.replace("{code}", "739104"), "739104"),
    "default-template-spaces": (AUTH0_DEFAULT.replace("{code}", "739 104"), "739104"),
    "default-template-no-break-space": (AUTH0_DEFAULT.replace("{code}", "7391&nbsp;0457"), "73910457"),
    "default-template-eight": (AUTH0_DEFAULT.replace("{code}", "73910457"), "73910457"),
    "a-cell-for-each-digit": (
        "<table><tr><td>7</td><td>3</td><td>9</td><td>1</td><td>0</td><td>4</td></tr></table><p>is your code</p>",
        "739104",
    ),
    "a-span-for-each-digit": (
        "<p>Code:</p><b><i>7</i><i>3</i><i>9</i><i>1</i></b>",
        "7391",
    ),
    "groups-of-two": ("Code: 73 91 04", "739104"),
    "single-digits": ("Your code: 7 3 9 1 0 4", "739104"),
    "hyphen": ("Your code: 739-104", "739104"),
    "zero-width": ("Your code: 739\u200b104", "739104"),
    "ticket-before": ("[Ticket 48213] Your code is 739104", "739104"),
    "ticket-with-sign": ("Ticket #482139\n\nYour verification code: 739104", "739104"),
    "ticket-of-the-same-length": ("Case 00481234\nYour one-time password: 73 91 04 57", "73910457"),
    "ticket-on-its-line": ("Ticket\n482139\n\nYour code\n739104", "739104"),
    "year-before": ("Since 2019 we keep you safe. Your code is 4821", "4821"),
    "year-in-brackets": ("Your code (2026 edition): 482193", "482193"),
    "year-in-the-subject": ("Contoso Summit 2026\nEnter this code to log in:\n\n4821\n", "4821"),
    "date-before": ("28 November 2026, 10:23\nIhr Code lautet 4821", "4821"),
    "date-in-digits": ("2026-11-28 10:23:45 (build 20261128) code 4821", "4821"),
    "code-that-looks-like-a-year": ("Your code is 2031", "2031"),
    "prices-and-units": ("You paid $1234.50 for 5000 points. Your code is 4821, good for 3600 seconds.", "4821"),
    "order-and-phone": ("Order 12345678, call +15550100123, code: 424242 (5 min)", "424242"),
    "phone-in-groups": ("Your code is 0457. Questions? +1 425 555 0100", "0457"),
    "phone-then-code": ("Contoso, +1 (425) 555-0100 482193", "482193"),
    "other-codes": ("Promo code 8888, area code 0425. Your verification code is 7391", "7391"),
    "link": ("https://tenant.example/v/482193?n=1357\nYour code is 7391", "7391"),
    "address": ("Your code for ada.4821@example.com is 7391", "7391"),
    "twice": ("482193 is your code\n\nYour code is\n482193", "482193"),
    "german": ("Ihr Bestätigungscode lautet 482193. Rechnung 10012345 liegt bei.", "482193"),
    "spanish": ("Tu código de verificación es 482193. Pedido 10012345.", "482193"),
    "chinese": ("您的验证码\uff1a482193\uff0c5分钟内有效", "482193"),
    "japanese": ("確認コードは482193です", "482193"),
}
UNCLEAR = {
    "two": "Enter code 482193 or 739104",
    "list": "Your codes: 482193, 739104",
    "two-lines": "Your code:\n\n482193\n\n739104\n",
    "year-and-code": "Verification code 2026\n\n4821",
    "two-groups": "2026 4821 is your code",
    "uneven-groups": "Your code: 4821 93",
    "number-of-the-same-length": "Use 739104 with the code 482193",
    "html": AUTH0_DEFAULT.replace("{code}", "739104</strong></p><p><strong>482193"),
}
NOT_THERE = {
    "empty": "",
    "no-number": "Your code is on its way",
    "newsletter": "We have 5000 users in 40000 towns. " * 5,
    "too-short": "Your code: 123",
    "too-long": "Your code: 12345678901",
    "link-only": "<p>Log in with <a href='https://tenant.example/482193'>this link</a></p>",
    "colours": "<style>p { color: #333333 }</style><p style='color:#123456'>Your code is on its way</p>",
    "ticket-only": "Ticket 48213: we read your mail about the code",
}


@pytest.mark.parametrize(("text", "code"), FOUND.values(), ids=FOUND)
def test_the_code_is_found(text: str, code: str) -> None:
    """Whatever other numbers stand beside it."""
    assert find_code(text) == code


@pytest.mark.parametrize("text", UNCLEAR.values(), ids=UNCLEAR)
def test_two_numbers_that_could_be_the_code_are_said(text: str) -> None:
    """The message names the way out and shows none of them: one of them is a secret."""
    with pytest.raises(
        UnclearCodeError, match=r"[23] numbers of the message could be the code .*code_pattern"
    ) as caught:
        find_code(text)
    assert not re.search(r"[0-9]{3}", str(caught.value))


@pytest.mark.parametrize("text", NOT_THERE.values(), ids=NOT_THERE)
def test_a_message_without_a_code_has_none(text: str) -> None:
    """Colours, links, tickets and newsletters are not taken for one."""
    assert find_code(text) is None


def test_a_known_length_decides() -> None:
    """Where the tenant says how many digits a code has, other numbers are none."""
    assert find_code(UNCLEAR["two-groups"], 8) == "20264821"
    assert find_code("Verification code 2026\n\n482193", 6) == "482193"
    assert find_code("Your code: 482193", 8) is None
    with pytest.raises(UnclearCodeError):
        find_code(UNCLEAR["two"], 6)


@given(
    st.integers(4, 10).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n)),
)
def test_every_code_is_found_in_the_default_template(code: str) -> None:
    """Of each length; one that is as long as the number of the street is unclear."""
    try:
        found = find_code(AUTH0_DEFAULT.replace("{code}", code))
    except UnclearCodeError:
        assert len(code) == len("10800")
    else:
        assert found == code
