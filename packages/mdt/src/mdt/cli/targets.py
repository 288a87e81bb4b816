"""Finds what commands work on: the definitions and their services, or a running server."""

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
    """The given folder, else mocks/ here or above. The path is relative if the folder is below the working directory."""
    found, here = find_folder() if given is None else given, Path.cwd()
    return found.relative_to(here) if found.is_absolute() and found.is_relative_to(here) else found


def catalog(given: Path | None) -> Catalog:
    """The catalog. Raises DefinitionError with every problem."""
    return load(folder(given))


def service(catalog: Catalog, name: str) -> Service:
    """The service of this name. Raises UnknownServiceError."""
    if name in catalog.services:
        return catalog.services[name]
    raise UnknownServiceError(name, catalog.services)


def virtual_service(catalog: Catalog, name: str) -> Service:
    """The service, which has a virtual.py. Raises CommandError if it has none."""
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


UNKNOWN = {"unknown-scenario", "unknown-environment", "unknown-dataset"}  # the server's error codes for unknown names


@contextmanager
def connected(url: str, token: str | None) -> Iterator["Client"]:
    """A client of the admin API; its errors become CommandError."""
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
        code = ExitCode.USAGE if error.code in UNKNOWN else ExitCode.REFUSED
        raise CommandError(code, f"{error} ({error.status} {error.code})") from None


def selectable(name: str) -> str | Sequence:
    """Parses a name of the command line; "a,b" is a sequence."""
    return Sequence(tuple(part.strip() for part in name.split(","))) if "," in name else name


def address_of(server: str | None, mocks: Path | None) -> str:
    """The given URL, else where `mdt mock serve` listens with these definitions. For port 0 it ends in ":PORT"."""
    if server:
        return server.rstrip("/")
    settings = _settings(mocks)
    return origin(settings.host, settings.port or "PORT")


def _settings(mocks: Path | None) -> Settings:
    """The settings; the defaults if the definitions cannot be loaded, because the server may have others."""
    try:
        return load(folder(mocks)).settings
    except MdtError:
        return Settings()
