"""A scenario's answer, compiled: ready, or made for each call; and how it is sent: its latency, in pieces, or as a fault.

Latencies are seconds, drawn from the session's random numbers.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Protocol

from mdt.engine.call import Call
from mdt.engine.messages import Answered, Chunk, Fault, FaultKind, Passthrough, Reply
from mdt.engine.routes import encoded


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same for each call."""

    seconds: float

    def draw(self, random: Random) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any wait between the two is as likely as another."""

    least: float
    most: float

    def draw(self, random: Random) -> float:
        return random.uniform(self.least, self.most)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Half of the waits are below the median; `sigma` is the spread of the logarithm; none exceeds `most`."""

    median: float
    sigma: float
    most: float

    def draw(self, random: Random) -> float:
        return min(random.lognormvariate(math.log(self.median), self.sigma), self.most)


type Latency = Fixed | Uniform | Lognormal


class Answer(Protocol):
    """What a scenario answers with."""

    def outcome(self, call: Call) -> Answered: ...


@dataclass(frozen=True, slots=True)
class Ready:
    """The same for each call; made when the definitions are loaded."""

    ready: Answered

    def outcome(self, call: Call) -> Answered:
        return self.ready


@dataclass(frozen=True, slots=True)
class Made:
    """Made for each call: from templates, or with a latency that is drawn. `takes_time`: a template may loop or build much."""

    make: Callable[[Call], Reply]
    shaping: "Shaping"
    takes_time: bool = False

    def outcome(self, call: Call) -> Answered:
        latency = self.shaping.latency
        delay = latency.draw(call.session.random) if latency else 0.0
        return self.shaping.shaped(self.make(call), delay)


@dataclass(frozen=True, slots=True)
class Dribble:
    """The body in so many pieces, the last one `over` seconds after the first byte's turn."""

    chunks: int
    over: float

    def split(self, body: bytes) -> tuple[Chunk, ...]:
        count = max(1, min(self.chunks, len(body)))
        cuts = [round(index * len(body) / count) for index in range(count + 1)]
        wait = self.over / count
        return tuple(Chunk(wait, body[start:end]) for start, end in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class Shaping:
    """What happens to a reply on its way out."""

    latency: Latency | None = None
    dribble: Dribble | None = None
    fault: FaultKind | None = None

    def shaped(self, reply: Reply, delay: float) -> Answered:
        if self.dribble:
            reply = replace(reply, body=b"", chunks=self.dribble.split(reply.content()))
        if self.fault:
            return Fault(self.fault, reply, delay)
        return replace(reply, delay=delay) if delay else reply


@dataclass(frozen=True, slots=True)
class Forward:
    """On to the real service: the same path and query below `base`, or the very URL that was asked for."""

    base: str
    same: bool = False  # `passthrough: true`

    def outcome(self, call: Call) -> Answered:
        request = call.request
        if self.same and request.url.startswith(self.base):
            return Passthrough(request.url)
        query = f"?{request.query}" if request.query else ""
        return Passthrough(self.base.rstrip("/") + encoded(call.address) + query)


@dataclass(frozen=True, slots=True)
class InTurn:
    """Other scenarios of the same route, one call after the other; the last one stays. The engine resolves it."""

    names: tuple[str, ...]

    def outcome(self, call: Call) -> Answered:
        raise AssertionError("the engine resolves sequences")
