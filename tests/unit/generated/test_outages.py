"""Every route when the database is away: an answer in the envelope that says when to come back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from tests.framework import routes
from tests.framework.api import assert_come_back
from tests.framework.generated_checks import assert_refused
from tests.framework.generated_requests import Caller
from tests.unit.core.support import database_error

ROUTES = routes.every()
GUARDED = routes.every("user", "permission")  # the caller is looked up
OF_TRANSACTIONS = ("SAVEPOINT", "ROLLBACK", "RELEASE")


@pytest.fixture
def away() -> Iterator[list[str]]:
    """`away.append("now")`: from then on no statement reaches the database."""
    since: list[str] = []

    def refuse(_connection, _cursor, statement, *_rest) -> None:
        if since and not statement.startswith(OF_TRANSACTIONS):
            raise database_error(2003, "Can't connect to MySQL server")

    event.listen(Engine, "before_cursor_execute", refuse)
    yield since
    event.remove(Engine, "before_cursor_execute", refuse)


@routes.each(ROUTES)
def test_without_the_database_a_route_says_so_or_does_without(api, endpoint, away):
    caller = Caller(api, endpoint)
    path, body = caller.path(), caller.body()
    caller.proof(body)
    away.append("now")

    answer = caller.send(raw=body, path=path)

    assert endpoint not in GUARDED or answer.status_code == 503
    if answer.status_code >= 400:
        assert_refused(answer, 503)
        assert_come_back(answer)
