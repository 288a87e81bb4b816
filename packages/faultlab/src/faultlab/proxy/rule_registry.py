"""The armed rules, the faults set off so far, and the replies that rules wait for."""

import math
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from faultlab.proxy.rules import At, Rule, ends_transaction, matcher
from faultlab.proxy.wire import Part, Unit


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that was set off."""

    monotonic: float
    fault: str
    moment: str
    where: str  # start of the statement, `connect`, or the number of connections struck
    problem: str = ""  # error raised by the rule's `then`


class Armed:
    """An armed rule, and how often it may still be set off."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.left: float = math.inf if rule.times is None else rule.times
        self._statement = matcher(rule.statement)
        self._written = matcher(rule.after_write)

    def wants(self, at: At, texts: Sequence[str], before: Collection[str]) -> bool:
        if self.rule.at is not at or self.left <= 0:
            return False
        if at is At.CONNECT:
            return True
        return any(self._statement(text) and self._follows(before, texts[:place]) for place, text in enumerate(texts))

    def _follows(self, *before: Collection[str]) -> bool:
        return self.rule.after_write is None or any(map(self._written, chain(*before)))


class RuleRegistry:
    """The rules of a proxy. `claim` reserves one use of a rule, which is then set off, or given back if its moment does not come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._fired: list[Fired] = []

    def arm(self, rules: Sequence[Rule]) -> None:
        armed = [Armed(rule) for rule in rules]
        with self._lock:
            self._armed = [*self._armed, *armed]

    def heal(self) -> None:
        """Remove all rules, also claimed ones."""
        with self._lock:
            self._armed = []

    def claim(self, at: At, texts: Sequence[str] = (), before: Collection[str] = ()) -> Armed | None:
        """The first matching rule; `before` are the earlier statements of the transaction."""
        if not self._armed:
            return None
        with self._lock:
            found = next((armed for armed in self._armed if armed.wants(at, texts, before)), None)
            if found:
                found.left -= 1
            return found

    def give_back(self, armed: Armed) -> None:
        with self._lock:
            armed.left += 1

    def set_off(self, armed: Armed, where: str) -> Fired | None:
        """Record the fault; None if the rule was healed since it was claimed."""
        with self._lock:
            return self._note(armed.rule.fault, armed.rule.moment, where) if armed in self._armed else None

    def note(self, fault: str, moment: str, where: str) -> None:
        """Record a fault without a rule."""
        with self._lock:
            self._note(fault, moment, where)

    def _note(self, fault: str, moment: str, where: str) -> Fired:
        self._fired.append(Fired(time.monotonic(), fault, moment, where))
        return self._fired[-1]

    def failed(self, fired: Fired, problem: str) -> None:
        """Record the error that its `then` raised."""
        with self._lock:
            self._fired = [replace(one, problem=problem) if one is fired else one for one in self._fired]

    def firings(self) -> list[Fired]:
        with self._lock:
            return list(self._fired)


# --- replies
REMEMBERED = 1000  # newest statements of a transaction


@dataclass(slots=True)
class TrackedReply:
    """The reply to a statement, and the rules that wait for it."""

    reply: Armed | None
    after: Armed | None
    kept: bytearray = field(default_factory=bytearray)


class ReplyTracker:
    """The replies of a connection that rules wait for."""

    def __init__(self, rules: RuleRegistry) -> None:
        self._rules = rules
        self._tracked: dict[Unit, TrackedReply] = {}

    def begin(self, unit: Unit, before: Collection[str]) -> None:
        """The unit is forwarded: claim the rules for its reply."""
        reply = self._rules.claim(At.REPLY, unit.texts, before)
        after = self._rules.claim(At.AFTER, unit.texts, before)
        if reply or after:
            self._tracked[unit] = TrackedReply(reply, after)

    def keeps(self, unit: Unit) -> bool:
        """True if the reply is buffered until it is complete."""
        tracked = self._tracked.get(unit)
        return tracked is not None and tracked.reply is not None

    def keep(self, part: Part) -> bytes:
        """Buffer a part; returns what the client needs at once because the server waits for it."""
        assert part.unit is not None  # noqa: S101 - only the parts of a unit's reply are kept
        tracked = self._tracked[part.unit]
        tracked.kept += part.raw
        if not part.asks:
            return b""
        passed = bytes(tracked.kept)
        tracked.kept.clear()
        return passed

    def replied(self, unit: Unit) -> tuple[Armed, bytes]:
        """The reply is complete: its rule, and its bytes."""
        tracked = self._tracked[unit]
        armed, tracked.reply = tracked.reply, None
        assert armed is not None  # noqa: S101 - keeps() said so
        return armed, bytes(tracked.kept)

    def __contains__(self, unit: Unit) -> bool:
        return unit in self._tracked

    def passed_on(self, unit: Unit) -> Armed | None:
        """The client has the reply: the rule for AFTER, if any."""
        tracked = self._tracked.pop(unit, None)
        return tracked.after if tracked else None

    def drop(self) -> bytes:
        """No reply will come: give the rules back; returns the buffered bytes."""
        kept = b""
        for tracked in self._tracked.values():
            kept += tracked.kept
            for armed in filter(None, (tracked.reply, tracked.after)):
                self._rules.give_back(armed)
        self._tracked.clear()
        return kept


class Transaction:
    """The statements since the last COMMIT or ROLLBACK."""

    def __init__(self) -> None:
        self.seen: dict[str, None] = {}

    def note(self, unit: Unit) -> None:
        for text in unit.texts:
            if ends_transaction(text):
                self.seen.clear()
            else:
                self.seen[text] = None
        while len(self.seen) > REMEMBERED:
            del self.seen[next(iter(self.seen))]
