"""The adapter: five methods and a few facts by which the laboratory drives a service. docs/adapters.md shows how to write one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from faultlab.report_model import DatabaseSnapshot


@dataclass(frozen=True, slots=True)
class Launch:
    """The command that starts the service as one process, which ends at SIGTERM."""

    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # added to the laboratory's own environment
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Environment variables of the service for a case, and the seconds within which it then answers any request."""

    settings: Mapping[str, str]
    budget: float


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to send."""

    method: str
    path: str
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that must happen exactly once, such as paying an order. Only the adapter reads `facts`."""

    id: str
    amount: int | None = None
    look: Outgoing | None = None  # the request that reads it
    facts: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""  # the user, if there are several: the same idempotency key of another owner is another key


class Adapter(Protocol):
    """How the laboratory drives a service and looks into its database."""

    name: str
    profiles: Mapping[
        str, Profile
    ]  # "deployed": as shipped; "quick": short time-outs, for the matrix; "single": no retries, optional
    write: str  # regular expression: the first statement that writes the operation
    read: str  # regular expression: the statement by which a repeated request finds the first answer
    alive: str  # path of the liveness check, which does not need the database
    healthy: str  # path of the health check, which answers 503 without the database
    retries: str  # regular expression: log lines about retries
    envelope: bool  # answers are {code, data, msg}
    patient: bool  # requests wait out a short outage; otherwise they are refused at once
    transitions: Mapping[str, Sequence[str]]  # allowed next states by state; "" is the start

    def install(self, database_url: str) -> None:
        """Create the tables in an empty database."""

    def launch(self, database_url: str, port: int, settings: Mapping[str, str]) -> Launch:
        """The command for this database and port, with the settings of a profile."""

    def prepare(self, service_url: str, sql: Connection, count: int) -> list[Operation]:
        """Prepare `count` operations without executing them. `sql` bypasses the proxy."""

    def request(self, operation: Operation, key: str | None) -> Outgoing:
        """The request that executes the operation, with this idempotency key if there is one."""

    def snapshot(self, sql: Connection, operations: Sequence[Operation]) -> DatabaseSnapshot:
        """What the database holds of these operations, and every inconsistency. The caller sets `t` and `when`."""
