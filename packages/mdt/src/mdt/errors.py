"""The errors of mdt. Each message says what happened, where, and what to do next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mdt.language import Words, _, sentences
from mdt.suggest import did_you_mean


class MdtError(Exception):
    """The base of all errors of mdt. Its text is in the language of the reader."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition, and its place. `message` and `hint` are the texts of `what` and `mend`."""

    file: str
    line: int
    what: Words
    mend: Words = ""

    @property
    def message(self) -> str:
        return str(self.what)

    @property
    def hint(self) -> str:
        return str(self.mend)

    def text(self) -> Words:
        """Message and hint, without the place."""
        return _("{message}. {hint}", message=self.what, hint=self.mend) if self.mend else self.what

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text()}"


class DefinitionError(MdtError):
    """The definitions cannot be used; `problems` lists every problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = (
            _("The mock definitions have 1 problem:")
            if count == 1
            else _("The mock definitions have {count} problems:", count=count)
        )
        return "\n".join(map(str, (head, *self.problems)))


class UnknownScenarioError(MdtError):
    """No scenario and no composition has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        hint = did_you_mean(name, known) or _("`mdt mock list` shows the names.")
        super().__init__(sentences(_("There is no scenario {name!r}.", name=name), hint))


class UnknownCallbackError(MdtError):
    """No callback has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        hint = did_you_mean(name, known) or _("`mdt mock list` shows the names.")
        super().__init__(sentences(_("There is no callback {name!r}.", name=name), hint))


class UnknownServiceError(MdtError):
    """No service has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(unknown_service(name, known))


def unknown_service(name: str, known: Iterable[str]) -> Words:
    """The message of UnknownServiceError."""
    return sentences(_("There is no service {name!r}.", name=name), did_you_mean(name, known))


class UnknownEnvironmentError(MdtError):
    """mdt.yaml has no environment of this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        hint = did_you_mean(name, known) or _("`environments` in mdt.yaml lists them.")
        super().__init__(sentences(_("There is no environment {name!r}.", name=name), hint))


class UnknownDatasetError(MdtError):
    """No folder of datasets/ has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(sentences(_("There is no data set {name!r}.", name=name), did_you_mean(name, known)))


class SelectionError(MdtError):
    """These scenarios cannot be selected together, or none is given."""


class NoAnswerError(MdtError):
    """A dispatcher has no answer for this request; the text is the reason that the report gives."""


class NoSessionError(MdtError):
    """A thread without a session made a call while scenarios are active."""


class Report(Protocol):
    """A report about an unmatched request; `str` gives all of it."""

    @property
    def reason(self) -> str: ...


class UnmatchedRequestError(MdtError):
    """No route answers these requests; `reports` has the near miss of each."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = tuple(reports)
        super().__init__(self.reports)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.reports))
