"""Finds the routes that fit a path, the most specific first: a literal segment comes before a {parameter}.

A {parameter:path} at the end takes all segments that are left; it comes last. Of two routes with the same path, the one
for the method comes before the one for any method. A percent-encoded slash belongs to its segment: it stays "%2F" until the path is split.
"""

import re
from collections.abc import Collection, Iterator
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


ANY = "ANY"  # the method of a route that answers every method
_PARAMETER = re.compile(r"\{([A-Za-z_]\w*)(:path)?\}")
REST = re.compile(r"\{[A-Za-z_]\w*:path\}")  # takes the rest of a path
_METHODS = {"HEAD": ("HEAD", "GET", ANY)}  # HEAD is answered like GET (RFC 9110, 9.3.2)


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
    """A node of the tree of segments. Children: literal texts, patterns such as {model}:generate, any text, and the rest."""

    literal: dict[str, "_Node[T]"] = field(default_factory=dict)
    mixed: dict[str, tuple[re.Pattern[str], "_Node[T]"]] = field(default_factory=dict)
    any: "_Node[T] | None" = None
    rest: "_Node[T] | None" = None
    routes: dict[str, tuple[T, ...]] = field(default_factory=dict)

    def of(self, methods: tuple[str, ...]) -> list[T]:
        return [route for one in methods for route in self.routes.get(one, ())]


def parameters(template: str) -> list[str]:
    """The names of a template's parameters, in order."""
    return [name for name, _rest in _PARAMETER.findall(template)]


def shape(template: str) -> str:
    """The template without its parameters' names. Templates of the same shape fit the same paths."""
    return _PARAMETER.sub(lambda found: "{*}" if found[2] else "{}", template)


def rest_is_last(template: str) -> bool:
    """Whether a {parameter:path}, if there is one, is the whole last segment."""
    *before, last = template.split("/")
    return not any(REST.search(segment) for segment in before) and (not REST.search(last) or bool(REST.fullmatch(last)))


def takes(route_method: str, method: str) -> bool:
    """Whether a route for `route_method` answers this method."""
    return route_method in {method, ANY} or (method == "HEAD" and route_method == "GET")


class RouteTable[T: Routed]:
    """Finds routes by method and path: literal paths in a dictionary, others in a tree of segments. It never changes."""

    def __init__(self, routes: "tuple[T, ...]" = ()) -> None:
        self.routes = routes
        self._literal: dict[tuple[str, str], tuple[T, ...]] = {}
        self._root: _Node[T] = _Node()
        self._has_parameters = False
        self._has_any = any(route.method == ANY for route in routes)
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
        """Yields each route with its parameters' values."""
        methods = _METHODS.get(method) or ((method, ANY) if self._has_any else (method,))
        for one in methods:
            for route in self._literal.get((one, path), ()):
                yield route, ()
        if self._has_parameters:
            for node, values in _walk(self._root, path[1:].split("/"), 0, ()):
                for route in node.of(methods):
                    yield route, values


def _ordered[R: Routed](routes: tuple[R, ...]) -> tuple[R, ...]:
    return tuple(sorted(routes, key=lambda route: -route.weight))


def _child[T](node: _Node[T], segment: str) -> _Node[T]:
    if "{" not in segment:
        return node.literal.setdefault(decoded(segment), _Node())
    if found := _PARAMETER.fullmatch(segment):
        kind = "rest" if found[2] else "any"
        child = getattr(node, kind) or _Node()
        setattr(node, kind, child)
        return child
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
    if node.mixed:
        yield from _mixed(node, segments, at, values)
    if node.any is not None and segment:
        yield from _walk(node.any, segments, at + 1, (*values, value(segment)))
    if node.rest is not None and any(segments[at:]):
        yield node.rest, (*values, "/".join(map(value, segments[at:])))


def _mixed[T](
    node: _Node[T], segments: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node[T], tuple[str, ...]]]:
    for pattern, deeper in node.mixed.values():
        if found := pattern.fullmatch(segments[at]):
            yield from _walk(deeper, segments, at + 1, values + tuple(map(value, found.groups())))


def allowed(host: str, allow_hosts: Collection[str]) -> bool:
    """Whether the list allows this host: by "name" for any port, "name:port", or "*.name" for its subdomains."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    names = {host, name, *_parents(name)}
    return not names.isdisjoint(allow_hosts)


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [f"*.{'.'.join(labels[at:])}" for at in range(1, len(labels))]
