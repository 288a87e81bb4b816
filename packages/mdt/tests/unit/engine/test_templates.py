"""Templates keep types, know the request and the session, and can do no harm."""

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from mdt.engine.call import Call
from mdt.engine.choice import Choice
from mdt.engine.rows import MAX_ROWS
from mdt.engine.session import Session
from mdt.engine.template_values import dumps
from mdt.engine.templates import TemplateError, compile_json, compile_text, compile_value, has_template, render_json
from tests.unit.folders import asking

SHARED = {"products": [{"id": 7, "name": "keys"}, {"id": "8"}], "users": {"a": {"id": 1}}, "flat": "x"}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def call(**parts: Any) -> Call:
    session = Session("s", Choice({"shop": ("ok",)}))
    session.clock.freeze(NOON)
    data = {"id": "p1", "n": 3, "items": [1, 2], "nested": {"keys": "k"}, "null": None}
    headers = {"x-trace": "t1", "content-type": "application/x-www-form-urlencoded"}
    request = asking("POST http://shop.internal/a/7?q=1&q=2&e=", **(parts or {"data": data}), headers=headers)
    return Call(request, session, "/a/7", {"id": "7"}, SHARED, 2)


VALUES = [
    ("{{ req.json.id }}", "p1"),
    ("{{ req.json.n }}", 3),
    ("{{ req.json.n + 1 }}", 4),
    ("{{ req.json['n'] > 2 }}", True),
    ("{{ req.json.items }}", [1, 2]),  # the key, not the method of dict
    ("{{ req.json.items[0] }}", 1),
    ("{{ req.json.nested.keys }}", "k"),
    ("{{ req.json.null }}", None),
    ("{{ req.json }}", {"id": "p1", "n": 3, "items": [1, 2], "nested": {"keys": "k"}, "null": None}),
    ("{{ req.method }}", "POST"),
    ("{{ req.path }}", "/a/7"),
    ("{{ req.url }}", "http://shop.internal/a/7?q=1&q=2&e="),
    ("{{ req.query.q }}", ["1", "2"]),
    ("tags: {{ req.query.q }}", 'tags: ["1","2"]'),
    ("{{ req.query.q | first }}", "1"),
    ("{{ req.query.e }}", ""),
    ("{{ req.query.e | values }}", [""]),
    ("{{ req.query.q | values }}", ["1", "2"]),
    ("{{ req.query.none | values }}", []),
    ("{{ req.headers['x-trace'] }}", "t1"),
    ("{{ path.id }}", "7"),
    ("{{ path.id | int }}", 7),
    ("{{ shared.products | by(id=path.id) }}", {"id": 7, "name": "keys"}),
    ("{{ (shared.products | by(id=8)).id }}", "8"),
    ("{{ shared.users | by(id=1) }}", {"id": 1}),
    ("{{ shared.products | by(id=9) | default(none) }}", None),
    ("{{ shared.products | by(id=7, name='x') | default('no') }}", "no"),
    ("{{ shared.flat }}", "x"),
    ("{{ call }}", 2),
    ("{{ session.id }}", "s"),
    ("{{ session.scenarios[0] }}", "shop.ok"),
    ("{{ now }}", NOON),
    ("{{ now | iso }}", "2026-11-21T12:00:00Z"),
    ("{{ now | plus(minutes=15) | iso }}", "2026-11-21T12:15:00Z"),
    ("{{ now | plus(milliseconds=5) | iso }}", "2026-11-21T12:00:00.005Z"),
    ("{{ uuid() | length }}", 36),
    ("{{ random.int(5, 5) }}", 5),
    ("{{ random.choice(['a']) }}", "a"),
    ("{{ 0 <= random.float() < 1 }}", True),
    ("{{ rows(2, {'id': '{n}', 'name': 'row-{n}', 'tags': ['t{n}'], 'one': 1}) }}", [
        {"id": 1, "name": "row-1", "tags": ["t1"], "one": 1},
        {"id": 2, "name": "row-2", "tags": ["t2"], "one": 1},
    ]),
    ("{{ rows(0, 1) }}", []),
    ("{{ [1, 2] | tojson }}", "[1,2]"),
    ("{{ 'a{{b}}' }}", "a{{b}}"),
    ("{{- req.json.id -}}", "p1"),
    ("id {{ req.json.id }}!", "id p1!"),
    ("{{ req.json.id }}{{ req.json.n }}", "p13"),
    ("{{ req.json.id }} {{ req.json.n }}", "p1 3"),
    ("{% if req.json.n > 2 %}many{% else %}few{% endif %}", "many"),
    ("{# nothing #}text", "text"),
    ("{# nothing #}{{ call }}", "2"),
    ("{{ call }}{# nothing #}", "2"),
    ("{{ call }}{% if call %}{% endif %}", "2"),
    ("at {{ now }}, {{ req.json.n > 2 }}, {{ none }}, {{ req.json.items }}", "at 2026-11-21T12:00:00Z, true, null, [1,2]"),
    ("line\n{{ call }}\n", "line\n2\n"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "value"), VALUES)
