"""Resolves `extends`: a scenario takes the keys of another one of its route, a callback those of another callback."""

from collections.abc import Mapping

from mdt.definitions import bodies, callback_bodies
from mdt.definitions.source import Source, Table, line_of
from mdt.language import N_, _
from mdt.suggest import did_you_mean

_BODIES = frozenset({*bodies.BODIES, *callback_bodies.BODIES})
NO_SCENARIO = N_("`extends` names no scenario of this route: {name!r}")
NO_CALLBACK = N_("`extends` names no callback: {name!r}")


def flattened(tables: Mapping[str, Table], source: Source, missing: str = NO_SCENARIO) -> dict[str, Table]:
    """Resolves `extends`. Own keys win, headers are merged, a body replaces the other body. `missing` tells of a name that is not there."""
    return {name: _flat(name, tables, (name,), source, missing) for name in tables}


def _flat(name: str, tables: Mapping[str, Table], path: tuple[str, ...], source: Source, missing: str) -> Table:
    table = tables[name]
    if "extends" not in table:
        return table
    line, base = line_of(table, "extends"), table["extends"]
    if not isinstance(base, str) or base not in tables:
        source.wrong(line, _(missing, name=base), did_you_mean(str(base), tables))
        return _without(table)
    if base in path:
        if base == path[0]:  # reported once, for the scenario that the circle leads back to
            source.wrong(line, _("`extends` goes in a circle: {path}", path=" → ".join((*path, base))))
        return _without(table)
    return _merged(_flat(base, tables, (*path, base), source, missing), table)


def _without(table: Table) -> Table:
    rest = Table(table.line)
    rest.update({key: value for key, value in table.items() if key != "extends"})
    rest.lines = table.lines
    return rest


def _merged(base: Table, table: Table) -> Table:
    own = _without(table)
    merged = Table(table.line)
    has_body = any(key in _BODIES for key in own)
    for origin in (base, own):
        for key, value in origin.items():
            if origin is base and has_body and key in _BODIES:
                continue
            merged[key] = _headers(base, own) if key == "headers" else value
            merged.lines[key] = origin.lines.get(key, origin.line)
    return merged


def _headers(base: Table, own: Table) -> object:
    """Merges headers by name, ignoring case. Leaves other values than mappings to the check of headers."""
    given = [table.get("headers", Table(table.line)) for table in (base, own)]
    merged = Table(own.line)
    for headers in given:
        if not isinstance(headers, Table):
            return headers
        for name, value in headers.items():
            merged[name.lower()] = value
            merged.lines[name.lower()] = line_of(headers, name)
    return merged
