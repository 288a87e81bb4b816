"""How often something is tried again, and after which pause: one policy for units of work, calls to services and messages."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tenacity import RetryCallState, Retrying

from backend.core import clock


class FailedAttempt(NamedTuple):
    """A try that failed: its number, from 1, and its error."""

    attempt: int
    error: Exception


def any_error(_: Exception) -> bool:
    """The default of `faults`: try again after any error."""
    return True


def nothing(_: FailedAttempt, __: float) -> None:
    """The default of `before_retry`."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts` tries, the first one included.

    The first pause takes `first_pause` seconds, each further one `growth` times as long, up to `longest_pause`. Each is
    longer or shorter by the share `jitter`, so that callers that failed together do not return together. No other try begins
    later than `budget` seconds after the first failure. `faults` says against which errors another try may help.
    """

    attempts: int
    first_pause: float
    growth: float = 2.0
    jitter: float = 0.5
    longest_pause: float = math.inf
    budget: float = math.inf
    faults: Callable[[Exception], bool] = any_error

    def pause(self, attempt: int) -> float:
        """Seconds to wait after the try number `attempt`, counted from 1."""
        seconds = min(self.longest_pause, self.first_pause * self.growth ** (attempt - 1))
        return seconds * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - no secret

    def run[T](
        self,
        work: Callable[[], T],
        *,
        faults: Callable[[Exception], bool] | None = None,
        pause: Callable[[FailedAttempt], float] | None = None,
        left: Callable[[], float] = lambda: math.inf,
        before_retry: Callable[[FailedAttempt, float], None] = nothing,
        sleep: Callable[[float], None] | None = None,
    ) -> T:
        """Call `work` until it succeeds and return its result; raises the error of the last try.

        `faults` and `pause` replace the policy's own. If a pause would take all of the seconds that `left` returns, there is no further try.
        `before_retry` is told the failure and the pause that follows.
        """
        try:
            return work()  # a success at once costs nothing extra
        except Exception as error:  # noqa: BLE001 - it is raised again below
            first: list[Exception] = [error]
        end = clock.monotonic() + self.budget

        def next_try() -> T:
            if first:
                raise first.pop()
            return work()

        return Retrying(
            retry=lambda state: _failed(state) and (faults or self.faults)(_failure(state).error),
            wait=lambda state: pause(_failure(state)) if pause else self.pause(state.attempt_number),
            stop=lambda state: (
                state.attempt_number >= self.attempts or state.upcoming_sleep >= left() or clock.monotonic() > end
            ),
            before_sleep=lambda state: before_retry(_failure(state), state.upcoming_sleep),
            sleep=sleep or time.sleep,
            reraise=True,
        )(next_try)


def _failed(state: RetryCallState) -> bool:
    return state.outcome is not None and state.outcome.failed


def _failure(state: RetryCallState) -> FailedAttempt:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, Exception)  # noqa: S101 - called after failed tries only
    return FailedAttempt(state.attempt_number, error)
