"""The fields of a new module."""

import click
import pytest

from tests.framework.tables import table, words
from tools import fields
from tools.field_lines import Lines


def test_each_word_is_a_name_a_kind_and_what_is_said_of_it():
    title, paid, price, state = fields.parse(
        "title:str:unique paid:bool:optional price:decimal(2) state:enum(a, b):optional"
    )

    assert (title.name, title.kind.column, title.kind.searchable, title.unique) == (
        "title",
        "searchable(200)",
        True,
        True,
    )
    assert (paid.name, paid.kind.model, paid.kind.sortable, paid.optional) == ("paid", "bool", False, True)
    assert price.places == 2
    assert (state.choices, state.optional) == (("a", "b"), True)


@table("wanted", words("a:str a:text:optional a:decimal(0):unique a:enum(b,c) a_id:reference(users):optional:unique"))
def test_field_can_be_written_again(wanted):
    assert fields.one(wanted).wanted == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "1 to 20 fields"),
        (" ".join(f"f{number}:int" for number in range(21)), "1 to 20 fields"),
        ("title", "name:kind"),
        ("title:moneys", "str, text, int, bool"),
        ("title:money", "Did you mean decimal"),
        ("title:datetme", "Did you mean datetime"),
        ("title:boolean", "Did you mean bool"),
        ("title:str:nullable", "Did you mean optional"),
        ("title:str:uniqe", "Did you mean unique"),
        ("title:str:optional:", "may stand optional and unique"),
        ("title:str(5)", "write str"),
        ("price:decimal", r"write decimal\(2\)"),
        ("price:decimal(x)", "0 to 6 places"),
        ("price:decimal(7)", "0 to 6 places"),
        ("state:enum", r"write enum\(draft,sent\)"),
        ("state:enum(a)", "two or more different"),
        ("state:enum(a,a)", "two or more different"),
        ("state:enum(A,b)", "two or more different"),
        ("customer:reference(customers)", r"customer_id:reference\(customers\)"),
        ("customer_id:reference(../x)", "names a module"),
        ("body:text:unique", "cannot be unique"),
        ("title:str:optional", "Every field is optional"),
        ("page:int", "mean something in every list"),
        ("deleted_at:datetime", "has id, user_id"),
        ("Title:str", "lower-case"),
        ("class:str", "lower-case"),
        ("user_id:int", "has id, user_id"),
        ("copy:str", "pydantic or SQLAlchemy"),
        ("metadata:str", "pydantic or SQLAlchemy"),
        ("model_year:int", "pydantic or SQLAlchemy"),
        ("a:int a:str", "twice"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(text, reason):
    with pytest.raises(click.ClickException, match=reason):
        fields.parse(text)


@table("kind, length", {"str": ("str", 200), "text": ("text", 10_000)})
def test_longest_text_is_as_long_as_its_column(kind, length):
    extreme = Lines(fields.one(f"a:{kind}"), "bees", "bee").extreme

    assert len(eval(extreme)) == length


def test_names_of_indexes_fit_into_mysql():
    with pytest.raises(click.ClickException, match="beyond 64"):
        fields.check_lengths("customer_subscription_billing_addresses", [fields.one("a_longer_number:int:unique")])
