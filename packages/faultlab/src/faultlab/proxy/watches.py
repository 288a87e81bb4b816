"""Rules that wait for replies, and what has come of these replies; the statements of a transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field

from faultlab.proxy.book import Armed, Book
from faultlab.proxy.rules import At
from faultlab.proxy.statements import ends_transaction
from faultlab.proxy.wire import Part, Unit

REMEMBERED = 1000  # statements of a transaction, the newest


@dataclass(slots=True)
class Watch:
    """For one statement's reply."""

    reply: Armed | None
    after: Armed | None
    kept: bytearray = field(default_factory=bytearray)


class Watches:
    """Of one connection."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._of: dict[Unit, Watch] = {}

    def begin(self, unit: Unit, before: Collection[str]) -> None:
        """The unit is forwarded: claim the rules for its reply."""
        reply = self._book.claim(At.REPLY, unit.texts, before)
        after = self._book.claim(At.AFTER, unit.texts, before)
        if reply or after:
            self._of[unit] = Watch(reply, after)

    def keeps(self, unit: Unit) -> bool:
        """Whether the reply is kept until it is complete."""
        watch = self._of.get(unit)
        return watch is not None and watch.reply is not None

    def keep(self, part: Part) -> bytes:
        """What has to be given all the same: the server waits for the client."""
        assert part.unit is not None  # noqa: S101 - only the parts of a unit's reply are kept
        watch = self._of[part.unit]
        watch.kept += part.raw
        if not part.asks:
            return b""
        given = bytes(watch.kept)
        watch.kept.clear()
        return given

    def replied(self, unit: Unit) -> tuple[Armed, bytes]:
        """The rule for the reply, which is complete, and the reply."""
        watch = self._of[unit]
        armed, watch.reply = watch.reply, None
        assert armed is not None  # noqa: S101 - or it would not have been kept
        return armed, bytes(watch.kept)

    def __contains__(self, unit: Unit) -> bool:
        return unit in self._of

    def given(self, unit: Unit) -> Armed | None:
        """The rule for the moment after the reply; nothing more is to come for this unit."""
        watch = self._of.pop(unit, None)
        return watch.after if watch else None

    def drop(self) -> bytes:
        """The replies do not come: give the rules back; what has come of the replies."""
        kept = b""
        for watch in self._of.values():
            kept += watch.kept
            for armed in filter(None, (watch.reply, watch.after)):
                self._book.give_back(armed)
        self._of.clear()
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
