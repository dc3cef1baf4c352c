"""The tool itself is safe to have: what it listens to, where secrets come from, what it runs, what it lets through.

Foreign Host headers are in test_server.py and test_control_server.py, the report's HTML in test_report_page.py.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from helpers.forked_pytest import run_forked
from helpers.report_results import broken, finding, result
from helpers.tenant_client import TenantClient

import pytest_auth0_mfa
from pytest_auth0_mfa import Tenant, serve
from pytest_auth0_mfa.cassettes.importing import import_file
from pytest_auth0_mfa.cassettes.reading import load
from pytest_auth0_mfa.cli import doctor, main
from pytest_auth0_mfa.errors import CassetteError
from pytest_auth0_mfa.live.ledger import PREFIX, Ledger
from pytest_auth0_mfa.live.redaction import Secrets
from pytest_auth0_mfa.plugin.redaction import redact
from pytest_auth0_mfa.report import store
from pytest_auth0_mfa.transports.server import Server

pytest_plugins = ["pytester"]

PACKAGE = Path(pytest_auth0_mfa.__file__).parent
HOSTILE = "a\x1b[2J\x1b]8;;https://evil.example\x07b\x9b31m\u202ec\u2066d\re\x08f\u2028g"
OBEYED = frozenset(HOSTILE) - frozenset("abcdefg[2J]8;https://evil.example31m")


def silent(text: str) -> bool:
    """Whether a terminal only shows the text: nothing in it is obeyed."""
    return not OBEYED & set(text)


# -- where it listens ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_only_loopback_is_listened_to(host: str) -> None:
    """Every socket of a server is bound to a loopback address."""
    with Server(listen_address=(host, 0)) as server:
        bound = [listener.getsockname()[0] for listener in server._listeners]
    assert bound
    assert all(ipaddress.ip_address(address).is_loopback for address in bound)


@pytest.mark.parametrize("host", ["0.0.0.0", "staging.example.org"])
def test_the_fixture_cannot_open_it_to_others(pytester: pytest.Pytester, host: str) -> None:
    """A listen address that others reach is refused in a sentence, and no test runs against it."""
    pytester.makeconftest(
        f"import pytest\n@pytest.fixture(scope='session')\ndef auth0_mfa_listen_address(): return ({host!r}, 0)"
    )
    pytester.makepyfile("def test_it(auth0_mfa_server): raise AssertionError('it ran')")
    done = run_forked(pytester, "-p", "no:cacheprovider")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        [f"*listen address '{host}': refusing to listen where others can reach it. Use 'localhost'*"]
    )


# -- where secrets come from, and how they are compared ------------------------------------------


def test_unseeded_secrets_come_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets, codes, tokens and the control token are the system's randomness: when that stands still, so do they."""
    monkeypatch.setattr(random, "_urandom", bytes)  # what SystemRandom, and so `secrets`, draws from
    monkeypatch.setattr(os, "urandom", bytes)
    first, second = Tenant(), Tenant()
    assert first.client_secret == second.client_secret == "0" * 64
    users = [tenant.add_user("ada@example.com") for tenant in (first, second)]
    secrets = [user.enroll("otp").secret for user in users]
    assert secrets[0] == secrets[1]
    assert users[0].recovery_code == users[1].recovery_code
    with serve(first), serve(second):
        assert first.control_token == second.control_token == "A" * 32


