"""Which scenario each service plays: names, sequences and compositions become one immutable choice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from mdt.engine.texts import said
from mdt.errors import SelectionError, UnknownScenarioError

if TYPE_CHECKING:
    from mdt.definitions.model import Catalog

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
        """The choice laid over another: what it names wins, service by service; the rest shines through."""
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


def resolve(catalog: "Catalog", wanted: Selectable) -> Choice:
    """The choice that these names stand for.

    A composition expands to its own names. A name given by itself wins over one that a composition brings; of two
    compositions the later wins. One service named twice by itself is an error, except its virtual service with one
    scenario over it. Raises UnknownScenarioError and SelectionError.
    """
    items = [wanted] if isinstance(wanted, str | Sequence) else list(wanted)
    if not items:
        raise SelectionError(said("select.nothing"))
    composed, explicit = EMPTY, EMPTY
    for item in items:
        if isinstance(item, str) and item in catalog.compositions:
            composed = _expanded(catalog, item).over(composed)
        else:
            explicit = _with(explicit, _single(catalog, item))
    return explicit.over(composed)


def _expanded(catalog: "Catalog", name: str) -> Choice:
    """Loading has made sure that compositions end somewhere."""
    return resolve(catalog, catalog.compositions[name].entries)


def _single(catalog: "Catalog", item: str | Sequence) -> Choice:
    parts = [_split(catalog, name) for name in _names(item)]
    services = {service for service, _ in parts}
    if len(services) > 1:
        raise SelectionError(said("select.several-services", services=", ".join(sorted(services))))
    service, scenarios = parts[0][0], tuple(scenario for _, scenario in parts)
    virtual = frozenset({service}) if VIRTUAL in scenarios else frozenset()
    return Choice(MappingProxyType({} if scenarios == (VIRTUAL,) else {service: scenarios}), virtual)


def _names(item: str | Sequence) -> Iterator[str]:
    if isinstance(item, Sequence) and not item.names:
        raise SelectionError(said("select.empty-sequence"))
    if not isinstance(item, str | Sequence):
        raise SelectionError(said("select.not-a-name", item=item))
    yield from (item,) if isinstance(item, str) else item.names


def _split(catalog: "Catalog", name: str) -> tuple[str, str]:
    service, _, scenario = name.partition(".")
    known = catalog.services.get(service)
    if known is None or scenario not in known.scenario_names:
        raise UnknownScenarioError(name, catalog.scenario_names())
    return service, scenario


def _with(chosen: Choice, more: Choice) -> Choice:
    for service in (*more.names, *more.virtual):
        if (service in chosen.names and service in more.names) or service in chosen.virtual & more.virtual:
            one, other = chosen.label(service), more.label(service)
            raise SelectionError(said("select.twice", service=service, one=one, other=other))
    return Choice(MappingProxyType({**chosen.names, **more.names}), chosen.virtual | more.virtual)
