"""One request played against the definitions without a server: who answers, what, and what each criterion says."""

from dataclasses import dataclass
from typing import Any

from mdt.cli.exits import wrong_usage
from mdt.cli.mock.sample import Sent
from mdt.definitions import Catalog, Route, Service
from mdt.engine.engine import Engine
from mdt.engine.journal import Entry
from mdt.engine.masking import outcome_as_json, request_as_json
from mdt.engine.outcome import Criterion, Unmatched
from mdt.engine.paths import decoded
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.language import _


@dataclass(frozen=True, slots=True)
class Trial:
    """The entry that the engine wrote, with the verdict of each criterion."""

    entry: Entry
    criteria: tuple[Criterion, ...]

    @property
    def answered(self) -> bool:
        return not isinstance(self.entry.outcome, Unmatched)

    def as_json(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "request": request_as_json(entry.request),
            "answered": self.answered,
            "route": entry.route,
            "scenario": entry.scenario,
            "file": entry.file,
            "line": entry.line,
            "criteria": [one.as_json() for one in self.criteria],
            **outcome_as_json(entry.outcome),
        }


class Testbed:
    """A session of its own with one scenario of one service."""

    def __init__(self, catalog: Catalog, service: Service, scenario: str) -> None:
        self.service = service
        self._engine = Engine(catalog)
        self._session = Session("debug", resolve(catalog, f"{service.name}.{scenario}"))

    def play(self, sent: Sent) -> Trial:
        request = sent.to(self.service.url, self.service.host)
        outcome = self._engine.handle(request, self._session, self.service.name)
        entry = self._session.journal.entries()[-1]
        if isinstance(outcome, Unmatched):
            return Trial(entry, outcome.near_miss.criteria)
        return Trial(entry, self._verdicts(entry, sent))

    def _verdicts(self, entry: Entry, sent: Sent) -> tuple[Criterion, ...]:
        """All are fine, or it would not have been answered; their names say what was looked at."""
        route = next((one for one in self.service.routes if one.label == entry.route), None)
        looked_at = tuple(route.match.criteria(entry.request)) if route and _answered_by(route, entry) else ()
        return (
            Criterion("method", True, sent.method),
            Criterion("path", True),
            *looked_at,
            Criterion("scenario", True, f"{self.service.name}.{entry.scenario}"),
        )


def _answered_by(route: Route, entry: Entry) -> bool:
    """A virtual service may have a route of the same name."""
    return entry.scenario in route.scenarios


def parsed(request: str, body: str | None, headers: tuple[str, ...]) -> Sent:
    """'POST /path?query', with a body and "name: value" headers. Raises CommandError."""
    method, _space, target = request.strip().partition(" ")
    path, _mark, query = target.strip().partition("?")
    if not method.isalpha() or not path.startswith("/"):
        raise wrong_usage(
            _("{given!r} is no request. Write method and path: 'POST /internal/inventory/check'", given=request)
        )
    given = dict(map(_header, headers))
    if body is not None:
        given.setdefault("content-type", "application/json")
    return Sent(method.upper(), decoded(path), query, given, (body or "").encode())


def _header(written: str) -> tuple[str, str]:
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise wrong_usage(_("{given!r} is no header. Write 'name: value'", given=written))
    return name.strip().lower(), value.strip()
