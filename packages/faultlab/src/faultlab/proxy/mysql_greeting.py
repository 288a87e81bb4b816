"""The server's greeting: what must not be offered is taken out of it, so that every statement stays readable."""

from faultlab.proxy.wire import NotTheProtocolError

HEADER = 4
VERSION, ERROR = 10, 255

COMPRESS, TLS = 1 << 5, 1 << 11
NO_METADATA, NO_EOF, ZSTD, ATTRIBUTES = 1 << 25, 1 << 24, 1 << 26, 1 << 27
HIDING = COMPRESS | TLS | NO_METADATA | ZSTD | ATTRIBUTES
MARIADB_HIDING = (1 << 0) | (1 << 1) | (1 << 4)  # progress reports, several commands in one, metadata left out
NOT_MARIADB = 1 << 0  # in the capabilities: those of MariaDB's own do not follow


def check(buffer: bytearray, start: int) -> None:
    """Raises as soon as what has come cannot be the beginning of a greeting: packet 0, shorter than 64 KiB."""
    head = buffer[start : start + HEADER + 1]
    if any(head[2:HEADER]) or (len(head) > HEADER and head[HEADER] not in (VERSION, ERROR)):
        raise NotTheProtocolError


def rewrite(buffer: bytearray, start: int, length: int) -> int:
    """Changes the payload that begins at `start` in place; the capabilities that are left are the result.

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
    """The client's answer without what was taken out of the greeting: some ask for it all the same, and then do not use it.

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
