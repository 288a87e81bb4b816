"""The routes of a virtual service: its decorated handlers, bound to their typed parameters."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mdt.language import _
from mdt.virtual.binding import Parameter, bind, hints_of
from mdt.virtual.handlers import Marked, VirtualReply


@dataclass(frozen=True, slots=True, eq=False)
class HandlerRoute:
    """One decorated handler."""

    marked: Marked
    handler: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    returns: Any  # the annotation; None when there is none, or when it says nothing
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
    returns = hints_of(service, handler).get("return")
    bound = bind(service, handler, marked.template)
    line = inspect.unwrap(handler).__code__.co_firstlineno
    return HandlerRoute(marked, handler, bound, None if returns is VirtualReply else returns, file, line)
