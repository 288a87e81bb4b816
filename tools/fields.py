"""The fields of a new module: `title:str amount:int paid:bool`, and what each kind is in Python, SQL and JSON."""

import keyword
from dataclasses import dataclass

import click
from pydantic import BaseModel

from backend.core.db import Base
from tools.names import SNAKE

LENGTH = 200  # characters of a str
MOST = 20
OURS = ("id", "user_id", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of value is written in each file of a module; `extreme` is a value at the edge of what a database keeps."""

    python: str
    column: str
    schema: str
    migration: str
    empty: str
    example: str
    other: str
    extreme: str
    imports: str = ""
    sortable: bool = True
    searchable: bool = False


KINDS = {
    "str": Kind(
        python="str",
        column=f"String({LENGTH})",
        schema="Short",
        migration=f"sa.String(length={LENGTH})",
        empty='""',
        example='"one"',
        other='"two"',
        extreme=f'"é 中 👋 " + "x" * {LENGTH - 6}',
        imports="String",
        searchable=True,
    ),
    "int": Kind(
        python="int",
        column="BigInteger",
        schema="Whole",
        migration="sa.BigInteger()",
        empty="0",
        example="1",
        other="2",
        extreme="1 - 2**53",
        imports="BigInteger",
    ),
    "bool": Kind(
        python="bool",
        column="",
        schema="Flag",
        migration="sa.Boolean()",
        empty="False",
        example="True",
        other="False",
        extreme="True",
        sortable=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a module. The templates read its name, and its kind's texts as if they were its own."""

    name: str
    kind: Kind

    def __getattr__(self, attribute: str) -> object:
        return getattr(self.kind, attribute)


def parse(text: str) -> list[Field]:
    """The fields that `text` names; raises `click.ClickException` for the first that cannot be."""
    fields = [_field(word) for word in text.split()]
    names = [field.name for field in fields]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise click.ClickException(f"the field {double[0]!r} is named twice.")
    if not 0 < len(fields) <= MOST:
        raise click.ClickException(f"Give 1 to {MOST} fields, e.g. --fields 'title:str amount:int paid:bool'.")
    return fields


def _field(word: str) -> Field:
    name, _, kind = word.partition(":")
    if kind not in KINDS:
        raise click.ClickException(f"field {word!r}: write name:kind, with one of the kinds {', '.join(KINDS)}.")
    if not SNAKE.fullmatch(name) or len(name) > 40 or keyword.iskeyword(name):
        raise click.ClickException(f"field {word!r}: the name is lower-case letters, digits and single _ between them.")
    if name in OURS:
        raise click.ClickException(f"field {word!r}: every module has {', '.join(OURS)} already.")
    if hasattr(BaseModel, name) or hasattr(Base, name) or name.startswith("model_"):
        raise click.ClickException(f"field {word!r}: pydantic or SQLAlchemy use that name; take another one.")
    return Field(name, KINDS[kind])
