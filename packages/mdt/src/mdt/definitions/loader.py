"""Loads a definitions folder and reports all problems at once."""

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from mdt.definitions.compositions import checked, load_compositions
from mdt.definitions.datasets import load_datasets
from mdt.definitions.files import Folder
from mdt.definitions.services import load_services
from mdt.definitions.settings import load_settings
from mdt.definitions.source import Source
from mdt.engine.catalog import Catalog, Service
from mdt.errors import DefinitionError, Problem
from mdt.language import _


def load(folder: Path, env: Mapping[str, str] = os.environ, files: Folder | None = None) -> Catalog:
    """The catalog of this folder. Raises DefinitionError with every problem.

    Wrong names in compositions, seeds and `file:` do not raise: they are in the catalog's `problems` and fail when used.
    `files` reads the folder, if some of its files are only drafts.
    """
    if not folder.is_dir():
        raise DefinitionError(
            [
                Problem(
                    str(folder),
                    1,
                    _("there is no such folder of mock definitions"),
                    _("Run from the project's root, or name the folder"),
                )
            ]
        )
    files = files or Folder(folder)
    settings = load_settings(files)
    services = load_services(files, env)
    catalog = Catalog(
        folder=folder,
        services=MappingProxyType(services),
        compositions=MappingProxyType(load_compositions(files)),
        data=load_datasets(files, MappingProxyType(files.shared()), settings),
        settings=settings,
        hosts=MappingProxyType(_by_host(services, files)),
        callbacks=MappingProxyType(files.callbacks),
    )
    _give_callbacks(catalog)
    compositions = checked(catalog, files)
    problems = [
        *files.deferred,
        *_of_seeds(catalog),
        *(problem for one in compositions.values() for problem in one.problems),
    ]
    if files.problems:
        raise DefinitionError([*files.problems, *problems])
    problems += _of_contracts(catalog)
    return replace(catalog, compositions=MappingProxyType(compositions), problems=tuple(dict.fromkeys(problems)))


def _give_callbacks(catalog: Catalog) -> None:
    """Lets handlers schedule the callbacks of the catalog."""
    for dispatcher in filter(None, (service.dispatcher for service in catalog.services.values())):
        if hasattr(dispatcher, "callbacks"):
            dispatcher.callbacks = catalog.callbacks


def _by_host(services: Mapping[str, Service], files: Folder) -> dict[str, tuple[Service, ...]]:
    """The services of each host, the longest base path first. Reports services with the same address."""
    hosts: dict[str, dict[str, Service]] = defaultdict(dict)
    for service in services.values():
        other = hosts[service.host].setdefault(service.base_path, service)
        if other is not service:
            message = _("{url} belongs to two services", url=service.url)
            hint = _(
                "{name} ({file}) has it already. Give one of them a base path or another host",
                name=other.name,
                file=other.file,
            )
            Source(service.file, files.problems).wrong(service.line, message, hint)
    return {
        host: tuple(sorted(by_base.values(), key=lambda service: -len(service.base_path)))
        for host, by_base in hosts.items()
    }


def _of_contracts(catalog: Catalog) -> list[Problem]:
    """Answers that break the contract of their service."""
    if not any(service.contract for service in catalog.services.values()):
        return []
    from mdt.contracts.at_load import contract_problems  # reads OpenAPI, which few folders need

    return contract_problems(catalog)


def _of_seeds(catalog: Catalog) -> list[Problem]:
    """Checks before the first call that the seeds of virtual services fit their states."""
    dispatchers = [service.dispatcher for service in catalog.services.values() if service.dispatcher]
    return [Problem(one.file, 1, what) for one in dispatchers for what in one.prepare(catalog.data)]
