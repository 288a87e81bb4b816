"""Ctrl-C: the first one ends a run in order, with a partial report; the second one ends the process at once."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from faultlab.cli.base import ExitCode
from faultlab.language import Message, _

FIRST = _("Interrupted: cases end in order, and the report has what there is. Ctrl-C again ends at once.")
SECOND = _("Ended at once, without a report; servers and data of the run are removed in the background.")


class Interrupts:
    """Takes SIGINT over while it is open, in the main thread; elsewhere it does nothing.

    The second one ends the process past the interpreter's own end, which waits for threads and can crash in them. The
    guards of testdb see the process go, and remove what it has started.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._stop: threading.Event | None = None

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Handle SIGINT here, and give it back at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def setting(self, stop: threading.Event) -> Iterator[None]:
        """The first Ctrl-C sets this event; outside of this block it raises KeyboardInterrupt."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if self._asked > 1:
            _say(SECOND)
            os._exit(ExitCode.INTERRUPTED)
        if self._stop is None:
            raise KeyboardInterrupt
        _say(FIRST)
        threading.Thread(
            target=self._stop.set
        ).start()  # here it would wait for whoever is interrupted inside the event


def _say(text: Message) -> None:
    """Past the buffers, in which the interrupted code may be at work."""
    os.write(2, f"\n{text}\n".encode())
