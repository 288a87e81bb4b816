"""`flask outbox`: the worker that tells users of their payments, and commands for messages that it could not send."""

import signal
import threading

import click
import structlog
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from backend.core.cli_rows import Row, moment, paged, show
from backend.core.db import db
from backend.core.db.errors import classify
from backend.modules.payments import outbox as service
from backend.modules.payments import settings
from backend.modules.payments.model import OutboxMessage

log = structlog.get_logger(__name__)
IDLE = 1.0  # seconds between two rounds when nothing was due
NO_ADDRESS = "NOTIFICATION_URL is empty, so nobody can be told anything; set it to the notification service's address."

outbox = AppGroup("outbox", help="Send what users are to be told of their payments.")


@outbox.command("run")
@click.option("--once", is_flag=True, help="Send what is due now, then end.")
def run(once: bool) -> None:
    """Send messages until Ctrl-C or SIGTERM; several of these may run at the same time."""
    if not settings.current().notification_url:
        raise click.ClickException(NO_ADDRESS)
    if once:
        _send_all()
    else:
        _send_until(_stopped())


def _send_all() -> None:
    sent = failed = 0
    while (done := service.deliver_due()) != service.Round(0, 0):
        sent, failed = sent + done.sent, failed + done.failed
    click.echo(f"sent {sent} messages, {failed} could not be sent")


def _send_until(stop: threading.Event) -> None:
    while not stop.is_set():
        if not _busy():
            stop.wait(IDLE)


def _busy() -> bool:
    """Do one round; an interrupted database is no reason to end."""
    try:
        return service.deliver_due() != service.Round(0, 0)
    except SQLAlchemyError as error:
        log.warning("outbox.database_away", fault=classify(error).value)
        return False
    finally:
        db.session.remove()


def _stopped() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


@outbox.command("list")
@click.option("--dead", is_flag=True, help="Only dead messages.")
@paged
def list_(dead: bool, after: int, limit: int, as_json: bool) -> None:
    """List messages that are not delivered yet, and those given up as dead."""
    show([_row(message) for message in service.undelivered(after, limit, dead_only=dead)], limit, as_json=as_json)


def _row(message: OutboxMessage) -> Row:
    return {
        "id": message.id,
        "state": "dead" if message.done else "waiting",
        "kind": message.kind,
        "order": message.order_number,
        "attempts": message.attempts,
        "due": moment(message.due_at),
        "error": message.last_error,
    }


@outbox.command("purge")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Keep what is younger.")
@click.option("--dead", is_flag=True, help="Delete messages that were given up as dead instead.")
def purge(days: int, dead: bool) -> None:
    """Delete messages that were delivered long ago; run it once a day. Dead ones stay without --dead."""
    kind = "dead" if dead else "delivered"
    click.echo(f"deleted {service.purge(days, dead=dead)} {kind} messages")


@outbox.command("revive")
@click.option("--kind", help="Only messages of this kind, such as payment.succeeded.")
@click.option("--days", type=click.IntRange(min=1), help="Only messages that were written in the last DAYS days.")
def revive(kind: str | None, days: int | None) -> None:
    """Let all dead messages be sent again, after the notification service was away for long."""
    click.echo(f"{service.revive_all(kind, days)} messages will be sent again")


@outbox.command("retry")
@click.argument("message_id", type=click.IntRange(min=1))
def retry(message_id: int) -> None:
    """Let the dead message MESSAGE_ID be sent again."""
    if not service.revive(message_id):
        raise click.ClickException(f"There is no dead message {message_id}; `flask outbox list --dead` names them.")
    click.echo(f"message {message_id} will be sent again")
