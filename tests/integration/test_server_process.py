"""The production server as a process: how it stops, what it survives, what it refuses to start with."""

import os
import re
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.support.server import PATIENCE, ROOT, STARTED, command, environment, running, until

TOKEN = "metrics-token-of-the-tests"
STATE_OF_ENDED = ") Z "
NEVER = "60"  # seconds; a drain whose end no test waits for


@pytest.fixture
def start(settings, tmp_path):
    """`with start(SHUTDOWN_DRAIN="1") as server:`"""

    @contextmanager
    def started(**changes):
        with running(tmp_path / "server.log", **changes) as server:
            yield server

    return started


@pytest.fixture(scope="module")
def server(settings, tmp_path_factory):
    """A server for the tests that leave it running."""
    with running(tmp_path_factory.mktemp("server") / "server.log", METRICS_TOKEN=TOKEN) as server:
        yield server


def leaving(answer):
    """The answer, if it asks the client to open its next connection elsewhere."""
    return answer if answer.getheader("Connection") == "close" else None


def not_found(server):
    """How many requests for nothing the metrics have counted."""
    text = server.get("/metrics", Authorization=f"Bearer {TOKEN}").text
    counted = re.search(r'http_requests_total{method="GET",route="none",status="404"} (\d+)', text)
    return int(counted[1]) if counted else 0


def is_alive(pid):
    """Whether the process runs; on Linux one that has ended keeps its number until somebody waits for it."""
    try:
        os.kill(pid, 0)
        return STATE_OF_ENDED not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def refusal(**changes):
    """What a start that ends by itself said, and its exit code."""
    done = subprocess.run(
        command(), cwd=ROOT, env=environment(**changes), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.returncode, done.stdout + done.stderr


class TestStop:
    def test_readiness_goes_off_first_while_requests_are_still_served(self, start):
        with start(SHUTDOWN_DRAIN=NEVER) as server, server.request_in_flight() as finish:
            before = server.get("/health/live")
            server.signal(signal.SIGINT)
            until(lambda: not server.ready(), "readiness off")
            drained = until(lambda: leaving(server.get("/health/live")), "an answer that closes its connection")
            server.signal(signal.SIGINT)
            server.wait_log("Shutting down")

            assert before.getheader("Connection") is None
            assert drained.status == 200
            assert finish() == 422
            assert server.exit_code() == 0

    def test_at_the_end_of_the_drain_what_is_in_flight_is_finished(self, start):
        with start(SHUTDOWN_DRAIN="0.2") as server, server.request_in_flight() as finish:
            server.signal(signal.SIGTERM)
            server.wait_log("Shutting down")

            assert finish() == 422
            assert server.exit_code() == 0
            assert not any(is_alive(pid) for pid in server.workers())

    def test_third_signal_cuts_off_what_is_in_flight(self, start):
        with start(SHUTDOWN_DRAIN=NEVER) as server, server.request_in_flight():
            for text in ("server.draining", "Shutting down"):
                server.signal(signal.SIGTERM)
                server.wait_log(text)
            server.signal(signal.SIGTERM)

            assert server.exit_code() == 0
            assert "refused to gracefully stop" not in server.log()


class TestSurvival:
    def test_a_worker_that_dies_is_replaced(self, server):
        started = server.log().count(STARTED)
        killed = next(pid for pid in server.workers() if is_alive(pid))
        os.kill(killed, signal.SIGKILL)
        server.wait_log(STARTED, started + 1)

        assert server.get("/health/live").status == 200
        assert sum(is_alive(pid) for pid in server.workers()) == 2

    def test_workers_end_when_the_main_process_is_killed(self, start):
        with start() as server:
            workers = server.workers()
            server.process.kill()
            server.process.wait(PATIENCE)

            until(lambda: not any(is_alive(pid) for pid in workers), "the end of the workers")

    def test_metrics_add_up_all_workers(self, server):
        before = not_found(server)
        for _ in range(30):
            server.get("/nothing/here")

        assert not_found(server) - before == 30


class TestRefusal:
    def test_every_broken_setting_is_named_once(self, settings):
        code, said = refusal(PORT="0", SERVER_THREADS="many")

        assert code == 2
        assert said.count("PORT") == 1
        assert said.count("SERVER_THREADS") == 1
        assert "Traceback" not in said

    def test_a_port_that_somebody_listens_on(self, settings):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            code, said = refusal(PORT=str(port))

        assert code == 2
        assert f"cannot listen on 127.0.0.1 port {port}" in said
        assert "Traceback" not in said

    def test_a_port_that_another_server_of_ours_shares_with_its_workers(self, server):
        code, said = refusal(PORT=str(server.port))

        assert code == 2
        assert f"cannot listen on 127.0.0.1 port {server.port}" in said
