"""The parts of a request that a `match` looks at, each with the function that reads it.

XML is read with defusedxml, which refuses document types and so entities; GraphQL with graphql-core.
"""

import base64
import binascii
import json
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from mdt.engine.messages import MISSING, Request, multipart_parts
from mdt.language import Words, _


def _headers(request: Request) -> dict[str, list[str]]:
    """Each header's whole value, then its comma-separated parts."""
    return {name: [value, *map(str.strip, value.split(","))] for name, value in request.headers.items()}


def _cookies(request: Request) -> dict[str, list[str]]:
    """The cookies by name (RFC 6265, 4.2.1)."""
    found: dict[str, list[str]] = {}
    for pair in request.headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            found.setdefault(name, []).append(value[1:-1] if quoted else value)
    return found


def _basic_auth(request: Request) -> dict[str, list[str]]:
    """User and password of `Authorization: Basic` (RFC 7617); {} without them."""
    scheme, _space, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        return {}
    user, _colon, password = text.partition(":")
    return {"user": [user], "password": [password]}


def _multipart(request: Request) -> dict[str, list[dict[str, Any]]]:
    """The parts by name, as objects with `filename`, `contentType`, `text`, `base64`, and `json` if it is JSON."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in multipart_parts(request.headers.get("content-type", ""), request.body):
        kind = part.content_type.partition(";")[0].strip().lower()
        seen = {"contentType": kind, "text": part.text, "base64": base64.b64encode(part.content).decode()}
        seen |= {} if part.filename is None else {"filename": part.filename}
        value = _json(part.text)
        found.setdefault(part.name, []).append(seen if value is MISSING else {**seen, "json": value})
    return found


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return MISSING


def _xml(request: Request) -> Any:
    """The root element; MISSING if the body is no XML, or has a document type."""
    try:
        return parse_xml(request.body if request.charset == "utf-8" else request.text)
    except (ValueError, SyntaxError, RecursionError):
        return MISSING


def parse_xml(text: bytes | str) -> Any:
    """The root element. Raises SyntaxError for what is no XML, ValueError for a document type, and ImportError."""
    return import_module("defusedxml.ElementTree").fromstring(text, forbid_dtd=True)


def _graphql(request: Request) -> Any:
    """The operation as an object with `operation`, `type`, `variables`, `fields` and `query`; MISSING if there is none.

    It is read from a JSON body, from a form with `operations` (uploads), from `application/graphql`, or from the query.
    """
    asked = _graphql_request(request)
    if not isinstance(asked, dict) or not {"query", "operationName"} & asked.keys():
        return MISSING
    document, name = asked.get("query"), asked.get("operationName")
    variables = asked.get("variables")
    if isinstance(variables, str):
        variables = _json(variables)
    known = operation_of(document, name if isinstance(name, str) else None) if isinstance(document, str) else None
    named = {"operation": name} if isinstance(name, str) and not isinstance(document, str) else {}
    return {"variables": variables or {}, **named, **(known or {})}


def _graphql_request(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/graphql":
        return {"query": request.text}
    if kind == "multipart/form-data":
        return _json(request.form.get("operations", [""])[0])
    return request.json if request.body else {name: values[0] for name, values in request.args.items()}


@lru_cache(256)
def operation_of(document: str, name: str | None) -> dict[str, Any] | None:
    """The operation with this name, or the only one; None if there is none, or the document is no GraphQL."""
    graphql = import_module("graphql")
    try:
        parsed = graphql.parse(document, no_location=True)
    except (graphql.GraphQLError, RecursionError):
        return None
    operations = [one for one in parsed.definitions if isinstance(one, graphql.OperationDefinitionNode)]
    found = [one for one in operations if name is None or (one.name and one.name.value == name)]
    if len(found) != 1:
        return None
    fragments = {one.name.value: one for one in parsed.definitions if isinstance(one, graphql.FragmentDefinitionNode)}
    own = {"operation": found[0].name.value} if found[0].name else {}
    fields = list(dict.fromkeys(_fields(found[0].selection_set, fragments, ())))
    return {**own, "type": found[0].operation.value, "fields": fields, "query": graphql.print_ast(parsed)}


def _fields(selected: Any, fragments: dict[str, Any], within: tuple[str, ...]) -> list[str]:
    """The names of the root fields, also those that fragments bring."""
    names: list[str] = []
    for one in selected.selections:
        kind, name = one.kind, one.name.value if getattr(one, "name", None) else ""
        if kind == "field":
            names.append(name)
        elif kind == "inline_fragment":
            names += _fields(one.selection_set, fragments, within)
        elif name in fragments and name not in within:
            names += _fields(fragments[name].selection_set, fragments, (*within, name))
    return names


PARTS: dict[str, tuple[Callable[[Request], Any], Words]] = {  # how to read it, and the name of its root in reports
    "query": (lambda request: request.args, "?"),
    "headers": (_headers, ""),
    "cookies": (_cookies, ""),
    "basicAuth": (_basic_auth, ""),
    "form": (lambda request: request.form, ""),
    "multipart": (lambda request: request.part(_multipart), ""),
    "json": (lambda request: request.json, "$"),
    "graphql": (lambda request: request.part(_graphql), "$"),
    "xml": (lambda request: request.part(_xml), "/"),
    "text": (lambda request: request.text, _("the body")),
}
