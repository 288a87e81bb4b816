"""`flask project rename shop`: the package, the image, the issuer of tokens, the documents: one name, everywhere."""

from importlib.metadata import packages_distributions

import click

from tools import names, tree
from tools.changes import Changes
from tools.project import DOCUMENT, EXAMPLE, Project
from tools.renaming import Names, Renaming

GENERATED = (DOCUMENT, EXAMPLE)


def rename(project: Project, name: str, *, force: bool) -> list[str]:
    """Give the project and its package this name; gives the lines that still say the old one and mean something else."""
    check(project, name)
    if not force:
        refuse_if_dirty(project)
    files = {path: (project.root / path).read_bytes() for path in tree.paths(project.root)}
    renaming = renaming_of(project, Names(name, name))
    refuse_if_ambiguous(name, files)
    changes = planned(project, renaming, files)
    renamed = Project(project.root, name, name, project.base)
    changes.apply(lambda: finish(renamed, changes), also=GENERATED)
    return renaming.left({path: (project.root / path).read_bytes() for path in tree.paths(project.root)})


def check(project: Project, name: str) -> None:
    """Raise `click.ClickException`, saying what to do, unless the package can have this name."""
    names.check_snake(name, "the name of the project")
    names.check_top_level(name, project.root)
    if name in project.module_names():
        raise click.ClickException(f"There is a module {name!r}; take another name.")
    if name in packages_distributions():
        raise click.ClickException(f"An installed package is called {name!r} and would be hidden; take another name.")


def refuse_if_dirty(project: Project) -> None:
    """Raise unless git can show, and undo, what the rename will do."""
    if not tree.is_repository(project.root):
        raise click.ClickException("This is no git repository, so nothing could undo it; commit it to one, or --force.")
    changed = tree.uncommitted(project.root)
    if changed:
        raise click.ClickException(
            f"{len(changed)} files have changes that are not committed, e.g. {changed[0][3:]}; commit them, or --force."
        )


def refuse_if_ambiguous(name: str, files: dict[str, bytes]) -> None:
    """Raise if the project's code uses the word already: nobody could tell the two apart at the next rename."""
    plain = {path: content for path, content in files.items() if path.endswith((".py", ".toml", ".sh", "file", ".yml"))}
    code = {
        path: content
        for path, content in plain.items()
        if not path.startswith(("tools/", "packages/")) and "tests/" not in path
    }
    used = Renaming(Names(name, name), Names(name, name), frozenset()).left(code)
    if used:
        raise click.ClickException(
            f"The word {name!r} is used already, e.g. {used[0]!r}; take another one, e.g. my_{name}."
        )


def renaming_of(project: Project, new: Names) -> Renaming:
    """The rename of this project to `new`."""
    own = frozenset(module for module in project.module_names() if project.manifest(module).own)
    return Renaming(Names(project.name, project.package), new, parts(project), own)


def parts(project: Project) -> frozenset[str]:
    """What stands directly in the package: the words that follow its name in imports and paths."""
    found = (project.root / project.package).iterdir()
    return frozenset(path.name.removesuffix(".py") for path in found if not path.name.startswith("__pycache__"))


def planned(project: Project, renaming: Renaming, files: dict[str, bytes]) -> Changes:
    """Every file whose path or text changes."""
    changes = Changes(project.root)
    for path, content in files.items():
        target, text = renaming.path(path), renaming.content(path, content)
        if (target, text) != (path, content):
            changes.writes[target] = text
            changes.modes[target] = (project.root / path).stat().st_mode
        if target != path:
            changes.deletes.add(path)
    return changes


def finish(project: Project, changes: Changes) -> None:
    """Format the files, because the words have a new length, and write the generated ones anew: a broken rename raises here."""
    if not project.tidy([*changes.writes]):
        click.echo("ruff is not installed here; run `make format` before you commit.", err=True)
    project.flask("openapi", "write")
    project.flask("settings", "write")
