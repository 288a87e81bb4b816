"""`flask payments`: what an operator looks at and does about payments that need a person."""

from datetime import timedelta

import click
from flask.cli import AppGroup

from backend.core import clock
from backend.core.cli_rows import Row, moment, paged, show, yuan
from backend.modules.payments import books, closing, doubts, refunds, service

payments = AppGroup("payments", help="Look after payments that need a person.")
CHOOSE = "Say which: --refund-due, --stuck-pending or --unknown."


@payments.command("list")
@click.option("--refund-due", "what", flag_value="refund_due", help="Transactions whose money has to be given back.")
@click.option(
    "--stuck-pending", "what", flag_value="stuck_pending", help="Payments that nothing was heard of for long."
)
@click.option(
    "--unknown", "what", flag_value="unknown", help="Payments whose client was told `unknown`, and never more."
)
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    help="With --stuck-pending: opened so many minutes ago or earlier.",
)
@paged
def list_(what: str | None, older_than: int, after: int, limit: int, as_json: bool) -> None:
    """List payments that need a person, the oldest first."""
    if what is None:
        raise click.UsageError(CHOOSE)
    rows = {
        "refund_due": lambda: _refund_due(after, limit),
        "stuck_pending": lambda: _stuck(older_than, after, limit),
        "unknown": lambda: _unknown(after, limit),
    }
    show(rows[what](), limit, as_json=as_json)


def _refund_due(after: int, limit: int) -> list[Row]:
    return [
        {
            "id": due.id,
            "order": due.order_number,
            "amount": yuan(due.amount_fen),
            "transaction": due.transaction_id or "unknown",
            "settled_by": due.settled_by or "unknown",
            "since": moment(due.created_at),
        }
        for due in refunds.due(after, limit)
    ]


def _stuck(minutes: int, after: int, limit: int) -> list[Row]:
    before = clock.utcnow() - timedelta(minutes=minutes)
    return [
        {
            "id": found.id,
            "order": found.order_number,
            "amount": yuan(found.amount_fen),
            "user": found.user_id,
            "since": moment(found.created_at),
        }
        for found in service.payments.pending(before, after, limit)
    ]


def _unknown(after: int, limit: int) -> list[Row]:
    return [
        {
            "id": found.id,
            "order": found.order_number,
            "amount": yuan(found.amount_fen),
            "user": found.user_id,
            "stored": "no" if found.payment_id is None else "yes",
            "since": moment(found.created_at),
        }
        for found in doubts.unresolved(after, limit)
    ]


@payments.command("purge")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Keep what is younger.")
def purge(days: int) -> None:
    """Delete the notes of payments in doubt; run it once a day. The payments stay."""
    click.echo(f"deleted {doubts.purge(days)} notes of payments in doubt")


@payments.command("refunded")
@click.argument("refund_id", type=click.IntRange(min=1))
def refunded(refund_id: int) -> None:
    """Note that the money of REFUND_ID was given back; `flask payments list --refund-due` names the ids."""
    if not refunds.mark_refunded(refund_id):
        raise click.ClickException(f"No refund {refund_id} is due; `flask payments list --refund-due` names them.")
    click.echo(f"refund {refund_id} is booked")


@payments.command("close")
@click.argument("payment_ids", type=click.IntRange(min=1), nargs=-1, required=True)
def close(payment_ids: tuple[int, ...]) -> None:
    """Let the pending payments PAYMENT_IDS fail, once the payment service says that nobody will pay them."""
    refused = [str(payment_id) for payment_id in payment_ids if not closing.close(payment_id)]
    click.echo(f"{len(payment_ids) - len(refused)} payments are closed")
    if refused:
        raise click.ClickException(
            f"Not pending: {', '.join(refused)}. `flask payments list --stuck-pending` names the ids."
        )


@payments.command("check")
@click.option("--repair", is_flag=True, help="Add the postings that follow from the state of a payment.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def check(repair: bool, as_json: bool) -> None:
    """Compare the ledger with the state of every payment; exit 1 if they differ."""
    found = list(books.imbalances())
    if repair:
        for payment_id in {wrong.payment_id for wrong in found}:
            books.repair(payment_id)
        click.echo(f"{len({wrong.payment_id for wrong in found})} payments were looked at", err=True)
        found = list(books.imbalances())
    show([{"id": wrong.payment_id, **wrong._asdict()} for wrong in found], 0, as_json=as_json)
    if found:
        raise SystemExit(1)
