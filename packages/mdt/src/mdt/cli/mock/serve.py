"""`mdt mock serve` and `mdt mock virtual`: the server in the foreground, until Ctrl-C or SIGTERM."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdt.cli import loading
from mdt.cli.exits import CommandError, ExitCode
from mdt.cli.language import say
from mdt.cli.options import MOCKS, command, option
from mdt.cli.output import emit, note
from mdt.cli.remote import selectable
from mdt.definitions import Catalog
from mdt.engine.choice import VIRTUAL
from mdt.engine.selection import resolve
from mdt.errors import DefinitionError, MdtError

if TYPE_CHECKING:
    from mdt.server.mock_server import MockServer

PORT = option("--port", type=click.IntRange(0, 65535), help="serve.port")
HOST = option("--host", help="serve.host")
SERVICE = option("--service", "-s", "service", metavar="S", help="serve.service")
THE_SERVICE = option("--service", "-s", "service", metavar="S", required=True, help="virtual.service")
SCENARIO = option("--scenario", "scenarios", multiple=True, metavar="NAME", help="serve.scenario")
TOKEN = option("--token", envvar="MDT_TOKEN", help="serve.token")
WATCH = option("--watch/--no-watch", default=True, show_default=True, help="serve.watch")


@command("serve", "serve.help", PORT, HOST, SERVICE, SCENARIO, TOKEN, WATCH, MOCKS)
def serve(
    *, service: str | None, mocks: Path | None, scenarios: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Names are checked before anything listens."""
    catalog = loading.catalog(mocks)
    if service is not None:
        loading.service(catalog, service)
    _serve(catalog, scenarios, as_json=as_json, service=service, **options)


@command("virtual", "virtual.help", THE_SERVICE, PORT, HOST, SCENARIO, TOKEN, WATCH, MOCKS)
def virtual(*, service: str, mocks: Path | None, scenarios: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Scenarios of the service lie over its virtual service."""
    catalog = loading.catalog(mocks)
    loading.virtual_service(catalog, service)
    _serve(catalog, (f"{service}.{VIRTUAL}", *scenarios), as_json=as_json, service=service, **options)


def _serve(catalog: Catalog, scenarios: tuple[str, ...], *, as_json: bool, **options: Any) -> None:
    from mdt.server import runner
    from mdt.server.mock_server import ServerOptions

    named = [selectable(name) for name in scenarios]
    selected = resolve(catalog, named).labels() if named else ()
    wanted = ServerOptions(catalog.folder, scenarios=named, on_change=_changed, **options)
    try:
        runner.main(wanted, lambda server: _ready(server, selected, options["service"], as_json=as_json))
    except MdtError as error:
        if isinstance(error.__cause__, OSError):
            raise CommandError(ExitCode.ADDRESS, str(error)) from error
        raise
    note(say("serve.stopped"))


def _changed(result: Catalog | DefinitionError) -> None:
    """In the watcher's thread."""
    if isinstance(result, DefinitionError):
        note(say("serve.kept", problems="\n".join(map(str, result.problems))))
    else:
        note(say("serve.reloaded"))


def _ready(server: "MockServer", selected: tuple[str, ...], only: str | None, *, as_json: bool) -> None:
    catalog = server.engine.catalog
    document = {
        "url": server.url,
        "tlsUrl": server.tls_url,
        "page": f"{server.url}/_mdt/" + (f"#token={server.token}" if server.token else ""),
        "token": server.token,
        "folder": str(catalog.folder),
        "selected": list(selected),
        "services": {name: server.address_of(name) for name in catalog.services if only in {None, name}},
    }
    emit(document, as_json=as_json, human=lambda: _print(document))


def _print(document: dict[str, Any]) -> None:
    """At once, also into a file or a pipe: click flushes each line."""
    click.echo(click.style(say("serve.ready", url=document["url"]), bold=True))
    width = max((len(name) for name in document["services"]), default=0)
    for name, url in document["services"].items():
        click.echo(f"  {name.ljust(width)}  {url}")
    if document["tlsUrl"]:
        click.echo(say("serve.tls", url=document["tlsUrl"], authority=f"{document['url']}/_mdt/ca.pem"))
    click.echo(say("serve.page", url=document["page"]))
    click.echo(say("serve.selected", names=", ".join(document["selected"]) or say("serve.defaults")))
    if document["token"]:
        click.echo(say("serve.token-shown", token=document["token"]))
    click.echo(say("serve.stop"))
