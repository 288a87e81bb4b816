"""A server that root starts runs as an account of its own; started by anybody else, as who starts it."""

import os
import pwd
import shutil
from types import SimpleNamespace

import pytest

from testdb import server_process


@pytest.fixture
def people(monkeypatch):
    """Accounts `postgres` and `mysql`."""
    known = {name: SimpleNamespace(pw_name=name, pw_gid=gid) for name, gid in (("postgres", 70), ("mysql", 71))}
    monkeypatch.setattr(pwd, "getpwall", lambda: list(known.values()))
    monkeypatch.setattr(pwd, "getpwnam", known.__getitem__)


@pytest.mark.parametrize(
    ("uid", "names", "owner"),
    [(0, ("mysql", "_mysql"), "mysql"), (0, ("_mysql",), ""), (1000, ("mysql",), "")],
)
def test_only_root_needs_an_account(monkeypatch, people, uid, names, owner):
    monkeypatch.setattr(os, "geteuid", lambda: uid)

    assert server_process.account(*names) == owner


def test_a_program_of_an_account_has_its_group_and_no_other(people):
    assert server_process.run_as("mysql") == {"user": "mysql", "group": 71, "extra_groups": []}
    assert server_process.run_as("") == {"user": None, "group": None, "extra_groups": None}


def test_files_are_given_to_an_account(monkeypatch, people, tmp_path):
    given = []
    monkeypatch.setattr(shutil, "chown", lambda *words: given.append(words))

    server_process.give(tmp_path, "postgres")
    server_process.give(tmp_path, "")

    assert given == [(tmp_path, "postgres", 70)]
