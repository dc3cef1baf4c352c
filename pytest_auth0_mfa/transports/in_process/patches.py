"""Patches modules while a tenant is mounted: those that are imported already, and others as soon as they are
imported.

No module is imported here that the consumer has not imported.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from .mounted import Undo

if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec


def _requests() -> Undo:
    from .requests_patch import patch

    return patch()


def _responses() -> Undo:
    from .requests_patch import patch_mocks

    return patch_mocks()


def _httpx() -> Undo:
    from .httpx_patch import patch

    return patch(sys.modules["httpx"])


def _httpx2() -> Undo:
    from .httpx_patch import patch

    return patch(sys.modules["httpx2"])


def _http_client() -> Undo:
    from .wire import patch_http_client

    return patch_http_client()


def _urllib3() -> Undo:
    from .wire import patch_urllib3

    return patch_urllib3()


def _aiohttp() -> Undo:
    from .aiohttp_patch import patch

    return patch()


def _socket() -> Undo:
    from .guard import guard_sockets

    return guard_sockets()


def _ssl() -> Undo:
    from .guard import guard_tls

    return guard_tls()


def _asyncio() -> Undo:
    from .guard import guard_event_loops

    return guard_event_loops()


def _uvloop() -> Undo:
    from .guard import guard_uvloop

    return guard_uvloop()


PATCHES: dict[str, Callable[[], Undo]] = {
    "requests": _requests,
    "responses": _responses,
    "httpx": _httpx,
    "httpx2": _httpx2,
    "http.client": _http_client,
    "urllib3": _urllib3,
    "aiohttp": _aiohttp,
    "socket": _socket,
    "ssl": _ssl,
    "asyncio": _asyncio,
    "uvloop": _uvloop,
}
"""Module -> the function that patches it after it was imported."""

GUARDS = frozenset({"socket", "ssl", "asyncio", "uvloop"})

_lock = threading.RLock()  # reentrant, because a patch may import modules
_undo: dict[str, Undo] = {}
_wanted: set[str] = set()


def want(names: Iterable[str]) -> None:
    """Patch these modules now if they are imported, otherwise as soon as they are."""
    with _lock:
        _wanted.update(names)
        for name in _wanted:
            if sys.modules.get(name) is not None:  # None: its import is forbidden
                _patch(name)
        if _wanted - _undo.keys() and _HOOK not in sys.meta_path:
            sys.meta_path.insert(0, _HOOK)


def want_only(names: Iterable[str]) -> None:
    """Remove all patches except these."""
    with _lock:
        _wanted.intersection_update(names)
        for name in reversed(list(_undo)):
            if name not in _wanted:
                _undo.pop(name)()
        if not _wanted and _HOOK in sys.meta_path:
            sys.meta_path.remove(_HOOK)


def _patch(name: str) -> None:
    with _lock:
        if name in _wanted and name not in _undo:
            importlib.import_module(name)  # wait if another thread is importing it
            _undo[name] = PATCHES[name]()


class _Hook:
    """A finder in front of the others while a tenant is mounted, to patch modules that are imported later."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec from the other finders, with a loader that patches the module after loading it."""
        if fullname not in _wanted:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """Loads a module with its own loader, makes that its loader again, and patches the module."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the module's own loader."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then patch it."""
        module.__loader__ = self._loader
        spec = module.__spec__
        if spec is not None:
            spec.loader = self._loader
        self._loader.exec_module(module)
        if spec is not None:
            _patch(spec.name)


_HOOK = _Hook()
