"""`flask outbox`: the worker that tells users of their payments, and commands for messages that it could not send."""

import json
import signal
import threading

import click
import structlog
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

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
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def show(dead: bool, limit: int, as_json: bool) -> None:
    """List messages that are not delivered yet, and those given up as dead."""
    found = service.undelivered(limit, dead_only=dead)
    for message in found:
        row = _row(message)
        click.echo(json.dumps(row) if as_json else "  ".join(f"{name}={value}" for name, value in row.items()))
    if not found and not as_json:
        click.echo("nothing waits")


def _row(message: OutboxMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "state": "dead" if message.done else "waiting",
        "kind": message.kind,
        "order": message.order_number,
        "attempts": message.attempts,
        "due": message.due_at.isoformat(timespec="seconds"),
        "error": message.last_error,
    }


@outbox.command("purge")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Keep what was sent later.")
def purge(days: int) -> None:
    """Delete messages that were delivered long ago; run it once a day. Dead ones stay until they are sent."""
    click.echo(f"deleted {service.purge(days)} delivered messages")


@outbox.command("retry")
@click.argument("message_id", type=click.IntRange(min=1))
def retry(message_id: int) -> None:
    """Let the dead message MESSAGE_ID be sent again."""
    if not service.revive(message_id):
        raise click.ClickException(f"There is no dead message {message_id}; `flask outbox list --dead` names them.")
    click.echo(f"message {message_id} will be sent again")
