"""The life of one provider, told step by step: each row is what happens and what is so afterwards."""

import pytest

from balancer.proxy.circuit import State
from balancer.proxy.config import ProviderSettings, Settings
from balancer.proxy.health import Health

HEALTHY, OPEN, HALF_OPEN = State.HEALTHY, State.OPEN, State.HALF_OPEN

STORIES = {
    "one failure below the threshold changes nothing": ({}, [("fail", HEALTHY, 0)]),
    "the threshold opens": ({}, [("fail", HEALTHY, 0), ("fail", OPEN, 60)]),
    "a success forgets failures": ({}, [("fail", HEALTHY, 0), ("ok", HEALTHY, 0), ("fail", HEALTHY, 0)]),
    "or does not, when told so": (
        {"unhealthy_reset_on_success": False},
        [("fail", HEALTHY, 0), ("ok", HEALTHY, 0), ("fail", OPEN, 60)],
    ),
    "old failures do not count": ({}, [("fail", HEALTHY, 0), ("wait 301", HEALTHY, 0), ("fail", HEALTHY, 0)]),
    "the window slides": (
        {"unhealthy_threshold": 3},
        [
            ("fail", HEALTHY, 0),
            ("wait 200", HEALTHY, 0),
            ("fail", HEALTHY, 0),
            ("wait 200", HEALTHY, 0),
            ("fail", HEALTHY, 0),
        ],
    ),
    "a threshold of 1 opens at once": ({"unhealthy_threshold": 1}, [("fail", OPEN, 60)]),
    "a code has its own threshold": ({"unhealthy_thresholds": {401: 1}}, [("fail 401", OPEN, 60)]),
    "a code with its own threshold is counted apart": (
        {"unhealthy_thresholds": {429: 3}},
        [("fail 429", HEALTHY, 0), ("fail 500", HEALTHY, 0), ("fail 429", HEALTHY, 0), ("fail 500", OPEN, 60)],
    ),
    "time half opens": (
        {"unhealthy_threshold": 1},
        [("fail", OPEN, 60), ("wait 59", OPEN, 1), ("wait 1", HALF_OPEN, 0)],
    ),
    "a probe that succeeds closes": (
        {"unhealthy_threshold": 1},
        [("fail", OPEN, 60), ("wait 60", HALF_OPEN, 0), ("ok", HEALTHY, 0)],
    ),
    "a probe that fails doubles the cooldown": (
        {"unhealthy_threshold": 1},
        [
            ("fail", OPEN, 60),
            ("wait 60", HALF_OPEN, 0),
            ("fail", OPEN, 120),
            ("wait 120", HALF_OPEN, 0),
            ("fail", OPEN, 240),
            ("wait 240", HALF_OPEN, 0),
            ("ok", HEALTHY, 0),
            ("fail", OPEN, 60),
        ],
    ),
    "the backoff has an end": (
        {"unhealthy_threshold": 1, "cooldown_backoff": {"factor": 10, "max": 300}},
        [
            ("fail", OPEN, 60),
            ("wait 60", HALF_OPEN, 0),
            ("fail", OPEN, 300),
            ("wait 300", HALF_OPEN, 0),
            ("fail", OPEN, 300),
        ],
    ),
    "one failed probe is enough below any threshold": (
        {"unhealthy_threshold": 2},
        [("fail", HEALTHY, 0), ("fail", OPEN, 60), ("wait 60", HALF_OPEN, 0), ("fail", OPEN, 120)],
    ),
    "Retry-After is obeyed below the threshold too": (
        {"unhealthy_threshold": 3},
        [("fail retry 7", HEALTHY, 7), ("wait 7", HEALTHY, 0), ("ok", HEALTHY, 0)],
    ),
    "Retry-After makes the cooldown longer": ({"unhealthy_threshold": 1}, [("fail retry 500", OPEN, 500)]),
    "Retry-After makes it never shorter": ({"unhealthy_threshold": 1}, [("fail retry 1", OPEN, 60)]),
    "Retry-After is believed for a day": ({"unhealthy_threshold": 1}, [("fail retry 1e300", OPEN, 86_400)]),
    "a negative Retry-After is none": ({"unhealthy_threshold": 1}, [("fail retry -5", OPEN, 60)]),
    "a client that leaves is not the provider's fault": ({"unhealthy_threshold": 1}, [("leave", HEALTHY, 0)]),
    "a probe whose client leaves may be taken again": (
        {"unhealthy_threshold": 1},
        [("fail", OPEN, 60), ("wait 60", HALF_OPEN, 0), ("leave", HALF_OPEN, 0), ("ok", HEALTHY, 0)],
    ),
    "without a cooldown the next request is the probe": (
        {"unhealthy_threshold": 1, "failure_cooldown": 0},
        [("fail", HALF_OPEN, 0), ("ok", HEALTHY, 0)],
    ),
}


