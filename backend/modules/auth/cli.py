"""`flask sessions`: housekeeping of logins."""

import click
from flask.cli import AppGroup

from backend.modules.auth import service

sessions = AppGroup("sessions", help="Look after logins.")


@sessions.command("purge")
@click.option(
    "--days", type=click.IntRange(min=0), default=7, show_default=True, help="Keep those that ended later than this."
)
def purge(days: int) -> None:
    """Delete sessions that ended long ago, and refresh tokens that were used long ago; run it once a day."""
    ended, exchanged = service.purge_sessions(days)
    click.echo(f"deleted {ended} ended sessions and {exchanged} used tokens of others")
