"""Where a clone started: the template's commit that it was made from, or took over last.

It is found by its tree: the newest commit here whose files are exactly those of a commit of the template. That needs neither tags
nor a common ancestor, so it works for a clone, for one of depth 1, for an archive that was committed as it came, and for a
repository made by "Use this template". A merge has a tree of its own, so an update records its base in pyproject.toml.
"""

import re
from pathlib import Path

import click

from tools.project import Project
from tools.tree import git

KEPT = "refs/upstream"  # what is fetched is kept here, apart from this clone's own branches and tags
REVISION = re.compile(r"(?P<place>.+?)(@(?P<revision>[\w][\w.-]*))?")
SECONDS = 600  # for a fetch


def fetch(root: Path, source: str) -> str:
    """The commit that `source` names, after fetching all of it: REMOTE or PATH[@REVISION], a branch, a tag or a commit."""
    found = REVISION.fullmatch(source)
    place, revision = (found["place"], found["revision"]) if found else (source, None)
    specs = [f"+refs/{kind}/*:{KEPT}/{kind}/*" for kind in ("heads", "tags")]
    git(root, "fetch", "--quiet", "--no-tags", "--", place, *specs, f"+HEAD:{KEPT}/HEAD", seconds=SECONDS)
    return _commit(root, revision) if revision else _resolved(root, f"{KEPT}/HEAD")


def _commit(root: Path, revision: str) -> str:
    for name in (f"{KEPT}/heads/{revision}", f"{KEPT}/tags/{revision}", revision):
        try:
            return _resolved(root, name)
        except click.ClickException:
            continue
    raise click.ClickException(f"The template has no branch, tag or commit {revision!r}.")


def _resolved(root: Path, name: str) -> str:
    return git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()


def find(project: Project) -> str:
    """The base of this clone; raises `click.ClickException`, saying what to write where, if it cannot be told."""
    if project.base:
        return _recorded(project)
    listed = git(project.root, "log", "--format=%T %H", f"--glob={KEPT}").decode().splitlines()
    templates = dict(line.split() for line in reversed(listed))
    ours = git(project.root, "log", "--format=%T", "HEAD").decode().split()
    found = next((templates[tree] for tree in ours if tree in templates), None)
    if found is None:
        raise click.ClickException(
            "No commit here has exactly the files of one of the template's, so nobody knows where this project started. If "
            'you know it, write base = "<commit of the template>" below [tool.touchstone] in pyproject.toml.'  # upstream's name
        )
    return found


def _recorded(project: Project) -> str:
    try:
        return _resolved(project.root, project.base)
    except click.ClickException:
        raise click.ClickException(
            f"pyproject.toml says base = {project.base!r}, and what was fetched has no such commit: is it the template?"
        ) from None
