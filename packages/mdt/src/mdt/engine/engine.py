"""A request and a session in, an outcome out; the same for every transport."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from mdt.engine import scenarios
from mdt.engine.catalog import Catalog
from mdt.engine.content import ContentError, decoded
from mdt.engine.journal import Entry
from mdt.engine.messages import Fault, FaultKind, Request
from mdt.engine.outcome import Outcome
from mdt.engine.session import Session
from mdt.engine.turn import Hit, Turn

LARGE = 64 * 1024  # bytes of a body that takes time to parse


@dataclass(frozen=True, slots=True)
class Work:
    """What is left of an answer and takes time: `step` does the next part, in any thread, which may leave more work.

    `is_code`: it is a handler of a virtual service, which may sleep.
    """

    step: "Callable[[], Outcome | Work]"
    is_code: bool = False


class Engine:
    """Pure: no I/O, no sleeping. `catalog` is replaced as a whole when definitions are loaded again.

    It alone finds the service, picks the scenario, answers, and writes the session's journal.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def knows(self, host: str) -> bool:
        """Whether a service lives at this host."""
        return host in self.catalog.hosts

    def handle(
        self, request: Request, session: Session, service: str | None = None, *, by_path: bool = False
    ) -> Outcome:
        """Answers, and writes one entry into the session's journal, whatever the outcome.

        Without `service` it is found by the request's host and the base path of its url; with it, the request's path
        is relative to that base path. `by_path` is for requests to a server of many services, whose path may begin
        with the service's name; the entry then has the path without it.
        """
        outcome = self.begin(request, session, service, by_path=by_path)
        while isinstance(outcome, Work):
            outcome = outcome.step()
        return outcome

    def begin(
        self, request: Request, session: Session, service: str | None = None, *, by_path: bool = False
    ) -> Outcome | Work:
        """The same for who must not wait: what takes time is left as work."""
        answer = partial(self._answer, request, session, service, by_path=by_path)
        if len(request.body) > LARGE or (request.body and "content-encoding" in request.headers):
            return Work(partial(answer, decode=True))
        return answer()

    def _answer(
        self, request: Request, session: Session, service: str | None, *, by_path: bool, decode: bool = False
    ) -> Outcome | Work:
        turn = Turn(self.catalog, request, session)
        if decode:
            turn.request, turn.refused = _decoded(request)
        with session.lock:
            hit = turn.answer(service, by_path=by_path)
        if isinstance(hit, Hit):
            return _written(session, hit)
        pending = hit
        return Work(lambda: _written(session, pending.run()), is_code=pending.is_code)

    def shake_hands(self, session: Session, service: str | None, name: str | None) -> FaultKind | None:
        """The TLS fault whose certificate this connection gets, because the session's scenarios ask for one.

        A certificate is shown before any request, so it is chosen by the service that the listener is for, else by
        the `name` that the client asks for (SNI). A bad one is an entry in the journal: its request never comes.
        """
        with session.lock:
            shown = scenarios.bad_certificate(self.catalog, session, service, name)
            at = session.clock.now()
        if shown is None:
            return None
        request = Request("TLS", f"https://{name or shown.service}", name or "", "/")
        scenario = shown.scenario
        hit = Hit(request, Fault(shown.kind), shown.service, None, scenario.name, scenario.file, scenario.line)
        _write(session, hit, at)
        return shown.kind


def _decoded(request: Request) -> tuple[Request, ContentError | None]:
    """The request without its content codings; as it is, and why, when they cannot be taken off."""
    try:
        body = decoded(request.body, request.headers.get("content-encoding", ""))
    except ContentError as error:
        return request, error
    return replace(request, body=body) if body is not request.body else request, None


def _written(session: Session, hit: Hit) -> Outcome:
    _write(session, hit, session.clock.now())
    return hit.outcome


def _write(session: Session, hit: Hit, at: datetime) -> None:
    session.journal.append(
        Entry(
            session.journal.next_number(),
            at,
            hit.service,
            hit.route,
            hit.scenario,
            hit.request,
            hit.outcome,
            hit.file,
            hit.line,
        )
    )
