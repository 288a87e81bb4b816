"""What a test has selected: for each service a scenario, a sequence of scenarios, or its virtual service."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Scenarios of one service, one for each call; the last one stays."""

    names: tuple[str, ...]


type Selectable = str | Sequence | Iterable[str | Sequence]


@dataclass(frozen=True, slots=True)
class Choice:
    """The selected scenarios by service (several are a sequence), and the services whose virtual service answers the other routes."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    virtual: frozenset[str] = frozenset()

    def over(self, ground: "Choice") -> "Choice":
        """Combines two choices. For a service that both name, this one wins."""
        kept = {service: names for service, names in ground.names.items() if service not in self.virtual}
        return Choice(MappingProxyType({**kept, **self.names}), ground.virtual | self.virtual)

    def touches(self, service: str) -> bool:
        """Whether something of the service is selected."""
        return service in self.names or service in self.virtual

    def labels(self) -> tuple[str, ...]:
        """What is selected, for people: "payment.timeout → success"."""
        virtual = [f"{service}.{VIRTUAL}" for service in sorted(self.virtual)]
        return (*virtual, *(f"{service}.{' → '.join(names)}" for service, names in self.names.items()))

    def label(self, service: str) -> str:
        """What is selected of one service, for people; "" if nothing is."""
        marks = [VIRTUAL] if service in self.virtual else []
        names = self.names.get(service)
        marks += [" → ".join(names)] if names else []
        return " + ".join(f"{service}.{mark}" for mark in marks)


EMPTY = Choice()
