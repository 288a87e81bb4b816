"""Reads the settings of a process, core's and its modules', and names every problem that they have.

Values come from the process environment first, then from the env file of the environment
(`.env` for development and production, `.env.unit`, `.env.integration`).
"""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from backend.core.settings import ROOT, Settings, SettingsError

ENV_FILES = {"unit": ".env.unit", "integration": ".env.integration"}


def compose(kinds: Iterable[type[Settings]]) -> type[Settings]:
    """One class with the settings of all these."""
    return type("ComposedSettings", (*reversed([*kinds]), Settings), {})


def load(kind: type[Settings]) -> Settings:
    """Read the settings of this process; raises `SettingsError` with every problem at once."""
    env_file = ROOT / ENV_FILES.get(os.environ.get("APP_ENV", ""), ".env")
    try:
        problems = _unreadable_or_unknown(kind, env_file)
        return _built(kind, env_file, problems)
    except UnicodeDecodeError:
        raise SettingsError([f"{env_file.name}: not UTF-8 text; save it as UTF-8"]) from None


def _built(kind: type[Settings], env_file: Path, problems: list[str]) -> Settings:
    try:
        settings = kind(_env_file=env_file, _env_ignore_empty=True)
    except ValidationError as error:
        wrong = [item for item in error.errors() if item["type"] != "extra_forbidden"]
        broken = {str(item["loc"][0]) for item in wrong}
        raise SettingsError(
            [*problems, *map(_explain, wrong), *_problems_of_the_rest(kind, env_file, broken)]
        ) from None
    except SettingsError as error:
        raise SettingsError(problems + error.problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _problems_of_the_rest(kind: type[Settings], env_file: Path, broken: set[str]) -> list[str]:
    """Problems between the settings that could be read."""
    known = type(
        "KnownSettings", (kind,), {"model_config": SettingsConfigDict(extra="ignore")}
    )  # unknown names are reported above
    defaults: dict[str, Any] = {name: kind.model_fields[name].default for name in broken}
    try:
        known(_env_file=env_file, _env_ignore_empty=True, **defaults)
    except SettingsError as error:
        return [problem for problem in error.problems if not any(name.upper() in problem for name in broken)]
    return []


def _unreadable_or_unknown(kind: type[Settings], env_file: Path) -> list[str]:
    """Lines of the env file that name no setting, or no value."""
    if not env_file.is_file():
        return []
    known = {name.upper() for name in kind.model_fields}
    problems = []
    for name, value in dotenv_values(env_file, encoding="utf-8").items():
        if value is None:
            problems.append(f"{env_file.name}: {name!r} has no value; write NAME=value")
        elif name.upper() not in known:
            problems.append(f"{env_file.name}: {name} is no setting{_suggest(name, known)}")
    return problems


def _suggest(name: str, known: set[str]) -> str:
    near = get_close_matches(name.upper(), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _explain(item: Any) -> str:
    """One pydantic error as `NAME: what is wrong`, without the value, which may be a secret."""
    name = ".".join(str(part) for part in item["loc"]).upper()
    return f"{name}: {item['msg']}"
