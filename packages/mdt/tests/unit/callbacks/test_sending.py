"""Callbacks reach an application once, several times, late, in another order, at the same time, or forged."""

import itertools
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from mdt import UnknownCallbackError, send
from mdt.api import Mocks, default_scenarios
from mdt.callbacks.couriers import GATE_TIMEOUT
from mdt.errors import MdtError
from tests.unit.callbacks.application import ENV, PAYMENT, Application
from tests.unit.folders import loaded


@pytest.fixture
def mocks(tmp_path: Path) -> Iterator[Mocks]:
    with default_scenarios(mocks=loaded(tmp_path, PAYMENT, ENV)) as block:
        block.clock.freeze(datetime(2026, 5, 1, tzinfo=UTC))
        yield block


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.mark.parametrize(
    ("name", "statuses", "bodies"),
    [
        ("success", [200], 1),
        ("failed", [200], 1),
        ("duplicate", [200, 200, 200], 1),
        ("reordered", [200, 200], 2),
        ("forged", [401], 1),
        ("unsigned", [401], 1),
        ("changed", [401], 1),
        ("plain", [401], 1),
        ("replayed", [200, 200], 1),
    ],
)
def test_each_kind_arrives_as_it_says(
    mocks: Mocks, application: Application, name: str, statuses: list[int], bodies: int
) -> None:
    sending = send(f"payment.{name}", client=application.client(), data={"order": "o-1"})

    assert sending.statuses == application.statuses == statuses
    assert len({body for _status, body, _headers in application.got}) == bodies
    assert len(mocks.callbacks.deliveries()) == len(statuses)


def test_headers_of_what_it_extends_are_sent_too(mocks: Mocks, application: Application) -> None:
    send("payment.traced", client=application.client(), data={"order": "o-1"})

    [(_status, _body, headers)] = application.got
    assert (headers["X-Shop"], headers["X-Trace"]) == ("1", "b")


def test_data_keeps_its_type_and_the_address_its_query(mocks: Mocks, application: Application) -> None:
    application.answer = lambda request: 200 if request.full_path == "/webhook?from=payment" else 404

    sending = send("payment.success", client=application.client(), data={"order": 7})

    assert sending.statuses == [200]
    assert json.loads(application.got[0][1])["order"] == 7


def test_a_replay_has_the_same_bytes_and_headers(mocks: Mocks, application: Application) -> None:
    send("payment.replayed", client=application.client(), data={"order": "o-1"})

    first, second = application.got

    assert first == second


def test_a_changed_body_is_json_still_with_another_amount(mocks: Mocks, application: Application) -> None:
    send("payment.changed", client=application.client(), data={"order": "o-1"})

    assert json.loads(application.got[0][1])["amount"] == 199


def test_a_stale_callback_is_signed_an_hour_ago(mocks: Mocks, application: Application) -> None:
    send("payment.stale", client=application.client(), data={"order": "o-1"})

    status, _body, headers = application.got[0]

    assert status == 200
    assert int(headers["X-Time"]) == mocks.clock.now().timestamp() - 3600


def test_what_is_delayed_waits_for_the_clock_of_the_session(mocks: Mocks, application: Application) -> None:
    sending = send("payment.delayed", client=application.client(), data={"order": "o-1"})
    waiting = mocks.callbacks.pending()

    mocks.clock.advance(minutes=14, seconds=59)
    early = list(application.statuses)
    mocks.clock.advance(seconds=1)

    assert [one["callback"] for one in waiting] == ["payment.delayed"]
    assert (early, sending.statuses, sending.waiting) == ([], [200], 0)
    assert mocks.callbacks.pending() == []


def test_each_of_several_is_signed_when_it_is_sent(mocks: Mocks, application: Application) -> None:
    begin = mocks.clock.now().timestamp()
    send("payment.spread", client=application.client(), data={"order": "o-1"})

    mocks.clock.advance(hours=1)

    assert [int(headers["X-Time"]) - begin for _status, _body, headers in application.got] == [0, 10, 20]
    assert mocks.clock.now().timestamp() == begin + 3600


def test_what_waits_is_forgotten_by_clear_and_by_reset(mocks: Mocks, application: Application) -> None:
    for forget in (mocks.callbacks.clear, mocks.reset):
        send("payment.delayed", client=application.client(), data={"order": "o-1"})
        forget()
        mocks.clock.advance(hours=1)

    assert application.got == []


def test_copies_at_the_same_time_are_in_the_application_together(mocks: Mocks, application: Application) -> None:
    sending = send("payment.parallel", client=application.client(), data={"order": "o-1"})

    assert sending.statuses == [200] * 4
    assert sending.overlapped
    assert application.most_at_once == 4
    assert len({body for _status, body, _headers in application.got}) == 1


