"""The cache: made once however many ask, kept as long as said, and no harm done when Redis is away."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import fakeredis
import pytest
from flask import Flask
from redis.exceptions import LockNotOwnedError
from redis.lock import Lock

from backend.core import cache
from backend.core.cache import Cache
from tests.unit.core.support import application

REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture
def server() -> fakeredis.FakeServer:
    """A Redis in this process; `server.connected = False` takes it away."""
    return fakeredis.FakeServer()


def release(lock: Lock, token: bytes) -> None:
    """What the lock's script does inside Redis, which has an interpreter for it that the one in this process lacks."""
    if lock.redis.get(lock.name) != token:
        raise LockNotOwnedError("The lock has expired.")
    lock.redis.delete(lock.name)


@pytest.fixture
def redis(server, monkeypatch) -> Cache:
    """The cache of an application whose CACHE_URL is Redis."""

    def from_url(url: str, **options: object) -> fakeredis.FakeRedis:
        assert (url, options) == (REDIS, {"socket_timeout": 0.25, "socket_connect_timeout": 0.25})
        return fakeredis.FakeRedis(server=server)

    monkeypatch.setattr("redis.StrictRedis.from_url", from_url)
    monkeypatch.setattr("redis.lock.Lock.do_release", release)
    with application(cache_url=REDIS) as app:
        return app.extensions[cache.EXTENSION]


@pytest.fixture
def memory(app: Flask) -> Cache:
    return app.extensions[cache.EXTENSION]


@pytest.fixture(params=["memory", "redis"])
def either(request, app) -> Cache:
    return request.getfixturevalue(request.param)


class Counted:
    """Makes 1, then 2, then 3."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


class TestBoth:
    def test_a_value_is_made_once(self, either):
        create = Counted()

        values = [either.get_or_create("key", create, 60) for _ in range(3)]

        assert values == [1, 1, 1]

    def test_keys_are_apart(self, either):
        create = Counted()

        assert [either.get_or_create(key, create, 60) for key in "abab"] == [1, 2, 1, 2]

    def test_a_value_that_is_too_old_is_made_again(self, either, monkeypatch):
        create = Counted()
        either.get_or_create("key", create, 60)
        later = time.time() + 61
        monkeypatch.setattr("dogpile.cache.region.time.time", lambda: later)

        assert either.get_or_create("key", create, 60) == 2

    def test_a_forgotten_value_is_made_again(self, either):
        create = Counted()
        either.get_or_create("key", create, 60)

        either.forget("key")

        assert either.get_or_create("key", create, 60) == 2

    def test_forgetting_what_is_not_there_is_fine(self, either):
        assert either.forget("nothing") is None

    def test_an_error_of_the_maker_is_the_callers_and_not_kept(self, either):
        with pytest.raises(ZeroDivisionError):
            either.get_or_create("key", lambda: 1 // 0, 60)

        assert either.get_or_create("key", lambda: "value", 60) == "value"

    def test_many_threads_make_it_once(self, either):
        start, create, threads = threading.Barrier(8), Counted(), 8

        def ask(_: int) -> int:
            start.wait()
            return either.get_or_create("key", create, 60)

        with ThreadPoolExecutor(threads) as pool:
            values = list(pool.map(ask, range(threads)))

        assert values == [1] * threads


class TestRedis:
    def test_keys_carry_our_prefix(self, redis, server):
        redis.get_or_create("key", lambda: "value", 60)

        assert fakeredis.FakeRedis(server=server).keys() == [b"touchstone:key"]

    def test_while_a_value_is_made_other_workers_see_its_lock_which_ends_by_itself(self, redis, server):
        client, seen = fakeredis.FakeRedis(server=server), []

        redis.get_or_create("key", lambda: seen.extend((key, client.pttl(key)) for key in client.scan_iter()), 60)

        ((key, milliseconds),) = seen
        assert key.endswith(b"touchstone:key")
        assert 0 < milliseconds <= cache.LOCK_SECONDS * 1000
        assert client.keys() == [b"touchstone:key"]

    def test_while_it_is_away_values_are_made_each_time_and_the_log_says_so(self, redis, server, events):
        server.connected = False
        create = Counted()

        values = [redis.get_or_create("key", create, 60) for _ in range(2)]

        assert values == [1, 2]
        assert events == [{"event": "cache.away", "error": "ConnectionError", "log_level": "warning"}] * 2

    def test_while_it_is_away_forgetting_does_nothing_and_the_log_says_so(self, redis, server, events):
        server.connected = False

        redis.forget("key")

        assert [event["event"] for event in events] == ["cache.away"]

    @pytest.mark.parametrize(
        "happen",
        [
            lambda server: setattr(server, "connected", False),
            lambda server: fakeredis.FakeRedis(server=server).flushall(),
        ],
        ids=["Redis goes away", "the lock ends before the value is made"],
    )
    def test_whatever_happens_meanwhile_a_value_is_not_made_twice(self, redis, server, happen):
        create = Counted()

        def create_meanwhile() -> int:
            happen(server)
            return create()

        assert redis.get_or_create("key", create_meanwhile, 60) == 1
        assert create.made == 1

    def test_when_it_is_back_values_are_kept_again(self, redis, server):
        create = Counted()
        server.connected = False
        redis.get_or_create("key", create, 60)

        server.connected = True

        assert [redis.get_or_create("key", create, 60) for _ in range(2)] == [2, 2]


def test_the_running_application_knows_its_cache(app: Flask, memory: Cache):
    with app.app_context():
        assert cache.current() is memory
