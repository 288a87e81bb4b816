"""`mdt.testing.server`: a server for tests of programs that run elsewhere, in this process and in one of its own."""

import os
import subprocess
from contextlib import nullcontext

import pytest
import requests

from mdt import sequence
from mdt.api import UnusedScenarioError
from mdt.engine.expectations import RUNNING_TEST
from mdt.errors import DefinitionError, MdtError
from mdt.server.client import ServerRefusedError, ServerUnreachableError
from mdt.testing import UnmatchedCallsError, server
from tests.sockets.cli.support import ROOT
from tests.unit.folders import SHOP, write

ROUTES = 'default: ok\nroutes:\n  GET /a: {ok: {json: "{{ shared.x }}"}, gone: {status: 410}, lost: {status: 404}}\n'
FILES = {
    SHOP: ROUTES,
    "mdt.yaml": "environments: {few: {dataset: few}, hard: {strict: true}}",
    "shared/x.json": '"all"',
    "datasets/few/x.json": '"few"',
}


@pytest.fixture
def mocks(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), str(ROOT)]))
    return write(tmp_path, FILES)


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(f"{url}/a", headers=headers, timeout=20)


@pytest.mark.parametrize("process", [False, True])
def test_each_session_has_its_own_scenarios(mocks, process) -> None:
    with server(mocks, scenarios="shop.gone", process=process) as running:
        with (
            running.session("shop.lost") as session,
            running.session(sequence("shop.ok", "shop.gone"), env="few") as other,
        ):
            assert get(session.urls["shop"]).status_code == 404
            assert [get(other.urls["shop"]).text for _ in range(2)] == ['"few"', ""]
            assert get(f"{running.url}/shop", **session.headers).status_code == 404
            assert [one["scenario"] for one in session.calls("shop")] == ["lost", "lost"]
            session.switch("shop.ok")
            session.enter(dataset="few")
            assert get(session.urls["shop"]).json() == "few"
        assert get(running.address_of("shop")).status_code == 410
        assert [one["id"] for one in running.client.sessions()] == ["default"]
    with pytest.raises(ServerUnreachableError):
        running.client.health()


def test_a_call_that_nothing_answered_fails_the_block(mocks) -> None:
    with server(mocks) as running:
        with pytest.raises(UnmatchedCallsError, match="/b") as raised, running.session() as session:
            requests.get(f"{session.urls['shop']}/b", timeout=5)
        assert len(raised.value.reports) == 1
        with pytest.raises(ZeroDivisionError):  # the failure of the test is what counts
            fail(running)
        assert [one["id"] for one in running.client.sessions()] == ["default"]


@pytest.mark.may_be_void("about sessions that select what they never use")
@pytest.mark.parametrize(
    ("options", "raises"),
    [({}, False), ({"strict": True}, True), ({"env": "hard"}, True), ({"env": "hard", "strict": False}, False)],
)
def test_a_strict_session_fails_if_a_selected_scenario_was_never_used(mocks, options, raises) -> None:
    with server(mocks) as running:
        expected = pytest.raises(UnusedScenarioError, match=r"shop\.gone") if raises else nullcontext()
        with expected, running.session("shop.gone", **options):
            pass
        with running.session("shop.gone", **options) as session:
            assert get(session.urls["shop"]).status_code == 410


@pytest.fixture
def told(monkeypatch):
    found: dict[str, str] = {}
    monkeypatch.setattr(RUNNING_TEST, "hear", found.update)
    return found


CALLBACKS = "callback: POST http://127.0.0.1:1/hook\npaid: {json: 1}\nlater: {json: 2, after: 1h}\n"


def test_what_a_session_never_met_makes_the_test_void(mocks, told) -> None:
    write(mocks.parent, {"internal/bank/service.yaml": "url: http://bank.internal\n"})
    write(mocks.parent, {"internal/bank/callbacks.yaml": CALLBACKS})
    stub = {"service": "shop", "id": "mine"}
    with server(mocks) as running:
        with running.session("shop.gone") as session:
            session.client.stub("GET /b", {"json": 1}, session.id, **stub)
            session.send("bank.paid")
            session.send("bank.later")
            requests.get(f"{session.urls['shop']}/b", timeout=5)
            get(session.urls["shop"])
        assert told == {}

        with running.session("shop.gone", strict=False):
            pass
        with pytest.raises(ZeroDivisionError), running.session("shop.gone"):
            raise ZeroDivisionError
        assert told == {}

        with running.session("shop.gone") as session:
            session.client.stub("GET /b", {"json": 1}, session.id, **stub)
            session.send("bank.later")
        assert list(told) == ["shop.gone", "shop.mine (GET /b)", "callback bank.later"]
        with pytest.raises(UnusedScenarioError, match=r"bank\.later"), running.session(strict=True) as session:
            session.send("bank.later")


def fail(running) -> None:
    with running.session() as session:
        requests.get(f"{session.urls['shop']}/b", timeout=5)
        raise ZeroDivisionError


@pytest.mark.parametrize("process", [False, True])
def test_mistakes_are_told_and_leave_nothing_running(mocks, monkeypatch, process) -> None:
    begun = []
    popen = subprocess.Popen

    class Noted(popen):
        def __init__(self, *words, **options) -> None:
            super().__init__(*words, **options)
            begun.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with (
        pytest.raises((MdtError, ServerRefusedError), match=r"Did you mean shop\.gone"),
        server(mocks, scenarios="shop.gon", process=process),
    ):
        raise AssertionError("it began")
    (mocks / SHOP).write_text("routes: 5")
    with pytest.raises((DefinitionError, MdtError), match="`routes` is a mapping"), server(mocks, process=process):
        raise AssertionError("it began")
    assert len(begun) == (2 if process else 0)
    assert all(one.returncode is not None for one in begun)
