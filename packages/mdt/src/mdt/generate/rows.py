"""One row for all answers of a resource: what POST /orders created is what GET /orders/{id} and GET /orders show."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mdt.generate.bodies import body
from mdt.generate.scenarios import Scenario
from mdt.openapi import Operation

_SHARED = ("success", "minimal", "full")
_ORDER = {"GET": 0, "POST": 1, "PUT": 2, "PATCH": 3}

type Made = list[tuple[Operation, list[Scenario]]]


def with_shared_rows(made: Made) -> Made:
    """The scenarios, with the scalars of one row for each resource in all generated bodies that have the same properties."""
    rows = dict(_rows(made))
    return [(operation, [_shared(one, operation, rows) for one in scenarios]) for operation, scenarios in made]


def resource(path: str) -> str:
    """The collection that a path belongs to: /orders and /orders/{id} are one."""
    bare = path.partition("?")[0].rstrip("/")
    return bare.rpartition("/")[0] if bare.endswith("}") else bare


def _rows(made: Made) -> Iterator[tuple[str, dict[str, Any]]]:
    """The row of each resource: of the operation that shows one, else of the one that creates it. Later ones win."""
    candidates = [(operation, one) for operation, scenarios in made for one in scenarios if one.name == "success"]
    candidates.sort(key=lambda pair: (pair[0].path.endswith("}"), -_ORDER.get(pair[0].method, 9)))
    for operation, one in candidates:
        if isinstance(one.value, dict) and operation.method in _ORDER:
            yield resource(operation.path), one.value


def _shared(one: Scenario, operation: Operation, rows: dict[str, dict[str, Any]]) -> Scenario:
    row = rows.get(resource(operation.path))
    schema = one.content.schema if one.content else None
    if row is None or one.fixed or one.name not in _SHARED or schema is None or one.content is None:
        return one
    value = _overlaid(one.value, row, schema.is_valid)
    return one if value is one.value else replace(one, value=value, body=body(one.content, value))


def _overlaid(value: Any, row: dict[str, Any], is_valid: Any) -> Any:
    """The value with the row's scalars, wherever it stays valid: itself, the first of a list, or of a list in it."""
    for target, put in _targets(value):
        changed = {
            **target,
            **{key: row[key] for key in target if key in row and _scalar(row[key]) and _scalar(target[key])},
        }
        if changed != target and is_valid(candidate := put(changed)):
            return candidate
    return value


def _targets(value: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Objects that may be the row, each with what puts a changed one in its place."""
    if isinstance(value, dict):
        yield value, lambda changed: changed
        for key, items in value.items():
            if isinstance(items, list) and items and isinstance(items[0], dict):
                yield items[0], lambda changed, key=key, items=items: {**value, key: [changed, *items[1:]]}
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield value[0], lambda changed: [changed, *value[1:]]


def _scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
