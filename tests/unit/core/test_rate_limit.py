"""Rate limits: per user or per address, refused with 429 in the envelope, and a choice of what happens without storage."""

import pytest
from flask import Flask
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from backend.core import clock
from backend.core.errors import ServiceUnavailableError, TooManyRequestsError
from backend.core.security.access import public, use_principal_loader, user
from backend.core.security.principal import Principal
from backend.core.security.tokens import issue
from backend.core.web import rate_limit
from backend.core.web.rate_limit import Window
from backend.core.web.route import Route
from tests.unit.core.support import application

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


@pytest.fixture(scope="module")
def app():
    with application(ROUTES, ratelimit_enabled=True) as app:
        use_principal_loader(app, lambda claims: Principal(claims.user_id, claims.session_id, frozenset()))
        yield app


def bearer(app: Flask, user_id: int) -> dict[str, str]:
    with app.app_context():
        return {"Authorization": f"Bearer {issue(user_id, 1)}"}


class TestRefusal:
    def test_beyond_the_rate_the_answer_is_429_in_the_envelope(self, client):
        statuses = [client.get("/api/probe/hello").status_code for _ in range(2)]

        refused = client.get("/api/probe/hello")

        assert statuses == [200, 200]
        assert refused.status_code == 429
        assert refused.get_json() == {"code": 0, "data": {}, "msg": "Too many requests; slow down."}

    def test_it_says_when_to_come_back(self, client):
        for _ in range(2):
            client.get("/api/probe/hello")

        headers = client.get("/api/probe/hello").headers

        assert 3590 <= int(headers["Retry-After"]) <= 3600
        assert (headers[LIMIT], headers[REMAINING]) == ("2", "0")
        assert int(headers[RESET]) > 1_700_000_000

    def test_it_never_says_to_come_back_at_once(self):
        assert Window(limit=2, remaining=0, reset=0.0).seconds_left == 1

    def test_accepted_requests_say_how_many_are_left_and_nothing_of_coming_back(self, client):
        headers = client.get("/api/probe/hello").headers

        assert (headers[LIMIT], headers[REMAINING]) == ("2", "1")
        assert "Retry-After" not in headers

    def test_an_error_answer_says_how_many_are_left_too(self, client):
        headers = client.get("/api/probe/away").headers

        assert (headers[LIMIT], headers[REMAINING]) == ("2", "1")

    def test_a_route_without_a_rate_is_never_refused(self, client):
        answers = [client.get("/api/probe/unlimited") for _ in range(5)]

        assert {answer.status_code for answer in answers} == {200}
        assert LIMIT not in answers[0].headers

    @pytest.mark.parametrize(("path", "status", "seconds"), [("away", 503, "3"), ("partner", 429, "7")])
    def test_an_error_that_knows_better_keeps_its_own_seconds(self, client, path, status, seconds):
        answer = client.get(f"/api/probe/{path}")

        assert (answer.status_code, answer.headers["Retry-After"]) == (status, seconds)


