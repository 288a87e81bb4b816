"""The ways to ask a scenario: each client library in the process, and each through the server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import aiohttp
import httpx
import httpx2
import requests
import urllib3
from yarl import URL

from mdt import mock_scenario
from mdt.server.runner import start_in_thread

TIMEOUT = 0.5  # seconds of the clients, so that the fault `timeout` ends
IN_PROCESS = "http://shop.internal"
HEADERS = ("content-type", "retry-after", "x-why")


@dataclass(frozen=True)
class Answer:
    """What the caller sees: status, the headers that matter and the body, or the name of the exception."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Way:
    """One open session, asked by one library."""

    base: str
    package: ModuleType
    control: Any
    asynchronous: bool = False

    def ask(self, method: str, path: str, **options: Any) -> Answer | str:
        """The answer, or the class of the error that the caller gets."""
        options.setdefault("headers", {"x-who": "me"})
        options.setdefault("timeout", TIMEOUT)
        try:
            answer = self._call(method, self.base + path, **options)
            headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
            body = answer.data if self.package is urllib3 else answer.content
            return Answer(_status(answer), headers, body)
        except ERRORS as error:
            return type(error).__name__

    def length(self, method: str, path: str) -> tuple[int, str | None, int]:
        """Status, content-length, and the bytes that came."""
        answer = self._call(method, self.base + path, timeout=TIMEOUT)
        body = answer.data if self.package is urllib3 else answer.content
        return _status(answer), answer.headers.get("content-length"), len(body)

    def _call(self, method: str, url: str, **options: Any) -> Any:
        """`body` is sent as it is; the libraries call it differently."""
        if "body" in options:
            options[BODY.get(self.package, "data")] = options.pop("body")
        if self.package is urllib3:
            return _by_urllib3(method, url, **options)
        if self.package is aiohttp:
            return asyncio.run(_by_aiohttp(method, url, **options))
        if self.asynchronous:
            return asyncio.run(_by_async(self.package, method, url, **options))
        return self.package.request(method, url, **options)


BODY = {httpx: "content", httpx2: "content", urllib3: "body"}


def _by_urllib3(method: str, url: str, **options: Any) -> Any:
    options = {"fields" if name == "data" else name: value for name, value in options.items()}
    if "fields" in options:
        options["encode_multipart"] = False
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request(method, url, **options)


async def _by_async(package: ModuleType, method: str, url: str, **options: Any) -> Any:
    async with package.AsyncClient() as client:
        return await client.request(method, url, **options)


async def _by_aiohttp(method: str, url: str, **options: Any) -> Any:
    """The path as it stands."""
    options["timeout"] = aiohttp.ClientTimeout(total=options["timeout"])
    address = URL(url, encoded=True)
    async with aiohttp.ClientSession() as session, session.request(method, address, **options) as answer:
        return SimpleNamespace(status=answer.status, headers=answer.headers, content=await answer.read())


def _status(answer: Any) -> int:
    return answer.status_code if hasattr(answer, "status_code") else answer.status


class InProcess:
    """Control of the session of a mock_scenario block."""

    def __init__(self, mocks: Any) -> None:
        self._mocks = mocks

    def switch(self, *names: str) -> None:
        self._mocks.switch(*names)

    def advance(self, **duration: float) -> None:
        self._mocks.clock.advance(**duration)

    def reset(self) -> None:
        self._mocks.reset()

    def stub(self, route: str, answer: dict[str, Any], match: dict[str, Any]) -> None:
        self._mocks.shop.stub(route, **match).reply(**answer)

    def met(self, route: str, times: int, match: dict[str, Any]) -> bool:
        return len(self._mocks.shop.calls(route, **match)) == times

    def routes(self) -> list[str | None]:
        return [call.route for call in self._mocks.calls()]


class OnServer:
    """The same over the admin API."""

    def __init__(self, client: Any, session: str) -> None:
        self._client, self._session = client, session

    def switch(self, *names: str) -> None:
        self._client.switch(list(names), self._session)

    def advance(self, **duration: float) -> None:
        self._client.advance(self._session, **duration)

    def reset(self) -> None:
        self._client.reset(self._session)

    def stub(self, route: str, answer: dict[str, Any], match: dict[str, Any]) -> None:
        self._client.stub(route, answer, self._session, match=match, service="shop")

    def met(self, route: str, times: int, match: dict[str, Any]) -> bool:
        return self._client.called(route, self._session, times=times, match=match, service="shop")["met"]

    def routes(self) -> list[str | None]:
        return [entry["route"] for entry in self._client.journal(self._session)]


LIBRARIES = {"requests": requests, "httpx": httpx, "httpx2": httpx2, "urllib3": urllib3, "aiohttp": aiohttp}
ERRORS = (
    *(requests.RequestException, httpx.HTTPError, httpx2.HTTPError, urllib3.exceptions.HTTPError),
    *(aiohttp.ClientError, TimeoutError),
)
WAYS = [
    *(f"{name} in the process" for name in LIBRARIES),
    *(f"{name} in the process, async" for name in LIBRARIES if name.startswith("httpx")),
    *(f"{name} to the server" for name in LIBRARIES),
]


@contextmanager
def opened(way: str, folder: Path, *names: str) -> Iterator[Way]:
    """A session of its own with these scenarios."""
    library = LIBRARIES[way.partition(" ")[0]]
    if way.endswith("server"):
        running = start_in_thread(folder)
        try:
            client = running.client()
            session = client.open(names=list(names), seed=7)["id"]
            yield Way(client.address_of("shop", session), library, OnServer(client, session))
        finally:
            running.stop()
    else:
        with mock_scenario(*names, mocks=folder, seed=7) as mocks:
            yield Way(IN_PROCESS, library, InProcess(mocks), way.endswith("async"))