def test_values(source, value):
    result = compile_value(source)(call())

    assert result == value
    assert type(result) is type(value)


def test_form_values_are_at_hand():
    assert compile_value("{{ req.form.a }}{{ req.text }}")(call(body=b"a=1")) == "1a=1"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ req.json.nope }}", "there is no 'nope' in {id, n, items, nested, null}"),
        ("{{ req.json.nope.deeper }}", "there is no 'nope'"),
        ("{{ req.json['nope'] }}", "nope"),
        ("x {{ req.json.nope }}", "there is no 'nope'"),
        ("{{ shared.products | by(id=9) }}", "there is no row with id=9"),
        ("{{ shared.nope }}", "there is no 'nope' in {products, users, flat}"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ req.json.id + 1 }}", "concatenate"),
        ("{{ rows(-1, 1) }}", "at most"),
        (f"{{{{ rows({MAX_ROWS + 1}, 1) }}}}", "at most"),
    ],
)
def test_what_fails_says_why(source, reason):
    with pytest.raises(TemplateError, match=reason.replace("(", r"\(").replace("{", r"\{")):
        compile_value(source)(call())


TOO_MUCH = [
    "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}",
    "{{ '%.999999999f' % 1.5 }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ '%(n)999999999d' | format(n=1) }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ '{:{}}'.format(1, 999999999) }}",
    "{{ '{a:>999999999}'.format_map({'a': 1}) }}",
    "{{ 'x'.center(999999999) }}",
    "{{ 'x'.ljust(999999999) }}",
    "{{ 'x'.rjust(width=999999999) }}",
    "{{ 'x'.zfill(999999999) }}",
    "{{ '\t'.expandtabs(999999999) }}",
    "{{ 'x' | center(999999999) }}",
    "{{ 'a\nb' | indent(999999999) }}",
    "{{ [1] | batch(999999999, 0) | list }}",
    "{{ [1] | slice(999999999) | list }}",
    "{{ ('x' * 9000).replace('x', 'y' * 9000) }}",
    "{{ ('x' * 9000) | replace('x', 'y' * 9000) }}",
    "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for a in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for a in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}",
    "{{ rows(900, {'a': rows(900, {'n': '{n}'})}) }}",
    "{{ lipsum(n=99999) }}",
    "{{ '{:{a}}'.format(1, a='999999999') }}",
    "{{ 'x'.encode().ljust(999999999) }}",
    "{{ 'x'.encode() * 999999999 }}",
    "{{ ('%999999999d'.encode()) % 1 }}",
    "{{ ('x' * 9999).encode().replace('x'.encode(), ('y' * 9999).encode()) }}",
    "{{ (1).to_bytes(999999999, 'big') }}",
    "{{ now.strftime('%Y' * 9999999) }}",
    "{{ (',' * 99999).join([''] * 9999) }}",
    "{{ ','.join((['x' * 9999] * 9999) | map('upper')) }}",
    "{{ ['x' * 9999] * 9999 }}",
    "{{ (['x' * 9999] * 9999) | join }}",
    "{{ ([''] * 9999) | join('x' * 9999) }}",
    "{{ (['x' * 9999] * 9999) | string | length }}",
    "{{ (['x' * 9999] * 9999) | tojson | length }}",
    "{{ (['x' * 9999] * 9999) | pprint | length }}",
    "{{ (['x' * 9999] * 9999) | map('upper') | list | length }}",
    "{{ ('{0}' * 9999).format('x' * 9999) }}",
    "{{ ('%(a)s' * 9999) % {'a': 'x' * 9999} }}",
    "{{ ('%(a)s' * 9999) | format(a='x' * 9999) }}",
    "{{ 'a' | indent('x' * 9999999) }}",
    "{{ ('a\n' * 9999) | indent('x' * 9999) }}",
    "{{ ('x' * 999999) | wordwrap(1) }}",
    "{{ ([[1] * 999] * 9999) | sum(start=[]) | length }}",
    "{{ ('x ' * 3999999).split() | length }}",
    "{% set ns = namespace(x=9) %}{% for a in range(40) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    "{% set a = ['x' * 99] * 99 %}{% set b = [a] * 99 %}{% set c = [b] * 99 %}{{ c }}",
    "{{ [[['x' * 99] * 99] * 99] * 99 }}",
    "{{ {'a': [['x' * 9999] * 999] * 9} }}",
    "{{ rows(9999, {'a': 'x' * 99999}) }}",
    "{{ rows(9999, {'a': '{n}' * 99999}) }}",
]


