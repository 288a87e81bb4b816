"""The pool that leaves a thread free: who may wait for a connection, and who is refused."""

import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from unittest.mock import Mock

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.db import pool as db_pool
from backend.core.db.pool import Gate, gate_of, gated
from tests.framework.tables import table

PATIENCE = 30.0  # seconds until a test that hangs gives up


@pytest.fixture
def engine(tmp_path):
    def make(threads, size=1, timeout=PATIENCE, **options):
        made = create_engine(
            f"sqlite:///{tmp_path}/test.sqlite3",
            poolclass=gated(threads),
            pool_size=size,
            max_overflow=0,
            pool_timeout=timeout,
            **options,
        )
        engines.append(made)
        return made

    engines = []
    yield make
    for made in engines:
        made.dispose()


def waiting(gate, number):
    """Until so many wait."""
    end = time.monotonic() + PATIENCE
    while len(gate._queue) < number:
        assert time.monotonic() < end
        time.sleep(0.001)


class TestGate:
    def test_as_many_as_there_are_connections_come_in(self):
        gate = Gate(2, threads=3, patience=0.01)

        gate.enter()
        gate.enter()

        with pytest.raises(PoolTimeoutError, match="all 2 connections are in use"):
            gate.enter()

    def test_who_leaves_makes_room(self):
        gate = Gate(1, threads=2, patience=0.01)
        gate.enter()
        gate.leave()

        gate.enter()

        assert gate._inside == 1

    def test_who_waits_comes_in_when_somebody_leaves(self):
        gate = Gate(1, threads=3, patience=PATIENCE)
        gate.enter()
        thread = threading.Thread(target=gate.enter)
        thread.start()
        waiting(gate, 1)

        gate.leave()
        thread.join(PATIENCE)

        assert (gate._inside, len(gate._queue)) == (1, 0)

    def test_while_they_are_stuck_no_more_than_the_spare_ones_wait(self):
        """Which of them goes on waiting is chance."""
        gate = Gate(1, threads=3, patience=PATIENCE)
        gate.enter()
        with ThreadPoolExecutor(2) as threads:
            two = [threads.submit(gate.enter) for _ in range(2)]

            refused, left = wait(two, PATIENCE, FIRST_COMPLETED)

            assert [type(one.exception()) for one in refused] == [PoolTimeoutError]
            assert len(gate._queue) == len(left) == 1
            gate.leave()
            assert left.pop().exception(PATIENCE) is None

    def test_while_connections_come_back_everybody_may_wait(self, monkeypatch):
        monkeypatch.setattr(db_pool, "STUCK", PATIENCE)
        gate = Gate(1, threads=2, patience=PATIENCE)
        gate.enter()
        threads = [threading.Thread(target=gate.enter) for _ in range(3)]
        for thread in threads:
            thread.start()
        waiting(gate, 3)

        for _ in threads:
            gate.leave()

        for thread in threads:
            thread.join(PATIENCE)
        assert (gate._inside, len(gate._queue)) == (1, 0)

    def test_they_come_in_in_the_order_of_their_arrival(self, monkeypatch):
        """Also before one that arrives at the moment when a place becomes free; and nobody has to look by itself."""
        monkeypatch.setattr(db_pool, "STUCK", PATIENCE)
        gate, arrived = Gate(1, threads=12, patience=3), []
        gate.enter()

        def pass_through(number):
            gate.enter()
            arrived.append(number)
            gate.leave()

        threads = [threading.Thread(target=pass_through, args=[number]) for number in range(8)]
        for number, thread in enumerate(threads):
            thread.start()
            waiting(gate, number + 1)
        gate.leave()
        pass_through("the last one")

        for thread in threads:
            thread.join(PATIENCE)
        assert arrived == [*range(8), "the last one"]

    def test_who_gives_up_lets_the_next_one_in(self):
        """The first of the queue has waited too long just when a place becomes free for it."""
        gate = Gate(1, threads=12, patience=0.05)
        gate.enter()
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(gate.enter)
            waiting(gate, 1)
            gate._patience = PATIENCE
            second = threads.submit(gate.enter)

            assert type(first.exception(PATIENCE)) is PoolTimeoutError
            gate.leave()

            assert second.exception(PATIENCE) is None

    def test_room_for_two_lets_two_in(self, monkeypatch):
        """When those aside come back, as many come in as there is room for."""
        monkeypatch.setattr(db_pool, "STUCK", PATIENCE)
        gate = Gate(6, threads=4, patience=PATIENCE)
        with ThreadPoolExecutor(2) as threads:
            with gate.aside(), gate.aside():
                gate.enter()
                two = [threads.submit(gate.enter) for _ in range(2)]
                waiting(gate, 2)

            assert [one.exception(PATIENCE / 3) for one in two] == [None, None]

    def test_one_that_came_back_begins_the_time_anew(self):
        gate = Gate(1, threads=2, patience=PATIENCE)
        gate.enter()
        time.sleep(db_pool.STUCK)
        gate.leave()
        gate.enter()

        assert time.monotonic() - gate._moved < db_pool.STUCK


