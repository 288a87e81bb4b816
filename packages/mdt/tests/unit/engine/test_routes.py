"""Which routes a path fits, and in which order."""

from dataclasses import dataclass

import pytest

from mdt.engine.routes import RouteTable, parameters, shape


@dataclass(frozen=True)
class Route:
    template: str
    method: str = "GET"
    weight: int = 0


def found(templates: list[str], path: str) -> list[tuple[str, tuple[str, ...]]]:
    table = RouteTable(tuple(map(Route, templates)))
    return [(route.template, values) for route, values in table.find("GET", path)]


@pytest.mark.parametrize(
    ("templates", "path", "expected"),
    [
        (["/a"], "/a", [("/a", ())]),
        (["/a"], "/a/", []),
        (["/a/"], "/a/", [("/a/", ())]),
        (["/"], "/", [("/", ())]),
        (["/a/{x}"], "/a/1", [("/a/{x}", ("1",))]),
        (["/a/{x}"], "/a/", []),
        (["/a/{x}"], "/a/1/2", []),
        (["/a/{x}", "/a/b"], "/a/b", [("/a/b", ()), ("/a/{x}", ("b",))]),
        (["/{x}/b", "/a/{y}"], "/a/b", [("/a/{y}", ("b",)), ("/{x}/b", ("a",))]),
        (["/{x}/b/{y}", "/a/{x}/c"], "/a/b/c", [("/a/{x}/c", ("b",)), ("/{x}/b/{y}", ("a", "c"))]),
        (["/v1/{model}:generate", "/v1/{id}"], "/v1/m:generate", [
            ("/v1/{model}:generate", ("m",)),
            ("/v1/{id}", ("m:generate",)),
        ]),
        (["/f/{name}.json"], "/f/a.b.json", [("/f/{name}.json", ("a.b",))]),
        (["/f/{name}.json"], "/f/.json", []),
        (["/f/{n}.json", "/f/{n}.min.json"], "/f/a.min.json", [("/f/{n}.min.json", ("a",)), ("/f/{n}.json", ("a.min",))]),
        (["/r/{a}-{b}"], "/r/1-2", [("/r/{a}-{b}", ("1", "2"))]),
        (["/a%20b"], "/a b", [("/a%20b", ())]),
        (["/f/{p:path}"], "/f/a/b%2Fc/", [("/f/{p:path}", ("a/b/c/",))]),
        (["/f/{p:path}"], "/f/", []),
        (["/{p:path}"], "/", []),
        (["/f/{p:path}", "/f/{n}", "/f/a", "/{n}/a"], "/f/a", [
            ("/f/a", ()),
            ("/f/{n}", ("a",)),
            ("/f/{p:path}", ("a",)),
            ("/{n}/a", ("f",)),
        ]),
        (["/中/{x}"], "/中/文", [("/中/{x}", ("文",))]),
    ],
)  # fmt: skip
def test_paths_and_their_order(templates, path, expected):
    assert found(templates, path) == expected
    assert found(templates[::-1], path) == expected


def test_routes_share_a_segment_of_the_same_shape():
    templates = ["/v1/{model}:generate/a", "/v1/{name}:generate/b"]

    assert found(templates, "/v1/m:generate/a") == [(templates[0], ("m",))]
    assert found(templates, "/v1/m:generate/b") == [(templates[1], ("m",))]


def test_the_method_must_fit():
    table = RouteTable((Route("/a"), Route("/a", "POST"), Route("/b/{x}", "POST")))

    assert [route.method for route, _ in table.find("POST", "/a")] == ["POST"]
    assert list(table.find("GET", "/b/1")) == []
    assert list(table.find("DELETE", "/a")) == []


@pytest.mark.parametrize("template", ["/a", "/a/{x}"])
def test_of_two_with_the_same_path_the_heavier_comes_first(template):
    light, heavy = Route(template), Route(template, weight=3)

    table = RouteTable((light, heavy))

    assert [route for route, _ in table.find("GET", template.replace("{x}", "1"))] == [heavy, light]


def test_parameters_and_shape():
    assert parameters("/a/{x}/{y_2}.json") == ["x", "y_2"]
    assert shape("/a/{x}/b") == shape("/a/{y}/b") == "/a/{}/b"


def test_head_finds_its_own_routes_first_and_then_those_of_get():
    table = RouteTable((Route("/a"), Route("/a", "HEAD"), Route("/b/{id}"), Route("/c", "POST")))

    assert [route.method for route, _ in table.find("HEAD", "/a")] == ["HEAD", "GET"]
    assert [values for _, values in table.find("HEAD", "/b/7")] == [("7",)]
    assert list(table.find("HEAD", "/c")) == []
    assert [route.method for route, _ in table.find("GET", "/a")] == ["GET"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/a", ["GET /a", "ANY /a", "GET /{x}"]),
        ("PURGE", "/a", ["ANY /a"]),
        ("HEAD", "/a", ["HEAD /a", "GET /a", "ANY /a", "GET /{x}"]),
        ("POST", "/b/c", ["ANY /{x}/c", "POST /{x:path}"]),
        ("GET", "/b/d", []),
    ],
)
def test_a_route_for_the_method_comes_before_one_for_any(method, path, expected):
    routes = ("ANY /a", "HEAD /a", "GET /{x}", "GET /a", "ANY /{x}/c", "POST /{x:path}")
    for order in (routes, routes[::-1]):
        table = RouteTable(tuple(Route(template, verb) for verb, template in map(str.split, order)))

        assert [f"{route.method} {route.template}" for route, _ in table.find(method, path)] == expected
