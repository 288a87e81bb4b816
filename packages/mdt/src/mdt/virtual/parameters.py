"""The typed parameters of a handler: where each comes from, and how a request fills them."""

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from mdt.engine.messages import MISSING, Request
from mdt.engine.routes import parameters
from mdt.language import _
from mdt.virtual.handlers import VirtualReply

SOURCES: dict[str, Callable[[str, Request, Mapping[str, str]], Any]] = {
    "path": lambda name, _, path: path[name],
    "query": lambda name, request, _: request.args.get(name, MISSING),
    "body": lambda _, request, __: request.json,
    "request": lambda _, request, __: request,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler. `adapter` is None for the request itself."""

    name: str
    source: str  # a key of SOURCES
    annotation: Any
    adapter: TypeAdapter[Any] | None
    required: bool
    several: bool  # a query parameter that is a list

    def value(self, request: Request, path: Mapping[str, str]) -> Any:
        """The value; MISSING if it is optional and not given. Raises ValidationError."""
        raw = SOURCES[self.source](self.name, request, path)
        if raw is MISSING and not self.required:
            return MISSING
        if self.adapter is None:
            return raw
        if self.source == "query" and raw is not MISSING and not self.several:
            raw = raw[-1]
        return self.adapter.validate_python(None if raw is MISSING else raw)


def bind(owner: type[Any], handler: Callable[..., Any], template: str) -> tuple[Parameter, ...]:
    """The parameters of a handler. Raises TypeError if a request cannot fill them."""
    where = f"{owner.__name__}.{handler.__name__}"
    if inspect.iscoroutinefunction(handler):
        raise TypeError(_("{where} is async; handlers are plain functions", where=where))
    in_path = parameters(template)
    hints = hints_of(owner, handler)
    signature = list(inspect.signature(handler).parameters.values())[1:]
    bound = tuple(_parameter(owner, where, one, hints, in_path) for one in signature)
    if missing := set(in_path) - {one.name for one in bound}:
        raise TypeError(
            _("{where} has no parameter {names}, which its path names", where=where, names=", ".join(sorted(missing)))
        )
    if sum(one.source == "body" for one in bound) > 1:
        raise TypeError(_("{where} has two bodies; a request has one", where=where))
    return bound


def hints_of(owner: type[Any], handler: Callable[..., Any]) -> dict[str, Any]:
    """The handler's annotations; names of its class are resolved too. Raises TypeError."""
    try:
        return typing.get_type_hints(handler, localns=dict(vars(owner)), include_extras=True)
    except NameError as error:
        where = f"{owner.__name__}.{handler.__name__}"
        raise TypeError(_("{where}: {error}", where=where, error=error)) from None


def _parameter(
    owner: type[Any], where: str, one: inspect.Parameter, hints: Mapping[str, Any], in_path: list[str]
) -> Parameter:
    if one.name not in hints:
        raise TypeError(_("{where}: the parameter {name!r} has no type", where=where, name=one.name))
    annotation = hints[one.name]
    source = _source(one.name, annotation, in_path)
    adapter = None if source == "request" else adapter_of(where, annotation, owner.__module__)
    several = typing.get_origin(unwrapped(annotation)) in {list, set, tuple}
    return Parameter(one.name, source, annotation, adapter, one.default is inspect.Parameter.empty, several)


def adapter_of(where: str, annotation: Any, module: str) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(annotation)
    except PydanticUserError:
        raise TypeError(
            _(
                "{where}: Pydantic cannot check the type {annotation}. Use a model or a plain type; VirtualReply for "
                "an answer of any kind",
                where=where,
                annotation=written(annotation, module),
            )
        ) from None


def written(annotation: Any, module: str) -> str:
    """The annotation as it stands in the file, without the name of its module."""
    return inspect.formatannotation(annotation).replace(f"{module}.", "")


def _source(name: str, annotation: Any, in_path: list[str]) -> str:
    if name in in_path:
        return "path"
    if unwrapped(annotation) is Request:
        return "request"
    return "body" if _is_body(annotation) else "query"


def unwrapped(annotation: Any) -> Any:
    """What `type Row = …` and `Annotated[…]` stand for."""
    while True:
        if isinstance(annotation, typing.TypeAliasType):
            annotation = annotation.__value__
        elif typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        else:
            return annotation


def _is_body(annotation: Any) -> bool:
    """Whether a parameter is the body: a model, a mapping, a list of models, or a union with one."""
    annotation = unwrapped(annotation)
    origin = typing.get_origin(annotation) or annotation
    if isinstance(origin, type) and origin is not UnionType:
        return issubclass(origin, BaseModel | dict) or (
            origin is list and any(map(_is_body, typing.get_args(annotation)))
        )
    return any(map(_is_body, typing.get_args(annotation)))


def arguments(bound: tuple[Parameter, ...], request: Request, path: Mapping[str, str]) -> dict[str, Any] | VirtualReply:
    """The arguments of a call; a reply with status 422 and all mistakes if they are invalid."""
    values: dict[str, Any] = {}
    wrong: list[dict[str, Any]] = []
    for parameter in bound:
        try:
            value = parameter.value(request, path)
        except ValidationError as error:
            wrong += [_detail(parameter, one) for one in error.errors(include_url=False)]
        else:
            values |= {} if value is MISSING else {parameter.name: value}
    return refusal(wrong) if wrong else values


def _detail(parameter: Parameter, error: Any) -> dict[str, Any]:
    place = ".".join(map(str, error["loc"] if parameter.source == "body" else (parameter.name, *error["loc"])))
    return {"in": parameter.source, "field": place, "message": error["msg"]}


def refusal(details: list[dict[str, Any]]) -> VirtualReply:
    body = {"error": "VALIDATION_ERROR", "message": "The request does not fit the service", "details": details}
    return VirtualReply(422, body)
