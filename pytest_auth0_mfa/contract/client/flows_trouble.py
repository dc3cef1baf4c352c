"""Broken answers of every kind, to every call; and rate limits that do not end."""

from __future__ import annotations

from collections.abc import Callable

from .asked import LOGINS
from .faults import TROUBLES, troubles_of
from .flows_enroll import MANAGE
from .play import GRANTED, Answer, Play, Token
from .scenarios import PLAIN, scenario
from .watch import LIMIT

ENDLESS = "429 without end"
Call = Callable[[], Answer]


def in_trouble(
    play: Play, operations: tuple[str, ...], call: Call, *, renew: Callable[[], object] | None = None
) -> None:
    """Meet each kind of trouble once, then without end; afterwards the call works again."""
    marks = len(play.steps.events), len(play.calls)
    for trouble in (*troubles_of(operations[0]), ENDLESS):
        # The troubles before this one are not needed to reproduce it.
        del play.steps.events[marks[0] :], play.calls[marks[1] :]
        _spoil(play, operations, trouble)
        call()
        play.watch.relent()
        if renew is not None:
            renew()


def _spoil(play: Play, operations: tuple[str, ...], trouble: str) -> None:
    name, often, times = (trouble, "", 1) if trouble != ENDLESS else ("429", " again and again", 3 * LIMIT)
    play.remark(f"{TROUBLES[name].text}{often}, at {' or '.join(operations)}")
    for operation in operations:
        play.watch.spoil(operation, name, times)


@scenario("trouble-at-login", PLAIN)
def trouble_at_login(play: Play) -> None:
    """Every broken answer to a login ends in AuthError."""
    user = play.user("email", mfa=False)
    in_trouble(play, LOGINS, lambda: play.log_in(user))
    play.log_in(user, expect=GRANTED)


@scenario("trouble-at-refresh", PLAIN)
def trouble_at_refresh(play: Play) -> None:
    """Every broken answer to a refresh ends in AuthError."""
    user = play.user("email", mfa=False)
    in_trouble(play, ("refresh-token",), lambda: play.refresh(user))
    play.refresh(user, expect=GRANTED)


@scenario("trouble-at-list", PLAIN)
def trouble_at_list(play: Play) -> None:
    """Every broken answer to the list ends in AuthError."""
    token = play.begin(play.user("email"))
    in_trouble(play, ("list-authenticators",), lambda: play.rows(token, expect=None))
    play.rows(token)


@scenario("trouble-at-associate", PLAIN)
def trouble_at_associate(play: Play) -> None:
    """Every broken answer to an association ends in AuthError."""
    token = play.begin(play.user())
    in_trouble(play, ("associate",), lambda: play.associate(token, "email", expect=None))
    play.associate(token, "otp")


@scenario("trouble-at-challenge", PLAIN)
def trouble_at_challenge(play: Play) -> None:
    """Every broken answer to a challenge ends in AuthError."""
    user = play.user("email")
    token = play.begin(user)
    in_trouble(play, ("challenge",), lambda: play.challenge(token, user.entries[0].id, expect=None))
    play.challenge(token, user.entries[0].id)


@scenario("trouble-at-verify-otp", PLAIN)
def trouble_at_verify_otp(play: Play) -> None:
    """Every broken answer to an otp ends in AuthError."""
    user = play.user("otp")
    token, secret = play.begin(user), user.entries[0].secret or ""
    in_trouble(play, ("mfa-otp",), lambda: play.verify_otp(token, play.otp(secret), expect=None))


@scenario("trouble-at-verify-oob", PLAIN)
def trouble_at_verify_oob(play: Play) -> None:
    """Every broken answer to a binding code ends in AuthError."""
    user = play.user("email")
    token = play.begin(user)

    def call() -> Answer:
        oob_code = play.challenge(token, user.entries[0].id).body["oob_code"]
        return play.verify_oob(token, oob_code, play.code(user, "email"), expect=None)

    in_trouble(play, ("mfa-oob",), call)


@scenario("trouble-at-verify-recovery-code", PLAIN)
def trouble_at_verify_recovery_code(play: Play) -> None:
    """Every broken answer to a recovery code ends in AuthError."""
    user = play.user("email")
    token = play.begin(user)
    in_trouble(
        play,
        ("mfa-recovery-code",),
        lambda: play.verify_recovery_code(token, user.recovery_code or "", expect=None),
        renew=lambda: play.steps.give(user.recovery_code, f"AUTH0_MFA_RECOVERY_CODE_{len(play.calls)}"),
    )


@scenario("trouble-at-delete", PLAIN)
def trouble_at_delete(play: Play) -> None:
    """Every broken answer to a deletion ends in AuthError."""
    user = play.user(*["email"] * 12)
    token: Token = play.token(play.first_factor(user, audience=play.tenant.mfa_audience, scope=MANAGE, expect=GRANTED))
    in_trouble(play, ("delete-authenticator",), lambda: play.delete(token, user.entries[0].id, expect=None))
    play.delete(token, user.entries[0].id)
