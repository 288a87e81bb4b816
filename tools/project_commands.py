"""`flask project`: gives the project its name, and shows what later releases of the template have changed."""

import click
from flask.cli import AppGroup

from tools import project_detach, project_rename, upstream
from tools.project import Project

project = AppGroup(
    "project", help="Rename the project, detach it from the packages, take over what the template has changed since."
)

MOST = 20  # lines shown


@project.command("rename", short_help="Give the project its name.")
@click.argument("name")
@click.option("--force", is_flag=True, help="Also where git could not undo it.")
def rename(name: str, force: bool) -> None:
    """Give the project, its package, image, token issuer, documents and tests the name NAME."""
    left = project_rename.rename(Project.here(), name, force=force)
    click.echo(f"The project and its package are {name} now. `git diff` shows it; `make check` proves it.")
    click.echo("Not touched: .env, var/, databases and images under the old name.")
    if left:
        click.echo(f"\n{len(left)} lines still say an old name, where it means something else or is upstream's:")
        click.echo("\n".join(f"  {line[:140]}" for line in left[:MOST]))


@project.command("detach", short_help="Keep the test bench as wheels, without its sources.")
@click.option("--force", is_flag=True, help="Also where git could not undo it.")
def detach(force: bool) -> None:
    """Build the packages as wheels into vendor/ and take packages/ out: for a project that uses them and does not change them."""
    click.echo("\n".join(project_detach.detach(Project.here(), force=force)))
    click.echo("\nNext: `make test`, which installs the wheels; then commit vendor/ with the rest.")


@project.command("diff", short_help="Show what the template has changed since.")
@click.argument("source")
@click.option("--stat", is_flag=True, help="Only the names of the files.")
def diff(source: str, stat: bool) -> None:
    """Show what changed in the template since this clone started or was updated last, in this clone's names.

    SOURCE is where the template is: a remote, a URL or a path; with @ and a branch, tag or commit for another state than its newest.
    """
    click.echo(upstream.diff(Project.here(), source, stat=stat), nl=False)


@project.command("update", short_help="Make a commit of what the template has changed since.")
@click.argument("source")
def update(source: str) -> None:
    """Make a commit of what `flask project diff SOURCE` shows; the tree is not touched, `git cherry-pick` takes it over."""
    commit = upstream.update_commit(Project.here(), source)
    click.echo(f"git cherry-pick {commit}")
    click.echo(
        "Run that, mend the conflicts if there are any, then: make openapi; flask settings write; make check", err=True
    )
