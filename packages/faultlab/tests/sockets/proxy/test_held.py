"""Statements and replies that are delivered late."""

import time

import pytest

from faultlab.proxy import RELEASE_SECONDS, At, How, Rule
from tests.sockets.proxy.fakes import eventually
from tests.unit.proxy import mysql_packets as my

OK = my.ok()
QUIET = 0.05


def commit(**more) -> Rule:
    return Rule(At.BEFORE, How.HOLD, statement="COMMIT", **more)


def test_a_commit_arrives_when_it_is_released(server, proxy, connect):
    client = connect()
    proxy.arm(commit())

    assert client.begin("COMMIT").end() == (b"", "reset")
    assert (proxy.held(), server.statements()) == (1, [])
    assert not server.served[0].ended.wait(QUIET)
    assert proxy.release() == 1

    assert (proxy.held(), server.statements()) == (0, [b"COMMIT"])
    assert server.served[0].ended.wait(5)
    assert proxy.release() == 0


def test_a_commit_arrives_when_its_time_comes(server, proxy, connect):
    client = connect()
    proxy.arm(commit(seconds=0.2))

    began = time.monotonic()
    client.begin("COMMIT").end()

    assert proxy.held() == 1
    assert server.served[0].ended.wait(5)
    assert time.monotonic() - began >= 0.2
    assert (proxy.held(), server.statements()) == (0, [b"COMMIT"])


def test_the_client_may_be_left_without_an_answer_instead(server, proxy, connect):
    client = connect()
    proxy.arm(commit(count=1))

    client.begin("COMMIT")
    assert client.is_silent()
    proxy.release()

    assert server.statements() == [b"COMMIT"]
    assert server.served[0].ended.wait(5)
    assert client.is_silent()
    assert proxy.connections() == 1
    proxy.heal()
    assert client.end() == (b"", "reset")


def test_healing_cuts_the_client_off_and_leaves_the_commit_on_its_way(server, proxy, connect):
    client = connect()
    proxy.arm(commit(count=1))
    client.begin("COMMIT")
    assert client.is_silent()

    proxy.heal()

    assert client.end() == (b"", "reset")
    assert proxy.held() == 1
    proxy.release()
    assert server.statements() == [b"COMMIT"]


def test_nothing_is_delivered_to_a_server_that_has_gone(server, proxy, connect):
    client = connect()
    proxy.arm(commit())
    client.begin("COMMIT").end()

    server.served[0].fin()

    assert eventually(lambda: proxy.held() == 0)
    assert server.statements() == []


def test_a_server_that_goes_while_it_answers(server, proxy, connect):
    server.answer = lambda served, statement: served.reset()
    client = connect()
    proxy.arm(commit())
    client.begin("COMMIT").end()

    assert proxy.release() == 1

    assert (proxy.held(), server.statements()) == (0, [b"COMMIT"])


def test_the_whole_reply_is_awaited(server, proxy, connect):
    """Whoever looks into the tables after `release` sees what the statement did."""
    server.answer = lambda served, statement: (served.send(OK[:5]), time.sleep(0.1), served.send(OK[5:]))
    client = connect()
    proxy.arm(commit())
    client.begin("COMMIT").end()

    began = time.monotonic()
    proxy.release()

    assert time.monotonic() - began >= 0.1
    assert server.served[0].ended.wait(5)
    assert server.served[0].how == "fin"


def test_release_does_not_wait_for_ever(server, proxy, connect):
    """The server hangs at the COMMIT."""
    server.answer = lambda served, statement: None
    client = connect()
    proxy.arm(commit())
    client.begin("COMMIT").end()

    began = time.monotonic()
    assert proxy.release(0.1) == 1

    assert 0.1 <= time.monotonic() - began < RELEASE_SECONDS
    assert proxy.held() == 0
    assert eventually(lambda: server.statements() == [b"COMMIT"])


def test_what_follows_a_held_statement_is_not_delivered(server, proxy, connect):
    client = connect()
    proxy.arm(commit())

    client.send(my.query("COMMIT") + my.query("INSERT")).end()
    proxy.release()

    assert server.served[0].ended.wait(5)
    assert server.statements() == [b"COMMIT"]


def test_other_connections_go_on(proxy, connect):
    other, client = connect(), connect()
    proxy.arm(commit())
    client.begin("COMMIT").end()

    assert other.query("COMMIT") == OK
    assert connect().query("COMMIT") == OK


@pytest.mark.parametrize("how", [How.RESET, How.FIN, How.STALL])
def test_a_held_statement_is_on_its_way_whatever_happens_to_the_others(server, proxy, connect, how):
    client = connect()
    proxy.arm(commit())
    client.begin("COMMIT").end()

    proxy.strike(how)
    proxy.refuse()
    proxy.release()

    assert server.statements() == [b"COMMIT"]


def test_a_reply_is_given_late(server, proxy, connect):
    client = connect()
    proxy.arm(Rule(At.REPLY, How.HOLD, statement="COMMIT"))

    client.begin("COMMIT")
    assert client.is_silent()
    assert (proxy.held(), server.statements()) == (1, [b"COMMIT"])
    proxy.release()

    assert client.read(len(OK)) == OK
    assert client.query("SELECT 2") == OK


def test_a_late_reply_waits_for_nobody(server, proxy, connect):
    client = connect()
    proxy.arm(Rule(At.REPLY, How.HOLD, statement="COMMIT"))
    client.begin("COMMIT")
    assert client.is_silent()

    client.close()

    assert server.served[0].ended.wait(5)
    assert proxy.held() == 0


def test_a_connection_is_made_late(server, proxy, connect):
    proxy.arm(Rule(At.CONNECT, How.HOLD, seconds=0.2))

    began = time.monotonic()
    assert connect().query("SELECT 1") == OK

    assert time.monotonic() - began >= 0.2
