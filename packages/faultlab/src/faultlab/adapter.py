"""What the laboratory has to know about a service: five methods and a few facts. docs/adapters.md shows how to write one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from faultlab.report_model import DatabaseSnapshot


@dataclass(frozen=True, slots=True)
class Launch:
    """How the service is started, as one process that ends at SIGTERM."""

    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # over the laboratory's own
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of the service for a case, and within how many seconds it then promises an answer."""

    settings: Mapping[str, str]
    budget: float  # seconds within which it answers anything


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that is to be sent."""

    method: str
    path: str
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that is to happen exactly once, such as paying an order. `facts` are for the adapter alone."""

    id: str
    amount: int | None = None
    look: Outgoing | None = None  # a request that shows it
    facts: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""  # whose it is, where several users ask: a key belongs to its owner, and another's is another key


class Adapter(Protocol):
    """How the laboratory drives a service and looks into its database."""

    name: str
    profiles: Mapping[str, Profile]  # "deployed": as it is shipped; "quick": short time-outs and pauses, for the matrix
    write: str  # regular expression: the statement that begins to write what is at risk
    read: str  # the statement by which a request that is sent again finds the first answer
    alive: str  # path that answers without the database
    healthy: str  # path that answers 503 while the database is away
    retries: str  # regular expression: a line of the log that tells of another try
    envelope: bool  # answers are {code, data, msg}
    patient: bool  # a request waits for a database that is away for a moment; else it is refused at once
    transitions: Mapping[str, Sequence[str]]  # which state may follow which; "" is the beginning

    def install(self, database_url: str) -> None:
        """Make the tables in an empty database."""

    def launch(self, database_url: str, port: int, settings: Mapping[str, str]) -> Launch:
        """How to start the service on this database and port, with a profile's settings."""

    def prepare(self, service_url: str, sql: Connection, count: int) -> list[Operation]:
        """Make everything ready for so many operations; nothing is at risk yet. `sql` goes past the proxy."""

    def request(self, operation: Operation, key: str | None) -> Outgoing:
        """The request that does it, under this idempotency key if there is one."""

    def snapshot(self, sql: Connection, operations: Sequence[Operation]) -> DatabaseSnapshot:
        """What the database holds of these operations, and what in it does not add up; `t` and `when` may be anything."""
