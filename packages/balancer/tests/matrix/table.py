"""The published table of failure modes, written from the outcomes of a run and from nothing else."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from balancer.wire.formats import Format
from tests.matrix.cells import Cell
from tests.matrix.clients import Outcome
from tests.matrix.rows import Row

PAGE = Path(__file__).parents[2] / "docs" / "failure-modes.md"
PAIRS = [(caller, provider) for caller in Format for provider in Format]
LETTERS = {Format.ANTHROPIC: "A", Format.OPENAI: "O"}
HEAD = """\
# Failure modes
This page is written by the run of `python tests/run_matrix.py`; a test fails when a run says something else. The first provider of a route fails as the row says, the next one is well. Each cell was asked by the official SDK of the caller's format, with its own retries, and by raw HTTP, and each of them saw the same.

* **first**: a whole answer of the first provider
* **next**: a whole answer of the next provider; the caller notices nothing
* **error**: an error in the caller's format. A stream that has begun ends with an error event, and the connection closes without the end of the body
* ·: the fault has no such form

`A→O` is a caller of Anthropic's format whose provider speaks OpenAI's. HTTP errors in later phases are the same error, said by an event of a stream that began with HTTP 200, or by a body under HTTP 200.

"""
AGAIN = """
## The next request
The same caller asks again. A provider whose failure counted is out by then: no call reaches it, and the answer is **next** in every row but these.

"""
ALL_FAIL = """
## Every provider fails
Both providers of the route fail as the row says. In each of {cells:,} cells the SDK raised an error of its own, and no request made more than {limit} calls of providers, the SDK's own retries included.
"""
COUNTS = """
## What never happened
In {requests:,} requests: {never}.
"""


def page(chosen: list[Cell], failing: list[Cell], limit: int) -> str:
    """The page as Markdown."""
    others = {cell.row for cell in chosen if cell.second is not Outcome.NEXT}
    return "".join(
        [
            HEAD,
            *_table(chosen, "first"),
            AGAIN,
            *_table((cell for cell in chosen if cell.row in others), "second"),
            ALL_FAIL.format(cells=len(failing), limit=limit),
            COUNTS.format(requests=2 * (len(chosen) + len(failing)), never=", ".join(NEVER)),
        ]
    )


NEVER = (
    "no caller hung",
    "no cut answer looked whole",
    "no answer began twice",
    "no provider that was out was asked",
    "no request made too many calls",
)


def _table(cells: Iterable[Cell], which: str) -> list[str]:
    found: dict[Row, dict[tuple[Format, Format, bool], Counter[str]]] = {}
    for cell in cells:
        place = cell.caller, cell.provider, cell.stream
        found.setdefault(cell.row, {}).setdefault(place, Counter())[getattr(cell, which).value] += 1
    columns = [(*pair, stream) for stream in (True, False) for pair in PAIRS]
    titles = [f"{LETTERS[a]}→{LETTERS[b]}{'' if stream else ' whole'}" for a, b, stream in columns]
    lines = [f"| behaviour | phase | {' | '.join(titles)} |\n", f"|---|---|{'---|' * len(columns)}\n"]
    return lines + [
        f"| `{row.behavior.value}` | {row.phase.value} | {' | '.join(_said(places.get(one)) for one in columns)} |\n"
        for row, places in found.items()
    ]


def _said(outcomes: Counter[str] | None) -> str:
    return "·" if not outcomes else " / ".join(sorted(outcomes))
