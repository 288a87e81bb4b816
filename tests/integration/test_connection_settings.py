"""What every connection of the application is set to, whatever the server's own settings are."""

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DataError

from backend.core.db import db
from backend.modules.users import service as users
from backend.settings import Settings
from tests.framework.waiting import HANG
from tests.integration.support.applications import MakeApp
from tests.integration.support.sql import Sql

TIMEOUTS = ("innodb_lock_wait_timeout", "lock_wait_timeout", "max_statement_time", "max_execution_time", "wait_timeout")
NEW_USER = (
    "INSERT INTO users (openid, nickname, avatar_url, role, created_at, updated_at) "
    "VALUES ('o-1', '', '', 'member', UTC_TIMESTAMP(), UTC_TIMESTAMP())"
)

pytestmark = pytest.mark.usefixtures("real_commits")


def variables(*names: str) -> dict[str, str]:
    """The session's variables; those that this server does not have are left out."""
    statement = "SHOW SESSION VARIABLES WHERE Variable_name IN %s"
    return dict(db.session.connection().exec_driver_sql(statement, (names,)).all())


def on_a_server_with(url: str, **driver_arguments: str) -> str:
    """The same database, reached by connections that begin with other settings, as a lax server's would."""
    return make_url(url).update_query_dict(driver_arguments).render_as_string(hide_password=False)


def test_the_server_gives_up_before_the_client_does(make_app: MakeApp):
    app = make_app(db_lock_timeout=2, db_statement_timeout=2.5, db_read_timeout=4)

    with app.app_context():
        found = variables(*TIMEOUTS)

    limit = found.get("max_statement_time") or found.get("max_execution_time")
    assert float(limit) in (2.5, 2500)  # MariaDB counts seconds, MySQL milliseconds
    assert (found["innodb_lock_wait_timeout"], found["lock_wait_timeout"]) == ("2", "2")
    assert found["wait_timeout"] == "600"


def test_a_transaction_sees_what_others_have_committed_meanwhile(sql: Sql, session: None):
    before = users.users.count()

    sql.run(NEW_USER)

    assert (before, users.users.count()) == (0, 1)


def test_a_lax_server_still_cuts_nothing_off(settings: Settings, make_app: MakeApp):
    lax = on_a_server_with(settings.database_url.get_secret_value(), sql_mode="NO_ENGINE_SUBSTITUTION")
    app = make_app(database_url=lax)

    with app.app_context(), pytest.raises(DataError):
        users.users.create(openid="o-1", nickname="x" * 65)

    with app.app_context():
        assert "STRICT_ALL_TABLES" in variables("sql_mode")["sql_mode"]


def test_moments_are_in_utc_whatever_the_servers_time_zone(settings: Settings, make_app: MakeApp, sql: Sql):
    shanghai = on_a_server_with(settings.database_url.get_secret_value(), init_command="SET time_zone='+08:00'")
    app = make_app(database_url=shanghai)

    with app.app_context():
        users.users.create(openid="o-1")
        db.session.commit()
        zone = variables("time_zone")["time_zone"]
        age = db.session.scalar(db.text("SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, NOW())) FROM users"))

    assert zone == "+00:00"
    assert age < HANG
    assert sql.value("SELECT ABS(TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP())) FROM users") < HANG
