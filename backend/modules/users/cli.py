"""`flask users`: what an operator does from the command line."""

import click
from flask.cli import AppGroup

from backend.core.db import db
from backend.core.errors import NotFoundError
from backend.modules.users import service
from backend.modules.users.roles import ROLES

users = AppGroup("users", help="Look after users.")


@users.command("promote")
@click.argument("user_id", type=click.IntRange(min=1))
@click.option("--role", type=click.Choice(sorted(ROLES)), default="admin", show_default=True, help="The role to give.")
def promote(user_id: int, role: str) -> None:
    """Give USER_ID a role; use it to make the first administrator."""
    try:
        service.change_role(user_id, role, by=None)
    except NotFoundError as error:
        raise click.ClickException(
            f"{error.msg} Log in once with that account, then look at the id in the answer."
        ) from None
    db.session.commit()
    click.echo(f"User {user_id} is now {role}.")