def provider(name="p1", **fields):
    given = {"name": name, "type": "anthropic", "base_url": "http://127.0.0.1:1", "auth_type": "none"}
    return ProviderSettings.model_validate(given | fields)


class Time:
    now = 1000.0

    def __call__(self):
        return self.now


def step(health, clock, text):
    verb, *rest = text.split()
    if verb == "wait":
        clock.now += float(rest[0])
        return
    lease = health.begin("p1")
    assert lease is not None
    if verb == "ok":
        health.success(lease)
    elif verb == "leave":
        health.release(lease)
    elif rest[:1] == ["retry"]:
        health.failure(lease, "throttle", float(rest[1]))
    else:
        health.failure(lease, "transient", status=int(rest[0]) if rest else 500)


@pytest.mark.parametrize(("settings", "story"), STORIES.values(), ids=STORIES)
def test_life_of_a_provider(settings, story):
    clock = Time()
    health = Health(Settings.model_validate(settings), [provider()], clock)

    for text, state, remaining in story:
        step(health, clock, text)
        assert (text, health.state("p1"), health.soonest(["p1"])) == (text, state, ("p1", remaining))


def opened(clock, *, retry_after=None, **settings):
    seen = []
    settings = Settings.model_validate({"unhealthy_threshold": 1} | settings)
    health = Health(settings, [provider(), provider("p2")], clock)
    health.listeners.append(seen.append)
    health.failure(health.begin("p1"), "transient", retry_after)
    return health, seen


def test_half_open_lets_one_probe_through_at_a_time():
    clock = Time()
    health, _ = opened(clock)
    clock.now += 60

    probe = health.begin("p1")

    assert probe.probe
    assert health.begin("p1") is None
    assert not health.usable("p1")
    health.release(probe)
    assert health.usable("p1")


def test_a_retry_after_outlasts_a_shorter_cooldown_that_begins_later():
    clock = Time()
    health = Health(Settings(failure_cooldown=10), [provider()], clock)
    first, second = health.begin("p1"), health.begin("p1")

    health.failure(first, "throttle", 30)
    health.failure(second, "transient")

    assert health.state("p1") is OPEN
    assert health.soonest(["p1"]) == ("p1", 30)


def test_last_resort_asks_an_open_provider_once_in_a_cooldown():
    clock = Time()
    health, _ = opened(clock)
    health.failure(health.begin("p2"), "transient")
    clock.now += 1

    assert health.last_resort(["p2", "p1"]) == "p2"
    lease = health.begin("p2", last_resort=True)
    assert health.last_resort(["p2", "p1"]) == "p1"
    health.failure(lease, "transient")

    assert health.begin("p2", last_resort=True) is None
    assert health.soonest(["p2"]) == ("p2", 59)
    clock.now += 59
    health.failure(health.begin("p2"), "transient")
    assert health.begin("p2", last_resort=True) is not None


def test_last_resort_that_answers_closes():
    health, _ = opened(Time())

    health.success(health.begin("p1", last_resort=True))

    assert health.state("p1") is State.HEALTHY


def test_last_resort_never_comes_before_the_providers_own_retry_after():
    clock = Time()
    health, _ = opened(clock, retry_after=30)
    clock.now += 29

    assert health.last_resort(["p1"]) is None
    assert health.begin("p1", last_resort=True) is None
    clock.now += 1
    assert health.last_resort(["p1"]) == "p1"


def test_late_results_of_requests_begun_before_it_opened_close_nothing_and_shorten_nothing():
    clock = Time()
    health = Health(Settings(unhealthy_threshold=1), [provider()], clock)
    leases = [health.begin("p1") for _ in range(5)]
    health.failure(leases[0], "transient")

    health.success(leases[1])
    health.failure(leases[2], "throttle", 10)
    assert health.soonest(["p1"]) == ("p1", 60)
    health.failure(leases[3], "throttle", 100)
    assert health.soonest(["p1"]) == ("p1", 100)
    health.failure(leases[4], "transient")

    assert health.describe("p1") == {
        "state": "open",
        "remaining": 100,
        "failures": 0,
        "failed_probes": 0,
        "in_flight": 0,
        "last_failure": "transient",
    }


