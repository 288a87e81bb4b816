"""The rules of the proxy: what happens, at which moment of which statement, how often; and how statements are matched.

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
    """The moments of a connection at which a rule acts."""

    CONNECT = "connect"  # a client has connected; the server does not know yet
    BEFORE = "before"  # the statement has arrived and is not forwarded
    REPLY = "reply"  # its complete reply has arrived and is not forwarded
    AFTER = "after"  # the complete reply was forwarded


class How(StrEnum):
    """The kinds of actions; the table above describes each at each moment."""

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
    """One fault. Statements are matched by the client's text without surrounding comments.

    The bare words COMMIT, ROLLBACK, BEGIN and PING as `statement` match the whole statement in any spelling
    (`commit work;`, `END`), and no part of another one (`SET AUTOCOMMIT = 0`). A prepared statement matches when it is
    executed. Of several rules for one moment, the first armed one acts.
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


# --- statements
MOST = 64 * 1024  # characters of a statement that are matched

BEGINNING = re.compile(r"(?:\s|/\*(?!!).*?\*/|--[^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z))*", re.DOTALL)
TAIL = r"(?:\s+(?:WORK|TRANSACTION))?(?:\s+AND\s+(?:NO\s+)?CHAIN)?(?:\s+(?:NO\s+)?RELEASE)?"
WHOLE = {
    "COMMIT": rf"(?:COMMIT|END){TAIL}",
    "ROLLBACK": rf"(?:ROLLBACK|ABORT){TAIL}",
    "BEGIN": r"(?:BEGIN|START\s+TRANSACTION)\b.*",
    "PING": r"PING",
}
WHOLE_STATEMENTS = {word: re.compile(pattern, re.IGNORECASE | re.DOTALL) for word, pattern in WHOLE.items()}

type Matches = Callable[[str], bool]


def statement_text(raw: bytes | memoryview) -> str:
    """The text of a statement from the wire, without surrounding comments; PING if it is empty."""
    text = str(bytes(raw[: 4 * MOST]), "utf-8", "replace")[:MOST]
    return _without_end(text[_end_of_beginning(text) :]) or "PING"


def _end_of_beginning(text: str) -> int:
    found = BEGINNING.match(text)
    return found.end() if found else 0


def _without_end(text: str) -> str:
    while True:
        text = text.rstrip(" \t\r\n;\0")
        comment = text.rfind("/*") if text.endswith("*/") else -1
        if comment < 0:
            return text
        text = text[:comment]


def matcher(pattern: str | None) -> Matches:
    """A function that tells whether a text from `statement_text` matches a rule's pattern."""
    if pattern is None:
        return lambda _: True
    whole = WHOLE_STATEMENTS.get(pattern.strip().upper())
    if whole:
        return lambda text: whole.fullmatch(text) is not None
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.search(text) is not None


is_commit = matcher("COMMIT")
is_rollback = matcher("ROLLBACK")


def ends_transaction(text: str) -> bool:
    return is_commit(text) or is_rollback(text)
