"""The OpenAPI document: valid, complete, and true to the routes."""

import re
from datetime import datetime
from typing import Any, Literal

import jsonschema_rs
import pytest
from flask import Flask, Response
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import AppError, ConflictError, TooManyRequestsError
from backend.core.pagination import Page, PageQuery
from backend.core.security.access import permission, public, signature, user
from backend.core.security.principal import Principal
from backend.core.web import openapi
from backend.core.web.route import Route
from backend.core.web.routing import endpoints
from tests.framework.tables import table
from tests.unit.core.support import app_fixture

LEGAL_NAME = re.compile(r"[A-Za-z0-9._-]+")  # OpenAPI 3.1.0, Components Object
WORDS = {"get", "put", "post", "delete", "patch"}


class PaymentRequiredError(AppError):
    status = 402


class Item(BaseModel):
    id: int
    kind: Literal["a", "b"]
    made_at: datetime


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=10, examples=["x"])


class Query(PageQuery):
    """Which items."""

    kind: Literal["a", "b"] | None = Field(None, description="Only this kind.")
    q: str


class Elsewhere:
    class Query(BaseModel):
        other: int = 1


def listed(query: Query) -> Page[Item]:
    """List items.

    In their order.
    """


def plain(query: Elsewhere.Query) -> list[Item]: ...
def changed(principal: Principal, number: int, name: str, body: Body) -> Item: ...
def removed(number: int) -> None: ...
def raw() -> Response: ...
def both(body: Body) -> Body: ...
def reused_as_query(query: Body) -> None: ...
def beside() -> None: ...


ROUTES = [
    Route("GET", "/api/probe/items", listed, permission("items:read"), rate="5/minute"),
    Route("GET", "/api/probe/plain", plain, public),
    Route("PUT", "/api/probe/items/<id:number>/<name>", changed, user, raises=[ConflictError], status=202),
    Route("DELETE", "/api/probe/items/<id:number>", removed, user),
    Route("GET", "/api/probe/raw", raw, signature("stamp"), raises=[TooManyRequestsError]),
    Route("POST", "/api/probe/both", both, public, raises=[PaymentRequiredError]),
    Route("GET", "/api/probe/reused", reused_as_query, public),
    Route("GET", "/probe/beside", beside, public),
]
STATUSES = {
    "get /api/probe/items": "200 400 401 403 413 422 429 500 503",
    "get /api/probe/plain": "200 400 413 422 500 503",
    "put /api/probe/items/{number}/{name}": "202 400 401 404 409 413 415 422 500 503",
    "delete /api/probe/items/{number}": "200 400 401 404 413 500 503",
    "get /api/probe/raw": "200 400 401 413 429 500 503",
    "post /api/probe/both": "200 400 402 413 415 422 500 503",
    "get /api/probe/reused": "200 400 413 422 500 503",
}


