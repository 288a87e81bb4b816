"""No test ever touches a database whose name does not say that it is one for tests."""

import pytest
from sqlalchemy import make_url
from testdb.server import Server

from backend.core.settings import SettingsError
from backend.settings import load_settings
from tests.framework import database_names


def url_of(server: Server, database: str) -> str:
    return make_url(server.url).set(database=database).render_as_string(hide_password=False)


def test_each_worker_has_a_test_database_of_its_own(database_url: str, worker: str):
    name = make_url(database_url).database

    assert name.startswith("touchstone_test_")
    assert worker in name


@pytest.mark.parametrize("name", ["touchstone", "customers", "mysql", ""])
def test_settings_of_the_suite_refuse_a_database_that_is_not_for_tests(
    database_server: Server, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv("DATABASE_URL", url_of(database_server, name))

    with pytest.raises(SettingsError, match="its name must carry 'test'"):
        load_settings()


def test_a_real_database_is_neither_dropped_nor_made_anew(database_server: Server):
    with pytest.raises(database_names.NotATestDatabaseError):
        database_names.drop(database_server.url, "mysql")

    assert "mysql" in database_names.refuse_real("mysql_test")
