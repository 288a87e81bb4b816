"""Packets of MySQL's protocol, put together by hand."""

PROTOCOL_41, SECURE, PLUGIN, NO_EOF = 1 << 9, 1 << 15, 1 << 19, 1 << 24
MYSQL = 1
EVERYTHING = 0xFFFFFFFF
USUAL = MYSQL | PROTOCOL_41 | SECURE | PLUGIN

MORE, CURSOR = 0x0008, 0x0040


def packet(payload: bytes, number: int = 0) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def greeting(capabilities: int = USUAL, version: bytes = b"8.4.3", own: int = 0) -> bytes:
    """`own`: MariaDB's additional capabilities."""
    low, high = (capabilities & 0xFFFF).to_bytes(2, "little"), (capabilities >> 16).to_bytes(2, "little")
    salt = b"12345678", b"123456789012\0"
    reserved = b"\0" * 6 + own.to_bytes(4, "little")
    return packet(
        b"\x0a" + version + b"\0" + b"\x07\0\0\0" + salt[0] + b"\0" + low + b"\x2d\x02\0" + high + b"\x15" + reserved
        + salt[1] + b"caching_sha2_password\0"
    )  # fmt: skip


def login(capabilities: int = USUAL) -> bytes:
    return packet(capabilities.to_bytes(4, "little") + b"\0\0\0\1\x2d" + b"\0" * 23 + b"app\0\0", 1)


def command(number: int, rest: bytes = b"") -> bytes:
    return packet(bytes([number]) + rest)


def query(text: str) -> bytes:
    return command(0x03, text.encode())


def execute(statement: int) -> bytes:
    return command(0x17, statement.to_bytes(4, "little") + b"\0\1\0\0\0")


def ok(status: int = 2, number: int = 1, head: int = 0, affected: bytes = b"\1", last_id: bytes = b"\0") -> bytes:
    return packet(bytes([head]) + affected + last_id + status.to_bytes(2, "little") + b"\0\0", number)


def error(code: int = 1064, number: int = 1) -> bytes:
    return packet(b"\xff" + code.to_bytes(2, "little") + b"#42000no", number)


def eof(status: int = 2, number: int = 1) -> bytes:
    return packet(b"\xfe\0\0" + status.to_bytes(2, "little"), number)


def result(rows: list[bytes], *, no_eof: bool = False, status: int = 2) -> bytes:
    """A result set of one column."""
    between = b"" if no_eof else eof(number=3)
    end = ok(status, 9, head=0xFE, affected=b"\0") if no_eof else eof(status, 9)
    return packet(b"\1", 1) + packet(b"\3def...", 2) + between + b"".join(packet(row, 4) for row in rows) + end


def prepared(statement: int, params: int, columns: int, *, no_eof: bool = False) -> bytes:
    head = b"\0" + statement.to_bytes(4, "little") + columns.to_bytes(2, "little") + params.to_bytes(2, "little")
    definitions = b"".join(
        packet(b"\3def...", 2) * count + (b"" if no_eof else eof()) for count in (params, columns) if count
    )
    return packet(head + b"\0\0\0", 1) + definitions


def handshake(capabilities: int = USUAL) -> list[tuple[str, bytes]]:
    """Until the client may send commands; it asks for all that is offered."""
    more = packet(b"\1\4", 2), packet(b"\2", 3), packet(b"\1-----BEGIN PUBLIC KEY-----", 4), packet(b"\x55" * 64, 5)
    return [
        ("server", greeting(capabilities)),
        ("client", login(capabilities)),
        ("server", more[0]),
        ("client", more[1]),
        ("server", more[2]),
        ("client", more[3]),
        ("server", ok(number=6)),
    ]
