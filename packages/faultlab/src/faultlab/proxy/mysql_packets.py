"""The packets that the proxy creates or rewrites: errors, the server's greeting, the client's answer to it.

It removes TLS and compression from the greeting so that statements stay readable.
"""

from faultlab.proxy.wire import NotTheProtocolError

ERRORS: dict[int, tuple[str, str]] = {
    1020: ("HY000", "Record has changed since last read in table"),
    1021: ("HY000", "Disk full; waiting for someone to free some space..."),
    1040: ("08004", "Too many connections"),
    1044: ("42000", "Access denied for user to database"),
    1045: ("28000", "Access denied for user"),
    1047: ("08S01", "WSREP has not yet prepared node for application use"),
    1049: ("42000", "Unknown database"),
    1053: ("08S01", "Server shutdown in progress"),
    1062: ("23000", "Duplicate entry for key"),
    1080: ("08S01", "Forcing close of thread"),
    1114: ("HY000", "The table is full"),
    1129: ("HY000", "Host is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"),
    1130: ("HY000", "Host is not allowed to connect to this MySQL server"),
    1146: ("42S02", "Table doesn't exist"),
    1152: ("08S01", "Aborted connection"),
    1180: ("HY000", "Got error during COMMIT"),
    1203: ("42000", "User already has more than 'max_user_connections' active connections"),
    1205: ("HY000", "Lock wait timeout exceeded; try restarting transaction"),
    1213: ("40001", "Deadlock found when trying to get lock; try restarting transaction"),
    1226: ("42000", "User has exceeded the 'max_user_connections' resource"),
    1290: ("HY000", "The MySQL server is running with the --read-only option so it cannot execute this statement"),
    1317: ("70100", "Query execution was interrupted"),
    1792: ("25006", "Cannot execute statement in a READ ONLY transaction."),
    1836: ("HY000", "Running in read-only mode"),
    1927: ("70100", "Connection was killed"),
    1969: ("70100", "Query execution was interrupted (max_statement_time exceeded)"),
    3024: ("HY000", "Query execution was interrupted, maximum statement execution time exceeded"),
    3101: ("40000", "Plugin instructed the server to rollback the current transaction."),
    4031: ("HY000", "The client was disconnected by the server because of inactivity."),
}
LAST = frozenset({1040, 1053, 1080, 1129, 1130, 1152, 1927, 4031})  # errors that end the connection
ROLLS_BACK = frozenset({1020, 1180, 1213, 3101})  # errors that roll back the transaction, not only the statement


def error(code: int, number: int, *, bare: bool) -> bytes:
    """An error packet; `bare` without SQLSTATE, as before the handshake."""
    state, text = ERRORS.get(code, ("HY000", f"Error {code}"))
    marked = b"" if bare else b"#" + state.encode()
    payload = b"\xff" + code.to_bytes(2, "little") + marked + text.encode()
    return len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload


# --- the greeting
HEADER = 4
VERSION, ERROR = 10, 255

COMPRESS, TLS = 1 << 5, 1 << 11
NO_METADATA, NO_EOF, ZSTD, ATTRIBUTES = 1 << 25, 1 << 24, 1 << 26, 1 << 27
HIDING = COMPRESS | TLS | NO_METADATA | ZSTD | ATTRIBUTES
MARIADB_HIDING = (1 << 0) | (1 << 1) | (1 << 4)  # progress reports, several commands in one, metadata left out
NOT_MARIADB = 1 << 0  # capability CLIENT_MYSQL: MariaDB's own capabilities do not follow


def check_greeting(buffer: bytearray, start: int) -> None:
    """Raise NotTheProtocolError if these bytes cannot start a greeting: packet 0, shorter than 64 KiB."""
    head = buffer[start : start + HEADER + 1]
    if any(head[2:HEADER]) or (len(head) > HEADER and head[HEADER] not in (VERSION, ERROR)):
        raise NotTheProtocolError


def rewrite_greeting(buffer: bytearray, start: int, length: int) -> int:
    """Rewrite the payload at `start` in place; returns the remaining capabilities.

    Payload: version, name NUL, thread 4, salt 8, 0, capabilities 2, charset 1, status 2, capabilities 2, salt's length 1,
    10 reserved bytes (of which MariaDB uses the last 4).
    """
    name_end = buffer.find(0, start, start + length)
    low = name_end + 1 + 4 + 8 + 1
    high = low + 2 + 3
    if name_end < 0 or high + 2 > start + length:
        raise NotTheProtocolError
    offered = _number(buffer, low, 2) | _number(buffer, high, 2) << 16
    left = offered & ~HIDING
    buffer[low : low + 2] = (left & 0xFFFF).to_bytes(2, "little")
    buffer[high : high + 2] = (left >> 16).to_bytes(2, "little")
    own = high + 2 + 1 + 6
    if not offered & NOT_MARIADB and own + 4 <= start + length:
        buffer[own : own + 4] = (_number(buffer, own, 4) & ~MARIADB_HIDING).to_bytes(4, "little")
    return left


def rewrite_answer(packet: bytes) -> bytes:
    """The client's answer without the removed capabilities, which some clients request all the same.

    Payload: capabilities 4, longest packet 4, charset 1, 19 reserved bytes, MariaDB's capabilities 4, ...
    """
    wanted = int.from_bytes(packet[4:8], "little")
    changed = packet[:4] + (wanted & ~HIDING | wanted & TLS).to_bytes(4, "little") + packet[8:]
    own = HEADER + 4 + 4 + 1 + 19
    if wanted & NOT_MARIADB or len(packet) < own + 4:
        return changed
    return changed[:own] + (_number(changed, own, 4) & ~MARIADB_HIDING).to_bytes(4, "little") + changed[own + 4 :]


def _number(buffer: bytes | bytearray, start: int, size: int) -> int:
    return int.from_bytes(buffer[start : start + size], "little")
