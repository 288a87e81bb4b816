"""What the database says about its migrations."""

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from backend.core.db import db
from tools import applied_migrations


@pytest.mark.usefixtures("session")
def test_database_without_migrations_has_none():
    assert applied_migrations.current_heads() == ()


@pytest.mark.usefixtures("session")
def test_revisions_are_read():
    db.session.execute(db.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    db.session.execute(db.text("INSERT INTO alembic_version VALUES ('0007')"))
    db.session.commit()

    assert applied_migrations.current_heads() == ("0007",)


@pytest.mark.usefixtures("session")
def test_no_transaction_is_left_open():
    applied_migrations.current_heads()

    assert not db.session().in_transaction()


@pytest.mark.usefixtures("session")
def test_database_that_is_away_cannot_be_asked(monkeypatch):
    def fail(_):
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(applied_migrations, "inspect", fail)

    assert applied_migrations.current_heads() is None


def test_application_without_database_cannot_be_asked():
    with Flask("empty").app_context():
        assert applied_migrations.current_heads() is None


@pytest.mark.usefixtures("session")
def test_missing_file_is_not_made(monkeypatch, tmp_path, settings):
    elsewhere = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path}/none.sqlite3")})
    monkeypatch.setattr(applied_migrations, "current", lambda: elsewhere)

    assert applied_migrations.current_heads() == ()
    assert list(tmp_path.iterdir()) == []
