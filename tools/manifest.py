"""`module.toml` in a module's folder: whether it can be taken out, what it needs, and what else belongs to it.

    optional = true
    requires = ["users"]              # modules whose tables or services this one uses
    migrations = ["0002"]             # revisions that are this module's alone
    paths = ["docs/invoices.md"]      # beside the folders of `FOLDERS`
    own = true                        # made in this clone: a rename of the project leaves its words alone

A module that is not optional says `optional = false` and `reason = "..."`.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import click

FILE = "module.toml"
FOLDERS = ("{package}/modules/{name}", "tests/unit/{name}", "tests/integration/{name}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a module says about itself."""

    optional: bool
    reason: str = ""
    requires: list[str] = field(default_factory=list)
    migrations: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    own: bool = False


def read(folder: Path) -> Manifest:
    """The manifest of the module in `folder`; raises `click.ClickException` saying what to write where it is unusable."""
    path = folder / FILE
    if not path.is_file():
        raise click.ClickException(
            f"{folder.name} has no {FILE}, so nobody knows what belongs to it. Write {path.name} into its folder: "
            'optional = true, requires = [...], migrations = ["<revision>", ...].'
        )
    try:
        return _checked(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise click.ClickException(f"modules/{folder.name}/{FILE}: {error}") from None


def _checked(values: dict[str, Any]) -> Manifest:
    known = {f.name: f.type for f in fields(Manifest)}
    unknown = sorted(values.keys() - known.keys())
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    manifest = Manifest(**values)
    lists = [manifest.requires, manifest.migrations, manifest.paths]
    if (
        not isinstance(manifest.optional, bool)
        or not isinstance(manifest.own, bool)
        or not all(_texts(value) for value in lists)
    ):
        raise ValueError("optional is true or false; requires, migrations and paths are lists of texts")
    if not manifest.optional and not manifest.reason:
        raise ValueError("a module that is not optional gives its reason")
    return manifest


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
