"""PostgreSQL's wire: every statement is read, every reply's end is seen, however the bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faultlab.proxy.postgresql import PostgreSQL
from tests.unit.proxy import postgresql_messages as pg
from tests.unit.proxy.talk import Heard, longest, talk

INSERT = "INSERT INTO fruits VALUES ($1)"
CONVERSATION = [
    *pg.handshake(),
    ("client", pg.query("BEGIN")),
    ("server", pg.complete("BEGIN") + pg.ready()),
    ("client", pg.extended(INSERT)),
    ("server", pg.extended_reply()),
    ("client", pg.parse(INSERT, "_pg3_0") + pg.SYNC),
    ("server", pg.PARSED + pg.ready()),
    ("client", pg.bind("_pg3_0") + pg.DESCRIBE + pg.execute() + pg.SYNC),
    ("server", pg.BOUND + pg.NO_DATA + pg.complete() + pg.ready()),
    ("client", pg.query("SELECT fruit FROM fruits")),
    ("server", pg.ROWS + pg.ready()),
    ("client", pg.query("")),
    ("server", pg.message("I") + pg.ready()),
    ("client", pg.query("COMMIT")),
    ("server", pg.error("40001") + pg.ready("I")),
    ("client", pg.message("X")),
]
STATEMENTS = [("BEGIN",), (INSERT,), ("PREPARE",), (INSERT,), ("SELECT fruit FROM fruits",), ("PING",), ("COMMIT",)]


def ready() -> tuple[PostgreSQL, Heard]:
    """After the handshake."""
    wire = PostgreSQL()
    talk(wire, pg.handshake())
    assert wire.ready
    return wire, Heard()


def test_statements_are_read_and_replies_end():
    heard = talk(PostgreSQL(), CONVERSATION)

    assert heard.statements == heard.ended == STATEMENTS
    assert heard.replies[("SELECT fruit FROM fruits",)] == pg.ROWS + pg.ready()
    assert heard.replies[("COMMIT",)] == pg.error("40001") + pg.ready("I")


def test_everything_passes_as_it_came_but_encryption():
    heard = talk(PostgreSQL(), CONVERSATION)

    assert heard.to_server == b"".join(data for who, data in CONVERSATION[2:] if who == "client")
    assert heard.to_client == b"NN" + b"".join(data for who, data in CONVERSATION if who == "server")


def test_bytes_may_come_cut_at_every_position():
    whole = talk(PostgreSQL(), CONVERSATION)

    for cut in range(longest(CONVERSATION)):
        assert talk(PostgreSQL(), CONVERSATION, cut=cut) == whole
    for size in (1, 2, 3, 5, 7, 11):
        assert talk(PostgreSQL(), CONVERSATION, size=size) == whole


def test_several_frames_in_one_segment():
    """Of a pipeline each Sync ends a unit; a unit may have several statements."""
    wire, heard = ready()
    unit = pg.parse("A") + pg.bind() + pg.execute() + pg.parse("COMMIT") + pg.bind() + pg.execute() + pg.SYNC
    reply = (pg.PARSED + pg.BOUND + pg.complete()) * 2 + pg.ready("I")

    heard.client_says(wire, pg.extended("B") + unit + pg.query("C"))
    heard.server_says(wire, pg.extended_reply() + reply + pg.complete()[:4])
    heard.server_says(wire, pg.complete()[4:] + pg.ready("I"))

    assert heard.statements == heard.ended == [("B",), ("A", "COMMIT"), ("C",)]
    assert heard.replies[("A", "COMMIT")] == reply
    assert heard.replies[("C",)] == pg.complete() + pg.ready("I")


def test_a_unit_is_forwarded_as_one():
    wire, _ = ready()

    assert wire.from_client(pg.extended(INSERT)[:-1]) == []
    (unit,) = wire.from_client(pg.extended(INSERT)[-1:])

    assert (unit.raw, unit.texts, unit.answered) == (pg.extended(INSERT), (INSERT,), True)


def test_a_statement_of_many_megabytes():
    wire, heard = ready()
    long = pg.query("INSERT" + "x" * (17 << 20))

    for start in range(0, len(long), 1 << 20):
        heard.client_says(wire, long[start : start + (1 << 20)])
    heard.server_says(wire, pg.row(b"y" * (17 << 20)) + pg.ready())

    assert heard.to_server == long
    assert len(heard.statements[0][0]) == 64 * 1024
    assert len(heard.ended) == 1


def test_the_text_of_a_prepared_statement_is_found_by_its_name():
    wire, heard = ready()
    for name, text in (("one", "INSERT"), ("two", "UPDATE"), ("one", "DELETE")):
        heard.client_says(wire, pg.parse(text, name) + pg.SYNC)
    heard.statements.clear()

    for name in ("one", "two", "three"):
        heard.client_says(wire, pg.bind(name) + pg.execute() + pg.SYNC)
    heard.client_says(wire, pg.close("S", "one") + pg.SYNC)
    heard.client_says(wire, pg.bind("one") + pg.execute() + pg.SYNC)

    assert heard.statements == [("DELETE",), ("UPDATE",), ("EXECUTE",), ("SYNC",), ("EXECUTE",)]


def test_the_text_of_a_portal_is_that_of_its_statement():
    wire, heard = ready()

    heard.client_says(wire, pg.parse("A", "a") + pg.bind("a", "cursor") + pg.parse("B") + pg.bind() + pg.SYNC)
    heard.client_says(wire, pg.execute("cursor") + pg.SYNC)
    heard.client_says(wire, pg.execute() + pg.SYNC)
    heard.client_says(wire, pg.close("P", "cursor") + pg.SYNC)
    heard.client_says(wire, pg.execute("cursor") + pg.SYNC)

    assert heard.statements == [("PREPARE",), ("A",), ("B",), ("SYNC",), ("EXECUTE",)]


def test_a_message_without_its_names():
    wire, heard = ready()

    heard.client_says(wire, pg.message("P") + pg.message("B") + pg.message("E") + pg.message("C") + pg.SYNC)

    assert heard.statements == [("PING",)]
    assert heard.to_server.endswith(pg.SYNC)


def test_what_is_flushed_is_answered_without_a_sync():
    wire, heard = ready()
    unit = pg.parse("A") + pg.bind() + pg.DESCRIBE + pg.execute() + pg.close("S", "x") + pg.FLUSH

    heard.client_says(wire, unit)
    assert heard.statements == [("A",)]
    heard.server_says(wire, pg.PARSED + pg.BOUND + pg.message("t", b"\0\0") + pg.NO_DATA + pg.complete())
    assert heard.ended == []
    heard.server_says(wire, pg.CLOSED)
    assert heard.ended == [("A",)]
    heard.client_says(wire, pg.SYNC)
    heard.server_says(wire, pg.ready())

    assert heard.ended == [("A",), ("SYNC",)]


@pytest.mark.parametrize("answer", [pg.ROWS, pg.message("I"), pg.message("s"), pg.row(b"x") + pg.complete()])
def test_what_a_flushed_execute_is_answered(answer):
    wire, heard = ready()
    describe = pg.DESCRIBE if answer is pg.ROWS else b""

    heard.client_says(wire, pg.parse("A") + pg.bind() + describe + pg.execute() + pg.FLUSH)
    heard.server_says(wire, pg.PARSED + pg.BOUND + answer[:-1])
    assert heard.ended == []
    heard.server_says(wire, answer[-1:])

    assert heard.ended == [("A",)]


def test_after_an_error_everything_until_the_sync_is_skipped():
    wire, heard = ready()
    flushed = [pg.parse(text) + pg.bind() + pg.execute() + pg.FLUSH for text in "ABC"]

    heard.client_says(wire, b"".join(flushed) + pg.SYNC + pg.query("D"))
    heard.server_says(wire, pg.PARSED + pg.error())
    assert heard.ended == [("A",)]
    heard.server_says(wire, pg.ready("E") + pg.complete() + pg.ready("E"))

    assert heard.ended == [("A",), ("SYNC",), ("D",)]


def test_a_flush_of_nothing_has_no_reply():
    wire, heard = ready()

    heard.client_says(wire, pg.FLUSH + pg.query("A"))
    heard.server_says(wire, pg.complete() + pg.ready())

    assert heard.ended == [("A",)]


def test_notices_and_notifications_may_come_at_any_time():
    wire, heard = ready()
    asides = pg.message("N", b"Mhello\0\0") + pg.message("A", b"\0\0\0\1channel\0\0") + pg.message("S", b"a\0b\0")

    heard.server_says(wire, asides)
    heard.client_says(wire, pg.parse("A") + pg.bind() + pg.execute() + pg.FLUSH)
    heard.server_says(wire, asides + pg.PARSED + asides + pg.BOUND + asides)
    assert heard.ended == []
    heard.server_says(wire, pg.complete())

    assert heard.ended == [("A",)]


COPY, DATA, DONE = pg.message("G", b"\0\0\0"), pg.message("d", b"apple\n") * 3, pg.message("c")


def test_a_copy_in_a_query():
    wire, heard = ready()

    heard.client_says(wire, pg.query("COPY fruits FROM STDIN"))
    heard.server_says(wire, COPY)
    heard.client_says(wire, DATA + DONE)
    heard.server_says(wire, pg.complete("COPY 3") + pg.ready())
    heard.client_says(wire, pg.extended("A"))
    heard.server_says(wire, pg.extended_reply())

    assert heard.ended == [("COPY fruits FROM STDIN",), ("A",)]


@pytest.mark.parametrize("statement", [pg.query, pg.extended])
def test_what_the_server_asks_for_is_a_part_of_its_own(statement):
    wire, _ = ready()
    (unit,) = wire.from_client(statement("COPY fruits FROM STDIN"))
    wire.sent(unit)

    parts = wire.from_server(pg.BOUND + COPY)

    assert [(part.raw, part.unit, part.ends, part.asks) for part in parts] == [(pg.BOUND + COPY, unit, False, True)]
    assert [part.asks for part in wire.from_server(pg.complete() + pg.ready())] == [False]


def test_a_copy_in_a_batch_has_two_syncs_and_one_end():
    """The server skips the Sync that came before the data."""
    wire, heard = ready()

    heard.client_says(wire, pg.extended("COPY fruits FROM STDIN"))
    heard.server_says(wire, pg.PARSED + pg.BOUND + COPY)
    heard.client_says(wire, DATA + DONE + pg.SYNC)
    heard.server_says(wire, pg.complete("COPY 3") + pg.ready())
    heard.client_says(wire, pg.extended("A"))
    heard.server_says(wire, pg.extended_reply())

    assert heard.ended == heard.statements == [("COPY fruits FROM STDIN",), ("A",)]


def test_a_function_call_and_a_failed_copy():
    wire, heard = ready()

    heard.client_says(wire, pg.message("F", b"\0\0\0\1") + pg.message("f", b"no\0"))
    heard.server_says(wire, pg.message("V", b"\xff\xff\xff\xff") + pg.ready())

    assert heard.ended == [("FUNCTION",)]


def test_a_query_amid_a_batch():
    """Nobody does that; the messages before it are its unit's."""
    wire, heard = ready()

    heard.client_says(wire, pg.parse("A") + pg.bind() + pg.execute() + pg.query("B"))
    heard.server_says(wire, pg.PARSED + pg.ready())

    assert heard.ended == [("A", "B")]


