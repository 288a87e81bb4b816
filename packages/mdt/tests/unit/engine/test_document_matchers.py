"""JSONPath, JSON Schema, lists in any order, XML, GraphQL, multipart, cookies, basic auth: what fits, and the words if not."""

import base64
from typing import Any

import pytest

from mdt.engine.messages import Request
from tests.unit.engine.test_matchers import compiled
from tests.unit.folders import SHOP, Player, asking, loaded, told

POST = "POST http://shop.internal/"
ORDER = b"""<?xml version="1.0"?><s:Order xmlns:s="urn:shop" id="7"><!-- none --><s:item n="1">tea</s:item>
<s:item n="2"> cup </s:item></s:Order>"""
QUERY = "query Cart($id: ID!) { cart(id: $id) { items { name } } ...More } fragment More on Query { user { name } }"


def data(value: Any) -> Request:
    return asking(POST, data=value)


def xml(body: bytes) -> Request:
    return asking(POST, body=body, headers={"content-type": "application/xml"})


def graphql(**asked: Any) -> Request:
    return asking(POST, data=asked, headers={"content-type": "application/json"})


def parts(*written: tuple[str, str, bytes]) -> Request:
    """A multipart request with (disposition, content type, content) of each part."""
    pieces = [
        b"--b\r\ncontent-disposition: form-data; %s\r\ncontent-type: %s\r\n\r\n%s\r\n"
        % (one.encode(), two.encode(), body)
        for one, two, body in written
    ]
    body = b"".join(pieces) + b"--b--\r\n"
    return asking(POST, body=body, headers={"content-type": "multipart/form-data; boundary=b"})


def basic(user: str, password: str) -> Request:
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    return asking(POST, headers={"authorization": f"Basic {credentials}"})


UPLOAD = parts(
    ('name="photo"; filename="cat.png"', "image/png", b"\x89PNG\xff"),
    ('name="meta"', "application/json; charset=utf-8", b'{"width": 3}'),
    ('name="tag"', "text/plain", b"a"),
    ('name="tag"', "text/plain", b"b"),
)
CART = graphql(query=QUERY, operationName="Cart", variables={"id": "7", "deep": {"n": 1}})
SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}}}
ITEMS = {"items": [{"id": 1, "price": 5}, {"id": 2, "price": 11}], "tags": ["a", "b"], "note": None}

