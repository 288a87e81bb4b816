"""A server that goes away during payments: a short outage is ridden out, a long one answered at once, and health stays quick."""

# ruff: noqa: F811 - fixtures are asked for by the names that they are imported under
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.core.db import monitor as db_monitor
from backend.core.http import registry
from tests.framework.api import Api
from tests.framework.waiting import HANG, eventually
from tests.integration.orders.fake_services import say_yes
from tests.integration.payments.books import ONE_OF_EACH, Books
from tests.integration.payments.conftest import SETTINGS, body, client, new_body, owner, pay  # noqa: F401 - fixtures
from tests.integration.support.applications import AS_IN_PRODUCTION, application, checked_out
from tests.integration.support.outages import ended, frozen
from tests.integration.support.sql import Sql

THREADS = 8
DELAY = 4  # seconds between tries: a server needs some to start again, on a busy machine more
QUICK = 2.0  # seconds; far more than an answer without a database takes on a busy machine, far less than the budget

pytestmark = pytest.mark.control


@pytest.fixture
def shop(settings, private_url, empty_tables, real_commits):
    """With production's limits, retries and threads; its monitor runs."""
    changes = (
        AS_IN_PRODUCTION
        | SETTINGS
        | {"payment_retry_delay": DELAY, "payment_retry_attempts": 3, "db_pool_size": 6, "server_threads": THREADS}
    )
    with application(settings, database_url=private_url, db_monitor_interval=0.2, **changes) as app:
        say_yes(app, settings.model_copy(update=SETTINGS))
        registry.add(app, settings, "notification", "notification_url")
        app.extensions[db_monitor.EXTENSION].start()
        eventually(lambda: Api(app).get("/health").status_code == 200, "the application is healthy")
        yield app


@pytest.fixture
def books(shop, database_of_administrator):
    """Each look over a new connection: the server may have been another process before."""

    class Looks:
        def __getattr__(self, name):
            def look():
                with Sql(database_of_administrator) as sql:
                    return getattr(Books(sql), name)()

            return look

    return Looks()


def timed(act):
    started = time.monotonic()
    return act(), time.monotonic() - started


def test_outage_of_two_seconds_is_ridden_out_and_logged(shop, client, owner, pay, control, books, log_lines):
    with ThreadPoolExecutor(1) as threads:
        with ended(control, "kill"):
            paying = threads.submit(pay)
            time.sleep(2)
        answer = paying.result(HANG)

    assert answer.status_code == 201
    assert books.counts() == ONE_OF_EACH
    books.balance()
    retries = [line for line in log_lines if line["event"] == "payments.retry"]
    assert [line["attempt"] for line in retries] in ([2], [2, 3])
    assert {line["of"] for line in retries} == {3}


def test_long_outage_is_answered_at_once(shop, client, owner, pay, control, books):
    with ended(control, "kill"):
        first, waited = timed(pay)
        eventually(lambda: client.get("/health").status_code == 503, "the outage is known")
        time.sleep(1)
        second, seconds = timed(pay)

    for answer in (first, second):
        assert (answer.status_code, answer.json["data"]) == (503, {"outcome": "not_saved"})
        assert int(answer.headers["Retry-After"]) >= 1
    assert waited < 3 * DELAY
    assert seconds < QUICK
    eventually(lambda: pay().status_code == 201, "payments work again by themselves")
    assert books.counts() == ONE_OF_EACH
    books.balance()


def test_health_is_quick_while_payments_wait_for_a_hanging_database(shop, client, owner, pay, control, books):
    """As many requests as there are threads; those that cannot wait are refused, one thread is always free."""
    threads = threading.Semaphore(THREADS)
    slowest, stop = [0.0], threading.Event()

    def in_a_thread_of_the_server(act):
        with threads:
            return act()

    def probe():
        while not stop.is_set():
            answer, seconds = timed(lambda: in_a_thread_of_the_server(lambda: client.get("/health/live")))
            slowest[0] = max(slowest[0], seconds if answer.status_code == 200 else HANG)
            time.sleep(0.02)

    with ThreadPoolExecutor(2 * THREADS + 1) as pool:
        probing = pool.submit(probe)
        with frozen(control):
            paying = [pool.submit(in_a_thread_of_the_server, pay) for _ in range(2 * THREADS)]
            answers = [payment.result(HANG) for payment in paying]
        stop.set()
        probing.result(HANG)

    assert {answer.status_code for answer in answers} == {503}
    assert {json.dumps(answer.json["data"]) for answer in answers} == {'{"outcome": "not_saved"}'}
    assert slowest[0] < QUICK
    eventually(lambda: pay().status_code == 201, "payments work again by themselves")
    assert books.counts() == ONE_OF_EACH
    assert checked_out(shop) == 0


class Shopper:
    """Orders and pays, one order after the other, each as often as it takes; remembers what was acknowledged."""

    def __init__(self, shop, owner):
        self._api, self._owner = Api(shop), owner
        self.acknowledged = []

    def run(self, stop):
        while not stop.is_set():
            body = self._order()
            while body and not stop.is_set():
                answer = self._api.post("/payment", json=body, by=self._owner)
                assert answer.status_code in (201, 409, 503)
                if answer.status_code == 201:
                    self.acknowledged.append(body["order_id"])
                    break

    def _order(self):
        """None while the database is away."""
        try:
            return new_body(self._api, self._owner)
        except KeyError:
            time.sleep(0.05)
            return None


def test_kills_under_load_lose_and_double_nothing(shop, client, owner, control, books):
    shoppers, stop = [Shopper(shop, owner) for _ in range(4)], threading.Event()

    def some_more():
        before = sum(len(shopper.acknowledged) for shopper in shoppers)
        eventually(lambda: sum(len(s.acknowledged) for s in shoppers) > before + 5, "payments are made")

    with ThreadPoolExecutor(len(shoppers)) as pool:
        running = [pool.submit(shopper.run, stop) for shopper in shoppers]
        try:
            for _ in range(3):
                some_more()
                with ended(control, "kill"):
                    time.sleep(0.2)
            some_more()
        finally:
            stop.set()
        for thread in running:
            thread.result(HANG)

    acknowledged = [number for shopper in shoppers for number in shopper.acknowledged]
    stored = books.numbers()
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    books.balance()
