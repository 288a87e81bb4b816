"""Lets a listener hear real answers to urllib3 and requests, each attempt of a retry too, while the client reads them."""

import copy
import http.client
import io
from queue import LifoQueue
from typing import Any

from mdt.engine.messages import PassthroughListener
from mdt.inprocess.answer_tap import AnswerTap


def tapped(pool: Any, listener: PassthroughListener) -> Any:
    """A copy of the pool whose connections are used once, and told about."""
    if getattr(pool.ConnectionCls, "mdt_listener", None) is listener:
        return pool
    other = copy.copy(pool)
    other.pool = _Once(1)
    other.pool.put(None)
    base = pool.ConnectionCls
    other.ConnectionCls = type(
        base.__name__, (base,), {"response_class": _response_class(listener), "mdt_listener": listener}
    )
    return other


class _Once(LifoQueue[Any]):
    """A pool of one connection, which is closed when it comes back."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT002 - queue's
        if item is not None:
            item.close()
        super().put(None, block, timeout)


def _response_class(listener: PassthroughListener) -> type[http.client.HTTPResponse]:
    class Tapped(http.client.HTTPResponse):
        """Reads the socket through a tap; the answer of a proxy to CONNECT, which has no method, is not told."""

        def __init__(self, sock: Any, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
            super().__init__(sock, debuglevel, method, url)
            if method is not None:
                self.fp = io.BufferedReader(_Tapped(self.fp, AnswerTap(listener, method)))

    return Tapped


class _Tapped(io.RawIOBase):
    """The socket's file; what is read from it goes to the tap too."""

    def __init__(self, inner: Any, tap: AnswerTap) -> None:
        self._inner = inner
        self._tap = tap

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._inner.read1(len(buffer))
        buffer[: len(data)] = data
        self._tap.feed(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._tap.end()
        super().close()
