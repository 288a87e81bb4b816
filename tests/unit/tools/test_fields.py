"""The fields of a new module."""

import click
import pytest

from tools import fields


def test_each_word_is_a_name_and_a_kind():
    title, paid = fields.parse("title:str paid:bool")

    assert (title.name, title.column, title.searchable) == ("title", "String(200)", True)
    assert (paid.name, paid.python, paid.sortable) == ("paid", "bool", False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "1 to 20 fields"),
        (" ".join(f"f{number}:int" for number in range(21)), "1 to 20 fields"),
        ("title", "name:kind"),
        ("title:money", "str, int, bool"),
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


def test_longest_text_is_as_long_as_its_column():
    extreme = fields.KINDS["str"].extreme

    assert len(eval(extreme)) == fields.LENGTH
