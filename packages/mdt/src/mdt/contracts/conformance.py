"""Whether a request and its answer keep a contract: the operation, its parameters and bodies, the status, the headers."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mdt.contracts.agreement import Agreement
from mdt.contracts.values import from_text, undeclared
from mdt.engine.http1 import NO_BODY
from mdt.engine.messages import Reply, Request
from mdt.language import Words, _
from mdt.openapi import Content, Operation, Parameter, Response, Schema

REQUEST, RESPONSE, ROUTE = "request", "response", "route"
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json")
MANY = 8  # errors of one body that are told


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a contract is not kept. `strict`: it is allowed, but no part of the contract, most likely a slip."""

    side: str
    what: Words
    strict: bool = False


def answer_violations(operation: Operation, reply: Reply) -> Iterator[Violation]:
    """What of an answer the contract does not allow."""
    response = response_for(operation, reply.status)
    if response is None:
        declared = ", ".join(one.status for one in operation.responses)
        yield Violation(
            RESPONSE,
            _("the contract has no status {status}; it has {declared}", status=reply.status, declared=declared),
        )
        return
    headers = {name.lower(): value for name, value in reply.headers}
    yield from _headers(response, headers)
    if reply.status not in NO_BODY and operation.method != "HEAD":
        free = not response.contents and not response.status.isdigit()  # 4XX and default seldom say what comes
        yield from () if free else _body(response.contents, headers.get("content-type", ""), reply.content(), RESPONSE)


def response_for(operation: Operation, status: int) -> Response | None:
    """The response of a status: its own, that of its hundred, or `default`."""
    by_status = {one.status: one for one in operation.responses}
    return next((by_status[key] for key in (str(status), f"{status // 100}XX", "default") if key in by_status), None)


def _headers(response: Response, headers: Mapping[str, str]) -> Iterator[Violation]:
    for key, header in response.headers.items():
        if key not in headers:
            if header.required:
                yield Violation(RESPONSE, _("the header {name} is missing", name=header.name))
        elif header.schema is not None:
            value = from_text(headers[key], header.schema)
            for error in header.schema.errors(value)[:1]:
                yield Violation(RESPONSE, _("the header {name}: {message}", name=header.name, message=error.message))


def _body(contents: Mapping[str, Content], written: str, body: bytes, side: str) -> Iterator[Violation]:
    media = written.partition(";")[0].strip().lower()
    if not contents:
        if body:
            yield Violation(side, _("the contract has no body here"), strict=True)
        return
    if not body:
        yield Violation(side, _("there is no body; the contract has {media}", media=", ".join(contents)))
        return
    content = content_for(contents, media)
    if content is None:
        yield Violation(
            side,
            _("the content type is {media}, the contract has {known}", media=media or "-", known=", ".join(contents)),
        )
    elif content.schema is not None and _JSON.fullmatch(media or content.media_type):
        yield from json_violations(content.schema, body, side)


def content_for(contents: Mapping[str, Content], media: str) -> Content | None:
    """The content of a media type, also by a range such as application/*; the only one for a body without a type."""
    if not media:
        return next(iter(contents.values())) if len(contents) == 1 else None
    ways = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((contents[way] for way in ways if way in contents), None)


def json_violations(schema: Schema, body: bytes, side: str) -> Iterator[Violation]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        yield Violation(side, _("the body is no JSON"))
        return
    yield from value_violations(schema, value, side)


def value_violations(schema: Schema, value: Any, side: str) -> Iterator[Violation]:
    errors = schema.errors(value)
    for error in errors[:MANY]:
        yield Violation(side, _("${path} {message}", path=shown_path(error.path), message=error.message))
    if len(errors) > MANY:
        yield Violation(side, _("and {count} more places do not fit", count=len(errors) - MANY))
    for path in undeclared(schema, value) if not errors else ():
        yield Violation(side, _("${path} is not in the contract", path=path), strict=True)


def shown_path(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def request_violations(operation: Operation, request: Request, path: Mapping[str, str]) -> Iterator[Violation]:
    """What of a request the contract does not allow. `path` has the values of its parameters."""
    for parameter in operation.parameters:
        yield from _parameter(parameter, request, path)
    if operation.request_body is None:
        return
    if not request.body:
        if operation.request_body.required:
            yield Violation(REQUEST, _("there is no body; the contract has one"))
        return
    yield from _body(operation.request_body.contents, request.headers.get("content-type", ""), request.body, REQUEST)


def without_headers(operation: Operation) -> Operation:
    """The operation without the headers that it asks for and promises."""
    parameters = tuple(one for one in operation.parameters if one.location not in {"header", "cookie"})
    return replace(
        operation, parameters=parameters, responses=tuple(replace(one, headers={}) for one in operation.responses)
    )


def missing(parameter: Parameter) -> Violation:
    """A request lacks a parameter that it must have."""
    return Violation(
        REQUEST, _("the {place} parameter {name} is missing", place=parameter.location, name=parameter.name)
    )


def _parameter(parameter: Parameter, request: Request, path: Mapping[str, str]) -> Iterator[Violation]:
    values = _values(parameter, request, path)
    if not values:
        if parameter.required and parameter.location in {"query", "header"}:
            yield missing(parameter)
        return
    if parameter.schema is None or parameter.contents or parameter.style in {"deepObject", "matrix", "label"}:
        return
    for error in parameter.schema.errors(from_text(values if len(values) > 1 else values[0], parameter.schema))[:1]:
        what = _(
            "the {place} parameter {name}: {message}",
            place=parameter.location,
            name=parameter.name,
            message=error.message,
        )
        yield Violation(REQUEST, what)


def _values(parameter: Parameter, request: Request, path: Mapping[str, str]) -> list[str]:
    if parameter.location == "query":
        return request.args.get(parameter.name, [])
    if parameter.location == "header":
        found = request.headers.get(parameter.name.lower())
        return [] if found is None else [found]
    return [path[parameter.name]] if parameter.location == "path" and parameter.name in path else []


def violations(agreement: Agreement, request: Request, reply: Reply | None) -> list[Violation]:
    """Those of a whole exchange that was recorded. Headers are left out, because recordings keep few of them."""
    found = agreement.of_path(request.method, request.path)
    if found is None:
        label = f"{request.method} {request.path}"
        return [Violation(ROUTE, _("the contract has no {operation}", operation=label))]
    operation, path = without_headers(found[0]), found[1]
    answered = [] if reply is None else [*answer_violations(operation, reply)]
    return [*request_violations(operation, request, path), *answered]
