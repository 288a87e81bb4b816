"""What a test has chosen: for each service a scenario, a sequence of them, or its virtual service."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Scenarios of one service for one call after the other; the last one stays."""

    names: tuple[str, ...]


type Selectable = str | Sequence | Iterable[str | Sequence]


@dataclass(frozen=True, slots=True)
class Choice:
    """The scenarios by service (several: a sequence), and the services whose virtual service lies under them."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    virtual: frozenset[str] = frozenset()

    def over(self, ground: "Choice") -> "Choice":
        """Put on top of another choice: for a service that both name this one wins; the others keep theirs."""
        kept = {service: names for service, names in ground.names.items() if service not in self.virtual}
        return Choice(MappingProxyType({**kept, **self.names}), ground.virtual | self.virtual)

    def touches(self, service: str) -> bool:
        """Whether anything of the service is selected."""
        return service in self.names or service in self.virtual

    def labels(self) -> tuple[str, ...]:
        """What is selected, to be read: "payment.timeout → success"."""
        virtual = [f"{service}.{VIRTUAL}" for service in sorted(self.virtual)]
        return (*virtual, *(f"{service}.{' → '.join(names)}" for service, names in self.names.items()))

    def label(self, service: str) -> str:
        """The same for one service; "" when nothing of it is selected."""
        marks = [VIRTUAL] if service in self.virtual else []
        names = self.names.get(service)
        marks += [" → ".join(names)] if names else []
        return " + ".join(f"{service}.{mark}" for mark in marks)


EMPTY = Choice()
