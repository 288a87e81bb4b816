"""Every route with a query × everything that is no good query, and the others × a query that they do not know."""

import pytest

from tests.framework import routes
from tests.framework.generated_checks import MARKER, assert_refused, assert_sane
from tests.framework.generated_examples import kind
from tests.framework.generated_requests import Caller
from tests.framework.tables import table, words

WITH_QUERY = [endpoint for endpoint in routes.every() if endpoint.query]
FIELDS = [
    (endpoint, name, kind(schema))
    for endpoint in WITH_QUERY
    for name, schema in endpoint.query.model_json_schema()["properties"].items()
]
NUMBERS = [f for f in FIELDS if f[2].get("type") == "integer"]
CHOICES = [f for f in FIELDS if "enum" in f[2]]
TEXTS = [f for f in FIELDS if f[2].get("type") == "string" and "enum" not in f[2]]

NOT_A_NUMBER = ["", "9" * 30, "-" + "9" * 30, MARKER, *words("abc 1.5 0x10 1e3 -1 0 NaN Infinity %D9%A3 1,2 true null")]
NOT_A_CHOICE = ["", MARKER, "%20", "null", "*", "id;DROP TABLE users", "id,id", "--id", "%2Did%2D", "__class__"]
STRANGE_TEXT = [
    "%25" * 20,
    "_" * 20,
    "%25_" * 10,
    "%5C" * 20,
    *words("%27%20OR%201=1 %ff %ED%A0%80 %zz % %u0041 %F0%9F%98%80 * .*"),
]


BRACKETS = ("[]", "[0]", "[$ne]", ".x")


def ids(value):
    return value if isinstance(value, str) else routes.label(value) if hasattr(value, "route") else ""


def each(fields):
    return pytest.mark.parametrize(("endpoint", "name", "schema"), fields, ids=ids)


@each(NUMBERS)
def test_what_is_no_such_number_is_422(api, endpoint, name, schema):
    caller = Caller(api, endpoint)

    for value in NOT_A_NUMBER:
        response = caller.send(query=f"{name}={value}")

        assert_refused(response, 422)
        assert response.json["data"]["detail"][0]["loc"] == ["query", name]


@each(NUMBERS)
def test_numbers_have_bounds(endpoint, name, schema):
    assert schema["minimum"] >= 0
    assert schema["maximum"] < 10**18  # what a BIGINT takes, also times a page


@each(CHOICES)
def test_what_is_no_choice_is_422(api, endpoint, name, schema):
    caller = Caller(api, endpoint)

    for value in NOT_A_CHOICE:
        assert_refused(caller.send(query=f"{name}={value}"), 422)


@each(CHOICES)
def test_every_choice_works(api, endpoint, name, schema):
    caller = Caller(api, endpoint)

    assert {caller.send(query=f"{name}={value}").status_code for value in schema["enum"]} == {200}


@each(TEXTS)
def test_strange_text_is_no_failure(api, endpoint, name, schema):
    caller = Caller(api, endpoint)

    assert {caller.send(query=f"{name}={value}").status_code for value in STRANGE_TEXT} <= {200, 422}


@each(TEXTS)
def test_text_that_is_too_long_is_422(api, endpoint, name, schema):
    response = Caller(api, endpoint).send(query=f"{name}={'x' * (schema['maxLength'] + 1)}")

    assert_refused(response, 422)


@each(FIELDS)
class TestEveryField:
    @table(
        "query, status",
        {
            "twice": ("{0}=1&{0}=1", 422),
            "NUL": ("{0}=%00", 400),
            "control character": ("{0}=a%1bb", 422),
            **{f"brackets make no lists or objects: {suffix}": ("{0}" + f"{suffix}=1", 422) for suffix in BRACKETS},
        },
    )
    def test_is_refused(self, api, endpoint, name, schema, query, status):
        assert_refused(Caller(api, endpoint).send(query=query.format(name)), status)


@routes.each(WITH_QUERY)
class TestEveryQuery:
    def test_unknown_name_is_422_and_its_value_is_not_repeated(self, api, endpoint):
        response = Caller(api, endpoint).send(query="nobody=zq7marker")

        assert_refused(response, 422)
        assert response.json["data"]["detail"][0]["type"] == "extra_forbidden"

    def test_thousand_names_are_no_failure(self, api, endpoint):
        many = "&".join(f"n{number}=1" for number in range(1000))

        assert_sane(Caller(api, endpoint).send(query=many))


@routes.each([e for e in routes.every() if not e.query])
def test_query_that_nobody_asked_for_is_no_failure(api, endpoint):
    caller = Caller(api, endpoint)
    as_usual = caller.send().status_code

    for query in ("nobody=1", "a=1&a=2", "%00", "%ff=%fe", "%", "=", "&&&", "debug=true", "_method=DELETE"):
        response = caller.again().send(query=query)

        assert_sane(response)
        assert response.status_code == as_usual
