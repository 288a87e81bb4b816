"""I5: nothing stays unknown."""

import pytest

from faultlab.report_model import Case, Request
from tests.unit.checker.histories import case, healed, outcome, sent, settled, stored

NOTHING = "No operation was uncertain, and none was sent again."
STILL_OPEN = "Sent again and still not done: a."
UNKNOWN = "Unknown to the end: a."
NOT_ONCE = "Sent again, acknowledged and not stored once: a."


def again(operation: str, said: str = "ok", t: float = 25.0) -> Request:
    return sent(operation, said, t=t, phase="settle")


CASES = {
    "uncertain, then done": (
        case(sent("a", "unknown"), again("a"), books=[healed(), settled(stored("a"))]),
        True,
        "Uncertain or sent again, and done in the end: 1.",
    ),
    "refused, then done": (case(sent("a", "fail"), again("a"), books=[settled(stored("a"))]), True, None),
    "uncertain and done in the same phase": (
        case(sent("a", "unknown"), sent("a", t=2), books=[healed(stored("a"))]),
        True,
        None,
    ),
    "done, and a twin uncertain": (
        case(sent("a"), sent("a", "unknown", t=2), books=[settled(stored("a"))]),
        True,
        None,
    ),
    "done at the third attempt": (
        case(
            sent("a", "unknown"),
            again("a", "fail"),
            again("a", "unknown", 26),
            again("a", t=27),
            books=[settled(stored("a"))],
        ),
        True,
        None,
    ),
    "done, and a twin of the second refused": (
        case(sent("a", "unknown"), again("a"), again("a", "fail", 26), books=[settled(stored("a"))]),
        True,
        None,
    ),
    "done by a twin; whether it is stored is not for this one to say": (
        case(sent("a", "unknown"), sent("a", t=2), books=[settled()]),
        True,
        None,
    ),
    "first sent to settle": (case(again("a", "unknown"), again("a", t=26), books=[settled(stored("a"))]), True, None),
    "several": (
        case(
            sent("a", "unknown"), sent("b", "fail"), again("a"), again("b"), books=[settled(stored("a"), stored("b"))]
        ),
        True,
        "Uncertain or sent again, and done in the end: 2.",
    ),
    "everything done at once": (case(sent("a"), books=[settled(stored("a"))]), None, NOTHING),
    "done, and asked for once more": (case(sent("a"), again("a"), books=[settled(stored("a"))]), None, NOTHING),
    "refused and left alone": (case(sent("a", "fail"), books=[healed()]), None, NOTHING),
    "refused, and refused in the same phase": (
        case(sent("a", "fail"), sent("a", "fail", t=2), books=[healed()]),
        None,
        NOTHING,
    ),
    "uncertain and left alone": (case(sent("a", "unknown"), books=[settled(stored("a"))]), False, UNKNOWN),
    "without an answer and left alone": (case(sent("a", status=None), books=[settled(stored("a"))]), False, UNKNOWN),
    "uncertain, then refused, and left alone": (
        case(sent("a", "unknown"), sent("a", "fail", t=2), books=[settled()]),
        False,
        UNKNOWN,
    ),
    "sent again, uncertain again": (
        case(sent("a", "unknown"), again("a", "unknown"), books=[settled(stored("a"))]),
        False,
        STILL_OPEN,
    ),
    "sent again, refused": (case(sent("a", "unknown"), again("a", "fail"), books=[settled()]), False, STILL_OPEN),
    "refused, sent again, refused": (case(sent("a", "fail"), again("a", "fail"), books=[settled()]), False, STILL_OPEN),
    "done by a twin, and not when it was sent again": (
        case(sent("a", "unknown"), sent("a", t=2), again("a", "fail"), books=[settled(stored("a"))]),
        False,
        STILL_OPEN,
    ),
    "acknowledged and not there": (
        case(sent("a", "unknown"), again("a"), books=[healed(stored("a")), settled()]),
        False,
        NOT_ONCE,
    ),
    "acknowledged and there twice": (
        case(sent("a", "unknown"), again("a"), books=[settled(stored("a", 2))]),
        False,
        NOT_ONCE,
    ),
    "acknowledged, and no books": (case(sent("a", "unknown"), again("a")), False, NOT_ONCE),
}


@pytest.mark.parametrize(("of", "ok", "detail"), CASES.values(), ids=CASES)
def test_unknown_resolves(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I5", of)

    assert said == (ok, detail or said[1])


def test_requests_are_taken_in_the_order_of_time() -> None:
    of = case(again("a", t=27), sent("a", "unknown", t=1), books=[settled()])

    assert outcome("I5", of) == (False, NOT_ONCE)
