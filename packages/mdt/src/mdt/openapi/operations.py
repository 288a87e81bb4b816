"""Reads the paths, callbacks and webhooks of a document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mdt.language import _
from mdt.openapi import swagger2
from mdt.openapi.model import Callback, Operation, Parameter, RequestBody, Response
from mdt.openapi.parts import Parts, mapping, text
from mdt.openapi.places import Place

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_STATUS = re.compile(r"[1-5](?:\d\d|XX)", re.IGNORECASE)


class Operations:
    """Reads operations, in the form of OpenAPI 3 or 2.0."""

    def __init__(self, parts: Parts, root: Mapping[str, Any], *, second: bool) -> None:
        self._parts = parts
        self._root = root
        self._second = second

    def of_paths(self, raw: Any, place: Place) -> Iterator[Operation]:
        for path, item, where in self._parts.each(raw, place):
            shown = path if path.startswith("/") else f"/{path}"
            yield from self._of_item(shown, item, where, place.at(path), [place.at(path)])

    def webhooks(self, raw: Any, place: Place) -> Iterator[Callback]:
        for name, item, where in self._parts.each(raw, place):
            for operation in self._of_item("", item, where, place.at(name), []):
                yield Callback(name, "", operation)

    def _of_item(
        self, path: str, item: Mapping[str, Any], where: Place, shown: Place, above: list[Place]
    ) -> Iterator[Operation]:
        """The operations of a path item. `shown` is where the document names it, `above` the ways that led here."""
        shared = self._parameters(item.get("parameters"), where.at("parameters"))
        methods = {**{key: item[key] for key in METHODS if key in item}, **mapping(item.get("additionalOperations"))}
        for key, written in methods.items():
            way = where.at(key) if key in item else where.at("additionalOperations", key)
            raw, at = self._parts.followed(written, way)  # a reference is not allowed here, but is written
            if raw:
                servers = raw.get("servers", item.get("servers"))
                read = self._operation(raw, at, shared, above)
                own = self.servers(servers)
                yield replace(read, method=key.upper(), path=path, servers=own, pointer=f"{shown}/{key}")

    def _operation(
        self, raw: Mapping[str, Any], place: Place, shared: list[tuple[Mapping[str, Any], Place]], above: list[Place]
    ) -> Operation:
        """The operation, still without its method and path."""
        own = self._parameters(raw.get("parameters"), place.at("parameters"))
        given = [*own, *(one for one in shared if _key(one[0]) not in {_key(two[0]) for two in own})]
        tags = raw.get("tags")
        return Operation(
            method="",
            path="",
            operation_id=text(raw, "operationId"),
            summary=text(raw, "summary") or text(raw, "description").split("\n")[0],
            tags=tuple(one for one in tags if isinstance(one, str)) if isinstance(tags, list) else (),
            deprecated=raw.get("deprecated") is True,
            parameters=tuple(self._read_parameters(given)),
            request_body=self._body(raw, place, given),
            responses=tuple(self._responses(raw, place)),
            callbacks=tuple(self._callbacks(raw.get("callbacks"), place.at("callbacks"), above)),
            file=place.file.name,
            line=place.line,
        )

    def _parameters(self, raw: Any, place: Place) -> list[tuple[Mapping[str, Any], Place]]:
        given = raw if isinstance(raw, list) else []
        found = [self._parts.followed(one, place.at(at)) for at, one in enumerate(given)]
        return [(value, where) for value, where in found if value]

    def _read_parameters(self, given: list[tuple[Mapping[str, Any], Place]]) -> Iterator[Parameter]:
        for raw, place in given:
            if self._second and str(raw.get("in")) in {"body", "formData"}:
                continue
            shaped = swagger2.parameter(raw) if self._second and "schema" not in raw else raw
            if (read := self._parts.parameter(shaped, place)) is not None:
                yield read

    def _body(
        self, raw: Mapping[str, Any], place: Place, given: list[tuple[Mapping[str, Any], Place]]
    ) -> RequestBody | None:
        if not self._second:
            return self._parts.body(raw.get("requestBody"), place.at("requestBody"))
        made = swagger2.body((one for one, _where in given), swagger2.media_types(raw, self._root, "consumes"))
        return self._parts.body(made, place.at("requestBody"))

    def _responses(self, raw: Mapping[str, Any], place: Place) -> Iterator[Response]:
        produces = swagger2.media_types(raw, self._root, "produces")
        for status, one, where in self._parts.each(raw.get("responses"), place.at("responses")):
            if not (_STATUS.fullmatch(status) or status == "default"):
                self._parts.sources.tell(where, _("{status!r} is no status; it is left out", status=status))
                continue
            shaped = swagger2.response(one, produces) if self._second else one
            yield self._parts.response(status, shaped, where)

    def _callbacks(self, raw: Any, place: Place, above: list[Place]) -> Iterator[Callback]:
        for name, one, where in self._parts.each(raw, place):
            if where in above:
                continue  # a callback whose operation has the same callback again
            for expression, item, at in self._parts.each(one, where):
                for operation in self._of_item("", item, at, where.at(expression), [*above, where]):
                    yield Callback(name, expression, operation)

    def servers(self, raw: Any) -> tuple[str, ...]:
        return (
            tuple(_server(one) for one in raw if isinstance(one, dict) and "url" in one)
            if isinstance(raw, list)
            else ()
        )


def _key(raw: Mapping[str, Any]) -> tuple[str, str]:
    return str(raw.get("name")), str(raw.get("in"))


def _server(raw: Mapping[str, Any]) -> str:
    """The URL of a server, with the defaults of its variables."""
    variables = mapping(raw.get("variables"))
    return _VARIABLE.sub(lambda found: str(mapping(variables.get(found[1])).get("default", found[1])), str(raw["url"]))
