"""The proxy as a whole: what passes, what is counted, what is left."""

import socket
import threading
import time

import pytest

from faultlab.proxy import At, How, Proxy, Rule, sockets
from faultlab.proxy.actions import ACTIONS
from tests.sockets.proxy.fakes import Client, MySqlClient, MySqlServer, Server, end_of, eventually, storm
from tests.unit.proxy import mysql_packets as my

OK = my.ok()
QUIET = 0.05


def test_what_passes_is_unchanged(server, proxy, connect):
    client = connect()

    assert client.greeting == my.greeting()
    assert [client.query(text) for text in ("SELECT 1", "COMMIT")] == [OK, OK]
    assert server.statements() == [b"SELECT 1", b"COMMIT"]
    assert proxy.firings() == []


def test_connections_are_counted(proxy, connect):
    assert proxy.connections() == 0
    clients = [connect() for _ in range(3)]
    assert proxy.connections() == 3

    clients[1].close()

    assert eventually(lambda: proxy.connections() == 2)


def test_a_long_reply_to_a_slow_reader(server, connect):
    """The server waits while the client does not read: it is not all kept here."""
    reply = my.result([b"\xfd\0\0\x10" + b"x" * (1 << 20)] * 64)
    sent = threading.Event()

    def answer(served, statement):
        served.send(reply)
        sent.set()

    server.answer = answer
    client = connect().begin("SELECT 1")

    assert not sent.wait(0.3)
    assert client.read(len(reply)) == reply
    assert sent.wait(5)


