"""The heat map: every fault at every moment, and how it ended there."""

import pytest

from faultlab.cases.moments import MOMENTS
from faultlab.report.heat import NOTHING, Cell, heat
from tests.unit.report import sample

COLUMNS = [f"m{number}" for number in range(9)]


def cell(*statuses: str) -> Cell:
    cases = [sample.not_run(f"c{number}", fault="rst", moment="m5", status=one) for number, one in enumerate(statuses)]
    return heat(cases).rows["rst"]["m5"]


@pytest.mark.parametrize(
    ("statuses", "status", "count", "left_out"),
    [
        (["passed"], "passed", "1/1", 0),
        (["passed", "failed"], "failed", "1/2", 0),
        (["failed"], "failed", "0/1", 0),
        (["not_run", "not_run"], "not_run", "2", 0),
        (["not_run", "passed"], "passed", "1/1", 1),
        (["not_run", "failed", "not_run"], "failed", "0/1", 2),
    ],
)
def test_a_cell_shows_the_worst(statuses, status, count, left_out) -> None:
    found = cell(*statuses)

    assert (found.status, found.count, found.left_out) == (status, count, left_out)


def test_a_cell_names_its_cases() -> None:
    assert cell("passed", "failed").title == "c0, c1"
    assert cell(*["passed"] * 12).title.endswith("c10, c11")
    assert cell(*["passed"] * 14).title.endswith("c10, c11, +2")


def test_rows_are_faults_and_columns_all_moments() -> None:
    found = heat([sample.case("b", fault="stall", moment="m6"), sample.case("a", moment="m1"), sample.functional()])

    assert list(MOMENTS) == found.moments == COLUMNS
    assert list(found.rows) == ["stall", "rst"]
    assert list(found.rows["rst"]) == COLUMNS
    assert found.rows["rst"]["m6"] is NOTHING


def test_other_moments_come_last() -> None:
    found = heat([sample.case("a", moment=""), sample.case("b", moment="m12"), sample.case("c", moment="m11")])

    assert found.moments == [*COLUMNS, "m11", "m12", ""]
    assert found.rows["rst"][""].count == "1/1"


def test_without_faults_there_is_nothing() -> None:
    assert heat([sample.functional()]).rows == {}
