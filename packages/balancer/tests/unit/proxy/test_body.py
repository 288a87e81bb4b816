"""A body is read strictly, and changed without touching what need not change."""

import json

import pytest

from balancer.proxy.body import BadBodyError, read

SPACED = '{ "a" : 1.50 ,\n "model":"m1", "text":"\\ud800 é", "n":[1,{"model":"inner"}] , "z":null }'
WRONG = {
    b"": "must be an object",
    b"[1]": "must be an object",
    b'"text"': "must be an object",
    b"{": "",
    b'{"a":1': "must follow",
    b'{"a":1,}': "",
    b'{"a" 1}': "':' must follow",
    b"{a:1}": "",
    b'{"a":1} x': "something follows",
    b'{"a":NaN}': "NaN is not a JSON value",
    b'{"a":-Infinity}': "-Infinity is not a JSON value",
    b'{"a":"\xff"}': "UTF-8",
    b'{"a":1,"a":2}': "twice",
    b'{"a":"' + b"\n" + b'"}': "",
    b'{"a":' + b"[" * 200_000: "deep",
    b'{"a":' + b"9" * 5000 + b"}": "",
}


@pytest.mark.parametrize("raw", WRONG, ids=lambda raw: raw[:12].decode("latin-1"))
def test_what_is_no_json_object_is_refused_and_the_error_says_why(raw):
    with pytest.raises(BadBodyError) as caught:
        read(raw)
    assert WRONG[raw] in str(caught.value)


def test_the_values_are_those_of_the_json_module():
    assert read(SPACED.encode()).values == json.loads(SPACED)
    assert read(b" {} ").values == {}


def test_only_the_named_members_change():
    body = read(SPACED.encode())
    assert body.changed({"model": "m2"}).decode() == SPACED.replace('"m1"', '"m2"')
    assert body.changed({"model": "m2", "z": {"y": 1}}).decode() == SPACED.replace('"m1"', '"m2"').replace(
        "null", '{"y": 1}'
    )


@pytest.mark.parametrize("text", [SPACED, "{}", "{ }", '{"provider":"p"}', '{"provider":"p", "b":1}'])
def test_members_are_added_and_taken_out(text):
    body = read(text.encode())
    values = json.loads(text)
    assert json.loads(body.changed({"new": [1]})) == values | {"new": [1]}
    assert json.loads(body.changed({"new": 1}, ("provider",))) == {
        name: value for name, value in values.items() if name != "provider"
    } | {"new": 1}


@pytest.mark.parametrize("name", ["a", "model", "text", "n", "z"])
def test_any_one_member_can_be_taken_out(name):
    values = json.loads(SPACED)
    values.pop(name)
    assert json.loads(read(SPACED.encode()).changed({}, (name,))) == values
