"""Each mistake in a definition: its line, its reason, its hint."""

import pytest

from mdt.errors import DefinitionError, Problem
from tests.unit.folders import SHOP, loaded, problems, told

GET = "routes:\n  GET /x:\n    "  # what follows stands in line 3

CASES = [
    ("servce: shop\n", "1: a service has no key 'servce'. Did you mean service?"),
    (
        "contract: shop-1.0.0.yaml\n",
        "1: there is no file shop-1.0.0.yaml. The path begins at this file: ../../contracts/inventory/1.0.0.json",
    ),
    ("[1]\n", "1: a service file is a mapping, not a list"),
    ("service: ../../etc\n", "1: '../../etc' is no name of a service. Use letters"),
    ("service: a.b\n", "1: 'a.b' is no name of a service"),
    ("service: [a]\n", "1: 'service' is a text, not a list"),
    ("title: 5\n", "1: 'title' is a text, not a number ('5'). Write it in quotes: \"5\""),
    ("url: ftp://x\n", "1: 'ftp://x' is no url of a service"),
    ("default: nope\n" + GET + "ok: {json: 1}\n", "1: no route has the default scenario 'nope'. Known: ok"),
    ("default: okk\n" + GET + "ok: {json: 1}\n", "1: no route has the default scenario 'okk'. Did you mean ok?"),
    (
        GET + "default: okk\n    ok: {json: 1}\n",
        "3: the route has no scenario 'okk' to play by default. Did you mean ok?",
    ),
    ("routes: [a]\n", "1: `routes` is a mapping, not a list"),
    ("routes:\n  GET: {}\n", "2: 'GET' is no route. Write a method and a path: POST /orders/{id}"),
    ("routes:\n  /x: {}\n", "2: '/x' is no route"),
    ("routes:\n  get /x: {}\n", "2: 'get' is no method. Did you mean GET?"),
    ("routes:\n  POTS /x: {}\n", "2: 'POTS' is no method. Did you mean POST?"),
    ("routes:\n  GET /x?y=1: {}\n", "2: '/x?y=1' holds a query. Ask for it in match: {query: {name: value}}"),
    ("routes:\n  GET /{a}/{a}: {}\n", "2: '/{a}/{a}' names a parameter twice"),
    ("routes:\n  GET /{a: {}\n", "2: '/{a' has braces that are no parameter"),
    ("routes:\n  'GET /{a}{b}': {}\n", "2: '/{a}{b}' has braces that are no parameter"),
    ("routes:\n  'GET /{1}': {}\n", "2: '/{1}' has braces that are no parameter"),
    ("routes:\n  'GET /{a:path}/b': {}\n", "2: '/{a:path}/b' has a parameter for the rest of the path before the end"),
    ("routes:\n  'GET /x-{a:path}': {}\n", "2: '/x-{a:path}' has a parameter for the rest of the path before the end"),
    ("routes:\n  'GET /{a:int}': {}\n", "2: '/{a:int}' has braces that are no parameter"),
    ("routes:\n  any /x: {}\n", "2: 'any' is no method. Did you mean ANY?"),
    ("routes:\n  GET /x: 5\n", "2: the route 'GET /x' is a mapping, not a number"),
    (GET + "ok: 200\n", "3: the scenario 'ok' is a mapping, not a number"),
    (GET + "json: {a: 1}\n", "3: 'json' is a key of an answer, not the name of a scenario. Write the scenario's name"),
    (GET + "virtual: {json: 1}\n", "3: 'virtual' is the virtual service's own scenario"),
    ("routes:\n  GET /x/:id: {}\n", "2: ':id' in '/x/:id' is a text, not a parameter. Write {id}"),
    ("routes:\n  GET /x/<int:id>: {}\n", "2: '<int:id>' in '/x/<int:id>' is a text, not a parameter. Write {id}"),
    ("routes:\n  GET /<shop>/x: {}\n", "2: '<shop>' in '/<shop>/x' is a text, not a parameter. Write {shop}"),
    (
        GET + "contract: {}\n",
        "3: 'contract' is no key of a route. `contract` stands beside `routes`: it is that of the whole service",
    ),
    (GET + "response: {json: 1}\n", "3: 'response' is no key of a route. Write the scenario's name between"),
    (GET + "delay: {}\n", "3: 'delay' is no key of a route. Write `latency`, in a scenario"),
    (GET + "ok: {delay: 1s}\n", "3: an answer has no key 'delay'. Did you mean latency?"),
    (GET + "ok: {body: x}\n", "3: an answer has no key 'body'. Did you mean json?"),
    (GET + "ok: {data: {a: 1}}\n", "3: an answer has no key 'data'. Did you mean json?"),
    (GET + "ok: {statusCode: 200}\n", "3: an answer has no key 'statusCode'. Did you mean status?"),
    (GET + "a.b: {json: 1}\n", "3: 'a.b' is no name of a scenario"),
    (GET + "ok: {jsn: 1}\n", "3: an answer has no key 'jsn'. Did you mean json?"),
    (GET + "ok: {json: 1, text: a}\n", "3: an answer has one body, not json and text"),
    (GET + "ok: {json: .nan}\n", "3: Out of range float values are not JSON compliant"),
    (GET + "ok: {text: 5}\n", "3: `text` is a text, not a number"),
    (GET + "ok: {base64: '*'}\n", "3: `base64` is no base64 text"),
    (GET + "ok: {base64: 5}\n", "3: `base64` is no base64 text"),
    (GET + "ok: {file: 5}\n", "3: `file` is a path beside this file"),
    (GET + 'ok: {file: "a\\0b"}\n', "3: `file` is a path beside this file"),
    (GET + "ok: {file: nope.bin}\n", "3: nope.bin cannot be read"),
    (GET + "ok: {file: ../../../secret}\n", "3: secret lies outside of mocks/"),
    (GET + "ok: {file: /etc/passwd}\n", "3: passwd lies outside of mocks/"),
    (GET + "ok: {sse: {a: 1}}\n", "3: `sse` is a list of events, not a mapping"),
    (GET + "ok: {sse: [5]}\n", "3: an event is a mapping, not a number"),
    (GET + "ok: {sse: [{dat: 1}]}\n", "3: an event has no key 'dat'. Did you mean data?"),
    (GET + "ok: {sse: [{delay: soon}]}\n", "3: 'soon' is no duration up to a day"),
    (GET + 'ok: {sse: [{event: "a\\nb"}]}\n', "3: 'event' of an event is one line of text"),
    (GET + "ok: {sse: [{data: 1}], dribble: {chunks: 1, over: 1}}\n", "3: `dribble` and `sse` exclude each other"),
    (GET + "ok: {status: 99}\n", "3: `status` is a number from 200 to 599, not a number ('99')"),
    (GET + "ok: {status: '200'}\n", "3: `status` is a number from 200 to 599, not a text"),
    (GET + "ok: {status: true}\n", "3: `status` is a number from 200 to 599, not true or false"),
    (GET + "ok: {status: 204, json: 1}\n", "3: a reply with status 204 has no body"),
    (GET + "ok: {headers: [a]}\n", "3: `headers` is a mapping, not a list"),
    (GET + "ok: {headers: {'a b': 1}}\n", "3: 'a b' is no name of a header"),
    (GET + 'ok: {headers: {a: "x\\r\\ny: z"}}\n', "3: a header's value is one line of text"),
    (GET + "ok: {headers: {a: 中}}\n", "3: a header's value is ASCII text"),
    (GET + "ok: {headers: {a: true}}\n", "3: a header's value is one line of text, not true or false"),
    (GET + "ok: {headers: {a: '{{ nope }}'}}\n", "3: the template '{{ nope }}' names 'nope'"),
    (GET + "ok: {latency: fast}\n", "3: 'fast' is no duration up to a day"),
    (GET + "ok: {latency: {gauss: 1}}\n", "3: `latency` is a duration, or one of fixed, uniform, lognormal"),
    (GET + "ok: {latency: {uniform: {min: 2, max: 1}}}\n", "3: `uniform`: min is larger than max"),
    (GET + "ok: {dribble: {chunks: 0, over: 1s}}\n", "3: `chunks` is a number from 1 to 10000"),
    (GET + "ok: {dribble: {chunks: true, over: 1s}}\n", "3: `chunks` is a number from 1 to 10000"),
    (GET + "ok: {dribble: {chunks: 2}}\n", "3: `dribble` has exactly the keys chunks and over"),
    (GET + "ok: {dribble: 2}\n", "3: `dribble` has exactly the keys chunks and over"),
    (GET + "ok: {fault: conection-reset}\n", "3: there is no fault 'conection-reset'. Did you mean connection-reset?"),
    (GET + "ok: {fault: [a]}\n", "3: there is no fault ['a']"),
    (GET + "ok: {passthrough: false}\n", "3: `passthrough` is true, or the url of the real service"),
    (GET + "ok: {passthrough: true, json: 1}\n", "3: 'passthrough' stands alone; remove json"),
    (GET + "ok: {sequence: [a], status: 200}\n    a: {json: 1}\n", "3: 'sequence' stands alone; remove status"),
    (GET + "ok: {sequence: a}\n", "3: `sequence` is a list of scenarios, not a text"),
    (GET + "ok: {sequence: []}\n", "3: `sequence` is a list of scenarios, not a list"),
    (
        GET + "ok: {sequence: [downn]}\n    down: {json: 1}\n",
        "3: the sequence names no scenario of this route: 'downn'. Did you mean down?",
    ),
    (GET + "ok: {sequence: [b]}\n    b: {sequence: [ok]}\n", "3: a sequence cannot hold the sequence 'b'"),
    (GET + "ok: {extends: nope}\n", "3: `extends` names no scenario of this route: 'nope'. Known: ok"),
    (GET + "ok: {extends: [b]}\n", "3: `extends` names no scenario of this route"),
    (GET + "ok: {extends: ok}\n", "3: `extends` goes in a circle: ok → ok"),
    (GET + "a: {extends: b}\n    b: {extends: a}\n", "4: `extends` goes in a circle: a → b → a"),
    (GET + "ok: {headers: [a]}\n    b: {extends: ok, headers: {a: 1}}\n", "4: `headers` is a mapping, not a list"),
    (GET + "ok: {json: '{{ req.json'}\n", "3: the template '{{ req.json' is not valid"),
    (GET + "ok: {json: {a: '{{ req.jsn | nope }}'}}\n", '3: the template "{{ req.jsn | nope }}"'.replace('"', "'")),
    (GET + "ok: {text: '{{ reqest }}'}\n", "3: the template '{{ reqest }}' names 'reqest'. Did you mean req"),
    (GET + "ok: {prefer: dog}\n", "3: `prefer` is a mapping, not a text ('dog')"),
    (GET + "ok: {prefer: {name: dog}}\n", "3: `prefer` has no key 'name'. Known: code, example"),
    (GET + "ok: {prefer: {code: 404}}\n", "3: 'code' is a text, not a number ('404')"),
    (GET + "ok: {prefer: {code: 1XX}}\n", "3: `code` is a range from 2XX to 5XX, or default, not '1XX'"),
    (GET + "description: 5\n", "3: 'description' is a text, not a number"),
    (GET + "ok: {description: [a]}\n", "3: 'description' is a text, not a list"),
    (GET + "match: 5\n", "3: `match` is a mapping, not a number"),
    (GET + "match: {jsn: 1}\n", "3: `match` has no key 'jsn'. Did you mean json?"),
    (GET + "match: {query: 5}\n", "3: `query` is a mapping, not a number"),
    (GET + "match: {query: {a: {b: 1}}}\n", "3: a value here is a text or a matcher"),
    (
        GET + "match: {json: {a: {type: order}}}\n",
        '3: `type` is one of string, integer, number, boolean, object, array, null, not "order"',
    ),
    (GET + "match: {query: {a: {type: object}}}\n", "3: `type` is one of string, integer, number, boolean, not"),
    (GET + "match: {json: {a: {type: []}}}\n", "3: `type` is one of"),
    (GET + "match: {json: {a: {regex: '('}}}\n", "3: '(' is no regular expression"),
    (GET + "match: {json: {a: {regex: 5}}}\n", "3: `regex` is a text, not 5"),
    (GET + "match: {json: {a: {min: x}}}\n", '3: `min` is a number, not "x"'),
    (GET + "match: {json: {a: {max: true}}}\n", "3: `max` is a number, not true"),
    (GET + "match: {json: {a: {oneOf: 1}}}\n", "3: `oneOf` is a list of values, not 1"),
    (GET + "match: {json: {a: {oneOf: []}}}\n", "3: `oneOf` is a list of values, not []"),
    (GET + "match: {json: {a: {any: false}}}\n", "3: `any` is always true"),
    (GET + "match: {json: {a: {absent: 1}}}\n", "3: `absent` is always true"),
    (GET + "match: {json: {a: {length: {least: 1}}}}\n", "3: `length` is a number, or {min:, max:}"),
    (GET + "match: {json: {a: {length: {min: x}}}}\n", '3: `length` is a number, not "x"'),
    (GET + "match: {json: {a: {not: {type: x}}}}\n", "3: `type` is one of"),
    ("a: 1\na: 2\n", "2: the key 'a' stands here twice"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_mistakes(tmp_path, text, expected):
    found = told(tmp_path, {SHOP: text})

    assert any(problem.startswith(f"{SHOP}:{expected}") for problem in found), found


def test_everything_is_told_at_once_in_order(tmp_path):
    files = {
        SHOP: "titel: a\n" + GET + "ok: {jsn: 1, status: 9}\n  POTS /y: {}\n",
        "internal/pay.yaml": "service: '!'\n",
        "mdt.yaml": "prot: 1\n",
        "shared/rows.json": "{",
        "scenarios/a/b.yaml": "[nope.nope]\n",
    }
    found = problems(tmp_path, files)

    assert len(found) == 8
    assert [(one.file, one.line) for one in found] == sorted((one.file, one.line) for one in found)


def test_a_problem_is_told_once(tmp_path):
    text = GET + "ok: {json: '{{ nope }}'}\n    slow: {extends: ok, latency: 1}\n    b: {extends: slow}\n"

    assert len(problems(tmp_path, {SHOP: text})) == 1


def test_a_circle_that_others_lead_into_is_told_by_its_own_members_only(tmp_path):
    text = GET + "a: {extends: b}\n    b: {extends: c}\n    c: {extends: b}\n"

    assert [one.line for one in problems(tmp_path, {SHOP: text})] == [4, 5]


def test_the_message_counts(tmp_path):
    with pytest.raises(DefinitionError, match=r"The mock definitions have 1 problem:\n.*shop.yaml:1: a service has no"):
        loaded(tmp_path, {SHOP: "servce: 1"})


def test_a_problem_reads_with_and_without_hint():
    assert str(Problem("a.yaml", 3, "wrong")) == "a.yaml:3: wrong"
    assert str(Problem("a.yaml", 3, "wrong", "Mend it")) == "a.yaml:3: wrong. Mend it"
