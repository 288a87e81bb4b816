"""Later releases of the template, in this clone's own names: what changed, and a commit that git can merge.

A release is a tag that git has fetched from the template's repository. Both releases are written into git's object
database as they would look under this project's name, so that a three-way merge sees no difference but the real one.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click

from tools.project import DOCUMENT, EXAMPLE, Project
from tools.renaming import ORIGIN, Names, Renaming
from tools.tree import git

GENERATED = {DOCUMENT, EXAMPLE}  # written anew by `flask openapi write` and `flask settings write`


@dataclass(frozen=True)
class Release:
    """The files of one release: path to (mode, blob)."""

    tag: str
    files: Mapping[str, tuple[str, str]]


def diff(project: Project, tag: str, *, stat: bool) -> str:
    """What changed in the template since the release that this clone started from, in this clone's names."""
    base, new = _trees(project, tag)
    return git(project.root, "diff", *(["--stat"] if stat else []), base, new).decode()


def update_commit(project: Project, tag: str) -> str:
    """A commit whose only change is that difference; `git cherry-pick` takes it. Nothing in the tree is touched."""
    base, new = _trees(project, tag)
    parent = _commit(project.root, base, [], f"Template {project.base_version}")
    return _commit(project.root, new, ["-p", parent], f"Take over the template's {tag}")


def _trees(project: Project, tag: str) -> tuple[str, str]:
    old, new = release(project.root, f"v{project.base_version}"), release(project.root, tag)
    renaming = Renaming(ORIGIN, Names(project.name, project.package), _parts(old) | _parts(new))
    here = set(git(project.root, "ls-tree", "-r", "-z", "--name-only", "HEAD").decode().split("\0"))
    changed = {path for path in old.files.keys() | new.files.keys() if old.files.get(path) != new.files.get(path)}
    wanted = {path for path in changed if concerns_us(renaming, path, old, here)}
    return _tree(project.root, renaming, old, wanted), _tree(project.root, renaming, new, wanted)


def concerns_us(renaming: Renaming, path: str, old: Release, here: set[str]) -> bool:
    """False for generated files, for files that this clone took out, and for new ones in folders that it took out."""
    if path in GENERATED:
        return False
    if path in old.files:
        return renaming.path(path) in here
    folder = next((f for f in PurePosixPath(path).parents if any(p.startswith(f"{f}/") for p in old.files)), None)
    return folder is None or any(p.startswith(f"{renaming.path(f'{folder}/x')[:-1]}") for p in here)


def release(root: Path, tag: str) -> Release:
    """The files under a tag; raises `click.ClickException`, saying how to get it, if git does not know the tag."""
    try:
        listed = git(root, "ls-tree", "-r", "-z", f"refs/tags/{tag}").decode()
    except click.ClickException:
        raise click.ClickException(
            f"git knows no tag {tag}. Fetch the template's: git remote add upstream <its address>; git fetch upstream --tags"
        ) from None
    entries = [entry.partition("\t") for entry in listed.split("\0") if entry]
    files = {path: (about.split()[0], about.split()[2]) for about, _, path in entries if about.split()[1] == "blob"}
    return Release(tag, files)


def _parts(release: Release) -> frozenset[str]:
    """What stands directly in the template's package."""
    inside = [path.split("/")[1] for path in release.files if path.startswith(f"{ORIGIN.package}/")]
    return frozenset(name.removesuffix(".py") for name in inside)


def _tree(root: Path, renaming: Renaming, release: Release, wanted: set[str]) -> str:
    """The id of a tree with the wanted files of the release, in this clone's names."""
    lines = []
    for path in sorted(wanted & release.files.keys()):
        mode, blob = release.files[path]
        text = renaming.content(path, git(root, "cat-file", "blob", blob))
        lines.append(
            f"{mode} {git(root, 'hash-object', '-w', '--stdin', given=text).decode().strip()}\t{renaming.path(path)}"
        )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GIT_INDEX_FILE": str(Path(folder) / "index")}
        git(root, "update-index", "--index-info", given="\n".join([*lines, ""]).encode(), environment=environment)
        return git(root, "write-tree", environment=environment).decode().strip()


def _commit(root: Path, tree: str, parents: list[str], message: str) -> str:
    return git(root, "commit-tree", tree, *parents, "-m", message).decode().strip()
