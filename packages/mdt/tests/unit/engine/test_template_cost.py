"""Templates that take time are told from look-ups: the server renders these at once, those beside its loop."""

from mdt.engine.templates import takes_time
from tests.unit.folders import loaded

QUICK = [
    "constant",
    "{{ req.json.id }}",
    "{{ req.json.price * req.json.quantity }}",
    "{{ shared.products | by(id=path.id) }}",
    "{{ now | plus(minutes=15) | iso }}",
    "{{ uuid() }} {{ random.int(1, 6) }}",
    "{{ req.json.name.upper() ~ call }}",
    "{% if call > 2 %}{{ [1, 2][0] }}{% else %}-{% endif %}",
    "{{ req.query.tag | values | length }}",
]
HEAVY = [
    "{{ rows(9, {}) }}",
    "{% for one in req.json %}{{ one }}{% endfor %}",
    "{{ 'x' * 9 }}",
    "{{ [1] * 9 }}",
    "{{ '%d' % 9 }}",
    "{{ 2 ** 9 }}",
    "{{ lipsum(2) }}",
    "{{ 'x'.center(9) }}",
    "{{ range(9) | list }}",
    "{{ req.json | map('upper') }}",
    "{{ req.json.a | sort }}",
    "{% macro a() %}{% endmacro %}{{ a() }}",
]


def test_look_ups_are_quick_and_what_loops_or_builds_is_not():
    assert [one for one in QUICK if takes_time(one)] == []
    assert [one for one in HEAVY if not takes_time({"a": ["b", one]})] == []


def test_large_shared_data_makes_its_readers_slow(tmp_path):
    template = "{{ shared.products | by(id=path.id) }}"
    assert takes_time(template, shared_is_large=True)
    assert not takes_time("{{ req.json.id }}", shared_is_large=True)

    files = {"internal/shop.yaml": f"default: ok\nroutes:\n  GET /{{id}}: {{ok: {{json: '{template}'}}}}\n"}
    for size, slow in ((10, False), (300_000, True)):
        catalog = loaded(tmp_path, {**files, "shared/products.json": f'["{"x" * size}"]'})
        (route,) = catalog.services["shop"].routes
        assert route.scenarios["ok"].answer.takes_time is slow
