"""A definition file while it is read: its mappings and lists with their line numbers, and its problems."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mdt.errors import Problem
from mdt.language import N_, Words, _
from mdt.suggest import did_you_mean


class Table(dict[str, Any]):
    """A mapping. `line` is its first line, `lines` has the line of each key."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Rows(list[Any]):
    """A list. `line` is its first line, `lines` has the line of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def line_of(container: Table | Rows, key: str | int) -> int:
    """The line of a key or an item; if the key is missing, the line of the mapping."""
    if isinstance(container, Table):
        return container.lines.get(str(key), container.line)
    return container.lines[int(key)]


def plain(value: Any) -> Any:
    """The value without line numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def located(value: Any, line: int = 0) -> Any:
    """Turns plain Python into the tables that the compilers of definitions read."""
    if isinstance(value, dict):
        table = Table(line)
        table.update({key: located(item, line) for key, item in value.items()})
        return table
    if isinstance(value, list | tuple):
        rows = Rows(line)
        rows.extend(located(item, line) for item in value)
        rows.lines = [line] * len(rows)
        return rows
    return value


@dataclass(slots=True)
class Source:
    """One file: its name for messages, and the list that collects problems."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, message: Words, hint: Words = "") -> None:
        self.problems.append(Problem(self.file, line, message, hint))

    def table(self, value: Any, line: int, what: Words) -> Table:
        """The value if it is a mapping; else reports a problem and returns an empty one."""
        if isinstance(value, Table):
            return value
        self.wrong(line, _("{what} is a mapping, not {kind}", what=what, kind=kind(value)))
        return Table(line)

    def known_keys(
        self, table: Table, known: Iterable[str], what: Words, others: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Reports unknown keys. `others` maps keys of other tools to ours."""
        known = tuple(known)
        for key in table:
            if key not in known:
                self.wrong(
                    line_of(table, key),
                    _("{what} has no key {key!r}", what=what, key=key),
                    did_you_mean(others.get(key, key), known),
                )

    def text(self, table: Table, key: str, default: str = "") -> str:
        """The text under a key; reports a problem if it is something else."""
        value = table.get(key, default)
        if isinstance(value, str):
            return value
        message = _("{key!r} is a text, not {kind}", key=key, kind=kind(value))
        self.wrong(line_of(table, key), message, _('Write it in quotes: "{value}"', value=str(value)))
        return default

    def truth(self, table: Table, key: str) -> bool:
        """The truth under a key, false if it is missing; reports a problem if it is something else."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.wrong(line_of(table, key), _("{key!r} is true or false, not {kind}", key=key, kind=kind(value)))
        return value is True


_KINDS: Mapping[type, str] = {
    bool: N_("true or false ({value!r})"),
    int: N_("a number ({value!r})"),
    float: N_("a number ({value!r})"),
    str: N_("a text ({value!r})"),
}
_OTHER = N_("something else ({value!r})")


def kind(value: Any) -> Words:
    """The kind of a value, in words."""
    if value is None:
        return _("empty")
    if isinstance(value, dict):
        return _("a mapping")
    if isinstance(value, list):
        return _("a list")
    return _(_KINDS.get(type(value), _OTHER), value=str(value)[:40])
