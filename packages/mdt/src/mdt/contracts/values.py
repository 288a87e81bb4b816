"""Values beside their schema: texts of a query or a header read as what the schema asks for; what a schema does not name."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mdt.openapi import Schema
from mdt.openapi.written import views

DEEP = 40  # levels of a value that are looked at


def from_text(written: str | list[str], schema: Schema) -> Any:
    """The value of a parameter or header: a number, a truth or a list where the schema has these, else the text."""
    kinds = _types(schema)
    if "array" in kinds and "string" not in kinds:
        parts = written if isinstance(written, list) else written.split(",")
        return [_scalar(one, _item_types(schema)) for one in parts]
    return _scalar(written[-1] if isinstance(written, list) else written, kinds)


def _types(schema: Schema) -> set[str]:
    return {kind for view in views(schema.value, schema.among.defs) for kind in _listed(view.get("type"))}


def _item_types(schema: Schema) -> set[str]:
    defs = schema.among.defs
    items = [view["items"] for view in views(schema.value, defs) if "items" in view]
    return {kind for one in items for view in views(one, defs) for kind in _listed(view.get("type"))}


def _listed(kind: Any) -> list[str]:
    return [kind] if isinstance(kind, str) else list(kind or ())


def _scalar(text: str, kinds: set[str]) -> Any:
    if not kinds or "string" in kinds:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value


def undeclared(schema: Schema, value: Any) -> Iterator[str]:
    """The paths of what is there and what no part of the schema names, ".note" or ".items[0].note"."""
    yield from _undeclared([schema.value], value, schema.among.defs, "", DEEP)


def _undeclared(schemas: list[Any], value: Any, defs: Mapping[str, Any], at: str, deep: int) -> Iterator[str]:
    found = [view for one in schemas for view in views(one, defs)]
    if not deep or not found:
        return
    if isinstance(value, dict):
        yield from _members(found, value, defs, at, deep)
    elif isinstance(value, list):
        items = [view["items"] for view in found if isinstance(view.get("items"), dict)]
        for index, one in enumerate(value[:100]):
            yield from _undeclared(items, one, defs, f"{at}[{index}]", deep - 1)


_OPEN = ("additionalProperties", "patternProperties", "unevaluatedProperties", "if", "dependentSchemas")


def _members(found: list[Any], value: Mapping[str, Any], defs: Mapping[str, Any], at: str, deep: int) -> Iterator[str]:
    tables = [view["properties"] for view in found if "properties" in view]
    if not tables or any(view.get(key) not in (None, False) for view in found for key in _OPEN):
        return  # more names may come
    for name, one in value.items():
        inner = [table[name] for table in tables if name in table]
        if inner:
            yield from _undeclared(inner, one, defs, f"{at}.{name}", deep - 1)
        else:
            yield f"{at}.{name}"
