"""Two versions of a schema at one place, and what the facets need to know of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mdt.contracts.diff.changes import Spot
from mdt.contracts.diff.unchanged import is_unchanged

type Schema = Mapping[str, Any]

ANNOTATIONS = frozenset(  # say nothing about which values are valid
    {
        *("title", "description", "default", "example", "examples", "deprecated", "externalDocs", "$comment", "xml"),
        *(
            "readOnly",
            "writeOnly",
            "$defs",
            "definitions",
            "$id",
            "$anchor",
            "$schema",
            "$dynamicAnchor",
            "discriminator",
        ),
    }
)


class Side(Protocol):
    """One version of a document."""

    def follow(self, schema: Any) -> tuple[str, Schema]:
        """The name of the schema that a `$ref` leads to, "" for one that stands where it is; and the schema itself."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a facet saw: `event` completes the id of a rule, after the place."""

    event: str
    old: Any = None
    new: Any = None
    name: str = ""  # of a property, below the pair
    whole: bool = False  # `event` is the whole id


@dataclass(frozen=True, slots=True)
class Pair:
    """Both versions are there and followed. `root`: the schema of a body, a parameter or a header itself."""

    old: Schema
    new: Schema
    sides: tuple[Side, Side]
    spot: Spot
    root: bool = True
    media: str = "application/json"
    seen: frozenset[tuple[str, str]] = field(default=frozenset())
    unchanged: frozenset[str] = frozenset()  # names of schemas that are the same on both sides

    @property
    def response(self) -> bool:
        return self.spot.place.startswith("response")

    @property
    def prefix(self) -> str:
        """The first part of the ids of rules."""
        return self.spot.place

    @property
    def textual(self) -> bool:
        """Whether a number and its text are the same on the wire, as in a query; in JSON they are not."""
        media = self.media.partition(";")[0].strip().lower()
        return media != "application/json" and not media.endswith("+json")

    def both(self, keyword: str) -> tuple[Any, Any]:
        return self.old.get(keyword), self.new.get(keyword)

    def below(self, old: Any, new: Any, name: str) -> "Pair | None":
        """The pair of two schemas inside of these; None where nothing changed, or where it was compared on the way here, which ends circles."""
        if is_unchanged(old, new, self.unchanged):
            return None
        (old_name, old_schema), (new_name, new_schema) = self.sides[0].follow(old), self.sides[1].follow(new)
        key = (old_name, new_name)
        if (old_name or new_name) and key in self.seen:
            return None
        spot = replace(self.spot, place=_INNER.get(self.spot.place, self.spot.place), name=joined(self.spot.name, name))
        return replace(
            self,
            old=old_schema,
            new=new_schema,
            spot=spot,
            root=False,
            seen=self.seen | {key} if any(key) else self.seen,
        )


_INNER = {
    "request-body": "request-property",
    "response-body": "response-property",
    "request-parameter": "request-parameter-property",
}


def joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path and name else path or name


def types(schema: Schema) -> list[str]:
    """The types, without null; empty for any."""
    return [one for one in type_list(schema) if one != "null"]


def type_list(schema: Schema) -> list[str]:
    kind = schema.get("type")
    return [kind] if isinstance(kind, str) else [str(one) for one in kind or ()]


def nullable(schema: Schema) -> bool:
    return "null" in type_list(schema)


def properties(schema: Schema) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def required(schema: Schema) -> list[str]:
    found = schema.get("required")
    return [str(one) for one in found] if isinstance(found, list) else []


def branches(schema: Schema, keyword: str) -> list[Any]:
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


FOLLOWED = 3  # references on the way down; a deeper one counts by its name


def meaning(schema: Any, side: Side, seen: frozenset[str] = frozenset()) -> Any:
    """The schema with its references followed and without annotations, for comparing what two schemas accept."""
    if not isinstance(schema, Mapping):
        return schema
    name, followed = side.follow(schema)
    if name and (name in seen or len(seen) >= FOLLOWED):
        return {"$ref": name}
    inner = seen | {name} if name else seen
    return {key: _meaning_of(key, value, side, inner) for key, value in sorted(followed.items()) if _counts(key, value)}


def _counts(key: str, value: Any) -> bool:
    return key not in ANNOTATIONS and not key.startswith("x-") and value is not None


def _meaning_of(key: str, value: Any, side: Side, seen: frozenset[str]) -> Any:
    if key in {"properties", "patternProperties", "dependentSchemas"} and isinstance(value, Mapping):
        return {name: meaning(one, side, seen) for name, one in sorted(value.items())}
    if key in {"enum", "required", "type"} and isinstance(value, list):
        return sorted(value, key=repr)
    if isinstance(value, list) and key != "const":
        return [meaning(one, side, seen) for one in value]
    return meaning(value, side, seen) if isinstance(value, Mapping) and key not in {"const", "enum"} else value


def same(old: Any, new: Any, sides: tuple[Side, Side]) -> bool:
    """Whether both accept the same values, as far as their texts tell."""
    return bool(meaning(old, sides[0]) == meaning(new, sides[1]))


def empty(schema: Any, side: Side) -> bool:
    """Whether it accepts everything: nothing in it but annotations."""
    return meaning(schema, side) in ({}, True)


def names_of(found: list[Any], side: Side) -> str:
    """Alternatives in a message: the names of references and titles, else their types."""
    return ", ".join(_name_of(one, side) for one in found)


def _name_of(schema: Any, side: Side) -> str:
    name, followed = side.follow(schema)
    return name.rpartition("/")[2] or str(followed.get("title") or " | ".join(type_list(followed)) or "{…}")


def each_key(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The keys of two mappings, those of the old one first."""
    olds, news = (one if isinstance(one, Mapping) else {} for one in (old, new))
    for key in dict.fromkeys([*olds, *news]):
        yield key, olds.get(key), news.get(key)
