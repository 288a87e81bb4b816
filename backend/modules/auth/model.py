"""Sessions (one a login) and their refresh tokens, of which only hashes are kept."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.core.clock import utcnow
from backend.core.db import Base
from backend.core.db.columns import ID, exact

if TYPE_CHECKING:
    from backend.modules.users.model import User


class AuthSession(Base):
    """A login on a device: the family of all refresh tokens that descend from it."""

    __tablename__ = "auth_sessions"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    device: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(String(16))

    user: Mapped["User"] = relationship(lazy="raise")


class RefreshToken(Base):
    """A refresh token, used at most once; its successor names it as `parent_id`."""

    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("auth_sessions.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ID, unique=True)
    token_hash: Mapped[str] = mapped_column(exact(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    used_at: Mapped[datetime | None]

    session: Mapped[AuthSession] = relationship(lazy="raise")
