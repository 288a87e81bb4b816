"""Servers in containers keep what was committed through kill, stop and freeze, and are removed with their data.

`pytest tests/container` needs a Docker engine, so it is no part of `pytest`. Images that are not here are not fetched; their
tests are skipped and say so.
"""

import os
import signal
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from testdb import docker, open_database
from testdb.server import TITLES, ProviderUnavailableError
from tests.servers.support import code_of, count, engine_of, eventually, run, silent

IMAGES = {"mysql": "mysql:8.4", "mariadb": "mariadb:10.11", "postgresql": "postgres:15"}
INSERT = "INSERT INTO things VALUES ('kept')"
SLEEP = {"postgresql": "pg_sleep(60)"}
OPEN = """
import sys, time
from testdb import open_database
with open_database(sys.argv[1], "docker", say=lambda line: None) as database:
    database.control.pause()
    print(database.control.project, flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module", params=TITLES)
def kind(request):
    """A kind whose image is here; compose is told to take no other."""
    if reason := docker.why_unavailable():
        pytest.fail(f"these tests need a Docker engine: {reason}")
    image = IMAGES[request.param]
    try:
        docker.docker("image", "inspect", image)
    except ProviderUnavailableError:
        pytest.skip(f"the image {image} is not here: docker pull {image}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"TESTDB_{request.param.upper()}_IMAGE", image)
        yield request.param


def left(project):
    """Containers and volumes of a project."""
    label = f"label=com.docker.compose.project={project}"
    return docker.docker("ps", "--all", "--quiet", "--filter", label) + docker.docker(
        "volume", "ls", "--quiet", "--filter", label
    )


def test_a_container_can_be_broken_and_goes_at_the_end(kind):
    with open_database(kind, "docker", say=silent) as database:
        run(database, "CREATE TABLE things (name VARCHAR(40))")
        for times, how in enumerate(("kill", "stop"), 1):
            run(database, INSERT)
            database.control.pause()
            getattr(database.control, how)()
            getattr(database.control, how)()
            code_of(lambda: run(database, INSERT))
            database.control.start()
            assert database.control.wait_ready() == database.version
            assert count(database) == times

        with engine_of(database).connect() as connection:
            database.control.pause()
            database.control.pause()
            database.control.resume()
            database.control.resume()
            assert connection.scalar(text("SELECT 1")) == 1
        assert left(database.control.project)

    assert left(database.control.project) == ""


def test_a_statement_with_an_emoji_neither_hides_sessions_nor_is_in_the_way(kind):
    """MySQL's tables of sessions and transactions cannot hold it (error 3854)."""
    beer = f"SELECT {SLEEP.get(kind, 'SLEEP(60)')}, '\U0001f37a' FROM things FOR UPDATE"
    with open_database(kind, "docker", say=silent) as server:
        administrator = server.administration.server.render_as_string(hide_password=False)
        with open_database(kind, administrator, name="another", say=silent) as database:
            run(database, "CREATE TABLE things (name VARCHAR(40))")
            run(database, INSERT)
            client = threading.Thread(target=lambda: code_of(lambda: run(database, beer)))
            client.start()
            eventually(lambda: not database.quiet(), "the statement's transaction is seen")

        client.join(30)
        assert not client.is_alive()


def test_a_container_goes_when_the_process_that_opened_it_is_killed(kind):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, kind], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        project = process.stdout.readline().strip()
        assert left(project)

        process.send_signal(signal.SIGKILL)

    eventually(lambda: left(project) == "", "it is removed with its data")
