"""A table's rows are all checked, also after one that fails."""

import pytest

from tests.framework.tables import every


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
