"""The routes of a virtual service: its decorated handlers, and how a request fills their typed parameters."""

import functools
import inspect
import operator
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
from mdt.virtual.handlers import Marked, VirtualReply

SOURCES: dict[str, Callable[[str, Request, Mapping[str, str]], Any]] = {
    "path": lambda name, _, path: path[name],
    "query": lambda name, request, _: request.args.get(name, MISSING),
    "body": lambda _, request, __: request.json,
    "request": lambda _, request, __: request,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler; `adapter` is None for the request itself."""

    name: str
    source: str  # a key of SOURCES
    annotation: Any
    adapter: TypeAdapter[Any] | None
    required: bool
    several: bool  # a query parameter that is a list

    def value(self, request: Request, path: Mapping[str, str]) -> Any:
        """MISSING when it is optional and not there. Raises ValidationError."""
        raw = SOURCES[self.source](self.name, request, path)
        if raw is MISSING and not self.required:
            return MISSING
        if self.adapter is None:
            return raw
        if self.source == "query" and raw is not MISSING and not self.several:
            raw = raw[-1]
        return self.adapter.validate_python(None if raw is MISSING else raw)


def bind(owner: type[Any], handler: Callable[..., Any], template: str) -> tuple[Parameter, ...]:
    """The parameters of a handler. Raises TypeError when they cannot be filled."""
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
    """The handler's annotations, with names of the class itself resolved too. Raises TypeError."""
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
    adapter = None if source == "request" else _adapter(where, annotation, owner.__module__)
    several = typing.get_origin(annotation) in {list, set, tuple}
    return Parameter(one.name, source, annotation, adapter, one.default is inspect.Parameter.empty, several)


def _adapter(where: str, annotation: Any, module: str) -> TypeAdapter[Any]:
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
    """As it stands in the file: without the name of its own module."""
    return inspect.formatannotation(annotation).replace(f"{module}.", "")


def _source(name: str, annotation: Any, in_path: list[str]) -> str:
    if name in in_path:
        return "path"
    if annotation is Request:
        return "request"
    return "body" if _is_body(annotation) else "query"


def _is_body(annotation: Any) -> bool:
    """A model or a mapping, also as one of a union or annotated; scalars and lists of them are query parameters."""
    origin = typing.get_origin(annotation) or annotation
    if isinstance(origin, type) and origin is not UnionType:
        return issubclass(origin, BaseModel | dict) or (
            origin is list and any(map(_is_body, typing.get_args(annotation)))
        )
    return any(map(_is_body, typing.get_args(annotation)))


def arguments(bound: tuple[Parameter, ...], request: Request, path: Mapping[str, str]) -> dict[str, Any] | VirtualReply:
    """The arguments of a call; a reply with status 422, with all that is wrong, when they do not fit."""
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


@dataclass(frozen=True, slots=True, eq=False)
class HandlerRoute:
    """One decorated handler."""

    marked: Marked
    handler: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    returns: Any  # the annotation without VirtualReply; None when there is none left
    answers: TypeAdapter[Any] | None  # of `returns`
    file: str
    line: int
    weight: int = 0

    @property
    def method(self) -> str:
        return self.marked.method

    @property
    def template(self) -> str:
        return self.marked.template

    @property
    def label(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def description(self) -> str:
        """The first line of the handler's docstring."""
        return first_line(self.handler)


def first_line(described: Any) -> str:
    return (described.__doc__ or "").strip().partition("\n")[0]


def routes_of(service: type[Any], file: str) -> tuple[HandlerRoute, ...]:
    """The decorated handlers of a class and of its bases, in order. Raises TypeError when one cannot be called."""
    handlers = {name: value for base in reversed(service.__mro__) for name, value in vars(base).items()}
    return tuple(
        _route(service, handler, marked, file)
        for handler in handlers.values()
        for marked in getattr(handler, "__mdt_routes__", ())
    )


def _route(service: type[Any], handler: Callable[..., Any], marked: Marked, file: str) -> HandlerRoute:
    if not marked.template.startswith("/"):
        where = f"{service.__name__}.{handler.__name__}"
        raise TypeError(_("{where}: the path {template!r} begins with /", where=where, template=marked.template))
    returns = _without_reply(hints_of(service, handler).get("return"))
    bound = bind(service, handler, marked.template)
    line = inspect.unwrap(handler).__code__.co_firstlineno
    answers = (
        None if returns is None else _adapter(f"{service.__name__}.{handler.__name__}", returns, service.__module__)
    )
    return HandlerRoute(marked, handler, bound, returns, answers, file, line)


def _without_reply(annotation: Any) -> Any:
    """`Item | VirtualReply` says that of its answers which are no VirtualReply."""
    if typing.get_origin(annotation) not in {typing.Union, UnionType}:
        return None if annotation is VirtualReply else annotation
    others = [one for one in typing.get_args(annotation) if one is not VirtualReply]
    return functools.reduce(operator.or_, others)
