"""Parses the HTTP/1.1 request that a client library writes: its headers, and its body without chunk framing."""


class RequestReader:
    """Expects a well-formed request. `complete` is true after its last byte."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False
        self.expects_continue = False
        self._data = bytearray()
        self._lines: list[bytes] = []
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self._data += data
        if not self._lines and not self._read_head():
            return
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while self._read_chunk():
                pass
        elif len(self._data) >= int(self.headers.get("content-length", 0)):
            self._end(bytes(self._data))
        if self.complete:
            self.expects_continue = False

    def _read_head(self) -> bool:
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end:
            return False
        self._lines = bytes(head).split(b"\r\n")
        for line in self._lines[1:]:
            name, _, value = line.decode("utf-8", "replace").partition(":")
            name, value = name.strip().lower(), value.strip()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self._data = rest
        self.expects_continue = self.headers.get("expect", "").lower() == "100-continue"
        return True

    def _read_chunk(self) -> bool:
        line, end, rest = self._data.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16) if end else 0
        if not end or len(rest) < size + 2:
            return False
        if size == 0:
            self._end(b"".join(self._pieces))
            return False
        self._pieces.append(bytes(rest[:size]))
        self._data = rest[size + 2 :]
        return True

    def _end(self, body: bytes) -> None:
        self.body = body
        self.complete = True

    def readdressed(self, method: str, target: str, host: str) -> bytes:
        """The request's bytes for another address, with `connection: close`."""
        dropped = (b"host", b"connection", b"content-length", b"transfer-encoding", b"expect")
        kept = [line for line in self._lines[1:] if line.partition(b":")[0].strip().lower() not in dropped]
        own = [f"{method} {target} HTTP/1.1", f"host: {host}", "connection: close", f"content-length: {len(self.body)}"]
        return b"\r\n".join([*(line.encode() for line in own), *kept, b"", b""]) + self.body