CASES: list[tuple[dict[str, Any], list[Request], list[tuple[Request, str]]]] = [  # what fits; what does not, and why
    (
        {"json": {"jsonPath": {"$.items[?@.price > 10].id": 2, "$.tags": ["a", "b"]}}},
        [data(ITEMS)],
        [
            (data({**ITEMS, "items": [{"id": 3, "price": 11}]}), "$.items[?@.price > 10].id expected 2, got 3"),
            (data({**ITEMS, "tags": ["a"]}), '$.tags expected a list of 2, got ["a"]'),
            (data([]), "$.items[?@.price > 10].id expected 2, got nothing"),
            (asking(POST, body=b"no json"), "expected 2, got nothing"),
        ],
    ),
    ({"json": {"jsonPath": {"$..price": [5, 11]}}}, [data(ITEMS)], [(data({"price": 5}), "expected a list of 2")]),
    ({"json": {"jsonPath": "$.note"}}, [data(ITEMS)], [(data({}), "$.note expected any value, got nothing")]),
    ({"json": {"jsonPath": ["$.items[1]", "$.note"]}}, [data(ITEMS)], [(data({"note": 1}), "$.items[1] expected any")]),
    ({"json": {"jsonPath": {"$.gone": {"absent": True}}}}, [data(ITEMS)], [(data({"gone": None}), "expected nothing")]),
    (
        {"json": {"jsonPath": {"$.items[*].id": {"unordered": [2, 1]}}}},
        [data(ITEMS)],
        [(data({"items": [{"id": 1}, {"id": 1}]}), "$.items[*].id has no item of its own for number 1 of the wanted ones")],
    ),
    (
        {"json": {"a": {"jsonPath": {"$.b": {"min": 2}}}}},
        [data({"a": {"b": 2}})],
        [(data({"a": {"b": 1}}), "$.a $.b expected at least 2, got 1")],
    ),
    (
        {"json": {"jsonSchema": SCHEMA}},
        [data({"id": 1}), data({"id": 2, "more": []})],
        [
            (data({}), '$: "id" is a required property'),
            (data({"id": 0}), "$.id: 0 is less than the minimum of 1"),
            (asking(POST), "$ expected what the schema allows, got nothing"),
        ],
    ),
    (
        {"json": {"lines": {"jsonSchema": {"items": {"type": "string"}, "title": "Lines"}}}},
        [data({"lines": ["a"]})],
        [
            (data({"lines": [1, 2, 3, 4, 5]}), "$.lines[2]: 3 is not of type"),
            (data({"lines": [1, 2, 3, 4, 5]}), "and 2 more"),
            (data({}), '$.lines expected what the schema "Lines" allows, got nothing'),
        ],
    ),
    (
        {"json": {"ids": {"unordered": [{"min": 1}, 1, {"type": "integer"}]}}},  # the first must leave 1 to the second
        [data({"ids": [1, 0, 5]}), data({"ids": [5, 1, 0]}), data({"ids": [0, 5, 1]})],
        [(data({"ids": [1, 0, 0]}), "$.ids has no item of its own"), (data({"ids": [1, 5]}), "$.ids expected a list of 3")],
    ),
    ({"query": {"t": {"unordered": ["b", "a"]}}}, [asking("GET http://a/?t=a&t=b")], [(asking("GET http://a/?t=a"), "?t")]),
    (
        {"xml": '<o:Order id="7" xmlns:o="urn:shop"><o:item n="1">tea</o:item><o:item n="2">cup</o:item></o:Order>'},
        [xml(ORDER), asking(POST, body=ORDER.decode().replace('version="1.0"', 'version="1.0" encoding="utf-16"').encode("utf-16"), headers={"content-type": "text/xml; charset=utf-16"})],
        [
            (xml(ORDER.replace(b"tea", b"milk")), '/Order/item expected "tea", got "milk"'),
            (xml(ORDER.replace(b'n="2"', b'n="2" m="3"')), '/Order/item/@m expected nothing, got "3"'),
            (xml(ORDER.replace(b"urn:shop", b"urn:other")), '/Order expected "{urn:shop}Order", got "{urn:other}Order"'),
            (xml(b"<a/>"), "/Order expected"),
            (xml(ORDER.replace(b"</s:Order>", b"<x/></s:Order>")), "count(/Order/*) expected 2, got 3"),
            (xml(b"{}"), "/ expected XML, got something else"),
            (xml(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "/ expected XML, got something else"),
        ],
    ),
    (
        {
            "xml": {
                "namespaces": {"s": "urn:shop"},
                "xpath": {"/s:Order/@id": 7, "//s:item": ["tea", "cup"], "count(//s:item)": {"min": 2}, "//none": {"absent": True}},
            }
        },
        [xml(ORDER)],
        [
            (xml(ORDER.replace(b'id="7"', b'id="8"')), '/s:Order/@id expected "7", got "8"'),
            (xml(b"<a/>"), "//s:item expected a list of 2, got []"),
            (xml(b"text"), '/s:Order/@id expected "7", got nothing'),
        ],
    ),
    (
        {"xml": {"xpath": ["//item[@n='1']", "count(//item) > 1"]}},
        [xml(b"<a><item n='1'/><item/></a>")],
        [(xml(b"<a><item n='1'/></a>"), "count(//item) > 1 expected any value, got nothing")],
    ),
    (
        {"graphql": {"operation": "Cart", "type": "query", "variables": {"id": "7"}, "fields": {"contains": "user"}}},
        [
            CART,
            graphql(query=QUERY, variables={"id": "7"}),
            asking(f"GET http://a/?query={QUERY.replace(' ', '+').replace('$', '%24')}&variables=%7B%22id%22:%227%22%7D"),
            parts(('name="operations"', "application/json", b'{"query": "%s", "variables": {"id": "7"}}' % QUERY.encode())),
        ],
        [
            (graphql(query=QUERY, variables={"id": "8"}), '$.variables.id expected "7", got "8"'),
            (graphql(query="mutation Cart { user }", variables={"id": "7"}), '$.type expected "query", got "mutation"'),
            (graphql(query="{ user }"), '$.operation expected "Cart", got nothing'),
            (graphql(query=QUERY, operationName="Other"), '$.operation expected "Cart", got nothing'),
            (graphql(query="{ broken"), '$.operation expected "Cart", got nothing'),
            (data([1]), "$ expected an object, got nothing"),
            (asking("GET http://a/"), "$ expected an object, got nothing"),
        ],
    ),
    (
        {"graphql": "Saved"},
        [graphql(operationName="Saved", extensions={"persistedQuery": {}}), asking(POST, body=b"query Saved { a }", headers={"content-type": "application/graphql"})],
        [(CART, '$.operation expected "Saved", got "Cart"')],
    ),
    ({"graphql": {"query": "{ a(b: 1)\n   c }"}}, [graphql(query="{a(b:1),c}")], [(graphql(query="{a(b:2) c}"), "$.query")]),
    (
        {
            "multipart": {
                "photo": {"filename": {"regex": r"\.png$"}, "contentType": "image/png", "base64": "iVBOR/8="},
                "meta": {"json": {"width": {"min": 1}}},
                "tag": "b",
                "gone": {"absent": True},
            }
        },
        [UPLOAD],
        [
            (parts(('name="photo"; filename="a.gif"', "image/gif", b"")), "photo.filename expected /\\.png$/"),
            (parts(('name="meta"', "application/json", b'{"width": 0}')), "meta.json.width expected at least 1, got 0"),
            (parts(('name="tag"', "text/plain", b"c")), 'tag expected "b", got "c"'),
            (asking(POST, body=b"no parts"), "tag expected"),
            (parts(('name="gone"', "text/plain", b"x")), "gone expected nothing"),
        ],
    ),
    ({"multipart": {"tag": {"not": "b"}}}, [parts(('name="tag"', "text/plain", b"a"))], [(UPLOAD, 'tag expected not "b"')]),
    (
        {"cookies": {"sid": {"regex": "^s-"}, "theme": "a b"}},
        [asking(POST, headers={"cookie": 'theme="a b"; sid=s-1; other'})],
        [(asking(POST, headers={"cookie": "sid=x; theme=a b"}), "sid expected /^s-/"), (asking(POST), "sid expected")],
    ),
    (
        {"basicAuth": {"user": "ann", "password": {"regex": "^p:"}}},
        [basic("ann", "p:1")],
        [
            (basic("bob", "p:1"), 'user expected "ann", got "bob"'),
            (asking(POST, headers={"authorization": "Bearer ann"}), 'user expected "ann", got nothing'),
            (asking(POST, headers={"authorization": "Basic *"}), 'user expected "ann", got nothing'),
        ],
    ),
]  # fmt: skip


def test_what_fits_and_what_does_not():
    for match, good, bad in CASES:
        matcher = compiled(match)
        for request in good:
            assert matcher.matches(request), (match, [one.text for one in matcher.criteria(request)])
            assert all(one.ok for one in matcher.criteria(request)), match
        for request, why in bad:
            assert not matcher.matches(request), (match, request)
            assert why in "; ".join(one.text for one in matcher.criteria(request)), match


EXCLUDING = [  # matches of two routes with one path that no request fits both of
    ({"json": {"jsonPath": {"$.kind": "a"}}}, {"json": {"jsonPath": {"$.kind": "b"}}}),
    ({"json": {"jsonPath": {"$.kind": "a"}}}, {"json": {"jsonPath": {"$.kind": {"absent": True}}}}),
    ({"xml": {"xpath": {"/a/@k": 1}}}, {"xml": {"xpath": {"/a/@k": {"oneOf": [2, 3]}}}}),
    ({"xml": "<a/>"}, {"xml": "<b/>"}),
    ({"graphql": "A"}, {"graphql": {"operation": "B"}}),
    ({"cookies": {"a": 1}}, {"cookies": {"a": 2}}),
    ({"basicAuth": {"user": "a"}}, {"basicAuth": {"user": "b"}}),
]


def test_two_routes_that_demand_different_values_at_one_place_are_not_ambiguous():
    for one, other in EXCLUDING:
        assert compiled(one).excludes(compiled(other)), one
        assert not compiled(one).excludes(compiled(one)), one


def match(text: str) -> dict[str, str]:
    return {SHOP: f"routes:\n  POST /x:\n    match:\n      {text}\n    ok: {{json: 1}}\n"}


PROBLEMS = [  # the mistake in line 4, and what lint tells
    ("json: {jsonPath: 'items['}", "4: 'items[' is no JSONPath: "),
    ("json: {jsonPath: {'$.a': {type: text}}}", "4: `type` is one of string, integer"),
    ("json: {jsonPath: 5}", "4: expressions are a mapping of expression and matcher, a text, or a list of texts"),
    ("json: {jsonSchema: {type: strin}}", '4: `jsonSchema` is no JSON Schema: "strin" is not valid'),
    ("json: {jsonSchema: [a]}", '4: `jsonSchema` is a schema or the file of one, not ["a"]'),
    ("json: {jsonSchema: none.json}", "4: none.json cannot be read"),
    ("json: {jsonSchema: ../../../none.json}", "4: none.json lies outside of mocks/"),
    (
        "json: {jsonSchema: {$ref: 'http://127.0.0.1:1/x'}}",
        "http://127.0.0.1:1/x is not in the schema, and nothing is fetched",
    ),
    ("query: {a: {jsonPath: $.a}}", "4: `jsonPath` is for JSON; a value here is a text"),
    ("query: {a: {jsonSchema: {}}}", "4: `jsonSchema` is for JSON; a value here is a text"),
    ("json: {unordered: a}", "4: `unordered` is a list of items in any order"),
    ("xml: <a>", "4: this is no XML without a document type"),
    ("xml: '<!DOCTYPE a SYSTEM \"http://x/\"><a/>'", "4: this is no XML without a document type"),
    ("xml: [a]", '4: `xml` is a document as text, not ["a"]'),
    ("xml: {}", "4: `xml` is a document, or has `equals` or `xpath`"),
    ("xml: {xpath: {'//a[': 1}}", "4: '//a[' is no XPath: "),
    ("xml: {xpath: {'//s:a': 1}}", "4: '//s:a' is no XPath: "),
    ("xml: {xpath: {'document(1)': 1}}", "4: 'document(1)' is no XPath: "),
    ("xml: {xpath: //a, namespaces: {s: 1}}", "4: a namespace is a text, not a number"),
    ("xml: {xpth: //a}", "4: `xml` has no key 'xpth'. Did you mean xpath?"),
    ("graphql: {operationName: A}", "4: `graphql` has no key 'operationName'. Did you mean operation?"),
    ("graphql: {query: '{ a'}", "4: `query` is no GraphQL: "),
    ("multipart: {photo: {content_type: a/b}}", "4: a part has no key 'content_type'. Did you mean contentType?"),
    ("multipart: [a]", "4: `multipart` is a mapping, not a list"),
    ("basicAuth: {username: a}", "4: `basicAuth` has no key 'username'. Did you mean user?"),
    ("cookies: {a: {b: 1}}", "4: a value here is a text or a matcher"),
]


def test_mistakes_are_told_with_their_lines(tmp_path):
    for text, expected in PROBLEMS:
        problems = told(tmp_path, match(text))

        assert any(expected in one for one in problems), (text, problems)
        assert all(".yaml:4:" in one for one in problems), problems


@pytest.mark.parametrize(
    ("module", "text", "package"),
    [
        ("jsonpath", "json: {jsonPath: $.a}", "python-jsonpath"),
        ("jsonschema_rs", "json: {jsonSchema: {}}", "jsonschema-rs"),
        ("elementpath", "xml: {xpath: //a}", "elementpath"),
        ("defusedxml.ElementTree", "xml: <a/>", "defusedxml"),
        ("graphql", "graphql: A", "graphql-core"),
    ],
)
def test_a_missing_package_is_told_with_what_to_install(tmp_path, monkeypatch, module, text, package):
    from mdt.engine import document_matchers

    document_matchers.jsonpath_environment.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, module, None)

    (problem,) = told(tmp_path, match(text))

    assert f"needs the package {package}: install it, or mdt with the extra `matchers`" in problem


