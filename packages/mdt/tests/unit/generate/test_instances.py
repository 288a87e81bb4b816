"""Instances are valid for a validator that is not the one that made them; what has none is told."""

import subprocess
import sys
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdt.generate import BOUNDARY, EMPTY, FULL, MINIMAL, SUCCESS, instance
from mdt.openapi import json_schema

MODES = (SUCCESS, MINIMAL, FULL, BOUNDARY, EMPTY)
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "n": {"type": "integer"}}}
TREE = {
    "type": "object",
    "required": ["op", "left"],
    "properties": {"op": {"const": "+"}, "left": {"$ref": "#/$defs/Expr"}},
}
SCHEMAS: dict[str, Any] = {
    "bounds": {"type": "number", "exclusiveMinimum": 5, "maximum": 5.5, "multipleOf": 0.1},
    "factors": {"type": "integer", "multipleOf": 6, "minimum": 13, "allOf": [{"multipleOf": 4}]},
    "negative": {"type": "integer", "maximum": -7},
    "large": {"type": "integer", "format": "int64", "minimum": 9_007_199_254_740_993},
    "lengths": {"type": "string", "minLength": 30, "maxLength": 31},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}\\d{6}$"},
    "pattern and length": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "minLength": 20, "maxLength": 22},
    "look-ahead": {"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d).{8,12}$"},
    "letters of any script": {"type": "string", "pattern": "^\\p{L}{3,}$"},
    "two formats of text": {"type": "string", "format": "email", "minLength": 40, "maxLength": 60},
    "format and pattern": {"type": "string", "format": "date-time", "pattern": "\\.\\d{3}Z$"},
    "enum": {"enum": [None, 3, "x"], "type": ["string", "null"]},
    "const": {"const": {"a": [1, None]}},
    "null": {"type": ["object", "null"], "required": ["a"], "properties": {"a": False}},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
    "contains": {
        "type": "array",
        "items": {"type": "integer"},
        "contains": {"minimum": 900},
        "minContains": 2,
        "minItems": 4,
    },
    "not too many": {
        "type": "array",
        "contains": {"const": 1},
        "maxContains": 1,
        "minItems": 3,
        "items": {"enum": [1, 2]},
    },
    "unique": {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"enum": ["a", "b", "c"]}},
    "unique objects": {
        "type": "array",
        "uniqueItems": True,
        "minItems": 4,
        "items": {"type": "object", "required": ["k"], "properties": {"k": {"enum": [1, 2, 3, 4]}}},
    },
    "many properties": {"type": "object", "minProperties": 3, "propertyNames": {"pattern": "^x-[a-z]{2}$"}},
    "few properties": {"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}}, "required": ["b"]},
    "pattern properties": {"type": "object", "patternProperties": {"^n\\d$": {"type": "null"}}, "minProperties": 2},
    "closed": {
        "allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "null"}}}],
        "required": ["a"],
        "unevaluatedProperties": False,
    },
    "dependent": {
        "properties": {"card": {"type": "string"}, "code": {"type": "integer"}},
        "dependentRequired": {"card": ["code"]},
        "dependentSchemas": {
            "code": {"required": ["zip"], "properties": {"zip": {"pattern": "^\\d{5}$", "type": "string"}}}
        },
    },
    "condition": {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "n": {"type": "integer"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["n"]},
        "else": {"properties": {"n": False}},
    },
    "one of, by what is required": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "one of numbers": {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]},
    "any of": {"anyOf": [False, {"type": "array", "minItems": 1}]},
    "not": {"type": ["string", "integer"], "not": {"type": "string"}},
    "not a value": {"type": "integer", "minimum": 1, "maximum": 3, "not": {"enum": [1, 3]}},
    "not both": {"properties": {"a": {}, "b": {}}, "not": {"required": ["a", "b"]}, "type": "object"},
    "merge": {"allOf": [{"minimum": 10}, {"maximum": 12}, {"type": "integer", "not": {"const": 10}}]},
    "circle": {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}},
    "circle through a list": {
        "type": "array",
        "minItems": 1,
        "items": {"$ref": "#/$defs/Node"},
        "$defs": {"Node": NODE},
    },
    "circle with an end": {
        "$ref": "#/$defs/Expr",
        "$defs": {"Expr": {"oneOf": [{"$ref": "#/$defs/Tree"}, {"type": "integer"}]}, "Tree": TREE},
    },
    "anything": True,
    "example that does not fit": {
        "type": "object",
        "properties": {"a": {"type": "integer", "examples": ["x"]}},
        "required": ["a"],
    },
}
NONE = {
    "nothing": False,
    "empty range": {"type": "integer", "minimum": 5, "maximum": 4},
    "two types": {"allOf": [{"type": "string"}, {"type": "integer"}]},
    "enum of another type": {"type": "integer", "enum": ["a"]},
    "endless": {
        "$ref": "#/$defs/N",
        "$defs": {"N": {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/$defs/N"}}}},
    },
    "closed and required": {"type": "object", "required": ["a"], "additionalProperties": False},
    "length and format": {"type": "string", "format": "uuid", "maxLength": 10},
}


def is_valid(raw: Any, value: Any) -> bool:
    """By python-jsonschema, which shares nothing with what makes and checks the value."""
    return jsonschema.Draft202012Validator(_python(raw), format_checker=jsonschema.FormatChecker()).is_valid(value)


def _python(raw: Any) -> Any:
    """The schema with expressions that Python reads."""
    if isinstance(raw, dict):
        return {key: one.replace("\\p{L}", "\\w") if key == "pattern" else _python(one) for key, one in raw.items()}
    return [_python(one) for one in raw] if isinstance(raw, list) else raw


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_mode_is_valid(name: str) -> None:
    schema = json_schema(SCHEMAS[name])

    made = {mode.name: instance(schema, mode) for mode in MODES}

    assert {mode: one.reason for mode, one in made.items() if not one.valid} == {}
    if name not in {"factors", "bounds"}:  # its floats are not exact
        assert {mode: one.value for mode, one in made.items() if not is_valid(SCHEMAS[name], one.value)} == {}


@pytest.mark.parametrize("name", NONE)
def test_what_has_no_instance_is_told(name: str) -> None:
    made = instance(json_schema(NONE[name]))

    assert not made.valid
    assert made.reason
    assert made.value is None


ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 2, "maxLength": 9},
        "state": {"enum": ["new", "paid", "gone"]},
        "amount": {"type": "integer", "minimum": 1, "maximum": 500},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"sku": {"type": "string"}}},
            "maxItems": 4,
        },
    },
}


