"""Modules meet through services, schemas, errors and settings only; what is inside one is its own business."""

import ast
from pathlib import Path

import backend.modules

MODULES = Path(backend.modules.__file__).parent
PUBLIC = {"service", "schemas", "errors", "settings"}


def imports_of(path: Path) -> list[str]:
    """Dotted names that a file imports, but for those that only the type checker reads."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {id(node) for block in ast.walk(tree) if is_type_checking(block) for node in ast.walk(block)}
    return [name for node in ast.walk(tree) if id(node) not in guarded for name in names_in(node)]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def names_in(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def trespasses(path: Path) -> list[str]:
    """Imports that reach into another module."""
    own = path.relative_to(MODULES).parts[0]
    reached = [name.split(".")[2:] for name in imports_of(path) if name.startswith("backend.modules.")]
    return [".".join(part) for part in reached if part[0] != own and (len(part) < 2 or part[1] not in PUBLIC)]


def test_module_reaches_into_no_other():
    found = {str(path): trespasses(path) for path in MODULES.glob("*/**/*.py")}

    assert found
    assert {path: names for path, names in found.items() if names} == {}


def test_a_trespass_is_seen():
    source = MODULES / "users" / "model.py"

    names = imports_of(source)

    assert "backend.core.db.Base" in names
    assert names_in(ast.parse("from backend.modules.auth.model import AuthSession").body[0]) == [
        "backend.modules.auth.model.AuthSession"
    ]
