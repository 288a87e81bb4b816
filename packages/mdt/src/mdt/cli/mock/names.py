"""`mdt mock list` lists everything that can be selected; `mdt mock use` selects it on a running server."""

from pathlib import Path
from typing import Any

import click

from mdt.callbacks.model import Callback
from mdt.cli import targets
from mdt.cli.commands import MOCKS, SERVER, SESSION, TOKEN, argument, command, option
from mdt.cli.mock.datasets import print_datasets, surroundings
from mdt.cli.output import emit, interactive, show, wrong_usage
from mdt.cli.targets import address_of, connected, selectable
from mdt.definitions import Catalog, Composition, Service
from mdt.engine.choice import VIRTUAL, Sequence
from mdt.language import _

KINDS = {
    "scenario": _("scenario"),
    "virtual": _("virtual service"),
    "composition": _("composition"),
    "callback": _("callback"),
}


DATASETS = option("--datasets", is_flag=True, help=_("List environments and data sets instead."))


@command(
    "list",
    _("List every scenario and composition that can be selected, and every callback that can be sent."),
    DATASETS,
    MOCKS,
)
def names(*, datasets: bool, mocks: Path | None, as_json: bool) -> None:
    """Prints one name a line if stdout is no terminal."""
    catalog = targets.catalog(mocks)
    if datasets:
        document = {"folder": str(catalog.folder), **catalog.data.as_json()}
        emit(document, as_json=as_json, human=lambda: print_datasets(document))
        return
    found = [*_scenarios(catalog), *map(_composition, catalog.compositions.values())]
    rows = [*found, *map(_callback, catalog.callbacks.values())]
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
        "problems": [str(problem) for problem in one.problems],
    }


def _callback(one: Callback) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": "callback",
        "default": False,
        "description": one.description,
        "scenarios": list(one.names),
        "signed": one.signer.scheme if one.signer else None,
        "tamper": one.tamper or None,
        "places": [f"{one.file}:{one.line}"],
    }


def _print(rows: list[dict[str, Any]]) -> None:
    if not interactive():
        click.echo("\n".join(_plain_name(row) for row in rows))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in (_("name"), _("kind"), _("routes"), _("about")):
        table.add_column(str(heading), overflow="fold")
    for row in rows:
        default = f" {_('(default)')}" if row["default"] else ""
        answers = str(len(row.get("routes") or row.get("scenarios") or row["places"]))
        about = "\n".join([row["description"], *row.get("problems", ())]).strip()
        table.add_row(row["name"], str(KINDS[row["kind"]]) + default, answers, about)
    show(table)


def _plain_name(row: dict[str, Any]) -> str:
    """One line for other programs; a callback is marked, because its name cannot be selected."""
    return f"{row['name']} (callback)" if row["kind"] == "callback" else str(row["name"])


NAMES = argument(
    "names",
    nargs=-1,
    metavar="[SCENARIO]...",
    help=_("Names as `mdt mock list` shows them; A,B is one call after the other."),
)
ADD = option("--add", is_flag=True, help=_("Keep what is selected for other services."))
TO_ENVIRONMENT = option("--env", "environment", metavar="NAME", help=_("Go on in this environment of mdt.yaml."))
TO_DATASET = option(
    "--dataset", metavar="NAME", help=_("Go on with this data set of datasets/; `shared` is shared/ alone.")
)
DEFAULTS = option("--defaults", is_flag=True, help=_("Go back to the defaults."))


@command(
    "use",
    _("Select scenarios, an environment or a data set on a running server; scenarios selected before are forgotten."),
    NAMES,
    ADD,
    DEFAULTS,
    TO_ENVIRONMENT,
    TO_DATASET,
    SESSION,
    SERVER,
    TOKEN,
    MOCKS,
)
def use(
    *,
    names: tuple[str, ...],
    add: bool,
    defaults: bool,
    environment: str | None,
    dataset: str | None,
    session: str,
    server: str | None,
    token: str | None,
    mocks: Path | None,
    as_json: bool,
) -> None:
    """The server checks the names."""
    around = {"environment": environment, "dataset": dataset}
    given = {key: name for key, name in around.items() if name} or (around if defaults else {})
    if (names and defaults) or not (names or defaults or given):
        raise wrong_usage(_("Name scenarios, an environment or a data set, or give --defaults alone."))
    url = address_of(server, mocks)
    wanted = [selectable(name) for name in names]
    with connected(url, token) as client:
        if given:
            view = client.enter(session, **given)
        if names or defaults:
            view = client.switch(wanted, session) if add else client.select(wanted, session)
    document = {"server": url, "session": session, "selected": view["scenarios"]}
    document |= {key: view[key] for key in around}
    emit(document, as_json=as_json, human=lambda: _print_used(document))


def _print_used(document: dict[str, Any]) -> None:
    shown = ", ".join(document["selected"]) or _("the defaults")
    click.echo(_("{session}: {names}", session=document["session"], names=shown))
    if around := surroundings(document):
        click.echo(_("{session}: {names}", session=document["session"], names=around))
