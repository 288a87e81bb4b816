"""MySQL's wire: every statement is read, every reply's end is seen, however the bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultlab.proxy.mysql import FULL, MySQL
from tests.unit.proxy import mysql_packets as my
from tests.unit.proxy.talk import Heard, longest, talk

BOTH = pytest.mark.parametrize("no_eof", [False, True], ids=["eof", "no eof"])
ALL = my.USUAL | my.NO_EOF
ROWS = [b"\x05apple", b"\xfb", b"\0"]


def conversation(no_eof: bool = False) -> list[tuple[str, bytes]]:
    return [
        *my.handshake(ALL if no_eof else my.USUAL),
        ("client", my.query("SET AUTOCOMMIT = 0")),
        ("server", my.ok()),
        ("client", my.query("SELECT fruit FROM fruits")),
        ("server", my.result(ROWS, no_eof=no_eof)),
        ("client", my.command(0x16, b"INSERT INTO fruits VALUES (?)")),
        ("server", my.prepared(7, 1, 0, no_eof=no_eof)),
        ("client", my.execute(7)),
        ("server", my.ok()),
        ("client", my.command(0x0E)),
        ("server", my.ok()),
        ("client", my.query("COMMIT")),
        ("server", my.error(1180)),
        ("client", my.command(0x01)),
    ]


STATEMENTS = [
    ("SET AUTOCOMMIT = 0",),
    ("SELECT fruit FROM fruits",),
    ("PREPARE",),
    ("INSERT INTO fruits VALUES (?)",),
    ("PING",),
    ("COMMIT",),
]


def ready(no_eof: bool = False) -> tuple[MySQL, Heard]:
    """After the handshake."""
    wire = MySQL()
    talk(wire, my.handshake(ALL if no_eof else my.USUAL))
    assert wire.ready
    return wire, Heard()


def ends(command: bytes, reply: bytes, *, no_eof: bool = False) -> None:
    """The reply ends with its last packet and not before."""
    wire, heard = ready(no_eof)
    heard.client_says(wire, command)
    heard.server_says(wire, reply[:-1])
    assert heard.ended == []
    heard.server_says(wire, reply[-1:])
    assert len(heard.ended) == 1
    assert heard.to_client == reply
    heard.client_says(wire, my.query("SELECT 2"))
    heard.server_says(wire, my.ok())
    assert heard.ended[1:] == [("SELECT 2",)]


@BOTH
def test_statements_are_read_and_replies_end(no_eof):
    heard = talk(MySQL(), conversation(no_eof))

    assert heard.statements == STATEMENTS
    assert heard.ended == STATEMENTS
    assert heard.replies[("SELECT fruit FROM fruits",)] == my.result(ROWS, no_eof=no_eof)


@BOTH
def test_everything_passes_as_it_came(no_eof):
    script = conversation(no_eof)

    heard = talk(MySQL(), script)

    assert heard.to_server == b"".join(data for who, data in script if who == "client")
    assert heard.to_client == b"".join(data for who, data in script if who == "server")


@BOTH
def test_bytes_may_come_cut_at_every_position(no_eof):
    script = conversation(no_eof)
    whole = talk(MySQL(), script)

    for cut in range(longest(script)):
        assert talk(MySQL(), script, cut=cut) == whole
    for size in (1, 2, 3, 5, 7, 11):
        assert talk(MySQL(), script, size=size) == whole


def test_several_frames_in_one_segment():
    wire, heard = ready()

    heard.client_says(wire, my.query("A") + my.query("B") + my.command(0x19, b"\1\0\0\0") + my.query("COMMIT"))
    heard.server_says(wire, my.ok() + my.result(ROWS) + my.ok()[:5])
    heard.server_says(wire, my.ok()[5:])

    assert heard.statements == heard.ended == [("A",), ("B",), ("COMMIT",)]
    assert heard.replies == {("A",): my.ok(), ("B",): my.result(ROWS), ("COMMIT",): my.ok()}


@pytest.mark.parametrize("length", [FULL - 2, FULL - 1, FULL, 2 * FULL - 1])
def test_statements_at_the_border_of_a_packet(length):
    """A payload of 16 MiB - 1 goes on in the next packet, be it empty."""
    wire, heard = ready()
    payload = b"\x03" + b"x" * length
    whole = b"".join(
        my.packet(payload[start : start + FULL], number)
        for number, start in enumerate(range(0, len(payload) + 1, FULL))
    )

    for start in range(0, len(whole), 1 << 22):
        heard.client_says(wire, whole[start : start + (1 << 22)])
    heard.client_says(wire, my.query("COMMIT"))

    assert heard.to_server == whole + my.query("COMMIT")
    assert [len(texts[0]) for texts in heard.statements] == [64 * 1024, 6]
    assert wire.error(1213, wire._waiting[0])[3] == 1 + len(payload) // FULL


@BOTH
def test_rows_at_the_border_of_a_packet(no_eof):
    """What goes on in the next packet may look like an end there, and is none."""
    row = my.packet(b"\xfe" + b"\0" * (FULL - 1), 4) + my.packet(b"\xfe\0\0\2\0", 5)
    reply = my.result([], no_eof=no_eof)
    end = my.ok(2, 9, head=0xFE, affected=b"\0") if no_eof else my.eof(2, 9)

    ends(my.query("SELECT 1"), reply.removesuffix(end) + row + end, no_eof=no_eof)


@BOTH
@pytest.mark.parametrize(
    "command",
    [my.query("SELECT 1"), my.execute(7), my.command(0xFA, b"\7\0\0\0"), my.command(0x0A)],
    ids=["query", "execute", "bulk", "processlist"],
)
def test_results_of_every_form(command, no_eof):
    def result(rows, status=2):
        return my.result(rows, no_eof=no_eof, status=status)

    between = b"" if no_eof else my.eof()
    columns = my.packet(b"\xfc\x2c\1", 1) + my.packet(b"\3def", 2) * 300 + between
    end = my.ok(head=0xFE, affected=b"\0") if no_eof else my.eof()
    big_numbers = my.ok(affected=b"\xfc\1\1", last_id=b"\xfe\1\2\3\4\5\6\7\x08")
    for reply in (
        my.ok(),
        my.error(),
        big_numbers,
        result([]),
        result(ROWS),
        columns + end,
        my.ok(my.MORE) + my.ok(),
        my.ok(my.MORE, affected=b"\xfd\0\0\x08", last_id=b"\xfe" + b"\x08" * 8) + result(ROWS),
        result(ROWS, my.MORE) + result(ROWS, my.MORE) + my.ok(),
        result(ROWS, my.MORE) + my.error(),
        columns + my.packet(ROWS[0], 3) + my.error(),
    ):
        ends(command, reply, no_eof=no_eof)


def test_a_long_value_is_no_end():
    """Its length begins with the byte that an EOF begins with."""
    ends(my.query("SELECT 1"), my.result([b"\xfe\5\0\0\0\0\0\0\0apple", b"\xfe\0\0\0\0\0\0\0\0"]))


@BOTH
def test_a_cursor_has_no_rows_yet(no_eof):
    end = my.ok(my.CURSOR, head=0xFE, affected=b"\0") if no_eof else my.eof(my.CURSOR)

    ends(my.execute(7), my.packet(b"\1", 1) + my.packet(b"\3def", 2) + end, no_eof=no_eof)


@BOTH
@pytest.mark.parametrize("params", [0, 1, 3])
@pytest.mark.parametrize("columns", [0, 1, 2])
def test_preparing(params, columns, no_eof):
    ends(my.command(0x16, b"SELECT ?"), my.prepared(1, params, columns, no_eof=no_eof), no_eof=no_eof)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (my.command(0x16, b"SELEC"), my.error()),
        (my.command(0x02, b"other"), my.ok()),
        (my.command(0x0E), my.ok()),
        (my.command(0x1A, b"\1\0\0\0"), my.ok()),
        (my.command(0x1B, b"\0\0"), my.eof()),
        (my.command(0x1F), my.ok()),
        (my.command(0x09), my.packet(b"Uptime: 5", 1)),
        (my.command(0x04, b"fruits\0"), my.packet(b"\3def", 1) * 3 + my.eof()),
        (my.command(0x04, b"fruits\0"), my.error()),
        (my.command(0x1C, b"\1\0\0\0\5\0\0\0"), my.packet(b"\0\0\5apple", 1) * 5 + my.eof(my.CURSOR | my.MORE)),
    ],
)
def test_other_commands(command, reply):
    ends(command, reply)


def test_a_list_of_columns_without_eof():
    ends(my.command(0x04, b"fruits\0"), my.packet(b"\3def", 1) + my.ok(head=0xFE, affected=b"\0"), no_eof=True)


def test_the_text_of_a_prepared_statement_is_found_by_its_number():
    wire, heard = ready()
    for number, text in ((1, b"INSERT"), (2, b"UPDATE"), (1, b"DELETE")):
        heard.client_says(wire, my.command(0x16, text))
        heard.server_says(wire, my.prepared(number, 1, 1))
    heard.statements.clear()

    for number in (1, 2, 0xFFFFFFFF, 3):
        heard.client_says(wire, my.execute(number))
    heard.client_says(wire, my.command(0x19, b"\1\0\0\0"))
    heard.client_says(wire, my.execute(1))

    assert heard.statements == [("DELETE",), ("UPDATE",), ("DELETE",), ("EXECUTE",), ("EXECUTE",)]


def test_a_statement_that_was_not_prepared_has_no_number():
    wire, heard = ready()
    heard.client_says(wire, my.command(0x16, b"INSERT"))
    heard.server_says(wire, my.error())
    heard.client_says(wire, my.execute(0x23000428))

    assert heard.statements[-1] == ("EXECUTE",)


def test_commands_without_a_reply():
    wire, heard = ready()

    heard.client_says(wire, my.command(0x18, b"\1\0\0\0\0\0long") + my.command(0x19, b"\1\0\0\0"))
    heard.client_says(wire, my.query("COMMIT"))
    heard.server_says(wire, my.ok())
    heard.client_says(wire, my.command(0x01))

    assert heard.statements == heard.ended == [("COMMIT",)]
    assert wire.from_client(my.command(0x01))[0].answered is False


@pytest.mark.parametrize("packets", [3, 600])
def test_a_file_of_the_clients(packets):
    """LOAD DATA LOCAL: packets of the client whose numbers begin again at 0 after 255."""
    wire, heard = ready()
    heard.client_says(wire, my.query("LOAD DATA LOCAL"))
    heard.server_says(wire, my.packet(b"\xfbfruits.csv", 1))

    for number in range(packets):
        heard.client_says(wire, my.packet(b"\x03COMMIT", (number + 2) % 256))
    heard.client_says(wire, my.packet(b"", (packets + 2) % 256))
    heard.server_says(wire, my.ok(number=packets % 256))
    heard.client_says(wire, my.query("COMMIT"))

    assert heard.statements == [("LOAD DATA LOCAL",), ("COMMIT",)]
    assert heard.ended == [("LOAD DATA LOCAL",)]
    assert not wire.opaque


def test_a_change_of_user():
    wire, heard = ready()

    heard.client_says(wire, my.command(0x11, b"app\0"))
    heard.server_says(wire, my.packet(b"\xfecaching_sha2_password\0salt", 1))
    heard.client_says(wire, my.packet(b"\x55" * 32, 2))
    heard.server_says(wire, my.packet(b"\1\3", 3))
    assert heard.ended == []
    heard.server_says(wire, my.ok(number=4))

    assert heard.statements == heard.ended == [("CHANGE USER",)]


def test_what_the_server_asks_for_is_a_part_of_its_own():
    wire, heard = ready()
    heard.client_says(wire, my.query("LOAD DATA LOCAL") + my.query("SELECT 1"))

    parts = wire.from_server(my.packet(b"\xfbfruits.csv", 1))

    assert [(part.unit.texts, part.ends, part.asks) for part in parts] == [(("LOAD DATA LOCAL",), False, True)]
    assert [part.asks for part in wire.from_server(my.ok() + my.ok())] == [False, False]


def test_a_stream_has_no_end():
    wire, heard = ready()

    heard.client_says(wire, my.command(0x12, b"\4\0\0\0"))
    heard.server_says(wire, my.packet(b"\0event", 1) * 5)

    assert heard.ended == []
    assert heard.to_client == my.packet(b"\0event", 1) * 5


def test_a_word_of_the_server_that_nobody_asked_for():
    """The server is shut down while the connection idles."""
    wire, heard = ready()

    heard.server_says(wire, my.error(1053, 0))

    assert heard.to_client == my.error(1053, 0)
    assert heard.replies == {}


def test_a_server_that_refuses_before_its_greeting():
    heard = talk(MySQL(), [("server", my.error(1040, 0))])

    assert heard.to_client == my.error(1040, 0)


GARBAGE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\0\0\1\0",
    b"\0\0\0\1",
    b"\5\0\0\0\x09abcd",
    b"\5\0\0\0\x0aabcd",
    my.packet(b"\x0a8.4\0" + b"x" * 12),
    my.packet(b"\x0a8.4\0" + b"x" * 19),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_server_that_speaks_something_else(garbage):
    wire = MySQL()

    heard = talk(wire, [("server", garbage), ("client", b"anything"), ("server", my.greeting())])

    assert wire.opaque
    assert heard.to_client == garbage + my.greeting()
    assert heard.to_server == b"anything"


def test_a_client_that_speaks_first_speaks_something_else():
    heard = talk(MySQL(), [("client", b"GET / HTTP/1.1\r\n\r\n"), ("server", my.greeting(my.EVERYTHING))])

    assert heard.to_server == b"GET / HTTP/1.1\r\n\r\n"
    assert heard.to_client == my.greeting(my.EVERYTHING)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", my.packet(b"x" * 40), my.packet(b"x" * 40, 2)])
def test_a_client_that_answers_the_greeting_with_something_else(garbage):
    heard = talk(MySQL(), [("server", my.greeting()), ("client", garbage)])

    assert heard.to_server == garbage


@pytest.mark.parametrize(
    "garbage", [my.packet(b"\x03COMMIT", 1), my.packet(b""), b"\xff\xff\xff\0\x99", b"\4\0\0\0\x99", b"\0\1\0\0\x05"]
)
def test_what_is_no_command_passes_at_once(garbage):
    wire, heard = ready()

    heard.client_says(wire, my.query("SELECT 1") + garbage)
    heard.client_says(wire, my.query("COMMIT"))
    heard.server_says(wire, my.ok()[:3])

    assert heard.statements == [("SELECT 1",)]
    assert heard.to_server.endswith(garbage + my.query("COMMIT"))
    assert heard.to_client == my.ok()[:3]


def test_a_client_that_wants_tls_all_the_same_cannot_be_read():
    wire = MySQL()

    heard = talk(
        wire, [("server", my.greeting()), ("client", my.packet(b"\x00\x0a\0\0" + b"\0" * 28, 1) + b"\x16\3\1")]
    )

    assert wire.opaque
    assert heard.to_server.endswith(b"\x16\3\1")


def test_the_end_shows_what_was_not_complete():
    wire, heard = ready()
    heard.client_says(wire, my.query("SELECT 1")[:7])
    heard.server_says(wire, my.ok()[:6])

    assert wire.rest() == (my.query("SELECT 1")[:7], my.ok()[:6])
    assert wire.rest() == (b"", b"")


@given(data=st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=40)), max_size=8))
def test_garbage_passes_whatever_it_is(data):
    wire = MySQL()

    heard = talk(wire, data)
    rest = wire.rest()

    assert heard.to_server + rest[0] == b"".join(said for who, said in data if who == "client")
    assert len(heard.to_client + rest[1]) == len(b"".join(said for who, said in data if who == "server"))


@given(data=st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=30)), max_size=8))
def test_garbage_after_the_handshake_passes_whatever_it_is(data):
    wire, heard = ready()

    for who, said in data:
        (heard.client_says if who == "client" else heard.server_says)(wire, said)
    rest = wire.rest()

    assert heard.to_server + rest[0] == b"".join(said for who, said in data if who == "client")
    assert heard.to_client + rest[1] == b"".join(said for who, said in data if who == "server")
