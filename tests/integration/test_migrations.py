"""The migrations: every step goes up and down, together they are the models, and many starts at once do it once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from testdb.server import Server

from backend.core.db import db
from backend.core.db.migrations import FOLDER
from backend.core.settings import ROOT
from backend.modules.users import service
from backend.settings import Settings
from tests.framework.database_names import fresh_database
from tests.framework.waiting import HANG, eventually
from tests.integration.support.applications import application
from tests.integration.support.sql import Sql

SCRIPTS = ScriptDirectory(str(FOLDER))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
STARTS = 3

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def empty_url(database_server: Server, worker: str) -> Iterator[str]:
    """The URL of a database without a table."""
    with fresh_database(database_server.url, f"{worker}_migrations") as url:
        yield url


@pytest.fixture
def empty(settings: Settings, empty_url: str) -> Iterator[Flask]:
    """An application on an empty database, with its context."""
    with application(settings, database_url=empty_url) as app, app.app_context():
        yield app


def tables():
    return set(db.inspect(db.engine).get_table_names()) - {"alembic_version"}


def schema(url):
    """Everything that a migration may change, as rows that can be compared."""
    with Sql(url) as sql:
        columns = sql.rows(
            "SELECT table_name, column_name, column_type, is_nullable, column_default, collation_name "
            "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'"
        )
        indexes = sql.rows(
            "SELECT table_name, index_name, seq_in_index, column_name, non_unique "
            "FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'"
        )
        references = sql.rows(
            "SELECT constraint_name, table_name, referenced_table_name, delete_rule, update_rule "
            "FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()"
        )
    return [sorted(columns, key=repr), sorted(indexes, key=repr), sorted(references, key=repr)]


def differences():
    with db.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), db.metadata)


def test_there_is_one_head():
    assert SCRIPTS.get_heads() == [REVISIONS[-1]]


@pytest.mark.usefixtures("empty")
def test_migrated_database_is_what_the_models_say():
    flask_migrate.upgrade()

    assert tables() == set(db.metadata.tables)
    assert differences() == []
    flask_migrate.check()  # the command that CI runs; exits 1 on any difference


def test_text_is_compared_in_the_database_as_the_models_say(session: None, sql: Sql):
    """Alembic does not compare collations."""
    wanted = {
        (table.name, column.name, kind.collation)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if getattr(kind := column.type.dialect_impl(db.engine.dialect), "collation", None)
    }

    found = sql.rows(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND table_name <> 'alembic_version' "
        "AND (collation_name LIKE '%bin' OR collation_name LIKE '%520%')"
    )

    assert len(wanted) > 0
    assert set(found) == wanted


@pytest.mark.usefixtures("empty")
def test_a_model_without_a_migration_is_noticed():
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        connection.execute(db.text("ALTER TABLE users DROP COLUMN phone"))

    with pytest.raises(SystemExit) as stopped:
        flask_migrate.check()

    assert stopped.value.code == 1


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("revision", REVISIONS)
def test_each_revision_goes_down_to_what_was_before_it(empty_url: str, revision: str):
    below = SCRIPTS.get_revision(revision).down_revision or "base"
    if below != "base":
        flask_migrate.upgrade(revision=below)
    before = schema(empty_url)
    flask_migrate.upgrade(revision=revision)
    upgraded = schema(empty_url)

    flask_migrate.downgrade(revision=below)

    assert schema(empty_url) == before
    flask_migrate.upgrade(revision=revision)
    assert schema(empty_url) == upgraded


@pytest.mark.usefixtures("empty")
def test_what_a_migration_changes_is_seen_by_these_tests(empty_url: str):
    """One that changes rows alone leaves the schema as it was, so the test above does not ask for a difference."""
    before = schema(empty_url)

    flask_migrate.upgrade()

    assert schema(empty_url) != before


@pytest.mark.usefixtures("empty")
def test_all_the_way_down_leaves_no_table_and_the_way_up_is_open_again():
    flask_migrate.upgrade()

    flask_migrate.downgrade(revision="base")

    assert tables() == set()
    flask_migrate.upgrade()
    assert differences() == []


def test_generated_migration_of_every_model_goes_down_again(empty: Flask, tmp_path: Path):
    """Indexes that a foreign key needs are not dropped before their table: MySQL refuses that with error 1553."""
    for name in ("alembic.ini", "env.py", "script.py.mako"):
        shutil.copy2(FOLDER / name, tmp_path)
    (tmp_path / "versions").mkdir()
    flask_migrate.migrate(str(tmp_path), message="everything")
    (generated,) = (tmp_path / "versions").glob("*.py")
    assert "create_index" in generated.read_text()
    flask_migrate.upgrade(str(tmp_path))
    assert differences() == []

    flask_migrate.downgrade(str(tmp_path), revision="base")

    assert tables() == set()


def test_of_three_starts_at_the_same_moment_one_migrates_and_all_succeed(empty_url: str):
    environment = os.environ | {"DATABASE_URL": empty_url, "LOG_LEVEL": "INFO"}
    command = [sys.executable, "-m", "flask", "db", "upgrade"]
    with Sql(empty_url) as sql:
        sql.run("SELECT GET_LOCK(CONCAT('touchstone-migrations-', LEFT(SHA2(DATABASE(), 256), 32)), 0)")

        starts = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for _ in range(STARTS)
        ]
        try:
            eventually(lambda: len(sql.waiting("User lock")) == STARTS, "all starts wait for the lock")
            sql.run("DO RELEASE_ALL_LOCKS()")
            outputs = [start.communicate(timeout=HANG)[0] for start in starts]
        finally:
            for start in starts:
                start.kill()
                start.wait()

    assert [start.returncode for start in starts] == [0] * STARTS, outputs
    assert sum(f"-> {REVISIONS[0]}" in output for output in outputs) == 1, outputs


def test_a_migration_of_another_database_is_not_waited_for(empty_url: str, empty: Flask, sql: Sql):
    sql.run("SELECT GET_LOCK(CONCAT('touchstone-migrations-', LEFT(SHA2(DATABASE(), 256), 32)), 0)")

    flask_migrate.upgrade()

    assert tables() == set(db.metadata.tables)


@pytest.mark.usefixtures("empty")
def test_shared_phone_numbers_stop_the_migration_before_it_changes_anything(empty_url: str, caplog):
    flask_migrate.upgrade(revision="0004")
    with Sql(empty_url) as sql:
        for openid in ("o-1", "o-2"):
            sql.run(
                "INSERT INTO users (openid, nickname, avatar_url, phone, role, created_at, updated_at) "
                f"VALUES ('{openid}', '', '', '13800138000', 'member', NOW(), NOW())"
            )
    before = schema(empty_url)

    with pytest.raises(SystemExit):
        flask_migrate.upgrade()

    assert "1 phone numbers belong to several users" in caplog.text
    assert schema(empty_url) == before
    assert service.shared_phones() == [("13800138000", [1, 2])]
    service.unbind_phone(1)
    db.session.commit()
    flask_migrate.upgrade()
