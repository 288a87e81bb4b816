"""The probe's reasons are sentences a person can act on."""

import pytest

from scripts import probe_python


@pytest.fixture
def without(monkeypatch):
    """Pretend that modules are missing."""

    def pretend(*missing):
        monkeypatch.setattr(probe_python, "can_load", lambda module: module not in missing)

    return pretend


def test_a_complete_new_cpython_has_no_problem(without):
    without()

    assert probe_python.problem((3, 12, 0), "cpython") is None
    assert probe_python.problem((3, 15, 1), "cpython") is None


@pytest.mark.parametrize(
    ("version", "name", "reason"),
    [
        ((3, 11, 7), "cpython", "is Python 3.11.7, older than 3.12"),
        ((2, 7, 18), "cpython", "is Python 2.7.18, older than 3.12"),
        ((3, 13, 0), "pypy", "is pypy, not CPython"),
    ],
)
def test_others_are_refused(version, name, reason):
    assert probe_python.problem(version, name) == reason


def test_debians_python_without_venv_names_the_package(without):
    without("ensurepip")

    assert probe_python.problem((3, 13, 5), "cpython") == (
        "is Python 3.13.5 without ensurepip (Debian, Ubuntu: sudo apt install python3.13-venv)"
    )


def test_a_python_built_without_libraries_says_so(without):
    without("sqlite3", "ssl")

    assert probe_python.problem((3, 12, 1), "cpython") == (
        "is Python 3.12.1 without sqlite3, ssl (it was built without their libraries)"
    )


def test_a_module_that_cannot_be_imported_is_missing():
    assert probe_python.can_load("sqlite3")
    assert not probe_python.can_load("no_such_module_here")
