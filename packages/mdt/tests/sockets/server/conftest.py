"""Fixtures of the server's tests; each runs on asyncio's loop and on uvloop's, since what they do on the wire differs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mdt.server.client import Client
from mdt.server.exchange import Limits
from mdt.server.runner import Running, start_in_thread
from tests.sockets.server import definitions
from tests.sockets.server.support import Started, started

type Start = Callable[..., Started]


@pytest.fixture(params=["asyncio", "uvloop"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts servers that answer from a table; they end with the test."""
    fast = request.param == "uvloop"
    if fast:
        pytest.importorskip("uvloop")
    with ExitStack() as stack:

        def begin(answers: dict, **limits: float) -> Started:
            return stack.enter_context(started(answers, Limits(**{"grace_seconds": 0.2, **limits}), fast=fast))

        yield begin


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return definitions.write(tmp_path / "mocks")


type Serve = Callable[..., Running]


@pytest.fixture
def serve(folder: Path) -> Iterator[Serve]:
    """Starts whole servers on those definitions; they end with the test."""
    running: list[Running] = []

    def begin(**options: Any) -> Running:
        options.setdefault("limits", Limits(grace_seconds=0.2))
        running.append(start_in_thread(folder, **options))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def running(serve: Serve) -> Running:
    return serve()


@pytest.fixture
def url(running: Running) -> str:
    return running.server.url


@pytest.fixture
def client(running: Running) -> Client:
    return running.client()