class TestWhomItCountsFor:
    def test_routes_are_counted_apart(self, client):
        for _ in range(2):
            client.get("/api/probe/hello")

        assert client.get("/api/probe/other").status_code == 200

    def test_addresses_are_counted_apart(self, client):
        for _ in range(3):
            client.get("/api/probe/hello", environ_base={"REMOTE_ADDR": "192.0.2.1"})

        assert client.get("/api/probe/hello", environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 200

    def test_users_are_counted_wherever_they_are(self, app, client):
        statuses = [
            client.get("/api/probe/mine", headers=bearer(app, 1), environ_base={"REMOTE_ADDR": address}).status_code
            for address in ("192.0.2.1", "192.0.2.2")
        ]

        assert statuses == [200, 429]

    def test_users_behind_one_address_are_counted_apart(self, app, client):
        statuses = [client.get("/api/probe/mine", headers=bearer(app, number)).status_code for number in (1, 2)]

        assert statuses == [200, 200]

    def test_who_is_not_let_in_uses_nothing_up(self, app, client):
        client.get("/api/probe/mine")

        assert client.get("/api/probe/mine", headers=bearer(app, 1)).status_code == 200

    def test_a_request_without_an_address_counts_too(self, app):
        with app.test_request_context(environ_base={"REMOTE_ADDR": ""}):
            assert rate_limit.caller() == "address:unknown"


def test_switched_off_nothing_is_refused_or_counted(build):
    client = build(ROUTES, ratelimit_enabled=False).test_client()

    answers = [client.get("/api/probe/hello") for _ in range(4)]

    assert {answer.status_code for answer in answers} == {200}
    assert LIMIT not in answers[0].headers


def fail(*_: object, **__: object) -> None:
    raise StorageError(ConnectionError("redis://:planted-value@cache is away"))


class TestStorageAway:
    @pytest.fixture
    def client_of(self, build, monkeypatch):
        """`client_of("open")`: a client of an application whose counters cannot be reached."""
        for name in ("acquire_entry", "get_moving_window"):
            monkeypatch.setattr(MemoryStorage, name, fail)
        return lambda policy: build(ROUTES, ratelimit_enabled=True, ratelimit_on_storage_error=policy).test_client()

    def test_open_lets_requests_through_and_the_log_says_so(self, client_of, capsys):
        client = client_of("open")

        answers = [client.get("/api/probe/hello") for _ in range(4)]

        assert {answer.status_code for answer in answers} == {200}
        (line,) = capsys.readouterr().out.splitlines()
        assert '"event":"ratelimit.storage_away"' in line
        assert '"requests":"let through"' in line
        assert '"level":"warning"' in line
        assert "Traceback" not in line

    def test_open_repeats_the_warning_once_a_minute_while_it_lasts(self, client_of, capsys, monkeypatch):
        client, lines = client_of("open"), []

        for now in (1000.0, 1059.9, 1060.0, 1060.1, 1120.0):
            monkeypatch.setattr(clock, "monotonic", lambda now=now: now)
            client.get("/api/probe/hello")
            lines.append(len(capsys.readouterr().out.splitlines()))

        assert lines == [1, 0, 1, 0, 1]

    def test_open_survives_a_storage_that_goes_between_counting_and_telling(self, build, monkeypatch, capsys):
        client = build(ROUTES, ratelimit_enabled=True, ratelimit_on_storage_error="open").test_client()
        monkeypatch.setattr(MemoryStorage, "get_moving_window", fail)

        answers = [client.get("/api/probe/hello") for _ in range(2)]

        assert {answer.status_code for answer in answers} == {200}
        assert capsys.readouterr().out.count("ratelimit.storage_away") == 1

    def test_open_keeps_the_traceback_of_a_mistake_of_ours(self, build, monkeypatch, capsys):
        def broken(*_: object, **__: object) -> None:
            raise TypeError("planted mistake")

        client = build(ROUTES, ratelimit_enabled=True, ratelimit_on_storage_error="open").test_client()
        monkeypatch.setattr(MemoryStorage, "acquire_entry", broken)

        assert client.get("/api/probe/hello").status_code == 200
        assert "planted mistake" in capsys.readouterr().out

    def test_closed_answers_503_and_the_log_says_so(self, client_of, capsys):
        answer = client_of("closed").get("/api/probe/hello")

        assert answer.status_code == 503
        assert answer.get_json()["msg"] == "The service is not available for the moment; try again."
        assert answer.headers["Retry-After"] == "2"
        assert "ratelimit.storage_away" in capsys.readouterr().out

    def test_closed_routes_without_a_rate_still_answer(self, client_of):
        assert client_of("closed").get("/api/probe/unlimited").status_code == 200

    @pytest.mark.parametrize("policy", ["open", "closed"])
    def test_nothing_of_the_storage_shows(self, client_of, policy):
        answer = client_of(policy).get("/api/probe/hello")

        assert "planted-value" not in answer.text + str(answer.headers)


class TestStorageChoice:
    @pytest.mark.parametrize(
        ("url", "strategy"), [("redis://127.0.0.1:1/0", FixedWindowRateLimiter), ("memory://", MovingWindowRateLimiter)]
    )
    def test_redis_counts_in_windows_and_gives_up_soon(self, build, monkeypatch, url, strategy):
        made = {}
        real = rate_limit.storage_from_string
        monkeypatch.setattr(
            rate_limit,
            "storage_from_string",
            lambda uri, **options: made.update(options, uri=uri) or real(uri, **options),
        )

        limits = build(ratelimit_storage_url=url).extensions[rate_limit.EXTENSION]

        timeouts = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25} if "redis" in url else {}
        assert made == {"uri": url, "wrap_exceptions": True, **timeouts}
        assert type(limits._strategy) is strategy
