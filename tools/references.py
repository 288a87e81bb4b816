"""The modules that a field may refer to: those whose records the service gives by their id."""

import ast
import difflib
from pathlib import Path

import click

from tools.fields import Field
from tools.project import Project


def check_target(project: Project, field: Field, module: str, *, owned: bool) -> bool:
    """Whether the records that the field refers to are their users' own; raises `click.ClickException` unless it may.

    `module` is the one that gets the field, and `owned` whether its records are their users' own.
    """
    if field.target == module:
        if not field.optional or field.unique:
            raise click.ClickException(
                f"field {field.wanted!r}: write {field.name}:reference({module}):optional, for the first of {module} refers to none."
            )
        return owned
    known = {name: arguments for name in project.module_names() if (arguments := _arguments_of_get(project, name))}
    if field.target not in known:
        close = difflib.get_close_matches(field.target, known, n=1)
        raise click.ClickException(
            f"field {field.wanted!r}: a reference names a module with a table and a `service.get`: "
            f"{', '.join(known) or 'there is none'}.{f' Did you mean {close[0]}?' if close else ''}"
        )
    theirs = len(known[field.target]) > 1
    if theirs and not owned:
        raise click.ClickException(
            f"field {field.wanted!r}: {field.target} belong to their users, so records that all users share cannot refer to "
            f"them. Make {module} --owned."
        )
    return theirs


def _arguments_of_get(project: Project, module: str) -> list[str]:
    """The arguments of the service's `get`: the record's id, or its user's and its own; empty where it has another form."""
    if f'__tablename__ = "{module}"' not in _text(project.modules / module / "model.py"):
        return []
    tree = ast.parse(_text(project.modules / module / "service.py"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "get"]
    arguments = [argument.arg for node in found for argument in node.args.args]
    return arguments if len(arguments) == 1 or arguments[:-1] == ["user_id"] else []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
