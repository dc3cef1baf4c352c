"""A reproducer holds every step from the login on and no secret."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from pytest_auth0_mfa import Tenant
from pytest_auth0_mfa.contract.coverage import Coverage
from pytest_auth0_mfa.contract.reproducer.curl import as_curl
from pytest_auth0_mfa.contract.reproducer.python import as_python
from pytest_auth0_mfa.contract.reproducer.trace import Exchange, Note, ReadValue, Steps, TracedCall, trace
from pytest_auth0_mfa.contract.tenant.context import ScenarioContext
from pytest_auth0_mfa.contract.tenant.scenarios import SCENARIOS
from pytest_auth0_mfa.messages import Request, Response
from pytest_auth0_mfa.plugin.contract_session import server_subject

JSON = {"Content-Type": "application/json"}
MFA_TOKEN = "Fe26.2*" + "m" * 60
OOB_CODE = "Fe26.2*" + "o" * 60
DEVICE = "email|dev_0123456789"
TARGET = "/mfa/authenticators/" + DEVICE.replace("|", "%7C")
SECRETS = ("pass-word-12345", "client-secret-12345", MFA_TOKEN, OOB_CODE, "493817", "ada@example.com", DEVICE)


def _steps() -> Steps:
    steps = Steps()
    for value, name in zip(SECRETS[:2], ("AUTH0_MFA_PASSWORD", "AUTH0_CLIENT_SECRET"), strict=True):
        steps.give(value, name)
    steps.give("ada@example.com", "AUTH0_MFA_USERNAME")
    login = {
        "grant_type": "password",
        "username": "ada@example.com",
        "password": SECRETS[0],
        "client_secret": SECRETS[1],
    }
    bearer = {"Authorization": f"Bearer {MFA_TOKEN}"}
    associate = {"authenticator_types": ["oob"], "email": "ada@example.com", "q": 'say "$HOME" `x` \\'}
    form = f"grant_type=mfa-oob&mfa_token={MFA_TOKEN}x&oob_code={OOB_CODE}&binding_code=493817".replace("*", "%2A")
    encoded = {"Content-Type": "application/x-www-form-urlencoded"}
    steps.events = [
        Exchange("password", _post("/oauth/token", JSON, login), _answer(403, {"mfa_token": MFA_TOKEN})),
        Exchange("associate", _post("/mfa/associate", JSON | bearer, associate), _answer(200, {"oob_code": OOB_CODE})),
        Exchange("list-authenticators", Request("GET", "/mfa/authenticators", bearer), _answer(200, [{"id": DEVICE}])),
        ReadValue("email_code", "493817", "the code that was sent by email"),
        Note("let 300 seconds pass", 300),
        Exchange("mfa-oob", Request("POST", "/oauth/token", encoded, form.encode()), _answer(403, {"error": "no"})),
        Exchange("delete-authenticator", Request("DELETE", TARGET, bearer), Response(401, {})),
    ]
    return steps


def _post(path: str, headers: dict[str, str], body: object) -> Request:
    return Request("POST", path, headers, json.dumps(body).encode())


def _answer(status: int, body: object) -> Response:
    return Response(status, JSON, json.dumps(body).encode())


def test_nothing_secret_is_printed() -> None:
    """Passwords, tokens, codes, addresses and ids become variables, in parts of values too."""
    text = as_curl(trace(_steps())) + as_python(trace(_steps()))
    assert [secret for secret in SECRETS if secret in text or secret.replace("|", "%7C") in text] == []
    assert "${mfa_token_1}x" in text
    assert "mfa_token_1 + 'x'" in text


def test_an_unknown_secret_is_asked_for() -> None:
    """A token that no earlier answer held comes from the environment."""
    steps = Steps()
    body = json.dumps({"mfa_token": "Fe26.2*" + "z" * 50, "client_secret": "wrong"}).encode()
    steps.events = [Exchange("challenge", Request("POST", "/mfa/challenge", JSON, body), None)]
    text = as_python(trace(steps))
    assert "zzz" not in text
    assert "env['AUTH0_MFA_MFA_TOKEN_" in text
    assert "'client_secret': 'wrong'" in text


def test_a_key_that_only_the_barcode_holds_is_asked_for() -> None:
    """A tenant need not answer it besides, and it is as secret there."""
    steps, key = Steps(), "DLBM6XB7Z6XAO6QDPJ6UCTUL6G22J2EJ"
    barcode = {"barcode_uri": f"otpauth://totp/shop:ada?secret={key}&issuer=shop"}
    methods, answer = "/me/v1/authentication-methods", _answer(202, barcode)
    steps.events = [
        Exchange("me-create-method", _post(methods, JSON, {"type": "totp"}), answer),
        ReadValue("otp", "493817", "the code that the authenticator app shows", key),
        Exchange("me-verify-method", _post(methods + "/x/verify", JSON, {"otp_code": "493817"}), None),
    ]
    for text in (as_curl(trace(steps)), as_python(trace(steps))):
        assert key not in text
        assert "the key in the barcode before step 2 (32 characters)" in text


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNKNOWN = "Fe26.2*" + "u" * 40
"""A token that no answer held."""
RECOVERY_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ"
HIDDEN = {
    "a form without a sign of equality": (Request("POST", "/oauth/token", FORM, UNKNOWN.encode()), UNKNOWN),
    "a name in a form": (Request("POST", "/oauth/token", FORM, f"{RECOVERY_CODE}=1".encode()), RECOVERY_CODE),
    "a name in JSON": (_post("/oauth/token", JSON, {UNKNOWN: 1}), UNKNOWN),
    "a name in an object of JSON": (_post("/oauth/token", JSON, {"x": {"123456": 1}}), "123456"),
    "a string in a list": (_post("/oauth/token", JSON, ["hunter2pass"]), "hunter2pass"),
    "a number": (_post("/oauth/token", JSON, {"otp": 123456}), "123456"),
    "a query without a name": (Request("GET", f"/mfa/authenticators?{RECOVERY_CODE}", {}), RECOVERY_CODE),
    "a code in the path": (Request("POST", "/mfa/verify/123456", {}), "123456"),
    "a token in the path": (Request("DELETE", f"/mfa/authenticators/{UNKNOWN}", {}), UNKNOWN),
    "a recovery code in the path": (Request("POST", f"/mfa/{RECOVERY_CODE}/x", {}), RECOVERY_CODE),
    "a code as the body": (Request("POST", "/oauth/token", {}, b"123456"), "123456"),
    "a short password as the body": (Request("POST", "/oauth/token", {}, b"hunter2pass"), "hunter2pass"),
    "a string of JSON as the body": (_post("/oauth/token", JSON, "123456"), "123456"),
    "a TOTP secret in the path": (Request("DELETE", "/mfa/authenticators/ABCDEFGHIJKLMNOP", {}), "ABCDEFGHIJKLMNOP"),
    "a name that is a TOTP secret": (_post("/oauth/token", JSON, {"JBSWY3DPEHPK3PXP": 1}), "JBSWY3DPEHPK3PXP"),
    "a scheme": (Request("GET", "/mfa/authenticators", {"Authorization": f"{UNKNOWN} x"}), UNKNOWN),
}
"""Where a secret may stand -> a request, and the secret in it."""


@pytest.mark.parametrize("where", HIDDEN)
def test_an_unknown_secret_is_hidden_wherever_it_stands(where: str) -> None:
    """The environment gives it, to the script and to the program."""
    request, secret = HIDDEN[where]
    steps = Steps()
    steps.events = [Exchange("challenge", request, None)]
    script, program = as_curl(trace(steps)), as_python(trace(steps))
    assert secret not in script + program
    assert re.search(r'^: .*"\$\{AUTH0_MFA_\w+:\?set it in the environment\}"', script, re.MULTILINE)
    assert re.search(r"env\['AUTH0_MFA_\w+'\]", program)
    compile(program, "program", "exec")
    subprocess.run(["bash", "-n", "-c", script], check=True, timeout=60)


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "/mfa/verify/123456", {}),
        Request("POST", "/oauth/token?123456", {}),
        Request("POST", "/oauth/token", {}, b"123456"),
        Request("POST", "/oauth/token", FORM, b"123456=x"),
        _post("/oauth/token", JSON, {"123456": "x"}),
    ],
    ids=["path", "query", "body", "form", "JSON"],
)
def test_a_known_code_is_its_variable_wherever_it_stands(request_: Request) -> None:
    """A code is too short to be replaced inside of texts, so it is looked for in each part."""
    steps = Steps()
    steps.events = [ReadValue("otp", "123456", "the code of the app"), Exchange("mfa-otp", request_, None)]
    script, program = as_curl(trace(steps)), as_python(trace(steps))
    assert "123456" not in script + program
    assert script.count("${otp_1") == 1
    assert "AUTH0_MFA" not in script + program


def test_a_given_secret_is_hidden_in_a_name() -> None:
    """Also a password of words, and also a part of it."""
    steps = _steps()
    steps.give("correct-horse", "AUTH0_MFA_PASSWORD_2")
    steps.events.append(Exchange("challenge", _post("/x", JSON, {"correct-horse-x": 1, "a correct-hors": 2}), None))
    script, program = as_curl(trace(steps)), as_python(trace(steps))
    assert "correct-h" not in script + program


def test_what_the_environment_has_to_give_is_said() -> None:
    """Once, before the step that needs it: which name of which step, and how long it is."""
    request = Request("POST", f"/mfa/{RECOVERY_CODE}", FORM, f"{UNKNOWN}=1&otp=".encode())
    steps = Steps()
    steps.events = [Note("wait"), Exchange("challenge", request, None), Exchange("challenge", request, None)]
    for text in (as_curl(trace(steps)), as_python(trace(steps))):
        comments = [line for line in text.splitlines() if line.startswith("# AUTH0")]
        assert comments == [
            "# AUTH0_MFA_NAME_1: a part of the path of step 2 (24 characters)",
            f"# AUTH0_MFA_NAME_0: a name in the body of step 2 ({len(UNKNOWN)} characters)",
        ]
        assert text.index(comments[0]) < text.index("/mfa/")


def test_a_name_in_a_form_is_sent_as_it_was(tmp_path: Path) -> None:
    """With signs that mean something in a form: curl encodes values only."""
    name = "690420&x=+y%"
    request = Request("POST", "/oauth/token", FORM, urlencode([(name, "1"), ("a&b", "2")]).encode())
    steps = Steps()
    steps.events = [Exchange("challenge", request, _answer(200, {}))]
    traced = trace(steps)
    log = _run_bash(as_curl(traced), tmp_path, steps, {"AUTH0_MFA_NAME_0": name})
    assert f"{quote(name, safe='')}=1" in log[0]
    assert "a%26b=2" in log[0]


def test_words_of_a_request_are_shown() -> None:
    """A misspelt path or parameter is what the reader looks for."""
    request = Request("POST", "/v2/mfa/{id}/Challenge?utm_source=x", FORM, b"mfaToken=&oob_channels[]=sms&2nd=1")
    steps = Steps()
    steps.events = [Exchange("challenge", request, None)]
    script = as_curl(trace(steps)).replace(" \\\n ", "")
    assert "'/v2/mfa/{id}/Challenge?utm_source=x'" in script
    assert "mfaToken= --data-urlencode 'oob_channels[]=sms' --data-urlencode 2nd=1" in script


@pytest.mark.parametrize("name", ["2nd", "123", "été", "a-b", "", UNKNOWN, "x\n"])
def test_a_value_is_read_whatever_its_member_is_called(name: str, tmp_path: Path) -> None:
    """The variable has a name that shells and Python take; a name that may be a secret is not shown."""
    bearer = {"Authorization": f"Bearer {MFA_TOKEN}"}
    answers = [_answer(200, {"tokens": [{name: MFA_TOKEN}]}), _answer(200, [])]
    requests = [_post("/mfa/challenge", JSON, {}), Request("GET", "/mfa/authenticators", bearer)]
    steps = Steps()
    steps.events = [Exchange("challenge", one, answer) for one, answer in zip(requests, answers, strict=True)]
    traced = trace(steps)
    script, program = as_curl(traced), as_python(traced)
    assert MFA_TOKEN not in script + program
    assert UNKNOWN not in script + program
    given = dict.fromkeys(re.findall(r"\$\{(AUTH0_MFA_\w+)\}", script), MFA_TOKEN)
    assert bool(given) is (name in ("été", UNKNOWN, "x\n"))
    sent = _run_python(program, tmp_path, steps, given)
    assert sent[1][2] == bearer
    log = _run_bash(script, tmp_path, steps, given)
    assert f"Authorization: Bearer {MFA_TOKEN}" in log[1]


def test_the_python_program_makes_the_same_calls(tmp_path: Path) -> None:
    """Run against a stub of the connection, the program sends what was sent."""
    text = as_python(trace(_steps()))
    sent = _run_python(text, tmp_path, _steps(), _given())
    assert [(method, path) for method, path, _, _ in sent] == [
        (event.request.method, event.request.path) for event in _steps().events if isinstance(event, Exchange)
    ]
    for (_, _, headers, body), event in zip(sent, (e for e in _steps().events if isinstance(e, Exchange)), strict=True):
        assert headers == dict(event.request.headers)
        assert _meaning(body) == _meaning(event.request.body.decode())


def _meaning(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.replace("*", "%2A")


_STUB = """
import http.client, io, json, sys
answers = json.loads({answers!r})
sent = []
class Answer:
    def __init__(self, status, body): self.status, self.body = status, body
    def read(self): return self.body.encode()
