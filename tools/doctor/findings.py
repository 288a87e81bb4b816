"""The findings of `flask doctor`'s checks, and what a check may look at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flask import Flask

from backend.core.settings import Settings

FindingState = Literal["ok", "warning", "problem"]
SECONDS = 1  # for anything on a network; a whole check has 2


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: its state, and what to do if it is not ok."""

    state: FindingState
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a check may look at; if the settings are unusable, there are none, and only a part of the application."""

    root: Path
    app: Flask
    settings: Settings | None
    error: Exception | None


Check = Callable[[Situation], list[Finding]]
WithSettings = Callable[
    [Situation, Any], list[Finding]
]  # Any: a module's settings are not imported, it may be the broken part


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warning(what: str, mend: str) -> Finding:
    return Finding("warning", what, mend)


def problem(what: str, mend: str) -> Finding:
    return Finding("problem", what, mend)


def needs_settings(check: WithSettings) -> Check:
    """The check; if the settings are unusable, a warning that it was not made."""

    def made(situation: Situation) -> list[Finding]:
        if situation.settings is None:
            return [warning("not looked at, because the application does not start", "mend the settings first")]
        return check(situation, situation.settings)

    return made
