"""The OpenAPI document of a virtual service is valid and says what the handlers say."""

# ruff: noqa: A002, B006 - handlers as users write them
from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field

from mdt import Request, VirtualReply, VirtualService, delete, get, post
from mdt.virtual.service import ERROR


class Item(BaseModel):
    """What is sold."""

    id: str
    parent: "Item | None" = None


class Error(BaseModel):
    code: int


class Shop(VirtualService):
    """Sells things.

    And keeps books.
    """

    title = "商店"
    version = "2.1.0"

    @get("/items/{id}", errors={404: "No such item"})
    def one(self, id: str, deep: bool = False) -> Item:
        """Finds an item.

        With its parents.
        """

    @get("/items")
    def every(self, limit: Annotated[int, Field(ge=1, description="How many")], tag: list[str] = []) -> list[Item]: ...

    @post("/items", status=201)
    def add(self, item: Item) -> Error: ...

    @post("/free")
    def free(self, request: Request, body: dict[str, int] | None = None) -> VirtualReply: ...

    @delete("/items/{id}")
    def remove(self, id: int) -> None: ...


class Empty(VirtualService):
    @get("/")
    def index(self): ...


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return Shop.openapi()


@pytest.mark.parametrize("service", [Shop, Empty, VirtualService])
def test_it_is_valid(service):
    validate(service.openapi())


def test_the_service(document):
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "商店", "version": "2.1.0", "description": "Sells things.\n\nAnd keeps books."}
    assert {path: sorted(operations) for path, operations in document["paths"].items()} == {
        "/items/{id}": ["delete", "get"],
        "/items": ["get", "post"],
        "/free": ["post"],
    }


def test_parameters(document):
    one, every = document["paths"]["/items/{id}"]["get"], document["paths"]["/items"]["get"]

    assert one["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "deep", "in": "query", "required": False, "schema": {"type": "boolean"}},
    ]
    assert every["parameters"][0] == {
        "name": "limit",
        "in": "query",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "description": "How many"},
    }


def test_bodies_and_replies(document):
    add, item = document["paths"]["/items"]["post"], {"$ref": "#/components/schemas/Item-Input"}

    assert add["requestBody"] == {"required": True, "content": {"application/json": {"schema": item}}}
    assert add["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
    assert document["paths"]["/free"]["post"]["requestBody"]["required"] is False
    one = document["paths"]["/items/{id}"]["get"]["responses"]["200"]
    assert one["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Item-Output"}
    assert "parameters" not in document["paths"]["/free"]["post"]
    assert set(document["components"]["schemas"]) == {"Item-Input", "Item-Output", "Error"}


def test_errors_and_empty_replies(document):
    one, remove = document["paths"]["/items/{id}"]["get"], document["paths"]["/items/{id}"]["delete"]

    assert list(one["responses"]) == ["200", "404", "422"]
    assert one["responses"]["404"] == {
        "description": "No such item",
        "content": {"application/json": {"schema": ERROR}},
    }
    assert list(remove["responses"]) == ["204", "422"]
    assert "content" not in remove["responses"]["204"]
    assert list(Empty.openapi()["paths"]["/"]["get"]["responses"]) == ["200"]


def test_summaries_are_first_lines_and_operations_have_their_own_ids(document):
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert document["paths"]["/items/{id}"]["get"]["summary"] == "Finds an item."
    assert document["paths"]["/free"]["post"]["summary"] == "POST /free"
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 5


def test_the_rest_of_a_path_is_a_parameter():
    class Files(VirtualService):
        @get("/files/{name:path}")
        def read(self, name: str) -> str: ...

    document = Files.openapi()

    assert list(document["paths"]) == ["/files/{name}"]
    validate(document)


def test_the_rest_of_a_path_stands_at_the_end():
    class Files(VirtualService):
        @get("/{name:path}/info")
        def read(self, name: str) -> str: ...

    with pytest.raises(TypeError, match="the rest of a path is its last segment"):
        Files.openapi()
