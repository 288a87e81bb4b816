"""No database is created or dropped whose name does not say that it is for tests."""

import pytest

from tests.framework import database_names


@pytest.mark.parametrize("name", ["touchstone", "production", "", "mysql", "test`; DROP DATABASE shop; --", "test.x"])
def test_any_other_database_is_refused_before_anything_connects(name):
    with pytest.raises(database_names.NotATestDatabaseError):
        database_names.drop("mysql+pymysql://nobody@127.0.0.1:1/", name)


def test_names_of_the_suite_pass():
    assert database_names.refuse_real("touchstone_test_gw0") == "touchstone_test_gw0"
