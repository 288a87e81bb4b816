"""MySQL's commands: their numbers, what rules call them, and which have no reply."""

from dataclasses import dataclass

from faultlab.proxy.mysql_replies import CHANGE_USER, ReplyParser

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
LAST = 0xFFFFFFFF  # MariaDB: the statement that was prepared last


@dataclass
class MySqlCommand:
    """What a unit says, for whoever follows its reply."""

    number: int
    text: str = ""  # PREPARE: what is prepared
    statement: int = 0  # its number, where there is one
    reply: ReplyParser | None = None
    last_packet: int = 0  # the packet number that the answer follows
