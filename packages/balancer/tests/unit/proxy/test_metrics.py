"""What /metrics shows of requests that are over."""

from balancer.proxy.admin.metrics import Metrics
from balancer.proxy.config import Config
from balancer.proxy.record import AttemptRecord, RequestRecord
from balancer.proxy.runtime import Runtime
from balancer.wire.usage import Usage

PROVIDER = {"name": "a-b", "type": "openai", "base_url": "http://x/v1", "auth_type": "none"}
CONFIG = Config.model_validate({"providers": [PROVIDER], "model_routes": {"*": [{"provider": "a-b"}]}})


def record(**fields):
    one = RequestRecord("POST", "/v1/messages")
    for name, value in fields.items():
        setattr(one, name, value)
    return one


def lines(metrics, *, shared=None):
    text = metrics.text(Runtime(CONFIG), shared=shared).decode()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


def test_histogram_counts_up_to_each_bound():
    metrics = Metrics()
    for seconds in (0.004, 0.005, 0.3, 1000):
        metrics.observe(record(seconds=seconds))

    found = lines(metrics)

    at = {
        bound: found[f'balancer_duration_seconds_bucket{{le="{bound}",path="/v1/messages"}}']
        for bound in ("0.005", "0.25", "0.5", "600.0", "+Inf")
    }
    assert at == {"0.005": 2, "0.25": 2, "0.5": 3, "600.0": 3, "+Inf": 4}
    assert found['balancer_duration_seconds_count{path="/v1/messages"}'] == 4
    assert round(found['balancer_duration_seconds_sum{path="/v1/messages"}'], 3) == 1000.309


def test_attempts_failovers_tokens_and_overhead():
    metrics = Metrics()
    attempts = [
        AttemptRecord("a", "m", "reset"),
        AttemptRecord("a", "m", "timeout"),
        AttemptRecord("b", "m", "ok", ttft=0.2),
    ]
    usage = Usage(input_tokens=10, output_tokens=5, cached_tokens=4)
    metrics.observe(
        record(
            attempts=attempts,
            provider="b",
            usage=usage,
            seconds=1.0,
            upstream_seconds=0.9995,
            joined=True,
            hedged=True,
            outcome="ok",
            status=200,
        )
    )

    assert metrics.attempts == {("a", "reset"): 1, ("a", "timeout"): 1, ("b", "ok"): 1}
    assert metrics.failovers == {("a", "b", "timeout"): 1}
    assert metrics.tokens == {("b", "input"): 10, ("b", "output"): 5, ("b", "cached"): 4}
    found = lines(metrics)
    assert found['balancer_overhead_seconds_bucket{le="0.0005",path="/v1/messages"}'] == 1
    assert found['balancer_ttft_seconds_count{provider="b"}'] == 1
    assert found["balancer_dedup_joins_total"] == found["balancer_hedged_requests_total"] == 1


def test_redis_is_shown_only_where_it_is_used():
    assert "balancer_sharing_connected" not in lines(Metrics())
    assert lines(Metrics(), shared=False)["balancer_sharing_connected"] == 0
