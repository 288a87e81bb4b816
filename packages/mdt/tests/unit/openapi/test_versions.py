"""The same API in 2.0, 3.0, 3.1 and 3.2 is read as the same document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mdt.openapi import Document, from_dict, read

PET_30 = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "readOnly": True},
        "name": {"type": "string", "example": "Rex"},
        "owner": {"type": "string", "nullable": True},
    },
}
PET_2 = {
    **PET_30,
    "properties": {**PET_30["properties"], "owner": {"type": "string", "x-nullable": True}},
}
PET_31 = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "exclusiveMinimum": 0, "readOnly": True},
        "name": {"type": "string", "examples": ["Rex"]},
        "owner": {"type": ["string", "null"]},
    },
}


def third(version: str, pet: dict) -> dict:
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
    return {
        "openapi": version,
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://{zone}.example.com/v1", "variables": {"zone": {"default": "eu"}}}],
        "components": {"schemas": {"Pet": pet}},
        "paths": {
            "/pets/{petId}": {
                "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "put": {
                    "operationId": "putPet",
                    "parameters": [
                        {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
                    ],
                    "requestBody": {"required": True, "content": body},
                    "responses": {
                        200: {
                            "description": "ok",
                            "headers": {"X-Rate": {"schema": {"type": "integer"}}},
                            "content": body,
                        },
                        "default": {"description": "error"},
                    },
                },
            }
        },
    }


SECOND = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": "1"},
    "host": "eu.example.com",
    "basePath": "/v1",
    "schemes": ["http", "https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "definitions": {"Pet": PET_2},
    "parameters": {"petId": {"name": "petId", "in": "path", "required": True, "type": "integer"}},
    "paths": {
        "/pets/{petId}": {
            "parameters": [{"$ref": "#/parameters/petId"}],
            "put": {
                "operationId": "putPet",
                "parameters": [
                    {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}},
                    {
                        "name": "tag",
                        "in": "query",
                        "type": "array",
                        "items": {"type": "string"},
                        "collectionFormat": "multi",
                    },
                ],
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {"X-Rate": {"type": "integer"}},
                        "schema": {"$ref": "#/definitions/Pet"},
                    },
                    "default": {"description": "error"},
                },
            },
        }
    },
}
VERSIONS = {
    "2.0": SECOND,
    "3.0.3": third("3.0.3", PET_30),
    "3.1.0": third("3.1.0", PET_31),
    "3.2.0": third("3.2.0", PET_31),
}


def written(folder: Path, name: str, document: dict) -> Document:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return read(path)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_versions_are_one_form(version: str, tmp_path: Path) -> None:
    document = written(tmp_path, version, VERSIONS[version])

    (operation,) = document.operations
    assert document.openapi == version
    assert document.problems == ()
    assert document.servers[0] == "https://eu.example.com/v1"
    assert (operation.label, operation.operation_id) == ("PUT /pets/{petId}", "putPet")
    assert operation.pointer == "#/paths/~1pets~1{petId}/put"
    assert {(one.name, one.location, one.required) for one in operation.parameters} == {
        ("petId", "path", True),
        ("tag", "query", False),
    }
    assert [one.explode for one in operation.parameters if one.name == "tag"] == [True]
    assert operation.request_body is not None
    assert operation.request_body.required
    assert [one.status for one in operation.responses] == ["200", "default"]
    answer = operation.responses[0]
    assert list(answer.headers) == ["x-rate"]
    schema = answer.contents["application/json"].schema
    assert schema == document.schemas["Pet"]
    assert schema.value == {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer", "exclusiveMinimum": 0, "readOnly": True},
            "name": {"type": "string", "examples": ["Rex"]},
            "owner": {"type": ["string", "null"]},
        },
    }
    assert schema.errors({"id": 1, "name": "Rex", "owner": None}) == ()
    assert [(one.pointer, one.keyword) for one in schema.errors({"id": 0, "name": "Rex"})] == [
        ("/id", "exclusiveMinimum")
    ]


@pytest.mark.parametrize(("version", "needed"), [("2.0", False), ("3.0.3", False), ("3.1.0", True)])
def test_a_read_only_property_is_not_required_in_a_request_up_to_30(version: str, needed: bool) -> None:
    (operation,) = from_dict(VERSIONS[version]).operations

    request = operation.request_body.contents["application/json"].schema
    answer = operation.responses[0].contents["application/json"].schema

    assert request.is_valid({"name": "Rex"}) is not needed
    assert not answer.is_valid({"name": "Rex"})


def test_a_write_only_property_is_not_required_in_an_answer_also_behind_references() -> None:
    user = {"allOf": [{"$ref": "#/components/schemas/Login"}], "required": ["name", "password"]}
    login = {"properties": {"name": {"type": "string"}, "password": {"$ref": "#/components/schemas/Secret"}}}
    raw = third("3.0.0", user)
    raw["components"]["schemas"] |= {"Login": login, "Secret": {"type": "string", "writeOnly": True}}

    (operation,) = from_dict(raw).operations

    assert operation.responses[0].contents["application/json"].schema.is_valid({"name": "a"})
    assert not operation.request_body.contents["application/json"].schema.is_valid({"name": "a"})


def test_forms_and_files_of_20() -> None:
    fields = [
        {"name": "file", "in": "formData", "type": "file", "required": True},
        {"name": "note", "in": "formData", "type": "string", "maxLength": 3},
    ]
    raw = {"swagger": "2.0", "paths": {"/up": {"post": {"parameters": fields, "responses": {}}}}}

    (operation,) = from_dict(raw).operations

    content = operation.request_body.contents["multipart/form-data"]
    assert content.schema.value["properties"]["file"] == {"type": "string", "format": "binary"}
    assert [one.keyword for one in content.schema.errors({"file": "x", "note": "long"})] == ["maxLength"]


def test_what_32_adds() -> None:
    stream = {"itemSchema": {"type": "object", "required": ["data"]}}
    raw = {
        "openapi": "3.2.0",
        "paths": {
            "/x": {
                "query": {"responses": {"200": {"content": {"text/event-stream; charset=utf-8": stream}}}},
                "additionalOperations": {"COPY": {"responses": {"4xx": {}}}},
            }
        },
    }

    query, copy = from_dict(raw).operations

    assert (query.method, copy.method) == ("QUERY", "COPY")
    assert query.responses[0].contents["text/event-stream"].item_schema.errors({})[0].keyword == "required"
    assert copy.responses[0].status == "4XX"
    assert copy.pointer == "#/paths/~1x/COPY" or copy.pointer.endswith("/COPY")


def test_callbacks_and_webhooks() -> None:
    paid = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {}}}
    raw = {
        "openapi": "3.1.0",
        "paths": {"/pay": {"post": {"callbacks": {"paid": {"{$request.body#/url}": paid}}, "responses": {}}}},
        "webhooks": {"refunded": paid},
    }

    document = from_dict(raw)

    (callback,) = document.operations[0].callbacks
    assert (callback.name, callback.expression, callback.operation.method) == ("paid", "{$request.body#/url}", "POST")
    assert [(one.name, one.expression) for one in document.webhooks] == [("refunded", "")]


def test_a_media_type_that_no_header_can_carry_is_left_out() -> None:
    answers = {"200": {"content": {"application/é": {}, "Application/JSON; charset=utf-8": {}, "json": {}}}}

    document = from_dict({"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": answers}}}})

    assert list(document.operations[0].responses[0].contents) == ["application/json", "json"]
    assert "'application/é' is no media type" in str(document.problems[0])


@pytest.mark.parametrize("version", ["2.0", "3.1.0"])
@pytest.mark.parametrize("wrong", [None, 1, "x", [], {}, [None], {"$ref": 1}, {"$ref": "#/gone"}, True])
def test_a_part_that_is_something_else_never_stops_the_rest(version: str, wrong: Any) -> None:
    """Each place of a document in turn holds what it should not; the document is read, and says so or does not need it."""
    places = [place for place in places_of(VERSIONS[version], ()) if place not in {("openapi",), ("swagger",)}]
    assert len(places) > 40

    contents = [content for place in places for content in contents_of(changed(VERSIONS[version], place, wrong))]

    assert all(content.schema is None or content.schema.validator() for content in contents)


def changed(raw: Any, place: tuple[Any, ...], wrong: Any) -> Any:
    copy = target = json.loads(json.dumps(raw))
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = wrong
    return copy


def contents_of(raw: Any) -> Iterator[Any]:
    for operation in from_dict(raw).operations:
        for response in operation.responses:
            yield from response.contents.values()


def places_of(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    value = json.loads(json.dumps(value))
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*place, key)
        yield from places_of(item, (*place, key))
