"""Collects everything that is wrong with definitions, with the place of each problem."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mdt.definitions.located import Table, line_of
from mdt.errors import Problem
from mdt.suggest import did_you_mean


@dataclass(slots=True)
class Source:
    """One file that is being read: its name for messages, and the list that all problems go to."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, line, message, hint))

    def table(self, value: Any, line: int, what: str) -> Table:
        """The value when it is a mapping; an empty one, and a problem, when it is not."""
        if isinstance(value, Table):
            return value
        self.wrong(line, f"{what} is a mapping, not {kind(value)}")
        return Table(line)

    def known_keys(self, table: Table, known: Iterable[str], what: str) -> None:
        """A problem for each key that means nothing here."""
        known = tuple(known)
        for key in table:
            if key not in known:
                self.wrong(line_of(table, key), f"{what} has no key {key!r}", did_you_mean(key, known))

    def text(self, table: Table, key: str, default: str = "") -> str:
        """The text under a key; a problem when it is something else."""
        value = table.get(key, default)
        if isinstance(value, str):
            return value
        self.wrong(line_of(table, key), f"{key!r} is a text, not {kind(value)}", f'Write it in quotes: "{value}"')
        return default


_KINDS: Mapping[type, str] = {bool: "true or false", int: "a number", float: "a number", str: "a text"}


def kind(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"{_KINDS.get(type(value), 'something else')} ({str(value)[:40]!r})"
