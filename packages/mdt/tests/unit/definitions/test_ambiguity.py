"""Two routes that fit the same requests equally well are an error; different demands make them distinct."""

import pytest

from tests.unit.folders import SHOP, loaded, told

ANSWER = "ok: {json: 1}"


def routes(*pairs: str) -> str:
    return "routes:\n" + "\n".join(
        f"  {key}: {{{match}{ANSWER}}}" for key, match in zip(pairs[::2], pairs[1::2], strict=True)
    )


@pytest.mark.parametrize(
    "pairs",
    [
        ("GET /x", "", "GET /x [b]", ""),
        ("GET /x/{a}", "", "GET /x/{b}", ""),
        ("GET /x", "match: {query: {a: 1}}, ", "GET /x [b]", "match: {query: {a: 1}}, "),
        ("GET /x", "match: {query: {a: 1}}, ", "GET /x [b]", "match: {query: {b: 2}}, "),
        ("POST /x", "match: {json: {a: 1}}, ", "POST /x [b]", "match: {json: {a: 1.0}}, "),
        ("POST /x", "match: {json: {a: {type: string}}}, ", "POST /x [b]", "match: {json: {a: {type: integer}}}, "),
        ("GET /x", "match: {query: {a: {absent: true}}}, ", "GET /x [b]", "match: {query: {b: {regex: c}}}, "),
        ("GET /x", "match: {query: {a: {absent: true}}}, ", "GET /x [b]", "match: {query: {a: {not: c}}}, "),
        ("GET /x", "match: {query: {a: {oneOf: [b, c]}}}, ", "GET /x [b]", "match: {query: {a: {oneOf: [c]}}}, "),
        ("GET /x", "match: {query: {a: {oneOf: [b, c]}}}, ", "GET /x [b]", "match: {query: {a: {regex: ^c}}}, "),
    ],
)
def test_ambiguous(tmp_path, pairs):
    (problem,) = told(tmp_path, {SHOP: routes(*pairs)})

    assert f"{SHOP}:3: {pairs[2]} and {pairs[0]} (line 2) fit the same requests" in problem


@pytest.mark.parametrize(
    "pairs",
    [
        ("GET /x", "", "POST /x", ""),
        ("GET /x", "", "GET /x [b]", "match: {query: {a: 1}}, "),
        ("GET /x", "match: {query: {a: 1}}, ", "GET /x [b]", "match: {query: {a: 2}}, "),
        ("GET /x", "match: {headers: {A: 1}}, ", "GET /x [b]", "match: {headers: {a: 2}}, "),
        ("POST /x", "match: {json: {a: 1}}, ", "POST /x [b]", "match: {json: {a: true}}, "),
        ("POST /x", "match: {json: {a: {b: x}}}, ", "POST /x [b]", "match: {json: {a: {b: y}}}, "),
        ("POST /x", "match: {text: a}, ", "POST /x [b]", "match: {text: b}, "),
        ("GET /x", "match: {headers: {a: {absent: true}}}, ", "GET /x [b]", "match: {headers: {A: {regex: ^b}}}, "),
        ("GET /x", "match: {query: {a: {any: true}}}, ", "GET /x [b]", "match: {query: {a: {absent: true}}}, "),
        ("GET /x", "match: {form: {a: {regex: ^b}}}, ", "GET /x [b]", "match: {form: {a: c}}, "),
        ("GET /x", "match: {query: {a: {not: b}}}, ", "GET /x [b]", "match: {query: {a: b}}, "),
        ("GET /x", "match: {query: {a: {oneOf: [b, c]}}}, ", "GET /x [b]", "match: {query: {a: {oneOf: [d]}}}, "),
        ("POST /x", "match: {json: {a: {absent: true}}}, ", "POST /x [b]", "match: {json: {a: {b: 1}}}, "),
        ("POST /x", "match: {json: {a: 5}}, ", "POST /x [b]", "match: {json: {a: {min: 6}}}, "),
        ("POST /x", "match: {json: {a: [1]}}, ", "POST /x [b]", "match: {json: {a: 1}}, "),
        ("GET /x/{a}", "", "GET /x/me", ""),
        ("GET /{a}/y", "", "GET /x/{b}", ""),
        ("GET /{a}.json", "", "GET /{a}.xml", ""),
    ],
)
def test_distinct(tmp_path, pairs):
    assert len(loaded(tmp_path, {SHOP: routes(*pairs)}).services["shop"].routes) == 2


def test_the_demands_are_counted_in_the_message(tmp_path):
    both = ("GET /x", "match: {query: {a: {any: true}}}, ", "GET /x [b]", "match: {query: {a: {any: true}}}, ")

    assert "both have 1 demand in `match`" in told(tmp_path, {SHOP: routes(*both)})[0]
    assert "both have no `match`" in told(tmp_path, {SHOP: routes("GET /x", "", "GET /x [b]", "")})[0]
