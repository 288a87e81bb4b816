"""Reads from the current database which migrations it has; changes nothing, and creates no SQLite file."""

from pathlib import Path

from flask import current_app
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from backend.core.db import db
from backend.core.errors import DatabaseUnavailableError
from backend.core.settings import current


def current_heads() -> tuple[str, ...] | None:
    """The revisions at which the database stands, none for an empty one; None where it cannot be asked."""
    if "sqlalchemy" not in current_app.extensions:
        return None
    if missing_file():
        return ()
    try:
        connection = db.session.connection()
        if not inspect(connection).has_table("alembic_version"):
            return ()
        return tuple(connection.scalars(text("SELECT version_num FROM alembic_version")))
    except (SQLAlchemyError, DatabaseUnavailableError):
        return None
    finally:
        db.session.close()  # on SQLite an open transaction keeps everybody else from writing


def missing_file() -> bool:
    """Whether the database is an SQLite file that is not there yet."""
    url = current().sqlalchemy_url
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(str(url.database)).exists()
