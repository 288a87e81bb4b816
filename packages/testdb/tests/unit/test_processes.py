"""Processes are known by number: whose children they are, whether they have ended, and whether they are still the same."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from testdb import processes
from tests.unit.families import alive, command, eventually, kill, state

NOBODY = 2**22 + 1  # more than any system gives


@pytest.fixture
def family(tmp_path):
    """A process and its child."""
    process = subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL)
    eventually((tmp_path / "ready").exists, "it runs")
    child = psutil.Process(process.pid).children()[0].pid
    yield process, child
    process.kill()
    process.wait()
    kill(child)


def test_children_are_those_that_it_has_now(family):
    process, child = family

    assert [one.pid for one in processes.children(psutil.Process(process.pid))] == [child]


def test_who_has_ended_has_no_children(family):
    process, _ = family
    known = psutil.Process(process.pid)
    process.kill()
    process.wait()

    assert processes.children(known) == []


def test_a_family_is_frozen_from_its_head(family):
    process, child = family

    members = processes.frozen_family(process.pid)

    assert [one.pid for one in members] == [process.pid, child]
    assert state(process.pid) == "stopped"
    assert state(child) != "stopped"


def test_a_process_that_runs_on_after_the_signal_is_waited_for(family, monkeypatch):
    process, _ = family
    states = iter([psutil.STATUS_RUNNING, psutil.STATUS_SLEEPING, psutil.STATUS_STOPPED])
    monkeypatch.setattr(psutil.Process, "status", lambda _: next(states))

    processes.frozen_family(process.pid)

    assert not list(states)


def test_a_process_that_ends_instead_of_standing_still_is_not_waited_for(family):
    process, _ = family
    known = psutil.Process(process.pid)
    process.kill()
    process.wait()

    processes.freeze([known])

    assert not processes.lives(known)


def test_killing_takes_the_frozen_child_along(family):
    process, child = family
    os.kill(child, signal.SIGSTOP)
    members = processes.frozen_family(process.pid)

    processes.send(members, signal.SIGKILL)

    assert process.wait(10) == -signal.SIGKILL
    processes.wait_gone(members)
    assert not alive(child)


def test_who_has_ended_is_sent_nothing_and_the_others_are(family):
    process, child = family
    members = [psutil.Process(process.pid), psutil.Process(child)]
    process.kill()
    process.wait()

    processes.send(members, signal.SIGKILL)

    processes.wait_gone(members)
    assert not alive(child)


def test_waiting_for_what_does_not_end_fails(family):
    _, child = family

    with pytest.raises(TimeoutError, match=rf"have not ended: \[{child}\]"):
        processes.wait_gone([psutil.Process(child)], 0.05)


def test_a_zombie_counts_as_ended(family):
    process, _ = family
    known = psutil.Process(process.pid)
    process.send_signal(signal.SIGKILL)

    processes.wait_gone([known])  # nobody has read its exit code yet

    assert known.status() == psutil.STATUS_ZOMBIE
    assert process.wait(10) == -signal.SIGKILL
    assert not processes.lives(known)


def test_a_process_that_ends_during_the_look_has_ended(monkeypatch):
    def gone(process):
        raise psutil.NoSuchProcess(process.pid)

    monkeypatch.setattr(psutil.Process, "status", gone)

    assert not processes.lives(psutil.Process())


def test_only_a_process_that_was_told_of_the_folder_serves_it(family, tmp_path):
    process, child = map(psutil.Process, (family[0].pid, family[1]))

    assert processes.serves(process, tmp_path)
    assert not processes.serves(child, tmp_path)
    assert not processes.serves(process, tmp_path / "other")


def removed(folder):
    """Removes the folder as the guard does, in a process of its own."""
    subprocess.run([sys.executable, "-I", processes.__file__, str(folder)], check=True, timeout=60)
    return not folder.exists()


def test_removing_a_folder_ends_its_server(family, tmp_path):
    process, child = family
    (tmp_path / processes.NUMBER).write_text(str(process.pid))

    assert removed(tmp_path)

    assert process.wait(10) == -signal.SIGKILL
    assert not alive(child)


@pytest.mark.parametrize("number", ["ours", str(NOBODY), "", "no number"])
def test_removing_a_folder_ends_nobody_else(family, tmp_path, number):
    (tmp_path / processes.NUMBER).write_text(str(os.getpid()) if number == "ours" else number)

    assert removed(tmp_path)

    assert family[0].poll() is None


def test_removing_a_folder_without_a_server_is_quiet(tmp_path):
    (tmp_path / "data").mkdir()

    assert removed(tmp_path)


@pytest.mark.parametrize(
    ("text", "segments"),
    [("\n" * 6 + "  5432001     98305\n", ["98305"]), ("\n\n", []), ("\n" * 6 + "odd\n", []), (None, [])],
)
def test_the_shared_memory_of_a_killed_postgresql_is_given_back(monkeypatch, tmp_path, text, segments):
    (tmp_path / "data").mkdir()
    if text is not None:
        (tmp_path / "data/postmaster.pid").write_text(text)
    ran = []
    monkeypatch.setattr(subprocess, "run", lambda words, **_: ran.append(words))

    processes.forget_shared_memory(tmp_path)

    assert ran == [["ipcrm", "-m", segment] for segment in segments]