def test_a_seed_decides_and_the_global_generator_does_not() -> None:
    """The same seed gives the same secrets; seeding Python's own generator changes nothing."""
    assert Tenant(seed=1).client_secret == Tenant(seed=1).client_secret
    made = []
    for _ in range(2):
        random.seed(1)
        made.append(Tenant().client_secret)
    assert made[0] != made[1]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What is compared in constant time."""
    seen: set[str] = set()
    real = hmac.compare_digest

    def compare(left: Any, right: Any) -> bool:
        for side in (left, right):
            seen.add(side if isinstance(side, str) else bytes(side).decode("utf-8", "replace"))
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    return seen


def test_secrets_are_compared_in_constant_time(compared: set[str]) -> None:
    """Password, client secret, TOTP, code of a message, recovery code and control token, right or wrong."""
    api = TenantClient()
    tenant = api.tenant
    tenant.control_token = "the-control-token"
    user = tenant.add_user("ada@example.com", "the-password")
    user.enroll("otp")
    email = user.enroll("email")
    token = api.mfa_token(user)
    assert {"the-password", tenant.client_secret} <= compared
    api.otp(token, "654321")
    assert "654321" in compared
    oob_code = api.challenge(token, authenticator_id=email.id).json()["oob_code"]
    api.oob(token, oob_code, "111222")
    assert {"111222", api.code(user)} <= compared
    api.recovery(token, "WRONGWRONGWRONGWRONGWRON")
    assert {"WRONGWRONGWRONGWRONGWRON", user.recovery_code} <= compared
    with serve(tenant), requests.Session() as session:
        session.trust_env, session.verify = False, tenant.ca_file
        headers = {"Authorization": "Bearer another-token"}
        assert session.get(f"{tenant.url}/_auth0_mfa/users", headers=headers, timeout=60).status_code == 401
    assert {"another-token", "the-control-token"} <= compared


# -- what it runs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.mkdir [ran]", "!!python/name:os.mkdir", "!!python/module:os"]
)
def test_yaml_makes_no_objects(tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cassette with a tag of Python's is refused, when it is loaded and when it is imported; nothing ran."""
    pytest.importorskip("yaml")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "cassette.yaml"
    file.write_text(f"interactions: {tag}\nauth0_mfa: {{}}\n")
    with pytest.raises(CassetteError, match="not YAML that is safe to load"):
        load(file)
    with pytest.raises(CassetteError, match="not YAML that is safe to load"):
        import_file(file, tmp_path / "made.yaml")
    assert not (tmp_path / "ran").exists()


# -- what it lets through to a terminal ----------------------------------------------------------

_SPOILT = """
import json
from pytest_auth0_mfa import Response, Tenant, handler
from pytest_auth0_mfa.contract import TenantContract, fake_subject

HOSTILE = json.loads({hostile!r})

class TestHostile(TenantContract):
    def make_subject(self):
        tenant = Tenant()
        good = handler(tenant)
        def bad(request):
            answer = good(request)
            if request.path == {path!r} and answer.status {condition}:
                body = answer.json()
                body[HOSTILE] = HOSTILE
                body["error_description"] = HOSTILE
                {more}
                return Response(answer.status, {{**answer.headers, "x-odd": "a"}}, json.dumps(body).encode())
            return answer
        return fake_subject(tenant, handler=bad)
"""
_SPOILS = {
    "field": ("/mfa/challenge", "== 200", "body.pop('oob_code')"),
    "error": ("/oauth/token", ">= 400", "body['error'] = HOSTILE"),
    "token": ("/oauth/token", "== 200", "body['token_type'] = HOSTILE"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", ["", "-v", "-vv --tb=long", "--tb=short -rA", "--tb=native --showlocals", "-n 1 -v"]
)
def test_a_tenant_cannot_speak_to_the_terminal(pytester: pytest.Pytester, arguments: str) -> None:
    """Whatever it answers, and however failures and summary are shown: nothing that a terminal obeys gets out."""
    for spoil, (path, condition, more) in _SPOILS.items():
        text = _SPOILT.format(hostile=json.dumps(HOSTILE), path=path, condition=condition, more=more)
        (pytester.path / f"test_{spoil}.py").write_text(text, encoding="utf-8")
    chosen = ["-k", "email-challenge or email-enroll", "-p", "no:cacheprovider", "--color=no", *arguments.split()]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *chosen], cwd=pytester.path, capture_output=True, check=False
    )
    text = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 1, text
    for spoil in _SPOILS:
        assert f"FAILED test_{spoil}.py::TestHostile" in text, text
    assert "MFA0" in text
    assert silent(text.replace("\r\n", "\n")), sorted(OBEYED & set(text))


