"""Joins a generated service with its folder, tries whether the result loads, and writes it: all files or none."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mdt.definitions import load
from mdt.definitions.files import Folder
from mdt.errors import DefinitionError, Problem
from mdt.generate.callback_text import NAME as CALLBACKS
from mdt.generate.generator import Generated
from mdt.generate.lock import NAME as LOCK
from mdt.generate.lock import Lock, read_lock
from mdt.generate.merge import Change, merge
from mdt.generate.service_file import Block, ServiceBlocks, fingerprint, read_service
from mdt.generate.service_text import scalar
from mdt.generate.virtual_text import NAME as VIRTUAL
from mdt.language import _
from mdt.openapi import Document

SERVICE = "service.yaml"


@dataclass(slots=True)
class Plan:
    """What a run writes below `folder`: files by their relative names, and those that it removes."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def differing(self) -> list[str]:
        """The files that are not as they would be written."""
        return [name for name, content in self.files.items() if _content(self.folder / name) != content] + self.removed

    def carry_out(self) -> None:
        """Writes bodies first, the service file after them, the lock last. A run that is cut off can be run again."""
        for name in sorted(self.files, key=lambda name: (name == LOCK, name == SERVICE)):
            path = self.folder / name
            if _content(path) != self.files[name]:
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, self.files[name])
        for name in self.removed:
            (self.folder / name).unlink(missing_ok=True)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".mdt-", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    os.replace(file.name, path)  # noqa: PTH105 - the atomic one


def plan(found: Generated, document: Document, folder: Path, *, everything: bool) -> Plan:
    """The beginning of a virtual service is written once: a module that is there stays.

    Raises DefinitionError if a file is there that nobody generated, or that cannot be read.
    """
    there, lock = _there(folder)
    last = lock or Lock()
    if there is not None and (contract := there.contract()):
        found.head.setdefault("contract", contract)
    merged = merge(found.routes, found.files, there, last.routes)
    head, print_of_head = _head(found, document, there, last)
    made = Plan(folder, changes=merged.changes)
    routes = ["routes:", *merged.lines] if merged.lines else ["routes: {}"]
    made.files[SERVICE] = ("\n".join([*head, *routes]) + "\n").encode()
    bodies = {name: content for name, content in found.files.items() if name in merged.files}
    written, callbacks = _callbacks(found, folder, last, made)
    bodies |= {name: found.files[name] for name in found.files if callbacks and name.startswith("bodies/callback.")}
    made.files |= {**bodies, **written}
    if found.virtual and not (folder / VIRTUAL).exists():
        made.files[VIRTUAL] = found.virtual.encode()
    new = Lock(document.file.rpartition("/")[2], everything, print_of_head, callbacks, merged.prints, sorted(bodies))
    made.files[LOCK] = new.text().encode()
    made.removed = sorted(_stale(last, folder, made))
    return made


def _there(folder: Path) -> tuple[ServiceBlocks | None, Lock | None]:
    path = folder / SERVICE
    lock = read_lock(folder)
    if not path.exists():
        return None, None
    if lock is None:
        message = _("this file was not generated, so it is not overwritten")
        raise DefinitionError([Problem(str(path), 1, message, _("Choose another name: --service NAME"))])
    return read_service(path, str(path)), lock


def _head(found: Generated, document: Document, there: ServiceBlocks | None, last: Lock) -> tuple[list[str], str]:
    wanted = fingerprint(found.head, None)
    name = document.file.rpartition("/")[2]
    comment = f"# Generated from {name} by `mdt mock generate`. Edits by hand are kept: the next run changes only what it wrote."
    lines = [comment, *(f"{key}: {scalar(value)}" for key, value in found.head.items())]
    block = there.head if there else Block([], "")
    keep = there is not None and (block.fingerprint == wanted or block.fingerprint != last.head)
    return (block.lines if keep else lines), wanted


def _callbacks(found: Generated, folder: Path, last: Lock, made: Plan) -> tuple[dict[str, bytes], str]:
    """The callbacks file and its fingerprint, unless the one that is there was edited."""
    if not found.callbacks:
        return {}, ""
    content = found.callbacks.encode()
    there = _content(folder / CALLBACKS)
    wanted = sha256(content).hexdigest()[:16]
    if there is not None and there != content and sha256(there).hexdigest()[:16] != last.callbacks:
        made.changes.append(Change("kept" if wanted == last.callbacks else "conflict", CALLBACKS))
        return {}, last.callbacks
    return {CALLBACKS: content}, wanted


def _stale(last: Lock, folder: Path, made: Plan) -> Iterator[str]:
    """Bodies of the last run that nothing names any more."""
    text = made.files[SERVICE].decode() + str(made.files.get(CALLBACKS) or _content(folder / CALLBACKS) or b"")
    for name in last.files:
        path = (folder / name).resolve()
        if name not in made.files and name not in text and path.is_relative_to(folder.resolve()) and path.is_file():
            yield name


def problems_of(made: Plan, mocks: Path) -> tuple[Problem, ...]:
    """What is wrong with the plan when it is loaded together with the definitions that are there."""
    inside = made.folder.resolve().is_relative_to(mocks.resolve())
    if mocks.is_dir() and inside:
        return _problems(mocks, made, made.folder)
    beside = (
        mocks.resolve().parent if inside and b"\ncontract: " in made.files[SERVICE] else None
    )  # so that its path leads there
    with tempfile.TemporaryDirectory(prefix=".mdt-", dir=beside) as temporary:
        own = made.folder.resolve().relative_to(mocks.resolve()) if inside else Path("external", made.folder.name)
        return _problems(Path(temporary), made, Path(temporary, own))


def _problems(mocks: Path, made: Plan, folder: Path) -> tuple[Problem, ...]:
    """Those of files in `folder`, where the plan's files are read in place of what is there."""
    inside = mocks / folder.resolve().relative_to(mocks.resolve())
    try:
        found = load(
            mocks, files=Folder(mocks, {inside / name: content for name, content in made.files.items()})
        ).problems
    except DefinitionError as error:
        found = error.problems
    return tuple(one for one in found if str(inside.relative_to(mocks)) in one.file)
