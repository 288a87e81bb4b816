"""`mdt mock monitor`: shows the calls of a running server, live in a terminal, else once."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdt.cli.commands import MOCKS, SERVER, SESSION, TOKEN, command, option
from mdt.cli.mock.datasets import surroundings
from mdt.cli.output import emit, interactive, show
from mdt.cli.targets import address_of, connected
from mdt.engine.datasets import SHARED
from mdt.errors import UnknownServiceError
from mdt.language import Words, _

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mdt.server.client import Client

NEWEST = 10


@dataclass(slots=True)
class Watched:
    """One service in one session. `found` is the server's description: routes, scenarios, counts, selection."""

    session: str
    url: str
    found: Mapping[str, Any]
    newest: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=NEWEST))
    last: int = 0
    stubs: list[Mapping[str, Any]] = field(default_factory=list)  # of the session, for this service
    callbacks: list[Mapping[str, Any]] = field(default_factory=list)  # those that wait for the session's clock
    around: Mapping[str, Any] = field(default_factory=lambda: {"environment": None, "dataset": SHARED})

    @property
    def name(self) -> str:
        return str(self.found["name"])

    @property
    def selected(self) -> str:
        """The selected scenarios; "" if the default plays."""
        return ", ".join(f"{self.name}.{one}" for one in self.found["selected"])

    @property
    def unmatched(self) -> int:
        """The number of unmatched calls."""
        return int(self.found["calls"]) - sum(map(_calls, self.found["routes"]))

    def look(self, found: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> None:
        """Gets the newest state. `entries` are the service's entries since `last`, without bodies."""
        self.found = found
        if not found["calls"]:
            self.newest.clear()  # the session was reset
        for entry in entries:
            self.last = max(self.last, entry["number"])
            self.newest.append(entry)

    def as_json(self) -> dict[str, Any]:
        routes = [
            {
                "route": route["route"],
                "calls": _calls(route),
                "scenarios": [{"name": one["name"], "calls": one["calls"]} for one in route["scenarios"]],
            }
            for route in self.found["routes"]
        ]
        return {
            "service": self.name,
            "title": self.found["title"],
            "session": self.session,
            "server": self.url,
            "environment": self.around["environment"],
            "dataset": self.around["dataset"],
            "selected": list(self.found["selected"]),
            "calls": self.found["calls"],
            "unmatched": self.unmatched,
            "stubs": list(self.stubs),
            "callbacks": list(self.callbacks),
            "routes": routes,
            "newest": list(self.newest),
        }


def _calls(route: Mapping[str, Any]) -> int:
    return sum(int(one["calls"]) for one in route["scenarios"])


def answer(entry: Mapping[str, Any]) -> str:
    """An outcome, in short."""
    return ANSWERS[entry["kind"]](entry)


ANSWERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "reply": lambda entry: str(entry["status"]),
    "fault": lambda entry: f"⚡ {entry['fault']}",
    "passthrough": lambda entry: f"→ {entry['to']}",
    "unmatched": lambda _: "✗",
    "undelivered": lambda _: "✗",
}


def view(watched: Watched) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    return Group(_tree(watched), Text(), _newest(watched))


def _tree(watched: Watched) -> "RenderableType":
    from rich.text import Text
    from rich.tree import Tree

    found = watched.found
    title = _("{service}   session {session}   {url}", service=watched.name, session=watched.session, url=watched.url)
    root = Tree(Text.assemble((str(title), "bold"), f"   {found['title']}"))
    plays = watched.selected or _("{name} (default)", name=found["default"] or "-")
    root.add(Text.assemble((f"{_('plays now')}  ", "dim"), (str(plays), "cyan")))
    if around := surroundings(watched.around):
        root.add(Text.assemble((f"{_('plays in')}  ", "dim"), (str(around), "cyan")))
    for route in found["routes"]:
        calls = _calls(route)
        label = Text.assemble((route["route"], "bold" if calls else ""), f"   {_('calls {count}', count=calls)}")
        branch = root.add(label)
        for one in route["scenarios"]:
            branch.add(Text.assemble((one["name"], "green" if one["calls"] else "dim"), f"   {one['calls']}"))
    for word, what in _own(watched):
        root.add(Text.assemble((f"{word}  ", "dim"), what))
    if watched.unmatched:
        root.add(Text(str(_("unmatched {count}", count=watched.unmatched)), style="red"))
    return root


def _own(watched: Watched) -> Iterator[tuple[Words, str]]:
    """What the session alone has."""
    yield from ((_("stub"), f"{one['route']}   {one['id']}") for one in watched.stubs)
    yield from ((_("callback waits"), f"{one['callback']}   {one['at']}") for one in watched.callbacks)


def _newest(watched: Watched) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    if not watched.newest:
        return Text(str(_("no calls yet")), style="dim")
    table = Table(box=None, pad_edge=False, title=str(_("newest calls")), title_justify="left")
    for heading in (_("at"), _("request"), _("scenario"), _("answer")):
        table.add_column(str(heading), overflow="fold")
    for entry in reversed(watched.newest):
        at = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S")
        style = "red" if entry["kind"] == "unmatched" else ""
        request = Text(f"{entry['method']} {entry['url']}", style=style)
        table.add_row(at, request, entry["scenario"] or "", Text(answer(entry), style=style))
    return table


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
    """Runs until Ctrl-C, which is success."""
    url = address_of(server, mocks)
    with connected(url, token) as client:
        watched = Watched(session, url, _service(client.catalog(session), service))
        _look(client, watched)
        if once or as_json or not interactive():
            emit(watched.as_json(), as_json=as_json, human=lambda: show(view(watched)))
        else:
            _live(client, watched)


def _service(catalog: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Raises UnknownServiceError."""
    services = {one["name"]: one for one in catalog["services"]}
    if name not in services:
        raise UnknownServiceError(name, services)
    found: dict[str, Any] = services[name]
    return found


def _look(client: "Client", watched: Watched) -> None:
    """The new entries since the last look."""
    entries = client.journal(watched.session, watched.last, limit=NEWEST, brief=True, service=watched.name)
    watched.around = client.catalog(watched.session)
    watched.stubs = [one for one in client.stubs(watched.session) if one["service"] == watched.name]
    waiting = client.callbacks(watched.session)["pending"]
    watched.callbacks = [one for one in waiting if one["service"] == watched.name]
    watched.look(_service(watched.around, watched.name), entries)


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
