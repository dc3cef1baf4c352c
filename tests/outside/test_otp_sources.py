"""Where codes are read from: fakes of a mailbox for the rules, real mail servers for the adapters."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator

import pytest
from helpers.mail_servers import MailServer, dovecot, maildev
from helpers.tenant_process import until

from pytest_auth0_mfa import ConfigurationError, Tenant, handler
from pytest_auth0_mfa.live.people.codes import (
    CallableSource,
    CommandSource,
    ControlSource,
    ImapSource,
    Mail,
    Mailbox,
    MailDevSource,
    NoCodeError,
    OtpSource,
    OutboxSource,
    TotpSource,
    UnclearCodeError,
    as_source,
    expect_lengths,
    from_url,
)
from pytest_auth0_mfa.live.people.settings import ControlClient, SourceError
from pytest_auth0_mfa.tenant.totp import totp

ADA, BOB = "ada@mail.example", "bob@mail.example"


class Listed(Mailbox):
    """A mailbox of what a test puts in; time passes when it is looked into."""

    def __init__(self, deadline: float = 5.0, code_pattern: re.Pattern[str] | None = None) -> None:
        self.time = 1000.0
        self.arrivals: list[tuple[float, Mail]] = []
        super().__init__(
            deadline=deadline,
            interval=1.0,
            code_pattern=code_pattern,
            sleep=self._pass,
            monotonic=lambda: self.time,
        )

    def _pass(self, seconds: float) -> None:
        self.time += seconds

    def arrive(self, text: str, *, to: str = ADA, at: float | None = None, after: float = 0.0) -> None:
        """Put a message in, now or ``after`` seconds from now."""
        when = self.time + after
        self.arrivals.append((when, Mail(str(len(self.arrivals)), (to,), at if at is not None else when, text)))

    def mails(self) -> Iterable[Mail]:
        return [mail for when, mail in self.arrivals if when <= self.time]


# -- the rules -----------------------------------------------------------------------------------


def test_a_code_is_waited_for() -> None:
    """A message that comes before the deadline is found."""
    box = Listed()
    box.arrive("Your code is 123456.", after=3)
    assert box.code(ADA, "email", 1000.0) == "123456"


def test_the_second_code_is_never_the_first() -> None:
    """A message is used once, also where the next one comes within the same second."""
    box = Listed()
    box.arrive("111111")
    assert box.code(ADA, "email", 1000.0) == "111111"
    box.arrive("222222", after=2)
    assert box.code(ADA, "email", 1000.0) == "222222"


def test_of_several_new_messages_the_newest_counts_and_all_are_used_up() -> None:
    """An older one, unread, is not offered later."""
    box = Listed(deadline=1)
    box.arrive("111111")
    box.arrive("222222")
    assert box.code(ADA, "email", 1000.0) == "222222"
    with pytest.raises(NoCodeError):
        box.code(ADA, "email", 1000.0)


def test_what_is_older_than_the_request_is_passed_over() -> None:
    """The mail server's clock may be two seconds behind, no more."""
    box = Listed(deadline=1)
    box.arrive("111111", at=997.0)
    with pytest.raises(NoCodeError):
        box.code(ADA, "email", 1000.0)
    box.arrive("222222", at=998.5)
    assert box.code(ADA, "email", 1000.0) == "222222"


def test_what_was_there_before_is_old() -> None:
    """`drain` takes everything that is there as read."""
    box = Listed(deadline=1)
    box.arrive("111111")
    box.drain()
    with pytest.raises(NoCodeError):
        box.code(ADA, "email", 1000.0)


def test_another_address_is_another_matter() -> None:
    """Workers share an inbox: nobody takes or uses up the other's message."""
    box = Listed(deadline=1)
    box.arrive("111111", to=BOB)
    with pytest.raises(NoCodeError, match=r"1 other new ones"):
        box.code(ADA, "email", 1000.0)
    assert box.code(BOB.upper(), "email", 1000.0) == "111111"


def test_other_numbers_of_a_mail_are_no_code() -> None:
    """What explains a number is read; a code has 4 to 10 digits."""
    box = Listed()
    box.arrive("Order 12345678, call +15550100123, code: 424242 (5 min)")
    assert box.code(ADA, "email", 1000.0) == "424242"
    box.arrive("Ticket 48213: your code is 7391 0457")
    assert box.code(ADA, "email", 1000.0) == "73910457"


