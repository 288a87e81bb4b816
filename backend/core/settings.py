"""The settings, checked at the start: unusable ones stop it, with every problem listed. `current()` in a request.

A module adds its own in a subclass, `SETTINGS` of its settings.py, and gives itself a typed `current()`.
"""

from typing import Self

import click
from pydantic import model_validator

from backend.core import running, settings_checks
from backend.core.settings_fields import ROOT, Address, Seconds
from backend.core.settings_jobs import JobSettings

__all__ = ["ROOT", "Address", "Seconds", "Settings", "SettingsError", "current", "current_as"]


class SettingsError(click.ClickException):
    """The settings are not usable; `problems` lists every one, each saying what to do."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the settings are not usable:\n{lines}\nEvery setting is described in .env.example.")


class Settings(JobSettings):
    """The settings, validated. Raises `SettingsError` for what the checks find."""

    def problems(self) -> list[str]:
        """Every reason why they must not be used, each saying what to do; a module adds its own to these."""
        return settings_checks.problems(self)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if problems := self.problems():
            raise SettingsError(problems)
        return self


def current() -> Settings:
    """The settings of the running application."""
    return current_as(Settings)


def current_as[Kind: Settings](kind: type[Kind]) -> Kind:
    """The same, typed as the class of a module; raises `TypeError` if the application was built without them."""
    settings = running.extension("settings")
    if not isinstance(settings, kind):
        raise TypeError(f"the application has no {kind.__name__}; build it with the settings of backend.settings")
    return settings
