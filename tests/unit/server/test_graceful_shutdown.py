"""The steps of stopping, without a server."""

import threading

import pytest

from backend.core import drain
from backend.server import graceful_shutdown as module

NEVER = 3600  # seconds; a drain whose end no test waits for
PATIENCE = 30  # seconds that a thread gets before the test fails


class Steps:
    """Stands for the server: remembers which step was taken, and lets the test wait for it."""

    def __init__(self):
        self.taken = {"stop": threading.Event(), "kill": threading.Event()}

    def stop(self):
        self.taken["stop"].set()

    def kill(self):
        self.taken["kill"].set()


@pytest.fixture
def steps():
    return Steps()


@pytest.fixture
def stopping(steps, sign):
    """A shutdown whose drain no test waits for."""
    return module.GracefulShutdown(NEVER, steps.stop, steps.kill)


@pytest.fixture
def sign(tmp_path, monkeypatch):
    """The file that tells the workers, not there yet."""
    monkeypatch.setenv(drain.VARIABLE, str(tmp_path / "stopping"))
    return tmp_path / "stopping"


class TestStopping:
    def test_first_signal_turns_readiness_off_and_goes_on_serving(self, steps, stopping):
        stopping.advance().join(PATIENCE)

        assert drain.draining()
        assert not steps.taken["stop"].is_set()

    def test_end_of_the_drain_stops(self, steps, sign):
        stopping = module.GracefulShutdown(0, steps.stop, steps.kill)

        stopping.advance()

        assert steps.taken["stop"].wait(PATIENCE)
        assert not steps.taken["kill"].is_set()

    def test_second_signal_does_not_wait_for_the_end_of_the_drain(self, steps, stopping):
        for _ in range(2):
            stopping.advance().join(PATIENCE)

        assert steps.taken["stop"].is_set()
        assert not steps.taken["kill"].is_set()

    def test_third_signal_kills_and_so_does_every_later_one(self, steps, stopping):
        for _ in range(3):
            stopping.advance().join(PATIENCE)
        assert steps.taken["kill"].is_set()
        steps.taken["kill"].clear()

        stopping.advance().join(PATIENCE)

        assert steps.taken["kill"].is_set()

    def test_end_of_the_drain_after_a_second_signal_does_nothing(self, steps, stopping):
        for _ in range(2):
            stopping.advance().join(PATIENCE)
        steps.taken["stop"].clear()

        stopping.take(module.STOP)

        assert not steps.taken["stop"].is_set()
        assert not steps.taken["kill"].is_set()
