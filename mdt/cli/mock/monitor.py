"""`mdt mock monitor`: what a running server answers, live in a terminal, once elsewhere."""

import sys
import time
from pathlib import Path

from mdt.cli.exits import wrong_usage
from mdt.cli.language import say
from mdt.cli.mock.monitor_view import Watched, view
from mdt.cli.options import MOCKS, SERVER, SESSION, TOKEN, command, option
from mdt.cli.output import emit, show
from mdt.cli.remote import Remote, address_of, connect
from mdt.suggest import did_you_mean

SERVICE = option("--service", "-s", "service", required=True, metavar="S", help="monitor.service")
ONCE = option("--once", is_flag=True, help="monitor.once")
PAUSE = 0.5  # seconds between two looks


@command("monitor", "monitor.help", SERVICE, SESSION, SERVER, TOKEN, ONCE, MOCKS)
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
    remote = connect(url, token)
    watched = _begin(remote, service, session, url)
    _look(remote, watched)
    if once or as_json or not sys.stdout.isatty():
        emit(watched.as_json(), as_json=as_json, human=lambda: show(view(watched)))
        return
    _live(remote, watched)


def _begin(remote: Remote, service: str, session: str, url: str) -> Watched:
    services = {one["name"]: one for one in remote.services()}
    if service not in services:
        raise wrong_usage(f"{say('usage.service', name=service)} {did_you_mean(service, services)}".rstrip())
    found = services[service]
    routes = {route["route"]: route["scenarios"] for route in found["routes"]}
    return Watched(service, found["title"], session, url, routes)


def _look(remote: Remote, watched: Watched) -> None:
    """What is new since the last look."""
    watched.selected = ", ".join(remote.selected(watched.session))
    watched.add(remote.journal(watched.session, watched.last))


def _live(remote: Remote, watched: Watched) -> None:
    from rich.live import Live

    with Live(view(watched), auto_refresh=False, screen=True) as live:
        try:
            while True:
                time.sleep(PAUSE)
                _look(remote, watched)
                live.update(view(watched), refresh=True)
        except KeyboardInterrupt:
            pass
