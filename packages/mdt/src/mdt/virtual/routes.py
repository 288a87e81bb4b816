"""The routes of a virtual service: its decorated handlers."""

import functools
import inspect
import operator
import typing
from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any

from pydantic import TypeAdapter

from mdt.engine.routes import rest_is_last
from mdt.language import _
from mdt.virtual.handlers import Marked, VirtualReply
from mdt.virtual.parameters import Parameter, adapter_of, bind, hints_of, unwrapped


@dataclass(frozen=True, slots=True, eq=False)
class HandlerRoute:
    """One decorated handler."""

    marked: Marked
    handler: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    returns: Any  # the annotation without VirtualReply; None if nothing is left
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
    """The decorated handlers of a class and its bases, in order. Raises TypeError if one is invalid."""
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
    if not rest_is_last(marked.template):
        where = f"{service.__name__}.{handler.__name__}"
        raise TypeError(_("{where}: the rest of a path is its last segment: /files/{{rest:path}}", where=where))
    returns = _without_reply(hints_of(service, handler).get("return"))
    bound = bind(service, handler, marked.template)
    line = inspect.unwrap(handler).__code__.co_firstlineno
    answers = (
        None if returns is None else adapter_of(f"{service.__name__}.{handler.__name__}", returns, service.__module__)
    )
    return HandlerRoute(marked, handler, bound, returns, answers, file, line)


def _without_reply(annotation: Any) -> Any:
    """The type of answers that are no VirtualReply: Item for `Item | VirtualReply`."""
    plain = unwrapped(annotation)
    if typing.get_origin(plain) not in {typing.Union, UnionType}:
        return None if plain is VirtualReply else annotation
    others = [one for one in typing.get_args(plain) if one is not VirtualReply]
    return functools.reduce(operator.or_, others)
