"""Sends callbacks when their time has come: watches the clocks of sessions that have some waiting."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread

from mdt.engine.session import Session

log = logging.getLogger(__name__)
TICK = 0.05  # seconds between two looks
SENDERS = 8  # sessions whose callbacks are sent at the same time


class CallbackRunner:
    """Looks at sessions with waiting callbacks, in a thread that begins with the first one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, Session] = {}
        self._busy: set[str] = set()
        self._wake = Event()
        self._stopped = False
        self._thread: Thread | None = None
        self._senders: ThreadPoolExecutor | None = None

    def watch(self, session: Session) -> None:
        """Sends the callbacks of this session from now on."""
        session.clock.alarms.on_set = lambda: self._note(session)

    def stop(self) -> None:
        """Sends no more; returns when what is being sent is through."""
        self._stopped = True
        self._wake.set()
        if self._thread:
            self._thread.join()
        if self._senders:
            self._senders.shutdown(cancel_futures=True)

    def _note(self, session: Session) -> None:
        with self._lock:
            self._waiting[session.id] = session
            if self._thread is None and not self._stopped:
                self._senders = ThreadPoolExecutor(SENDERS, "mdt-callback")
                self._thread = Thread(target=self._run, name="mdt-callbacks", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.wait(TICK if self._waiting else None)
            self._wake.clear()
            for session in self._due():
                self._senders.submit(self._send, session)  # type: ignore[union-attr] # made with the thread

    def _due(self) -> list[Session]:
        """The sessions that have something due, and of which nothing is being sent."""
        with self._lock:
            for id_, session in list(self._waiting.items()):
                if not len(session.clock.alarms):
                    del self._waiting[id_]
            due = [one for one in self._waiting.values() if one.id not in self._busy and _is_due(one)]
            self._busy |= {one.id for one in due}
        return due

    def _send(self, session: Session) -> None:
        try:
            session.clock.ring_due()
        except Exception:
            log.exception("a callback of the session %s could not be sent", session.id)
        finally:
            with self._lock:
                self._busy.discard(session.id)
            self._wake.set()


def _is_due(session: Session) -> bool:
    pending = session.clock.alarms.pending()
    return bool(pending) and pending[0].at <= session.clock.now()
