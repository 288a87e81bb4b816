"""Reads a script as a client reads a socket: pauses are waited for, but never longer than the client's timeout."""

import errno
from dataclasses import dataclass
from typing import Final

from mdt.engine.messages import Chunk
from mdt.errors import MdtError
from mdt.inprocess.script import End, Script
from mdt.language import _

_RESET: Final = (errno.ECONNRESET, "Connection reset by peer")


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds; `late` says that the client's timeout is over then."""

    seconds: float
    late: bool


@dataclass(slots=True)
class Playback:
    """`pause` says what to wait for before `take`; the caller waits, with or without asyncio."""

    script: Script
    _at: int = 0
    _rest: bytes = b""
    _waited: float = 0.0  # of the step that comes next

    def pause(self, timeout: float | None) -> Pause:
        """Raises MdtError where a client without a timeout would wait for ever."""
        if self._rest:
            return Pause(0.0, late=False)
        delay = self._step().delay - self._waited if self._at < len(self.script.steps) else self._silence(timeout)
        if timeout is None or delay < timeout:
            return Pause(delay, late=False)
        self._waited += timeout
        return Pause(timeout, late=True)

    def _step(self) -> Chunk:
        return self.script.steps[self._at]

    def _silence(self, timeout: float | None) -> float:
        if self.script.end is not End.SILENCE:
            return 0.0
        if timeout is None:
            raise MdtError(
                _(
                    "The scenario never answers (fault: timeout), and this call has no timeout: it would wait "
                    "for ever. Give the client a timeout."
                )
            )
        return timeout

    def take(self, limit: int) -> bytes:
        """Up to `limit` bytes of one step; b"" at the end. Raises ConnectionResetError."""
        if not self._rest and self._at < len(self.script.steps):
            self._rest = self._step().data
            self._at += 1
            self._waited = 0.0
        if not self._rest and self.script.end is End.RESET:
            raise ConnectionResetError(*_RESET)
        data, self._rest = self._rest[:limit], self._rest[limit:]
        return data
