"""Which rule is taken, and how often."""

import pytest

from faultlab.proxy import At, How, Rule
from faultlab.proxy.book import Book


def rule(**values) -> Rule:
    return Rule(**{"at": At.BEFORE, "how": How.RESET} | values)


@pytest.fixture
def book():
    return Book()


def claims(book, count, *texts, at=At.BEFORE, before=()):
    return [book.claim(at, texts or ("INSERT",), before) is not None for _ in range(count)]


def test_nothing_is_armed(book):
    assert claims(book, 1) == [False]


@pytest.mark.parametrize(
    ("times", "taken"), [(1, [True, False, False]), (2, [True, True, False]), (None, [True, True, True])]
)
def test_a_rule_is_taken_as_often_as_it_says(book, times, taken):
    book.arm([rule(times=times)])

    assert claims(book, 3) == taken


def test_a_rule_is_for_one_moment(book):
    book.arm([rule()])

    assert claims(book, 1, at=At.REPLY) == claims(book, 1, at=At.CONNECT) == [False]


def test_a_rule_is_for_its_statement(book):
    book.arm([rule(statement="insert", times=None)])

    assert claims(book, 1, "SELECT") == [False]
    assert claims(book, 1, "INSERT") == [True]
    assert claims(book, 1, "SELECT", "INSERT") == [True]


def test_a_connection_has_no_statement(book):
    book.arm([rule(at=At.CONNECT, statement="INSERT", after_write="x")])

    assert book.claim(At.CONNECT) is not None


def test_a_rule_may_ask_for_a_write_before(book):
    book.arm([rule(statement="COMMIT", after_write="insert into payments", times=None)])

    assert claims(book, 1, "COMMIT") == [False]
    assert claims(book, 1, "COMMIT", before=["SELECT 1"]) == [False]
    assert claims(book, 1, "COMMIT", before=["SELECT 1", "INSERT INTO payments VALUES (1)"]) == [True]


def test_the_write_before_may_be_in_the_same_batch(book):
    book.arm([rule(statement="COMMIT", after_write="INSERT", times=None)])

    assert claims(book, 1, "COMMIT", "INSERT") == [False]
    assert claims(book, 1, "INSERT", "COMMIT") == [True]
    assert claims(book, 1, "INSERT", "SELECT") == [False]


def test_the_first_rule_that_was_armed_is_taken(book):
    first, second = rule(statement="INSERT"), rule()
    book.arm([first])
    book.arm([second])

    assert [book.claim(At.BEFORE, ("INSERT",)).rule for _ in range(2)] == [first, second]


def test_a_rule_can_be_armed_again(book):
    again = rule()
    book.arm([again])
    book.arm([again])

    assert claims(book, 3) == [True, True, False]


def test_what_was_given_back_can_be_taken_again(book):
    book.arm([rule()])
    book.give_back(book.claim(At.BEFORE, ("INSERT",)))

    assert claims(book, 2) == [True, False]


def test_what_was_set_off_is_noted(book):
    book.arm([rule(fault="reset", moment="m4")])

    fired = book.set_off(book.claim(At.BEFORE, ("INSERT",)), "INSERT")
    book.note("cut-all", "m1", "2 open connections")

    assert book.firings()[0] is fired
    assert [(one.fault, one.moment, one.where, one.problem) for one in book.firings()] == [
        ("reset", "m4", "INSERT", ""),
        ("cut-all", "m1", "2 open connections", ""),
    ]
    assert book.firings()[0].monotonic <= book.firings()[1].monotonic


def test_what_was_healed_meanwhile_is_not_set_off(book):
    book.arm([rule()])
    armed = book.claim(At.BEFORE, ("INSERT",))

    book.heal()

    assert book.set_off(armed, "INSERT") is None
    assert book.firings() == []
    assert claims(book, 1) == [False]


def test_what_could_not_be_done_is_noted_with_it(book):
    book.arm([rule(times=2)])
    first, second = (book.set_off(book.claim(At.BEFORE, ("INSERT",)), "INSERT") for _ in range(2))

    book.failed(second, "OSError: no")

    assert [one.problem for one in book.firings()] == ["", "OSError: no"]
    assert book.firings()[0] is first
