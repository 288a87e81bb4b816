"""The changes of one operation's parameters, bodies, answers and headers; `schemas` does what is below."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mdt.contracts.diff.changes import Change, Spot
from mdt.contracts.diff.pair import Pair, Schema
from mdt.contracts.diff.raw import raw_at, raw_operation, sunset
from mdt.contracts.diff.rules import change
from mdt.contracts.diff.schemas import schema_changes
from mdt.contracts.diff.type_facets import EXPLODED
from mdt.contracts.diff.unchanged import unchanged_names
from mdt.engine.routes import parameters as names_in
from mdt.openapi import Content, Document, Header, Operation, Parameter, Response
from mdt.openapi import Schema as Handle

DEFS = "#/$defs/"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Defs:
    """One version's schemas, as `pair.Side`."""

    defs: Mapping[str, Any]

    def follow(self, schema: Any) -> tuple[str, Schema]:
        name, seen = "", set()
        while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str) and schema["$ref"] not in seen:
            seen.add(schema["$ref"])
            name = schema["$ref"].removeprefix(DEFS)
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            target = self.defs.get(name, {})
            schema = {**target, **beside} if isinstance(target, Mapping) else target
        if isinstance(schema, Mapping):
            return name, schema
        return name, {"not": {}} if schema is False else {}


type Key = tuple[str, str]


def parameter_changes(old: Operation, new: Operation, spot: Spot, before: Document) -> Iterator[Change]:
    olds, news = _by_place(old), _by_place(new)
    for key in [one for one in olds if one not in news]:
        yield from _lost_parameter(olds[key], spot, _written(before, old, olds[key]))
    for key, parameter in news.items():
        inside = _inside(parameter, spot)
        if key in olds:
            yield from _parameter(olds[key], parameter, inside)
        elif parameter.location == "path":
            yield change("new-request-path-parameter", inside)
        else:
            yield change(f"new-{'required' if parameter.required else 'optional'}-request-parameter", inside)


def _inside(parameter: Parameter, spot: Spot) -> Spot:
    return replace(spot, place="request-parameter", inside=parameter.location, parameter=parameter.name)


def _by_place(operation: Operation) -> dict[Key, Parameter]:
    """By location and name; those of the path by their place in it, because their names are nobody's business."""
    order = {name: str(at) for at, name in enumerate(names_in(operation.path))}
    found: dict[Key, Parameter] = {}
    for one in operation.parameters:
        name = order.get(one.name, one.name) if one.location == "path" else one.name
        found[one.location, name.lower() if one.location == "header" else name] = one
    return found


def _lost_parameter(parameter: Parameter, spot: Spot, raw: Mapping[str, Any]) -> Iterator[Change]:
    inside, end = _inside(parameter, spot), sunset(raw)
    if not parameter.deprecated:
        yield change("request-parameter-removed", inside)
    elif end is None:
        yield change("request-parameter-removed-with-deprecation", inside)
    elif date.today() < end:  # noqa: DTZ011
        yield change("request-parameter-removed-before-sunset", inside, end.isoformat())


def _written(document: Document, operation: Operation, parameter: Parameter) -> Mapping[str, Any]:
    """The parameter as it is written, in the operation or in the components."""
    given = [one for one in raw_operation(document, operation).get("parameters") or () if isinstance(one, Mapping)]
    followed = [raw_at(document, str(one["$ref"])) if "$ref" in one else one for one in given]
    named = (one for one in followed if (one.get("name"), one.get("in")) == (parameter.name, parameter.location))
    return next(named, {})


def _parameter(old: Parameter, new: Parameter, spot: Spot) -> Iterator[Change]:
    if old.required != new.required:
        yield change(f"request-parameter-became-{'required' if new.required else 'optional'}", spot)
    if old.deprecated != new.deprecated:
        yield change(f"request-parameter-{'deprecated' if new.deprecated else 'reactivated'}", spot)
    media = EXPLODED if new.style == "form" and new.explode else TEXT
    for one in _schemas(old.schema, new.schema, spot, media):
        needed = new.location != "path" and (old.required or new.required)
        if not (needed and one.id.startswith("request-parameter-default-value-")):
            yield one


def body_changes(old: Operation, new: Operation, spot: Spot) -> Iterator[Change]:
    spot = replace(spot, place="request-body")
    before, after = old.request_body, new.request_body
    if before is None or after is None:
        if after is not None:
            yield change(f"request-body-added-{'required' if after.required else 'optional'}", spot)
        elif before is not None:
            yield change("request-body-removed", spot)
        return
    if before.required != after.required:
        yield change(f"request-body-became-{'required' if after.required else 'optional'}", spot)
    yield from _contents(before.contents, after.contents, spot, "request-body-media-type")


def _contents(old: Mapping[str, Content], new: Mapping[str, Content], spot: Spot, rule: str) -> Iterator[Change]:
    yield from (change(f"{rule}-removed", spot, media) for media in old if media not in new)
    yield from (change(f"{rule}-added", spot, None, media) for media in new if media not in old)
    for media in [one for one in old if one in new]:
        yield from _schemas(old[media].schema, new[media].schema, replace(spot, media=media), media)


def response_changes(old: Operation, new: Operation, spot: Spot) -> Iterator[Change]:
    olds, news = ({one.status: one for one in operation.responses} for operation in (old, new))
    for status in [one for one in olds if one not in news and one.isdigit()]:
        yield change(f"response-{_kind(status)}-status-removed", replace(spot, place="response", status=status))
    for status in [one for one in news if one not in olds and one.isdigit()]:
        yield change(f"response-{_kind(status)}-status-added", replace(spot, place="response", status=status))
    for status in [one for one in olds if one in news]:
        yield from _response(olds[status], news[status], replace(spot, place="response-body", status=status))


def _kind(status: str) -> str:
    return "success" if status.startswith("2") else "non-success"


def _response(old: Response, new: Response, spot: Spot) -> Iterator[Change]:
    yield from _contents(old.contents, new.contents, spot, "response-media-type")
    for name in [one for one in old.headers if one not in new.headers]:
        header = old.headers[name]
        rule = f"{'required' if header.required else 'optional'}-response-header-removed"
        yield change(rule, replace(spot, place="response-header", name=header.name))
    for name, header in new.headers.items():
        where = replace(spot, place="response-header", name=header.name)
        if name in old.headers:
            yield from _header(old.headers[name], header, where)
        else:
            yield change("response-header-added", where)


def _header(old: Header, new: Header, spot: Spot) -> Iterator[Change]:
    if old.required and not new.required:
        yield change("response-header-became-optional", spot)
    yield from _schemas(old.schema, new.schema, spot, TEXT)


def _schemas(old: Handle | None, new: Handle | None, spot: Spot, media: str) -> Iterator[Change]:
    if old is None or new is None:
        return
    unchanged = unchanged_names(old.among, new.among)
    if old.name == new.name and old.name in unchanged:
        return
    sides = (Defs(old.among.defs), Defs(new.among.defs))
    pair = Pair(
        old=sides[0].follow({"$ref": DEFS + old.name})[1],
        new=sides[1].follow({"$ref": DEFS + new.name})[1],
        sides=sides,
        spot=spot,
        media=media,
        seen=frozenset({(old.name, new.name)}),
        unchanged=unchanged,
    )
    yield from schema_changes(pair)
