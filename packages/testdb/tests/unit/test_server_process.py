"""A private server's process does what its control says, and never is there more of it, or less, than is told."""

import signal
import sys

import psutil
import pytest

from testdb import processes, server_process
from testdb.server import DatabaseUnavailableError
from testdb.server_process import ServerProcess
from tests.unit.families import alive, command, eventually, kill, state


@pytest.fixture
def make(tmp_path):
    """`make("obedient")`: a started stand-in for a server; `make.number` and `make.child` of it."""
    made = []

    def arrange(how="obedient", stop_signal=signal.SIGTERM):
        made.append(ServerProcess(command(tmp_path, how), tmp_path, "", stop_signal, lambda timeout, runs: "1.0"))
        start(made[0])
        return made[0]

    yield arrange
    for process in made:
        process.end()
    kill(*seen)
    seen.clear()


seen: list[int] = []  # numbers of all that was started


def start(process):
    """Start it, and wait until it has its child; their numbers."""
    (process.folder / "ready").unlink(missing_ok=True)
    process.start()
    eventually((process.folder / "ready").exists, "it runs")
    leader = psutil.Process(process._process.pid)
    family = [leader.pid, *(child.pid for child in leader.children())]
    seen.extend(family)
    return family


def number(process):
    return int((process.folder / processes.NUMBER).read_text())


def test_it_runs_with_its_number_and_its_log_in_the_folder(make, tmp_path):
    process = make()

    assert process.runs()
    assert number(process) == seen[0]
    assert (tmp_path / "log").read_text() == "a line of its log\n"


def test_starting_it_twice_starts_one(make):
    process = make()

    process.start()

    assert number(process) == seen[0]


@pytest.mark.parametrize("frozen", [False, True])
def test_kill_leaves_nothing(make, frozen):
    process = make()
    if frozen:
        process.pause()

    process.kill()

    assert not process.runs()
    assert [other for other in seen if alive(other)] == []
    assert state(seen[0]) == ""  # reaped: no zombie
    assert not (process.folder / processes.NUMBER).exists()
    assert not (process.folder / "ended").exists()


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stop_asks_by_the_servers_own_signal(make, how, frozen):
    process = make(stop_signal=how)
    if frozen:
        process.pause()

    process.stop()

    assert (process.folder / "ended").read_text() == f"{int(how)} "
    assert [other for other in seen if alive(other)] == []
    assert not (process.folder / processes.NUMBER).exists()


def test_a_server_that_does_not_stop_is_killed(make, monkeypatch):
    monkeypatch.setattr(server_process, "STOP_SECONDS", 0.2)
    process = make("deaf")

    process.stop()

    assert (process.folder / "ended").read_text() == "15 "
    assert [other for other in seen if alive(other)] == []


def test_pause_freezes_the_whole_family_and_resume_wakes_it(make):
    process = make()

    process.pause()

    eventually(lambda: [state(other) for other in seen] == ["stopped", "stopped"], "both are frozen")

    process.resume()

    eventually(lambda: all(state(other) in ("sleeping", "running") for other in seen), "both go on")


def test_it_starts_again_after_its_end(make):
    process = make()
    process.kill()

    again = start(process)

    assert process.runs()
    assert number(process) == again[0]


@pytest.mark.parametrize("act", ["kill", "stop", "pause", "resume", "end"])
@pytest.mark.parametrize("before", ["never started", "ended"])
def test_nothing_can_be_done_to_a_server_that_does_not_run(make, tmp_path, act, before):
    process = ServerProcess(command(tmp_path), tmp_path, "", signal.SIGTERM, lambda timeout, runs: "")
    if before == "ended":
        process = make()
        process.kill()

    getattr(process, act)()

    assert not process.runs()


def test_waiting_gives_the_version_and_knows_whether_it_runs(make):
    process = make()
    process.ready = lambda timeout, runs: f"within {timeout}, runs {runs()}"

    assert process.wait_ready(7) == "within 7, runs True"

    process.kill()

    assert process.wait_ready(7) == "within 7, runs False"


def test_a_server_that_does_not_answer_is_told_with_the_end_of_its_log(make):
    process = make()

    def refuse(timeout, runs):
        raise DatabaseUnavailableError("no answer within 7 s")

    process.ready = refuse

    with pytest.raises(DatabaseUnavailableError) as caught:
        process.wait_ready(7)

    assert str(caught.value) == f"{sys.executable}: no answer within 7 s; the end of its log:\n    a line of its log"
