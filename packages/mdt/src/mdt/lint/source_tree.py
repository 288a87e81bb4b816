"""A catalog with the files that it was loaded from, for lint rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.definitions import Catalog, Route
from mdt.definitions.files import Folder
from mdt.definitions.source import Table, line_of


@dataclass(slots=True)
class SourceTree:
    """A catalog with the texts and tables of its files."""

    catalog: Catalog
    tables: dict[str, Table] = field(default_factory=dict)  # by the name of the file in messages
    texts: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)  # the file of each stem
    rows: Mapping[str, Any] = field(default_factory=dict)  # the data that examples of requests take ids from

    @classmethod
    def of(cls, catalog: Catalog, folder: Folder | None = None) -> "SourceTree":
        """`folder` is the one that the catalog was loaded from, if some of its files are only drafts."""
        files, tree = folder or Folder(catalog.folder), cls(catalog)
        for path in files.service_files():
            source, document = files.yaml(path)
            tree.tables[source.file] = document
            tree.texts[source.file] = (files.read(path, source) or b"").decode(errors="replace")
            tree.paths[source.file] = path
            if (virtual := path.parent / "virtual.py").is_file():
                tree.texts[files.source(virtual).file] = virtual.read_text(encoding="utf-8")
        tree.shared = {stem: files.source(path).file for stem, path in _data_files(files)}
        return tree

    def demands(self, route: Route) -> Any:
        """The route's `match` as the file has it."""
        return self._route(route).get("match", {})

    def line(self, route: Route, key: str) -> int:
        return line_of(self._route(route), key)

    def _route(self, route: Route) -> Table:
        routes = self.tables[route.file]["routes"]
        found: Table = next(routes[key] for key in routes if key.split() == route.label.split())
        return found


def _data_files(files: Folder) -> Iterator[tuple[str, Path]]:
    """Each name of data with one of its files, that of shared/ if there is one."""
    for folder in files.dataset_folders():
        found = files.data_files(folder)
        found.pop("dataset", None)
        yield from found.items()
    yield from files.data_files(files.path / "shared").items()