def test_a_long_statement_to_a_slow_server(server, connect):
    """16 MiB and more: several packets."""
    go_on = threading.Event()
    server.answer = lambda served, statement: go_on.wait(5)
    client = connect().begin("SELECT 1")
    payload = b"\x03" + b"x" * (2 * 0xFFFFFF)
    packets = [my.packet(payload[at : at + 0xFFFFFF], at // 0xFFFFFF) for at in range(0, len(payload), 0xFFFFFF)]

    sending = threading.Thread(target=client.send, args=[b"".join(packets) * 2])
    sending.start()
    sending.join(0.5)
    assert sending.is_alive()
    go_on.set()
    sending.join(10)

    assert eventually(lambda: sum(map(len, server.statements())) == len("SELECT 1") + 2 * len(payload) - 2 * 3)


def test_pipelined_statements_are_answered_in_turn(server, proxy, connect):
    client = connect()
    proxy.arm(Rule(At.REPLY, How.RESET, statement="^C"))

    data, end = client.send(my.query("A") + my.query("B") + my.query("C") + my.query("D")).end()

    assert (data, end) == (OK + OK, "reset")
    assert server.statements()[:3] == [b"A", b"B", b"C"]


def test_commit_is_not_met_in_autocommit_nor_without_a_write(server, proxy, connect):
    reading, writing = connect(), connect()
    proxy.arm(Rule(At.BEFORE, How.RESET, statement="COMMIT", after_write="insert into fruits", times=None))

    for client in (reading, writing):
        for text in ("SET AUTOCOMMIT = 0", "SELECT 1", "COMMIT", "INSERT INTO baskets", "ROLLBACK", "COMMIT"):
            assert client.query(text) == OK
    writing.query("INSERT INTO fruits VALUES (1)")
    writing.query("SELECT 1")

    assert reading.query("COMMIT") == OK
    assert writing.begin("COMMIT").end() == (b"", "reset")
    assert len(proxy.firings()) == 1


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_write_counts_until_its_transaction_ends(proxy, connect, end):
    client = connect()
    proxy.arm(Rule(At.AFTER, How.PASS, statement="COMMIT|ROLLBACK", after_write="INSERT", times=None))

    for text in ("INSERT", "ROLLBACK TO SAVEPOINT a", end, end, "SELECT 1"):
        client.query(text)

    assert [one.where for one in proxy.firings()] == ["ROLLBACK TO SAVEPOINT a", end]


def test_only_the_newest_statements_of_a_transaction_are_remembered(proxy, connect):
    client = connect()
    proxy.arm(
        *(Rule(At.BEFORE, How.PASS, statement="COMMIT", after_write=text, fault=text) for text in ("^N0$", "^N1$"))
    )

    for number in range(1001):
        client.query(f"N{number}")
    client.query("COMMIT")

    assert [one.fault for one in proxy.firings()] == ["^N1$"]


def test_eight_connections_and_four_times(proxy, connect):
    clients = [connect() for _ in range(8)]
    proxy.arm(Rule(At.REPLY, How.RESET, statement="COMMIT", times=4))

    for client in clients:
        client.begin("COMMIT")
    ends = [_ended(client) for client in clients]

    assert sorted(ends) == [False] * 4 + [True] * 4
    assert len(proxy.firings()) == 4


def _ended(client) -> bool:
    try:
        client.read(len(OK))
    except ConnectionResetError:
        return True
    return False


def test_a_reply_that_does_not_come_is_not_counted(server, proxy, connect):
    """The server went away before it answered: the fault was not set off, and the rule is there for the next one."""
    client, other = connect(), connect()
    proxy.arm(Rule(At.REPLY, How.RESET, statement="COMMIT"), Rule(At.AFTER, How.RESET, statement="COMMIT"))
    server.answer = lambda served, statement: (served.send(OK[:5]), served.fin())

    assert client.begin("COMMIT").end() == (OK[:5], "fin")
    assert proxy.firings() == []

    server.answer = server.ok
    assert other.begin("COMMIT").end() == (b"", "reset")


def test_a_reply_that_is_awaited_when_the_connection_is_struck_is_not_counted(server, proxy, connect):
    client, other = connect(), connect()
    proxy.arm(Rule(At.REPLY, How.FIN, statement="COMMIT"))
    server.answer = lambda served, statement: None
    client.begin("COMMIT")
    assert eventually(lambda: server.statements() == [b"COMMIT"])

    proxy.strike(How.RESET)
    assert proxy.firings() == []
    server.answer = server.ok

    assert other.end() == (b"", "reset")
    assert connect().begin("COMMIT").end() == (b"", "fin")


def test_a_rule_that_was_healed_while_the_reply_was_awaited_does_nothing(server, proxy, connect):
    go_on = threading.Event()
    server.answer = lambda served, statement: (go_on.wait(5), served.send(OK))
    client = connect()
    proxy.arm(Rule(At.REPLY, How.RESET), Rule(At.AFTER, How.RESET))
    client.begin("COMMIT")
    assert eventually(lambda: server.statements() == [b"COMMIT"])

    proxy.heal()
    go_on.set()

    assert client.read(len(OK)) == OK
    assert client.query("SELECT 1") == OK
    assert proxy.firings() == []


# --- what is done at a fault
def test_everything_of_the_connection_waits_for_what_is_done(server, proxy, connect):
    go_on, done = threading.Event(), []

    def act():
        go_on.wait(5)
        done.append(server.statements())

    other, client = connect(), connect()
    proxy.arm(Rule(At.BEFORE, How.PASS, statement="COMMIT", then=act))
    client.send(my.query("COMMIT") + my.query("SELECT 1"))
    assert client.is_silent()
    assert other.query("SELECT 2") == OK
    go_on.set()

    assert client.read(2 * len(OK)) == OK * 2
    assert done == [[b"SELECT 2"]]
    assert server.statements() == [b"SELECT 2", b"COMMIT", b"SELECT 1"]


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY, At.AFTER])
@pytest.mark.parametrize(("how", "end"), [(How.PASS, "fin"), (How.RESET, "reset")])
def test_a_server_that_is_killed_while_the_frame_waits(server, proxy, connect, at, how, end):
    client = connect()

    def kill():
        server.stop_listening()
        server.served[0].fin()
        assert server.served[0].ended.wait(5)

    proxy.arm(Rule(at, how, statement="COMMIT", then=kill))

    expected = OK if at is At.AFTER or (at is At.REPLY and how is How.PASS) else b""
    assert client.begin("COMMIT").end()[0] == expected
    assert end_of(proxy.port) == (b"", "reset")


def test_what_could_not_be_done_is_noted_and_the_fault_happens(proxy, connect, caplog):
    def act():
        raise OSError("no such server")

    client = connect()
    proxy.arm(Rule(At.BEFORE, How.RESET, then=act))

    assert client.begin("COMMIT").end() == (b"", "reset")
    assert [one.problem for one in proxy.firings()] == ["OSError: no such server"]
    assert "no such server" in caplog.text


