"""payments: the table of messages goes, whose rows are jobs.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import context, op
from alembic.util import CommandError
from backend.core.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LEFT = sa.select(sa.func.count().label("number")).select_from(sa.table("outbox")).having(sa.func.count() > 0)
ADVICE = (
    "{number} messages to users came into the table outbox after revision 0010 had made jobs of those that were there: the application "
    "before it still runs. Nothing was changed. Stop it, run `flask db downgrade 0009`, and upgrade again."
)


def exact(length):
    """Text that is compared byte by byte."""
    binary = sa.String(length=length, collation="utf8mb4_bin")
    return sa.String(length=length).with_variant(binary, "mysql", "mariadb")


def big():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Refuses while there are messages that are no jobs: they would never be sent."""
    if not context.is_offline_mode() and (left := op.get_bind().execute(LEFT).all()):
        raise CommandError(ADVICE.format(number=left[0].number))
    op.drop_table("outbox")


def downgrade() -> None:
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
    op.create_index(op.f("ix_outbox_delivered_at_done"), "outbox", ["delivered_at", "done"], unique=False)
