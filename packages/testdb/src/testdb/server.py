"""The common part of all servers: errors, description, control, waiting for readiness."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from testdb.language import _


class TestdbError(Exception):
    """The base class of every error of testdb."""

    __test__ = False  # pytest must not collect it


Kind = Literal["mysql", "mariadb", "postgresql"]
Say = Callable[[str], None]
Ask = Callable[[], str]
TITLES: dict[Kind, str] = {"mysql": "MySQL", "mariadb": "MariaDB", "postgresql": "PostgreSQL"}
POLL_SECONDS = 0.1


class DatabaseUnavailableError(TestdbError):
    """No database is available; the message says why and what to do."""


class NotOursError(TestdbError):
    """A fault that would affect other users of an external server."""


class ProviderUnavailableError(TestdbError):
    """A provider is not usable here; the message is the reason."""


class ProviderFailedError(ProviderUnavailableError):
    """A provider looked usable and failed, which is reported even if the next one works."""


class Control(Protocol):
    """Control of a private server or container. Committed data survives all of it."""

    def kill(self) -> None:
        """Kill all its processes with SIGKILL."""

    def stop(self) -> None:
        """Shut it down as an administrator would."""

    def start(self) -> None:
        """Restart it at the same address; `wait_ready` waits until it answers."""

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""

    def resume(self) -> None:
        """Resume it."""

    def wait_ready(self, timeout: float = 60) -> str:
        """The server's version, once it answers a query; raises `DatabaseUnavailableError` with the end of its log after `timeout` seconds."""


@dataclass(frozen=True)
class Server:
    """A running server; `url` is the administrator's SQLAlchemy URL without a database."""

    url: str
    kind: Literal["url", "docker", "private"]
    version: str
    control: Control | None = None


def wait_ready(
    ask: Ask, errors: tuple[type[Exception], ...], timeout: float, still_runs: Callable[[], bool] = lambda: True
) -> str:
    """The result of `ask`, as soon as it raises none of `errors`.

    Raises `DatabaseUnavailableError` after `timeout` seconds, or as soon as `still_runs` says no.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return ask()
        except errors as error:
            if not still_runs():
                raise DatabaseUnavailableError(_("the server ended by itself")) from error
            if time.monotonic() > deadline:
                raise DatabaseUnavailableError(
                    _("no answer within {seconds:.0f} s: {reason}", seconds=timeout, reason=error)
                ) from error
        time.sleep(POLL_SECONDS)


def tail(text: str, lines: int = 15) -> str:
    """The last lines of a text, indented."""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
