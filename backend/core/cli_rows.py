"""How commands print rows: one a line, for people or as JSON, a page at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

Row = Mapping[str, object]


def paged(command: Callable[..., None]) -> Callable[..., None]:
    """The options `--after`, `--limit` and `--json`."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
        click.option(
            "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many at most."
        ),
        click.option("--after", type=click.IntRange(min=0), default=0, help="Go on behind this id."),
    ):
        command = option(command)
    return command


def show(rows: Sequence[Row], limit: int, *, as_json: bool) -> None:
    """Print the rows of a page, each with its `id`; the words for "nothing" and "more" go to people alone."""
    for row in rows:
        click.echo(json.dumps(row) if as_json else "  ".join(f"{name}={value}" for name, value in row.items()))
    if not rows and not as_json:
        click.echo("nothing to list")
    if rows and len(rows) == limit:
        click.echo(f"There may be more: --after {rows[-1]['id']}", err=True)


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def moment(value: datetime | Any) -> str:
    return value.isoformat(timespec="seconds")
