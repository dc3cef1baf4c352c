"""The fixture `auth0_mfa_cassette`: it chooses file and mode, and saves the recording of a test that passed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pytest_auth0_mfa.cassettes.placeholders import DOMAIN, placeholder
from pytest_auth0_mfa.cassettes.session import SECRET, CassetteSession, CassetteUser, learn_environment
from pytest_auth0_mfa.errors import CassetteError, ConfigurationError, NotRecordedError, RecordingError
from pytest_auth0_mfa.spec.profile import Profile

from .failing import fail_plainly
from .keys import CASSETTE, FAILED, note_of
from .settings import settings_of
from .usage import begin

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

_WRONG_KINDS = {"otp": "code", "binding_code": "code"}
_SERVERS = ("auth0_mfa_server", "make_auth0_mfa_server")


class Auth0MfaCassette:
    """The recording as its test sees it.

    ``domain``, ``client_id`` and ``client_secret`` are the tenant's when recording, and placeholders at replay.
    """

    def __init__(
        self, session: CassetteSession, domain: str, client_id: str, client_secret: str, stand_in: Tenant | None = None
    ) -> None:
        self._session = session
        self._stand_in = stand_in
        self._people: dict[int, CassetteUser] = {}
        self._given = 0
        self.domain = domain
        self.client_id = client_id
        self.client_secret = client_secret

    @property
    def url(self) -> str:
        """The tenant's base URL, without a trailing slash."""
        return f"https://{self.domain}"

    @property
    def path(self) -> Path:
        """The cassette's file."""
        return self._session.path

    @property
    def recording(self) -> bool:
        """Whether requests may go to the tenant."""
        return self._session.recording

    @property
    def clock(self) -> Callable[[], float]:
        """The time in epoch seconds by which codes are checked: `time.time`, unless the test sets another
        function."""
        return self._session.clock

    @clock.setter
    def clock(self, clock: Callable[[], float]) -> None:
        self._session.clock = clock

    def user(self, number: int = 1) -> CassetteUser:
        """The user that AUTH0_MFA_USER_<number>_EMAIL and so on describe, or a new user of `auth0_mfa_server`."""
        if number not in self._people:
            made = self._stand_in.add_user() if self._stand_in is not None else None
            self._people[number] = CassetteUser(number, self._session, made)
        return self._people[number]

    def code(self, source: Callable[[], str]) -> str:
        """A code from a message: ``source()`` when recording, its placeholder at replay, in the order of recording.

        Raises NotRecordedError when fewer codes were recorded.
        """
        session = self._session
        old = session.loaded.meta.codes if session.loaded and session.mode not in ("all", "rewrite") else []
        if self._given < len(old):
            self._given += 1
            return old[self._given - 1]
        if not session.recording:
            raise NotRecordedError(
                f"{self.path}: the test asks for a code more often than when it was recorded ({len(old)} times). "
                "Record again: --auth0-mfa-record-mode=rewrite."
            )
        code = source()
        self._session.codes.append(self._session.placeholders.get("code", code))
        return code

    def secret(self, name: str) -> str:
        """Any other secret: AUTH0_MFA_SECRET_<NAME> when recording, its placeholder at replay.

        Raises NotRecordedError for one that was not recorded, ConfigurationError for a variable that is not set.
        """
        if not self._session.recording:
            known = self._session.loaded.meta.secrets if self._session.loaded else {}
            if name not in known:
                raise NotRecordedError(f"{self.path}: secret({name!r}) was not asked for when it was recorded.")
            return known[name]
        given = os.environ.get(f"{SECRET}{name.upper()}")
        if not given:
            raise ConfigurationError(f"recording: secret({name!r}) is needed. Set {SECRET}{name.upper()}.")
        self._session.secrets[name] = self._session.placeholders.get("value", given)
        return given

    def wrong(self, kind: str) -> str:
        """A wrong value that looks like its kind: ``otp``, ``password``, ``mfa_token`` and so on."""
        return placeholder(_WRONG_KINDS.get(kind, kind), 0)

    def __repr__(self) -> str:
        return f"<auth0_mfa_cassette {self.path.name}, {'recording' if self.recording else 'replay'}>"


