"""`mdt mock monitor`: what a running server answers, live in a terminal, once elsewhere."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdt.cli.mock.monitor_view import NEWEST, Watched, view
from mdt.cli.options import MOCKS, SERVER, SESSION, TOKEN, command, option
from mdt.cli.output import emit, interactive, show
from mdt.cli.remote import address_of, connected
from mdt.errors import UnknownServiceError
from mdt.language import _

if TYPE_CHECKING:
    from mdt.server.client import Client

SERVICE = option("--service", "-s", "service", required=True, metavar="S", help=_("The service."))
ONCE = option("--once", is_flag=True, help=_("Print it once and end; so it is too where stdout is no terminal."))
PAUSE = 0.5  # seconds between two looks


@command(
    "monitor",
    _("Watch a service on a running server: each scenario with its calls, and the newest calls."),
    SERVICE,
    SESSION,
    SERVER,
    TOKEN,
    ONCE,
    MOCKS,
)
def monitor(
    *,
    service: str,
    session: str,
    server: str | None,
    token: str | None,
    once: bool,
    mocks: Path | None,
    as_json: bool,
) -> None:
    """Ctrl-C is the way to end it, and no failure."""
    url = address_of(server, mocks)
    with connected(url, token) as client:
        watched = Watched(session, url, _service(client, service, session))
        _look(client, watched)
        if once or as_json or not interactive():
            emit(watched.as_json(), as_json=as_json, human=lambda: show(view(watched)))
        else:
            _live(client, watched)


def _service(client: "Client", name: str, session: str) -> dict[str, Any]:
    """Raises UnknownServiceError."""
    services = {one["name"]: one for one in client.catalog(session)["services"]}
    if name not in services:
        raise UnknownServiceError(name, services)
    found: dict[str, Any] = services[name]
    return found


def _look(client: "Client", watched: Watched) -> None:
    """What is new since the last look."""
    entries = client.journal(watched.session, watched.last, limit=NEWEST, brief=True, service=watched.name)
    watched.look(_service(client, watched.name, watched.session), entries)


def _live(client: "Client", watched: Watched) -> None:
    from rich.live import Live

    with Live(view(watched), auto_refresh=False, screen=True) as live:
        try:
            while True:
                time.sleep(PAUSE)
                _look(client, watched)
                live.update(view(watched), refresh=True)
        except KeyboardInterrupt:
            pass
