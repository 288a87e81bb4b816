"""API coverage: which routes, statuses and fields of the OpenAPI document the tests have exercised.

With API_COVERAGE=folder each test process notes what its calls did, in a file of that folder; `python -m
tests.framework.api_coverage folder` holds all notes against the document and fails for what nobody exercised.
Demanded of each operation: every status; every query parameter and every field of the body, sent, and left out where it is
optional. Demanded of each schema of a successful answer, wherever it stands: every field with a value, and null where it may be
null.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from flask import Flask
from werkzeug.test import TestResponse

from tests.framework import contract

FOLDER = os.environ.get("API_COVERAGE", "")
EVERYWHERE = " 500"  # no input is known that leads to it; tests/unit/core/test_error_handlers.py makes it
DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
ANY = object()  # in the place of a value: whatever it may be
Schema = dict[str, Any]
Marks = Iterator[tuple[bool, str]]  # whether it is the operation's own, and its name

_seen: set[str] = set()


def note(app: Flask, response: TestResponse, arguments: dict[str, Any]) -> None:
    """Remember what a call has exercised."""
    path = FOLDER and contract.path_of(app, response)
    if not path:
        return
    document = contract.document(app)
    operation = document["paths"].get(path, {}).get(response.request.method.lower())
    if operation:
        marks = _of_call(operation, document["components"]["schemas"], response, _body(arguments))
        _seen.update(f"{response.request.method} {path} {mark}" if own else mark for own, mark in marks)


def pytest_sessionfinish() -> None:
    """A hook of pytest, for conftest.py: write down what this process has seen."""
    if FOLDER and _seen:
        (Path(FOLDER) / f"{uuid4().hex}.json").write_bytes(orjson.dumps(sorted(_seen)))


def _body(arguments: dict[str, Any]) -> Any:
    if "json" in arguments:
        return arguments["json"]
    try:
        return orjson.loads(arguments.get("data") or b"null")
    except orjson.JSONDecodeError:
        return None


def _of_call(operation: Schema, schemas: Schema, response: TestResponse, body: Any) -> Marks:
    yield True, str(response.status_code)
    for name in _queries(operation):
        yield True, f"?{name}" if name in response.request.args else f"without ?{name}"
    if response.status_code < 400:
        yield from _fields(
            _answer(operation, str(response.status_code)), schemas, "answer", response.get_json(silent=True)
        )
        known = _body_of(operation, schemas).get("properties", {})
        for name in known if isinstance(body, dict) else ():
            yield True, f"body.{name}" if name in body else f"without body.{name}"


def demands(document: Schema) -> set[str]:
    """Everything that the document promises or takes, as marks like those of `note`."""
    schemas = document["components"]["schemas"]
    return {
        f"{method.upper()} {path} {mark}" if own else mark
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for own, mark in (*_answers(operation, schemas), *_inputs(operation, schemas))
    }


def _answers(operation: Schema, schemas: Schema) -> Marks:
    for status in operation["responses"]:
        yield True, status
        if int(status) < 400:
            yield from _fields(_answer(operation, status), schemas, "answer")


def _answer(operation: Schema, status: str) -> Schema:
    content: Schema = operation["responses"][status]["content"]["application/json"]["schema"]
    return content


def _inputs(operation: Schema, schemas: Schema) -> Marks:
    body = _body_of(operation, schemas)
    fields = {f"body.{name}": name in body.get("required", []) for name in body.get("properties", {})}
    for name, required in {**{f"?{name}": must for name, must in _queries(operation).items()}, **fields}.items():
        yield True, name
        if not required:
            yield True, f"without {name}"


def _queries(operation: Schema) -> dict[str, bool]:
    """The query's parameters, and whether each is required."""
    return {p["name"]: p.get("required", False) for p in operation.get("parameters", []) if p["in"] == "query"}


def _body_of(operation: Schema, schemas: Schema) -> Schema:
    content = operation.get("requestBody", {}).get("content", {})
    return _resolved(content.get("application/json", {}).get("schema", {}), schemas)


def _fields(schema: Schema, schemas: Schema, place: str, value: Any = ANY, *, own: bool = True) -> Marks:
    """The leaves of a schema, or those that `value` fills; below a named schema their place begins with its name."""
    name, schema = schema.get("$ref", "").rsplit("/", 1)[-1], _resolved(schema, schemas)
    if name and "properties" in schema:
        place, own = name, False
    for member, where, inner in _below(schema, place, value):
        yield from _fields(member, schemas, where, inner, own=own)
    if _is_leaf(schema):
        yield own, f"{place} null" if schema.get("type") == "null" else place


def _below(schema: Schema, place: str, value: Any) -> Iterator[tuple[Schema, str, Any]]:
    """The parts of a schema, each with its place and its part of the value."""
    for name, member in schema.get("properties", {}).items():
        if value is ANY or name in value:
            yield member, f"{place}.{name}", ANY if value is ANY else value[name]
    for item in ([ANY] if value is ANY else value) if "items" in schema else ():
        yield schema["items"], f"{place}[]", item
    for choice in schema.get("anyOf", []):
        if value is ANY or (value is None) == (choice.get("type") == "null"):
            yield choice, place, value


def _is_leaf(schema: Schema) -> bool:
    """Not an object or a list; an object of any shape has no fields to demand."""
    return not {"properties", "items", "anyOf"} & set(schema) and schema.get("type") != "object"


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def missing(document: Schema, seen: set[str], never: Mapping[str, str]) -> list[str]:
    """What is demanded and was not exercised; and what `never` excuses although it was, or is no demand."""
    demanded = demands(document)
    left = {mark for mark in demanded - seen - set(never) if not mark.endswith(EVERYWHERE)}
    return sorted(
        left | {f"{mark} (needs no excuse: {why})" for mark, why in never.items() if mark not in demanded - seen}
    )


def main(folder: str) -> None:
    """Report; exit 1 if something is missing."""
    document = orjson.loads(DOCUMENT.read_bytes())
    seen = {mark for file in Path(folder).glob("*.json") for mark in orjson.loads(file.read_bytes())}
    never = {mark: why for module in routes.MODULES for mark, why in routes.knowledge(module).never.items()}
    left = missing(document, seen, never)
    print("\n".join(left), f"\nAPI coverage: {len(left)} of {len(demands(document))} missing")  # noqa: T201
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    from tests.framework import routes

    main(*sys.argv[1:])
