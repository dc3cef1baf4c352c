"""`auth0-mfa serve` and `auth0-mfa run` as processes: killed, pasted from, reached by another name."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from helpers.chromium import chromium, needs_chromium

from pytest_auth0_mfa.spec.operations import MFA_OOB

ME = (sys.executable, "-m", "pytest_auth0_mfa")


@contextmanager
def serve(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`auth0-mfa serve`, up; with what it printed."""
    command = [*ME, "serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = []
        for line in process.stdout:
            shown.append(line)
            if line.startswith("Stop it with"):
                break
        try:
            assert process.poll() is None, "".join(shown)
            yield process, "".join(shown)
        finally:
            process.kill()


def variables(shown: str) -> dict[str, str]:
    """What the lines with `export` say."""
    lines = [line.strip().removeprefix("export ") for line in shown.splitlines() if line.startswith("  export ")]
    return dict(line.split("=", 1) for line in lines)


def post(env: dict[str, str], path: str, **body: object) -> Any:
    """A call as the application makes it."""
    known = {"client_id": env["AUTH0_CLIENT_ID"], "client_secret": env["AUTH0_CLIENT_SECRET"]}
    with requests.Session() as session:
        session.trust_env = False
        url = f"https://{env['AUTH0_DOMAIN']}{path}"
        return session.post(url, json={**known, **body}, verify=env["SSL_CERT_FILE"], timeout=30).json()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """SIGKILL between the two factors: the next start takes the mfa_token, at the same address."""
    folder = str(tmp_path / "state")
    with serve("--state", folder, "--demo") as (process, shown):
        before = variables(shown)
        login = post(before, "/oauth/token", grant_type="password", username="ada@example.com", password="ada-password")
        process.kill()
        process.wait()
    with serve("--state", folder) as (_, shown):
        assert variables(shown) == before
        again = post(before, "/mfa/challenge", mfa_token=login["mfa_token"], challenge_type="oob")
    assert again["binding_method"] == "prompt"


@needs_chromium
def test_an_open_page_goes_on_after_a_kill(tmp_path: Path) -> None:
    """SIGKILL under an open page: it says that nobody answers, then goes on; all that it showed is there."""
    from selenium.webdriver.support.wait import WebDriverWait

    folder = str(tmp_path / "state")
    with chromium() as driver:
        wait = WebDriverWait(driver, 60, 0.1)

        def shows(selector: str, text: str) -> None:
            wait.until(lambda _: text in driver.find_element("css selector", selector).text)

        with serve("--state", folder, "--demo") as (process, shown):
            env = variables(shown)
            address = next(line.strip() for line in shown.splitlines() if "/_auth0_mfa/#token=" in line)
            driver.get(address)
            shows("#connection", "Connected")
            known = {"grant_type": "password", "username": "ada@example.com", "password": "ada-password"}
            login = post(env, "/oauth/token", **known)
            answered = post(env, "/mfa/challenge", mfa_token=login["mfa_token"], challenge_type="oob")
            shows("#messages", "ada@example.com")
            before = driver.find_element("css selector", "#messages").text
            process.kill()
            process.wait()
            shows("#connection", "No answer, trying again")
        with serve("--state", folder) as (_, shown):
            assert variables(shown) == env
            shows("#connection", "Connected")
            assert driver.find_element("css selector", "#messages").text == before
            driver.find_element("css selector", "#new-email").send_keys("eve@example.com")
            driver.find_element("css selector", "#add-user button").click()
            shows("#user-list", "eve@example.com")
            code = re.sub(r"[^0-9]", "", driver.find_element("css selector", "#messages .code").text)
            proof = {"grant_type": MFA_OOB, "mfa_token": login["mfa_token"], "binding_code": code}
            assert post(env, "/oauth/token", oob_code=answered["oob_code"], **proof)["token_type"] == "Bearer"


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="bash and curl are not both installed")
def test_the_login_of_the_demo_can_be_pasted() -> None:
    """Into bash, as it stands; it ends with tokens."""
    with serve("--demo", "--seed", "7") as (_, shown):
        pasted = shown.partition("paste it:\n")[2].partition("Stop it with")[0]
        done = subprocess.run(["bash", "-e", "-c", pasted], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["token_type"] == "Bearer"


# -- for containers ------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address of this machine on Linux")
def test_another_address_and_name_on_purpose() -> None:
    """The certificate covers the name, the Host check knows it, and standard error says what it means."""
    with serve("--listen", "127.0.0.2", "--name", "auth0.test", "--name", "other.test") as (process, shown):
        env = variables(shown)
        name, port = env["AUTH0_DOMAIN"].split(":")
        assert name == "auth0.test"
        trust = ssl.create_default_context(cafile=env["SSL_CERT_FILE"])
        for host, status in (("auth0.test", b"200"), ("other.test", b"200"), ("evil.test", b"421")):
            known = "other.test" if host == "evil.test" else host
            with (
                socket.create_connection(("127.0.0.2", int(port))) as plain,
                trust.wrap_socket(plain, server_hostname=known) as secured,
            ):
                head = f"Host: {host}:{port}\r\nConnection: close\r\n\r\n"
                secured.sendall(f"GET /.well-known/openid-configuration HTTP/1.1\r\n{head}".encode())
                assert secured.recv(65536).split()[1] == status
        process.terminate()
        assert "whoever reaches this address can log in" in process.communicate(timeout=30)[1]


def test_another_address_needs_a_name() -> None:
    """Nobody opens the sandbox to a network by one flag."""
    done = subprocess.run([*ME, "serve", "--listen", "0.0.0.0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--listen 0.0.0.0: name the host that clients will use, such as --name auth0" in done.stderr


# -- run -----------------------------------------------------------------------------------------

LOGIN = """
import os, requests
body = {"grant_type": "password", "username": "ada@example.com", "password": PASSWORD,
        "client_id": os.environ["AUTH0_CLIENT_ID"], "client_secret": os.environ["AUTH0_CLIENT_SECRET"]}
answer = requests.post(f"https://{os.environ['AUTH0_DOMAIN']}/oauth/token", json=body)
raise SystemExit(0 if answer.json()["error"] == "mfa_required" else 3)
"""


def run(*command: str, options: tuple[str, ...] = ("--demo",)) -> subprocess.CompletedProcess[str]:
    """`auth0-mfa run`."""
    return subprocess.run([*ME, "run", *options, "--", *command], capture_output=True, text=True, timeout=60)


def test_a_command_has_a_tenant_around_it() -> None:
    """Its environment says where the tenant is; nothing is printed when it succeeds."""
    done = run(sys.executable, "-c", LOGIN.replace("PASSWORD", "'ada-password'"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_exit_code_is_the_commands_and_its_calls_are_told() -> None:
    """With operation and refusal, and no value of theirs."""
    done = run(sys.executable, "-c", LOGIN.replace("PASSWORD", "'a wrong one'"))
    assert done.returncode == 3
    assert "the tenant had 1 call (password 1):" in done.stderr
    assert "  password  403 wrong_password" in done.stderr
    assert "a wrong one" not in done.stderr


def test_a_command_that_never_called_is_asked_why() -> None:
    """The commonest mistake is an application that has another domain."""
    done = run(sys.executable, "-c", "raise SystemExit(1)")
    assert done.returncode == 1
    assert "the tenant had no call. Does the command read AUTH0_DOMAIN" in done.stderr


def test_a_command_that_does_not_exist_has_the_exit_code_of_shells() -> None:
    """127, and one sentence."""
    done = run("no-such-command")
    assert done.returncode == 127
    assert done.stderr == "auth0-mfa run: no-such-command: no such command\n"


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_a_signal_ends_the_command_first() -> None:
    """SIGTERM is handed on; 128 and its number come back."""
    waits = "print('up', flush=True); import signal; signal.pause()"
    command = [*ME, "run", "--", sys.executable, "-c", waits]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
