"""The mistakes that a sample plants: each operator is a way to change one node of the syntax tree.

Annotations, docstrings and imports are left alone: a change there changes no behaviour that a test could see.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
ARITHMETIC: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.FloorDiv(),
    ast.Div: ast.Mult(),
    ast.FloorDiv: ast.Mult(),
    ast.Mod: ast.Mult(),
    ast.Pow: ast.Mult(),
}
STATEMENTS = ("statement", "raise", "return")  # those that put a statement in the place of another
QUIET = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)
PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.NamedExpr)  # conditions that no other operator changes
Position = tuple[int, int, int, int]  # first line and column, last line and column


@dataclass(frozen=True)
class Mutant:
    """One mistake: in `path`, the code at `position` reads `after` instead of `before`."""

    path: str
    function: str
    operator: str
    position: Position
    before: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.position[0]} {self.function}: {self.operator}: {self.before} -> {self.after}"

    def applied(self, source: bytes) -> bytes:
        """The source with the mistake in it; lines keep their numbers, for tests are chosen by line."""
        first, start, last, end = self.position
        lines = source.splitlines(keepends=True)
        begin = sum(map(len, lines[: first - 1])) + start
        stop = sum(map(len, lines[: last - 1])) + end
        padding = "\n" * (last - first)
        planted = self.after + padding if self.operator in STATEMENTS else f"({self.after}{padding})"
        return source[:begin] + planted.encode() + source[stop:]


def mutants(path: str, source: str) -> list[Mutant]:
    """Every mistake that the operators can plant in a file, in the order of its text."""
    found = [Mutant(path, *rest) for rest in _walk(ast.parse(source), "")]
    return sorted(found, key=lambda mutant: (mutant.position, mutant.operator))


Found = tuple[str, str, Position, str, str]


def _walk(node: ast.AST, function: str) -> Iterator[Found]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}".strip(".")
    if isinstance(node, ast.If | ast.While) and isinstance(node.test, PLAIN):
        yield function, "condition", _place(node.test), ast.unparse(node.test), f"not ({ast.unparse(node.test)})"
    for child in _children(node):
        if isinstance(child, ast.expr | ast.stmt):
            for operator, after in _changes(child):
                yield function, operator, _place(child), ast.unparse(child), after
        yield from _walk(child, function)


def _place(node: ast.expr | ast.stmt) -> Position:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What of a node is code that runs."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, (*QUIET, ast.JoinedStr)) and not _is_text(child):
                yield child


def _is_text(node: ast.AST) -> bool:
    """A docstring, or the dots of a protocol."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.expr | ast.stmt) -> Iterator[tuple[str, str]]:
    for kind, (operator, change) in CHANGES.items():
        if isinstance(node, kind) and (after := change(node)):
            yield operator, after


def _compare(node: ast.Compare) -> str:
    if len(node.ops) > 1 or type(node.ops[0]) not in COMPARISONS:
        return ""
    return ast.unparse(ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]], node.comparators))


def _other_word(node: ast.BoolOp) -> str:
    return ast.unparse(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))


def _without_not(node: ast.UnaryOp) -> str:
    return ast.unparse(node.operand) if isinstance(node.op, ast.Not) else ""


def _calculate(node: ast.BinOp) -> str:
    if type(node.op) not in ARITHMETIC or isinstance(node.left, ast.JoinedStr) or _is_text(ast.Expr(node.left)):
        return ""
    return ast.unparse(ast.BinOp(node.left, ARITHMETIC[type(node.op)], node.right))


def _constant(node: ast.Constant) -> str:
    if isinstance(node.value, bool):
        return str(not node.value)
    return repr(node.value + 1) if isinstance(node.value, int | float) else ""


def _other_branch(node: ast.IfExp) -> str:
    return ast.unparse(ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse))


def _without_call(node: ast.Expr) -> str:
    return "..." if isinstance(node.value, ast.Call) else ""


def _nothing(node: ast.Return) -> str:
    return "" if node.value is None or ast.unparse(node.value) == "None" else "return None"


CHANGES: dict[type[ast.AST], tuple[str, Callable[[Any], str]]] = {  # what a node is changed to; "" leaves it
    ast.Compare: ("compare", _compare),
    ast.BoolOp: ("and/or", _other_word),
    ast.UnaryOp: ("not", _without_not),
    ast.BinOp: ("arithmetic", _calculate),
    ast.Constant: ("constant", _constant),
    ast.IfExp: ("condition", _other_branch),
    ast.Expr: ("statement", _without_call),
    ast.Raise: ("raise", lambda _: "..."),
    ast.Return: ("return", _nothing),
}
