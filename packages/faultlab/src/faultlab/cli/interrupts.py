"""Handles Ctrl-C: the first one ends a run with a partial report, the second one ends the process at once."""

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
    """The handler of SIGINT for a run.

    The second Ctrl-C calls `os._exit`: a regular exit waits for threads and can crash in daemon threads. testdb's guards notice
    the end of the process and remove what it has started.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._stop: threading.Event | None = None

    @contextmanager
    def taken_over(self) -> Iterator[None]:
        """Handle SIGINT inside the block, if this is the main thread."""
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
        """Inside the block the first Ctrl-C sets this event; outside it raises KeyboardInterrupt."""
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
        threading.Thread(target=self._stop.set).start()  # not here: the interrupted code may hold the event's lock


def _say(text: Message) -> None:
    """Write without buffers: the interrupted code may be inside them."""
    os.write(2, f"\n{text}\n".encode())