class Stub:
    def __init__(self, host, context): assert host == "tenant.example"
    def request(self, method, path, body, headers): sent.append((method, path, headers, (body or b"").decode()))
    def getresponse(self): return Answer(*answers[len(sent) - 1])
http.client.HTTPSConnection = Stub
"""


def _given() -> dict[str, str]:
    return {variable: value for value, variable in _steps().given.items()}


def _answers(steps: Steps) -> str:
    exchanges = [event for event in steps.events if isinstance(event, Exchange)]
    return json.dumps([(one.response.status, one.response.body.decode()) for one in exchanges if one.response])


def _run_python(
    text: str, tmp_path: Path, steps: Steps, env: dict[str, str]
) -> list[tuple[str, str, dict[str, str], str]]:
    program = tmp_path / "reproducer.py"
    program.write_text(_STUB.format(answers=_answers(steps)) + text + "\nprint(json.dumps(sent))\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program)],
        input="493817\n\n", capture_output=True, text=True, check=True, timeout=60,
        env={**env, "AUTH0_DOMAIN": "tenant.example"},
    )  # fmt: skip
    last = done.stdout.splitlines()[-1]
    assert not any(secret in done.stdout.replace(last, "") for secret in SECRETS)
    return [tuple(call) for call in json.loads(last)]


def _run_bash(script: str, tmp_path: Path, steps: Steps, env: dict[str, str]) -> list[list[str]]:
    """The arguments of each call of curl."""
    stub = tmp_path / "curl"
    stub.write_text(
        f"#!{sys.executable}\n"
        "import json, sys, pathlib\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "log = folder / 'log'\n"
        "done = log.read_text().splitlines() if log.exists() else []\n"
        "log.write_text('\\n'.join([*done, json.dumps(sys.argv[1:])]))\n"
        "answers = json.loads((folder / 'answers').read_text())\n"
        "status, body = answers[len(done)]\n"
        "pathlib.Path(sys.argv[sys.argv.index('-o') + 1]).write_text(body)\n"
        "print(status, end='')\n"
    )
    stub.chmod(0o755)
    (tmp_path / "answers").write_text(_answers(steps))
    done = subprocess.run(
        ["bash", "-c", script],
        input="493817\n\n", capture_output=True, text=True, timeout=60,
        env={**env, "AUTH0_DOMAIN": "tenant.example", "PATH": f"{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not any(secret in done.stdout for secret in SECRETS)
    return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]


def test_the_script_is_valid_bash_and_sends_the_same_bodies(tmp_path: Path) -> None:
    """Run with a stub of curl, the script sends the bodies that were sent, whatever they contain."""
    exchanges = [e for e in _steps().events if isinstance(e, Exchange)]
    sent = _run_bash(as_curl(trace(_steps())), tmp_path, _steps(), _given())
    assert json.loads(sent[0][sent[0].index("--data-raw") + 1]) == json.loads(exchanges[0].request.body)
    assert json.loads(sent[1][sent[1].index("--data-raw") + 1]) == json.loads(exchanges[1].request.body)
    assert f"Authorization: Bearer {MFA_TOKEN}" in sent[1]
    assert f"mfa_token={MFA_TOKEN}x" in sent[3]
    assert "binding_code=493817" in sent[3]
    assert sent[4][-1].endswith("/mfa/authenticators/email%7Cdev_0123456789")


def test_only_a_body_of_no_type_is_sent_without_one() -> None:
    """Left alone, curl calls every body a form."""
    steps = Steps()
    untyped = Request("POST", "/oauth/token", {}, b'{"grant_type": "password"}')
    steps.events = [
        Exchange("password", untyped, _answer(400, {"error": "invalid_request"})),
        Exchange("challenge", _post("/mfa/challenge", JSON, {"challenge_type": "otp"}), _answer(200, {})),
    ]
    _, first, second = as_curl(trace(steps)).split("\ncall ")
    assert first.startswith("password")
    assert ("Content-Type;" in first, "Content-Type;" in second) == (True, False)


@pytest.mark.parametrize("how", ["curl", "python"])
def test_what_is_printed_runs_against_a_server(how: str, tmp_path: Path) -> None:
    """Script and program walk from the login to the last step of a real server, asking for the code on the way."""
    tenant = Tenant(fixed_code="012345")
    subject = server_subject(tenant)
    try:
        play = ScenarioContext(subject, Coverage())
        SCENARIOS["email-challenge"].act(play)
        given = {variable: value for value, variable in play.steps.given.items()}
        person = subject.new_user()  # a fresh one: the scenario's own is enrolled by now
        given |= {"AUTH0_MFA_USERNAME": person.username, "AUTH0_MFA_PASSWORD": person.password}
        traced = trace(play.steps)
        command = ["bash", "-c", as_curl(traced)] if how == "curl" else [sys.executable, "-c", as_python(traced)]
        done = subprocess.run(
            command, input="012345\n012345\n", capture_output=True, text=True, timeout=60, cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **tenant.env, **given},
        )  # fmt: skip
    finally:
        subject.close()
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("mfa-oob 200") == 2
    assert "password 403 mfa_required" in done.stdout


def test_the_environment_gives_what_there_is() -> None:
    """The first name of a value stays; no value, or an empty one, has no name."""
    steps = Steps()
    for value, name in (("secret", "FIRST"), ("secret", "SECOND"), (None, "NOTHING"), ("", "EMPTY")):
        steps.give(value, name)
    assert steps.given == {"secret": "FIRST"}


@pytest.mark.parametrize(("length", "remembered"), [(11, False), (12, True), (13, True)])
def test_a_value_of_twelve_characters_is_remembered(length: int, remembered: bool) -> None:
    """A shorter one is as likely a word as a value of an earlier answer."""
    value = "m" * length
    bearer = {"Authorization": f"Bearer {value}"}
    steps = Steps()
    steps.events = [
        Exchange("challenge", _post("/mfa/challenge", JSON, {}), _answer(200, {"oob_code": value})),
        Exchange("list-authenticators", Request("GET", "/mfa/authenticators", bearer), _answer(200, [])),
    ]
    first, _ = trace(steps)
    assert isinstance(first, TracedCall)
    assert bool(first.captures) is remembered


def test_words_that_two_answers_share_are_not_captured() -> None:
    """A scope or the name of a factor in a request was not read from an earlier answer; an id was."""
    rows = [{"id": DEVICE, "authenticator_type": "recovery-code", "scope": "openid profile email"}]
    steps = Steps()
    login = {"grant_type": "http://auth0.com/oauth/grant-type/mfa-recovery-code", "scope": "openid profile email"}
    steps.events = [
        Exchange("list-authenticators", Request("GET", "/mfa/authenticators", {}), _answer(200, rows)),
        Exchange("mfa-recovery-code", _post("/oauth/token", JSON, login), _answer(403, {})),
        Exchange("delete-authenticator", Request("DELETE", TARGET, {}), Response(204, {})),
    ]
    first, second, _ = trace(steps)
    assert isinstance(first, TracedCall)
    assert isinstance(second, TracedCall)
    assert [path for _, path in first.captures] == [(0, "id")]
    assert second.json == {(name,): (value,) for name, value in login.items()}


def test_no_time_at_all_is_no_step() -> None:
    """A fraction of a second is one, and is written as such."""
    steps = Steps()
    for seconds in (0, 0.25, 86279):
        steps.pass_time(seconds)
    assert [event.text for event in steps.events if isinstance(event, Note)] == [
        "let 0.25 seconds pass",
        "let 86279 seconds pass",
    ]


@pytest.mark.parametrize("body", [b"[" * 90_000, b'{"x": NaN}', b'{"x": Infinity}'])
def test_what_no_reader_takes_for_json_is_sent_as_it_was(body: bytes) -> None:
    """As a text that the environment gives; Python has no word for it."""
    steps = Steps()
    steps.events = [Exchange("challenge", Request("POST", "/mfa/challenge", JSON, body), None)]
    program = as_python(trace(steps))
    assert "nan" not in program.lower()
    assert "inf" not in program
    assert "env['AUTH0_MFA_BODY_0']" in program
