"""Runs of pytest with chosen plugins and no others, in a process of their own."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

PLUGINS = {
    "anyio": "anyio",
    "asyncio": "pytest_asyncio",
    "hypothesispytest": "hypothesis",
    "pytest-responses": "pytest_responses",
    "pytest_httpserver": "pytest_httpserver",
    "pytest_httpx": "pytest_httpx",
    "pytest_socket": "pytest_socket",
    "randomly": "pytest_randomly",
    "recording": "pytest_recording",
    "requests_mock": "requests_mock",
    "respx": "respx",
    "vcr": "pytest_vcr",
    "xdist": "xdist",
}
"""What is given to ``-p``, and the module that it is installed with."""

FLOWS = '''
    """A login that is asked for a second factor, by each client."""
    import ssl

    import httpx
    import requests


    def body(tenant):
        user = tenant.add_user() if hasattr(tenant, "add_user") else tenant.user(1)
        client = {"client_id": tenant.client_id, "client_secret": tenant.client_secret}
        return {"grant_type": "password", "username": user.email, "password": user.password, **client}


    def trust(tenant):
        return ssl.create_default_context(cafile=getattr(tenant, "ca_file", None))


    def with_requests(tenant):
        verify = getattr(tenant, "ca_file", None) or True
        answer = requests.post(tenant.url + "/oauth/token", json=body(tenant), verify=verify)
        assert answer.json()["error"] == "mfa_required"


    def with_httpx(tenant):
        answer = httpx.post(tenant.url + "/oauth/token", json=body(tenant), verify=trust(tenant))
        assert answer.json()["error"] == "mfa_required"


    async def with_async_httpx(tenant):
        async with httpx.AsyncClient(verify=trust(tenant)) as client:
            answer = await client.post(tenant.url + "/oauth/token", json=body(tenant))
        assert answer.json()["error"] == "mfa_required"
'''


def need(*modules: str) -> None:
    """Skip, or fail where the environment promised the plugins (tox -e plugins)."""
    for module in modules:
        if importlib.util.find_spec(module) is None:  # not imported: that alone would change this run
            text = f"{module} is not installed: tox -e plugins has it"
            if os.environ.get("AUTH0_MFA_TEST_PLUGINS"):
                pytest.fail(text)
            pytest.skip(text)


class Runner:
    """Runs tests with chosen plugins and no others."""

    def __init__(self, pytester: pytest.Pytester, cassette: Path) -> None:
        self._pytester = pytester
        pytester.makepyfile(flows=FLOWS)
        recorded = pytester.mkdir("cassettes") / "log_in.yaml"
        shutil.copy(cassette, recorded)
        pytester.makeconftest(
            """
            import pytest

            @pytest.fixture
            def auth0_mfa_cassette_dir(request):
                return request.config.rootpath / "cassettes"
            """
        )

    def run(self, source: str, *arguments: str, plugins: tuple[str, ...] = ()) -> pytest.RunResult:
        """Run these tests."""
        need(*(PLUGINS[name] for name in plugins))
        self._pytester.makepyfile(source)
        named = [word for name in ("auth0_mfa", *plugins) for word in ("-p", name)]
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider", *named, *arguments)


def says(result: pytest.RunResult, sentence: str) -> None:
    """The failure of a run ends in this sentence."""
    result.stdout.fnmatch_lines([f"*pytest-auth0-mfa: {sentence}*".replace("[", "[[]")])
