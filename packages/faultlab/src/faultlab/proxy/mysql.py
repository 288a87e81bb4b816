"""The protocol of MySQL and MariaDB: packets of length, sequence number and payload; a command starts at number 0.

Formats: dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html, mariadb.com/kb/en/clientserver-protocol/.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from faultlab.proxy import mysql_packets, rules
from faultlab.proxy.mysql_replies import (
    BULK_EXECUTE,
    CLOSE,
    COMMANDS,
    EXECUTE,
    LAST,
    NAMES,
    PREPARE,
    QUERY,
    ROLLBACK,
    UNANSWERED,
    MySqlCommand,
    ReplyParser,
)
from faultlab.proxy.wire import Frame, Framed, NotTheProtocolError, Unit

HEADER = 4
FULL = 0xFFFFFF  # a payload of this length continues in the next packet
SEEN = 64  # bytes of a payload that are parsed, at most


@dataclass
class MySQL(Framed):
    """One connection. The handshake passes without TLS, compression and other capabilities that hide statements."""

    greets: bool = True
    _greeted: bool = False
    _offered: int = 0
    _no_eof: bool = False
    _introduced: bool = False
    _prepared: dict[int, str] = field(default_factory=dict)

    # --- from the client
    def _units(self) -> Iterator[Unit]:
        while size := self._unit_size():
            yield self._unit(self._take_client(size))

    def _unit_size(self) -> int:
        """Bytes of the first unit with all its packets; 0 if it is incomplete."""
        buffer, size, length = self._client, 0, FULL
        if buffer:
            self._check_client()
        while length == FULL:
            if len(buffer) < size + HEADER:
                return 0
            length = int.from_bytes(buffer[size : size + 3], "little")
            size += HEADER + length
            if len(buffer) < size:
                return 0
        return size

    def _check_client(self) -> None:
        """Raise NotTheProtocolError early: bytes that are no packet could announce megabytes that never come."""
        if not self._greeted:
            raise NotTheProtocolError  # a client never speaks first
        asked = self._asked()
        if len(self._client) < HEADER or (asked and asked.open):
            return
        number, length = self._client[3], int.from_bytes(self._client[:3], "little")
        if self.ready:
            wrong = number or not length or self._client[HEADER : HEADER + 1].strip(COMMANDS)
        else:
            wrong = number != 1 and not self._introduced
        if wrong:
            raise NotTheProtocolError

    def _asked(self) -> ReplyParser | None:
        """The reply during which the server waits for more from the client, if any."""
        about = self._waiting[0].about if self._waiting else None
        return about.reply if isinstance(about, MySqlCommand) else None

    def _unit(self, raw: bytes) -> Unit:
        if not self.ready:
            return Unit(raw if self._introduced else self._introduction(raw))
        asked = self._asked()
        return Unit(raw) if asked and asked.open else self._command(raw)

    def _introduction(self, raw: bytes) -> bytes:
        """The client's first packet, which settles the capabilities."""
        self._introduced = True
        wanted = int.from_bytes(raw[4:8], "little")
        if wanted & mysql_packets.TLS:
            self.opaque = True  # TLS although it was not offered: the rest is unreadable
        self._no_eof = bool(wanted & self._offered & mysql_packets.NO_EOF)
        return mysql_packets.rewrite_answer(raw)

    def _command(self, raw: bytes) -> Unit:
        number = raw[4]
        about = MySqlCommand(number, last_packet=len(raw) // (FULL + HEADER))
        about.statement = int.from_bytes(raw[5:9], "little")
        if number in (QUERY, PREPARE):
            about.text = rules.statement_text(memoryview(raw)[5:])
        if number in UNANSWERED:
            return Unit(raw, about=about)
        return Unit(raw, (self._text(about),), answered=True, about=about)

    def _text(self, about: MySqlCommand) -> str:
        if about.number == QUERY:
            return about.text
        if about.number in (EXECUTE, BULK_EXECUTE):
            return self._prepared.get(about.statement, NAMES[EXECUTE])
        return NAMES[about.number]

    def sent(self, unit: Unit) -> None:
        super().sent(unit)
        about = unit.about
        if not isinstance(about, MySqlCommand):
            return
        about.reply = ReplyParser(about.number, no_eof=self._no_eof)
        if about.number == PREPARE:
            self._prepared[LAST] = about.text
        elif about.number == CLOSE:
            self._prepared.pop(about.statement, None)

    # --- from the server
    def _frame(self, start: int) -> Frame | None:
        buffer = self._server
        if not self._greeted and len(buffer) > start:
            mysql_packets.check_greeting(buffer, start)
        if len(buffer) < start + HEADER:
            return None
        length = int.from_bytes(buffer[start : start + 3], "little")
        end = start + HEADER + length
        if len(buffer) < end:
            return None
        frame = Frame(HEADER + length)
        if self.ready:
            self._follow(frame, bytes(buffer[start + HEADER : min(end, start + HEADER + SEEN)]), length)
        else:
            self._handshake(frame, start, length)
        return frame

    def _handshake(self, frame: Frame, start: int, length: int) -> None:
        first = self._server[start + HEADER] if length else None
        if not self._greeted:
            self._greeted = True
            if first != mysql_packets.ERROR:
                self._offered = mysql_packets.rewrite_greeting(self._server, start + HEADER, length)
        elif first == 0:
            self.ready = frame.cut = True

    def _follow(self, frame: Frame, head: bytes, length: int) -> None:
        if not self._waiting:
            return
        unit = self._waiting[0]
        about: MySqlCommand = unit.about
        reply = about.reply
        if reply is None or not reply.packet(head, length):
            frame.asks = reply is not None and reply.open
            return
        self._waiting.popleft()
        if about.number == PREPARE and reply.statement is not None:
            self._prepared[reply.statement] = about.text
        frame.ends, frame.cut = unit, True

    # --- made here
    def error(self, code: int | str, unit: Unit | None, reply: bytes = b"") -> bytes:
        number = unit.about.last_packet + 1 if unit else 0
        return mysql_packets.error(int(code), reply[3] if reply else number, bare=not self.ready)

    def is_last(self, code: int | str) -> bool:
        return not self.ready or int(code) in mysql_packets.LAST

    def consequence(self, unit: Unit, code: int | str) -> Unit | None:
        """After a refused COMMIT or a deadlock the client believes in a rollback, so the server gets one."""
        if int(code) not in mysql_packets.ROLLS_BACK and not any(map(rules.is_commit, unit.texts)):
            return None
        made = self._command(len(ROLLBACK).to_bytes(3, "little") + b"\0" + ROLLBACK)
        made.silent = True
        return made
