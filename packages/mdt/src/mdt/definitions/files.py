"""Finds and reads the files of a definitions folder: in a fixed order, up to a size, never outside the folder."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mdt.definitions.source import Source, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.errors import MdtError, Problem
from mdt.language import _, words_of

KINDS = ("external", "internal", "performance")
SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 10_000_000
LARGE = 256_000  # bytes of shared data


def bounded(path: Path, limit: int) -> bytes:
    """The content of a file of up to `limit` bytes. Raises MdtError that names the file and the reason."""
    try:
        if path.stat().st_size > limit:
            raise MdtError(_("{file} is larger than {limit} MB", file=path.name, limit=limit // 1_000_000))
        return path.read_bytes()
    except OSError as error:
        raise MdtError(_("{file} cannot be read: {reason}", file=path.name, reason=error.strerror)) from None


class Folder:
    """One definitions folder and the problems in it."""

    def __init__(self, path: Path, drafts: Mapping[Path, bytes] = MappingProxyType({})) -> None:
        """`drafts` are read in place of these files, which need not exist."""
        self.path = path
        self._drafts = drafts
        self._real = path.resolve()
        self.problems: list[Problem] = []
        self.deferred: list[Problem] = []  # of answers that fail only when they are played
        self.callbacks: dict[str, Any] = {}  # of all services, by name
        self.unread: set[str] = set()  # services whose file could not be read: their scenarios are unknown

    def source(self, path: Path) -> Source:
        """A source for the file; problems name the file relative to the working directory."""
        here = Path.cwd()
        shown = path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
        return Source(str(shown), self.problems)

    def service_files(self) -> Iterator[Path]:
        """Yields <kind>/<service>.yaml and <kind>/<service>/service.yaml."""
        for kind in KINDS:
            yield from self._definitions(self.path / kind, "*")
            yield from self._definitions(self.path / kind, "*/service")
            self._tell_folders_without_service(self.path / kind)

    def _tell_folders_without_service(self, below: Path) -> None:
        """Reports files such as <service>/cart.yaml, which would be ignored."""
        for path in self._definitions(below, "*/*"):
            if not any(self.has(path.parent / f"service{suffix}") for suffix in SUFFIXES):
                message = _(
                    "{folder}/ has no service.yaml, so {file} is not read", folder=path.parent.name, file=path.name
                )
                self.source(path).wrong(1, message, _("Call it service.yaml, or move it one folder up"))

    def composition_files(self) -> Iterator[Path]:
        return self._definitions(self.path / "scenarios", "*/*")

    def shared_files(self) -> Iterator[Path]:
        return self._definitions(self.path / "shared", "*")

    def dataset_folders(self) -> list[Path]:
        """The folders datasets/<name>."""
        found = (path for path in (self.path / "datasets").glob("*") if path.is_dir())
        return sorted(path for path in found if not path.name.startswith((".", "__")))

    @cached_property
    def shared_is_large(self) -> bool:
        """Whether templates that read shared data may take time. Data sets are made when they are first read."""
        return bool(self.dataset_folders()) or sum(path.stat().st_size for path in self.shared_files()) > LARGE

    def _definitions(self, below: Path, pattern: str) -> Iterator[Path]:
        found = {path for suffix in SUFFIXES for path in below.glob(pattern + suffix) if path.is_file()}
        found |= {path for path in self._drafts if _fits(path, below, pattern)}
        return iter(sorted(path for path in found if not path.name.startswith(".")))

    def has(self, path: Path) -> bool:
        """Whether there is such a file, or a draft of it."""
        return path in self._drafts or path.is_file()

    def read(self, path: Path, source: Source, line: int = 1) -> bytes | None:
        """The file's bytes; None and a problem if it is missing, too large or outside the folder."""
        if path in self._drafts:
            return self._drafts[path]
        if not path.resolve().is_relative_to(self._real):
            message = _("{file} lies outside of {folder}/", file=path.name, folder=self.path.name)
            source.wrong(line, message, _("Put the file into the folder"))
            return None
        try:
            return bounded(path, MAX_BYTES)
        except MdtError as error:
            source.wrong(line, words_of(error))
            return None

    def yaml(self, path: Path) -> tuple[Source, Any]:
        """The document of a YAML or JSON file, with its lines; None if it cannot be read."""
        source = self.source(path)
        text = self.read(path, source)
        return source, None if text is None else read_yaml(text, source)

    def shared(self) -> dict[str, Any]:
        """The contents of the files in shared/, by their names without suffix."""
        return {stem: self.data(path) for stem, path in self.data_files(self.path / "shared").items()}

    def data_files(self, below: Path) -> dict[str, Path]:
        """The files with data in a folder, by their names without suffix."""
        found: dict[str, Path] = {}
        for path in self._definitions(below, "*"):
            if path.stem in found:
                message = _("there are two files for shared.{name}", name=path.stem)
                self.source(path).wrong(1, message, _("Keep one of them"))
            found[path.stem] = path
        return found

    def data(self, path: Path) -> Any:
        """The content of a JSON or YAML file; None if it cannot be read."""
        source = self.source(path)
        text = self.read(path, source)
        if text is None:
            return None
        if path.suffix != ".json":
            return plain(read_yaml(text, source))
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            source.wrong(getattr(error, "lineno", 1), _("this is no JSON: {error}", error=error))
            return None


def _fits(path: Path, below: Path, pattern: str) -> bool:
    """Whether `below / pattern` with one of the suffixes is this file."""
    parts, above = path.parts, below.parts
    if path.suffix not in SUFFIXES or len(parts) != len(above) + pattern.count("/") + 1 or parts[: len(above)] != above:
        return False  # at once, because a document may bring a thousand bodies
    return Path(*parts[len(above) :]).with_suffix("").match(pattern)
