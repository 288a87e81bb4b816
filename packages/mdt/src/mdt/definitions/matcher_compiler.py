"""Compiles a route's `match`: turns values and matcher objects into matchers, and reports mistakes with their lines."""

from collections.abc import Callable
from typing import Any

from mdt.definitions.source import Rows, Source, Table, line_of, plain
from mdt.engine.document_matchers import Unordered, json_path
from mdt.engine.matcher_keywords import KEYWORDS, NESTED, contains, equals, present
from mdt.engine.matchers import AllOf, Each, Items, Matcher, Not
from mdt.engine.matching import Names, for_values
from mdt.engine.views import View, Views
from mdt.language import _, words_of

ALL_KEYWORDS = (*KEYWORDS, *NESTED)
type ReadFile = Callable[[str, int], Any]  # the document of a file beside the definition, by its name; reports problems


def compile_names(part: str, value: Any, line: int, compiler: "MatcherCompiler") -> Matcher:
    """Query, headers, cookies and form: matchers by name."""
    table = compiler.source.table(value, line, f"`{part}`")
    fold = str.lower if part == "headers" else str
    return Names(
        {fold(key): for_values(compiler.compile(wanted, line_of(table, key))) for key, wanted in table.items()}
    )


class MatcherCompiler:
    """Compiles matchers for JSON, whose values have types, or for text (query, headers, form, text)."""

    def __init__(self, source: Source, *, text: bool, read: ReadFile | None = None) -> None:
        self.source = source
        self.read = read
        self._text = text

    def typed(self, *, text: bool) -> "MatcherCompiler":
        """The same for values of the other kind."""
        return MatcherCompiler(self.source, text=text, read=self.read)

    def compile(self, value: Any, line: int) -> Matcher:
        if isinstance(value, Table):
            return self._keywords(value) if value and set(value) <= set(ALL_KEYWORDS) else self._each(value, line)
        if isinstance(value, Rows):
            return Items(self._items(value))
        return equals(value, text=self._text)

    def _items(self, rows: Rows) -> list[Matcher]:
        return [self.compile(item, line_of(rows, index)) for index, item in enumerate(rows)]

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
        try:
            return NESTING[word](self, value, line) if word in NESTING else self._plain(word, value, line)
        except ValueError as error:
            self.source.wrong(
                line,
                words_of(error),
                _("A key of the body that is called {word!r}? Then write {{equals: …}} around the object", word=word),
            )
            return equals(None, text=False)

    def _plain(self, word: str, value: Any, line: int) -> Matcher:
        return KEYWORDS[word](plain(value), text=self._text)

    def contains(self, value: Any, line: int) -> Matcher:
        return contains(self.compile(value, line), plain(value))

    def negated(self, value: Any, line: int) -> Matcher:
        return Not(self.compile(value, line), plain(value))

    def unordered(self, value: Any, _line: int) -> Matcher:
        if not isinstance(value, Rows):
            raise ValueError(_("`unordered` is a list of items in any order"))  # noqa: TRY004 - of the definition
        return Unordered(tuple(self._items(value)))

    def json_schema(self, value: Any, line: int) -> Matcher:
        if not isinstance(value, str):
            return self._plain("jsonSchema", value, line)
        if self.read is None:
            raise ValueError(_("only a definition can name the file of a schema; write the schema itself"))
        problems = len(self.source.problems)
        schema = self.read(value, line)
        return (
            equals(None, text=False)
            if len(self.source.problems) > problems
            else self._plain("jsonSchema", schema, line)
        )

    def json_path(self, value: Any, _line: int) -> Matcher:
        """JSONPath expressions with matchers; an expression alone must select something."""
        if self._text:
            raise ValueError(_("`jsonPath` is for JSON; a value here is a text"))
        return expressions(value, self, self._selecting)

    def _selecting(self, expression: str, wanted: Matcher | None) -> View:
        read, several = json_path(expression)
        if wanted is None:
            inner: Matcher = present(True, text=False)
            return View(expression, read, for_values(inner) if several else inner, several)
        return View(expression, read, for_values(wanted) if several else wanted, several)


NESTING: dict[str, Callable[[MatcherCompiler, Any, int], Matcher]] = {
    "contains": MatcherCompiler.contains,
    "not": MatcherCompiler.negated,
    "unordered": MatcherCompiler.unordered,
    "jsonPath": MatcherCompiler.json_path,
    "jsonSchema": MatcherCompiler.json_schema,
}


def expressions(value: Any, compiler: MatcherCompiler, make: Callable[[str, Matcher | None], View]) -> Matcher:
    """Expressions with their matchers, or one or a list of those that must select something.

    Raises ValueError for one alone; of several it reports each with its line.
    """
    if isinstance(value, str):
        return Views((make(value, None),))
    views: list[View] = []
    for expression, wanted, at in _listed(value, compiler):
        try:
            views.append(make(expression, wanted))
        except ValueError as error:
            compiler.source.wrong(at, words_of(error))
    return Views(tuple(views))


def _listed(value: Any, compiler: MatcherCompiler) -> list[tuple[str, Matcher | None, int]]:
    if isinstance(value, Rows) and all(isinstance(one, str) for one in value):
        return [(one, None, line_of(value, index)) for index, one in enumerate(value)]
    if not isinstance(value, Table):
        raise ValueError(_("expressions are a mapping of expression and matcher, a text, or a list of texts"))  # noqa: TRY004
    return [(key, compiler.compile(wanted, line_of(value, key)), line_of(value, key)) for key, wanted in value.items()]
