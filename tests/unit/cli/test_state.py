"""`auth0-mfa serve --state`: a tenant that goes on where it was, and a folder that nobody else reads."""

from __future__ import annotations

import argparse
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_auth0_mfa import Request, Response, Tenant, handler
from pytest_auth0_mfa.cli import main, serving, state
from pytest_auth0_mfa.errors import ConfigurationError

JSON = {"content-type": "application/json"}


def options(folder: Path | None, *arguments: str) -> argparse.Namespace:
    """What the command line would say."""
    parser = argparse.ArgumentParser()
    serving.arguments(parser)
    return parser.parse_args([*(("--state", str(folder)) if folder else ()), *arguments])


class Served:
    """A tenant over HTTPS, called by requests."""

    def __init__(self, tenant: Tenant, port: int) -> None:
        self.tenant, self.port = tenant, port
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(tenant.ca_file)

    def post(self, path: str, **body: object) -> Any:
        """A POST of JSON with the application's credentials; the decoded answer."""
        known = {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret}
        return self._session.post(self.tenant.url + path, json={**known, **body}, timeout=30).json()

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A call of the control plane."""
        headers = {"authorization": f"Bearer {self.tenant.control_token}"}
        url = f"{self.tenant.url}/_auth0_mfa/{path}"
        return self._session.request(method, url, json=body, headers=headers, timeout=30).json()

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    """Start, and stop at the end."""
    with serving.served(options(folder, *arguments)) as (tenant, port):
        caller = Served(tenant, port)
        try:
            yield caller
        finally:
            caller.close()


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    """Port, authority, application, control token, users, clock, and a login that was under way."""
    folder = tmp_path / "state"
    with served(folder) as before:
        user = before.control("POST", "users", {"email": "ada@example.com", "authenticators": ["email"]})
        before.control("POST", "clock/advance", {"seconds": 120})
        login = before.post(
            "/oauth/token", grant_type="password", username="ada@example.com", password=user["password"]
        )
        challenge = before.post("/mfa/challenge", mfa_token=login["mfa_token"], challenge_type="oob")
        known = before.tenant.env, before.tenant.control_token, (folder / "ca.pem").read_bytes()
        code = before.tenant.outbox.latest().code
    with served(folder) as after:
        assert (after.tenant.env, after.tenant.control_token, (folder / "ca.pem").read_bytes()) == known
        assert 119 < after.tenant.clock.now() - time.time() < 121
        answer = after.post(
            "/oauth/token",
            grant_type="http://auth0.com/oauth/grant-type/mfa-oob",
            mfa_token=login["mfa_token"],
            oob_code=challenge["oob_code"],
            binding_code=code,
            scope="openid",
        )
        assert answer["token_type"] == "Bearer"


def test_id_tokens_of_before_are_verified_after(tmp_path: Path) -> None:
    """The key set has the same two keys with the same certificates, and is no other tenant's."""
    folder = tmp_path / "state"
    with served(folder) as before:
        keys = requests.get(
            before.tenant.url + "/.well-known/jwks.json", verify=str(before.tenant.ca_file), timeout=30
        ).json()
    with served(folder) as after:
        again = requests.get(
            after.tenant.url + "/.well-known/jwks.json", verify=str(after.tenant.ca_file), timeout=30
        ).json()
    with served(tmp_path / "other") as other:
        others = requests.get(
            other.tenant.url + "/.well-known/jwks.json", verify=str(other.tenant.ca_file), timeout=30
        ).json()
    assert again == keys
    assert len({key["kid"] for answer in (keys, others) for key in answer["keys"]}) == 4