def test_what_a_test_sent_is_told_without_escapes(pytester: pytest.Pytester) -> None:
    """auth0_mfa_strict quotes a path that a client took from elsewhere."""
    pytester.makepyfile(
        """
        from pytest_auth0_mfa import Request, handler

        def test_it(auth0_mfa):
            handler(auth0_mfa)(Request("POST", "/mfa/challenge", {"content-type": "text/\\x1b[2J"}, b"\\x1b[2J"))
            handler(auth0_mfa)(Request("GET", "/\\x1b[2J\\u202e", {}))
        """
    )
    done = run_forked(pytester, "-p", "no:cacheprovider", "-o", "auth0_mfa_strict=true", "--color=no")
    assert "do not keep to the schemas" in done.stdout.str()
    assert silent("".join(done.stdout.lines))


def test_the_doctor_repeats_no_escapes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What a tenant says to a check is shown as text."""
    monkeypatch.setattr(doctor, "checks", lambda *given: iter([doctor.Check("FAIL", "factors", HOSTILE)]))
    assert main(["doctor", "--auth0-mfa-target=shop.eu.auth0.com"]) == 1
    printed = capsys.readouterr().out
    assert "factors: a" in printed
    assert silent(printed)


def test_drift_repeats_no_escapes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Changes of hostile reports, and complaints about broken ones."""
    hostile = broken(findings=(finding(field=HOSTILE, actual=HOSTILE, expected=HOSTILE, operation=HOSTILE),))
    for name, text in {"a": store.dumps(result()), "b": store.dumps(hostile)}.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    data = json.loads(store.dumps(result()))
    (tmp_path / "c.json").write_text(json.dumps({**data, HOSTILE: 1, "subject": {HOSTILE: HOSTILE}}), encoding="utf-8")
    for other in ("b", "c"):
        assert main(["drift", str(tmp_path / "a.json"), str(tmp_path / f"{other}.json")]) != 0
        printed = capsys.readouterr()
        assert printed.out or printed.err
        assert silent(printed.out + printed.err), repr(printed)


def test_other_commands_repeat_no_escapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown finding, a ledger and a recording with hostile names."""
    monkeypatch.chdir(tmp_path)
    for domain in (HOSTILE, "b.example"):
        Ledger().begin_user(domain, PREFIX + "1@x.example")
    entry = {"request": {"method": "POST", "headers": []}, "startedDateTime": "2026-01-02T03:04:05Z"}
    entry["response"] = {"status": 200, "headers": []}
    entries: list[Any] = []
    for host in ("\x1b7\u202ea.example", "b.example"):
        entries.append(json.loads(json.dumps(entry)))
        entries[-1]["request"]["url"] = f"https://{host}/mfa/challenge"
    Path("hostile.har").write_text(json.dumps({"log": {"entries": entries}}))
    for command in (["explain", HOSTILE], ["cleanup"], ["import", "hostile.har"], [HOSTILE]):
        assert main(command) != 0
        printed = capsys.readouterr()
        assert printed.err
        assert silent(printed.out + printed.err), (command, repr(printed))


def test_reasons_for_skipping_repeat_no_escapes() -> None:
    """Of a live run: the reason why a test was not judged, and a failure as pytest quotes it."""
    skipped = pytest.TestReport("a.py::test", ("a.py", 0, "test"), {}, "skipped", ("a.py", 1, HOSTILE), "call")
    failed = pytest.TestReport("a.py::test", ("a.py", 0, "test"), {}, "failed", HOSTILE, "call")
    for report in (skipped, failed):
        redact(report, Secrets())
        assert "evil.example" in str(report.longrepr)
        assert silent(report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr))
