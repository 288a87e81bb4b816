"""Assertions about the calls of one service: called(...) and not_called(...). Their messages list the calls."""

from dataclasses import dataclass
from typing import Any

from mdt.definitions import Service
from mdt.definitions.matches import compile_match
from mdt.definitions.source import Source, located
from mdt.engine.journal import Entry
from mdt.engine.matching import RequestMatch
from mdt.engine.outcome import Unmatched
from mdt.engine.routes import RouteTable
from mdt.engine.session import Session
from mdt.errors import MdtError
from mdt.language import Words, _, clauses, joined, sentences
from mdt.suggest import did_you_mean

SHOWN = 10  # calls that a message shows


@dataclass(frozen=True, slots=True)
class Verdict:
    """The calls that were asked for; `message` says why they are not what was expected."""

    calls: list[Entry]
    message: str | None = None


class ServiceCalls:
    """The calls of one service: `m.inventory`."""

    def __init__(self, service: Service, session: Session) -> None:
        self._service = service
        self._session = session

    def calls(self, route: str | None = None, **match: Any) -> list[Entry]:
        """The answered calls, oldest first, of one route ("POST /reserve") if given, that match `match`.

        `match` has the parts and rules of a definition: json, query, headers, cookies, graphql, xml and so on. An object
        may have other keys, and {"min": 1} is a matcher.
        """
        wanted = compiled(match)
        return [entry for entry in self._answered(route) if fits(wanted, entry)]

    def called(self, route: str | None = None, *, times: int | None = None, **match: Any) -> list[Entry]:
        """Asserts at least one such call, or exactly `times`, and returns the calls."""
        verdict = self.verdict(route, times, match)
        if verdict.message is not None:
            raise AssertionError(str(verdict.message))
        return verdict.calls

    def verdict(self, route: str | None, times: int | None, match: dict[str, Any]) -> "Verdict":
        """The calls, and a message if they are not as many as they should be."""
        found = self.calls(route, **match)
        if (len(found) == times) if times is not None else found:
            return Verdict(found)
        expected = _("at least once") if times is None else how_often(times)
        return Verdict(found, self._message(route, match, expected, len(found)))

    def not_called(self, route: str | None = None, **match: Any) -> bool:
        """Asserts that there was no such call."""
        return not self.called(route, times=0, **match)

    def _answered(self, route: str | None) -> list[Entry]:
        entries = [entry for entry in self._session.journal.entries() if entry.service == self._service.name]
        answered = [entry for entry in entries if not isinstance(entry.outcome, Unmatched)]
        if route is None:
            return answered
        label, path = self._known(route)
        return [entry for entry in answered if entry.route == label and path in {None, entry.request.path}]

    def _known(self, route: str) -> tuple[str, str | None]:
        """Finds the route by its label, or by a path that fits it. Raises MdtError for an unknown route."""
        labels = self._labels()
        if route in labels:
            return route, None
        method, _space, path = route.partition(" ")
        for found in self._fitting(method, path):
            return found, self._service.base_path + path
        unknown = _("The service {service} has no route {route!r}.", service=self._service.name, route=route)
        raise MdtError(sentences(unknown, did_you_mean(route, labels)))

    def _labels(self) -> list[str]:
        """Of routes, handlers, stubs, and of all that answered so far."""
        own = [route.label for route in (*self._service.routes, *self._stubbed.routes)]
        heard = [entry.route for entry in self._session.journal.entries() if entry.service == self._service.name]
        return list(dict.fromkeys([*own, *_virtual_labels(self._service), *filter(None, heard)]))

    @property
    def _stubbed(self) -> RouteTable[Any]:
        return self._session.stubs.table(self._service.name)

    def _fitting(self, method: str, path: str) -> list[str]:
        table: RouteTable[Any] = self._service.table
        labels = [route.label for found in (self._stubbed, table) for route, _ in found.find(method, path)]
        virtual = self._service.dispatcher.find(method, path) if self._service.dispatcher else None
        return [*labels, virtual[0].label] if virtual else labels

    def _message(self, route: str | None, match: dict[str, Any], expected: Words, got: int) -> str:
        parts = joined((_(" with {name} {value!r}", name=name, value=value) for name, value in match.items()), "")
        what = {"service": self._service.name, "route": route or _("any route"), "parts": parts}
        lines: list[Words] = [
            _(
                "{service}: {route}{parts} was expected {times}, but was called {got}.",
                **what,
                times=expected,
                got=how_often(got),
            )
        ]
        entries = [entry for entry in self._session.journal.entries() if entry.service == self._service.name]
        lines += [f"  {_line(entry, match)}" for entry in entries[-SHOWN:]] or [
            f"  {_('The service was never called.')}"
        ]
        dropped = self._session.journal.dropped
        return "\n".join(
            map(str, [*lines, *([f"  {_('({count} older calls are forgotten)', count=dropped)}"] if dropped else [])])
        )


def fits(wanted: RequestMatch, entry: Entry) -> bool:
    """Whether the request of an entry matches."""
    try:
        return wanted.matches(entry.request)
    finally:
        entry.request.forget()


def _virtual_labels(service: Service) -> list[str]:
    return [route.label for route in service.dispatcher.routes] if service.dispatcher else []


def compiled(match: dict[str, Any]) -> RequestMatch:
    """The match of an assertion. Raises MdtError if it has mistakes."""
    source = Source("called()")
    compiled = compile_match(located(match), 0, source)
    if source.problems:
        raise MdtError(clauses(problem.text() for problem in source.problems))
    return compiled


def how_often(number: int) -> Words:
    few: dict[int, Words] = {0: _("never"), 1: _("once")}
    return few.get(number) or _("{count} times", count=number)


def _line(entry: Entry, match: dict[str, Any]) -> str:
    """One call, and the criteria that it does not meet."""
    asked = f"{entry.number}. {entry.request.method} {entry.request.path}"
    if isinstance(entry.outcome, Unmatched):
        return f"{asked} {_('unmatched: {reason}', reason=entry.outcome.near_miss.why)}"
    criteria = [str(one) for one in compiled(match).criteria(entry.request) if not one.ok]
    differs = f"   {'   '.join(criteria)}" if criteria else ""
    return f"{asked} → {entry.scenario}{differs}"
