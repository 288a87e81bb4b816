"""Faults of new connections, and of the server behind the proxy."""

import threading
import time

import pytest

from faultlab.proxy import At, How, Proxy, Rule
from tests.sockets.proxy.fakes import Client, MySqlServer, end_of, eventually
from tests.unit.proxy import mysql_packets as my
from tests.unit.proxy import postgresql_messages as pg

OK, GREETING = my.ok(), my.greeting()


def connecting(how: How, **more) -> Rule:
    return Rule(At.CONNECT, how, fault=how.value, **more)


@pytest.mark.parametrize(("how", "end"), [(How.RESET, "reset"), (How.FIN, "fin"), (How.REFUSE, "reset")])
def test_it_ends_at_once(server, proxy, how, end):
    proxy.arm(connecting(how))

    assert end_of(proxy.port) == (b"", end)

    assert server.served == []
    assert [(one.fault, one.where) for one in proxy.firings()] == [(how, "connect")]


def test_it_is_accepted_and_silent(server, proxy):
    proxy.arm(connecting(How.STALL))

    with Client(proxy.port) as client:
        assert client.is_silent()
        assert (proxy.connections(), server.served) == (1, [])
        proxy.heal()
        assert client.end() == (b"", "reset")


def test_the_greeting_comes_a_byte_at_a_time(proxy, connect):
    pause = 0.01
    proxy.arm(connecting(How.SLOW, seconds=pause))

    began = time.monotonic()
    client = connect()
    assert time.monotonic() - began >= pause * len(GREETING + OK)

    began = time.monotonic()
    assert [client.query("SELECT 1") for _ in range(30)] == [OK] * 30
    assert time.monotonic() - began < pause * len(OK) * 30


def test_a_slow_greeting_is_quick_once_it_is_healed(proxy):
    proxy.arm(connecting(How.SLOW, seconds=60))

    with Client(proxy.port) as client:
        assert eventually(lambda: len(proxy.firings()) == 1)
        proxy.heal()
        assert client.read(len(GREETING)) == GREETING
        assert client.send(my.login()).read(len(OK)) == my.ok(number=2)


@pytest.mark.parametrize("count", [0, 5, len(GREETING)])
def test_the_greeting_is_cut(server, proxy, count):
    connected = threading.Event()
    proxy.arm(connecting(How.CUT, count=count, then=lambda: connected.wait(5)))

    with Client(proxy.port) as client:
        connected.set()
        assert client.end() == (GREETING[:count], "reset")

    assert server.served[0].ended.wait(5)


def test_the_cut_may_come_after_the_greeting(proxy):
    proxy.arm(connecting(How.CUT, count=len(GREETING) + 3))

    with Client(proxy.port) as client:
        assert client.read(len(GREETING)) == GREETING
        assert client.send(my.login()).end() == (my.ok(number=2)[:3], "reset")


def test_a_cut_that_did_not_come_before_the_first_statement_does_not_come(proxy, connect):
    proxy.arm(connecting(How.CUT, count=len(GREETING + OK) + 1))

    client = connect()

    assert client.query("SELECT 1") == client.query("SELECT 1") == OK


def test_an_error_in_place_of_the_greeting(server, proxy):
    proxy.arm(connecting(How.ERROR, error=1040))

    with Client(proxy.port) as client:
        assert client.end() == (b"\x17\0\0\0\xff\x10\x04Too many connections", "fin")

    assert server.served == []


def test_postgresql_refuses_after_it_was_told_who_comes(postgresql):
    server, proxy = postgresql
    proxy.arm(connecting(How.ERROR, error="53300"))

    with Client(proxy.port) as client:
        assert client.is_silent()
        assert client.send(pg.first(pg.TLS)).read(1) == b"N"
        data, end = client.send(pg.startup()).end()

    assert data == pg.message("E", b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0")
    assert end == "fin"
    assert server.served == []


def test_postgresql_is_asked_for_encryption_by_nobody(postgresql):
    server, proxy = postgresql

    with Client(proxy.port) as client:
        assert client.send(pg.first(pg.GSS)).read(1) == b"N"
        assert client.send(pg.first(pg.TLS)).read(1) == b"N"
        client.send(pg.startup()).read(len(pg.message("R", b"\0\0\0\0") + pg.ready("I")))
        proxy.arm(Rule(At.REPLY, How.RESET, statement="COMMIT"))
        client.send(pg.extended("INSERT")).read(len(pg.complete() + pg.ready("T")))
        assert client.send(pg.query("COMMIT")).end() == (b"", "reset")

    assert server.statements()[-1] == b"COMMIT"


@pytest.mark.parametrize(("times", "ends"), [(1, [b""]), (2, [b"", b""]), (None, [b"", b"", b""])])
def test_how_many_connections(proxy, times, ends):
    proxy.arm(connecting(How.FIN, times=times))

    got = []
    for _ in range(3):
        with Client(proxy.port) as client:
            got.append(client.socket.recv(len(GREETING)))

    assert got == ends + [GREETING] * (3 - len(ends))
    assert len(proxy.firings()) == len(ends)


def test_it_passes(proxy, connect):
    done = []
    proxy.arm(connecting(How.PASS, then=lambda: done.append(1)))

    assert connect().query("SELECT 1") == OK
    assert done == [1]


def test_a_server_that_does_not_listen_is_a_reset(server, proxy):
    server.stop_listening()

    assert end_of(proxy.port) == (b"", "reset")

    assert eventually(lambda: proxy.connections() == 0)


def test_a_server_that_accepts_and_is_silent(nothing_left):
    """Its machine accepts, the program does not: frozen."""

    class Frozen(MySqlServer):
        def talk(self, served):
            served.read(1)

    with Frozen() as server, Proxy("mysql", "127.0.0.1", server.port) as proxy, Client(proxy.port) as client:
        assert client.is_silent()
        client.close()
        assert eventually(lambda: server.served != [] and server.served[0].ended.is_set())


@pytest.mark.parametrize("end", ["fin", "reset"])
def test_the_end_of_the_server_is_the_clients(server, proxy, connect, end):
    client, other = connect(), connect()

    server.answer = lambda served, statement: getattr(served, end)()

    assert client.begin("SELECT 1").end() == (b"", end)
    assert proxy.connections() == 1
    server.answer = server.ok
    assert other.query("SELECT 1") == OK


def test_the_end_of_the_client_is_the_servers(server, proxy, connect):
    client = connect()
    client.query("SELECT 1")

    client.close()

    assert server.served[0].ended.wait(5)
    assert server.served[0].how == "fin"
    assert proxy.connections() == 0


def test_half_a_frame_arrives_with_the_end(server, proxy, connect):
    client = connect()
    client.send(my.query("SELECT 1")[:8])

    client.close()

    assert server.served[0].ended.wait(5)
    assert server.statements() == [b"\x03SEL"]
