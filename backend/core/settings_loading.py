"""Reads the settings of a process, core's and its modules', and names every problem that they have.

Values come from the process environment first, then from the env file of the environment
(`.env` for development and production, `.env.unit`, `.env.integration`).
"""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from backend.core.settings import ROOT, Settings, SettingsError

ENV_FILES = {"unit": ".env.unit", "integration": ".env.integration"}
FLASK_NAMES = {"FLASK_ENV": "app_env", "FLASK_HOST": "host", "FLASK_PORT": "port"}  # Flask 1's, and those of test plans
FLASK_ENVIRONMENTS = {"testing": "integration"}
FLASK_APP = "FLASK_APP"  # read by Flask's command line; no setting of ours


def compose(kinds: Iterable[type[Settings]]) -> type[Settings]:
    """One class with the settings of all these."""
    return type("ComposedSettings", (*reversed([*kinds]), Settings), {})


def load(kind: type[Settings]) -> Settings:
    """Read the settings of this process; raises `SettingsError` with every problem at once."""
    env_file = env_file_of_process()
    try:
        problems = _unreadable_or_unknown(kind, env_file)
        return _built(kind, env_file, problems)
    except UnicodeDecodeError:
        raise SettingsError([f"{env_file.name}: not UTF-8 text; save it as UTF-8"]) from None


def env_file_of_process() -> Path:
    """The env file that belongs to `APP_ENV`, whether it is there or not."""
    environment = os.environ.get("APP_ENV") or _by_flask_names(os.environ).get("app_env", "")
    return ROOT / ENV_FILES.get(environment, ".env")


def _by_flask_names(given: Mapping[str, str | None]) -> dict[str, str]:
    """Settings that are given by Flask's names alone: ours win."""
    given = {name.upper(): value for name, value in given.items()}
    values = {name: given.get(other) for other, name in FLASK_NAMES.items() if not given.get(name.upper())}
    return {name: FLASK_ENVIRONMENTS.get(value, value) for name, value in values.items() if value}


def _built(kind: type[Settings], env_file: Path, problems: list[str]) -> Settings:
    in_file = dotenv_values(env_file, encoding="utf-8")
    flask: dict[str, Any] = {**_by_flask_names(in_file | os.environ)}
    known = _without_unknown_names(kind)
    read = known if in_file.keys() & {*FLASK_NAMES, FLASK_APP} else kind
    try:
        settings = read(_env_file=env_file, _env_ignore_empty=True, **flask)
    except ValidationError as error:
        wrong = [item for item in error.errors() if item["type"] != "extra_forbidden"]
        broken = {str(item["loc"][0]) for item in wrong}
        rest = _problems_of_the_rest(
            known, env_file, flask | {name: kind.model_fields[name].default for name in broken}
        )
        of_the_rest = [problem for problem in rest if not any(name.upper() in problem for name in broken)]
        raise SettingsError([*problems, *map(_explain, wrong), *of_the_rest]) from None
    except SettingsError as error:
        raise SettingsError(problems + error.problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _without_unknown_names(kind: type[Settings]) -> type[Settings]:
    """The same settings for an env file with other names in it: `_unreadable_or_unknown` has told of those."""
    return type(kind.__name__, (kind,), {"model_config": SettingsConfigDict(extra="ignore")})


def _problems_of_the_rest(known: type[Settings], env_file: Path, defaults: Mapping[str, Any]) -> list[str]:
    """Problems between the settings that could be read."""
    try:
        known(_env_file=env_file, _env_ignore_empty=True, **defaults)
    except SettingsError as error:
        return error.problems
    return []


def _unreadable_or_unknown(kind: type[Settings], env_file: Path) -> list[str]:
    """Lines of the env file that name no setting, or no value."""
    if not env_file.is_file():
        return []
    known = {name.upper() for name in kind.model_fields} | {*FLASK_NAMES, FLASK_APP}
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
