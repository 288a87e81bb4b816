"""One private server of each kind that is installed, for all tests of a worker; each test has an empty table."""

import pytest

from testdb import open_database
from tests.servers.support import params, run, silent


@pytest.fixture(scope="session", params=params())
def opened(request):
    """A database on a private server."""
    with open_database(request.param, "local", name="fault_lab", say=silent) as database:
        run(database, "CREATE TABLE things (name VARCHAR(40))")
        yield database


@pytest.fixture
def database(opened):
    """The same, whole and empty again."""
    run(opened, "DELETE FROM things")
    yield opened
    opened.control.resume()
    opened.control.start()
    opened.control.wait_ready()
    opened.read_only(False)
    opened.refuse_connections(False)


@pytest.fixture
def postgresql(database):
    return database.kind == "postgresql"
