"""Which rules wait for which reply, the replies kept back for them, and the statements of the open transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field

from faultlab.proxy.rule_registry import Armed, RuleRegistry
from faultlab.proxy.rules import At
from faultlab.proxy.statements import ends_transaction
from faultlab.proxy.wire import Part, Unit

REMEMBERED = 1000  # statements of a transaction, the newest


@dataclass(slots=True)
class TrackedReply:
    """The reply to one statement, and the rules that wait for it."""

    reply: Armed | None
    after: Armed | None
    kept: bytearray = field(default_factory=bytearray)


class ReplyTracker:
    """The replies of one connection."""

    def __init__(self, rules: RuleRegistry) -> None:
        self._rules = rules
        self._tracked: dict[Unit, TrackedReply] = {}

    def begin(self, unit: Unit, before: Collection[str]) -> None:
        """The server gets the unit: claim the rules for its reply."""
        reply = self._rules.claim(At.REPLY, unit.texts, before)
        after = self._rules.claim(At.AFTER, unit.texts, before)
        if reply or after:
            self._tracked[unit] = TrackedReply(reply, after)

    def keeps(self, unit: Unit) -> bool:
        """Whether the reply is kept until it is complete."""
        tracked = self._tracked.get(unit)
        return tracked is not None and tracked.reply is not None

    def keep(self, part: Part) -> bytes:
        """What the client needs at once all the same: the server waits for it."""
        assert part.unit is not None  # noqa: S101 - only the parts of a unit's reply are kept
        tracked = self._tracked[part.unit]
        tracked.kept += part.raw
        if not part.asks:
            return b""
        passed = bytes(tracked.kept)
        tracked.kept.clear()
        return passed

    def replied(self, unit: Unit) -> tuple[Armed, bytes]:
        """The rule for a reply that is complete now, and the reply."""
        tracked = self._tracked[unit]
        armed, tracked.reply = tracked.reply, None
        assert armed is not None  # noqa: S101 - keeps() said so
        return armed, bytes(tracked.kept)

    def __contains__(self, unit: Unit) -> bool:
        return unit in self._tracked

    def passed_on(self, unit: Unit) -> Armed | None:
        """The client has the whole reply: the rule for the moment after it."""
        tracked = self._tracked.pop(unit, None)
        return tracked.after if tracked else None

    def drop(self) -> bytes:
        """The replies will not come: give the rules back, and return what was kept of the replies."""
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
