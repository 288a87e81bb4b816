"""Equal requests at two replicas share one upstream call, through a real Redis server."""

import contextlib
import http.client
import threading

import pytest

from tests.sockets.control.conftest import config_text

ALL = "  deduplication: {mode: all}\n"
BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def pair(serve, provider, redis):
    """Starts two balancers in front of one provider that waits for its gate."""

    def start(settings=ALL):
        slow = provider()
        slow.gate.clear()
        text = config_text(slow, settings=settings)
        both = [serve(text, REDIS_URL=redis.url) for _ in range(2)]
        for one in both:
            one.logged("Flights are shared through Redis.")
        return *both, slow

    return start


class Asking(threading.Thread):
    """A request in a thread of its own."""

    def __init__(self, balancer, body=BODY, **headers):
        super().__init__()
        self.balancer, self.body, self.headers = balancer, body, headers
        self.status, self.answer, self.joined = 0, None, None
        self.start()

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException):  # the balancer was killed
            status, self.answer, headers = self.balancer.exchange(
                "POST", "/v1/chat/completions", self.body, **self.headers
            )
            self.status, self.joined = status, headers.get("x-balancer-joined")

    def result(self):
        self.join(20)
        assert not self.is_alive()
        return self.status, self.joined


def begun(first, slow):
    first.until(lambda: slow.asked == 1)


def test_equal_request_at_another_replica_joins(pair, redis):
    one, other, slow = pair()
    leader = Asking(one)
    begun(one, slow)
    joiner = Asking(other)
    other.until(lambda: redis.readers() == 1)
    slow.gate.set()

    assert (leader.result(), joiner.result()) == ((200, None), (200, "true"))
    assert joiner.answer == leader.answer
    assert slow.asked == 1
    assert other.logged("POST /v1/chat/completions")["joined"] is True
    one.until(lambda: redis.count("balancer:flight:*") == 0)


def test_stream_joins_a_whole_answer(pair, redis):
    one, other, slow = pair()
    leader = Asking(one)
    begun(one, slow)
    joiner = Asking(other, BODY | {"stream": True})
    other.until(lambda: redis.readers() == 1)
    slow.gate.set()

    assert (leader.result(), joiner.result()) == ((200, None), (200, "true"))
    assert "hello" in joiner.answer
    assert joiner.answer.endswith("data: [DONE]\n\n")


def test_failure_is_shared_too(pair, redis):
    one, other, slow = pair()
    slow.status = 400
    leader = Asking(one)
    begun(one, slow)
    joiner = Asking(other)
    other.until(lambda: redis.readers() == 1)
    slow.gate.set()

    assert (leader.result()[0], joiner.result()) == (400, (400, "true"))
    assert slow.asked == 1


def test_other_callers_and_other_requests_do_not_join(pair):
    one, other, slow = pair()
    asked = [Asking(one), Asking(other, authorization="Bearer sk-test-else"), Asking(other, BODY | {"temperature": 1})]
    one.until(lambda: slow.asked == 3)
    slow.gate.set()

    assert [each.result() for each in asked] == [(200, None)] * 3


def test_only_marked_repetitions_join_where_the_mode_says_so(pair, redis):
    one, other, slow = pair("")
    asked = [Asking(one), Asking(other), Asking(other, idempotency_key="k")]
    one.until(lambda: slow.asked == 3)
    assert redis.readers() == 0
    slow.gate.set()

    assert [each.result() for each in asked] == [(200, None)] * 3


def test_repetition_at_another_replica_joins(pair, redis):
    one, other, slow = pair("")
    leader = Asking(one)
    begun(one, slow)
    repetition = Asking(other, x_stainless_retry_count="1")
    other.until(lambda: redis.readers() == 1)
    slow.gate.set()

    assert (leader.result(), repetition.result()) == ((200, None), (200, "true"))
    assert slow.asked == 1


def test_joiner_asks_itself_when_the_leader_dies(pair, redis):
    one, other, slow = pair()
    leader = Asking(one)
    begun(one, slow)
    joiner = Asking(other)
    other.until(lambda: redis.readers() == 1)

    one.process.kill()
    redis.delete("balancer:flight:*")
    slow.gate.set()

    assert joiner.result() == (200, None)
    assert slow.asked == 2
    leader.join(20)


def test_redis_going_away_harms_no_request(pair, redis):
    one, other, slow = pair()
    leader = Asking(one)
    begun(one, slow)
    joiner = Asking(other)
    other.until(lambda: redis.readers() == 1)

    redis.stop()
    slow.gate.set()

    assert (leader.result(), joiner.result()) == ((200, None), (200, None))
