"""Runs the whole matrix of failure modes and writes docs/failure-modes.md from it."""

import asyncio
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.matrix import cells, table
from tests.matrix.rows import rows


async def main() -> int:
    """0 if the contract holds in every cell; the page is written only then."""
    chosen, failing = cells.cells(rows()), cells.failing_cells(rows())
    everything = chosen + failing
    began = time.monotonic()
    await cells.play(everything)
    for cell in everything:
        for problem in cell.problems:
            print(f"{cell.title}: {problem}")
    bad = sum(1 for cell in everything if cell.problems)
    print(f"{len(everything)} cells in {time.monotonic() - began:.0f} s, {bad} with problems")
    if not bad:
        table.PAGE.write_text(table.page(chosen, failing, cells.MAX_ATTEMPTS), "utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
