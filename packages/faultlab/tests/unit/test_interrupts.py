"""Ctrl-C in a process of its own: once, it stops in order; twice, it ends at once, and what it has started is removed."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from faultlab.cli.interrupts import Interrupts

RUN = """
import sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from testdb.guard import at_end
from faultlab.cli.interrupts import Interrupts

stop, interrupts = threading.Event(), Interrupts()
def talk():
    while True:
        sys.stderr.write(".")
threading.Thread(target=talk, daemon=True).start()
with interrupts.taken_over(), at_end("touch", sys.argv[1]), ThreadPoolExecutor(2) as pool:
    busy = pool.submit(time.sleep, float(sys.argv[2]))
    with interrupts.setting(stop):
        print("running", flush=True)
        stop.wait(30)
    print("stopped", stop.is_set(), flush=True)
print("ended", flush=True)
"""


@pytest.fixture
def start(tmp_path):
    started = []

    def one(seconds, script=RUN):
        with (tmp_path / "stderr").open("w") as stderr:
            command = [sys.executable, "-c", script, str(tmp_path / "removed"), str(seconds)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
        started.append(process)
        assert process.stdout.readline() == "running\n"
        return process

    yield one
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_once_it_stops_in_order(start, tmp_path):
    process = start(0.2)

    process.send_signal(signal.SIGINT)

    assert process.stdout.read() == "stopped True\nended\n"
    assert process.wait(10) == 0
    assert (tmp_path / "removed").exists()
    assert "Interrupted: cases end in order" in (tmp_path / "stderr").read_text()


def test_twice_it_ends_at_once_without_a_crash_and_its_guards_clean_up(start, tmp_path):
    process = start(60)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "stopped True\n"

    process.send_signal(signal.SIGINT)

    assert process.wait(5) == 130
    said = (tmp_path / "stderr").read_text()
    assert "Ended at once, without a report" in said
    assert "Fatal Python error" not in said
    until = time.monotonic() + 10
    while not (tmp_path / "removed").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert (tmp_path / "removed").exists()


def test_before_a_run_it_is_an_ordinary_one(start):
    script = RUN.replace("with interrupts.setting(stop):", "if True:")
    process = start(0, script)

    process.send_signal(signal.SIGINT)

    assert process.wait(10) in (1, -signal.SIGINT)
    assert "ended" not in process.stdout.read()


def test_another_thread_leaves_the_signal_alone():
    seen = []

    def run():
        with Interrupts().taken_over():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert seen == [before]


def test_the_signal_is_given_back():
    before = signal.getsignal(signal.SIGINT)

    with Interrupts().taken_over():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before
