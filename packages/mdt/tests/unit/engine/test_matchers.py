"""What each matcher takes, in JSON and in text; and that its verdict and its words always agree."""

from typing import Any

import pytest

from mdt.definitions.matches import compile_match
from mdt.definitions.source import Rows, Source, Table
from mdt.engine.matchers import same
from mdt.engine.matching import RequestMatch
from mdt.engine.messages import MISSING
from tests.unit.folders import asking


def located(value: Any) -> Any:
    if isinstance(value, dict):
        table = Table(1)
        for key, item in value.items():
            table[key] = located(item)
        return table
    if isinstance(value, list):
        rows = Rows(1)
        for item in value:
            rows.append(located(item))
            rows.lines.append(1)
        return rows
    return value


def compiled(match: dict[str, Any]) -> RequestMatch:
    source = Source("x.yaml")
    result = compile_match(located(match), 1, source)
    assert not source.problems, source.problems
    return result


JSON = [  # the matcher, values that it takes, values that it refuses
    (1, [1, 1.0], [True, "1", 2, None, MISSING]),
    (True, [True], [1, "true", False, MISSING]),
    (None, [None], [0, "", False, MISSING]),
    ("a", ["a"], ["A", ["a"], MISSING]),
    ({"a": 1}, [{"a": 1}, {"a": 1, "b": 2}], [{}, {"a": 2}, [], "a", MISSING]),
    ({}, [{}, {"a": 1}], [[], None, MISSING]),
    ({"a": {"b": 1}}, [{"a": {"b": 1}}], [{"a": 1}, {"a": {}}]),
    ([1, {"a": 2}], [[1, {"a": 2, "b": 3}]], [[1], [1, {"a": 3}], {}, [1, {"a": 2}, 3]]),
    ({"equals": {"a": 1}}, [{"a": 1}], [{"a": 1, "b": 2}, {}]),
    ({"equals": [1, {"a": True}]}, [[1, {"a": True}]], [[1, {"a": 1}], [1]]),
    ({"type": "string"}, ["", "x"], [1, None, MISSING]),
    ({"type": "integer"}, [1, 1.0, -5], [1.5, True, "1", float("nan"), float("inf")]),
    ({"type": "number"}, [1, 1.5], [True, "1"]),
    ({"type": "boolean"}, [True, False], [1, 0, None]),
    ({"type": "object"}, [{}], [[], None]),
    ({"type": "array"}, [[]], [{}, "a"]),
    ({"type": "null"}, [None], [0, MISSING]),
    ({"type": ["string", "null"]}, ["a", None], [1]),
    ({"regex": "^a+$"}, ["aa"], ["b", 1, None, MISSING]),
    ({"regex": "b"}, ["abc"], ["ac"]),
    ({"contains": "b"}, ["abc", ["b"]], ["ac", ["abc"], {"b": 1}, MISSING]),
    ({"contains": {"a": 1}}, [[{"a": 1, "b": 2}]], [[{"a": 2}], {"a": 1}, "a"]),
    ({"any": True}, [None, 0, ""], [MISSING]),
    ({"absent": True}, [MISSING], [None, 0]),
    ({"min": 2}, [2, 2.5], [1, True, "3", MISSING]),
    ({"max": 2}, [2, -1], [3, True, "1", None]),
    ({"min": 1, "max": 3}, [1, 3], [0, 4]),
    ({"oneOf": [1, "a", None]}, [1, "a", None], [True, "b", MISSING]),
    ({"length": 2}, ["ab", [1, 2], {"a": 1, "b": 2}], ["a", 22, None]),
    ({"length": {"min": 1}}, ["a", "abc"], ["", []]),
    ({"length": {"max": 1}}, ["", "a"], ["ab"]),
    ({"not": 1}, [2, "1", True, MISSING], [1, 1.0]),
    ({"not": {"type": "string"}}, [1, None, MISSING], ["a"]),
    ({"type": "x", "name": "y"}, [{"type": "x", "name": "y"}], [{"type": "z", "name": "y"}]),  # not only words
]
CASES = [(matcher, value, True) for matcher, good, _ in JSON for value in good]
CASES += [(matcher, value, False) for matcher, _, bad in JSON for value in bad]


@pytest.mark.parametrize(("matcher", "value", "fits"), CASES)
def test_json_matchers(matcher, value, fits):
    ((_, compiled_matcher),) = compiled({"json": {"key": matcher}}).parts
    body = {} if value is MISSING else {"key": value}

    assert compiled_matcher.matches(body) is fits
    assert (not list(compiled_matcher.mismatches(body, "$"))) is fits


TEXT = [  # the match, calls that fit, calls that do not
    ({"query": {"a": 1}}, ["?a=1", "?a=2&a=1"], ["?a=2", "", "?b=1", "?a=1.0"]),
    ({"query": {"a": True}}, ["?a=true"], ["?a=True", "?a=1"]),
    ({"query": {"a": ["1", 2]}}, ["?a=1&a=2"], ["?a=2&a=1", "?a=1", "?a=1&a=2&a=3"]),
    ({"query": {"a": {"type": "integer"}}}, ["?a=10", "?a=-1"], ["?a=1.5", "?a=x", "?a=", ""]),
    ({"query": {"a": {"type": "number"}}}, ["?a=1.5", "?a=1e3"], ["?a=x", "?a=nan", "?a=inf", "?a=1e999", ""]),
    ({"query": {"a": {"type": "boolean"}}}, ["?a=true", "?a=false"], ["?a=1"]),
    ({"query": {"a": {"type": "string"}}}, ["?a=1", "?a="], [""]),
    ({"query": {"a": {"min": 2, "max": 3}}}, ["?a=2", "?a=2.5"], ["?a=1", "?a=x", ""]),
    ({"query": {"a": {"oneOf": [1, "b"]}}}, ["?a=1", "?a=b"], ["?a=c"]),
    ({"query": {"a": {"absent": True}}}, ["", "?b=1"], ["?a=", "?a=1"]),
    ({"query": {"a": {"any": True}}}, ["?a="], [""]),
    ({"query": {}}, ["", "?a=1"], []),
]


