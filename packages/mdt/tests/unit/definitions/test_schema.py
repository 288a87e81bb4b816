"""The published schema takes what loading takes, and knows every key that loading knows."""

import json
from pathlib import Path

import jsonschema
import pytest

from mdt import definitions
from mdt.definitions import json_schema
from mdt.definitions.source import Source, plain
from mdt.definitions.yaml_text import read_yaml

FILE = Path(definitions.__file__).with_name("service.schema.json")
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def fits(text: str) -> bool:
    return VALIDATOR.is_valid(plain(read_yaml(text.encode(), Source("x"))))


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{virtual: mdt.partners.wechatpay, options: {mchid: '1'}}",
        "callbacks: {callback: 'POST http://x/', sign: {scheme: stripe, secret: x}, ok: {json: 1}, b: {extends: ok}}",
        "{service: a, title: b, description: c, url: 'http://x', default: ok, routes: {}}",
        "routes: {'POST /x/{id} [b]': {match: {query: {a: 1}, headers: {}, form: {}, json: 5, text: {contains: a}}, ok: {}}}",
        "routes: {GET /x: {description: d, ok: {status: 200, headers: {a: [1, b]}, latency: 80ms}}}",
        "routes: {GET /x: {ok: {latency: {lognormal: {median: 1, sigma: 1, max: 3s}}, dribble: {chunks: 1, over: 2s}}}}",
        "routes: {GET /x: {ok: {sse: [{data: {}, event: a, id: 1, retry: 5, comment: c, delay: 1s}], fault: empty}}}",
        "routes: {GET /x: {ok: {extends: b}, c: {sequence: [ok]}, d: {passthrough: true}, e: {passthrough: 'http://x'}}}",
    ],
)
def test_right_files_fit(text):
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        "{servce: a}",
        "{service: a.b}",
        "{routes: []}",
        "{routes: {get /x: {}}}",
        "{routes: {GET x: {}}}",
        "{routes: {GET /x?y: {}}}",
        "{routes: {GET /x: {ok: {jsn: 1}}}}",
        "{routes: {GET /x: {a.b: {}}}}",
        "{routes: {GET /x: {ok: {status: 99}}}}",
        "{routes: {GET /x: {ok: {fault: nope}}}}",
        "{routes: {GET /x: {ok: {latency: fast}}}}",
        "{routes: {GET /x: {ok: {latency: {}}}}}",
        "{routes: {GET /x: {ok: {sequence: []}}}}",
        "{routes: {GET /x: {ok: {passthrough: false}}}}",
        "{routes: {GET /x: {ok: {sse: [{dat: 1}]}}}}",
        "{routes: {GET /x: {match: {jsn: 1}}}}",
    ],
)
def test_wrong_files_do_not(text):
    assert not fits(text)


def test_the_file_for_editors_is_the_schema():
    """After a change: python -m mdt mock schema > src/mdt/definitions/service.schema.json."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == json_schema()
