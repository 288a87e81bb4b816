"""Brings the embedded SQLite file up to date before `make run` serves; any other database is only looked at, never changed."""

import subprocess
import sys
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from backend.core.db import db

ROOT = Path(__file__).resolve().parents[1]
UPGRADE = (sys.executable, "-m", "flask", "--app", "backend", "db", "upgrade")
UPGRADE_BY_HAND = ".venv/bin/flask db upgrade"


def prepare(app: Flask) -> str:
    """Make an SQLite file fit the code; tells what was found or done, or ends with what a person must do."""
    with app.app_context():
        url = db.engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            return prepare_file(Path(url.database))
        return f"{url.render_as_string(hide_password=True)}, {opinion()}"


def prepare_file(file: Path) -> str:
    """Migrate the file if its revision is not the newest one."""
    try:
        found, wanted = revisions()
    except SQLAlchemyError as error:
        sys.exit(f"The database {shown(file)} cannot be used: {getattr(error, 'orig', error)}\n{start_anew(file)}")
    if found == wanted:
        return f"{shown(file)} is up to date"
    upgrade(file)
    return f"{shown(file)} {'brought up to date' if found else 'made'}"


def opinion() -> str:
    """What a person should know about a database that is not ours to change."""
    try:
        found, wanted = revisions()
    except SQLAlchemyError as error:
        return f"which does not answer yet ({type(getattr(error, 'orig', error)).__name__})"
    return "up to date" if found == wanted else f"not up to date: run {UPGRADE_BY_HAND}"


def revisions() -> tuple[set[str], set[str]]:
    """The revisions of the database, and those that the code wants."""
    with db.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return set(found), set(ScriptDirectory(str(ROOT / "migrations")).get_heads())


def upgrade(file: Path) -> None:
    """Run the migrations in a process of their own; show what they said only if they fail."""
    done = subprocess.run(UPGRADE, check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        sys.exit(f"The database {shown(file)} could not be brought up to date:\n{tail}\n{start_anew(file)}")


def start_anew(file: Path) -> str:
    """The way out that loses nothing."""
    return f"To start with an empty one: mv {shown(file)} {shown(file)}.old"


def shown(file: Path) -> str:
    """The path, short if it lies in this folder."""
    return str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else str(file)
