"""Schemas of any dialect as JSON Schema 2020-12: each that a reference names once, under a name of its own.

The older forms (OpenAPI 2.0 and 3.0, drafts 4 to 7) become what 2020-12 says: `nullable` a type, a boolean `exclusiveMinimum`
a number, `example` a list, a list of `items` `prefixItems`, `dependencies` the two keywords that took its place. What no
validator would read is dropped, and told.
"""

from collections.abc import Set as AbstractSet
from typing import Any

from mdt.language import _
from mdt.openapi.dialects import Dialect
from mdt.openapi.dynamic_scope import OUTSIDE, Scope, entered, outermost
from mdt.openapi.flags import flagged
from mdt.openapi.keywords import NAMED_SUBSCHEMAS, SUBSCHEMA, SUBSCHEMAS, VALUES, WRONG, usable_pattern
from mdt.openapi.places import Place
from mdt.openapi.schema_names import SchemaNames
from mdt.openapi.sources import LostError, Sources, value_at
from mdt.openapi.special_keywords import DEFS, SPECIAL, Value, add_null, finish_bounds
from mdt.openapi.written import restored

_REFERENCES = {"$ref": None, "$dynamicRef": None, "$recursiveRef": None}  # in order


class NormalForm:
    """Collects normalised schemas under `defs`. `skip` is the flag whose properties need not be there: writeOnly in answers."""

    def __init__(self, sources: Sources, dialect: Dialect, skip: str) -> None:
        self.defs: dict[str, Value] = {}
        self._sources = sources
        self._dialect = dialect
        self._skip = skip
        self._names = SchemaNames()
        self._waiting: list[tuple[str, Place, Any, Scope]] = []
        self._scope = OUTSIDE
        self._with_values: list[tuple[dict[str, Any], bool]] = []

    @property
    def named(self) -> AbstractSet[str]:
        """The names that the document gives."""
        return self._names.by_document

    def name(self, raw: Any, place: Place) -> str:
        """The name under which the schema at this place is, or will be after `finish`, in `defs`.

        A schema that is a reference and nothing else has the name of its target.
        """
        seen: set[Place] = set()
        scope = entered(self._scope, place)
        while self._is_reference(raw) and place not in seen:
            seen.add(place)
            found = self._sources.target_or_tell(raw["$ref"], place)
            if found is None:
                break
            place = found
            raw = value_at(place)
            scope = entered(scope, place)
        return self._reserved(raw, place, scope)

    def _is_reference(self, raw: Any) -> bool:
        return (
            isinstance(raw, dict) and isinstance(raw.get("$ref"), str) and (len(raw) == 1 or not self._dialect.siblings)
        )

    def _behind(self, given: dict[str, Any], place: Place) -> tuple[Any, Place]:
        """`properties: {$ref: …}` is not allowed, but written: the mapping that is meant."""
        found = self._sources.target_or_tell(given["$ref"], place)
        return ({}, place) if found is None else (value_at(found), found)

    def _reserved(self, raw: Any, place: Place, scope: Scope) -> str:
        name, is_new = self._names.of(place, scope)
        if is_new:
            self.defs[name] = True
            self._waiting.append((name, place, raw, scope))
        return name

    def finish(self) -> None:
        """Normalises what is waiting, and what that refers to."""
        while self._waiting:
            name, place, raw, self._scope = self._waiting.pop()
            self.defs[name] = self.value(raw, place)
        self._scope = OUTSIDE
        self._cut_empty_circles()
        for schema, yaml in self._with_values:
            for key in schema.keys() & {"examples", "default", "const", "enum"}:
                schema[key] = restored(schema[key], schema, key, self.defs, as_written=yaml)
        self._with_values.clear()

    def _cut_empty_circles(self) -> None:
        """A reference to itself and nothing else says nothing."""
        for name in self.defs:
            seen, here = set(), name
            while (following := _only_reference(self.defs[here])) and here not in seen:
                seen.add(here)
                here = following
            if following:
                self.defs[here] = {}

    def value(self, raw: Any, place: Place) -> Value:
        around, self._scope = self._scope, entered(self._scope, place)
        try:
            return self._value(raw, place)
        finally:
            self._scope = around

    def _value(self, raw: Any, place: Place) -> Value:
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, dict):
            self._sources.tell(place, _("a schema is a mapping; this one is left out"))
            return {}
        schema = self._only_target(raw, place)
        if isinstance(raw.get("$ref"), str) and not self._dialect.siblings:
            return schema
        for key, given in raw.items():
            if given is not None or key in {"const", "default", "example"}:
                self._keyword(key, given, raw, place, schema)
        self._finish_schema(raw, schema, place)
        return schema

    def _only_target(self, raw: dict[str, Any], place: Place) -> dict[str, Any]:
        """What the references of a schema say; of several all."""
        keys = [key for key in _REFERENCES if isinstance(raw.get(key), str)] if raw.keys() & _REFERENCES else ()
        names = [self.reference(raw[key], place, dynamic=key != "$ref") for key in keys]
        targets = [{"$ref": DEFS + name} for name in names if name is not None]
        return {"allOf": targets} if len(targets) > 1 else dict(*targets)

    def reference(self, ref: str, place: Place, *, dynamic: bool = False) -> str | None:
        found = self._sources.target_or_tell(ref, place)
        if found is not None and dynamic:
            found = outermost(self._scope, found, value_at(found), ref.partition("#")[2])
        return None if found is None else self.name(value_at(found), found)

    def quiet_reference(self, ref: str, place: Place) -> str | None:
        """The same for a text that need not be a reference."""
        try:
            found = self._sources.target(ref, place)
        except LostError:
            return None
        return self.name(value_at(found), found)

    def _keyword(self, key: str, given: Any, raw: dict[str, Any], place: Place, schema: dict[str, Any]) -> None:
        if key in SPECIAL:
            SPECIAL[key](self, given, raw, place, schema)
        elif key in SUBSCHEMA:
            schema[key] = self.value(given, place.at(key))
        elif key in SUBSCHEMAS:
            self._several(key, given, place, schema)
        elif key in NAMED_SUBSCHEMAS:
            self._named(key, given, place, schema)
        elif key in VALUES:
            self.checked(key, given, place, schema)

    def checked(self, key: str, given: Any, place: Place, schema: dict[str, Any]) -> None:
        value = VALUES[key](given)
        if value is WRONG:
            self.drop(key, given, place)
        else:
            schema[key] = value

    def drop(self, key: str, given: Any, place: Place) -> None:
        shown = str(given)[:60]
        self._sources.tell(
            place, _("{key}: {value} is not what this keyword takes; it is not checked", key=key, value=shown)
        )

    def _several(self, key: str, given: Any, place: Place, schema: dict[str, Any]) -> None:
        if isinstance(given, list) and given:
            schema.setdefault(key, []).extend(self.value(one, place.at(key, at)) for at, one in enumerate(given))
        else:
            self.drop(key, given, place)

    def _named(self, key: str, given: Any, place: Place, schema: dict[str, Any]) -> None:
        if isinstance(given, dict) and isinstance(given.get("$ref"), str):
            given, place = self._behind(given, place.at(key))
        else:
            place = place.at(key)
        if not isinstance(given, dict):
            self.drop(key, given, place)
            return
        usable = {name: one for name, one in given.items() if key != "patternProperties" or usable_pattern(name)}
        schema[key] = {name: self.value(one, place.at(name)) for name, one in usable.items()}

    def _finish_schema(self, raw: dict[str, Any], schema: dict[str, Any], place: Place) -> None:
        finish_bounds(raw, schema)
        if self._dialect.nullable and (raw.get("nullable") is True or raw.get("x-nullable") is True):
            add_null(schema)
        if self._dialect.flags and schema.get("required"):
            free = flagged(raw, place, self._skip, self._sources.target_or_tell)
            schema["required"] = [name for name in schema["required"] if name not in free]
        if not schema.get("required", True):
            del schema["required"]
        if schema.keys() & {"examples", "default", "const", "enum"}:
            self._with_values.append((schema, place.file.parsed.yaml))


def _only_reference(value: Value) -> str | None:
    if isinstance(value, dict) and len(value) == 1 and "$ref" in value:
        return str(value["$ref"]).removeprefix(DEFS)
    return None
