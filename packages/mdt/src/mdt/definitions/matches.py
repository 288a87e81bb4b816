"""Compiles a route's `match`: turns values and matcher objects into matchers, and reports mistakes with their lines."""

from typing import Any

from mdt.definitions.source import Rows, Source, Table, line_of, plain
from mdt.engine.matcher_keywords import KEYWORDS, NESTED, contains, equals
from mdt.engine.matchers import AllOf, Each, Items, Matcher, Not
from mdt.engine.matching import PARTS, Names, RequestMatch, for_values
from mdt.language import _, words_of

ALL_KEYWORDS = (*KEYWORDS, *NESTED)


def compile_match(value: Any, line: int, source: Source) -> RequestMatch:
    """The match of a route. Reports problems to the source."""
    table = source.table(value, line, "`match`")
    source.known_keys(table, PARTS, "`match`")
    given = [part for part in PARTS if part in table]
    return RequestMatch(tuple((part, _part(part, table[part], line_of(table, part), source)) for part in given))


def _part(part: str, value: Any, line: int, source: Source) -> Matcher:
    if part == "json":
        return _Compiler(source, text=False).compile(value, line)
    compiler = _Compiler(source, text=True)
    return compiler.compile(value, line) if part == "text" else _names(part, value, line, compiler)


def _names(part: str, value: Any, line: int, compiler: "_Compiler") -> Matcher:
    table = compiler.source.table(value, line, f"`{part}`")
    fold = str.lower if part == "headers" else str
    keys: dict[str, Matcher] = {}
    for key, wanted in table.items():
        keys[fold(key)] = for_values(compiler.compile(wanted, line_of(table, key)))
    return Names(keys)


class _Compiler:
    """Compiles matchers for JSON, whose values have types, or for text (query, headers, form, text)."""

    def __init__(self, source: Source, *, text: bool) -> None:
        self.source = source
        self._text = text

    def compile(self, value: Any, line: int) -> Matcher:
        if isinstance(value, Table):
            return self._keywords(value) if value and set(value) <= set(ALL_KEYWORDS) else self._each(value, line)
        if isinstance(value, Rows):
            return Items([self.compile(item, line_of(value, index)) for index, item in enumerate(value)])
        return equals(value, text=self._text)

    def _each(self, table: Table, line: int) -> Matcher:
        if self._text:
            self.source.wrong(
                line, _("a value here is a text or a matcher ({words}), not a mapping", words=", ".join(ALL_KEYWORDS))
            )
        return Each({key: self.compile(item, line_of(table, key)) for key, item in table.items()})

    def _keywords(self, table: Table) -> Matcher:
        leaves = [self._leaf(word, value, line_of(table, word)) for word, value in table.items()]
        return leaves[0] if len(leaves) == 1 else AllOf(tuple(leaves))

    def _leaf(self, word: str, value: Any, line: int) -> Matcher:
        if word in NESTED:
            inner, wanted = self.compile(value, line), plain(value)
            return contains(inner, wanted) if word == "contains" else Not(inner, wanted)
        try:
            return KEYWORDS[word](plain(value), text=self._text)
        except ValueError as error:
            self.source.wrong(
                line,
                words_of(error),
                _("A key of the body that is called {word!r}? Then write {{equals: …}} around the object", word=word),
            )
            return equals(None, text=False)
