"""A table's rows are all checked, also after one that fails."""

import pytest

from tests.framework.tables import every, table


def test_every_row_that_fails_is_told():
    def small(number):
        assert number < 2

    with pytest.raises(ExceptionGroup, match="2 rows") as caught:
        every([1, 2, 0, 3, 1], small)

    assert [error.__notes__ for error in caught.value.exceptions] == [["in the row 2"], ["in the row 3"]]


def test_an_error_of_any_kind_is_told():
    with pytest.raises(ExceptionGroup):
        every([0], lambda number: 1 / number)


def test_table_without_a_bad_row_passes():
    seen = []

    every({"a": 1, "b": 2}, seen.append)

    assert seen == ["a", "b"]


@pytest.fixture
def limit():
    return 2


class TestDecorator:
    @table("text, number", {"first": ("1", 1), "second": ("2", 2)})
    def test_columns_are_arguments_and_the_others_fixtures(self, text, number, limit):
        assert int(text) == number <= limit

    @table("row", [(1, 2), (3, 4)])
    def test_one_column_takes_the_row_as_it_is(self, row):
        assert len(row) == 2

    def test_every_row_that_fails_is_named(self):
        @table("number, most", {"small": (1, 2), "large": (3, 2), "larger": (4, 2)})
        def check(number, most):
            assert number <= most

        with pytest.raises(ExceptionGroup, match="2 rows") as caught:
            check()

        assert [error.__notes__[0].split("'")[1] for error in caught.value.exceptions] == ["large", "larger"]

    def test_table_without_rows_is_a_mistake(self):
        with pytest.raises(AssertionError, match="empty"):
            table("number", [])(lambda number: None)()
