"""I1 to I3: what was acknowledged is stored, once, and whole."""

import pytest

from faultlab.report_model import Case
from tests.unit.checker.histories import case, healed, looked, outcome, sent, settled, stored

LOST = "Acknowledged and not stored: a."
TWICE = "Acknowledged and stored 2 times: a."
OTHER_AMOUNT = "Stored with another amount than was acknowledged: a."
UNREAD = "The database was never read."

ACKNOWLEDGED = {
    "stored once": (
        case(sent("a"), books=[settled(stored("a"))]),
        True,
        "Acknowledged, and stored once with that amount: 1.",
    ),
    "two, told several times": (
        case(sent("a"), sent("a", t=2), sent("b"), books=[settled(stored("a"), stored("b"))]),
        True,
        "Acknowledged, and stored once with that amount: 2.",
    ),
    "an amount that nobody was told": (case(sent("a", amount=None), books=[settled(stored("a"))]), True, None),
    "no books but those after the fault": (case(sent("a"), books=[healed(stored("a"))]), True, None),
    "only the last books count": (case(sent("a"), books=[healed(), settled(stored("a"))]), True, None),
    "settled books are the last, whatever the order": (
        case(sent("a"), books=[settled(stored("a"), t=5), healed(t=6)]),
        True,
        None,
    ),
    "of two settled books the later": (
        case(sent("a"), books=[settled(stored("a"), t=9), settled(t=8)]),
        True,
        None,
    ),
    "uncertain ones are not judged": (
        case(sent("a", "unknown"), books=[settled()]),
        None,
        "No operation was acknowledged.",
    ),
    "refused ones are not judged": (case(sent("a", "fail"), books=[settled()]), None, "No operation was acknowledged."),
    "a look is nothing to store": (case(looked(), books=[settled()]), None, "No operation was acknowledged."),
    "no answer is no acknowledgement": (
        case(sent("a", status=None), books=[settled()]),
        None,
        "No operation was acknowledged.",
    ),
    "lost": (case(sent("a"), books=[settled()]), False, LOST),
    "lost, and counted as not there": (case(sent("a"), books=[settled(stored("a", 0))]), False, LOST),
    "lost later": (case(sent("a"), books=[healed(stored("a")), settled()]), False, LOST),
    "refused afterwards": (case(sent("a"), sent("a", "fail", t=2), books=[settled()]), False, LOST),
    "acknowledged after it was uncertain": (case(sent("a", "unknown"), sent("a", t=2), books=[settled()]), False, LOST),
    "doubled": (case(sent("a"), books=[settled(stored("a", 2))]), False, TWICE),
    "doubled in two lines": (case(sent("a"), books=[settled(stored("a"), stored("a"))]), False, TWICE),
    "another amount": (case(sent("a"), books=[settled(stored("a", amount=99))]), False, OTHER_AMOUNT),
    "no amount": (case(sent("a"), books=[settled(stored("a", amount=None))]), False, OTHER_AMOUNT),
    "two amounts acknowledged": (
        case(sent("a"), sent("a", amount=200), books=[settled(stored("a"))]),
        False,
        OTHER_AMOUNT,
    ),
    "doubled with another amount": (
        case(sent("a"), books=[settled(stored("a", 2, amount=99))]),
        False,
        "Acknowledged and stored 2 times: a; stored with another amount than was acknowledged: a.",
    ),
    "no books at all": (case(sent("a")), False, "Acknowledged, and the database was never read: a."),
    "three names and the number of the others": (
        case(*(sent(name) for name in "abcde"), books=[settled()]),
        False,
        "Acknowledged and not stored: a, b, c and 2 more.",
    ),
    "three names": (
        case(*(sent(name) for name in "abc"), books=[settled()]),
        False,
        "Acknowledged and not stored: a, b, c.",
    ),
    "different complaints in one sentence": (
        case(sent("a"), sent("b"), sent("c"), books=[settled(stored("b", 3))]),
        False,
        "Acknowledged and not stored: a, c; acknowledged and stored 3 times: b.",
    ),
}

