"""What faultlab says, in English and Chinese: a message keeps its texts and values, and is read in its reader's language.

An error that a server made for one client, or a problem found before anybody chose a language, so speaks as it is read.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

LANGUAGES = ("en", "zh")
SETTINGS = ("FAULTLAB_LANG", "MDT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides

type Pair = tuple[str, str]  # the same text in each of LANGUAGES
type Texts = Mapping[str, Pair]
type Words = str | Message

_chosen: list[str] = []  # for the whole process, its threads too
_spoken: ContextVar[str | None] = ContextVar("faultlab-language", default=None)


def choose(language: str | None) -> None:
    """What `--lang` says; None goes back to the environment."""
    _chosen[:] = [language] if language else []


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Another language for a while, for one who asks; None changes nothing."""
    token = _spoken.set(language or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)


def language(env: Mapping[str, str] = os.environ) -> str:
    """The language that is spoken, else the one that was chosen, else the environment's."""
    return _spoken.get() or (_chosen[0] if _chosen else from_environment(env))


def from_environment(env: Mapping[str, str]) -> str:
    """English when it names neither of ours."""
    wanted = next((env[name] for name in SETTINGS if env.get(name)), "")
    return "zh" if wanted.lower().startswith("zh") else "en"


class Message:
    """`str` reads it in the language that is spoken then; values may be messages themselves."""

    __slots__ = ("_pair", "_values")

    def __init__(self, pair: Pair, values: Mapping[str, Any]) -> None:
        self._pair = pair
        self._values = values

    def __str__(self) -> str:
        return self._pair[LANGUAGES.index(language())].format_map(self._values)

    def __repr__(self) -> str:
        return repr(str(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self._pair, self._values) == (other._pair, other._values)

    def __hash__(self) -> int:
        return hash(self._pair)


def speaker(texts: Texts) -> Callable[..., Message]:
    """`said(key, name=value)` for one table of texts."""

    def said(key: str, /, **values: Any) -> Message:
        return Message(texts[key], values)

    return said


def joined(words: Iterable[Words], between: Pair) -> Message:
    """One after the other, with something between them in each language."""
    named = {f"word{number}": word for number, word in enumerate(words)}
    places = [f"{{{name}}}" for name in named]
    return Message((between[0].join(places), between[1].join(places)), named)


def either(words: Iterable[Words]) -> Message:
    """A or b or c."""
    return joined(words, (" or ", " 或 "))


def sentences(first: Words, second: Words) -> Words:
    """Two of them; the second may be empty."""
    return joined((first, second), (" ", "")) if second else first


def words_of(error: BaseException) -> Words:
    """What an error says: still to be read when it is one of ours, else as the library says it."""
    own = error.args[0] if len(error.args) == 1 else None
    return own if isinstance(own, Message) else str(error)
