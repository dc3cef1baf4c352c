"""`auth0-mfa serve --smtp`: what the tenant sends by email is sent for real."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from typing import Any

import pytest
from helpers.mail_servers import free_port

from pytest_auth0_mfa import ConfigurationError, Request, Tenant, handler
from pytest_auth0_mfa.transports.smtp import address, delivering


def send(tenant: Tenant) -> str:
    """Let the tenant send Ada an email and Bob an SMS; the email's code."""
    handle = handler(tenant)
    for email, channel in (("ada@mail.example", "email"), ("bob@mail.example", "sms")):
        user = tenant.add_user(email, "pw", phone_number="+15550100")
        headers = {"content-type": "application/json"}
        login = Request("POST", "/oauth/token", headers, json.dumps(tenant.password_grant(user)).encode())
        bearer = {**headers, "authorization": f"Bearer {handle(login).json()['mfa_token']}"}
        body: dict[str, Any] = {"authenticator_types": ["oob"], "oob_channels": [channel]}
        body |= {"email": email} if channel == "email" else {"phone_number": "+15550100"}
        assert handle(Request("POST", "/mfa/associate", bearer, json.dumps(body).encode())).status == 200
    return str(tenant.outbox.latest(channel="email").code)


class Kept:
    """Keeps what SMTP brings."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 kept"


def test_emails_are_delivered_and_nothing_else() -> None:
    """To the address, with the code in a text that a person can read; the block waits for the last one."""
    controller = pytest.importorskip("aiosmtpd.controller")
    kept, tenant = Kept(), Tenant(seed=1)
    smtp = controller.Controller(kept, hostname="127.0.0.1", port=free_port())
    smtp.start()
    try:
        with delivering(tenant, "127.0.0.1", smtp.port):
            code = send(tenant)
    finally:
        smtp.stop()
    (envelope,) = kept.envelopes
    assert envelope.rcpt_tos == ["ada@mail.example"]
    email = message_from_bytes(envelope.content, policy=policy.default)
    assert f"Your code is {code}" in email.get_content()
    assert tenant.outbox.on_send is None


def test_a_mail_server_that_is_not_there_is_said_without_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """The tenant goes on; standard error says which email was not delivered, and why."""
    tenant, port = Tenant(seed=1), free_port()
    with delivering(tenant, "127.0.0.1", port):
        code = send(tenant)
    error = capsys.readouterr().err
    expected = f"auth0-mfa: 127.0.0.1:{port}: an email to ada@mail.example was not delivered: ConnectionRefusedError"
    assert error.strip() == expected
    assert code not in error


@pytest.mark.parametrize("text", ["localhost", "localhost:", ":25", "localhost:smtp", "localhost:70000"])
def test_a_wrong_address_is_refused(text: str) -> None:
    """With an example of a right one."""
    with pytest.raises(ConfigurationError, match="expected HOST:PORT, such as localhost:1025"):
        address(text)


def test_an_address_may_be_of_either_family() -> None:
    """IPv6 in brackets."""
    assert address("[::1]:25") == ("::1", 25)
    assert address("mail.example:587") == ("mail.example", 587)
