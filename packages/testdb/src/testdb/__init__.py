"""Real databases for tests that break them: MySQL, MariaDB, PostgreSQL; from installed programs, in containers, or by URL.

with open_database("postgresql") as database:
    database.url(port=proxy.port), database.control.kill(), database.admin_engine(), ...
"""

from testdb.database import Database
from testdb.provision import open_database
from testdb.server import Control, DatabaseUnavailableError, Kind, NotOursError

__all__ = ["Control", "Database", "DatabaseUnavailableError", "Kind", "NotOursError", "open_database"]
