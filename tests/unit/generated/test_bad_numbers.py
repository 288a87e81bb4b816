"""Every number that a route takes × what JSON, or a query, can write in its place: taken or refused, never a failure."""

import jsonschema_rs
import orjson

from tests.framework import routes
from tests.framework.generated_checks import assert_refused, assert_sane
from tests.framework.generated_examples import body_schema, example
from tests.framework.generated_requests import Caller
from tests.framework.tables import every, words

MARK = "zq7number"
WITH_BODY = [endpoint for endpoint in routes.every() if endpoint.body]
BEYOND = words("NaN Infinity -Infinity 1e400 -1e400 1e99999999999999999999")
NUMBERS = [
    *words("0 -0 -0.0 1 1.0 5e0 0.1e1 1.5 1e-400 1e-99999999999999999999 1e19 9007199254740993.0 1e307"),
    *('"5"', '"1e400"', '"NaN"', "true", "false"),
    *("197." + "9" * 30, "0." + "0" * 3000 + "1", "9" * 19, "9" * 40, "-" + "9" * 4000),
]
IN_A_QUERY = [*words("1_0 01 1.0 %2B1 %201 1%20 1%0A %EF%BC%91 1. .1 1e0"), "1" * 20]


def body(endpoint, field, literal):
    """The documented example with this literal in one place."""
    return orjson.dumps({**example(endpoint.body), field: MARK}).replace(f'"{MARK}"'.encode(), literal.encode())


def places(endpoint):
    """Its fields, and a member that it does not know."""
    return [*body_schema(endpoint.body)["properties"], "unknown"]


@routes.each(WITH_BODY)
class TestInABody:
    def test_is_taken_or_refused(self, api, endpoint):
        rows = [(field, literal) for field in places(endpoint) for literal in NUMBERS]

        every(rows, lambda row: assert_sane(Caller(api, endpoint).send(body(endpoint, *row))))

    def test_beyond_every_range_is_400(self, api, endpoint):
        rows = [(field, literal) for field in places(endpoint) for literal in BEYOND]

        every(rows, lambda row: assert_refused(Caller(api, endpoint).send(body(endpoint, *row)), 400))


@routes.each([endpoint for endpoint in routes.every() if endpoint.query])
def test_in_a_query_is_written_in_one_way(api, endpoint):
    schema = endpoint.query.model_json_schema()["properties"]
    numbers = [name for name in schema if jsonschema_rs.validator_for(schema[name]).is_valid(1)]
    caller = Caller(api, endpoint)

    every(
        [(name, text) for name in numbers for text in IN_A_QUERY],
        lambda row: assert_refused(caller.send(query="=".join(row)), 422),
    )
