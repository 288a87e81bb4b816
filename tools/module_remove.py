"""`flask module remove invoices`: takes a module out, or changes nothing and says what is in the way.

Its migrations go where nobody needs them: they are about its tables alone, and the database has none of them. Else they
stay, so that every database finds the way it has come, and a new migration drops the tables: `tools/module_history.py`.
"""

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import click

from tools import module_history, module_settings, pages
from tools.changes import Changes
from tools.manifest import Manifest
from tools.project import DOCUMENT, EXAMPLE, Project

GENERATED = (DOCUMENT, EXAMPLE)
NOT_OURS = ("var", "venv", "node_modules", "htmlcov", "reports")


def remove(project: Project, module: str, *, keep_migrations: bool, dry_run: bool) -> list[str]:
    """Take the module out; gives what was done, or would be, a line a file. Raises, and does nothing, where it cannot."""
    manifest = removable(project, module)
    changes = planned(project, module, manifest)
    refuse_if_imported(project, module, changes.deletes)
    advice = module_history.plan(project, module, manifest, changes, keep=keep_migrations)
    lines = [*changes.lines(), *(f"change  {path}" for path in GENERATED), *left_in_env(project, module), *advice]
    if not dry_run:
        changes.apply(lambda: _write_generated(project, changes), also=GENERATED)
    return lines


def _write_generated(project: Project, changes: Changes) -> None:
    project.tidy([path for path in changes.writes if path.startswith("migrations/")])
    project.flask("openapi", "write")
    project.flask("settings", "write")


def left_in_env(project: Project, module: str) -> list[str]:
    """What to do about the user's own .env, which is not touched: names in it that are unknown now would stop the start."""
    path = project.root / ".env"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    left = module_settings.lines_with(text, _settings(project, module))
    return [f"\nTake out of .env: {', '.join(line.partition('=')[0].strip() for line in left)}"] if left else []


def removable(project: Project, module: str) -> Manifest:
    """The module's manifest; raises where there is no such module, or others stand on it."""
    known = project.module_names()
    if module not in known:
        raise click.ClickException(f"There is no module {module!r}; there are {', '.join(known)}.")
    manifest = project.manifest(module)
    if not manifest.optional:
        raise click.ClickException(f"{module} is not optional: {manifest.reason}.")
    needing = [other for other in known if other != module and module in project.manifest(other).requires]
    if needing:
        raise click.ClickException(f"{', '.join(needing)} needs {module}; remove that first.")
    return manifest


def planned(project: Project, module: str, manifest: Manifest) -> Changes:
    """Everything that goes, and what changes with it, but for the migrations."""
    changes, gone = Changes(project.root), [*project.folders(module), *manifest.paths]
    for path in gone:
        if (project.root / path).exists():
            changes.delete(path)
    changes.write(project.registry, project.without_module(module))
    _plan_env_files(project, module, changes)
    _plan_texts(project, module, changes)
    pages.plan(changes, partial(_is_below, gone))
    return changes


def _is_below(paths: list[str], target: PurePosixPath) -> bool:
    return any(target.is_relative_to(path) for path in paths)


def _plan_env_files(project: Project, module: str, changes: Changes) -> None:
    for path in module_settings.ENV_FILES:
        file = project.root / path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        changed = module_settings.without(text, _settings(project, module))
        if changed != text:
            changes.write(path, changed)


def _plan_texts(project: Project, module: str, changes: Changes) -> None:
    """The translations of texts that stand in the module alone, or else only in files that are gone already."""
    for path in sorted((project.root / project.package / "locale").rglob("*.po")):
        text = path.read_text(encoding="utf-8")
        kept = [
            entry for entry in text.split("\n\n") if not _goes(project, entry, f"{project.package}/modules/{module}/")
        ]
        changed = "\n\n".join(kept).rstrip("\n") + "\n"
        if changed != text:
            changes.write(path.relative_to(project.root).as_posix(), changed)


def _goes(project: Project, entry: str, folder: str) -> bool:
    """Whether the entry of a catalog names a place in the folder, and no other that is there."""
    places = [place for line in entry.splitlines() if line.startswith("#: ") for place in line[3:].split()]
    left = [place for place in places if (project.root / place.partition(":")[0]).exists()]
    return any(place.startswith(folder) for place in places) and all(place.startswith(folder) for place in left)


def _settings(project: Project, module: str) -> list[str]:
    return module_settings.declared(project.modules / module / "settings.py")


def refuse_if_imported(project: Project, module: str, gone: set[str]) -> None:
    """Raise, with the lines, if a file that stays imports the module."""
    wanted, found = f"{project.package}.modules.{module}", []
    for path in _python_files(project.root):
        name = path.relative_to(project.root).as_posix()
        if name not in gone:
            found += [f"{name}:{line}" for line in _imports(path, wanted)]
    if found:
        raise click.ClickException(f"{module} is used by {', '.join(found)}; take that out first.")


def _python_files(root: Path) -> Iterator[Path]:
    yield from root.glob("*.py")
    for folder in root.iterdir():
        if folder.is_dir() and not folder.name.startswith((".", *NOT_OURS)):
            yield from folder.rglob("*.py")


def _imports(path: Path, wanted: str) -> list[int]:
    """The lines of the file that import the module `wanted` or something in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return [n.lineno for n in nodes if any(f"{name}.".startswith(f"{wanted}.") for name in _imported_names(n))]


def _imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module}.{alias.name}" for alias in node.names if not node.level]
