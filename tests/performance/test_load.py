"""A short load test of the application, and of two with mistakes: the first must pass, the others must not.

Nothing here depends on how quick the machine is: a run ends after a number of requests, and what counts is whether they succeed
and whether the server grows. `make load-check` runs it; `make test` does not, because it needs Locust.
"""

import pytest

from tests.performance import server
from tests.performance.run import Load, measure, problems

BROKEN = (
    "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
    "--blocking-threads", "64", "--log-level", "warning", "tests.performance.broken_app:app",
)  # fmt: skip
SUCCESS = 0.999
CALM = Load(users=30, rate=10, requests=1200)
HEALTH = Load(users=30, rate=10, requests=800, operations="health")
STALLED = Load(users=30, rate=10, requests=400, operations="health", timeout=3)


@pytest.fixture(scope="module")
def database():
    with server.own_database("sqlite") as url:
        yield url


def test_the_application_answers_everything_and_does_not_grow(database, tmp_path):
    with server.running(database, tmp_path / "server.log") as (address, pid):
        found = measure(CALM, address, pid, tmp_path)

    assert problems(found, SUCCESS) == {}
    assert found["operations"]["all"]["requests"] >= CALM.requests
    assert {"own profile", "own sessions", "change profile", "health", "login"} < set(found["operations"])


@pytest.mark.parametrize(
    ("faults", "load", "noticed"),
    [
        ("leak threads descriptors", HEALTH, {"rss", "threads", "descriptors"}),
        ("stall", STALLED, {"success"}),
    ],
)
def test_a_mistake_is_noticed(database, tmp_path, faults, load, noticed):
    with server.running(database, tmp_path / "server.log", BROKEN, FAULTS=faults) as (address, pid):
        found = measure(load, address, pid, tmp_path)

    assert noticed <= set(problems(found, SUCCESS)), found["operations"]["all"]


def test_what_is_due_while_a_user_cannot_log_in_has_failed(database, tmp_path):
    load = Load(users=10, rate=2, seconds=5, warm_up=0, operations="health")
    with server.running(database, tmp_path / "server.log", BROKEN, FAULTS="", NO_LOGIN_SECONDS="14") as (address, pid):
        found = measure(load, address, pid, tmp_path)

    assert found["operations"]["all"]["requests"] >= 90  # 20 are due each second, whoever is logged in
    assert found["operations"]["all"]["failed"] > 0
