"""A private server that is killed, stopped and frozen keeps what was committed, and leaves nothing behind at its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from testdb import open_database, ports, processes
from testdb.ports import PORTS, free_port
from tests.servers.support import MYSQL_KIN, count, engine_of, eventually, on, params, run, silent

INSERT = "INSERT INTO things VALUES ('kept')"
OPEN = """
import sys, time
from testdb import open_database
with open_database(sys.argv[1], "local", say=lambda line: None) as database:
    if sys.argv[2] == "frozen":
        database.control.pause()
    print(database.control.folder, database.port, flush=True)
    time.sleep(600)
"""


def family(database):
    leader = psutil.Process(database.control._process.pid)
    return [leader, *leader.children()]


def living(family):
    return list(filter(processes.lives, family))


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_what_was_committed_survives_and_what_was_not_does_not(database, how):
    run(database, INSERT)
    with engine_of(database).connect() as connection:
        connection.execute(text("INSERT INTO things VALUES ('lost')"))
        members = family(database)

        getattr(database.control, how)()

        assert living(members) == []
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1"))
    database.control.start()
    assert database.control.wait_ready() == database.version
    eventually(database.quiet, "what was not committed is taken back")
    assert count(database) == 1


def test_it_can_be_killed_again_and_again(database):
    for times in range(1, 4):
        run(database, INSERT)
        database.control.kill()
        database.control.start()
        database.control.wait_ready()

        assert count(database) == times


def test_a_killed_server_refuses_connections(database):
    database.control.kill()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((database.host, database.port), timeout=5)


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_frozen_server_takes_connections_and_answers_nothing_until_it_goes_on(database, end):
    with engine_of(database).connect() as connection:
        database.control.pause()
        with socket.create_connection((database.host, database.port), timeout=5) as silent_one:
            silent_one.settimeout(0.3)
            with pytest.raises(TimeoutError):
                silent_one.recv(1)

        database.control.resume()

        assert connection.scalar(text("SELECT 1")) == 1
    database.control.pause()
    getattr(database.control, end)()
    database.control.start()
    assert database.control.wait_ready() == database.version


@pytest.mark.parametrize("kind", params())
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_nothing_is_left_at_the_end(kind, how):
    with open_database(kind, "local", say=silent) as database:
        folder, members, segment = database.control.folder, family(database), shared_memory(database.control.folder)
        if how == "killed":
            database.control.kill()
        if how == "frozen":
            database.control.pause()

    assert living(members) == []
    assert not folder.exists()
    assert segment not in segments()


@pytest.mark.parametrize("kind", params())
@pytest.mark.parametrize("how", ["running", "frozen"])
def test_nothing_is_left_when_the_process_that_opened_it_is_killed(kind, how):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, kind, how], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        folder, _ = process.stdout.readline().split()
        leader = psutil.Process(int((Path(folder) / processes.NUMBER).read_text()))
        members, segment = [leader, *leader.children()], shared_memory(Path(folder))

        process.send_signal(signal.SIGKILL)

    eventually(lambda: living(members) == [], "the server ends")
    eventually(lambda: not Path(folder).exists(), "its folder goes")
    assert segment not in segments()


def shared_memory(folder):
    """The number of the segment that PostgreSQL guards its data with; no other server has one."""
    file = folder / "data/postmaster.pid"
    return file.read_text().splitlines()[6].split()[1] if file.exists() else "none"


def segments():
    """The numbers of all segments of this machine."""
    table = Path("/proc/sysvipc/shm")
    return [line.split()[1] for line in table.read_text().splitlines()] if table.exists() else []


def test_two_servers_do_not_meet(database):
    with open_database(database.kind, "local", say=silent) as other:
        assert other.port != database.port
        database.control.pause()
        started = time.monotonic()
        run(other, "CREATE TABLE things (name VARCHAR(40))")

        assert time.monotonic() - started < 30


def test_a_free_port_is_one_that_nobody_else_is_given():
    port = free_port()

    assert port in PORTS
    with socket.create_server(("127.0.0.1", port)):
        pass


@contextmanager
def taken_port(monkeypatch, choices):
    """Somebody listens on the first of so many ports, all that there are; gives its number."""
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(ports, "TRIES", choices)
        monkeypatch.setattr(ports, "SHARES", 1)
        monkeypatch.setattr(ports, "PORTS", range(port, port + choices))
        yield port


def test_taken_ports_are_passed_over(monkeypatch):
    with taken_port(monkeypatch, 20) as port:
        assert port < free_port() < port + 20


def test_without_a_free_port_the_error_says_so(monkeypatch):
    with taken_port(monkeypatch, 1), pytest.raises(OSError, match=r"1 ports of 127.0.0.1 between .* are all taken"):
        free_port()


@on(MYSQL_KIN)  # PostgreSQL keeps them with its data
def test_no_server_that_starts_finds_temporary_tables_of_another(database):
    with database.admin_engine().connect() as connection:
        assert connection.scalar(text("SELECT @@tmpdir")) == str(database.control.folder)
