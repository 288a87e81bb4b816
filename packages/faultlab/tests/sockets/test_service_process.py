"""A service as a child process: started until it answers, killed with all that it has, asked to end, its log read."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from faultlab import testbed as module
from faultlab.testbed import ServiceError
from tests.sockets import services


def lives(number: int) -> bool:
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def worker_of(service) -> int:
    (line,) = [line for line in service.log_since(0) if line.startswith("worker")]
    return int(line.split()[1])


def test_started_it_answers_with_its_environment_in_its_folder(service, tmp_path):
    assert service.runs()
    assert service.answers()
    assert service.log_since(0)[0] == f"starting  in a test at {tmp_path.name}"


def test_before_it_is_started_there_is_nothing(make):
    service = make()

    assert not service.runs()
    assert not service.answers()
    assert service.log_size() == 0
    service.terminate()
    service.kill()
    service.wait_ended()


def test_one_that_ends_while_it_starts_comes_with_the_end_of_its_log(make):
    service = make("dies")

    with pytest.raises(ServiceError) as caught:
        service.start()

    first, *log = str(caught.value).splitlines()
    assert first == "The service ended while it was started; the end of its log:"
    assert log[-1] == "    there is no such setting"
    assert not service.runs()


def test_one_that_never_answers_is_given_up(make, monkeypatch):
    monkeypatch.setattr(module, "START_SECONDS", 0.5)
    service = make("mute")

    with pytest.raises(ServiceError, match=r"^The service did not answer /live within 0\.5 s; the end of its log:"):
        service.start()

    assert service.runs()  # whoever started it ends it


def test_the_end_of_a_long_log_is_enough(make, tmp_path):
    (tmp_path / "service.log").write_text("".join(f"line {number}\n" for number in range(100)))

    with pytest.raises(ServiceError) as caught:
        make("dies").start()

    assert len(str(caught.value).splitlines()) == 1 + module.LAST_LINES


def test_an_answer_that_is_not_200_is_none(service, tmp_path):
    assert not services.service(tmp_path, alive="/away", port=service.port).answers()
    assert not services.service(tmp_path, alive="/cut", port=service.port).answers()


def test_killed_nothing_of_it_lives_and_it_can_be_started_again(make):
    service = make("workers")
    service.start()
    worker, position = worker_of(service), service.log_size()
    assert lives(worker)

    service.kill()

    assert not service.runs()
    assert not service.answers()
    wait_until(lambda: not lives(worker))
    service.start()
    assert service.answers()
    assert service.log_since(position)[0].startswith("starting")
    assert not any(line.startswith("asked") for line in service.log_since(position)[:1])


def test_killing_twice_is_no_error(service):
    service.kill()
    service.kill()

    assert not service.runs()


def test_workers_that_outlive_it_end_when_it_is_killed_or_started_again(make):
    service = make("workers")
    service.start()
    worker = worker_of(service)
    os.kill(service._process.pid, signal.SIGKILL)
    service._process.wait()
    assert lives(worker)

    service.kill()

    wait_until(lambda: not lives(worker))


def test_asked_to_end_it_ends(service):
    service.terminate()
    service.wait_ended()

    assert not service.runs()
    service.terminate()  # has ended: no error


def test_one_that_does_not_hear_is_killed(make, monkeypatch):
    monkeypatch.setattr(module, "STOP_SECONDS", 0.3)
    service = make("deaf")
    service.start()

    service.terminate()
    service.wait_ended()

    assert not service.runs()


def test_one_that_is_killed_from_another_thread_is_started_only_afterwards(service):
    first = service._process.pid
    killing = threading.Thread(target=service.kill)

    killing.start()
    service.wait_ended()
    service.start()
    killing.join()

    assert service.runs()
    assert service.answers()
    assert service._process.pid != first


def test_the_log_is_read_from_where_it_was(service):
    position = service.log_size()

    service.answers()

    wait_until(lambda: service.log_since(position))
    assert service.log_since(position) == ["asked GET /live"]


def test_whatever_bytes_a_log_has_it_can_be_read(make, tmp_path):
    (tmp_path / "service.log").write_bytes(b"\xff\xfe kaputt\n")

    assert make().log_since(0) == ["\ufffd\ufffd kaputt"]


STARTS = """
import sys, time
from pathlib import Path
from tests.sockets.services import service
made = service(Path(sys.argv[1]), "workers")
made.start()
(worker,) = [line.split()[1] for line in made.log_since(0) if line.startswith("worker")]
print("started", made._process.pid, worker, flush=True)
time.sleep(600)
"""


def test_it_does_not_outlive_a_laboratory_that_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as laboratory:
        started = laboratory.stdout.readline()
        numbers = [int(number) for number in started.split()[1:]]
        laboratory.kill()

    assert len(numbers) == 2
    wait_until(lambda: not any(map(lives, numbers)))
