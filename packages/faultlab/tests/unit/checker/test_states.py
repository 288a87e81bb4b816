"""I6: states follow one another as the service says they may."""

import pytest

from faultlab.report_model import Case
from tests.unit.checker.histories import case, healed, outcome, sent, settled, stored

AFTER = {"": ["pending"], "pending": ["failed", "succeeded"], "failed": ["succeeded"], "succeeded": []}

PATHS = {
    ("pending",): "",
    ("pending", "succeeded"): "",
    ("pending", "failed", "succeeded"): "",
    (): "Stored without a state: a.",
    ("succeeded",): "Went from nothing to succeeded: a.",
    ("pending", "pending"): "Went from pending to pending: a.",
    ("pending", "succeeded", "failed"): "Went from succeeded to failed: a.",
    ("pending", "lost"): "Went from pending to lost: a.",
    ("lost", "pending"): "Went from nothing to lost: a; went from lost to pending: a.",
}


@pytest.mark.parametrize(("states", "complaint"), PATHS.items())
def test_path(states: tuple[str, ...], complaint: str) -> None:
    of = case(sent("a"), books=[settled(stored("a", states=states))], transitions=AFTER)

    assert outcome("I6", of) == (not complaint, complaint or "Sequences of states that are allowed: 1.")


CASES = {
    "no states at all": (case(sent("a"), books=[settled(stored("a", states=()))]), None, "The case names no states."),
    "nothing stored": (case(books=[settled(stored("a", 0))], transitions=AFTER), None, "Nothing is stored."),
    "no books": (case(transitions=AFTER), None, "Nothing is stored."),
    "a state more in the later books": (
        case(
            books=[healed(stored("a")), settled(stored("a", states=("pending", "succeeded")))],
            transitions=AFTER,
        ),
        True,
        "Sequences of states that are allowed: 2.",
    ),
    "wrong in the first books": (
        case(
            books=[healed(stored("a", states=("failed",))), settled(stored("a", states=("failed", "succeeded")))],
            transitions=AFTER,
        ),
        False,
        "Went from nothing to failed: a.",
    ),
    "another past than before": (
        case(
            books=[
                settled(stored("a", states=("pending", "failed"))),
                healed(stored("a", states=("pending", "succeeded"))),
            ],
            transitions=AFTER,
        ),
        False,
        "Has other states behind it than before: a.",
    ),
    "less of a past than before": (
        case(
            books=[settled(stored("a")), healed(stored("a", states=("pending", "succeeded")))],
            transitions=AFTER,
        ),
        False,
        "Has other states behind it than before: a.",
    ),
    "each operation has its own past": (
        case(
            books=[settled(stored("a", states=("pending", "failed")), stored("b", states=("pending", "succeeded")))],
            transitions=AFTER,
        ),
        True,
        None,
    ),
}


@pytest.mark.parametrize(("of", "ok", "detail"), CASES.values(), ids=CASES)
def test_states_follow(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I6", of)

    assert said == (ok, detail or said[1])