@pytest.mark.parametrize(("match", "good", "bad"), TEXT)
def test_query_matchers(match, good, bad):
    matcher = compiled(match)

    for query in good:
        request = asking(f"GET http://shop.internal/{query}")
        assert matcher.matches(request)
        assert all(one.ok for one in matcher.criteria(request)), query
    for query in bad:
        request = asking(f"GET http://shop.internal/{query}")
        assert not matcher.matches(request)
        assert not all(one.ok for one in matcher.criteria(request)), query


def test_headers_are_found_whatever_the_case_and_among_several_values():
    match = compiled({"headers": {"X-Kind": "b"}})

    assert match.matches(asking("GET http://a/", headers={"x-kind": "b"}))
    assert match.matches(asking("GET http://a/", headers={"x-kind": "a, b"}))
    assert not match.matches(asking("GET http://a/", headers={"x-kind": "ab"}))


def test_a_header_with_a_comma_is_also_matched_as_a_whole():
    match = compiled({"headers": {"date": {"regex": "^Mon, 01"}}})

    assert match.matches(asking("GET http://a/", headers={"date": "Mon, 01 Jan"}))


def test_form_and_text_are_parts():
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert compiled({"form": {"a": "1"}}).matches(asking("POST http://a/", body=b"a=1", headers=form))
    assert not compiled({"form": {"a": "1"}}).matches(asking("POST http://a/", body=b"a=1"))
    assert compiled({"text": {"contains": "<xml>"}}).matches(asking("POST http://a/", body=b"<xml></xml>"))
    assert compiled({"text": "ping"}).matches(asking("POST http://a/", body=b"ping"))
    assert not compiled({"text": "ping"}).matches(asking("POST http://a/", body=b"pong"))


def test_all_parts_must_match():
    match = compiled({"query": {"a": "1"}, "json": {"b": 2}})

    assert match.matches(asking("POST http://x/?a=1", data={"b": 2}))
    assert not match.matches(asking("POST http://x/?a=1", data={"b": 3}))
    assert not match.matches(asking("POST http://x/?a=2", data={"b": 2}))


def test_mismatches_name_the_place_what_was_expected_and_what_came():
    match = compiled({"json": {"items": [{"quantity": {"type": "integer", "min": 1}}]}})
    (verdict,) = match.criteria(asking("POST http://x/", data={"items": [{"quantity": "10"}]}))

    assert verdict.name == "json"
    assert verdict.text.startswith('✗ $.items[0].quantity expected integer, got "10"; ')
    assert verdict.text.endswith('expected at least 1, got "10"')


def test_a_long_value_is_cut_in_the_report():
    (verdict,) = compiled({"json": {"a": 1}}).criteria(asking("POST http://x/", data={"a": "x" * 500}))

    assert len(verdict.text) < 120
    assert verdict.text.endswith("…")


def test_a_body_that_is_no_json_is_told_as_nothing():
    (verdict,) = compiled({"json": {"a": 1}}).criteria(asking("POST http://x/", body=b"{"))

    assert verdict.text == "✗ $ expected an object, got nothing"


@pytest.mark.parametrize(
    ("match", "size"),
    [
        ({}, 0),
        ({"json": {"a": 1, "b": {"min": 1, "max": 2}}}, 3),
        ({"json": {}}, 1),
        ({"query": {"a": 1}, "headers": {"b": 2, "c": 3}}, 3),
        ({"json": [1, 2]}, 2),
        ({"json": []}, 1),
        ({"form": {}}, 1),
    ],
)
def test_each_single_demand_counts(match, size):
    assert compiled(match).size == size


def test_two_exclude_each_other_where_one_takes_none_of_the_few_values_of_the_other():
    match = compiled(
        {
            "json": {"e": {"equals": 1, "not": 2}, "b": {"type": "string"}, "c": [{"d": "x"}]},
            "query": {"q": {"oneOf": [2, 3]}, "z": {"absent": True}},
            "text": "t",
        }
    )
    for other, excluded in [
        ({"json": {"e": 3}}, True),
        ({"json": {"e": {"min": 1}}}, False),
        ({"json": {"b": {"min": 1}}}, False),  # neither of them takes a few values
        ({"json": {"c": [{"d": "y"}]}}, True),
        ({"json": {"c": {"length": 2}}}, False),
        ({"json": {"e": {"f": {"any": True}}}}, True),
        ({"query": {"q": {"regex": "^[45]"}}}, True),
        ({"query": {"q": {"regex": "^[34]"}}}, False),
        ({"query": {"z": {"regex": "a"}}}, True),
        ({"query": {"z": {"not": "a"}}}, False),
        ({"text": "u"}, True),
        ({}, False),
    ]:
        assert match.excludes(compiled(other)) is excluded, other
        assert compiled(other).excludes(match) is excluded, other


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (False, 0, False),
        ({"a": [1]}, {"a": [1.0]}, True),
        ({"a": [1]}, {"a": [True]}, False),
        ({"a": 1}, {"b": 1}, False),
        ([1], [1, 2], False),
        (None, None, True),
    ],
)
def test_equality_is_that_of_json(one, other, equal):
    assert same(one, other) is equal
    assert same(other, one) is equal