def test_a_schema_may_stand_in_a_file_beside_the_definition(tmp_path):
    route = "default: ok\nroutes:\n  POST /x: {match: {json: {jsonSchema: order.json}}, ok: {json: 1}}\n"
    files = {"internal/shop/service.yaml": route, "internal/shop/order.json": '{"required": ["id"]}'}
    shop = Player(loaded(tmp_path, files))

    assert shop.reply("POST /x", data={"id": 1}).status == 200
    assert '"id" is a required property' in str(shop.miss("POST /x", data={}))


def test_a_document_that_is_nested_very_deep_is_a_mismatch():
    deep = b"<a>" * 20_000 + b"</a>" * 20_000
    for match_ in ({"xml": {"xpath": {"//b": 1}}}, {"xml": "<a><b/></a>"}):
        assert not compiled(match_).matches(xml(deep))
    for match_ in (
        {"json": {"jsonPath": {"$..b": 1}}},
        {"json": {"jsonSchema": {"type": "object"}}},
    ):
        assert not compiled(match_).matches(asking(POST, body=b"[" * 900 + b"]" * 900))


def test_a_fragment_that_names_itself_ends():
    looping = "query A { ...F } fragment F on Query { a ...F }"

    assert compiled({"graphql": {"fields": ["a"]}}).matches(graphql(query=looping))


def test_many_items_in_any_order_are_found_fast():
    wanted = [*range(300), *({"min": number} for number in range(300))]
    body = {"ids": [*range(299, -1, -1), *range(300)]}

    assert compiled({"json": {"ids": {"unordered": wanted}}}).matches(data(body))
