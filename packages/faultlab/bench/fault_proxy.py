"""What the fault proxy costs: round trips of one connection, past it and through it, alternating, on a private MariaDB or MySQL.

python bench/fault_proxy.py, from this package's folder; needs an installed mysqld or mariadbd
"""

import statistics
import time

from sqlalchemy import Engine, create_engine, text
from testdb import mysql_private, open_database

from faultlab.proxy import Proxy

ROUNDS, CALLS = 9, 500


def round_trip(engine: Engine) -> float:
    """Microseconds of one `SELECT 1`, the mean of many."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        began = time.perf_counter()
        for _ in range(CALLS):
            connection.execute(text("SELECT 1"))
        return (time.perf_counter() - began) / CALLS * 1e6


def main() -> None:
    found = mysql_private.find()
    kind = "mariadb" if found is None or found.mariadb else "mysql"
    with open_database(kind, "local") as database, Proxy("mysql", database.host, database.port) as proxy:
        past, through = create_engine(database.url()), create_engine(database.url("127.0.0.1", proxy.port))
        both = [(round_trip(past), round_trip(through)) for _ in range(ROUNDS)]
        direct, proxied = (statistics.median(column) for column in zip(*both, strict=True))
        print(
            f"{database.version}: direct {direct:.0f} µs, through the proxy {proxied:.0f} µs, ratio {proxied / direct:.2f}"
        )
        past.dispose()
        through.dispose()


if __name__ == "__main__":
    main()
