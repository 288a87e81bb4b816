"""Replicas that share health through a real Redis server."""

import socket

import pytest

from tests.sockets.control.conftest import config_text

COOLDOWN = "  failure_cooldown: 300\n"


@pytest.fixture
def replicas(serve, provider, redis):
    """Two balancers in front of the same two providers, and the providers."""
    first, second = provider(), provider()
    text = config_text(first, second, settings=COOLDOWN)
    pair = [serve(text, "--test-control", REDIS_URL=redis.url) for _ in range(2)]
    for one in pair:
        one.logged("Health is shared through Redis.")
    return *pair, first, second


def state(balancer, name="p1"):
    return balancer.provider(name)["state"]


def test_one_learns_of_a_dead_provider_from_the_other(replicas):
    one, other, dead, _ = replicas
    dead.status = 503
    one.ask()

    other.until(lambda: state(other) == "open")

    assert 290 < other.provider("p1")["remaining"] <= 300
    assert other.ask()[0] == 200
    assert dead.asked == 1
    assert other.logged("A provider's state changed.")["remote"] is True


def test_one_learns_of_the_recovery_from_the_other(replicas):
    one, other, dead, _ = replicas
    dead.status = 503
    one.ask()
    other.until(lambda: state(other) == "open")

    dead.status = 200
    one.call("POST", "/test/advance", {"seconds": 301})
    one.ask()

    assert state(one) == "healthy"
    other.until(lambda: state(other) == "healthy")


def test_reset_by_an_administrator_reaches_all(replicas):
    one, other, dead, _ = replicas
    dead.status = 503
    one.ask()
    other.until(lambda: state(other) == "open")

    other.call("POST", "/providers/p1/reset")

    one.until(lambda: state(one) == "healthy")


def test_replica_that_starts_later_knows_what_is_out(serve, provider, redis):
    dead, good = provider(), provider()
    dead.status = 503
    text = config_text(dead, good, settings=COOLDOWN)
    early = serve(text, REDIS_URL=redis.url)
    early.logged("Health is shared through Redis.")
    early.ask()
    early.stop()

    late = serve(text, REDIS_URL=redis.url)

    late.until(lambda: state(late) == "open")


def test_retry_after_is_known_to_all_also_as_a_last_resort(serve, provider, redis):
    dead = provider()
    dead.status, dead.headers = 429, {"retry-after": "200"}
    text = config_text(dead, settings="  failure_cooldown: 1\n")
    pair = [serve(text, "--test-control", REDIS_URL=redis.url) for _ in range(2)]
    for one in pair:
        one.logged("Health is shared through Redis.")
    pair[0].ask()
    pair[1].until(lambda: state(pair[1]) == "open")

    assert pair[1].ask()[0] == 503
    assert int(pair[1].answer_headers["retry-after"]) > 150
    assert dead.asked == 1


def test_another_credential_is_another_provider(serve, provider, redis):
    dead, good = provider(), provider()
    dead.status = 503
    text = config_text(dead, good, settings=COOLDOWN)
    one = serve(text, REDIS_URL=redis.url)
    other = serve(text, REDIS_URL=redis.url, TEST_KEY="sk-test-other")
    third = serve(text, REDIS_URL=redis.url)
    for each in (one, other, third):
        each.logged("Health is shared through Redis.")

    one.ask()
    third.until(lambda: state(third) == "open")

    assert state(other) == "healthy"


def test_without_redis_each_goes_on_alone_and_shares_when_it_comes_back(replicas, redis):
    one, other, dead, _ = replicas
    redis.stop()
    for each in (one, other):
        each.logged("Redis is away: this replica is on its own until it is back.")
        assert each.call("GET", "/providers")[1]["shared"] is False
    dead.status = 503

    assert one.ask()[0] == 200
    assert (state(one), state(other)) == ("open", "healthy")

    redis.start()
    other.until(lambda: state(other) == "open")
    assert one.logged("Health is shared through Redis.", 2)
    assert "balancer_sharing_connected 1.0" in one.call("GET", "/metrics")[1]


def test_redis_that_lost_its_data_is_told_again_what_is_out(serve, provider, redis):
    dead, good = provider(), provider()
    dead.status = 503
    text = config_text(dead, good, settings=COOLDOWN)
    one = serve(text, REDIS_URL=redis.url)
    one.logged("Health is shared through Redis.")
    one.ask()
    one.until(lambda: redis.count("balancer:open:*") == 1)

    redis.stop()
    redis.start()
    one.logged("Health is shared through Redis.", 2)
    late = serve(text, REDIS_URL=redis.url)

    late.until(lambda: state(late) == "open")


def test_start_does_not_wait_for_redis_and_its_password_is_not_told(serve, provider):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        balancer = serve(
            config_text(provider()), REDIS_URL=f"redis://:pw-test-redis@127.0.0.1:{silent.getsockname()[1]}/0"
        )

        assert balancer.ask()[0] == 200
        balancer.logged("Redis is away: this replica is on its own until it is back.")
        assert "pw-test" not in balancer.text


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "{}",
        "[]",
        '{"replica": "x", "identity": 7, "state": "open", "remaining": 1}',
        '{"replica": "x", "identity": "y", "state": "open", "remaining": 1}',
    ],
)
def test_message_that_cannot_be_understood_changes_nothing(serve, provider, redis, text):
    balancer = serve(config_text(provider()), REDIS_URL=redis.url)
    balancer.logged("Health is shared through Redis.")

    with socket.create_connection(("127.0.0.1", redis.port)) as connection:
        connection.sendall(f"*3\r\n$7\r\nPUBLISH\r\n$15\r\nbalancer:health\r\n${len(text)}\r\n{text}\r\n".encode())
        assert connection.recv(10) == b":1\r\n"

    assert balancer.ask()[0] == 200
    assert balancer.call("GET", "/providers")[1]["shared"] is True
