"""The laboratory can fail: payments with a mistake built in are caught, each by the promise that it breaks."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from faultlab.adapter import Launch
from faultlab.cases.catalogue import specs
from faultlab.laboratory import Laboratory, RunRequest
from faultlab.testbed import open_testbed
from sqlalchemy import create_engine, text
from testdb import Database, mysql_private, open_database

from tests.faults.adapters.payments import Payments
from tests.faults.broken.mistakes import MISTAKES, STEP, table
from tests.faults.telling import told

DOCUMENT = Path(__file__).parents[2] / "docs/faults.md"

pytestmark = pytest.mark.control


class Broken(Payments):
    """Payments with one mistake."""

    def __init__(self, name: str) -> None:
        self._name, self._mistake = name, MISTAKES[name]

    def install(self, database_url: str) -> None:
        super().install(database_url)
        engine = create_engine(database_url)
        with engine.begin() as sql:
            for statement in self._mistake.schema:
                sql.execute(text(statement))
        engine.dispose()

    def launch(self, database_url: str, port: int, settings: Mapping[str, str]) -> Launch:
        real = super().launch(database_url, port, settings)
        env = {**real.env, "BROKEN": self._name, **self._mistake.settings}
        return Launch([sys.executable, "-m", "tests.faults.broken.serve"], env, real.folder)

    def outbox(self, database_url: str, notification_url: str) -> Launch:
        real = super().outbox(database_url, notification_url)
        env = {**real.env, "BROKEN": self._name}
        return Launch([sys.executable, "-m", "tests.faults.broken.outbox"], env, real.folder)


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    found = mysql_private.find()
    if found is None:
        pytest.skip("neither mysqld nor mariadbd is installed")
    with open_database("mariadb" if found.mariadb else "mysql", "local") as database:
        yield database


@contextmanager
def laboratory(server: Database, name: str) -> Iterator[Laboratory]:
    adapter = Broken(name)
    database = server.other_database("broken_" + name.replace("-", "_"))
    with open_testbed(adapter, database) as testbed:
        yield Laboratory(RunRequest(adapter, server.kind, "local", seed=1, testbeds=1), database, [testbed])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_caught(server, name):
    mistake = MISTAKES[name]
    (spec,) = [spec for spec in specs(Broken(name)) if spec.id == mistake.case]

    with laboratory(server, name) as opened:
        (case,) = opened.run([spec])

    broken = {finding.id for finding in case.findings if finding.ok is False}
    broken |= {STEP for step in case.steps if not step.ok}
    assert case.status == "failed"
    assert broken & mistake.breaks, told(case)


def test_the_document_lists_every_mistake_with_the_case_that_catches_it():
    assert table() in DOCUMENT.read_text(encoding="utf-8")
