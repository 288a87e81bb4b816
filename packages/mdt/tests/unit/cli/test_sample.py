"""Example requests fit the `match` that they are made from."""

from pathlib import Path

import pytest

from mdt.definitions.sample import sample, value_for
from mdt.definitions.source import plain
from mdt.engine.messages import MISSING
from mdt.lint.source_tree import SourceTree
from tests.unit.folders import loaded

MATCHES = [
    "{}",
    "{json: {a: 1, b: [1, {type: string}], c: null}}",
    "{json: {a: {type: integer, min: 3, max: 9}}}",
    "{json: {a: {type: integer, max: -3}}}",
    "{json: {a: {min: 3}}}",
    "{json: {a: {max: 3}}}",
    "{json: {a: {type: number, min: 0.5}}}",
    "{json: {a: {type: [boolean, string]}}}",
    "{json: {a: {type: object}, b: {type: array}, c: {type: 'null'}}}",
    "{json: {a: {type: string, length: 4}}}",
    "{json: {a: {length: {min: 2}}, b: {length: {max: 0}}, c: {length: {max: 5}}}}",
    "{json: {a: {oneOf: [x, y]}, b: {equals: {k: 1}}, c: {any: true}, d: {absent: true}}}",
    "{json: {a: {contains: x}, b: {type: array, contains: 3}, c: {contains: {type: integer}}}}",
    "{json: {a: {not: 5}}}",
    "{query: {a: 1, b: {type: integer}, c: {type: boolean}}}",
    "{query: {a: {absent: true}, b: x y&z}}",
    "{headers: {X-One: a, X-Two: {absent: true}}}",
    "{form: {a: {type: integer, min: 7}, b: 键}}",
    "{text: {contains: hello}}",
    "{text: 12}",
    "{json: {a: {unordered: [{type: integer}, x]}}}",
    "{cookies: {sid: a, lang: {oneOf: [zh]}}, basicAuth: {user: ann}}",
    "{graphql: Cart}",
    "{graphql: {type: mutation, fields: {contains: pay}, variables: {id: {type: integer}}}}",
    "{graphql: {query: '{ a { b } }'}}",
    "{xml: <a b='1'>c</a>}",
    "{xml: {equals: <a/>}}",
]


@pytest.mark.parametrize("match", MATCHES)
def test_example_fits(tmp_path: Path, match: str) -> None:
    text = f"default: ok\nroutes:\n  POST /a/{{id}}:\n    match: {match}\n    ok: {{json: 1}}"
    catalog = loaded(tmp_path, {"internal/shop.yaml": text})
    (route,) = catalog.services["shop"].routes
    sent = sample(route, plain(SourceTree.of(catalog).demands(route)), {})

    assert sent is not None
    assert sent.path == "/a/id"
    assert route.match.matches(sent.to("http://shop.internal", "shop.internal"))


def test_any_method_and_the_rest_of_a_path(tmp_path: Path) -> None:
    text = "default: ok\nroutes:\n  'ANY /a/{rest:path}': {ok: {json: 1}}"
    (route,) = loaded(tmp_path, {"internal/shop.yaml": text}).services["shop"].routes
    sent = sample(route, {}, {})

    assert sent is not None
    assert (sent.method, sent.path) == ("GET", "/a/rest")


def test_body_comes_with_its_content_type(tmp_path: Path) -> None:
    text = "default: ok\nroutes:\n  POST /a:\n    match: {form: {a: 1}, headers: {x-b: c}}\n    ok: {json: 1}"
    catalog = loaded(tmp_path, {"internal/shop.yaml": text})
    (route,) = catalog.services["shop"].routes

    sent = sample(route, {"form": {"a": 1}, "headers": {"X-B": "c"}}, {})

    assert sent is not None
    assert sent.body == b"a=1"
    assert sent.headers == {"x-b": "c", "content-type": "application/x-www-form-urlencoded"}


def test_absent_keys_are_left_out() -> None:
    assert value_for({"a": {"absent": True}, "b": 1}) == {"b": 1}
    assert value_for({"absent": True}) is MISSING


def test_no_example_for_a_pattern_that_is_not_met(tmp_path: Path) -> None:
    text = "default: ok\nroutes:\n  POST /a:\n    match: {json: {a: {regex: '^z$'}}}\n    ok: {json: 1}"
    catalog = loaded(tmp_path, {"internal/shop.yaml": text})
    (route,) = catalog.services["shop"].routes

    assert sample(route, {"json": {"a": {"regex": "^z$"}}}, {}) is None


@pytest.mark.parametrize(
    ("shared", "path"),
    [
        ({}, "/a/id"),
        ({"x": 5, "y": [1, {"name": "n"}, {"id": "k7"}]}, "/a/k7"),
        ({"x": {"id": 12}}, "/a/12"),
        ({"x": [{"id": [1]}]}, "/a/id"),
    ],
)
def test_path_parameter_comes_from_shared_data(tmp_path: Path, shared: dict, path: str) -> None:
    catalog = loaded(tmp_path, {"internal/shop.yaml": "default: ok\nroutes:\n  GET /a/{id}:\n    ok: {json: 1}"})

    sent = sample(catalog.services["shop"].routes[0], {}, shared)

    assert sent is not None
    assert sent.target == path
