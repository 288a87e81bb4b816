"""orders: the index of idempotency keys begins with the key.

Revision: 0008, after 0007.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

accepted = {
    "blocking-index": "no installation had many orders when this was written",
    "unique": "the index before it has the same columns",
}

BEFORE, NOW = "uq_orders_user_id_idempotency_key", "uq_orders_idempotency_key_user_id"


def upgrade() -> None:
    """MySQL 9.6 and newer look for an order's user by an index that begins with `user_id`, and not at all while another column of it is NULL."""
    op.create_index(NOW, "orders", ["idempotency_key", "user_id"], unique=True)
    op.drop_index(BEFORE, table_name="orders")


def downgrade() -> None:
    op.create_index(BEFORE, "orders", ["user_id", "idempotency_key"], unique=True)
    op.drop_index(NOW, table_name="orders")
