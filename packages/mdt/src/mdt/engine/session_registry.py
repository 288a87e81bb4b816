"""The server's sessions by id: opened, used, expired, closed."""

import time
from collections.abc import Callable
from threading import RLock
from typing import Any

from mdt.engine.choice import EMPTY, Choice
from mdt.engine.session import Session
from mdt.errors import MdtError
from mdt.language import _


class SessionRegistry:
    """Opening a session drops those that were unused for `ttl` seconds."""

    def __init__(self, *, ttl: float = 3600, limit: int = 10_000, now: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl
        self._limit = limit
        self._now = now
        self._lock = RLock()
        self._sessions: dict[str, Session] = {}
        self._used: dict[str, float] = {}

    def get(self, id: str) -> Session:  # noqa: A002
        """The session; this counts as use. Raises KeyError if there is none or it has expired."""
        with self._lock:
            session = self.peek(id)
            self._used[id] = self._now()
            return session

    def peek(self, id: str) -> Session:  # noqa: A002
        """The session; this does not count as use. Raises KeyError."""
        with self._lock:
            if self._now() - self._used[id] >= self._ttl:
                self.close(id)
            return self._sessions[id]

    def open(self, id: str, choice: Choice = EMPTY, **options: Any) -> Session:  # noqa: A002
        """Opens a session and replaces one with the same id. `options` are those of Session."""
        with self._lock:
            self._drop_old()
            if id not in self._sessions and len(self._sessions) >= self._limit:
                raise MdtError(
                    _(
                        "{limit} sessions are open already. Close some, or raise the limit in mdt.yaml",
                        limit=self._limit,
                    )
                )
            self.close(id)
            self._sessions[id] = Session(id, choice, **options)
            self._used[id] = self._now()
            return self._sessions[id]

    def close(self, id: str) -> None:  # noqa: A002
        """Removes a session, if it is there."""
        with self._lock:
            if session := self._sessions.pop(id, None):
                session.clock.alarms.clear()
            self._used.pop(id, None)

    def ids(self) -> list[str]:
        with self._lock:
            return list(self._sessions)

    def _drop_old(self) -> None:
        border = self._now() - self._ttl
        for id_ in [id_ for id_, used in self._used.items() if used <= border]:
            self.close(id_)