def test_shorter_retry_after_never_moves_a_deadline_back():
    clock = Time()
    health = Health(Settings(unhealthy_threshold=1), [provider()], clock)
    leases = [health.begin("p1") for _ in range(4)]
    health.failure(leases[0], "transient")

    health.failure(leases[1], "throttle", 100)
    health.failure(leases[2], "throttle", 10)
    clock.now += 99
    assert health.last_resort(["p1"]) is None

    clock.now += 1
    probe = health.begin("p1")
    health.failure(leases[3], "throttle", 500)
    health.failure(probe, "transient")
    assert health.soonest(["p1"]) == ("p1", 500)


def test_lease_counts_once():
    health = Health(Settings(unhealthy_threshold=2), [provider()], Time())
    lease = health.begin("p1")

    for _ in range(5):
        health.failure(lease, "transient")
    health.success(lease)

    assert health.describe("p1")["failures"] == 1
    assert health.describe("p1")["in_flight"] == 0


def test_max_concurrency_holds_for_requests_probes_and_last_resorts():
    clock = Time()
    health = Health(Settings(unhealthy_threshold=1), [provider(max_concurrency=2)], clock)
    first, second = health.begin("p1"), health.begin("p1")

    assert health.begin("p1") is None
    health.failure(first, "transient")
    blocked = health.begin("p1", last_resort=True)
    assert blocked is not None
    health.release(blocked)
    third = health.begin("p1", last_resort=True)
    health.release(third)
    health.configure(Settings(unhealthy_threshold=1), [provider(max_concurrency=1)])
    assert health.last_resort(["p1"]) is None
    assert health.begin("p1", last_resort=True) is None
    health.release(second)
    assert health.describe("p1")["in_flight"] == 0


def test_every_change_is_told_once_with_what_remains():
    clock = Time()
    health, seen = opened(clock)
    clock.now += 60
    health.success(health.begin("p1"))
    health.reset("p1")

    told = [(one.before.value, one.after.value, one.reason, one.remaining) for one in seen]

    assert told == [
        ("healthy", "open", "transient", 60),
        ("open", "half_open", "its time is over", 0),
        ("half_open", "healthy", "a probe succeeded", 0),
    ]


def test_reset_makes_healthy_and_forgets_requests_under_way():
    clock = Time()
    health, seen = opened(clock)
    clock.now += 60
    probe = health.begin("p1")

    health.reset("p1")
    health.failure(probe, "transient")

    assert health.state("p1") is State.HEALTHY
    assert health.describe("p1")["failures"] == 0
    assert seen[-1].reason == "reset by an administrator"


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"weight": 5}, True),
        ({"base_url": "http://127.0.0.1:2"}, False),
        ({"auth_type": "api_key", "auth_value": "sk-test-new"}, False),
        ({"name": "p3"}, False),
    ],
)
def test_reload_keeps_what_is_known_of_a_provider_that_stays_the_same(change, kept):
    health, _ = opened(Time())
    changed = provider(**change)

    health.configure(Settings(failure_cooldown=5), [changed])

    assert (health.state(changed.name) is State.OPEN) is kept
    assert ("p2" in health) is False


def test_result_of_a_request_begun_before_a_reload_does_not_touch_the_new_provider():
    health = Health(Settings(unhealthy_threshold=1), [provider()], Time())
    lease = health.begin("p1")

    health.configure(Settings(unhealthy_threshold=1), [provider(base_url="http://127.0.0.1:2")])
    health.failure(lease, "transient")

    assert health.state("p1") is State.HEALTHY


def test_another_replicas_news_open_for_the_rest_of_its_cooldown():
    clock = Time()
    seen = []
    health = Health(Settings(), [provider()], clock)
    health.listeners.append(seen.append)

    health.learn("p1", 17, 0, 3, "transient")
    health.learn("p1", 5, 0, 3, "transient")

    assert health.soonest(["p1"]) == ("p1", 17)
    clock.now += 17
    health.failure(health.begin("p1"), "transient")
    assert health.soonest(["p1"]) == ("p1", 900)
    assert [one.remote for one in seen] == [True, True, False, False]
