"""Prism's preferences: how a Prefer header is read, and which scenario it chooses."""

import pytest

from mdt.engine.engine import Engine
from mdt.engine.messages import Reply
from mdt.engine.outcome import Unmatched
from mdt.engine.preference import Preference, preference
from tests.unit.folders import asking, player

READ = [
    ("code=404", Preference(404)),
    ("code=404, example=empty", Preference(404, "empty")),
    ('example="no-stock"; foo=bar', Preference(None, "no-stock")),
    ("dynamic=true", Preference(None, None, True)),
    ("Code=200 dynamic=FALSE", Preference(200, None, False)),
    ("return=minimal, respond-async", None),
    ("barcode=404", None),
    ("code=abc", None),
    ("code=40400", None),
    ("", None),
]


def test_headers_are_read():
    for header, expected in READ:
        assert preference(header) == expected, header


ROUTES = """
GET /pets/{id}:
  missing: {status: 404, json: {error: none}}
  ok: {json: {name: cat}}
  old: {json: {name: dog}}
  made: {json: {name: "{{ path.id }}"}}
  broken: {status: 500, json: {at: "{{ path.id }}"}}
  flaky: {sequence: [missing, ok]}
GET /pets: {ok: {json: []}}
"""
CHOSEN = [  # the header: status, body, what was applied
    ("code=404", 404, b'{"error":"none"}', "code=404"),
    ("code=200", 200, b'{"name":"cat"}', "code=200"),
    ("example=old", 200, b'{"name":"dog"}', "example=old"),
    ("example=old, code=200", 200, b'{"name":"dog"}', "code=200, example=old"),
    ("dynamic=true", 200, b'{"name":"7"}', "dynamic=true"),
    ("dynamic=true, code=500", 500, b'{"at":"7"}', "code=500, dynamic=true"),
    ("dynamic=true, code=404", 404, b'{"error":"none"}', "code=404"),
    ("dynamic=false", 200, b'{"name":"cat"}', "dynamic=false"),
    ("example=flaky", 404, b'{"error":"none"}', "example=flaky"),
    ("return=minimal", 200, b'{"name":"cat"}', None),
]


@pytest.fixture
def shop(tmp_path):
    return player(tmp_path, ROUTES)


def preferring(shop, header: str, call: str = "GET http://shop.internal/pets/7"):
    return Engine(shop.catalog).begin(asking(call), shop.session, prefer=preference(header))


def test_the_scenario_is_chosen_for_this_call_alone(shop):
    for header, status, body, applied in CHOSEN:
        outcome = preferring(shop, header)

        assert isinstance(outcome, Reply)
        assert (outcome.status, outcome.body) == (status, body), header
        assert dict(outcome.headers).get("preference-applied") == applied, header
        assert shop.json("GET /pets/7") == {"name": "cat"}


RANGES = """
GET /pets:
  ok: {json: 1, prefer: {example: a.cat}}
  dog: {json: 2, prefer: {example: big_dog}}
  unavailable: {status: 503, json: 3}
  serverError: {status: 500, json: 5, prefer: {code: 5XX}}
  default: {status: 400, json: 9, prefer: {code: default, example: other}}
"""
TAKEN_ON = [  # the header: status, body
    ("code=503", 503, b"3"),
    ("code=502", 502, b"5"),
    ("code=500", 500, b"5"),
    ("code=401", 401, b"9"),
    ("code=201, example=other", 201, b"9"),
    ("example=big_dog", 200, b"2"),
    ("example=a.cat", 200, b"1"),
    ("example=dog", 200, b"2"),
]


def test_an_answer_may_take_on_other_statuses_and_another_name(tmp_path):
    shop = player(tmp_path, RANGES)
    for header, status, body in TAKEN_ON:
        outcome = preferring(shop, header, "GET http://shop.internal/pets")

        assert (outcome.status, outcome.body) == (status, body), header

    for header in ("code=103", "code=700", "code=401, example=big_dog"):
        assert isinstance(preferring(shop, header, "GET http://shop.internal/pets"), Unmatched), header


def test_what_the_route_does_not_have_is_told(shop):
    for header, expected in [
        ("code=418", "code=418: the route has missing (404), ok (200)"),
        ("code=404, example=ok", "code=404, example=ok: the route has missing (404)"),
    ]:
        outcome = preferring(shop, header)

        assert isinstance(outcome, Unmatched)
        assert f"preference ✗ {expected}" in str(outcome.near_miss)
    assert isinstance(preferring(shop, "code=404", "GET http://shop.internal/nothing"), Unmatched)


def test_the_call_wins_over_the_selection_and_over_stubs(shop):
    shop.play("shop.missing")

    assert preferring(shop, "example=ok").body == b'{"name":"cat"}'
    assert preferring(shop, "code=200").body == b'{"name":"cat"}'
