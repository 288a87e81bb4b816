"""Texts in their reader's language, by gettext: `_("No {kind} here.", kind="MySQL")` is translated when it is read, not when it is made.

Each package has a `Translations` of its own. The English text stands in the source, the Chinese one in
locale/zh/LC_MESSAGES/<package>.po, which is compiled when the package is built or installed.
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
)  # environment variables after a package's own: the first set one decides

_chosen: list[str] = []  # for the whole process, its threads too
_spoken: ContextVar[str | None] = ContextVar("testdb-language", default=None)


def choose(language: str | None) -> None:
    """Speak this language in the whole process, as `--lang` asks; None goes back to the environment."""
    _chosen[:] = [language] if language else []


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak another language within the block, in this thread or task alone."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


class Message:
    """A text that `str()` gives in the language that is spoken then; values may be messages or errors themselves."""

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
    """Several texts one after the other, with another one between them."""

    def __init__(self, between: str | Message, parts: Iterable[object]) -> None:
        self._between, self._parts = between, list(parts)

    def __str__(self) -> str:
        return str(self._between).join(map(str, self._parts))


class Translations:
    """The texts of one package. `setting` is the environment variable that chooses its language."""

    def __init__(self, domain: str, folder: Path, setting: str) -> None:
        self._domain, self._folder, self._setting = domain, folder, setting

    def __call__(self, text: str, /, **values: Any) -> Message:
        return Message(self, text, values)

    def translate(self, text: str) -> str:
        """The text in the language that is spoken; the English one if it has no translation."""
        return _catalogue(self._domain, self._folder, self.language()).gettext(text)

    def language(self, env: Mapping[str, str] = os.environ) -> str:
        """`speaking`, else `choose`, else the environment; English if that names no language of ours."""
        return _spoken.get() or (_chosen[0] if _chosen else self._from_environment(env))

    def _from_environment(self, env: Mapping[str, str]) -> str:
        wanted = next((env[name] for name in (self._setting, *SETTINGS) if env.get(name)), "")
        return "zh" if wanted.lower().startswith("zh") else "en"


@cache
def _catalogue(domain: str, folder: Path, language: str) -> gettext.NullTranslations:
    return gettext.translation(domain, folder, [language], fallback=True)


_ = Translations("testdb", Path(__file__).with_name("locale"), "TESTDB_LANG")
