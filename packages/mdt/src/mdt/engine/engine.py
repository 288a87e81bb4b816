"""The engine: answers a request in a session, the same way for every transport."""

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
from mdt.engine.preference import Preference
from mdt.engine.session import Session
from mdt.engine.turn import Hit, Turn

LARGE = 64 * 1024  # bytes; parsing a larger body takes time


@dataclass(frozen=True, slots=True)
class Work:
    """The part of an answer that takes time. `step` does it in any thread; its result may be more work.

    `is_code`: it is a handler of a virtual service, which may sleep.
    """

    step: "Callable[[], Outcome | Work]"
    is_code: bool = False


class Engine:
    """Finds the service, picks the scenario, answers, and writes the session's journal. It does no I/O and never sleeps.

    Assign `catalog` to play other definitions.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def knows(self, host: str) -> bool:
        """Whether a service has this host."""
        return host in self.catalog.hosts

    def handle(
        self, request: Request, session: Session, service: str | None = None, *, by_path: bool = False
    ) -> Outcome:
        """Answers, and writes one entry into the session's journal, whatever the outcome.

        Without `service`, the request's host and path tell the service. With it, the request's path is relative to the
        service's base path. `by_path` is for a server of many services: the path may begin with the service's name,
        which the journal's entry leaves out.
        """
        outcome = self.begin(request, session, service, by_path=by_path)
        while isinstance(outcome, Work):
            outcome = outcome.step()
        return outcome

    def begin(
        self,
        request: Request,
        session: Session,
        service: str | None = None,
        *,
        by_path: bool = False,
        prefer: Preference | None = None,
    ) -> Outcome | Work:
        """Like `handle`, for callers that must not wait: returns the work if answering takes time.

        `prefer` chooses the scenario for this call.
        """
        turn = Turn(self.catalog, request, session, prefer=prefer)
        if request.body and (len(request.body) > LARGE or "content-encoding" in request.headers):
            return Work(partial(self._answer, turn, service, by_path=by_path, decode=True))
        return self._answer(turn, service, by_path=by_path)

    def _answer(self, turn: Turn, service: str | None, *, by_path: bool, decode: bool = False) -> Outcome | Work:
        session = turn.session
        if decode:
            turn.request, turn.refused = _decoded(turn.request)
        with session.lock:
            hit = turn.answer(service, by_path=by_path)
        if isinstance(hit, Hit):
            return _written(session, hit)
        pending = hit
        return Work(lambda: _written(session, pending.run()), is_code=pending.is_code)

    def shake_hands(self, session: Session, service: str | None, name: str | None) -> FaultKind | None:
        """The TLS fault that the session's scenarios ask for; None for a good certificate.

        The certificate is sent before the request is known. So the service of the listener decides, else the `name` that
        the client asks for (SNI). A bad certificate gets an entry in the journal, because its request never arrives.
        """
        with session.lock:
            shown = scenarios.bad_certificate(self.catalog, session, service, name)
            at = session.clock.now()
        if shown is None:
            return None
        request = Request("TLS", f"https://{name or shown.service}", name or "", "/")
        scenario = shown.scenario
        hit = Hit(request, Fault(shown.kind), shown.service, None, scenario.name, scenario.file, scenario.line)
        _written(session, hit, at)
        return shown.kind


def _decoded(request: Request) -> tuple[Request, ContentError | None]:
    """The request with its body decoded; or the same request and the error."""
    try:
        body = decoded(request.body, request.headers.get("content-encoding", ""))
    except ContentError as error:
        return request, error
    return replace(request, body=body) if body is not request.body else request, None


def _written(session: Session, hit: Hit, at: datetime | None = None) -> Outcome:
    """Writes the journal's entry."""
    session.journal.append(
        Entry(
            session.journal.next_number(),
            at or session.clock.now(),
            hit.service,
            hit.route,
            hit.scenario,
            hit.request,
            hit.outcome,
            hit.file,
            hit.line,
        )
    )
    return hit.outcome
