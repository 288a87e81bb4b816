"""The short form becomes OpenAPI: type words, examples, statuses, and one clear error for each mistake."""

import json
from typing import Any

import pytest

from mdt.contracts.short_form import ShortFormError, is_short_form, to_openapi
from mdt.contracts.type_words import schema_of
from mdt.language import words_of
from mdt.openapi import from_dict

GUIDE = {
    "service": "inventory",
    "version": "1.0.0",
    "apis": [
        {
            "endpoint": "/internal/inventory/check",
            "method": "POST",
            "request": {"productId": "string", "quantity": "number"},
            "response": {"available": "boolean", "quantity": 100},
        }
    ],
}


def compiled(**api: Any) -> dict[str, Any]:
    document = to_openapi({**GUIDE, "apis": [{**GUIDE["apis"][0], **api}]})
    return next(iter(next(iter(document["paths"].values())).values()))


def test_the_form_of_the_guide() -> None:
    document = from_dict(to_openapi(GUIDE), strict=True)

    (operation,) = document.operations
    assert (document.title, document.version, operation.label) == (
        "inventory",
        "1.0.0",
        "POST /internal/inventory/check",
    )
    body = operation.request_body.contents["application/json"].schema
    assert body.is_valid({"productId": "p", "quantity": 1.5, "more": 1})
    assert [one.message for one in body.errors({"productId": "p"})] == ['"quantity" is a required property']
    answer = operation.responses[0].contents["application/json"].schema
    assert answer.is_valid({"available": True, "quantity": 2})
    assert not answer.is_valid({"available": "yes", "quantity": 2})


@pytest.mark.parametrize(
    ("written", "valid", "wrong"),
    [
        ("string", ["a"], [1, None]),
        ("integer", [1], [1.5, "1"]),
        ("number", [1, 1.5], ["1"]),
        ("boolean", [True], ["true"]),
        ("any", [1, None, "a"], []),
        ("null", [None], [0]),
        ("string|null", ["a", None], [1]),
        ("string[]", [["a"], []], [["a", 1], "a"]),
        ("integer[][]", [[[1]]], [[1]]),
        ("date-time", ["2026-01-31T10:00:00Z"], ["today", 1]),
        ("uuid", ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"], ["x"]),
        ("prod-1", ["prod-2", "string"], [1]),
        (True, [False], [1]),
        (3, [4, 1.5], ["3"]),
        (None, [1, None], []),
        ([{"id": "string"}], [[{"id": "a"}], []], [[{}], {}]),
        ([], [[1, "a"]], [{}]),
        ({"a?": "string", "b": "integer?"}, [{}, {"a": "x"}, {"b": 1}], [{"a": 1}, {"b": "x"}, []]),
        ({"a": {"b": "string"}}, [{"a": {"b": "x"}}], [{"a": {}}]),
    ],
)
def test_values(written: Any, valid: list[Any], wrong: list[Any]) -> None:
    document = to_openapi(
        {**GUIDE, "apis": [{"endpoint": "/x", "method": "POST", "request": {"v": written}, "response": {}}]}
    )
    schema = from_dict(document).operations[0].request_body.contents["application/json"].schema

    assert [one for one in valid if not schema.is_valid({"v": one})] == []
    assert [one for one in wrong if schema.is_valid({"v": one})] == []


def test_examples_are_kept() -> None:
    assert schema_of({"id": "prod-1"})["properties"]["id"] == {"type": "string", "examples": ["prod-1"]}


def test_statuses_are_the_keys_of_a_response_or_the_success_alone() -> None:
    several = compiled(response={"200": {"a": "string"}, "404": {"error": "string"}})
    single = compiled(status=201, errors={"409": {"error": "string"}})

    assert [*several["responses"]] == ["200", "404", "4XX", "5XX"]
    assert [*single["responses"]] == ["201", "409"]
    assert "content" not in several["responses"]["5XX"]


def test_what_a_get_asks_for_stands_in_its_query() -> None:
    operation = compiled(
        endpoint="GET /products/:id", request={"limit?": "integer"}, method="POST", headers={"X-Key": "string"}
    )

    listed = [(one["name"], one["in"], one["required"]) for one in operation["parameters"]]
    assert listed == [("id", "path", True), ("limit", "query", False), ("X-Key", "header", True)]


@pytest.mark.parametrize(
    ("document", "at", "message"),
    [
        ({**GUIDE, "apis": []}, None, "`apis` is a list with at least one entry"),
        ({**GUIDE, "version": 1}, None, "'version' is missing, or is no text"),
        ({**GUIDE, "api": 1}, None, "there is no key 'api' here. Did you mean apis?"),
        ({**GUIDE, "apis": [*GUIDE["apis"], {"endpoint": "x"}]}, 1, "the endpoint 'x' begins with /"),
        ({**GUIDE, "apis": [*GUIDE["apis"], *GUIDE["apis"]]}, 1, "POST /internal/inventory/check stands here twice"),
        ({**GUIDE, "apis": [{"endpoint": "/x", "method": "SEND"}]}, 0, "'SEND' is no method."),
        (
            {**GUIDE, "apis": [{"endpoint": "/x", "respones": {}}]},
            0,
            "there is no key 'respones' here. Did you mean response?",
        ),
        (
            {**GUIDE, "apis": [{"endpoint": "/x", "errors": {"oops": 1}}]},
            0,
            "`errors` is a mapping of statuses to bodies",
        ),
        ({**GUIDE, "apis": ["/x"]}, 0, "an entry of `apis` is a mapping"),
    ],
)
def test_mistakes(document: dict[str, Any], at: int | None, message: str) -> None:
    with pytest.raises(ShortFormError) as caught:
        to_openapi(document)

    assert caught.value.at == at
    assert message in str(words_of(caught.value))


def test_openapi_is_no_short_form() -> None:
    assert is_short_form(json.loads(json.dumps(GUIDE)))
    assert not is_short_form({"openapi": "3.1.0", "apis": []})
    assert not is_short_form([])
