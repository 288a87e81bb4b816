"""`fake`: values by the session's seed, another for each row, and only what is safe to ask for."""

import time

import pytest

from mdt.engine import fake
from mdt.engine.session import Session
from mdt.engine.template_values import dumps
from mdt.engine.templates import TemplateError, compile_value
from tests.unit.engine.test_templates import call


@pytest.mark.parametrize("kind", fake.KINDS)
@pytest.mark.parametrize("locale", ["zh_CN", "en_US"])
def test_every_kind_has_values(kind, locale) -> None:
    pool = fake.values(locale, kind)

    assert len(pool) == fake.POOL
    assert len(set(pool)) > 15
    assert all(isinstance(one, str) and one for one in pool)


def test_the_seed_of_the_session_decides() -> None:
    template = compile_value("{{ rows(5, {'name': fake.name, 'city': fake('en_US').city}) }}")

    first, again, other = template(call()), template(call()), call()
    other.session = Session("other")
    assert first == again
    assert template(other) != first
    assert len({row["name"] for row in first}) > 1
    assert all(row["city"].isascii() for row in first)
    assert not any(row["name"].isascii() for row in first)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ fake.nmae() }}", "`fake` has no 'nmae'. Did you mean name?"),
        ("{{ fake.binary(length=10**9) }}", "`fake` has no 'binary'."),
        ("{{ fake('xx_XX').name() }}", "Faker has no language 'xx_XX'"),
        ("{{ fake('../../etc').name() }}", "Faker has no language '../../etc'"),
        ("{{ fake._random }}", "access to attribute '_random'"),
    ],
)
def test_mistakes(template, text) -> None:
    with pytest.raises(TemplateError) as raised:
        compile_value(template)(call())

    assert text in str(raised.value)


def test_without_faker_it_says_what_to_install(monkeypatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(fake, "import_module", missing)
    fake.values.cache_clear()
    try:
        with pytest.raises(TemplateError, match=r"pip install 'touchstone-mdt\[faker\]'"):
            compile_value("{{ fake.name() }}")(call())
    finally:
        fake.values.cache_clear()


def test_ten_thousand_rows_are_made_in_little_time() -> None:
    """A tenth of a second on an idle machine; the limit is for a busy one. Faker alone would take 6 s."""
    row = "{'id': 'u{n}', 'name': fake.name, 'phone': fake.phone_number, 'city': fake.city, 'n': random.any_int(0, 9)}"
    template = compile_value(f"{{{{ rows(10000, {row}) }}}}")
    template(call())
    begun = time.process_time()

    text = dumps(template(call()))

    assert time.process_time() - begun < 1.5
    assert text.count('"id"') == 10_000
