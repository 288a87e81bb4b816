"""What a callback's sending has come to: its deliveries with their answers, and their entries in the session's journal."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mdt.callbacks.couriers import Courier, Gate
from mdt.callbacks.model import Callback, Message
from mdt.engine.journal import Entry
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import Undelivered
from mdt.engine.routes import decoded
from mdt.engine.session import Session


@dataclass(slots=True, eq=False)
class Delivery:
    """One message on its way. `at` is the session's time, `seconds` how long the answer took, `attempt` 1 for the first try."""

    callback: str
    at: datetime
    message: Message
    outcome: Reply | Undelivered
    seconds: float
    attempt: int = 1
    accepted: bool = False
    began: float = 0.0  # monotonic seconds

    @property
    def status(self) -> int | None:
        """The answer's status; None if there was no answer."""
        return self.outcome.status if isinstance(self.outcome, Reply) else None

    def as_json(self) -> dict[str, Any]:
        answer = self.outcome
        return {
            "callback": self.callback,
            "at": self.at.isoformat(),
            "method": self.message.method,
            "url": self.message.url,
            "status": self.status,
            "accepted": self.accepted,
            "attempt": self.attempt,
            "milliseconds": round(self.seconds * 1000, 1),
            **({"error": answer.reason} if isinstance(answer, Undelivered) else {}),
        }


@dataclass(slots=True, eq=False)
class Sending:
    """One use of a callback. `deliveries` grows as the session's clock reaches delayed ones and retries."""

    name: str
    session: Session
    courier: Courier | None
    data: Mapping[str, Any]
    request: Request
    shared: Mapping[str, Any]
    to: str = ""  # the URL in place of the callback's own
    deliveries: list[Delivery] = field(default_factory=list)
    waiting: int = 0  # deliveries that the clock has not reached
    gates: list[Gate] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def statuses(self) -> list[int | None]:
        return [one.status for one in self.deliveries]

    @property
    def overlapped(self) -> bool:
        """Whether all copies that were sent at the same time were under way at one moment; False if there were none."""
        return bool(self.gates) and all(gate.met for gate in self.gates)

    def as_json(self) -> dict[str, Any]:
        parallel = {"overlapped": self.overlapped} if self.gates else {}
        return {
            "callback": self.name,
            "deliveries": [one.as_json() for one in self.deliveries],
            "waiting": self.waiting,
            **parallel,
        }

    def note(self, delivery: Delivery) -> None:
        with self._lock:
            self.deliveries.append(delivery)


def write(session: Session, callback: Callback, delivery: Delivery) -> None:
    message = delivery.message
    parts = urlsplit(message.url)
    headers = dict(message.headers)
    path = decoded(parts.path) or "/"
    request = Request(message.method, message.url, parts.netloc.lower(), path, parts.query, headers, message.body)
    name = callback.name.partition(".")[2]
    number = session.journal.next_number()
    route = f"{callback.method} {path}"
    place = callback.file or None, callback.line or None
    session.journal.append(
        Entry(number, delivery.at, callback.service, route, name, request, delivery.outcome, *place, kind="callback")
    )
