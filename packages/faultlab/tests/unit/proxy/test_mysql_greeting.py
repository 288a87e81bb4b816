"""What MySQL's greeting offers through the proxy, and the errors that the proxy says in the server's place."""

import pytest

from faultlab.proxy.mysql import MySQL
from tests.unit.proxy import mysql_packets as my
from tests.unit.proxy.talk import talk

HIDING = {"compress": 1 << 5, "tls": 1 << 11, "no metadata": 1 << 25, "zstd": 1 << 26, "attributes": 1 << 27}
BENDING = {"progress": 1 << 0, "several commands": 1 << 1, "cached metadata": 1 << 4}


def offered(greeting: bytes) -> bytes:
    return talk(MySQL(), [("server", greeting)]).to_client


@pytest.mark.parametrize("version", [b"8.4.3", b"5.5.5-10.11.19-MariaDB-0+deb12u1", b""])
@pytest.mark.parametrize("flag", HIDING.values(), ids=HIDING)
def test_what_would_hide_statements_is_not_offered(flag, version):
    assert offered(my.greeting(my.USUAL | flag, version)) == my.greeting(my.USUAL, version)


def test_everything_else_is_offered():
    kept = my.EVERYTHING
    for flag in HIDING.values():
        kept &= ~flag

    assert offered(my.greeting(my.EVERYTHING)) == my.greeting(kept)


@pytest.mark.parametrize("flag", BENDING.values(), ids=BENDING)
def test_what_would_bend_replies_is_not_offered_by_mariadb(flag):
    mariadb = my.USUAL & ~my.MYSQL

    assert offered(my.greeting(mariadb, own=0b101111 | flag)) == my.greeting(mariadb, own=(0b101111 | flag) & 0b101100)


def test_what_mysql_reserves_stays():
    assert offered(my.greeting(own=0xFFFF)) == my.greeting(own=0xFFFF)


def test_a_short_greeting_of_an_old_server():
    whole = my.packet(b"\x0a5.0\0" + b"\x07\0\0\0" + b"12345678\0" + b"\xff\xff\x21\2\0\xff\xff")
    kept = my.packet(b"\x0a5.0\0" + b"\x07\0\0\0" + b"12345678\0" + b"\xdf\xf7\x21\2\0\xff\xf1")

    assert offered(whole) == kept


def test_what_the_client_does_not_take_is_not_used():
    """The server offers results without EOF; the client does not want them."""
    wire = MySQL()
    script = [
        ("server", my.greeting(my.USUAL | my.NO_EOF)),
        ("client", my.login()),
        ("server", my.ok(number=2)),
        ("client", my.query("SELECT 1")),
        ("server", my.result([b"\0"])),
    ]

    assert talk(wire, script).ended == [("SELECT 1",)]


def sent(answer: bytes) -> bytes:
    return talk(MySQL(), [("server", my.greeting()), ("client", answer)]).to_server


def test_what_was_not_offered_is_not_asked_for_either():
    """Some clients name all that they know; the server would believe that they use it."""
    asked = my.EVERYTHING & ~HIDING["tls"]
    kept = asked
    for flag in HIDING.values():
        kept &= ~flag

    assert sent(my.login(asked)) == my.login(kept)


@pytest.mark.parametrize("flag", [0, my.MYSQL], ids=["mariadb", "mysql"])
def test_of_mariadbs_own_too(flag):
    def login(own):
        return my.packet(
            (my.PROTOCOL_41 | flag).to_bytes(4, "little") + b"\0" * 24 + bytes([own, 0, 0, 0]) + b"app\0\0", 1
        )

    assert sent(login(0b111111)) == login(0b111111 if flag else 0b101100)


def test_a_short_answer_of_an_old_client():
    short = my.packet(b"\x20\2\0\0" + b"\0" * 20, 1)

    assert sent(short) == my.packet(b"\0\2\0\0" + b"\0" * 20, 1)


def test_only_the_first_answer_is_changed():
    script = my.handshake()
    again = my.packet(b"\xff" * 40, 3)

    assert talk(MySQL(), [*script[:2], ("client", again)]).to_server == script[1][1] + again


def test_an_error_at_the_end_of_a_reply_follows_what_came_before():
    """After a file of the client's, packets have gone back and forth."""
    wire = MySQL()
    talk(wire, my.handshake())
    (unit,) = wire.from_client(my.query("LOAD DATA LOCAL"))

    assert wire.error(1205, unit, my.ok(number=9))[3] == 9


def test_an_error_in_place_of_a_reply():
    wire = MySQL()
    talk(wire, my.handshake())
    (unit,) = wire.from_client(my.query("INSERT"))

    deadlock = wire.error(1213, unit)
    unknown = wire.error(65000, unit)

    text = b"Deadlock found when trying to get lock; try restarting transaction"
    assert deadlock == my.packet(b"\xff\xbd\x04#40001" + text, 1)
    assert unknown == my.packet(b"\xff\xe8\xfd#HY000Error 65000", 1)


def test_an_error_at_any_time_has_number_0():
    wire = MySQL()
    talk(wire, my.handshake())

    assert wire.error(4031, None)[3:7] == b"\0\xff\xbf\x0f"


def test_an_error_in_place_of_the_greeting_has_no_state():
    assert MySQL().error(1040, None) == my.packet(b"\xff\x10\x04Too many connections", 0)


@pytest.mark.parametrize(("code", "last"), [(1040, True), (1053, True), (1927, True), (1213, False), (1290, False)])
def test_errors_with_which_the_connection_ends(code, last):
    wire = MySQL()
    talk(wire, my.handshake())

    assert wire.is_last(code) is last
    assert MySQL().is_last(code)


@pytest.mark.parametrize(
    ("statement", "code", "rolled_back"),
    [("INSERT", 1213, True), ("INSERT", 1205, False), ("COMMIT", 1290, True), ("COMMIT /* now */;", 1180, True)],
)
def test_what_a_refused_statement_does_to_the_transaction(statement, code, rolled_back):
    """MySQL rolls the whole transaction back at a deadlock, and nothing at a lock wait that ran out."""
    wire = MySQL()
    talk(wire, my.handshake())
    (unit,) = wire.from_client(my.query(statement))

    made = wire.consequence(unit, code)

    assert (made is not None) is rolled_back
    if made:
        assert (made.raw, made.silent, made.answered) == (my.query("ROLLBACK"), True, True)
        wire.sent(made)
        assert [part.unit for part in wire.from_server(my.ok()) if part.ends] == [made]
