"""A testbed: one service behind one proxy, started anew only when a case wants another profile or when it has ended."""

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from faultlab import testbed as module
from faultlab.adapter import Profile
from faultlab.clients import Clock
from faultlab.testbed import ServiceError, open_testbed
from tests.sockets import services


class Shop:
    """What a testbed needs of an adapter; its profiles are words for tiny.py."""

    alive = "/live"

    def __init__(self, folder, **profiles):
        self._folder = folder
        self.profiles = {name: Profile({"how": how}, budget=1) for name, how in profiles.items()}
        self.installed, self.launched = [], []

    def install(self, database_url):
        self.installed.append(database_url)

    def launch(self, database_url, port, settings):
        self.launched.append((database_url, port, dict(settings)))
        return services.service(self._folder, *settings.get("how", "").split(), port=port)._launch


class Database:
    """Nobody connects to it."""

    kind, host, port = "mariadb", "127.0.0.1", 9

    def __init__(self):
        self.disposed = 0

    def url(self, host=None, port=None):
        return f"mysql://{host or self.host}:{port or self.port}/shop"

    def admin_engine(self):
        return SimpleNamespace(dispose=self._dispose)

    def _dispose(self):
        self.disposed += 1


@pytest.fixture
def adapter(tmp_path):
    return Shop(tmp_path, quick="", deployed="workers", bad="dies")


@pytest.fixture
def testbed(adapter):
    with open_testbed(adapter, Database()) as made:
        yield made


def test_tables_are_made_past_the_proxy_and_the_service_goes_through_it(adapter, testbed):
    testbed.use("quick")

    assert adapter.installed == ["mysql://127.0.0.1:9/shop"]
    url, port, settings = adapter.launched[-1]
    assert url == f"mysql://127.0.0.1:{testbed.proxy.port}/shop"
    assert (port, settings) == (testbed.port, {"how": ""})
    assert testbed.url == f"http://127.0.0.1:{testbed.port}"


def test_a_service_runs_on_with_the_same_profile(testbed):
    testbed.use("quick")
    first = testbed.service
    testbed.use("quick")

    assert testbed.service is first
    assert testbed.profile is testbed.adapter.profiles["quick"]


def test_another_profile_is_another_service_on_the_same_port_and_log(testbed):
    testbed.use("quick")
    first = testbed.service
    size = first.log_size()

    testbed.use("deployed")

    assert not first.runs()
    assert testbed.service.port == first.port
    assert testbed.service.log_size() > size
    assert testbed.profile is testbed.adapter.profiles["deployed"]


def test_a_service_that_has_ended_is_started_again(testbed):
    testbed.use("quick")
    testbed.service.kill()

    testbed.use("quick")

    assert testbed.service.answers()


def test_a_profile_that_does_not_start_is_not_taken_for_the_one_before(testbed):
    testbed.use("quick")

    with pytest.raises(ServiceError):
        testbed.use("bad")
    testbed.use("quick")

    assert testbed.service.answers()


def test_liveness_is_watched_from_the_first_start_on(testbed):
    clock = Clock()
    testbed.use("quick")

    while not any(one.status == 200 for one in testbed.probe.since(clock)):
        assert clock.now() < 30


@pytest.mark.parametrize("inside", [None, RuntimeError])
def test_nothing_is_left_at_the_end(adapter, inside):
    database = Database()
    try:
        with open_testbed(adapter, database) as testbed:
            testbed.use("deployed")
            if inside:
                raise inside
    except RuntimeError:
        pass

    assert not testbed.service.runs()
    assert not testbed.service._log.parent.exists()
    assert testbed.probe._process.returncode is not None
    assert database.disposed == 1
    with pytest.raises(RuntimeError):
        testbed.proxy.connections()


KILLED = """
import os, sys
from pathlib import Path
from tests.sockets.test_testbed import Database, Shop, open_testbed
with open_testbed(Shop(Path(sys.argv[1]), quick=""), Database()) as testbed:
    print(testbed.service._log.parent, flush=True)
    os._exit(1)
"""


def test_a_run_that_ends_at_once_leaves_no_folder(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, check=False
    )

    folder = Path(ended.stdout.strip())
    assert folder.name.startswith("faults-")
    until = time.monotonic() + 10
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not folder.exists()


@pytest.mark.parametrize(("kind", "protocol"), [("mysql", "mysql"), ("mariadb", "mysql"), ("postgresql", "postgresql")])
def test_the_proxy_speaks_the_databases_protocol(adapter, kind, protocol):
    database = Database()
    database.kind = kind

    with open_testbed(adapter, database) as testbed:
        assert testbed.proxy._protocol == protocol
    assert module.PROTOCOLS[kind] == protocol
