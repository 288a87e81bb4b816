"""Finds contracts: a file, a version of the folder `contracts/`, or a file of a git revision.

    contracts/<service>/<version>.yaml      OpenAPI, or the short form; also .yml and .json
    contracts/<service>/owners.yaml         who provides and who uses it

A reference is `contracts/inventory/1.0.0.json`, `inventory@1.0.0`, `inventory` (its newest version), or `main:contracts/inventory/1.0.0.json`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mdt.contracts.content import content_hash, raw_values, refused
from mdt.contracts.git_files import at_revision, is_revision
from mdt.contracts.owners import FILE, Owners, read_owners
from mdt.contracts.short_form import ShortFormError, is_short_form, to_openapi
from mdt.errors import DefinitionError, MdtError, Problem
from mdt.language import _, words_of
from mdt.openapi import Document, from_dict, read
from mdt.openapi.sources import shown
from mdt.suggest import did_you_mean

FOLDER = "contracts"
SUFFIXES = (".yaml", ".yml", ".json")
_NUMBER = re.compile(r"\d+")
_NAMED = re.compile(r"([\w.-]+)@([\w.+-]+)")


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a contract. `hash` is that of its content, whatever its layout; `file` its name for messages."""

    service: str
    version: str
    file: str
    document: Document
    hash: str
    owners: Owners | None = None

    @property
    def name(self) -> str:
        return f"{self.service}@{self.version}"


def open_contract(path: Path) -> Contract:
    """The contract of a file. Raises DefinitionError, or MdtError where jsonschema-rs is missing."""
    raw = raw_values(path)
    service, version = _names(path, raw)
    document = _short(raw, path) if is_short_form(raw) else read(path, root=root_of(path))
    owners = read_owners(path.parent)
    return Contract(
        service or document.title, version or document.version, shown(path), document, content_hash(path, raw), owners
    )


def root_of(path: Path) -> Path:
    """References may lead to other files of the folder of contracts, such as contracts/common/."""
    above = [one for one in path.resolve().parents if one.name == FOLDER]
    return above[0] if above else path.resolve().parent


def _short(raw: Any, path: Path) -> Document:
    try:
        return from_dict(to_openapi(raw), file=shown(path))
    except ShortFormError as error:
        where = (
            _("apis[{at}]: {message}", at=error.at, message=words_of(error))
            if error.at is not None
            else words_of(error)
        )
        raise refused(path, where, _line(path, error.at)) from None


def _line(path: Path, at: int | None) -> int:
    """The line where an entry of `apis` begins, as far as its `endpoint` tells."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [number for number, line in enumerate(lines, 1) if re.search(r"""["']?endpoint["']?\s*:""", line)]
    return found[at] if at is not None and at < len(found) else 1


def _names(path: Path, raw: Any) -> tuple[str, str]:
    """Service and version: those of the short form, else of contracts/<service>/<version>; "" where neither tells."""
    if is_short_form(raw):
        return str(raw.get("service", "")), str(raw.get("version", ""))
    inside = path.resolve().parent.parent.name == FOLDER
    return (path.resolve().parent.name, path.stem) if inside else ("", "")


class ContractFolder:
    """The folder of contracts."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def services(self) -> list[str]:
        found = [one.name for one in self.path.iterdir() if one.is_dir()] if self.path.is_dir() else []
        return sorted(name for name in found if self.versions(name))

    def versions(self, service: str) -> list[Path]:
        """The files of a service, the oldest version first."""
        folder = self.path / service
        found = [one for one in folder.iterdir() if one.suffix in SUFFIXES and one.is_file()] if folder.is_dir() else []
        return sorted((one for one in found if one.name != FILE and not one.name.startswith(".")), key=_order)

    def file(self, service: str, version: str = "") -> Path:
        """The file of a version, the newest without one. Raises MdtError for a name that is not there."""
        found = self.versions(service)
        if not found:
            hint = did_you_mean(service, self.services()) or ", ".join(self.services())
            raise MdtError(_("{folder} has no contract of {name!r}. {hint}", folder=self.path, name=service, hint=hint))
        if not version:
            return found[-1]
        match = next((one for one in found if one.stem == version), None)
        if match is None:
            known = [one.stem for one in found]
            hint = did_you_mean(version, known) or ", ".join(known)
            raise MdtError(
                _("{service} has no version {version!r}. {hint}", service=service, version=version, hint=hint)
            )
        return match

    def contracts(self) -> Iterator[Contract]:
        """Every version of every service. Raises DefinitionError with the problems of all files."""
        problems: list[Problem] = []
        for service in self.services():
            for path in self.versions(service):
                try:
                    yield open_contract(path)
                except DefinitionError as error:
                    problems += error.problems
        if problems:
            raise DefinitionError(problems)

    def open(self, reference: str) -> Contract:
        """The contract of a reference. Raises MdtError, DefinitionError."""
        if Path(reference).is_file():
            return open_contract(Path(reference))
        if is_revision(reference):
            return self._at_revision(reference)
        named = _NAMED.fullmatch(reference)
        service, version = (named[1], named[2]) if named else (reference.removeprefix(f"{FOLDER}/").rstrip("/"), "")
        if "/" in service or service in {"", ".", ".."}:
            raise MdtError(_("there is no file {name}", name=reference))
        return open_contract(self.file(service, version))

    def _at_revision(self, reference: str) -> Contract:
        with at_revision(reference) as path:
            try:
                contract = open_contract(path)
            except DefinitionError as error:
                raise DefinitionError([replace(one, file=reference) for one in error.problems]) from None
        operations = tuple(replace(one, file=reference) for one in contract.document.operations)
        document = replace(contract.document, file=reference, operations=operations)
        return replace(contract, file=reference, document=document, owners=None)


def _order(path: Path) -> tuple[list[int], int, str]:
    """1.9.0 before 1.10.0, and 2.0.0-rc.1 before 2.0.0 (Semantic Versioning 2.0.0, 11)."""
    core, _dash, pre = path.stem.partition("-")
    return [int(one) for one in _NUMBER.findall(core)], 0 if pre else 1, pre


def find_contracts(given: Path | None = None) -> ContractFolder:
    """The given folder, else contracts/ here or in a folder above, up to the repository's root."""
    if given is not None:
        if not given.is_dir():
            raise MdtError(_("there is no folder {folder}", folder=given))
        return ContractFolder(given)
    for here in (Path.cwd(), *Path.cwd().parents):
        if (here / FOLDER).is_dir():
            found = here / FOLDER
            return ContractFolder(found.relative_to(Path.cwd()) if here == Path.cwd() else found)
        if (here / ".git").exists():
            break
    return ContractFolder(Path(FOLDER))
