"""A document after reading: operations, parameters, answers, callbacks. One form for all versions of OpenAPI."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mdt.errors import Problem
from mdt.openapi.schemas import Schema

NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A body in one media type. `examples` are the document's, by name (`example` for one without), not yet validated.

    `item_schema` is that of one event or line of a stream (OpenAPI 3.2).
    """

    media_type: str  # lower case, without parameters
    schema: Schema | None = None
    examples: Mapping[str, Any] = NONE
    item_schema: Schema | None = None
    encoding: Mapping[str, Any] = NONE


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """`location` is query, header, path, cookie or querystring."""

    name: str
    location: str
    required: bool = False
    schema: Schema | None = None
    examples: Mapping[str, Any] = NONE
    style: str = ""
    explode: bool = False
    deprecated: bool = False
    contents: Mapping[str, Content] = NONE


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    name: str
    required: bool = False
    schema: Schema | None = None
    examples: Mapping[str, Any] = NONE


@dataclass(frozen=True, slots=True, eq=False)
class RequestBody:
    required: bool = False
    contents: Mapping[str, Content] = NONE


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """`status` is as in the document: 200, 4XX, default."""

    status: str
    description: str = ""
    headers: Mapping[str, Header] = NONE
    contents: Mapping[str, Content] = NONE


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One method of one path. `pointer` is its JSON Pointer, `file` and `line` where it is written."""

    method: str  # GET; QUERY and additional methods of OpenAPI 3.2 too
    path: str  # /pets/{petId}, as in the document
    operation_id: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    request_body: RequestBody | None = None
    responses: tuple[Response, ...] = ()
    callbacks: tuple["Callback", ...] = ()
    servers: tuple[str, ...] = ()  # its own, in place of the document's
    pointer: str = ""
    file: str = ""
    line: int = 1

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, eq=False)
class Callback:
    """A call that the service makes: a callback of an operation, or a webhook, whose `expression` is empty.

    The expression is a URL with runtime expressions: {$request.body#/callbackUrl}.
    """

    name: str
    expression: str
    operation: Operation


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """An OpenAPI document. `problems` are what was left out or put right while it was read."""

    title: str
    version: str
    openapi: str  # 2.0, 3.0.3, 3.1.0, 3.2.0
    servers: tuple[str, ...] = ()  # with the defaults of their variables
    operations: tuple[Operation, ...] = ()
    webhooks: tuple[Callback, ...] = ()
    schemas: Mapping[str, Schema] = NONE  # those of components, as they are in answers
    file: str = ""
    problems: tuple[Problem, ...] = ()
    raw: Any = field(default=None, repr=False)

    def operation(self, method: str, path: str) -> Operation | None:
        return next((one for one in self.operations if (one.method, one.path) == (method, path)), None)
