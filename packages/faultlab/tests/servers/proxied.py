"""A table behind the proxy, and one transaction that writes into it: what both databases' tests of the proxy share."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, create_engine, exc, text
from sqlalchemy.orm import Session
from testdb import Database

from faultlab.proxy import At, How, Proxy, Rule

INSERT, COMMIT = "INSERT INTO sales", "COMMIT"
DEADLINE = 20  # seconds after which something hangs
MORE = {How.SLOW: {"seconds": 0.002}, How.CUT: {"count": 3}}
LOST = (How.RESET, How.FIN, How.CUT, How.REFUSE)
GOES_ON = (How.PASS, How.SLOW)


@dataclass(frozen=True)
class Blow:
    """One transaction with a fault: whether the client is told that it was stored, and what is stored in the end."""

    at: At
    how: How
    statement: str
    told: bool
    rows: int

    def rule(self, **more) -> Rule:
        return Rule(self.at, self.how, statement=self.statement, **MORE.get(self.how, {}), **more)

    def __str__(self) -> str:
        return f"{self.how} {self.at} {self.statement.split()[0]}"


def _blows() -> Iterator[Blow]:
    for at in (At.BEFORE, At.REPLY, At.AFTER):
        for how in (*LOST, *GOES_ON):
            if (at, how) == (At.AFTER, How.CUT):
                continue
            yield Blow(at, how, INSERT, told=how in GOES_ON, rows=int(how in GOES_ON))
            applied = how in GOES_ON or at is not At.BEFORE
            yield Blow(at, how, COMMIT, told=how in GOES_ON or at is At.AFTER, rows=int(applied))


BLOWS = pytest.mark.parametrize("blow", list(_blows()), ids=str)


@dataclass
class Shop:
    """`engine` goes through the proxy, the rest past it."""

    database: Database
    proxy: Proxy
    engine: Engine
    direct: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.direct = self.database.admin_engine()

    def sell(self, number: int = 1) -> exc.DBAPIError | None:
        """One transaction; the error that SQLAlchemy raised."""
        try:
            with Session(self.engine) as session, session.begin():
                session.execute(text("INSERT INTO sales (id) VALUES (:id)"), {"id": number})
        except exc.DBAPIError as error:
            return error
        return None

    def rows(self) -> int:
        with self.direct.connect() as sql:
            return sql.scalar(text("SELECT COUNT(*) FROM sales"))

    def stored(self) -> int:
        """How many rows there are once nothing is under way any more."""
        assert eventually(self.database.quiet)
        return self.rows()

    def fired(self) -> list[tuple[str, str]]:
        return [(one.where.split(" (")[0], one.problem) for one in self.proxy.firings()]

    def refuses(self, blow: Blow) -> exc.DBAPIError | None:
        """What the seller hears; then everything is healed."""
        self.proxy.arm(blow.rule())
        error = self.sell()
        assert eventually(lambda: len(self.proxy.firings()) == 1)
        self.proxy.heal()
        return error


def make_table(database: Database) -> None:
    """With the service's account: it is the owner."""
    engine = create_engine(database.url())
    with engine.begin() as sql:
        sql.execute(text("CREATE TABLE sales (id INTEGER PRIMARY KEY, note TEXT)"))
    engine.dispose()


@contextmanager
def open_shop(database: Database, protocol: str, **options) -> Iterator[Shop]:
    with Proxy(protocol, database.host, database.port) as proxy:
        engine = create_engine(database.url("127.0.0.1", proxy.port), **options)
        shop = Shop(database, proxy, engine)
        try:
            with shop.direct.connect() as sql:
                sql.execute(text("DELETE FROM sales"))
            yield shop
        finally:
            engine.dispose()
            proxy.release()


def eventually(what: Callable[[], bool], seconds: float = DEADLINE) -> bool:
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
