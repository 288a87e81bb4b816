"""Fixtures of the server's tests; each runs on asyncio's loop and on uvloop's, since what they do on the wire differs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mdt.server.limits import Limits
from tests.mdt.server.support import Started, started

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
