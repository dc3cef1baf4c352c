"""Recording and replay, whatever carries the traffic: what is played, what is sent, what is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pytest_auth0_mfa.errors import ConfigurationError, closest
from pytest_auth0_mfa.messages import Headers, Json

from .bodies import Fields, encoding_of, unpacked
from .document import Document, left_over, meaning_of, new_meta
from .errors import CassetteError, NotRecordedError
from .interactions import Interaction, RequestMeaning, read_meaning
from .leaks import refuse_leaks
from .matching import Script, needs_of
from .placeholders import DOMAIN, Placeholders, is_placeholder
from .reading import load
from .rendering import answer_of
from .scrubbing import scrub
from .writing import save

RecordMode = Literal["none", "once", "new_episodes", "all", "rewrite"]
MODES: tuple[RecordMode, ...] = get_args(RecordMode)
_API = ("/mfa/", "/oauth/", "/.well-known/")


def checked_mode(mode: str) -> str:
    """A known mode. Raises ConfigurationError that names the closest one."""
    if mode not in MODES:
        raise ConfigurationError(f"no such record mode: {mode!r}. {closest(mode, MODES)}")
    return mode


class CassetteSession:
    """One cassette in use. Safe to use from several threads.

    ``mode`` is one of `MODES`; ``environment`` is the placeholders with the real values known beforehand.
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
        """Whether a request may go to the tenant."""
        self.raw: list[Interaction] = []
        self.codes: list[str] = []
        self.secrets: dict[str, str] = {}
        self._lock = threading.Lock()
        meta = self.loaded.meta if self.loaded else None
        recorded = [(meaning_of(one), one.at) for one in self.loaded.interactions] if self.loaded else []
        needs = needs_of(self.loaded.interactions) if self.loaded else ()
        self.script = Script(recorded, meta.totp_secrets if meta else (), needs)
        self._issued: dict[str, str] = {}
        self._answers = [answer_of(one, self._issued) for one in self.loaded.interactions] if self.loaded else []
        if meta and self.recording:
            for kind, number in meta.counts.items():
                self.placeholders.skip(kind, number)

    # -- one request ---------------------------------------------------------------------------

    def owns(self, method: str, url: str) -> bool:
        """Whether a request is the cassette's: to the tenant's host, of this API, or one that was recorded."""
        parts = urlsplit(url)
        path = parts.path
        if parts.netloc in self.domains or path.startswith(_API) or path == "/userinfo":
            return True
        return any(ask.operation == f"{method} {path}" for ask in self.script.asks)

    def find(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """The number of the answer to play, or None when the request is to be sent.

        Raises NotRecordedError when it may not be sent.
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
        """Of a token that was signed anew, or of a real value when recording goes on."""
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
        """The recorded answer, in vcrpy's form, as the tenant at this URL would give it."""
        with self._lock:
            self.script.play(number)
        return self._answers[number](urlsplit(url).netloc, self.clock())

    def record(
        self, method: str, url: str, request: tuple[Fields, bytes], answer: Mapping[str, Any], at: float
    ) -> None:
        """Keep a request and its answer, raw, until the test has passed."""
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
        """Scrub, check and write what was recorded; whether there was anything. Raises RecordingError."""
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
        """How many there are to play."""
        return len(self._answers)

    @property
    def played(self) -> int:
        """How many have been played."""
        return sum(1 for times in self.script.played if times)