app = app_fixture(ROUTES)


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    return openapi.document(app)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by `get /path`."""
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def probes(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: operation for name, operation in operations(document).items() if "/probe/" in name}


def walk(value: Any, path: str = "#"):
    """Every mapping inside of `value`, with its place."""
    if isinstance(value, dict):
        yield path, value
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from walk(item, f"{path}/{name}")


def data_of(operation: dict[str, Any], status: str = "200") -> dict[str, Any]:
    return operation["responses"][status]["content"]["application/json"]["schema"]["properties"]["data"]


class TestWhole:
    def test_it_is_valid(self, document):
        assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []

    def test_every_schema_is_one(self, document):
        for name, schema in document["components"]["schemas"].items():
            jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}), name

    def test_every_reference_points_somewhere(self, document):
        names = {node["$ref"].removeprefix("#/components/schemas/") for _, node in walk(document) if "$ref" in node}

        assert names <= set(document["components"]["schemas"])

    def test_names_of_schemas_are_legal_also_for_generics(self, document):
        names = list(document["components"]["schemas"])

        assert [name for name in names if not LEGAL_NAME.fullmatch(name)] == []
        assert "Page_Item_" in names

    def test_every_route_of_the_api_is_there_and_no_other(self, app, document):
        served = {
            f"{e.route.method.lower()} {openapi.PATH_PARAMETER.sub(r'{\2}', e.route.path)}"
            for e in endpoints(app)
            if e.route.path.startswith(openapi.DOCUMENTED)
        }

        assert set(operations(document)) == served
        assert not [path for path in document["paths"] if path in ("/docs", "/metrics", "/probe/beside")]

    def test_operations_are_told_apart(self, document):
        ids = [operation["operationId"] for operation in operations(document).values()]

        assert len(ids) == len(set(ids))

    def test_tags_are_listed_once_each(self, document):
        used = {tag for operation in operations(document).values() for tag in operation["tags"]}

        assert sorted(tag["name"] for tag in document["tags"]) == sorted(used)

    def test_every_example_is_valid_against_its_schema(self, document):
        wrong, checked = [], 0
        for place, schema in walk(document["components"]["schemas"]):
            for example in schema.get("examples", []) if isinstance(schema.get("examples"), list) else []:
                checked += 1
                whole = {**schema, "components": document["components"]}
                if not jsonschema_rs.Draft202012Validator(whole, validate_formats=True).is_valid(example):
                    wrong.append((place, example))

        assert wrong == []
        assert checked > 20


class TestOperation:
    @table("name, statuses", STATUSES.items())
    def test_every_status_that_it_can_answer_is_documented(self, document, name, statuses):
        assert set(probes(document)) == set(STATUSES)
        assert " ".join(probes(document)[name]["responses"]) == statuses

    def test_summary_description_access_and_rate(self, document):
        operation = probes(document)["get /api/probe/items"]

        assert operation["summary"] == "List items"
        assert "In their order." in operation["description"]
        assert operation["description"].endswith("Access: permission(items:read). Rate: 5/minute.")

    @table(
        "name, security",
        [
            ("get /api/probe/items", [{"bearer": []}]),
            ("delete /api/probe/items/{number}", [{"bearer": []}]),
            ("get /api/probe/plain", []),
            ("get /api/probe/raw", []),
        ],
    )
    def test_who_needs_a_token_is_said(self, document, name, security):
        assert probes(document)[name]["security"] == security

    @table("status, header", [("401", "WWW-Authenticate"), ("429", "Retry-After"), ("503", "Retry-After")])
    def test_headers_that_say_what_to_do_are_documented(self, document, status, header):
        assert header in probes(document)["get /api/probe/items"]["responses"][status]["headers"]

    def test_a_status_of_ones_own_has_its_usual_name(self, document):
        assert probes(document)["post /api/probe/both"]["responses"]["402"]["description"] == "Payment Required."

    def test_422_is_the_list_of_problems_and_the_others_are_failures(self, document):
        responses = {s: r for s, r in probes(document)["get /api/probe/items"]["responses"].items() if s >= "400"}

        schemas = {s: r["content"]["application/json"]["schema"]["$ref"].split("/")[-1] for s, r in responses.items()}
        assert schemas.pop("422") == "InvalidInput"
        assert set(schemas.values()) == {"Failure"}


class TestParameters:
    def test_of_the_path(self, document):
        parameters = probes(document)["put /api/probe/items/{number}/{name}"]["parameters"]

        number = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}
        assert parameters == [
            {"name": "number", "in": "path", "required": True, "schema": number},
            {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}},
        ]

    @table("kind, least", [("id", 1), ("int", 0)])
    def test_numbers_of_the_path_have_the_bounds_of_their_converters(self, kind, least):
        (parameter,) = openapi._path_parameters(f"/api/probe/<{kind}:number>")

        assert parameter["schema"] == {"type": "integer", "minimum": least, "maximum": 10**18 - 1}

    def test_of_the_query_string(self, document):
        parameters = {p["name"]: p for p in probes(document)["get /api/probe/items"]["parameters"]}

        assert [*parameters] == ["page", "per_page", "kind", "q"]
        assert [name for name, parameter in parameters.items() if parameter["required"]] == ["q"]
        assert parameters["kind"]["description"] == "Only this kind."
        assert parameters["per_page"]["schema"]["maximum"] == 100

    def test_query_models_of_the_same_name_are_told_apart(self, document):
        assert [parameter["name"] for parameter in probes(document)["get /api/probe/plain"]["parameters"]] == ["other"]

    def test_of_the_body(self, document):
        body = probes(document)["put /api/probe/items/{number}/{name}"]["requestBody"]

        assert body["required"]
        assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Body"}
        assert "Body" in document["components"]["schemas"]  # although another route takes it as its query

    def test_what_takes_nothing_says_nothing(self, document):
        operation = probes(document)["get /api/probe/raw"]

        assert operation["parameters"] == []
        assert "requestBody" not in operation


class TestAnswers:
    @table(
        "name, status, data",
        [
            ("get /api/probe/items", "200", {"$ref": "#/components/schemas/Page_Item_"}),
            ("get /api/probe/plain", "200", {"items": {"$ref": "#/components/schemas/Item"}, "type": "array"}),
            ("put /api/probe/items/{number}/{name}", "202", {"$ref": "#/components/schemas/Item"}),
            ("delete /api/probe/items/{number}", "200", {"type": "object"}),
            ("get /api/probe/raw", "200", {"type": "object"}),
        ],
    )
    def test_the_data_is_what_the_handler_returns(self, document, name, status, data):
        assert data_of(probes(document)[name], status) == data

    def test_it_comes_in_the_envelope(self, document):
        schema = probes(document)["get /api/probe/plain"]["responses"]["200"]["content"]["application/json"]["schema"]

        assert schema["required"] == ["code", "data", "msg"]
        assert (schema["properties"]["code"], schema["properties"]["msg"]) == ({"const": 1}, {"const": "success"})
        assert schema["additionalProperties"] is False
