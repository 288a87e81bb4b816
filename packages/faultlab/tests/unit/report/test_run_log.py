"""run.log: what it tells of a run, in the order of time, and that it grows case by case."""

import re

import pytest

from faultlab.report import run_log
from faultlab.report_model import DatabaseSnapshot, Health
from tests.unit.report import sample

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")


def lines(text):
    """Without the times, which are all there and go up within a case."""
    found = text.splitlines()
    assert all(STAMP.match(line) for line in found)
    return [STAMP.sub("", line, count=1) for line in found]


def test_a_run_begins_and_ends_with_what_it_is():
    first, *_, last = lines(run_log.text(sample.report(sample.case(), sample.not_run())))

    assert first.startswith("run 20261121-160000-7: payments on 8.4.3 (docker), seed 7, slack 1, cores ")
    assert last == "run 20261121-160000-7 ended: passed 1, failed 0, void 0, not run 1, in 184.2 s"


def test_an_interrupted_run_says_so():
    assert " interrupted: " in run_log.text(sample.report(sample.case(), interrupted=True)).splitlines()[-1]


def test_faults_outcomes_and_verdicts_stand_there_with_their_times():
    case = sample.case(status="failed")
    case = case.model_copy(update={"health": [Health(t=0.5, ms=12.5, status=503)]})
    text = run_log.case_text(case)
    found = lines(text)

    assert found[0] == f"{case.id} begins: {case.title.en}; P1, fault rst at m5, clients 8"
    assert found[-1].startswith(f"{case.id} failed in 3.25 s: I2")
    assert [STAMP.match(line).group() for line in text.splitlines()] == sorted(
        STAMP.match(line).group() for line in text.splitlines()
    )
    for firing in case.firings:
        assert f"{case.id} fault {firing.fault} at {firing.moment}: {firing.where or 'by the case'}" in found
    requests = [line for line in found if line.startswith(f"{case.id} request ")]
    assert len(requests) == len(case.requests)
    assert {one.outcome for one in case.requests} == {
        re.search(r" (ok|fail|unknown), ", line).group(1) for line in requests
    }
    assert f"{case.id} I2 broken: order-0-0 is stored 2 times." in found
    assert f"{case.id} liveness answered 503 in 12.5 ms" in found


@pytest.mark.parametrize("problems", [[], ["half a payment"]])
def test_snapshots_count_and_name_what_does_not_add_up(problems):
    books = [DatabaseSnapshot(t=1, when="healed", operations=[], problems=problems)]

    found = lines(run_log.case_text(sample.case().model_copy(update={"books": books})))

    told = [line.partition(" ")[2] for line in found if " snapshot " in line]
    assert told == [
        f"snapshot healed: stored 0, problems {len(problems)}",
        *(f"snapshot healed: {one}" for one in problems),
    ]


def test_the_live_log_has_every_case_that_has_ended(tmp_path):
    log = run_log.LiveLog(tmp_path / "new")

    log.add(sample.case("a"))
    log.add(sample.case("b"))

    assert log.path.read_text() == run_log.case_text(sample.case("a")) + run_log.case_text(sample.case("b"))
