"""The balancer on a real port, in the test's own event loop."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvicorn

from balancer.proxy.app import create_app
from balancer.proxy.config import Config
from balancer.proxy.connection import AbortableProtocol
from balancer.proxy.record import RequestRecord
from balancer.proxy.runtime import Runtime


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The event loop that the balancer runs on as a process."""
    return "asyncio", {"use_uvloop": sys.platform != "win32"}


class RunningBalancer:
    def __init__(self, url: str, runtime: Runtime, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.runtime = runtime
        self.session = session
        self.records: list[RequestRecord] = []
        self._changed = asyncio.Event()
        runtime.observers.append(self._observe)

    def _observe(self, record: RequestRecord) -> None:
        self.records.append(record)
        self._changed.set()

    async def settled(self, count: int = 1) -> list[RequestRecord]:
        """The records, once there are so many of them."""
        async with asyncio.timeout(5):
            while len(self.records) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.records

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        if body is not None:
            options["json"] = body
        return self.session.post(self.url + path, **options)


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[RunningBalancer]:
    app = create_app(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = uvicorn.Config(
            app, http=AbortableProtocol, log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(options)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            async with aiohttp.ClientSession() as session:
                port = listener.getsockname()[1]
                yield RunningBalancer(f"http://127.0.0.1:{port}", app.state.runtime, session)
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def balancer(anyio_backend: object) -> AsyncIterator[Callable[..., Any]]:
    """Starts a balancer in front of the given upstreams: `await balancer(p1, p2, settings={...})`."""
    async with AsyncExitStack() as stack:

        async def start(*upstreams: Any, settings: dict | None = None, **provider: Any) -> RunningBalancer:
            return await stack.enter_async_context(running(configuration(upstreams, settings, provider)))

        yield start


def configuration(upstreams: Any, settings: dict | None, provider: dict) -> Config:
    """Each upstream is one provider, p1, p2, … by priority, with short timeouts."""
    timeouts = {"connect": 5, "first_byte": 5, "first_token": 5, "idle": 5}
    providers = [
        {
            "name": f"p{number}",
            "type": "anthropic",
            "base_url": one.url,
            "auth_value": "sk-test-upstream",
            "priority": number,
            "timeouts": timeouts,
            **provider,
        }
        for number, one in enumerate(upstreams, 1)
    ]
    for one in providers:
        one["base_url"] += "/v1" if one["type"] == "openai" else ""
    routes = {"*": [{"provider": one["name"]} for one in providers]}
    base = {"sticky_provider_duration": 0, "retry": {"base": 0.01}}
    return Config.model_validate({"providers": providers, "model_routes": routes, "settings": base | (settings or {})})
