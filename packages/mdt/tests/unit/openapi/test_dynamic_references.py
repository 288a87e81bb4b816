"""Dynamic and recursive references of JSON Schema: one schema means something else in each scope that it is reached in."""

from typing import Any

import pytest

from mdt.generate import instance
from mdt.openapi import from_dict, json_schema


def document(schema: object, **schemas: object) -> dict:
    content = {"application/json": {"schema": schema}}
    return {
        "openapi": "3.1.0",
        "paths": {"/x": {"get": {"responses": {"200": {"content": content}}}}},
        "components": {"schemas": schemas},
    }


BOTH = {
    "$ref": "#/$defs/a",
    "$dynamicRef": "#/$defs/b",
    "$id": "both",
    "$defs": {"a": {"minimum": 1}, "b": {"maximum": 3}},
}
LIST = {"$id": "list", "type": "array", "items": {"$dynamicRef": "#item"}, "$defs": {"any": {"$dynamicAnchor": "item"}}}
TREE = {
    "$id": "tree",
    "$dynamicAnchor": "node",
    "type": "object",
    "properties": {"children": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
DYNAMIC = (  # schemas, one of them, valid and invalid values
    ({"Node": {**TREE, "$id": "n"}}, "Node", {"children": [{"children": []}]}, {"children": [{"children": 1}]}),
    (
        {
            "List": LIST,
            "Numbers": {"$id": "numbers", "$ref": "list", "$defs": {"n": {"$dynamicAnchor": "item", "type": "number"}}},
        },
        "Numbers",
        [1.5],
        ["a"],
    ),
    (
        {
            "List": LIST,
            "Texts": {"$id": "texts", "$ref": "list", "$defs": {"t": {"$anchor": "item", "type": "string"}}},
        },
        "Texts",  # a plain anchor is none that a dynamic reference looks for
        [1],
        {},
    ),
    (
        {
            "Tree": TREE,
            "Strict": {"$id": "strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": False},
        },
        "Strict",
        {"children": [{"children": []}]},
        {"children": [{"childern": []}]},
    ),
    ({"Both": {**BOTH, "allOf": [{"multipleOf": 2}]}}, "Both", 2, 1),
    ({"Both": BOTH}, "Both", 1, 4),
)


@pytest.mark.parametrize(("schemas", "name", "good", "bad"), DYNAMIC)
def test_a_dynamic_reference_leads_to_the_outermost_anchor(
    schemas: dict[str, Any], name: str, good: Any, bad: Any
) -> None:
    read = from_dict(document({"$ref": f"#/components/schemas/{name}"}, **schemas))

    assert read.problems == ()
    assert read.schemas[name].is_valid(good)
    assert not read.schemas[name].is_valid(bad)
    assert instance(read.schemas[name]).valid


def test_one_list_has_other_items_in_each_scope() -> None:
    of = {
        name: {"$id": name, "$ref": "list", "$defs": {"i": {"$dynamicAnchor": "item", "type": name}}}
        for name in ("number", "string")
    }

    read = from_dict(document({"oneOf": [{"$ref": "number"}, {"$ref": "string"}]}, List=LIST, **of))

    assert [read.schemas[name].is_valid([1]) for name in ("number", "string", "List")] == [True, False, True]
    assert [read.schemas[name].is_valid(["a"]) for name in ("number", "string", "List")] == [False, True, True]


def test_a_recursive_reference_leads_to_the_outermost_root() -> None:
    tree = {"$id": "tree", "$recursiveAnchor": True, "type": "object", "properties": {"child": {"$recursiveRef": "#"}}}
    strict = {"$id": "strict", "$recursiveAnchor": True, "$ref": "tree", "required": ["name"], "$defs": {"tree": tree}}

    schema = json_schema(strict, "draft2019-09")

    assert schema.is_valid({"name": "a", "child": {"name": "b"}})
    assert not schema.is_valid({"name": "a", "child": {}})
