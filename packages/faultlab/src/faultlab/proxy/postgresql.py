"""The protocol of PostgreSQL: messages of type, length and body; Parse, Bind, Execute ... up to Sync are one unit.

Formats: postgresql.org/docs/current/protocol-message-formats.html.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from faultlab.proxy import rules
from faultlab.proxy.wire import Frame, Framed, NotTheProtocolError, Unit

ERRORS = {
    "08006": "connection failure",
    "23505": "duplicate key value violates unique constraint",
    "25006": "cannot execute the statement in a read-only transaction",
    "25P03": "terminating connection due to idle-in-transaction timeout",
    "28P01": "password authentication failed",
    "3D000": "database does not exist",
    "40001": "could not serialize access due to concurrent update",
    "40P01": "deadlock detected",
    "53100": "could not extend file: No space left on device",
    "53200": "out of memory",
    "53300": "sorry, too many clients already",
    "55P03": "canceling statement due to lock timeout",
    "57014": "canceling statement due to statement timeout",
    "57P01": "terminating connection due to administrator command",
    "57P02": "terminating connection because of crash of another server process",
    "57P03": "the database system is starting up",
    "57P05": "terminating connection due to idle-session timeout",
}
LAST = frozenset(
    {"08006", "25P03", "28P01", "3D000", "53300", "57P01", "57P02", "57P03", "57P05"}
)  # the connection ends


def error_message(code: str, severity: str) -> bytes:
    text = ERRORS.get(code, f"error {code}")
    fields = {b"S": severity, b"V": severity, b"C": code, b"M": text}
    body = b"".join(name + value.encode() + b"\0" for name, value in fields.items()) + b"\0"
    return b"E" + (4 + len(body)).to_bytes(4) + body


HEAD = 5  # type and length
STARTUP_HEAD = 8  # length and code
LONGEST_STARTUP = 10_000
LONGEST = 1 << 30
TLS, GSS, CANCEL = 80877103, 80877104, 80877102
VERSION = 3

BATCHED, ENDS = frozenset(b"PBDEC"), frozenset(b"SH")
FROM_CLIENT = BATCHED | ENDS | frozenset(b"QFXpdcf")
FROM_SERVER = frozenset(b"123ACDEGHIKNRSTVWZcdnstv")
STATEMENTS = {ord("Q"): "", ord("F"): "FUNCTION"}  # and the text of those that carry none
READY, ERROR = ord("Z"), ord("E")
COPY_BEGINS = frozenset(b"GW")
ANSWERS = frozenset(
    b"123CnTIs"
)  # each answers one message of a batch; `t` precedes `n` and `T` and belongs to the same answer
ROLLBACK, FAILS = b"ROLLBACK\0", b"SELECT 1/0\0"


@dataclass
class Batch:
    """The messages of a unit, and how many of them are unanswered."""

    batch: bool = False
    synced: bool = True  # the reply ends with ReadyForQuery
    left: int = 0  # messages without an answer yet, if not synced


@dataclass
class PostgreSQL(Framed):
    """One connection. It declines TLS and GSS encryption so that statements stay readable."""

    _started: bool = False
    _status: bytes = b"I"
    _copying: bool = False
    _size: int = 0  # bytes of an incomplete batch
    _messages: int = 0
    _texts: list[str] = field(default_factory=list)
    _prepared: dict[bytes, str] = field(default_factory=dict)
    _portals: dict[bytes, str] = field(default_factory=dict)
    _parsed: bool = False

    # --- from the client
    def _units(self) -> Iterator[Unit]:
        while not self._started:
            size = self._startup_size()
            if not size:
                return
            yield self._startup(self._take_client(size))
        while size := _message_size(self._client, self._size, FROM_CLIENT):
            unit = self._message(self._client[self._size], self._size, size)
            if unit:
                yield unit

    def _startup_size(self) -> int:
        buffer = self._client
        if any(buffer[:2]):
            raise NotTheProtocolError
        length, code = int.from_bytes(buffer[:4]), int.from_bytes(buffer[4:8])
        if len(buffer) < STARTUP_HEAD:
            return 0
        known = code in (TLS, GSS, CANCEL) or code >> 16 == VERSION
        if not known or not STARTUP_HEAD <= length <= LONGEST_STARTUP:
            raise NotTheProtocolError
        return length if len(buffer) >= length else 0

    def _startup(self, raw: bytes) -> Unit:
        code = int.from_bytes(raw[4:8])
        if code in (TLS, GSS):
            return Unit(raw, answer=b"N")
        self._started = True
        return Unit(raw)

    def _message(self, kind: int, start: int, size: int) -> Unit | None:
        if kind in BATCHED:
            self._note(kind, bytes(self._client[start + HEAD : start + size]))
            self._size += size
            self._messages += 1
            return None
        raw = self._take_client(start + size)
        if kind in ENDS:
            return self._end(raw, synced=kind == ord("S"))
        batch = self._reset_batch()
        if kind not in STATEMENTS:
            return Unit(raw)
        text = STATEMENTS[kind] or rules.statement_text(raw[start + HEAD :])
        return Unit(raw, (*batch, text), answered=True, about=Batch())

    def _end(self, raw: bytes, *, synced: bool) -> Unit:
        if synced and self._copying:
            self._copying = False  # the server has skipped the Sync before the data: this one replaces it
            return Unit(raw)
        messages, parsed = self._messages, self._parsed
        texts = self._reset_batch() or (("PREPARE",) if parsed else ("SYNC",))
        return Unit(raw, texts, synced or messages > 0, about=Batch(batch=True, synced=synced, left=messages))

    def _reset_batch(self) -> tuple[str, ...]:
        texts, self._texts = tuple(self._texts), []
        self._size = self._messages = 0
        self._parsed = False
        return texts

    def _note(self, kind: int, body: bytes) -> None:
        names = body.split(b"\0", 2)
        first, second = names[0], names[1] if len(names) > 1 else b""
        if kind == ord("P"):
            self._parsed = True
            self._prepared[first] = rules.statement_text(second)
        elif kind == ord("B"):
            self._portals[first] = self._prepared.get(second, "EXECUTE")
        elif kind == ord("E"):
            self._texts.append(self._portals.get(first, "EXECUTE"))
        elif kind == ord("C"):
            (self._prepared if first[:1] == b"S" else self._portals).pop(first[1:], None)

    # --- from the server
    def _frame(self, start: int) -> Frame | None:
        size = _message_size(self._server, start, FROM_SERVER)
        if not size:
            return None
        frame, kind = Frame(size), self._server[start]
        if kind == READY:
            self._ready(frame, bytes(self._server[start + HEAD : start + HEAD + 1]))
        elif self._waiting:
            self._follow(frame, kind)
        return frame

    def _ready(self, frame: Frame, status: bytes) -> None:
        """ReadyForQuery ends the first synced unit; the server has skipped those before it after an error."""
        self._status, self.ready, self._copying = status, True, False
        frame.cut = True
        while self._waiting:
            frame.ends = self._waiting.popleft()
            if frame.ends.about.synced:
                return

    def _follow(self, frame: Frame, kind: int) -> None:
        unit = self._waiting[0]
        about: Batch = unit.about
        if kind in COPY_BEGINS:
            self._copying, frame.asks = about.batch, True
        if about.synced:
            return
        about.left = 0 if kind == ERROR else about.left - (kind in ANSWERS)
        if about.left <= 0:
            self._waiting.popleft()
            frame.ends, frame.cut = unit, True

    # --- made here
    def error(self, code: int | str, unit: Unit | None, reply: bytes = b"") -> bytes:
        last = self.is_last(code)
        message = error_message(str(code), "FATAL" if last else "ERROR")
        if unit is None or last or not unit.about.synced:
            return message
        committed = any(map(rules.ends_transaction, unit.texts))
        return message + b"Z\0\0\0\x05" + (b"I" if self._status == b"I" or committed else b"E")

    def is_last(self, code: int | str) -> bool:
        return not self.ready or str(code) in LAST

    def consequence(self, unit: Unit, code: int | str) -> Unit | None:
        """A refused COMMIT rolls back; any other error aborts the transaction. The server gets a statement that does the same."""
        if self._status != b"T":
            return None
        statement = ROLLBACK if any(map(rules.ends_transaction, unit.texts)) else FAILS
        raw = b"Q" + (4 + len(statement)).to_bytes(4) + statement
        return Unit(raw, ("",), answered=True, silent=True, about=Batch())


def _message_size(buffer: bytearray, start: int, kinds: frozenset[int]) -> int:
    """Bytes of the message at `start`; 0 if it is incomplete."""
    if len(buffer) > start and buffer[start] not in kinds:
        raise NotTheProtocolError
    if len(buffer) < start + HEAD:
        return 0
    length = int.from_bytes(buffer[start + 1 : start + HEAD])
    if not HEAD - 1 <= length <= LONGEST:
        raise NotTheProtocolError
    return length + 1 if len(buffer) > start + length else 0
