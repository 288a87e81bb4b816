"""The document of generated mocks as the contract of their service: contracts/<service>/<version>.yaml."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mdt.cli.output import CommandError, ExitCode
from mdt.contracts.store import FOLDER, open_contract
from mdt.language import _
from mdt.openapi import Document

_VERSION = re.compile(r"[\w.+-]+", re.ASCII)


@contextmanager
def kept_contract(path: Path, document: Document, service: str, project: Path, *, keep: bool) -> Iterator[Path]:
    """The contract's file. One that was written is removed again if what follows fails, or without `keep`. Raises CommandError."""
    folder = project.resolve() / FOLDER
    if path.resolve().is_relative_to(folder):
        yield path.resolve()
        return
    target = folder / service / f"{_version(document)}{path.suffix or '.yaml'}"
    content = path.read_bytes()
    if target.is_file():
        _check_same(target, content)
        yield target
        return
    made = [one for one in (folder, target.parent) if not one.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    done = False
    try:
        _check_whole(target, document)
        yield target
        done = keep
    finally:
        if not done:
            target.unlink()
            for one in reversed(made):
                one.rmdir()


def _version(document: Document) -> str:
    if not _VERSION.fullmatch(document.version):
        text = _(
            "{version!r} is no version that a file can be named after; correct info.version", version=document.version
        )
        raise CommandError(ExitCode.PROBLEMS, text)
    return document.version


def _check_same(target: Path, content: bytes) -> None:
    """A version of a contract does not change; who agreed to it agreed to its content."""
    if target.read_bytes() != content:
        text = _(
            "{file} is there with other content: give the changed document another info.version", file=_shown(target)
        )
        raise CommandError(ExitCode.PROBLEMS, text)


def _check_whole(target: Path, document: Document) -> None:
    if len(open_contract(target).document.problems) > len(document.problems):
        text = _(
            "the document refers to other files: put it and them below {folder}/ and generate from there", folder=FOLDER
        )
        raise CommandError(ExitCode.PROBLEMS, text)


def _shown(path: Path) -> str:
    return os.path.relpath(path)
