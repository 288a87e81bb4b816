"""What a rule of the proxy says: at which moment of which statement, what happens, and how often.

| how    | at CONNECT                          | BEFORE                             | REPLY                              | AFTER                       |
|--------|-------------------------------------|------------------------------------|------------------------------------|-----------------------------|
| RESET  | RST to both sides, always           |                                    |                                    |                             |
| FIN    | both connections end in order, always |                                  |                                    |                             |
| STALL  | nothing flows any more in either direction, until `heal`: the server's connection, its transaction and its locks stay |||       |
| SLOW   | what is said until the connection is ready comes a byte at a time, `seconds` before each | so does the statement | so does the reply | nothing flows for `seconds` |
| CUT    | `count` bytes of the greeting, then RST | `count` bytes of the statement reach the server, then RST | `count` bytes of the reply, then RST | -      |
| HOLD   | the way to the server opens later   | the client is cut off; the statement is delivered later, its reply is thrown away | the reply is given later | - |
| ERROR  | an error in place of a greeting, then the end | the server never sees it | the server did it, and the client hears of an error | an error out of the blue, then the end |
| REFUSE | as `Proxy.refuse()`: nobody listens any more, whatever is open is reset, always |   |                                    |                             |
| PASS   | nothing, after `then`, always       |                                    |                                    |                             |
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from faultlab.language import Message, _


class At(StrEnum):
    """Moments of a connection's life."""

    CONNECT = "connect"  # a new connection, before the server hears of it
    BEFORE = "before"  # the statement has come and is not forwarded
    REPLY = "reply"  # it was forwarded; its complete reply has come and is not given
    AFTER = "after"  # the complete reply was given


class How(StrEnum):
    """What happens; the table above says it for each moment."""

    RESET = "reset"
    FIN = "fin"
    STALL = "stall"
    SLOW = "slow"
    CUT = "cut"
    HOLD = "hold"
    ERROR = "error"
    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105 - no password


NOTHING_LEFT = {
    (At.AFTER, How.CUT): _("there is nothing to cut once the reply was given: use RESET"),
    (At.AFTER, How.HOLD): _("there is nothing to hold once the reply was given: hold the next statement BEFORE"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault. A statement is told by its text as the client wrote it, without comments around it.

    The bare words COMMIT, ROLLBACK, BEGIN and PING as `statement` mean the whole statement, however it is written
    (`commit work;`, `END`), and never a part of another one (`SET AUTOCOMMIT = 0`). A prepared statement is met when
    it is executed, not when it is prepared. Of several rules for one moment, the first one armed is taken.
    """

    at: At
    how: How
    statement: str | None = None
    """Regular expression, searched for without regard to case. None: any statement. CONNECT: not used."""
    after_write: str | None = None
    """Only if the connection has seen a statement that matches since its last COMMIT or ROLLBACK."""
    times: int | None = 1
    """How often it is set off; None: until it is healed."""
    seconds: float = 0
    """HOLD: until it is delivered; 0: not before `release()`. SLOW: before each byte."""
    count: int = 0
    """CUT: so many bytes come through. HOLD BEFORE: 1 leaves the client without an answer instead of resetting it."""
    error: int | str = 0
    """ERROR: MySQL's error number or PostgreSQL's SQLSTATE."""
    then: Callable[[], object] | None = None
    """Called in a thread before it happens, while everything of this connection waits. It must not stop the proxy."""
    fault: str = ""
    moment: str = ""

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise ValueError(_("rule {how} at {at}: {problem}", how=self.how, at=self.at, problem=problem))


def _problem(rule: Rule) -> Message | None:
    for name, pattern in (("statement", rule.statement), ("after_write", rule.after_write)):
        if pattern is not None and (reason := _not_a_pattern(pattern)):
            return _("`{name}` is no regular expression: {reason}", name=name, reason=reason)
    wrong = (
        (rule.times is not None and rule.times < 1, _("`times` must be 1 or more, or None for every time")),
        (rule.seconds < 0 or rule.count < 0, _("`seconds` and `count` cannot be negative")),
        (rule.how is How.SLOW and not rule.seconds, _("SLOW needs `seconds`")),
        (
            rule.how is How.ERROR and not rule.error,
            _("ERROR needs `error`: MySQL's number, e.g. 1213, or PostgreSQL's SQLSTATE, e.g. 40P01"),
        ),
    )
    return next((text for is_so, text in wrong if is_so), NOTHING_LEFT.get((rule.at, rule.how)))


def _not_a_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return ""
