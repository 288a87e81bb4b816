"""The finder runs every candidate, believes no name, and says what it tried."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FINDER = Path(__file__).resolve().parents[3] / "scripts" / "find_python.sh"


class Machine:
    """A made-up machine: one folder in the PATH, one for pyenv, and interpreters that are shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.second_bin, self.pyenv = folder / "bin", folder / "bin2", folder / "pyenv"
        self.bin.mkdir()
        self.second_bin.mkdir()

    def put(self, path: Path, script: str) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    def working(self, path: Path) -> str:
        """An interpreter that passes the probe."""
        return self.put(path, f"echo {path}; echo 3.12.1; echo /home")

    def broken(self, path: Path, says: str = "is Python 3.11.2, older than 3.12") -> str:
        return self.put(path, f"echo '{says}'; exit 1")

    def find(self, **environment: str) -> "subprocess.CompletedProcess[str]":
        variables = {
            "PATH": f"{self.bin}:{self.second_bin}",
            "HOME": "/nowhere",
            "PYENV_ROOT": str(self.pyenv),
        } | environment
        return subprocess.run(
            ["/bin/sh", str(FINDER)],
            check=False,
            env=variables,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_takes_the_one_that_works(machine):
    good = machine.working(machine.bin / "python3.12")

    assert machine.find().stdout == f"{good}\n"


def test_a_name_alone_is_not_believed(machine):
    machine.broken(machine.bin / "python3.12", "pyenv: python3.12: command not found")
    good = machine.working(machine.bin / "python3.13")

    assert machine.find().stdout == f"{good}\n"


def test_a_shim_does_not_hide_the_real_one_behind_it(machine):
    machine.broken(machine.bin / "python3.12")
    good = machine.working(machine.second_bin / "python3.12")

    assert machine.find().stdout == f"{good}\n"


def test_plain_python3_will_do_if_it_is_new_enough(machine):
    good = machine.working(machine.bin / "python3")

    assert machine.find().stdout == f"{good}\n"


def test_versions_of_pyenv_are_found_without_being_in_the_path(machine):
    machine.broken(machine.bin / "python3")
    machine.broken(machine.pyenv / "versions" / "3.11.7" / "bin" / "python3")
    good = machine.working(machine.pyenv / "versions" / "3.12.1" / "bin" / "python3")

    assert machine.find().stdout == f"{good}\n"


def test_the_one_that_python_names_comes_first(machine):
    machine.working(machine.bin / "python3.12")
    wanted = machine.working(machine.second_bin / "my python")

    assert machine.find(PYTHON=wanted).stdout == f"{wanted}\n"


def test_python_may_be_a_name_from_the_path(machine):
    machine.working(machine.bin / "python3.12")
    wanted = machine.working(machine.bin / "python3.14")

    assert machine.find(PYTHON="python3.14").stdout == f"{wanted}\n"


def test_uv_is_asked_last_and_may_fetch_one(machine, tmp_path):
    fetched = machine.working(tmp_path / "fetched" / "python3.12")
    shelf = tmp_path / "fetched-by-uv"
    machine.put(
        machine.bin / "uv", f"if [ $2 = install ]; then : >{shelf}; elif [ -f {shelf} ]; then echo {fetched}; fi"
    )

    found = machine.find()

    assert found.stdout == f"{fetched}\n"
    assert "uv fetches one" in found.stderr


def test_without_any_the_message_says_what_was_tried_and_what_to_do(machine):
    old = machine.broken(machine.bin / "python3", "is Python 3.11.2, older than 3.12")
    shim = machine.put(machine.bin / "python3.12", "exit 127")

    found = machine.find()

    assert (found.returncode, found.stdout) == (1, "")
    assert f"{old} is Python 3.11.2, older than 3.12" in found.stderr
    assert f"{shim} does not run" in found.stderr
    for way in ("apt install", "brew install", "uv python install", "pyenv install", "make run PYTHON="):
        assert way in found.stderr


def test_an_empty_machine_gets_the_same_message(machine):
    found = machine.find()

    assert found.returncode == 1
    assert "no python3 in the PATH" in found.stderr


def test_a_real_interpreter_passes_the_probe(machine):
    found = machine.find(**{**os.environ, "PYTHON": sys.executable})

    assert found.returncode == 0
    assert Path(found.stdout.strip()).exists()
