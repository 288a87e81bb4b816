"""Looks through all migrations for what is unsafe. A migration accepts a finding by saying why:

accepted = {"unique": "no two rows are alike: looked on 2026-01-02"}
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from alembic.operations import ops
from alembic.script import Script
from flask.cli import AppGroup
from sqlalchemy import MetaData

from backend.core.db import db
from tools import migrated_schema
from tools.migrated_schema import Drafts, UnknownOperationError
from tools.migration_files import MigrationFiles
from tools.migration_rules import MYSQL, POSTGRESQL, RULES, Columns, Seen
from tools.project import Project
from tools.recorded_migrations import UnreadableMigrationError, steps

ACCEPTED = "accepted"
SHORTEST = 10  # characters of a reason

migrations = AppGroup("migrations", help="Look after the migrations; `flask db` runs them.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is unsafe in a file, by which rule, and what to do."""

    file: str
    rule: str
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} [{self.rule}]\n    {self.advice}"


@migrations.command("lint")
@click.option(
    "--database", "databases", multiple=True, type=click.Choice([MYSQL, POSTGRESQL]), help="Instead of the project's."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def lint(databases: tuple[str, ...], as_json: bool) -> None:
    """Fail if a migration is unsafe for a table with rows, or for what still runs, and does not say why it may.

    The databases are those of `[tool.touchstone] databases` in pyproject.toml, MySQL (with MariaDB) by default.
    """
    project = Project.here()
    scripts = MigrationFiles(project.root).in_order()
    found = [*look(scripts, db.metadata, databases or project.databases)]
    for finding in found:
        click.echo(json.dumps(asdict(finding)) if as_json else finding)
    if found:
        raise click.ClickException(
            f'{len(found)} unsafe. Change the migration, or say in it why it may: {ACCEPTED} = {{"{found[0].rule}": "<reason>"}}'
        )
    if not as_json:
        click.echo(f"{len(scripts)} migrations, nothing unsafe")


def look(scripts: Iterable[Script], models: MetaData, databases: Iterable[str]) -> Iterator[Finding]:
    """What is unsafe in the migrations, and what is wrong with what they accept."""
    read = [(script, *_read(script)) for script in scripts]
    at_the_end = _after([step for _, asked, _ in read for step in asked])
    drafts: Drafts = {}
    for script, asked, error in read:
        seen = Seen(asked, _columns(drafts), at_the_end, models)
        found = _unreadable(error) if error else _by_rules(seen, [*databases])
        yield from _judged(script, found)
        _apply(asked, drafts)


def _read(script: Script) -> tuple[list[ops.MigrateOperation], str]:
    """What the migration asks for, or nothing and why it cannot be read."""
    try:
        return steps(script), ""
    except UnreadableMigrationError as error:
        return [], str(error)


def _unreadable(error: str) -> dict[str, list[str]]:
    return {UNREADABLE: [f"cannot be read without a database ({error})"]}


def _by_rules(seen: Seen, databases: list[str]) -> dict[str, list[str]]:
    """The findings by rule."""
    held = {name: rule for name, rule in RULES.items() if not rule.database or rule.database in databases}
    return {name: found for name, rule in held.items() if (found := [*rule.find(seen)])}


def _judged(script: Script, found: dict[str, list[str]]) -> Iterator[Finding]:
    """The findings that the migration does not accept, and acceptances that mean nothing."""
    file, accepted = Path(script.path).name, _accepted(script)
    for rule, whats in found.items():
        if rule not in accepted:
            yield from (Finding(file, rule, what, ADVICE[rule]) for what in whats)
    for rule, reason in accepted.items():
        wrong = _wrong_with(rule, str(reason), found=rule in found)
        if wrong:
            yield Finding(file, rule, *wrong)


def _wrong_with(rule: str, reason: str, *, found: bool) -> tuple[str, str] | None:
    """What is wrong with an acceptance, and what to do; None where it is a good one."""
    if rule not in ADVICE:
        return "accepts a rule that is not there", f"The rules are {', '.join(ADVICE)}."
    if len(reason.strip()) < SHORTEST:
        return "accepts without a reason", "Say why it is safe, for those who read it later."
    if not found and _held_elsewhere(rule):
        return "accepts what is not there", f"Take {rule!r} out of `{ACCEPTED}`."
    return None


def _held_elsewhere(rule: str) -> bool:
    """Whether the rule is about every database, so that what it finds does not depend on those that are looked at."""
    return rule not in RULES or not RULES[rule].database


def _accepted(script: Script) -> dict[str, Any]:
    said = getattr(script.module, ACCEPTED, {})
    return said if isinstance(said, dict) else {str(said): ""}


def _after(asked: list[ops.MigrateOperation]) -> Drafts:
    drafts: Drafts = {}
    _apply(asked, drafts)
    return drafts


def _apply(asked: list[ops.MigrateOperation], drafts: Drafts) -> None:
    """What can be followed; what cannot, a rule has named, or it is about a table that SQL made."""
    for step in asked:
        try:
            migrated_schema.apply(step, drafts)
        except (UnknownOperationError, KeyError):
            continue


def _columns(drafts: Drafts) -> Columns:
    return {name: dict(draft.columns) for name, draft in drafts.items()}


UNREADABLE = "unreadable"
ADVICE = {name: rule.advice for name, rule in RULES.items()} | {
    UNREADABLE: "Write it so that it runs when a query finds no rows; else accept it, and read it with care."
}
