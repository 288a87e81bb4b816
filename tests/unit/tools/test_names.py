"""Names: which are refused, with a message that says what to do, and what the singular of a plural is."""

import click
import pytest

from tests.framework.tables import table, words
from tools import names


@table("name", ["invoices", "tax_rates", "a1", "x" * 40])
def test_good_names_pass(name):
    names.check_snake(name, "a module")


@table(
    "name",
    ["", "tax rates", "x" * 41, "x\n", *words("Invoices tax-rates 1st _x x_ a__b a/b ../x a.b größen")],
)
def test_what_is_no_snake_case_is_refused_with_an_example(name):
    with pytest.raises(click.ClickException, match=r"e\.g\. tax_rates"):
        names.check_snake(name, "a module")


@table("name", ["class", "import", "match", "type"])
def test_words_of_python_are_refused(name):
    with pytest.raises(click.ClickException, match="word of Python"):
        names.check_snake(name, "a module")


@table("name", ["groups", "select", "table", "user", "sqlite_things"])
def test_words_of_sql_are_no_tables(name):
    with pytest.raises(click.ClickException, match=f"e\\.g\\. my_{name}"):
        names.check_table(name, [])


def test_existing_table_is_refused():
    with pytest.raises(click.ClickException, match="already"):
        names.check_table("refresh_tokens", ["refresh_tokens"])

    names.check_table("invoices", ["refresh_tokens"])


@table(
    "plural, one",
    [
        ("invoices", "invoice"),
        ("categories", "category"),
        ("addresses", "address"),
        ("boxes", "box"),
        ("batches", "batch"),
        ("dishes", "dish"),
        ("houses", "house"),
        ("statuses", "status"),
        ("people", "person"),
        ("tax_rates", "tax_rate"),
        ("line_categories", "line_category"),
    ],
)
def test_singular(plural, one):
    assert names.singular(plural) == one


@table("word", ["inventory", "news", "status", "address", "analysis", "s"])
def test_what_is_no_plural_asks_for_the_singular(word):
    with pytest.raises(click.ClickException, match="--singular"):
        names.singular(word)


@table("name", ["page", "exception", "repository", "user"])
def test_class_that_exists_is_refused(name):
    with pytest.raises(click.ClickException, match=f"--singular my_{name}"):
        names.check_class(name, ["User"])


def test_class_name():
    assert names.class_name("tax_rate") == "TaxRate"


@pytest.mark.parametrize("name", ["tests", "run", "json", "sys"])
def test_top_level_name_that_hides_something_is_refused(name, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "run.py").touch()

    with pytest.raises(click.ClickException, match="another name"):
        names.check_top_level(name, tmp_path)
