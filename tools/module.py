"""`flask module`: makes a module, takes one out, lists them."""

import json

import click
from flask.cli import AppGroup

from tools import module_new, module_remove
from tools.project import Project

module = AppGroup("module", help="Make, take out and list modules.")


FIELDS = """name:kind ..., with :optional and :unique behind the kind. Kinds: str, text, int, bool, decimal(places), date, datetime,
enum(a,b), reference(module)."""


@module.command("new", short_help="Make a module that works at once.")
@click.argument("name")
@click.option("--fields", "wanted", default="title:str", show_default=True, help=FIELDS)
@click.option("--singular", help="One of NAME, where that is not plain: --singular person.")
@click.option("--owned/--shared", default=True, show_default=True, help="Records are their user's own, or everybody's.")
@click.option("--soft-delete", is_flag=True, help="Deleted records can be restored until they are purged.")
def new(name: str, wanted: str, singular: str | None, owned: bool, soft_delete: bool) -> None:
    """Make the module NAME (plural, e.g. invoices): routes, model, migration, tests, which pass at once."""
    lines = module_new.create(Project.here(), name, singular, wanted, owned=owned, soft_delete=soft_delete)
    click.echo("\n".join(lines))
    click.echo(f"\nNext: `flask db upgrade`, `make test`, then make {name} what you need.")
    if soft_delete:
        click.echo(f"Run `flask {name.replace('_', '-')} purge` once a day.")


@module.group("field", short_help="Add a field to a module.")
def field() -> None:
    """Change the fields of a module that is in use."""


@field.command("add", short_help="Add a field.")
@click.argument("name")
@click.argument("wanted", metavar="FIELD")
@click.option("--backfill", metavar="VALUE", help="What the rows that are there get; needed where FIELD is required.")
def add_field(name: str, wanted: str, backfill: str | None) -> None:
    """Add FIELD, such as due:date:optional, to the module NAME: model, schemas, rules, tests, a migration, the document.

    FIELD is written as in `flask module new --fields`. Where a file has been changed so that a place is not found, nothing
    is changed, and the lines are shown to be added by hand.
    """
    try:
        from tools import module_field
    except ModuleNotFoundError as error:
        raise click.ClickException(f"This needs {error.name}: make run or make test installs it.") from None
    click.echo("\n".join(module_field.add(Project.here(), name, wanted, backfill)))
    click.echo("\nNext: read the migration, `flask db upgrade`, `make test`.")


@module.command("remove", short_help="Take a module out.")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option(
    "--keep-migrations", is_flag=True, help="Keep its migrations in any case, for databases that have its tables."
)
def remove(name: str, dry_run: bool, keep_migrations: bool) -> None:
    """Take the module NAME out, with its tests, its settings and its line in the registry.

    Its migrations go too if they are about its tables alone and the current database has none of them. Else they stay, and
    one more drops the tables.
    """
    lines = module_remove.remove(Project.here(), name, keep_migrations=keep_migrations, dry_run=dry_run)
    click.echo("\n".join(lines))


@module.command("list", short_help="List the modules.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(as_json: bool) -> None:
    """List the modules: whether each can be taken out, and what it needs."""
    project = Project.here()
    found = {name: project.manifest(name) for name in project.module_names()}
    if as_json:
        rows = [
            {"name": n, "optional": m.optional, "reason": m.reason, "requires": m.requires} for n, m in found.items()
        ]
        click.echo(json.dumps(rows))
        return
    for name, manifest in found.items():
        state = "optional" if manifest.optional else f"stays: {manifest.reason}"
        needs = f"; needs {', '.join(manifest.requires)}" if manifest.requires else ""
        click.echo(f"{name:20} {state}{needs}")