def test_a_cancel_request():
    heard = talk(PostgreSQL(), [("client", pg.first(pg.CANCEL, b"\0\0\0\7\0\0\0\x09"))])

    assert heard.to_server == pg.first(pg.CANCEL, b"\0\0\0\7\0\0\0\x09")
    assert heard.statements == []


@pytest.mark.parametrize("version", [pg.VERSION_3, pg.VERSION_3_2])
def test_versions(version):
    wire = PostgreSQL()

    heard = talk(
        wire, [("client", pg.startup(version)), ("server", pg.message("v", b"\0\3\0\0\0\0\0\0") + pg.ready("I"))]
    )

    assert heard.to_server == pg.startup(version)
    assert wire.ready
    assert not wire.opaque


GARBAGE = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\3\1\2\0",
    b"\0\1",
    pg.first(2 << 16),
    (7).to_bytes(4) + pg.VERSION_3.to_bytes(4),
    (10_001).to_bytes(4) + pg.VERSION_3.to_bytes(4),
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_client_that_speaks_something_else(garbage):
    wire = PostgreSQL()

    heard = talk(wire, [("client", garbage), ("server", b"HTTP"), ("client", pg.startup())])

    assert wire.opaque
    assert heard.to_server == garbage + pg.startup()
    assert heard.to_client == b"HTTP"


