"""Tells templates that may take time (loops, `rows`, long texts) from quick ones, which the server renders at once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import nodes

from mdt.engine.call import NAMES
from mdt.engine.sandbox import Sandbox

_QUICK_NODES = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Test, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Add, nodes.Sub, nodes.Div, nodes.FloorDiv, nodes.Neg, nodes.Pos, nodes.Concat),
    *(nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Slice, nodes.Assign),
)
_QUICK_FILTERS = (
    *("abs", "by", "capitalize", "count", "d", "default", "first", "float", "int", "iso", "last", "length", "lower"),
    *("plus", "round", "string", "title", "tojson", "trim", "upper", "values"),
)
_QUICK_METHODS = (
    *("choice", "endswith", "float", "get", "int", "isoformat", "lower", "startswith", "strftime", "strip"),
    *("title", "upper"),
)
_TEXTS = (nodes.List, nodes.Tuple, nodes.TemplateData)


def takes_time(template: str, sandbox: Sandbox, *, shared_is_large: bool = False) -> bool:
    """Whether rendering it may take more than a millisecond. The template must be valid."""
    tree = sandbox.parse(template)
    names = {node.name for node in tree.find_all(nodes.Name)}
    return (shared_is_large and "shared" in names) or not all(map(_is_quick, _every(tree)))


def _every(node: nodes.Node) -> Iterable[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _every(child)


def _is_quick(node: nodes.Node) -> bool:
    check = _CHECKS.get(type(node))
    return check(node) if check else isinstance(node, _QUICK_NODES)


def _call(node: Any) -> bool:
    """Quick calls: uuid(), random.int(1, 6), req.json.name.upper()."""
    function = node.node
    if isinstance(function, nodes.Getattr):
        return function.attr in _QUICK_METHODS
    return isinstance(function, nodes.Name) and function.name in NAMES


def _product(node: Any) -> bool:
    """Quick for numbers; a text times a number may become long."""
    sides = (node.left, node.right)
    return not any(isinstance(one, _TEXTS) or isinstance(getattr(one, "value", None), str) for one in sides)


_CHECKS: Mapping[type[nodes.Node], Callable[[Any], bool]] = {
    nodes.Call: _call,
    nodes.Filter: lambda node: node.name in _QUICK_FILTERS,
    nodes.Mul: _product,
    nodes.Mod: _product,
}
