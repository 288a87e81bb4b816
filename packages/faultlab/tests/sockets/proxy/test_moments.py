"""What each `How` does at each moment: what the client sees, and what the server was told."""

import time

import pytest

from faultlab.proxy import At, How, Rule
from tests.sockets.proxy.fakes import Client, eventually
from tests.unit.proxy import mysql_packets as my

INSERT = "INSERT INTO fruits VALUES (1)"
OK, STALLED = my.ok(), "nothing"
QUIET = 0.05
TOLD = {At.BEFORE: [], At.REPLY: [INSERT.encode()], At.AFTER: [INSERT.encode()]}
GIVEN = {At.BEFORE: b"", At.REPLY: b"", At.AFTER: OK}
STATEMENT = [At.BEFORE, At.REPLY, At.AFTER]


def insert(at: At, how: How, **more) -> Rule:
    return Rule(at, how, statement="INSERT", fault=how.value, moment=at.value, **more)


def fired(proxy):
    return [(one.fault, one.moment, one.where) for one in proxy.firings()]


@pytest.mark.parametrize("at", STATEMENT)
@pytest.mark.parametrize(("how", "end"), [(How.RESET, "reset"), (How.FIN, "fin")])
def test_the_connection_ends(server, proxy, connect, at, how, end):
    client = connect()
    proxy.arm(insert(at, how))

    assert client.query("SELECT 1") == OK
    assert client.begin(INSERT).end() == (GIVEN[at], end)

    assert server.served[0].ended.wait(5)
    assert server.statements() == [b"SELECT 1", *TOLD[at]]
    assert fired(proxy) == [(how, at, INSERT)]
    assert eventually(lambda: proxy.connections() == 0)


@pytest.mark.parametrize("at", STATEMENT)
def test_the_connection_falls_silent(server, proxy, connect, at):
    """The server's side stays, whatever the client does: its transaction would, and its locks."""
    client = connect()
    proxy.arm(insert(at, How.STALL))

    client.begin(INSERT)
    assert client.read(len(GIVEN[at])) == GIVEN[at]
    assert client.is_silent()
    client.begin("SELECT 2")
    server.served[0].send(my.error(1053, 0))
    assert client.is_silent()
    client.close()
    assert eventually(lambda: proxy.connections() == 0)
    assert not server.served[0].ended.wait(QUIET)
    assert server.statements() == TOLD[at]

    proxy.heal()

    assert server.served[0].ended.wait(5)
    assert fired(proxy) == [(How.STALL, at, INSERT)]


def test_a_silent_connection_is_reset_when_it_is_healed(proxy, connect):
    client = connect()
    proxy.arm(insert(At.BEFORE, How.STALL))
    client.begin(INSERT)
    assert client.is_silent()

    proxy.heal()

    assert client.end() == (b"", "reset")


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY])
def test_bytes_come_one_by_one(server, proxy, connect, at):
    client = connect()
    proxy.arm(insert(at, How.SLOW, seconds=0.01))
    bytes_ = len(my.query(INSERT) if at is At.BEFORE else OK)

    began = time.monotonic()
    assert client.query(INSERT) == OK

    assert time.monotonic() - began >= bytes_ * 0.01
    assert client.query("SELECT 2") == OK
    assert server.statements() == [INSERT.encode(), b"SELECT 2"]


def test_after_the_reply_nothing_flows_for_a_while(proxy, connect):
    client = connect()
    proxy.arm(insert(At.AFTER, How.SLOW, seconds=0.2))

    began = time.monotonic()
    assert client.query(INSERT) == OK
    assert client.query("SELECT 2") == OK

    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("at", STATEMENT)
def test_what_is_slow_goes_on_when_it_is_healed(proxy, connect, at):
    client = connect()
    proxy.arm(insert(at, How.SLOW, seconds=60))
    client.begin(INSERT)
    assert eventually(lambda: len(proxy.firings()) == 1)

    proxy.heal()

    assert client.read(len(OK)) == OK
    assert client.query("SELECT 2") == OK


def test_a_client_need_not_wait_for_what_is_slow(server, proxy, connect):
    client = connect()
    proxy.arm(insert(At.REPLY, How.SLOW, seconds=0.05))
    client.begin(INSERT)
    assert client.read(1) == OK[:1]

    client.close()

    assert server.served[0].ended.wait(5)


@pytest.mark.parametrize("count", [0, 5, 100])
def test_the_statement_is_cut(server, proxy, connect, count):
    client = connect()
    proxy.arm(insert(At.BEFORE, How.CUT, count=count))

    assert client.begin(INSERT).end() == (b"", "reset")

    assert server.served[0].ended.wait(5)
    whole = [INSERT.encode()] if count == 100 else []
    cut = [my.query(INSERT)[4:count]] if count == 5 else []
    assert server.statements() == whole + cut


