"""What a finding prints can be executed: against a fresh server it gets the same finding."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from client_zoo import broken_conclusions, broken_requests
from client_zoo.entries import bench_for
from client_zoo.requests_client import RequestsClient

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.client.asked import Asked, Context
from pytest_auth0_mfa.contract.client.checks.requests import faults_of
from pytest_auth0_mfa.contract.client.flows import scenarios
from pytest_auth0_mfa.contract.client.recording import RecordingHandler
from pytest_auth0_mfa.contract.findings.violation import ContractViolation
from pytest_auth0_mfa.contract.reproducer import LANGUAGES, reproducer
from pytest_auth0_mfa.contract.reproducer.trace import Steps
from pytest_auth0_mfa.tenant.entities import User
from pytest_auth0_mfa.transports.server import serve

PROMPT = re.compile(r"([^\r\n]+): $")


def found(client: type[RequestsClient], scenario: str) -> ContractViolation:
    """The finding of a scenario on a client of the zoo."""
    with pytest.raises(ContractViolation) as caught:
        scenarios()[scenario].run(bench_for(client, scenario))
    return caught.value


def programs(violation: ContractViolation) -> dict[str, str]:
    """The two programs of a finding."""
    assert violation.steps is not None
    return {name: reproducer(violation.steps, name).partition("\n\n")[2] for name in LANGUAGES}


@dataclass(slots=True)
class World:
    """A fresh server with a user, and the person who answers what a program asks."""

    tenant: Tenant
    user: User
    arrange: Callable[[User], object] | None = None
    printed: list[str] = field(default_factory=list)

    def answer(self, question: str) -> str:
        """Do what is asked for, and say what is to be typed."""
        if question.startswith("arrange a user") and self.arrange is not None:
            self.arrange(self.user)
        elif passed := re.match(r"let (\d+) seconds pass", question):
            self.tenant.clock.advance(int(passed[1]))
        elif sent := re.match(r"the code that was sent by (\w+)", question):
            return self.tenant.outbox.latest(self.user, sent[1]).code or ""  # type: ignore[arg-type]
        return ""

    def run(self, command: list[str]) -> None:
        """Run a program at a terminal, since it asks."""
        ours, theirs = pty.openpty()
        attributes = termios.tcgetattr(theirs)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        given = {"AUTH0_MFA_USERNAME": self.user.email, "AUTH0_MFA_PASSWORD": self.user.password}
        for number, entry in enumerate(self.user.entries, 1):
            given[f"AUTH0_MFA_AUTHENTICATOR_{number}_{entry.factor.upper()}"] = entry.id
        env = {"PATH": os.environ["PATH"], **self.tenant.env, **given}
        program = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env)
        os.close(theirs)
        self._converse(ours)
        assert program.wait(30) == 0, self.printed

    def _converse(self, terminal: int) -> None:
        text = ""
        while True:
            try:
                piece = os.read(terminal, 4096).decode()
            except OSError:  # the program ended: Linux says so with EIO
                piece = ""
            text += piece
            asked = PROMPT.search(text)
            if asked:
                os.write(terminal, (self.answer(asked[1]) + "\n").encode())
                text = text[: asked.start()]
            if not piece:
                break
        os.close(terminal)
        self.printed += text.splitlines()


def command_for(language: str, program: str, folder: Path) -> list[str]:
    """How a program is run."""
    file = folder / f"reproducer.{language}"
    file.write_text(program, encoding="utf-8")
    if language == "curl":
        if shutil.which("bash") is None or shutil.which("curl") is None:
            pytest.skip("needs bash and curl")
        return ["bash", str(file)]
    return [sys.executable, str(file)]


def enroll_email(user: User) -> None:
    """What "arrange a user with an active email" means."""
    user.enroll("email")


REQUESTS = [
    (broken_requests.TypeAsString, "email-enroll", Asked("associate", "")),
    (broken_requests.PushForAuth0, "push-enroll", Asked("associate", "", factor="push")),
    (broken_requests.TokenInTheQuery, "list-nothing", Asked("list_authenticators", "")),
    (broken_requests.SlashAtTheEndOfTheBaseUrl, "mfa-required", Asked("log_in", "")),
    (broken_requests.CamelCase, "challenge-unnamed", Asked("challenge", "")),
    (broken_requests.JsonLabelledAsForm, "mfa-required", Asked("log_in", "")),
    (broken_requests.BodyInAList, "challenge-unnamed", Asked("challenge", "")),
    (broken_requests.CodesAsNumbers, "email-enroll", Asked("verify_oob", "", params={"binding_code": "001234"})),
]


@pytest.mark.parametrize(
    ("client", "scenario", "asked", "language"),
    [(*row, ("python", "curl")[place % 2]) for place, row in enumerate(REQUESTS)],
    ids=[row[0].__name__ for row in REQUESTS],
)
def test_what_is_printed_gets_the_same_finding(
    client: type[RequestsClient], scenario: str, asked: Asked, language: str, tmp_path: Path
) -> None:
    """Executed against a fresh server, curl and Python make the very request that was found."""
    violation = found(client, scenario)
    tenant = Tenant(fixed_code="001234")
    watch = RecordingHandler(tenant, Steps(), unknown=False, interrupts=False)
    watch.expected_operations = asked.operations
    with serve(tenant, handler=watch):
        World(tenant, tenant.add_user(), enroll_email).run(
            command_for(language, programs(violation)[language], tmp_path)
        )
    last = Context(watch.seen[-1], asked, tenant)
    faults = [fault for fault in faults_of(last) if fault.finding == violation.finding]
    assert [fault.operation for fault in faults[:1]] == [violation.operation]
    assert faults[0].field in str(violation)


@pytest.mark.parametrize("language", ["python", "curl"])
def test_the_answer_that_was_misread_comes_again(language: str, tmp_path: Path) -> None:
    """For a wrong conclusion, the program shows what the tenant really answers."""
    violation = found(broken_conclusions.EverythingIsAWrongCode, "expired-oob-code")
    assert violation.finding == "MFA204"
    tenant = Tenant()
    with serve(tenant):
        user = tenant.add_user()
        enroll_email(user)
        world = World(tenant, user)
        world.run(command_for(language, programs(violation)[language], tmp_path))
    assert "expected:  'expired_token'" in str(violation)
    assert world.printed[-1].startswith("mfa-oob 403 expired_token")


def test_a_message_says_what_to_change() -> None:
    """Operation, field, expected, got, source and advice stand above the reproducer."""
    text = str(found(broken_requests.PushForAuth0, "push-enroll"))
    head = text.partition("\n\n")[0].splitlines()
    assert head[0] == "MFA115 associate: not the caller's factor (oob_channels)"
    assert [line.split(":")[0].strip() for line in head[1:]] == [
        "client", "called", "after", "operation", "field", "expected", "got", "source", "to do", "more",
    ]  # fmt: skip
    said = dict(line.strip().split(": ", 1) for line in head[1:])
    assert said["called"].strip() == "associate(mfa_token, 'push')"
    assert said["operation"].strip() == "associate: POST /mfa/associate"
    assert said["expected"].strip() == "['auth0'] for push"
    assert said["got"].strip() == "['push']"
    assert said["source"].strip().startswith("https://auth0.com/docs/")
