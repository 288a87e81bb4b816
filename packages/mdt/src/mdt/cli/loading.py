"""What commands work on: the folder of definitions, its catalog, one of its services."""

from pathlib import Path

from mdt.cli.exits import wrong_usage
from mdt.definitions import Catalog, Service, load
from mdt.errors import UnknownServiceError
from mdt.inprocess.folders import find_folder
from mdt.language import _


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
