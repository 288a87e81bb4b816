"""Parts of Python code as libcst reads it: how they are found, changed and put together."""

from collections.abc import Callable, Sequence
from typing import Any, override

import libcst as cst


class PlaceNotFoundError(Exception):
    """A place that is not there, or there more than once."""


class Change(cst.CSTTransformer):
    """Changes each node that is wanted, and counts them in `found`."""

    def __init__(self, wanted: Callable[[Any], bool], change: Callable[[Any], Any]) -> None:
        super().__init__()
        self.found = 0
        self._wanted, self._change = wanted, change

    @override
    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        updated = super().on_leave(original_node, updated_node)
        if not self._wanted(original_node):
            return updated
        self.found += 1
        return self._change(updated)


def changed(module: cst.Module, place: str, wanted: Callable[[Any], bool], change: Callable[[Any], Any]) -> cst.Module:
    """The module with the one node that is wanted changed; raises `PlaceNotFoundError` unless there is exactly one."""
    transformer = Change(wanted, change)
    result = module.visit(transformer)
    if transformer.found != 1:
        raise PlaceNotFoundError(place)
    return result


def named(kind: type[Any], name: str) -> Callable[[Any], bool]:
    """Whether a node is a class or function of this name."""
    return lambda node: isinstance(node, kind) and node.name.value == name


def assigns(variable: str) -> Callable[[Any], bool]:
    """Whether a node assigns to this name."""
    return lambda node: isinstance(node, cst.Assign) and code_of(node.targets[0].target) == variable


def extended(*values: str) -> Callable[[cst.Assign], cst.Assign]:
    """What adds these elements to the tuple, list or `Literal` of an assignment."""
    return lambda node: node.with_changes(value=with_elements(node.value, values))


def with_elements(value: Any, added: Sequence[str]) -> Any:
    """The tuple, list or subscript with these behind its elements; raises `PlaceNotFoundError` for anything else."""
    if isinstance(value, cst.Subscript):
        parts = cst.ensure_type(cst.parse_expression(f"x[{', '.join(added)},]"), cst.Subscript).slice
        return value.with_changes(slice=joined(value.slice, parts))
    if not isinstance(value, cst.Tuple | cst.List):
        raise PlaceNotFoundError("a list of elements")
    parsed = cst.ensure_type(cst.parse_expression(f"({', '.join(added)},)"), cst.Tuple)
    return value.with_changes(elements=joined(value.elements, parsed.elements))


def joined(parts: Sequence[Any], added: Sequence[Any]) -> list[Any]:
    """The parts with a comma between them and what is added."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    before = [
        part.with_changes(comma=comma) if part.comma is cst.MaybeSentinel.DEFAULT else part for part in parts[-1:]
    ]
    last = [part.with_changes(comma=cst.MaybeSentinel.DEFAULT) if parts else part for part in added[-1:]]
    return [*parts[:-1], *before, *added[:-1], *last]


def values(node: Any) -> list[Any]:
    """The arguments of a call, or the elements of a list."""
    return [part.value for part in (node.args if isinstance(node, cst.Call) else node.elements)]


def annotated(statement: Any) -> str:
    """The name that a line annotates; empty for another line."""
    inner = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return code_of(inner.target) if isinstance(inner, cst.AnnAssign) else ""


def assigned(statement: Any) -> str:
    """The name to which a line assigns; empty for another line."""
    inner = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return code_of(inner.targets[0].target) if isinstance(inner, cst.Assign) else ""


def code_of(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)
