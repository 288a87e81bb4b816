"""Every field of every body × values that its schema does not allow: 422 that names the field and repeats nothing.

A member that nobody knows is a mistake in our own API, and news in what others send us.
"""

from typing import Any

import jsonschema_rs
import orjson

from tests.framework import routes
from tests.framework.generated_checks import MARKER, assert_refused, assert_sane
from tests.framework.generated_examples import body_schema, example, kind
from tests.framework.generated_requests import Caller
from tests.framework.tables import every

WITH_BODY = [endpoint for endpoint in routes.every() if endpoint.body]
UNKNOWN = [MARKER, "id", "user_id", "role ", "__proto__", "constructor", "__class__", ""]
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "minus one": -1,
    "half": 0.5,
    "2**31": 2**31,
    "2**53": 2**53,
    "2**63": 2**63,
    "1e308": 1e308,
    "empty": "",
    "space": " ",
    "marker": MARKER,
    "number as text": "7",
    "new line": f"{MARKER}\n",
    "escape": f"\x1b[31m{MARKER}",
    "C1 control": f"{MARKER}\x9b",
    "text direction": "\u202e" + MARKER,
    "quotes": f"'\"`;-- {MARKER}",
    "template": "{{7*7}}${7*7}#{7*7}",
    "path": "../../../../etc/passwd",
    "very long": MARKER * 10_000,
    "list": [MARKER],
    "empty list": [],
    "object": {MARKER: 1},
    "operator": {"$ne": None},
}


def fields(endpoint):
    return body_schema(endpoint.body)["properties"]


def values(endpoint, field):
    """VALUES that the document allows for the field, and those that it does not."""
    schema, usual = jsonschema_rs.validator_for(body_schema(endpoint.body)), example(endpoint.body)
    good = {name for name, value in VALUES.items() if schema.is_valid({**usual, field: value})}
    return good, set(VALUES) - good


def body(endpoint, field, name):
    return orjson.dumps({**example(endpoint.body), field: _sendable(VALUES[name])})


@routes.each(WITH_BODY)
class TestFields:
    def test_value_outside_the_schema_is_422(self, api, endpoint):
        """Whatever the document does not allow is refused, and the refusal names the field."""

        caller = Caller(api, endpoint)

        def refused(row):
            field, name = row
            response = caller.send(body(endpoint, field, name))

            assert_refused(response, 422)
            assert ["body", field] in [problem["loc"][:2] for problem in response.json["data"]["detail"]]

        bad = {field: values(endpoint, field)[1] for field in fields(endpoint)}
        assert {field: names for field, names in bad.items() if len(names) <= 5} == {}, "nearly everything is allowed"
        every([(field, name) for field, names in bad.items() for name in names], refused)

    def test_value_inside_the_schema_is_no_failure(self, api, endpoint):
        def sane(row):
            assert_sane(Caller(api, endpoint).send(body(endpoint, *row)))

        every([(field, name) for field in fields(endpoint) for name in values(endpoint, field)[0]], sane)

    def test_text_has_a_longest_length(self, endpoint):
        def short(field):
            text = kind(fields(endpoint)[field])

            if text.get("type") == "string" and not {"enum", "const"} & set(text):
                assert text["maxLength"] <= 10_000, f"{field} takes text of any length"

        every(fields(endpoint), short)

    def test_number_has_bounds(self, endpoint):
        def bounded(field):
            number = kind(fields(endpoint)[field])

            if number.get("type") in ("integer", "number"):
                assert {"minimum", "exclusiveMinimum"} & set(number), f"{field} has no smallest value"
                assert {"maximum", "exclusiveMaximum"} & set(number), f"{field} has no largest value"

        every(fields(endpoint), bounded)


@routes.each([endpoint for endpoint in WITH_BODY if endpoint.route.access.kind != "signature"])
class TestOurMembers:
    def test_unknown_one_is_422_and_its_value_is_not_repeated(self, api, endpoint):
        def refused(name):
            response = Caller(api, endpoint).send(orjson.dumps({**example(endpoint.body), name: "zq7value"}))

            assert response.status_code == 422
            assert [p["type"] for p in response.json["data"]["detail"]] == ["extra_forbidden"]
            assert "zq7value" not in response.text

        every(UNKNOWN, refused)


@routes.each(WITH_BODY)
class TestMembers:
    def test_required_ones_are_named_all_at_once(self, api, endpoint):
        required = body_schema(endpoint.body).get("required", [])

        response = Caller(api, endpoint).send(b"{}")

        if required:
            assert_refused(response, 422)
            assert {p["loc"][1] for p in response.json["data"]["detail"]} == set(required)
        else:
            assert_sane(response)


def _sendable(value: Any) -> Any:
    """orjson writes no number beyond 64 bits."""
    return float(value) if type(value) is int and value >= 2**63 else value
