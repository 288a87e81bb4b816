"""Which tests can notice a mutant: coverage's record of which test ran which line, taken once from a run without any mutant."""

import subprocess
import sys
from pathlib import Path

from coverage import CoverageData

from scripts.mutants.operators import Mutant
from scripts.mutants.sample import FOLDERS

PACKAGE = FOLDERS[0].partition("/")[0]
DATA = Path(".cache/mutants.coverage")
SETTINGS = f"""[run]
data_file = {DATA}
source = {PACKAGE}
parallel = true
"""


class NotGreenError(Exception):
    """The suite fails without a mutant: nothing can be said of one with it."""


def record(suite: str, jobs: int) -> None:
    """Run the suite once and keep which test runs which line."""
    DATA.parent.mkdir(exist_ok=True)
    settings = DATA.with_suffix(".ini")
    settings.write_text(SETTINGS, encoding="utf-8")
    words = [f"--cov={PACKAGE}", "--cov-context=test", f"--cov-config={settings}", "--cov-report="]
    command = [sys.executable, "-m", "pytest", suite, "-q", "-p", "no:randomly", "-n", str(jobs), *words]
    if subprocess.run(command, check=False).returncode:
        raise NotGreenError(f"{suite} is not green without a mutant")


class Coverage:
    """What `record` kept."""

    def __init__(self) -> None:
        self._data = CoverageData(str(DATA))
        self._data.read()

    def choose(self, mutant: Mutant) -> frozenset[str]:
        """The tests that run the mutant's lines. Where none does, as with what runs on import alone: those that run any line of
        its file; where there is none either, of its folder.
        """
        path = Path(mutant.path).resolve()
        first, _, last, _ = mutant.position
        here = self._tests(path, range(first, last + 1)) or self._tests(path)
        return here or frozenset().union(*(self._tests(other) for other in path.parent.glob("*.py")))

    def _tests(self, path: Path, wanted: range | None = None) -> frozenset[str]:
        lines = self._data.contexts_by_lineno(str(path))
        here = {context for line in (lines if wanted is None else wanted) for context in lines.get(line, ())}
        return frozenset(context.removesuffix("|run") for context in here if context.endswith("|run"))
