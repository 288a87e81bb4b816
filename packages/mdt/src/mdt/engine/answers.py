"""The answers that scenarios are compiled to, and how each is sent: after a latency, in pieces, or as a fault.

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
    """Waits the same time for each call."""

    seconds: float

    def draw(self, random: Random) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Uniform:
    """Waits between `least` and `most`; every value is equally likely."""

    least: float
    most: float

    def draw(self, random: Random) -> float:
        return random.uniform(self.least, self.most)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Waits log-normally: half of the waits are below `median`, `sigma` is the spread of the logarithm, `most` the limit."""

    median: float
    sigma: float
    most: float

    def draw(self, random: Random) -> float:
        return min(random.lognormvariate(math.log(self.median), self.sigma), self.most)


type Latency = Fixed | Uniform | Lognormal


class Answer(Protocol):
    """What a scenario answers."""

    def outcome(self, call: Call) -> Answered: ...


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer that is made once, when the definitions are loaded."""

    ready: Answered

    def outcome(self, call: Call) -> Answered:
        return self.ready


@dataclass(frozen=True, slots=True)
class Made:
    """An answer that is made for each call, because it has templates or a random latency.

    `takes_time`: rendering it may take more than a millisecond.
    """

    make: Callable[[Call], Reply]
    shaping: "Shaping"
    takes_time: bool = False

    def outcome(self, call: Call) -> Answered:
        latency = self.shaping.latency
        delay = latency.draw(call.session.random) if latency else 0.0
        return self.shaping.shaped(self.make(call), delay)


@dataclass(frozen=True, slots=True)
class Dribble:
    """Sends the body in `chunks` pieces; the last one leaves `over` seconds after the headers."""

    chunks: int
    over: float

    def split(self, body: bytes) -> tuple[Chunk, ...]:
        count = max(1, min(self.chunks, len(body)))
        cuts = [round(index * len(body) / count) for index in range(count + 1)]
        wait = self.over / count
        return tuple(Chunk(wait, body[start:end]) for start, end in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class Shaping:
    """How a reply is sent."""

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
    """Forwards the call to the real service: to its path and query below `base`, or, if `same`, to the URL that was called."""

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
    """Plays scenarios of the same route one after the other and stays at the last. The engine resolves it."""

    names: tuple[str, ...]

    def outcome(self, call: Call) -> Answered:
        raise AssertionError("the engine resolves sequences")
