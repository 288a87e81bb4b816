"""Compiles the parts of a `match`: names, JSON, text, XML, GraphQL, multipart parts, basic auth; a table has one function each."""

from collections.abc import Callable
from typing import Any

from mdt.definitions.matcher_compiler import ALL_KEYWORDS, MatcherCompiler, ReadFile, compile_names, expressions
from mdt.definitions.source import Source, Table, kind, line_of, plain
from mdt.engine.document_matchers import needed
from mdt.engine.matcher_keywords import equals, present
from mdt.engine.matchers import AllOf, Each, Matcher
from mdt.engine.matching import Names, RequestMatch, for_values
from mdt.engine.request_parts import PARTS
from mdt.engine.views import View, Views
from mdt.engine.xml_matchers import equal_xml, truth, xpath
from mdt.language import _, words_of

type PartCompiler = Callable[[str, Any, int, MatcherCompiler], Matcher]
BASIC_KEYS = ("user", "password")
GRAPHQL_KEYS = ("operation", "type", "variables", "fields", "query")
MULTIPART_KEYS = ("filename", "contentType", "text", "json", "base64")
XML_KEYS = ("equals", "xpath", "namespaces")


def compile_match(value: Any, line: int, source: Source, read: ReadFile | None = None) -> RequestMatch:
    """The match of a route; `read` reads files that it names. Reports problems to the source."""
    table = source.table(value, line, "`match`")
    source.known_keys(table, PARTS, "`match`")
    compiler = MatcherCompiler(source, text=True, read=read)
    given = [part for part in PARTS if part in table]
    return RequestMatch(tuple((part, _part(part, table, compiler)) for part in given))


def _part(part: str, table: Table, compiler: MatcherCompiler) -> Matcher:
    line = line_of(table, part)
    try:
        return COMPILERS[part](part, table[part], line, compiler)
    except ValueError as error:
        compiler.source.wrong(line, words_of(error))
        return equals(None, text=False)


def _text(_part: str, value: Any, line: int, compiler: MatcherCompiler) -> Matcher:
    return compiler.compile(value, line)


def _json(_part: str, value: Any, line: int, compiler: MatcherCompiler) -> Matcher:
    return compiler.typed(text=False).compile(value, line)


def _basic_auth(part: str, value: Any, line: int, compiler: MatcherCompiler) -> Matcher:
    table = compiler.source.table(value, line, f"`{part}`")
    compiler.source.known_keys(table, BASIC_KEYS, f"`{part}`", {"username": "user", "name": "user"})
    return compile_names(part, table, line, compiler)


def _graphql(part: str, value: Any, line: int, compiler: MatcherCompiler) -> Matcher:
    """A text is the name of the operation."""
    needed("graphql", "graphql-core", part)
    if isinstance(value, str):
        return Each({"operation": equals(value, text=False)})
    table = compiler.source.table(value, line, f"`{part}`")
    compiler.source.known_keys(table, GRAPHQL_KEYS, f"`{part}`", {"operationName": "operation", "name": "operation"})
    values = compiler.typed(text=False)
    keys = {key: values.compile(table[key], line_of(table, key)) for key in GRAPHQL_KEYS if key in table}
    if "query" in keys and isinstance(table["query"], str):
        keys["query"] = _document(table["query"])
    return Each(keys)


def _document(text: str) -> Matcher:
    """The same document, whatever its layout."""
    graphql = needed("graphql", "graphql-core", "graphql")
    try:
        return equals(graphql.print_ast(graphql.parse(text, no_location=True)), text=False)
    except graphql.GraphQLError as error:
        raise ValueError(_("`query` is no GraphQL: {reason}", reason=error.message)) from None


def _multipart(part: str, value: Any, line: int, compiler: MatcherCompiler) -> Matcher:
    table = compiler.source.table(value, line, f"`{part}`")
    return Names({name: _one_part(wanted, line_of(table, name), compiler) for name, wanted in table.items()})


def _one_part(wanted: Any, line: int, compiler: MatcherCompiler) -> Matcher:
    """A value or a matcher is for the text of the part; a mapping of its own keys for the part."""
    if not isinstance(wanted, Table) or set(wanted) <= set(ALL_KEYWORDS):
        inner = for_values(compiler.compile(wanted, line))
        return Views((View("", lambda parts: [one["text"] for one in parts], inner),))
    compiler.source.known_keys(
        wanted, MULTIPART_KEYS, _("a part"), {"content": "text", "content_type": "contentType", "fileName": "filename"}
    )
    json = compiler.typed(text=False)
    return for_values(
        Each(
            {
                key: (json if key == "json" else compiler).compile(wanted[key], line_of(wanted, key))
                for key in MULTIPART_KEYS
                if key in wanted
            }
        )
    )


def _xml(part: str, value: Any, _line: int, compiler: MatcherCompiler) -> Matcher:
    """A text is a document to equal."""
    if not isinstance(value, Table):
        return equal_xml(plain(value))
    compiler.source.known_keys(value, XML_KEYS, f"`{part}`")
    needed("defusedxml.ElementTree", "defusedxml", part)
    parts: list[Matcher] = [equal_xml(value["equals"])] if "equals" in value else []
    if "xpath" in value:
        names = _namespaces(value, compiler.source)
        parts.append(expressions(value["xpath"], compiler, _selecting(names)))
    if not parts:
        raise ValueError(_("`xml` is a document, or has `equals` or `xpath`"))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _selecting(namespaces: dict[str, str]) -> Callable[[str, Matcher | None], View]:
    def view(expression: str, wanted: Matcher | None) -> View:
        read = xpath(expression, namespaces)
        if wanted is None:
            return View(expression, truth(read), for_values(present(True, text=True)))
        return View(expression, read, for_values(wanted))

    return view


def _namespaces(table: Table, source: Source) -> dict[str, str]:
    given = source.table(table.get("namespaces", Table(table.line)), line_of(table, "namespaces"), "`namespaces`")
    for prefix, uri in given.items():
        if not isinstance(uri, str):
            source.wrong(line_of(given, prefix), _("a namespace is a text, not {kind}", kind=kind(uri)))
    return {prefix: str(uri) for prefix, uri in given.items()}


COMPILERS: dict[str, PartCompiler] = {
    "query": compile_names,
    "headers": compile_names,
    "cookies": compile_names,
    "basicAuth": _basic_auth,
    "form": compile_names,
    "multipart": _multipart,
    "json": _json,
    "graphql": _graphql,
    "xml": _xml,
    "text": _text,
}
