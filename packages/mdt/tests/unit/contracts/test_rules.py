"""Every rule is met by its pair of versions, says so in words, and by no version beside itself."""

from typing import Any

import pytest

from mdt.contracts.diff import RULES, Change, Severity, compare
from mdt.contracts.diff.rule_grids import BODIES, PARAMETER_SCHEMAS, PARAMETERS
from mdt.contracts.diff.rule_grids import SCHEMAS as GRID
from mdt.contracts.diff.unchanged import unchanged_names
from mdt.openapi import Document, from_dict
from tests.unit.contracts import rule_pairs as pairs
from tests.unit.contracts.rule_pairs import GET, OK, Q, obj

S_TEXT = {"type": "string"}

type Two = tuple[dict[str, Any], dict[str, Any]]


def documented(operation: dict[str, Any] | None, openapi: str = "3.1.0", **more: Any) -> Document:
    item = {"put": {"responses": OK}, **({"get": operation} if operation else {})}
    paths = {"/x/{id}": item, **more.pop("paths", {})}
    return from_dict({"openapi": openapi, "info": {"title": "t", "version": "1.0.0"}, "paths": paths, **more})


def with_schema(place: str, schema: dict[str, Any], media: str = "application/json") -> Document:
    if place.endswith("-property"):
        schema = obj(p=schema)
    content = {"content": {media: {"schema": schema}}}
    if place.startswith("request-parameter"):
        return documented({**GET, "parameters": [{**Q, "schema": schema}]})
    if place.startswith("request"):
        return documented({**GET, "requestBody": content})
    if place.startswith("header"):
        return documented(pairs.answering(a={"schema": schema}))
    return documented({"responses": {"200": {"description": "", **content}}})


def pair_of(event: str, place: str) -> tuple[Two, str]:
    if place == "request-parameter-property" and event in pairs.PROPERTY_OVERRIDES:
        return pairs.PROPERTY_OVERRIDES[event], "application/json"
    found = pairs.SCHEMAS[event]
    if isinstance(found, dict):
        return found[place.partition("-")[0]], found["media"]
    return found, "application/json"


def cases() -> dict[str, tuple[Document, ...]]:
    found = {**of_grid(GRID, BODIES), **of_grid(PARAMETER_SCHEMAS, PARAMETERS)}
    for rule, (place, *schemas) in pairs.PLACED.items():
        found[rule] = tuple(with_schema(place, one) for one in schemas)
    for rule, operations in pairs.OPERATIONS.items():
        found[rule] = tuple(documented(one) for one in operations)
    for rule, documents in pairs.DOCUMENTS.items():
        found[rule] = tuple(documented(GET, **one) for one in documents)
    return found


def of_grid(grid: dict[str, tuple[str, str]], places: tuple[str, ...]) -> dict[str, tuple[Document, ...]]:
    """What makes a property required stands in the schema around it."""
    found = {}
    for event, (_text, letters) in grid.items():
        for place in [place for place, letter in zip(places, letters, strict=True) if letter != "-"]:
            if f"{place}-{event}" not in pairs.OPERATIONS:
                around = event.startswith(("became-required", "became-optional"))
                two, media = pair_of(event, place)
                where = place.replace("-property", "-body") if around else place
                found[f"{place}-{event}"] = tuple(with_schema(where, one, media) for one in two)
    return found


CASES = cases()


def test_each_rule_is_met_by_its_pair_and_with_its_severity() -> None:
    unmet = {}
    for rule, (old, new) in CASES.items():
        changes = {one.id: one for one in compare(old, new)}
        if rule not in changes or changes[rule].severity is not RULES[rule].severity:
            unmet[rule] = sorted(changes)

    assert unmet == {}
    assert len(CASES) > 350


def test_there_is_a_pair_for_each_rule() -> None:
    assert sorted(RULES.keys() - CASES.keys()) == []
    assert sorted(CASES.keys() - RULES.keys()) == []


def test_a_version_has_no_changes_beside_itself() -> None:
    noisy = [rule for rule, two in CASES.items() for one in two if compare(one, one)]

    assert noisy == []


@pytest.mark.parametrize("name", pairs.SILENT)
def test_what_changes_nothing_for_anybody_is_not_told(name: str) -> None:
    old, new = (documented(one) for one in pairs.SILENT[name])

    assert compare(old, new) == []


def test_each_change_says_what_it_is_about_without_a_gap() -> None:
    texts = {rule: [str(one.text) for one in compare(*two)] for rule, two in CASES.items()}

    assert [rule for rule, found in texts.items() if any("{" in text or "None" in text for text in found)] == []


