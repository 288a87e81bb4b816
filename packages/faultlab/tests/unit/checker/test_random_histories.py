"""A service that keeps its promises is never accused; every random breach is found, by the invariant that forbids it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from faultlab.checker import check, judged
from faultlab.report_model import Case, DatabaseSnapshot, Request
from tests.unit.checker.histories import alive, fired, found, stored
from tests.unit.checker.worlds import HEALED, well_behaved

QUICK = settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
Pick = Callable[[list[Any]], Any]
Breach = Callable[[Case, Pick], Case]


def with_(case: Case, **changed: Any) -> Case:
    return case.model_copy(update=changed)


def one_of(case: Case, pick: Pick, fits: Callable[[Request], bool]) -> Request:
    return pick([request for request in case.requests if fits(request)])


def instead(case: Case, request: Request, **changed: Any) -> Case:
    """The case with another answer to this request."""
    return with_(
        case, requests=[request.model_copy(update=changed) if one is request else one for one in case.requests]
    )


def rewritten(case: Case, when: str, change: Callable[[DatabaseSnapshot], dict[str, Any]]) -> Case:
    """The case with other books of that name."""
    books = [one.model_copy(update=change(one)) if one.when == when else one for one in case.books]
    return with_(case, books=books)


def changed_entry(case: Case, when: str, operation: str, **changed: Any) -> Case:
    def change(books: DatabaseSnapshot) -> dict[str, Any]:
        entries = [one.model_copy(update=changed) if one.operation == operation else one for one in books.operations]
        return {"operations": entries}

    return rewritten(case, when, change)


def without(case: Case, when: str, operation: str) -> Case:
    return rewritten(case, when, lambda one: {"operations": [it for it in one.operations if it.operation != operation]})


def in_books(case: Case, when: str) -> list[str]:
    return [entry.operation for one in case.books if one.when == when for entry in one.operations]


def any_entry(case: Case, pick: Pick) -> tuple[str, str]:
    """Which books, and an operation that is in them."""
    return pick([(one.when, entry.operation) for one in case.books for entry in one.operations])


def refused_before_settling(case: Case) -> list[str]:
    told: dict[str, set[str]] = {}
    for request in case.requests:
        if request.operation and request.phase != "settle":
            told.setdefault(request.operation, set()).add(request.outcome if request.status else "unknown")
    return [operation for operation, said in told.items() if said == {"fail"}]


# --- the breaches
def lose(case: Case, pick: Pick) -> Case:
    return without(
        case, "settled", one_of(case, pick, lambda one: one.operation is not None and one.outcome == "ok").operation
    )


def store_another_amount(case: Case, pick: Pick) -> Case:
    acknowledged = one_of(case, pick, lambda one: one.operation is not None and one.outcome == "ok")
    return changed_entry(case, "settled", acknowledged.operation, amount=acknowledged.amount + 1)


def acknowledge_another_amount(case: Case, pick: Pick) -> Case:
    acknowledged = one_of(case, pick, lambda one: one.operation is not None and one.outcome == "ok")
    return instead(case, acknowledged, amount=acknowledged.amount + 1)


def double(case: Case, pick: Pick) -> Case:
    return changed_entry(case, *any_entry(case, pick), count=2)


def share_a_key(case: Case, pick: Pick) -> Case:
    first = one_of(case, pick, lambda one: one.operation == "first")
    last = one_of(case, pick, lambda one: one.operation == "last")
    return instead(instead(case, first, key="same"), last, key="same")


def leave_half(case: Case, pick: Pick) -> Case:
    return rewritten(case, pick(["healed", "settled"]), lambda one: {"problems": ["the entries sum up to 1"]})


def store_what_nobody_asked_for(case: Case, pick: Pick) -> Case:
    name = pick(["never asked for", "of somebody else"])
    return rewritten(case, pick(["healed", "settled"]), lambda one: {"operations": [*one.operations, stored(name)]})


def store_after_refusing(case: Case, pick: Pick) -> Case:
    name = pick(refused_before_settling(case))
    return rewritten(case, "healed", lambda one: {"operations": [*one.operations, stored(name)]})


def read_too_early(case: Case, pick: Pick) -> Case:
    pick(refused_before_settling(case))
    return rewritten(case, "healed", lambda one: {"quiet": False})


def not_read(case: Case, pick: Pick) -> Case:
    settled_later = {one.operation for one in case.requests if one.phase == "settle"}
    pick([name for name in refused_before_settling(case) if name in settled_later])
    return with_(case, books=[one for one in case.books if one.when == "settled"])


def stay_unknown(case: Case, pick: Pick) -> Case:
    name = one_of(case, pick, lambda one: one.outcome == "unknown").operation
    return with_(case, requests=[one for one in case.requests if (one.operation, one.outcome) != (name, "ok")])


def lose_what_was_settled(case: Case, pick: Pick) -> Case:
    return without(
        case, "settled", one_of(case, pick, lambda one: (one.phase, one.outcome) == ("settle", "ok")).operation
    )


def skip_a_state(case: Case, pick: Pick) -> Case:
    return changed_entry(case, *any_entry(case, pick), states=pick([["succeeded"], ["pending", "pending"], []]))


def forget_the_past(case: Case, pick: Pick) -> Case:
    name = pick([name for name in in_books(case, "healed") if name in in_books(case, "settled")])
    before = changed_entry(case, "healed", name, states=["pending", "failed"])
    return changed_entry(before, "settled", name, states=["pending", "succeeded"])


def answer_late(case: Case, pick: Pick) -> Case:
    return instead(case, pick(case.requests), ms=4600.0)


def hang(case: Case, pick: Pick) -> Case:
    return with_(
        case,
        health=[*case.health, pick([alive(HEALED - 1, 201), alive(30, 1001), alive(30, 5, 503), alive(30, 5, None)])],
    )


def refuse_late(case: Case, pick: Pick) -> Case:
    refused = one_of(case, pick, lambda one: one.phase == "fault" and one.outcome != "ok")
    return with_(instead(case, refused, ms=150.0), promptly=True)


def stay_away(case: Case, pick: Pick) -> Case:
    return with_(case, recovered=pick([None, case.healed + 2.1]))


def answer_otherwise(case: Case, pick: Pick) -> Case:
    return instead(case, pick(case.requests), status=pick([500, 502, 404, 301]))


def show_insides(case: Case, pick: Pick) -> Case:
    return instead(case, pick(case.requests), problems=["insides shown: pymysql"])


def not_say_when(case: Case, pick: Pick) -> Case:
    return instead(case, one_of(case, pick, lambda one: one.status == 503), retry_after=None)


def drop(case: Case, pick: Pick) -> Case:
    request = one_of(case, pick, lambda one: case.fault == "reset" or one.phase in ("steady", "settle"))
    return instead(case, request, status=None)


def not_fire(case: Case, pick: Pick) -> Case:
    return with_(case, firings=[], planned=(1, None))


def fire_too_often(case: Case, pick: Pick) -> Case:
    return with_(case, firings=[*case.firings, pick(case.firings)], planned=(1, len(case.firings)))


def fire_at_another_time(case: Case, pick: Pick) -> Case:
    return with_(case, firings=[*case.firings, fired(pick([20.1, 26.0, 70.0]))], planned=(1, None))


BREACHES: list[tuple[str, Breach]] = [
    ("I1", lose),
    ("I1", store_another_amount),
    ("I1", acknowledge_another_amount),
    ("I2", double),
    ("I2", share_a_key),
    ("I3", leave_half),
    ("I3", store_what_nobody_asked_for),
    ("I4", store_after_refusing),
    ("I4", read_too_early),
    ("I4", not_read),
    ("I5", stay_unknown),
    ("I5", lose_what_was_settled),
    ("I6", skip_a_state),
    ("I6", forget_the_past),
    ("I7", answer_late),
    ("I7", hang),
    ("I7", refuse_late),
    ("I8", stay_away),
    ("I9", answer_otherwise),
    ("I9", show_insides),
    ("I9", not_say_when),
    ("I9", drop),
    ("I10", not_fire),
    ("I10", fire_too_often),
    ("I10", fire_at_another_time),
]


@settings(QUICK, max_examples=60)
@given(well_behaved())
def test_kept_promises_are_no_breach(case: Case) -> None:
    broken = [one for one in check(case) if one.ok is False]

    assert broken == []
    assert judged(case).status == "passed"


@pytest.mark.parametrize(("invariant", "breach"), BREACHES, ids=[f"{name}-{one.__name__}" for name, one in BREACHES])
@QUICK
@given(case=well_behaved(), data=st.data())
def test_breach_is_found(invariant: str, breach: Breach, case: Case, data: st.DataObject) -> None:
    def pick(among: list[Any]) -> Any:
        assume(among)
        return data.draw(st.sampled_from(among))

    broken = breach(case, pick)

    assert found(invariant, broken).ok is False
    assert judged(broken).reason.find(f"{invariant}: ") >= 0


@QUICK
@given(well_behaved(), st.randoms(use_true_random=False))
def test_order_of_the_records_does_not_matter(case: Case, dice: Any) -> None:
    shuffled = {
        name: dice.sample(getattr(case, name), len(getattr(case, name)))
        for name in ("requests", "books", "firings", "health")
    }

    assert [one.ok for one in check(with_(case, **shuffled))] == [one.ok for one in check(case)]


@QUICK
@given(well_behaved())
def test_stored_and_read_again_it_is_judged_the_same(case: Case) -> None:
    assert check(Case.model_validate_json(case.model_dump_json())) == check(case)
