"""Which language the command line speaks, and what it says in it."""

import os
from collections.abc import Mapping
from contextvars import ContextVar

from mdt.cli.texts import TEXTS

LANGUAGES = ("en", "zh")
SETTINGS = ("MDT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides

_chosen: ContextVar[str | None] = ContextVar("mdt-language", default=None)


def choose(language: str | None) -> None:
    """What `--lang` says; None goes back to the environment."""
    _chosen.set(language)


def language(env: Mapping[str, str] = os.environ) -> str:
    """The language that was chosen, else the environment's; English when that is neither of ours."""
    return _chosen.get() or from_environment(env)


def from_environment(env: Mapping[str, str]) -> str:
    wanted = next((env[name] for name in SETTINGS if env.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def say(key: str, /, **values: object) -> str:
    """The text in the language that is spoken, filled in."""
    return in_language(language(), key, **values)


def in_language(name: str, key: str, /, **values: object) -> str:
    text = TEXTS[key][LANGUAGES.index(name)]
    return text.format(**values) if values else text
