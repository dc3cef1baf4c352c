"""Real mail servers for tests, on loopback: dovecot behind an SMTP listener, and MailDev."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from helpers.tenant_process import until

USER, PASSWORD = "inbox", "imap-password-0123456789"


@dataclass(frozen=True)
class MailServer:
    """A mail server: its SMTP port, and the URL of the source that reads its mail."""

    smtp_port: int
    url: str
    ca_file: str = ""

    def send(self, to: str, text: str, *, at: float | None = None) -> None:
        """Send one email."""
        email = EmailMessage()
        email["From"], email["To"], email["Subject"] = "auth0@tenant.example", to, "Your one-time code"
        email["Date"] = formatdate(at)
        email.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as server:
            server.send_message(email)


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


_DOVECOT = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
mail_location = maildir:{dir}/Maildir
first_valid_uid = 1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    address = 127.0.0.1
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@contextlib.contextmanager
def dovecot() -> Iterator[MailServer]:
    """Dovecot over TLS, with a Maildir that an SMTP server delivers into. Skips the test if either is missing."""
    program = shutil.which("dovecot") or ("/usr/sbin/dovecot" if os.path.exists("/usr/sbin/dovecot") else None)
    if program is None:
        pytest.skip("dovecot is not installed: apt-get install dovecot-imapd")
    controller = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed: pip install aiosmtpd")
    import trustme

    # Dovecot reads no mail as root, so a test that runs as root uses the account `mail`.
    account = pwd.getpwnam("mail") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    import grp

    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        maildir = folder / "Maildir"
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True)
        port = free_port()
        settings = {
            "dir": folder,
            "user": account.pw_name,
            "group": grp.getgrgid(account.pw_gid).gr_name,
            "uid": account.pw_uid,
            "gid": account.pw_gid,
            "password": PASSWORD,
            "port": port,
        }
        (folder / "dovecot.conf").write_text(_DOVECOT.format(**settings))
        if os.getuid() == 0:
            for path in (maildir, *maildir.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        smtp = controller.Controller(_Delivery(maildir, account), hostname="127.0.0.1", port=free_port())
        smtp.start()
        process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
        try:
            log = folder / "dovecot.log"
            until(lambda: _answers(port) or process.poll() is not None, "dovecot")
            assert process.poll() is None, log.read_text() if log.exists() else "dovecot ended"
            smtp_port = smtp.server.sockets[0].getsockname()[1]
            yield MailServer(smtp_port, f"imaps://{USER}:{PASSWORD}@localhost:{port}", str(folder / "ca.pem"))
        finally:
            smtp.stop()
            process.terminate()
            process.wait(20)


class _Delivery:
    """Delivers mail from SMTP into a Maildir, owned by the account with which dovecot reads it."""

    def __init__(self, maildir: Path, account: pwd.struct_passwd) -> None:
        self._maildir = maildir
        self._account = account
        self._count = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Deliver one message."""
        self._count += 1
        name = f"{os.getpid()}.{self._count}.localhost"
        draft = self._maildir / "tmp" / name
        draft.write_bytes(envelope.content)
        if os.getuid() == 0:
            os.chown(draft, self._account.pw_uid, self._account.pw_gid)
        draft.rename(self._maildir / "new" / name)
        return "250 delivered"


@contextlib.contextmanager
def maildev() -> Iterator[MailServer]:
    """MailDev from npm. Skips the test if it is missing."""
    program = shutil.which("maildev") or os.environ.get("AUTH0_MFA_TEST_MAILDEV")
    if program is None:
        pytest.skip("maildev is not installed: npm install -g maildev, or name it in AUTH0_MFA_TEST_MAILDEV")
    smtp, web = free_port(), free_port()
    command = [program, "--smtp", str(smtp), "--web", str(web), "--ip", "127.0.0.1", "--web-ip", "127.0.0.1"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            until(lambda: (_answers(smtp) and _answers(web)) or process.poll() is not None, "maildev")
            log.seek(0)
            assert process.poll() is None, log.read()
            yield MailServer(smtp, f"maildev+http://127.0.0.1:{web}")
        finally:
            process.terminate()
            process.wait(20)
