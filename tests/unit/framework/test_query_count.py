"""A statement for each row is noticed, however it came about; other statements are not."""

import pytest
from sqlalchemy import create_engine, text

from tests.framework.query_count import MOST, RepeatedQueryError, no_repeated_query


@pytest.fixture
def connection():
    with create_engine("sqlite://").connect() as connection:
        yield connection


def ask(connection, *numbers):
    for number in numbers:
        connection.execute(text("SELECT :number"), {"number": number})


def test_one_statement_more_often_than_allowed_is_an_error_that_shows_it(connection):
    with (
        pytest.raises(RepeatedQueryError, match=r"GET /x has sent this 6 times: SELECT \?"),
        no_repeated_query("GET /x"),
    ):
        ask(connection, *range(MOST + 1))


def test_as_often_as_allowed_is_none(connection):
    with no_repeated_query("GET /x"):
        ask(connection, *range(MOST))


def test_different_statements_are_none(connection):
    with no_repeated_query("GET /x"):
        for number in range(20):
            connection.execute(text(f"SELECT {number}"))


def test_what_is_sent_outside_of_the_block_does_not_count(connection):
    with no_repeated_query("GET /x"):
        ask(connection, 1)
    ask(connection, *range(20))


def test_a_list_that_asks_for_each_row_fails_the_test_that_calls_it(api, monkeypatch):
    from backend.modules.users import service

    real = service.find

    def find(**query):
        found = real(**query)
        for user in found.items:
            service.users.find_by(openid=user.openid)
        return found

    monkeypatch.setattr(service, "find", find)
    admin = api.login("admin")
    for _ in range(MOST):
        api.login()

    with pytest.raises(RepeatedQueryError, match="GET /api/v1/users"):
        api.get("/api/v1/users", by=admin)
