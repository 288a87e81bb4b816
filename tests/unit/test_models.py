"""The models: what is stored is what was meant."""

from datetime import datetime

import pytest
from sqlalchemy.exc import StatementError

from backend.core.db import db
from backend.modules.users.model import User

pytestmark = pytest.mark.usefixtures("session")


def test_a_moment_without_a_time_zone_is_refused():
    db.session.add(User(openid="o-2", disabled_at=datetime(2026, 1, 2)))  # noqa: DTZ001 - that is the point

    with pytest.raises(StatementError, match="without a time zone"):
        db.session.flush()


def test_user_exists():
    db.session.add(User(openid="o-1", nickname="小明"))
    db.session.commit()

    found = db.session.scalar(db.select(User).filter_by(openid="o-1"))

    assert found is not None
    assert (found.nickname, found.role, found.status) == ("小明", "member", "active")