def test_what_is_done_may_use_the_proxy(proxy, connect):
    """It runs in a thread of its own."""
    other, client = connect(), connect()

    def act():
        assert proxy.connections() == 2
        proxy.strike(How.RESET, fault="all", moment="m3")

    proxy.arm(Rule(At.AFTER, How.STALL, statement="COMMIT", then=act, fault="one"))

    assert client.begin("COMMIT").end() == (OK, "reset")
    assert other.end() == (b"", "reset")
    assert [(one.fault, one.where) for one in proxy.firings()] == [("one", "COMMIT"), ("all", "2 open connections")]


def test_a_fault_of_the_proxys_own_costs_one_connection(proxy, connect, monkeypatch, caplog):
    async def fail(connection, situation):
        raise ZeroDivisionError

    other, client = connect(), connect()
    monkeypatch.setitem(ACTIONS, How.PASS, fail)
    proxy.arm(Rule(At.BEFORE, How.PASS))

    assert client.begin("SELECT 1").end() == (b"", "reset")
    assert other.query("SELECT 1") == OK
    assert "a connection of the fault proxy was given up" in caplog.text


# --- strikes
@pytest.mark.parametrize(("how", "end"), [(How.RESET, "reset"), (How.FIN, "fin")])
def test_a_strike_ends_every_connection(server, proxy, connect, how, end):
    clients = [connect() for _ in range(3)]

    assert proxy.strike(how) == 3

    assert proxy.connections() == 0
    assert [client.end() for client in clients] == [(b"", end)] * 3
    assert all(served.ended.wait(5) for served in server.served)
    assert connect().query("SELECT 1") == OK
    assert proxy.firings() == []


def test_a_strike_silences_every_connection(server, proxy, connect):
    client = connect()

    assert proxy.strike(How.STALL, fault="stall", moment="m1") == 1

    assert client.begin("SELECT 1").is_silent()
    assert server.statements() == []
    assert connect().query("SELECT 2") == OK
    assert [(one.fault, one.moment, one.where) for one in proxy.firings()] == [("stall", "m1", "1 open connection")]
    proxy.heal()
    assert client.end() == (b"", "reset")


def test_a_strike_that_meets_nobody_is_not_noted(proxy):
    assert proxy.strike(How.RESET, fault="reset") == 0
    assert proxy.firings() == []


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY])
def test_a_strike_meets_a_connection_that_waits(proxy, connect, at):
    client = connect()
    proxy.arm(Rule(at, How.SLOW, seconds=60))
    client.begin("SELECT 1")
    assert eventually(lambda: len(proxy.firings()) == 1)

    assert proxy.strike(How.RESET) == 1

    assert client.end() == (b"", "reset")


# --- the listener
def test_refused_connections_are_refused(proxy, connect):
    client = connect()

    proxy.refuse()

    assert client.end() == (b"", "reset")
    assert proxy.connections() == 0
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            Client(proxy.port)


@pytest.mark.parametrize("way_back", ["admit", "heal"])
def test_the_port_stays_the_same(proxy, connect, way_back):
    port = proxy.port
    for _ in range(3):
        proxy.refuse()
        proxy.refuse()
        getattr(proxy, way_back)()
        getattr(proxy, way_back)()
        assert proxy.port == port
        assert connect().query("SELECT 1") == OK


def test_nobody_else_gets_the_port_while_it_is_closed(proxy):
    proxy.refuse()

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", proxy.port))


def test_stalled_connections_are_reset_when_the_port_closes(proxy, connect):
    client = connect()
    proxy.strike(How.STALL)

    proxy.refuse()

    assert client.end() == (b"", "reset")


# --- garbage
class Babbler(Server):
    """Says something else, and repeats what it hears."""

    def talk(self, served):
        served.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while True:
            served.send(served.read(1))


@pytest.mark.parametrize("protocol", ["mysql", "postgresql"])
def test_what_is_no_protocol_passes_as_it_is(nothing_left, protocol):
    with Babbler() as server, Proxy(protocol, "127.0.0.1", server.port) as proxy:
        proxy.arm(Rule(At.BEFORE, How.RESET, times=None), Rule(At.REPLY, How.RESET, times=None))
        with Client(proxy.port) as client:
            assert client.read(28) == b"HTTP/1.1 400 Bad Request\r\n\r\n"
            garbage = bytes(range(256)) * 16
            assert client.send(garbage).read(len(garbage)) == garbage
        with Client(proxy.port) as client:
            client.send(b"\x16\x03\x01").read(31)
        assert proxy.firings() == []


