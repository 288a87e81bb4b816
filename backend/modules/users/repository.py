"""Every query about users."""

import builtins
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, select

from backend.core.db.repository import Repository
from backend.modules.users.model import User


class UserRepository(Repository[User]):
    model = User
    sortable = ("id", "created_at", "nickname")
    filterable = ("role", "status")
    searchable = ("nickname", "phone")
    changeable = ("unionid", "nickname", "avatar_url", "phone", "role", "disabled_at")

    def shared_phones(self) -> builtins.list[tuple[str, builtins.list[int]]]:
        """Numbers that several users have, each with the ids of these users."""
        shared = select(User.phone).where(User.phone.is_not(None)).group_by(User.phone).having(func.count() > 1)
        rows = self.session.execute(
            select(User.phone, User.id).where(User.phone.in_(shared)).order_by(User.phone, User.id)
        )
        return [(phone, [row.id for row in rows]) for phone, rows in groupby(rows.all(), key=lambda row: row.phone)]

    def _condition(self, name: str, value: Any) -> ColumnElement[bool]:
        """A user's status is whether `disabled_at` is set."""
        if name != "status":
            return super()._condition(name, value)
        return User.disabled_at.is_not(None) if value == "disabled" else User.disabled_at.is_(None)
