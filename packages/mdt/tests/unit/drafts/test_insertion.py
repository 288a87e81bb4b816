"""Scenarios are put into the text of a file: what is added, what is kept, and what is refused."""

import pytest
import yaml

from mdt.definitions.source import Source, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.drafts.draft import Draft, DraftError
from mdt.drafts.insertion import inserted
from mdt.drafts.yaml_out import yaml_of

OK = {"ok": {"json": {"a": 1}}}
LINE = "ok: {json: {a: 1}}"


def put(text: str, route: str = "GET /a", scenarios=OK, match=None) -> str:
    return inserted(text, Draft("shop", route, scenarios, match))


CASES = {
    "a service without routes": ("service: shop\n", f"service: shop\nroutes:\n  GET /a:\n    {LINE}\n"),
    "routes that are empty": ("routes:\n# end\n", f"routes:\n  GET /a:\n    {LINE}\n# end\n"),
    "no line break at the end": ("service: shop", f"service: shop\nroutes:\n  GET /a:\n    {LINE}\n"),
    "another route": (
        "routes:\n  GET /b: {ok: {json: 2}}  # why\n\n# end\n",
        f"routes:\n  GET /b: {{ok: {{json: 2}}}}  # why\n  GET /a:\n    {LINE}\n\n# end\n",
    ),
    "routes before other keys": (
        "routes:\n  GET /b:\n    ok: {json: 2}\n\ndefault: ok\n",
        f"routes:\n  GET /b:\n    ok: {{json: 2}}\n  GET /a:\n    {LINE}\n\ndefault: ok\n",
    ),
    "an empty route": ("routes:\n  GET /a:\n", f"routes:\n  GET /a:\n    {LINE}\n"),
    "more scenarios of a route": (
        "routes:\n  GET   /a:  # tail\n     no: {json: 0}\n     # below\n  GET /b: {ok: {json: 2}}\n",
        f"routes:\n  GET   /a:  # tail\n     no: {{json: 0}}\n     {LINE}\n     # below\n  GET /b: {{ok: {{json: 2}}}}\n",
    ),
    "behind a block text": (
        "routes:\n  GET /a:\n    no:\n      text: |\n        hello\n\n          # text\n    # comment\n",
        f"routes:\n  GET /a:\n    no:\n      text: |\n        hello\n\n          # text\n    {LINE}\n    # comment\n",
    ),
    "behind a folded text": (
        "routes:\n  GET /a:\n    no:\n      text: >-\n        hello\n        you\n",
        f"routes:\n  GET /a:\n    no:\n      text: >-\n        hello\n        you\n    {LINE}\n",
    ),
    "behind a list": (
        "routes:\n  GET /a:\n    no:\n      json:\n      - 1\n      - b: 2\n  # c\n",
        f"routes:\n  GET /a:\n    no:\n      json:\n      - 1\n      - b: 2\n    {LINE}\n  # c\n",
    ),
    "behind a mapping over two lines": (
        "routes:\n  GET /a:\n    no: {json: 1,\n      status: 404}  # c\n",
        f"routes:\n  GET /a:\n    no: {{json: 1,\n      status: 404}}  # c\n    {LINE}\n",
    ),
    "in place of one that is there": (
        "routes:\n  GET /a:\n    ok:\n      json:\n        b: 2\n    # keep\n    no: {json: 0}\n",
        f"routes:\n  GET /a:\n    {LINE}\n    # keep\n    no: {{json: 0}}\n",
    ),
    "Windows line breaks": ("service: shop\r\n", f"service: shop\r\nroutes:\n  GET /a:\n    {LINE}\n"),
    "Chinese": ("title: 商店 # 注释\n", f"title: 商店 # 注释\nroutes:\n  GET /a:\n    {LINE}\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_text_with_the_scenario(case) -> None:
    before, after = CASES[case]

    assert put(before) == after


def test_several_are_added_and_replaced_at_once() -> None:
    before = (
        "routes:\n  GET /a:\n    # first\n    one: {json: 1}\n    two:\n      json: 2\n    three: {json: 3}  # third\n"
    )

    after = put(before, scenarios={"two": {"json": "b"}, "four": {"status": 404}, "one": {"json": "a"}})

    kept = (
        "    # first\n    one: {json: a}\n    two: {json: b}\n    three: {json: 3}  # third\n    four: {status: 404}\n"
    )
    assert after == f"routes:\n  GET /a:\n{kept}"


REFUSED = [
    ("routes: {GET /b: {ok: {json: 1}}}\n", "flow-style"),
    ("{service: shop}\n", "flow-style"),
    ("routes:\n  GET /a: {no: {json: 1}}\n", "flow-style"),
    ("routes:\n  GET /a:\n    no:\n      text: |+\n        hello\n\n\n", "not-addable"),
    ("service: shop\n...\n", "not-addable"),
]


@pytest.mark.parametrize(("before", "code"), REFUSED)
def test_what_cannot_be_added_to_safely_is_refused(before, code) -> None:
    with pytest.raises(DraftError) as raised:
        put(before)

    assert raised.value.code == code


VALUES = [
    "no", "off", "y", "null", "~", "", " ", "1", "1e3", "0x1f", "0o17", "017", "1_000", ".inf", "2020-01-01", "12:30:45", "<<", "=", "a: b",
    "a #b", "- a", "{a}", "[a", "'", '"', "'\"", "\\", "\t", "a\nb\n", "a\n  b", "\n", " a\nb ", "中文：值", "🧪", "\u2028", "\x85", "\x01",
    "{{ req.json.id }}", "{% if x %}", "@a", "`a", "%a", "&a", "*a", "!a", "|", ">", "?", "key: 'v'", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("value", [*VALUES, 1, 1.5, -0.0, True, None, [], {}, 10**30, 1e-7, [[]], [{}, [1, {"a": []}]]])
def test_every_value_is_read_back(value) -> None:
    document = {"routes": {"GET /a": {"ok": {"json": {"v": value, "list": [value], "deep": {"k": {"v": value}}}}}}}
    source = Source("x")

    assert plain(read_yaml(yaml_of(document, 2, 2).encode(), source)) == document
    assert not source.problems


@pytest.mark.parametrize("key", VALUES)
def test_every_key_is_read_back(key) -> None:
    source = Source("x")

    assert plain(read_yaml(yaml_of({"a": {key: 1}}).encode(), source)) == {"a": {key: 1}}
    assert not source.problems


def test_others_read_it_as_well() -> None:
    document = {"a": {"no": "no", "date": "2020-01-01", "text": "b\nc\n"}}

    assert yaml.safe_load(yaml_of(document)) == document
