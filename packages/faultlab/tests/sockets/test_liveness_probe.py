"""Liveness is asked for by a process of its own: it sees a service die and live again, and goes when its reader goes."""

import subprocess
import sys
import time
from itertools import pairwise

import pytest

from faultlab.clients import Clock
from faultlab.liveness_probe import PAUSE, LivenessProbe, ask

SECONDS = 30


@pytest.fixture
def probe(service):
    made = LivenessProbe(service.port, "/live")
    yield made
    made.stop()


def wait_seen(probe, clock, status):
    """Until the newest answers are of this status."""
    deadline = time.monotonic() + SECONDS
    while [one.status for one in probe.since(clock)[-2:]] != [status] * 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_service_is_seen_dead_and_alive_again(service, probe):
    clock = Clock()

    wait_seen(probe, clock, 200)
    service.kill()
    wait_seen(probe, clock, None)
    service.start()
    wait_seen(probe, clock, 200)

    seen = probe.since(clock)
    assert [one.t for one in seen] == sorted(one.t for one in seen)
    assert all(one.ms > 0 for one in seen)
    assert all(one.load >= 1 for one in seen)
    assert all(after.t - one.t >= PAUSE for one, after in pairwise(seen))


def test_only_what_was_asked_since_the_clock_began_is_told(probe):
    early = Clock()
    wait_seen(probe, early, 200)
    late = Clock()
    wait_seen(probe, late, 200)

    assert len(probe.since(late)) < len(probe.since(early))
    assert all(one.t >= 0 for one in probe.since(late))
    assert probe.since(Clock()) == []


def test_stopped_it_asks_no_more(service):
    probe, clock = LivenessProbe(service.port, "/live"), Clock()
    wait_seen(probe, clock, 200)

    probe.stop()
    position = service.log_size()
    time.sleep(4 * PAUSE)

    assert service.log_since(position) == []


@pytest.mark.parametrize(("path", "status"), [("/live", 200), ("/away", 503), ("/cut", 0)])
def test_one_question(service, path, status):
    before = time.monotonic()

    asked, took, answered = ask(service.port, path)

    assert answered == status
    assert before <= asked <= time.monotonic()
    assert 0 < took <= (time.monotonic() - before) * 1000 + 0.01


def test_nobody_there_is_an_answer_too(make):
    assert ask(make().port, "/live")[2] == 0


def test_it_goes_quietly_with_its_reader(service):
    command = [sys.executable, "-m", "faultlab.liveness_probe", str(service.port), "/live"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asking:
        asked, took, status, load = asking.stdout.readline().split()
        asking.stdout.close()
        assert asking.wait(SECONDS) == 0
        assert asking.stderr.read() == ""

    assert (float(asked) > 0, float(took) > 0, status, float(load) >= 1) == (True, True, "200", True)
