"""What all servers have in common, wherever they come from: errors, a description, their control, waiting for an answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from testdb.language import _


class TestdbError(Exception):
    """The base of all: catch this one to catch every error of testdb."""

    __test__ = False  # no class of tests, whatever its name begins with


Kind = Literal["mysql", "mariadb", "postgresql"]
Say = Callable[[str], None]
Ask = Callable[[], str]
TITLES: dict[Kind, str] = {"mysql": "MySQL", "mariadb": "MariaDB", "postgresql": "PostgreSQL"}
POLL_SECONDS = 0.1


class DatabaseUnavailableError(TestdbError):
    """No database can be had; the message says why and what to do."""


class NotOursError(TestdbError):
    """A fault that would hit others, since they use the external server too."""


class ProviderUnavailableError(TestdbError):
    """A provider that cannot be used here; the next one may work. The message is the reason."""


class ProviderFailedError(ProviderUnavailableError):
    """A provider that looked usable and then failed: people should hear of it even if the next one works."""


class Control(Protocol):
    """What a test can do to a server that nobody else uses. Committed data survives all of it."""

    def kill(self) -> None:
        """End it at once, with every process that it has, as a power cut would."""

    def stop(self) -> None:
        """Shut it down as an administrator would."""

    def start(self) -> None:
        """Start it again at the same address; `wait_ready` tells when it answers."""

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""

    def resume(self) -> None:
        """Let it go on from where it was frozen."""

    def wait_ready(self, timeout: float = 60) -> str:
        """The server's version, once it answers a query; raises `DatabaseUnavailableError` with the end of its log after `timeout` seconds."""


@dataclass(frozen=True)
class Server:
    """A running server; `url` is an SQLAlchemy URL without a database, of a user that may create databases."""

    url: str
    kind: Literal["url", "docker", "private"]
    version: str
    control: Control | None = None


def wait_ready(
    ask: Ask, errors: tuple[type[Exception], ...], timeout: float, still_runs: Callable[[], bool] = lambda: True
) -> str:
    """What `ask` gives, as soon as it raises none of `errors` any more.

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
    """The last lines, indented."""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
