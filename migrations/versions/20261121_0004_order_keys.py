"""orders: the idempotency keys of their clients.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

accepted = {"blocking-index": "no installation had many orders when this was written"}

UNIQUE = "uq_orders_user_id_idempotency_key"


def upgrade() -> None:
    """A unique index, because SQLite would have to copy the table for a constraint."""
    binary = sa.String(length=128, collation="utf8mb4_bin")
    exact = sa.String(length=128).with_variant(binary, "mysql", "mariadb")
    op.add_column("orders", sa.Column("idempotency_key", exact, nullable=True))
    op.add_column("orders", sa.Column("fingerprint", sa.String(length=64), nullable=True))
    op.create_index(UNIQUE, "orders", ["user_id", "idempotency_key"], unique=True)


def downgrade() -> None:
    op.drop_index(UNIQUE, table_name="orders")
    op.drop_column("orders", "fingerprint")
    op.drop_column("orders", "idempotency_key")
