"""What the engine and the commands need of a virtual service; `mdt.virtual` is one way to be one."""

from collections.abc import Mapping
from typing import Any, Protocol

from mdt.engine.datasets import DataSets
from mdt.engine.messages import Answered, Request
from mdt.engine.session import Session
from mdt.language import Words


class VirtualRoute(Protocol):
    """A route of a virtual service."""

    @property
    def label(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def file(self) -> str: ...

    @property
    def line(self) -> int: ...


class VirtualDispatcher(Protocol):
    service: type[Any]  # the class that the user wrote
    file: str

    @property
    def description(self) -> str: ...

    @property
    def routes(self) -> tuple[VirtualRoute, ...]: ...

    def prepare(self, data: DataSets) -> list[Words]: ...

    def find(self, method: str, path: str) -> tuple[VirtualRoute, dict[str, str]] | None: ...

    def state(self, session: Session) -> Any: ...

    def answer(self, route: Any, path: Mapping[str, str], request: Request, session: Session) -> Answered: ...

    def openapi(self) -> dict[str, Any]: ...
