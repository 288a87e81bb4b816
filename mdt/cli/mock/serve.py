"""`mdt mock serve` and `mdt mock virtual`: the server in the foreground, until Ctrl-C or SIGTERM."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from mdt.cli import loading
from mdt.cli.language import say
from mdt.cli.options import MOCKS, command, option
from mdt.cli.output import emit, note
from mdt.cli.starting import Started, started
from mdt.definitions import Catalog
from mdt.engine.selection import VIRTUAL, resolve
from mdt.errors import DefinitionError

PORT = option("--port", type=click.IntRange(0, 65535), help="serve.port")
HOST = option("--host", help="serve.host")
SERVICE = option("--service", "-s", "only", metavar="S", help="serve.service")
THE_SERVICE = option("--service", "-s", "only", metavar="S", required=True, help="virtual.service")
SCENARIO = option("--scenario", "scenarios", multiple=True, metavar="NAME", help="serve.scenario")
TOKEN = option("--token", envvar="MDT_TOKEN", help="serve.token")
WATCH = option("--watch/--no-watch", default=True, show_default=True, help="serve.watch")


@command("serve", "serve.help", PORT, HOST, SERVICE, SCENARIO, TOKEN, WATCH, MOCKS)
def serve(*, only: str | None, mocks: Path | None, scenarios: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Names are checked before anything listens."""
    catalog = loading.catalog(mocks)
    if only is not None:
        loading.service(catalog, only)
    _serve(catalog, scenarios, as_json=as_json, only=only, **options)


@command("virtual", "virtual.help", THE_SERVICE, PORT, HOST, SCENARIO, TOKEN, WATCH, MOCKS)
def virtual(*, only: str, mocks: Path | None, scenarios: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Scenarios of the service lie over its virtual service."""
    catalog = loading.catalog(mocks)
    loading.virtual_service(catalog, only)
    _serve(catalog, (f"{only}.{VIRTUAL}", *scenarios), as_json=as_json, only=only, **options)


def _serve(catalog: Catalog, scenarios: tuple[str, ...], *, as_json: bool, **options: Any) -> None:
    selected = resolve(catalog, scenarios).labels() if scenarios else ()
    with _until_stopped() as stopped, started(catalog, scenarios=scenarios, on_change=_changed, **options) as server:
        document = _document(catalog, server, selected, options["only"])
        emit(document, as_json=as_json, human=lambda: _print(document))
        stopped.wait()
    note(say("serve.stopped"))


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """The event comes with SIGINT or SIGTERM; both do again what they did, afterwards."""
    stopped = threading.Event()
    before = {one: signal.signal(one, lambda *_: stopped.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _changed(result: Catalog | DefinitionError) -> None:
    """In the watcher's thread."""
    if isinstance(result, DefinitionError):
        note(say("serve.kept", problems="\n".join(map(str, result.problems))))
    else:
        note(say("serve.reloaded"))


def _document(catalog: Catalog, server: Started, selected: tuple[str, ...], only: str | None) -> dict[str, Any]:
    services = {name: server.address(name) for name in catalog.services if only in {None, name}}
    return {
        "url": server.url,
        "page": server.page,
        "token": server.token,
        "folder": str(catalog.folder),
        "selected": list(selected),
        "services": services,
    }


def _print(document: dict[str, Any]) -> None:
    click.echo(click.style(say("serve.ready", url=document["url"]), bold=True))
    width = max((len(name) for name in document["services"]), default=0)
    for name, url in document["services"].items():
        click.echo(f"  {name.ljust(width)}  {url}")
    click.echo(say("serve.page", url=document["page"]))
    click.echo(say("serve.selected", names=", ".join(document["selected"]) or say("serve.defaults")))
    if document["token"]:
        click.echo(say("serve.token-shown", token=document["token"]))
    click.echo(say("serve.stop"))
