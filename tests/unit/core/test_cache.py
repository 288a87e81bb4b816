"""The cache: made once however many ask, kept as long as said, and no harm done when Redis is away."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import fakeredis
import pytest
from flask import Flask
from redis.exceptions import LockNotOwnedError
from redis.lock import Lock

from backend.core import cache
from backend.core.cache import MISSING, Cache
from backend.core.cache_backends import RecentlyUsed
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


@pytest.fixture
def at(monkeypatch):
    """Moves the clock of the cache: `at(61)` is so many seconds after the start of the test."""
    start = time.time()
    return lambda seconds: monkeypatch.setattr("dogpile.cache.region.time.time", lambda: start + seconds)


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
        later = time.time() + 67
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

    def test_nothing_is_a_value_like_any_other(self, either):
        create = Mock(return_value=None)

        values = [either.get_or_create("key", create, 60) for _ in range(2)]

        assert (values, create.call_count, either.get("key", 60)) == ([None, None], 1, None)
        assert either.get("other", 60) is MISSING

    def test_too_old_a_value_answers_for_a_maker_that_fails_but_not_for_ever(self, either, at):
        either.get_or_create("key", lambda: "old", 60)

        at(70)
        assert either.get_or_create("key", lambda: 1 // 0, 60, stale_seconds=600) == "old"
        assert either.get_or_create("key", lambda: 1 // 0, 60, stale_seconds=600) == "old"
        with pytest.raises(ZeroDivisionError):
            either.get_or_create("key", lambda: 1 // 0, 60)
        at(700)
        with pytest.raises(ZeroDivisionError):
            either.get_or_create("key", lambda: 1 // 0, 60, stale_seconds=600)

    def test_value_that_answered_for_a_failure_is_not_young_again(self, either, at):
        either.get_or_create("key", lambda: "old", 60)
        at(70)
        either.get_or_create("key", lambda: 1 // 0, 60, stale_seconds=600)

        assert either.get_or_create("key", lambda: "new", 60) == "new"

    def test_many_are_kept_and_found_at_once(self, either, at):
        either.set_many({"a": 1, "b": [2], "c": None})
        either.set_many({})

        assert either.get_many(["a", "x", "c", "b"], 60) == {"a": 1, "b": [2], "c": None}
        at(61)
        assert either.get_many(["a", "b"], 60) == {}

    def test_value_that_is_used_lives_on(self, either, at):
        either.set("used", 1)
        either.set("unused", 2)
        at(40)
        assert either.get_and_refresh("used", 60) == 1
        assert either.get("unused", 60) == 2

        at(80)

        assert (either.get("used", 60), either.get("unused", 60)) == (1, MISSING)
        assert either.get_and_refresh("unused", 60) is MISSING

    def test_values_made_together_do_not_all_expire_together(self, either, at):
        keys = [f"key{number}" for number in range(40)]
        for key in keys:
            either.get_or_create(key, lambda: "old", 60)

        def old():
            return sum(either.get_or_create(key, lambda: "new", 60) == "old" for key in keys)

        at(53)
        assert old() == 40
        at(60)
        assert 5 < old() < 35
        at(67)
        assert old() == 0

    def test_many_threads_make_it_once(self, either):
        start, create, threads = threading.Barrier(8), Counted(), 8

        def ask(_: int) -> int:
            start.wait()
            return either.get_or_create("key", create, 60)

        with ThreadPoolExecutor(threads) as pool:
            values = list(pool.map(ask, range(threads)))

        assert values == [1] * threads


class TestRedis:
    def test_values_are_json_that_ends_by_itself(self, redis, server):
        redis.get_or_create("key", lambda: {"猫": 1}, 60)
        redis.set_many({"other": 2})
        client = fakeredis.FakeRedis(server=server)

        assert client.get("touchstone:key").endswith('{"猫":1}'.encode())
        assert [0 < client.ttl(key) <= cache.LONGEST_IN_REDIS for key in ("touchstone:key", "touchstone:other")] == [
            True,
            True,
        ]

    def test_what_cannot_be_read_is_made_anew(self, redis, server):
        redis.get_or_create("key", lambda: "value", 60)
        client = fakeredis.FakeRedis(server=server)
        client.set("touchstone:key", client.get("touchstone:key").replace(b'"value"', b"\x80\x05."))

        assert redis.get_or_create("key", lambda: "new", 60) == "new"

    def test_while_it_is_away_nothing_is_found_and_nothing_is_kept(self, redis, server, events):
        redis.set("key", 1)
        server.connected = False

        redis.set_many({"key": 2})
        assert (redis.get("key", 60), redis.get_many(["key"], 60)) == (MISSING, {})

        server.connected = True
        assert redis.get("key", 60) == 1
        assert [event["event"] for event in events] == ["cache.away"] * 3

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


def test_memory_forgets_what_was_used_longest_ago():
    values = RecentlyUsed(2)
    values["a"], values["b"] = 1, 2
    assert values.get("a") == 1

    values["c"] = 3

    assert (values.get("a"), values.get("b"), values.get("c"), len(values)) == (1, None, 3, 2)
    assert (values.pop("a"), values.pop("a", "gone"), len(values)) == (1, "gone", 1)


def test_worker_keeps_a_limited_number_of_values(memory):
    memory.set_many({f"key{number}": number for number in range(cache.MOST_IN_MEMORY + 5)})

    assert memory.get("key4", 60) is MISSING
    assert memory.get("key5", 60) == 5


def test_the_running_application_knows_its_cache(app: Flask, memory: Cache):
    with app.app_context():
        assert cache.current() is memory
