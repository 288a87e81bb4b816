"""The errors that the proxy says in PostgreSQL's place, and what they do to the transaction."""

import pytest

from faultlab.proxy.postgresql import PostgreSQL
from tests.unit.proxy import postgresql_messages as pg
from tests.unit.proxy.talk import talk


def wire_in(status: str) -> PostgreSQL:
    wire = PostgreSQL()
    talk(wire, [*pg.handshake(), ("client", pg.query("A")), ("server", pg.complete() + pg.ready(status))])
    return wire


def unit_of(wire: PostgreSQL, raw: bytes):
    (unit,) = wire.from_client(raw)
    return unit


DEADLOCK = pg.message("E", b"SERROR\0VERROR\0C40P01\0Mdeadlock detected\0\0")


@pytest.mark.parametrize(
    ("status", "statement", "after"),
    [("I", "INSERT", "I"), ("T", "INSERT", "E"), ("E", "INSERT", "E"), ("T", "COMMIT", "I"), ("E", "ROLLBACK", "I")],
)
@pytest.mark.parametrize("form", [pg.query, pg.extended])
def test_an_error_in_place_of_a_reply(status, statement, after, form):
    wire = wire_in(status)

    assert wire.error("40P01", unit_of(wire, form(statement))) == DEADLOCK + pg.ready(after)


def test_an_error_in_place_of_the_reply_to_what_was_flushed_has_no_end():
    wire = wire_in("T")

    assert wire.error("40P01", unit_of(wire, pg.parse("A") + pg.bind() + pg.execute() + pg.FLUSH)) == DEADLOCK


def test_an_error_that_ends_the_connection():
    wire = wire_in("T")
    words = b"Mterminating connection due to administrator command\0\0"

    shutdown = wire.error("57P01", unit_of(wire, pg.query("INSERT")))

    assert shutdown == pg.message("E", b"SFATAL\0VFATAL\0C57P01\0" + words)
    assert wire.error("57P01", None) == shutdown


def test_an_error_without_words_of_its_own():
    assert b"\0C22012\0Merror 22012\0\0" in wire_in("I").error("22012", None)


def test_whatever_is_said_before_the_connection_is_ready_ends_it():
    assert PostgreSQL().error("40P01", None)[5:] == b"SFATAL\0VFATAL\0C40P01\0Mdeadlock detected\0\0"
    assert PostgreSQL().is_last("40P01")


@pytest.mark.parametrize(("code", "last"), [("57P01", True), ("53300", True), ("25P03", True), ("40001", False)])
def test_errors_with_which_the_connection_ends(code, last):
    assert wire_in("I").is_last(code) is last


@pytest.mark.parametrize(
    ("status", "statement", "sent"),
    [
        ("T", "INSERT", "SELECT 1/0"),
        ("T", "COMMIT", "ROLLBACK"),
        ("T", "ROLLBACK", "ROLLBACK"),
        ("I", "INSERT", None),
        ("E", "INSERT", None),
        ("I", "COMMIT", None),
    ],
)
def test_the_server_comes_to_believe_what_the_client_does(status, statement, sent):
    """The client hears that its transaction failed: a COMMIT that it sends all the same must not store anything."""
    wire = wire_in(status)

    made = wire.consequence(unit_of(wire, pg.extended(statement)), "40P01")

    assert (made.raw if made else None) == (pg.query(sent) if sent else None)
    if made:
        assert (made.silent, made.answered) == (True, True)
        wire.sent(made)
        assert [part.unit for part in wire.from_server(pg.error() + pg.ready("E")) if part.ends] == [made]
