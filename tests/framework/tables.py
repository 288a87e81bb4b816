"""A test over a table: every row is checked, and all that fail are told at once."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import signature
from typing import Any


def every[R](rows: Iterable[R], check: Callable[[R], object]) -> None:
    """Call `check` with each row; raises an `ExceptionGroup` with the error of each that fails, which names its row."""
    errors = [error for row in rows if (error := _error(row, check))]
    if errors:
        raise ExceptionGroup(f"{len(errors)} rows of the table", errors)


def table(columns: str, rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """One test over all rows, for a check that leaves nothing behind: `@table("text, number", [("1", 1), ("2", 2)])`.

    The columns are parameters of the test; its other parameters are fixtures, which all rows share. A mapping gives each
    row a name.
    """
    names = columns.split(", ")
    with_names = isinstance(rows, Mapping)
    listed = [*rows.items()] if isinstance(rows, Mapping) else [*rows]

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @wraps(check)
        def test(*owner: object, **fixtures: object) -> None:
            def check_row(row: Any) -> None:
                values = row[1] if with_names else row
                cells = values if len(names) > 1 else (values,)
                check(*owner, **fixtures, **dict(zip(names, cells, strict=True)))

            assert listed, "the table is empty"
            every(listed, check_row)

        fixtures = [parameter for name, parameter in signature(check).parameters.items() if name not in names]
        vars(test)["__signature__"] = signature(check).replace(parameters=fixtures)  # which pytest reads
        return test

    return decorate


def words(text: str) -> list[str]:
    """The rows of a table of one column, of words that are set off by spaces or line breaks."""
    return text.split()


def _error[R](row: R, check: Callable[[R], object]) -> Exception | None:
    try:
        check(row)
    except Exception as error:  # noqa: BLE001 - told with the others
        error.add_note(f"in the row {row!r:.200}")
        return error
    return None