@pytest.mark.parametrize(
    "garbage", [b"\x99", b"Q\0\0\0\3", b"Q\x40\0\0\1", pg.parse("A") + b"!", pg.parse("A") + b"B\xff\xff\xff\xff"]
)
def test_what_is_no_message_passes_at_once(garbage):
    wire, heard = ready()

    heard.client_says(wire, pg.query("SELECT 1") + garbage)
    heard.client_says(wire, pg.query("COMMIT"))
    heard.server_says(wire, pg.complete()[:4])

    assert heard.statements == [("SELECT 1",)]
    assert heard.to_server == pg.query("SELECT 1") + garbage + pg.query("COMMIT")
    assert heard.to_client == pg.complete()[:4]


@pytest.mark.parametrize("garbage", [b"\x99", b"C\0\0\0\3", b"C\x40\0\0\1"])
def test_a_server_that_speaks_something_else(garbage):
    wire, heard = ready()

    heard.client_says(wire, pg.query("SELECT 1"))
    heard.server_says(wire, pg.complete() + garbage)
    heard.server_says(wire, pg.ready())

    assert wire.opaque
    assert heard.to_client == pg.complete() + garbage + pg.ready()
    assert heard.replies == {("SELECT 1",): pg.complete()}


def test_the_end_shows_what_was_not_complete():
    wire, heard = ready()
    heard.client_says(wire, pg.parse("A") + pg.bind()[:7])
    heard.server_says(wire, pg.ready()[:5])

    assert wire.rest() == (pg.parse("A") + pg.bind()[:7], pg.ready()[:5])


