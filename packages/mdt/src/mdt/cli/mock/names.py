"""`mdt mock list`: everything that can be selected."""

from pathlib import Path
from typing import Any

import click

from mdt.cli import loading
from mdt.cli.options import MOCKS, command
from mdt.cli.output import emit, interactive, show
from mdt.definitions import Catalog, Composition, Service
from mdt.engine.choice import VIRTUAL, Sequence
from mdt.language import _

KINDS = {
    "scenario": _("scenario"),
    "virtual": _("virtual service"),
    "composition": _("composition"),
}


@command("list", _("List every scenario and composition that can be selected."), MOCKS)
def names(*, mocks: Path | None, as_json: bool) -> None:
    """One name a line where stdout is no terminal."""
    catalog = loading.catalog(mocks)
    rows = [*_scenarios(catalog), *map(_composition, catalog.compositions.values())]
    emit({"folder": str(catalog.folder), "scenarios": rows}, as_json=as_json, human=lambda: _print(rows))


def _scenarios(catalog: Catalog) -> list[dict[str, Any]]:
    return [_scenario(one, name) for one in catalog.services.values() for name in sorted(one.scenario_names)]


def _scenario(service: Service, name: str) -> dict[str, Any]:
    routes = [route for route in service.routes if name in route.scenarios]
    said = [route.scenarios[name].description for route in routes if route.scenarios[name].description]
    places = [f"{route.scenarios[name].file}:{route.scenarios[name].line}" for route in routes]
    if name == VIRTUAL and service.dispatcher:
        places, said = [f"{service.dispatcher.file}:1"], [service.dispatcher.description]
    return {
        "name": f"{service.name}.{name}",
        "kind": "virtual" if name == VIRTUAL else "scenario",
        "default": name == service.default,
        "description": said[0] if said else "",
        "routes": [route.label for route in routes],
        "places": places,
    }


def _composition(one: Composition) -> dict[str, Any]:
    parts = [" → ".join(entry.names) if isinstance(entry, Sequence) else entry for entry in one.entries]
    return {
        "name": one.name,
        "kind": "composition",
        "default": False,
        "description": one.description,
        "scenarios": parts,
        "places": [f"{one.file}:{one.line}"],
    }


def _print(rows: list[dict[str, Any]]) -> None:
    if not interactive():
        click.echo("\n".join(row["name"] for row in rows))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in (_("name"), _("kind"), _("routes"), _("about")):
        table.add_column(str(heading), overflow="fold")
    for row in rows:
        default = f" {_('(default)')}" if row["default"] else ""
        answers = str(len(row.get("routes") or row.get("scenarios") or row["places"]))
        table.add_row(row["name"], str(KINDS[row["kind"]]) + default, answers, row["description"])
    show(table)
