"""Changes of files that happen together or not at all."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

Kept = tuple[bytes, int] | None  # content and mode; None where there was no file


@dataclass
class Changes:
    """Files to write and to delete, by their path below `root`. `modes` are those of files that come from elsewhere."""

    root: Path
    writes: dict[str, bytes] = field(default_factory=dict)
    deletes: set[str] = field(default_factory=set)
    modes: dict[str, int] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        self.writes[path] = text.encode()

    def delete(self, path: str) -> None:
        """Take out a file, or a folder with all that is in it."""
        target = self.root / path
        files = target.rglob("*") if target.is_dir() else [target]
        self.deletes |= {f.relative_to(self.root).as_posix() for f in files if f.is_file() and not is_bytecode(f)}

    def lines(self) -> list[str]:
        """What will happen, a line a file."""
        verbs = {path: "change" if (self.root / path).exists() else "make" for path in self.writes}
        verbs |= dict.fromkeys(self.deletes - self.writes.keys(), "delete")
        return [f"{verb:7} {path}" for path, verb in sorted(verbs.items())]

    def apply(self, finish: Callable[[], None], also: Iterable[str] = ()) -> None:
        """Do it, then `finish`, which may write the files named in `also`; an error of any kind undoes everything."""
        touched = {*self.writes, *self.deletes, *also}
        before = {path: _keep(self.root / path) for path in touched}
        try:
            self._do()
            finish()
        except BaseException:
            _restore(self.root, before)
            raise

    def _do(self) -> None:
        for path in self.deletes - self.writes.keys():
            (self.root / path).unlink()
        for path, content in self.writes.items():
            _put(self.root / path, content, self.modes.get(path))
        _drop_empty_folders(self.root, self.deletes)


def is_bytecode(path: Path) -> bool:
    return "__pycache__" in path.parts


def _keep(path: Path) -> Kept:
    return (path.read_bytes(), path.stat().st_mode) if path.is_file() else None


def _put(path: Path, content: bytes, mode: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if mode is not None:
        path.chmod(mode)


def _restore(root: Path, before: dict[str, Kept]) -> None:
    for path, kept in before.items():
        if kept is not None:
            _put(root / path, *kept)
        elif (root / path).is_file():
            (root / path).unlink()
    _drop_empty_folders(root, [path for path, kept in before.items() if kept is None])


def _drop_empty_folders(root: Path, paths: Iterable[str]) -> None:
    """Remove the folders of `paths` in which nothing but Python's bytecode is left."""
    folders = {folder for path in paths for folder in (root / path).parents if root in folder.parents}
    for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
        if folder.is_dir() and not any(f.is_file() and not is_bytecode(f) for f in folder.rglob("*")):
            shutil.rmtree(folder)
