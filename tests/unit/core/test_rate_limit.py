"""Rate limits: per user or per address, refused with 429 in the envelope, and a choice of what happens without storage."""

import sys
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from flask.testing import FlaskClient
from limits.errors import StorageError
from limits.storage import RedisStorage
from werkzeug.test import TestResponse

from backend.core import clock
from backend.core.errors import ServiceUnavailableError, TooManyRequestsError
from backend.core.security.access import public, user
from backend.core.web import rate_limit, rate_memory
from backend.core.web.rate_limit import Window
from backend.core.web.rate_memory import MOST_EXPIRED, WorkerMemory
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import anybody, app_fixture, bearer

LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


def hello() -> None: ...
def other() -> None: ...
def mine() -> None: ...
def unlimited() -> None: ...


def away() -> None:
    raise ServiceUnavailableError(retry_after=3)


def partner() -> None:
    raise TooManyRequestsError("The partner has had enough.", retry_after=7)


ROUTES = [
    Route("GET", "/api/probe/hello", hello, public, rate="2/hour"),
    Route("GET", "/api/probe/other", other, public, rate="2/hour"),
    Route("GET", "/api/probe/mine", mine, user, rate="1/hour"),
    Route("GET", "/api/probe/unlimited", unlimited, public),
    Route("GET", "/api/probe/away", away, public, rate="2/hour"),
    Route("GET", "/api/probe/partner", partner, public, rate="2/hour"),
]


app = app_fixture(ROUTES, ratelimit_enabled=True, loader=anybody)


def get(
    client: FlaskClient, path: str, times: int = 1, address: str = "127.0.0.1", **headers: str
) -> list[TestResponse]:
    """The answers to so many requests, one after the other."""
    return [
        client.get(f"/api/probe/{path}", headers=headers, environ_base={"REMOTE_ADDR": address}) for _ in range(times)
    ]


def statuses(answers: list[TestResponse]) -> list[int]:
    return [answer.status_code for answer in answers]


class TestRefusal:
    def test_beyond_the_rate_the_answer_is_429_in_the_envelope_and_says_when_to_come_back(self, client):
        answers = get(client, "hello", 3)

        assert statuses(answers) == [200, 200, 429]
        assert answers[2].get_json() == {"code": 0, "data": {}, "msg": "Too many requests; slow down."}
        headers = answers[2].headers
        assert 3590 <= int(headers["Retry-After"]) <= 3600
        assert (headers[LIMIT], headers[REMAINING]) == ("2", "0")
        assert int(headers[RESET]) > 1_700_000_000

    def test_it_never_says_to_come_back_at_once(self):
        assert Window(limit=2, remaining=0, reset=0.0).seconds_left == 1

    @table("path, retry_after", [("hello", None), ("away", "3")])
    def test_other_answers_say_how_many_are_left_and_nothing_of_coming_back(self, client, path, retry_after):
        (answer,) = get(client, path)

        assert (answer.headers[LIMIT], answer.headers[REMAINING]) == ("2", "1")
        assert answer.headers.get("Retry-After") == retry_after

    @pytest.mark.parametrize(("path", "enabled"), [("unlimited", True), ("hello", False)])
    def test_without_a_rate_or_switched_off_nothing_is_refused_or_counted(self, build, path, enabled):
        answers = get(build(ROUTES, ratelimit_enabled=enabled).test_client(), path, 5)

        assert statuses(answers) == [200] * 5
        assert LIMIT not in answers[0].headers

    @table("path, status, seconds", [("away", 503, "3"), ("partner", 429, "7")])
    def test_an_error_that_knows_better_keeps_its_own_seconds(self, client, path, status, seconds):
        (answer,) = get(client, path)

        assert (answer.status_code, answer.headers["Retry-After"]) == (status, seconds)


