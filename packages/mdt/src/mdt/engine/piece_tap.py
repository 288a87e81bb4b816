"""Collects an answer of the real service for its listener, while the client reads it."""

import time

from mdt.engine.messages import Chunk, PassthroughListener, Reply


class PieceTap:
    """Collects the pieces of a body with the seconds between them, up to the listener's limit."""

    def __init__(
        self, listener: PassthroughListener, status: int, headers: tuple[tuple[str, str], ...], began: float
    ) -> None:
        self._listener = listener
        self._status = status
        self._headers = headers
        self._last = time.monotonic()
        self._delay = self._last - began
        self._pieces: list[Chunk] = []
        self._room = listener.limit
        self._cut = False
        self._ended = False

    def piece(self, data: bytes) -> None:
        now = time.monotonic()
        kept = data[: self._room]
        self._room -= len(kept)
        self._cut = self._cut or len(kept) < len(data)
        if kept:
            self._pieces.append(Chunk(now - self._last, kept))
        self._last = now

    def end(self, *, whole: bool) -> None:
        """Tells the listener, the first time that it is called."""
        if not self._ended:
            self._ended = True
            reply = Reply(self._status, self._headers, delay=self._delay, chunks=tuple(self._pieces))
            self._listener.answered(reply, partial=self._cut or not whole)
