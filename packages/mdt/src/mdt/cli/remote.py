"""A running server as commands see it: where it is, and its failures as errors with an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mdt.cli import loading
from mdt.cli.exits import CommandError, ExitCode
from mdt.definitions import Settings, load
from mdt.engine.choice import Sequence
from mdt.errors import MdtError
from mdt.language import _

if TYPE_CHECKING:
    from mdt.server.client import Client

NAMES_A_SCENARIO = "unknown-scenario"  # the server's code for a name that does not exist


@contextmanager
def connected(url: str, token: str | None) -> Iterator["Client"]:
    """The client of the admin API. Raises CommandError for all that goes wrong with the server."""
    from mdt.server.client import Client, ServerRefusedError, ServerUnreachableError

    try:
        yield Client(url, token)
    except ServerUnreachableError as error:
        cause = error.__cause__ or error
        reason = getattr(cause, "reason", cause)
        raise CommandError(
            ExitCode.UNREACHABLE,
            _(
                "No mock server answers at {url} ({reason}). Start one with `mdt mock serve`, or name it with --server",
                url=url,
                reason=reason,
            ),
        ) from None
    except ServerRefusedError as error:
        code = ExitCode.USAGE if error.code == NAMES_A_SCENARIO else ExitCode.REFUSED
        raise CommandError(code, f"{error} ({error.status} {error.code})") from None


def selectable(name: str) -> str | Sequence:
    """What stands on the command line; "a,b" is one call after the other."""
    return Sequence(tuple(part.strip() for part in name.split(","))) if "," in name else name


def address_of(server: str | None, mocks: Path | None) -> str:
    """What was given, else where `mdt mock serve` listens with these definitions."""
    return server.rstrip("/") if server else f"http://127.0.0.1:{_settings(mocks).port}"


def _settings(mocks: Path | None) -> Settings:
    """The defaults when there are no definitions here, or when they have problems: the server may have others."""
    try:
        return load(loading.folder(mocks)).settings
    except MdtError:
        return Settings()
