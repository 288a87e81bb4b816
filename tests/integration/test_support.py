"""What the suite's own helpers see of the database."""

import pytest

from tests.framework.waiting import eventually
from tests.integration.support.sql import Sql


@pytest.fixture
def writer(database_url: str):
    with Sql(database_url) as sql:
        yield sql


def test_the_end_of_a_transaction_is_seen_however_often_one_looks(sql: Sql, writer: Sql):
    """InnoDB makes its list of transactions anew only when nobody has read it for 0.1 s."""
    writer.run("CREATE TABLE IF NOT EXISTS only_for_this_test (number INT)")
    writer.run("START TRANSACTION")
    writer.run("INSERT INTO only_for_this_test VALUES (1)")
    eventually(lambda: not sql.quiet(), "the transaction is open")

    writer.run("COMMIT")

    eventually(sql.quiet, "the transaction has ended", seconds=5)
    writer.run("DROP TABLE only_for_this_test")
