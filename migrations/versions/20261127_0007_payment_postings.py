"""payments: those from before get the transaction that settled them, and the postings that were not made then.

Revision: 0007, after 0006.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from backend.core.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

POSTINGS = {"failed": ("reversed", "sales", "receivable"), "refund_due": ("owed", "sales", "refunds_payable")}
TRANSACTIONS = sa.text(
    "INSERT INTO payment_transactions (payment_id, number, amount_fen, status, created_at) "
    "SELECT id, 1, amount_fen, CASE status WHEN 'succeeded' THEN 'settled' ELSE status END, settled_at "
    "FROM payments WHERE status IN ('succeeded', 'refund_due') "
    "AND NOT EXISTS (SELECT 1 FROM payment_transactions known WHERE known.payment_id = payments.id)"
)
ENTRIES = sa.text(
    "INSERT INTO ledger_entries (payment_id, posting, account, amount_fen, created_at) "
    "SELECT id, :posting, :account, :sign * amount_fen, :now FROM payments WHERE status = :status"
).bindparams(sa.bindparam("now", type_=UtcDateTime()))
NEW_POSTINGS = sa.text("DELETE FROM ledger_entries WHERE posting NOT IN ('opened', 'settled')")


def upgrade() -> None:
    """The ids of these transactions are not known."""
    op.execute(TRANSACTIONS)
    now = datetime.now(UTC)
    for status, (posting, debited, credited) in POSTINGS.items():
        for account, sign in ((debited, 1), (credited, -1)):
            values = {"posting": posting, "account": account, "sign": sign, "now": now, "status": status}
            op.execute(ENTRIES.bindparams(**values))


def downgrade() -> None:
    """What was given back is known nowhere afterwards."""
    op.execute(NEW_POSTINGS)
    op.execute(sa.text("UPDATE payments SET status = 'refund_due' WHERE status = 'refunded'"))