def test_an_application_that_takes_one_at_a_time_is_found_out(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.callbacks.couriers.GATE_TIMEOUT", 0.2)
    application = Application()
    alone = threading.Lock()

    def one_at_a_time(environ: dict[str, Any], start: Any) -> Any:
        with alone:
            return application(environ, start)

    sending = send("payment.parallel", client=Client(one_at_a_time), data={"order": "o-1"})

    assert sending.statuses == [200] * 4
    assert not sending.overlapped


def test_one_that_is_refused_unread_does_not_hold_the_others_up(mocks: Mocks, application: Application) -> None:
    came = itertools.count()

    def first_is_refused(environ: dict[str, Any], start: Any) -> Any:
        return application(environ, start) if next(came) else Response(status=413)(environ, start)

    sending = send("payment.parallel", client=Client(first_is_refused), data={"order": "o-1"})

    assert sorted(map(str, sending.statuses)) == ["200", "200", "200", "413"]
    assert not sending.overlapped
    assert max(one.seconds for one in sending.deliveries) < GATE_TIMEOUT


def test_different_callbacks_at_the_same_time(mocks: Mocks, application: Application) -> None:
    sending = send("payment.mixed", client=application.client(), data={"order": "o-1"})

    assert sending.overlapped
    assert {one.callback for one in sending.deliveries} == {"payment.success", "payment.failed"}


def test_retries_end_when_the_application_accepts(mocks: Mocks, application: Application) -> None:
    answers = iter([500, 200])
    application.answer = lambda _request: next(answers)

    sending = send("payment.retried", client=application.client(), data={"order": "o-1"})
    mocks.clock.advance(days=1)

    assert [(one.attempt, one.status, one.accepted) for one in sending.deliveries] == [(1, 500, False), (2, 200, True)]


def test_retries_end_with_the_plan(mocks: Mocks, application: Application) -> None:
    application.answer = lambda _request: 503
    sending = send("payment.retried", client=application.client(), data={"order": "o-1"})

    mocks.clock.advance(days=1)

    times = [(one.at - sending.deliveries[0].at).total_seconds() for one in sending.deliveries]
    assert times == [0, 15, 75]


def test_httpx_clients_and_a_target_for_all(mocks: Mocks, application: Application) -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=application), base_url="http://app.test") as client:
        mocks.callbacks.deliver_to(client)
        sending = mocks.callbacks.send("payment.success", data={"order": "o-1"})

    assert sending.statuses == [200]


def test_assertions_count_and_explain(mocks: Mocks, application: Application) -> None:
    send("payment.duplicate", client=application.client(), data={"order": "o-1"})

    mocks.callbacks.sent("payment.duplicate", times=3, status=200, json={"order": "o-1"})
    mocks.callbacks.not_sent("payment.failed")
    with pytest.raises(
        AssertionError, match=r"payment.duplicate with status 500 was expected at least once, but was sent never"
    ):
        mocks.callbacks.sent("payment.duplicate", status=500)
    with pytest.raises(UnknownCallbackError, match=r"Did you mean payment.duplicate"):
        mocks.callbacks.sent("payment.duplicat")


def test_calls_of_services_do_not_count_callbacks(mocks: Mocks, application: Application) -> None:
    send("payment.success", client=application.client(), data={"order": "o-1"})

    assert mocks.calls() == []
    assert [entry.kind for entry in mocks.journal.entries(None)] == ["callback"]


def test_another_machine_that_a_request_named_is_not_called(mocks: Mocks) -> None:
    from dataclasses import replace

    from mdt.callbacks.sending import find
    from mdt.callbacks.sending import send as send_object

    catalog = mocks._block.engine.catalog
    unknown = replace(find(catalog, "payment.success"), file="", url=lambda _instead: "https://elsewhere.example/x")

    sending = send_object(unknown, mocks.session, data={"order": 1})

    assert sending.statuses == [None]
    assert "elsewhere.example is another machine" in sending.deliveries[0].as_json()["error"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: send("payment.sucess"), "There is no callback 'payment.sucess'. Did you mean payment.success?"),
        (lambda: send("payment.success", client=object()), "object is no client that callbacks can go through"),
        (lambda: send("payment.success", client=Application().client(), to="http://x"), "a client or a URL, not both"),
        (lambda: send("payment.success", client=Application().client()), "there is no 'order' in"),
        (lambda: send("payment.success", data={"order": 1}), "the environment has no APP_URL"),
    ],
)
def test_mistakes_say_what_to_do(mocks: Mocks, call: Any, message: str) -> None:
    with pytest.raises(MdtError) as raised:
        call()

    assert message in str(raised.value)


def test_a_missing_secret_is_told_when_it_is_needed(tmp_path: Path, application: Application) -> None:
    with default_scenarios(mocks=loaded(tmp_path, PAYMENT, {})), pytest.raises(MdtError, match="no SECRET"):
        send("payment.success", client=application.client(), data={"order": 1})


def test_an_error_of_the_application_comes_through_from_its_thread(mocks: Mocks, application: Application) -> None:
    def fail(_request: Any) -> int:
        raise ZeroDivisionError

    application.answer = fail

    with pytest.raises(ZeroDivisionError):
        send("payment.parallel", client=application.client(), data={"order": 1})
