"""`rows(n, row)` in a template: many copies of a row, each with its number and values of its own.

The row is looked at once; making one more is then a few calls.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mdt.engine import template_budget
from mdt.language import _

MAX_ROWS = 100_000


def rows(count: int, row: Any) -> list[Any]:
    """Makes `count` copies of a row. In its texts {n} is the row's number from 1; a text that is only "{n}" becomes the
    number. A function in it, such as uuid, is called for each row.
    """
    if not 0 <= count <= MAX_ROWS:
        raise template_budget.refused(_("rows() makes at most {limit} rows, not {count}", limit=MAX_ROWS, count=count))
    fill, size = _filler(row)
    template_budget.budget().step(size * count)
    template_budget.budget().write(template_budget.size(row, template_budget.WRITTEN) * count)
    return [fill(number) for number in range(1, count + 1)]


type Filler = Callable[[int], Any]


def _filler(value: Any) -> tuple[Filler, int]:
    """Makes the value of a row from its number; and how many values that is."""
    if isinstance(value, Mapping):
        parts = {key: _filler(item) for key, item in value.items()}
        fillers = [(key, fill) for key, (fill, _) in parts.items()]
        return lambda number: {key: fill(number) for key, fill in fillers}, 1 + sum(size for _, size in parts.values())
    if isinstance(value, list | tuple):
        items = [_filler(item) for item in value]
        return lambda number: [fill(number) for fill, _ in items], 1 + sum(size for _, size in items)
    return _filler_of_one(value), 1


def _filler_of_one(value: Any) -> Filler:
    if value == "{n}":
        return lambda number: number
    if isinstance(value, str) and "{n}" in value:
        return lambda number: value.replace("{n}", str(number))
    return (lambda _: value()) if callable(value) else (lambda _: value)
