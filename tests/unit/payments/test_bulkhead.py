"""Who may wait: at most half of the threads, and never the last free one."""

from types import SimpleNamespace

import pytest

from backend.core.db import db
from backend.modules.payments import bulkhead
from backend.modules.payments.bulkhead import Bulkhead


@pytest.mark.parametrize(
    ("threads", "waiting", "busy", "free"),
    [
        (8, 0, 0, True),
        (8, 3, 0, True),
        (8, 4, 0, False),
        (8, 0, 6, True),
        (8, 0, 7, False),
        (8, 1, 6, False),
        (8, 3, 3, True),
        (8, 3, 4, False),
        (2, 0, 0, True),
        (2, 0, 1, False),
        (2, 1, 0, False),
    ],
)
def test_place(threads, waiting, busy, free):
    made = Bulkhead(threads)
    made.waiting = waiting

    with made.place(busy) as found:
        assert found is free
        assert made.waiting == waiting + free
    assert made.waiting == waiting


def test_place_is_given_back_after_an_error():
    made = Bulkhead(8)

    with pytest.raises(ZeroDivisionError), made.place(0):
        raise ZeroDivisionError

    assert made.waiting == 0


def test_application_has_one_of_its_threads(app, settings, session):
    assert bulkhead.current() is app.extensions[bulkhead.EXTENSION]
    assert bulkhead.current()._threads == settings.server_threads


@pytest.mark.parametrize(("pool", "count"), [(SimpleNamespace(checkedout=lambda: 3), 3), (SimpleNamespace(), 0)])
def test_connections_in_use(session, monkeypatch, pool, count):
    monkeypatch.setattr(
        type(db.session()), "get_bind", lambda *_, **__: SimpleNamespace(engine=SimpleNamespace(pool=pool))
    )

    assert bulkhead.connections_in_use() == count
