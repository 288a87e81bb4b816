"""Replies with pauses and pieces, faults and retries for requests: urllib3 itself plays them, on a made-up socket."""

import io
import time
import warnings
from collections.abc import Callable
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, adapters
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from mdt.engine.messages import Fault, Passthrough, Reply
from mdt.errors import MdtError
from mdt.inprocess.dispatch import answer
from mdt.inprocess.requests_messages import Send, read
from mdt.inprocess.script import Playback, Script, script
from mdt.language import _


def over_the_wire(
    adapter: HTTPAdapter, request: PreparedRequest, outcome: Reply | Fault, *args: Any, **options: Any
) -> Response:
    """Sends through requests' and urllib3's own code, so that errors and retries are theirs."""
    return _own_send()(_Wire(adapter, request, outcome), request, *args, **options)


@cache
def _own_send() -> Send:
    """The library's own HTTPAdapter.send, from a second copy of its module: other tools replace the one of the first."""
    spec = spec_from_file_location(adapters.__name__, adapters.__file__)
    if spec is None or spec.loader is None:
        raise AssertionError("requests is a file")
    module = module_from_spec(spec)
    with warnings.catch_warnings(action="ignore"):  # said when the first copy was loaded
        spec.loader.exec_module(module)
    send: Send = module.HTTPAdapter.send
    return send


class _Wire(HTTPAdapter):
    """The adapter with one pool, whose connections play what the session answers."""

    def __init__(self, adapter: HTTPAdapter, request: PreparedRequest, outcome: Reply | Fault) -> None:
        self.max_retries = adapter.max_retries
        self._adapter = adapter
        self._request = request
        self._first: Reply | Fault | None = outcome

    def get_connection_with_tls_context(self, request: Any, verify: Any, *args: Any, **options: Any) -> Any:
        checked = verify is not False or urlsplit(str(request.url)).scheme != "https"
        return _pool(str(request.url), lambda: self._next(checked=checked))

    def build_response(self, req: Any, resp: Any) -> Response:
        return self._adapter.build_response(req, resp)

    def _next(self, *, checked: bool) -> Script:
        """The answer to this try. A retry is a call of its own."""
        first, self._first = self._first, None
        played = script(first or _again(self._request))
        if played.refused and checked:
            raise played.refused
        return played


def _again(request: PreparedRequest) -> Reply | Fault:
    outcome = answer(read(request))
    if outcome is None or isinstance(outcome, Passthrough):
        call = f"{request.method} {request.url}"
        raise MdtError(_("{call}: a retry cannot go on to the real service; select one answer.", call=call))
    return outcome


def _pool(url: str, next_script: Callable[[], Script]) -> HTTPConnectionPool:
    """For the messages of errors it has the real host."""
    parts = urlsplit(url)
    https = parts.scheme == "https"
    pool = (HTTPSConnectionPool if https else HTTPConnectionPool)(parts.hostname or "", parts.port)
    base = HTTPSConnection if https else HTTPConnection
    pool.ConnectionCls = _connection(getattr(base, "_baseclass", base), next_script)  # vcrpy's stand-ins name it so
    return pool


def _connection(base: type[HTTPConnection], next_script: Callable[[], Script]) -> Any:
    class Scripted(base):  # type: ignore[valid-type, misc]
        """Connects anew for each try."""

        is_connected = False

        def connect(self) -> None:
            self.sock = _Socket(next_script(), self.timeout)
            self.is_verified = True

    return Scripted


class _Socket:
    """As much of a socket as http.client asks for."""

    def __init__(self, played: Script, timeout: float | None) -> None:
        self._playback = Playback(played)
        self._timeout = timeout

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def sendall(self, data: Any) -> None:
        """Nobody listens: the session has seen the request already."""

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._read))

    def close(self) -> None:
        """Nothing is open."""

    def shutdown(self, how: int) -> None:
        """The same."""

    def _read(self, limit: int) -> bytes:
        pause = self._playback.pause(self._timeout)
        if pause.seconds:
            time.sleep(pause.seconds)
        if pause.late:
            raise TimeoutError("timed out")
        return self._playback.take(limit)


class _Reader(io.RawIOBase):
    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._receive(len(buffer))
        buffer[: len(data)] = data
        return len(data)
