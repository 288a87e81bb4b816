"""What is kept of an environment whose test failed, for the report: timeline, journal, the gateway's log."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from balancer.mock.journal import Entry
from balancer.testing.errors import EnvironmentSetupError

LOG_LINES = 200
ENTRIES = 50


class Witness(Protocol):
    """An environment that can still be asked."""

    def evidence(self) -> list[tuple[str, str]]: ...


@dataclass
class Collected:
    """The open environments, and what those left that have failed. One per process; tests run one after another."""

    open: list[Witness] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)

    def sections(self) -> list[tuple[str, str]]:
        """Titles and texts of everything since the last call."""
        found = [*self.left, *(section for one in self.open for section in one.evidence())]
        self.left.clear()
        return found


COLLECTED = Collected()


def timeline(entries: Sequence[Entry]) -> str:
    """One line an attempt: seconds since the first, provider, what it did, how that ended."""
    if not entries:
        return "no provider was asked"
    begin = entries[0].at
    return "\n".join(
        f"{one.at - begin:8.3f} s  {one.provider} #{one.attempt}  {one.behavior}  "
        f"{one.status if one.status is not None else '-'}  {one.outcome}"
        + (f"  {one.chunks} events" if one.stream else "")
        + (f"  {one.seconds:.3f} s" if one.seconds is not None else "")
        for one in entries[-ENTRIES:]
    )


def journal_text(entries: Sequence[Entry]) -> str:
    """JSON, one entry a line; credentials are masked already."""
    return "\n".join(json.dumps(one.as_json(), ensure_ascii=False, default=str)[:4000] for one in entries[-ENTRIES:])


def tail(log: str) -> str:
    return "\n".join(log.splitlines()[-LOG_LINES:])


def sections_of(name: str, journal: Callable[[], Sequence[Entry]], log: Callable[[], str]) -> list[tuple[str, str]]:
    """Titles and texts for the report of a failed test; without a journal the reason for that."""
    gateway = (f"gateway log of {name}", tail(log()))
    try:
        entries = journal()
    except EnvironmentSetupError as error:
        return [(f"mock providers of {name}", str(error)), gateway]
    return [(f"attempts of {name}", timeline(entries)), (f"journal of {name}", journal_text(entries)), gateway]
