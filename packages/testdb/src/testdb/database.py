"""A test database: URLs for the service, an administrator's engine for the test, and faults of the server."""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol

from sqlalchemy import URL, Engine, NullPool, create_engine

from testdb.language import _
from testdb.server import Control, DatabaseUnavailableError, Kind

ProviderName = Literal["local", "docker", "url"]
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class Administration(Protocol):
    """The operations of an administrator on a server of one kind."""

    def admin_url(self, database: str) -> URL: ...
    def connect_args(self) -> dict[str, Any]: ...
    def create_account(self, name: str, password: str) -> None: ...
    def create_database(self, name: str, account: str) -> None: ...
    def drop(self, databases: list[str], account: str) -> None: ...
    def read_only(self, database: str, account: str, *, on: bool) -> None: ...
    def refuse_connections(self, account: str, password: str, *, on: bool) -> None: ...
    def quiet(self, database: str) -> bool: ...


@dataclass(frozen=True)
class Account:
    """An ordinary account: all rights on its databases, none elsewhere."""

    name: str
    password: str = field(repr=False)


@dataclass
class Database:
    """An empty database on a server. `control` is None if others use the server too."""

    kind: Kind
    version: str
    provider: ProviderName
    host: str
    port: int
    name: str
    account: Account
    administration: Administration = field(repr=False)
    control: Control | None = field(repr=False)
    suffix: str = ""  # of database names on an external server
    made: list[str] = field(default_factory=list, repr=False)  # names of the databases created so far

    def url(self, host: str | None = None, port: int | None = None) -> str:
        """SQLAlchemy URL for the service, with the ordinary account; `host` and `port` are those of a proxy, if any."""
        parts = self.administration.admin_url(self.name)
        parts = parts.set(username=self.account.name, password=self.account.password)
        return parts.set(host=host or self.host, port=port or self.port).render_as_string(hide_password=False)

    def admin_engine(self) -> Engine:
        """The administrator's engine, without proxy and pool, in autocommit."""
        return self._engine

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(
            self.administration.admin_url(self.name),
            poolclass=NullPool,
            pool_reset_on_return=None,  # each statement is a transaction; a ROLLBACK to a server that died is an error
            skip_autocommit_rollback=True,
            isolation_level="AUTOCOMMIT",
            connect_args=self.administration.connect_args(),
        )

    def read_only(self, on: bool) -> None:
        """Refuse writes of the service: error 1290 or SQLSTATE 25006. Raises `NotOursError` on an external MySQL server."""
        self.administration.read_only(self.name, self.account.name, on=on)

    def refuse_connections(self, on: bool) -> None:
        """Refuse new connections of the service: error 1226 or SQLSTATE 53300. Open ones stay."""
        self.administration.refuse_connections(self.account.name, self.account.password, on=on)

    def quiet(self) -> bool:
        """True if no transaction is open in the database."""
        return self.administration.quiet(self.name)

    def other_database(self, name: str) -> "Database":
        """A second empty database on the same server, for the same account."""
        other = replace(self, name=checked(name) + self.suffix)
        other.create()
        return other

    def create(self) -> None:
        """Create the empty database."""
        if self.name in self.made:
            raise DatabaseUnavailableError(_("there is a database {name} already; choose another name", name=self.name))
        self.administration.create_database(self.name, self.account.name)
        self.made.append(self.name)


def checked(name: str) -> str:
    """The name; raises `DatabaseUnavailableError` if a server needs quotes for it."""
    if not NAME.fullmatch(name):
        raise DatabaseUnavailableError(
            _(
                "{name!r} is no name for a database: take at most 48 lower-case letters, digits and _, a letter first",
                name=name,
            )
        )
    return name