def test_calls_that_are_played_again_have_the_same_answers(tmp_path: Path) -> None:
    """The tenant is what its calls made of it, byte for byte: nothing else has to be kept."""
    kept = state.new(None, seed=7, demo=False)

    def made(clock: state.Timekeeper) -> Tenant:
        tenant = Tenant(seed=kept.seed, clock=clock)
        state.equip(tenant, kept)
        return tenant

    clock = state.Timekeeper()
    tenant = made(clock)
    answers: list[Response] = []
    with state.opened(tmp_path / "state") as folder:
        recording = folder.recording(handler(tenant), tenant, clock)
        control = {**JSON, "authorization": f"Bearer {kept.control_token}", "host": tenant.domain}

        def call(method: str, path: str, body: bytes = b"", headers: dict[str, str] = JSON) -> Response:
            answers.append(recording(Request(method, path, headers, body)))
            return answers[-1]

        user = call("POST", "/_auth0_mfa/users", b'{"authenticators": ["sms", "otp", "push"]}', control).json()
        known = f'"client_id": "{tenant.client_id}", "client_secret": "{tenant.client_secret}"'
        login = (
            f'{{{known}, "grant_type": "password", "username": "{user["email"]}", "password": "{user["password"]}", '
        )
        first = call("POST", "/oauth/token", f'{login}"scope": "openid offline_access"}}'.encode()).json()
        call("POST", "/_auth0_mfa/faults/fail-next", b'{"operation": "list-authenticators", "status": 503}', control)
        bearer = {"authorization": f"Bearer {first['mfa_token']}"}
        call("GET", "/mfa/authenticators", headers=bearer)
        call("GET", "/mfa/authenticators", headers=bearer)
        call("POST", "/_auth0_mfa/clock/advance", b'{"seconds": 3600}', control)
        call("GET", "/mfa/authenticators", headers=bearer)
        call("POST", "/mfa/challenge", f'{{{known}, "mfa_token": "{first["mfa_token"]}"}}'.encode())

        again: list[Response] = []
        later = state.Timekeeper()
        performing = handler(made(later))

        def noting(request: Request) -> Response:
            again.append(performing(request))
            return again[-1]

        assert folder.played_again(noting, later) == len(answers)
    assert [(one.status, one.body) for one in again] == [(one.status, one.body) for one in answers]


def test_reading_the_page_writes_nothing(tmp_path: Path) -> None:
    """An open page asks every second; the folder does not grow by it."""
    with served(tmp_path / "state") as one:
        for _ in range(3):
            one.control("GET", "state")
    with state.opened(tmp_path / "state") as folder:
        assert folder.played_again(lambda request: Response(200, {}), state.Timekeeper()) == 0


# -- the folder --------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name == "nt", reason="permissions as POSIX has them")


@posix
def test_only_the_owner_reads_what_is_kept(tmp_path: Path) -> None:
    """0700 for the folder, 0600 for each file in it."""
    folder = tmp_path / "state"
    with served(folder) as one:
        one.control("POST", "users", {})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert set(modes.values()) == {0o600}, modes


@posix
@pytest.mark.parametrize("name", ["", "state.sqlite3"])
def test_a_folder_that_others_read_is_refused(tmp_path: Path, name: str) -> None:
    """With the command that mends it."""
    folder = tmp_path / "state"
    with served(folder):
        pass
    (folder / name).chmod(0o755)
    with pytest.raises(ConfigurationError, match=r"others can read it \(mode 755\).*chmod [67]00"), served(folder):
        pass


@pytest.mark.parametrize("arguments", [("--seed", "8"), ("--demo",), ("--config", "other.json")])
def test_other_wishes_for_a_tenant_that_is_there_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would not be the tenant that is kept."""
    monkeypatch.chdir(tmp_path)
    Path("other.json").write_text('{"policy": "never"}', encoding="utf-8")
    with served(tmp_path / "state", "--seed", "7"):
        pass
    with pytest.raises(ConfigurationError, match=f"another {arguments[0]}"), served(tmp_path / "state", *arguments):
        pass


def test_the_same_wishes_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command line serves for the first start and for all others; a profile's file is read once, at the first."""
    monkeypatch.chdir(tmp_path)
    Path("tenant.json").write_text('{"policy": "never", "profile": "profile.toml"}', encoding="utf-8")
    Path("profile.toml").write_text('wrong_otp = "400 invalid_grant"\n', encoding="utf-8")
    arguments = ("--config", "tenant.json", "--seed", "7", "--demo")
    for _ in range(2):
        with served(tmp_path / "state", *arguments) as one:
            assert one.tenant.policy == "never"
            assert one.tenant.profile.wrong_otp == "400 invalid_grant"
            assert len(one.tenant.users) == 2


