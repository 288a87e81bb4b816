"""The application's source as trees and numbers, for tests of its structure."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import backend

PACKAGE = Path(backend.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(pattern: str = "**/*.py") -> list[Path]:
    """The source files of the application that match."""
    return sorted(path for path in PACKAGE.glob(pattern) if "templates" not in path.parts)


def place(path: Path) -> str:
    """How a file is called in a report."""
    return str(path.relative_to(PACKAGE))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(module: ast.Module) -> Iterator[Function]:
    """Every function of a file, methods and inner ones included."""
    return (node for node in ast.walk(module) if isinstance(node, Function))


def lines(function: Function) -> int:
    """How many lines a function has, without its docstring and decorators."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    assert function.end_lineno
    assert first.end_lineno
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)


def imports(module: ast.Module) -> set[str]:
    """The packages that a file imports, by their full names."""
    plain = {a.name for node in ast.walk(module) if isinstance(node, ast.Import) for a in node.names}
    return plain | {node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom)}


def calls(module: ast.Module) -> set[str]:
    """The names of the methods and functions that a file calls."""
    targets = [node.func for node in ast.walk(module) if isinstance(node, ast.Call)]
    return {getattr(target, "attr", getattr(target, "id", "")) for target in targets}


def percentile(values: list[int], share: float) -> int:
    """The smallest value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, -(-int(len(values) * share * 1000) // 1000) - 1)]