@pytest.mark.parametrize("source", TOO_MUCH)
def test_what_would_exhaust_the_memory_is_refused(source):
    with pytest.raises(TemplateError, match=r"is refused|at most"):
        compile_value(source)(call())


def test_what_is_modest_works_as_before():
    assert (
        compile_value("{{ '%5d' % 7 }}|{{ 'x' | center(5) }}|{{ '{:>4}'.format('a') }}")(call()) == "    7|  x  |   a"
    )
    assert compile_value("{% for a in [1, 2] %}{{ loop.index }}/{{ loop.length }} {% endfor %}")(call()) == "1/2 2/2 "
    assert compile_value("{{ 'a' ~ 1 ~ none }}")(call()) == "a1None"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ [[1], [2, 3]] | sum(start=[]) }}", [1, 2, 3]),
        ("{{ [{'n': 1}, {'n': 2}] | sum('n') }}", 3),
        ("{{ [1, 2] | map('string') | join('-') }}", "1-2"),
        ("{{ [{'n': 1}, {'n': 2}] | join('-', attribute='n') }}", "1-2"),
        ("{{ '-'.join(['a', 'b'] | map('upper')) }}", "A-B"),
        ("{{ 'a b c' | wordwrap(3) }}", "a b\nc"),
        ("{{ '{:>{}}'.format('a', 3) }}", "  a"),
        ("{{ 'a,b'.split(',') }}", ["a", "b"]),
        ("{{ now.strftime('%Y-%m-%d') }}", "2026-11-21"),
        ("{{ (2 ** 1000 * 2 ** 1000) == 2 ** 1000 * (2 ** 999 * 2) }}", True),
        ("{{ rows(50000, {'id': '{n}', 'name': 'name number {n}'}) | length }}", 50_000),
    ],
)
def test_filters_and_methods_do_what_they_did(source, value):
    assert compile_value(source)(call()) == value


@pytest.mark.parametrize("source", ["{{ range(1000000 // 10) | random }}", "{{ lipsum(n=1) }}"])
def test_chance_is_the_sessions(source):
    assert compile_value(source)(call()) == compile_value(source)(call())


@pytest.mark.parametrize("source", ["{{ req.json.a }}", "{{ req.json['a'] }}"])
def test_a_body_that_is_no_json_is_told(source):
    with pytest.raises(TemplateError, match=r"no JSON|MISSING|has no"):
        compile_value(source)(call(body=b"plain"))


