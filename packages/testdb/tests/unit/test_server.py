"""Waiting for a server ends: with its answer, with its end, or with the time."""

import pytest

from testdb import server
from testdb.server import DatabaseUnavailableError


class Answers:
    """Refuses so often, then answers."""

    def __init__(self, refusals):
        self.left, self.asked = refusals, 0

    def __call__(self):
        self.asked += 1
        if self.left:
            self.left -= 1
            raise ConnectionError("refused")
        return "MySQL 8.4.3"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(server, "POLL_SECONDS", 0.001)


def test_the_first_answer_counts():
    ask = Answers(refusals=3)

    assert server.wait_ready(ask, (OSError,), 60) == "MySQL 8.4.3"
    assert ask.asked == 4


def test_a_server_that_ended_by_itself_is_not_waited_for():
    ask = Answers(refusals=1000)

    with pytest.raises(DatabaseUnavailableError, match="the server ended by itself"):
        server.wait_ready(ask, (OSError,), 60, lambda: False)

    assert ask.asked == 1


def test_the_time_ends_the_waiting_and_the_message_says_why_it_was_refused():
    with pytest.raises(DatabaseUnavailableError, match="no answer within 0 s: refused"):
        server.wait_ready(Answers(refusals=1000), (OSError,), 0.01)


def test_an_error_of_another_kind_is_no_refusal():
    with pytest.raises(ConnectionError):
        server.wait_ready(Answers(refusals=1), (ValueError,), 60)


def test_the_tail_is_the_last_lines_indented():
    assert server.tail("a\nb\nc", 2) == "    b\n    c"
    assert len(server.tail("x\n" * 99).splitlines()) == 15
