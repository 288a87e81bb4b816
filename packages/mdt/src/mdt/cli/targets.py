"""What commands work on: the folder of definitions with its catalog and services, or a running server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mdt.cli.output import CommandError, ExitCode, wrong_usage
from mdt.definitions import Catalog, Service, Settings, load
from mdt.engine.choice import Sequence
from mdt.errors import MdtError, UnknownServiceError
from mdt.inprocess.folders import find_folder
from mdt.language import _
from mdt.server.addresses import origin

if TYPE_CHECKING:
    from mdt.server.client import Client


def folder(given: Path | None) -> Path:
    """The one that was given, else mocks/ here or above; from here if it lies below."""
    found, here = find_folder() if given is None else given, Path.cwd()
    return found.relative_to(here) if found.is_absolute() and found.is_relative_to(here) else found


def catalog(given: Path | None) -> Catalog:
    """Raises DefinitionError with all that is wrong."""
    return load(folder(given))


def service(catalog: Catalog, name: str) -> Service:
    """Raises UnknownServiceError."""
    if name in catalog.services:
        return catalog.services[name]
    raise UnknownServiceError(name, catalog.services)


def virtual_service(catalog: Catalog, name: str) -> Service:
    """Raises CommandError when it has no virtual.py."""
    found = service(catalog, name)
    if found.dispatcher is None:
        having = [one.name for one in catalog.services.values() if one.dispatcher]
        raise wrong_usage(
            _(
                "{name} has no virtual.py beside its service.yaml. Services that have one: {known}",
                name=name,
                known=", ".join(having) or "-",
            )
        )
    return found


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
    """What was given, else where `mdt mock serve` listens with these definitions. With a port of 0 only it knows which."""
    if server:
        return server.rstrip("/")
    settings = _settings(mocks)
    return origin(settings.host, settings.port or "PORT")


def _settings(mocks: Path | None) -> Settings:
    """The defaults when there are no definitions here, or when they have problems: the server may have others."""
    try:
        return load(folder(mocks)).settings
    except MdtError:
        return Settings()
