"""The one policy of retries: how often, after which pause, against which errors, until when."""

from dataclasses import replace

import pytest

from backend.core import clock
from backend.core.retry import FailedAttempt, RetryPolicy
from tests.framework.tables import table
from tests.unit.core.http_support import FakeTime

POLICY = RetryPolicy(attempts=4, first_pause=1.0, jitter=0)


class Work:
    """Fails with these errors, one a try, then gives its answer."""

    def __init__(self, *errors: Exception) -> None:
        self.left, self.tries = list(errors), 0

    def __call__(self) -> str:
        self.tries += 1
        if self.left:
            raise self.left.pop(0)
        return "answer"


def failures(count):
    return [OSError(number) for number in range(1, count + 1)]


class TestTries:
    def test_what_works_at_once_runs_once(self, fake_time):
        work = Work()

        assert POLICY.run(work) == "answer"
        assert (work.tries, fake_time.slept) == (1, [])

    def test_pauses_grow(self, fake_time):
        assert POLICY.run(Work(*failures(3))) == "answer"
        assert fake_time.slept == [1.0, 2.0, 4.0]

    def test_the_last_error_is_raised(self, fake_time):
        work = Work(*failures(9))

        with pytest.raises(OSError, match=r"^4$"):
            POLICY.run(work)

        assert (work.tries, len(fake_time.slept)) == (4, 3)

    def test_one_attempt_is_no_retry(self, fake_time):
        with pytest.raises(OSError, match=r"^1$"):
            replace(POLICY, attempts=1).run(Work(*failures(1)))

        assert fake_time.slept == []

    def test_other_errors_are_raised_at_once(self, fake_time):
        policy = replace(POLICY, faults=lambda error: isinstance(error, OSError))
        work = Work(OSError(), ValueError("mistake"))

        with pytest.raises(ValueError, match="mistake"):
            policy.run(work)

        assert work.tries == 2

    def test_a_run_may_judge_faults_and_pauses_itself(self, fake_time):
        seen = []

        def pause(failure: FailedAttempt) -> float:
            seen.append(failure)
            return 7.0

        first, second = failures(2)
        with pytest.raises(OSError, match=r"^2$"):
            POLICY.run(Work(first, second), faults=lambda error: error is first, pause=pause)

        assert seen == [FailedAttempt(1, first)]
        assert fake_time.slept == [7.0]

    def test_each_retry_is_announced_with_its_pause(self, fake_time):
        told = []

        POLICY.run(Work(*failures(2)), before_retry=lambda failure, seconds: told.append((failure.attempt, seconds)))

        assert told == [(1, 1.0), (2, 2.0)]

    def test_somebody_else_may_do_the_waiting(self, fake_time):
        waited = []

        POLICY.run(Work(*failures(2)), sleep=waited.append)

        assert (waited, fake_time.slept) == ([1.0, 2.0], [])


class TestTime:
    @table("left, tries", [(1.0, 1), (1.01, 2), (3.0, 2), (3.01, 3)])
    def test_no_pause_is_begun_that_takes_all_that_is_left(self, fake_time, left, tries):
        end, work = fake_time.now + left, Work(*failures(9))

        with pytest.raises(OSError, match=str(tries)):
            POLICY.run(work, left=lambda: end - clock.monotonic())

    @table("budget, tries", [(0.5, 2), (1.0, 3), (2.9, 3), (3.0, 4)])
    def test_no_try_is_planned_after_the_budget(self, fake_time: FakeTime, budget, tries):
        work = Work(*failures(9))

        with pytest.raises(OSError, match=str(tries)):
            replace(POLICY, budget=budget).run(work)

        assert work.tries == tries


class TestPause:
    def test_is_longer_or_shorter_by_the_jitter(self):
        policy = replace(POLICY, jitter=0.5)

        pauses = {policy.pause(2) for _ in range(50)}

        assert all(1.0 <= pause <= 3.0 for pause in pauses)
        assert len(pauses) > 40

    def test_is_never_longer_than_the_longest(self):
        assert replace(POLICY, longest_pause=5.0).pause(900) == 5.0

    def test_may_stay_the_same(self):
        policy = replace(POLICY, growth=1)

        assert [policy.pause(attempt) for attempt in (1, 2, 3)] == [1.0, 1.0, 1.0]
