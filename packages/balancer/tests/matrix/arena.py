"""The place of the matrix: mock providers in a thread, and a balancer in this event loop, both on real sockets."""

import asyncio
import contextlib
import json
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn

from balancer.mock.server import MockProviders
from balancer.proxy.app import create_app
from balancer.proxy.config import Config
from balancer.proxy.connection import AbortableProtocol
from balancer.proxy.runtime import Runtime
from balancer.wire.formats import Format

SETTINGS: Mapping[str, Any] = {
    "unhealthy_threshold": 1,
    "failure_cooldown": 600,
    "sticky_provider_duration": 0,
    "retry": {"base": 0.01, "cap": 0.02},
}


class Clock:
    """Monotonic seconds that a test can move on."""

    def __init__(self) -> None:
        self.advanced = 0.0

    def __call__(self) -> float:
        return asyncio.get_running_loop().time() + self.advanced


@dataclass
class Arena:
    """`url` of the balancer. `calls(namespace)` tells which requests reached the providers."""

    url: str
    runtime: Runtime
    clock: Clock
    control: httpx2.AsyncClient

    async def calls(self, namespace: str) -> list[dict[str, Any]]:
        response = await self.control.get(f"/ns/{namespace}/mock-journal")
        response.raise_for_status()
        entries: list[dict[str, Any]] = response.json()["entries"]
        return entries


@dataclass
class Plan:
    """Providers and routes of all cells: each cell has its own model and its own providers."""

    providers: list[dict[str, Any]] = field(default_factory=list)
    routes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    namespaces: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        namespace: str,
        model: str,
        mocks: Sequence[Mapping[str, Any]],
        formats: Sequence[Format],
        **provider: Any,
    ) -> None:
        """A route for `model` to one provider for each of `mocks`, in this order."""
        self.routes[model] = []
        for place, (mock, provider_format) in enumerate(zip(mocks, formats, strict=True), 1):
            name = f"{model}-{place}"
            self.namespaces[namespace].append({"name": name, "provider_type": provider_format.value, **mock})
            self.places[name] = namespace
            extra = provider if place == 1 else {}
            own = {"name": name, "type": provider_format, "auth_type": "none", "priority": place}
            self.providers.append({**own, **extra})
            self.routes[model].append({"provider": name})

    async def config(self, control: httpx2.AsyncClient, settings: Mapping[str, Any]) -> Config:
        """Sets the mock's contexts, whose answer has the base URLs."""
        urls: dict[str, str] = {}
        for namespace, providers in self.namespaces.items():
            context = {"name": namespace, "providers": providers}
            response = await control.post(f"/ns/{namespace}/mock-set-context", content=json.dumps(context).encode())
            assert response.status_code == 200, response.text
            urls |= response.json()["urls"]
        placed = [
            {**one, "base_url": urls[one["name"]] + ("/v1" if one["type"] is Format.OPENAI else "")}
            for one in self.providers
        ]
        return Config.model_validate({"providers": placed, "model_routes": self.routes, "settings": settings})


@contextlib.asynccontextmanager
async def arena(plan: Plan, settings: Mapping[str, Any] | None = None) -> AsyncIterator[Arena]:
    """Both servers, on free ports of 127.0.0.1."""
    clock = Clock()
    async with _mock() as mock_url, httpx2.AsyncClient(base_url=mock_url, timeout=60) as control:
        config = await plan.config(control, {**SETTINGS, **(settings or {})})
        app = create_app(config, clock=clock)
        async with _serving(app) as url:
            yield Arena(url, app.state.runtime, clock, control)


@contextlib.asynccontextmanager
async def _mock() -> AsyncIterator[str]:
    """Started and stopped in a thread: both wait, and this loop serves the balancer."""
    mock = MockProviders()
    await asyncio.to_thread(mock.start)
    try:
        yield mock.url
    finally:
        await asyncio.to_thread(mock.stop)


@contextlib.asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=AbortableProtocol,
            loop="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=300,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listening.close()
