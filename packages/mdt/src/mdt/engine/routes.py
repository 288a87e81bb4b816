"""Finds the routes that fit a path, the most specific first: a literal segment comes before a {parameter}.

A percent-encoded slash belongs to its segment: it stays "%2F" until the path is split.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, unquote

_AMBIGUOUS = re.compile(r"%(?=(?:25)*2F)")  # a percent sign that looks like the start of an encoded slash
_KEPT = re.compile(r"%((?:25)*)2F")
_SAFE = ":@!$&'()*+,;=~"  # allowed in a segment (RFC 3986, 3.3)


def decoded(path: str) -> str:
    """The engine's form of a path: decoded, except for slashes within a segment."""
    return "/".join(map(_kept, path.split("/"))) if "%" in path else path


def _kept(segment: str) -> str:
    return _AMBIGUOUS.sub("%25", unquote(segment)).replace("/", "%2F")


def host_name(name: str) -> str:
    """The engine's form of a host: lower case, ASCII (IDNA), without a trailing dot."""
    name = name.lower().removesuffix(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def value(segment: str) -> str:
    """The text of a segment of such a path: "a/b" for "a%2Fb"."""
    return _KEPT.sub(lambda found: f"%{found[1][2:]}2F" if found[1] else "/", segment) if "%" in segment else segment


def encoded(path: str) -> str:
    """Encodes such a path for a URL."""
    return "/".join(quote(value(segment), safe=_SAFE) for segment in path.split("/"))


_PARAMETER = re.compile(r"\{([A-Za-z_]\w*)\}")
_WHOLE = re.compile(r"\{([A-Za-z_]\w*)\}")


class Routed(Protocol):
    @property
    def method(self) -> str: ...

    @property
    def template(self) -> str: ...

    @property
    def weight(self) -> int:
        """Of two routes with the same path, the one with more weight is tried first."""
        ...


@dataclass(slots=True)
class _Node[T]:
    """A node of the tree of segments. Children: literal texts, patterns such as {model}:generate, and any text."""

    literal: dict[str, "_Node[T]"] = field(default_factory=dict)
    mixed: dict[str, tuple[re.Pattern[str], "_Node[T]"]] = field(default_factory=dict)
    any: "_Node[T] | None" = None
    routes: dict[str, tuple[T, ...]] = field(default_factory=dict)


def parameters(template: str) -> list[str]:
    """The names of a template's parameters, in order."""
    return _PARAMETER.findall(template)


def shape(template: str) -> str:
    """The template without its parameters' names. Templates of the same shape fit the same paths."""
    return _PARAMETER.sub("{}", template)


class RouteTable[T: Routed]:
    """Finds routes by method and path: literal paths in a dictionary, others in a tree of segments. It never changes."""

    def __init__(self, routes: "tuple[T, ...]" = ()) -> None:
        self.routes = routes
        self._literal: dict[tuple[str, str], tuple[T, ...]] = {}
        self._root: _Node[T] = _Node()
        self._has_parameters = False
        for route in routes:
            self._add(route)

    def _add(self, route: T) -> None:
        if "{" not in route.template:
            key = (route.method, decoded(route.template))
            self._literal[key] = _ordered((*self._literal.get(key, ()), route))
            return
        self._has_parameters = True
        node = self._root
        for segment in route.template[1:].split("/"):
            node = _child(node, segment)
        node.routes[route.method] = _ordered((*node.routes.get(route.method, ()), route))

    def find(self, method: str, path: str) -> Iterator[tuple[T, tuple[str, ...]]]:
        """Yields each route with its parameters' values. HEAD finds the routes of GET after its own (RFC 9110, 9.3.2)."""
        yield from self._of(method, path)
        if method == "HEAD":
            yield from self._of("GET", path)

    def _of(self, method: str, path: str) -> Iterator[tuple[T, tuple[str, ...]]]:
        for route in self._literal.get((method, path), ()):
            yield route, ()
        if self._has_parameters:
            for node, values in _walk(self._root, path[1:].split("/"), 0, ()):
                for route in node.routes.get(method, ()):
                    yield route, values


def _ordered[R: Routed](routes: tuple[R, ...]) -> tuple[R, ...]:
    return tuple(sorted(routes, key=lambda route: -route.weight))


def _child[T](node: _Node[T], segment: str) -> _Node[T]:
    if "{" not in segment:
        return node.literal.setdefault(decoded(segment), _Node())
    if _WHOLE.fullmatch(segment):
        node.any = node.any or _Node()
        return node.any
    key = shape(segment)
    if key not in node.mixed:
        literal = [re.escape(decoded(text)) for text in key.split("{}")]
        node.mixed[key] = (re.compile("(.+?)".join(literal), re.DOTALL), _Node())
        node.mixed = dict(sorted(node.mixed.items(), key=lambda item: (-len(item[0]), item[0])))
    return node.mixed[key][1]


def _walk[T](
    node: _Node[T], segments: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[T], tuple[str, ...]]]:
    if at == len(segments):
        yield node, values
        return
    segment = segments[at]
    if (deeper := node.literal.get(segment)) is not None:
        yield from _walk(deeper, segments, at + 1, values)
    for pattern, deeper in node.mixed.values():
        if found := pattern.fullmatch(segment):
            yield from _walk(deeper, segments, at + 1, values + tuple(map(value, found.groups())))
    if node.any is not None and segment:
        yield from _walk(node.any, segments, at + 1, (*values, value(segment)))
