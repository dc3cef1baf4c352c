"""`in_process(tenant)` as a decorator: of functions, coroutines, generators and classes, or refused in words."""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import AsyncIterator, Generator

import httpx
import pytest
import requests

from pytest_auth0_mfa import Tenant, in_process
from pytest_auth0_mfa.transports.in_process.mounted import in_use

KEYS = "https://tenant.example/.well-known/jwks.json"


def test_a_function() -> None:
    """The tenant is answered while the function runs, each time it runs."""

    @in_process(Tenant())
    def status(*, path: str = KEYS) -> int:
        """Its docstring."""
        return requests.get(path).status_code

    assert (status(), status(path=KEYS), in_use()) == (200, 200, False)
    assert (status.__name__, status.__doc__) == ("status", "Its docstring.")


def test_a_coroutine() -> None:
    """The tenant is answered until the coroutine has ended, and not only until it was made."""

    @in_process(Tenant())
    async def status() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(KEYS)).status_code

    waiting = status()
    assert not in_use()
    assert asyncio.run(waiting) == 200
    assert not in_use()


def test_a_generator() -> None:
    """A fixture of the consumer's is answered from its set-up to its end."""

    @in_process(Tenant())
    def fixture() -> Generator[int]:
        yield requests.get(KEYS).status_code

    running = fixture()
    assert next(running) == 200
    assert in_use()
    running.close()
    assert not in_use()


def test_a_class_of_tests() -> None:
    """Every test of a class is answered, inherited and static ones too, and its other methods stay as they are."""

    class Base:
        def test_inherited(self) -> int:
            return requests.get(KEYS).status_code

    class TestShop(Base):
        attribute = "test"

        def test_here(self) -> int:
            return requests.get(KEYS).status_code

        @staticmethod
        def test_static() -> int:
            return requests.get(KEYS).status_code

        async def test_later(self) -> int:
            async with httpx.AsyncClient() as client:
                return (await client.get(KEYS)).status_code

        def helper(self) -> bool:
            return in_use()

    decorated = in_process(Tenant())(TestShop)
    assert decorated is TestShop
    shop = decorated()
    assert (shop.test_here(), shop.test_static(), shop.test_inherited(), asyncio.run(shop.test_later())) == (200,) * 4
    assert (shop.helper(), in_use()) == (False, False)
    with pytest.raises(requests.ConnectionError):
        requests.Session().get("https://localhost:9/")


def test_a_class_of_unittest() -> None:
    """unittest collects the class as before."""

    @in_process(Tenant())
    class TestKeys(unittest.TestCase):
        def test_keys(self) -> None:
            self.assertEqual(requests.get(KEYS).status_code, 200)  # noqa: PT009

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(TestKeys).run(result)
    assert (result.testsRun, result.wasSuccessful()) == (1, True)


async def _stream() -> AsyncIterator[int]:
    yield 1


class _Empty:
    def helper(self) -> None: ...


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        (_stream, "cannot decorate the asynchronous generator _stream: write `with in_process"),
        (_Empty, "found no test in the class _Empty: it decorates methods whose names start with 'test'"),
        (7, "decorates a function, a coroutine function or a class of tests, not 7"),
        (print, "decorates a function, a coroutine function or a class of tests, not <built-in"),
    ],
)
def test_what_cannot_be_decorated_is_refused_in_words(thing: object, says: str) -> None:
    """Nothing is silently left undecorated."""
    with pytest.raises(TypeError, match=says):
        in_process(Tenant())(thing)  # type: ignore[type-var]


def test_pytest_collects_what_is_decorated(pytester: pytest.Pytester) -> None:
    """Functions and classes keep their fixtures and parameters, and none vanishes."""
    pytester.makepyfile(
        """
        import pytest, requests
        from pytest_auth0_mfa import Tenant, in_process

        tenant = Tenant(domain="shop.example")

        @in_process(tenant)
        class TestShop:
            @pytest.mark.parametrize("number", [1, 2])
            def test_keys(self, number, tmp_path):
                assert requests.get("https://shop.example/.well-known/jwks.json").status_code == 200

        @in_process(tenant)
        def test_keys(tmp_path):
            assert requests.get("https://shop.example/.well-known/jwks.json").status_code == 200
        """
    )
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=3)
