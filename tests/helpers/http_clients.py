"""One function per HTTP library of Python that sends a request, so that one script can use all of them."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import requests
import urllib3


@dataclass(frozen=True)
class Received:
    """An answer as a library gives it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes | None], Received]
"""A function of method, URL, header fields and body."""


def by_requests(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
    """requests."""
    answer = requests.request(method, url, headers=headers, data=body)
    return Received(answer.status_code, answer.headers, answer.content)


def _by_httpx(library: ModuleType) -> Send:
    def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
        answer = library.request(method, url, headers=headers, content=body)
        return Received(answer.status_code, answer.headers, answer.content)

    return send


def _by_async_httpx(library: ModuleType) -> Send:
    def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
        async def call() -> Received:
            async with library.AsyncClient() as client:
                answer = await client.request(method, url, headers=headers, content=body)
                return Received(answer.status_code, answer.headers, answer.content)

        return asyncio.run(call())

    return send


def by_urllib3(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
    """A pool manager of urllib3."""
    with urllib3.PoolManager() as manager:
        answer = manager.request(method, url, headers=dict(headers), body=body, redirect=False)
        return Received(answer.status, answer.headers, answer.data)


def by_http_client(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
    """A connection of http.client."""
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.hostname or "", parts.port)
    target = url.partition(parts.netloc)[2]
    connection.request(method, target, body=body, headers=dict(headers))
    answer = connection.getresponse()
    received = Received(answer.status, dict(answer.headers), answer.read())
    connection.close()
    return received


def by_urllib(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
    """urllib.request."""
    asked = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
    try:
        with urllib.request.urlopen(asked) as answer:
            return Received(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Received(refused.code, dict(refused.headers), refused.read())


def by_aiohttp(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Received:
    """A session of aiohttp."""

    async def call() -> Received:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer,
        ):
            return Received(answer.status, answer.headers, await answer.read())

    return asyncio.run(call())


SENDERS: dict[str, Send] = {
    "requests": by_requests,
    "httpx": _by_httpx(httpx),
    "httpx async": _by_async_httpx(httpx),
    "httpx2": _by_httpx(httpx2),
    "httpx2 async": _by_async_httpx(httpx2),
    "urllib3": by_urllib3,
    "http.client": by_http_client,
    "urllib.request": by_urllib,
    "aiohttp": by_aiohttp,
}
"""By library."""
