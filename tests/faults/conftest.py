"""A laboratory for this project's payments, on each kind of database that is installed here."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from faultlab.cases import catalogue
from faultlab.laboratory import Laboratory, RunRequest, new_seed, open_laboratory
from faultlab.report_model import Case
from testdb import mysql_private, postgresql_private
from testdb.provision import to_stderr

from tests.faults.adapters.payments import ADAPTER

SLACK = 10.0  # a test says whether a promise is kept, not how quick this machine is; `mdt fault run` measures
NOTHING = pytest.param("mariadb", marks=pytest.mark.skip("neither MySQL nor MariaDB nor PostgreSQL is installed"))


def installed() -> list[str]:
    """MySQL or MariaDB, whichever there is, and PostgreSQL if there is one."""
    found = mysql_private.find()
    mysql = [] if found is None else ["mariadb" if found.mariadb else "mysql"]
    return mysql + (["postgresql"] if postgresql_private.find() else [])


@pytest.fixture(scope="session")
def laboratories() -> Iterator[Callable[[str], Laboratory]]:
    """One of each kind for the whole run, in whatever order the tests ask for them; with one testbed, so that cases do not meet."""
    with ExitStack() as stack:

        @cache
        def opened(kind: str) -> Laboratory:
            wanted = RunRequest(ADAPTER, kind, "local", new_seed(), testbeds=1, slack=SLACK)
            return stack.enter_context(open_laboratory(wanted, to_stderr))

        yield opened


@pytest.fixture(params=installed() or [NOTHING])
def run(laboratories, request: pytest.FixtureRequest) -> Callable[[str], Case]:
    """Run one case by its id."""

    def one(name: str) -> Case:
        (spec,) = [spec for spec in catalogue.specs(ADAPTER) if spec.id == name]
        (case,) = laboratories(request.param).run([spec])
        return case

    return one
