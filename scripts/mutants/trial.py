"""One mutant, tried: a process of its own imports the application with the mistake in it and runs tests until one fails.

The process is forked from one that has the libraries loaded. The mistake is compiled into the module as it is imported, so no
file changes and trials can run side by side; processes that a test starts do not see it.
"""

import contextlib
import importlib
import multiprocessing
import os
import resource
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType

import pytest

from scripts.mutants.operators import Mutant

LIBRARIES = ("flask", "flask_sqlalchemy", "flask_limiter", "flask_migrate", "pydantic_settings", "pymysql", "requests")
PLUGINS_OFF = ("no:randomly", "no:cacheprovider", "no:xdist", "no:cov")
HANGS = 900  # seconds, of the processor and of the clock alike, after which a trial hangs


@dataclass(frozen=True)
class Outcome:
    """How pytest ended: its exit status, None if it had to be stopped, and the tests that failed."""

    status: int | None
    failed: list[str] = field(default_factory=list)

    @property
    def killed(self) -> bool:
        return self.status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class Only:
    """A plugin of pytest: runs the tests of these names, or all, and remembers which failed."""

    def __init__(self, names: Collection[str]) -> None:
        self.names, self.failed = names, list[str]()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.names:
            items[:] = [item for item in items if item.nodeid in self.names]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def load_libraries() -> None:
    """What each trial would otherwise import anew."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def run(words: list[str], names: Collection[str] = (), mutant: Mutant | None = None) -> Outcome:
    """What pytest says to these words, of the tests of these names alone if there are any, with the mutant planted."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(words, names, mutant, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(HANGS) else Outcome(None)
    except EOFError:  # it died without a word
        return Outcome(None)
    finally:
        process.kill()
        process.join()


def folder(suite: str, mutant: Mutant) -> Path:
    """Where the tests of the mutant's own part are."""
    parts = Path(mutant.path).parts
    return Path(suite) / parts[2 if parts[1] == "modules" else 1]


def files(names: Iterable[str], mutant: Mutant) -> list[str]:
    """The files of these tests, those of the mutant's own part first and the generated ones last: the first failure ends a trial."""
    part = folder("", mutant).name
    return sorted(
        {name.partition("::")[0] for name in names},
        key=lambda file: (f"/{part}/" not in file, "/generated/" in file, file),
    )


def _child(words: list[str], names: Collection[str], mutant: Mutant | None, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (HANGS, HANGS))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if mutant:
        plant(mutant)
    only = Only(names)
    status = pytest.main([*words, "-q", *(f"-p{name}" for name in PLUGINS_OFF)], plugins=[only])
    answer.send(Outcome(int(status), only.failed))


def plant(mutant: Mutant) -> None:
    """Whoever imports the mutant's module in this process gets the mistake."""
    usual, path = SourceFileLoader.get_code, Path(mutant.path).resolve()

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        if Path(loader.path) != path:
            return usual(loader, fullname)
        return compile(mutant.applied(path.read_bytes()), str(path), "exec", dont_inherit=True)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]
    sys.dont_write_bytecode = True
