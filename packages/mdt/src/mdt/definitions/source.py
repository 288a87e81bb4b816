"""A file of definitions that is being read: its mappings and lists with their lines, and everything that is wrong in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mdt.errors import Problem
from mdt.language import N_, Words, _
from mdt.suggest import did_you_mean


class Table(dict[str, Any]):
    """A mapping; `line` is where it begins, `lines` where each key stands."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Rows(list[Any]):
    """A list; `lines` is where each item stands."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def line_of(container: Table | Rows, key: str | int) -> int:
    """The line of a key or an item; of the container itself when it has none."""
    if isinstance(container, Table):
        return container.lines.get(str(key), container.line)
    return container.lines[int(key)]


def plain(value: Any) -> Any:
    """The same without lines."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@dataclass(slots=True)
class Source:
    """One file that is being read: its name for messages, and the list that all problems go to."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, message: Words, hint: Words = "") -> None:
        self.problems.append(Problem(self.file, line, message, hint))

    def table(self, value: Any, line: int, what: Words) -> Table:
        """The value when it is a mapping; an empty one, and a problem, when it is not."""
        if isinstance(value, Table):
            return value
        self.wrong(line, _("{what} is a mapping, not {kind}", what=what, kind=kind(value)))
        return Table(line)

    def known_keys(
        self, table: Table, known: Iterable[str], what: Words, others: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """A problem for each key that means nothing here; `others` are words of other tools, with ours."""
        known = tuple(known)
        for key in table:
            if key not in known:
                self.wrong(
                    line_of(table, key),
                    _("{what} has no key {key!r}", what=what, key=key),
                    did_you_mean(others.get(key, key), known),
                )

    def text(self, table: Table, key: str, default: str = "") -> str:
        """The text under a key; a problem when it is something else."""
        value = table.get(key, default)
        if isinstance(value, str):
            return value
        message = _("{key!r} is a text, not {kind}", key=key, kind=kind(value))
        self.wrong(line_of(table, key), message, _('Write it in quotes: "{value}"', value=str(value)))
        return default


_KINDS: Mapping[type, str] = {
    bool: N_("true or false ({value!r})"),
    int: N_("a number ({value!r})"),
    float: N_("a number ({value!r})"),
    str: N_("a text ({value!r})"),
}
_OTHER = N_("something else ({value!r})")


def kind(value: Any) -> Words:
    """What a value is, in words."""
    if value is None:
        return _("empty")
    if isinstance(value, dict):
        return _("a mapping")
    if isinstance(value, list):
        return _("a list")
    return _(_KINDS.get(type(value), _OTHER), value=str(value)[:40])
