"""Parses replies of MySQL: where the reply to each command ends."""

from collections.abc import Callable
from dataclasses import dataclass

OK, FILE, EOF, ERROR = 0x00, 0xFB, 0xFE, 0xFF
FULL = 0xFFFFFF
CHANGE_USER = 0x11
CURSOR, MORE_RESULTS = 0x0040, 0x0008
SIZES = {0xFC: 2, 0xFD: 3, 0xFE: 8}  # bytes of a length-encoded integer, by its first byte


class ReplyParser:
    """Parses one reply; `packet` takes its packets in turn."""

    def __init__(self, command: int, *, no_eof: bool) -> None:
        self._no_eof = no_eof
        self._next: Callable[[bytes, int], bool] = getattr(self, BEGINNINGS.get(command, "_single"))
        self._left = 0
        self._continued = False
        self.open = command == CHANGE_USER  # the server waits for more from the client
        self.statement: int | None = None  # PREPARE: the id of the statement

    def packet(self, head: bytes, length: int) -> bool:
        """True if the reply is complete; `head` is the start of the payload."""
        continued, self._continued = self._continued, length == FULL
        return False if continued else self._next(head or b"\xff", length)

    # --- QUERY, EXECUTE: any number of results
    def _result(self, head: bytes, length: int) -> bool:
        self.open = head[0] == FILE
        if head[0] == OK:
            return not _status(head) & MORE_RESULTS
        if head[0] in (ERROR, EOF):
            return True
        if head[0] != FILE:
            self._left = _number(head, 0)[0]
            self._next = self._column
        return False

    def _column(self, head: bytes, length: int) -> bool:
        self._left -= 1
        if self._left <= 0:
            self._next = self._row if self._no_eof else self._columns_end
        return False

    def _columns_end(self, head: bytes, length: int) -> bool:
        self._next = self._row
        return bool(_status(head) & CURSOR)

    def _row(self, head: bytes, length: int) -> bool:
        if head[0] == ERROR:
            return True
        if not self._is_end(head, length):
            return False
        self._next = self._result
        return not _status(head, eof=not self._no_eof) & MORE_RESULTS

    # --- the others
    def _prepared(self, head: bytes, length: int) -> bool:
        if head[0] != OK:
            return True
        self.statement = int.from_bytes(head[1:5], "little")
        counts = int.from_bytes(head[5:7], "little"), int.from_bytes(head[7:9], "little")
        self._left = sum(count + (not self._no_eof) for count in counts if count)
        self._next = self._definition
        return not self._left

    def _definition(self, head: bytes, length: int) -> bool:
        self._left -= 1
        return not self._left

    def _list(self, head: bytes, length: int) -> bool:
        return head[0] == ERROR or self._is_end(head, length)

    def _single(self, head: bytes, length: int) -> bool:
        return True

    def _login(self, head: bytes, length: int) -> bool:
        return head[0] in (OK, ERROR)

    def _stream(self, head: bytes, length: int) -> bool:
        return head[0] == ERROR

    def _is_end(self, head: bytes, length: int) -> bool:
        return head[0] == EOF and length < (FULL if self._no_eof else 9)


BEGINNINGS = {
    0x03: "_result",
    0x17: "_result",
    0xFA: "_result",
    0x0A: "_result",
    0x04: "_list",
    0x1C: "_list",
    0x16: "_prepared",
    CHANGE_USER: "_login",
    0x12: "_stream",
    0x1E: "_stream",
}


def _number(head: bytes, start: int) -> tuple[int, int]:
    """A length-encoded integer, and where it ends."""
    first = head[start] if start < len(head) else 0
    size = SIZES.get(first, 0)
    end = start + 1 + size
    return (int.from_bytes(head[start + 1 : end], "little") if size else first), end


def _status(head: bytes, *, eof: bool = False) -> int:
    """The status flags of an OK or EOF packet."""
    if eof or (head[0] == EOF and len(head) == 5):
        return int.from_bytes(head[3:5], "little")
    place = _number(head, _number(head, 1)[1])[1]
    return int.from_bytes(head[place : place + 2], "little")


QUIT, QUERY = 0x01, 0x03
PREPARE, EXECUTE, LONG_DATA, CLOSE = 0x16, 0x17, 0x18, 0x19
BULK_EXECUTE = 0xFA
NAMES = {
    0x02: "USE",
    0x04: "FIELD LIST",
    0x07: "REFRESH",
    0x08: "SHUTDOWN",
    0x09: "STATISTICS",
    0x0A: "PROCESSLIST",
    0x0C: "KILL",
    0x0D: "DEBUG",
    0x0E: "PING",
    CHANGE_USER: "CHANGE USER",
    0x12: "BINLOG DUMP",
    0x15: "REGISTER",
    PREPARE: "PREPARE",
    EXECUTE: "EXECUTE",
    0x1A: "RESET STATEMENT",
    0x1B: "SET OPTION",
    0x1C: "FETCH",
    0x1E: "BINLOG DUMP",
    0x1F: "RESET CONNECTION",
    BULK_EXECUTE: "EXECUTE",
}
ROLLBACK = b"\x03ROLLBACK"
UNANSWERED = frozenset({QUIT, LONG_DATA, CLOSE})
COMMANDS = bytes([QUERY, *UNANSWERED, *NAMES])
LAST = 0xFFFFFFFF  # MariaDB: the last prepared statement


@dataclass
class MySqlCommand:
    """A command of the client, and the parser of its reply."""

    number: int
    text: str = ""  # QUERY, PREPARE: the statement
    statement: int = 0  # id of the prepared statement, if any
    reply: ReplyParser | None = None
    last_packet: int = 0  # sequence number of the command's last packet