@pytest.mark.parametrize("count", [0, 5, 100])
def test_the_reply_is_cut(server, proxy, connect, count):
    client = connect()
    proxy.arm(insert(At.REPLY, How.CUT, count=count))

    assert client.begin(INSERT).end() == (OK[:count], "reset")
    assert server.statements() == [INSERT.encode()]


def test_a_long_reply_is_cut_where_it_should_be(server, proxy, connect):
    """Much more than the kernel takes at once: a reset must not take away what comes before the cut."""
    reply = my.result([b"\xfd\0\0\x40" + b"x" * (1 << 22)])
    server.answer = lambda served, statement: served.send(reply)
    client = connect()
    proxy.arm(insert(At.REPLY, How.CUT, count=(1 << 22) - 1))

    client.begin(INSERT)
    time.sleep(QUIET)
    data, end = client.end()

    assert (data == reply[: (1 << 22) - 1], end) == (True, "reset")


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY])
def test_an_error_in_place_of_the_reply(server, proxy, connect, at):
    client = connect()
    proxy.arm(insert(at, How.ERROR, error=1205))

    client.begin(INSERT)

    text = b"Lock wait timeout exceeded; try restarting transaction"
    expected = my.packet(b"\xff\xb5\x04#HY000" + text, 1)
    assert client.read(len(expected)) == expected
    assert client.query("SELECT 2") == OK
    assert server.statements() == [*TOLD[at], b"SELECT 2"]


@pytest.mark.parametrize(
    ("how", "more"), [(How.PASS, {}), (How.SLOW, {"seconds": 0.001}), (How.ERROR, {"error": 1205})]
)
def test_a_reply_in_which_the_server_asks_for_more(server, proxy, connect, how, more):
    """LOAD DATA LOCAL: what it asks for the client hears at once, the fault is at the end."""
    asks, file = my.packet(b"\xfbfruits.csv", 1), my.packet(b"apple\n", 2) + my.packet(b"", 3)

    def answer(served, statement):
        served.send(asks)
        served.said += [served.read(4 + 6)[4:], served.read(4)[4:]]
        served.send(my.ok(number=4))

    server.answer = answer
    client = connect()
    proxy.arm(Rule(At.REPLY, how, statement="LOAD DATA", **more))

    assert client.begin("LOAD DATA LOCAL").read(len(asks)) == asks
    assert proxy.firings() == []
    reply = client.send(file).read(7)

    assert reply[3:5] == (b"\4\xff" if how is How.ERROR else b"\4\0")
    assert server.statements() == [b"LOAD DATA LOCAL", b"apple\n", b""]
    assert len(proxy.firings()) == 1


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY])
def test_an_error_that_rolls_back_does_so_on_the_server(server, proxy, connect, at):
    client = connect()
    proxy.arm(insert(at, How.ERROR, error=1213))

    client.begin(INSERT)
    text = b"Deadlock found when trying to get lock; try restarting transaction"
    expected = my.packet(b"\xff\xbd\x04#40001" + text, 1)
    assert client.read(len(expected)) == expected
    assert client.query("SELECT 2") == OK

    assert server.statements() == [*TOLD[at], b"ROLLBACK", b"SELECT 2"]
    assert client.is_silent(QUIET)


@pytest.mark.parametrize("at", STATEMENT)
def test_an_error_with_which_the_server_goes(server, proxy, connect, at):
    client = connect()
    proxy.arm(insert(at, How.ERROR, error=1927))

    data, end = client.begin(INSERT).end()

    number = b"\0" if at is At.AFTER else b"\1"
    assert data == GIVEN[at] + b"\x1e\0\0" + number + b"\xff\x87\x07#70100Connection was killed"
    assert end == "fin"
    assert server.served[0].ended.wait(5)


@pytest.mark.parametrize("at", STATEMENT)
def test_nobody_listens_any_more(server, proxy, connect, at):
    other, client = connect(), connect()
    proxy.arm(insert(at, How.REFUSE))

    assert client.begin(INSERT).end() == (GIVEN[at], "reset")
    assert other.end() == (b"", "reset")
    with pytest.raises(ConnectionRefusedError):
        Client(proxy.port)

    proxy.heal()
    assert connect().query(INSERT) == OK
    assert server.statements() == [*TOLD[at], INSERT.encode()]


@pytest.mark.parametrize("at", STATEMENT)
def test_nothing_happens_but_it_is_noted(server, proxy, connect, at):
    client = connect()
    proxy.arm(insert(at, How.PASS))

    assert client.query(INSERT) == OK
    assert client.query("SELECT 2") == OK

    assert server.statements() == [INSERT.encode(), b"SELECT 2"]
    assert fired(proxy) == [(How.PASS, at, INSERT)]


def test_several_moments_of_one_statement(proxy, connect):
    client = connect()
    proxy.arm(*(insert(at, How.PASS) for at in reversed(STATEMENT)))

    assert client.query(INSERT) == OK
    assert client.query("SELECT 2") == OK

    assert [moment for _, moment, _ in fired(proxy)] == ["before", "reply", "after"]
