"""payments: transactions, payments in doubt, and the postings of payments that have failed or must be given back.

Revision: 0006, after 0005.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from backend.core.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

accepted = {
    "mixed": "the rows come last; should that fail, drop the two tables, columns and indexes that it made, and run it again",
    "blocking-index": "no installation had many payments when this was written",
}

POSTINGS = {"failed": ("reversed", "sales", "receivable"), "refund_due": ("owed", "sales", "refunds_payable")}
TRANSACTIONS = sa.text(
    "INSERT INTO payment_transactions (payment_id, number, amount_fen, status, created_at) "
    "SELECT id, 1, amount_fen, CASE status WHEN 'succeeded' THEN 'settled' ELSE status END, settled_at "
    "FROM payments WHERE status IN ('succeeded', 'refund_due')"
)
ENTRIES = sa.text(
    "INSERT INTO ledger_entries (payment_id, posting, account, amount_fen, created_at) "
    "SELECT id, :posting, :account, :sign * amount_fen, :now FROM payments WHERE status = :status"
).bindparams(sa.bindparam("now", type_=UtcDateTime()))
NEW_POSTINGS = sa.text("DELETE FROM ledger_entries WHERE posting NOT IN ('opened', 'settled')")


def exact(length):
    """Text that is compared byte by byte."""
    binary = sa.String(length=length, collation="utf8mb4_bin")
    return sa.String(length=length).with_variant(binary, "mysql", "mariadb")


def big():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "payment_transactions",
        sa.Column("id", big(), nullable=False),
        sa.Column("payment_id", big(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("transaction_id", exact(64), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("refunded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_transactions_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_transactions_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_transactions")),
        sa.UniqueConstraint("payment_id", "number", name=op.f("uq_payment_transactions_payment_id_number")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_payment_transactions_transaction_id")),
    )
    op.create_index(op.f("ix_payment_transactions_status"), "payment_transactions", ["status"], unique=False)
    op.create_table(
        "payment_doubts",
        sa.Column("id", big(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", exact(32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_doubts")),
    )
    op.create_index(op.f("ix_payment_doubts_order_number"), "payment_doubts", ["order_number"], unique=False)
    op.add_column("webhook_events", sa.Column("transaction_id", exact(64), nullable=True))
    op.add_column("webhook_events", sa.Column("amount_fen", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_payments_status_created_at"), "payments", ["status", "created_at"], unique=False)
    op.create_index(op.f("ix_outbox_delivered_at_done"), "outbox", ["delivered_at", "done"], unique=False)
    book_what_is_there()


def book_what_is_there() -> None:
    """Payments from before get the transaction that settled them, without its id, and the postings that were not made then."""
    op.execute(TRANSACTIONS)
    now = datetime.now(UTC)
    for status, (posting, debited, credited) in POSTINGS.items():
        for account, sign in ((debited, 1), (credited, -1)):
            values = {"posting": posting, "account": account, "sign": sign, "now": now, "status": status}
            op.execute(ENTRIES.bindparams(**values))


def downgrade() -> None:
    """Money that came a second time, and what was given back, is known nowhere afterwards."""
    op.execute(NEW_POSTINGS)
    op.execute(sa.text("UPDATE payments SET status = 'refund_due' WHERE status = 'refunded'"))
    op.drop_index(op.f("ix_outbox_delivered_at_done"), table_name="outbox")
    op.drop_index(op.f("ix_payments_status_created_at"), table_name="payments")
    op.drop_column("webhook_events", "amount_fen")
    op.drop_column("webhook_events", "transaction_id")
    op.drop_table("payment_doubts")
    op.drop_table("payment_transactions")
