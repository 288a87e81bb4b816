"""A slash that was encoded belongs to its segment; every segment comes out as it went in."""

import random
from urllib.parse import quote

import pytest

from mdt.engine.routes import decoded, encoded, host_name, value
from tests.unit.folders import player


@pytest.mark.parametrize(
    ("raw", "path", "values"),
    [
        ("/a/b", "/a/b", ["a", "b"]),
        ("/a%2Fb", "/a%2Fb", ["a/b"]),
        ("/a%2fb/c", "/a%2Fb/c", ["a/b", "c"]),
        ("/a%252Fb", "/a%252Fb", ["a%2Fb"]),
        ("/a%25252Fb", "/a%25252Fb", ["a%252Fb"]),
        ("/100%25", "/100%", ["100%"]),
        ("/100%", "/100%", ["100%"]),
        ("/%25", "/%", ["%"]),
        ("/caf%C3%A9%20x", "/café x", ["café x"]),
        ("/%ff", "/\ufffd", ["\ufffd"]),
        ("/", "/", [""]),
    ],
)
def test_paths_are_decoded_segment_by_segment(raw, path, values):
    assert decoded(raw) == path
    assert [value(one) for one in path[1:].split("/")] == values


def test_every_segment_survives_the_way_there_and_back():
    letters = random.Random(1)
    for _ in range(5000):
        segments = ["".join(letters.choices("%25Ff/a é?#", k=letters.randint(0, 8))) for _ in range(3)]
        path = decoded("/" + "/".join(quote(one, safe="") for one in segments))

        assert [value(one) for one in path[1:].split("/")] == segments
        assert decoded(encoded(path)) == path


def test_a_path_is_written_as_a_url_has_it():
    assert encoded("/a%2Fb/c d/é:@") == "/a%2Fb/c%20d/%C3%A9:@"


@pytest.mark.parametrize("route", ["/files/{name}", "/files/x-{name}", "/files/{name}/meta"])
def test_a_parameter_may_hold_a_slash(tmp_path, route):
    shop = player(tmp_path, f'GET {route}: {{ok: {{json: "{{{{ path.name }}}}"}}}}')

    assert shop.json(f"GET {route.replace('{name}', 'a%2Fb%20c')}") == "a/b c"
    assert "No route" in shop.miss(f"GET {route.replace('{name}', 'a/b')}").reason


def test_a_literal_route_and_a_base_path_may_hold_one(tmp_path):
    shop = player(tmp_path, "GET /a%2Fb: {ok: {json: 1}}\nGET /a/b: {ok: {json: 2}}\nGET /c%2Fd/{x}: {ok: {json: 3}}")

    assert [shop.json(f"GET {path}") for path in ("/a%2fb", "/a/b", "/c%2Fd/e")] == [1, 2, 3]
    assert shop.miss("GET /c/d/e")


def test_the_real_service_gets_the_path_as_it_was_sent(tmp_path):
    shop = player(tmp_path, "GET /files/{name}: {ok: {passthrough: 'http://real.test/v1'}}")

    assert shop.ask("GET /files/a%2Fb%25?x=%2F").url == "http://real.test/v1/files/a%2Fb%25?x=%2F"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Shop.Internal", "shop.internal"),
        ("shop.internal.", "shop.internal"),
        ("库存.example", "xn--q8sz8e.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("..", "."),
    ],
)
def test_a_host_has_one_name(written, name):
    assert host_name(written) == name
