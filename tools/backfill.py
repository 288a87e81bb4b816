"""The value that a new required field has in the rows that are there already."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

import click
from pydantic import TypeAdapter, ValidationError

from backend.core.web.exact_values import Day, fixed_point
from backend.core.web.schema import Flag, Moment, Short, Whole
from tools.fields import Field


@dataclass(frozen=True, slots=True)
class Default:
    """How a kind's value is read from the command line, and written as a column's default in Python."""

    read: Callable[[Field, str], Any]
    write: Callable[[Any], str]
    example: Callable[[Field], str]


def default_for(field: Field, given: str | None) -> str | None:
    """The default of the column in Python, such as `text("0")`; None for an optional field. Raises `click.ClickException`."""
    if field.optional:
        if given is not None:
            raise _refused(field, "it is optional, so the rows that are there have none; leave --backfill out.")
        return None
    if field.unique or not field.kind.backfill:
        reason = (
            "every row would need a value of its own"
            if field.unique or field.target
            else "MySQL has no default for a text"
        )
        later = replace(field, optional=True).wanted
        raise _refused(field, f"{reason}. Add it as {later}, fill it, then make it required.")
    default = DEFAULTS[field.word]
    if given is None:
        raise _refused(
            field,
            f"it is required: say what the rows that are there get, such as --backfill {default.example(field)}, "
            f"or make it {replace(field, optional=True).wanted}.",
        )
    try:
        return default.write(default.read(field, given))
    except (ValidationError, ValueError):
        raise _refused(field, f"--backfill {given!r} is none; write it like {default.example(field)}.") from None


def _refused(field: Field, reason: str) -> click.ClickException:
    return click.ClickException(f"field {field.wanted!r}: {reason}")


def _of(kind: Any, *, json_text: bool = False) -> Callable[[Field, str], Any]:
    adapter = TypeAdapter[Any](kind)
    read = adapter.validate_json if json_text else adapter.validate_python
    return lambda _, given: read(given)


def _decimal(field: Field, given: str) -> str:
    TypeAdapter(Annotated[Decimal, fixed_point(field.places)]).validate_python(given)
    return given


def _choice(field: Field, given: str) -> str:
    if given not in field.choices:
        raise ValueError(given)
    return given


def _quoted(value: Any) -> str:
    return json.dumps(str(value), ensure_ascii=False)


def _number(value: Any) -> str:
    return f'text("{value}")'


DEFAULTS = {
    "str": Default(_of(Short), _quoted, lambda _: "unknown"),
    "int": Default(_of(Whole, json_text=True), _number, lambda _: "0"),
    "bool": Default(_of(Flag, json_text=True), lambda value: f"{str(value).lower()}()", lambda _: "false"),
    "decimal": Default(_decimal, _number, lambda field: f"{Decimal().scaleb(-field.places):f}"),
    "date": Default(_of(Day), _quoted, lambda _: "2026-01-02"),
    "datetime": Default(
        _of(Moment), lambda value: _quoted(f"{value:%Y-%m-%d %H:%M:%S}"), lambda _: "2026-01-02T03:04:05Z"
    ),
    "enum": Default(_choice, _quoted, lambda field: field.choices[0]),
}
