"""What `mdt mock monitor` shows: counts by route and scenario as a tree, and the newest calls; made from the journal."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mdt.cli.language import say

if TYPE_CHECKING:
    from rich.console import RenderableType

NEWEST = 10


@dataclass(slots=True)
class Watched:
    """One service in one session. `routes` has every scenario that there is, by route."""

    service: str
    title: str
    session: str
    url: str
    routes: Mapping[str, Iterable[str]]
    selected: str = ""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmatched: int = 0
    newest: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=NEWEST))
    last: int = 0

    def add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Entries of the journal as JSON; those of other services are passed over."""
        for entry in entries:
            self.last = max(self.last, entry["number"])
            if entry["service"] != self.service:
                continue
            self.newest.append(entry)
            if "unmatched" in entry:
                self.unmatched += 1
            else:
                self.counts[entry["route"], entry["scenario"]] += 1

    def restart(self) -> None:
        """After a reset of the session."""
        self.counts.clear()
        self.newest.clear()
        self.unmatched = 0

    def rows(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Route, and its scenarios with their calls: all that exist, and those that were there when they were called."""
        routes = {route: list(names) for route, names in self.routes.items()}
        for route, name in self.counts:
            names = routes.setdefault(route, [])
            if name not in names:
                names.append(name)
        return [(route, [(name, self.counts[route, name]) for name in names]) for route, names in routes.items()]

    def as_json(self) -> dict[str, Any]:
        routes = [
            {
                "route": route,
                "calls": sum(calls for _, calls in scenarios),
                "scenarios": [{"name": name, "calls": calls} for name, calls in scenarios],
            }
            for route, scenarios in self.rows()
        ]
        return {
            "service": self.service,
            "session": self.session,
            "server": self.url,
            "selected": self.selected,
            "calls": self.counts.total(),
            "unmatched": self.unmatched,
            "routes": routes,
            "newest": list(self.newest),
        }


def answer(entry: Mapping[str, Any]) -> str:
    """An outcome in a word."""
    if "reply" in entry:
        return str(entry["reply"]["status"])
    if "fault" in entry:
        return f"⚡ {entry['fault']['kind']}"
    if "passthrough" in entry:
        return f"→ {entry['passthrough']}"
    return "✗"


def view(watched: Watched) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text
    from rich.tree import Tree

    title = say("monitor.title", service=watched.service, session=watched.session, url=watched.url)
    root = Tree(Text.assemble((title, "bold"), f"   {watched.title}"))
    if watched.selected:
        root.add(Text.assemble((say("monitor.plays") + "  ", "dim"), (watched.selected, "cyan")))
    for route, scenarios in watched.rows():
        calls = sum(count for _, count in scenarios)
        branch = root.add(Text.assemble((route, "bold" if calls else "dim"), f"   {say('monitor.calls', count=calls)}"))
        for name, count in scenarios:
            branch.add(Text.assemble((name, "green" if count else "dim"), f"   {count}"))
    if watched.unmatched:
        root.add(Text(say("monitor.unmatched", count=watched.unmatched), style="red"))
    return Group(root, Text(), _newest(watched))


def _newest(watched: Watched) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    if not watched.newest:
        return Text(say("monitor.none"), style="dim")
    table = Table(box=None, pad_edge=False, title=say("monitor.newest"), title_justify="left")
    for heading in ("monitor.at", "monitor.request", "monitor.scenario", "monitor.answer"):
        table.add_column(say(heading), overflow="fold")
    for entry in reversed(watched.newest):
        at = datetime.fromisoformat(entry["at"]).astimezone().strftime("%H:%M:%S")
        request = f"{entry['request']['method']} {entry['request']['url']}"
        style = "red" if "unmatched" in entry else ""
        table.add_row(at, Text(request, style=style), entry["scenario"] or "", Text(answer(entry), style=style))
    return table
