"""The models: what is stored is what was meant."""

from datetime import datetime

import pytest
from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import StatementError

from backend.core.db import db
from backend.modules.users.model import User


def skippable():
    """Indexes by which MySQL 9.6 or newer does not look for a foreign key's parent while a later column of theirs is NULL."""
    return [
        index.name
        for table in db.metadata.sorted_tables
        for reference in table.foreign_key_constraints
        for index in (*table.indexes, *(one for one in table.constraints if isinstance(one, UniqueConstraint)))
        if _begins_with(list(index.columns), list(reference.columns))
    ]


def _begins_with(columns, key):
    return columns[: len(key)] == key and any(column.nullable for column in columns[len(key) :])


pytestmark = pytest.mark.usefixtures("session")


def test_a_moment_without_a_time_zone_is_refused():
    db.session.add(User(openid="o-2", disabled_at=datetime(2026, 1, 2)))  # noqa: DTZ001 - that is the point

    with pytest.raises(StatementError, match="without a time zone"):
        db.session.flush()


def test_no_index_lets_a_foreign_key_be_skipped():
    assert skippable() == []


def test_user_exists():
    db.session.add(User(openid="o-1", nickname="小明"))
    db.session.commit()

    found = db.session.scalar(db.select(User).filter_by(openid="o-1"))

    assert found is not None
    assert (found.nickname, found.role, found.status) == ("小明", "member", "active")
