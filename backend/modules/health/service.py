"""What health means: the monitor's last word about the database, and whether the server is stopping."""

from backend.core import drain
from backend.core.db import monitor as db_monitor
from backend.core.texts import _
from backend.modules.health.errors import NotReadyError, UnhealthyError

MESSAGES = {
    "down": _("The database is not reachable."),
    "unknown": _("The database has not been asked yet; ask again."),
}


def database_state() -> str:
    return db_monitor.current().state.value


def check_health() -> str:
    """The state of the database, or `UnhealthyError` unless it is up."""
    state = database_state()
    if state != "up":
        raise UnhealthyError(MESSAGES[state], data={"status": "unhealthy", "database": state})
    return state


def check_ready() -> str:
    """Like `check_health`, and `NotReadyError` while the server is stopping."""
    if drain.draining():
        raise NotReadyError(_("The server is stopping."), data={"status": "unhealthy", "database": database_state()})
    return check_health()
