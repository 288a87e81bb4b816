"""The migration files of a project: which revision comes next, which come after another, how one is taken out of the chain."""

import re
from collections.abc import Iterable
from pathlib import Path

import click
from alembic.script import Script, ScriptDirectory

DOWN = re.compile(r"^down_revision = .*$", re.MULTILINE)
AFTER = re.compile(r"^(Revision: \w+), after \w+\.$", re.MULTILINE)


class MigrationFiles:
    """The scripts under `root`/migrations."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._scripts = ScriptDirectory(str(root / "migrations"))

    @property
    def head(self) -> str | None:
        """The last revision; raises where there are several, because then none is the last."""
        heads = self._scripts.get_heads()
        if len(heads) > 1:
            raise click.ClickException(
                f"The migrations have {len(heads)} heads: {', '.join(heads)}. Join them first: flask db merge heads"
            )
        return heads[0] if heads else None

    def next_number(self) -> str:
        """The next revision as four digits or more: one beyond the highest that is a number."""
        numbers = [int(script.revision) for script in self._all() if script.revision.isdecimal()]
        return f"{max(numbers, default=0) + 1:04}"

    def in_order(self) -> list[Script]:
        """The scripts, the first one first."""
        return self._all()[::-1]

    def path(self, revision: str) -> str:
        """Where the script of this revision is, below the root; raises where there is none."""
        known = {script.revision: script for script in self._all()}
        if revision not in known:
            raise click.ClickException(f"There is no migration {revision}, which module.toml names.")
        return Path(known[revision].path).relative_to(self._root).as_posix()

    def applied_with(self, revision: str) -> set[str]:
        """The revisions that a database at `revision` has behind it; empty for one that these files do not know."""
        if revision not in {script.revision for script in self._all()}:
            return set()
        return {script.revision for script in self._scripts.iterate_revisions(revision, "base")}

    def without(self, revisions: Iterable[str]) -> dict[str, str]:
        """The files that come right after a revision that goes, each with its text linked to what stays before it."""
        gone = set(revisions)
        followers = [s for s in self._all() if s.revision not in gone and _down(s) & gone]
        return {self.path(script.revision): self._relinked(script, gone) for script in followers}

    def _relinked(self, script: Script, gone: set[str]) -> str:
        before = script.down_revision
        while isinstance(before, str) and before in gone:
            before = self._scripts.get_revision(before).down_revision
        if isinstance(before, list | tuple):
            raise click.ClickException(f"{Path(script.path).name} joins branches; link it anew by hand first.")
        text = Path(script.path).read_text(encoding="utf-8")
        text = DOWN.sub(f'down_revision = "{before}"' if before else "down_revision = None", text)
        return AFTER.sub(rf"\1, after {before or 'nothing'}.", text)

    def _all(self) -> list[Script]:
        return list(self._scripts.walk_revisions())


def _down(script: Script) -> set[str]:
    down = script.down_revision
    return {down} if isinstance(down, str) else set(down or ())