class TestAside:
    @table(
        "threads, aside, inside, waiting, free",
        [
            (8, 0, 0, 0, True),
            (8, 3, 0, 0, True),
            (8, 4, 0, 0, False),
            (8, 0, 6, 0, True),
            (8, 0, 6, 1, False),
            (8, 1, 6, 0, False),
            (8, 3, 3, 0, True),
            (8, 3, 3, 1, False),
            (2, 0, 0, 0, True),
            (2, 0, 1, 0, False),
            (2, 1, 0, 0, False),
        ],
    )
    def test_half_of_them_at_most_and_never_the_last_one(self, threads, aside, inside, waiting, free):
        gate = Gate(6, threads, PATIENCE)
        gate._aside, gate._inside = aside, inside
        gate._queue.extend(threading.Condition(gate._lock) for _ in range(waiting))

        with gate.aside() as found:
            assert found is free
            assert gate._aside == aside + free
        assert gate._aside == aside

    def test_is_given_back_after_an_error(self):
        gate = Gate(6, 8, PATIENCE)

        with pytest.raises(ZeroDivisionError), gate.aside():
            raise ZeroDivisionError

        assert gate._aside == 0

    def test_who_waits_aside_takes_the_place_of_one_that_could_get_stuck(self):
        gate = Gate(6, 8, patience=0.01)
        with gate.aside(), gate.aside():
            for _ in range(5):
                gate.enter()
            with pytest.raises(PoolTimeoutError):
                gate.enter()

        gate.enter()

    @table("threads", [1, 2])
    def test_one_comes_in_however_few_there_are(self, threads):
        gate = Gate(1, threads, patience=0.01)

        with gate.aside():
            gate.enter()

    def test_the_last_thread_is_refused_while_the_others_are_stuck_or_aside(self):
        gate = Gate(6, 4, PATIENCE)
        with gate.aside():
            gate.enter()
            gate.enter()

            with pytest.raises(PoolTimeoutError):
                gate.enter()


class TestPool:
    def test_works_as_ever(self, engine):
        with engine(4, size=2).connect() as first:
            assert first.scalar(text("SELECT 1")) == 1

    def test_connection_that_came_back_is_given_again(self, engine):
        made = engine(4)

        for _ in range(5):
            with made.connect() as connection:
                connection.scalar(text("SELECT 1"))

        assert (made.pool.checkedout(), made.pool.gate._inside) == (0, 0)

    def test_no_connection_is_left(self, engine):
        made = engine(2, timeout=0.01)

        with made.connect(), pytest.raises(PoolTimeoutError):
            made.connect()

    def test_place_is_given_back_when_no_connection_can_be_made(self, engine):
        made = engine(2, creator=Mock(side_effect=OperationalError("connect", None, Exception("away"))))

        for _ in range(3):
            with pytest.raises(OperationalError):
                made.connect()

        assert made.pool.gate._inside == 0

    def test_place_is_given_back_with_a_connection_that_broke(self, engine):
        made = engine(2)
        connection = made.connect()
        connection.invalidate()
        connection.close()

        assert made.pool.gate._inside == 0

    def test_pool_that_calls_itself_passes_the_gate_once(self, engine, monkeypatch):
        made = engine(2)
        again = iter([False, True])
        real = made.pool._inc_overflow
        monkeypatch.setattr(made.pool, "_inc_overflow", lambda: next(again) and real())

        with made.connect():
            assert made.pool.gate._inside == 1

    def test_new_one_after_disposal_has_a_gate_of_its_own(self, engine):
        made = engine(5, size=2)
        old = made.pool
        made.dispose()

        assert type(made.pool) is type(old)
        assert made.pool.gate is not old.gate

    def test_its_gate_knows_the_threads(self, engine):
        pool = engine(8, size=2).pool

        assert gate_of(pool) is pool.gate
        assert (pool.gate._connections, pool.gate._threads) == (2, 8)

    def test_other_pools_have_no_gate(self):
        assert gate_of(create_engine("sqlite://").pool) is None

    def test_many_at_once(self, engine):
        made = engine(16, size=3)

        def work(_):
            with made.connect() as connection:
                return connection.scalar(text("SELECT 1"))

        with ThreadPoolExecutor(12) as threads:
            done = list(threads.map(work, range(240), timeout=PATIENCE))

        assert (done, made.pool.gate._inside) == ([1] * 240, 0)
