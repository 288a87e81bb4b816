"""A JSON Schema of its own, of draft 4 to 2020-12, in the same normal form as the schemas of a document."""

from collections.abc import Mapping
from typing import Any

from mdt.openapi.normal_form import DRAFT_4, DRAFT_7, DRAFT_2020, Dialect, NormalForm
from mdt.openapi.places import Place, SourceFile
from mdt.openapi.schemas import Schema, SchemaSet, validator_library
from mdt.openapi.sources import Sources
from mdt.openapi.yaml_values import Parsed

DRAFTS: Mapping[str, tuple[Dialect, tuple[str, ...]]] = {
    "draft4": (DRAFT_4, ("id", "$id")),
    "draft6": (DRAFT_7, ("$id",)),
    "draft7": (DRAFT_7, ("$id",)),
    "draft2019-09": (DRAFT_2020, ("$id",)),
    "draft2020-12": (DRAFT_2020, ("$id",)),
}


def json_schema(raw: Any, draft: str = "draft2020-12") -> Schema:
    """The schema, of one of DRAFTS. References stay within it."""
    validator_library()
    dialect, id_keys = DRAFTS[draft]
    sources = Sources(None, id_keys, reference_alone=not dialect.siblings)
    file = SourceFile(None, "schema", Parsed(raw, yaml=False))
    sources.take_ids(file)
    form = NormalForm(sources, dialect, "writeOnly")
    name = form.name(raw, Place(file, ()))
    form.finish()
    return Schema(SchemaSet(form.defs, form.named), name)
