"""The moments of a request at which a fault can be set off, and where the proxy finds them.

Only the proxy can tell m4 (COMMIT does not arrive) from m5 (it is applied and its reply is lost): the service sees the same
error.
"""

from dataclasses import dataclass
from typing import Any

from faultlab.adapter import Adapter
from faultlab.language import _
from faultlab.proxy import At, How, Rule
from faultlab.report_model import Text

COMMIT = r"COMMIT"

MOMENTS: dict[str, Text] = {
    "m0": Text.of(_("before connecting")),
    "m1": Text.of(_("idle in the pool")),
    "m2": Text.of(_("write sent, no reply yet")),
    "m3": Text.of(_("between write and COMMIT")),
    "m4": Text.of(_("COMMIT not forwarded")),
    "m5": Text.of(_("COMMIT applied, reply lost")),
    "m6": Text.of(_("COMMIT delivered late")),
    "m7": Text.of(_("after COMMIT")),
    "m8": Text.of(_("while a repeat reads")),
}


@dataclass(frozen=True)
class Point:
    """A moment on the wire: a statement, and before or after it."""

    at: At
    statement: str  # attribute of the adapter, or COMMIT
    in_write: bool = False


POINTS: dict[str, Point] = {
    "m2": Point(At.REPLY, "write"),
    "m3": Point(At.AFTER, "write"),
    "m4": Point(At.BEFORE, COMMIT, in_write=True),
    "m5": Point(At.REPLY, COMMIT, in_write=True),
    "m6": Point(At.BEFORE, COMMIT, in_write=True),
    "m7": Point(At.AFTER, COMMIT, in_write=True),
    "m8": Point(At.REPLY, "read"),
}


def rule(adapter: Adapter, moment: str, how: How, *, at: At | None = None, **more: Any) -> Rule:
    """The proxy's rule for a fault at this moment; `at` overrides the side of the statement."""
    if moment == "m0":
        return Rule(at=At.CONNECT, how=how, moment=moment, **more)
    point = POINTS[moment]
    statement = COMMIT if point.statement == COMMIT else getattr(adapter, point.statement)
    return Rule(
        at=at or point.at,
        how=how,
        statement=statement,
        after_write=adapter.write if point.in_write else None,
        moment=moment,
        **more,
    )
