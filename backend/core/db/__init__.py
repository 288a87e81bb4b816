"""The database: one declarative base, one session a request, a teardown that never replaces an answer."""

from datetime import UTC, datetime
from typing import Any

import structlog
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

from backend.core.db.errors import classify

log = structlog.get_logger(__name__)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC in Python, microseconds without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DATETIME(fsp=6) if dialect.name in ("mysql", "mariadb") else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone could be any of 24; use core.clock.utcnow()")
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """Base of every mapped class."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime()})


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with a teardown whose errors never replace an answer."""

    def _make_engine(self, _: str | None, options: dict[str, Any], __: Any) -> Engine:
        """Pass the options on unchanged: `engine_from_config`, the default, turns a pool_timeout of 0.3 seconds into 0."""
        return create_engine(**options)

    def _teardown_session(self, exc: BaseException | None) -> None:
        """Give the connection back; if even that fails, throw it away and say so in the log."""
        try:
            self.session.remove()
        except DBAPIError as error:
            log.warning("db.teardown_failed", fault=classify(error).value)
            self.session.registry().invalidate()
            self.session.registry.clear()


db = Database(
    model_class=Base,
    session_options={"join_transaction_mode": "create_savepoint", "expire_on_commit": False},
)
