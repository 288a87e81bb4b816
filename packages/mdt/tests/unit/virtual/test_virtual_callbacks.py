"""A handler schedules callbacks with its answer; they are sent when the session's clock reaches them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mdt import mock_scenario
from mdt.api import Mocks
from mdt.errors import UnmatchedRequestError
from tests.unit.callbacks.application import Application
from tests.unit.folders import loaded

FILES = {
    "internal/stock/service.yaml": """\
        url: http://stock.internal
        callbacks:
          callback: POST ${APP_URL}/expired
          expired: {json: {hold: "{{ data.hold }}", asked: "{{ req.json.order }}", at: "{{ now }}"}}
        """,
    "internal/stock/virtual.py": """\
        from mdt import Request, VirtualError, VirtualReply, VirtualService, post

        class Stock(VirtualService):
            @post("/reserve")
            def reserve(self, request: Request) -> VirtualReply:
                return VirtualReply(201, {"id": "h-1"}).callback("stock.expired", after="15m", data={"hold": "h-1"})

            @post("/now")
            def now(self, request: Request) -> VirtualReply:
                return VirtualReply(202).callback("stock.expired", data={"hold": "h-2"})

            @post("/typo")
            def typo(self) -> VirtualReply:
                return VirtualReply(201).callback("stock.expird")

            @post("/refused")
            def refused(self) -> VirtualReply:
                raise VirtualError(409, "GONE")
        """,
}


@pytest.fixture
def mocks(tmp_path: Path) -> Iterator[Mocks]:
    with mock_scenario("stock.virtual", mocks=loaded(tmp_path, FILES), strict=False) as block:
        yield block


@pytest.fixture
def application(mocks: Mocks) -> Application:
    found = Application(answer=lambda _request: 204)
    mocks.callbacks.deliver_to(found.client())
    return found


def ask(path: str) -> int:
    return requests.post(f"http://stock.internal{path}", json={"order": "o-1"}, timeout=5).status_code


def test_it_comes_in_its_time_with_the_request_that_caused_it(mocks: Mocks, application: Application) -> None:
    mocks.clock.freeze()
    begin = mocks.clock.now()

    assert ask("/reserve") == 201
    mocks.clock.advance(minutes=14)
    early = len(application.got)
    mocks.clock.advance(minutes=2)

    assert early == 0
    entry = mocks.callbacks.sent("stock.expired", times=1, status=204, json={"hold": "h-1", "asked": "o-1"})[0]
    assert (entry.at - begin).total_seconds() == 900


def test_one_without_delay_waits_until_the_answer_is_out(mocks: Mocks, application: Application) -> None:
    assert ask("/now") == 202
    before = len(application.got)

    assert (before, mocks.callbacks.deliver_due(), len(application.got)) == (0, 1, 1)


def test_an_unknown_one_is_a_mistake_of_the_service(mocks: Mocks) -> None:
    with pytest.raises(UnmatchedRequestError, match=r"Did you mean stock.expired\?"):
        ask("/typo")
    mocks._block.unmatched.clear()


def test_a_refusal_schedules_nothing(mocks: Mocks) -> None:
    assert ask("/refused") == 409
    assert mocks.callbacks.pending() == []
