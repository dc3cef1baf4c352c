"""Recording and replay, independent of vcrpy: what is played, sent and written. Also the users of cassettes."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import CassetteError, ConfigurationError, NotRecordedError, closest
from pytest_auth0_mfa.messages import Headers, Json
from pytest_auth0_mfa.tenant.totp import totp

from .bodies import Fields, encoding_of, unpacked
from .document import API_PATHS, Document, left_over, meaning_of, new_meta, save
from .interactions import Interaction, RequestMeaning, read_meaning
from .leaks import refuse_leaks
from .matching import Script, needs_of
from .placeholders import DOMAIN, NUMBER, Placeholders, is_placeholder, jwt_parts, placeholder
from .reading import load
from .scrubbing import scrub

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.entities import User

    from .placeholders import Placeholders

Answer = Callable[[str, float], dict[str, Any]]
"""A function of the client's host and the time (epoch seconds) that returns an answer in vcrpy's format."""

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TIMES = ("iat", "exp", "nbf", "auth_time")
_JWKS = "/.well-known/jwks.json"


def answer_of(interaction: Interaction, issued: MutableMapping[str, str]) -> Answer:
    """How to answer an interaction at replay. JWTs are signed anew, with shifted times and the client's host.

    ``issued`` receives the placeholder of each new JWT.
    """
    text = interaction.response_body.decode()
    signed = any(is_placeholder(found) for found in _JWT.findall(text))
    if interaction.status == 200 and interaction.request.path.partition("?")[0] == _JWKS:
        return lambda host, now: _form(interaction, interaction.response_headers, _key_set())
    mentions = DOMAIN in text or any(DOMAIN in v for values in interaction.response_headers.values() for v in values)
    if not signed and not mentions:
        return lambda host, now: _form(interaction, interaction.response_headers, interaction.response_body)

    def answer(host: str, now: float) -> dict[str, Any]:
        body = text
        if signed:
            body = _JWT.sub(lambda found: _renewed(found[0], host, now - interaction.at, issued), body)
        headers = {
            name: [v.replace(DOMAIN, host) if DOMAIN in v else v for v in values]
            for name, values in interaction.response_headers.items()
        }
        return _form(interaction, headers, (body.replace(DOMAIN, host) if mentions else body).encode())

    return answer


def _form(interaction: Interaction, headers: dict[str, list[str]], body: bytes) -> dict[str, Any]:
    return {
        "status": {"code": interaction.status, "message": interaction.reason},
        "headers": {name: list(values) for name, values in headers.items()},
        "body": {"string": body},
    }


def _renewed(token: str, host: str, later: float, issued: MutableMapping[str, str]) -> str:
    parts = jwt_parts(token)
    if parts is None or NUMBER not in parts[1]:
        return token
    from pytest_auth0_mfa.tenant.signing import run_signer

    claims = {name: _moved(name, value, host, int(later)) for name, value in parts[1].items()}
    made = run_signer().sign(claims)
    issued[made] = token
    return made


def _moved(name: str, value: Json, host: str, later: int) -> Json:
    if name in _TIMES and isinstance(value, int):
        return value + later
    if isinstance(value, str):
        return value.replace(DOMAIN, host)
    return [_moved("", item, host, later) for item in value] if isinstance(value, list) else value


def _key_set() -> bytes:
    import json

    from pytest_auth0_mfa.tenant.signing import run_signer

    return json.dumps(run_signer().jwks()).encode()


RecordMode = Literal["none", "once", "new_episodes", "all", "rewrite"]
MODES: tuple[RecordMode, ...] = get_args(RecordMode)


def checked_mode(mode: str) -> str:
    """The mode, if it is one of `MODES`. Raises ConfigurationError, which suggests the closest."""
    if mode not in MODES:
        raise ConfigurationError(f"no such record mode: {mode!r}. {closest(mode, MODES)}")
    return mode


class CassetteSession:
    """One cassette in use. Several threads can use it.

    ``mode`` is one of `MODES`; ``placeholders`` has the real values that are known beforehand. Raises CassetteError if
    the cassette cannot be read, or does not exist and may not be recorded.
    """

    def __init__(
        self,
        path: Path,
        mode: str = "none",
        *,
        domains: tuple[str, ...] = (DOMAIN,),
        placeholders: Placeholders | None = None,
        profile: Mapping[str, Json] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.path = path
        self.mode = checked_mode(mode)
        self.domains = domains
        self.placeholders = placeholders or Placeholders()
        self.profile = dict(profile or {})
        self.clock = clock or (lambda: time.time())
        self.loaded = load(path) if mode != "rewrite" and path.exists() else None
        if mode == "none" and self.loaded is None:
            raise CassetteError(
                f"{path}: no such cassette. Record it with --auth0-mfa-record-mode=once and a tenant's AUTH0_DOMAIN, "
                "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET in the environment."
            )
        self.recording = mode in ("new_episodes", "all", "rewrite") or (mode == "once" and self.loaded is None)
        """Whether requests may be sent to the tenant."""
        self.raw: list[Interaction] = []
        self.codes: list[str] = []
        self.secrets: dict[str, str] = {}
        self._lock = threading.Lock()
        meta = self.loaded.meta if self.loaded else None
        recorded = (
            [(meaning_of(interaction), interaction.at) for interaction in self.loaded.interactions]
            if self.loaded
            else []
        )
        needs = needs_of(self.loaded.interactions) if self.loaded else ()
        self.script = Script(recorded, meta.totp_secrets if meta else (), needs)
        self._issued: dict[str, str] = {}
        self._answers = (
            [answer_of(interaction, self._issued) for interaction in self.loaded.interactions] if self.loaded else []
        )
        if meta and self.recording:
            for kind, number in meta.counts.items():
                self.placeholders.skip(kind, number)

    # -- one request ---------------------------------------------------------------------------

    def owns(self, method: str, url: str) -> bool:
        """Whether the cassette handles a request: one to the tenant's host, of this API, or with a recorded path."""
        parts = urlsplit(url)
        path = parts.path
        if parts.netloc in self.domains or path.startswith(API_PATHS) or path == "/userinfo":
            return True
        return any(ask.operation == f"{method} {path}" for ask in self.script.asks)

    def find(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """The number of the answer to play, or None if the request has to be sent.

        Raises NotRecordedError if it must not be sent.
        """
        if self.mode in ("all", "rewrite") or (self.recording and self.loaded is None):
            return None
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        ask = read_meaning(method, target, headers if isinstance(headers, Headers) else Headers(headers), body)
        meant = self.script.meaning(ask, parts.netloc, at=self.clock(), known=self._placeholder_of)
        with self._lock:
            number = self.script.find(meant)
        if number is not None:
            return number
        if self.recording and not self._continues(ask):
            return None
        raise NotRecordedError(self._refusal(method, url, meant))

    def _placeholder_of(self, value: str) -> str | None:
        """The placeholder of a JWT that was signed anew or, while recording, of a real value; or None."""
        issued = self._issued.get(value)
        return issued if issued is not None or not self.recording else self.placeholders.known(value)

    def _continues(self, ask: RequestMeaning) -> bool:
        return any(isinstance(v, str) and (is_placeholder(v) or v in self._issued) for v in ask.parameters.values())

    def _refusal(self, method: str, url: str, ask: RequestMeaning) -> str:
        parts = urlsplit(url)
        name = f" ({ask.operation})" if ask.known else ""
        why = (
            "it continues a flow that was replayed, and the tenant does not know a placeholder"
            if self.recording
            else f"nothing is sent in record mode {self.mode}"
        )
        return (
            f"{method} {parts.scheme}://{parts.netloc}{parts.path}{name} is not in {self.path}, and {why}.\n"
            f"{self.script.explain(ask)}\n"
            "When the request is meant to have changed, record again: --auth0-mfa-record-mode=rewrite."
        )

    def play(self, number: int, url: str) -> dict[str, Any]:
        """The recorded answer in vcrpy's format, with the host of this URL and current times."""
        with self._lock:
            self.script.play(number)
        return self._answers[number](urlsplit(url).netloc, self.clock())

    def record(
        self, method: str, url: str, request: tuple[Fields, bytes], answer: Mapping[str, Any], at: float
    ) -> None:
        """Keep a raw request and its answer until the test has passed."""
        headers = {str(name): [str(v) for v in values] for name, values in answer["headers"].items()}
        content = unpacked(encoding_of(headers), answer["body"].get("string") or b"")
        sent = unpacked(encoding_of(request[0]), request[1])
        status = answer["status"]
        made = Interaction(
            method, url, request[0], sent, int(status["code"]), str(status["message"] or ""), headers, content, at
        )
        with self._lock:
            self.raw.append(made)

    # -- the end -------------------------------------------------------------------------------

    def save(self) -> bool:
        """Scrub, check and write what was recorded. Returns whether there was anything. Raises RecordingError."""
        if not self.raw:
            return False
        written = scrub(self.raw, self.placeholders)
        refuse_leaks(written, self.raw, self.placeholders.secrets)
        old = self.loaded
        again = [] if self.mode == "new_episodes" else written
        kept = left_over(old.interactions, again) if old else []
        numbers = set(self.placeholders.totp_secrets.values()) | set(old.meta.totp_secrets if old else ())
        meta = new_meta(
            time.time(),
            profile=self.profile,
            codes=[*(old.meta.codes if old and self.mode == "new_episodes" else ()), *self.codes],
            secrets={**(old.meta.secrets if old else {}), **self.secrets},
            totp_secrets=sorted(numbers),
            counts=self.placeholders.counts,
        )
        save(self.path, Document(meta, [*kept, *written]))
        return True

    @property
    def interactions(self) -> int:
        """The number of interactions in the loaded cassette."""
        return len(self._answers)

    @property
    def played(self) -> int:
        """The number of interactions that have been played."""
        return sum(1 for times in self.script.played if times)


FIELDS = {  # attribute of a user -> kind
    "email": "email",
    "password": "password",
    "phone_number": "phone_number",
    "totp_secret": "totp_secret",
    "recovery_code": "recovery_code",
    "refresh_token": "refresh_token",
}
_VARIABLE = re.compile(rf"AUTH0_MFA_USER_(\d+)_({'|'.join(name.upper() for name in FIELDS)})")
SECRET = "AUTH0_MFA_SECRET_"


class CassetteUser:
    """A user of the tenant: real values while recording, placeholders at replay.

    Real values come from AUTH0_MFA_USER_<N>_EMAIL and so on, or from a user of `auth0_mfa_server` if that is being
    recorded. While recording, reading a value that is not set raises ValueError.
    """

    def __init__(self, number: int, session: CassetteSession, stand_in: User | None = None) -> None:
        self.number = number
        self._session = session
        self._stand_in = stand_in

    @property
    def email(self) -> str:
        """The email address that the user logs in with."""
        return self._value("email")

    @property
    def password(self) -> str:
        """The user's password."""
        return self._value("password")

    @property
    def phone_number(self) -> str:
        """The phone number in E.164 format, with a plus sign."""
        return self._value("phone_number")

    @property
    def totp_secret(self) -> str:
        """The base32 secret of an authenticator app that was enrolled before the test."""
        return self._value("totp_secret")

    @property
    def recovery_code(self) -> str:
        """A recovery code that was issued before the test."""
        return self._value("recovery_code")

    @property
    def refresh_token(self) -> str:
        """A refresh token that was issued before the test."""
        return self._value("refresh_token")

    def _value(self, name: str) -> str:
        if not self._session.recording:
            return placeholder(FIELDS[name], self.number)
        variable = f"AUTH0_MFA_USER_{self.number}_{name.upper()}"
        given = os.environ.get(variable) or getattr(self._stand_in, name, None)
        if not given:
            raise ConfigurationError(f"recording: user({self.number}).{name} is needed. Set {variable}.")
        self._session.placeholders.put(FIELDS[name], given, self.number)
        return given

    def code(self) -> str:
        """The current TOTP."""
        return totp(self.totp_secret, self._session.clock())

    def __repr__(self) -> str:
        return f"<CassetteUser {self.number}>"


def learn_environment(placeholders: Placeholders) -> None:
    """Add the secrets from environment variables, so that they are known before the first request."""
    for name in ("client_id", "client_secret"):
        if value := os.environ.get(f"AUTH0_{name.upper()}"):
            placeholders.put(name, value, 1)
    for variable, value in sorted(os.environ.items()):
        found = _VARIABLE.fullmatch(variable)
        if found and value:
            placeholders.put(FIELDS[found[2].lower()], value, int(found[1]))
    for index, variable in enumerate(sorted(v for v in os.environ if v.startswith(SECRET)), start=1):
        if os.environ[variable]:
            placeholders.put("value", os.environ[variable], index)
