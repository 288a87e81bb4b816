"""A container keeps what was committed through kill, stop and freeze, and goes with its data at the end.

Only images that are here already are tried, since nothing is fetched for a test.
"""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import text

from mdt.databases import docker, open_database
from mdt.databases.server import TITLES, WayClosedError
from tests.mdt.databases.support import code_of, count, engine_of, eventually, run, silent

IMAGES = {"mysql": "mysql:8.4", "mariadb": "mariadb:10.11", "postgresql": "postgres:15"}
INSERT = "INSERT INTO things VALUES ('kept')"
OPEN = """
import sys, time
from mdt.databases import open_database
with open_database(sys.argv[1], "docker", say=lambda line: None) as database:
    database.control.pause()
    print(database.control.project, flush=True)
    time.sleep(600)
"""


def image_missing(kind):
    """Why there is no container of this kind, or nothing."""
    if closed := docker.why_closed():
        return closed
    try:
        docker.docker("image", "inspect", IMAGES[kind])
    except WayClosedError:
        return f"the image {IMAGES[kind]} is not here: docker pull {IMAGES[kind]}"
    return ""


@pytest.fixture(scope="module", params=TITLES)
def kind(request, monkeypatch_module):
    if reason := image_missing(request.param):
        pytest.skip(reason)
    monkeypatch_module.setenv(f"MDT_{request.param.upper()}_IMAGE", IMAGES[request.param])
    return request.param


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def left(project):
    """Containers and volumes of a project."""
    label = f"label=com.docker.compose.project={project}"
    return docker.docker("ps", "--all", "--quiet", "--filter", label) + docker.docker(
        "volume", "ls", "--quiet", "--filter", label
    )


@pytest.mark.control
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


@pytest.mark.control
def test_a_container_goes_when_the_process_that_opened_it_is_killed(kind):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, kind], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        project = process.stdout.readline().strip()
        assert left(project)

        process.send_signal(signal.SIGKILL)

    eventually(lambda: left(project) == "", "it is removed with its data")
