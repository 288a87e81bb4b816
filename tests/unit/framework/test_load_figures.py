"""What a load test computes: percentiles by nearest rank, latencies from the schedule, missed requests, growth, verdicts."""

import json

import pytest

from tests.framework.tables import table
from tests.performance import report, resources
from tests.performance.latencies import Latencies, Schedule, merge, pack, together
from tests.performance.resources import Sample
from tests.performance.run import Load, problems


def latencies(*milliseconds: float) -> Latencies:
    made = Latencies()
    for one in milliseconds:
        made.add(one)
    return made


@table(
    "values, percent, expected",
    [
        (range(1, 101), 50, 50),
        (range(1, 101), 99, 99),
        (range(1, 101), 99.9, 100),
        (range(1, 101), 100, 100),
        ([1, 2], 50, 1),
        ([1, 2], 51, 2),
        ([7], 1, 7),
        ([3, 1, 2], 0, 1),
        ([], 99, 0),
        ([0.01], 50, 0.1),  # rounded up to the grid
    ],
)
def test_percentiles_are_those_of_the_nearest_rank(values, percent, expected):
    assert latencies(*values).percentile(percent) == expected


def test_a_failed_request_counts_in_both():
    one = latencies(1, 2)
    one.add(5000, "no answer")

    assert (one.total, one.failed, one.percentile(100), one.failures) == (3, 1, 5000, {"no answer": 1})


def test_what_several_processes_have_recorded_is_one():
    recorded = {"me": latencies(1, 2)}
    other = {"me": latencies(2), "login": latencies(30)}
    other["login"].add(9, "503")

    merge(recorded, json.loads(json.dumps(pack(other))))

    assert recorded["me"].counts == {10: 1, 20: 2}
    assert together(recorded.values()).summary() == {
        "requests": 5, "failed": 1, "p50": 2.0, "p90": 30.0, "p95": 30.0, "p99": 30.0, "p99.9": 30.0, "max": 30.0,
    }  # fmt: skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestSchedule:
    def test_requests_are_due_at_a_constant_rate_however_slow_the_answers_are(self):
        clock = Clock()
        schedule, found = Schedule(0.0, 0.5, clock), []
        for seconds in (0.1, 2.0, 0.1, 0.1, 0.1, 0.1):  # the second answer stalls
            clock.now += schedule.wait()
            due = schedule.take()
            clock.now += seconds
            found.append(round(schedule.milliseconds_since(due)))

        assert found == [100, 2000, 1600, 1200, 800, 400]

    def test_what_was_due_and_never_sent_is_missed(self):
        clock = Clock()
        schedule = Schedule(0.0, 1.0, clock)
        schedule.take()
        clock.now = 3.5

        assert schedule.missed(3.5) == [1.0, 2.0, 3.0]
        assert schedule.missed(1.0) == []


def samples(rss, threads=(10,) * 12, descriptors=(20,) * 12) -> list[Sample]:
    return [
        Sample(number / 4, 0.0, *figures) for number, figures in enumerate(zip(rss, threads, descriptors, strict=True))
    ]


class TestGrowth:
    def test_the_warm_up_is_no_growth(self):
        assert resources.growth(samples([50, 80, 100, 110, *[110] * 8]))["rss"] == 0

    def test_a_steady_rise_is(self):
        assert resources.growth(samples(range(100, 112)))["rss"] == pytest.approx(7)

    def test_a_single_peak_is_less_than_itself(self):
        assert resources.growth(samples([100] * 8 + [120] + [100] * 3))["rss"] < 5

    def test_too_few_samples_say_nothing(self):
        with pytest.raises(ValueError, match="let it run longer"):
            resources.growth(samples(range(12))[:3])


@pytest.fixture
def found():
    server = resources.summary(samples([100] * 12))
    return report.data(Load(), "http://127.0.0.1:1", {"<me>": latencies(*range(1, 1001))}, server)


class TestReport:
    def test_all_is_well(self, found):
        assert problems(found, 0.999) == {}

    @table(
        "change, named",
        [
            (lambda found: found["operations"]["all"].update(failed=2), "success"),
            (lambda found: found["operations"]["all"].update(requests=0), "success"),
            (lambda found: found["server"]["growth"].update(rss=11), "rss"),
            (lambda found: found["server"]["growth"].update(threads=17), "threads"),
            (lambda found: found["server"]["growth"].update(descriptors=65), "descriptors"),
        ],
    )
    def test_what_is_not_is_named(self, found, change, named):
        changed = json.loads(json.dumps(found))
        change(changed)

        assert [*problems(changed, 0.999)] == [named]

    def test_a_server_elsewhere_has_no_resources(self, found):
        assert problems(found | {"server": None}, 0.999) == {}

    def test_the_page_and_the_file_say_the_same(self, found, tmp_path):
        told = report.write(found | {"problems": ["a < b"]}, tmp_path)

        page, stored = (tmp_path / "load.html").read_text(), json.loads((tmp_path / "load.json").read_text())
        assert stored["operations"]["all"]["p99"] == 990
        assert "<td>990</td>" in page
        assert "&lt;me&gt;" in page
        assert "a &lt; b" in page
        assert "PROBLEM: a < b" in told
