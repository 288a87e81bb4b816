"""Plain SQL beside the application: sees what is on disk, holds locks, kills connections."""

from types import TracebackType
from typing import Any, Self

from sqlalchemy import make_url
from testdb.mysql import MySqlAdministration, connect

from tests.framework.waiting import eventually


class Sql:
    """A connection of the driver's own in autocommit, to the database that `url` names."""

    def __init__(self, url: str) -> None:
        server = make_url(url)
        self._database = str(server.database)
        self._administration = MySqlAdministration(server.set(database=None), own=False)
        self._connection = connect(url, self._database)

    def run(self, statement: str, *values: Any) -> int:
        """Execute one statement; gives the number of rows that it touched."""
        with self._connection.cursor() as cursor:
            return cursor.execute(statement, values or None)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def value(self, statement: str, *values: Any) -> Any:
        """The first column of the first row."""
        return self.rows(statement, *values)[0][0]

    def kill(self, number: int) -> None:
        """End a connection, and wait until the server has done so."""
        self.run("KILL %s", number)
        eventually(lambda: number not in self.waiting(""), f"connection {number} is gone")

    def waiting(self, part: str) -> list[int]:
        """The numbers of this database's other connections whose state or statement contains `part`."""
        found = self.rows("SHOW FULL PROCESSLIST")
        mine = self.value("SELECT CONNECTION_ID()")
        return [row[0] for row in found if row[3] == self._database and row[0] != mine and part in f"{row[6]} {row[7]}"]

    def quiet(self) -> bool:
        """Whether no transaction is open in this database: other workers of the run use the same server."""
        return self._administration.quiet(self._database)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
