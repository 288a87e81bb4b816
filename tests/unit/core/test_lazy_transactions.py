"""Which statements make a MySQL connection begin a transaction; what the server makes of it is tested on a real one."""

from backend.core.db.mysql import needs_transaction
from tests.framework.tables import table

READS = [
    "SELECT users.id FROM users",
    "\n  select 1",
    "SELECT 'FOR UPDATES' FROM users",
    "SET SESSION time_zone = '+00:00'",
    "SHOW STATUS",
    "EXPLAIN SELECT 1",
    "DO 0",
]
WRITES_OR_LOCKS: list[str | bytearray] = [
    "INSERT INTO users VALUES (1)",
    "UPDATE users SET nickname = 'SELECT'",
    "DELETE FROM users",
    "REPLACE INTO users VALUES (1)",
    "SAVEPOINT sa_savepoint_1",
    "SELECT id FROM users FOR UPDATE",
    "select id from users\nfor  share skip locked",
    "SELECT id FROM users LOCK IN SHARE MODE",
    "WITH old AS (SELECT 1) DELETE FROM users",
    "SELECTED",
    "",
    bytearray(b"INSERT INTO users VALUES (1), (2)"),
]


@table("statement", READS)
def test_reading_needs_no_transaction(statement: str):
    assert not needs_transaction(statement)


@table("statement", WRITES_OR_LOCKS)
def test_writing_locking_and_the_unknown_do(statement: str | bytearray):
    assert needs_transaction(statement)
