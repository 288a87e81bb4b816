"""The texts that clients read: English in the source, marked with `_`, and translated when an answer is written.

The translations are the files `locale/<language>/LC_MESSAGES/*.po` beside this package. They are read once per process and compiled
in memory by polib, a small library: so there is no step that could be forgotten at a build, and no compiled file that could be
older than its source. What has no translation stays English.
"""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

import polib

LOCALE = Path(__file__).resolve().parents[1] / "locale"
ENGLISH = "en"


class Message(str):
    """An English text that can be translated later; `msgid` is the text with `{placeholders}`, `values` fills them."""

    __slots__ = ("msgid", "values")

    msgid: str
    values: dict[str, Any]

    def translated(self, language: str) -> str:
        """The text in `language`."""
        return translations(language).gettext(self.msgid).format(**self.values)


def _(msgid: str, **values: Any) -> Message:
    """The text `msgid` with its placeholders `{name}` filled by the values."""
    message = Message(msgid.format(**values))
    message.msgid, message.values = msgid, values
    return message


@cache
def translations(language: str) -> NullTranslations:
    """The texts in `language`; English where there is no such file."""
    catalog = polib.POFile()
    catalog.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for path in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
        catalog.extend(polib.pofile(str(path)))
    return GNUTranslations(io.BytesIO(catalog.to_binary())) if catalog else NullTranslations()


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are, English first."""
    return (ENGLISH, *sorted(path.name for path in LOCALE.iterdir() if path.is_dir()))


def translated(value: Any, language: str) -> Any:
    """`value` with every message in it in `language`; lists and mappings are copied."""
    if isinstance(value, Message):
        return value.translated(language)
    if isinstance(value, list):
        return [translated(item, language) for item in value]
    if isinstance(value, dict):
        return {name: translated(item, language) for name, item in value.items()}
    return value
