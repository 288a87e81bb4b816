"""Connections to PostgreSQL: they wait so long for an answer, then they are closed and say so."""

from unittest.mock import Mock

import psycopg
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from backend.core.db import monitor as db_monitor
from backend.core.db import postgresql as db_postgresql
from backend.core.db.engine import engine_options, prepare_engine
from backend.core.db.errors import DatabaseFault, classify
from backend.settings import Settings

URL = "postgresql+psycopg://u:p@127.0.0.1/x"


@pytest.fixture
def waited(monkeypatch):
    """The time-outs that psycopg itself was given; it waits in vain for `seconds` of 0.5."""
    seen = []

    def wait(self, gen, interval, timeout):
        seen.append(timeout)
        if timeout == 0.5:
            raise psycopg.errors._WaitTimeout
        return "answer"

    monkeypatch.setattr(psycopg.Connection, "wait", wait)
    return seen


def connection(seconds):
    made = object.__new__(db_postgresql.connection_class(psycopg, seconds))
    made.close = Mock()
    made._pool = made._closed = None
    made.pgconn = Mock(status=psycopg.pq.ConnStatus.BAD)
    return made


class TestConnection:
    def test_waits_as_long_as_it_is_told(self, waited):
        assert connection(3).wait("statement") == "answer"
        assert connection(3).wait("statement", timeout=7) == "answer"
        assert waited == [3, 7]

    def test_is_closed_when_nothing_came(self, waited):
        made = connection(0.5)

        with pytest.raises(psycopg.OperationalError, match=db_postgresql.NO_ANSWER):
            made.wait("statement")

        made.close.assert_called_once_with()

    def test_its_error_is_a_lost_connection(self):
        error = OperationalError("SELECT 1", {}, psycopg.OperationalError(db_postgresql.NO_ANSWER))

        assert classify(error) is DatabaseFault.LOST


class TestEngines:
    @pytest.fixture
    def limits(self, monkeypatch):
        """The limits of the connections that engines open."""
        found = []

        def connection_class(module, seconds):
            assert module is psycopg
            found.append(seconds)
            return Mock(connect=Mock(side_effect=psycopg.OperationalError("Connection refused")))

        monkeypatch.setattr(db_postgresql, "connection_class", connection_class)
        return found

    def test_application_waits_as_long_as_the_settings_say(self, limits):
        settings = Settings(db_read_timeout=4)
        engine = create_engine(URL, **engine_options(settings, make_url(URL)))
        prepare_engine(engine, settings, Mock(refuse_if_down=lambda: None))

        with pytest.raises(OperationalError):
            engine.connect()

        assert limits == [4]

    def test_monitor_waits_a_second(self, limits):
        engine = db_monitor._probe_engine(make_url(URL))

        with pytest.raises(OperationalError):
            engine.connect()

        assert limits == [1]

    def test_others_open_their_own(self, limits):
        engine = create_engine("mysql+pymysql://u:p@127.0.0.1:1/x")
        prepare_engine(engine, Settings(), Mock(refuse_if_down=lambda: None))

        with pytest.raises(Exception, match="socket"):
            engine.connect()

        assert limits == []
