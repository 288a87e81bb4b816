"""Processes are known by number: whose children they are, whether they have ended, and whether they are still the same."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mdt.databases import processes
from tests.unit.mdt.databases.families import alive, command, eventually, kill, state

NOBODY = 2**22 + 1  # more than any system gives


@pytest.fixture
def family(tmp_path):
    """A process and its child."""
    process = subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL)
    eventually((tmp_path / "ready").exists, "it runs")
    child = processes.children(process.pid)[0]
    yield process, child
    process.kill()
    process.wait()
    kill(child)


@pytest.fixture(params=["/proc", "ps"])
def source(request, monkeypatch, tmp_path):
    """Where processes are read from."""
    if request.param == "ps":
        if shutil.which("ps") is None:
            pytest.skip("no ps here")
        monkeypatch.setattr(processes, "PROC", tmp_path / "none")
    elif not Path("/proc/self/stat").exists():
        pytest.skip("no /proc here")


def test_children_are_those_that_live(family, source):
    process, child = family

    assert processes.children(process.pid) == [child]
    assert process.pid in processes.children(os.getpid())

    os.kill(child, signal.SIGKILL)
    eventually(lambda: state(child) in ("Z", ""), "it has ended")

    assert processes.children(process.pid) == []


def test_a_process_that_ended_during_the_look_is_passed_over(monkeypatch, tmp_path):
    (tmp_path / "self").mkdir()
    (tmp_path / "self/stat").touch()
    for number, stat in (("7", "7 (a ) b) S 3 7 7"), ("8", None)):
        (tmp_path / number).mkdir()
        if stat:
            (tmp_path / number / "stat").write_text(stat)
    monkeypatch.setattr(processes, "PROC", tmp_path)

    assert list(processes.table()) == [(7, 3, "S")]


def test_killing_takes_the_frozen_child_along(family):
    process, child = family
    os.kill(child, signal.SIGSTOP)

    assert processes.kill_with_children(process.pid) == [process.pid, child]

    assert process.wait(10) == -signal.SIGKILL
    processes.wait_gone([process.pid, child])
    assert not alive(child)


def test_waiting_for_what_does_not_end_fails(family):
    _, child = family

    with pytest.raises(TimeoutError, match=rf"have not ended: \[{child}\]"):
        processes.wait_gone([child, NOBODY], 0.05)


def test_a_zombie_counts_as_ended(family):
    process, _ = family
    process.send_signal(signal.SIGKILL)

    processes.wait_gone([process.pid])  # nobody has read its exit code yet

    assert process.wait(10) == -signal.SIGKILL


def test_a_signal_to_nobody_is_none():
    processes.send(NOBODY, signal.SIGKILL)


def test_only_a_process_that_was_told_of_the_folder_serves_it(family, source, tmp_path):
    process, child = family

    assert processes.serves(process.pid, tmp_path)
    assert not processes.serves(child, tmp_path)
    assert not processes.serves(process.pid, tmp_path / "other")
    assert not processes.serves(NOBODY, tmp_path)


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
