"""The requests with which a provider is verified: those that consumers made, and requests at and beyond the limits of the contract."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mdt.contracts.agreement import Agreement
from mdt.contracts.boundaries import variants
from mdt.contracts.journal import Exchange, body_of
from mdt.contracts.samples import MISSING, body_sample, sample_of
from mdt.contracts.wsgi import Call
from mdt.generate.modes import MINIMAL, SUCCESS, Mode
from mdt.openapi import Content, Document, Operation, Parameter, Schema

CONSUMER, VALID, INVALID = "consumer", "valid", "invalid"


@dataclass(frozen=True, slots=True)
class Case:
    """One request to the provider. `state` is the scenario that it was recorded with; `status` what a consumer was answered."""

    id: str
    kind: str
    operation: Operation
    call: Call
    state: str = ""
    status: int = 0


@dataclass(frozen=True, slots=True)
class Cases:
    """`without`: the operations for which no valid request could be made."""

    cases: tuple[Case, ...]
    without: tuple[str, ...] = field(default=())


def cases_of(
    document: Document,
    exchanges: Iterable[Exchange] = (),
    *,
    boundaries: bool = True,
    headers: Mapping[str, str] | None = None,
    known: Mapping[str, Any] | None = None,
) -> Cases:
    """`known` has values of fields and parameters that the provider knows, such as the id of a product. `headers` come with each request that is made up, such as a token; those of consumers' requests are not in a journal."""
    found, without = [*_of_consumers(document, exchanges, headers or {})], []
    for operation in document.operations if boundaries else ():
        made = [*_of_operation(operation, headers or {}, known or {})]
        found += made
        if not made:
            without.append(operation.label)
    return Cases(tuple({one.id: one for one in found}.values()), tuple(without))


def _of_consumers(document: Document, exchanges: Iterable[Exchange], headers: Mapping[str, str]) -> Iterator[Case]:
    agreement, seen = Agreement(document), set()
    for one in exchanges:
        operation = agreement.of_route(one.method, one.template)
        if operation is None or not one.status or one.request.get("cut"):
            continue
        call = _recorded(one, operation, headers)
        key = (call.shown, call.body, one.scenario, one.status)
        if key not in seen:
            seen.add(key)
            number = sum(known[2:] == key[2:] and known[0] == key[0] for known in seen)
            suffix = f" ({number})" if number > 1 else ""
            yield Case(
                f"{one.consumer} {one.scenario}: {call.shown}{suffix}",
                CONSUMER,
                operation,
                call,
                one.scenario,
                one.status,
            )


def _recorded(exchange: Exchange, operation: Operation, headers: Mapping[str, str]) -> Call:
    """The path of the contract with the values of the recorded one, which may lie below the address of a mock server."""
    wanted = exchange.template.split("/")
    given = str(exchange.request.get("path", "")).split("/")[-len(wanted) :]
    values = iter(value for name, value in zip(wanted, given, strict=False) if name.startswith("{"))
    path = "/".join(next(values, part) if part.startswith("{") else part for part in operation.path.split("/"))
    query = tuple((name, str(value)) for name, found in exchange.request.get("query", {}).items() for value in found)
    own = {str(name).lower(): str(value) for name, value in exchange.request.get("headers", {}).items()}
    return Call(exchange.method, path, query, {**own, **headers}, body_of(exchange.request))


def _of_operation(operation: Operation, headers: Mapping[str, str], known: Mapping[str, Any]) -> Iterator[Case]:
    parameters = {one: _given(one, known) for one in operation.parameters if one.required}
    if any(value is MISSING for value in parameters.values()):
        return
    content = operation.request_body.contents.get("application/json") if operation.request_body else None
    body = _fitting(content, known, MINIMAL) if content else MISSING
    if operation.request_body and operation.request_body.required and body is MISSING:
        return
    make = _Maker(operation, parameters, headers)
    yield make.case("smallest", VALID, body)
    if content and content.schema and body is not MISSING:
        yield from _of_body(make, content.schema, _fitting(content, known, SUCCESS))
    for one in parameters:
        if one.location in {"query", "header"}:
            yield make.case(f"without {one.location} {one.name}", INVALID, body, leave_out=one)


def _given(parameter: Parameter, known: Mapping[str, Any]) -> Any:
    if parameter.schema is None:
        return known.get(parameter.name, "text")
    value = known.get(parameter.name, MISSING)
    return value if value is not MISSING and parameter.schema.is_valid(value) else sample_of(parameter.schema)


def _fitting(content: Content, known: Mapping[str, Any], mode: Mode) -> Any:
    """A valid body, with what the provider knows where that is valid too."""
    body = body_sample(content, mode)
    if not isinstance(body, dict) or content.schema is None:
        return body
    better = {name: known.get(name, value) for name, value in body.items()}
    return better if content.schema.is_valid(better) else body


def _of_body(make: "_Maker", schema: Schema, body: Any) -> Iterator[Case]:
    yield make.case("with what is optional", VALID, body)
    for name, value, valid in variants(schema, body):
        yield make.case(name, VALID if valid else INVALID, value)
    yield make.case("no JSON", INVALID, b'{"')


@dataclass(frozen=True, slots=True)
class _Maker:
    operation: Operation
    parameters: Mapping[Parameter, Any]
    headers: Mapping[str, str]

    def case(self, name: str, kind: str, body: Any, leave_out: Parameter | None = None) -> Case:
        given = {one: _text(value) for one, value in self.parameters.items() if one is not leave_out}
        path = self.operation.path
        for one, value in given.items():
            path = path.replace(f"{{{one.name}}}", value) if one.location == "path" else path
        query = tuple((one.name, value) for one, value in given.items() if one.location == "query")
        headers = {one.name: value for one, value in given.items() if one.location == "header"}
        json_type = {} if body is MISSING else {"content-type": "application/json"}
        call = Call(self.operation.method, path, query, {**headers, **json_type, **self.headers}, _bytes(body))
        return Case(f"{self.operation.label}: {name}", kind, self.operation, call)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _bytes(body: Any) -> bytes:
    if body is MISSING:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
