"""payments.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op
from backend.core.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def exact(length):
    """Text that is compared byte by byte."""
    binary = sa.String(length=length, collation="utf8mb4_bin")
    return sa.String(length=length).with_variant(binary, "mysql", "mariadb")


def big():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", big(), nullable=False),
        sa.Column("order_id", big(), nullable=False),
        sa.Column("order_number", exact(32), nullable=False),
        sa.Column("user_id", big(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payments_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payments_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payments_order_id")),
        sa.UniqueConstraint("order_number", name=op.f("uq_payments_order_number")),
    )
    op.create_index(op.f("ix_payments_user_id"), "payments", ["user_id"], unique=False)
    op.create_table(
        "payment_requests",
        sa.Column("id", big(), nullable=False),
        sa.Column("user_id", big(), nullable=False),
        sa.Column("idempotency_key", exact(140), nullable=False),
        sa.Column("order_number", exact(32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", big(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_requests_payment_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payment_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_requests")),
        sa.UniqueConstraint("order_number", name=op.f("uq_payment_requests_order_number")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_requests_payment_id")),
        sa.UniqueConstraint("user_id", "idempotency_key", name=op.f("uq_payment_requests_user_id_idempotency_key")),
    )
    op.create_table(
        "payment_events",
        sa.Column("id", big(), nullable=False),
        sa.Column("payment_id", big(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_events_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_events")),
    )
    op.create_index(op.f("ix_payment_events_payment_id"), "payment_events", ["payment_id"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("id", big(), nullable=False),
        sa.Column("payment_id", big(), nullable=False),
        sa.Column("posting", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_ledger_entries_not_zero")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_ledger_entries_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint(
            "payment_id", "posting", "account", name=op.f("uq_ledger_entries_payment_id_posting_account")
        ),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", big(), nullable=False),
        sa.Column("event_id", exact(64), nullable=False),
        sa.Column("payment_id", big(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_webhook_events_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_webhook_events_event_id")),
    )
    op.create_index(op.f("ix_webhook_events_payment_id"), "webhook_events", ["payment_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", big(), nullable=False),
        sa.Column("payment_id", big(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", exact(32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_outbox_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("payment_id", "kind", name=op.f("uq_outbox_payment_id_kind")),
    )
    op.create_index(op.f("ix_outbox_done_due_at"), "outbox", ["done", "due_at"], unique=False)


def downgrade() -> None:
    for table in ("outbox", "webhook_events", "ledger_entries", "payment_events", "payment_requests", "payments"):
        op.drop_table(table)
