"""`flask users`: what an operator does from the command line."""

from collections.abc import Callable

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
    _stored(
        lambda: service.change_role(user_id, role, by=None),
        "Log in once with that account, then look at the id in the answer.",
    )
    click.echo(f"User {user_id} is now {role}.")


@users.command("shared-phones")
def shared_phones() -> None:
    """List phone numbers that several users have, for a person to decide: the newest migration wants each to be one user's."""
    shared = service.shared_phones()
    for phone, ids in shared:
        click.echo(f"{phone}  users {', '.join(map(str, ids))}")
    click.echo(f"{len(shared)} numbers are shared." if shared else "No phone number is shared.")


@users.command("unbind-phone")
@click.argument("user_id", type=click.IntRange(min=1))
def unbind_phone(user_id: int) -> None:
    """Take the phone number from USER_ID."""
    _stored(lambda: service.unbind_phone(user_id), "`flask users shared-phones` lists ids.")
    click.echo(f"User {user_id} has no phone number now.")


def _stored(change: Callable[[], object], hint: str) -> None:
    try:
        change()
    except NotFoundError as error:
        raise click.ClickException(f"{error.msg} {hint}") from None
    db.session.commit()
