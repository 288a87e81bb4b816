"""API coverage: which routes, statuses and fields of the OpenAPI document the tests have exercised.

With API_COVERAGE=folder each test process notes what its calls did, in a file of that folder; `python -m
tests.framework.api_coverage folder` holds all notes against the document and fails for what nobody exercised.
Demanded of each operation: every status; every query parameter and every field of the body, sent, and left out where it is
optional; every field of the answer to a success, with a value, and null where it may be null.
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
Schema = dict[str, Any]

_seen: set[str] = set()


def note(app: Flask, response: TestResponse, arguments: dict[str, Any]) -> None:
    """Remember what a call has exercised."""
    path = FOLDER and contract.path_of(app, response)
    if not path:
        return
    operation = f"{response.request.method} {path}"
    _seen.add(f"{operation} {response.status_code}")
    if response.status_code < 400:
        _seen.update(f"{operation} {mark}" for mark in _of_answer(response.get_json(silent=True)))
    sent = _body(arguments)
    document = contract.document(app)
    documented = document["paths"].get(path, {}).get(response.request.method.lower(), {})
    marks = _of_request(sent, response, documented, document["components"]["schemas"])
    _seen.update(f"{operation} {mark}" for mark in marks)


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


def _of_request(body: Any, response: TestResponse, operation: Schema, schemas: Schema) -> Iterator[str]:
    for name in _queries(operation):
        yield f"?{name}" if name in response.request.args else f"without ?{name}"
    if isinstance(body, dict) and response.status_code < 400:
        yield from (f"body.{name}" for name in body)
        yield from (
            f"without body.{name}" for name in _body_of(operation, schemas).get("properties", {}) if name not in body
        )


def _of_answer(value: Any, place: str = "answer") -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _of_answer(member, f"{place}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _of_answer(item, f"{place}[]")
    else:
        yield f"{place} null" if value is None else place


def demands(document: Schema) -> set[str]:
    """Everything that the document promises or takes, as marks like those of `note`."""
    schemas = document["components"]["schemas"]
    return {
        f"{method.upper()} {path} {mark}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for mark in (*_answers(operation, schemas), *_inputs(operation, schemas))
    }


def _answers(operation: Schema, schemas: Schema) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        yield status
        if int(status) < 400:
            yield from _fields(answer["content"]["application/json"]["schema"], schemas, "answer")


def _inputs(operation: Schema, schemas: Schema) -> Iterator[str]:
    for name, required in _queries(operation).items():
        yield from (f"?{name}",) if required else (f"?{name}", f"without ?{name}")
    body = _body_of(operation, schemas)
    for name in body.get("properties", {}):
        required = name in body.get("required", [])
        yield from (f"body.{name}",) if required else (f"body.{name}", f"without body.{name}")


def _queries(operation: Schema) -> dict[str, bool]:
    """The query's parameters, and whether each is required."""
    return {p["name"]: p.get("required", False) for p in operation.get("parameters", []) if p["in"] == "query"}


def _body_of(operation: Schema, schemas: Schema) -> Schema:
    content = operation.get("requestBody", {}).get("content", {})
    return _resolved(content.get("application/json", {}).get("schema", {}), schemas)


def _fields(schema: Schema, schemas: Schema, place: str) -> Iterator[str]:
    """The leaves of an answer; an object of any shape has none."""
    schema = _resolved(schema, schemas)
    inside = [(name, f"{place}.{name}") for name in schema.get("properties", {})]
    below = [
        *((schema["properties"][name], where) for name, where in inside),
        *([(schema["items"], f"{place}[]")] if "items" in schema else []),
        *((choice, place) for choice in schema.get("anyOf", [])),
    ]
    for member, where in below:
        yield from _fields(member, schemas, where)
    if not below and schema.get("type") != "object":
        yield f"{place} null" if schema.get("type") == "null" else place


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
