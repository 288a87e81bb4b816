"""The OpenAPI document of the admin API is valid, and has every route and nothing else."""

from openapi_spec_validator import OpenAPIV31SpecValidator

from mdt.server.admin.api import TABLE
from mdt.server.admin.document import OPERATIONS, document

ROUTES = [(route.method, route.template) for route in TABLE]


def test_it_is_valid():
    OpenAPIV31SpecValidator(document(ROUTES)).validate()


def test_it_has_every_route_and_each_is_described():
    paths = document(ROUTES)["paths"]

    assert {(method.upper(), path) for path, found in paths.items() for method in found} == {
        (method, f"/_mdt{template}") for method, template in ROUTES
    }
    assert OPERATIONS.keys() == {f"{method} {template}" for method, template in ROUTES}


def test_a_route_that_nobody_described_would_be_found():
    assert document([("GET", "/new")])["paths"]["/_mdt/new"]["get"]["summary"] == "GET /new"
