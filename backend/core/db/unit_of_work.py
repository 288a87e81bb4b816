"""A unit of work that knows whether it broke before its COMMIT was sent (nothing is stored) or at it (perhaps stored).

The driver raises the same error in both cases, so the unit itself remembers whether it has sent the COMMIT.
"""

from collections.abc import Callable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.db import connections as db_connections
from backend.core.db import db
from backend.core.db.connections import ServerSession
from backend.core.db.errors import DatabaseFault, classify
from backend.core.db.transactions import undo
from backend.core.errors import DatabaseUnavailableError

REFUSED = frozenset(
    {DatabaseFault.CONFLICT, DatabaseFault.READONLY, DatabaseFault.DATA, DatabaseFault.CLIENT}
)  # at COMMIT: the server has said no
ERRORS = (DBAPIError, PoolTimeoutError, DatabaseUnavailableError)


class InterruptedUnitError(Exception):
    """The database broke off a unit of work; the error itself is `__cause__`.

    `maybe_stored` is False only if certainly nothing was stored and nothing will be. `connection` is the server's name
    of the connection over which the COMMIT went, if the database has such names.
    """

    def __init__(self, fault: DatabaseFault, *, maybe_stored: bool, connection: ServerSession | None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.maybe_stored = maybe_stored
        self.connection = connection


def run_once[T](unit: Callable[[], T], *, commit: bool = True) -> T:
    """Run `unit` once and return its result, committed if `commit`. Raises `InterruptedUnitError`, or any other error of `unit`; both undo it."""
    sent, connection = False, None
    try:
        answer = unit()
        if commit:
            db.session.flush()
            connection = db_connections.number(db.session())
            sent = True
            db.session.commit()
    except ERRORS as error:
        undo()
        fault = classify(error)
        maybe_stored = sent and fault not in REFUSED
        raise InterruptedUnitError(fault, maybe_stored=maybe_stored, connection=connection) from error
    except Exception:
        undo()
        raise
    return answer
