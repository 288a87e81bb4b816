"""The armed rules, and every fault that they set off. Safe to use from the proxy's thread and the tests' at once."""

import math
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from faultlab.proxy.rules import At, Rule
from faultlab.proxy.statements import matcher


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that was set off."""

    monotonic: float
    fault: str
    moment: str
    where: str  # the beginning of the statement; `connect`; how many connections a strike hit
    problem: str = ""  # the error that the rule's `then` raised


class Armed:
    """A rule, and how often it may still fire."""

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
    """`claim` takes one of a rule's times; then it is set off, or given back if its moment does not come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Armed] = []
        self._fired: list[Fired] = []

    def arm(self, rules: Sequence[Rule]) -> None:
        armed = [Armed(rule) for rule in rules]
        with self._lock:
            self._armed = [*self._armed, *armed]

    def heal(self) -> None:
        """Forget all rules, claimed ones too."""
        with self._lock:
            self._armed = []

    def claim(self, at: At, texts: Sequence[str] = (), before: Collection[str] = ()) -> Armed | None:
        """The first rule that matches; `before`: the statements that the transaction has had so far."""
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
        """None if the rule was healed since it was claimed."""
        with self._lock:
            return self._note(armed.rule.fault, armed.rule.moment, where) if armed in self._armed else None

    def note(self, fault: str, moment: str, where: str) -> None:
        """Note a fault that no rule made."""
        with self._lock:
            self._note(fault, moment, where)

    def _note(self, fault: str, moment: str, where: str) -> Fired:
        self._fired.append(Fired(time.monotonic(), fault, moment, where))
        return self._fired[-1]

    def failed(self, fired: Fired, problem: str) -> None:
        """Note that its `then` raised an error."""
        with self._lock:
            self._fired = [replace(one, problem=problem) if one is fired else one for one in self._fired]

    def firings(self) -> list[Fired]:
        with self._lock:
            return list(self._fired)
