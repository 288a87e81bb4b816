"""payments: transactions, and payments in doubt.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op
from backend.core.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

accepted = {"blocking-index": "no installation had many payments when this was written"}


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


def downgrade() -> None:
    """Money that came a second time is known nowhere afterwards."""
    op.drop_index(op.f("ix_outbox_delivered_at_done"), table_name="outbox")
    op.drop_index(op.f("ix_payments_status_created_at"), table_name="payments")
    op.drop_column("webhook_events", "amount_fen")
    op.drop_column("webhook_events", "transaction_id")
    op.drop_table("payment_doubts")
    op.drop_table("payment_transactions")
