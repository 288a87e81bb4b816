"""The timeline: where each thing is drawn, and that no failure is ever lost in the crowd."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from faultlab.report.timeline import BOTTOM, DOTS, LEFT, RIGHT, SHAPES, TOP, Scale, fitting, label_y, named, timeline
from faultlab.report_model import Firing, Health, Outage, Request
from tests.unit.report import sample

WIDE = RIGHT - LEFT


def at(t: float, ms: float = 10, outcome: str = "ok") -> Request:
    return Request(t=t, phase="steady", client=0, method="POST", path="/", outcome=outcome, ms=ms)


def drawn(**more):
    """A case of ten seconds and a budget of one, with nothing in it but what is named."""
    nothing = {"requests": [], "firings": [], "outages": [], "health": [], "healed": None, "recovered": None}
    return timeline(sample.case(**{**nothing, "duration_ms": 10_000, "budget": 1.0, **more}))


def places(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", path)]


class TestScale:
    SCALE = Scale(seconds=10, low=0, high=3)

    @pytest.mark.parametrize(("seconds", "x"), [(0, LEFT), (10, RIGHT), (5, LEFT + WIDE // 2), (-1, LEFT), (11, RIGHT)])
    def test_seconds_run_from_left_to_right(self, seconds: float, x: int) -> None:
        assert self.SCALE.x(seconds) == x

    @pytest.mark.parametrize(
        ("ms", "y"),
        [(1, BOTTOM), (1000, TOP), (10, BOTTOM - (BOTTOM - TOP) // 3), (0, BOTTOM), (-5, BOTTOM), (1e6, TOP)],
    )
    def test_latency_grows_upwards_by_powers_of_ten(self, ms: float, y: int) -> None:
        assert self.SCALE.y(ms) == y

    def test_axes(self) -> None:
        assert self.SCALE.up() == [(238, "1 ms"), (174, "10 ms"), (110, "100 ms"), (46, "1 s")]
        assert [name for _, name in self.SCALE.across()] == [str(number) for number in range(11)]
        assert self.SCALE.across()[5] == (500, "5")

    @pytest.mark.parametrize(
        ("seconds", "last", "count"),
        [(0.35, "0.35", 8), (1.25, "1.2", 7), (3.25, "3", 7), (11, "10", 6), (121, "120", 7), (7200, "7000", 8)],
    )
    def test_round_numbers_few_of_them(self, seconds: float, last: str, count: int) -> None:
        ticks = Scale(seconds=seconds, low=0, high=1).across()

        assert (ticks[0], ticks[-1][1], len(ticks)) == ((LEFT, "0"), last, count)

    @pytest.mark.parametrize(
        ("latencies", "low", "high"),
        [([2, 50, 2000], 0, 4), ([10, 1000], 1, 3), ([10], 0, 1), ([0, 5], -1, 1), ([], -1, 0), ([0.01], -2, -1)],
    )
    def test_fits_what_is_shown(self, latencies: list[float], low: int, high: int) -> None:
        found = fitting([1, 4, 2], latencies)

        assert (found.seconds, found.low, found.high) == (4, low, high)

    def test_a_case_without_time_has_a_scale_too(self) -> None:
        assert fitting([], []).across()
        assert fitting([0], [1]).x(0) == LEFT

    @pytest.mark.parametrize(
        ("ms", "text"),
        [
            (0.1, "0.1 ms"),
            (250, "250 ms"),
            (999.4, "999 ms"),
            (1000, "1 s"),
            (2983, "2.98 s"),
            (121_000, "121 s"),
            (7_200_000, "7200 s"),
            (0, "0 ms"),
        ],
    )
    def test_names_of_durations(self, ms: float, text: str) -> None:
        assert named(ms) == text


class TestDots:
    def test_a_dot_stands_where_the_answer_came(self) -> None:
        found = drawn(requests=[at(4, ms=1000)])

        assert found.dots["ok"] == f"M{LEFT + WIDE // 2} {found.scale.y(1000)}h0"

    def test_each_outcome_has_its_own_shape(self) -> None:
        found = drawn(requests=[at(1), at(2, outcome="fail"), at(3, outcome="unknown"), at(4, outcome="unknown")])

        assert len(set(SHAPES.values())) == 3
        assert {outcome: path.count(SHAPES[outcome]) for outcome, path in found.dots.items()} == {
            "ok": 1,
            "fail": 1,
            "unknown": 2,
        }
        assert found.counts == {"ok": 1, "fail": 1, "unknown": 2}
        assert not found.thinned

    def test_as_many_as_fit_are_all_drawn(self) -> None:
        found = drawn(requests=[at(5)] * DOTS)

        assert len(places(found.dots["ok"])) == DOTS
        assert not found.thinned

    def test_more_are_drawn_as_one_where_they_touch(self) -> None:
        found = drawn(requests=[*[at(5)] * DOTS, at(5, ms=10.5), at(8)])

        assert found.thinned
        assert found.counts["ok"] == DOTS + 2
        (first, _), (second, _) = places(found.dots["ok"])
        assert second - first == pytest.approx(WIDE * 0.3, abs=1)

    def test_a_column_is_lines_with_gaps(self) -> None:
        fast, slow = [at(5 - ms / 1000, ms=ms) for ms in (10, 10.3)], [at(4.5, ms=500)]

        path = drawn(requests=[*fast * DOTS, *slow]).dots["ok"]

        assert re.fullmatch(r"M500 \d+v0M500 \d+v1", path)

    @given(
        some.lists(
            some.tuples(some.floats(0, 10), some.floats(0, 9000), some.sampled_from(["fail", "unknown"])), max_size=40
        )
    )
    def test_no_failure_is_lost_in_the_crowd(self, found: list[tuple[float, float, str]]) -> None:
        failures = [at(t, ms, outcome) for t, ms, outcome in found]

        line = drawn(requests=[*[at(3)] * DOTS, at(3), *failures])

        for outcome in ("fail", "unknown"):
            mine = {
                (line.scale.x(one.t + one.ms / 1000), line.scale.y(one.ms))
                for one in failures
                if one.outcome == outcome
            }
            assert sorted(places(line.dots[outcome])) == sorted(mine)
            assert line.dots[outcome].count(SHAPES[outcome]) == len(mine)
            assert line.counts[outcome] == sum(one.outcome == outcome for one in failures)

    def test_the_axis_reaches_the_last_answer(self) -> None:
        assert drawn(requests=[at(9, ms=6000)]).scale.seconds == 15
        assert drawn(firings=[Firing(t=11, fault="rst", moment="m5")]).scale.seconds == 11
        assert drawn(outages=[Outage(began=1, ended=12)]).scale.seconds == 12
        assert drawn(health=[Health(t=13, ms=1, status=200)]).scale.seconds == 13
        assert drawn().scale.seconds == 10

    def test_the_budget_is_always_in_sight(self) -> None:
        found = drawn(budget=5.0)

        assert found.scale.high == 4
        assert found.budget == found.scale.y(5000)
        assert TOP < found.budget < BOTTOM


class TestMarks:
    def test_bands_of_outages(self) -> None:
        found = drawn(outages=[Outage(began=0, ended=5), Outage(began=10, ended=10)])

        assert found.bands == [(LEFT, WIDE // 2), (RIGHT, 2)]

    def test_labels_tell_what_happened_when(self) -> None:
        found = drawn(firings=[Firing(t=t, fault="rst", moment="m5") for t in (2, 1)], healed=5, recovered=9.5)

        assert [(one.key, one.x, one.label, one.end) for one in found.marks] == [
            ("fired", 143, "1.00 s ×2", False),
            ("healed", 500, "5.00 s", False),
            ("recovered", 901, "9.50 s", True),
        ]

    def test_labels_stand_in_rows_above_the_drawing(self) -> None:
        found = drawn(firings=[Firing(t=5, fault="rst", moment="m5")], healed=5, recovered=5)

        rows = [label_y(mark) for mark in found.marks]
        assert rows == sorted(set(rows))
        assert all(8 < y < TOP for y in rows)
        assert min(b - a for a, b in pairwise(rows)) >= 12

    def test_what_did_not_happen_has_no_mark(self) -> None:
        assert drawn().marks == []
        assert drawn().fired == []

    @pytest.mark.parametrize(("count", "tall"), [(12, True), (13, False)])
    def test_many_faults_have_short_lines(self, count: int, tall: bool) -> None:
        found = drawn(firings=[Firing(t=number / 2, fault="rst", moment="m5") for number in range(count)])

        assert len(found.fired) == count
        assert found.tall is tall

    def test_faults_at_nearly_the_same_time_are_one_line(self) -> None:
        found = drawn(firings=[Firing(t=t, fault="rst", moment="m5") for t in (5.02, 5, 5.01, 5.1)])

        assert found.fired == [500, 509]


class TestLiveness:
    def test_line_through_the_answers(self) -> None:
        found = drawn(health=[Health(t=0, ms=1, status=200), Health(t=10, ms=1000, status=200)])

        assert found.alive == f"M{LEFT} {BOTTOM} {RIGHT} {TOP}"
        assert found.lost == []

    def test_it_breaks_where_the_service_was_not_alive(self) -> None:
        answers = [(0, 200), (2, None), (4, 500), (5, 200), (8, 200)]
        found = drawn(health=[Health(t=t, ms=10, status=status) for t, status in answers])

        assert len(re.findall("M", found.alive)) == 2
        assert found.lost == [found.scale.x(2), found.scale.x(4)]

    def test_a_column_keeps_its_slowest_answer(self) -> None:
        found = drawn(health=[Health(t=5 + number / 1e4, ms=ms, status=200) for number, ms in enumerate((2, 90, 3))])

        assert found.alive == f"M500 {found.scale.y(90)}"

    def test_no_answers_no_line(self) -> None:
        assert (drawn().alive, drawn().lost) == ("", [])


def test_ten_thousand_requests_are_some_kilobytes() -> None:
    found = timeline(sample.chaos(10_000))

    assert found.thinned
    assert sum(map(len, found.dots.values())) < 100_000
    assert len(found.alive) < 10_000