def test_a_wrong_config_is_refused_before_anything_is_kept(tmp_path: Path) -> None:
    """The folder takes a mended one afterwards."""
    config = tmp_path / "tenant.json"
    config.write_text('{"users": [{"emial": "x"}]}', encoding="utf-8")
    arguments = ("--config", str(config))
    with (
        pytest.raises(ConfigurationError, match=r"tenant\.json: \$\.users\[0\]"),
        served(tmp_path / "state", *arguments),
    ):
        pass
    config.write_text('{"users": [{"email": "ada@example.com"}]}', encoding="utf-8")
    with served(tmp_path / "state", *arguments) as one:
        assert len(one.tenant.users) == 1


def test_one_folder_serves_one_process(tmp_path: Path) -> None:
    """A second one is told what to do."""
    with (
        served(tmp_path / "state"),
        pytest.raises(ConfigurationError, match="another `auth0-mfa serve` uses this folder"),
        served(tmp_path / "state"),
    ):
        pass


def test_a_state_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its calls may be answered otherwise there."""
    with served(tmp_path / "state"):
        pass
    monkeypatch.setattr(state, "_version", lambda: "9.0.0")
    with pytest.raises(ConfigurationError, match=r"and this is 9\.0\.0"), served(tmp_path / "state"):
        pass


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    """A file in the place of the folder, and a file that SQLite cannot read."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="--state takes a folder"), served(tmp_path / "file"):
        pass
    broken = tmp_path / "state"
    broken.mkdir(mode=0o700)
    (broken / "state.sqlite3").touch(mode=0o600)
    (broken / "state.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigurationError, match="not a state that can be read"), served(broken):
        pass


def test_a_call_that_cannot_be_written_down_is_not_performed(tmp_path: Path) -> None:
    """The client is told, and the tenant is as it was."""
    clock = state.Timekeeper()
    tenant = Tenant(clock=clock)
    tenant.control_token = "token"
    with state.opened(tmp_path / "state") as folder:
        recording = folder.recording(handler(tenant), tenant, clock)
    headers = {**JSON, "authorization": "Bearer token", "host": tenant.domain}
    answer = recording(
        Request("POST", "/_auth0_mfa/users", headers, b"{}")
    )  # the folder is closed, as good as a full disk
    assert (answer.status, answer.json()["error"]) == (503, "state_not_written")
    assert not tenant.users


def test_it_is_exported_while_it_runs_and_when_it_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the same command, with the same result; a tenant that is made of the file has the same users."""
    folder, file = tmp_path / "state", tmp_path / "config.json"
    with served(folder, "--demo") as one:
        one.control("POST", "users", {"email": "eve@example.com", "authenticators": ["sms"]})
        for name, value in one.tenant.env.items():
            monkeypatch.setenv(name, value)
        assert main(["export", one.tenant.url]) == 0
        running = capsys.readouterr().out
        assert main(["export", "--state", str(folder)]) == 2
        assert "another `auth0-mfa serve` uses this folder" in capsys.readouterr().err
        client_id = one.tenant.client_id
    assert main(["export", "--state", str(folder), "--output", str(file)]) == 0
    assert file.read_text() == running
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with serving.served(options(None, "--config", str(file))) as (tenant, _):
        assert [user.email for user in tenant.users.values()] == [
            "ada@example.com",
            "grace@example.com",
            "eve@example.com",
        ]
        assert tenant.client_id == client_id


# -- without a folder ----------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_credentials() -> None:
    """For a configuration that is written down once."""
    found = []
    for _ in range(2):
        with serving.served(options(None, "--seed", "7")) as (tenant, _):
            found.append((tenant.client_id, tenant.client_secret))
    assert found[0] == found[1]
