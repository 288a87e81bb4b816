"""A user, as the database keeps it."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.clock import utcnow
from backend.core.db import Base
from backend.core.db.columns import ID, exact, searchable


class User(Base):
    __tablename__ = "users"
    __table_args__ = (Index("uq_users_phone", "phone", unique=True),)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    openid: Mapped[str] = mapped_column(exact(64), unique=True)
    unionid: Mapped[str | None] = mapped_column(exact(64), index=True)
    nickname: Mapped[str] = mapped_column(searchable(64), default="")
    avatar_url: Mapped[str] = mapped_column(String(500), default="")
    phone: Mapped[str | None] = mapped_column(exact(32))
    role: Mapped[str] = mapped_column(String(16), default="member", index=True)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    @property
    def status(self) -> str:
        return "disabled" if self.disabled_at else "active"
