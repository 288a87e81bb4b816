"""A private server that cannot be set up says why: nothing installed, a part of it missing, a set-up that fails or hangs."""

import os

import pytest

from testdb import mysql_private, postgresql, postgresql_private
from testdb.mysql_private import MySqlProgram
from testdb.postgresql import PostgreSqlAdministration
from testdb.postgresql_private import PostgreSqlPrograms
from testdb.server import ProviderFailedError, ProviderUnavailableError


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    """PostgreSqlPrograms run as who runs the tests."""
    for module in (mysql_private, postgresql_private):
        monkeypatch.setattr(module, "account", lambda *names: "")


@pytest.fixture
def make(tmp_path, monkeypatch):
    """`make("mysqld", "exit 1")`: a program, a line of shell; PATH has the system's own and no server."""
    monkeypatch.setattr(mysql_private, "INSTALLERS", ("our-install-db", "other-install-db"))

    def write(name, line):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.mark.parametrize(
    ("module", "reason"),
    [(mysql_private, "neither mysqld nor mariadbd"), (postgresql_private, "no postgres with its initdb")],
)
def test_nothing_installed_closes_the_way(monkeypatch, module, reason):
    monkeypatch.setattr(module, "find", lambda: None)

    with pytest.raises(ProviderUnavailableError, match=reason) as caught, module.provide(print):
        pass

    assert not isinstance(caught.value, ProviderFailedError)


def test_root_needs_an_account_for_postgresql(monkeypatch, tmp_path):
    monkeypatch.setattr(postgresql_private, "find", lambda: PostgreSqlPrograms(tmp_path, "PostgreSQL 15.1"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with (
        pytest.raises(ProviderUnavailableError, match="there is no account postgres"),
        postgresql_private.provide(print),
    ):
        pass


def test_mysql_sets_itself_up(make, tmp_path):
    mysqld = make("mysqld", f'printf "%s\\n" "$@" >{tmp_path}/words; mkdir {tmp_path}/data')

    mysql_private.set_up(MySqlProgram(mysqld, "MySQL 8.4.3", mariadb=False), tmp_path)

    words = (tmp_path / "words").read_text().split()
    assert words[:3] == ["--no-defaults", "--initialize-insecure", f"--datadir={tmp_path}/data"]
    assert words[3] == f"--tmpdir={tmp_path}"
    assert words[4:] == (["--user=root"] if os.geteuid() == 0 else [])


@pytest.mark.parametrize("folder", ["bin", "scripts"])
def test_mariadb_is_set_up_by_its_installer(make, tmp_path, folder):
    installer = make("other-install-db", f'printf "%s\\n" "$@" >{tmp_path}/words')
    (tmp_path / folder).mkdir(exist_ok=True)
    installer.rename(tmp_path / folder / installer.name)

    mysql_private.set_up(MySqlProgram(tmp_path / "bin/mariadbd", "MariaDB 10.11.6", mariadb=True), tmp_path)

    words = (tmp_path / "words").read_text().split()
    assert words[:3] == ["--no-defaults", f"--datadir={tmp_path}/data", f"--tmpdir={tmp_path}"]
    assert "--auth-root-authentication-method=normal" in words


def test_mariadb_without_its_installer_is_told(make, tmp_path):
    with pytest.raises(ProviderFailedError, match="is there, but not its our-install-db"):
        mysql_private.set_up(MySqlProgram(tmp_path / "mariadbd", "MariaDB 10.11.6", mariadb=True), tmp_path)


def set_up_mysql(program, folder):
    mysql_private.set_up(MySqlProgram(program, "MySQL 8.4.3", mariadb=False), folder)


def set_up_postgresql(program, folder):
    postgresql_private.set_up(PostgreSqlPrograms(program.parent, "PostgreSQL 15.1"), folder, "secret")


CASES = [(set_up_mysql, mysql_private, "mysqld"), (set_up_postgresql, postgresql_private, "initdb")]


@pytest.mark.parametrize(("set_up", "module", "name"), CASES)
def test_a_set_up_that_fails_says_what_the_program_said(make, tmp_path, set_up, module, name):
    program = make(name, "echo one; echo two >&2; exit 1")

    with pytest.raises(ProviderFailedError) as caught:
        set_up(program, tmp_path)

    assert str(caught.value) == f"{program} could not set its data up:\n    one\n    two"


@pytest.mark.parametrize(("set_up", "module", "name"), CASES)
def test_a_set_up_that_hangs_is_given_up(make, monkeypatch, tmp_path, set_up, module, name):
    monkeypatch.setattr(module, "SETUP_SECONDS", 0.1)

    with pytest.raises(ProviderFailedError, match="did not set its data up within"):
        set_up(make(name, "exec sleep 60"), tmp_path)


def test_the_password_of_postgresql_is_for_its_owner_alone(make, tmp_path):
    initdb = make("initdb", f'printf "%s\\n" "$@" >{tmp_path}/words')

    set_up_postgresql(initdb, tmp_path)

    words = (tmp_path / "words").read_text().split()
    assert f"--pwfile={tmp_path}/password" in words
    assert words[words.index("-A") + 1] == "scram-sha-256"
    assert "secret" not in words
    assert (tmp_path / "password").read_text() == "secret"
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600


def test_sessions_that_do_not_end_are_an_error(monkeypatch):
    """And they are asked again, until then."""
    monkeypatch.setattr(postgresql, "END_SECONDS", 0.05)
    asked = []
    monkeypatch.setattr(PostgreSqlAdministration, "_run", lambda self, statement: asked.append(statement) or [(7, 0)])

    with pytest.raises(TimeoutError, match=r"sessions of app did not end within 0.05 s: \[7\]"):
        PostgreSqlAdministration("postgresql://", own=True).read_only("shop", "app", on=True)

    assert len(asked) > 3
