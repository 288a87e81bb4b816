"""What a check of `flask doctor` finds, and what it may look at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flask import Flask

from backend.core.settings import Settings

State = Literal["ok", "warning", "problem"]
SECONDS = 1  # for anything on a network; a whole check has 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what to do about it where it is not well."""

    state: State
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to look at; without usable settings there are neither settings nor a whole application."""

    root: Path
    app: Flask
    settings: Settings | None
    error: Exception | None


Check = Callable[[Situation], list[Finding]]
WithSettings = Callable[[Situation, Any], list[Finding]]  # Any: a module's are not imported, it may be what is broken


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warning(what: str, mend: str) -> Finding:
    return Finding("warning", what, mend)


def problem(what: str, mend: str) -> Finding:
    return Finding("problem", what, mend)


def needs_settings(check: WithSettings) -> Check:
    """The check; or one warning, where the settings are not usable, that it was not made."""

    def made(situation: Situation) -> list[Finding]:
        if situation.settings is None:
            return [warning("not looked at, because the application does not start", "mend the settings first")]
        return check(situation, situation.settings)

    return made
