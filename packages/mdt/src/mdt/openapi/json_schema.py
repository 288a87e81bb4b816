"""A JSON Schema of its own, of draft 4 to 2020-12, in the same normal form as the schemas of a document."""

from typing import Any

from mdt.openapi.dialects import DRAFTS
from mdt.openapi.normal_form import NormalForm
from mdt.openapi.places import Place, SourceFile
from mdt.openapi.schemas import Schema, SchemaSet, validator_library
from mdt.openapi.sources import Sources
from mdt.openapi.yaml_values import Parsed


def json_schema(raw: Any, draft: str = "draft2020-12") -> Schema:
    """The schema, of one of DRAFTS. References stay within it."""
    validator_library()
    dialect = DRAFTS[draft]
    sources = Sources(None, dialect.id_keys, reference_alone=not dialect.siblings)
    file = SourceFile(None, "schema", Parsed(raw, yaml=False))
    sources.index(file)
    form = NormalForm(sources, dialect, "writeOnly")
    name = form.name(raw, Place(file, ()))
    form.finish()
    return Schema(SchemaSet(form.defs, form.named), name)
