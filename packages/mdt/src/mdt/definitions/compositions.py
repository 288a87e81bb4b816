"""Loads mocks/scenarios/<group>/<name>.yaml: scenarios of several services under one name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mdt.definitions.files import Folder
from mdt.definitions.services import NAME
from mdt.definitions.source import Rows, Source, Table, kind, line_of
from mdt.engine.catalog import Catalog, Composition
from mdt.engine.choice import Selectable, Sequence
from mdt.engine.selection import resolve
from mdt.errors import MdtError, Problem, UnknownScenarioError
from mdt.language import _, words_of

COMPOSITION_KEYS = ("description", "scenarios")


def load_compositions(folder: Folder) -> dict[str, Composition]:
    """The compositions by name. `checked` looks at their scenarios after everything is loaded."""
    compositions = {}
    for path in folder.composition_files():
        source, document = folder.yaml(path)
        if document is None:
            continue
        composition = _composition(path, document, source)
        if composition.name in compositions:
            source.wrong(1, _("there are two files for {name}", name=composition.name), _("Keep one of them"))
        compositions[composition.name] = composition
    return compositions


def _composition(path: Path, document: Any, source: Source) -> Composition:
    for part in (path.parent.name, path.stem):
        if not NAME.fullmatch(part):
            source.wrong(1, _("{name!r} is no name of a composition", name=part), _("Use letters, digits, - and _"))
    description, listed = "", document
    if isinstance(document, Table):
        source.known_keys(document, COMPOSITION_KEYS, _("a composition"))
        description, listed = source.text(document, "description"), document.get("scenarios")
    entries = _entries(listed, source)
    line = listed.line if isinstance(listed, Rows) else 1
    names, lines = tuple(entry for entry, _ in entries), tuple(at for _, at in entries)
    return Composition(f"{path.parent.name}.{path.stem}", names, source.file, line, description, lines)


def _entries(listed: Any, source: Source) -> list[tuple[str | Sequence, int]]:
    """The entries with their lines."""
    if not isinstance(listed, Rows) or not listed:
        source.wrong(
            1, _("a composition is a list of scenarios, not {kind}", kind=kind(listed)), "- inventory.available"
        )
        return []
    found = [(_entry(listed, index, source), line_of(listed, index)) for index in range(len(listed))]
    return [(entry, line) for entry, line in found if entry is not None]


def _entry(listed: Rows, index: int, source: Source) -> str | Sequence | None:
    value = listed[index]
    if isinstance(value, str):
        return value
    if isinstance(value, Table) and set(value) == {"sequence"} and isinstance(value["sequence"], Rows):
        return Sequence(tuple(map(str, value["sequence"])))
    source.wrong(
        line_of(listed, index),
        _("{kind} is no scenario", kind=kind(value)),
        _("service.scenario, or {{sequence: […]}}"),
    )
    return None


def checked(catalog: Catalog, folder: Folder) -> dict[str, Composition]:
    """Checks the compositions: their scenarios exist, name no service twice, and form no circle.

    Problems with scenarios stay with the composition, so that everything else can be used.
    """
    return {name: replace(one, problems=_problems(one, catalog, folder)) for name, one in catalog.compositions.items()}


def _problems(composition: Composition, catalog: Catalog, folder: Folder) -> tuple[Problem, ...]:
    """The problems with its scenarios; those with its name and with circles go to the folder."""
    source, own = Source(composition.file, folder.problems), Source(composition.file)
    service, _dot, scenario = composition.name.partition(".")
    if service in catalog.services and scenario in catalog.services[service].scenario_names:
        message = _("{name} is also a scenario of the service {service}", name=composition.name, service=service)
        source.wrong(1, message, _("Rename one of them"))
    circle = _circle(composition.name, catalog, (composition.name,))
    if circle:
        source.wrong(composition.line, _("the composition goes in a circle: {path}", path=" → ".join(circle)))
    elif composition.entries and not _reaches_circle(composition.name, catalog, frozenset()):
        _check_names(composition, catalog, own, folder.unread)
    return tuple(own.problems)


def _parts(name: str, catalog: Catalog) -> list[str]:
    entries = catalog.compositions[name].entries
    return [entry for entry in entries if isinstance(entry, str) and entry in catalog.compositions]


def _circle(name: str, catalog: Catalog, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path from a composition back to itself; () if there is none."""
    for part in _parts(name, catalog):
        if part == path[0]:
            return (*path, part)
        if part not in path and (found := _circle(part, catalog, (*path, part))):
            return found
    return ()


def _reaches_circle(name: str, catalog: Catalog, above: frozenset[str]) -> bool:
    return name in above or any(_reaches_circle(part, catalog, above | {name}) for part in _parts(name, catalog))


def _check_names(composition: Composition, catalog: Catalog, source: Source, unread: set[str]) -> None:
    """Checks each name alone, then all together."""
    lined = list(zip(composition.entries, composition.lines, strict=True))
    names = [
        (name, line) for entry, line in lined for name in (entry.names if isinstance(entry, Sequence) else [entry])
    ]
    found = [(error, line) for name, line in names if (error := _refused(catalog, name))]
    if not found and (error := _refused(catalog, composition.entries)):
        found = [(error, composition.line)]
    for error, line in found:
        _tell(error, line, source, unread)


def _refused(catalog: Catalog, entries: Selectable) -> MdtError | None:
    try:
        resolve(catalog, entries)
    except MdtError as error:
        return error
    return None


def _tell(error: MdtError, line: int, source: Source, unread: set[str]) -> None:
    """Skips names of services whose file could not be read, because that file has its own problem."""
    if not isinstance(error, UnknownScenarioError) or error.name.partition(".")[0] not in unread:
        source.wrong(line, words_of(error))
