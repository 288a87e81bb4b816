"""Answers one call: finds its session, asks the engine, and raises at once when nothing answers."""

from mdt.engine.messages import Fault, Passthrough, Reply, Request
from mdt.engine.outcome import Unmatched
from mdt.errors import UnmatchedRequestError
from mdt.inprocess.active_block import ActiveBlock, owner
from mdt.inprocess.hosts import allowed

type Dispatched = Reply | Fault | Passthrough | None  # None: let it through, its host is allowed


def answer(request: Request) -> Dispatched:
    """What the session says to it. Raises UnmatchedRequestError and NoSessionError; neither reaches the network."""
    block = owner(f"{request.method} {request.url}", request.headers)
    if block.allow_hosts and not block.engine.knows(request.host) and allowed(request.host, block.allow_hosts):
        return None
    return _handled(request, block)


def _handled(request: Request, block: ActiveBlock) -> Dispatched:
    outcome = block.engine.handle(request, block.session)
    if isinstance(outcome, Unmatched):
        block.unmatched.append(outcome.near_miss)
        raise UnmatchedRequestError((outcome.near_miss,))
    return outcome
