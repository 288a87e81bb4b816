"""What the document demands of the tests, what a call exercises of it, and what is left."""

import pytest

from tests.framework import api_coverage
from tests.framework.tables import table

LIST = {"$ref": "#/components/schemas/Things"}
DOCUMENT = {
    "paths": {
        "/things": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "q"},
                    {"in": "query", "name": "kind", "required": True},
                    {"in": "path", "name": "id"},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"properties": {"total": {}, "page": LIST}}}}},
                    "404": {},
                    "500": {},
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {},
            },
        }
    },
    "components": {
        "schemas": {
            "Things": {"properties": {"items": {"items": {"$ref": "#/components/schemas/Thing"}}}},
            "Thing": {
                "properties": {
                    "id": {"type": "integer"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "free": {"type": "object"},
                }
            },
            "New": {"properties": {"name": {}, "note": {}}, "required": ["name"]},
        }
    },
}
DEMANDED = {
    "GET /things 200",
    "GET /things 404",
    "GET /things 500",
    "GET /things answer.total",
    "Thing.id",
    "Thing.note",
    "Thing.note null",
    "GET /things ?q",
    "GET /things without ?q",
    "GET /things ?kind",
    "POST /things body.name",
    "POST /things body.note",
    "POST /things without body.note",
}


def test_every_status_parameter_and_field_is_demanded():
    assert api_coverage.demands(DOCUMENT) == DEMANDED


def test_what_nobody_exercised_is_left_but_for_500():
    assert api_coverage.missing(DOCUMENT, set(), {}) == sorted(DEMANDED - {"GET /things 500"})
    assert api_coverage.missing(DOCUMENT, DEMANDED, {}) == []


@table(
    "mark, seen, left",
    {
        "an excuse": ("GET /things 404", DEMANDED - {"GET /things 404"}, []),
        "for what was exercised": ("GET /things 404", DEMANDED, ["GET /things 404 (needs no excuse: why)"]),
        "for what nobody demands": ("GET /others 404", DEMANDED, ["GET /others 404 (needs no excuse: why)"]),
    },
)
def test_an_excuse_counts_only_for_what_is_missing(mark, seen, left):
    assert api_coverage.missing(DOCUMENT, seen, {mark: "why"}) == left


@pytest.fixture
def noted(monkeypatch):
    """The marks of the calls that the test makes."""
    marks = set()
    monkeypatch.setattr(api_coverage, "FOLDER", "somewhere")
    monkeypatch.setattr(api_coverage, "_seen", marks)
    return marks


def test_a_call_is_noted_with_what_it_sent_and_what_came_back(api, noted):
    actor = api.login()
    api.patch("/api/v1/users/me", json={"nickname": "x"}, by=actor)
    api.put("/api/v1/users/me", data=b"{", by=actor, headers={"Content-Type": "application/json"})
    api.get("/api/v1/users?page=1", by=actor)

    assert {
        "PATCH /api/v1/users/me 200",
        "PATCH /api/v1/users/me body.nickname",
        "PATCH /api/v1/users/me without body.avatar_url",
        "PATCH /api/v1/users/me answer.msg",
        "UserOut.id",
        "UserOut.phone null",
        "PUT /api/v1/users/me 400",
        "GET /api/v1/users 403",
        "GET /api/v1/users ?page",
        "GET /api/v1/users without ?per_page",
    } <= noted
    assert not {mark for mark in noted if mark.startswith("PUT /api/v1/users/me body")}
    assert "UserOut.phone" not in noted