def said(data, who):
    return b"".join(piece for speaker, piece in data if speaker == who)


@given(data=st.lists(st.tuples(st.sampled_from(["client", "server"]), st.binary(max_size=40)), max_size=8))
def test_garbage_passes_whatever_it_is(data):
    wire = PostgreSQL()

    heard = talk(wire, data)
    rest = wire.rest()

    assert heard.to_server + rest[0] == said(data, "client")
    assert heard.to_client + rest[1] == said(data, "server")


MESSAGES = st.builds(pg.message, st.sampled_from("PBDECSHQFXpdcf"), st.binary(max_size=12))
REPLIES = st.builds(pg.message, st.sampled_from("123ACDEGHIKNRSTVWZcdnstv"), st.binary(max_size=12))


@given(
    data=st.lists(
        st.one_of(
            st.tuples(st.just("client"), MESSAGES | st.binary(max_size=12)),
            st.tuples(st.just("server"), REPLIES | st.binary(max_size=12)),
        ),
        max_size=20,
    )
)
def test_messages_in_any_order_pass(data):
    wire, heard = ready()

    for who, piece in data:
        (heard.client_says if who == "client" else heard.server_says)(wire, piece)
    rest = wire.rest()

    assert heard.to_server + rest[0] == said(data, "client")
    assert heard.to_client + rest[1] == said(data, "server")