def test_a_whole_body_that_is_no_json_cannot_be_echoed():
    with pytest.raises(TemplateError, match="no JSON"):
        render_json(compile_json("{{ req.json }}"), call(body=b"plain"))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ reqest.json }}", "names 'reqest'. Did you mean req"),
        ("{{ req.json | nope }}", "No filter named 'nope'"),
        ("{{ req.json", "not valid"),
        ("{% for %}", "not valid"),
        ("{{ req.json. }}", "not valid"),
    ],
)
def test_mistakes_are_found_when_it_is_compiled(source, reason):
    with pytest.raises(TemplateError, match=reason):
        compile_value(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ req._request }}",
        "{{ req._request.body }}",
        "{{ random._random.seed(1) }}",
        "{{ session._session.choice }}",
        "{{ session._session }}",
        "{{ req.json.items.append(1) }}",
        "{{ shared.products.clear() }}",
        "{{ req.json.__class__ }}",
        "{{ 'x' * 10000000 }}",
        "{{ 10000000 * [1] }}",
        "{{ 9999 ** 9999 }}",
        "{{ range(10000000) | list }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ uuid.__globals__ }}",
    ],
)
def test_the_sandbox_holds(source):
    with pytest.raises(TemplateError):
        compile_value(source)(call())


def test_small_products_and_powers_are_allowed():
    assert compile_value("{{ 'ab' * 2 ~ 3 * 4 ~ 2 ** 10 }}")(call()) == "abab121024"


def test_what_a_request_says_is_never_a_template():
    assert compile_value("{{ req.json.id }} {{ 1 }}")(call(data={"id": "{{ 7 * 7 }}"})) == "{{ 7 * 7 }} 1"


def test_json_is_written_once_except_for_its_templates():
    parts = compile_json({"a": [1, "{{ req.json.n }}"], "b": {"c": "{{ req.json.id }}", "中": "文"}, "d": []})

    assert [part for part in parts if isinstance(part, str)] == ['{"a":[1,', '],"b":{"c":', ',"中":"文"},"d":[]}']
    assert json.loads(render_json(parts, call())) == {"a": [1, 3], "b": {"c": "p1", "中": "文"}, "d": []}


@pytest.mark.parametrize("value", [[], {}, ["{{ call }}"], {"a": "{{ call }}"}, "{{ call }}", [["{{ call }}", 1], 2]])
def test_json_of_every_shape(value):
    expected = json.loads(json.dumps(value).replace('"{{ call }}"', "2"))

    assert json.loads(render_json(compile_json(value), call())) == expected


@pytest.mark.parametrize("source", ["{{ random }}", "{{ 1e400 }}", "{{ req }}"])
def test_what_json_cannot_say_is_told(source):
    with pytest.raises(TemplateError):
        render_json(compile_json({"a": source}), call())


def test_generators_are_lists_in_json():
    assert render_json(compile_json("{{ req.json['items'] | map('string') }}"), call()) == b'["1","2"]'


def test_text_is_text_whatever_the_value():
    assert compile_text("{{ call }}")(call()) == "2"
    assert compile_text("{{ now }}")(call()) == "2026-11-21T12:00:00Z"


def test_rows_call_functions_for_each_row():
    first, second = compile_value("{{ rows(2, {'id': uuid}) }}")(call())

    assert first != second


def test_random_values_repeat_with_the_session():
    source = "{{ uuid() ~ random.int(1, 1000000) }}"

    assert compile_value(source)(call()) == compile_value(source)(call())


def test_a_uuid_is_one_of_version_4():
    assert compile_value("{{ uuid() }}")(call())[14] == "4"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", False),
        ("{{ x }}", True),
        ({"a": ["{% x %}"]}, True),
        ([{"{{ x }}": 1}], False),
        (1, False),
        ("{a}", False),
    ],
)
def test_has_template(value, expected):
    assert has_template(value) is expected


def test_what_is_missing_deep_inside_is_told():
    with pytest.raises(TemplateError, match="there is no 'nope'"):
        render_json(compile_json("{{ [req.json.nope] }}"), call())


def test_any_mapping_is_an_object_in_json():
    assert dumps(MappingProxyType({"a": 1})) == '{"a":1}'


def test_moments_in_json_are_iso_text():
    assert dumps({"at": NOON}) == '{"at":"2026-11-21T12:00:00Z"}'