def test_nullable_is_the_same_in_all_versions_of_openapi() -> None:
    old = documented(
        {**GET, "requestBody": {"content": {"application/json": {"schema": {"type": "string", "nullable": True}}}}},
        "3.0.3",
    )
    new = documented(
        {**GET, "requestBody": {"content": {"application/json": {"schema": {"type": ["string", "null"]}}}}}, "3.1.0"
    )

    assert compare(old, new) == []
    assert [one.id for one in compare(old, with_schema("request-body", {"type": "string"}))] == [
        "request-body-became-not-nullable"
    ]


def test_exclusive_bounds_are_the_same_in_all_versions_of_openapi() -> None:
    def bounded(version: str, **schema: Any) -> Document:
        content = {"content": {"application/json": {"schema": {"type": "number", **schema}}}}
        return documented({**GET, "requestBody": content}, version)

    old = bounded("3.0.3", minimum=1, exclusiveMinimum=True)

    assert compare(old, bounded("3.1.0", exclusiveMinimum=1)) == []
    assert [one.id for one in compare(old, bounded("3.1.0", exclusiveMinimum=3))] == [
        "request-body-exclusive-min-increased"
    ]


def test_names_of_path_parameters_do_not_count() -> None:
    def named(name: str) -> Document:
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        return from_dict(
            {"openapi": "3.1.0", "info": {}, "paths": {f"/x/{{{name}}}": {"get": {**GET, "parameters": [parameter]}}}}
        )

    assert compare(named("id"), named("key")) == []


def changes_of(first: dict[str, Any], second: dict[str, Any], **components: Any) -> list[Change]:
    """`old` and `new` are the components of the two documents."""
    old, new = (
        documented(
            {**GET, "requestBody": {"content": {"application/json": {"schema": one}}}}, components={"schemas": schemas}
        )
        for one, schemas in ((first, components.get("old", {})), (second, components.get("new", {})))
    )
    return compare(old, new)


def test_a_schema_that_holds_itself_ends() -> None:
    tree = {"Tree": obj(value={"type": "string"}, left={"$ref": "#/components/schemas/Tree"})}
    grown = {"Tree": obj(value={"type": "integer"}, left={"$ref": "#/components/schemas/Tree"})}

    changes = changes_of(
        {"$ref": "#/components/schemas/Tree"}, {"$ref": "#/components/schemas/Tree"}, old=tree, new=grown
    )

    assert [(one.id, one.spot.name) for one in changes] == [("request-property-type-changed", "value")]


def test_a_place_has_its_whole_path() -> None:
    deep = obj(orders={"type": "array", "items": obj(price={"type": "integer"})})
    changed = obj(orders={"type": "array", "items": obj(price={"type": "string"})})

    (change,) = changes_of(deep, changed)

    assert str(change.text) == "the request property orders/items/price changed its type from integer to string"


def test_fingerprints_are_those_of_the_change_and_not_of_the_documents() -> None:
    first = compare(*CASES["request-property-removed"])[0]
    again = compare(*CASES["request-property-removed"])[0]
    other = compare(*CASES["response-optional-property-removed"])[0]

    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert len(first.fingerprint) == 12


def test_severities_can_be_others() -> None:
    changes = compare(*CASES["request-parameter-removed"], {"request-parameter-removed": Severity.ERR})

    assert [one.severity for one in changes] == [Severity.ERR]


def test_what_lies_below_an_added_null_is_compared_too() -> None:
    plain = obj(item=obj(price={"type": "integer"}, ref={"$ref": "#/components/schemas/A"}))
    wrapped = obj(
        item={"oneOf": [{"type": "null"}, obj(price={"type": "integer"}, ref={"$ref": "#/components/schemas/A"})]}
    )
    deep = {
        "A": obj(b={"$ref": "#/components/schemas/B"}),
        "B": obj(c={"$ref": "#/components/schemas/C"}),
        "C": obj(d={"$ref": "#/components/schemas/D"}),
    }
    old, new = ({**deep, "D": obj(e={"type": kind})} for kind in ("string", "integer"))

    found = {(one.id, one.spot.name) for one in changes_of(plain, wrapped, old=old, new=new)}

    assert ("request-property-became-nullable", "item") in found
    assert ("request-property-type-changed", "item/ref/b/c/d/e") in found


def test_schemas_that_did_not_change_are_those_whose_references_did_not_either() -> None:
    schemas = {
        "A": obj(b={"$ref": "#/components/schemas/B"}), "B": obj(c={"$ref": "#/components/schemas/C"}), "C": S_TEXT, "D": obj(a=S_TEXT),
        "E": obj(e={"$ref": "#/components/schemas/E"}),
    }  # fmt: skip
    old, new = (
        documented(GET, components={"schemas": {**schemas, "C": {"type": kind}}}) for kind in ("string", "integer")
    )

    assert unchanged_names(old.schemas["A"].among, new.schemas["A"].among) >= {"D", "E"}
    assert not unchanged_names(old.schemas["A"].among, new.schemas["A"].among) & {"A", "B", "C"}