def test_the_modes() -> None:
    made = {mode.name: instance(json_schema(ORDER), mode).value for mode in MODES}

    assert list(made["minimal"]) == ["id"]
    assert list(made["success"]) == list(made["full"]) == ["id", "state", "amount", "lines"]
    assert len(made["full"]["lines"]) == 2
    assert made["boundary"]["state"] == "gone"
    assert made["boundary"]["amount"] == 500
    assert len(made["boundary"]["id"]) == 9
    assert len(made["boundary"]["lines"]) == 4
    assert instance(
        json_schema({"type": "object", "required": ["l"], "properties": {"l": {"type": "array"}}}), EMPTY
    ).value == {"l": []}


def test_the_same_schema_gives_the_same_instance_in_every_process() -> None:
    code = (
        "from mdt.generate import instance; from mdt.openapi import json_schema;"
        f"print(instance(json_schema({ORDER!r})).value)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }

    assert runs == {f"{instance(json_schema(ORDER)).value}\n"}


def test_the_discriminator_names_what_was_chosen() -> None:
    schema = {
        "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"katze": "#/$defs/Cat"}},
        "$defs": {
            "Cat": {
                "type": "object",
                "required": ["kind", "meow"],
                "properties": {"kind": {"type": "string"}, "meow": {}},
            },
            "Dog": {
                "type": "object",
                "required": ["kind", "bark"],
                "properties": {"kind": {"type": "string"}, "bark": {}},
            },
        },
    }

    assert instance(json_schema(schema)).value["kind"] == "katze"


def schemas() -> st.SearchStrategy[Any]:
    """Small schemas, also ones that nothing fits."""
    numbers = st.integers(-20, 20)
    leaves = st.one_of(
        st.booleans(),
        st.fixed_dictionaries(
            {"type": st.sampled_from(["integer", "number"])},
            optional={"minimum": numbers, "exclusiveMaximum": numbers, "multipleOf": st.sampled_from([1, 3, 7])},
        ),
        st.fixed_dictionaries(
            {"type": st.just("string")},
            optional={
                "minLength": st.integers(0, 12),
                "maxLength": st.integers(0, 12),
                "pattern": st.sampled_from(["^[a-c]+$", "\\d", "^x?y*$", "^(ab|cd){2}$"]),
                "format": st.sampled_from(["date", "uuid", "email", "ipv4"]),
            },
        ),
        st.fixed_dictionaries(
            {"enum": st.lists(st.sampled_from([None, True, 0, 1, "a", [], {}]), min_size=1, max_size=3)}
        ),
        st.just({"type": "null"}),
    )

    def inside(child: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        names = st.sampled_from(["a", "b", "c"])
        return st.one_of(
            st.fixed_dictionaries(
                {"type": st.just("object")},
                optional={
                    "properties": st.dictionaries(names, child, max_size=3),
                    "required": st.lists(names, unique=True, max_size=3),
                    "additionalProperties": child,
                    "minProperties": st.integers(0, 3),
                    "maxProperties": st.integers(0, 3),
                    "dependentRequired": st.dictionaries(names, st.lists(names, unique=True, max_size=2), max_size=2),
                    "propertyNames": st.just({"maxLength": 3}),
                },
            ),
            st.fixed_dictionaries(
                {"type": st.just("array")},
                optional={
                    "items": child,
                    "prefixItems": st.lists(child, min_size=1, max_size=2),
                    "contains": child,
                    "minItems": st.integers(0, 3),
                    "maxItems": st.integers(0, 3),
                    "uniqueItems": st.booleans(),
                },
            ),
            st.fixed_dictionaries({"oneOf": st.lists(child, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"anyOf": st.lists(child, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"allOf": st.lists(child, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": child}),
            st.fixed_dictionaries({"if": child, "then": child, "else": child}),
        )

    return st.recursive(leaves, inside, max_leaves=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas(), st.sampled_from(MODES))
def test_a_random_schema_has_a_valid_instance_or_a_reason(raw: Any, mode: Any) -> None:
    made = instance(json_schema(raw), mode)

    assert is_valid(raw, made.value) if made.valid else made.reason


def test_open_objects_of_a_one_of_are_told_apart() -> None:
    """A body of the names that both have would fit both."""
    kind = {"kind": {"type": "string"}}
    color = {"type": "object", "required": ["kind"], "properties": {**kind, "color": {"type": "string"}}}
    parts = {"type": "object", "required": ["kind"], "properties": {**kind, "parts": {"$ref": "#/$defs/parts"}}}
    schema = {"oneOf": [color, {"$ref": "#/$defs/with"}], "$defs": {"with": parts, "parts": {"type": "object"}}}

    for mode in (SUCCESS, MINIMAL, FULL, BOUNDARY, EMPTY):
        made = instance(json_schema(schema), mode)
        assert made.valid, (mode.name, made.reason)
        assert jsonschema.Draft202012Validator(schema).is_valid(made.value)
