"""The pytest plugin of `mdt test integration`: gives each worker a session, and records when each test ran and what it used.

PYTEST_PLUGINS loads it before any conftest.py. It does nothing without MDT_RECORDS.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mdt.cli.integration import environment
from mdt.cli.integration.exchanges import exchange_of
from mdt.engine.journal import Entry, Journal
from mdt.engine.outcome import Unmatched
from mdt.pytest_plugin import VOID


class Recorder:
    """Records one pytest process: one line of JSON for each test, so that a crash loses one test at most."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._file = folder / f"{worker or 'main'}.jsonl"
        self._uses: Counter[tuple[str, str, str]] = Counter()
        self._exchanges: list[dict[str, Any]] = []

    def heard(self, entry: Entry) -> None:
        """Records a call of a session in this process. Callbacks are no calls of a service."""
        if entry.kind == "callback":
            return
        if not isinstance(entry.outcome, Unmatched):
            self._uses[entry.service or "", entry.route or "", entry.scenario or ""] += 1
        if (exchange := exchange_of(entry)) is not None:
            self._exchanges.append(exchange)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        self._uses.clear()
        self._exchanges.clear()
        start = time.time()
        try:
            return (yield)
        finally:
            uses = [[*use, count] for use, count in sorted(self._uses.items())]
            void = [text for name, text in item.user_properties if name == VOID]
            record = {"test": item.nodeid, "start": start, "stop": time.time(), "uses": uses, "void": void}
            self._write({**record, "exchanges": self._exchanges})

    def _write(self, record: dict[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Sets the environment before anything reads it."""
    folder = os.environ.get(environment.RECORDS)
    if not folder:
        return
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        _own_session(worker)
    recorder = Recorder(Path(folder), worker)
    _listen(recorder)
    early_config.pluginmanager.register(recorder, "mdt-recorder")


def _own_session(worker: str) -> None:
    """Gives a worker its own session and addresses, because workers run at the same time."""
    from mdt.cli.targets import selectable
    from mdt.server.client import Client

    client = Client(os.environ[environment.SERVER], os.environ.get(environment.TOKEN))
    scenarios = json.loads(os.environ[environment.SCENARIOS])
    names = {"environment": os.environ.get(environment.ENV), "dataset": os.environ.get(environment.DATA)}
    own = f"{os.environ[environment.SESSION]}-{worker}"
    opened = client.open(
        own, [selectable(one) for one in scenarios], **{key: name or None for key, name in names.items()}
    )
    os.environ.update(environment.addresses(json.loads(os.environ[environment.VARIABLES]), opened))


def _listen(recorder: Recorder) -> None:
    """Subscribes to every journal in this process, those of `mock_scenario` blocks."""
    append = Journal.append

    def append_and_tell(self: Journal, entry: Entry) -> None:
        append(self, entry)
        recorder.heard(entry)

    Journal.append = append_and_tell  # type: ignore[method-assign]
