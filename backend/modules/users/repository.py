"""Every query about users."""

from typing import Any

from sqlalchemy import ColumnElement

from backend.core.db.repository import Repository
from backend.modules.users.model import User


class UserRepository(Repository[User]):
    model = User
    sortable = ("id", "created_at", "nickname")
    filterable = ("role", "status")
    searchable = ("nickname", "phone")

    def _condition(self, name: str, value: Any) -> ColumnElement[bool]:
        """A user's status is whether `disabled_at` is set."""
        if name != "status":
            return super()._condition(name, value)
        return User.disabled_at.is_not(None) if value == "disabled" else User.disabled_at.is_(None)
