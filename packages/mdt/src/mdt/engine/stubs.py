"""The stubs of a session: routes that a test adds while it runs. They win over scenarios; of two equal ones the later.

A stub stays until it is removed or its session ends. Its route is called like the stub in the journal's `scenario`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from mdt.engine.routes import RouteTable
from mdt.errors import MdtError
from mdt.language import _

LIMIT = 1_000  # of one session


@dataclass(frozen=True, slots=True, eq=False)
class Stub:
    """One stub; `route` is a compiled route whose first scenario answers, `written` is how the test gave it."""

    id: str
    service: str
    route: Any  # a Route of the catalog, which knows sessions
    written: Mapping[str, Any]


class Stubs:
    """The stubs of one session by id, oldest first."""

    def __init__(self, stubs: Mapping[str, Stub] | None = None) -> None:
        self._stubs = dict(stubs or {})
        self._tables: dict[str, RouteTable[Any]] = {}
        self._lock = Lock()
        self._number = 0

    def __len__(self) -> int:
        return len(self._stubs)

    def new_id(self) -> str:
        with self._lock:
            self._number += 1
            while f"stub-{self._number}" in self._stubs:
                self._number += 1
            return f"stub-{self._number}"

    def add(self, stub: Stub) -> None:
        """Adds a stub as the latest; it replaces one with the same id. Raises MdtError beyond the limit."""
        with self._lock:
            if stub.id not in self._stubs and len(self._stubs) >= LIMIT:
                raise MdtError(
                    _("A session has {limit} stubs at most. Remove some that are no longer needed.", limit=LIMIT)
                )
            self._stubs.pop(stub.id, None)
            self._stubs[stub.id] = stub
            self._tables.clear()

    def remove(self, id: str) -> Stub:  # noqa: A002 - the field's name
        """Raises KeyError if there is none."""
        with self._lock:
            self._tables.clear()
            return self._stubs.pop(id)

    def clear(self) -> None:
        with self._lock:
            self._stubs.clear()
            self._tables.clear()

    def every(self) -> list[Stub]:
        with self._lock:
            return list(self._stubs.values())

    def copy(self) -> "Stubs":
        """For a block inside another: what it adds ends with it."""
        with self._lock:
            copied = Stubs(self._stubs)
            copied._number = self._number
            return copied

    def table(self, service: str) -> RouteTable[Any]:
        """The routes of a service's stubs, the latest first."""
        with self._lock:
            if service not in self._tables:
                routes = [stub.route for stub in self._stubs.values() if stub.service == service]
                self._tables[service] = RouteTable(tuple(reversed(routes)))
            return self._tables[service]