class TestWhomItCountsFor:
    @pytest.mark.parametrize(
        ("path", "others"), [("other", {}), ("hello", {"address": "192.0.2.2"})], ids=["routes", "addresses"]
    )
    def test_are_counted_apart(self, client, path, others):
        get(client, "hello", 3, address="192.0.2.1")

        assert statuses(get(client, path, **{"address": "192.0.2.1", **others})) == [200]

    def test_users_are_counted_wherever_they_are(self, app, client):
        first, again = (get(client, "mine", address=f"192.0.2.{part}", **bearer(app, 1)) for part in (1, 2))

        assert statuses(first + again) == [200, 429]

    def test_users_behind_one_address_are_counted_apart(self, app, client):
        assert statuses(get(client, "mine", **bearer(app, 1)) + get(client, "mine", **bearer(app, 2))) == [200, 200]

    def test_who_is_not_let_in_uses_nothing_up(self, app, client):
        assert statuses(get(client, "mine") + get(client, "mine", **bearer(app, 1))) == [401, 200]

    def test_a_request_without_an_address_counts_too(self, app):
        with app.test_request_context(environ_base={"REMOTE_ADDR": ""}):
            assert rate_limit.caller(64) == "address:unknown"

    @table(
        "first, second, status",
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 429),  # one /64
            ("2001:db8:1:2::1", "2001:db8:1:3::1", 200),
            ("::ffff:192.0.2.7", "192.0.2.7", 429),
            ("64:ff9b::192.0.2.7", "192.0.2.7", 429),  # through NAT64
            ("64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8", 200),
            ("192.0.2.7", "192.0.2.8", 200),
            ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::2", 429),
            ("192.0.2.7:4711", "192.0.2.7", 429),
            ("fe80::1%eth0", "fe80::1%eth1", 429),
        ],
    )
    def test_addresses_of_one_network_count_together(self, app, client, first, second, status):
        app.extensions[rate_limit.EXTENSION].reset()
        get(client, "hello", 2, address=first)

        assert statuses(get(client, "hello", address=second)) == [status]

    @table("hops, statuses_behind", [(0, [200, 200, 429]), (1, [200, 200, 200])])
    def test_the_word_of_a_proxy_counts_where_one_is_trusted(self, build, hops, statuses_behind):
        client = build(ROUTES, ratelimit_enabled=True, trusted_proxies=hops).test_client()

        answers = [client.get("/api/probe/hello", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(3)]

        assert statuses(answers) == statuses_behind

    def test_how_much_of_an_address_counts_is_a_setting(self, app):
        with app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:1:2::1"}):
            assert rate_limit.caller(48) == "address:2001:db8:1::/48"
            assert rate_limit.caller(128) == "address:2001:db8:1:2::1/128"


AWAY = StorageError(ConnectionError("redis://:planted-value@cache is away"))


class TestStorageAway:
    @pytest.fixture
    def ask(self, build, monkeypatch):
        """`ask("open", "incr")`: the answer of an application that `error` meets where it counts."""

        def request(policy, *broken, path="hello", error=AWAY):
            for name in broken or ("incr", "get_expiry"):
                monkeypatch.setattr(WorkerMemory, name, Mock(side_effect=error))
            client = build(ROUTES, ratelimit_enabled=True, ratelimit_on_storage_error=policy).test_client()
            return lambda: get(client, path)[0]

        return request

    def test_open_lets_requests_through_and_the_log_says_so(self, ask, capsys):
        request = ask("open")

        assert [request().status_code for _ in range(4)] == [200] * 4
        (line,) = capsys.readouterr().out.splitlines()
        parts = ('"event":"ratelimit.storage_away"', '"requests":"let through"', '"level":"warning"')
        assert [part for part in parts if part not in line] == []
        assert "Traceback" not in line

    def test_open_repeats_the_warning_once_a_minute_while_it_lasts(self, ask, capsys, monkeypatch):
        request, lines = ask("open"), []

        for now in (1000.0, 1059.9, 1060.0, 1060.1, 1120.0):
            monkeypatch.setattr(clock, "monotonic", lambda now=now: now)
            request()
            lines.append(len(capsys.readouterr().out.splitlines()))

        assert lines == [1, 0, 1, 0, 1]

    def test_open_survives_a_storage_that_goes_between_counting_and_telling(self, ask, capsys):
        request = ask("open", "get_expiry")

        assert [request().status_code for _ in range(2)] == [200, 200]
        assert capsys.readouterr().out.count("ratelimit.storage_away") == 1

    def test_open_keeps_the_traceback_of_a_mistake_of_ours(self, ask, capsys):
        request = ask("open", "incr", error=TypeError("planted mistake"))

        assert request().status_code == 200
        assert "planted mistake" in capsys.readouterr().out

    def test_closed_answers_503_and_the_log_says_so(self, ask, capsys):
        answer = ask("closed")()

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.get_json()["msg"] == "The service is not available for the moment; try again."
        assert "ratelimit.storage_away" in capsys.readouterr().out

    def test_closed_routes_without_a_rate_still_answer(self, ask):
        assert ask("closed", path="unlimited")().status_code == 200

    @pytest.mark.parametrize("policy", ["open", "closed"])
    def test_nothing_of_the_storage_shows(self, ask, policy):
        answer = ask(policy)()

        assert "planted-value" not in answer.text + str(answer.headers)


class TestStorageChoice:
    def test_redis_gives_up_soon(self):
        storage = rate_limit.storage_of("redis://127.0.0.1:1/0")

        options = storage.storage.connection_pool.connection_kwargs
        assert type(storage) is RedisStorage
        assert storage.wrap_exceptions is True
        assert (options["socket_connect_timeout"], options["socket_timeout"]) == (0.25, 0.25)

    def test_memory_is_the_worker_s(self):
        assert type(rate_limit.storage_of("memory://")) is WorkerMemory


class TestWorkerMemory:
    @pytest.fixture
    def now(self, monkeypatch):
        """The time that the counters see: `now.value`, in seconds."""
        at = Mock(value=1000.0)
        monkeypatch.setattr(rate_memory.time, "time", lambda: at.value)
        return at

    def test_the_first_request_opens_a_window_and_the_first_after_it_the_next(self, now):
        counters, seen = WorkerMemory(), []

        for now.value in (1000.0, 1009.9, 1010.0, 1019.0):
            seen.append((counters.incr("a", 10), counters.get("a"), counters.get_expiry("a")))

        assert seen == [(1, 1, 1010.0), (2, 2, 1010.0), (1, 1, 1020.0), (2, 2, 1020.0)]

    def test_an_expired_or_unknown_one_is_nothing_that_ends_now(self, now):
        counters = WorkerMemory()
        counters.incr("a", 10)
        now.value = 1010.0

        assert [(counters.get(key), counters.get_expiry(key)) for key in "ab"] == [(0, 1010.0)] * 2

    def test_clear_forgets_one_and_reset_all(self, now):
        counters = WorkerMemory()
        for key in "abc":
            counters.incr(key, 10)

        counters.clear("a")
        left = [counters.get(key) for key in "abc"]

        assert (left, counters.reset(), counters.get("b"), counters.check()) == ([0, 1, 1], 2, 0, True)

    def test_a_mistake_of_ours_is_no_storage_that_is_away(self):
        with pytest.raises(TypeError):
            WorkerMemory().incr(["no key"], 10)  # type: ignore[arg-type]

    def test_a_year_of_addresses_does_not_pile_up(self, now):
        counters, most = WorkerMemory(), 0

        for number in range(20 * MOST_EXPIRED):
            now.value += 1
            counters.incr(f"address:{number}", 60)
            most = max(most, len(counters._windows))

        assert most <= 2 * 60 + MOST_EXPIRED + 1
        assert [counters.get(f"address:{20 * MOST_EXPIRED - back}") for back in (1, 60, 61)] == [1, 1, 0]

    def test_no_request_is_lost_between_threads(self):
        counters, interval = WorkerMemory(), sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(lambda _: [counters.incr("a", 3600) for _ in range(2000)], range(8)))
        finally:
            sys.setswitchinterval(interval)

        assert counters.get("a") == 16_000
