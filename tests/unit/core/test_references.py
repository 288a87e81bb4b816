"""What one record refers to exists, and what others refer to stays."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.core.clock import utcnow
from backend.core.db import db
from backend.core.db.duplicates import duplicated
from backend.core.db.purging import purge, unreferenced
from backend.core.errors import InUseError, NotFoundError, UnknownReferenceError
from backend.core.references import check_reference
from backend.modules.auth.model import AuthSession
from backend.modules.users import service as users
from backend.modules.users.model import User
from tests.framework.tables import table


def get(number):
    if number != 1:
        raise NotFoundError


@pytest.mark.parametrize("values", [{}, {"box_id": None}, {"box_id": 1}])
def test_known_or_missing_reference_passes(values):
    check_reference(values, "box_id", get)


def test_unknown_reference_names_its_field():
    with pytest.raises(UnknownReferenceError, match="box_id") as refused:
        check_reference({"box_id": 2}, "box_id", get)

    assert (refused.value.status, refused.value.data) == (409, {"fields": ["box_id"]})


USERS, SESSIONS = User.__table__, AuthSession.__table__


@table(
    "model, error, columns",
    {
        "SQLite": (USERS, "UNIQUE constraint failed: users.openid", ["openid"]),
        "MySQL": (USERS, "(1062, \"Duplicate entry 'x' for key 'users.uq_users_openid'\")", ["openid"]),
        "MariaDB": (USERS, "(1062, \"Duplicate entry 'x' for key 'uq_users_openid'\")", ["openid"]),
        "PostgreSQL": (USERS, 'duplicate key value violates unique constraint "uq_users_openid"', ["openid"]),
        "another key": (USERS, "for key 'uq_users_openid_2'", []),
        "no unique key": (SESSIONS, "UNIQUE constraint failed: users.openid", []),
    },
)
def test_unique_key_is_read_from_the_error(model, error, columns):
    assert duplicated(model, error) == columns


@pytest.mark.usefixtures("session")
class TestRowsInUse:
    def test_row_that_another_table_refers_to_is_not_deleted(self, api):
        actor = api.login()

        with pytest.raises(InUseError):
            users.users.delete(users.get(actor.id))

    def test_other_errors_stay_what_they_are(self, monkeypatch):
        def fail():
            raise IntegrityError("", {}, Exception("UNIQUE constraint failed: users.openid"))

        user = users.get_or_create("openid")
        monkeypatch.setattr(users.users, "_flush", fail)

        with pytest.raises(IntegrityError):
            users.users.delete(user)

    def test_purge_leaves_it(self, api):
        kept, gone = api.login().id, users.get_or_create("alone").id
        db.session.commit()

        assert purge(User, User.created_at < utcnow() + timedelta(days=1), *unreferenced(User)) == 1

        assert [db.session.get(User, number) is None for number in (kept, gone)] == [False, True]
