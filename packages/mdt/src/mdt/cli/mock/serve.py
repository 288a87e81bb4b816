"""`mdt mock serve` and `mdt mock virtual`: run the server in the foreground until Ctrl-C or SIGTERM."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdt.cli import targets
from mdt.cli.commands import DATASET, ENVIRONMENT, MOCKS, command, option
from mdt.cli.mock.datasets import surroundings
from mdt.cli.output import CommandError, ExitCode, emit, note
from mdt.cli.targets import selectable
from mdt.definitions import Catalog
from mdt.engine.choice import VIRTUAL
from mdt.engine.selection import resolve
from mdt.errors import DefinitionError, MdtError
from mdt.language import _

if TYPE_CHECKING:
    from mdt.server.mock_server import MockServer

PORT = option(
    "--port",
    type=click.IntRange(0, 65535),
    help=_("Port; 0 is any free one. Otherwise the one of mdt.yaml, else 3002."),
)
HOST = option("--host", help=_("Address to listen on; beyond this machine it needs a token."))
SERVICE = option("--service", "-s", "service", metavar="S", help=_("Only this service."))
THE_SERVICE = option("--service", "-s", "service", metavar="S", required=True, help=_("The service."))
SCENARIO = option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help=_("Selected from the start; may be repeated.")
)
TOKEN = option("--token", envvar="MDT_TOKEN", help=_("Asked of everybody who uses the admin API."))
SURROUNDINGS = (ENVIRONMENT, DATASET)
WATCH = option(
    "--watch/--no-watch", default=True, show_default=True, help=_("Load the definitions again when a file changes.")
)


@command(
    "serve",
    _("Serve the definitions over HTTP until Ctrl-C."),
    PORT,
    HOST,
    SERVICE,
    SCENARIO,
    *SURROUNDINGS,
    TOKEN,
    WATCH,
    MOCKS,
)
def serve(
    *, service: str | None, mocks: Path | None, scenarios: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Checks names before it listens."""
    catalog = targets.catalog(mocks)
    if service is not None:
        targets.service(catalog, service)
    _serve(catalog, scenarios, as_json=as_json, service=service, **options)


@command(
    "virtual",
    _("Serve one virtual service: a service with state, written in Python."),
    THE_SERVICE,
    PORT,
    HOST,
    SCENARIO,
    *SURROUNDINGS,
    TOKEN,
    WATCH,
    MOCKS,
)
def virtual(*, service: str, mocks: Path | None, scenarios: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Selected scenarios of the service win over its virtual service."""
    catalog = targets.catalog(mocks)
    targets.virtual_service(catalog, service)
    _serve(catalog, (f"{service}.{VIRTUAL}", *scenarios), as_json=as_json, service=service, **options)


def _serve(catalog: Catalog, scenarios: tuple[str, ...], *, as_json: bool, **options: Any) -> None:
    from mdt.server import runner
    from mdt.server.mock_server import ServerOptions

    catalog.data.check(options["environment"], options["dataset"])
    named = [selectable(name) for name in scenarios]
    selected = resolve(catalog, named).labels() if named else ()
    wanted = ServerOptions(catalog.folder, scenarios=named, on_change=_changed, **options)
    try:
        runner.main(wanted, lambda server: _ready(server, selected, options["service"], as_json=as_json))
    except MdtError as error:
        if isinstance(error.__cause__, OSError):
            raise CommandError(ExitCode.ADDRESS, str(error)) from error
        raise
    note(_("Ended."))


def _changed(result: Catalog | DefinitionError) -> None:
    """Called in the watcher's thread."""
    if isinstance(result, DefinitionError):
        note(
            _(
                "The changed definitions have problems; the last good ones go on playing.\n{problems}",
                problems="\n".join(map(str, result.problems)),
            )
        )
    else:
        note(_("Definitions loaded again."))
        _tell(result)


def _tell(catalog: Catalog) -> None:
    for problem in catalog.problems:
        note(str(problem))


def _ready(server: "MockServer", selected: tuple[str, ...], only: str | None, *, as_json: bool) -> None:
    catalog = server.engine.catalog
    document = {
        "url": server.url,
        "tlsUrl": server.tls_url,
        "page": f"{server.url}/_mdt/" + (f"#token={server.token}" if server.token else ""),
        "create": server.create_url,
        "token": server.token,
        "folder": str(catalog.folder),
        "selected": list(selected),
        "environment": server.sessions.default.environment or None,
        "dataset": catalog.data.name_for(server.sessions.default),
        "services": {name: server.address_of(name) for name in catalog.services if only in {None, name}},
    }
    emit(document, as_json=as_json, human=lambda: _print(document))
    _tell(catalog)


def _print(document: dict[str, Any]) -> None:
    """Prints at once, even into a file or a pipe, because click flushes each line."""
    click.echo(click.style(_("Mock server on {url}", url=document["url"]), bold=True))
    width = max((len(name) for name in document["services"]), default=0)
    for name, url in document["services"].items():
        click.echo(f"  {name.ljust(width)}  {url}")
    if document["tlsUrl"]:
        authority = f"{document['url']}/_mdt/ca.pem"
        click.echo(_("TLS       {url}   authority {authority}", url=document["tlsUrl"], authority=authority))
    click.echo(_("page      {url}", url=document["page"]))
    if document["create"]:
        click.echo(_("create    {url}", url=document["create"]))
    click.echo(_("selected  {names}", names=", ".join(document["selected"]) or _("the defaults")))
    if around := surroundings(document):
        click.echo(_("plays in  {surroundings}", surroundings=around))
    if document["token"]:
        click.echo(_("token     {token}", token=document["token"]))
    click.echo(_("Ctrl-C ends it."))
