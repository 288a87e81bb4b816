"""The scenarios of an operation, their bodies in each media type, and the rows that answers share."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

from mdt import mock_scenario
from mdt.definitions import load
from mdt.engine.messages import Reply
from mdt.generate import generated, plan, problems_of
from mdt.openapi import from_dict

PET = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "maxLength": 30},
        "secret": {"type": "string", "writeOnly": True},
    },
}
OK = {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}


def document(paths: dict[str, Any], **more: Any) -> Any:
    raw = {"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "components": {"schemas": {"Pet": PET}}}
    return from_dict({**raw, "paths": paths, **more})


def one(responses: dict[str, Any], method: str = "get", path: str = "/pets/{id}", **more: Any) -> Any:
    return document({path: {method: {"responses": responses}}}, **more)


def content(media_type: str, **more: Any) -> dict[str, Any]:
    return {"200": {"description": "ok", "content": {media_type: more}}}


def answers(found: Any, folder: Path) -> dict[tuple[str, str], Reply]:
    """Every answer that is not a fault, over the definitions that were written, by route and scenario."""
    mocks = folder / "mocks"
    made = plan(found, document({}), mocks / "external" / "pets", everything=False)
    assert problems_of(made, mocks) == ()
    made.carry_out()
    service = load(mocks).services["pets"]
    replies = {
        (route.label, name): one.answer.ready for route in service.routes for name, one in route.scenarios.items()
    }
    return {key: reply for key, reply in replies.items() if isinstance(reply, Reply)}


def scenario(found: Any, name: str, folder: Path) -> Reply:
    return next(reply for (_route, one), reply in answers(found, folder).items() if one == name)


def test_every_declared_status_has_a_scenario_with_a_name(tmp_path: Path) -> None:
    statuses = [201, 204, 304, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503, "5XX", "default"]
    found = generated(one({**OK, **{str(status): {"description": ""} for status in statuses}}), "pets")

    replies = {name: reply.status for (_route, name), reply in answers(found, tmp_path).items()}

    assert replies == {
        "success": 200,
        "minimal": 200,
        "created": 201,
        "noContent": 204,
        "notModified": 304,
        "badRequest": 400,
        "unauthorized": 401,
        "forbidden": 403,
        "notFound": 404,
        "conflict": 409,
        "status-418": 418,
        "validationError": 422,
        "rateLimited": 429,
        "serviceError": 500,
        "unavailable": 503,
        "serverError": 502,
        "default": 500,
    }
    (endpoint,) = found.endpoints
    assert endpoint.scenarios[-1] == "timeout"
    assert endpoint.errors == ("400", "401", "403", "404", "409", "418", "422", "429", "500", "503", "5XX", "default")
    assert dict(scenario(found, "rateLimited", tmp_path).headers)["retry-after"] == "30"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (["default"], {"default": 500}),
        (["500", "default"], {"serviceError": 500, "default": 503}),
        (["5XX", "default"], {"serverError": 500, "default": 400}),
        (["400", "4XX", "default"], {"badRequest": 400, "clientError": 409, "default": 500}),
    ],
)
def test_a_range_and_default_answer_a_status_that_nothing_else_describes(
    declared: list[str], expected: dict[str, int], tmp_path: Path
) -> None:
    found = generated(one({**OK, **{status: {"description": ""} for status in declared}}), "pets")

    replies = {name: reply.status for (_route, name), reply in answers(found, tmp_path).items()}

    assert replies == {"success": 200, "minimal": 200, **expected}


def test_a_handful_by_default_and_everything_if_it_is_asked_for() -> None:
    raw = one({**OK, "404": {"description": ""}})

    assert generated(raw, "pets").endpoints[0].scenarios == ("success", "minimal", "notFound", "timeout")
    assert generated(raw, "pets", everything=True).endpoints[0].scenarios == (
        "success",
        "minimal",
        "boundary",
        "notFound",
        "timeout",
        "connectionReset",
    )


def test_a_collection_can_be_empty(tmp_path: Path) -> None:
    page = {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": {"type": "integer"}}},
    }
    found = generated(one(content("application/json", schema=page), path="/pets"), "pets")

    assert json.loads(scenario(found, "empty", tmp_path).body) == {"items": []}


def test_only_default_is_the_success(tmp_path: Path) -> None:
    assert scenario(generated(one({"default": OK["200"]}), "pets"), "success", tmp_path).status == 200


@pytest.mark.parametrize(
    ("declared", "expected"),
    [(["204", "202", "2XX"], 202), (["2XX", "404"], 200), (["404", "303", "302"], 302), (["404"], None)],
)
def test_success_is_the_lowest_status_that_is_one(declared: list[str], expected: int | None, tmp_path: Path) -> None:
    """Also a redirect where nothing else succeeds; the order of the document does not count."""
    found = generated(one({status: {"description": ""} for status in declared}), "pets")

    replies = {name: reply.status for (_route, name), reply in answers(found, tmp_path).items()}

    assert replies.get("success") == expected


def test_a_client_may_ask_for_examples_by_name_and_for_statuses_of_a_range(tmp_path: Path) -> None:
    examples = {"cat": {"value": {"id": 1}}, "a dog": {"value": {"id": 2}}, "bird": {"value": {"id": 3}}}
    schema = {"$ref": "#/components/schemas/Pet"}
    responses = content("application/json", schema=schema, examples=examples)
    found = generated(one({**responses, "4XX": {"description": ""}, "default": {"description": ""}}), "pets")

    assert answers(found, tmp_path)
    (service,) = [load(tmp_path / "mocks").services["pets"]]
    asked = {one.name: (one.example, one.statuses) for one in service.routes[0].scenarios.values()}

    assert asked == {
        "success": ("cat", ""),
        "success-a-dog": ("", ""),  # no header could name it
        "success-bird": ("bird", ""),
        "minimal": ("", ""),
        "clientError": ("", "4XX"),
        "default": ("", "default"),
        "timeout": ("", ""),
    }


def test_valid_examples_are_taken_and_others_are_replaced(tmp_path: Path) -> None:
    examples = {"cat": {"value": {"id": 1}}, "broken": {"value": {"id": "one"}}, "dog": {"value": {"id": 2}}}
    schema = {"$ref": "#/components/schemas/Pet"}
    found = generated(one(content("application/json", schema=schema, examples=examples)), "pets")

    assert json.loads(scenario(found, "success", tmp_path).body) == {"id": 1}
    assert json.loads(scenario(found, "success-dog", tmp_path).body) == {"id": 2}
    (note,) = found.notes
    assert (note.where, note.left_out) == ("GET /pets/{id} 200", False)
    assert "'broken' is not valid" in str(note.text)
    assert "/id" in str(note.text)


def test_a_body_that_cannot_be_valid_is_never_written(tmp_path: Path) -> None:
    found = generated(one(content("application/json", schema={"type": "integer", "minimum": 2, "maximum": 1})), "pets")

    assert found.endpoints[0].scenarios == ("success", "timeout")
    assert scenario(found, "success", tmp_path).body == b""
    assert {note.left_out for note in found.notes} == {True}


def test_what_is_write_only_is_not_answered(tmp_path: Path) -> None:
    assert set(json.loads(scenario(generated(one(OK), "pets"), "success", tmp_path).body)) == {"id", "name"}


def test_headers_are_sent_that_are_required_or_have_a_value(tmp_path: Path) -> None:
    headers = {
        "X-Total": {"required": True, "schema": {"type": "integer", "minimum": 7, "maximum": 7}},
        "X-Parts": {"required": True, "schema": {"type": "array", "minItems": 2, "items": {"enum": ["a"]}}},
        "X-More": {"schema": {"type": "string"}},
    }
    headers |= {"X-Shown": {"schema": {"type": "string", "default": "abc"}}, "X-Example": {"example": "x"}}
    reply = scenario(generated(one({"200": {"description": "", "headers": headers}}), "pets"), "success", tmp_path)

    assert dict(reply.headers).get("x-total") == "7"
    assert dict(reply.headers).get("x-parts") == "a,a"
    assert "x-more" not in dict(reply.headers)
    assert (dict(reply.headers)["x-shown"], dict(reply.headers)["x-example"]) == ("abc", "x")


def test_one_row_is_in_all_answers_of_a_resource(tmp_path: Path) -> None:
    created = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "url": {"type": "string"}},
    }
    pages = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": created}}}
    body = lambda schema: {"content": {"application/json": {"schema": schema}}, "description": ""}
    raw = document(
        {
            "/pets": {"post": {"responses": {"201": body(created)}}, "get": {"responses": {"200": body(pages)}}},
            "/pets/{id}": {"get": {"responses": OK}},
            "/owners/{id}": {"get": {"responses": {"200": body(created)}}},
        }
    )

    found = answers(generated(raw, "pets"), tmp_path)

    def row(route: str) -> Any:
        return json.loads(found[route, "success"].body)

    assert row("POST /pets")["id"] == row("GET /pets/{id}")["id"] == row("GET /pets")["data"][0]["id"]
    assert row("GET /owners/{id}")["id"] != row("GET /pets/{id}")["id"]


BOOK = {
    "type": "object",
    "required": ["id", "title", "tags", "notes"],
    "xml": {"name": "book", "namespace": "http://example.com/b", "prefix": "b"},
    "properties": {
        "id": {"type": "integer", "minimum": 5, "maximum": 5, "xml": {"attribute": True}},
        "title": {"enum": ["A < B"], "type": "string"},
        "tags": {
            "type": "array",
            "minItems": 2,
            "xml": {"wrapped": True},
            "items": {"enum": ["x"], "xml": {"name": "tag"}},
        },
        "notes": {"type": "array", "minItems": 1, "items": {"enum": ["n"]}},
    },
}


def test_xml_by_names_attributes_and_wrapped_lists(tmp_path: Path) -> None:
    reply = scenario(generated(one(content("application/xml", schema=BOOK)), "pets"), "success", tmp_path)

    root = ET.fromstring(reply.body.decode())
    assert dict(reply.headers)["content-type"] == "application/xml"
    assert (root.tag, root.get("id")) == ("{http://example.com/b}book", "5")
    assert root.findtext("title") == "A < B"
    assert [one.text for one in root.findall("tags/tag")] == ["x", "x"]
    assert [one.text for one in root.findall("notes")] == ["n"]


FORM = {"type": "object", "required": ["a", "b"], "properties": {"a": {"enum": ["1 &"]}, "b": {"enum": [[1, 2]]}}}
MEDIA = {  # media type: schema, the body, and its content type
    "application/x-www-form-urlencoded": (FORM, b"a=1+%26&b=1&b=2", "application/x-www-form-urlencoded"),
    "text/plain": ({"type": "string", "enum": ["hello"]}, b"hello", "text/plain; charset=utf-8"),
    "text/csv": ({"type": "string", "enum": ["a;b\n"]}, b"a;b\n", "text/csv; charset=utf-8"),
    "application/pdf": ({"type": "string", "format": "binary", "enum": ["%PDF"]}, b"%PDF", "application/pdf"),
    "application/problem+json": (
        {"enum": [{"title": "{{ x }}"}]},
        b'{\n  "title": "{{ x }}"\n}\n',
        "application/problem+json",
    ),
    "application/vnd.api+json": ({"enum": [{"a": "ü"}]}, '{"a":"ü"}'.encode(), "application/vnd.api+json"),
    "*/*": ({"enum": [{}]}, b"{}", "application/json"),
    "application/x-ndjson": ({"enum": [{"a": 1}]}, b'{"a": 1}\n', "application/x-ndjson"),
}


@pytest.mark.parametrize("media_type", MEDIA)
def test_each_media_type_has_its_body(media_type: str, tmp_path: Path) -> None:
    schema, expected, shown = MEDIA[media_type]

    reply = scenario(generated(one(content(media_type, schema=schema)), "pets"), "success", tmp_path)

    assert reply.body == expected
    assert dict(reply.headers)["content-type"] == shown


def test_the_root_of_xml_without_a_name_is_root(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "default": 7}}}
    reply = scenario(generated(one(content("application/xml", schema=schema)), "pets"), "success", tmp_path)

    assert ET.fromstring(reply.body).tag == "root"
    assert ET.fromstring(reply.body).findtext("a") == "7"


def test_multipart(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["a", "b"], "properties": {"a": {"enum": ["1"]}, "b": {"enum": [{"c": 2}]}}}
    reply = scenario(generated(one(content("multipart/form-data", schema=schema)), "pets"), "success", tmp_path)

    boundary = dict(reply.headers)["content-type"].partition("boundary=")[2]
    parts = reply.body.decode().split(f"--{boundary}")
    assert [part.partition("\r\n\r\n")[2] for part in parts[1:-1]] == ["1\r\n", '{"c": 2}\r\n']


def test_a_stream_of_events(tmp_path: Path) -> None:
    event = {"type": "object", "required": ["data"], "properties": {"data": {"enum": ["x"]}, "event": {"enum": ["e"]}}}
    raw = one(content("text/event-stream", itemSchema=event), openapi="3.2.0")

    reply = scenario(generated(raw, "pets"), "success", tmp_path)

    assert b"".join(chunk.data for chunk in reply.chunks) == b"event: e\ndata: x\n\n" * 2


def test_paths_that_definitions_do_not_take(tmp_path: Path) -> None:
    nothing = {"responses": {"200": {"description": ""}, "404": {"description": ""}}}
    paths = {
        "/a/{pet-id}/{x}{y}": {"get": nothing},
        "/?Action=Send": {"post": nothing},
        "/?Action=Drop": {"post": nothing},
        "/token": {"post": nothing},
        "/token#refresh": {"post": nothing},
        "/same/{a}": {"get": nothing},
        "/same/{b}": {"get": nothing},
        "/x": {"trace": nothing},
        "/a b\n": {"get": nothing},
    }
    found = generated(document(paths), "pets")

    replies = answers(found, tmp_path)

    assert [one.route for one in found.endpoints] == [
        "GET /a/{pet_id}/{x}",
        "POST / [Action=Send]",
        "POST / [Action=Drop]",
        "POST /token",
        "GET /same/{a}",
        "GET /a%20b%0A",
    ]
    assert {name for route, name in replies if route == "POST /token"} >= {
        "success",
        "success-refresh",
        "notFound-refresh",
    }
    assert [(note.where, note.left_out) for note in found.notes if note.left_out] == [("TRACE /x", True)]


def test_a_client_gets_what_was_generated(tmp_path: Path) -> None:
    raw = one({**OK, "404": {"description": ""}}, servers=[{"url": "https://pets.example.com/v1"}])
    answers(generated(raw, "pets"), tmp_path)

    def status(name: str) -> int:
        with mock_scenario(name, mocks=tmp_path / "mocks"):
            return requests.get("https://pets.example.com/v1/pets/7", timeout=5).status_code

    assert [status("pets.success"), status("pets.notFound")] == [200, 404]


def test_callbacks_and_webhooks_are_written(tmp_path: Path) -> None:
    sent = {
        "post": {
            "requestBody": {"content": {"application/json": {"schema": {"enum": [{"paid": True}]}}}},
            "responses": {"200": {"description": ""}},
        }
    }
    paths = {"/pay": {"post": {"callbacks": {"onPaid": {"{$request.body#/url}/paid": sent}}, "responses": OK}}}
    found = generated(document(paths, webhooks={"refund.done": sent}), "pets")

    assert found.callbacks.splitlines()[1:] == [
        'onPaid: {callback: "POST ${APP_URL}/paid", json: {paid: true}}',
        'refund-done: {callback: "POST ${APP_URL}/webhooks/refund-done", json: {paid: true}}',
    ]


def test_names_of_callbacks_are_names(tmp_path: Path) -> None:
    sent = {"post": {"responses": {"200": {"description": ""}}}}
    found = generated(document({}, webhooks={"2fa": sent, "x" * 90: sent, "x" * 91: sent, "支付": sent}), "pets")

    assert answers(found, tmp_path) == {}
    names = [line.partition(":")[0] for line in found.callbacks.splitlines()[1:]]
    assert [names[0], names[3]] == ["callback-2fa", "callback"]
    assert len(set(names)) == 4
    assert max(map(len, names)) == 64


def test_bytes_that_are_no_yaml_stay_what_they_are(tmp_path: Path) -> None:
    odd = '\x85\u2028\x7f\ufeff\\"\t: #'
    found = generated(one(content("application/json", schema={"enum": [{odd: odd}]})), "pets")

    assert json.loads(scenario(found, "success", tmp_path).body) == {odd: odd}


def test_a_route_of_errors_alone_plays_what_the_document_describes_first(tmp_path: Path) -> None:
    alone = {"5XX": {"description": ""}, "410": {"description": ""}}
    found = document({"/old": {"get": {"responses": alone}}, "/pets": {"get": {"responses": OK}}})
    made = plan(generated(found, "pets"), found, tmp_path / "external/pets", everything=False)
    assert problems_of(made, tmp_path) == ()
    made.carry_out()

    with mock_scenario("pets.success", mocks=tmp_path):
        assert requests.get("http://pets.internal/old").status_code == 500
        assert requests.get("http://pets.internal/pets").status_code == 200
    with mock_scenario("pets.gone", mocks=tmp_path):
        assert requests.get("http://pets.internal/old").status_code == 410
