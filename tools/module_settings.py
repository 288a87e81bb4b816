"""The settings that a module declares in its settings.py, read from its text, and env files without them."""

import ast
import re
from pathlib import Path

ENV_FILES = (".env.unit", ".env.integration")  # the project's own; .env is its user's


def declared(file: Path) -> list[str]:
    """The names of the settings in a settings.py as an env file writes them; none where there is no such file."""
    if not file.is_file():
        return []
    tree = ast.parse(file.read_text(encoding="utf-8"))
    lines = [line for node in tree.body if isinstance(node, ast.ClassDef) for line in node.body]
    fields = [line.target for line in lines if isinstance(line, ast.AnnAssign)]
    return [field.id.upper() for field in fields if isinstance(field, ast.Name)]


def lines_with(text: str, names: list[str]) -> list[str]:
    """The lines of an env file that set one of the names."""
    wanted = re.compile(rf"\s*(export\s+)?({'|'.join(names)})\s*=", re.IGNORECASE)
    return [line for line in text.splitlines(keepends=True) if names and wanted.match(line)]


def without(text: str, names: list[str]) -> str:
    """The text of an env file without those lines."""
    gone = lines_with(text, names)
    return "".join(line for line in text.splitlines(keepends=True) if line not in gone)
