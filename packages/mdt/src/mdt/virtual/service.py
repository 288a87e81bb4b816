"""The base class of virtual services, and the OpenAPI 3.1 document of their handlers' types."""

import inspect
import random
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from mdt.engine.clock import Clock
from mdt.engine.messages import Reply, Request
from mdt.virtual.parameters import Parameter
from mdt.virtual.routes import HandlerRoute, routes_of

ERROR = {
    "type": "object",
    "required": ["error", "message"],
    "properties": {"error": {"type": "string"}, "message": {"type": "string"}},
}


def document(service: type[Any]) -> dict[str, Any]:
    routes = routes_of(service, "")
    schemas, definitions = _schemas(routes)
    paths: dict[str, Any] = {}
    for index, route in enumerate(routes):
        paths.setdefault(route.template.replace(":path}", "}"), {})[route.method.lower()] = _operation(
            route, index, schemas
        )
    title = service.title or service.service or service.__name__
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": service.version, "description": inspect.getdoc(service) or ""},
        "paths": paths,
        "components": {"schemas": definitions},
    }


type _Schemas = dict[tuple[str, JsonSchemaMode], dict[str, Any]]


def _schemas(routes: tuple[HandlerRoute, ...]) -> tuple[_Schemas, dict[str, Any]]:
    """The schemas of all parameters and results, and of the models that they use."""
    inputs = [
        (key, mode, adapter) for index, route in enumerate(routes) for key, mode, adapter in _adapters(index, route)
    ]
    if not inputs:
        return {}, {}
    schemas, rest = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    return schemas, rest.get("$defs", {})


def _adapters(index: int, route: HandlerRoute) -> Iterator[tuple[str, JsonSchemaMode, TypeAdapter[Any]]]:
    for parameter in route.parameters:
        if parameter.adapter:
            yield f"{index}.{parameter.name}", "validation", parameter.adapter
    if route.returns not in {None, type(None)}:
        yield f"{index} returns", "serialization", route.answers or TypeAdapter(Any)


def _operation(route: HandlerRoute, index: int, schemas: _Schemas) -> dict[str, Any]:
    taken = [(one, schemas[f"{index}.{one.name}", "validation"]) for one in route.parameters if one.adapter]
    lines = (inspect.getdoc(route.handler) or route.label).splitlines()
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__name__}_{route.method.lower()}_{index}",
        "summary": lines[0],
        "responses": _responses(route, schemas.get((f"{index} returns", "serialization")), bool(taken)),
    }
    if listed := [_listed(one, schema) for one, schema in taken if one.source in {"path", "query"}]:
        operation["parameters"] = listed
    for one, schema in taken:
        if one.source == "body":
            operation["requestBody"] = {"required": one.required, "content": _json(schema)}
    return operation


def _listed(parameter: Parameter, schema: dict[str, Any]) -> dict[str, Any]:
    required = parameter.source == "path" or parameter.required
    return {"name": parameter.name, "in": parameter.source, "required": required, "schema": schema}


def _responses(route: HandlerRoute, schema: dict[str, Any] | None, validated: bool) -> dict[str, Any]:
    nothing = route.returns is type(None) and route.marked.status == 200
    success: dict[str, Any] = {"description": "Success"}
    if schema is not None:
        success["content"] = _json(schema)
    responses = {"204" if nothing else str(route.marked.status): success}
    meanings = {**({422: "The request does not fit"} if validated else {}), **route.marked.errors}
    error = {"content": _json(ERROR)}
    return responses | {str(status): {"description": text, **error} for status, text in sorted(meanings.items())}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


class VirtualState(BaseModel):
    """The empty state of a service without a State."""

    model_config = ConfigDict(extra="forbid")


class VirtualService:
    """The base class. Each call gets a new instance; `state` lasts, one for each session."""

    State: ClassVar[type[BaseModel]] = VirtualState
    seed: ClassVar[
        str | tuple[str, ...]
    ] = ()  # "shared/products.json" fills the field `products` of the state, or the whole state
    service: ClassVar[str] = ""  # set at loading: the name of the service
    title: ClassVar[str] = ""
    version: ClassVar[str] = "1.0.0"  # of its OpenAPI document

    class Options(BaseModel):
        """What the service file may set under `options`."""

        model_config = ConfigDict(extra="forbid")

    options: ClassVar[Any] = None  # set at loading: the Options of this service
    state: Any

    def __init__(self, state: BaseModel, clock: Clock, random: random.Random) -> None:
        self.state = state
        self.clock = clock
        self.random = random

    def before_call(self, request: Request) -> None:
        """Looks at a request before its handler. Raise VirtualError to refuse it, such as one whose signature is wrong."""

    def after_call(self, request: Request, reply: Reply) -> Reply:
        """The last look at an answer and its bytes, also of an error; a service that signs its answers does it here."""
        return reply

    @classmethod
    def test_credentials(cls) -> dict[str, Any]:
        """What the program under test is configured with, such as ids and keys; nothing of it is a real secret."""
        return {}

    @classmethod
    def openapi(cls) -> dict[str, Any]:
        """Its OpenAPI 3.1 document."""
        return document(cls)
