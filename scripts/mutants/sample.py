"""Which mutants a run plants: a sample drawn by a seed, from all files in proportion to what each has."""

import random
from pathlib import Path

from scripts.mutants.operators import Mutant, mutants

FOLDERS = ("backend/core", "backend/modules")


def all_mutants() -> dict[str, list[Mutant]]:
    """Every mutant by the path of its file, seen from the root."""
    paths = sorted(str(path) for folder in FOLDERS for path in Path(folder).rglob("*.py"))
    return {path: mutants(path, Path(path).read_text(encoding="utf-8")) for path in paths}


def draw(count: int, seed: int) -> list[Mutant]:
    """About `count` mutants: each file's share of all mutants, and at least one of every file that has any."""
    known = {path: found for path, found in all_mutants().items() if found}
    total = sum(map(len, known.values()))
    chance = random.Random(seed)  # noqa: S311 - the same seed draws the same sample
    shares = {path: max(1, round(count * len(found) / total)) for path, found in known.items()}
    return [mutant for path, found in known.items() for mutant in chance.sample(found, min(shares[path], len(found)))]
