"""Later states of the template in this clone's own names: what changed, and a commit that git can merge.

Both states are written into git's object database as they would look in this clone, so that a three-way merge sees no
difference but the real one. Where the clone started: see `upstream_base`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import click

from tools import upstream_base
from tools.project import DOCUMENT, EXAMPLE, RECORD, Project
from tools.renaming import ORIGIN, Names, Renaming
from tools.tree import git
from tools.upstream_tree import write_tree

GENERATED = {DOCUMENT, EXAMPLE}  # written anew by `flask openapi write` and `flask settings write`
TABLE = "[tool.touchstone]\n"  # upstream's name
BASE = re.compile(r'^base = ".*"\n', re.MULTILINE)


@dataclass(frozen=True)
class TemplateCommit:
    """One commit of the template: its files, path to (mode, blob)."""

    commit: str
    files: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Step:
    """From the clone's base to a later state: their commits, and trees of what differs, in this clone's names."""

    old: str
    new: str
    old_tree: str
    new_tree: str


def diff(project: Project, source: str, *, stat: bool) -> str:
    """What changed in the template since this clone's base, in this clone's names."""
    step = plan(project, source)
    if step.old == step.new:
        return ""
    return git(project.root, "diff", *(["--stat"] if stat else []), step.old_tree, step.new_tree).decode()


def update_commit(project: Project, source: str) -> str:
    """A commit whose only change is that difference; `git cherry-pick` takes it. Nothing in the tree is touched."""
    step = plan(project, source)
    if step.old == step.new:
        raise click.ClickException(f"There is nothing new: this project has the template's {step.new[:12]} already.")
    parent = _commit(project, step.old_tree, [], f"The template's {step.old[:12]}")
    return _commit(project, step.new_tree, ["-p", parent], f"Take over the template's {step.new[:12]}")


def plan(project: Project, source: str) -> Step:
    """Fetch `source`, written REMOTE or PATH[@REVISION], and write what differs between the base and it."""
    target = upstream_base.fetch(project.root, source)
    old, new = state(project, upstream_base.find(project)), state(project, target)
    if old.commit == new.commit:
        return Step(old.commit, new.commit, "", "")
    renaming = Renaming(ORIGIN, Names(project.name, project.package), _parts(old) | _parts(new))
    wanted = {RECORD, *_wanted(project, renaming, old, new)}
    recorded = {old.commit: project.base, new.commit: new.commit}

    def tree(one: TemplateCommit) -> str:
        files = {path: one.files[path] for path in wanted & one.files.keys()}
        return write_tree(
            project, renaming, files, [*one.files], lambda path, text: record(path, text, recorded[one.commit])
        )

    return Step(old.commit, new.commit, tree(old), tree(new))


def _wanted(project: Project, renaming: Renaming, old: TemplateCommit, new: TemplateCommit) -> set[str]:
    here = set(git(project.root, "ls-tree", "-r", "-z", "--name-only", "HEAD").decode().split("\0"))
    changed = {path for path in old.files.keys() | new.files.keys() if old.files.get(path) != new.files.get(path)}
    return {path for path in changed if concerns_us(renaming, path, old, here)}


def concerns_us(renaming: Renaming, path: str, old: TemplateCommit, here: set[str]) -> bool:
    """False for generated files, for files that this clone took out, and for new ones in folders that it took out."""
    if path in GENERATED:
        return False
    if path in old.files:
        return renaming.path(path) in here
    folder = next((f for f in PurePosixPath(path).parents if any(p.startswith(f"{f}/") for p in old.files)), None)
    return folder is None or any(p.startswith(f"{renaming.path(f'{folder}/x')[:-1]}") for p in here)


def state(project: Project, commit: str) -> TemplateCommit:
    """The files of a commit of the template."""
    entries = git(project.root, "ls-tree", "-r", "-z", commit).decode().split("\0")
    split = [entry.partition("\t") for entry in entries if entry]
    files = {path: (about.split()[0], about.split()[2]) for about, _, path in split if about.split()[1] == "blob"}
    return TemplateCommit(commit, files)


def record(path: str, text: bytes, commit: str) -> bytes:
    """pyproject.toml with the base that it records, or none; any other file as it is."""
    if path != RECORD:
        return text
    line = f'base = "{commit}"\n' if commit else ""
    return BASE.sub("", text.decode()).replace(TABLE, TABLE + line).encode()


def _parts(state: TemplateCommit) -> frozenset[str]:
    """What stands directly in the template's package."""
    inside = [path.split("/")[1] for path in state.files if path.startswith(f"{ORIGIN.package}/")]
    return frozenset(name.removesuffix(".py") for name in inside)


def _commit(project: Project, tree: str, parents: list[str], message: str) -> str:
    return git(project.root, "commit-tree", tree, *parents, "-m", message).decode().strip()
