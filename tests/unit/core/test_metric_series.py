"""The number of metric series is bounded, whatever clients send."""

from flask.testing import FlaskClient

from backend.core.observability.metrics import REQUESTS


def methods() -> set[str]:
    return {sample.labels["method"] for metric in REQUESTS.collect() for sample in metric.samples}


def test_a_method_that_does_not_exist_makes_no_series_of_its_own(client: FlaskClient):
    answer = client.open("/health/live", method="CONJURE")

    assert answer.status_code == 405
    assert "CONJURE" not in methods()
    assert "other" in methods()
