"""Reads a whole document: `read` a file, `from_dict` what is in memory already."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.errors import DefinitionError
from mdt.language import _, words_of
from mdt.openapi import swagger2
from mdt.openapi.dialects import OPENAPI
from mdt.openapi.model import Document
from mdt.openapi.operations import Operations
from mdt.openapi.parts import Parts, mapping, text
from mdt.openapi.places import Place, SourceFile
from mdt.openapi.schemas import validator_library
from mdt.openapi.sources import LostError, Sources, refused, shown
from mdt.openapi.yaml_values import Parsed

_VERSION = re.compile(r"(2\.0|3\.[012])(?:\.\d+.*)?")


def read(path: Path | str, *, root: Path | str | None = None, strict: bool = False) -> Document:
    """The document of this file, YAML or JSON.

    References lead to files below `root`, the document's own folder if it is not given. Raises DefinitionError if the file
    cannot be read or is no OpenAPI document; if `strict`, also for each problem that else stands in `Document.problems`.
    Raises MissingValidatorError without jsonschema-rs.
    """
    validator_library()
    path = Path(path)
    sources = Sources(Path(root if root is not None else path.parent).resolve())
    try:
        file = sources.open(path)
    except LostError as error:
        raise refused(shown(path), words_of(error)) from None
    return _document(file, sources, strict=strict)


def from_dict(raw: Mapping[str, Any], *, file: str = "openapi", strict: bool = False) -> Document:
    """The document of a mapping as `json.load` makes it. References stay within it. Raises as `read`."""
    validator_library()
    source = SourceFile(None, file, Parsed(raw, yaml=False))
    sources = Sources(None)
    sources.index(source)
    return _document(source, sources, strict=strict)


def _document(file: SourceFile, sources: Sources, *, strict: bool) -> Document:
    root = file.root
    version = _version(root, file)
    second = version == "2.0"
    place = Place(file, ())
    parts = Parts(sources, OPENAPI[version[:3]])
    reader = Operations(parts, root, second=second)
    operations = tuple(reader.of_paths(root.get("paths"), place.at("paths")))
    webhooks = tuple(reader.webhooks(root.get("webhooks", root.get("x-webhooks")), place.at("webhooks")))
    holder = place.at("definitions") if second else place.at("components", "schemas")
    named = mapping(root.get("definitions") if second else mapping(root.get("components")).get("schemas"))
    schemas = {name: parts.answers.schema(raw, holder.at(name)) for name, raw in named.items()}
    parts.finish()
    info = mapping(root.get("info"))
    document = Document(
        title=text(info, "title") or file.name,
        version=str(info.get("version", "")),
        openapi=version,
        servers=reader.servers(swagger2.servers(root) if second else root.get("servers")),
        operations=operations,
        webhooks=webhooks,
        schemas=schemas,
        file=file.name,
        problems=tuple(sources.problems),
        raw=root,
    )
    if strict and document.problems:
        raise DefinitionError(document.problems)
    return document


def _version(root: Any, file: SourceFile) -> str:
    """The version of OpenAPI. Raises DefinitionError if the file is something else."""
    if not isinstance(root, dict):
        raise refused(file.name, _("an OpenAPI document is a mapping"))
    given = str(root.get("openapi", root.get("swagger", "")))
    if given in {"2", "2.0"}:
        return "2.0"
    if _VERSION.fullmatch(given):
        return given
    if given:
        raise refused(file.name, _("OpenAPI {version} is not known; known are 2.0, 3.0, 3.1 and 3.2", version=given))
    message = _("this is no OpenAPI document: it has neither `openapi` nor `swagger`")
    raise refused(file.name, message, _("Name the document that has the paths"))
