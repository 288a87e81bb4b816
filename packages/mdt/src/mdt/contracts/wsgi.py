"""Calls a WSGI application (PEP 3333) in this process, without a server and without a client library."""

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

from mdt.engine.messages import Reply
from mdt.engine.routes import encoded

type Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LARGEST = 64 * 2**20  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is decoded; `query` has pairs."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def shown(self) -> str:
        asked = f"?{urlencode(self.query)}" if self.query else ""
        return f"{self.method} {encoded(self.path)}{asked}"


def call(app: Wsgi, one: Call) -> Reply:
    """The application's answer. Raises what the application raises."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info and exc_info[1] is not None and written:
            raise exc_info[1].with_traceback(exc_info[2])
        started[:] = [(status, headers)]
        return written.append

    found = app(_environ(one), start_response)
    try:
        for piece in found:
            written.append(piece)
            if sum(map(len, written)) > LARGEST:
                break
    finally:
        if hasattr(found, "close"):
            found.close()
    status, headers = started[0] if started else ("500", [])
    return Reply(int(status.split(" ")[0]), tuple((name.lower(), value) for name, value in headers), b"".join(written))


def _environ(one: Call) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": one.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": one.path.encode().decode("latin-1"),
        "QUERY_STRING": urlencode(one.query),
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(one.body)),
        "wsgi.input": io.BytesIO(one.body),
        "wsgi.errors": sys.stderr,
    }
    for name, value in one.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    setup_testing_defaults(environ)
    return environ
