"""A real server on loopback that breaks one way: what the made-up faults are measured against."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


def say(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stay_silent(connection: socket.socket) -> None:
    connection.settimeout(5)
    with suppress(OSError):
        connection.recv(1)  # until the client leaves


def stall(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"content-length: 10\r\n\r\n12345")
    stay_silent(connection)


FAULTS: dict[str, Callable[[socket.socket], None]] = {
    "reset": reset,
    "empty": say(b""),
    "garbage": say(b"this is no HTTP\r\n\r\n"),
    "malformedChunk": say(HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nnot a length\r\n"),
    "truncated": say(HEAD + b"content-length: 10\r\n\r\n12345"),
    "timeout": stay_silent,
    "stalls": stall,
}
AUTHORITY = trustme.CA()
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TLS: dict[str, Callable[[], trustme.LeafCert]] = {
    "untrusted": lambda: trustme.CA().issue_cert("127.0.0.1"),
    "expired": lambda: AUTHORITY.issue_cert("127.0.0.1", not_after=YESTERDAY),
    "wrongHost": lambda: AUTHORITY.issue_cert("other.example.com"),
}


@contextmanager
def serving(fault: str) -> Iterator[str]:
    """The URL of a server that answers each request with this fault."""
    wrap = _tls(TLS[fault]()) if fault in TLS else (lambda connection: connection)
    answer = FAULTS.get(fault, say(HEAD + b"content-length: 2\r\n\r\nok"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, wrap, answer))
        thread.start()
        try:
            yield f"http{'s' if fault in TLS else ''}://127.0.0.1:{listener.getsockname()[1]}/thing"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, wrap: Callable, answer: Callable) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError), wrap(connection) as stream:
                while not stream.recv(65536).endswith(b"\r\n\r\n"):
                    time.sleep(0)
                answer(stream)


def _tls(certificate: trustme.LeafCert) -> Callable:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return lambda connection: context.wrap_socket(connection, server_side=True)


def authority_file(folder: Path) -> str:
    """For the clients' verify=."""
    file = folder / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    return str(file)
