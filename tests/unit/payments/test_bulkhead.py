"""Which gate counts the payments that wait for the database to come back."""

from types import SimpleNamespace

from sqlalchemy import create_engine

from backend.core.db import db
from backend.core.db.pool import gated
from backend.modules.payments import bulkhead, retry_budget


def test_where_the_pool_has_none_the_application_has_one(app, settings, session):
    gate = app.extensions[bulkhead.EXTENSION]

    assert gate._threads == settings.server_threads
    with bulkhead.place() as free:
        assert (free, gate._aside) == (True, 1)


def test_it_is_that_of_the_pool(app, session, monkeypatch):
    pool = create_engine("sqlite://", poolclass=gated(8)).pool
    monkeypatch.setattr(
        type(db.session()), "get_bind", lambda *_, **__: SimpleNamespace(engine=SimpleNamespace(pool=pool))
    )

    with bulkhead.place() as free:
        assert (free, pool.gate._aside) == (True, 1)
    assert app.extensions[bulkhead.EXTENSION]._aside == 0


def test_outside_of_a_request_each_call_has_a_budget_of_its_own(session):
    assert retry_budget.current() is not retry_budget.current()
