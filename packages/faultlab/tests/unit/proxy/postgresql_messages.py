"""Messages of PostgreSQL's protocol, put together by hand."""

VERSION_3, VERSION_3_2 = 3 << 16, (3 << 16) + 2
TLS, GSS, CANCEL = 80877103, 80877104, 80877102


def first(code: int, rest: bytes = b"") -> bytes:
    return (8 + len(rest)).to_bytes(4) + code.to_bytes(4) + rest


def startup(version: int = VERSION_3) -> bytes:
    return first(version, b"user\0app\0database\0shop\0\0")


def message(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + (4 + len(body)).to_bytes(4) + body


def query(text: str) -> bytes:
    return message("Q", text.encode() + b"\0")


def parse(text: str, name: str = "") -> bytes:
    return message("P", name.encode() + b"\0" + text.encode() + b"\0\0\0")


def bind(name: str = "", portal: str = "") -> bytes:
    return message("B", portal.encode() + b"\0" + name.encode() + b"\0" + b"\0\0\0\1\0\0\0\3a\0b\0\0")


def execute(portal: str = "") -> bytes:
    return message("E", portal.encode() + b"\0\0\0\0\0")


def close(what: str, name: str) -> bytes:
    return message("C", what.encode() + name.encode() + b"\0")


DESCRIBE, SYNC, FLUSH = message("D", b"P\0"), message("S"), message("H")
PARSED, BOUND, CLOSED, NO_DATA = message("1"), message("2"), message("3"), message("n")


def ready(status: str = "T") -> bytes:
    return message("Z", status.encode())


def complete(tag: str = "INSERT 0 1") -> bytes:
    return message("C", tag.encode() + b"\0")


def error(code: str = "42601") -> bytes:
    return message("E", b"SERROR\0C" + code.encode() + b"\0Mno\0\0")


def row(value: bytes) -> bytes:
    return message("D", b"\0\1" + len(value).to_bytes(4) + value)


ROWS = message("T", b"\0\1fruit\0") + row(b"apple") + row(b"Z\0\0\0\5I") + complete("SELECT 2")


def extended(text: str) -> bytes:
    return parse(text) + bind() + DESCRIBE + execute() + SYNC


def extended_reply(status: str = "T") -> bytes:
    return PARSED + BOUND + NO_DATA + complete() + ready(status)


def handshake() -> list[tuple[str, bytes]]:
    return [
        ("client", first(GSS)),
        ("client", first(TLS)),
        ("client", startup()),
        ("server", message("R", b"\0\0\0\x0aSCRAM-SHA-256\0\0")),
        ("client", message("p", b"SCRAM-SHA-256\0\0\0\0\5n,,n=")),
        ("server", message("R", b"\0\0\0\0") + message("S", b"client_encoding\0UTF8\0") + message("K", b"\0" * 8)),
        ("server", ready("I")),
    ]
