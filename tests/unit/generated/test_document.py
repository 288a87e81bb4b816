"""The OpenAPI document: valid, equal to the committed one, and complete."""

import json

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from backend.core.web import docs, openapi
from tests.framework import routes
from tests.framework.generated_examples import example
from tests.framework.generated_requests import Caller
from tests.framework.tables import every
from tools.openapi import DOCUMENT

DOCUMENTED = [e for e in routes.every() if e.route.path.startswith(openapi.DOCUMENTED)]
WITH_BODY = [endpoint for endpoint in routes.every() if endpoint.body]


@pytest.fixture(scope="module")
def document(app):
    return openapi.document(app)


def operation(document, endpoint):
    path = openapi.PATH_PARAMETER.sub(r"{\2}", endpoint.route.path)
    return document["paths"][path][endpoint.route.method.lower()]


class TestDocument:
    def test_is_a_valid_openapi_document(self, document):
        assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []

    def test_validator_sees_a_broken_one(self, document):
        broken = {**document, "info": {}}

        assert list(OpenAPIV31SpecValidator(broken).iter_errors())

    def test_is_the_committed_one_byte_for_byte(self, app):
        assert DOCUMENT.read_bytes() == docs.render(app), "run `make openapi` and commit docs/openapi.json"

    def test_is_served_as_it_is_committed(self, client):
        assert client.get("/openapi.json").data == DOCUMENT.read_bytes()

    def test_every_schema_is_used(self, document):
        text = json.dumps(document)
        unused = [name for name in document["components"]["schemas"] if f'"#/components/schemas/{name}"' not in text]

        assert unused == []

    def test_names_each_operation_once(self, document):
        ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]

        assert len(ids) == len(set(ids)) == len(DOCUMENTED)

    def test_says_who_may_call(self, document):
        def says(endpoint):
            stated = operation(document, endpoint)

            wants_token = endpoint.route.access.kind in ("user", "permission")
            assert stated["security"] == ([{"bearer": []}] if wants_token else [])
            assert f"Access: {endpoint.route.access}." in stated["description"]
            assert ("401" in stated["responses"]) >= wants_token
            assert ("403" in stated["responses"]) >= (endpoint.route.access.kind == "permission")

        every(DOCUMENTED, says)

    def test_every_answer_is_an_envelope(self, document):
        def is_envelope(row):
            status, answer = row
            schema = answer["content"]["application/json"]["schema"]
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
            assert list(schema["properties"]) == ["code", "data", "msg"]
            assert schema["properties"]["code"]["const"] == (1 if status < "400" else 0)

        every([row for e in DOCUMENTED for row in operation(document, e)["responses"].items()], is_envelope)


class TestExamples:
    def test_body_is_what_its_schema_says(self):
        def valid(endpoint):
            validator = jsonschema_rs.validator_for(endpoint.body.model_json_schema())

            assert validator.is_valid(example(endpoint.body))

        every(WITH_BODY, valid)

    @routes.each(routes.every("user", "permission"))
    def test_request_with_it_works(self, api, endpoint):
        assert Caller(api, endpoint).send().status_code == endpoint.route.status

    def test_answer_has_one_for_every_member(self):
        def has_example(model):
            assert example(model, "serialization")

        every({e.returns for e in DOCUMENTED if hasattr(e.returns, "model_fields")}, has_example)
