"""One call: found its session, asked the engine, and raised at once when nothing answers."""

from mdt.engine.messages import Fault, Passthrough, Reply, Request
from mdt.engine.outcome import Unmatched
from mdt.errors import UnmatchedRequestError
from mdt.inprocess.active_block import Live, owner
from mdt.inprocess.hosts import allowed

type Answer = Reply | Fault | Passthrough | None  # None: let it through, its host is allowed


def answer(request: Request) -> Answer:
    """What the session says to it. Raises UnmatchedRequestError and NoSessionError; neither reaches the network."""
    live = owner(f"{request.method} {request.url}", request.headers)
    if live.allow_hosts and not live.engine.knows(request.host) and allowed(request.host, live.allow_hosts):
        return None
    return _handled(request, live)


def _handled(request: Request, live: Live) -> Answer:
    outcome = live.engine.handle(request, live.session)
    if isinstance(outcome, Unmatched):
        live.unmatched.append(outcome.near_miss)
        raise UnmatchedRequestError((outcome.near_miss,))
    return outcome
