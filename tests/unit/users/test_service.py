"""Rules about users that no route shows by itself."""

import pytest

from backend.core.db import db
from backend.core.errors import DuplicateError
from backend.modules.users import service
from backend.modules.users.model import User
from backend.modules.users.roles import ROLES

pytestmark = pytest.mark.usefixtures("session")


class TestGetOrCreate:
    def test_same_openid_is_the_same_user(self):
        assert service.get_or_create("o-1").id == service.get_or_create("o-1").id

    def test_openids_that_differ_in_case_are_two_users(self):
        assert service.get_or_create("o-a").id != service.get_or_create("o-A").id

    def test_twins_make_one_user(self, monkeypatch):
        """Both look, both find nobody, the other one stores first."""
        twin = service.get_or_create("o-1")
        answers = iter([None])
        find_by = service.users.find_by
        monkeypatch.setattr(service.users, "find_by", lambda **values: next(answers, find_by(**values)))

        user = service.get_or_create("o-1")

        assert user.id == twin.id
        assert db.session.query(User).count() == 1

    def test_what_the_transaction_did_before_the_twins_met_stays(self, monkeypatch):
        service.get_or_create("o-1")
        other = service.users.create(openid="o-2", nickname="written before")
        answers = iter([None])
        find_by = service.users.find_by
        monkeypatch.setattr(service.users, "find_by", lambda **values: next(answers, find_by(**values)))

        service.get_or_create("o-1")

        assert service.get(other.id).nickname == "written before"

    def test_conflict_that_is_no_twin_is_an_error(self, monkeypatch):
        service.get_or_create("o-1")
        monkeypatch.setattr(service.users, "find_by", lambda **_: None)

        with pytest.raises(DuplicateError):
            service.get_or_create("o-1")


class TestPermissions:
    @pytest.mark.parametrize("role", ROLES)
    def test_are_those_of_the_role(self, role):
        assert service.permissions(User(role=role)) == ROLES[role]

    def test_of_an_unknown_role_are_none(self):
        assert service.permissions(User(role="retired")) == frozenset()


class TestDisable:
    def test_tells_who_listens(self):
        heard = []
        user = service.get_or_create("o-1")
        with service.user_disabled.connected_to(heard.append):
            service.disable(user.id, by=0)

        assert heard == [user.id]