def test_two_numbers_that_could_be_the_code_are_said() -> None:
    """Nothing is guessed, until the tenant says how long its codes are or a pattern says where they stand."""
    box = Listed()
    box.arrive("Your code: 482193 or 7391")
    with pytest.raises(UnclearCodeError, match="code_pattern"):
        box.code(ADA, "email", 1000.0)
    expect_lengths(box, {"email": 4})
    assert box.code(ADA, "email", 1000.0) == "7391"
    told = Listed(code_pattern=re.compile(r"code: (\d+)"))
    told.arrive("Your code: 482193 or 7391")
    assert told.code(ADA, "email", 1000.0) == "482193"


def test_a_code_of_another_length_is_none_where_the_length_is_known() -> None:
    """The message says how many digits were looked for."""
    box = Listed(deadline=1)
    expect_lengths(box, {"email": 8})
    box.arrive("Your code: 482193")
    with pytest.raises(NoCodeError, match="a code of 8 digits"):
        box.code(ADA, "email", 1000.0)


def test_a_mailbox_holds_no_sms() -> None:
    """The message names the fixture to override."""
    with pytest.raises(NoCodeError, match="auth0_mfa_otp_source"):
        Listed().code(ADA, "sms", 0.0)


# -- without a mailbox ----------------------------------------------------------------------------


@pytest.fixture
def tenant() -> Tenant:
    """A tenant that has sent a code to Ada."""
    tenant = Tenant(seed=1)
    _send(tenant, ADA)
    return tenant


def _send(tenant: Tenant, email: str) -> str:
    user = tenant.user_by_email(email) or tenant.add_user(email, "pw")
    handle = handler(tenant)
    from pytest_auth0_mfa import Request

    def post(path: str, bearer: str = "", **body: object) -> dict[str, str]:
        import json

        headers = {"content-type": "application/json", "authorization": f"Bearer {bearer}"}
        answer: dict[str, str] = handle(Request("POST", path, headers, json.dumps(body).encode())).json()
        return answer

    token = post("/oauth/token", **tenant.password_grant(user))["mfa_token"]
    post("/mfa/associate", token, authenticator_types=["oob"], oob_channels=["email"], email=email)
    return str(tenant.outbox.latest(user).code)


def _in_process(tenant: Tenant) -> OtpSource:
    return OutboxSource(tenant)


def _by_control(tenant: Tenant) -> OtpSource:
    tenant.control_token = "control-token"
    return ControlSource(ControlClient(handler(tenant), "control-token"))


@pytest.mark.parametrize("make", [_in_process, _by_control])
def test_the_outbox_gives_each_code_once(tenant: Tenant, make: Callable[[Tenant], OtpSource]) -> None:
    """In process and by the control plane: the newest, once, and not what was there before draining."""
    source = make(tenant)
    assert source.code(ADA, "email", 0.0) == tenant.outbox.latest().code
    with pytest.raises(NoCodeError):
        source.code(ADA, "email", 0.0)
    code = _send(tenant, ADA)
    with pytest.raises(NoCodeError):
        source.code(BOB, "email", 0.0)
    assert source.code(ADA, "email", 0.0) == code
    _send(tenant, ADA)
    source.drain()
    with pytest.raises(NoCodeError):
        source.code(ADA, "email", 0.0)


def test_a_totp_secret_is_a_source() -> None:
    """The code of the moment, for addresses whose secret is known."""
    source = TotpSource({ADA: "JBSWY3DPEHPK3PXP"}, now=lambda: 59.0)
    assert source.code(ADA, "otp", 0.0) == totp("JBSWY3DPEHPK3PXP", 59.0)
    with pytest.raises(NoCodeError, match=BOB):
        source.code(BOB, "otp", 0.0)


def test_a_command_prints_the_code() -> None:
    """It gets address, channel and time; no shell is in between."""
    script = "import sys; assert sys.argv[1:] == ['ada@mail.example', 'sms', '12.500']; print('code: 123456')"
    assert CommandSource([sys.executable, "-c", script]).code(ADA, "sms", 12.5) == "123456"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "exit code 3"),
        ([sys.executable, "-c", "print(123)"], "no code on"),
        (["/no/such/program"], "cannot be started"),
    ],
)
def test_a_command_that_has_no_code_is_said(command: list[str], message: str) -> None:
    """The message says why, without what the command printed."""
    with pytest.raises((NoCodeError, SourceError), match=message):
        CommandSource(command).code(ADA, "sms", 0.0)


