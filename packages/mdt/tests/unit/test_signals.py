"""A server ends on signals, also on an event loop that knows none, as those of Windows."""

import signal
from collections.abc import Callable
from typing import Any

import pytest

from mdt.server.runner import on_signals


class Loop:
    """`known` loops take handlers themselves."""

    def __init__(self, *, known: bool) -> None:
        self.known = known
        self.handlers: dict[int, Callable[[], None]] = {}
        self.soon: list[Callable[[], None]] = []

    def add_signal_handler(self, number: int, act: Callable[[], None]) -> None:
        if not self.known:
            raise NotImplementedError
        self.handlers[number] = act

    def call_soon_threadsafe(self, act: Callable[[], None]) -> None:
        self.soon.append(act)


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> dict[int, Any]:
    """What is given to signal.signal."""
    given: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", given.__setitem__)
    return given


def act() -> None:
    """What the signals are for."""


def test_the_loop_takes_them_where_it_can(handlers: dict[int, Any]) -> None:
    loop = Loop(known=True)

    on_signals(loop, act)  # type: ignore[arg-type]

    assert loop.handlers == {signal.SIGINT: act, signal.SIGTERM: act}
    assert handlers == {}


def test_elsewhere_python_does_and_wakes_the_loop(handlers: dict[int, Any]) -> None:
    loop = Loop(known=False)

    on_signals(loop, act)  # type: ignore[arg-type]
    assert set(handlers) == {signal.SIGINT, signal.SIGTERM}
    assert loop.soon == []
    handlers[signal.SIGINT](signal.SIGINT, None)

    assert loop.soon == [act]
