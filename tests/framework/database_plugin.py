"""pytest plugin: one database server a run, started before any worker, and fixtures that hand its databases out.

`tests/integration/conftest.py` loads it: pytest_plugins = ["tests.framework.database_plugin"].
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from testdb.server import DatabaseUnavailableError, Server

from tests.framework.database import provide, provide_private
from tests.framework.database_names import fresh_database

TESTS = Path(__file__).resolve().parents[1]
WITH_DATABASE = ("integration",)  # folders of tests/ that need the server
OPEN: pytest.StashKey[AbstractContextManager[Server]] = pytest.StashKey()
SERVER: pytest.StashKey[Server] = pytest.StashKey()
STARTED_IN: pytest.StashKey[float] = pytest.StashKey()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the server, in the process that starts the workers; without one, end the run with the message alone."""
    if not needs_server(session.config):
        return
    started = time.monotonic()
    way = provide(_say(session.config))
    try:
        session.config.stash[SERVER] = way.__enter__()
    except DatabaseUnavailableError as error:
        raise pytest.UsageError(str(error)) from None
    session.config.stash[OPEN] = way
    session.config.stash[STARTED_IN] = time.monotonic() - started


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server when everything else has ended, also after Ctrl-C."""
    if OPEN in config.stash:
        config.stash[OPEN].__exit__(None, None, None)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which database this run is about."""
    server = config.stash.get(SERVER, None)
    return f"database: {server.version} ({server.kind}), ready in {config.stash[STARTED_IN]:.1f} s" if server else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the one server is."""
    if server := node.config.stash.get(SERVER, None):
        node.workerinput["database_server"] = {"url": server.url, "kind": server.kind, "version": server.version}


def needs_server(config: pytest.Config) -> bool:
    """True in the process that starts the run, if its arguments take in a folder of tests on a database."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return False
    named = [Path(config.invocation_params.dir, word.split("::")[0]).resolve() for word in config.args]
    folders = [TESTS / name for name in WITH_DATABASE]
    return any(path.is_relative_to(folder) or folder.is_relative_to(path) for path in named for folder in folders)


def _say(config: pytest.Config) -> Any:
    """Where progress is seen although pytest captures output."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.write_line if reporter else lambda line: None


@pytest.fixture(scope="session")
def database_server(pytestconfig: pytest.Config) -> Server:
    """The server that the whole run shares; the same one in every worker."""
    told = getattr(pytestconfig, "workerinput", {}).get("database_server")
    server = Server(**told) if told else pytestconfig.stash.get(SERVER, None)
    if server is None:
        pytest.fail(
            "This test needs the database, and its folder is not in WITH_DATABASE of tests/framework/database_plugin.py."
        )
    return server


@pytest.fixture(scope="session")
def database_url(database_server: Server, pytestconfig: pytest.Config) -> Iterator[str]:
    """The URL of an empty database of this worker's own: touchstone_test_gw0, touchstone_test_gw1, ..., touchstone_test_main."""
    worker = getattr(pytestconfig, "workerinput", {}).get("workerid", "main")
    with fresh_database(database_server.url, worker) as url:
        yield url


@pytest.fixture(scope="session")
def private_database_server() -> Iterator[Server]:
    """A second server for tests that kill, stop and start it (`.control`); nobody else is hit by that."""
    try:
        with provide_private() as server:
            yield server
    except DatabaseUnavailableError as error:
        pytest.fail(f"a test that kills its database needs a server of its own:\n{error}")
