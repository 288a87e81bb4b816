"""Who imports whom in a package: every import counts, also those inside functions and under TYPE_CHECKING."""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

type Graph = Mapping[str, set[str]]


def graph(folder: Path) -> Graph:
    """The modules of the package in `folder`, and which of them each one imports."""
    files = {_name(file, folder.parent): file for file in folder.rglob("*.py")}
    return {name: set(_imports(file, name, files.keys())) - {name} for name, file in files.items()}


def circles(graph: Graph) -> list[list[str]]:
    """Each group of modules that import one another, directly or through others."""
    reach = {name: reachable(graph, name) for name in graph}
    groups = {tuple(sorted(other for other in reach[name] if name in reach[other])) for name in graph}
    return sorted(list(group) for group in groups if group)


def reachable(graph: Graph, name: str) -> set[str]:
    """Everything that a module imports, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(file: Path, name: str, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(name.split(".")[: -node.level]) if node.level else ""
            origin = ".".join(filter(None, [package, node.module or ""]))
            for alias in node.names:
                whole = f"{origin}.{alias.name}"
                yield from [whole] if whole in known else [origin] if origin in known else []
