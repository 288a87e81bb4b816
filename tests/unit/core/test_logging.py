"""The log: a line is a line, a JSON object, with the request's id, and without secrets."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime

import pytest
import structlog

from backend.core.observability.logging import _to_json, configure, mask_event
from backend.core.security.access import public
from backend.core.web.route import Route
from backend.settings import Settings
from tests.framework.tables import table
from tests.unit.core.support import PRODUCTION, app_fixture

SECRET = "pLaNtEd0123456789"
log = structlog.get_logger("probe")


@dataclass
class Record:
    password: str


def chatty() -> None:
    log.info("one")
    logging.getLogger("library").warning("two %s", "words")


def broken() -> None:
    raise RuntimeError(f"no password={SECRET} shall be seen")


ROUTES = [Route("GET", "/api/probe/chatty", chatty, public), Route("GET", "/api/probe/broken", broken, public)]


app = app_fixture(ROUTES)


both = pytest.mark.parametrize("logger", [log, logging.getLogger("library")], ids=["ours", "a library's"])


@pytest.fixture
def on_console(capsysbinary):
    """`on_console(call)`: what the call logs, in the format of the console."""

    def written(call):
        configure(Settings(log_format="console"))
        call()
        return capsysbinary.readouterr().out.decode()

    return written


class TestJson:
    def test_a_line_says_what_when_and_how_bad(self, printed):
        log.warning("order.paid", order_id=7, name="小明")

        (line,) = printed()
        assert datetime.fromisoformat(line.pop("timestamp")).utcoffset().total_seconds() == 0
        assert line == {"event": "order.paid", "level": "warning", "order_id": 7, "name": "小明"}

    def test_every_line_of_a_request_carries_its_id(self, client, printed):
        client.get("/api/probe/chatty", headers={"X-Request-ID": "request-0001"})

        lines = printed()
        assert [line["event"] for line in lines] == ["one", "two words", "request"]
        assert {line["request_id"] for line in lines} == {"request-0001"}

    def test_outside_of_a_request_and_before_it_has_its_id_there_is_none(self, app, printed):
        log.info("started")
        with app.test_request_context():
            log.info("early")

        assert ["request_id" in line for line in printed()] == [False, False]

    def test_libraries_write_the_same_lines(self, printed):
        logging.getLogger("library").error("gone after %d tries", 3)

        (line,) = printed()
        assert (line["event"], line["level"]) == ("gone after 3 tries", "error")
        assert "timestamp" in line

    @table("library", ["werkzeug", "urllib3", "alembic.runtime.plugins"])
    def test_chatty_libraries_are_quiet(self, printed, library):
        logging.getLogger(library).info("chatter")

        assert printed() == []

    @table("value", [10**30, "half \ud800 a pair", float("nan"), {1: 2}, {(1, 2): b"x"}, object])
    def test_no_value_makes_a_request_fail(self, printed, value):
        before = len(printed())

        log.info("odd", value=value)

        assert [line["event"] for line in printed()[before:]] == ["odd"]

    def test_what_is_not_masked_and_not_json_is_printed_as_it_reads(self):
        assert json.loads(_to_json({"user_id": {1}})) == {"user_id": "{1}"}


class TestForging:
    FORGED = 'x\n{"event":"forged","level":"info"}\r\n\x1b[2K'

    @both
    def test_text_from_outside_makes_no_line_of_its_own(self, printed, logger):
        logger.info(self.FORGED)

        assert [line["event"] for line in printed()] == [self.FORGED]

    def test_a_path_makes_no_line_of_its_own(self, client, printed):
        client.get("/%0a%7B%22event%22:%22forged%22%7D")

        assert [line["event"] for line in printed()] == ["request"]

    @both
    def test_not_on_the_console_either(self, on_console, logger):
        out = on_console(lambda: logger.warning(self.FORGED))

        assert len(out.splitlines()) == 1
        assert "\x1b" not in out
        assert r"x\x0a{" in out

    def test_not_by_a_value_on_the_console(self, on_console):
        assert len(on_console(lambda: log.warning("x", path=self.FORGED)).splitlines()) == 1


class TestSecrets:
    @table(
        "fields",
        [
            {"password": SECRET},
            {"access_token": SECRET},
            {"user": {"openid": SECRET}},
            {"record": Record(SECRET)},
            {"error": ValueError(f"password={SECRET}")},
            {"url": f"https://api.weixin.qq.com/sns/jscode2session?secret={SECRET}"},
            {"raw": f"Bearer {SECRET}".encode()},
        ],
    )
    def test_they_are_masked_by_name_and_by_look(self, output, fields):
        log.info("x", **fields)

        assert SECRET.encode() not in output.getvalue()

    @both
    def test_in_the_text_of_the_event(self, printed, logger):
        logger.info("calling with access_token=%s", SECRET)

        assert printed()[0]["event"] == "calling with access_token=***"

    def test_in_an_exceptions_text(self, printed):
        try:
            broken()
        except RuntimeError:
            log.exception("failed")
            logging.getLogger("library").exception("failed too")

        exceptions = [line["exception"] for line in printed()]
        assert ["password=***" in text for text in exceptions] == [True, True]
        assert SECRET not in "".join(exceptions)

    def test_on_the_console(self, on_console):
        assert SECRET not in on_console(lambda: log.warning("x", password=SECRET, url=f"redis://:{SECRET}@cache"))

    def test_what_we_write_ourselves_is_left_as_it_is(self):
        event = {"event": "request", "status": 200, "route": "/api/v1/users/<id:user_id>", "request_id": "token-0001"}

        assert mask_event(None, "", dict(event)) == event


class TestExceptions:
    def test_the_trace_goes_to_the_log_and_never_to_the_client(self, client, printed):
        answer = client.get("/api/probe/broken")

        failed = next(line for line in printed() if line["event"] == "request.failed")
        assert "Traceback (most recent call last)" in failed["exception"]
        assert "in broken" in failed["exception"]
        assert answer.status_code == 500
        assert not [word for word in ("Traceback", "RuntimeError", "password", SECRET) if word in answer.text]

    def test_on_the_console_a_trace_keeps_its_lines(self, on_console):
        def fail():
            try:
                broken()
            except RuntimeError:
                log.exception("failed")

        out = on_console(fail)

        assert len(out.splitlines()) > 3
        assert SECRET not in out


class TestConfigure:
    @pytest.mark.parametrize(("level", "seen"), [("DEBUG", "dwe"), ("WARNING", "we"), ("ERROR", "e")])
    def test_the_level_holds_for_us_and_for_libraries(self, capsysbinary, level, seen):
        configure(Settings(log_format="json", log_level=level))

        for logger in (log, logging.getLogger("library")):
            logger.debug("d")
            logger.warning("w")
            logger.error("e")

        events = [json.loads(line)["event"] for line in capsysbinary.readouterr().out.splitlines()]
        assert "".join(events) == seen * 2

    def test_doing_it_again_writes_no_line_twice(self, printed, capsys):
        configure(Settings(log_format="json", log_level="DEBUG"))

        logging.getLogger("library").info("once")

        assert printed() == []
        assert len(capsys.readouterr().out.splitlines()) == 1

    def test_handlers_of_others_stay(self):
        theirs = logging.NullHandler()
        logging.getLogger().addHandler(theirs)

        configure(Settings())

        assert theirs in logging.getLogger().handlers

    @table("values, kept", [(PRODUCTION, True), ({"app_env": "unit"}, False)])
    def test_only_tests_can_exchange_the_output(self, values, kept):
        configure(Settings(**values))

        assert structlog.get_config()["cache_logger_on_first_use"] is kept
