"""Runs migrations under a lock of the database, so that two starts at the same moment cannot race."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, pool, text
from sqlalchemy.engine import create_engine

from backend.core.db import db
from backend.core.db.migrations import render_item
from backend.core.settings import current

LOCK = "touchstone-migrations"
LOCK_SECONDS = 120
POSTGRES_LOCK = 4_706_112_026


def options() -> dict[str, object]:
    configured = dict(current_app.extensions["migrate"].configure_args)
    configured |= {"target_metadata": db.metadata, "render_item": render_item, "compare_type": True}
    return configured | {"render_as_batch": current().sqlalchemy_url.get_backend_name() == "sqlite"}


def lock(connection: Connection) -> None:
    """Wait for whoever migrates already; the lock ends with the connection."""
    if connection.dialect.name in ("mysql", "mariadb"):
        name = "CONCAT(:lock, '-', LEFT(SHA2(DATABASE(), 256), 32))"  # these locks are the whole server's, not the database's
        got = connection.scalar(text(f"SELECT GET_LOCK({name}, :seconds)"), {"lock": LOCK, "seconds": LOCK_SECONDS})
        if got != 1:
            raise RuntimeError(f"another migration has been running for {LOCK_SECONDS} seconds; look at it first")
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": POSTGRES_LOCK})


def migrate_online() -> None:
    """On a connection of its own, without the application's short time-outs: changing a large table takes its time."""
    engine = create_engine(current().sqlalchemy_url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        lock(connection)
        context.configure(connection=connection, **options())  # type: ignore[arg-type]
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


def migrate_offline() -> None:
    """Print SQL instead of running it."""
    url = current().sqlalchemy_url.render_as_string(hide_password=False)
    context.configure(url=url, literal_binds=True, **options())  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    migrate_offline()
else:
    migrate_online()