ONCE = {
    "each once": (
        case(sent("a"), sent("b"), books=[healed(stored("a")), settled(stored("a"), stored("b"))]),
        True,
        "Nothing is stored twice; the database was read 2×.",
    ),
    "nothing stored": (case(sent("a", "fail"), books=[healed()]), True, None),
    "no books": (case(sent("a", "fail")), None, UNREAD),
    "twice after refusals": (case(sent("a", "fail"), books=[settled(stored("a", 2))]), False, "Stored 2 times: a."),
    "twice in the first books only": (
        case(sent("a"), books=[healed(stored("a", 3)), settled(stored("a"))]),
        False,
        "Stored 3 times: a.",
    ),
    "twice in the last books only": (
        case(sent("a"), books=[healed(stored("a")), settled(stored("a", 2))]),
        False,
        "Stored 2 times: a.",
    ),
    "two lines": (case(sent("a"), books=[settled(stored("a"), stored("a"))]), False, "Stored 2 times: a."),
    "a key for each": (
        case(sent("a", key="k"), sent("b", key="l"), books=[settled(stored("a"), stored("b"))]),
        True,
        None,
    ),
    "no keys": (case(sent("a"), sent("b"), books=[settled(stored("a"), stored("b"))]), True, None),
    "a key that was refused for another operation": (
        case(sent("a", key="k"), sent("b", "fail", key="k", status=422), books=[settled(stored("a"))]),
        True,
        None,
    ),
    "a key that was refused, and another that worked": (
        case(
            sent("a", key="k"),
            sent("b", "fail", key="k", status=422),
            sent("b", key="l"),
            books=[settled(stored("a"), stored("b"))],
        ),
        True,
        None,
    ),
    "one key, the other operation not there": (
        case(sent("a", key="k"), sent("b", "unknown", key="k"), books=[settled(stored("a"))]),
        True,
        None,
    ),
    "stored under one of two keys": (
        case(
            sent("a", key="k"),
            sent("b", "unknown", key="k"),
            sent("b", "unknown", key="l"),
            books=[settled(stored("a"), stored("b"))],
        ),
        True,
        None,
    ),
    "one key acknowledged for two": (
        case(sent("a", key="k"), sent("b", key="k"), books=[settled(stored("a"), stored("b"))]),
        False,
        "A key stands for several operations: k (a, b).",
    ),
    "one key acknowledged for two, without books": (
        case(sent("a", key="k"), sent("b", key="k")),
        False,
        "A key stands for several operations: k (a, b).",
    ),
    "one key, the other operation there though uncertain": (
        case(sent("a", key="k"), sent("b", "unknown", key="k"), books=[settled(stored("a"), stored("b"))]),
        False,
        "A key stands for several operations: k (a, b).",
    ),
    "one key, both there though refused": (
        case(sent("a", "fail", key="k"), sent("b", "fail", key="k"), books=[settled(stored("a"), stored("b"))]),
        False,
        "A key stands for several operations: k (a, b).",
    ),
}

WHOLE = {
    "all of it": (
        case(sent("a"), books=[healed(stored("a")), settled(stored("a"))]),
        True,
        "Everything adds up; the database was read 2×.",
    ),
    "no books": (case(sent("a")), None, UNREAD),
    "refused and there is not for this one to say": (case(sent("a", "fail"), books=[healed(stored("a"))]), True, None),
    "on its way while the books were read": (case(sent("a", t=20, ms=500), books=[healed(stored("a"))]), True, None),
    "prepared and not there": (
        case(sent("a"), operations=["a", "b"], books=[settled(stored("a"), stored("b", 0))]),
        True,
        None,
    ),
    "sums": (
        case(sent("a"), books=[settled(stored("a"), problems=["the entries sum up to 5"])]),
        False,
        "Does not add up: the entries sum up to 5.",
    ),
    "sums that were mended later": (
        case(sent("a"), books=[healed(stored("a"), problems=["a has no entries"]), settled(stored("a"))]),
        False,
        "Does not add up: a has no entries.",
    ),
    "the same in both books": (
        case(sent("a"), books=[healed(problems=["a has no entries"]), settled(problems=["a has no entries"])]),
        False,
        "Does not add up: a has no entries.",
    ),
    "prepared and never asked for": (
        case(sent("a"), operations=["a", "b"], books=[settled(stored("a"), stored("b"))]),
        False,
        "Stored and never asked for: b.",
    ),
    "not of this case": (case(sent("a"), books=[settled(stored("z"))]), False, "Stored and never asked for: z."),
    "there before it was asked for": (
        case(sent("a", t=25, phase="settle"), books=[healed(stored("a")), settled(stored("a"))]),
        False,
        "Stored and never asked for: a.",
    ),
}


@pytest.mark.parametrize(("of", "ok", "detail"), ACKNOWLEDGED.values(), ids=ACKNOWLEDGED)
def test_acknowledged_is_stored(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I1", of)

    assert said == (ok, detail or said[1])


@pytest.mark.parametrize(("of", "ok", "detail"), ONCE.values(), ids=ONCE)
def test_nothing_is_stored_twice(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I2", of)

    assert said == (ok, detail or said[1])


@pytest.mark.parametrize(("of", "ok", "detail"), WHOLE.values(), ids=WHOLE)
def test_no_half_state(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I3", of)

    assert said == (ok, detail or said[1])
