"""Messages in English and Chinese: `_("There is no scenario {name!r}.", name=name)`.

A message keeps its English text and its values. It is translated when it is shown, so that each reader gets it in their
own language. The Chinese texts are in locale/zh/LC_MESSAGES/mdt.po; building the package compiles them.
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
SETTINGS = ("MDT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides

LOCALE = Path(__file__).with_name("locale")

type Words = str | Message

_chosen: list[str] = []  # for the whole process, its threads too
_spoken: ContextVar[str | None] = ContextVar("mdt-language", default=None)


def choose(language: str | None) -> None:
    """Sets the language of the process, as `--lang` does; None means that of the environment."""
    _chosen[:] = [language] if language else []


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Sets the language for a block, such as one request; None changes nothing."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def language(env: Mapping[str, str] = os.environ) -> str:
    """The language of the block, else of `choose`, else of the environment."""
    return _spoken.get() or (_chosen[0] if _chosen else from_environment(env))


def from_environment(env: Mapping[str, str]) -> str:
    """Chinese ("zh") if the environment asks for it, else English ("en")."""
    wanted = next((env[name] for name in SETTINGS if env.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


@cache
def translations(name: str) -> gettext.NullTranslations:
    """The compiled texts of a language; the English ones are in the code."""
    return gettext.translation("mdt", LOCALE, [name], fallback=True)


class Message:
    """`str` translates it into the current language. Values may be messages too."""

    __slots__ = ("_text", "_values")

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self._text = text
        self._values = values

    def __str__(self) -> str:
        return translations(language()).gettext(self._text).format_map(self._values)

    def __repr__(self) -> str:
        return repr(str(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self._text, self._values) == (other._text, other._values)

    def __hash__(self) -> int:
        return hash(self._text)


class _Joined(Message):
    """Several texts with a separator."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self._values["between"]).join(map(str, self._values["words"]))


def _(text: str, /, **values: Any) -> Message:
    """A message with this English text. `values` fill in its {names}; write literal braces as {{ }}."""
    return Message(text, values)


def N_(text: str) -> str:  # noqa: N802 - gettext's name
    """Marks a text for translation that `_` gets from a variable."""
    return text


def joined(words: Iterable[Words], between: Words) -> Message:
    """Joins texts with a separator."""
    return _Joined("", {"between": between, "words": tuple(words)})


def either(words: Iterable[Words]) -> Message:
    """A or b or c."""
    return joined(words, _(" or "))


def both(words: Iterable[Words]) -> Message:
    """A and b and c."""
    return joined(words, _(" and "))


def listed(words: Iterable[Words]) -> Message:
    """A, b, c."""
    return joined(words, _(", "))


def clauses(words: Iterable[Words]) -> Message:
    """A; b; c."""
    return joined(words, _("; "))


def sentences(first: Words, second: Words) -> Words:
    """Two sentences; the second may be empty."""
    return _("{first} {second}", first=first, second=second) if second else first


def words_of(error: BaseException) -> Words:
    """The message of one of our errors, still to be translated; the text of any other error."""
    own = error.args[0] if len(error.args) == 1 else None
    return own if isinstance(own, Message) else str(error)