def test_a_command_that_takes_too_long_is_ended() -> None:
    """The deadline is the source's."""
    wait = [sys.executable, "-c", "import threading; threading.Event().wait(60)"]
    with pytest.raises(SourceError, match=r"within 0\.2 s"):
        CommandSource(wait, deadline=0.2).code(ADA, "sms", 0.0)


def test_a_function_returns_the_code() -> None:
    """What is no string of digits is refused without being quoted."""
    assert as_source(lambda to, channel, since: "123456").code(ADA, "sms", 0.0) == "123456"
    with pytest.raises(SourceError, match="returned int"):
        CallableSource(lambda to, channel, since: 123456).code(ADA, "sms", 0.0)  # type: ignore[arg-type,return-value]


# -- settings ------------------------------------------------------------------------------------


def test_a_setting_names_the_source() -> None:
    """Each form of AUTH0_MFA_OTP_SOURCE; what is encoded in it is decoded."""
    assert isinstance(from_url("imaps://ada%40mail.example:p%3Aw@imap.example/Some%20Folder"), ImapSource)
    assert isinstance(from_url("maildev+http://localhost:1080"), MailDevSource)
    assert isinstance(from_url('command:["otp"]'), CommandSource)
    source = from_url("imaps://ada%40mail.example:p%3Aw@imap.example/Some%20Folder")
    assert (source._user, source._password, source._folder) == ("ada@mail.example", "p:w", "Some Folder")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "imaps://secret-password@host",
        "imap+insecure://user:secret-password@mail.example",
        "pop3://user:secret-password@host",
        "secret-password",
        "command:secret-password",
        "imaps://user:secret-password@host:99999",
        "control:secret-password",
    ],
)
def test_a_wrong_setting_is_refused_without_its_secrets(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what was expected, never what was given."""
    monkeypatch.delenv("AUTH0_MFA_CONTROL_TOKEN", raising=False)
    with pytest.raises(ConfigurationError) as refused:
        from_url(url)
    assert "secret-password" not in str(refused.value)


def test_anything_else_is_no_source() -> None:
    """A fixture that returns a number is told what it may return."""
    with pytest.raises(ConfigurationError, match="returned int: expected a source"):
        as_source(1)


# -- real mail servers ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def imap() -> Iterator[MailServer]:
    """Dovecot, fed over SMTP."""
    with dovecot() as server:
        yield server


@pytest.fixture(scope="module")
def web() -> Iterator[MailServer]:
    """MailDev, fed over SMTP."""
    with maildev() as server:
        yield server


@pytest.fixture(params=["imap", "web"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """Each of them."""
    found: MailServer = request.getfixturevalue(request.param)
    if found.ca_file:
        monkeypatch.setenv("SSL_CERT_FILE", found.ca_file)
    return found


@pytest.mark.slow
def test_a_real_server_is_read(server: MailServer, request: pytest.FixtureRequest) -> None:
    """Two codes one after the other, other addresses, old messages: all by the real protocols."""
    source = from_url(server.url)
    assert isinstance(source, Mailbox)
    request.addfinalizer(getattr(source, "close", lambda: None))
    source._interval = 0.05
    name = request.node.name.replace("[", "-").replace("]", "")
    ada, bob = f"ada-{name}@mail.example", f"bob-{name}@mail.example"
    server.send(ada, "Your code is 000000")
    until(lambda: len(list(source.mails())) > 0, "the first message")
    source.drain()
    start = time.time()
    server.send(bob, "Your code is 999999")
    server.send(ada.upper(), "Your code is 111111")
    assert source.code(ada, "email", start) == "111111"
    server.send(ada, "Your code is 222222")
    assert source.code(ada, "email", start) == "222222"
    assert source.code(bob, "email", start) == "999999"
    source._deadline = 0.3
    with pytest.raises(NoCodeError, match=r"within 0\.3 s"):
        source.code(ada, "email", start)


@pytest.mark.slow
def test_a_wrong_password_is_said_without_it(imap: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the password nor what the server said is quoted."""
    monkeypatch.setenv("SSL_CERT_FILE", imap.ca_file)
    port = imap.url.rpartition(":")[2]
    with pytest.raises(SourceError, match=f"IMAP at localhost:{port}: MailboxLoginError") as failed:
        from_url(f"imaps://inbox:wrong-password@localhost:{port}").drain()
    assert "wrong-password" not in str(failed.value)


@pytest.mark.slow
def test_a_certificate_nobody_signed_is_refused(imap: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is not sent to a server whose certificate does not hold."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(SourceError, match="SSLCertVerificationError"):
        from_url(imap.url).drain()
