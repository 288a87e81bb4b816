"""`flask doctor` and the database: each fact that it judges, without a server; tests/integration/tools asks a real one."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from backend.core.clock import utcnow
from tools import applied_migrations
from tools.doctor import database
from tools.doctor.findings import Situation
from tools.migration_files import MigrationFiles

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def situation(app, settings, project):
    def make(**changes):
        return Situation(project.root, app, settings.model_copy(update=changes), None)

    return make


def states(findings):
    return [finding.state for finding in findings]


class Connection:
    """A connection that answers every question with the same facts."""

    def __init__(self, **facts):
        self._facts = facts
        self.dialect = SimpleNamespace(name=facts.pop("dialect", "mysql"))

    def execute(self, _):
        facts = SimpleNamespace(**self._facts)
        return SimpleNamespace(one=lambda: facts, scalar_one=lambda: facts.moment)

    def scalar(self, question):
        return self._facts["version"] if "version" in str(question) else self._facts["connections"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def healthy(**facts):
    naive = utcnow().replace(tzinfo=None)
    values = {"version": "8.4.3", "charset": "utf8mb4", "sql_mode": "STRICT_TRANS_TABLES", "zone": "SYSTEM"}
    return Connection(**values | {"connections": 151, "moment": naive} | facts)


@pytest.fixture
def ask(situation, monkeypatch):
    """What the check says of a server with these facts, or that fails with this error."""

    def run(connection, url="mysql+pymysql://me:secret@db.example/test"):
        def connect():
            if isinstance(connection, Exception):
                raise connection
            return connection

        monkeypatch.setattr(database, "create_engine", lambda *_, **__: SimpleNamespace(connect=connect))
        return database.server(situation(database_url=SecretStr(url)))

    return run


def test_good_server(ask):
    assert states(ask(healthy())) == ["ok"] * 5


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        ({"version": "5.7.44"}, "problem", "MySQL 5.7.44 is too old"),
        ({"version": "10.5.1-MariaDB-log"}, "problem", "MariaDB 10.5.1-MariaDB-log is too old"),
        ({"charset": "latin1"}, "problem", "latin1"),
        ({"sql_mode": "NO_ENGINE_SUBSTITUTION"}, "warning", "not strict"),
        ({"moment": (utcnow() - timedelta(hours=8)).replace(tzinfo=None)}, "warning", "clock"),
        ({"connections": 10}, "warning", "max_connections 10"),
    ],
)
def test_each_fact_that_is_not_well(ask, facts, state, words):
    findings = [finding for finding in ask(healthy(**facts)) if finding.state != "ok"]

    assert states(findings) == [state]
    assert words in findings[0].what
    assert findings[0].mend


@pytest.mark.parametrize("version", ["8.0.11", "10.6.0-MariaDB", "11.4.2-MariaDB-ubu2404", "9.1"])
def test_versions_that_are_new_enough(ask, version):
    assert ask(healthy(version=version))[0].state == "ok"


@pytest.mark.parametrize(
    ("number", "mend"),
    [(1045, "user and password"), (1049, "CREATE DATABASE"), (2003, "start the server"), (9999, "start")],
)
def test_server_that_refuses(ask, number, mend):
    error = OperationalError("SELECT secret", {}, Exception(number, "what the server says"))

    found = ask(error)

    assert states(found) == ["problem"]
    assert found[0].what == "what the server says"
    assert mend in found[0].mend


def test_error_without_a_number(ask):
    assert ask(OperationalError("", {}, Exception("away\nmore")))[0].what == "away"


def test_postgresql(ask):
    connection = healthy(dialect="postgresql", version="16.1 (Debian)", connections="100", moment=utcnow())

    assert states(ask(connection, "postgresql://me@db/test")) == ["ok", "ok", "ok"]


def test_sqlite(situation):
    assert states(database.server(situation())) == ["ok"]


class TestMigrations:
    @pytest.mark.parametrize(
        ("heads", "state", "words"),
        [
            (("0002",), "ok", "at 0002"),
            ((), "problem", "at nothing"),
            (("0001",), "problem", "at 0001"),
            (("0009",), "problem", "does not know"),
            (None, "warning", "cannot be asked"),
        ],
    )
    def test_what_is_applied(self, situation, monkeypatch, heads, state, words):
        monkeypatch.setattr(applied_migrations, "current_heads", lambda: heads)

        found = database.migrations(situation())

        assert states(found) == [state]
        assert words in found[0].what

    def test_missing_file(self, situation, monkeypatch):
        monkeypatch.setattr(applied_migrations, "missing_file", lambda: True)

        assert states(database.migrations(situation())) == ["warning"]

    def test_project_without_migrations(self, situation, monkeypatch):
        monkeypatch.setattr(MigrationFiles, "head", None)

        assert states(database.migrations(situation())) == ["ok"]
