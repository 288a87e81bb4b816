"""The clock: UTC, and one that never goes back."""

from datetime import UTC

from backend.core import clock


def test_now_is_aware_and_in_utc():
    assert clock.utcnow().tzinfo is UTC


def test_the_monotonic_clock_never_goes_back():
    readings = [clock.monotonic() for _ in range(100)]

    assert readings == sorted(readings)
