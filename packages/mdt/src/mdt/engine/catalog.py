"""The compiled definitions of one folder. A catalog never changes; reloading replaces it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.engine.answers import Answer
from mdt.engine.choice import VIRTUAL, Sequence
from mdt.engine.datasets import DataSets, Environment
from mdt.engine.matching import RequestMatch
from mdt.engine.routes import RouteTable, parameters
from mdt.engine.session_keys import KEYS, SessionKey
from mdt.engine.states import StateMachine
from mdt.engine.virtual_interface import VirtualDispatcher
from mdt.errors import Problem


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """The key `recording` of mdt.yaml: what is recorded besides the usual, and what counts as a secret."""

    headers: tuple[str, ...] = ()  # kept too; may have a `*`
    keys: tuple[tuple[str, str], ...] = ()  # further secret keys with their kinds
    patterns: tuple[tuple[str, str], ...] = ()  # kinds with the regular expressions of further secrets
    allow: tuple[str, ...] = ()  # regular expressions of values that are no secrets
    max_body: int = 10_000_000  # bytes of a body that are recorded


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of mdt.yaml. Durations are in seconds; port 0 means any free port."""

    port: int = 3002
    tls_port: int | None = None
    host: str = "127.0.0.1"
    strict: bool = False  # a test fails if it selects a scenario and never uses it
    seed: int | str | None = None
    token: str | None = None
    session_ttl: float = 3600.0
    session_limit: int = 10_000
    journal_limit: int = 10_000
    allow_hosts: tuple[str, ...] = ()
    prefer: bool = True  # whether the server obeys Prefer headers
    consumer: str = ""  # who calls these services, as their contracts name it
    session_keys: tuple[SessionKey, ...] = KEYS
    environments: Mapping[str, Environment] = field(default_factory=dict)
    environment: str = ""  # of sessions that name none
    recording: RecordingSettings = RecordingSettings()
    callbacks_to: str | None = None  # scheme and host that callbacks go to, whatever host their address names


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One named answer of a route; `file` and `line` say where it is defined."""

    name: str
    answer: Answer
    file: str
    line: int
    description: str = ""
    has_latency: bool = False  # its own, so that the environment's does not count
    off_contract: bool = False  # breaks the contract on purpose
    status: int | None = None  # None if others tell it, as in sequences
    example: str = ""  # its name in a Prefer header, beside its own
    statuses: str = ""  # those that it takes on if a Prefer header asks for one: 4XX, or default for all


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One method and path (and `match`) with its scenarios."""

    method: str
    template: str
    scenarios: Mapping[str, Scenario]
    match: RequestMatch
    file: str
    line: int
    service: str
    name: str = ""  # from "POST /x [name]"
    description: str = ""
    default: str = ""  # the scenario that is played when none is selected, in place of the service's
    parameters: tuple[str, ...] = ()
    weight: int = 0
    label: str = ""  # "POST /internal/inventory/check"
    key: str = ""  # unique in the catalog
    demands: Any = field(default_factory=dict)  # `match` as it is written

    @staticmethod
    def make(method: str, template: str, name: str, match: RequestMatch, **others: Any) -> "Route":
        label = f"{method} {template}" + (f" [{name}]" if name else "")
        return Route(
            method=method,
            template=template,
            name=name,
            match=match,
            label=label,
            key=f"{others['service']} {label}",
            weight=match.size,
            parameters=tuple(parameters(template)),
            **others,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One service: its address, its routes, and its virtual service if it has one."""

    name: str
    title: str
    url: str
    host: str
    base_path: str  # "" or "/api"
    default: str
    table: RouteTable[Route]
    scenario_names: frozenset[str]
    file: str
    line: int = 1
    description: str = ""
    dispatcher: VirtualDispatcher | None = None
    contract: Path | None = None  # the file that its answers are checked against
    contract_line: int = 1
    states: StateMachine | None = None

    @property
    def routes(self) -> tuple[Route, ...]:
        return self.table.routes

    def default_of(self, route: Route) -> str:
        """The name of the scenario that the route plays when none is selected; the route need not have it."""
        return route.default or self.default

    @property
    def virtual(self) -> type[Any] | None:
        return self.dispatcher.service if self.dispatcher else None


@dataclass(frozen=True, slots=True)
class Composition:
    """Scenarios of several services under one name: "order-flow.happy"."""

    name: str
    entries: tuple[str | Sequence, ...]
    file: str
    line: int = 1
    description: str = ""
    lines: tuple[int, ...] = ()  # of the entries
    problems: tuple[Problem, ...] = ()  # why it cannot be selected, such as a scenario that does not exist


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """Everything that was loaded from one folder."""

    folder: Path
    services: Mapping[str, Service]
    compositions: Mapping[str, Composition]
    data: DataSets = field(default_factory=DataSets)
    settings: Settings = field(default_factory=Settings)
    hosts: Mapping[str, tuple[Service, ...]] = field(default_factory=dict)  # the longest base path first
    callbacks: Mapping[str, Any] = field(
        default_factory=dict
    )  # mdt.callbacks.model.Callback by name: "payment.success"
    problems: tuple[
        Problem, ...
    ] = ()  # of compositions, seeds and `file:`: they fail when they are used, everything else plays

    @property
    def shared(self) -> Mapping[str, Any]:
        """The data of shared/, by the names of its files."""
        return self.data.shared

    def scenario_names(self) -> list[str]:
        """Every name that can be selected: scenarios of services, and compositions."""
        own = [f"{name}.{scenario}" for name, service in self.services.items() for scenario in service.scenario_names]
        return sorted([*own, *self.compositions])


def names_of(routes: tuple[Route, ...], *, virtual: bool) -> frozenset[str]:
    """The names of a service's scenarios: those of its routes, and `virtual` if it has a virtual service."""
    names = {name for route in routes for name in route.scenarios}
    return frozenset(names | ({VIRTUAL} if virtual else set()))
