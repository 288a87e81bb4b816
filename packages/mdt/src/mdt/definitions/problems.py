"""Collects everything that is wrong with definitions, with the place of each problem."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mdt.definitions.located import Table, line_of
from mdt.errors import Problem
from mdt.language import N_, Words, _
from mdt.suggest import did_you_mean


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

    def known_keys(self, table: Table, known: Iterable[str], what: Words) -> None:
        """A problem for each key that means nothing here."""
        known = tuple(known)
        for key in table:
            if key not in known:
                self.wrong(
                    line_of(table, key), _("{what} has no key {key!r}", what=what, key=key), did_you_mean(key, known)
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
