"""Turns the names of scenarios, sequences and compositions into one choice."""

from collections.abc import Iterator
from types import MappingProxyType

from mdt.engine.catalog import Catalog
from mdt.engine.choice import EMPTY, VIRTUAL, Choice, Selectable, Sequence
from mdt.errors import SelectionError, UnknownScenarioError
from mdt.language import _


def resolve(catalog: Catalog, wanted: Selectable) -> Choice:
    """The choice for these names. Raises UnknownScenarioError and SelectionError.

    A composition expands to its own names. A name given by itself wins over a composition's; of two compositions the
    later wins. Naming one service twice is an error, except for its virtual service and one scenario over it.
    """
    items = [wanted] if isinstance(wanted, str | Sequence) else list(wanted)
    if not items:
        raise SelectionError(_("Nothing is selected. Name at least one scenario: mock_scenario('service.scenario')"))
    composed, explicit = EMPTY, EMPTY
    for item in items:
        if isinstance(item, str) and item in catalog.compositions:
            composed = _expanded(catalog, item).over(composed)
        else:
            explicit = _with(explicit, _single(catalog, item))
    return explicit.over(composed)


def _expanded(catalog: Catalog, name: str) -> Choice:
    """Always ends: loading refuses circles."""
    composition = catalog.compositions[name]
    if composition.problems:
        problems = "\n".join(map(str, composition.problems))
        raise SelectionError(_("The composition {name} cannot be played:\n{problems}", name=name, problems=problems))
    return resolve(catalog, composition.entries)


def _single(catalog: Catalog, item: str | Sequence) -> Choice:
    parts = [_split(catalog, name) for name in _names(item)]
    services = {service for service, _ in parts}
    if len(services) > 1:
        raise SelectionError(
            _("A sequence belongs to one service; this one names {services}", services=", ".join(sorted(services)))
        )
    service, scenarios = parts[0][0], tuple(scenario for _, scenario in parts)
    virtual = frozenset({service}) if VIRTUAL in scenarios else frozenset()
    return Choice(MappingProxyType({} if scenarios == (VIRTUAL,) else {service: scenarios}), virtual)


def _names(item: str | Sequence) -> Iterator[str]:
    if isinstance(item, Sequence) and not item.names:
        raise SelectionError(_("A sequence needs at least one scenario"))
    if not isinstance(item, str | Sequence):
        raise SelectionError(
            _("{item!r} is no scenario: give names such as 'service.scenario', or sequence(...)", item=item)
        )
    yield from (item,) if isinstance(item, str) else item.names


def _split(catalog: Catalog, name: str) -> tuple[str, str]:
    service, _, scenario = name.partition(".")
    known = catalog.services.get(service)
    if known is None or scenario not in known.scenario_names:
        raise UnknownScenarioError(name, catalog.scenario_names())
    return service, scenario


def _with(chosen: Choice, more: Choice) -> Choice:
    for service in (*more.names, *more.virtual):
        if (service in chosen.names and service in more.names) or service in chosen.virtual & more.virtual:
            one, other = chosen.label(service), more.label(service)
            raise SelectionError(
                _(
                    "{service} is selected twice: {one} and {other}. Keep one, or write sequence(...) for one "
                    "call after the other",
                    service=service,
                    one=one,
                    other=other,
                )
            )
    return Choice(MappingProxyType({**chosen.names, **more.names}), chosen.virtual | more.virtual)
