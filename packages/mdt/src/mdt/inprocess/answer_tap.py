"""Listens to the bytes of a connection while the client reads an answer from it; names the fault of one that fails."""

import ssl
import time
from email.parser import BytesParser

from mdt.engine.http1 import NO_BODY
from mdt.engine.messages import FaultKind, PassthroughListener
from mdt.engine.piece_tap import PieceTap

_TLS = {10: FaultKind.TLS_EXPIRED, 62: FaultKind.TLS_WRONG_HOST}  # OpenSSL's X509_V_ERR_*


class AnswerTap:
    """Reads the HTTP/1.1 bytes of one answer (RFC 9112): head, then a body by chunks, by length, or to the end."""

    def __init__(self, listener: PassthroughListener, method: str) -> None:
        self._listener = listener
        self._method = method
        self._began = time.monotonic()
        self._data = b""
        self._body: PieceTap | None = None
        self._left: int | None = None  # bytes of the body or of the chunk that are missing; None: to the end
        self._chunked = False
        self._whole = False

    def feed(self, data: bytes) -> None:
        self._data += data
        while self._body is None and b"\r\n\r\n" in self._data:
            self._head()
        if self._body is not None:
            self._chunks(self._body) if self._chunked else self._plain(self._body)

    def _head(self) -> None:
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        line, _, lines = head.partition(b"\r\n")
        status = int(line.split()[1])
        if 100 <= status < 200:
            return
        message = BytesParser().parsebytes(lines, headersonly=True)
        headers = tuple((name.lower(), str(value)) for name, value in message.items())
        self._body = PieceTap(self._listener, status, headers, self._began)
        self._chunked = message.get("transfer-encoding", "").lower().endswith("chunked")
        length = message.get("content-length", "")
        self._left = int(length) if length.isdigit() else None
        if self._method == "HEAD" or status in NO_BODY:
            self._left, self._chunked = 0, False
        self._whole = self._left == 0 and not self._chunked

    def _plain(self, body: PieceTap) -> None:
        data, self._data = self._data[: self._left], b""
        if data:
            body.piece(data)
        if self._left is not None:
            self._left -= len(data)
            self._whole = self._left == 0

    def _chunks(self, body: PieceTap) -> None:
        while not self._whole:
            line, end, rest = self._data.partition(b"\r\n")
            size = int(line.partition(b";")[0] or b"0", 16) if end else 0
            if not end or len(rest) < size + 2:
                return
            self._whole = size == 0
            if size:
                body.piece(rest[:size])
            self._data = rest[size + 2 :]

    def end(self) -> None:
        """After the last byte, or when the client leaves."""
        if self._body is not None:
            self._body.end(whole=self._whole or (self._left is None and not self._chunked))


def fault_of(error: BaseException) -> FaultKind:
    """The fault that this error of a client library tells of."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    for one in reversed(seen):
        if isinstance(one, ssl.SSLCertVerificationError):
            return _TLS.get(one.verify_code, FaultKind.TLS_UNTRUSTED)
    if any(isinstance(one, TimeoutError) or "Timeout" in type(one).__name__ for one in seen):
        return FaultKind.TIMEOUT
    return FaultKind.EMPTY if any("Disconnected" in type(one).__name__ for one in seen) else FaultKind.CONNECTION_RESET
