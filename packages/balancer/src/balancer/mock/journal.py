"""The journal of a namespace: each request to a mock provider, and how it ended. Credentials are masked."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any

from mdt.engine.masking import headers_as_json

from balancer.mock.behaviors import BROKEN_STREAMS, ProviderBehavior

LIMIT = 1000  # entries; the oldest ones go
BODY_LIMIT = 64 * 1024  # bytes of a body that are kept

PENDING = "pending"  # being answered
ANSWERED = "answered"  # as a healthy provider would, or with an HTTP error
BROKEN = "broken"  # on purpose
CLIENT_GONE = "client_gone"  # the client left first


@dataclass(slots=True)
class Entry:
    """One request. `clock` is the namespace's time in seconds, which tests can advance; `at` is the machine's."""

    number: int
    provider: str
    attempt: int  # of the provider, from 1
    behavior: str
    method: str
    path: str
    at: float
    clock: float
    stream: bool = False
    digest: str = ""  # of the request's meaning; the same for repetitions
    retry_count: int = 0  # x-stainless-retry-count
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None  # the JSON value; its beginning as text if it is long or no JSON
    status: int | None = None  # None: not even a head
    outcome: str = PENDING
    retry_after: float | None = None  # seconds that the answer asked for
    chunks: int = 0  # events of a stream that were sent
    seconds: float | None = None  # until the end
    ended: float | None = None  # on the namespace's clock

    @property
    def good(self) -> bool:
        return self.outcome == ANSWERED and self.status is not None and self.status < 400

    @property
    def failed(self) -> bool:
        """By the provider's fault: not the caller's, and not because the client left."""
        left = self.outcome == CLIENT_GONE and self.behavior in LEFT_FOR_A_REASON
        return left or self.outcome == BROKEN or (self.status or 0) in FAULTS

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


LEFT_FOR_A_REASON = BROKEN_STREAMS | {ProviderBehavior.TIMEOUT, ProviderBehavior.SLOW_FIRST_TOKEN}
FAULTS = frozenset({401, 402, 403, 404, 408, 429, *range(500, 600)})


class Journal:
    """The newest entries, oldest first. Used in the server's loop alone."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=LIMIT)
        self._numbers = count(1)

    def open(self, clock: float, headers: Iterable[tuple[str, str]], **known: Any) -> Entry:
        entry = Entry(next(self._numbers), at=time.time(), clock=clock, headers=headers_as_json(headers), **known)
        self._entries.append(entry)
        return entry

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def of(self, provider: str | None) -> list[Entry]:
        return [one for one in self._entries if provider is None or one.provider == provider]
