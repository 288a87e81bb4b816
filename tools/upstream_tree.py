"""Files of the template as this clone would have them: renamed, formatted for the new length of the words, in git's store."""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tools.project import Project
from tools.renaming import Renaming
from tools.tree import git

Change = Callable[[str, bytes], bytes]


def write_tree(
    project: Project, renaming: Renaming, files: Mapping[str, tuple[str, str]], beside: Iterable[str], change: Change
) -> str:
    """The id of a tree with these files, path to (mode, blob), after `change(path, text)`.

    `beside` are the paths of all files there: their folders tell the formatter which imports are the project's own.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place in {(folder / renaming.path(path)).parent for path in beside}:
            place.mkdir(parents=True, exist_ok=True)
        modes = {renaming.path(path): mode for path, (mode, _) in files.items()}
        for path, (_, blob) in files.items():
            text = renaming.content(path, git(project.root, "cat-file", "blob", blob))
            (folder / renaming.path(path)).write_bytes(change(path, text))
        Project(folder, project.name, project.package).tidy([*modes])
        return _stored(project.root, folder, modes)


def _stored(root: Path, folder: Path, modes: Mapping[str, str]) -> str:
    """The id of a tree with the files in `folder`, and nothing else."""
    paths = sorted(modes)
    listed = "\n".join(str(folder / path) for path in paths).encode()
    blobs = git(root, "hash-object", "-w", "--no-filters", "--stdin-paths", given=listed).decode().split()
    lines = [f"{modes[path]} {blob}\t{path}\n" for path, blob in zip(paths, blobs, strict=True)]
    environment = {**os.environ, "GIT_INDEX_FILE": str(folder / ".index")}
    git(root, "update-index", "--index-info", given="".join(lines).encode(), environment=environment)
    return git(root, "write-tree", environment=environment).decode().strip()
