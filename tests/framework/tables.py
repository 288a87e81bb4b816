"""A test over a table: every row is checked, and all that fail are told at once."""

from collections.abc import Callable, Iterable


def every[R](rows: Iterable[R], check: Callable[[R], object]) -> None:
    """Call `check` with each row; raises an `ExceptionGroup` with the error of each that fails, which names its row."""
    errors = [error for row in rows if (error := _error(row, check))]
    if errors:
        raise ExceptionGroup(f"{len(errors)} rows of the table", errors)


def _error[R](row: R, check: Callable[[R], object]) -> Exception | None:
    try:
        check(row)
    except Exception as error:  # noqa: BLE001 - told with the others
        error.add_note(f"in the row {row!r:.200}")
        return error
    return None
