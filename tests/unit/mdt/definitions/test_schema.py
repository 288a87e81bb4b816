"""The published schema takes what loading takes, and knows every key that loading knows."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mdt.definitions import json_schema
from mdt.definitions.files import Folder
from mdt.definitions.located import plain
from mdt.definitions.problems import Source
from mdt.definitions.yaml_text import read_yaml

ROOT = Path(__file__).resolve().parents[4]
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def fits(text: str) -> bool:
    return VALIDATOR.is_valid(plain(read_yaml(text.encode(), Source("x"))))


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", sorted(Folder(ROOT / "mocks").service_files()), ids=lambda path: path.stem)
def test_this_projects_own_services_fit(path):
    document: Any = plain(read_yaml(path.read_bytes(), Source("x")))

    assert list(VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
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
    """After a change: python -m mdt mock schema > mdt/definitions/service.schema.json."""
    assert json.loads((ROOT / "mdt/definitions/service.schema.json").read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("path", sorted(Folder(ROOT / "mocks").service_files()), ids=lambda path: path.stem)
def test_this_projects_own_services_name_that_file(path):
    _, _, written = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")

    assert (path.parent / written).resolve() == ROOT / "mdt/definitions/service.schema.json"
