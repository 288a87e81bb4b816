"""Reads the parts of an operation: parameters, bodies, answers, headers, media types and examples of OpenAPI 3."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mdt.language import _
from mdt.openapi.dialects import Dialect
from mdt.openapi.model import Content, Header, Parameter, RequestBody, Response
from mdt.openapi.normal_form import NormalForm
from mdt.openapi.numbers import plain
from mdt.openapi.places import Place
from mdt.openapi.schemas import Schema, SchemaSet
from mdt.openapi.sources import Sources, value_at

STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_MAX_STEPS = 50
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z/-]+")  # also one without a slash, which some documents have


class Side:
    """The schemas of requests, or those of answers: what is readOnly or writeOnly is there in one alone."""

    def __init__(self, sources: Sources, dialect: Dialect, skip: str) -> None:
        self.form = NormalForm(sources, dialect, skip)
        self.schemas = SchemaSet(self.form.defs, self.form.named)

    def schema(self, raw: Any, place: Place) -> Schema:
        return Schema(self.schemas, self.form.name(raw, place))


class Parts:
    """Reads parts below a place. Examples stay as they are until all schemas are there: `finish` puts their texts right."""

    def __init__(self, sources: Sources, dialect: Dialect) -> None:
        self.sources = sources
        self.answers = Side(sources, dialect, "writeOnly")
        self.requests = Side(sources, dialect, "readOnly") if dialect.flags else self.answers
        self._examples: list[tuple[dict[str, Any], Schema | None, bool]] = []

    def finish(self) -> None:
        for side in {self.answers, self.requests}:
            side.form.finish()
        for examples, schema, yaml in self._examples:
            if yaml:
                for name, value in examples.items():
                    examples[name] = schema.as_written(value) if schema else plain(value)

    def followed(self, raw: Any, place: Place) -> tuple[dict[str, Any], Place]:
        """The mapping that is meant, behind references; an empty one where there is none."""
        for _step in range(_MAX_STEPS):
            if not isinstance(raw, dict):
                break
            if not isinstance(raw.get("$ref"), str):
                return raw, place
            found = self.sources.target_or_tell(raw["$ref"], place)
            if found is None:
                return {}, place
            raw, place = value_at(found), found
        if raw is not None:
            self.sources.tell(place, _("a mapping is expected here; it is left out"))
        return {}, place

    def each(self, raw: Any, place: Place) -> Iterator[tuple[str, dict[str, Any], Place]]:
        """The members of a mapping of objects, behind references, without extensions."""
        for key, one in mapping(raw).items():
            name = str(key)  # 200, in a mapping that was not read from a file
            if not name.startswith("x-"):
                value, where = self.followed(one, place.at(name))
                yield name, value, where

    def parameter(self, raw: Mapping[str, Any], place: Place) -> Parameter | None:
        name, location = raw.get("name"), raw.get("in")
        if not isinstance(name, str) or not isinstance(location, str):
            self.sources.tell(place, _("a parameter has `name` and `in`; it is left out"))
            return None
        contents = self.contents(raw.get("content"), place.at("content"), self.requests)
        schema = self.requests.schema(raw["schema"], place.at("schema")) if "schema" in raw else None
        style = str(raw.get("style", STYLES.get(location, "")))
        return Parameter(
            name=name,
            location=location,
            required=raw.get("required") is True or location == "path",
            schema=schema or next((one.schema for one in contents.values()), None),
            examples=self.examples(raw, place, schema),
            style=style,
            explode=raw.get("explode", style == "form") is True,
            deprecated=raw.get("deprecated") is True,
            contents=contents,
        )

    def body(self, raw: Any, place: Place) -> RequestBody | None:
        value, place = self.followed(raw, place)
        if not value:
            return None
        contents = self.contents(value.get("content"), place.at("content"), self.requests)
        return RequestBody(value.get("required") is True, contents)

    def response(self, status: str, raw: Mapping[str, Any], place: Place) -> Response:
        headers = {
            name.lower(): self._header(name, one, where)
            for name, one, where in self.each(raw.get("headers"), place.at("headers"))
            if name.lower() != "content-type"  # the media type says it
        }
        contents = self.contents(raw.get("content"), place.at("content"), self.answers)
        return Response(status.upper() if status != "default" else status, text(raw, "description"), headers, contents)

    def _header(self, name: str, raw: Mapping[str, Any], place: Place) -> Header:
        contents = self.contents(raw.get("content"), place.at("content"), self.answers)
        schema = self.answers.schema(raw["schema"], place.at("schema")) if "schema" in raw else None
        schema = schema or next((one.schema for one in contents.values()), None)
        return Header(name, raw.get("required") is True, schema, self.examples(raw, place, schema))

    def contents(self, raw: Any, place: Place, side: Side) -> dict[str, Content]:
        found: dict[str, Content] = {}
        for media_type, one, where in self.each(raw, place):
            key = media_type.partition(";")[0].strip().lower()
            if not _MEDIA_TYPE.fullmatch(key):
                self.sources.tell(where, _("{name!r} is no media type; it is left out", name=media_type))
            elif key not in found:
                found[key] = self._content(key, one, where, side)
        return found

    def _content(self, media_type: str, raw: Mapping[str, Any], place: Place, side: Side) -> Content:
        schema = side.schema(raw["schema"], place.at("schema")) if "schema" in raw else None
        item = side.schema(raw["itemSchema"], place.at("itemSchema")) if "itemSchema" in raw else None
        return Content(media_type, schema, self.examples(raw, place, schema), item, mapping(raw.get("encoding")))

    def examples(self, raw: Mapping[str, Any], place: Place, schema: Schema | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "example" in raw:
            found["example"] = self._referenced(raw["example"], place)
        for name, one, _where in self._named_examples(raw, place):
            for key in ("value", "dataValue"):
                if key in one:
                    found[name] = one[key]
        self._examples.append((found, schema, place.file.parsed.yaml))
        return found

    def _referenced(self, value: Any, place: Place) -> Any:
        """`example: {$ref: …}` is not allowed, but written."""
        if isinstance(value, dict) and list(value) == ["$ref"] and isinstance(value["$ref"], str):
            found = self.sources.target_or_tell(value["$ref"], place.at("example"))
            target = value_at(found) if found else value
            return target["value"] if isinstance(target, dict) and "value" in target else target
        return value

    def _named_examples(self, raw: Mapping[str, Any], place: Place) -> Iterator[tuple[str, dict[str, Any], Place]]:
        given = raw.get("examples")
        if isinstance(given, list):
            given = {f"example{at}": {"value": one} for at, one in enumerate(given, 1)}
        usable = {name: one for name, one in mapping(given).items() if isinstance(one, dict)}
        return self.each(usable, place.at("examples"))


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""
