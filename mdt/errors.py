"""Every error of mdt. The text of one is the whole message: what happened, where, what to do next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.suggest import did_you_mean

if TYPE_CHECKING:
    from mdt.engine.near_miss import NearMiss


class MdtError(Exception):
    """The base of all: catch this one to catch every error of mdt."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a definition, and where."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f". {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}: {self.message}{hint}"


class DefinitionError(MdtError):
    """The definitions cannot be used; `problems` holds all that is wrong with them, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line)))
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        super().__init__("\n".join([f"The mock definitions have {count}:", *map(str, self.problems)]))


class UnknownScenarioError(MdtError):
    """No scenario and no composition has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        hint = did_you_mean(name, known)
        super().__init__(f"There is no scenario {name!r}. {hint or '`mdt mock list` shows the names.'}")


class SelectionError(MdtError):
    """Scenarios that cannot be selected together, or none at all."""


class NoSessionError(MdtError):
    """A call from a thread that belongs to no session, while scenarios are active."""


class UnmatchedRequestError(MdtError):
    """Requests that no route answers; `reports` says for each what the closest route asked for."""

    def __init__(self, reports: "Sequence[NearMiss]") -> None:
        self.reports = tuple(reports)
        super().__init__("\n\n".join(map(str, self.reports)))
