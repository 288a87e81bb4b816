"""Example values out of a JSON schema: what the OpenAPI document shows its readers, tests send."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

Schema = dict[str, Any]


@cache
def body_schema(model: type[BaseModel]) -> Schema:
    """What the document says of a body; not to be changed."""
    return model.model_json_schema()


def example(model: type[BaseModel], mode: JsonSchemaMode = "validation") -> Any:
    """The documented example of a model; raises `AssertionError` where the schema gives none."""
    schema = body_schema(model) if mode == "validation" else model.model_json_schema(mode=mode)
    return _example(schema, schema.get("$defs", {}), model.__name__)


def _example(schema: Schema, definitions: Schema, place: str) -> Any:
    if "$ref" in schema:
        return _example(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, place)
    given = _given(schema)
    if given:
        return given[0]
    build = _BUILDERS.get(schema.get("type", "anyOf"))
    assert build, f"{place} has no example; write Field(examples=[...])"
    return build(schema, definitions, place)


def _given(schema: Schema) -> list[Any]:
    """Values that the schema itself names, the best first."""
    single = [[schema[name]] for name in ("const", "default") if name in schema]
    return [value for values in (schema.get("examples", []), schema.get("enum", []), *single) for value in values]


def _first(schema: Schema, definitions: Schema, place: str) -> Any:
    return _example(schema["anyOf"][0], definitions, place)


def _list(schema: Schema, definitions: Schema, place: str) -> list[Any]:
    return [_example(schema["items"], definitions, place)]


def _members(schema: Schema, definitions: Schema, place: str) -> Schema:
    properties = schema.get("properties", {})
    wanted = [name for name in properties if name in schema.get("required", []) or "examples" in properties[name]]
    return {name: _example(properties[name], definitions, f"{place}.{name}") for name in wanted}


_BUILDERS = {"anyOf": _first, "array": _list, "object": _members}


def kind(schema: Schema) -> Schema:
    """The schema of a value that may be null, without the null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    return choices[0] if choices else schema
