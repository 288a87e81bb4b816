"""Installed servers are found by trying them: what is broken or somebody else's is passed over."""

import pytest

from testdb import mysql_private, postgresql_private

MYSQL = "mysqld  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server - GPL)"
MARIADB = "mariadbd  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"
POSTGRESQL = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install("bin/mysqld", "what --version prints")`: a program; every folder of one is on PATH, and nothing else is."""
    folders = []
    monkeypatch.setattr(mysql_private, "FOLDERS", ())
    monkeypatch.setattr(postgresql_private, "PATTERNS", ())
    monkeypatch.setenv("PATH", str(tmp_path))

    def make(name, answer, *, path=True):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        if path:
            folders.append(str(program.parent))
            monkeypatch.setenv("PATH", ":".join(folders))
        return program

    return make


def test_mysql_comes_before_mariadb(install):
    mariadb, mysql = install("a/mariadbd", MARIADB), install("b/mysqld", MYSQL)

    found = mysql_private.installed()

    assert [(program.path, program.version, program.mariadb) for program in found] == [
        (mysql, "MySQL 8.4.3", False),
        (mariadb, "MariaDB 10.11.6", True),
    ]
    assert mysql_private.look() == f"{mysql} (MySQL 8.4.3)"


def test_mariadb_under_the_name_of_mysql_is_one_server_and_is_mariadb(install, tmp_path):
    mariadb = install("a/mariadbd", MARIADB)
    (tmp_path / "a/mysqld").symlink_to(mariadb)

    assert [program.mariadb for program in mysql_private.installed()] == [True]


@pytest.mark.parametrize("answer", ["mysqld: cannot open shared object file", ""])
def test_a_program_that_does_not_run_is_none(install, answer):
    install("a/mysqld", answer)

    assert mysql_private.find() is None
    assert mysql_private.look() == ""


def test_a_file_that_no_machine_can_run_is_none(install):
    install("a/mysqld", "").write_bytes(b"\x7fELF")

    assert mysql_private.find() is None


def test_folders_beside_path_are_looked_at_too(install, monkeypatch, tmp_path):
    install("opt/mysqld", MYSQL, path=False)
    monkeypatch.setattr(mysql_private, "FOLDERS", (str(tmp_path / "opt"),))

    assert mysql_private.find().version == "MySQL 8.4.3"


def test_postgres_is_looked_for_where_its_name_on_path_leads(install, tmp_path):
    real = install("lib/postgres", POSTGRESQL, path=False)
    install("lib/initdb", "", path=False)
    install("bin/true", "")
    (tmp_path / "bin/postgres").symlink_to(real)

    assert postgresql_private.find() == postgresql_private.PostgreSqlPrograms(tmp_path / "lib", "PostgreSQL 15.14")
    assert postgresql_private.look() == f"{tmp_path}/lib/postgres (PostgreSQL 15.14)"


def test_postgres_without_initdb_is_none(install):
    install("bin/postgres", POSTGRESQL)

    assert postgresql_private.find() is None
    assert postgresql_private.look() == ""


def test_what_is_not_postgres_is_none(install):
    install("bin/postgres", "something else 15.1")
    install("bin/initdb", "")

    assert postgresql_private.find() is None


def test_beside_path_the_newest_postgres_that_runs_is_taken(install, monkeypatch, tmp_path):
    for version in ("9.6", "15", "16"):
        install(f"pg/{version}/bin/postgres", f"postgres (PostgreSQL) {version}", path=False)
    for version in ("9.6", "15"):
        install(f"pg/{version}/bin/initdb", "", path=False)
    monkeypatch.setattr(postgresql_private, "PATTERNS", (f"{tmp_path}/pg/*/bin"[1:],))

    assert postgresql_private.find().version == "PostgreSQL 15"
