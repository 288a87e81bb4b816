"""The checker as a whole: ten findings, a status, a reason; and the same again from a stored case."""

import math
from typing import Any

import pytest

from faultlab.checker import check, judged
from faultlab.invariants import INVARIANTS
from faultlab.report_model import Case, Finding, Step, Text
from tests.unit.checker.histories import case, healed, sent, settled, stored

GOOD = case(sent("a"), books=[settled(stored("a"))])
LOST = case(sent("a"), books=[settled()])
LOST_TWICE = case(sent("a", "unknown"), sent("a", t=25, phase="settle"), books=[healed(), settled()])
WHY_LOST = "I1: Acknowledged and not stored: a."


def step(*, ok: bool) -> Step:
    return Step(t=1, name=Text(en="Ask for it", zh="查询"), expected="201", actual="503", ok=ok)


def with_(of: Case, **changed: Any) -> Case:
    return of.model_copy(update=changed)


def test_ten_findings_in_order() -> None:
    ids = [f"I{number}" for number in range(1, 11)]

    assert [one.id for one in INVARIANTS] == ids
    assert [one.id for one in check(GOOD)] == ids


def test_every_invariant_is_told_in_both_languages() -> None:
    texts = [text for one in INVARIANTS for text in (one.title, one.meaning)]

    assert all(text.en.isascii() and text.en for text in texts)
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text.zh) for text in texts)
    assert len({text.en for text in texts}) == len({text.zh for text in texts}) == 20


def test_every_finding_is_a_sentence() -> None:
    details = [one.detail for of in (GOOD, LOST, LOST_TWICE, case()) for one in check(of)]

    assert all(detail[0].isupper() and detail.endswith(".") for detail in details)


@pytest.mark.parametrize("slack", [0, -1, math.nan, math.inf])
def test_slack_that_would_judge_nothing(slack: float) -> None:
    with pytest.raises(ValueError, match=r"^slack is a number over 0"):
        check(GOOD, slack)


def test_good_case_passes() -> None:
    done = judged(GOOD)

    assert (done.status, done.reason) == ("passed", "")
    assert done.findings == check(GOOD)
    assert done.requests == GOOD.requests


def test_broken_promise_fails_the_case() -> None:
    done = judged(LOST)

    assert (done.status, done.reason) == ("failed", WHY_LOST)


def test_every_broken_promise_is_named() -> None:
    why = f"{WHY_LOST} I5: Sent again, acknowledged and not stored once: a."

    assert judged(LOST_TWICE).reason == why


def test_step_that_went_wrong_fails_the_case() -> None:
    done = judged(with_(GOOD, steps=[step(ok=True), step(ok=False)]))

    assert (done.status, done.reason) == ("failed", "Ask for it: expected 201, was 503.")


def test_good_steps_change_nothing() -> None:
    assert judged(with_(GOOD, steps=[step(ok=True)])).status == "passed"


def test_step_and_promise() -> None:
    assert judged(with_(LOST, steps=[step(ok=False)])).reason == f"{WHY_LOST} Ask for it: expected 201, was 503."


def test_what_was_not_run_stays_so() -> None:
    skipped = with_(LOST, status="not_run", reason="There is no control of the server.", steps=[step(ok=False)])

    assert judged(skipped) is skipped


def test_slack_is_passed_on() -> None:
    slow = case(sent("a", ms=5000), books=[settled(stored("a"))])

    assert judged(slow).status == "failed"
    assert judged(slow, slack=2).status == "passed"
    assert check(slow) == check(slow, slack=1) != check(slow, slack=2)


def test_old_findings_do_not_count() -> None:
    done = with_(judged(LOST), books=GOOD.books)

    again = judged(done)

    assert (again.status, again.reason) == ("passed", "")


@pytest.mark.parametrize("of", [GOOD, LOST, LOST_TWICE, with_(LOST, steps=[step(ok=False)])])
def test_judging_again_says_the_same(of: Case) -> None:
    once = judged(of)

    assert judged(once) == once


@pytest.mark.parametrize("of", [GOOD, LOST])
def test_case_whose_run_broke_off_stays_failed(of: Case) -> None:
    why = "ServiceError: the service does not start"

    once = judged(with_(of, status="failed", reason=why))

    assert once.status == "failed"
    assert once.reason.startswith(why)
    assert once.reason.count(why) == 1
    assert (WHY_LOST in once.reason) is (of is LOST)
    assert judged(once) == once


def test_failed_without_a_reason_is_not_forgiven() -> None:
    once = judged(with_(GOOD, status="failed"))

    assert (once.status, once.reason) == ("failed", "It failed, and nothing says why.")
    assert judged(once) == once


def test_reason_of_a_case_that_passed_is_not_kept() -> None:
    assert judged(with_(GOOD, reason="slow today")).reason == ""


def test_findings_of_none_are_no_failure() -> None:
    found = Finding(id="I8", ok=None, detail="There was no fault.", detail_zh="没有发生故障。")

    assert found in judged(GOOD).findings


def test_stored_case_is_judged_the_same() -> None:
    once = judged(LOST_TWICE)

    assert judged(Case.model_validate_json(once.model_dump_json())) == once