def test_a_connection_that_turns_into_something_else_gets_what_was_kept(server, proxy, connect):
    """The reply was being kept for a rule when the client ceased to speak the protocol."""
    client = connect()
    proxy.arm(Rule(At.REPLY, How.RESET, statement="SELECT"))
    server.answer = lambda served, statement: served.send(OK[:5])
    client.begin("SELECT 1")
    assert client.is_silent()

    client.send(b"!!!!!!!!")
    server.served[0].send(b"????")

    assert client.read(9) == OK[:5] + b"????"
    assert proxy.firings() == []


# --- the end
def test_a_proxy_that_cannot_listen_leaves_nothing(monkeypatch):
    def fail(port):
        raise OSError("no port")

    monkeypatch.setattr(sockets, "_bound", fail)

    with pytest.raises(OSError, match="no port"):
        Proxy("mysql", "127.0.0.1", 1).start()


def test_the_port_is_free_at_the_end(server):
    proxy = Proxy("mysql", "127.0.0.1", server.port).start()
    port = proxy.port
    client = MySqlClient(port)

    proxy.stop()
    proxy.stop()

    assert client.end() == (b"", "reset")
    client.close()
    with socket.create_server(("127.0.0.1", port)):
        pass
    assert proxy.firings() == []
    for ask in (proxy.connections, proxy.heal, proxy.held):
        with pytest.raises(RuntimeError, match="the proxy was stopped"):
            ask()
    with pytest.raises(RuntimeError, match="make another one"):
        proxy.start()


def test_nothing_is_left_whatever_the_connections_were_at(server):
    rules = [
        Rule(At.BEFORE, How.STALL, statement="^STALL"),
        Rule(At.BEFORE, How.HOLD, statement="^HOLD$"),
        Rule(At.BEFORE, How.HOLD, statement="^HOLD SILENTLY", count=1),
        Rule(At.REPLY, How.HOLD, statement="^LATE"),
        Rule(At.REPLY, How.SLOW, statement="^SLOW", seconds=60),
        Rule(At.AFTER, How.PASS, statement="^BUSY", then=lambda: time.sleep(0.3)),
        Rule(At.REPLY, How.RESET, statement="^WAIT"),
    ]
    server.answer = lambda served, statement: None if statement.startswith(b"WAIT") else served.send(OK)
    with Proxy("mysql", "127.0.0.1", server.port) as proxy:
        proxy.arm(*rules, Rule(At.CONNECT, How.STALL))
        stalled = Client(proxy.port)
        assert eventually(lambda: len(proxy.firings()) == 1)
        clients = [
            MySqlClient(proxy.port).begin(text)
            for text in ("STALL", "HOLD", "HOLD SILENTLY", "LATE", "SLOW", "BUSY", "WAIT", "IDLE")
        ]
        assert eventually(lambda: len(proxy.firings()) == 7 and len(server.statements()) == 5)
    for client in (stalled, *clients):
        client.end()
        client.close()

    assert all(served.ended.wait(5) for served in server.served)


def test_a_proxy_can_be_stopped_while_clients_storm_it(server):
    stop = threading.Event()
    with Proxy("mysql", "127.0.0.1", server.port) as proxy:
        threads = [threading.Thread(target=storm, args=[proxy.port, stop]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            time.sleep(QUIET)
            proxy.refuse()
            proxy.heal()
    stop.set()
    for thread in threads:
        thread.join()


def test_an_upstream_by_name(server):
    with Proxy("mysql", "localhost", server.port) as proxy, MySqlClient(proxy.port) as client:
        assert client.query("SELECT 1") == OK


def test_two_proxies_before_one_server(server: MySqlServer):
    with Proxy("mysql", "127.0.0.1", server.port) as one, Proxy("mysql", "127.0.0.1", server.port) as two:
        assert one.port != two.port
        one.refuse()
        with MySqlClient(two.port) as client:
            assert client.query("SELECT 1") == OK
