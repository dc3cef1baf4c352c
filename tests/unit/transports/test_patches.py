"""Patches come with a mounted tenant and go with it: for what is imported, and for what is imported meanwhile."""

from __future__ import annotations

import subprocess
import sys

import pytest

FRESH = """
import sys
from pytest_auth0_mfa import Tenant, in_process
LIBRARIES = ("requests", "responses", "httpx", "httpx2", "urllib3", "aiohttp", "ssl", "asyncio")
before = list(sys.meta_path)
with in_process(Tenant()) as tenant:
    assert not (found := [name for name in LIBRARIES if name in sys.modules]), found
    URL = tenant.url + "/.well-known/jwks.json"
    def call():
        {call}
    assert call() == 200
    assert {name}.__spec__.loader is {name}.__loader__
    assert type({name}.__loader__).__module__ != "pytest_auth0_mfa.transports.in_process.patches"
assert sys.meta_path == before
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("requests", "import requests; return requests.get(URL).status_code"),
        ("httpx", "import httpx; return httpx.get(URL).status_code"),
        ("httpx2", "import httpx2; return httpx2.get(URL).status_code"),
        ("urllib3", "from urllib3 import PoolManager; return PoolManager().request('GET', URL).status"),
        ("urllib.request", "import urllib.request; return urllib.request.urlopen(URL).status"),
        (
            "aiohttp",
            "import asyncio, aiohttp\n"
            "        async def get():\n"
            "            async with aiohttp.request('GET', URL) as answer: return answer.status\n"
            "        return asyncio.run(get())",
        ),
    ],
)
def test_a_library_that_is_imported_inside_is_reached(name: str, call: str) -> None:
    """Mounting imports no library; one that the test imports first is answered, and loaded by its own loader."""
    code = FRESH.format(name=f"sys.modules[{name!r}]", call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_import_that_fails_is_not_patched() -> None:
    """A module that is missing stays missing, with the error that Python gives."""
    code = (
        "import sys\nsys.modules['uvloop'] = None\nfrom pytest_auth0_mfa import Tenant, in_process\n"
        "with in_process(Tenant()):\n    try:\n        import uvloop\n"
        "    except ModuleNotFoundError as error:\n        print(error.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("uvloop\n", "")
