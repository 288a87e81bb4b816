"""Who imports whom inside a package, read from the source: imports inside functions and under TYPE_CHECKING count too."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

Graph = Mapping[str, set[str]]


def graph_of(folder: Path) -> Graph:
    """Every module of the package in `folder`, and the modules of the same package that it imports."""
    sources = {_name(path, folder): path for path in sorted(folder.rglob("*.py"))}
    return {name: set(_imports(path, sources.keys())) - {name} for name, path in sources.items()}


def _name(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path, known: object) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in _named(node):
            parts = name.split(".")
            while parts and ".".join(parts) not in known:  # type: ignore[operator]
                parts.pop()
            if parts:
                yield ".".join(parts)


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circle(graph: Graph) -> list[str]:
    """Modules that import each other, each the one before it; empty if there is no such circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def arrows_up(graph: Graph, floors: tuple[tuple[str, ...], ...]) -> set[tuple[str, str]]:
    """Imports of what stands higher; `floors` are prefixes from top to bottom, the longest that fits a module counts."""

    def floor(name: str) -> int:
        fits = [
            (len(prefix), number)
            for number, prefixes in enumerate(floors)
            for prefix in prefixes
            if f"{name}.".startswith(f"{prefix}.")
        ]
        return max(fits)[1]

    return {(name, other) for name, others in graph.items() for other in others if floor(other) < floor(name)}