def cassette(request: pytest.FixtureRequest) -> Iterator[Auth0MfaCassette]:
    """The fixture: replay or record while the test runs; save the recording if the test passed."""
    _refuse_in_process(request)
    begin(request.config)
    mode = settings_of(request.config).get("record_mode") or "none"
    path = cassette_path(request)
    session = fail_plainly(lambda: _session(request, path, mode))
    from pytest_auth0_mfa.cassettes.recorder import running

    seen = _seen(request, session)
    with running(session):
        yield seen
    failed = request.node.stash.get(FAILED, False)
    if session.recording and not failed:
        fail_plainly(session.save, RecordingError)
    _note(request.node, session)


def cassette_path(request: pytest.FixtureRequest) -> Path:
    """The cassette's file in `auth0_mfa_cassette_dir`, named by the marker or after the test. Raises UsageError."""
    folder = Path(request.getfixturevalue("auth0_mfa_cassette_dir"))
    marker = request.node.get_closest_marker("auth0_mfa_cassette")
    if marker is None:
        owner = f"{request.cls.__name__}." if request.cls else ""
        return folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', owner + request.node.name).strip('-')}.yaml"
    if len(marker.args) != 1 or marker.kwargs or not isinstance(marker.args[0], str):
        raise pytest.UsageError(f'{request.node.nodeid}: expected @pytest.mark.auth0_mfa_cassette("name")')
    name = marker.args[0].removesuffix(".yaml")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*", name):
        raise pytest.UsageError(
            f"{request.node.nodeid}: {name!r} is no name of a cassette: letters, digits, . _ - and /"
        )
    return folder / f"{name}.yaml"


def _refuse_in_process(request: pytest.FixtureRequest) -> None:
    names = set(request.fixturenames)
    if "auth0_mfa" in names and not names & set(_SERVERS):
        raise pytest.UsageError(
            f"{request.node.nodeid}: auth0_mfa answers in process, where nothing can be recorded. "
            "Record from a real tenant, or from auth0_mfa_server."
        )


def _session(request: pytest.FixtureRequest, path: Path, mode: str) -> CassetteSession:
    profile = request.getfixturevalue("auth0_mfa_profile") or Profile()
    if not isinstance(profile, Profile):
        profile = Profile.from_mapping(profile)
    differing = {name: here for name, (here, _) in profile.differences(Profile()).items()}
    try:
        return CassetteSession(path, mode, profile=differing)
    except CassetteError:
        raise
    except ConfigurationError as error:
        raise pytest.UsageError(f"auth0_mfa_record_mode: {error}") from None


def _seen(request: pytest.FixtureRequest, session: CassetteSession) -> Auth0MfaCassette:
    if not session.recording:
        return Auth0MfaCassette(session, DOMAIN, placeholder("client_id", 1), placeholder("client_secret", 1))
    values = _real_values(request)
    missing = [f"AUTH0_{name.upper()}" for name in ("domain", "client_id") if not values[name]]
    if missing:
        raise ConfigurationError(
            f"{session.path}: recording needs a tenant. Set {' and '.join(missing)}"
            "; AUTH0_CLIENT_SECRET too for a confidential application."
        )
    session.domains = (DOMAIN, values["domain"])
    session.placeholders.domain(values["domain"])
    session.placeholders.put("client_id", values["client_id"], 1)
    if values["client_secret"]:
        session.placeholders.put("client_secret", values["client_secret"], 1)
    learn_environment(session.placeholders)
    return Auth0MfaCassette(session, values["domain"], values["client_id"], values["client_secret"], _stand_in(request))


def _real_values(request: pytest.FixtureRequest) -> dict[str, str]:
    names = ("domain", "client_id", "client_secret")
    if (tenant := _stand_in(request)) is not None:
        return {name: getattr(tenant, name) or "" for name in names}
    return {name: cast(str, request.getfixturevalue(f"auth0_mfa_{name}") or "") for name in names}


def _stand_in(request: pytest.FixtureRequest) -> Tenant | None:
    """The tenant of `auth0_mfa_server` if the test uses it: then that one is recorded instead of a real tenant."""
    return request.getfixturevalue("auth0_mfa_server") if "auth0_mfa_server" in request.fixturenames else None


def _note(item: pytest.Item, session: CassetteSession) -> None:
    written = session.path.exists() and session.recording
    total = len(session.raw) if written and session.raw else session.interactions
    noted = {
        "path": str(session.path),
        "played": total if written and session.raw else session.played,
        "total": total,
        "recorded": session.loaded.meta.recorded if session.loaded and not session.raw else None,
        "failed": item.stash.get(FAILED, False),
    }
    note_of(item)[CASSETTE] = noted
