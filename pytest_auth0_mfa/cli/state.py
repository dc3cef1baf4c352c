"""The folder of ``auth0-mfa serve --state DIR``: it restores a tenant, even after a SIGKILL.

The fake is deterministic: the same seed and the same calls at the same times give the same tenant. So the folder
holds what the tenant was made of (seed, config, keys, control token, port) and every call that can change it, stored
before it is performed. A start repeats the calls. SQLite stores each call completely or not at all.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_auth0_mfa.errors import ConfigurationError, UnwritableError
from pytest_auth0_mfa.messages import Handler, Request, Response

if TYPE_CHECKING:
    from pytest_auth0_mfa.tenant.tenant import Tenant

_FILE = "state.sqlite3"
_READ_ONLY = ("GET", "HEAD", "OPTIONS")
_CONTROL = "/_auth0_mfa"
_TABLES = """
create table if not exists facts (name text primary key, value text not null);
create table if not exists calls
    (number integer primary key, at real not null, method text, path text, headers text, body blob);
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a tenant was made of, as the folder stores it."""

    seed: int
    config: str | None
    """The config file as JSON text; None without one."""
    demo: bool
    port: int
    domain: str
    """The host and port, or name, by which clients reach the tenant."""
    control_token: str
    signing_key: str
    """PEM, PKCS #8, as is the next key. The authority's certificate and key are PEM too."""
    next_signing_key: str
    authority: str
    authority_key: str


class Timekeeper:
    """The source of the tenant's clock: real time, but fixed while a call is performed or repeated."""

    def __init__(self) -> None:
        self.at: float | None = None

    def __call__(self) -> float:
        """The time in epoch seconds."""
        return time.time() if self.at is None else self.at


class StateFolder:
    """A folder that holds one tenant.

    The folder has mode 0700 and its files 0600, since they hold passwords, secrets and private keys. Raises
    ConfigurationError for a folder that others can read, that is in use, or that holds something else;
    UnwritableError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _make_private(folder)
        file = folder / _FILE
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            _refuse_others(file)
            self._base = _opened(file)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ConfigurationError(
                    f"{folder}: another `auth0-mfa serve` uses this folder. Stop it, or name another folder."
                ) from None
            raise UnwritableError(f"{file}: {error}") from None
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"{file}: not a state that can be read ({error}). Name another folder, or remove this one."
            ) from None

    def close(self) -> None:
        """Close the database, so that another server can use the folder."""
        self._base.close()

    def kept(self) -> Kept | None:
        """What the tenant was made of; None in a new folder. Raises ConfigurationError for another version's
        folder."""
        facts = dict(self._base.execute("select name, value from facts"))
        if not facts:
            return None
        if facts["version"] != _version():
            raise ConfigurationError(
                f"{self.folder}: made by pytest-auth0-mfa {facts['version']}, and this is {_version()}, which "
                "may answer otherwise. Name a new folder, or install the version that made it."
            )
        return Kept(**json.loads(facts["kept"]))

    def keep(self, kept: Kept) -> None:
        """Store what a new tenant is made of."""
        facts = {name: getattr(kept, name) for name in Kept.__slots__}
        with self._base:
            self._base.execute("begin")
            rows = [("version", _version()), ("kept", json.dumps(facts))]
            self._base.executemany("insert or replace into facts values (?, ?)", rows)
            self._base.execute("commit")

    def played_again(self, handler: Handler, clock: Timekeeper) -> int:
        """Repeat every stored call at its time; return how many there were."""
        count = 0
        for at, method, path, headers, body in self._base.execute(
            "select at, method, path, headers, body from calls order by number"
        ):
            clock.at = at
            handler(Request(method, path, json.loads(headers), body))
            count += 1
        clock.at = None
        return count

    def recording(self, handler: Handler, tenant: Tenant, clock: Timekeeper) -> Handler:
        """A handler that stores each call that may change the tenant, then performs it.

        It answers 503 ``state_not_written`` when a call cannot be stored.
        """

        def recorded(request: Request) -> Response:
            if request.method in _READ_ONLY and request.path.startswith(_CONTROL):
                return handler(request)
            with tenant.lock:
                clock.at = time.time()
                try:
                    self._write(clock.at, request)
                    return handler(request)
                except sqlite3.Error as error:
                    message = f"{self.folder / _FILE}: {error}. The call was not performed."
                    body = json.dumps({"error": "state_not_written", "message": message}).encode()
                    return Response(503, {"content-type": "application/json"}, body)
                finally:
                    clock.at = None

        return recorded

    def _write(self, at: float, request: Request) -> None:
        row = (at, request.method, request.path, json.dumps(dict(request.headers)), request.body)
        self._base.execute("insert into calls (at, method, path, headers, body) values (?, ?, ?, ?, ?)", row)


def _opened(file: Path) -> sqlite3.Connection:
    """An exclusive connection to the database. Raises sqlite3.Error."""
    base = sqlite3.connect(
        file, timeout=0.5, check_same_thread=False, isolation_level=None
    )  # do not wait long for another server
    try:
        base.execute("pragma locking_mode = exclusive")
        base.execute("pragma journal_mode = wal")
        base.executescript(_TABLES)
        base.execute("begin immediate")
        base.execute("commit")
    except sqlite3.Error:
        base.close()
        raise
    return base


def new(config: str | None, *, seed: int | None, demo: bool) -> Kept:
    """What a new tenant is made of, with new keys and a new control token."""
    import trustme
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    authority = trustme.CA(organization_name="pytest-auth0-mfa", organization_unit_name="for one sandbox")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signing_key, next_signing_key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*form).decode() for _ in range(2)
    )
    return Kept(
        seed=secrets.randbits(63) if seed is None else seed,
        config=config,
        demo=demo,
        port=0,
        domain="",
        control_token=secrets.token_urlsafe(24),
        signing_key=signing_key,
        next_signing_key=next_signing_key,
        authority=authority.cert_pem.bytes().decode(),
        authority_key=authority.private_key_pem.bytes().decode(),
    )


def equip(tenant: Tenant, kept: Kept) -> None:
    """Give a tenant the stored signing keys and control token."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from pytest_auth0_mfa.tenant.signing import RsaSigner

    key, following = (
        load_pem_private_key(text.encode(), password=None) for text in (kept.signing_key, kept.next_signing_key)
    )
    assert isinstance(key, RSAPrivateKey)
    assert isinstance(following, RSAPrivateKey)
    tenant.signer = RsaSigner(key, following)
    tenant.control_token = kept.control_token


@contextmanager
def opened(folder: Path) -> Iterator[StateFolder]:
    """Open the folder until the block ends. Raises as `StateFolder` does."""
    state = StateFolder(folder)
    try:
        yield state
    finally:
        state.close()


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise ConfigurationError(f"{folder}: a file; --state takes a folder") from None
    _refuse_others(folder)


def _refuse_others(path: Path) -> None:
    """Raise ConfigurationError when others can read the path. Only on POSIX: Windows has no such mode bits."""
    owner: Callable[[], int] | None = getattr(os, "getuid", None)
    if owner is None:
        return
    found = path.stat()
    if found.st_uid != owner() or stat.S_IMODE(found.st_mode) & 0o077:
        wanted = "700" if path.is_dir() else "600"
        raise ConfigurationError(
            f"{path}: others can read it (mode {stat.S_IMODE(found.st_mode):o}), and it holds passwords and keys. "
            f"Expected a folder of your own: chmod {wanted} {path}"
        )


def _version() -> str:
    return version("pytest-auth0-mfa")
