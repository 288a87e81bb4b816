"""A changed file is played without a restart; a broken one never replaces what works."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mdt.definitions import Catalog
from mdt.definitions.watcher import Watcher
from mdt.errors import DefinitionError, MdtError
from tests.unit.folders import SHOP, Player, loaded, write

TEXT = "default: ok\nroutes: {GET /x: {ok: {json: %s}}}"


class Changes:
    """Collects what the watcher tells."""

    def __init__(self) -> None:
        self.heard: list[Catalog | DefinitionError] = []
        self._new = threading.Condition()

    def __call__(self, result: Catalog | DefinitionError) -> None:
        with self._new:
            self.heard.append(result)
            self._new.notify_all()

    def wait(self, wanted: Callable[[Catalog | DefinitionError], bool]) -> None:
        with self._new:
            assert self._new.wait_for(lambda: any(map(wanted, self.heard)), timeout=20)


@pytest.fixture
def shop(tmp_path: Path) -> Player:
    return Player(loaded(tmp_path, {SHOP: TEXT % 1}))


@pytest.fixture
def changes() -> Changes:
    return Changes()


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    watcher.start()
    try:
        yield
    finally:
        watcher.stop()


@pytest.fixture
def watcher(shop: Player, changes: Changes) -> Iterator[Watcher]:
    watcher = Watcher(shop.engine, env={}, on_change=changes)
    with watching(watcher):
        yield watcher


def test_a_change_is_played(tmp_path, shop, watcher, changes):
    write(tmp_path, {SHOP: TEXT % 2})

    changes.wait(lambda result: isinstance(result, Catalog))
    assert shop.json("GET /x") == 2
    assert watcher.error is None


def test_a_broken_change_keeps_the_last_good_set_until_it_is_mended(tmp_path, shop, watcher, changes):
    write(tmp_path, {SHOP: "servce: x"})
    changes.wait(lambda result: isinstance(result, DefinitionError))

    assert "servce" in str(watcher.error)
    assert shop.json("GET /x") == 1

    write(tmp_path, {SHOP: TEXT % 3})
    changes.wait(lambda result: isinstance(result, Catalog))
    assert watcher.error is None
    assert shop.json("GET /x") == 3


def test_reload_works_without_a_thread(tmp_path, shop):
    watcher = Watcher(shop.engine, tmp_path / "mocks", env={})
    write(tmp_path, {SHOP: "["})
    assert isinstance(watcher.reload(), DefinitionError)
    assert watcher.error is not None

    write(tmp_path, {SHOP: TEXT % 4})
    assert isinstance(watcher.reload(), Catalog)
    assert watcher.error is None
    assert shop.json("GET /x") == 4


def test_starting_twice_is_told(watcher):
    with pytest.raises(MdtError, match="runs already"):
        watcher.start()


def test_stop_ends_the_thread_and_start_begins_again(tmp_path, shop, watcher, changes):
    watcher.stop()
    watcher.stop()
    assert not any(thread.name == "mdt-watcher" and thread.is_alive() for thread in threading.enumerate())

    watcher.start()
    write(tmp_path, {SHOP: TEXT % 5})
    changes.wait(lambda result: isinstance(result, Catalog))
    assert shop.json("GET /x") == 5


def test_without_a_callback_the_engine_still_gets_the_new_set(tmp_path, shop):
    watcher = Watcher(shop.engine, env={})
    watcher.start()
    write(tmp_path, {SHOP: TEXT % 6})
    deadline = time.monotonic() + 20
    while shop.json("GET /x") != 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    watcher.stop()

    assert shop.json("GET /x") == 6


def test_what_was_saved_between_loading_and_watching_is_played(tmp_path, shop, changes):
    watcher = Watcher(shop.engine, env={}, on_change=changes)
    write(tmp_path, {SHOP: TEXT % 70})
    with watching(watcher):
        changes.wait(lambda result: isinstance(result, Catalog))

    assert shop.json("GET /x") == 70


def test_what_was_not_saved_is_not_loaded_again(shop, changes):
    """Else each start would tell that something has changed."""
    watcher = Watcher(shop.engine, env={}, on_change=changes)
    with watching(watcher):
        pass

    assert changes.heard == []


def test_files_in_a_folder_called_recordings_are_watched_if_the_whole_project_stands_in_it(tmp_path, changes):
    project = tmp_path / "recordings" / "project"
    project.mkdir(parents=True)
    shop = Player(loaded(project, {SHOP: TEXT % 1}))
    watcher = Watcher(shop.engine, env={}, on_change=changes)
    write(project, {SHOP: TEXT % 80})
    with watching(watcher):
        changes.wait(lambda result: isinstance(result, Catalog))

    assert shop.json("GET /x") == 80


CONTRACT = """
    {"service": "shop", "version": "1.0.0",
     "apis": [{"endpoint": "/x", "method": "GET", "response": {"count": "%s"}}]}
"""


@pytest.mark.parametrize("place", ["contracts/shop", "docs/api"])
def test_a_changed_contract_is_held_against_the_answers(tmp_path, changes, place):
    """Also where it stands somewhere else, and when the folder did not exist as the server began."""
    contract = tmp_path / place / "1.0.0.json"
    shop = Player(loaded(tmp_path, {SHOP: TEXT % '{"count": 1}'}))
    watcher = Watcher(shop.engine, env={}, on_change=changes)
    with watching(watcher):
        contract.parent.mkdir(parents=True)
        contract.write_text(CONTRACT % "integer")
        write(tmp_path, {SHOP: f"contract: ../../{place}/1.0.0.json\n" + TEXT % '{"count": 2}'})
        changes.wait(lambda result: isinstance(result, Catalog) and bool(result.services["shop"].contract))

        contract.write_text(CONTRACT % "string")
        changes.wait(lambda result: isinstance(result, Catalog) and bool(result.problems))

    assert "1.0.0.json" in str(shop.engine.catalog.problems)
