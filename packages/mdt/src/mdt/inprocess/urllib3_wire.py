"""Plays delays, chunks, faults and retries for urllib3 and requests: urllib3 reads them from a scripted socket."""

import io
import time
from collections.abc import Callable
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from mdt.inprocess.script import Playback, Script

type NextScript = Callable[[str, str, Any, Any], Script]  # of method, target, body and headers of one attempt


def scripted(next_script: NextScript, *, secure: bool, checked: bool) -> Any:
    """A class of connections that get a script for each request. `checked`: the client checks certificates."""
    base = HTTPSConnection if secure else HTTPConnection
    base = getattr(base, "_baseclass", base)  # the real class, where vcrpy has replaced it

    class Scripted(base):  # type: ignore[valid-type, misc]
        """Connects again for each attempt."""

        is_connected = False
        sock: Any

        def connect(self) -> None:
            self.sock = _Socket(self.timeout)
            self.is_verified = True

        def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
            played = next_script(method, url, body, headers)
            if played.refused and (checked or not secure):
                raise played.refused
            if self.sock is None:
                self.connect()
            self.sock.play(played)
            super().request(method, url, body=body, headers=headers, **options)

    return Scripted


class _Socket:
    """The parts of a socket that http.client uses."""

    def __init__(self, timeout: float | None) -> None:
        self._playback = Playback(Script())
        self._timeout = timeout

    def play(self, played: Script) -> None:
        self._playback = Playback(played)

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def sendall(self, data: Any) -> None:
        """Does nothing: the session has the request already."""

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._read))

    def close(self) -> None:
        """Does nothing: no connection is open."""

    def shutdown(self, how: int) -> None:
        """Does nothing: no connection is open."""

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
