"""A whole number beyond 64 bits is the client's mistake, also where a schema lets any number through."""

import pytest
from pydantic import BaseModel

from backend.core.security.access import public
from backend.core.web.route import Route
from tests.unit.core.support import Things, app_fixture, things

TOO_LARGE = [2**63, -(2**63) - 1, 10**30, 10**4000]
repository = Things()


class Box(BaseModel):
    box_id: int


def find(query: Box) -> int:
    """Look for what is in a box"""
    return repository.count(box_id=query.box_id)


def store(body: Box) -> None:
    """Put a thing into a box"""
    repository.create(name="in a box", box_id=body.box_id)


def move(body: Box) -> int:
    """Put every thing into a box"""
    return repository.bulk_update([1], box_id=body.box_id)


ROUTES = [
    Route("GET", "/api/probe/boxes", find, public),
    Route("POST", "/api/probe/boxes", store, public),
    Route("PATCH", "/api/probe/boxes", move, public),
]


app = app_fixture(ROUTES)


def assert_names(response, place):
    problem = {"loc": [place], "msg": "The database refuses one of the values.", "type": "database"}
    assert response.status_code == 422
    assert response.get_json() == {"code": 0, "data": {"detail": [problem]}, "msg": "A value does not fit."}


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda number: f"{number.bit_length()} bits")
class TestBeyond64Bits:
    def test_in_a_query_is_422(self, client, number):
        assert_names(client.get(f"/api/probe/boxes?box_id={number}"), "query")

    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    def test_in_a_body_is_422_and_nothing_is_stored(self, app, client, method, number):
        assert_names(client.open("/api/probe/boxes", method=method, json={"box_id": number}), "body")

        assert things(app) == []


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_the_largest_and_the_smallest_number_are_looked_for(client, number):
    assert client.get(f"/api/probe/boxes?box_id={number}").get_json()["data"] == 0
