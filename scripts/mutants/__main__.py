"""`python -m scripts.mutants`: draw a sample of mistakes, run the tests that could notice each, and list those that live.

Minutes long. `--list FILE` tries the mutants of an earlier report again instead of drawing some. Exit status 0 says only that all
were tried: a sample measures a suite, it is no gate.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from scripts.mutants import sample, selection, trial
from scripts.mutants.operators import Mutant

SUITE = "tests/unit"
REPORT = Path(".cache/mutants.json")
Entry = dict[str, Any]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=160, help="about how many to plant")
    parser.add_argument("--seed", type=int, default=10, help="the same seed draws the same sample from the same code")
    parser.add_argument("--list", type=Path, help="the mutants of this report instead")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("--recorded", action="store_true", help="which test runs which line is known from the last run")
    parser.add_argument("--draw-only", action="store_true", help="write the sample and try nothing")
    return parser.parse_args()


def listed(path: Path) -> list[Mutant]:
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [Mutant(**{**entry["mutant"], "position": tuple(entry["mutant"]["position"])}) for entry in entries]


def attempt(coverage: selection.Coverage, mutant: Mutant) -> Entry:
    """Try a mutant on the tests that run its lines, and if it lives on all tests of its part: some read what only an import runs."""
    started, names = time.monotonic(), coverage.choose(mutant)
    outcome = trial.run([*trial.files(names, mutant), "-x"], names, mutant) if names else trial.Outcome(0)
    folder = trial.folder(SUITE, mutant)
    if not outcome.killed and folder.is_dir():
        outcome = trial.run([str(folder), "-x"], (), mutant)
    spent = round(time.monotonic() - started, 1)
    print(f"{'killed' if outcome.killed else 'LIVES '} {spent:6.1f} s {len(names):5} {mutant.name[:140]}", flush=True)
    return {"mutant": asdict(mutant), "killed": outcome.killed, "tests": len(names), "seconds": spent} | asdict(outcome)


def unfit(entries: list[Entry]) -> list[str]:
    """Which of the tests that killed a mutant fail in a trial without one too, and so say nothing."""
    killers = {name for entry in entries for name in entry["failed"]}
    return trial.run(sorted({name.partition("::")[0] for name in killers}), killers).failed if killers else []


def save(entries: list[Entry]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    asked = arguments()
    mutants = listed(asked.list) if asked.list else sample.draw(asked.count, asked.seed)
    random.Random(asked.seed).shuffle(mutants)  # noqa: S311 - so that a run that is stopped early has tried a sample too
    if asked.draw_only:
        return save([{"mutant": asdict(mutant)} for mutant in mutants])
    if not asked.recorded:
        selection.record(SUITE, asked.jobs)
    trial.load_libraries()
    entries: list[Entry] = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for entry in pool.map(partial(attempt, selection.Coverage()), mutants):
            save([*entries, entry])
            entries.append(entry)
    if broken := unfit(entries):
        sys.exit(f"these fail without a mutant too, and must be mended first: {broken}")
    found = Counter(entry["killed"] for entry in entries)
    return print(f"{len(entries)} mutants: {found[True]} killed, {found[False]} alive; {REPORT} has all")


if __name__ == "__main__":
    main()
