"""Keywords of older forms, and of documents that are wrong in places, as JSON Schema 2020-12."""

import pytest

from mdt.openapi import from_dict, json_schema

CASES = {  # draft, what is written, what it is in the normal form
    "draft-4 bounds": ("draft4", {"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
    "draft-4 bounds, off": ("draft4", {"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
    "tuple": (
        "draft7",
        {"items": [{"type": "null"}], "additionalItems": False},
        {"prefixItems": [{"type": "null"}], "items": False},
    ),
    "dependencies": (
        "draft7",
        {"dependencies": {"a": ["b"], "c": {"minProperties": 2}}},
        {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"minProperties": 2}}},
    ),
    "examples as a mapping": ("draft2020-12", {"examples": {"one": 1, "two": 2}}, {"examples": [1, 2]}),
    "number as text": ("draft2020-12", {"minimum": "1", "maxLength": 3.0}, {"minimum": 1, "maxLength": 3}),
    "siblings of a reference, before 2019": (
        "draft7",
        {"$ref": "#/definitions/A", "minimum": 9, "definitions": {"A": {"type": "integer"}}},
        {"type": "integer"},
    ),
}
WRONG = {  # what no validator would read is dropped, and told
    "pattern": {"pattern": "["},
    "pattern of another language": {"pattern": r"^a\Z"},
    "type": {"type": "any"},
    "a list of types": {"type": ["string", {}]},
    "required": {"required": True},
    "enum": {"enum": []},
    "minLength": {"minLength": -1},
    "multipleOf": {"multipleOf": 0},
    "allOf": {"allOf": []},
    "properties": {"properties": ["a"]},
    "a property": {"properties": {"a": "string"}},
    "reference": {"$ref": "#/nowhere"},
    "network": {"$ref": "https://example.com/schema.json"},
}


@pytest.mark.parametrize("name", CASES)
def test_older_forms(name: str) -> None:
    draft, raw, expected = CASES[name]

    assert json_schema(raw, draft).value == expected


def document(schema: object, **schemas: object) -> dict:
    content = {"application/json": {"schema": schema}}
    return {
        "openapi": "3.1.0",
        "paths": {"/x": {"get": {"responses": {"200": {"content": content}}}}},
        "components": {"schemas": schemas},
    }


def schema_of(raw: dict):
    return from_dict(raw).operations[0].responses[0].contents["application/json"].schema


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_dropped_and_told(name: str) -> None:
    read = from_dict(document(WRONG[name]))

    schema = read.operations[0].responses[0].contents["application/json"].schema
    assert len(read.problems) == 1
    assert "#/paths/~1x/get/responses/200/content/application~1json/schema" in str(read.problems[0])
    assert schema.is_valid({"anything": 1})


def test_references_are_shared_and_circles_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    raw = document({"$ref": "#/components/schemas/Alias"}, Alias={"$ref": "#/components/schemas/Node"}, Node=node)

    schema = schema_of(raw)

    assert schema.name == "Node"
    assert schema.value["properties"]["next"] == {"$ref": "#/$defs/Node"}
    assert [one.pointer for one in schema.errors({"next": {"next": 1}})] == ["/next/next"]


def test_a_reference_to_itself_says_nothing() -> None:
    loop = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}

    assert schema_of(document({"items": {"$ref": "#/components/schemas/A"}}, **loop)).is_valid([1])


def test_anchors_ids_and_plain_names() -> None:
    parts = {
        "Pet": {"$anchor": "pet", "type": "integer"},
        "Base": {"$id": "https://example.com/base", "$defs": {"s": {"type": "string"}}, "items": {"$ref": "#/$defs/s"}},
    }
    for ref, good, bad in [("#pet", 1, "1"), ("#Pet", 1, "1"), ("https://example.com/base", ["a"], [1])]:
        schema = schema_of(document({"$ref": ref}, **parts))
        assert schema.is_valid(good), ref
        assert not schema.is_valid(bad), ref


def test_the_discriminator_names_each_choice() -> None:
    one_of = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    written = {"propertyName": "kind", "mapping": {"hund": "Dog"}}
    pets = {"Cat": {"type": "object"}, "Dog": {"type": "object"}}

    schema = schema_of(document({"oneOf": one_of, "discriminator": written}, **pets))

    assert schema.value["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"hund": "#/$defs/Dog", "Cat": "#/$defs/Cat"},
    }


def test_a_schema_can_leave_its_document() -> None:
    raw = document({"items": {"$ref": "#/components/schemas/A"}}, A={"type": "null"}, B={"type": "string"})

    alone = schema_of(raw).standalone()

    assert "B" not in alone["$defs"]
    assert not json_schema(alone).is_valid([1])


def test_names_that_no_pointer_takes_are_changed() -> None:
    odd = {"a/b~c d": {"type": "null"}, "a_b_c_d": {"type": "string"}}
    schema = schema_of(document({"$ref": "#/components/schemas/a~1b~0c%20d"}, **odd))

    assert schema.is_valid(None)
    assert not schema.is_valid("")
