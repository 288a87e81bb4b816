"""Texts in the reader's language, by gettext: `_("No {kind} here.", kind="MySQL")` is translated when it is shown.

Each package has its own `Translations`. English texts are in the source, Chinese ones in locale/zh/LC_MESSAGES/<package>.po,
which is compiled when the package is built or installed.
"""

import gettext
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
SETTINGS = (
    "MDT_LANG",
    "LC_ALL",
    "LC_MESSAGES",
    "LANG",
)  # environment variables after the package's own; the first that is set decides

_chosen: list[str] = []  # for all threads of the process
_spoken: ContextVar[str | None] = ContextVar("testdb-language", default=None)


def choose(language: str | None) -> None:
    """Set the language of the process, as `--lang` does; None returns to the environment."""
    _chosen[:] = [language] if language else []


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use another language inside the block, in this thread or task only."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


class Message:
    """A text that `str()` translates into the current language; values may be messages or errors too."""

    def __init__(self, translations: "Translations", text: str, values: Mapping[str, Any]) -> None:
        self._translations, self._text, self._values = translations, text, values

    def __str__(self) -> str:
        text = self._translations.translate(self._text)
        return text.format_map(self._values) if self._values else text

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return repr(str(self))


class Joined(Message):
    """Texts joined by a separator, which is a text too."""

    def __init__(self, between: str | Message, parts: Iterable[object]) -> None:
        self._between, self._parts = between, list(parts)

    def __str__(self) -> str:
        return str(self._between).join(map(str, self._parts))


class Translations:
    """The texts of a package; the environment variable `setting` chooses its language."""

    def __init__(self, domain: str, folder: Path, setting: str) -> None:
        self._domain, self._folder, self._setting = domain, folder, setting

    def __call__(self, text: str, /, **values: Any) -> Message:
        return Message(self, text, values)

    def translate(self, text: str) -> str:
        """The text in the current language; English without a translation."""
        return _catalogue(self._domain, self._folder, self.language()).gettext(text)

    def language(self, env: Mapping[str, str] = os.environ) -> str:
        """The current language: by `speaking`, else `choose`, else the environment, else English."""
        return _spoken.get() or (_chosen[0] if _chosen else self._from_environment(env))

    def _from_environment(self, env: Mapping[str, str]) -> str:
        wanted = next((env[name] for name in (self._setting, *SETTINGS) if env.get(name)), "")
        return "zh" if wanted.lower().startswith("zh") else "en"


@cache
def _catalogue(domain: str, folder: Path, language: str) -> gettext.NullTranslations:
    return gettext.translation(domain, folder, [language], fallback=True)


_ = Translations("testdb", Path(__file__).with_name("locale"), "TESTDB_LANG")
