"""The pytest plugin of `mdt test integration`, piece by piece; tests/mdt/cli runs it whole."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mdt.cli.integration import recorder as plugin
from mdt.cli.integration.recorder import Recorder
from mdt.cli.integration.usage import read_records
from mdt.engine.choice import Sequence
from mdt.engine.journal import Entry, Journal
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import NearMiss, Unmatched
from mdt.server import client as client_module

REQUEST = Request("GET", "http://here/", "here", "/")


def entry(scenario: str, outcome: Any = None) -> Entry:
    return Entry(1, datetime.now(UTC), "shop", "GET /", scenario, REQUEST, outcome or Reply())


def play(recorder: Recorder, test: str, *scenarios: str, fails: bool = False) -> None:
    """One test that uses these scenarios."""
    protocol = recorder.pytest_runtest_protocol(SimpleNamespace(nodeid=test, user_properties=[]))
    next(protocol)
    for name in scenarios:
        recorder.heard(entry(name))
    if fails:
        with pytest.raises(KeyboardInterrupt):
            protocol.throw(KeyboardInterrupt())
        return
    with pytest.raises(StopIteration) as ended:
        protocol.send("result")
    assert ended.value.value == "result"


def test_each_test_has_its_own_uses(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "gw1")

    play(recorder, "a::键", "ok", "full", "ok")
    play(recorder, "b")

    first, second = read_records(tmp_path)
    assert (first.test, first.worker, second.test) == ("a::键", "gw1", "b")
    assert first.uses == (("shop", "GET /", "full", 1), ("shop", "GET /", "ok", 2))
    assert second.uses == ()
    assert first.start <= first.stop <= second.start


def test_interrupted_test_is_recorded_too(tmp_path: Path) -> None:
    play(Recorder(tmp_path, ""), "a", "ok", fails=True)

    assert [(one.test, one.worker) for one in read_records(tmp_path)] == [("a", "main")]


def test_a_callback_is_no_call_of_its_service(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "")
    protocol = recorder.pytest_runtest_protocol(SimpleNamespace(nodeid="a", user_properties=[]))
    next(protocol)
    recorder.heard(replace(entry("ok"), kind="callback"))
    with pytest.raises(StopIteration):
        protocol.send("result")

    assert [one.uses for one in read_records(tmp_path)] == [()]
    assert recorder._exchanges == []


def test_unmatched_call_uses_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "")
    miss = Unmatched(NearMiss(REQUEST, "", None, None, None, (), ""))
    protocol = recorder.pytest_runtest_protocol(
        SimpleNamespace(nodeid="a", user_properties=[("mdt_void", "shop.ok: why"), ("other", 1)])
    )
    next(protocol)
    recorder.heard(entry("ok", miss))
    with pytest.raises(StopIteration):
        next(protocol)

    assert read_records(tmp_path)[0].uses == ()
    assert read_records(tmp_path)[0].void == ("shop.ok: why",)


class Registered(list):
    def register(self, one: object, name: str) -> None:
        self.append((one, name))


@pytest.fixture
def journal_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "append", Journal.append)


def begin(monkeypatch: pytest.MonkeyPatch, **env: str) -> Registered:
    for name in ("MDT_RECORDS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    registered = Registered()
    plugin.pytest_load_initial_conftests(SimpleNamespace(pluginmanager=registered))
    return registered


def test_idle_without_a_folder_for_records(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Journal.append

    assert begin(monkeypatch) == []
    assert Journal.append is before


@pytest.mark.usefixtures("journal_as_it_was")
def test_hears_every_journal_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((recorder, name),) = begin(monkeypatch, MDT_RECORDS=str(tmp_path))
    protocol = recorder.pytest_runtest_protocol(
        SimpleNamespace(nodeid="a", user_properties=[("mdt_void", "shop.ok: why"), ("other", 1)])
    )
    next(protocol)
    journal = Journal()

    journal.append(entry("ok"))
    with pytest.raises(StopIteration):
        next(protocol)

    assert name == "mdt-recorder"
    assert len(journal) == 1
    assert read_records(tmp_path)[0].uses == (("shop", "GET /", "ok", 1),)


@pytest.mark.usefixtures("journal_as_it_was")
def test_worker_opens_a_session_and_moves_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Client:
        def __init__(self, *given: Any) -> None:
            asked.append(given)

        def open(self, id: str, names: list, **around: str | None) -> dict:  # noqa: A002
            asked.append((id, names, around))
            return {"id": id, "urls": {"shop": f"http://s/_s/{id}/shop"}}

    monkeypatch.setattr(client_module, "Client", Client)
    monkeypatch.setenv("SHOP_URL", "http://s/_s/run/shop")

    begin(
        monkeypatch,
        MDT_RECORDS=str(tmp_path),
        PYTEST_XDIST_WORKER="gw3",
        MDT_SERVER="http://s",
        MDT_TOKEN="t",
        MDT_SESSION="run",
        MDT_ENV="ci",
        MDT_DATASET="",
        MDT_SCENARIOS=json.dumps(["a.b", "a.c,a.d"]),
        MDT_VARIABLES=json.dumps({"shop": "SHOP_URL"}),
    )

    assert asked == [
        ("http://s", "t"),
        ("run-gw3", ["a.b", Sequence(("a.c", "a.d"))], {"environment": "ci", "dataset": None}),
    ]
    assert os.environ["MDT_SESSION"] == "run-gw3"
    assert os.environ["SHOP_URL"] == "http://s/_s/run-gw3/shop"
