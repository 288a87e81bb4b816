"""I4: what was answered as not saved is not there, also when every COMMIT on its way has arrived."""

import pytest

from faultlab.report_model import Case
from tests.unit.checker.histories import case, healed, looked, outcome, sent, settled, stored

NOTHING = "No operation was answered as not saved and nothing else."
LIE = "Answered as not saved, and stored: a."
UNREAD = "Answered as not saved, and the database was not read before it was sent again: a."

CASES = {
    "absent": (case(sent("a", "fail"), books=[healed()]), True, "Answered as not saved, and not there: 1."),
    "absent, counted as such": (case(sent("a", "fail"), books=[healed(stored("a", 0))]), True, None),
    "absent, then sent again": (
        case(sent("a", "fail"), sent("a", t=25, phase="settle"), books=[healed(), settled(stored("a"))]),
        True,
        None,
    ),
    "refused for good": (
        case(sent("a", "fail"), sent("b", "fail", status=422), books=[settled()]),
        True,
        "Answered as not saved, and not there: 2.",
    ),
    "done by the time of the books": (
        case(sent("a", "fail"), sent("a", t=2), books=[healed(stored("a"))]),
        None,
        NOTHING,
    ),
    "done before it was refused": (case(sent("a"), sent("a", "fail", t=2), books=[healed(stored("a"))]), None, NOTHING),
    "uncertain before it was refused": (
        case(sent("a", "unknown"), sent("a", "fail", t=2), books=[healed(stored("a"))]),
        None,
        NOTHING,
    ),
    "uncertain after it was refused": (
        case(sent("a", "fail"), sent("a", "unknown", t=2), books=[healed(stored("a"))]),
        None,
        NOTHING,
    ),
    "no answer is uncertain, whatever its client made of it": (
        case(sent("a", "fail"), sent("a", "fail", t=2, status=None), books=[healed(stored("a"))]),
        None,
        NOTHING,
    ),
    "on its way again while the books were read": (
        case(sent("a", "fail"), sent("a", t=19.9, ms=500), books=[healed(stored("a"))]),
        None,
        NOTHING,
    ),
    "a look is refused without harm": (case(looked(status=503, outcome="fail"), books=[healed()]), None, NOTHING),
    "nothing sent": (case(books=[healed()]), None, NOTHING),
    "there": (case(sent("a", "fail"), books=[healed(stored("a"))]), False, LIE),
    "there, refused several times": (
        case(sent("a", "fail"), sent("a", "fail", t=2), books=[healed(stored("a"))]),
        False,
        LIE,
    ),
    "there, answered just before the books were read": (
        case(sent("a", "fail", t=19, ms=1000), books=[healed(stored("a"))]),
        False,
        LIE,
    ),
    "there, though sent again later": (
        case(sent("a", "fail"), sent("a", t=25, phase="settle"), books=[healed(stored("a")), settled(stored("a"))]),
        False,
        LIE,
    ),
    "there, though uncertain later": (
        case(sent("a", "fail"), sent("a", "unknown", t=25), books=[healed(stored("a"))]),
        False,
        LIE,
    ),
    "there late: after it was refused once more": (
        case(sent("a", "fail"), sent("a", "fail", t=25, phase="settle"), books=[healed(), settled(stored("a"))]),
        False,
        LIE,
    ),
    "there after the second of two faults": (
        case(sent("a"), sent("b", "fail", t=22), books=[healed(stored("a")), healed(stored("a"), stored("b"), t=28)]),
        False,
        "Answered as not saved, and stored: b.",
    ),
    "read too early": (
        case(sent("a", "fail"), books=[healed(quiet=False)]),
        False,
        "The database was read while a transaction was open: healed.",
    ),
    "read too early where nothing was refused": (
        case(sent("a"), books=[healed(stored("a"), quiet=False)]),
        None,
        NOTHING,
    ),
    "not read before it was sent again": (
        case(sent("a", "fail"), sent("a", t=25, phase="settle"), books=[settled(stored("a"))]),
        False,
        UNREAD,
    ),
    "never read": (case(sent("a", "fail")), False, UNREAD),
    "never read, and uncertain as well": (case(sent("a", "fail"), sent("a", "unknown", t=2)), None, NOTHING),
    "sent only to settle it, never read": (case(sent("a", "fail", phase="settle")), None, NOTHING),
}


@pytest.mark.parametrize(("of", "ok", "detail"), CASES.values(), ids=CASES)
def test_refused_is_absent(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I4", of)

    assert said == (ok, detail or said[1])
